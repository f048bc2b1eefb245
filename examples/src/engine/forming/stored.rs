//! What a process stores beside what its protocol's roles store, in bytes.
//!
//! A *state* is everything: `2 ‖ session 32 ‖ tried u32 ‖ free u32 ‖ pinned: u8, record 89 ‖ mark: u32, bytes ‖ epochs u8`, and of each
//! epoch `until u32 ‖ info ‖ role's state: u8, u32, bytes ‖ role's records: count u32, each u32, bytes`. A *record* is one of
//! `1 ‖ epoch u32` (tried), `2 ‖ pinned root`, `3 ‖ epoch u32 ‖ mark: u32, bytes ‖ a role's record`, `4 ‖ epoch u32 ‖ a
//! role's state`, `5 ‖ free u32`.

use meter_link::frame::Reader;
use meter_link::roster::{RootRecord, StoredRoot};
use meter_link::{Error, Malformed, Session};
use zeroize::Zeroizing;

use super::members::Info;
use crate::engine::seat::Kept;

const VERSION: u8 = 2;
const TRIED: u8 = 1;
const PINNED: u8 = 2;
const ROLE_RECORD: u8 = 3;
const ROLE_STATE: u8 = 4;
const FREE: u8 = 5;

/// All that is read back after a restart.
#[derive(Default)]
pub(super) struct Stored {
    /// The last epoch number that was tried.
    pub(super) tried: u32,
    /// The first round of which no event has been said.
    pub(super) free: u32,
    pub(super) pinned: Option<RootRecord>,
    /// All records of the meter's mark that are still there, in any order.
    pub(super) marks: Vec<Vec<u8>>,
    pub(super) epochs: Vec<StoredEpoch>,
    /// It belongs to a deployment of other parameters: only marks and numbers are of use.
    pub(super) foreign: bool,
}

pub(super) struct StoredEpoch {
    pub(super) info: Info,
    /// The last round that is acted in: below the epoch's last where another cut it off.
    pub(super) until: u32,
    pub(super) kept: Kept,
}

/// A record of one of the epochs' roles, with the mark if that has moved.
pub(super) fn role_record(epoch: u32, mark: Option<&[u8]>, record: &[u8]) -> Vec<u8> {
    let mut out = vec![ROLE_RECORD];
    out.extend(epoch.to_le_bytes());
    put::bytes(&mut out, mark.unwrap_or_default());
    out.extend_from_slice(record);
    out
}

/// The state of one of the epochs' roles, in place of what the role has stored before.
pub(super) fn role_state(epoch: u32, state: &[u8]) -> Vec<u8> {
    let mut out = vec![ROLE_STATE];
    out.extend(epoch.to_le_bytes());
    out.extend_from_slice(state);
    out
}

pub(super) fn tried(epoch: u32) -> Vec<u8> {
    let mut out = vec![TRIED];
    out.extend(epoch.to_le_bytes());
    out
}

pub(super) fn free(round: u32) -> Vec<u8> {
    let mut out = vec![FREE];
    out.extend(round.to_le_bytes());
    out
}

pub(super) fn pinned(record: &RootRecord) -> Vec<u8> {
    let mut out = vec![PINNED];
    out.extend(record);
    out
}

/// The whole state.
pub(super) fn state<'a>(
    session: &Session,
    (tried, free): (u32, u32),
    pinned: Option<&RootRecord>,
    mark: Option<&[u8]>,
    epochs: impl ExactSizeIterator<Item = (&'a Info, u32, &'a Kept)>,
) -> Zeroizing<Vec<u8>> {
    let epochs: Vec<_> = epochs.collect();
    let kept = |kept: &Kept| {
        let records = kept.records.iter().map(|record| record.len().saturating_add(4));
        records.fold(kept.state.as_ref().map_or(0, |state| state.len()), usize::saturating_add)
    };
    // Enough for it not to grow, which would leave parts of secrets behind.
    let members = |info: &Info| info.ids().len().saturating_mul(160).saturating_add(512);
    let size = epochs.iter().map(|(info, _, role)| members(info).saturating_add(kept(role)));
    let mut out = Zeroizing::new(Vec::with_capacity(size.fold(256, usize::saturating_add)));
    out.push(VERSION);
    out.extend(session.0);
    out.extend(tried.to_le_bytes());
    out.extend(free.to_le_bytes());
    out.push(u8::from(pinned.is_some()));
    out.extend(pinned.into_iter().flatten());
    put::bytes(&mut out, mark.unwrap_or_default());
    out.push(u8::try_from(epochs.len()).unwrap_or(u8::MAX));
    for (info, until, kept) in epochs {
        out.extend(until.to_le_bytes());
        info.put(&mut out);
        out.push(u8::from(kept.state.is_some()));
        put::bytes(&mut out, kept.state.as_deref().map(Vec::as_slice).unwrap_or_default());
        put::count(&mut out, kept.records.len());
        kept.records.iter().for_each(|record| put::bytes(&mut out, record));
    }
    out
}

