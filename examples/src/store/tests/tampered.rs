//! `wattsum audit` on databases that somebody had his hands in.
#![allow(clippy::arithmetic_side_effects, reason = "a test that fails here shall panic")]

use rusqlite::Connection;

use super::*;
use crate::store::Database;
use crate::store::audit::{Report, verify};

/// What `wattsum audit` finds.
pub(super) fn audit(path: &Path) -> Report {
    verify(&Connection::open(path).unwrap(), None).unwrap()
}

/// A database with all kinds of events, closed.
fn recorded(disk: &Disk) -> PathBuf {
    let path = disk.path("utility.db");
    let mut database = Database::open(&path, &disk.owner).unwrap();
    let event = Change::Event;
    let epoch = Event::Epoch {
        epoch: 0,
        first_round: 0,
        last_round: 671,
        meters: 5,
        answerers: 4,
        roster: "1-5".into(),
        context: "a\"b".into(),
    };
    database.commit(5, &[state(b"secret"), event(epoch)]).unwrap();
    for round in 0..10 {
        let opened = Event::Opened { round, present: 4, absent: vec![5] };
        let closed = Event::Closed { round, pass: 0, last: false, meters: 3, missing: vec![2] };
        database
            .commit(10, &[event(opened), event(closed), event(Event::Repaired { round, meter: 3 })])
            .unwrap();
        let closed = Event::Closed { round, pass: 1, last: true, meters: 3, missing: vec![] };
        database.commit(11, &[event(closed), sum(round, i64::from(round) * 10)]).unwrap();
    }
    let rest = [
        Event::Lost { round: 10, why: "too few".into() },
        Event::Bill { first_round: 0, rounds: 8, meter: 1, values: vec![3, -4] },
        Event::Member { round: 4, party: 3, what: "returned".into() },
        Event::Topology { round: 4, what: "meter 3 is concentrator".into() },
        Event::Fault { round: 4, party: 2, what: "bad proof".into() },
    ];
    database.commit(12, &rest.map(event)).unwrap();
    path
}

