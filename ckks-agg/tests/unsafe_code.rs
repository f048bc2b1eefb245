//! The files that may say `unsafe`.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

const LISTED: [&str; 2] = ["lanes/avx2.rs", "lanes/ifma.rs"];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else {
            found.push(path);
        }
    }
}

#[test]
fn unsafe_code_stays_where_it_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    sources(&root, &mut files);
    assert!(files.len() > 30);
    let says = |path: &&PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        code.clone().any(|line| line.contains("allow(unsafe_code)") || line.contains("unsafe {"))
    };
    let mut said: Vec<&str> =
        files.iter().filter(says).map(|p| p.strip_prefix(&root).unwrap().to_str().unwrap()).collect();
    said.sort_unstable();
    assert_eq!(said, LISTED);
}
