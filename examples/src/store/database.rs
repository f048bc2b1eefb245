//! The utility's database: SQLite, one transaction a commit, synced before it returns.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use zeroize::Zeroizing;

use super::chain::{self, Hash};
use super::file;
use super::lock::Lock;
use super::tables::{self, Applied};
use super::{Owner, StoreError};
use crate::engine::seat::Kept;
use crate::engine::{Change, Event};

/// An open database.
pub(crate) struct Database {
    path: PathBuf,
    owner: Owner,
    /// `None` after a failure, until it is loaded again.
    open: Option<Open>,
    _lock: Lock,
}

struct Open {
    db: Connection,
    /// The last row of the audit log.
    sequence: u64,
    head: Hash,
}

/// Why a transaction was not made.
enum Failed {
    Sql(rusqlite::Error),
    Other(StoreError),
}

impl Database {
    /// # Errors
    /// A file that is no such database, of another deployment or session, in use, or whose audit log does not end as it
    /// says it does.
    pub(crate) fn open(path: &Path, owner: &Owner) -> Result<Self, StoreError> {
        if let Some(folder) =
            path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        {
            std::fs::create_dir_all(folder).map_err(StoreError::io("make the folder", folder))?;
        }
        let lock = Lock::take(path)?;
        let open = connect(path, owner)?;
        tracing::info!(database = %path.display(), rows = open.sequence, head = %chain::hex(&open.head), "audit log");
        Ok(Self { path: path.to_owned(), owner: owner.clone(), open: Some(open), _lock: lock })
    }

    pub(crate) fn load(&mut self) -> Result<Option<Kept>, StoreError> {
        // A connection that has failed is closed first, and its journal played back by the next.
        let open = match self.open.take() {
            Some(open) => open,
            None => connect(&self.path, &self.owner)?,
        };
        let kept = read(&open.db).map_err(|error| sql(&self.path, error));
        self.open = Some(open);
        kept
    }

    /// The last events, oldest first.
    pub(crate) fn recent(&self, most: u64) -> Result<Vec<(u64, Event)>, StoreError> {
        let Some(open) = &self.open else { return Err(StoreError::NotLoaded) };
        events(&open.db, open.sequence.saturating_sub(most)).map_err(|error| sql(&self.path, error))
    }

    pub(crate) fn commit(&mut self, now: u64, changes: &[Change]) -> Result<u64, StoreError> {
        let Some(mut open) = self.open.take() else { return Err(StoreError::NotLoaded) };
        let (sequence, head, bytes) = open.write(now, changes).map_err(|failed| match failed {
            Failed::Sql(error) => sql(&self.path, error),
            Failed::Other(error) => error,
        })?;
        (open.sequence, open.head) = (sequence, head);
        self.open = Some(open);
        if changes.iter().any(|change| matches!(change, Change::Event(Event::Epoch { .. }))) {
            tracing::info!(rows = sequence, head = %chain::hex(&head), "audit log");
        }
        Ok(bytes)
    }
}

impl Open {
    fn write(&mut self, now: u64, changes: &[Change]) -> Result<(u64, Hash, u64), Failed> {
        let (mut sequence, mut head, mut bytes) = (self.sequence, self.head, 0_u64);
        let write = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        for change in changes {
            let size = match change {
                Change::Record(record) => {
                    write.prepare_cached("INSERT INTO record(bytes) VALUES (?1)")?.execute([record])?;
                    record.len()
                }
                Change::State(state) => {
                    write.prepare_cached("DELETE FROM record")?.execute([])?;
                    let put = "INSERT INTO state VALUES (1, ?1) ON CONFLICT DO UPDATE SET bytes = ?1";
                    write.prepare_cached(put)?.execute([state.as_slice()])?;
                    state.len()
                }
                Change::Event(event) => {
                    let next = sequence.saturating_add(1);
                    let mut instead = None;
                    match tables::apply(&write, next, now, event)? {
                        Applied::New => {}
                        Applied::Again => continue,
                        Applied::Contradicts(what) => match refused(event, &what) {
                            // The same each time that a role begins again: once is enough.
                            Some(fault) if tables::has_fault(&write, &fault)? => continue,
                            Some(fault) => {
                                tables::apply(&write, next, now, &fault)?;
                                tracing::error!("not recorded: {what}");
                                instead = Some(fault);
                            }
                            None => return Err(Failed::Other(StoreError::Contradiction { what })),
                        },
                    }
                    let event = instead.as_ref().unwrap_or(event);
                    let text = chain::canonical(event).map_err(|error| Failed::Other(json(error)))?;
                    head = chain::next(&head, next, now, &text);
                    let row = params![tables::signed(next), tables::signed(now), text, head];
                    write.prepare_cached("INSERT INTO audit VALUES (?1, ?2, ?3, ?4)")?.execute(row)?;
                    sequence = next;
                    text.len()
                }
            };
            bytes = bytes.saturating_add(size as u64);
        }
        if sequence != self.sequence {
            note_head(&write, sequence, &head)?;
        }
        write.commit()?;
        Ok((sequence, head, bytes))
    }
}

