//! The files that may contain `unsafe`, in the whole workspace. Another one is a decision, to be made here.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};

const MAY: [&str; 90] = [
    // Vector instructions: calls that follow detection at run time.
    "ckks-agg/src/lanes/avx2.rs",
    "ckks-agg/src/lanes/ifma.rs",
    "meter-link/src/pad/x86.rs",
    "threshold-elgamal/src/dlog/lanes/x86.rs",
    "threshold-elgamal/src/lanes/x86.rs",
    // The border to C: the caller's memory, exports, and the way out of a panic.
    "ffi/src/batch.rs",
    "ffi/src/bytes.rs",
    "ffi/src/caller.rs",
    "ffi/src/ckks.rs",
    "ffi/src/ckks/ciphertext.rs",
    "ffi/src/ckks/encryptor.rs",
    "ffi/src/ckks/evaluator.rs",
    "ffi/src/ckks/evaluator/operations.rs",
    "ffi/src/ckks/secret.rs",
    "ffi/src/ckks/seeded.rs",
    "ffi/src/cmt.rs",
    "ffi/src/cmt/agreement.rs",
    "ffi/src/cmt/book.rs",
    "ffi/src/cmt/claiming.rs",
    "ffi/src/cmt/collecting.rs",
    "ffi/src/cmt/election.rs",
    "ffi/src/cmt/entry.rs",
    "ffi/src/cmt/gathering.rs",
    "ffi/src/cmt/healing.rs",
    "ffi/src/cmt/meter.rs",
    "ffi/src/cmt/outbox.rs",
    "ffi/src/cmt/registry.rs",
    "ffi/src/cmt/round.rs",
    "ffi/src/cmt/state.rs",
    "ffi/src/cmt/supplier.rs",
    "ffi/src/cmt/supplier/state.rs",
    "ffi/src/cmt/terms.rs",
    "ffi/src/context.rs",
    "ffi/src/dcnet.rs",
    "ffi/src/dcnet/certified.rs",
    "ffi/src/dcnet/holder.rs",
    "ffi/src/dcnet/meter.rs",
    "ffi/src/dcnet/meter/report.rs",
    "ffi/src/dcnet/meter/state.rs",
    "ffi/src/dcnet/presence.rs",
    "ffi/src/dcnet/round.rs",
    "ffi/src/dcnet/utility.rs",
    "ffi/src/elgamal.rs",
    "ffi/src/elgamal/billing.rs",
    "ffi/src/elgamal/branch.rs",
    "ffi/src/elgamal/ceremony.rs",
    "ffi/src/elgamal/key.rs",
    "ffi/src/elgamal/keys.rs",
    "ffi/src/elgamal/meter.rs",
    "ffi/src/elgamal/pair.rs",
    "ffi/src/elgamal/partial.rs",
    "ffi/src/elgamal/plan.rs",
    "ffi/src/elgamal/round.rs",
    "ffi/src/elgamal/table.rs",
    "ffi/src/elgamal/trustee.rs",
    "ffi/src/elgamal/trustee/sums.rs",
    "ffi/src/elgamal/utility.rs",
    "ffi/src/epoch.rs",
    "ffi/src/frame.rs",
    "ffi/src/head.rs",
    "ffi/src/head/answerer.rs",
    "ffi/src/head/branch.rs",
    "ffi/src/head/certified.rs",
    "ffi/src/head/round.rs",
    "ffi/src/link.rs",
    "ffi/src/mark.rs",
    "ffi/src/panic.rs",
    "ffi/src/reading.rs",
    "ffi/src/roster.rs",
    "ffi/src/shamir.rs",
    "ffi/src/shamir/aggregator.rs",
    "ffi/src/shamir/certified.rs",
    "ffi/src/shamir/meter.rs",
    "ffi/src/shamir/meter/state.rs",
    "ffi/src/shamir/round.rs",
    "ffi/src/shamir/utility.rs",
    "ffi/src/status.rs",
    // Not linked into anything that is shipped: they measure.
    "benches/benches/tag/lanes.rs",
    "ffi/firmware/measure/src/cmt.rs",
    "ffi/firmware/measure/src/elgamal.rs",
    "ffi/firmware/measure/src/heap.rs",
    "ffi/firmware/measure/src/lib.rs",
    "ffi/firmware/measure/src/vectors.rs",
    // Calls of C functions, as a fuzzer makes them.
    "ffi/fuzz/src/kinds.rs",
    "ffi/fuzz/src/seeds/groups.rs",
    "ffi/fuzz/src/table.rs",
    // Leaks on purpose: what the check of constant time must report.
    "ffi/tests/constant_time/leaky.rs",
    // Tests' allocators, which look at what is freed, or count.
    "ckks-agg/tests/memory.rs",
    "cmt-ring/tests/freed.rs",
    "threshold-elgamal/tests/dlog_memory.rs",
];

/// Tests with the word in a text. The lint `unsafe_code` holds for them as for all.
const SPEAK_OF_IT: [&str; 6] = [
    "ckks-agg/tests/unsafe_code.rs",
    "ffi/tests/fuzz_corpus.rs",
    "ffi/tests/header.rs",
    "ffi/tests/unsafe_files.rs",
    "meter-link/tests/unsafe_code.rs",
    "threshold-elgamal/tests/unsafe_code.rs",
];

/// Crates in which the compiler is to forbid it, since none of their files is listed.
const FORBID: [&str; 3] = ["shamir-agg", "dcnet-core", "cmt-ring"];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// All Rust files below a folder, but what was built or installed there.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') && !name.starts_with("mutants") {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Whether a line of code has the keyword; comments do not count, texts do.
fn has_keyword(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or_default();
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_';
    code.split(|c| !part_of_a_name(c)).any(|word| word == "unsafe")
}

#[test]
fn unsafe_stands_only_where_it_may() {
    let (root, mut files) = (workspace(), Vec::new());
    sources(&root, &mut files);
    assert!(files.len() > 100, "{} files", files.len());
    let mut with: Vec<String> = Vec::new();
    for file in files {
        if fs::read_to_string(&file).unwrap().lines().any(has_keyword) {
            with.push(file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"));
        }
    }
    with.retain(|file| !SPEAK_OF_IT.contains(&file.as_str()));
    let (mut with, mut may) = (with, MAY.map(String::from));
    with.sort();
    may.sort();
    assert_eq!(with, may);
}

#[test]
fn crates_without_it_forbid_it() {
    for name in FORBID {
        let lib = fs::read_to_string(workspace().join(name).join("src/lib.rs")).unwrap();
        assert!(lib.contains("#![forbid(unsafe_code)]"), "{name}");
    }
}

#[test]
fn the_keyword_is_told_from_names_and_comments() {
    for line in [
        "unsafe { x }",
        "pub unsafe fn f()",
        "    unsafe extern \"C\" {",
        "#[unsafe(no_mangle)]",
        "a=unsafe{b}",
    ] {
        assert!(has_keyword(line), "{line}");
    }
    for line in
        ["#![allow(unsafe_code)]", "// unsafe { x }", "let not_unsafe = 1; // unsafe", "mod unsafe_files;"]
    {
        assert!(!has_keyword(line), "{line}");
    }
}
