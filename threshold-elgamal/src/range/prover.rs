//! Making a proof, in time that depends on the width only.
//!
//! The digits of v = m − least are a_L, and a_R = a_L − 1; A = Σ a_L·G + Σ a_R·H + α·Y. After the challenges y and z what
//! remains to be shown is one weighted inner product, Σ y^i·a_i·b_i (i = 1 … k) with
//! a = a_L − z, b = a_R + d_i·y^(k+1−i) + z, d_i the weights of the digits,
//! which halving after halving brings down to one a and one b (figure 1 of the paper).

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use subtle::{Choice, ConditionallySelectable};
use zeroize::{Zeroize, Zeroizing};

use super::folding::Folding;
use super::transcript::Transcript;
use super::{Bounds, Generators, RangeProof};
use crate::ciphertext::{EncodedCiphertext, KeyMultiples};
use crate::equality::Encoded;
use crate::error::{Error, Misuse};
use crate::proof::Place;

/// What a proof is made from. The scalars are the caller's to wipe.
pub(super) struct Witness<'a> {
    pub(super) reading: i64,
    pub(super) blinding: &'a Scalar,
    /// One-use: all nonces come from it.
    pub(super) seed: &'a Scalar,
}

impl Witness<'_> {
    /// # Errors
    /// [`meter_link::Misuse::ReadingTooLarge`]; [`Misuse::WrongTable`].
    pub(super) fn prove(
        &self,
        generators: &Generators,
        bounds: &Bounds,
        place: &Place<'_>,
        key: &KeyMultiples<'_>,
        ciphertext: &EncodedCiphertext,
    ) -> Result<RangeProof, Error> {
        let width = generators.width();
        if bounds.width() != width {
            return Err(Misuse::WrongTable.into());
        }
        let digits = Zeroizing::new(bounds.digits(self.reading)?);
        let statement = Transcript::new(place, key.key(), ciphertext, bounds);
        let mut nonces = (0u8..).map(|index| statement.nonce(self.seed, index));
        let mut nonce = move || nonces.next().unwrap_or_default(); // there are 256

        let mut alpha = nonce();
        let bits = Encoded::from(commitment(generators, key, *digits, &alpha));
        let mut transcript = statement.clone();
        let (y, z) = (transcript.challenge(&[bits]), transcript.challenge(&[]));
        let mut folding = Folding::new(generators, bounds, *digits, &y, &z);
        *alpha += folding.of_commitment() * self.blinding;

        let mut halvings = Vec::with_capacity(width.rounds() as usize);
        for _ in 0..width.rounds() {
            let (left, right) = (nonce(), nonce());
            let pair = folding.cross(key, &left, &right);
            let e = transcript.challenge(&pair);
            let inverse = e.invert();
            folding.halve(&e, &inverse);
            *alpha += *left * (e * e) + *right * (inverse * inverse);
            halvings.push(pair);
        }
        let (r, s, delta, eta) = (nonce(), nonce(), nonce(), nonce());
        let last = folding.last(key, [&r, &s, &delta, &eta]);
        let e = transcript.challenge(&last);
        let (a, b) = folding.ends();
        Ok(RangeProof {
            bits,
            halvings,
            last,
            of_g: *r + a * e,
            of_h: *s + b * e,
            of_key: *eta + *delta * e + *alpha * (e * e),
        })
    }
}

/// A: G_i where the digit is one, −H_i where it is zero.
fn commitment(
    generators: &Generators,
    key: &KeyMultiples<'_>,
    digits: u64,
    alpha: &Scalar,
) -> RistrettoPoint {
    let mut sum = RistrettoPoint::identity();
    for ((g, h), bit) in generators.g.iter().zip(&generators.h).zip(bits_of(digits)) {
        let mut term = RistrettoPoint::conditional_select(&-h, g, bit);
        sum += term;
        term.zeroize();
    }
    let mut mask = key.times(alpha);
    let commitment = sum + mask;
    sum.zeroize();
    mask.zeroize();
    commitment
}

/// From the lowest.
pub(super) fn bits_of(digits: u64) -> impl Iterator<Item = Choice> {
    (0..u64::BITS).map(move |place| {
        let [low, ..] = (digits >> place).to_le_bytes();
        Choice::from(low & 1)
    })
}
