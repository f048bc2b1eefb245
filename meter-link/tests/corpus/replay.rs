//! Replays the committed corpus of a crate's fuzz targets.

use std::fs;
use std::path::{Path, PathBuf};

pub(crate) fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

/// Runs all files of a target, and names the one that fails.
pub(crate) fn replay(target: &str, run: fn(&[u8])) {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder(target)).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 10, "{} files of {target}", files.len());
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let done = std::panic::catch_unwind(|| run(&bytes));
        assert!(done.is_ok(), "{}", file.display());
    }
}

/// Puts the seeds where a fuzzer finds them.
pub(crate) fn plant(target: &str, seeds: Vec<(String, Vec<u8>)>) {
    fs::create_dir_all(folder(target)).unwrap();
    for (name, bytes) in seeds {
        fs::write(folder(target).join(name), bytes).unwrap();
    }
}
