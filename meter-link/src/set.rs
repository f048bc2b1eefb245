//! Sets of meters: how they travel, and their digest.

#[cfg(feature = "alloc")]
mod members;

#[cfg(feature = "alloc")]
pub use members::Members;

use sha2::{Digest, Sha256};

use crate::error::{Error, Malformed, Misuse};
use crate::frame::{Reader, Writer};
use crate::id::PartyId;

/// `SHA-256("wattsum v1 set" ‖ roster_root ‖ count u32 ‖ sorted ids u32 …)`: of the members, never of an
/// encoding. Ids come ascending, as rosters keep them.
pub fn digest(roster_root: &[u8; 32], count: u32, ids: impl Iterator<Item = PartyId>) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"wattsum v1 set");
    hash.update(roster_root);
    hash.update(count.to_le_bytes());
    for id in ids {
        hash.update(id.0.to_le_bytes());
    }
    hash.finalize().into()
}

/// A set of meter positions as it travels, checked, without a heap.
///
/// `0`: all meters · `1 ‖ bitmap`: position i is bit i mod 8 of byte i div 8, spare bits zero ·
/// `2 ‖ count ‖ positions`: all but these, ascending. Counts and positions are u16 in rosters of at most
/// 65,536 meters, else u32.
#[derive(Clone, Copy, Debug)]
pub struct SetView<'a> {
    total: u32,
    form: Form<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Form<'a> {
    All,
    Bitmap(&'a [u8]),
    AllBut(&'a [u8]),
}

const ALL: u8 = 0;
const BITMAP: u8 = 1;
const ALL_BUT: u8 = 2;

/// Bytes of a position in a roster of `total` meters.
const fn width(total: u32) -> usize {
    if total <= 1 << 16 { 2 } else { 4 }
}

fn position(chunk: &[u8]) -> u32 {
    chunk.iter().rev().fold(0, |value, byte| (value << 8) | u32::from(*byte))
}

impl<'a> SetView<'a> {
    /// Takes a set of a roster of `total` meters off a payload.
    ///
    /// # Errors
    /// [`Malformed::BadSet`] unless the encoding is one of the three, exceptions ascend, and nothing lies
    /// beyond the roster; [`Malformed::Truncated`].
    pub fn read(reader: &mut Reader<'a>, total: u32) -> Result<Self, Error> {
        let bad = Malformed::BadSet;
        let form = match reader.u8()? {
            ALL => Form::All,
            BITMAP => {
                let bits = reader.bytes(total.div_ceil(8) as usize)?;
                let spare = total.wrapping_neg() % 8;
                let last = bits.last().copied().unwrap_or(0);
                if spare != 0 && last.leading_zeros() < spare {
                    return Err(bad.into());
                }
                Form::Bitmap(bits)
            }
            ALL_BUT => {
                let count = position(reader.bytes(width(total))?) as usize;
                let len = count.checked_mul(width(total)).ok_or(bad)?;
                let positions = reader.bytes(len)?;
                let values = positions.chunks_exact(width(total)).map(position);
                let ascending = values.clone().zip(values.clone().skip(1)).all(|(a, b)| a < b);
                if !ascending || values.max().is_some_and(|p| p >= total) {
                    return Err(bad.into());
                }
                Form::AllBut(positions)
            }
            _ => return Err(bad.into()),
        };
        Ok(SetView { total, form })
    }

    /// Meters of the roster.
    pub fn total(&self) -> u32 {
        self.total
    }

    /// Whether the meter at this position is in the set.
    pub fn contains(&self, place: u32) -> bool {
        if place >= self.total {
            return false;
        }
        match self.form {
            Form::All => true,
            Form::Bitmap(bits) => {
                bits.get((place / 8) as usize).is_some_and(|byte| (byte >> (place % 8)) & 1 == 1)
            }
            Form::AllBut(positions) => !self.excepts(positions, place),
        }
    }

    fn excepts(&self, positions: &[u8], place: u32) -> bool {
        let width = width(self.total);
        let at = |i: usize| positions.chunks_exact(width).nth(i).map(position);
        let (mut low, mut high) = (0, positions.chunks_exact(width).len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match at(middle) {
                Some(p) if p == place => return true,
                Some(p) if p < place => low = middle.wrapping_add(1),
                _ => high = middle,
            }
        }
        false
    }

    /// How many meters are in the set.
    pub fn count(&self) -> u32 {
        match self.form {
            Form::All => self.total,
            Form::Bitmap(bits) => bits.iter().map(|b| b.count_ones()).sum(),
            Form::AllBut(positions) => {
                let left_out = positions.chunks_exact(width(self.total)).len();
                self.total.saturating_sub(u32::try_from(left_out).unwrap_or(u32::MAX))
            }
        }
    }

    /// The positions, ascending.
    pub fn positions(self) -> impl Iterator<Item = u32> + Clone + use<'a> {
        (0..self.total).filter(move |p| self.contains(*p))
    }

    /// Whether every member is in `other` too.
    pub fn is_subset_of(&self, other: &SetView<'_>) -> bool {
        self.total == other.total && self.positions().all(|p| other.contains(p))
    }
}

