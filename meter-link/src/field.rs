//! Field64: the integers modulo p = 2^64 − 2^32 + 1.
//!
//! The field of that name in IETF VDAF (draft-irtf-cfrg-vdaf, section 6.1). Readings enter as signed
//! integers, sums are read back *centred*: values above p/2 are negative.
//!
//! All operations are branch-free; reductions use 2^64 ≡ 2^32 − 1 and 2^96 ≡ −1 (mod p).

use core::hint::black_box;
use core::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

use crate::error::{Error, Malformed};

pub mod lagrange;
pub mod newton;
mod slices;
pub mod uniform;

pub use slices::{add_assign, add_scaled, sum_columns, sum_rows};
#[doc(hidden)]
pub use slices::{add_assign_on, add_scaled_on, sum_columns_on, sum_rows_on};

/// An element of the field, always canonical (below p). Not a secret by itself: whoever holds one in
/// confidence wraps it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Field64(u64);

impl DefaultIsZeroes for Field64 {}

impl Field64 {
    /// p.
    pub const MODULUS: u64 = 0xffff_ffff_0000_0001;
    /// 0.
    pub const ZERO: Field64 = Field64(0);
    /// 1.
    pub const ONE: Field64 = Field64(1);
    /// Bytes of an element on the wire, little-endian.
    pub const LEN: usize = 8;

    const EPSILON: u64 = 0xffff_ffff; // 2^64 mod p

    /// Any u64, reduced.
    #[inline(always)]
    pub const fn from_u64(value: u64) -> Self {
        let (reduced, below) = value.overflowing_sub(Self::MODULUS);
        // All ones where value < p: then the modulus is given back.
        let mask = (below as u64).wrapping_neg();
        Field64(reduced.wrapping_add(mask & Self::MODULUS))
    }

    /// Any u128, reduced.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // takes the halves on purpose
    pub const fn from_u128(value: u128) -> Self {
        let low = value as u64;
        let high = (value >> 64) as u64;
        let top = high >> 32;
        let middle = high & Self::EPSILON;
        // value ≡ low − top + middle·(2^32 − 1)
        let (a, borrow) = low.overflowing_sub(top);
        let a = a.wrapping_sub((borrow as u64).wrapping_neg() & Self::EPSILON);
        let b = (middle << 32).wrapping_sub(middle);
        let (c, carry) = a.overflowing_add(b);
        let c = c.wrapping_add((carry as u64).wrapping_neg() & Self::EPSILON);
        Self::from_u64(c)
    }

    /// low + 2^32·high, for sums that were kept in halves; both below 2^63.
    #[inline(always)]
    pub(crate) const fn from_halves(low: u64, high: u64) -> Self {
        // 2^32·(2^32·a + b) ≡ (2^32 − 1)·a + 2^32·b, and what of `low` exceeds 32 bits belongs to b.
        let high = high.wrapping_add(low >> 32);
        let a = high >> 32;
        let (sum, carry) = (high << 32 | low & Self::EPSILON).overflowing_add((a << 32).wrapping_sub(a));
        // The second term is below 2^63, so a carry leaves no more than that, and adding cannot carry again.
        Self::from_u64(sum.wrapping_add((carry as u64).wrapping_neg() & Self::EPSILON))
    }

    /// A signed reading: v mod p. Every i64 has an image; only values below p/2 in size come back.
    #[inline(always)]
    pub const fn from_i64(value: i64) -> Self {
        let negative = (value >> 63) as u64; // all ones where negative
        Self::from_u64((value as u64).wrapping_add(negative & Self::MODULUS))
    }

    /// The canonical representative in 0 … p − 1.
    #[inline(always)]
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// The representative in −(p−1)/2 … (p−1)/2: how a sum of readings is read back.
    pub const fn centred(self) -> i64 {
        let above = (((Self::MODULUS - 1) / 2).overflowing_sub(self.0).1 as u64).wrapping_neg();
        self.0.wrapping_sub(above & Self::MODULUS) as i64
    }

    /// # Errors
    /// [`Malformed::NotCanonical`] for p and above.
    pub const fn from_bytes(bytes: [u8; 8]) -> Result<Self, Error> {
        let value = u64::from_le_bytes(bytes);
        if value >= Self::MODULUS {
            return Err(Error::Malformed(Malformed::NotCanonical));
        }
        Ok(Field64(value))
    }

