//! The last step of a search: which number of a page a point is.
//!
//! A page is 2^(bits − 8) numbers around its middle. With the keys of 0 … half a page, each with its number,
//! one difference tells the number up to its sign.

use alloc::vec::Vec;

use super::point::{Affine, Point, Projective, settle};

/// Numbers take the low bits of an entry, so that 44 bits of the key stay.
const NUMBER: u64 = (1 << 20) - 1;

pub(super) struct Near {
    bits: u32,
    /// What numbers are multiples of.
    base: Affine,
    /// Ascending.
    entries: Vec<u64>,
    /// The middles of all pages.
    middles: Vec<Affine>,
}

impl Near {
    /// Numbers whose keys `new` needs: 0 … half a page.
    pub(super) const fn numbers(bits: u32) -> usize {
        ((1usize << bits.saturating_sub(8)) / 2).saturating_add(1)
    }

    /// From middle to middle.
    pub(super) const fn page(bits: u32) -> u64 {
        1u64 << bits.saturating_sub(8)
    }

    pub(super) const fn half(bits: u32) -> u64 {
        Self::page(bits) / 2
    }

    pub(super) const fn bytes(bits: u32) -> usize {
        let entries = Self::numbers(bits).saturating_mul(size_of::<u64>());
        entries.saturating_add(256usize.saturating_mul(size_of::<Affine>()))
    }

    /// `page` and `half` are so many times the base.
    pub(super) fn new(bits: u32, keys: &[u64], [base, page, half]: &[Point; 3]) -> Near {
        let numbered = keys.iter().zip(0u64..);
        let mut entries: Vec<u64> = numbered.map(|(key, number)| (key & !NUMBER) | number).collect();
        entries.sort_unstable();
        let sums: Vec<Projective> =
            [Point::IDENTITY].iter().chain(&page.multiples(255)).map(|start| start.add(half)).collect();
        let middles = settle(&sums).iter().map(|point| point.edwards).collect();
        Near { bits, base: base.edwards, entries, middles }
    }

    /// The number of a page, or the negative of one, that gives this point; none if the page is wrong.
    pub(super) fn numbers_of(&self, point: &Projective, page: u8) -> Vec<i64> {
        let Some(middle) = self.middles.get(usize::from(page)) else { return Vec::new() };
        let back = middle.neg();
        let differences = settle(&[point.add(&back), point.neg().add(&back)]);
        let at = i64::from(page).wrapping_mul(Self::page(self.bits).cast_signed());
        let at = at.wrapping_add(Self::half(self.bits).cast_signed());
        let mut out = Vec::new();
        for (difference, sign) in differences.iter().zip([1i64, -1]) {
            for number in self.numbers_like(difference.key()) {
                let multiple = self.base.times(number.unsigned_abs());
                if multiple.is(&difference.edwards) {
                    out.push(at.wrapping_add(number).wrapping_mul(sign));
                } else if multiple.is(&difference.edwards.neg()) {
                    out.push(at.wrapping_sub(number).wrapping_mul(sign));
                }
            }
        }
        out
    }

    fn numbers_like(&self, key: u64) -> impl Iterator<Item = i64> {
        let key = key & !NUMBER;
        let first = self.entries.partition_point(|entry| *entry < key);
        let rest = self.entries.get(first..).unwrap_or_default().iter();
        rest.take_while(move |entry| **entry & !NUMBER == key).map(|entry| (entry & NUMBER).cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::super::DlogTable;
    use super::*;

    impl Near {
        pub(in super::super) fn len_bytes(&self) -> usize {
            size_of_val(&*self.entries).wrapping_add(size_of_val(&*self.middles))
        }
    }

    #[test]
    fn every_number_of_every_page() {
        for bits in [8, 9, 11, 13] {
            let table = DlogTable::build(bits).unwrap();
            let page = 1i64 << (bits - 8);
            let base = crate::dlog::build::octuple(1).unwrap();
            let mut bases = alloc::vec![Point::IDENTITY];
            bases.extend(base.multiples(1 << bits));
            for (number, point) in (0i64..).zip(&bases).take(1 << bits).filter(|(n, _)| n % 7 < 3) {
                let own = u8::try_from(number / page).unwrap();
                let (plus, minus) = (point.edwards.projective(), point.edwards.neg().projective());
                assert!(table.near.numbers_of(&plus, own).contains(&number), "{bits}: {number}");
                assert!(table.near.numbers_of(&minus, own).contains(&-number), "{bits}: {number}");
                let other = own.wrapping_add(100);
                assert_eq!(table.near.numbers_of(&plus, other), [], "{bits}: {number}");
            }
        }
    }
}
