//! Who formed a ring, and who was left after each of its healings.

use alloc::vec::Vec;

use meter_link::frame::{Reader, Writer};
use meter_link::set::{self, SetView};
use meter_link::{Malformed, Misuse};

use crate::error::Error;

/// `n u8 ‖ n sets`, each smaller than the one before: as in Heal frames, and in the stored book.
#[derive(Default)]
pub(crate) struct Sets(Vec<u8>);

impl Sets {
    /// With one set more.
    pub(crate) fn with(&self, left: &[bool]) -> Result<Self, Error> {
        let meters = u32::try_from(left.len()).map_err(|_| Misuse::BadParameter)?;
        let (count, sets) = self.0.split_first().map_or((0, &[][..]), |(count, sets)| (*count, sets));
        let count = count.checked_add(1).ok_or(Misuse::OutOfOrder)?;
        let len = sets.len().saturating_add(1).saturating_add(set::max_len(meters));
        let mut out = alloc::vec![0u8; len];
        let mut writer = Writer::new(&mut out);
        writer.u8(count)?;
        writer.bytes(sets)?;
        set::write(&mut writer, left)?;
        let len = writer.finish().len();
        out.truncate(len);
        Ok(Sets(out))
    }

    /// Takes them off a state; beside them the first and the last.
    pub(crate) fn read<'a>(
        reader: &mut Reader<'a>,
        meters: u32,
    ) -> Result<(Self, SetView<'a>, SetView<'a>), Error> {
        let bad = Malformed::BadRecord;
        let mut all = *reader;
        let healings = reader.u8()?.checked_sub(1).ok_or(bad)?;
        let formed = SetView::read(reader, meters)?;
        let mut left = formed;
        for _ in 0..healings {
            let next = SetView::read(reader, meters)?;
            if next.count() >= left.count() || !next.is_subset_of(&left) {
                return Err(bad.into());
            }
            left = next;
        }
        let len = all.left().saturating_sub(reader.left());
        Ok((Sets(all.bytes(len)?.to_vec()), formed, left))
    }

    /// How many healings there were.
    pub(crate) fn healings(&self) -> u8 {
        self.0.first().map_or(0, |count| count.saturating_sub(1))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
