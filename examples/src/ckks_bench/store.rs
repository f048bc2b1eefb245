//! The server's database: what meters sent, what was computed of it, and what that cost. All of it is encrypted or a measure
//! of time; the key lies in a file of its own.
//!
//! A round is one transaction: a process that is killed leaves whole rounds, and goes on with the next.

use std::path::Path;

use anyhow::{Context as _, bail};
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params};
use serde::{Deserialize, Serialize};

use super::figures::{Measured, Operation};
use super::scenario::Scenario;
use crate::input::InputError;

/// "wsck"
const APPLICATION: i32 = 0x7773_636b;
const SCHEMA: i32 = 1;

const TABLES: &str = "
CREATE TABLE run(bytes BLOB NOT NULL) STRICT;
CREATE TABLE message(scenario TEXT NOT NULL, round INTEGER NOT NULL, meter INTEGER NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (scenario, round, meter)) STRICT, WITHOUT ROWID;
CREATE TABLE result(scenario TEXT NOT NULL, round INTEGER NOT NULL, operation TEXT NOT NULL, bytes BLOB NOT NULL,
    PRIMARY KEY (scenario, round, operation)) STRICT, WITHOUT ROWID;
CREATE TABLE round(scenario TEXT NOT NULL, round INTEGER NOT NULL, measured TEXT NOT NULL,
    PRIMARY KEY (scenario, round)) STRICT, WITHOUT ROWID;
";

/// What a run is, for its continuation and for whoever reads its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Setup {
    /// The byte of the preset.
    pub(super) preset: u8,
    pub(super) scale_bits: u32,
    pub(super) secret_key: bool,
    pub(super) rounds: u32,
    pub(super) readings: Readings,
    /// Wh that are encoded as 1: a power of two.
    pub(super) unit_wh: u64,
    /// SHA-256 of the readings, so that results are not compared with others.
    pub(super) digest: [u8; 32],
    pub(super) scenarios: Vec<Scenario>,
}

/// Where readings come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Readings {
    /// Made-up households.
    Seed(u64),
    /// A file, by its whole path.
    File { path: std::path::PathBuf, zone: Option<String>, max_reading: i64 },
}

/// What a round leaves.
pub(super) struct Round<'a> {
    pub(super) scenario: Scenario,
    pub(super) round: u32,
    /// Meters, and the bytes they sent.
    pub(super) messages: &'a [(u32, Vec<u8>)],
    pub(super) results: &'a [(Operation, Vec<u8>)],
}

pub(super) struct Store(Connection);

impl Store {
    /// A new database.
    ///
    /// # Errors
    /// If there is one, or none can be made.
    pub(super) fn create(path: &Path, setup: &Setup) -> anyhow::Result<Self> {
        if path.exists() {
            let what = "holds a run: finish it with --resume, or choose another folder";
            return Err(InputError::new(format!("{}: {what}", path.display())).into());
        }
        let mut db = Connection::open(path).with_context(|| path.display().to_string())?;
        db.pragma_update(None, "journal_mode", "wal")?;
        let write = db.transaction()?;
        write.execute_batch(TABLES)?;
        write.execute("INSERT INTO run VALUES (?1)", [serde_json::to_vec(setup)?])?;
        write.pragma_update(None, "application_id", APPLICATION)?;
        write.pragma_update(None, "user_version", SCHEMA)?;
        write.commit()?;
        Ok(Self(db))
    }

