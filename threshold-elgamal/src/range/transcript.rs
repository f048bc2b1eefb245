//! Challenges, each hashed from the whole statement and everything said before it.
//!
//! The transform of Fiat and Shamir in its strong form: what is left out of the hash can be chosen after the challenge
//! is known, which broke several libraries' Bulletproofs ("Frozen Heart", 2022).

use curve25519_dalek::scalar::Scalar;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use super::Bounds;
use crate::ciphertext::EncodedCiphertext;
use crate::equality::Encoded;
use crate::keys::GroupKey;
use crate::proof::Place;

#[derive(Clone)]
pub(super) struct Transcript {
    state: [u8; 64],
    step: u8,
}

impl Transcript {
    /// `SHA-512("wattsum v1 elgamal range" ‖ context ‖ key set hash 32 ‖ round u64 ‖ id u32 ‖ channel u16 ‖ Y 32 ‖ R ‖ C ‖
    /// k u8 ‖ least i64 ‖ most i64)`.
    pub(super) fn new(
        place: &Place<'_>,
        key: &GroupKey,
        ciphertext: &EncodedCiphertext,
        bounds: &Bounds,
    ) -> Self {
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal range");
        hash.update(place.context.as_bytes());
        hash.update(key.key_set());
        hash.update(place.round.get().to_le_bytes());
        hash.update(place.id.0.to_le_bytes());
        hash.update(place.channel.to_le_bytes());
        hash.update(key.encoding());
        hash.update(ciphertext);
        let [bits, ..] = bounds.width().bits().to_le_bytes();
        hash.update([bits]);
        hash.update(bounds.least().to_le_bytes());
        hash.update(bounds.most().to_le_bytes());
        Transcript { state: hash.finalize().into(), step: 0 }
    }

    /// `state = SHA-512("wattsum v1 elgamal range challenge" ‖ step u8 ‖ state ‖ points u8 ‖ the points said since)`, step
    /// from 1; the challenge is the state mod q.
    pub(super) fn challenge(&mut self, said: &[Encoded]) -> Scalar {
        self.step = self.step.wrapping_add(1);
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal range challenge");
        hash.update([self.step]);
        hash.update(self.state);
        let [count, ..] = said.len().to_le_bytes();
        hash.update([count]);
        said.iter().for_each(|point| hash.update(point.bytes()));
        self.state = hash.finalize().into();
        Scalar::from_bytes_mod_order_wide(&self.state)
    }

    /// Commits to everything so far.
    pub(super) fn state(&self) -> &[u8; 64] {
        &self.state
    }

    /// `SHA-512("wattsum v1 elgamal range nonce" ‖ seed 32 ‖ state ‖ index u8) mod q`. The prover takes all of them in the
    /// first state, that of the statement alone.
    pub(super) fn nonce(&self, seed: &Scalar, index: u8) -> Zeroizing<Scalar> {
        let mut hash = Sha512::new();
        hash.update(b"wattsum v1 elgamal range nonce");
        hash.update(Zeroizing::new(seed.to_bytes()).as_slice());
        hash.update(self.state);
        hash.update([index]);
        let mut wide = Zeroizing::new([0u8; 64]);
        hash.finalize_into((&mut *wide).into());
        Zeroizing::new(Scalar::from_bytes_mod_order_wide(&wide))
    }
}
