//! From the key of a point to the page of its multiple: 3 bytes a slot, three of four filled, one cache line a
//! look-up.
//!
//! A bucket is a cache line of 16-bit tags. A number goes to the first free slot of the bucket that its key
//! names or, where that is full, of those behind; the page is its number's eight highest bits.

use alloc::vec::Vec;

use crate::error::Error;

/// Slots of a bucket.
pub(super) const SLOTS: usize = 32;
/// How many of them are filled, on average.
pub(super) const FILLED: usize = 24;
/// Keys whose lines are asked for at a time.
const AHEAD: usize = 32;
/// No number lies further from its bucket than this, so that no file can make a look-up long.
const LONGEST: usize = 64;

/// Tags of a bucket: zero where the slot is free, and slots fill from the first.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Line(pub(super) [u16; SLOTS]);

pub(super) struct Table {
    pub(super) lines: Vec<Line>,
    /// Pages, slot by slot.
    pub(super) pages: Vec<[u8; SLOTS]>,
}

/// Fills a table.
pub(super) struct Filling {
    table: Table,
    counts: Vec<u8>,
}

/// The low 16 bits; the highest 32 choose the bucket.
#[inline(always)]
fn tag(key: u64) -> u16 {
    let [a, b, ..] = key.to_le_bytes();
    u16::from_le_bytes([a, b]).max(1)
}

/// The bucket that a key names among `buckets` < 2^32.
#[inline(always)]
fn home(key: u64, buckets: usize) -> usize {
    let scaled = (key >> 32).wrapping_mul(buckets as u64) >> 32;
    usize::try_from(scaled).unwrap_or(0)
}

impl Table {
    pub(super) const fn buckets(bits: u32) -> usize {
        (1usize << bits).div_ceil(FILLED)
    }

    /// Bytes of a table for 2^bits numbers.
    pub(super) const fn bytes(bits: u32) -> usize {
        Self::buckets(bits).saturating_mul(size_of::<Line>().saturating_add(SLOTS))
    }

    /// Puts the places of those keys into `out` whose bucket has their tag, or may have sent it further.
    #[inline(always)]
    pub(super) fn suspects(&self, keys: &[u64], out: &mut Vec<u32>) {
        out.clear();
        out.reserve_exact(keys.len());
        out.resize(keys.len(), 0);
        let (mut count, mut place) = (0usize, 0u32);
        for keys in keys.chunks(AHEAD) {
            // All lines of some keys are asked for before any is looked at, and nothing branches on what they
            // hold: the waits for memory overlap.
            let mut lasts = [0u16; AHEAD];
            for (last, key) in lasts.iter_mut().zip(keys) {
                *last = self.line(*key).last().copied().unwrap_or(0);
            }
            for (last, key) in lasts.iter().zip(keys) {
                let tag = tag(*key);
                let same = self.line(*key).iter().fold(false, |any, t| any | (*t == tag));
                if let Some(slot) = out.get_mut(count) {
                    *slot = place;
                }
                count = count.wrapping_add(usize::from(same | (*last != 0)));
                place = place.wrapping_add(1);
            }
        }
        out.truncate(count);
    }

    #[inline(always)]
    fn line(&self, key: u64) -> &[u16; SLOTS] {
        self.lines.get(home(key, self.lines.len())).map_or(&[0; SLOTS], |Line(tags)| tags)
    }

    /// The pages of the numbers whose key may be this one: nearly always none, or the right one.
    pub(super) fn candidates(&self, key: u64) -> impl Iterator<Item = u8> {
        let (tag, mut beyond) = (tag(key), false);
        self.from(home(key, self.lines.len()))
            .take_while(move |(Line(tags), _)| {
                let [.., last] = tags;
                !core::mem::replace(&mut beyond, *last == 0)
            })
            .flat_map(|(Line(tags), pages)| tags.iter().zip(pages))
            .filter_map(move |(t, page)| (*t == tag).then_some(*page))
    }

    /// The buckets from one on, around the end.
    fn from(&self, home: usize) -> impl Iterator<Item = (&Line, &[u8; SLOTS])> {
        let after = |lines, pages| {
            let (lines, pages): (&[Line], &[_]) = (lines, pages);
            lines.iter().zip(pages)
        };
        let (lines, pages) =
            (self.lines.get(home..).unwrap_or_default(), self.pages.get(home..).unwrap_or_default());
        after(lines, pages).chain(after(&self.lines, &self.pages)).take(LONGEST.min(self.lines.len()))
    }
}

