//! From the key of a point to its multiple: 10 bytes an entry, one or two cache lines a look-up.

use alloc::vec::Vec;

/// Keys 0 … 2^bits − 1 by the low `bits` of the key: where each bucket starts, 16 more bits of each key
/// as its tag, and whose key it is.
pub(super) struct Table {
    mask: u64,
    starts: Vec<u32>,
    tags: Vec<u16>,
    numbers: Vec<u32>,
}

fn tag(key: u64) -> u16 {
    let [.., a, b] = key.to_le_bytes();
    u16::from_le_bytes([a, b])
}

impl Table {
    /// Bytes of a table.
    pub(super) const fn bytes(bits: u32) -> usize {
        // Entries are below 2^26 by the builder's check.
        (1usize << bits).saturating_mul(4 + 2 + 4).saturating_add(4)
    }

    /// `keys[i]` is the key of number i; there are 2^bits of them.
    pub(super) fn new(bits: u32, keys: &[u64]) -> Table {
        let mask = (1u64 << bits).wrapping_sub(1);
        let bucket = |key: &u64| usize::try_from(key & mask).unwrap_or(0);
        let mut starts = alloc::vec![0u32; keys.len().saturating_add(1)];
        for key in keys {
            if let Some(count) = starts.get_mut(bucket(key).wrapping_add(1)) {
                *count = count.wrapping_add(1);
            }
        }
        let mut total = 0u32;
        for start in &mut starts {
            total = total.wrapping_add(*start);
            *start = total;
        }
        let (mut tags, mut numbers) = (alloc::vec![0; keys.len()], alloc::vec![0; keys.len()]);
        // Filling moves each start to its bucket's end, which is the next one's start.
        for (number, key) in (0u32..).zip(keys) {
            if let Some(start) = starts.get_mut(bucket(key)) {
                let place = *start as usize;
                *start = start.wrapping_add(1);
                if let (Some(t), Some(n)) = (tags.get_mut(place), numbers.get_mut(place)) {
                    (*t, *n) = (tag(*key), number);
                }
            }
        }
        starts.rotate_right(1);
        if let Some(first) = starts.first_mut() {
            *first = 0;
        }
        Table { mask, starts, tags, numbers }
    }

    /// The numbers whose key may be this one: nearly always none, or the right one.
    pub(super) fn candidates(&self, key: u64) -> impl Iterator<Item = u32> {
        let bucket = usize::try_from(key & self.mask).unwrap_or(0);
        let range = match self.starts.get(bucket..) {
            Some([start, end, ..]) => *start as usize..*end as usize,
            _ => 0..0,
        };
        let (tag, first) = (tag(key), range.start);
        let tags = self.tags.get(range).unwrap_or_default();
        let places = tags.iter().enumerate().filter(move |(_, t)| **t == tag).map(|(i, _)| i);
        places.filter_map(move |i| self.numbers.get(first.wrapping_add(i)).copied())
    }
}

#[cfg(test)]
impl Table {
    pub(super) fn len_bytes(&self) -> usize {
        [size_of_val(&*self.starts), size_of_val(&*self.tags), size_of_val(&*self.numbers)].iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_found_under_its_key() {
        let bits = 10;
        let mut state = 1u64;
        let keys: Vec<u64> = (0..1 << bits)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                state ^ (state >> 29)
            })
            .collect();
        let table = Table::new(bits, &keys);
        for (number, key) in keys.iter().enumerate() {
            assert!(table.candidates(*key).any(|n| n as usize == number));
            assert!(table.candidates(*key).all(|n| (keys[n as usize] ^ key) & 0x3ff == 0));
            assert!(!table.candidates(key ^ (1 << 48)).any(|n| n as usize == number));
        }
    }

    #[test]
    fn crowded_and_empty_buckets() {
        let table = Table::new(2, &[5 | 7 << 48, 1, 9, 3]);
        assert_eq!(table.candidates(1).collect::<Vec<_>>(), [1, 2]); // one bucket, one tag
        assert_eq!(table.candidates(5 | 7 << 48).collect::<Vec<_>>(), [0]);
        assert_eq!(table.candidates(0).count() + table.candidates(2).count(), 0);
        assert_eq!(table.candidates(3).collect::<Vec<_>>(), [3]);
    }
}
