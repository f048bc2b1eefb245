//! What the announcements of all parties fix: the keys, and what every later frame is about.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;
use meter_link::{Kind, PartyId};
use sha2::{Digest, Sha256};

use super::announcement::{Announced, Dealt};
use super::frames::Heard;
use super::plan::Ceremony;
use crate::equality::Encoded;
use crate::error::Error;
use crate::keys::KeySet;

/// The announcements that all parties have echoed alike: what anybody needs to judge a complaint, and to know the
/// keys that come of it.
///
/// Participants have one ([`Sharing::agreed`](super::Sharing::agreed)); others make it of the frames.
#[derive(Debug)]
pub struct Agreed {
    ceremony: Ceremony,
    announced: Heard<Announced>,
    digest: [u8; 32],
}

impl Agreed {
    /// From the frames of kinds 48 and 49 of all parties, in any order.
    ///
    /// # Errors
    /// [`Error::Quorum`] unless all are there; [`Error::Inconsistent`] if an echo names other frames than these; else
    /// as [`Joining::accept`](super::Joining::accept) and [`Echoing::accept`](super::Echoing::accept).
    pub fn new(ceremony: &Ceremony, announcements: &[&[u8]], echoes: &[&[u8]]) -> Result<Self, Error> {
        let parties = ceremony.parties().len();
        let mut announced = Heard::new(parties);
        for frame in announcements {
            accept(ceremony, &mut announced, frame)?;
        }
        announced.complete()?;
        let mut heard = Heard::new(parties);
        for frame in echoes {
            let opened = ceremony.open(Kind::Echo, frame)?;
            if heard.is_new(opened.place, opened.sender, frame)? {
                heard.put(opened.place, frame, opened.payload.rest());
            }
        }
        heard.complete()?;
        let hashes = hashes(&announced);
        if heard.iter().any(|(_, (_, echo))| *echo != hashes.as_flattened()) {
            return Err(Error::Inconsistent);
        }
        Ok(Self::of(ceremony.clone(), announced))
    }

    /// Of announcements that were echoed by all.
    pub(super) fn of(ceremony: Ceremony, announced: Heard<Announced>) -> Self {
        let digest = digest(&ceremony, &hashes(&announced));
        Agreed { ceremony, announced, digest }
    }

    /// Which ceremony.
    pub fn ceremony(&self) -> &Ceremony {
        &self.ceremony
    }

    /// `SHA-256("wattsum v1 elgamal ceremony view" ‖ ceremony id 32 ‖ SHA-256 of each party's frame of kind 48)`, in the
    /// order of [`Ceremony::seats`].
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    pub(super) fn into_announced(self) -> Heard<Announced> {
        self.announced
    }

    /// A party's announcement as it came.
    pub fn announcement(&self, id: PartyId) -> Option<&[u8]> {
        let (place, _) = self.ceremony.party(id)?;
        self.announced.get(place).map(|(kept, _)| kept.frame.as_slice())
    }

    /// The announcement of the dealer at this place of the list.
    pub(super) fn dealt(&self, place: usize) -> Option<&Dealt> {
        let (party, _) = self.ceremony.dealers().get(place)?;
        self.announced.get(*party)?.1.dealt.as_ref()
    }

    /// The key that shares for this member are sealed to.
    pub(super) fn receiving(&self, number: u8) -> Option<&Encoded> {
        self.announced.get(usize::from(number).checked_sub(1)?)?.1.receiving.as_ref()
    }

    /// The keys that this ceremony makes, if it ends: Y'_j = Σ_k j^k·Φ_k with Φ_k = Σ_i λ_i·φ_ik over the dealers,
    /// λ_i = 1 in a generation. Everybody computes them; they are never taken from anybody.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if they make no [`KeySet`] of the right degree, or in a resharing another group key. It takes more
    /// than n − t colluding members to bring that about, and opens nothing to them.
    pub fn keys(&self) -> Result<KeySet, Error> {
        let total = self.commitments();
        let threshold = self.ceremony.threshold();
        let member = |number: u8| at(number, &total).compress().to_bytes();
        let members: Vec<[u8; 32]> = (1..=threshold.answerers()).map(member).collect();
        let keys = KeySet::shared(threshold, &members).map_err(|_| Error::Inconsistent)?;
        match self.ceremony.old() {
            Some(old) if old.group_key().encoding() != keys.group_key().encoding() => {
                Err(Error::Inconsistent)
            }
            _ => Ok(keys),
        }
    }

    /// λ_i of each dealer.
    pub(super) fn weights(&self) -> Vec<Scalar> {
        let numbers: Vec<u8> = self.ceremony.dealers().iter().map(|(_, number)| *number).collect();
        match self.ceremony.old() {
            Some(old) => old.weights(&numbers),
            None => alloc::vec![Scalar::ONE; numbers.len()],
        }
    }

    fn commitments(&self) -> Vec<RistrettoPoint> {
        let dealt: Vec<&Dealt> =
            (0..self.ceremony.dealers().len()).filter_map(|place| self.dealt(place)).collect();
        let weights = self.weights();
        let of =
            |k: usize| dealt.iter().map(move |dealt| dealt.commitments.get(k).copied().unwrap_or_default());
        (0..self.ceremony.threshold().threshold())
            .map(|k| match self.ceremony.old() {
                Some(_) => RistrettoPoint::vartime_multiscalar_mul(&weights, of(k.into())),
                None => of(k.into()).sum(),
            })
            .collect()
    }
}

/// Takes a frame of kind 48.
pub(super) fn accept(
    ceremony: &Ceremony,
    announced: &mut Heard<Announced>,
    frame: &[u8],
) -> Result<usize, Error> {
    let opened = ceremony.open(Kind::Commitments, frame)?;
    if announced.is_new(opened.place, opened.sender, frame)? {
        announced.put(opened.place, frame, Announced::read(ceremony, &opened)?);
    }
    Ok(opened.place)
}

/// SHA-256 of every frame, by place: complete if the frames are.
pub(super) fn hashes<T>(heard: &Heard<T>) -> Vec<[u8; 32]> {
    heard.iter().map(|(_, (kept, _))| kept.hash).collect()
}

fn digest(ceremony: &Ceremony, hashes: &[[u8; 32]]) -> [u8; 32] {
    let hash = Sha256::new().chain_update(b"wattsum v1 elgamal ceremony view");
    hash.chain_update(ceremony.id().as_bytes()).chain_update(hashes.as_flattened()).finalize().into()
}

/// Σ_k number^k·φ_k: f(number)·B of the polynomial that was committed to.
pub(super) fn at(number: u8, commitments: &[RistrettoPoint]) -> RistrettoPoint {
    let x = Scalar::from(number);
    let powers = core::iter::successors(Some(Scalar::ONE), |power| Some(power * x)).take(commitments.len());
    RistrettoPoint::vartime_multiscalar_mul(powers.collect::<Vec<Scalar>>(), commitments)
}
