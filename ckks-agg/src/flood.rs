//! How much noise hides the error of a decryption that others see.

use crate::error::{Error, Misuse};

/// The strength of floods: statistical security of `statistical_bits` over `answers` decryptions under one key.
///
/// σ = √(12·answers)·2^(bits/2)·t for an error of ℓ₂ norm t at most (Li, Micciancio, Schultz, Sorrell: *Securing
/// Approximate Homomorphic Encryption Using Differential Privacy*, CRYPTO 2022, theorem 3 and corollary 2; t is the
/// canonical norm of [`Bound`](crate::Bound), which is no less).
///
/// # Security
/// Whoever answers counts, and stops when all answers have been given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Flood {
    statistical_bits: u8,
    answers: u32,
}

impl Flood {
    /// 40 bits over a year of quarter hours.
    pub const DEFAULT: Flood = Flood { statistical_bits: 40, answers: 35_040 };

    /// |flood| ≤ 14σ but with probability below 2⁻¹²⁸ for all coefficients together.
    pub const TAIL: f64 = 14.0;

    /// Of `statistical_bits` over `answers`.
    ///
    /// # Errors
    /// [`Misuse::BadFlood`] unless there are 1 to 64 bits and at least one answer.
    pub fn new(statistical_bits: u8, answers: u32) -> Result<Self, Error> {
        if !(1..=64).contains(&statistical_bits) || answers == 0 {
            return Err(Misuse::BadFlood.into());
        }
        Ok(Flood { statistical_bits, answers })
    }

    /// Bits of statistical security.
    pub fn statistical_bits(&self) -> u8 {
        self.statistical_bits
    }

    /// Decryptions that it covers.
    pub fn answers(&self) -> u32 {
        self.answers
    }

    /// σ for an error of `noise` at most.
    #[cfg(feature = "alloc")]
    pub fn sigma(&self, noise: f64) -> f64 {
        let exponent = f64::from(self.statistical_bits) / 2.0;
        libm::sqrt(12.0 * f64::from(self.answers)) * libm::exp2(exponent) * noise
    }

    /// The most that a coefficient of a flood is, for an error of `noise` at most.
    #[cfg(feature = "alloc")]
    pub fn most(&self, noise: f64) -> f64 {
        Self::TAIL * self.sigma(noise)
    }
}

impl Default for Flood {
    fn default() -> Self {
        Self::DEFAULT
    }
}
