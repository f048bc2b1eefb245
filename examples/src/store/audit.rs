//! `wattsum audit`: whether a utility's database is what it says it is.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags};

use super::chain::{self, Hash};
use super::database;
use super::tables::{self, Applied};
use crate::engine::Event;
use crate::exit::Exit;
use crate::input::InputError;

/// What stands behind the options.
pub(crate) const NOTES: &str = "\
Every event of the head end is one row of the audit log, and each row's hash depends on all rows before it. A row that was
changed, left out, put in or moved is named, and so is a table that says something else than the log.

A chain of hashes cannot show what somebody has done who may write the file and computes all later hashes anew, or who cuts
off the end together with what the tables say of it. Note the head (printed below, and in the utility's log at every
epoch) elsewhere, and give it with --head: it must be one of the chain.

Exit codes: 0 the database is sound, 1 it is not, 2 it cannot be read.";

/// The command line of `wattsum audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    /// The utility's database; it may be in use
    #[arg(value_name = "FILE.db")]
    pub(crate) database: PathBuf,
    /// A head that was noted earlier: the chain must contain it
    #[arg(long, value_name = "HASH")]
    pub(crate) head: Option<String>,
    /// Print the log, one JSON object a line
    #[arg(long)]
    pub(crate) log: bool,
    /// One JSON object instead of the table of counts
    #[arg(long)]
    pub(crate) json: bool,
}

/// Verifies a database and prints what is in it.
///
/// # Errors
/// A file that cannot be read, or an output that cannot be written.
pub(crate) fn run(audit: &Audit, out: &mut impl Write) -> anyhow::Result<Exit> {
    let db = open(&audit.database)?;
    // One transaction: the utility may go on writing meanwhile.
    let read = db.unchecked_transaction()?;
    if audit.log {
        print_log(&read, out)?;
        return Ok(Exit::Done);
    }
    let report = verify(&read, audit.head.as_deref())
        .with_context(|| format!("{}: cannot be read", audit.database.display()))?;
    report.print(audit.json, out)?;
    Ok(if report.problems.is_empty() { Exit::Done } else { Exit::Failed })
}

/// What was found.
#[derive(Debug, Default, serde::Serialize)]
pub(super) struct Report {
    pub(super) deployment: String,
    pub(super) rows: u64,
    pub(super) head: String,
    pub(super) counts: Vec<(String, u64)>,
    /// What is wrong, at most [`MOST_PROBLEMS`].
    pub(super) problems: Vec<String>,
}

const MOST_PROBLEMS: usize = 20;

/// Goes through the chain, makes all tables anew from it, and compares.
pub(super) fn verify(db: &Connection, noted: Option<&str>) -> anyhow::Result<Report> {
    let mut report = Report::default();
    let sound: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if sound != "ok" {
        report.problem(format!("SQLite: {sound}"));
    }
    let meta = database::meta(db)?;
    // With an empty name SQLite keeps it in memory as long as it is small, else in a file that goes with it.
    let fresh = Connection::open("")?;
    fresh.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF;")?;
    fresh.execute_batch(tables::MADE)?;
    let genesis = chain::genesis(&meta.deployment, &meta.session);
    let wanted = noted.map(|text| text.trim().to_ascii_lowercase());
    let mut seen = wanted.as_deref().is_none_or(|wanted| wanted == chain::hex(&genesis));
    let (mut previous, mut expected) = (genesis.to_vec(), 1_u64);
    let mut rows = db.prepare("SELECT sequence, time, event, hash FROM audit ORDER BY sequence")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let row = Row {
            sequence: u64::try_from(row.get::<_, i64>(0)?).unwrap_or(0),
            time: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
            event: row.get(2)?,
            hash: row.get(3)?,
        };
        if row.sequence != expected {
            report.problem(format!("row {expected} is missing: row {} follows", row.sequence));
        }
        row.check(&previous, &fresh, &mut report)?;
        seen |= wanted.as_deref() == Some(&chain::hex(&row.hash));
        report.rows = report.rows.saturating_add(1);
        expected = row.sequence.saturating_add(1);
        previous = row.hash;
    }
    if expected != meta.rows.saturating_add(1) || previous != meta.head {
        let (last, noted) = (expected.saturating_sub(1), meta.rows);
        report.problem(format!(
            "the log ends with row {last}; the database says that it ends with row {noted}"
        ));
    }
    if !seen {
        report.problem(
            "the noted head is not in the chain: rows before it were changed, or cut off".to_owned(),
        );
    }
    (report.deployment, report.head) = (meta.deployment, chain::hex(&previous));
    for table in tables::TABLES {
        compare(db, &fresh, table, &mut report)?;
    }
    Ok(report)
}

