//! Scales, exact.

use crate::preset::Preset;

/// What a plaintext is multiplied with, kept exactly: 2^`log2` · Π qⱼ^`primes[j]` · `times`.
///
/// A rescaling divides by a prime that is no power of two; after it, the scale is that quotient and nothing near it. Two
/// ciphertexts can be added if their scales are *equal*, whatever way they came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scale {
    log2: i16,
    primes: [i8; Preset::MAX_PRIMES],
    /// Odd, so that equal scales have equal fields.
    times: u32,
}

impl Scale {
    /// 1.
    pub const ONE: Scale = Scale { log2: 0, primes: [0; Preset::MAX_PRIMES], times: 1 };

    /// 2^bits.
    pub const fn power_of_two(bits: i16) -> Self {
        Scale { log2: bits, ..Self::ONE }
    }

    /// The prime at `place` of the chain of a preset.
    pub const fn prime(place: u8) -> Self {
        let mut scale = Self::ONE;
        match place {
            0 => scale.primes[0] = 1,
            1 => scale.primes[1] = 1,
            _ => scale.primes[2] = 1,
        }
        scale
    }

    /// A whole number: what a sum of `count` plaintexts is to their mean. `None` for 0.
    pub const fn count(count: u32) -> Option<Self> {
        if count == 0 {
            return None;
        }
        #[allow(clippy::cast_possible_truncation)] // at most 31
        let zeros = count.trailing_zeros() as i16;
        Some(Scale { log2: zeros, times: count.unbounded_shr(count.trailing_zeros()), ..Self::ONE })
    }

    /// The product, unless a field overflows.
    #[must_use]
    pub fn times(self, other: Scale) -> Option<Self> {
        self.combine(other, i8::checked_add, i16::checked_add, self.times.checked_mul(other.times)?)
    }

    /// The quotient, unless a field overflows or the odd parts do not divide.
    #[must_use]
    pub fn over(self, other: Scale) -> Option<Self> {
        let times =
            (self.times.checked_rem(other.times)? == 0).then(|| self.times.checked_div(other.times))??;
        self.combine(other, i8::checked_sub, i16::checked_sub, times)
    }

    fn combine(
        self,
        other: Scale,
        on_primes: impl Fn(i8, i8) -> Option<i8>,
        on_log2: impl Fn(i16, i16) -> Option<i16>,
        times: u32,
    ) -> Option<Self> {
        let mut primes = self.primes;
        for (own, other) in primes.iter_mut().zip(other.primes) {
            *own = on_primes(*own, other)?;
        }
        Some(Scale { log2: on_log2(self.log2, other.log2)?, primes, times })
    }

    /// Exponent of 2, exponents of the chain's primes, odd factor.
    pub const fn parts(&self) -> (i16, [i8; Preset::MAX_PRIMES], u32) {
        (self.log2, self.primes, self.times)
    }

    /// From [`Scale::parts`]; `None` if the factor is even or 0.
    pub const fn from_parts(log2: i16, primes: [i8; Preset::MAX_PRIMES], times: u32) -> Option<Self> {
        if times & 1 == 0 { None } else { Some(Scale { log2, primes, times }) }
    }

    /// If it is a power of two, which.
    pub const fn log2(&self) -> Option<i16> {
        let [a, b, c] = self.primes;
        if a == 0 && b == 0 && c == 0 && self.times == 1 { Some(self.log2) } else { None }
    }

    /// The nearest double, with the primes of a preset.
    #[cfg(feature = "alloc")]
    #[allow(clippy::cast_precision_loss)] // primes are below 2^50
    pub fn to_f64(self, preset: Preset) -> f64 {
        let mut value = libm::ldexp(f64::from(self.times), i32::from(self.log2));
        for (exponent, prime) in self.primes.iter().zip(preset.primes()) {
            for _ in 0..exponent.unsigned_abs() {
                if *exponent > 0 { value *= *prime as f64 } else { value /= *prime as f64 }
            }
        }
        value
    }
}
