//! The bodies of the fuzz targets on their seeds and on the committed corpus: on any toolchain, without a fuzzer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "../fuzz/src/lib.rs"]
mod fuzz;
#[path = "../../meter-link/tests/corpus/replay.rs"]
mod replay;

use std::collections::BTreeSet;
use std::fs;

use fuzz::setting;
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
        all.bills += seen.bills;
        all.shares += seen.shares;
        all.bill_shares += seen.bill_shares;
        all.lies += seen.lies;
        all.caught_up += seen.caught_up;
        all.restarts += seen.restarts;
        all.refused.append(&mut seen.refused);
    }
    let refused: BTreeSet<String> = all.refused.drain(..).map(|error| format!("{error:?}")).collect();
    let least = [all.sums, all.bills, all.shares, all.bill_shares, all.lies, all.caught_up, all.restarts];
    assert!(least.iter().all(|count| *count >= 3), "{all:?}");
    let wanted = [
        "BadKnowledge",
        "BadSignature",
        "ChainBroken",
        "Contradiction",
        "NotBillable",
        "NotExpected",
        "NotInQuorum",
        "OutOfOrder",
        "Quorum {",
        "RoundClosed",
        "RoundFarFromNow",
        "SetTooSmall",
        "TooManyChanges",
        "WindowOpen",
        "WrongList",
        "WrongSet",
    ];
    let missing = wanted.iter().filter(|fault| !refused.iter().any(|error| error.contains(**fault)));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new(), "not in {refused:?}");
}

/// The same of ceremonies.
#[test]
fn ceremonies() {
    fuzz::seeds::ceremony().iter().for_each(|(_, bytes)| fuzz::ceremony::run(bytes));
    replay("ceremony", fuzz::ceremony::run);
    let games = fs::read_dir(folder("ceremony")).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let mut all = fuzz::ceremony::Seen::default();
    for seen in games.map(|bytes| fuzz::ceremony::play(&bytes)) {
        all.finished += seen.finished;
        all.opened += seen.opened;
        all.complaints += seen.complaints;
        all.verdicts += seen.verdicts;
        all.contradictions += seen.contradictions;
        all.disputes += seen.disputes;
        all.restarts += seen.restarts;
    }
    let least = [
        all.finished,
        all.opened,
        all.complaints,
        all.verdicts,
        all.contradictions,
        all.disputes,
        all.restarts,
    ];
    assert!(least.iter().all(|count| *count >= 2), "{all:?}");
}

#[test]
fn meter() {
    replay("meter", fuzz::meter::run);
}

/// `cargo test -p threshold-elgamal --test corpus seeds -- --ignored` puts the seeds where a fuzzer finds them.
#[test]
#[ignore = "writes into the corpus"]
fn seeds() {
    for (target, seeds) in [
        ("bytes", fuzz::seeds::bytes()),
        ("roles", fuzz::seeds::roles()),
        ("ceremony", fuzz::seeds::ceremony()),
        ("meter", fuzz::seeds::meter()),
    ] {
        plant(target, seeds);
    }
}
