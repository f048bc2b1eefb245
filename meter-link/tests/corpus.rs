//! The bodies of the fuzz targets on their seeds and on the committed corpus: on any toolchain, without a fuzzer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "../fuzz/src/lib.rs"]
mod fuzz;
#[path = "corpus/replay.rs"]
mod replay;

use std::collections::BTreeSet;
use std::fs;

use replay::{folder, plant, replay};

use meter_link::collect::Collection;
use meter_link::{Kind, Misuse, Protocol, Round};

#[test]
fn bytes() {
    for (name, bytes) in fuzz::seeds::bytes() {
        assert!(fuzz::bytes::taken(&bytes), "seed {name} is refused");
    }
    replay("bytes", fuzz::bytes::run);
}

#[test]
fn rounds() {
    replay("rounds", fuzz::rounds::run);
}

/// What the corpus is kept for.
#[test]
fn the_corpus_comes_everywhere() {
    let games = fs::read_dir(folder("rounds")).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let mut all = fuzz::rounds::Seen::default();
    for mut seen in games.map(|bytes| fuzz::rounds::play(&bytes)) {
        all.agreed += seen.agreed;
        all.caught_up += seen.caught_up;
        all.restarts += seen.restarts;
        all.honest += seen.honest;
        all.refused.append(&mut seen.refused);
    }
    let refused: BTreeSet<String> = all.refused.drain(..).map(|error| format!("{error:?}")).collect();
    assert!([all.agreed, all.caught_up, all.restarts, all.honest].iter().all(|count| *count >= 5), "{all:?}");
    for fault in [
        "ChainBroken",
        "Contradiction",
        "NotExpected",
        "NotInOpen",
        "NotInQuorum",
        "RoundClosed",
        "RoundFarFromNow",
        "SetTooSmall",
        "TooManyChanges",
        "WrongPass",
    ] {
        assert!(refused.iter().any(|error| error.contains(fault)), "{fault} is not in {refused:?}");
    }
}

#[test]
fn windows() {
    replay("windows", fuzz::windows::run);
}

/// `cargo test -p meter-link --test corpus seeds -- --ignored` puts the seeds where a fuzzer finds them.
#[test]
#[ignore = "writes into the corpus"]
fn seeds() {
    for (target, seeds) in [("bytes", fuzz::seeds::bytes()), ("rounds", fuzz::seeds::rounds())] {
        plant(target, seeds);
    }
}

/// Found by reading what the target `bytes` had found for contributions: rows were in before the sum was refused.
#[test]
fn a_sum_of_repairs_is_refused_before_anything_changes() {
    let world = fuzz::world::world(Protocol::Dcnet);
    let (head, here) = (world.head(), vec![true; fuzz::world::METERS as usize]);
    let round = Round::from(fuzz::world::FIRST);
    let mut repairs = Collection::new(head.parties(), round, Kind::Repair, 1, 1, here);
    let before = repairs.to_bytes().unwrap();
    // Nobody has sent here: context, kind, flags, round, set; then the sum, also of nobody.
    let mut bytes = before[..before.len() - 4 - 1].to_vec();
    bytes.push(1);
    bytes.extend(repairs.partial().unwrap().to_bytes().unwrap());
    // Meter 0 has.
    let (set, rows) = (38, 38 + 3);
    bytes[set + 1] |= 1;
    bytes.splice(rows..rows, [7, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend([0; 4]);
    fuzz::keyring::checked(&mut bytes);
    assert_eq!(repairs.merge_bytes(&bytes), Err(Misuse::OutOfOrder.into()));
    assert_eq!(repairs.to_bytes().unwrap(), before);
}
