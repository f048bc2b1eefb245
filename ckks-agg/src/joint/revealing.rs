//! Second step: the parts of the public key, checked against the commitments.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use meter_link::{Identity, Kind, PartyId};
use sha2::{Digest, Sha256};

use super::ceremony::{Heard, Own, reader};
use super::part::commitment;
use super::shamir;
use super::sharing::Sharing;
use crate::error::{Error, Fault, Misuse};
use crate::keys::{Origin, PublicKey};
use crate::message;
use crate::wire;

/// A trustee that has shown its part, and collects those of all.
pub struct Revealing {
    own: Box<Own>,
    commitments: Vec<[u8; 32]>,
    view_digest: [u8; 32],
    frame: Vec<u8>,
    heard: Heard,
}

impl Revealing {
    pub(super) fn new(own: Box<Own>, commitments: Vec<[u8; 32]>, identity: &Identity) -> Result<Self, Error> {
        let hash = Sha256::new().chain_update(b"wattsum v1 ckks key view");
        let hash = hash.chain_update(own.view.context().as_bytes());
        let view_digest: [u8; 32] = hash.chain_update(commitments.as_flattened()).finalize().into();
        let frame = own.sign(Kind::KeyPart, identity, &[&view_digest, &*own.salt, &own.packed])?;
        let heard = Heard::new(commitments.len());
        let mut revealing = Revealing { own, commitments, view_digest, frame, heard };
        let frame = revealing.frame.clone();
        revealing.accept(&frame)?;
        Ok(revealing)
    }

    /// What goes to all trustees (kind 70).
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes another trustee's part; the same again changes nothing.
    ///
    /// # Errors
    /// As [`Joining::accept`](super::Joining::accept); [`Fault::WrongCommitment`] blaming the sender for a part that it has
    /// not committed to; [`Error::Inconsistent`] if it has seen other commitments than this trustee: one has signed two,
    /// or the sender lies, and the ceremony is over; [`Fault::BadShare`] for residues beyond their primes.
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        let preset = self.own.part.ring.preset();
        let len = message::polynomial_len(preset).wrapping_add(64);
        // What is kept has been checked; so it is tried on an empty place first.
        let mut one = Heard::new(self.commitments.len());
        let sender = one.put(&self.own, Kind::KeyPart, len, frame)?;
        let (number, _) = self.own.trustee(sender)?;
        let payload = one.payloads().nth(usize::from(number).wrapping_sub(1)).unwrap_or_default();
        let mut payload = reader(payload);
        if *payload.array::<32>()? != self.view_digest {
            return Err(Error::Inconsistent);
        }
        let (salt, packed) = (payload.array()?, payload.rest());
        let committed = self.commitments.get(usize::from(number).wrapping_sub(1));
        if committed != Some(&commitment(self.own.view.context(), number, salt, packed)) {
            return Err(Fault::WrongCommitment.of(sender));
        }
        let mut residues = vec![0; preset.primes().len().wrapping_mul(preset.degree())];
        wire::unpack(preset, packed, &mut residues).map_err(|_| Fault::BadShare.of(sender))?;
        self.heard.put(&self.own, Kind::KeyPart, len, frame)
    }

    /// Whose part is not there.
    pub fn missing(&self) -> impl Iterator<Item = PartyId> {
        self.heard.missing(&self.own)
    }

    /// The public key is fixed; where fewer than all are to open, shares of the secret keys are made.
    ///
    /// # Errors
    /// [`Error::Quorum`] if parts are missing; the state is gone then: look at [`Revealing::missing`] first.
    pub fn close(self) -> Result<Sharing, Error> {
        self.heard.complete()?;
        let ring = &self.own.part.ring;
        let preset = ring.preset();
        let mut sum = vec![0; preset.primes().len().wrapping_mul(preset.degree())];
        let mut part = sum.clone();
        for payload in self.heard.payloads() {
            let packed = payload.get(64..).ok_or(Error::Inconsistent)?;
            wire::unpack(preset, packed, &mut part)?;
            shamir::add(ring, &mut sum, &part);
        }
        let parties = u16::try_from(self.own.trustees.len()).map_err(|_| Misuse::WrongParty)?;
        let public = PublicKey::new(ring, Origin::Joint(parties), self.own.common, sum);
        Sharing::new(self.own, public)
    }
}

impl fmt::Debug for Revealing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Revealing").field("id", &self.own.id).finish_non_exhaustive()
    }
}
