//! A disk that is full, for real where the test may mount one; else a limit on the size of files.

use std::fs;
use std::process::Command;

use super::*;
use crate::store::{Database, Journal};

/// A file system of 512 KiB; `None` where this is not allowed.
struct Small(PathBuf);

impl Small {
    fn mount(disk: &Disk) -> Option<Self> {
        let at = disk.path("small");
        fs::create_dir(&at).unwrap();
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", "size=512k", "tmpfs"]).arg(&at).output();
        if mount.is_ok_and(|done| done.status.success()) {
            return Some(Self(at));
        }
        println!("not run: mounting a small file system needs root");
        None
    }

    /// Takes all space but so many bytes.
    fn fill(&self) {
        let mut filler = fs::File::create(self.0.join("filler")).unwrap();
        let kilobyte = [1_u8; 1024];
        while std::io::Write::write_all(&mut filler, &kilobyte).is_ok() {}
    }

    fn free(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[track_caller]
fn is_full<T>(result: Result<T, StoreError>) {
    let error = result.map(drop).unwrap_err();
    let text = error.to_string();
    assert!(!error.is_lasting(), "{text}");
    assert!(text.contains("No space left") || text.contains("full"), "{text}");
}

#[test]
fn a_journal_on_a_full_disk_keeps_what_it_had_and_goes_on_later() {
    let disk = Disk::new();
    let Some(small) = Small::mount(&disk) else { return };
    let path = small.0.join("meter.journal");
    let mut journal = Journal::open(&path, &disk.owner).unwrap();
    journal.commit(&[state(b"state"), record(b"one")]).unwrap();
    small.fill();
    // Larger than what is left of the last page.
    let large = [b'x'; 20_000];
    is_full(journal.commit(&[record(b"two"), record(&large)]));
    assert!(
        matches!(journal.commit(&[record(b"3")]), Err(StoreError::NotLoaded)),
        "not before it was loaded"
    );
    assert_eq!(text(journal.load().unwrap()), kept("state", &["one"]), "nothing of a commit that failed");
    is_full(journal.commit(&[state(&large)]));
    assert_eq!(text(journal.load().unwrap()), kept("state", &["one"]));
    assert!(!path.with_extension("journal.new").exists(), "no space is taken up by the failure");
    drop(journal);
    small.free();
    let mut journal = Journal::open(&path, &disk.owner).unwrap();
    assert_eq!(text(journal.load().unwrap()), kept("state", &["one"]));
    journal.commit(&[record(b"two")]).unwrap();
    assert_eq!(text(journal.load().unwrap()), kept("state", &["one", "two"]));
}

#[test]
fn a_database_on_a_full_disk_keeps_what_it_had_and_goes_on_later() {
    let disk = Disk::new();
    let Some(small) = Small::mount(&disk) else { return };
    let path = small.0.join("utility.db");
    let mut database = Database::open(&path, &disk.owner).unwrap();
    database.commit(1, &[state(b"state"), record(b"one"), sum(1, 10)]).unwrap();
    small.fill();
    let large = [b'x'; 100_000];
    is_full(database.commit(2, &[record(&large), sum(2, 20)]));
    assert!(matches!(database.commit(3, &[sum(2, 20)]), Err(StoreError::NotLoaded)));
    small.free();
    assert_eq!(text(database.load().unwrap()), kept("state", &["one"]));
    database.commit(4, &[record(b"two"), sum(2, 21)]).unwrap();
    assert_eq!(text(database.load().unwrap()), kept("state", &["one", "two"]));
    drop(database);
    let report = super::tampered::audit(&path);
    assert_eq!((report.rows, report.problems), (2, vec![]));
}
