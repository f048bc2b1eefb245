//! m·B for a small secret m: time depends on the bound of m, which is public, not on m.
//!
//! m is taken apart into signed digits: m + h·(1 + b + b² + …), where h is half the base b, has plain digits
//! that are larger by h each.

#[cfg(all(feature = "alloc", feature = "tables"))]
use alloc::boxed::Box;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use subtle::{Choice, ConditionallyNegatable, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

/// The scalar of a reading.
pub(crate) fn scalar(reading: i64) -> Scalar {
    let size = Scalar::from(reading.unsigned_abs());
    Scalar::conditional_select(&size, &-size, is_negative(reading))
}

fn is_negative(reading: i64) -> Choice {
    let [.., top] = reading.to_le_bytes();
    Choice::from(top >> 7)
}

/// `reading`·B, where |reading| < 2^bits, without any table kept: three bits at a time, from the top.
pub(crate) fn multiple_of_base(reading: i64, bits: u32) -> RistrettoPoint {
    // Multiples of B are public.
    let multiples = multiples::<4>(&RISTRETTO_BASEPOINT_POINT);
    let digits = Digits::<3>::of(reading, bits);
    let mut sum = RistrettoPoint::identity();
    for place in (0..Digits::<3>::count(bits)).rev() {
        let mut selected = digits.select(place, &multiples);
        for _ in 0..3 {
            sum += sum;
        }
        sum += selected;
        selected.zeroize();
    }
    sum
}

/// 1·P … N·P.
fn multiples<const N: usize>(point: &RistrettoPoint) -> [RistrettoPoint; N] {
    let mut multiple = RistrettoPoint::identity();
    [(); N].map(|()| {
        multiple += point;
        multiple
    })
}

/// Multiples 1 … 8 of 16^i·P of a public point P: a small multiple is one addition for each four bits.
#[cfg(all(feature = "alloc", feature = "tables"))]
pub(crate) struct SmallMultiples(Box<[[RistrettoPoint; 8]]>);

#[cfg(all(feature = "alloc", feature = "tables"))]
impl SmallMultiples {
    /// Bytes.
    pub(crate) const SIZE: usize = Digits::<4>::count(64) as usize * size_of::<[RistrettoPoint; 8]>();

    pub(crate) fn of(point: &RistrettoPoint) -> Self {
        let mut point = *point;
        let windows = (0..Digits::<4>::count(64)).map(|_| {
            let window @ [.., eighth] = multiples::<8>(&point);
            point = eighth + eighth;
            window
        });
        SmallMultiples(windows.collect())
    }

    /// `reading`·P, where |reading| < 2^bits.
    pub(crate) fn times(&self, reading: i64, bits: u32) -> RistrettoPoint {
        let digits = Digits::<4>::of(reading, bits);
        let mut sum = RistrettoPoint::identity();
        for (place, multiples) in (0..Digits::<4>::count(bits)).zip(&self.0) {
            let mut selected = digits.select(place, multiples);
            sum += selected;
            selected.zeroize();
        }
        sum
    }
}

/// A reading as digits −2^(W−1) … 2^(W−1) − 1.
struct Digits<const W: u32>(Zeroizing<u128>);

impl<const W: u32> Digits<W> {
    /// Two bits more than the size has: half the base in each digit is more than half of what they can hold.
    const fn count(bits: u32) -> u32 {
        bits.wrapping_add(2).div_ceil(W)
    }

    fn of(reading: i64, bits: u32) -> Self {
        let halves = (0..Self::count(bits)).fold(0u128, |sum, _| (sum << W) | (1 << W.wrapping_sub(1)));
        Digits(Zeroizing::new(i128::from(reading).cast_unsigned().wrapping_add(halves)))
    }

    /// digit·P from P, 2P, 3P, ….
    fn select(&self, place: u32, multiples: &[RistrettoPoint]) -> RistrettoPoint {
        let [low, ..] = (*self.0 >> place.wrapping_mul(W)).to_le_bytes();
        let half = 1u8 << W.wrapping_sub(1);
        let digit = (low & half.wrapping_shl(1).wrapping_sub(1)).wrapping_sub(half);
        let negative = Choice::from(digit >> 7);
        // Not subtle's selection: it negates the choice, and with overflow checks that is a jump on it.
        let sign = negative.unwrap_u8().wrapping_neg();
        let size = (digit ^ sign).wrapping_sub(sign);
        let mut selected = RistrettoPoint::identity();
        for (multiple, number) in multiples.iter().zip(1u8..) {
            selected.conditional_assign(multiple, number.ct_eq(&size));
        }
        selected.conditional_negate(negative);
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_full_multiplication() {
        #[cfg(all(feature = "alloc", feature = "tables"))]
        let table = SmallMultiples::of(&RISTRETTO_BASEPOINT_POINT);
        let check = |reading: i64, bits| {
            let expected = RistrettoPoint::mul_base(&scalar(reading));
            assert_eq!(multiple_of_base(reading, bits), expected, "{reading} of {bits}");
            #[cfg(all(feature = "alloc", feature = "tables"))]
            assert_eq!(table.times(reading, bits), expected, "{reading} of {bits}");
        };
        // The ends of each range, and what digits are made of.
        for bits in 1..=63 {
            let most = i64::MAX >> (63 - bits);
            for reading in [most, -most, 0, 1, -1, most / 7, -most / 3] {
                check(reading, bits);
            }
        }
        for reading in [0, 1, -1, 0x1234_5678_9abc_def0, i64::MAX, i64::MIN] {
            check(reading, 64);
        }
        assert_eq!(scalar(-5) + Scalar::from(5u8), Scalar::ZERO);
    }
}
