//! Going over the log that an answerer has exported.

use alloc::collections::BTreeMap;

use super::{Entry, Log, LogHead};
use crate::epoch::Context;
use crate::error::{Error, Fault};
use crate::id::{PartyId, Round};

/// Follows an exported log from its first record, and sees that it names one digest a round and a window.
#[derive(Clone, Debug)]
pub struct Audit {
    answerer: PartyId,
    log: Log,
    digests: BTreeMap<(u8, Round), [u8; 32]>,
}

impl Audit {
    /// Of the log of an answerer in an epoch.
    pub fn new(context: &Context, answerer: PartyId) -> Self {
        Audit { answerer, log: Log::new(context, answerer), digests: BTreeMap::new() }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// As [`Log::follow`]; [`Fault::Contradiction`] blaming the answerer for a second digest of a round or window.
    /// Nothing has changed then.
    pub fn follow(&mut self, record: &[u8]) -> Result<Entry, Error> {
        let mut log = self.log;
        let entry = log.follow(record)?;
        let key = (entry.kind as u8, entry.round);
        if self.digests.get(&key).is_some_and(|earlier| *earlier != entry.digest) {
            return Err(Fault::Contradiction.of(self.answerer));
        }
        self.digests.insert(key, entry.digest);
        self.log = log;
        Ok(entry)
    }

    /// The log so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// That the log ends where the answerer has signed that it does.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] if it lacks entries, has more, or is another's.
    pub fn end(&self, head: &LogHead) -> Result<(), Error> {
        if head.answerer != self.answerer {
            return Err(Error::Inconsistent);
        }
        head.check(&self.log)
    }
}
