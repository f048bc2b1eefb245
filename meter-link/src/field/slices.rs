//! Arithmetic over slices, in vectors that are chosen on the machine.

use super::Field64;
use crate::error::{Error, Misuse};
use crate::pad::{Loop, Path};

/// Adds `other` into `sum`, channel by channel, over the shorter of the two.
#[inline]
pub fn add_assign(sum: &mut [Field64], other: &[Field64]) {
    add_assign_on(Path::BEST, sum, other);
}

/// Adds `factor · other` into `sum`, channel by channel, over the shorter of the two.
#[inline]
pub fn add_scaled(sum: &mut [Field64], factor: Field64, other: &[Field64]) {
    add_scaled_on(Path::BEST, sum, factor, other);
}

/// Adds all rows into `sum`, column by column, each over the shorter of the two: the shares that an
/// aggregator has of many meters, or those of them that are in a set.
pub fn sum_rows<'a>(rows: impl IntoIterator<Item = &'a [Field64]>, sum: &mut [Field64]) {
    sum_rows_on(Path::BEST, rows, sum);
}

/// Adds the rows of a table, `sum.len()` elements each, one after the other, into `sum`.
///
/// # Errors
/// [`Misuse::WrongLength`] if the last row is not whole. Nothing was added then.
pub fn sum_columns(table: &[Field64], sum: &mut [Field64]) -> Result<(), Error> {
    sum_columns_on(Path::BEST, table, sum)
}

/// [`add_assign`] by chosen vectors, for tests and benchmarks.
#[doc(hidden)]
#[inline]
pub fn add_assign_on(path: Path, sum: &mut [Field64], other: &[Field64]) {
    if sum.len() < VECTOR {
        return add(sum, other);
    }
    path.vectorise(AddOne { sum, other });
}

/// [`add_scaled`] by chosen vectors, for tests and benchmarks.
#[doc(hidden)]
#[inline]
pub fn add_scaled_on(path: Path, sum: &mut [Field64], factor: Field64, other: &[Field64]) {
    if sum.len() < VECTOR {
        for (s, o) in sum.iter_mut().zip(other) {
            *s += factor * *o;
        }
        return;
    }
    path.vectorise(AddScaled { sum, factor, other });
}

/// [`sum_rows`] by chosen vectors, for tests and benchmarks.
#[doc(hidden)]
pub fn sum_rows_on<'a>(path: Path, rows: impl IntoIterator<Item = &'a [Field64]>, sum: &mut [Field64]) {
    rows.into_iter().for_each(|row| add_assign_on(path, sum, row));
}

/// [`sum_columns`] by chosen vectors, for tests and benchmarks.
///
/// # Errors
/// As [`sum_columns`].
#[doc(hidden)]
pub fn sum_columns_on(path: Path, table: &[Field64], sum: &mut [Field64]) -> Result<(), Error> {
    let width = sum.len();
    if table.is_empty() {
        return Ok(());
    }
    if table.len().checked_rem(width) != Some(0) {
        return Err(Misuse::WrongLength.into());
    }
    if width >= NARROW {
        path.vectorise(AddTable { sum, table });
        return Ok(());
    }
    // Rows shorter than a few vectors: as many of them as fit into one wide row, which is folded in the end.
    let mut wide = [Field64::ZERO; NARROW];
    let fitting = width.wrapping_mul(NARROW.checked_div(width).unwrap_or_default());
    let Some(wide) = wide.get_mut(..fitting) else { return Ok(()) };
    let whole = fitting.wrapping_mul(table.len().checked_div(fitting).unwrap_or_default());
    let (table, rest) = table.split_at(whole);
    path.vectorise(AddTable { sum: wide, table });
    wide.chunks_exact(width).chain(rest.chunks_exact(width)).for_each(|row| add(sum, row));
    Ok(())
}

/// Elements of the widest vector; shorter slices are not worth a detection.
const VECTOR: usize = 8;
const NARROW: usize = 64;

#[inline(always)]
fn add(sum: &mut [Field64], other: &[Field64]) {
    for (s, o) in sum.iter_mut().zip(other) {
        *s += *o;
    }
}

struct AddOne<'a> {
    sum: &'a mut [Field64],
    other: &'a [Field64],
}

impl Loop for AddOne<'_> {
    #[inline(always)]
    fn run(self) {
        add(self.sum, self.other);
    }
}

struct AddTable<'a> {
    sum: &'a mut [Field64],
    table: &'a [Field64],
}

impl Loop for AddTable<'_> {
    #[inline(always)]
    fn run(self) {
        for row in self.table.chunks_exact(self.sum.len()) {
            add(self.sum, row);
        }
    }
}

struct AddScaled<'a> {
    sum: &'a mut [Field64],
    factor: Field64,
    other: &'a [Field64],
}

