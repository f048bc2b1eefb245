//! What a process has on disk: a journal for a meter or answerer, a database for the utility.
//!
//! What [`Store::commit`] has returned for survives a power failure, all of it or nothing. After an error it is not
//! known which, and the store takes nothing more until it was loaded again: so a store that fails is a crash, and
//! the role starts again from what is on disk.
//!
//! Not shown by any of these files: that somebody has put an older copy of the whole in place. A meter's readings
//! are safe then as long as its device's mark lives elsewhere, as the crates' docs demand of real devices.

pub(crate) mod audit;
mod block;
mod chain;
mod database;
mod file;
mod journal;
mod lock;
mod scan;
mod shared;
mod tables;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use meter_link::PartyId;

use crate::engine::seat::Kept;
use crate::engine::{Change, Event};
pub(crate) use database::Database;
pub(crate) use journal::Journal;
pub(crate) use shared::{Member, Shared};

/// Whose store it is: one that belongs to somebody else, or to another session, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) deployment: String,
    pub(crate) session: [u8; 32],
    pub(crate) party: PartyId,
}

/// Where a role's state, records and events go.
pub(crate) enum Store {
    Journal(Journal),
    Database(Box<Database>),
    Shared(Member),
}

impl Store {
    /// The journal of a meter or answerer, made where there is none.
    ///
    /// # Errors
    /// A file that cannot be used, is damaged, somebody else's, or in use.
    pub(crate) fn journal(path: &Path, owner: &Owner) -> Result<Self, StoreError> {
        Journal::open(path, owner).map(Self::Journal)
    }

    /// The database of a utility, made where there is none.
    ///
    /// # Errors
    /// As [`Store::journal`].
    pub(crate) fn database(path: &Path, owner: &Owner) -> Result<Self, StoreError> {
        Database::open(path, owner).map(|database| Self::Database(Box::new(database)))
    }

    /// Whether it is one of very many in this process.
    pub(crate) fn is_shared(&self) -> bool {
        matches!(self, Self::Shared(_))
    }

    /// The last events that are recorded, oldest first; of a database only.
    ///
    /// # Errors
    /// As of [`Store::load`].
    pub(crate) fn recent(&self, most: u64) -> Result<Vec<(u64, Event)>, StoreError> {
        match self {
            Self::Database(database) => blocking(|| database.recent(most)),
            Self::Journal(_) | Self::Shared(_) => Ok(Vec::new()),
        }
    }

    /// What a role has to start from: its last state and the records after it; `None` if it never stored anything.
    ///
    /// # Errors
    /// What [`StoreError::is_lasting`] says of it.
    pub(crate) async fn load(&mut self) -> Result<Option<Kept>, StoreError> {
        match self {
            Self::Journal(journal) => blocking(|| journal.load()),
            Self::Database(database) => blocking(|| database.load()),
            Self::Shared(member) => member.load().await,
        }
    }

    /// Stores all of `changes`, in order, or nothing; returns the bytes it wrote. Events are kept by the database
    /// only.
    ///
    /// # Errors
    /// After any the store must be loaded again.
    pub(crate) async fn commit(&mut self, now: u64, changes: &[Change]) -> Result<u64, StoreError> {
        match self {
            Self::Journal(journal) => blocking(|| journal.commit(changes)),
            Self::Database(database) => blocking(|| database.commit(now, changes)),
            Self::Shared(member) => member.commit(changes).await,
        }
    }
}

/// Events that a head end has recorded, behind the first `after`, with their times; none where there is no database yet. The
/// head end may be running.
///
/// # Errors
/// A file that is no such database.
pub(crate) fn events(path: &Path, after: u64) -> anyhow::Result<Vec<(u64, Event)>> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    Ok(database::events(&audit::open(path)?, after)?)
}

/// Verifies a head end's database as `wattsum audit` does, and counts the rows of its audit log.
///
/// # Errors
/// A file that cannot be read, or all that is wrong with it.
pub(crate) fn audit(path: &Path) -> anyhow::Result<u64> {
    let db = audit::open(path)?;
    let read = db.unchecked_transaction()?;
    let report = audit::verify(&read, None)?;
    anyhow::ensure!(report.problems.is_empty(), "{}: {}", path.display(), report.problems.join("; "));
    Ok(report.rows)
}

/// Runs what waits for a disk, or computes for long, without holding up other tasks where the runtime has threads.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    use tokio::runtime::{Handle, RuntimeFlavor};
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Why something could not be stored or loaded.
#[derive(Debug, Clone)]
pub(crate) enum StoreError {
    /// The system refused: no space, no permission, a broken disk.
    Io { doing: &'static str, path: PathBuf, error: Arc<io::Error> },
    /// The database refused.
    Database { path: PathBuf, error: Arc<rusqlite::Error> },
    /// What is on disk was not written so, and is not what a power failure leaves.
    Damaged { path: PathBuf, what: String },
    /// It belongs to another party, deployment or session, or to a newer program.
    Foreign { path: PathBuf, what: String },
    /// Another process has it open.
    InUse { path: PathBuf },
    /// What was to be recorded contradicts what is: a second sum of a round, a sum of a lost one.
    Contradiction { what: String },
    /// An earlier commit failed, and nothing was loaded since.
    NotLoaded,
}

impl StoreError {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Io { doing, path: path.to_owned(), error: Arc::new(error) }
    }

    /// Whether to try again is of no use until somebody has looked after it.
    pub(crate) fn is_lasting(&self) -> bool {
        use rusqlite::ErrorCode::{
            CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, OutOfMemory, SystemIoFailure,
        };
        match self {
            Self::Io { .. } | Self::Contradiction { .. } | Self::NotLoaded => false,
            Self::Database { error, .. } => !matches!(
                error.sqlite_error_code(),
                Some(DiskFull | DatabaseBusy | DatabaseLocked | SystemIoFailure | CannotOpen | OutOfMemory)
            ),
            Self::Damaged { .. } | Self::Foreign { .. } | Self::InUse { .. } => true,
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { doing, path, error } => write!(f, "{}: cannot {doing}: {error}", path.display()),
            Self::Database { path, error } => write!(f, "{}: {error}", path.display()),
            Self::Damaged { path, what } => write!(f, "{}: damaged: {what}", path.display()),
            Self::Foreign { path, what } => write!(f, "{}: {what}", path.display()),
            Self::InUse { path } => write!(f, "{}: another process has it open", path.display()),
            Self::Contradiction { what } => write!(f, "contradicts what is recorded: {what}"),
            Self::NotLoaded => f.write_str("an earlier commit failed, and nothing was loaded since"),
        }
    }
}

impl std::error::Error for StoreError {}
