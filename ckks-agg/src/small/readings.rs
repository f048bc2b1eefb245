//! Whole numbers, and the scale at which they are encrypted.

use core::fmt;

use meter_link::Field64;

use super::DEGREE;
use super::prime::PRIMES;
use crate::bound::Bound;
use crate::error::{Error, Misuse};
use crate::preset::Preset;

/// q₀·q₁.
const MODULUS: u64 = PRIMES[0].q as u64 * PRIMES[1].q as u64;

/// At most [`DEGREE`] whole numbers, times 2^`scale_bits`: coefficient i is number i; those that are not there are 0.
pub struct Readings<'v, V = i64> {
    values: &'v [V],
    scale_bits: u32,
    most: u64,
}

impl<'v, V: Copy + Into<i64>> Readings<'v, V> {
    /// Numbers from −`most` to `most`. `most` and the scale are of the group, and public: ciphertexts carry them.
    ///
    /// # Errors
    /// [`Misuse::TooManyValues`]; [`Misuse::BadScale`] for a scale that the preset does not have;
    /// [`Misuse::MessageBeyondModulus`] where `most` at this scale is half the product of both primes or more;
    /// [`Misuse::ValueBeyondBound`] for a number beyond `most`.
    pub fn new(values: &'v [V], scale_bits: u32, most: u64) -> Result<Self, Error> {
        let size = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        if values.len() > DEGREE {
            return Err(Misuse::TooManyValues { have: size(values.len()), most: size(DEGREE) }.into());
        }
        if !Preset::Small.scales().contains(&scale_bits) {
            return Err(Misuse::BadScale { bits: i16::try_from(scale_bits).unwrap_or(i16::MAX) }.into());
        }
        if most > (MODULUS / 2).wrapping_sub(1).wrapping_shr(scale_bits) {
            let [have, most] = [bits(most).wrapping_add(scale_bits), bits(MODULUS / 2)]
                .map(|bits| u16::try_from(bits).unwrap_or(u16::MAX));
            return Err(Misuse::MessageBeyondModulus { have, most, level: Preset::Small.top_level() }.into());
        }
        // All of them are looked at, so that time does not tell which.
        let beyond = |value: &V| (*value).into().unsigned_abs() > most;
        if values.iter().fold(false, |any, value| any | beyond(value)) {
            let position = values.iter().position(beyond).map_or(0, size);
            let bits = i16::try_from(bits(most).saturating_sub(1)).unwrap_or(i16::MAX);
            return Err(Misuse::ValueBeyondBound { position, bits }.into());
        }
        Ok(Readings { values, scale_bits, most })
    }

    /// log₂ of the scale.
    pub(super) fn scale_bits(&self) -> u32 {
        self.scale_bits
    }

    /// With this error.
    #[allow(clippy::cast_precision_loss)] // below 2^53
    pub(super) fn with(&self, error: Bound) -> Bound {
        Bound { message: self.most.wrapping_shl(self.scale_bits) as f64, ..error }
    }

    /// The numbers, not yet scaled.
    pub(super) fn values(&self) -> &[V] {
        self.values
    }

    /// D of all coefficients, those that are 0 in one step and the scale as the last.
    pub(super) fn digest(&self, point: Field64) -> Field64 {
        let rest = u64::try_from(DEGREE.saturating_sub(self.values.len())).unwrap_or_default();
        let digest =
            crate::derive::digest(point, self.values.iter().map(|value| Field64::from_i64((*value).into())));
        digest * point.pow_vartime(rest) * Field64::from_u64(1u64.wrapping_shl(self.scale_bits))
    }
}

impl<V> fmt::Debug for Readings<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readings").field("scale_bits", &self.scale_bits).finish_non_exhaustive()
    }
}

/// How many it takes.
const fn bits(value: u64) -> u32 {
    u64::BITS.wrapping_sub(value.leading_zeros())
}