impl Loop for AddScaled<'_> {
    #[inline(always)]
    fn run(self) {
        // factor · (v0 + 2^32·v1) = factor · v0 + (2^32 · factor) · v1: products of 32-bit words only.
        let shifted = self.factor * Field64::from_u64(1 << 32);
        let [f0, f1] = halves(self.factor);
        let [g0, g1] = halves(shifted);
        for (s, o) in self.sum.iter_mut().zip(self.other) {
            let [v0, v1] = halves(*o);
            let [s0, s1] = halves(*s);
            let [p, q] = [f0.wrapping_mul(v0), g0.wrapping_mul(v1)];
            let [u, w] = [f1.wrapping_mul(v0), g1.wrapping_mul(v1)];
            let mask = Field64::EPSILON;
            // p + q + 2^32·(u + w) + s, by words
            let low = (p & mask).wrapping_add(q & mask).wrapping_add(s0);
            let mid = (p >> 32).wrapping_add(q >> 32).wrapping_add(u & mask).wrapping_add(w & mask);
            let high = (u >> 32).wrapping_add(w >> 32); // of 2^64 ≡ 2^32 − 1
            let mid = mid.wrapping_add(s1).wrapping_add(high);
            // low + 2^32·mid − high, with high < 2^33: p is added so that nothing is negative.
            *s = Field64::from_halves(low, mid) - Field64(high);
        }
    }
}

#[inline(always)]
fn halves(value: Field64) -> [u64; 2] {
    [value.to_u64() & Field64::EPSILON, value.to_u64() >> 32]
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use num_bigint::BigUint;
    use proptest::prelude::*;

    const P: u64 = Field64::MODULUS;
    const EDGES: [u64; 8] = [0, 1, 0xffff_ffff, 1 << 32, P / 2, 1 << 63, P - 2, P - 1];

    fn oracle(value: &BigUint) -> Field64 {
        Field64::from_u64((value % P).to_u64_digits().first().copied().unwrap_or(0))
    }

    fn big(element: Field64) -> BigUint {
        BigUint::from(element.to_u64())
    }

    /// Every pair of edges, in every lane of the widest vector and beyond.
    #[test]
    fn edges_agree_with_bigint() {
        for factor in EDGES.map(Field64::from_u64) {
            for shift in 0..9 {
                let pairs = EDGES.iter().flat_map(|a| EDGES.map(|b| (*a, b)));
                let pairs: Vec<_> = core::iter::repeat_n((0, 0), shift).chain(pairs).collect();
                let (start, other): (Vec<_>, Vec<_>) =
                    pairs.into_iter().map(|(a, b)| (Field64::from_u64(a), Field64::from_u64(b))).unzip();
                agree(&start, factor, &other);
            }
        }
    }

    fn agree(start: &[Field64], factor: Field64, other: &[Field64]) {
        for path in Path::ALL {
            let (mut added, mut scaled) = (start.to_vec(), start.to_vec());
            add_assign_on(path, &mut added, other);
            add_scaled_on(path, &mut scaled, factor, other);
            for (n, s) in start.iter().enumerate() {
                let o = other.get(n).copied().unwrap_or_default(); // the shorter ends it
                assert_eq!(added[n], oracle(&(big(*s) + big(o))), "{path:?} {s:?} + {o:?}");
                let expected = oracle(&(big(*s) + big(factor) * big(o)));
                assert_eq!(scaled[n], expected, "{path:?} {s:?} + {factor:?} * {o:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn slices_agree_with_bigint(
            start in proptest::collection::vec(0..P, 0..70), other in proptest::collection::vec(0..P, 0..70),
            factor in 0..P,
        ) {
            let elements = |v: Vec<u64>| v.into_iter().map(Field64::from_u64).collect::<Vec<_>>();
            agree(&elements(start), Field64::from_u64(factor), &elements(other));
        }

        /// Narrow rows that are folded, wide ones, and some that are neither.
        #[test]
        fn tables_agree_with_bigint(width in 1usize..140, rows in 0usize..40, seed: u64, large: bool) {
            let element = |n: usize| {
                let word = seed.wrapping_add(n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                Field64::from_u64(if large { P - 1 - word % 3 } else { word })
            };
            let table: Vec<Field64> = (0..rows * width).map(element).collect();
            let column = |c: usize| table.iter().skip(c).step_by(width).fold(BigUint::from(c), |sum, e| sum + big(*e));
            let expected: Vec<Field64> = (0..width).map(|c| oracle(&column(c))).collect();
            for path in Path::ALL {
                let start: Vec<Field64> = (0..width as u64).map(Field64::from_u64).collect();
                let (mut columns, mut by_row) = (start.clone(), start);
                sum_columns_on(path, &table, &mut columns).unwrap();
                sum_rows_on(path, table.chunks(width), &mut by_row);
                prop_assert_eq!(&columns, &expected, "{:?}", path);
                prop_assert_eq!(&by_row, &expected, "{:?}", path);
            }
        }

        #[test]
        fn halves_agree_with_bigint(low in 0..1u64 << 63, high in 0..1u64 << 63) {
            for (low, high) in [(low, high), (low, (1 << 63) - 1), ((1 << 63) - 1, high), (low | 0xffff_ffff, high)] {
                let expected = oracle(&(BigUint::from(low) + (BigUint::from(high) << 32)));
                prop_assert_eq!(Field64::from_halves(low, high), expected);
            }
        }
    }

    #[test]
    fn tables_that_do_not_fit() {
        let mut sum = vec![Field64::ONE; 3];
        assert_eq!(sum_columns(&[Field64::ONE; 10], &mut sum), Err(Misuse::WrongLength.into()));
        assert_eq!(sum_columns(&[Field64::ONE; 10], &mut []), Err(Misuse::WrongLength.into()));
        assert_eq!(sum, [Field64::ONE; 3]);
        assert_eq!(sum_columns(&[], &mut sum), Ok(()));
        assert_eq!(sum_columns(&[], &mut []), Ok(()));
        assert_eq!(sum, [Field64::ONE; 3]);
    }
}
