//! Polynomials given at consecutive points, continued by additions alone.
//!
//! Newton's forward differences: with v_0 … v_{t−1} the values at x, x+1, …, x+t−1 of a polynomial of
//! degree below t, its t−1st difference is constant, so every further value costs t−1 additions and no
//! multiplication. That is what lets a Cortex-M4 make its shares without a division.

use core::ops::Sub;

use super::Field64;
use crate::pad::{Loop, Path};

/// One pass of the difference table: every value less the one before it. With passes from the first value,
/// the second, the third … on, `d[k] = Δ^k f(x)` stands in place of `f(x + k)`.
pub fn difference<'a>(mut values: impl Iterator<Item = &'a mut Field64>) {
    let Some(first) = values.next() else { return };
    let mut below = *first;
    for value in values {
        let here = *value;
        *value = here.minus(below);
        below = here;
    }
}

/// Moves differences from x to x + 1 and returns f there: `d[k] += d[k+1]`, lowest first.
pub fn forward<'a>(mut differences: impl Iterator<Item = &'a mut Field64>) -> Field64 {
    let Some(mut below) = differences.next() else { return Field64::ZERO };
    let mut value = *below;
    let mut lowest = true;
    for difference in differences {
        *below = below.plus(*difference);
        if lowest {
            value = *below;
            lowest = false;
        }
        below = difference;
    }
    value
}

/// Moves differences from x to x − 1 and returns f there: `d[k] −= d[k+1]`, highest first.
pub fn backward<'a>(differences: impl DoubleEndedIterator<Item = &'a mut Field64>) -> Field64 {
    let mut above = Field64::ZERO;
    for difference in differences.rev() {
        *difference = difference.minus(above);
        above = *difference;
    }
    above
}

/// The values at 1, 2, 3 … of many polynomials at once, one slice for each.
///
/// `table` has t rows of `width`: row k has e_k of each polynomial, which is
/// f(x) = Σ_k (−1)^k · e_k · binom(x, k), so row 0 is f(0). A step to x + 1 takes row k + 1 off row k, lowest
/// first; the signs are there because a subtraction is the cheaper operation. The table ends up used.
/// Over `width` elements from `start` on in each of `values`.
pub fn evaluate<E: Copy + Sub<Output = E>>(
    table: &mut [E],
    width: usize,
    values: &mut [&mut [E]],
    start: usize,
) {
    evaluate_on(Path::BEST, table, width, values, start);
}

/// [`evaluate`] by chosen vectors, for tests and benchmarks.
#[doc(hidden)]
pub fn evaluate_on<E: Copy + Sub<Output = E>>(
    path: Path,
    table: &mut [E],
    width: usize,
    values: &mut [&mut [E]],
    start: usize,
) {
    path.vectorise(Evaluate { table, width, values, start });
}

struct Evaluate<'a, 'b, E> {
    table: &'a mut [E],
    width: usize,
    values: &'a mut [&'b mut [E]],
    start: usize,
}

impl<E: Copy + Sub<Output = E>> Loop for Evaluate<'_, '_, E> {
    #[inline(always)]
    fn run(self) {
        let Evaluate { table, width, values, start } = self;
        let mut left = values.len();
        for values in values {
            left = left.saturating_sub(1);
            let values = values.iter_mut().skip(start);
            let Some((mut row, mut rest)) = table.split_at_mut_checked(width) else { return };
            if rest.is_empty() {
                values.zip(row).for_each(|(value, e)| *value = *e);
                continue;
            }
            for ((e, n), value) in row.iter_mut().zip(&*rest).zip(values) {
                *e = E::sub(*e, *n);
                *value = *e;
            }
            // Row k matters k steps from here.
            for _ in 0..left {
                let Some(next) = rest.split_at_mut_checked(width) else { break };
                (row, rest) = next;
                if rest.is_empty() {
                    break;
                }
                for (e, n) in row.iter_mut().zip(&*rest) {
                    *e = E::sub(*e, *n);
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use crate::field::lagrange;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn continues_as_lagrange_does(values in proptest::collection::vec(any::<u64>(), 1..9)) {
            let values: Vec<Field64> = values.into_iter().map(Field64::from_u64).collect();
            let xs: Vec<u8> = (10u8..).take(values.len()).collect();
            let at = |x: u8| -> Field64 {
                (0..xs.len()).map(|i| lagrange::coefficient(&xs, i, x).unwrap() * values[i]).sum()
            };
            let mut d = values.clone();
            for first in 0..d.len() {
                difference(d.iter_mut().skip(first));
            }
            for x in 11..30 {
                prop_assert_eq!(forward(d.iter_mut()), at(x));
            }
            for x in (1..29).rev() {
                prop_assert_eq!(backward(d.iter_mut()), at(x));
            }
        }
    }

    proptest! {
        /// The signed coefficients, summed; and every point of the polynomial through the first.
        #[test]
        fn evaluates_many_as_one(
            seed: u64, rows in 1usize..9, width in 1usize..40, points in 1usize..20, start in 0usize..3,
        ) {
            let element = |n: usize| Field64::from_u64(seed.wrapping_mul(0x9e37_79b9 + n as u64).rotate_left(n as u32));
            let table: Vec<Field64> = (0..rows * width).map(element).collect();
            let by_sum = |x: u64, n: usize| {
                let mut binomial = 1u64; // binom(x, k), exact while x < 20
                (0..rows as u64).fold(Field64::ZERO, |sum, k| {
                    let term = table[k as usize * width + n] * Field64::from_u64(binomial);
                    binomial = binomial * x.saturating_sub(k) / (k + 1);
                    if k % 2 == 0 { sum + term } else { sum - term }
                })
            };
            for path in Path::ALL {
                let mut values = alloc::vec![alloc::vec![Field64::ONE; start + width + 1]; points];
                let mut places: Vec<&mut [Field64]> = values.iter_mut().map(Vec::as_mut_slice).collect();
                evaluate_on(path, &mut table.clone(), width, &mut places, start);
                for (x, values) in (1u64..).zip(&values) {
                    for n in 0..width {
                        prop_assert_eq!(values[start + n], by_sum(x, n), "{:?} {} {}", path, x, n);
                    }
                    prop_assert!(values[..start].iter().chain(values.last()).all(|v| *v == Field64::ONE));
                }
            }
        }
    }

    /// Rows that are not whole are no reason to stop the program.
    #[test]
    fn tables_that_do_not_fit() {
        for (len, width) in [(0, 3), (2, 3), (7, 3), (4, 0)] {
            let (mut a, mut b) = ([Field64::ONE; 3], [Field64::ONE; 3]);
            evaluate(&mut alloc::vec![Field64::ONE; len], width, &mut [&mut a, &mut b], 1);
            assert_eq!((a[0], b[0]), (Field64::ONE, Field64::ONE));
        }
    }

    #[test]
    fn nothing_is_zero_everywhere() {
        difference([].iter_mut());
        assert_eq!(forward([].iter_mut()), Field64::ZERO);
        assert_eq!(backward([].iter_mut()), Field64::ZERO);
    }
}
