//! Proof of knowledge of (m, r) behind a ciphertext (R, C) = (rB, mB + rY).
//!
//! With nonces k_r, k_m the commitments are T₁ = k_r·B and T₂ = k_m·B + k_r·Y; the challenge c is a hash of
//! everything; the answers are z_r = k_r + c·r and z_m = k_m + c·m. Whoever checks recomputes
//! T₁ = z_r·B − c·R, T₂ = z_m·B + z_r·Y − c·C and the challenge (the two-base form of Schnorr's proof;
//! Okamoto 1992, with the transform of Fiat and Shamir over the whole statement).

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use meter_link::{Context, PartyId, Round};
use sha2::{Digest, Sha512};
use zeroize::Zeroize;

use crate::ciphertext::{Blinding, Ciphertext, EncodedCiphertext, KeyMultiples};
use crate::error::Fault;
use crate::keys::GroupKey;
use crate::window;

/// `T₁ ‖ T₂`.
pub(crate) type Commitments = [[u8; 32]; 2];

/// Where a ciphertext belongs: a proof holds there only.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The epoch's context.
    pub context: &'a Context,
    /// The round.
    pub round: Round,
    /// The meter.
    pub id: PartyId,
    /// The channel, from 0.
    pub channel: u16,
}

/// `c ‖ z_r ‖ z_m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Knowledge {
    pub(crate) challenge: Scalar,
    pub(crate) of_blinding: Scalar,
    pub(crate) of_reading: Scalar,
}

impl Knowledge {
    /// Bytes.
    pub const LEN: usize = 96;

    /// Proves `ciphertext` of `reading` under `blinding`.
    ///
    /// # Security
    /// A building block for test vectors. The two nonces are one-use secrets: a second proof with either
    /// gives the reading or the blinding away.
    pub fn prove(
        place: &Place<'_>,
        key: &GroupKey,
        ciphertext: &EncodedCiphertext,
        reading: i64,
        blinding: &Blinding,
        nonces: [&Blinding; 2],
    ) -> Self {
        let [of_blinding, of_reading] = nonces.map(Blinding::scalar);
        let witness = Witness { blinding: blinding.scalar(), reading, of_blinding, of_reading };
        witness.prove(place, &KeyMultiples::of(key), ciphertext)
    }

    /// Checks the proof, one commitment at a time.
    ///
    /// # Errors
    /// [`Fault::BadKnowledge`], or as [`Ciphertext::from_bytes`]; to be laid at the sender's door.
    pub fn verify(
        &self,
        place: &Place<'_>,
        key: &GroupKey,
        ciphertext: &EncodedCiphertext,
    ) -> Result<(), Fault> {
        let Ciphertext { r, c } = Ciphertext::from_bytes(ciphertext)?;
        let minus_c = -self.challenge;
        let of_two = RistrettoPoint::vartime_double_scalar_mul_basepoint;
        let first = of_two(&minus_c, &r, &self.of_blinding);
        let second =
            of_two(&self.of_blinding, key.point(), &self.of_reading) + of_two(&minus_c, &c, &Scalar::ZERO);
        let commitments = [first, second].map(|point| point.compress().to_bytes());
        let holds = challenge(place, key, ciphertext, &commitments) == self.challenge;
        if holds { Ok(()) } else { Err(Fault::BadKnowledge) }
    }

    /// `c ‖ z_r ‖ z_m`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [0u8; Self::LEN];
        let parts = [&self.challenge, &self.of_blinding, &self.of_reading];
        for (place, part) in out.as_chunks_mut::<32>().0.iter_mut().zip(parts) {
            *place = part.to_bytes();
        }
        out
    }

    /// # Errors
    /// [`Fault::NotAScalar`]; to be laid at its sender's door.
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, Fault> {
        let scalar =
            |bytes: [u8; 32]| Option::from(Scalar::from_canonical_bytes(bytes)).ok_or(Fault::NotAScalar);
        match bytes.as_chunks::<32>().0 {
            [c, r, m] => {
                Ok(Knowledge { challenge: scalar(*c)?, of_blinding: scalar(*r)?, of_reading: scalar(*m)? })
            }
            _ => Err(Fault::NotAScalar), // 96 bytes are three chunks
        }
    }
}

/// What a proof is made from. The scalars are the caller's to wipe.
pub(crate) struct Witness<'a> {
    pub(crate) blinding: &'a Scalar,
    pub(crate) reading: i64,
    pub(crate) of_blinding: &'a Scalar,
    pub(crate) of_reading: &'a Scalar,
}

impl Witness<'_> {
    pub(crate) fn prove(
        &self,
        place: &Place<'_>,
        key: &KeyMultiples<'_>,
        ciphertext: &EncodedCiphertext,
    ) -> Knowledge {
        let first = RistrettoPoint::mul_base(self.of_blinding);
        // Either part of the second alone would tell the reading to who sees the proof.
        let mut of_reading = RistrettoPoint::mul_base(self.of_reading);
        let mut of_blinding = key.times(self.of_blinding);
        let second = of_reading + of_blinding;
        of_reading.zeroize();
        of_blinding.zeroize();
        let commitments = [first, second].map(|point| point.compress().to_bytes());
        let challenge = challenge(place, key.key(), ciphertext, &commitments);
        let mut reading = window::scalar(self.reading);
        let knowledge = Knowledge {
            challenge,
            of_blinding: self.of_blinding + challenge * self.blinding,
            of_reading: self.of_reading + challenge * reading,
        };
        reading.zeroize();
        knowledge
    }
}

/// The challenge: [`challenge_hash`] mod q.
pub(crate) fn challenge(
    place: &Place<'_>,
    key: &GroupKey,
    ciphertext: &EncodedCiphertext,
    commitments: &Commitments,
) -> Scalar {
    Scalar::from_bytes_mod_order_wide(&challenge_hash(place, key, ciphertext, commitments))
}

/// `SHA-512("wattsum v1 elgamal knowledge" ‖ context ‖ key set ‖ round u64 ‖ id u32 ‖ channel u16 ‖ Y ‖ R ‖ C ‖
/// T₁ ‖ T₂)`.
pub(crate) fn challenge_hash(
    place: &Place<'_>,
    key: &GroupKey,
    ciphertext: &EncodedCiphertext,
    commitments: &Commitments,
) -> [u8; 64] {
    let mut hash = Sha512::new();
    hash.update(b"wattsum v1 elgamal knowledge");
    hash.update(place.context.as_bytes());
    hash.update(key.key_set());
    hash.update(place.round.get().to_le_bytes());
    hash.update(place.id.0.to_le_bytes());
    hash.update(place.channel.to_le_bytes());
    hash.update(key.encoding());
    hash.update(ciphertext);
    hash.update(commitments.as_flattened());
    hash.finalize().into()
}
