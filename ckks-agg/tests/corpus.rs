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
        all.shares += seen.shares;
        all.lies += seen.lies;
        all.restarts += seen.restarts;
        all.ceremonies += seen.ceremonies;
        all.refused.append(&mut seen.refused);
    }
    let refused: BTreeSet<String> = all.refused.drain(..).map(|error| format!("{error:?}")).collect();
    let least = [all.sums, all.shares, all.lies, all.restarts, all.ceremonies];
    assert!(least.iter().all(|count| *count >= 1), "{all:?}");
    let wanted = [
        "AnsweredBefore",
        "BadCiphertext",
        "BadSeal",
        "BadShare",
        "BadSignature",
        "Contradiction",
        "Inconsistent",
        "NotCommitted",
        "NotExpected",
        "NotInOpen",
        "OutOfOrder",
        "Quorum {",
        "RoundFarFromNow",
        "WrongCommitment",
        "WrongList",
        "WrongSet",
    ];
    let missing = wanted.iter().filter(|fault| !refused.iter().any(|error| error.contains(**fault)));
    assert_eq!(missing.collect::<Vec<_>>(), Vec::<&&str>::new(), "not in {refused:?}");
}

/// `cargo test -p ckks-agg --test corpus seeds -- --ignored` puts the seeds where a fuzzer finds them.
#[test]
#[ignore = "writes into the corpus"]
fn seeds() {
    plant("bytes", fuzz::seeds::bytes());
    plant("roles", fuzz::seeds::roles());
}
