//! A contribution that was checked.

use alloc::vec::Vec;

use meter_link::{Context, PartyId, Round};

use crate::ciphertext::{Ciphertext, EncodedCiphertext};
use crate::proof::Commitments;

/// A meter's contribution whose signature and proofs hold. Only this can be summed.
#[derive(Clone, Debug)]
pub struct Contribution {
    pub(super) meter: PartyId,
    pub(super) position: usize,
    pub(super) round: Round,
    pub(super) context: Context,
    pub(super) key_set: [u8; 32],
    pub(super) ciphertexts: Vec<Ciphertext>,
    pub(super) encoded: Vec<EncodedCiphertext>,
    pub(super) commitments: Vec<Commitments>,
    pub(super) frame: Vec<u8>,
}

impl Contribution {
    /// Whose.
    pub fn meter(&self) -> PartyId {
        self.meter
    }

    /// Of which round.
    pub fn round(&self) -> Round {
        self.round
    }

    /// As it came.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// `T₁ ‖ T₂` of each channel's proof, which are not part of the frame: who has checked it can hand them on as
    /// hints ([`Verifier::verify_hinted`](crate::Verifier::verify_hinted)). Empty without proofs of knowledge.
    pub fn commitments(&self) -> &[u8] {
        self.commitments.as_flattened().as_flattened()
    }

    pub(crate) fn position(&self) -> usize {
        self.position
    }

    /// One a channel.
    pub(crate) fn ciphertexts(&self) -> &[Ciphertext] {
        &self.ciphertexts
    }

    /// The same, as they came.
    pub(crate) fn encoded(&self) -> &[EncodedCiphertext] {
        &self.encoded
    }
}
