//! m·B for a small secret m: time depends on the bound of m, which is public, not on m.

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::Identity;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroize;

/// The scalar of a reading.
pub(crate) fn scalar(reading: i64) -> Scalar {
    let size = Scalar::from(reading.unsigned_abs());
    Scalar::conditional_select(&size, &-size, is_negative(reading))
}

fn is_negative(reading: i64) -> Choice {
    let [.., top] = reading.to_le_bytes();
    Choice::from(top >> 7)
}

/// `reading`·B, where |reading| < 2^bits. Four bits at a time: with 31 bits about a quarter of the work of
/// a full multiplication without tables.
pub(crate) fn multiple_of_base(reading: i64, bits: u32) -> RistrettoPoint {
    // Multiples 0 … 15 of B are public.
    let mut table = [RistrettoPoint::identity(); 16];
    let mut multiple = RistrettoPoint::identity();
    for entry in &mut table {
        *entry = multiple;
        multiple += RISTRETTO_BASEPOINT_POINT;
    }
    let mut size = reading.unsigned_abs();
    let mut sum = RistrettoPoint::identity();
    for digit in (0..bits.min(64).div_ceil(4)).rev() {
        for _ in 0..4 {
            sum += sum;
        }
        let [low, ..] = (size >> digit.wrapping_mul(4)).to_le_bytes();
        let mut selected = RistrettoPoint::identity();
        for (entry, number) in table.iter().zip(0u8..) {
            selected.conditional_assign(entry, number.ct_eq(&(low & 15)));
        }
        sum += selected;
        selected.zeroize();
    }
    size.zeroize();
    let product = RistrettoPoint::conditional_select(&sum, &-sum, is_negative(reading));
    sum.zeroize();
    product
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_full_multiplication() {
        for (reading, bits) in [
            (0, 1),
            (1, 1),
            (-1, 1),
            (15, 4),
            (16, 5),
            (-1_000_000_000, 30),
            (0x1234_5678_9abc_def0, 61),
            (i64::MAX, 63),
            (i64::MIN, 64),
        ] {
            let expected = RistrettoPoint::mul_base(&scalar(reading));
            assert_eq!(multiple_of_base(reading, bits), expected, "{reading}");
            assert_eq!(multiple_of_base(reading, 64), expected, "{reading}");
        }
        assert_eq!(scalar(-5) + Scalar::from(5u8), Scalar::ZERO);
    }
}