/// What is recorded in place of an event that contradicts what is. What was recorded first stands; a commit that failed for
/// it would fail again after every restart, and the utility would do nothing else. A second epoch of one number is an error:
/// nobody has heard of it yet, and the next try has another number.
fn refused(event: &Event, what: &str) -> Option<Event> {
    let round = match event {
        Event::Sum { round, .. } | Event::Lost { round, .. } => *round,
        Event::Bill { first_round, .. } => *first_round,
        _ => return None,
    };
    Some(Event::Fault { round, party: meter_link::PartyId::UTILITY.0, what: format!("not recorded: {what}") })
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

/// Opens the database, or makes an empty one.
fn connect(path: &Path, owner: &Owner) -> Result<Open, StoreError> {
    if !path.exists() {
        create(path, owner)?;
    }
    let db = Connection::open(path).map_err(|error| sql(path, error))?;
    let foreign = |what: String| Err(StoreError::Foreign { path: path.to_owned(), what });
    match prepare(&db).map_err(|error| sql(path, error))? {
        (tables::APPLICATION, tables::SCHEMA) => {}
        (tables::APPLICATION, other) => {
            return foreign(format!("schema version {other}; this program has {}", tables::SCHEMA));
        }
        _ => return foreign("it is another program's database".to_owned()),
    }
    let (sequence, head) = identify(&db, path, owner)?;
    Ok(Open { db, sequence, head })
}

/// Makes an empty database; under its name, whoever reads finds the whole of it.
fn create(path: &Path, owner: &Owner) -> Result<(), StoreError> {
    let beside = file::beside(path);
    // Left by a process that did not get far, or by a database that somebody has removed.
    for (name, end) in [(&beside, ""), (&beside, "-wal"), (&beside, "-shm"), (&path.to_owned(), "-wal")] {
        let mut name = name.as_os_str().to_owned();
        name.push(end);
        match std::fs::remove_file(Path::new(&name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io("remove", Path::new(&name))(error));
            }
            _ => {}
        }
    }
    // SQLite gives its other files the mode of this one.
    let made = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&beside);
    drop(made.map_err(StoreError::io("make", &beside))?);
    let mut db = Connection::open(&beside).map_err(|error| sql(path, error))?;
    prepare(&db).and_then(|_| make(&mut db, owner)).map_err(|error| sql(path, error))?;
    // Closed, all of it is in the one file.
    db.close().map_err(|(_, error)| sql(path, error))?;
    let synced = std::fs::File::open(&beside).and_then(|file| file.sync_all());
    synced.map_err(StoreError::io("sync", &beside))?;
    file::move_over(path)
}

/// Settings of the connection; returns what the file says that it is.
fn prepare(db: &Connection) -> rusqlite::Result<(i64, i64)> {
    // For those who read while we write; we are the only one who writes.
    db.busy_timeout(Duration::from_secs(5))?;
    db.set_prepared_statement_cache_capacity(64);
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    // An old state of a role is a secret: its pages are not left as they are.
    db.pragma_update(None, "secure_delete", true)?;
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let number = |name| db.pragma_query_value(None, name, |row| row.get(0));
    Ok((number("application_id")?, number("user_version")?))
}

fn make(db: &mut Connection, owner: &Owner) -> rusqlite::Result<()> {
    let write = db.transaction()?;
    write.execute_batch(tables::OWN)?;
    write.execute_batch(tables::MADE)?;
    write.execute_batch(tables::GUARDS)?;
    let put = "INSERT INTO meta VALUES (?1, ?2)";
    write.execute(put, params!["deployment", owner.deployment])?;
    write.execute(put, params!["session", owner.session])?;
    note_head(&write, 0, &chain::genesis(&owner.deployment, &owner.session))?;
    write.pragma_update(None, "application_id", tables::APPLICATION)?;
    write.pragma_update(None, "user_version", tables::SCHEMA)?;
    write.commit()
}