/// Opens the database without what guards it.
fn unguarded(path: &Path) -> Connection {
    let db = Connection::open(path).unwrap();
    for trigger in ["audit_stands", "audit_stays", "sum_stands", "sum_stays", "bill_stands"] {
        db.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    db
}

#[test]
fn a_sound_database_is_sound() {
    let disk = Disk::new();
    let path = recorded(&disk);
    let report = audit(&path);
    assert_eq!((report.rows, &report.problems), (56, &vec![]));
    let counts: Vec<u64> = report.counts.iter().map(|(_, count)| *count).collect();
    assert_eq!(counts, [1, 10, 10, 10, 10, 10, 1, 1, 1, 1, 1]);
    let db = Connection::open(&path).unwrap();
    for guarded in [
        "UPDATE audit SET time = 0",
        "DELETE FROM audit",
        "UPDATE sum SET value = 0",
        "DELETE FROM sum",
        "UPDATE bill SET value = 0",
        "INSERT INTO lost VALUES (3, '', 0)",
        "INSERT INTO sum VALUES (10, 5, '[1]', 0)",
    ] {
        db.execute(guarded, []).unwrap_err();
    }
}

#[test]
fn every_tampering_is_named() {
    let disk = Disk::new();
    let path = recorded(&disk);
    let sound = std::fs::read(&path).unwrap();
    let cases = [
        ("UPDATE audit SET event = replace(event, '[20]', '[21]')", "row 16 is not what"),
        ("UPDATE audit SET time = time + 1 WHERE sequence = 7", "row 7 is not what"),
        ("UPDATE audit SET hash = zeroblob(32) WHERE sequence = 7", "row 8 is not what"),
        ("UPDATE audit SET event = '{}' WHERE sequence = 7", "row 7 holds no event"),
        ("UPDATE audit SET event = replace(event, ':', ': ') WHERE sequence = 7", "row 7 holds no event"),
        ("DELETE FROM audit WHERE sequence = 9", "row 9 is missing"),
        ("DELETE FROM audit WHERE sequence = 1", "row 1 is missing"),
        ("DELETE FROM audit WHERE sequence > 50", "the log ends with row 50"),
        ("DELETE FROM audit WHERE sequence > 50; UPDATE meta SET value = 50 WHERE key = 'rows'", "the log ends with row 50"),
        (
            "DELETE FROM audit WHERE sequence > 50; UPDATE meta SET value = 50 WHERE key = 'rows';
             UPDATE meta SET value = (SELECT hash FROM audit WHERE sequence = 50) WHERE key = 'head'",
            "table",
        ),
        (
            "UPDATE audit SET sequence = -1 WHERE sequence = 5; UPDATE audit SET sequence = 5 WHERE sequence = 6;
             UPDATE audit SET sequence = 6 WHERE sequence = -1",
            "row 5 is not what",
        ),
        (
            "INSERT INTO audit SELECT 57, time, event, hash FROM audit WHERE sequence = 56",
            "row 57 is not what",
        ),
        ("UPDATE sum SET value = '[1]' WHERE round = 4", "table sum differs from the log: its row is of 4"),
        ("DELETE FROM sum WHERE round = 9", "table sum differs from the log: its row is of none, the log's of 9"),
        ("INSERT INTO sum VALUES (99, 5, '[1]', 0)", "table sum differs from the log: its row is of 99"),
        ("DELETE FROM missing", "table missing differs"),
        ("UPDATE bill SET value = '[3,-5]'", "table bill differs"),
        ("UPDATE meta SET value = 'other' WHERE key = 'deployment'", "row 1 is not what"),
        ("UPDATE meta SET value = zeroblob(32) WHERE key = 'session'", "row 1 is not what"),
    ];
    for (tampering, named) in cases {
        let _ = std::fs::remove_file(disk.path("utility.db-wal"));
        let _ = std::fs::remove_file(disk.path("utility.db-shm"));
        std::fs::write(&path, &sound).unwrap();
        unguarded(&path).execute_batch(tampering).unwrap();
        let report = audit(&path);
        assert!(
            report.problems.iter().any(|what| what.contains(named)),
            "{tampering}: {:?}",
            report.problems
        );
    }
}

#[test]
fn a_log_without_its_end_is_not_gone_on_with() {
    let disk = Disk::new();
    let path = recorded(&disk);
    unguarded(&path).execute_batch("DELETE FROM audit WHERE sequence = 56").unwrap();
    assert!(is_damaged(Database::open(&path, &disk.owner)).contains("ends with row 55"));
}

#[test]
fn a_chain_made_anew_is_shown_by_a_head_noted_elsewhere_only() {
    let disk = Disk::new();
    let path = recorded(&disk);
    let noted = audit(&path).head;
    let check = |path: &Path| verify(&Connection::open(path).unwrap(), Some(&noted)).unwrap().problems;
    assert!(check(&path).is_empty());
    let mut database = Database::open(&path, &disk.owner).unwrap();
    database.commit(13, &[sum(11, 1)]).unwrap();
    drop(database);
    assert!(check(&path).is_empty(), "it is one of the chain");
    // The whole history again, with another sum, by one who may write the file.
    let forged = Disk::new();
    let other = recorded(&forged);
    let mut database = Database::open(&other, &forged.owner).unwrap();
    database.commit(13, &[sum(11, 2)]).unwrap();
    drop(database);
    assert!(check(&other).is_empty(), "the same up to the noted head");
    let (one, two) = (audit(&path).head, audit(&other).head);
    assert_ne!(one, two);
    let report = verify(&Connection::open(&other).unwrap(), Some(&one)).unwrap();
    assert!(report.problems[0].contains("the noted head is not in the chain"));
}
