//! The utility's database: transactions, sums that stand, restarts.

use super::*;
use crate::store::Database;

#[test]
fn a_commit_is_there_after_a_restart_or_not_at_all() {
    let disk = Disk::new();
    let path = disk.path("utility.db");
    let mut database = Database::open(&path, &disk.owner).unwrap();
    assert!(database.load().unwrap().is_none());
    database.commit(1, &[record(b"zero"), state(b"state"), record(b"one"), sum(1, 100)]).unwrap();
    database.commit(2, &[record(b"two")]).unwrap();
    assert_eq!(text(database.load().unwrap()), kept("state", &["one", "two"]));
    assert_eq!((mode(&path), mode(&disk.path("utility.db-wal"))), (0o600, 0o600));
    // Killed: the connection is not closed, its journal is not played back.
    let copy = disk.path("copy.db");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::copy(disk.path("utility.db-wal"), disk.path("copy.db-wal")).unwrap();
    let mut again = Database::open(&copy, &disk.owner).unwrap();
    assert_eq!(text(again.load().unwrap()), kept("state", &["one", "two"]));
    again.commit(3, &[state(b"later"), sum(2, -5)]).unwrap();
    drop(again);
    let mut again = Database::open(&copy, &disk.owner).unwrap();
    assert_eq!(text(again.load().unwrap()), kept("later", &[]));
}

#[test]
fn a_torn_journal_of_the_database_loses_whole_commits_only() {
    let disk = Disk::new();
    let path = disk.path("utility.db");
    let mut database = Database::open(&path, &disk.owner).unwrap();
    let mut ends = Vec::new();
    for round in 0..4_u32 {
        database.commit(1, &[record(round.to_string().as_bytes()), sum(round, 7)]).unwrap();
        ends.push(std::fs::metadata(disk.path("utility.db-wal")).unwrap().len());
    }
    let (main, wal) = (std::fs::read(&path).unwrap(), std::fs::read(disk.path("utility.db-wal")).unwrap());
    let copy = disk.path("copy.db");
    for length in (0..wal.len()).step_by(1021).chain([wal.len()]) {
        std::fs::write(&copy, &main).unwrap();
        std::fs::write(disk.path("copy.db-wal"), &wal[..length]).unwrap();
        let _ = std::fs::remove_file(disk.path("copy.db-shm"));
        let mut again = Database::open(&copy, &disk.owner).unwrap();
        let records = again.load().unwrap().map_or(0, |kept| kept.records.len());
        let whole = ends.iter().filter(|end| usize::try_from(**end).unwrap() <= length).count();
        assert_eq!(records, whole, "cut at {length}");
        drop(again);
        let report = super::tampered::audit(&copy);
        assert_eq!((report.rows, report.problems), (whole as u64, vec![]));
    }
}

#[test]
fn one_sum_a_round_for_ever() {
    let disk = Disk::new();
    let path = disk.path("utility.db");
    let lost = |round: u32| Change::Event(Event::Lost { round, why: "too few meters".into() });
    let bill =
        |value: i64| Change::Event(Event::Bill { first_round: 0, rounds: 8, meter: 3, values: vec![value] });
    let mut database = Database::open(&path, &disk.owner).unwrap();
    database.commit(1, &[sum(1, 100), lost(2), bill(8)]).unwrap();
    database.commit(2, &[sum(1, 100), lost(2), bill(8), record(b"fine")]).unwrap();
    let other = Change::Event(Event::Sum { round: 1, meters: 6, values: vec![100] });
    let wrong = [sum(1, 101), other, sum(2, 5), lost(1), bill(9)];
    // What was recorded first stands; the rest of the commit is made, and the log says what was not recorded.
    for (wrong, rows) in wrong.into_iter().zip([4, 4, 5, 6, 7]) {
        let changes = [wrong, record(b"x")];
        for time in 3..6 {
            database.commit(time, &changes).unwrap();
        }
        let events = database.recent(100).unwrap();
        assert_eq!(events.len(), rows, "once each");
        let Some((3, Event::Fault { party: 0, what, .. })) = events.last() else { panic!("{events:?}") };
        assert!(what.starts_with("not recorded: "), "{what}");
    }
    database.commit(9, &[sum(3, 1), sum(3, 2), sum(4, 1)]).unwrap();
    // An epoch that is not the one of its number is not there at all.
    let epoch = |first_round: u32| {
        Change::Event(Event::Epoch {
            epoch: 1,
            first_round,
            last_round: 100,
            meters: 5,
            answerers: 0,
            roster: "1-5".into(),
            context: String::new(),
        })
    };
    database.commit(10, &[epoch(1), state(b"state")]).unwrap();
    let refused = database.commit(10, &[record(b"no"), epoch(2)]).unwrap_err();
    assert!(matches!(refused, StoreError::Contradiction { .. }) && !refused.is_lasting(), "{refused}");
    assert!(matches!(database.commit(10, &[record(b"no")]), Err(StoreError::NotLoaded)));
    assert_eq!(text(database.load().unwrap()), kept("state", &[]), "all or nothing");
    drop(database);
    let report = super::tampered::audit(&path);
    assert_eq!((report.rows, report.problems), (11, vec![]));
    let count = |table: &str| report.counts.iter().find(|(name, _)| name == table).unwrap().1;
    assert_eq!((count("sum"), count("lost"), count("bill"), count("fault")), (3, 1, 1, 5));
}

#[test]
fn what_is_not_this_deployments_database_is_refused() {
    let disk = Disk::new();
    let path = disk.path("utility.db");
    let open = Database::open(&path, &disk.owner).unwrap();
    assert!(matches!(Database::open(&path, &disk.owner), Err(StoreError::InUse { .. })));
    drop(open);
    let foreign = |path: &Path, owner: &Owner| match Database::open(path, owner) {
        Err(error @ StoreError::Foreign { .. }) => error.to_string(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("opened"),
    };
    let other = Owner { deployment: "other".into(), ..disk.owner.clone() };
    assert!(foreign(&path, &other).contains("of the deployment \"test\""));
    let other = Owner { session: [8; 32], ..disk.owner.clone() };
    assert!(foreign(&path, &other).contains("with other parameters"));
    let stranger = disk.path("stranger.db");
    let db = rusqlite::Connection::open(&stranger).unwrap();
    db.execute_batch("CREATE TABLE t(x); PRAGMA user_version = 3").unwrap();
    drop(db);
    assert!(foreign(&stranger, &disk.owner).contains("another program's"));
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    drop(db);
    assert!(foreign(&path, &disk.owner).contains("schema version 1"));
    std::fs::write(disk.path("text.db"), "this is a text and no database at all, whatever its name").unwrap();
    let refused = Database::open(&disk.path("text.db"), &disk.owner).map(drop).unwrap_err();
    assert!(refused.is_lasting(), "{refused}");
}