fn note_head(db: &Connection, sequence: u64, head: &Hash) -> rusqlite::Result<()> {
    let mut put =
        db.prepare_cached("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2")?;
    put.execute(params!["rows", tables::signed(sequence)])?;
    put.execute(params!["head", head])?;
    Ok(())
}

/// Whose database it is, and where its audit log ends.
pub(super) struct Meta {
    pub(super) deployment: String,
    pub(super) session: Vec<u8>,
    pub(super) rows: u64,
    pub(super) head: Vec<u8>,
}

/// # Errors
/// No such values.
pub(super) fn meta(db: &Connection) -> rusqlite::Result<Meta> {
    let mut get = db.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    let rows: i64 = get.query_row(["rows"], |row| row.get(0))?;
    Ok(Meta {
        deployment: get.query_row(["deployment"], |row| row.get(0))?,
        session: get.query_row(["session"], |row| row.get(0))?,
        rows: u64::try_from(rows).unwrap_or(u64::MAX),
        head: get.query_row(["head"], |row| row.get(0))?,
    })
}

/// Checks whose it is, and that the log ends with the row that it should: all of it is for `wattsum audit`.
fn identify(db: &Connection, path: &Path, owner: &Owner) -> Result<(u64, Hash), StoreError> {
    let Meta { deployment, session, rows, head } = meta(db).map_err(|error| sql(path, error))?;
    if deployment != owner.deployment || session != owner.session {
        let what = match deployment == owner.deployment {
            true => "the database of the same deployment with other parameters".to_owned(),
            false => format!("the database of the deployment {deployment:?}"),
        };
        return Err(StoreError::Foreign { path: path.to_owned(), what });
    }
    let last = "SELECT sequence, hash FROM audit ORDER BY sequence DESC LIMIT 1";
    let last: Option<(i64, Vec<u8>)> = db
        .query_row(last, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
        .map_err(|error| sql(path, error))?;
    let genesis = || (0, chain::genesis(&owner.deployment, &owner.session).to_vec());
    let (number, hash) = last.unwrap_or_else(genesis);
    match <Hash>::try_from(head.as_slice()) {
        Ok(known) if number == tables::signed(rows) && hash == head => Ok((rows, known)),
        _ => {
            let what = format!("the audit log ends with row {number}, and not with the row {rows} it should");
            Err(StoreError::Damaged { path: path.to_owned(), what })
        }
    }
}

/// Events of the audit log behind row `after`, with their times.
pub(super) fn events(db: &Connection, after: u64) -> rusqlite::Result<Vec<(u64, Event)>> {
    let mut rows = db.prepare("SELECT time, event FROM audit WHERE sequence > ?1 ORDER BY sequence")?;
    let rows = rows.query_map([tables::signed(after)], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut events = Vec::new();
    for row in rows {
        let (time, text): (i64, String) = row?;
        let wrong = |error: serde_json::Error| {
            rusqlite::Error::FromSqlConversionFailure(1, rusqlite::types::Type::Text, Box::new(error))
        };
        events.push((u64::try_from(time).unwrap_or(0), serde_json::from_str(&text).map_err(wrong)?));
    }
    Ok(events)
}

fn read(db: &Connection) -> rusqlite::Result<Option<Kept>> {
    let state: Option<Vec<u8>> = db.query_row("SELECT bytes FROM state", [], |row| row.get(0)).optional()?;
    let mut records = db.prepare("SELECT bytes FROM record ORDER BY sequence")?;
    let records = records.query_map([], |row| row.get(0))?.collect::<Result<Vec<Vec<u8>>, _>>()?;
    let anything = state.is_some() || !records.is_empty();
    Ok(anything.then(|| Kept { state: state.map(Zeroizing::new), records }))
}

pub(super) fn sql(path: &Path, error: rusqlite::Error) -> StoreError {
    StoreError::Database { path: path.to_owned(), error: Arc::new(error) }
}

fn json(error: serde_json::Error) -> StoreError {
    StoreError::Contradiction { what: format!("an event that cannot be written: {error}") }
}
