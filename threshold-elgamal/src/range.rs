//! Proof that an encrypted reading lies in a signed range, of a meter in a round and channel.
//!
//! C = m·B + r·Y is a Pedersen commitment to m: who opens it in two ways knows the logarithm of Y, which takes t
//! trustees. The proof is Bulletproofs+ for v = m − least (Chung, Han, Ju, Kim and Seo 2020, section 4.1), not
//! interactive: 6 + 2·log₂ k points and scalars. It comes in addition to the proof of knowledge, which ties the
//! same m to R. `docs/range.md` says why this one, and what it does not show.

mod bounds;
mod equation;
mod folding;
mod generators;
mod prover;
mod transcript;
mod verifier;

use alloc::vec::Vec;

use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use meter_link::frame::Writer;
use zeroize::Zeroizing;

use crate::ciphertext::{Blinding, EncodedCiphertext, KeyMultiples};
use crate::equality::Encoded;
use crate::error::{Error, Fault};
use crate::keys::GroupKey;
use crate::proof::Place;
use prover::Witness;

pub use bounds::Bounds;
pub use generators::Generators;
pub use verifier::{Claim, RangeVerifier};

/// How many binary digits a proof has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 256 readings: −128 … 127 with [`Bounds::all`].
    Bits8,
    /// 2^16 readings.
    Bits16,
    /// 2^32 readings.
    Bits32,
    /// 2^64 readings.
    Bits64,
}

impl Width {
    /// All of them, ascending.
    pub const ALL: [Width; 4] = [Width::Bits8, Width::Bits16, Width::Bits32, Width::Bits64];

    /// k.
    pub const fn bits(self) -> u32 {
        match self {
            Width::Bits8 => 8,
            Width::Bits16 => 16,
            Width::Bits32 => 32,
            Width::Bits64 => 64,
        }
    }

    /// Bytes of a proof: 32·(6 + 2·log₂ k).
    pub const fn proof_len(self) -> usize {
        match self {
            Width::Bits8 => 384,
            Width::Bits16 => 448,
            Width::Bits32 => 512,
            Width::Bits64 => 576,
        }
    }

    /// How often vectors are halved: log₂ k.
    const fn rounds(self) -> u32 {
        self.bits().trailing_zeros()
    }

    /// 2^k − 1.
    const fn ones(self) -> u64 {
        match self {
            Width::Bits8 => u8::MAX as u64,
            Width::Bits16 => u16::MAX as u64,
            Width::Bits32 => u32::MAX as u64,
            Width::Bits64 => u64::MAX,
        }
    }

    /// As the session has it: 1 … 4.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Width::Bits8 => 1,
            Width::Bits16 => 2,
            Width::Bits32 => 3,
            Width::Bits64 => 4,
        }
    }
}

/// `A ‖ (L ‖ R) for each halving ‖ A′ ‖ B′ ‖ r′ ‖ s′ ‖ δ′`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeProof {
    /// Of the bits.
    bits: Encoded,
    /// L and R.
    halvings: Vec<[Encoded; 2]>,
    /// A′ and B′.
    last: [Encoded; 2],
    of_g: Scalar,
    of_h: Scalar,
    of_key: Scalar,
}

impl RangeProof {
    /// Proves that `ciphertext`, of `reading` under `blinding`, is within `bounds`.
    ///
    /// # Errors
    /// [`meter_link::Misuse::ReadingTooLarge`] if it is not; [`Misuse::WrongTable`](crate::Misuse::WrongTable) for
    /// generators of another width.
    ///
    /// # Security
    /// A building block for test vectors. All nonces come from `seed`, a one-use secret: hashed with the statement,
    /// so that one under another statement is another nonce.
    pub fn prove(
        (generators, bounds): (&Generators, &Bounds),
        place: &Place<'_>,
        key: &GroupKey,
        ciphertext: &EncodedCiphertext,
        reading: i64,
        blinding: &Blinding,
        seed: &Blinding,
    ) -> Result<Self, Error> {
        let witness = Witness { reading, blinding: blinding.scalar(), seed: seed.scalar() };
        witness.prove(generators, bounds, place, &KeyMultiples::of(key), ciphertext)
    }

    /// As they travel.
    pub fn to_bytes(&self) -> Vec<u8> {
        let points = self.points().flat_map(|point| *point.bytes());
        let scalars = [&self.of_g, &self.of_h, &self.of_key].into_iter().flat_map(Scalar::to_bytes);
        points.chain(scalars).collect()
    }

    /// # Errors
    /// [`Fault::BadRange`] for another length than [`Width::proof_len`], and for the identity, which no prover comes
    /// upon; [`Fault::NotAPoint`], [`Fault::NotAScalar`]. To be laid at the sender's door.
    pub fn from_bytes(width: Width, bytes: &[u8]) -> Result<Self, Fault> {
        let (parts, rest) = bytes.as_chunks::<32>();
        let (points, scalars) = parts.split_last_chunk::<3>().ok_or(Fault::BadRange)?;
        if !rest.is_empty() || bytes.len() != width.proof_len() {
            return Err(Fault::BadRange);
        }
        let points = points.iter().map(point).collect::<Result<Vec<_>, _>>()?;
        let ([bits, halvings @ ..], last) = points.split_last_chunk::<2>().ok_or(Fault::BadRange)? else {
            return Err(Fault::BadRange);
        };
        let [of_g, of_h, of_key] =
            scalars.map(|scalar| Option::from(Scalar::from_canonical_bytes(scalar)).ok_or(Fault::NotAScalar));
        Ok(RangeProof {
            bits: *bits,
            halvings: halvings.as_chunks::<2>().0.to_vec(),
            last: *last,
            of_g: of_g?,
            of_h: of_h?,
            of_key: of_key?,
        })
    }

    fn points(&self) -> impl Iterator<Item = &Encoded> {
        [&self.bits].into_iter().chain(self.halvings.as_flattened()).chain(&self.last)
    }
}

fn point(bytes: &[u8; 32]) -> Result<Encoded, Fault> {
    let point = Encoded::from_bytes(bytes)?;
    if point.point().is_identity() { Err(Fault::BadRange) } else { Ok(point) }
}

/// What a meter makes a proof from, beside the reading.
pub(crate) struct Opening {
    pub(crate) blinding: Zeroizing<Scalar>,
    /// One-use, hedged as all of a meter's nonces are.
    pub(crate) seed: Zeroizing<Scalar>,
}

impl Opening {
    /// The proof of one channel. It serves once.
    pub(crate) fn prove_into(
        self,
        writer: &mut Writer<'_>,
        (generators, bounds): (&Generators, &Bounds),
        place: &Place<'_>,
        key: &KeyMultiples<'_>,
        ciphertext: &EncodedCiphertext,
        reading: i64,
    ) -> Result<(), Error> {
        let witness = Witness { reading, blinding: &self.blinding, seed: &self.seed };
        let proof = witness.prove(generators, bounds, place, key, ciphertext)?;
        Ok(writer.bytes(&proof.to_bytes())?)
    }
}
