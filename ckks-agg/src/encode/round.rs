//! Doubles to whole numbers and back, without a branch on the value.

use alloc::vec;

use meter_link::pad::{Loop, Path};

use crate::plaintext::Coefficients;

/// Added and taken off, it leaves a double below 2^51 rounded to a whole number, ties to even; in between its low bits
/// are that number.
const MAGIC: f64 = 1.5 * (1u64 << 52) as f64;

/// The nearest whole number, ties to even.
#[inline(always)]
pub(super) fn nearest(value: f64) -> f64 {
    let shift = WHOLE.copysign(value);
    let rounded = (value + shift) - shift;
    if value.abs() < WHOLE { rounded } else { value }
}

/// From here on all doubles are whole.
const WHOLE: f64 = (1u64 << 52) as f64;

/// The nearest whole number of a value below 2^50, ties to even.
#[inline(always)]
fn small(value: f64) -> i64 {
    (value + MAGIC).to_bits().wrapping_sub(MAGIC.to_bits()).cast_signed()
}

/// 2^e for the digits of larger numbers.
const DIGIT: u32 = 42;
const UP: f64 = (1u64 << DIGIT) as f64;
const DOWN: f64 = 1.0 / UP;

/// `value` as r + 2^42·d with |r| ≤ 2^41, both exact: |value| < 2^92.
#[inline(always)]
fn split(value: f64) -> (f64, f64) {
    let digit = (value * DOWN + MAGIC) - MAGIC;
    (value - digit * UP, digit)
}

/// Each part times `factor`, to the nearest whole number: below 2^62 if `narrow`, below 2^126 else.
pub(super) fn to_integers(path: Path, parts: &[f64], factor: f64, narrow: bool) -> Coefficients {
    if narrow {
        let mut out = vec![0; parts.len()];
        path.vectorise(Narrow { parts, factor, out: &mut out });
        Coefficients::Narrow(out)
    } else {
        let mut out = vec![0; parts.len()];
        path.vectorise(Wide { parts, factor, out: &mut out });
        Coefficients::Wide(out)
    }
}

struct Narrow<'a> {
    parts: &'a [f64],
    factor: f64,
    out: &'a mut [i64],
}

impl Loop for Narrow<'_> {
    #[inline(always)]
    fn run(self) {
        for (out, part) in self.out.iter_mut().zip(self.parts) {
            let (rest, digit) = split(part * self.factor);
            *out = small(digit).wrapping_shl(DIGIT).wrapping_add(small(rest));
        }
    }
}

struct Wide<'a> {
    parts: &'a [f64],
    factor: f64,
    out: &'a mut [i128],
}

impl Loop for Wide<'_> {
    #[inline(always)]
    fn run(self) {
        for (out, part) in self.out.iter_mut().zip(self.parts) {
            let value = part * self.factor;
            let top = (value * DOWN * DOWN + MAGIC) - MAGIC;
            let (rest, digit) = split(value - top * UP * UP);
            let low = i128::from(small(digit)).wrapping_shl(DIGIT).wrapping_add(i128::from(small(rest)));
            *out = i128::from(small(top)).wrapping_shl(DIGIT.wrapping_mul(2)).wrapping_add(low);
        }
    }
}

/// The nearest doubles.
#[allow(clippy::cast_precision_loss)]
pub(super) fn to_doubles(coefficients: &Coefficients, out: &mut [f64]) {
    match coefficients {
        Coefficients::Narrow(all) => {
            for (out, value) in out.iter_mut().zip(all) {
                *out = *value as f64;
            }
        }
        Coefficients::Wide(all) => {
            for (out, value) in out.iter_mut().zip(all) {
                *out = *value as f64;
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use libm::{ldexp, rint};
    use proptest::prelude::*;

    fn integers(path: Path, parts: &[f64], narrow: bool) -> Vec<i128> {
        to_integers(path, parts, 1.0, narrow).iter().collect()
    }

    #[test]
    fn ties_go_to_even_and_large_values_are_exact() {
        let values =
            [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.499_999_999_999_999_94, 4_503_599_627_370_495.5, -0.0];
        let expected = [0, 2, 2, 0, -2, -2, 0, 4_503_599_627_370_496, 0];
        for path in Path::ALL {
            assert_eq!(integers(path, &values, true), expected);
            assert_eq!(integers(path, &values, false), expected);
        }
        for bits in 0..125 {
            for value in [ldexp(1.0, bits), -ldexp(1.25, bits), ldexp(2.0 - f64::EPSILON, bits)] {
                #[allow(clippy::cast_possible_truncation)] // exact, since below 2^127 and rounded
                let expected = rint(value) as i128;
                assert_eq!(integers(Path::BEST, &[value], false), [expected]);
                if bits < 61 {
                    assert_eq!(integers(Path::BEST, &[value], true), [expected]);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn rounds_as_rint(mantissas in proptest::collection::vec(-1.0f64..1.0, 1..40), bits in 0i32..125) {
            let values: Vec<f64> = mantissas.iter().map(|m| ldexp(*m, bits)).collect();
            #[allow(clippy::cast_possible_truncation)]
            let expected: Vec<i128> = values.iter().map(|v| rint(*v) as i128).collect();
            for path in Path::ALL {
                prop_assert_eq!(&integers(path, &values, false), &expected);
                if bits <= 61 {
                    prop_assert_eq!(&integers(path, &values, true), &expected);
                }
            }
            for value in values {
                prop_assert_eq!(nearest(value), rint(value));
            }
        }
    }
}
