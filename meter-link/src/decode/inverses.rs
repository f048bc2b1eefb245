//! Inverses of the differences between numbers.

use alloc::vec::Vec;

use crate::field::Field64;

/// 1/1 … 1/(highest number): whatever depends on the numbers alone is made of these.
#[derive(Clone, Debug)]
pub(super) struct Inverses(Vec<Field64>);

impl Inverses {
    pub(super) fn new(numbers: &[u8]) -> Self {
        let highest = numbers.iter().copied().max().unwrap_or_default();
        Inverses((0..=highest).map(|d| Field64::from_u64(d.into()).invert()).collect())
    }

    /// 1/(a − b) for two different numbers, or 0 and one.
    pub(super) fn of_difference(&self, a: u8, b: u8) -> Field64 {
        let inverse = self.0.get(usize::from(a.abs_diff(b))).copied().unwrap_or_default();
        if a < b { -inverse } else { inverse }
    }

    /// Π 1/(own − other) over all others.
    pub(super) fn of_product(&self, own: u8, numbers: &[u8]) -> Field64 {
        let others = numbers.iter().filter(|other| **other != own);
        others.fold(Field64::ONE, |product, other| product * self.of_difference(own, *other))
    }
}
