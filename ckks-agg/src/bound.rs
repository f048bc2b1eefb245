//! What a ciphertext can hold at most, and how wrong it can be: what rounding and flooding rely on.
//!
//! Formulas and proofs are in `docs/bounds.md`. What is random enters through whole numbers, rounded up, so that every
//! implementation finds the same bounds to the last bit; the rest is IEEE arithmetic in the order written here.

use crate::preset::Preset;

#[cfg(feature = "alloc")]
mod operations;
mod tail;

use tail::Tail;

/// Bounds on the polynomial m + e that a ciphertext decrypts to, as multiples of 1 (not of the scale).
///
/// They hold but with probability 2⁻¹²⁸ for each polynomial that was sampled, **whatever the inputs have to do with each
/// other**: sums add them (a bound that grows with the root of the count is wrong where inputs depend on each other, and can
/// be turned into the key: Guo et al., USENIX Security 2024).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bound {
    /// Largest |slot| of the message, times the scale; of whole numbers in coefficients: largest |coefficient|.
    pub message: f64,
    /// Largest |slot| of the error: its canonical norm, which is no less than its ℓ₂ and ℓ∞ norms in coefficients.
    pub noise: f64,
    /// Largest |coefficient| of the error.
    pub coefficient: f64,
}

/// What CBD(21) is at most.
pub(crate) const ERROR_MOST: u8 = 21;

impl Bound {
    /// Of nothing.
    pub const ZERO: Bound = Bound { message: 0.0, noise: 0.0, coefficient: 0.0 };

    /// Of the error that encryption under the secret key adds: coefficients are 21 at most, with certainty.
    pub(crate) fn fresh_seeded(preset: Preset) -> Self {
        let noise = Tail::of(preset).error(1);
        Bound { message: 0.0, noise: whole(noise), coefficient: f64::from(ERROR_MOST) }
    }

    /// Of the error that encryption under a public key adds, made by one or jointly by several `parties`.
    pub(crate) fn fresh_public(preset: Preset, parties: u32) -> Self {
        let tail = Tail::of(preset);
        let noise = whole(tail.public_key_error(parties));
        Bound { message: 0.0, noise, coefficient: whole(tail.public_key_coefficient(parties)).min(noise) }
    }

    /// Of the sum, or the difference.
    #[cfg_attr(not(feature = "alloc"), allow(dead_code))] // the heap-free meter adds nothing up
    #[must_use]
    pub(crate) fn plus(self, other: Bound) -> Self {
        Bound {
            message: self.message + other.message,
            noise: self.noise + other.noise,
            coefficient: self.coefficient + other.coefficient,
        }
    }

    /// Of a multiple.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // of a factor beyond 2^53
    pub(crate) fn times_integer(self, factor: u64) -> Self {
        let factor = factor as f64;
        Bound {
            message: self.message * factor,
            noise: self.noise * factor,
            coefficient: self.coefficient * factor,
        }
    }
}

/// The root, rounded up to a whole number.
#[allow(clippy::cast_precision_loss)] // of bounds beyond 2^53, to nearest
fn whole(square: u128) -> f64 {
    let root = square.isqrt();
    let up = u128::from(root.wrapping_mul(root) < square);
    root.wrapping_add(up) as f64
}
