//! Whether what a ciphertext can hold fits its level's primes.

use crate::bound::Bound;
use crate::error::{Error, Misuse};
use crate::preset::Preset;

/// # Errors
/// [`Misuse::MessageBeyondModulus`] unless |m + e| < Q/2 for the primes up to a level.
pub(crate) fn check(preset: Preset, level: u8, bound: &Bound) -> Result<(), Error> {
    let most = modulus(preset, level) / 2.0;
    let have = largest(bound);
    // Not the other way round: a bound that is no number does not fit.
    if have < most {
        return Ok(());
    }
    Err(Misuse::MessageBeyondModulus { have: bits(have), most: bits(most), level }.into())
}

/// # Errors
/// [`Misuse::MessageBeyondModulus`] as well for what could be decrypted, but not held in 128 bits.
pub(crate) fn check_opened(preset: Preset, level: u8, bound: &Bound) -> Result<(), Error> {
    check(preset, level, bound)?;
    let have = largest(bound);
    if have < WIDE {
        return Ok(());
    }
    Err(Misuse::MessageBeyondModulus { have: bits(have), most: 126, level }.into())
}

/// 2¹²⁶.
const WIDE: f64 = (1u128 << 126) as f64;

/// The largest |coefficient| of m + e.
pub(crate) fn largest(bound: &Bound) -> f64 {
    bound.message + bound.coefficient.min(bound.noise)
}

/// Q of a level, rounded down to less than 50 bits' precision so that the rounding of doubles does not matter.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn modulus(preset: Preset, level: u8) -> f64 {
    let primes = preset.primes().iter().take(usize::from(level).wrapping_add(1));
    primes.map(|q| *q as f64).product::<f64>() * (1.0 - f64::EPSILON * 8.0)
}

/// Bits of a number's whole part.
pub(crate) fn bits(value: f64) -> u16 {
    let bits = libm::ilogb(value).clamp(-1, 2000).wrapping_add(1);
    u16::try_from(bits).unwrap_or(u16::MAX)
}