impl Stored {
    /// Reads state and records.
    ///
    /// # Errors
    /// [`Malformed::BadRecord`] and others for what this program has not written: the store cannot be trusted.
    pub(super) fn read(kept: &Kept, session: &Session) -> Result<Self, Error> {
        let mut stored = Self::default();
        if let Some(state) = &kept.state {
            stored.read_state(state, session)?;
        }
        for record in &kept.records {
            stored.read_record(record)?;
        }
        if stored.foreign {
            stored.epochs.clear();
            stored.pinned = None;
        }
        Ok(stored)
    }

    fn read_state(&mut self, state: &[u8], session: &Session) -> Result<(), Error> {
        let mut reader = Reader::new(state);
        if reader.u8()? != VERSION {
            return Err(Malformed::BadRecord.into());
        }
        let of = Session(take_array(&mut reader)?);
        self.foreign = of != *session;
        self.tried = reader.u32()?;
        self.free = reader.u32()?;
        if reader.u8()? == 1 {
            self.take_pinned(&mut reader)?;
        }
        self.take_mark(&mut reader)?;
        for _ in 0..reader.u8()? {
            let until = reader.u32()?;
            let info = Info::take(&mut reader, of)?;
            let has = reader.u8()? == 1;
            let state = Zeroizing::new(take_bytes(&mut reader)?.to_vec());
            let count = take_count(&mut reader, 4)?;
            let records = (0..count).map(|_| Ok(take_bytes(&mut reader)?.to_vec()));
            let records = records.collect::<Result<_, Error>>()?;
            let kept = Kept { state: has.then_some(state), records };
            self.epochs.push(StoredEpoch { info, until, kept });
        }
        reader.end()
    }

    fn read_record(&mut self, record: &[u8]) -> Result<(), Error> {
        let mut reader = Reader::new(record);
        match reader.u8()? {
            TRIED => {
                self.tried = self.tried.max(reader.u32()?);
                return reader.end();
            }
            FREE => {
                self.free = self.free.max(reader.u32()?);
                return reader.end();
            }
            PINNED => {
                self.take_pinned(&mut reader)?;
                return reader.end();
            }
            ROLE_RECORD => {
                let epoch = reader.u32()?;
                self.take_mark(&mut reader)?;
                let rest = reader.rest().to_vec();
                if let Some(epoch) = self.epoch(epoch) {
                    epoch.kept.records.push(rest);
                }
            }
            ROLE_STATE => {
                let epoch = reader.u32()?;
                let state = Zeroizing::new(reader.rest().to_vec());
                if let Some(epoch) = self.epoch(epoch) {
                    epoch.kept = Kept { state: Some(state), records: Vec::new() };
                }
            }
            _ => return Err(Malformed::BadRecord.into()),
        }
        Ok(())
    }

    fn take_pinned(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let record: RootRecord = take_array(reader)?;
        StoredRoot::from_bytes(&record)?;
        self.tried = self.tried.max(pinned_epoch(&record));
        self.pinned = Some(record);
        Ok(())
    }

    fn take_mark(&mut self, reader: &mut Reader<'_>) -> Result<(), Error> {
        let mark = take_bytes(reader)?;
        if !mark.is_empty() {
            self.marks.push(mark.to_vec());
        }
        Ok(())
    }

    fn epoch(&mut self, number: u32) -> Option<&mut StoredEpoch> {
        self.epochs.iter_mut().find(|epoch| epoch.info.epoch.epoch == number)
    }
}

/// Which epoch's root a record pins.
pub(super) fn pinned_epoch(record: &RootRecord) -> u32 {
    let [_, a, b, c, d, ..] = record;
    u32::from_le_bytes([*a, *b, *c, *d])
}

pub(super) fn take_array<const N: usize>(reader: &mut Reader<'_>) -> Result<[u8; N], Error> {
    reader.array().copied()
}

pub(super) fn take_bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Error> {
    let len = reader.u32()?;
    reader.bytes(usize::try_from(len).map_err(|_| Malformed::Truncated)?)
}

/// A count of things of at least so many bytes each, that can be there.
pub(super) fn take_count(reader: &mut Reader<'_>, each: usize) -> Result<usize, Error> {
    let count = usize::try_from(reader.u32()?).map_err(|_| Malformed::Truncated)?;
    match count.checked_mul(each) {
        Some(bytes) if bytes <= reader.left() => Ok(count),
        _ => Err(Malformed::Truncated.into()),
    }
}

/// Appends what has a length.
pub(super) mod put {
    pub(crate) fn count(out: &mut Vec<u8>, count: usize) {
        out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    pub(crate) fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
        count(out, bytes.len());
        out.extend_from_slice(bytes);
    }
}