    /// An existing one, with its setup.
    ///
    /// # Errors
    /// A file that is no such database, or one that was not even begun.
    pub(super) fn open(path: &Path, write: bool) -> anyhow::Result<(Self, Setup)> {
        let flags = if write { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
        if !path.is_file() {
            return Err(InputError::new(format!("{}: there is no such file", path.display())).into());
        }
        let db = Connection::open_with_flags(path, flags).with_context(|| path.display().to_string())?;
        let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
        let foreign = |what: &str| InputError::new(format!("{}: {what}", path.display()));
        match (pragma("application_id"), pragma("user_version")) {
            (Ok(APPLICATION), Ok(SCHEMA)) => {}
            (Ok(APPLICATION), Ok(_)) => return Err(foreign("of another version of this program").into()),
            _ => return Err(foreign("no database of `wattsum ckks-bench`").into()),
        }
        let bytes: Vec<u8> = db.query_row("SELECT bytes FROM run", [], |row| row.get(0))?;
        let setup = serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
        Ok((Self(db), setup))
    }

    /// Writes a round's ciphertexts; it counts once [`Pending::commit`] has returned.
    pub(super) fn write(&mut self, round: &Round<'_>) -> anyhow::Result<Pending<'_>> {
        let write = self.0.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (scenario, number) = (round.scenario.to_string(), round.round);
        {
            let mut put = write.prepare_cached("INSERT INTO message VALUES (?1, ?2, ?3, ?4)")?;
            for (meter, bytes) in round.messages {
                put.execute(params![scenario, number, meter, bytes])?;
            }
            let mut put = write.prepare_cached("INSERT INTO result VALUES (?1, ?2, ?3, ?4)")?;
            for (operation, bytes) in round.results {
                put.execute(params![scenario, number, operation.name(), bytes])?;
            }
        }
        Ok(Pending { write, scenario, number })
    }

    /// The rounds of a scenario that are there, by number.
    pub(super) fn rounds(&self, scenario: Scenario) -> anyhow::Result<Vec<(u32, Measured)>> {
        let text = "SELECT round, measured FROM round WHERE scenario = ?1 ORDER BY round";
        let mut read = self.0.prepare_cached(text)?;
        let rows =
            read.query_map([scenario.to_string()], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let mut rounds = Vec::new();
        for row in rows {
            let (round, text) = row?;
            rounds.push((round, serde_json::from_str(&text)?));
        }
        Ok(rounds)
    }

    /// A result, if the round has it.
    pub(super) fn result(
        &self,
        scenario: Scenario,
        round: u32,
        operation: Operation,
    ) -> anyhow::Result<Option<Vec<u8>>> {
        let text = "SELECT bytes FROM result WHERE (scenario, round, operation) = (?1, ?2, ?3)";
        let row = params![scenario.to_string(), round, operation.name()];
        Ok(self.0.prepare_cached(text)?.query_row(row, |row| row.get(0)).optional()?)
    }

    /// Gives every message of a round to `accept`, one after the other.
    pub(super) fn messages(
        &self,
        scenario: Scenario,
        round: u32,
        mut accept: impl FnMut(u32, &[u8]) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        let text = "SELECT meter, bytes FROM message WHERE (scenario, round) = (?1, ?2) ORDER BY meter";
        let mut read = self.0.prepare_cached(text)?;
        let mut rows = read.query(params![scenario.to_string(), round])?;
        while let Some(row) = rows.next()? {
            match row.get_ref(1)?.as_blob() {
                Ok(bytes) => accept(row.get(0)?, bytes)?,
                Err(error) => bail!(error),
            }
        }
        Ok(())
    }
}

/// Ciphertexts that are written but do not count yet.
pub(super) struct Pending<'a> {
    write: rusqlite::Transaction<'a>,
    scenario: String,
    number: u32,
}

impl Pending<'_> {
    /// Completes the round, for good.
    pub(super) fn commit(self, measured: &Measured) -> anyhow::Result<()> {
        let text = serde_json::to_string(measured)?;
        self.write
            .execute("INSERT INTO round VALUES (?1, ?2, ?3)", params![self.scenario, self.number, text])?;
        Ok(self.write.commit()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> Setup {
        Setup {
            preset: 3,
            scale_bits: 40,
            secret_key: false,
            rounds: 2,
            readings: Readings::Seed(1),
            unit_wh: 4096,
            digest: [7; 32],
            scenarios: vec![SCENARIO],
        }
    }

    const SCENARIO: Scenario = Scenario { meters: 2, interval: 900, batch: 1 };

    fn measured() -> Measured {
        Measured { messages: 2, message_bytes: 3, store_ms: 0.5, steps: Vec::new() }
    }

    #[test]
    fn only_whole_rounds_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.db");
        let mut store = Store::create(&path, &setup()).unwrap();
        assert!(Store::create(&path, &setup()).is_err());
        let messages = [(1, vec![1, 2, 3]), (2, vec![4, 5, 6])];
        let results = [(Operation::Sum, vec![9])];
        let round = |round| Round { scenario: SCENARIO, round, messages: &messages, results: &results };
        store.write(&round(0)).unwrap().commit(&measured()).unwrap();
        // Not completed, as if the process had ended.
        drop(store.write(&round(1)).unwrap());
        drop(store);
        let (mut store, read) = Store::open(&path, true).unwrap();
        assert_eq!(read, setup());
        assert_eq!(store.rounds(SCENARIO).unwrap(), [(0, measured())]);
        assert_eq!(store.result(SCENARIO, 0, Operation::Sum).unwrap(), Some(vec![9]));
        assert_eq!(store.result(SCENARIO, 1, Operation::Sum).unwrap(), None);
        let mut seen = Vec::new();
        let keep = |meter, bytes: &[u8]| {
            seen.push((meter, bytes.to_vec()));
            Ok(())
        };
        store.messages(SCENARIO, 0, keep).unwrap();
        assert_eq!(seen, messages);
        store.write(&round(1)).unwrap().commit(&measured()).unwrap();
        // A round is there once.
        assert!(store.write(&round(1)).is_err());
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        assert!(Store::open(&path, false).is_err_and(|error| error.to_string().contains("no such file")));
        std::fs::write(&path, "not a database, and long enough to be none in SQLite's eyes").unwrap();
        assert!(Store::open(&path, false).is_err_and(|error| error.to_string().contains("no database of")));
        std::fs::remove_file(&path).unwrap();
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE a(b)").unwrap();
        assert!(Store::open(&path, false).is_err_and(|error| error.to_string().contains("no database of")));
    }
}
