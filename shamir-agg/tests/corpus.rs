//! The bodies of the fuzz targets on their seeds and on the committed corpus: on any toolchain, without a fuzzer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "../fuzz/src/lib.rs"]
mod fuzz;
#[path = "../../meter-link/tests/corpus/replay.rs"]
mod replay;

use std::collections::BTreeSet;
use std::fs;

use replay::{folder, plant, replay};

#[test]
fn bytes() {
    for (name, bytes) in fuzz::seeds::bytes() {
        assert!(fuzz::bytes::taken(&bytes), "seed {name} is refused");
    }
    replay("bytes", fuzz::bytes::run);
}

#[test]
fn roles() {
    assert!(fuzz::seeds::told_bills());
    fuzz::seeds::roles().iter().for_each(|(_, bytes)| fuzz::roles::run(bytes));
    replay("roles", fuzz::roles::run);
}

/// What the corpus is kept for.
#[test]
fn the_corpus_comes_everywhere() {
    let games = fs::read_dir(folder("roles")).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let mut all = fuzz::roles::Seen::default();
    for mut seen in games.map(|bytes| fuzz::roles::play(&bytes)) {
        all.sums += seen.sums;
        all.checked_sums += seen.checked_sums;
        all.bills += seen.bills;
        all.checked_bills += seen.checked_bills;
        all.raw_answers += seen.raw_answers;
        all.lies_taken += seen.lies_taken;
        all.lies_shown += seen.lies_shown;
        all.caught_up += seen.caught_up;
        all.restarts += seen.restarts;
        all.refused.append(&mut seen.refused);
    }
    let refused: BTreeSet<String> = all.refused.drain(..).map(|error| format!("{error:?}")).collect();
    let least = [all.sums, all.checked_sums, all.bills, all.checked_bills, all.raw_answers, all.caught_up];
    assert!(least.iter().all(|count| *count >= 5), "{all:?}");
    assert!(all.lies_taken.min(all.lies_shown).min(all.restarts) >= 2, "{all:?}");
    for fault in [
        "BadSignature",
        "ChainBroken",
        "Contradiction",
        "NotBillable",
        "NotExpected",
        "NotInQuorum",
        "RoundClosed",
        "RoundFarFromNow",
        "SetTooSmall",
        "TooManyChanges",
        "WindowOpen",
        "WrongSet",
    ] {
        assert!(refused.iter().any(|error| error.contains(fault)), "{fault} is not in {refused:?}");
    }
}

#[test]
fn meter() {
    replay("meter", fuzz::meter::run);
}

/// `cargo test -p shamir-agg --test corpus seeds -- --ignored` puts the seeds where a fuzzer finds them.
#[test]
#[ignore = "writes into the corpus"]
fn seeds() {
    for (target, seeds) in
        [("bytes", fuzz::seeds::bytes()), ("roles", fuzz::seeds::roles()), ("meter", fuzz::seeds::meter())]
    {
        plant(target, seeds);
    }
}
