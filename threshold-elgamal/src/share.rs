//! A trustee's decryption shares and the proof that they are.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use meter_link::answer::Stated;
use meter_link::{Context, Kind, Round};
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use crate::equality::{Encoded, Equality, Statement};
use crate::error::{Error, Fault};
use crate::keys::{GroupKey, KeySet, SecretShare};

/// D = s·R of a trustee, whose proof holds. Only this can be [combined](crate::combine()).
#[derive(Clone, Copy, Debug)]
pub struct CheckedShare {
    number: u8,
    key_set: [u8; 32],
    of: Encoded,
    point: RistrettoPoint,
}

impl CheckedShare {
    /// Checks one proof that `shares` are what trustee `number` makes of as many sums of R.
    ///
    /// # Errors
    /// To be laid at the trustee's door: [`meter_link::Fault::UnknownSender`] for a number outside 1 … n;
    /// [`Fault::BadEquality`].
    pub fn verify(
        keys: &KeySet,
        number: u8,
        domain: &[&[u8]],
        sums_of_r: &[Encoded],
        shares: &[Encoded],
        proof: &Equality,
    ) -> Result<Vec<Self>, Fault> {
        let unknown = Fault::Link(meter_link::Fault::UnknownSender);
        let public = Encoded::from_bytes(keys.member(number).ok_or(unknown)?)?;
        proof.verify(&Statement { domain, public: &public, inputs: sums_of_r, outputs: shares })?;
        Ok(Self::all(number, keys.group_key().key_set(), sums_of_r, shares))
    }

    fn all(number: u8, key_set: &[u8; 32], sums_of_r: &[Encoded], shares: &[Encoded]) -> Vec<Self> {
        let pairs = sums_of_r.iter().zip(shares);
        pairs
            .map(|(of, share)| CheckedShare { number, key_set: *key_set, of: *of, point: *share.point() })
            .collect()
    }

    /// Whose, from 1.
    pub fn number(&self) -> u8 {
        self.number
    }

    /// Hash of the key set it belongs to.
    pub fn key_set(&self) -> &[u8; 32] {
        &self.key_set
    }

    /// R.
    pub fn of(&self) -> &Encoded {
        &self.of
    }

    /// D.
    pub fn point(&self) -> &RistrettoPoint {
        &self.point
    }
}

/// What shares belong to: a proof holds there only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    pub(crate) context: &'a Context,
    pub(crate) key_set: &'a [u8; 32],
    /// [`Kind::SetStatement`] or [`Kind::WindowStatement`].
    pub(crate) kind: Kind,
    /// Of a window, its last.
    pub(crate) round: Round,
    /// Of the list or window.
    pub(crate) digest: &'a [u8; 32],
    pub(crate) number: u8,
}

impl<'a> Place<'a> {
    pub(crate) fn new(context: &'a Context, key: &'a GroupKey, stated: &'a Stated, number: u8) -> Self {
        let (kind, round, digest) = (stated.kind, stated.round, &stated.digest);
        Place { context, key_set: key.key_set(), kind, round, digest, number }
    }

    /// `"wattsum v1 elgamal share" ‖ context ‖ key set hash ‖ round u64 ‖ list digest ‖ number u8`: RFC 9497's
    /// contextString; of a window `"wattsum v1 elgamal window share" ‖ … ‖ window digest ‖ number u8`.
    fn with<T>(&self, take: impl FnOnce(&[&[u8]]) -> T) -> T {
        let label: &[u8] = match self.kind {
            Kind::WindowStatement => b"wattsum v1 elgamal window share",
            _ => b"wattsum v1 elgamal share",
        };
        let round = self.round.get().to_le_bytes();
        let (context, number) = (self.context.as_bytes().as_slice(), [self.number]);
        take(&[label, context, self.key_set, &round, self.digest, &number])
    }

    /// D = s·ΣR of every sum, and one proof for all of them.
    pub(crate) fn prove(
        &self,
        share: &SecretShare,
        sums_of_r: &[Encoded],
    ) -> Result<(Vec<Encoded>, Equality), Error> {
        // Many doubles are encoded together.
        let half = Zeroizing::new(share.scalar().div_by_2());
        let by_half = |sum: &Encoded| -> RistrettoPoint {
            let half: &Scalar = &half;
            sum.point() * half
        };
        let halves: Vec<RistrettoPoint> = sums_of_r.iter().map(by_half).collect();
        let outputs = Encoded::doubles(&halves);
        let public = Encoded::from(RistrettoPoint::mul_base(share.scalar()));
        let nonce = self.nonce(share, sums_of_r);
        let proof = self.with(|domain| {
            let statement = Statement { domain, public: &public, inputs: sums_of_r, outputs: &outputs };
            Equality::prove(&statement, share.scalar(), &nonce)
        })?;
        Ok((outputs, proof))
    }

    /// # Errors
    /// [`Fault::BadEquality`], to be laid at the trustee's door.
    pub(crate) fn verify(
        &self,
        public: &Encoded,
        sums_of_r: &[Encoded],
        shares: &[Encoded],
        proof: &Equality,
    ) -> Result<Vec<CheckedShare>, Fault> {
        self.with(|domain| proof.verify(&Statement { domain, public, inputs: sums_of_r, outputs: shares }))?;
        Ok(CheckedShare::all(self.number, self.key_set, sums_of_r, shares))
    }

    /// `SHA-512("wattsum v1 elgamal share nonce" ‖ s ‖ everything that is proven) mod q`. Without fresh randomness on
    /// purpose, as Ed25519 has it: the same share is the same frame, which its one-time tag demands, and
    /// another statement has another nonce.
    fn nonce(&self, share: &SecretShare, sums_of_r: &[Encoded]) -> Zeroizing<Scalar> {
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal share nonce");
        hash.update(share.to_bytes().as_slice());
        self.with(|domain| domain.iter().for_each(|part| hash.update(part)));
        sums_of_r.iter().for_each(|sum| hash.update(sum.bytes()));
        let mut wide = Zeroizing::new([0u8; 64]);
        hash.finalize_into((&mut *wide).into());
        Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide))
    }
}
