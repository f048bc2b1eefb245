//! The journal of one party: restarts, torn commits, damage.

use std::fs;

use super::*;
use crate::store::Journal;

/// A journal with a state, two commits behind it, and the length before the last.
fn three_commits(disk: &Disk) -> (PathBuf, usize) {
    let path = disk.path("meter-12.journal");
    let mut journal = Journal::open(&path, &disk.owner).unwrap();
    assert!(journal.load().unwrap().is_none());
    journal.commit(&[record(b"lost with the state"), state(b"state"), record(b"one")]).unwrap();
    journal.commit(&[record(b"two")]).unwrap();
    let before = fs::metadata(&path).unwrap().len();
    journal.commit(&[record(b"three"), sum(4, 9), record(&[b'4'; 1500])]).unwrap();
    (path, usize::try_from(before).unwrap())
}

#[test]
fn what_was_committed_is_there_after_a_restart() {
    let disk = Disk::new();
    let (path, _) = three_commits(&disk);
    let four = "4".repeat(1500);
    for _ in 0..3 {
        let mut journal = Journal::open(&path, &disk.owner).unwrap();
        let all = kept("state", &["one", "two", "three", &four]);
        assert_eq!(text(journal.load().unwrap()), all);
        assert_eq!(text(journal.load().unwrap()), all, "a second time");
    }
    assert_eq!(mode(&path), 0o600);
    let mut journal = Journal::open(&path, &disk.owner).unwrap();
    assert_eq!(journal.commit(&[sum(1, 2)]).unwrap(), 0, "events are for the utility's database");
    let before = fs::metadata(&path).unwrap().len();
    journal.commit(&[record(b"x"), state(b"new")]).unwrap();
    journal.commit(&[record(b"five")]).unwrap();
    assert!(fs::metadata(&path).unwrap().len() < before, "a state makes the file small again");
    assert_eq!(mode(&path), 0o600);
    drop(journal);
    let mut journal = Journal::open(&path, &disk.owner).unwrap();
    assert_eq!(text(journal.load().unwrap()), kept("new", &["five"]));
}

#[test]
fn a_commit_torn_at_any_byte_is_cut_off_and_the_journal_goes_on() {
    let disk = Disk::new();
    let (path, before) = three_commits(&disk);
    let whole = fs::read(&path).unwrap();
    for length in before..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let mut journal = Journal::open(&path, &disk.owner).unwrap();
        assert_eq!(text(journal.load().unwrap()), kept("state", &["one", "two"]), "cut at {length}");
        assert_eq!(fs::metadata(&path).unwrap().len(), before as u64);
        journal.commit(&[record(b"again")]).unwrap();
        drop(journal);
        let mut journal = Journal::open(&path, &disk.owner).unwrap();
        assert_eq!(text(journal.load().unwrap()), kept("state", &["one", "two", "again"]));
    }
}

#[test]
fn sectors_that_were_never_written_are_torn_too() {
    let disk = Disk::new();
    let (path, before) = three_commits(&disk);
    let whole = fs::read(&path).unwrap();
    let mut tried = 0;
    let mut from = before;
    while from < whole.len() {
        let to = whole.len().min((from / 512 + 1) * 512);
        let mut bytes = whole.clone();
        bytes[from..to].fill(0);
        fs::write(&path, bytes).unwrap();
        let mut journal = Journal::open(&path, &disk.owner).unwrap();
        assert_eq!(text(journal.load().unwrap()), kept("state", &["one", "two"]), "{from}..{to} not written");
        (from, tried) = (to, tried + 1);
    }
    assert!(tried >= 3, "{tried} sectors");
}

#[test]
fn a_changed_byte_anywhere_is_damage() {
    let disk = Disk::new();
    let (path, before) = three_commits(&disk);
    let whole = fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, &bytes).unwrap();
        is_damaged(Journal::open(&path, &disk.owner));
        assert_eq!(fs::read(&path).unwrap(), bytes, "the file is left as evidence");
    }
    // A block left out, moved, or there twice.
    let last = &whole[before..];
    let first = &whole[..before];
    is_damaged_bytes(&disk, &path, &[first, last, last].concat());
    is_damaged_bytes(&disk, &path, &[&whole[..84], last].concat());
    let mut zeros = whole.clone();
    zeros[100..before].fill(0);
    is_damaged_bytes(&disk, &path, &zeros);
    is_damaged_bytes(&disk, &path, &whole[..50]);
    is_damaged_bytes(&disk, &path, b"");
}

#[track_caller]
fn is_damaged_bytes(disk: &Disk, path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    is_damaged(Journal::open(path, &disk.owner));
}

#[test]
fn one_process_and_one_owner() {
    let disk = Disk::new();
    let (path, _) = three_commits(&disk);
    let open = Journal::open(&path, &disk.owner).unwrap();
    assert!(matches!(Journal::open(&path, &disk.owner), Err(StoreError::InUse { .. })));
    drop(open);
    let others = [
        Owner { deployment: "other".into(), ..disk.owner.clone() },
        Owner { session: [8; 32], ..disk.owner.clone() },
        Owner { party: PartyId(13), ..disk.owner.clone() },
    ];
    for other in others {
        let refused = Journal::open(&path, &other).map(drop).unwrap_err();
        assert!(matches!(refused, StoreError::Foreign { .. }) && refused.is_lasting(), "{refused}");
    }
    Journal::open(&path, &disk.owner).unwrap();
}

#[test]
fn a_replacement_that_was_not_finished_is_nothing() {
    let disk = Disk::new();
    let (path, _) = three_commits(&disk);
    let all = text(Journal::open(&path, &disk.owner).unwrap().load().unwrap());
    fs::write(path.with_extension("journal.new"), b"half of a new file").unwrap();
    let mut journal = Journal::open(&path, &disk.owner).unwrap();
    assert_eq!(text(journal.load().unwrap()), all);
    journal.commit(&[state(b"new")]).unwrap();
    assert_eq!(text(journal.load().unwrap()), kept("new", &[]));
}
