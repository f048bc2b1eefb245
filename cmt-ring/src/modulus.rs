//! M of `c = m + k mod M`.

use core::hint::black_box;

use meter_link::{Malformed, Misuse};

use crate::error::Error;

/// A modulus of up to 2^64. The ring's own is [`Modulus::WORD`], 2^64: additions that wrap, and nothing to reduce.
/// Others are for interoperability with the papers' formulation, where M is chosen by the sum's size.
///
/// No operation branches on, or divides, a residue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modulus(u64); // 0 stands for 2^64, to which all formulas below apply as they stand

impl Modulus {
    /// 2^64.
    pub const WORD: Modulus = Modulus(0);

    /// A modulus below 2^64.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] below 2.
    pub fn new(modulus: u64) -> Result<Self, Error> {
        if modulus < 2 { Err(Misuse::BadParameter.into()) } else { Ok(Modulus(modulus)) }
    }

    /// The modulus, as a number.
    pub const fn get(self) -> u128 {
        if self.0 == 0 { 1 << 64 } else { self.0 as u128 }
    }

    /// The modulus, unless it is 2^64.
    pub(crate) const fn below_word(self) -> Option<u64> {
        if self.0 == 0 { None } else { Some(self.0) }
    }

    /// `a + b` of two residues.
    pub const fn add(self, a: u64, b: u64) -> u64 {
        let (sum, carried) = a.overflowing_add(b);
        let (less, borrowed) = sum.overflowing_sub(self.0);
        let reduced = mask(carried | !borrowed);
        (less & reduced) | (sum & !reduced)
    }

    /// `a − b` of two residues.
    pub const fn sub(self, a: u64, b: u64) -> u64 {
        let (less, borrowed) = a.overflowing_sub(b);
        less.wrapping_add(self.0 & mask(borrowed))
    }

    /// The residue of a number whose size is below the modulus.
    pub const fn of_signed(self, value: i64) -> u64 {
        value.cast_unsigned().wrapping_add(self.0 & mask(value < 0))
    }

    /// The number of least size with this residue: `−⌊M/2⌋ ≤ n ≤ ⌊(M − 1)/2⌋`, for 2^64 as a signed word is read.
    pub const fn centred(self, residue: u64) -> i64 {
        let half = (self.0.wrapping_sub(1)) >> 1; // (2^64 − 1) / 2 for 2^64
        residue.wrapping_sub(self.0 & mask(residue > half)).cast_signed()
    }

    /// `⌊x·M / 2^128⌋` of 16 uniform bytes, as a little-endian number, where x has the *first* eight as its high half:
    /// a residue whose distribution differs from the uniform one by less than 2^−64 in statistical distance. Of 2^64 it
    /// is the first eight bytes as they are.
    #[allow(clippy::cast_possible_truncation)] // halves of wide numbers
    pub const fn scale(self, bits: u128) -> u64 {
        let (high, low) = (bits as u64, bits >> 64);
        if self.0 == 0 {
            return high;
        }
        let modulus = self.0 as u128;
        let rest = low.wrapping_mul(modulus) >> 64;
        ((high as u128).wrapping_mul(modulus).wrapping_add(rest) >> 64) as u64
    }

    /// `Σ c − K`, read back as a signed number.
    pub fn open(self, ciphertexts: impl IntoIterator<Item = u64>, group_key: u64) -> i64 {
        let sum = ciphertexts.into_iter().fold(0, |sum, word| self.add(sum, word));
        self.centred(self.sub(sum, group_key))
    }

    /// A received number, if it is a residue.
    ///
    /// # Errors
    /// [`Malformed::NotCanonical`] from M on.
    pub fn residue(self, value: u64) -> Result<u64, Error> {
        if self.0 == 0 || value < self.0 { Ok(value) } else { Err(Malformed::NotCanonical.into()) }
    }
}

/// The compiler would make a jump of a choice between two words: it may not see that `all` has two values.
const fn mask(all: bool) -> u64 {
    0u64.wrapping_sub(black_box(all as u64))
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)] // residues of wide numbers
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// Small moduli whole, large ones at their ends, against the remainder of wide numbers.
    #[test]
    fn arithmetic_is_that_of_the_integers() {
        let ends =
            |m: u128| (0..3).chain((0..3).map(move |n| m / 2 + n - 1)).chain((1..4).map(move |n| m - n));
        for modulus in (2..20).map(Modulus).chain([u64::MAX, 1 << 63, (1 << 63) + 1, 0].map(Modulus)) {
            let m = modulus.get();
            let values: Vec<u128> = if m < 20 { (0..m).collect() } else { ends(m).collect() };
            for a in &values {
                for b in &values {
                    let [x, y] = [*a as u64, *b as u64];
                    assert_eq!(u128::from(modulus.add(x, y)), (a + b) % m, "{a} + {b} mod {m}");
                    assert_eq!(u128::from(modulus.sub(x, y)), (m + a - b) % m, "{a} − {b} mod {m}");
                }
                let centred = modulus.centred(*a as u64);
                assert_eq!(i128::from(centred).rem_euclid(m as i128) as u128, *a);
                assert!(i128::from(centred).unsigned_abs() <= m / 2, "{a} mod {m}: {centred}");
                assert_eq!(modulus.of_signed(centred), *a as u64);
            }
            assert_eq!(u128::from(modulus.scale(u128::MAX)), m - 1);
            assert_eq!(modulus.scale(u128::from(u64::MAX) << 64), 0);
            assert_eq!(u128::from(modulus.scale(1 << 63)), m / 2);
            assert_eq!(modulus.residue((m - 1) as u64), Ok((m - 1) as u64));
        }
        assert!(Modulus::new(1).is_err() && Modulus::new(0).is_err());
        assert!(Modulus(10).residue(10).is_err());
    }
}
