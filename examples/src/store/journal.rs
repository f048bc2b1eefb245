//! The journal of one party: a file of its own.

use std::path::Path;

use meter_link::PartyId;

use super::block::{self, Entry, Kind};
use super::file::JournalFile;
use super::{Owner, StoreError};
use crate::engine::Change;
use crate::engine::seat::Kept;

/// A state replaces the file, records are appended.
pub(crate) struct Journal {
    party: PartyId,
    file: JournalFile,
}

impl Journal {
    pub(crate) fn open(path: &Path, owner: &Owner) -> Result<Self, StoreError> {
        let (file, _) = JournalFile::open(path, block::tag(owner))?;
        Ok(Self { party: owner.party, file })
    }

    pub(crate) fn load(&mut self) -> Result<Option<Kept>, StoreError> {
        let mut kept = None;
        for entry in self.file.read()? {
            keep(&mut kept, entry);
        }
        Ok(kept)
    }

    pub(crate) fn commit(&mut self, changes: &[Change]) -> Result<u64, StoreError> {
        self.file.usable()?;
        let entries = block::entries(self.party, changes);
        match entries.first() {
            None => Ok(0),
            Some(Entry { kind: Kind::State, .. }) => self.file.replace(&entries),
            Some(Entry { kind: Kind::Record, .. }) => self.file.append(&entries),
        }
    }
}

/// Adds an entry to what a role has to start from.
pub(super) fn keep(kept: &mut Option<Kept>, entry: Entry) {
    let kept = kept.get_or_insert_default();
    match entry.kind {
        Kind::State => *kept = Kept { state: Some(entry.bytes), records: Vec::new() },
        Kind::Record => kept.records.push(entry.bytes.to_vec()),
    }
}