/// Puts a set, given as one bool a position, into a payload in its shortest form.
///
/// # Errors
/// [`Misuse::WrongLength`] if the buffer is too small or there are 2^32 positions.
pub fn write(writer: &mut Writer<'_>, member: &[bool]) -> Result<(), Error> {
    let total = u32::try_from(member.len()).map_err(|_| Misuse::WrongLength)?;
    let width = width(total);
    let absent = || member.iter().enumerate().filter(|(_, m)| !**m).map(|(i, _)| i);
    let count = absent().count();
    if count == 0 {
        return writer.u8(ALL);
    }
    let list_len = count.saturating_add(1).saturating_mul(width);
    if list_len < member.len().div_ceil(8) {
        writer.u8(ALL_BUT)?;
        let mut number = |n: usize| {
            let bytes = (n as u64).to_le_bytes();
            writer.bytes(bytes.get(..width).unwrap_or_default())
        };
        number(count)?;
        return absent().try_for_each(number);
    }
    writer.u8(BITMAP)?;
    for bits in member.chunks(8) {
        writer.u8(bits.iter().rev().fold(0, |byte, bit| (byte << 1) | u8::from(*bit)))?;
    }
    Ok(())
}

/// Most bytes that [`write()`] puts for a roster of `total` meters.
pub const fn max_len(total: u32) -> usize {
    1usize.wrapping_add(total.div_ceil(8) as usize)
}

#[cfg(test)]
#[allow(clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn round_trip(member: &[bool]) -> Vec<u8> {
        let mut out = vec![0; max_len(member.len() as u32)];
        let mut writer = Writer::new(&mut out);
        write(&mut writer, member).unwrap();
        let bytes = writer.finish().to_vec();
        let mut reader = Reader::new(&bytes);
        let view = SetView::read(&mut reader, member.len() as u32).unwrap();
        reader.end().unwrap();
        for (i, m) in member.iter().enumerate() {
            assert_eq!(view.contains(i as u32), *m);
        }
        assert_eq!(view.count() as usize, member.iter().filter(|m| **m).count());
        assert!(view.positions().all(|p| member[p as usize]));
        assert_eq!(view.positions().count(), view.count() as usize);
        assert!(view.is_subset_of(&view));
        assert!(!view.contains(member.len() as u32));
        bytes
    }

    proptest! {
        #[test]
        fn all_forms_come_back(member in proptest::collection::vec(any::<bool>(), 1..80)) {
            round_trip(&member);
        }
    }

    #[test]
    fn the_shortest_form_is_taken() {
        let mut member = vec![true; 1000];
        assert_eq!(round_trip(&member), [ALL]);
        member[7] = false;
        member[999] = false;
        assert_eq!(round_trip(&member), [ALL_BUT, 2, 0, 7, 0, 0xe7, 3]);
        for bit in member.iter_mut().step_by(3) {
            *bit = false;
        }
        assert_eq!(round_trip(&member).len(), 126);
        let mut many = vec![true; 70_000];
        many[69_999] = false;
        assert_eq!(round_trip(&many), [ALL_BUT, 1, 0, 0, 0, 0x6f, 0x11, 1, 0]);
    }

    #[test]
    fn malformed_sets_are_refused() {
        let read = |bytes: &[u8], total| SetView::read(&mut Reader::new(bytes), total).map(|v| v.count());
        for bad in [
            &[3u8][..],
            &[ALL_BUT, 2, 0, 5, 0, 5, 0],
            &[ALL_BUT, 2, 0, 6, 0, 5, 0],
            &[ALL_BUT, 1, 0, 9, 0],
            &[BITMAP, 0xff, 2],
        ] {
            assert_eq!(read(bad, 9), Err(Malformed::BadSet.into()), "{bad:?}");
        }
        for cut in [&[][..], &[BITMAP, 1], &[ALL_BUT, 1], &[ALL_BUT, 1, 0, 1], &[ALL_BUT, 0xff, 0xff, 1, 0]] {
            assert_eq!(read(cut, 9), Err(Malformed::Truncated.into()), "{cut:?}");
        }
        assert_eq!(read(&[BITMAP, 0xff, 1], 9), Ok(9));
    }
}
