//! Stores on real files: what survives, what is cut, and what is refused.

mod database;
mod full;
mod shared;
mod tampered;
mod torn;

use std::path::{Path, PathBuf};

use meter_link::PartyId;
use zeroize::Zeroizing;

use super::{Owner, StoreError};
use crate::engine::seat::Kept;
use crate::engine::{Change, Event};

/// A folder and whose stores are in it.
struct Disk {
    folder: tempfile::TempDir,
    owner: Owner,
}

impl Disk {
    fn new() -> Self {
        let owner = Owner { deployment: "test".into(), session: [7; 32], party: PartyId(12) };
        Self { folder: tempfile::tempdir().unwrap(), owner }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn record(bytes: &[u8]) -> Change {
    Change::Record(bytes.to_vec())
}

fn state(bytes: &[u8]) -> Change {
    Change::State(Zeroizing::new(bytes.to_vec()))
}

fn sum(round: u32, value: i64) -> Change {
    Change::Event(Event::Sum { round, meters: 5, values: vec![value] })
}

/// State and records, as text.
fn text(kept: Option<Kept>) -> Option<(Option<String>, Vec<String>)> {
    let string = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    kept.map(|kept| {
        (kept.state.map(|state| string(&state)), kept.records.iter().map(|bytes| string(bytes)).collect())
    })
}

fn kept(state: &str, records: &[&str]) -> Option<(Option<String>, Vec<String>)> {
    let records = records.iter().map(|&record| record.to_owned()).collect();
    Some(((!state.is_empty()).then(|| state.to_owned()), records))
}

fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[track_caller]
fn is_damaged<T>(result: Result<T, StoreError>) -> String {
    match result {
        Err(StoreError::Damaged { what, .. }) => what,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("nothing was found to be wrong"),
    }
}
