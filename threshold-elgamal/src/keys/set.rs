//! All public keys of a committee, and their one hash.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use meter_link::answer::Threshold;
use meter_link::frame::Reader;
use sha2::{Digest, Sha256};

use super::joint::Possession;
use super::{GroupKey, decode};
use crate::equality::Encoded;
use crate::error::{Error, Malformed, Misuse};
use crate::lagrange::{self, Weights};

/// The trustees' verification keys Y_1 … Y_n and the group key that follows from them: of any t of them
/// ([`KeySet::new`]), or of all together ([`KeySet::joint`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySet {
    pub(super) threshold: Threshold,
    pub(super) members: Vec<[u8; 32]>,
    pub(super) group: GroupKey,
    /// Of a joint set, why its keys may be added.
    pub(super) possession: Option<Possession>,
}

impl KeySet {
    const VERSION: u8 = 1;

    /// From the verification keys, in the order of the trustees' numbers. Any t of them fix the others and
    /// the group key Y, which is therefore never taken from anybody.
    ///
    /// # Errors
    /// [`Misuse::WrongKeySet`] unless there are n keys, and where all n open: any n keys lie on a polynomial of degree
    /// n − 1, so that the last one could make Y its own ([`KeySet::joint`] asks for proofs);
    /// [`Malformed::BadKeys`] for one that is not canonical or the identity, and unless all lie on one polynomial of
    /// degree t − 1 with a Y that is not the identity; of a smaller degree is refused too, since fewer than t would open it.
    ///
    /// # Security
    /// For keys of a source that is trusted as the roster is. With more than n − t keys of their own choice, colluders
    /// could choose Y: what trustees make together comes out of a [`ceremony`](crate::ceremony).
    pub fn new(threshold: Threshold, members: &[[u8; 32]]) -> Result<Self, Error> {
        if threshold.threshold() == threshold.answerers() {
            return Err(Misuse::WrongKeySet.into());
        }
        Self::shared(threshold, members)
    }

    /// The same for keys whose secrets are known to be shared.
    pub(crate) fn shared(threshold: Threshold, members: &[[u8; 32]]) -> Result<Self, Error> {
        let (n, t) = (threshold.answerers(), threshold.threshold());
        if members.len() != usize::from(n) {
            return Err(Misuse::WrongKeySet.into());
        }
        let points = members.iter().map(|m| decode(*m)).collect::<Result<Vec<RistrettoPoint>, _>>()?;
        let first: Vec<u8> = (1..=t).collect();
        for (number, point) in (1u8..).zip(&points).skip(t.into()) {
            if lagrange::interpolate(&first, &points, number) != *point {
                return Err(Malformed::BadKeys.into());
            }
        }
        let group = lagrange::interpolate(&first, &points, 0);
        if first.split_last().is_some_and(|(_, fewer)| lagrange::interpolate(fewer, &points, 0) == group) {
            return Err(Malformed::BadKeys.into());
        }
        let encoding = group.compress().to_bytes();
        let group = GroupKey::new(encoding, hash(threshold, &encoding, members))?;
        Ok(KeySet { threshold, members: members.to_vec(), group, possession: None })
    }

    /// # Errors
    /// As [`KeySet::new`], and [`Malformed`] for a wrong version or length, another committee, or a proof of
    /// possession that does not hold.
    ///
    /// # Security
    /// For what was stored here, by who made or checked the keys.
    pub fn from_bytes(threshold: Threshold, bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        if bytes.first() == Some(&Possession::VERSION) {
            return Possession::read(threshold, &mut reader);
        }
        let head = [Self::VERSION, threshold.answerers(), threshold.threshold()];
        if *reader.array()? != head {
            return Err(Malformed::BadKeys.into());
        }
        let mut members = Vec::with_capacity(threshold.answerers().into());
        for _ in 0..threshold.answerers() {
            members.push(*reader.array()?);
        }
        reader.end()?;
        Self::shared(threshold, &members)
    }

    /// `1 ‖ n u8 ‖ t u8 ‖ Y_1 … Y_n`; of a joint set `2 ‖ n u8 ‖ context 32 ‖ (id u32 ‖ Y_i ‖ proof 64) …`.
    pub fn to_bytes(&self) -> Vec<u8> {
        if let Some(possession) = &self.possession {
            return possession.write(&self.members);
        }
        let head = [Self::VERSION, self.threshold.answerers(), self.threshold.threshold()];
        head.iter().chain(self.members.as_flattened()).copied().collect()
    }

    /// What the shares of these numbers are weighted with, to be that of the group key.
    pub(crate) fn weights(&self, numbers: &[u8]) -> Vec<Scalar> {
        match self.possession {
            Some(_) => numbers.iter().map(|_| Scalar::ONE).collect(),
            None => lagrange::coefficients(numbers, 0),
        }
    }

    /// The same, for sums of points.
    pub(crate) fn point_weights(&self, numbers: &[u8]) -> Weights {
        match self.possession {
            Some(_) => Weights::ones(numbers.len()),
            None => Weights::of(numbers),
        }
    }

    /// What meters need of it.
    pub fn group_key(&self) -> &GroupKey {
        &self.group
    }

    /// n and t.
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// Y_1 … Y_n as points.
    pub(crate) fn points(&self) -> Result<Vec<Encoded>, Error> {
        let points = self.members.iter().map(Encoded::from_bytes);
        points.collect::<Result<_, _>>().map_err(|_| Malformed::BadKeys.into())
    }

    /// Y_i of the trustee with this number.
    pub fn member(&self, number: u8) -> Option<&[u8; 32]> {
        self.members.get(usize::from(number).checked_sub(1)?)
    }
}

/// `SHA-256("wattsum v1 elgamal key set" ‖ n u8 ‖ t u8 ‖ Y ‖ Y_1 … Y_n)`.
fn hash(threshold: Threshold, group: &[u8; 32], members: &[[u8; 32]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"wattsum v1 elgamal key set");
    hash.update([threshold.answerers(), threshold.threshold()]);
    hash.update(group);
    members.iter().for_each(|member| hash.update(member));
    hash.finalize().into()
}
