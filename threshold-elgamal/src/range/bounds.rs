//! Which readings are in range, and the digits that they have there.

use super::Width;
use crate::error::Error;

/// `least` ≤ m ≤ `most`, exactly.
///
/// v = m − least is a sum of digits 0 or 1 with the weights 1, 2, 4 … 2^(n−2) and last span − 2^(n−1) + 1, where
/// span = most − least has n bits: so all of 0 … span can be written, and nothing else. Digits from the n-th on weigh
/// nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    width: Width,
    least: i64,
    most: i64,
}

impl Bounds {
    /// With proofs of a width: their length and cost depend on nothing else.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] unless `least` ≤ `most`, and their difference is below 2^k.
    pub fn new(width: Width, least: i64, most: i64) -> Result<Self, Error> {
        let bounds = Bounds { width, least, most };
        let fits = least <= most && bounds.span() <= width.ones();
        if fits { Ok(bounds) } else { Err(meter_link::Misuse::BadParameter.into()) }
    }

    /// −2^(k−1) … 2^(k−1) − 1.
    pub fn all(width: Width) -> Self {
        let unused = u64::BITS.wrapping_sub(width.bits());
        Bounds { width, least: i64::MIN.wrapping_shr(unused), most: i64::MAX.wrapping_shr(unused) }
    }

    /// k.
    pub fn width(&self) -> Width {
        self.width
    }

    /// The least reading.
    pub fn least(&self) -> i64 {
        self.least
    }

    /// The largest.
    pub fn most(&self) -> i64 {
        self.most
    }

    pub(super) fn span(&self) -> u64 {
        self.most.wrapping_sub(self.least).cast_unsigned()
    }

    /// Number and weight of the last digit that has one.
    fn last(&self) -> Option<(u32, u64)> {
        let number = self.span().checked_ilog2()?;
        Some((number, self.span().wrapping_sub(1u64.wrapping_shl(number)).wrapping_add(1)))
    }

    /// Of the k digits, from the first.
    pub(super) fn weights(&self) -> impl Iterator<Item = u64> {
        let last = self.last();
        (0..self.width.bits()).map(move |digit| match last {
            Some((number, _)) if digit < number => 1u64.wrapping_shl(digit),
            Some((number, weight)) if digit == number => weight,
            _ => 0,
        })
    }

    /// The digits of a reading, the first lowest, in constant time.
    ///
    /// # Errors
    /// [`meter_link::Misuse::ReadingTooLarge`].
    pub(super) fn digits(&self, reading: i64) -> Result<u64, Error> {
        let value = reading.wrapping_sub(self.least).cast_unsigned();
        if reading < self.least || value > self.span() {
            return Err(meter_link::Misuse::ReadingTooLarge.into());
        }
        let (number, weight) = self.last().unwrap_or_default();
        let top = value.wrapping_shr(number) & 1;
        Ok(value.wrapping_sub(top.wrapping_mul(weight)) | top.wrapping_shl(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_the_reading() {
        for span in 0u64..=255 {
            let bounds = Bounds::new(Width::Bits8, -7, span.cast_signed() - 7).unwrap();
            assert_eq!(bounds.weights().sum::<u64>(), span);
            for value in 0..=span {
                let digits = bounds.digits(value.cast_signed() - 7).unwrap();
                let sum = bounds
                    .weights()
                    .enumerate()
                    .map(|(digit, weight)| (digits >> digit & 1) * weight)
                    .sum::<u64>();
                assert_eq!((sum, digits >> 8), (value, 0), "{span}");
            }
            assert!(bounds.digits(-8).is_err() && bounds.digits(span.cast_signed() - 6).is_err());
        }
        assert!(Bounds::new(Width::Bits8, -7, 249).is_err());
        assert!(Bounds::new(Width::Bits8, 1, 0).is_err());
        assert_eq!(Bounds::new(Width::Bits64, i64::MIN, i64::MAX).unwrap(), Bounds::all(Width::Bits64));
        assert_eq!(Bounds::all(Width::Bits64).digits(-1), Ok(u64::MAX >> 1));
    }
}
