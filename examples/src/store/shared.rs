//! One journal for many meters in a process: all that commit in the same instant share one write and one sync.

use std::collections::BTreeMap;
use std::path::Path;

use meter_link::PartyId;
use tokio::sync::{mpsc, oneshot};

use super::block::{self, Entry, Kind};
use super::file::JournalFile;
use super::journal::keep;
use super::{Owner, StoreError};
use crate::engine::Change;
use crate::engine::seat::Kept;

/// The journal; its writer is a thread that ends when the last member is gone.
pub(crate) struct Shared {
    jobs: mpsc::Sender<Job>,
}

/// The journal, for one of its parties.
pub(crate) struct Member {
    party: PartyId,
    jobs: mpsc::Sender<Job>,
}

enum Job {
    Load(PartyId, oneshot::Sender<Result<Option<Kept>, StoreError>>),
    Commit(Vec<Entry>, oneshot::Sender<Result<u64, StoreError>>),
}

/// Bytes that one write takes together at most.
const MOST_TOGETHER: usize = 8 << 20;
/// A smaller file is not worth making even smaller.
const SMALL: u64 = 16 << 20;

impl Shared {
    /// Opens or makes the journal and starts its writer. `owner.party` says whose fleet it is; the utility's id will
    /// do, for it has none of its own.
    ///
    /// # Errors
    /// As for a journal of one party.
    pub(crate) fn open(path: &Path, owner: &Owner) -> Result<Self, StoreError> {
        let (file, entries) = JournalFile::open(path, block::tag(owner))?;
        let mut writer = Writer { file, live: BTreeMap::new(), loaded: BTreeMap::new() };
        writer.index(entries);
        let (jobs, queue) = mpsc::channel(4096);
        let spawned = std::thread::Builder::new().name("journal".into()).spawn(move || writer.run(queue));
        spawned.map_err(StoreError::io("start the writer of", path))?;
        Ok(Self { jobs })
    }

    pub(crate) fn member(&self, party: PartyId) -> Member {
        Member { party, jobs: self.jobs.clone() }
    }
}

impl Member {
    pub(crate) async fn load(&mut self) -> Result<Option<Kept>, StoreError> {
        let (done, wait) = oneshot::channel();
        self.ask(Job::Load(self.party, done), wait).await
    }

    pub(crate) async fn commit(&mut self, changes: &[Change]) -> Result<u64, StoreError> {
        let entries = block::entries(self.party, changes);
        if entries.is_empty() {
            return Ok(0);
        }
        let (done, wait) = oneshot::channel();
        self.ask(Job::Commit(entries, done), wait).await
    }

    async fn ask<T>(
        &self,
        job: Job,
        wait: oneshot::Receiver<Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        // A writer that is gone has panicked; then nothing can be stored any more.
        self.jobs.send(job).await.map_err(|_| StoreError::NotLoaded)?;
        wait.await.map_err(|_| StoreError::NotLoaded)?
    }
}

struct Writer {
    file: JournalFile,
    /// Bytes of each party that a restart needs.
    live: BTreeMap<PartyId, u64>,
    /// What was read and nobody has asked for since.
    loaded: BTreeMap<PartyId, Kept>,
}

type Waiting = Vec<(Vec<Entry>, oneshot::Sender<Result<u64, StoreError>>)>;

impl Writer {
    fn run(mut self, mut queue: mpsc::Receiver<Job>) {
        while let Some(first) = queue.blocking_recv() {
            let mut waiting: Waiting = Vec::new();
            let mut bytes: usize = 0;
            let mut next = Some(first);
            while let Some(job) = next.take() {
                match job {
                    Job::Commit(entries, done) => {
                        let sizes = entries.iter().map(|entry| entry.bytes.len());
                        bytes = sizes.fold(bytes, usize::saturating_add);
                        waiting.push((entries, done));
                    }
                    Job::Load(party, done) => {
                        // Whoever asks must see what was asked for before.
                        self.commit(std::mem::take(&mut waiting));
                        let _ = done.send(self.load(party));
                    }
                }
                if bytes < MOST_TOGETHER {
                    next = queue.try_recv().ok();
                }
            }
            self.commit(waiting);
        }
    }

    fn commit(&mut self, mut waiting: Waiting) {
        if waiting.is_empty() {
            return;
        }
        let entries: Vec<Entry> =
            waiting.iter_mut().flat_map(|(entries, _)| std::mem::take(entries)).collect();
        let written = self.file.append(&entries);
        if written.is_ok() {
            for entry in &entries {
                self.count(entry);
                self.loaded.remove(&entry.party);
            }
        }
        let shares = waiting.len() as u64;
        for (_, done) in waiting {
            let share = written.clone().map(|bytes| bytes.checked_div(shares).unwrap_or(bytes));
            let _ = done.send(share);
        }
        if let Err(error) = self.compact() {
            // What is there stays good, or the next commit says that it is not.
            tracing::error!(%error, "the journal could not be made smaller");
        }
    }

    fn load(&mut self, party: PartyId) -> Result<Option<Kept>, StoreError> {
        if self.file.usable().is_err()
            || (self.live.contains_key(&party) && !self.loaded.contains_key(&party))
        {
            let entries = self.file.read()?;
            self.index(entries);
        }
        Ok(self.loaded.remove(&party))
    }

    fn index(&mut self, entries: Vec<Entry>) {
        self.live.clear();
        let mut loaded: BTreeMap<PartyId, Option<Kept>> = BTreeMap::new();
        for entry in entries {
            self.count(&entry);
            keep(loaded.entry(entry.party).or_default(), entry);
        }
        self.loaded = loaded.into_iter().filter_map(|(party, kept)| Some((party, kept?))).collect();
    }

    fn count(&mut self, entry: &Entry) {
        let live = self.live.entry(entry.party).or_default();
        if entry.kind == Kind::State {
            *live = 0;
        }
        *live = live.saturating_add(entry.bytes.len() as u64);
    }

    /// Writes the file anew without what later states have made useless, once that is most of it.
    fn compact(&mut self) -> Result<(), StoreError> {
        let live = self.live.values().fold(0, |sum: u64, bytes| sum.saturating_add(*bytes));
        if self.file.usable().is_err() || self.file.end < SMALL.max(live.saturating_mul(3)) {
            return Ok(());
        }
        let mut kept: BTreeMap<PartyId, Vec<Entry>> = BTreeMap::new();
        for entry in self.file.read()? {
            let entries = kept.entry(entry.party).or_default();
            if entry.kind == Kind::State {
                entries.clear();
            }
            entries.push(entry);
        }
        let entries: Vec<Entry> = kept.into_values().flatten().collect();
        self.file.replace(&entries)?;
        tracing::debug!(bytes = self.file.end, "the journal was made smaller");
        Ok(())
    }
}
