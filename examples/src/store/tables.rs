//! The tables of the utility's database, and what each event does to them.
//!
//! The tables say what the audit log says, in a form that can be asked: they are made by the same code from the same events,
//! so that `wattsum audit` can make them anew and compare.

use rusqlite::{Connection, OptionalExtension, Params, params};

use crate::engine::Event;

/// The version of all that stands below, in `PRAGMA user_version`.
pub(super) const SCHEMA: i64 = 2;
/// "wsum" in `PRAGMA application_id`.
pub(super) const APPLICATION: i64 = 0x7773_756d;

/// What belongs to the file and the role. A role's state and records are secrets.
pub(super) const OWN: &str = "
CREATE TABLE meta(key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE state(one INTEGER PRIMARY KEY CHECK (one = 1), bytes BLOB NOT NULL) STRICT;
CREATE TABLE record(sequence INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;
CREATE TABLE audit(sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, event TEXT NOT NULL, hash BLOB NOT NULL) STRICT;
CREATE TRIGGER audit_stands BEFORE UPDATE ON audit BEGIN SELECT raise(ABORT, 'the audit log is not changed'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT raise(ABORT, 'the audit log is not cut'); END;
";

/// What events make. Times are milliseconds since 1970; `value` is a JSON list, one number a channel.
pub(super) const MADE: &str = "
CREATE TABLE epoch(epoch INTEGER PRIMARY KEY, first_round INTEGER NOT NULL, last_round INTEGER NOT NULL,
  meters INTEGER NOT NULL, answerers INTEGER NOT NULL, roster TEXT NOT NULL, context TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE TABLE round(round INTEGER PRIMARY KEY, opened INTEGER, present INTEGER, closed INTEGER, pass INTEGER,
  meters INTEGER) STRICT;
CREATE TABLE absent(round INTEGER, meter INTEGER, PRIMARY KEY(round, meter)) STRICT, WITHOUT ROWID;
CREATE TABLE missing(round INTEGER, pass INTEGER, meter INTEGER, PRIMARY KEY(round, pass, meter)) STRICT, WITHOUT ROWID;
CREATE TABLE repair(round INTEGER, meter INTEGER, time INTEGER NOT NULL, PRIMARY KEY(round, meter)) STRICT, WITHOUT ROWID;
CREATE TABLE sum(round INTEGER PRIMARY KEY, meters INTEGER NOT NULL, value TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE TABLE lost(round INTEGER PRIMARY KEY, why TEXT NOT NULL, time INTEGER NOT NULL) STRICT;
CREATE TABLE bill(first_round INTEGER, rounds INTEGER, meter INTEGER, value TEXT NOT NULL, time INTEGER NOT NULL,
  PRIMARY KEY(first_round, rounds, meter)) STRICT, WITHOUT ROWID;
CREATE TABLE member(sequence INTEGER PRIMARY KEY, round INTEGER NOT NULL, party INTEGER NOT NULL, what TEXT NOT NULL) STRICT;
CREATE TABLE topology(sequence INTEGER PRIMARY KEY, round INTEGER NOT NULL, what TEXT NOT NULL) STRICT;
CREATE TABLE fault(sequence INTEGER PRIMARY KEY, round INTEGER NOT NULL, party INTEGER NOT NULL, what TEXT NOT NULL) STRICT;
";

/// Sums, losses and bills stand for ever, whatever a later program has in mind.
pub(super) const GUARDS: &str = "
CREATE TRIGGER sum_stands BEFORE UPDATE ON sum BEGIN SELECT raise(ABORT, 'a sum is not changed'); END;
CREATE TRIGGER sum_stays BEFORE DELETE ON sum BEGIN SELECT raise(ABORT, 'a sum is not removed'); END;
CREATE TRIGGER sum_or_lost BEFORE INSERT ON lost WHEN EXISTS (SELECT 1 FROM sum WHERE round = new.round)
  BEGIN SELECT raise(ABORT, 'the round has a sum'); END;
CREATE TRIGGER lost_or_sum BEFORE INSERT ON sum WHEN EXISTS (SELECT 1 FROM lost WHERE round = new.round)
  BEGIN SELECT raise(ABORT, 'the round is lost'); END;
CREATE TRIGGER bill_stands BEFORE UPDATE ON bill BEGIN SELECT raise(ABORT, 'a bill is not changed'); END;
";

/// The tables of [`MADE`], to be compared.
pub(super) const TABLES: [&str; 11] =
    ["epoch", "round", "absent", "missing", "repair", "sum", "lost", "bill", "member", "topology", "fault"];

/// What an event did.
pub(super) enum Applied {
    /// It is in the tables, and belongs into the log.
    New,
    /// Recorded before, word for word.
    Again,
    /// Not recorded: it contradicts what is.
    Contradicts(String),
}

/// Puts an event into the tables.
pub(super) fn apply(db: &Connection, sequence: u64, time: u64, event: &Event) -> rusqlite::Result<Applied> {
    let (sequence, time) = (signed(sequence), signed(time));
    match event {
        Event::Epoch { epoch, first_round, last_round, meters, answerers, roster, context } => {
            let row = params![epoch, first_round, last_round, meters, answerers, context, roster];
            let same = "SELECT (first_round, last_round, meters, answerers, context, roster) = (?2, ?3, ?4, ?5, ?6, ?7) \
                        FROM epoch WHERE epoch = ?1";
            if let Some(told) = before(db, same, row)? {
                return Ok(again(told, || format!("another epoch {epoch}")));
            }
            let row = params![epoch, first_round, last_round, meters, answerers, roster, context, time];
            run(db, "INSERT INTO epoch VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", row)?;
        }
        Event::Opened { round, present, absent } => {
            let opened = "INSERT INTO round(round, opened, present) VALUES (?1, ?2, ?3) \
                          ON CONFLICT DO UPDATE SET opened = coalesce(opened, ?2), present = ?3";
            run(db, opened, params![round, time, present])?;
            run(db, "DELETE FROM absent WHERE round = ?1", [round])?;
            for meter in absent {
                run(db, "INSERT OR IGNORE INTO absent VALUES (?1, ?2)", [round, meter])?;
            }
        }
        Event::Closed { round, pass, last: _, meters, missing } => {
            let closed = "INSERT INTO round(round, closed, pass, meters) VALUES (?1, ?2, ?3, ?4) \
                          ON CONFLICT DO UPDATE SET closed = ?2, pass = ?3, meters = ?4";
            run(db, closed, params![round, time, pass, meters])?;
            run(db, "DELETE FROM missing WHERE round = ?1 AND pass = ?2", params![round, pass])?;
            for meter in missing {
                run(db, "INSERT OR IGNORE INTO missing VALUES (?1, ?2, ?3)", params![round, pass, meter])?;
            }
        }
        Event::Repaired { round, meter } => {
            run(db, "INSERT OR IGNORE INTO repair VALUES (?1, ?2, ?3)", params![round, meter, time])?;
        }
        Event::Sum { round, meters, values } => {
            let value = list(values);
            if before(db, "SELECT 1 FROM lost WHERE round = ?1", [round])?.is_some() {
                return Ok(Applied::Contradicts(format!("a sum of round {round}, which is lost")));
            }
            let same = "SELECT (meters, value) = (?2, ?3) FROM sum WHERE round = ?1";
            if let Some(told) = before(db, same, params![round, meters, value])? {
                return Ok(again(told, || format!("a second sum of round {round}")));
            }
            run(db, "INSERT INTO sum VALUES (?1, ?2, ?3, ?4)", params![round, meters, value, time])?;
        }
        Event::Lost { round, why } => {
            if before(db, "SELECT 1 FROM sum WHERE round = ?1", [round])?.is_some() {
                return Ok(Applied::Contradicts(format!("the loss of round {round}, which has a sum")));
            }
            // Whatever the reason of the second time.
            if before(db, "SELECT 1 FROM lost WHERE round = ?1", [round])?.is_some() {
                return Ok(Applied::Again);
            }
            run(db, "INSERT INTO lost VALUES (?1, ?2, ?3)", params![round, why, time])?;
        }
        Event::Bill { first_round, rounds, meter, values } => {
            let value = list(values);
            let same = "SELECT value = ?4 FROM bill WHERE first_round = ?1 AND rounds = ?2 AND meter = ?3";
            if let Some(told) = before(db, same, params![first_round, rounds, meter, value])? {
                return Ok(again(told, || {
                    format!("a second bill of meter {meter} from round {first_round}")
                }));
            }
            let row = params![first_round, rounds, meter, value, time];
            run(db, "INSERT INTO bill VALUES (?1, ?2, ?3, ?4, ?5)", row)?;
        }
        Event::Member { round, party, what } => {
            run(db, "INSERT INTO member VALUES (?1, ?2, ?3, ?4)", params![sequence, round, party, what])?;
        }
        Event::Topology { round, what } => {
            run(db, "INSERT INTO topology VALUES (?1, ?2, ?3)", params![sequence, round, what])?;
        }
        Event::Fault { round, party, what } => {
            run(db, "INSERT INTO fault VALUES (?1, ?2, ?3, ?4)", params![sequence, round, party, what])?;
        }
    }
    Ok(Applied::New)
}

/// Whether a fault is recorded.
pub(super) fn has_fault(db: &Connection, event: &Event) -> rusqlite::Result<bool> {
    let Event::Fault { round, party, what } = event else { return Ok(false) };
    let same = "SELECT 1 FROM fault WHERE round = ?1 AND party = ?2 AND what = ?3";
    Ok(before(db, same, params![round, party, what])?.is_some())
}

/// As SQLite has it; times and counts do not get so large.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn again(same: bool, other: impl FnOnce() -> String) -> Applied {
    if same { Applied::Again } else { Applied::Contradicts(other()) }
}

fn list(values: &[i64]) -> String {
    let numbers: Vec<String> = values.iter().map(i64::to_string).collect();
    format!("[{}]", numbers.join(","))
}

fn run(db: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute(params).map(drop)
}

fn before(db: &Connection, sql: &str, params: impl Params) -> rusqlite::Result<Option<bool>> {
    db.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()
}
