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

#[test]
fn meter() {
    // A meter that is concentrator of the first ring has a tape that says little.
    let taken: Vec<usize> = fuzz::seeds::meter().iter().map(|(_, bytes)| fuzz::meter::play(bytes)).collect();
    assert!(taken.iter().filter(|count| **count >= 5).count() >= 6, "{taken:?}");
    replay("meter", fuzz::meter::run);
}

/// What the corpus is kept for.
#[test]
fn the_corpus_comes_everywhere() {
    let games = fs::read_dir(folder("roles")).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let mut all = fuzz::roles::Seen::default();
    for mut seen in games.map(|bytes| fuzz::roles::play(&bytes)) {
        all.rings += seen.rings;
        all.sums += seen.sums;
        all.lost += seen.lost;
        all.claims += seen.claims;
        all.elected += seen.elected;
        all.handed_over += seen.handed_over;
        all.healed += seen.healed;
        all.restarts += seen.restarts;
        all.believed += seen.believed;
        all.refused.append(&mut seen.refused);
    }
    let refused: BTreeSet<String> = all.refused.drain(..).map(|error| format!("{error:?}")).collect();
    let least = [all.rings, all.sums, all.lost, all.claims, all.restarts];
    assert!(least.iter().all(|count| *count >= 10), "{all:?}");
    let few = [all.elected, all.handed_over, all.healed, all.believed];
    assert!(few.iter().all(|count| *count >= 1), "{all:?}");
    for fault in [
        "BadLicence",
        "NotConcentrator",
        "NotExpected",
        "NotInSet",
        "OutOfOrder",
        "Quorum",
        "TermOver",
        "TimeAlreadyUsed",
        "TooEarly",
        "UnknownSender",
        "WrongGeneration",
    ] {
        assert!(refused.iter().any(|error| error.contains(fault)), "{fault} is not in {refused:?}");
    }
}

/// `cargo test -p cmt-ring --test corpus seeds -- --ignored` puts the seeds where a fuzzer finds them.
#[test]
#[ignore = "writes into the corpus"]
fn seeds() {
    for (target, seeds) in
        [("bytes", fuzz::seeds::bytes()), ("roles", fuzz::seeds::roles()), ("meter", fuzz::seeds::meter())]
    {
        plant(target, seeds);
    }
}