    /// Little-endian.
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_le_bytes()
    }

    /// `self + other` in a chain of such sums. Of `+` and `-` the compiler makes jumps where each result waits for the
    /// one before (LLVM's cmov conversion): here it does not see that a borrow is one of two values.
    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self::less(self.0, Self::MODULUS.wrapping_sub(other.0))
    }

    /// `self - other` in a chain, as [`Field64::plus`].
    #[inline(always)]
    pub(crate) fn minus(self, other: Self) -> Self {
        Self::less(self.0, other.0)
    }

    #[inline(always)]
    fn less(value: u64, other: u64) -> Self {
        let (difference, borrow) = value.overflowing_sub(other);
        Field64(difference.wrapping_add(black_box(u64::from(borrow)).wrapping_neg() & Self::MODULUS))
    }

    /// `self` if `keep`, else zero, without a branch.
    #[inline(always)]
    pub const fn masked(self, keep: bool) -> Self {
        Field64(self.0 & (keep as u64).wrapping_neg())
    }

    /// self^exponent; the exponent is public.
    #[must_use]
    pub fn pow_vartime(self, exponent: u64) -> Self {
        let mut result = Self::ONE;
        let mut square = self;
        let mut rest = exponent;
        while rest != 0 {
            if rest & 1 == 1 {
                result = result * square;
            }
            square = square * square;
            rest >>= 1;
        }
        result
    }

    /// 1/self by Fermat, and 0 for 0. The exponent is fixed, so the time is too.
    #[must_use]
    pub fn invert(self) -> Self {
        self.pow_vartime(Self::MODULUS.wrapping_sub(2))
    }
}

impl Add for Field64 {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // self − (p − other), which borrows unless the sum reaches p.
        let (difference, borrow) = self.0.overflowing_sub(Self::MODULUS.wrapping_sub(other.0));
        Field64(difference.wrapping_add(Self::MODULUS.wrapping_mul(borrow as u64)))
    }
}

impl Sub for Field64 {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let (difference, borrow) = self.0.overflowing_sub(other.0);
        Field64(difference.wrapping_add(Self::MODULUS.wrapping_mul(borrow as u64)))
    }
}

impl Neg for Field64 {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Field64 {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::from_u128((self.0 as u128).wrapping_mul(other.0 as u128))
    }
}

impl AddAssign for Field64 {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Field64 {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl core::iter::Sum for Field64 {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl ConstantTimeEq for Field64 {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for Field64 {
    fn conditional_select(a: &Self, b: &Self, choice: Choice) -> Self {
        Field64(u64::conditional_select(&a.0, &b.0, choice))
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    const P: u64 = Field64::MODULUS;
    const EDGES: [u64; 10] = [0, 1, 2, 0xffff_ffff, 1 << 32, P / 2, P / 2 + 1, P - 2, P - 1, 1 << 63];

    fn oracle(value: BigUint) -> u64 {
        let digits = (value % P).to_u64_digits();
        digits.first().copied().unwrap_or(0)
    }

    #[test]
    fn edges_agree_with_bigint() {
        for a in EDGES {
            for b in EDGES {
                check_pair(a, b);
            }
        }
        for v in [u128::MAX, u128::MAX - 1, P as u128, (P as u128) << 64, (P as u128) * (P as u128), 1 << 96]
        {
            assert_eq!(Field64::from_u128(v).to_u64(), oracle(BigUint::from(v)), "{v}");
        }
        for v in [P, P + 1, u64::MAX] {
            assert_eq!(Field64::from_u64(v).to_u64(), v - P);
            assert!(Field64::from_bytes(v.to_le_bytes()).is_err());
        }
    }

    fn check_pair(a: u64, b: u64) {
        let (x, y) = (Field64::from_u64(a), Field64::from_u64(b));
        let (a, b) = (BigUint::from(x.to_u64()), BigUint::from(y.to_u64()));
        assert_eq!((x + y).to_u64(), oracle(&a + &b));
        assert_eq!((x - y).to_u64(), oracle(&a + BigUint::from(P) - &b));
        assert_eq!((x.plus(y), x.minus(y)), (x + y, x - y));
        assert_eq!((x * y).to_u64(), oracle(&a * &b));
        if y != Field64::ZERO {
            assert_eq!(y * y.invert(), Field64::ONE);
        }
    }

    proptest! {
        #[test]
        fn arithmetic_agrees_with_bigint(a: u64, b: u64, wide: u128) {
            check_pair(a, b);
            prop_assert_eq!(Field64::from_u128(wide).to_u64(), oracle(BigUint::from(wide)));
        }

        #[test]
        fn centred_gives_readings_back(v in -((P / 2) as i64)..=((P / 2) as i64)) {
            prop_assert_eq!(Field64::from_i64(v).centred(), v);
        }
    }

    #[test]
    fn every_i64_is_reduced() {
        for v in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
            let expected = oracle(BigUint::from((v as i128).rem_euclid(P as i128) as u128));
            assert_eq!(Field64::from_i64(v).to_u64(), expected, "{v}");
        }
    }
}
