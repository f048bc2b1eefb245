//! One journal for many meters.

use std::time::Instant;

use super::*;
use crate::store::Shared;

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// Opened once the writer of before has let go of it.
fn open(path: &Path, owner: &Owner) -> Shared {
    for _ in 0..200 {
        match Shared::open(path, owner) {
            Err(StoreError::InUse { .. }) => std::thread::sleep(std::time::Duration::from_millis(10)),
            other => return other.unwrap(),
        }
    }
    panic!("somebody keeps it open");
}

#[test]
fn a_thousand_meters_share_syncs_and_each_finds_its_own() {
    let disk = Disk::new();
    let path = disk.path("fleet.journal");
    let runtime = runtime();
    let shared = open(&path, &disk.owner);
    let began = Instant::now();
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for id in 1..=1000 {
            let mut member = shared.member(PartyId(id));
            tasks.push(tokio::spawn(async move {
                assert!(member.load().await.unwrap().is_none());
                member.commit(&[state(format!("state {id}").as_bytes())]).await.unwrap();
                for round in 0..5 {
                    member.commit(&[record(format!("{id}/{round}").as_bytes())]).await.unwrap();
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    println!("6000 commits in {:?}", began.elapsed());
    let size = std::fs::metadata(&path).unwrap().len();
    // A block has 48 bytes around it: with one a commit there would be more.
    assert!(
        size < 84 + 1000 * (9 + 10) + 5000 * (9 + 6) + 3000 * 48,
        "{size} bytes: no commits were put together"
    );
    drop(shared);
    let shared = open(&path, &disk.owner);
    runtime.block_on(async {
        for id in [1, 500, 1000] {
            let mut member = shared.member(PartyId(id));
            let records: Vec<String> = (0..5).map(|round| format!("{id}/{round}")).collect();
            let records: Vec<&str> = records.iter().map(String::as_str).collect();
            for _ in 0..2 {
                assert_eq!(text(member.load().await.unwrap()), kept(&format!("state {id}"), &records));
            }
        }
        assert!(shared.member(PartyId(1001)).load().await.unwrap().is_none());
    });
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn what_states_make_useless_is_dropped_once_it_is_much() {
    let disk = Disk::new();
    let path = disk.path("fleet.journal");
    let shared = open(&path, &disk.owner);
    let large = vec![b'x'; 1 << 20];
    runtime().block_on(async {
        let mut quiet = shared.member(PartyId(1));
        quiet.commit(&[state(b"quiet"), record(b"one")]).await.unwrap();
        let mut busy = shared.member(PartyId(2));
        for _ in 0..40 {
            busy.commit(&[state(&large), record(b"after")]).await.unwrap();
        }
        assert!(std::fs::metadata(&path).unwrap().len() < 18 << 20);
        assert_eq!(text(quiet.load().await.unwrap()), kept("quiet", &["one"]));
        assert_eq!(busy.load().await.unwrap().unwrap().records, [b"after"]);
        quiet.commit(&[record(b"two")]).await.unwrap();
    });
    drop(shared);
    let shared = open(&path, &disk.owner);
    let mut quiet = shared.member(PartyId(1));
    assert_eq!(text(runtime().block_on(quiet.load()).unwrap()), kept("quiet", &["one", "two"]));
}