impl Filling {
    pub(super) fn new(bits: u32) -> Filling {
        let buckets = Table::buckets(bits);
        Filling {
            table: Table {
                lines: alloc::vec![Line([0; SLOTS]); buckets],
                pages: alloc::vec![[0; SLOTS]; buckets],
            },
            counts: alloc::vec![0; buckets],
        }
    }

    /// Bytes that filling takes beside the table.
    pub(super) const fn bytes(bits: u32) -> usize {
        Table::buckets(bits)
    }

    /// Keys and their pages, in order.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] where [`LONGEST`] buckets are full.
    pub(super) fn insert_all(&mut self, keys: &[u64], pages: impl Iterator<Item = u8>) -> Result<(), Error> {
        let mut pages = pages;
        for keys in keys.chunks(AHEAD) {
            // Asked for together, before the first is written: see `suspects`.
            let tags =
                keys.iter().fold(0, |any, key| any | self.table.line(*key).first().copied().unwrap_or(0));
            let place = |key: &u64| self.table.pages.get(home(*key, self.counts.len()));
            let known = keys.iter().filter_map(place).fold(0, |any, [page, ..]| any | *page);
            core::hint::black_box((tags, known));
            for (key, page) in keys.iter().zip(&mut pages) {
                self.insert(*key, page)?;
            }
        }
        Ok(())
    }

    fn insert(&mut self, key: u64, page: u8) -> Result<(), Error> {
        let buckets = self.counts.len();
        let mut bucket = home(key, buckets);
        for _ in 0..LONGEST.min(buckets) {
            let count = self.counts.get_mut(bucket).ok_or(Error::Inconsistent)?;
            let slot = usize::from(*count);
            if let (Some(Line(tags)), Some(pages)) =
                (self.table.lines.get_mut(bucket), self.table.pages.get_mut(bucket))
                && let (Some(t), Some(p)) = (tags.get_mut(slot), pages.get_mut(slot))
            {
                (*t, *p) = (tag(key), page);
                *count = count.wrapping_add(1);
                return Ok(());
            }
            bucket = bucket.wrapping_add(1);
            if bucket == buckets {
                bucket = 0;
            }
        }
        Err(Error::Inconsistent)
    }

    pub(super) fn done(self) -> Table {
        self.table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize) -> Vec<u64> {
        let mut state = 1u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state ^ (state >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
        };
        (0..count).map(next).collect()
    }

    fn filled(bits: u32, keys: &[u64]) -> Table {
        let mut filling = Filling::new(bits);
        for (i, key) in keys.iter().enumerate() {
            filling.insert(*key, (i % 251).to_le_bytes()[0]).unwrap();
        }
        filling.done()
    }

    #[test]
    fn every_number_is_found_under_its_key() {
        let all = keys(3 << 12);
        let (inside, outside) = all.split_at(1 << 12);
        let table = filled(12, inside);
        let mut out = Vec::new();
        table.suspects(inside, &mut out);
        assert_eq!(out.len(), inside.len());
        for (i, key) in inside.iter().enumerate() {
            assert!(table.candidates(*key).any(|page| usize::from(page) == i % 251));
        }
        // What is not there is hardly ever suspected but for full buckets, and of those hardly any stay.
        table.suspects(outside, &mut out);
        assert!(out.len() < outside.len() / 5, "{}", out.len());
        assert!(out.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(outside.iter().map(|key| table.candidates(*key).count()).sum::<usize>() < 20);
    }

    #[test]
    fn full_buckets_run_over_and_around_the_end() {
        let last = u64::from(u32::MAX) << 32;
        let many: Vec<u64> = (1..=100).map(|i| last | i).collect();
        let table = filled(8, &many);
        for (i, key) in many.iter().enumerate() {
            assert_eq!(table.candidates(*key).collect::<Vec<_>>(), [i.to_le_bytes()[0]]);
        }
        assert_eq!(table.candidates(last | 101).count(), 0);
        let mut out = Vec::new();
        table.suspects(&[last | 101, 1 << 33, 101], &mut out);
        assert_eq!(out, [0, 1, 2]); // the first two buckets are full, too
        assert_eq!(table.candidates(40).count(), 1); // 40 ended there
    }

    #[test]
    fn a_table_that_is_full_refuses_more() {
        let mut filling = Filling::new(8);
        let slots = Table::buckets(8) * SLOTS;
        for i in 0..slots {
            filling.insert(i as u64, 0).unwrap();
        }
        assert_eq!(filling.insert(1, 0), Err(Error::Inconsistent));
        let table = filling.done();
        assert_eq!(table.candidates(0xffff).count(), 0);
        assert_eq!(table.candidates(5).count(), 1);
    }
}
