//! A set of meter positions that is kept.

use alloc::vec::Vec;

use super::{SetView, max_len, write};
use crate::error::{Error, Misuse};
use crate::frame::{Reader, Writer};
use crate::id::PartyId;
use crate::roster::Member;

/// Positions of a roster, a bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    total: u32,
    words: Vec<u64>,
}

impl Members {
    /// Nobody, in a roster of `total` meters.
    pub fn none(total: u32) -> Self {
        Members { total, words: alloc::vec![0; total.div_ceil(64) as usize] }
    }

    /// Those marked, one bool a position.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] for 2^32 positions and more.
    pub fn marked(member: &[bool]) -> Result<Self, Error> {
        let mut members = Members::none(u32::try_from(member.len()).map_err(|_| Misuse::WrongLength)?);
        for (place, marked) in (0u32..).zip(member) {
            members.set(place, *marked);
        }
        Ok(members)
    }

    /// The meters with these ids.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`] for an id that is no meter of the list, which ascends by id.
    pub fn with_ids(meters: &[Member], ids: &[PartyId]) -> Result<Self, Error> {
        let mut members = Members::none(u32::try_from(meters.len()).map_err(|_| Misuse::WrongLength)?);
        for id in ids {
            let place = meters.binary_search_by_key(id, |m| m.id).map_err(|_| Misuse::UnknownParty)?;
            members.set(u32::try_from(place).map_err(|_| Misuse::WrongLength)?, true);
        }
        Ok(members)
    }

    /// Meters of the roster.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// How many are in.
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    /// Whether the meter at this position is in.
    pub fn contains(&self, place: u32) -> bool {
        self.words.get((place / 64) as usize).is_some_and(|word| (word >> (place % 64)) & 1 == 1)
    }

    /// Puts a position in or out. One beyond the roster is left alone.
    pub fn set(&mut self, place: u32, member: bool) {
        if place >= self.total {
            return;
        }
        if let Some(word) = self.words.get_mut((place / 64) as usize) {
            *word = (*word & !(1 << (place % 64))) | (u64::from(member) << (place % 64));
        }
    }

    /// The positions, ascending.
    pub fn positions(&self) -> impl Iterator<Item = u32> + Clone + '_ {
        // Words first: behind the last one the count could overflow.
        self.words.iter().zip((0u32..).step_by(64)).flat_map(|(word, first)| Bits { first, word: *word })
    }

    /// How many are in both.
    pub fn common(&self, other: &Members) -> u32 {
        self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones()).sum()
    }

    /// Those in exactly one of the two.
    #[must_use]
    pub fn difference(&self, other: &Members) -> Members {
        let words = self.words.iter().zip(&other.words).map(|(a, b)| a ^ b).collect();
        Members { total: self.total.min(other.total), words }
    }

    /// Those that are not in the other.
    #[must_use]
    pub fn without(&self, other: &Members) -> Members {
        let others = other.words.iter().copied().chain(core::iter::repeat(0));
        let words = self.words.iter().zip(others).map(|(a, b)| a & !b).collect();
        Members { total: self.total, words }
    }

    /// Whether both have a member in common.
    pub fn meets(&self, other: &Members) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// One bool a position.
    pub fn to_marks(&self) -> Vec<bool> {
        (0..self.total).map(|place| self.contains(place)).collect()
    }

    /// As on the wire (docs/wire.md, section 4).
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let mut out = alloc::vec![0u8; max_len(self.total)];
        let mut writer = Writer::new(&mut out);
        write(&mut writer, &self.to_marks())?;
        let len = writer.finish().len();
        out.truncate(len);
        Ok(out)
    }

    /// As on the wire, for a roster of `total` meters.
    ///
    /// # Errors
    /// As [`SetView::read`].
    pub fn read(reader: &mut Reader<'_>, total: u32) -> Result<Self, Error> {
        Ok(Members::from(SetView::read(reader, total)?))
    }
}

impl From<SetView<'_>> for Members {
    fn from(view: SetView<'_>) -> Self {
        let mut members = Members::none(view.total());
        view.positions().for_each(|place| members.set(place, true));
        members
    }
}

/// The set bits of a word, lowest first.
#[derive(Clone)]
struct Bits {
    first: u32,
    word: u64,
}

impl Iterator for Bits {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.word == 0 {
            return None;
        }
        let bit = self.word.trailing_zeros();
        self.word &= self.word.wrapping_sub(1);
        Some(self.first.wrapping_add(bit))
    }
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_marks(pairs in proptest::collection::vec(any::<(bool, bool)>(), 1..200)) {
            let (a, b): (Vec<bool>, Vec<bool>) = pairs.iter().copied().unzip();
            let (left, right) = (Members::marked(&a).unwrap(), Members::marked(&b).unwrap());
            let count = |f: fn(&(bool, bool)) -> bool| pairs.iter().filter(|p| f(p)).count() as u32;
            prop_assert_eq!(left.count(), count(|p| p.0));
            prop_assert_eq!(left.common(&right), count(|p| p.0 && p.1));
            prop_assert_eq!(left.difference(&right).count(), count(|p| p.0 != p.1));
            prop_assert_eq!(left.without(&right).count(), count(|p| p.0 && !p.1));
            prop_assert_eq!(left.meets(&right), count(|p| p.0 && p.1) > 0);
            prop_assert_eq!(&left.to_marks(), &a);
            let places: Vec<u32> = left.positions().collect();
            let marked: Vec<u32> = (0..a.len() as u32).filter(|p| a[*p as usize]).collect();
            prop_assert_eq!(places, marked);
            let bytes = left.to_bytes().unwrap();
            prop_assert_eq!(Members::read(&mut Reader::new(&bytes), left.total()).unwrap(), left);
        }
    }

    #[test]
    fn nothing_lies_beyond_the_roster() {
        let mut members = Members::none(70);
        members.set(70, true);
        members.set(u32::MAX, true);
        assert_eq!(members, Members::none(70));
        members.set(69, true);
        assert_eq!(members.positions().collect::<Vec<_>>(), [69]);
        assert!(!members.contains(70));
    }
}
