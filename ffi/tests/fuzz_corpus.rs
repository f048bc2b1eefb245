//! The bodies of the fuzz targets on their seeds and on the committed corpus: on any toolchain, without a fuzzer.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]
#![allow(clippy::cast_possible_truncation)] // tapes are bytes

#[path = "../fuzz/src/lib.rs"]
mod fuzz;
#[path = "../../meter-link/tests/corpus/replay.rs"]
mod replay;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use replay::{folder, plant, replay};

#[test]
fn calls() {
    for (name, bytes) in fuzz::seeds::calls() {
        let failed: Vec<_> =
            fuzz::calls::play(&bytes).into_iter().filter(|(_, status)| *status != 0).collect();
        assert!(failed.is_empty(), "{name}: {failed:?}");
    }
    replay("calls", fuzz::calls::run);
}

#[test]
fn received() {
    for (name, bytes) in fuzz::seeds::received() {
        let attacked = fuzz::received::play(&bytes);
        // The last of each story is not attacked.
        assert!(attacked.iter().all(|(_, status)| (0..=500).contains(status)), "{name}: {attacked:?}");
    }
    replay("received", fuzz::received::run);
}

/// Every export but those that give a text, so that a new one is not left out.
#[test]
fn every_export_is_in_the_table() {
    let mut declared = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = fs::read_to_string(path).unwrap();
            let exports = source.split("#[unsafe(no_mangle)]\n").skip(1);
            let exports =
                exports.map(|text| text.split_once("fn ").unwrap().1.split_once('(').unwrap().0.to_owned());
            declared
                .extend(exports.filter(|name| name != "wattsum_status_text" && name != "wattsum_version"));
        }
    }
    let called: BTreeSet<String> = fuzz::table::entries().iter().map(|entry| entry.name.to_owned()).collect();
    assert!(declared.len() > 100, "{}", declared.len());
    let differ: Vec<_> = declared.symmetric_difference(&called).collect();
    assert!(differ.is_empty(), "{differ:?}");
}

/// What the corpora are kept for.
#[test]
fn the_corpora_come_everywhere() {
    let files =
        |target| fs::read_dir(folder(target)).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let mut seen: BTreeSet<(&str, i32)> =
        files("calls").flat_map(|bytes| fuzz::calls::play(&bytes)).collect();
    seen.extend(files("received").flat_map(|bytes| fuzz::received::play(&bytes)));
    let of = |least: i32, most: i32| {
        let functions = seen.iter().filter(|(_, status)| (least..=most).contains(status));
        functions.map(|(name, _)| *name).collect::<BTreeSet<_>>().len()
    };
    let counts = [of(0, 0), of(100, 199), of(200, 299), of(300, 399)];
    let least = [100, 100, 20, 20];
    assert!(counts.iter().zip(least).all(|(count, least)| *count >= least), "{counts:?} of {least:?}");
}

/// `cargo test -p wattsum-ffi --test fuzz_corpus seeds -- --ignored` puts the seeds where a fuzzer finds them.
#[test]
#[ignore = "writes into the corpus"]
fn seeds() {
    plant("calls", [fuzz::seeds::calls(), fuzz::seeds::wrong_calls()].concat());
    plant("received", fuzz::seeds::received());
}