struct Row {
    sequence: u64,
    time: u64,
    event: String,
    hash: Vec<u8>,
}

impl Row {
    fn check(&self, previous: &[u8], fresh: &Connection, report: &mut Report) -> anyhow::Result<()> {
        let number = self.sequence;
        let right = <Hash>::try_from(previous)
            .is_ok_and(|previous| self.hash == chain::next(&previous, number, self.time, &self.event));
        if !right {
            report.problem(format!(
                "row {number} is not what was recorded there, or does not follow the row before"
            ));
        }
        let event = match serde_json::from_str::<Event>(&self.event) {
            Ok(event) if chain::canonical(&event)? == self.event => event,
            _ => {
                report.problem(format!("row {number} holds no event as the program writes them"));
                return Ok(());
            }
        };
        match tables::apply(fresh, number, self.time, &event)? {
            Applied::New => {}
            Applied::Again => report.problem(format!("row {number} repeats what was recorded before")),
            Applied::Contradicts(what) => report.problem(format!("row {number}: {what}")),
        }
        Ok(())
    }
}

/// Whether a table holds what the log makes of it, row for row.
fn compare(db: &Connection, fresh: &Connection, table: &str, report: &mut Report) -> rusqlite::Result<()> {
    let columns = fresh.prepare(&format!("SELECT * FROM {table}"))?.column_count();
    let keys: Vec<String> = (1..=columns).map(|column| column.to_string()).collect();
    let all = format!("SELECT * FROM {table} ORDER BY {}", keys.join(", "));
    let (mut is, mut should) = (db.prepare(&all)?, fresh.prepare(&all)?);
    let (mut is, mut should) = (is.query([])?, should.query([])?);
    let mut count = 0_u64;
    let values = |row: Option<&rusqlite::Row<'_>>| match row {
        Some(row) => (0..columns).map(|column| row.get(column)).collect::<Result<Vec<Value>, _>>().map(Some),
        None => Ok(None),
    };
    let mut told = false;
    loop {
        let (found, made) = (values(is.next()?)?, values(should.next()?)?);
        if found.is_some() {
            count = count.saturating_add(1);
        }
        if found.is_none() && made.is_none() {
            break;
        }
        if found != made && !told {
            told = true;
            let key = |row: &Option<Vec<Value>>| match row.as_ref().and_then(|row| row.first()) {
                Some(Value::Integer(key)) => key.to_string(),
                _ => "none".to_owned(),
            };
            report.problem(format!(
                "table {table} differs from the log: its row is of {}, the log's of {}",
                key(&found),
                key(&made)
            ));
        }
    }
    report.counts.push((table.to_owned(), count));
    Ok(())
}

impl Report {
    fn problem(&mut self, what: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(what);
        }
    }

    fn print(&self, json: bool, out: &mut impl Write) -> anyhow::Result<()> {
        if json {
            serde_json::to_writer(&mut *out, self)?;
            writeln!(out)?;
            return Ok(());
        }
        writeln!(out, "deployment  {}", self.deployment)?;
        writeln!(out, "audit log   {} rows", self.rows)?;
        writeln!(out, "head        {}", self.head)?;
        for (table, count) in &self.counts {
            writeln!(out, "{table:<10}  {count}")?;
        }
        for problem in &self.problems {
            writeln!(out, "WRONG       {problem}")?;
        }
        if self.problems.is_empty() {
            writeln!(out, "the chain holds, and all tables say what it says")?;
        }
        Ok(())
    }
}

fn print_log(db: &Connection, out: &mut impl Write) -> anyhow::Result<()> {
    let mut rows = db.prepare("SELECT sequence, time, event FROM audit ORDER BY sequence")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let (sequence, time, event): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        writeln!(out, "{{\"row\":{sequence},\"time\":{time},\"event\":{event}}}")?;
    }
    Ok(())
}

/// Opens a database to read it; whoever writes it goes on.
///
/// # Errors
/// A file that is no database of this program.
pub(crate) fn open(path: &Path) -> anyhow::Result<Connection> {
    let wrong = |what: &str| InputError::new(format!("{}: {what}", path.display()));
    if !path.is_file() {
        return Err(wrong("there is no such file").into());
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|error| wrong(&error.to_string()))?;
    let number = |name| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match (number("application_id"), number("user_version")) {
        (Ok(tables::APPLICATION), Ok(tables::SCHEMA)) => Ok(db),
        (Ok(tables::APPLICATION), Ok(other)) => {
            bail!(wrong(&format!("schema version {other}; this program reads {}", tables::SCHEMA)))
        }
        (Err(error), _) | (_, Err(error)) => Err(wrong(&error.to_string()).into()),
        _ => Err(wrong("it is no database of this program").into()),
    }
}
