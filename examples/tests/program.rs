//! The program as its users run it: the built binary, files in, files and exit codes out.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that fails here shall panic"
)]

#[path = "program/aggregate.rs"]
mod aggregate;
#[path = "program/bad_input.rs"]
mod bad_input;
#[path = "program/bills.rs"]
mod bills;
#[path = "program/ckks_bench.rs"]
mod ckks_bench;
#[path = "program/demo.rs"]
mod demo;
#[path = "program/generate.rs"]
mod generate;
#[path = "program/simulate.rs"]
mod simulate;
#[path = "program/sizing.rs"]
mod sizing;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PROTOCOLS: [&str; 4] = ["dcnet", "shamir", "elgamal", "cmt"];

/// A folder of a test's own, in which the program runs; gone at its end.
struct Folder(PathBuf);

/// How the program ended, and what it said.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

impl Folder {
    fn new(test: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("wattsum-program-{}-{test}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, Stdio::null())
    }

    fn run_with(&self, args: &[&str], stdin: impl Into<Stdio>) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_wattsum"))
            .args(args)
            .current_dir(&self.0)
            .stdin(stdin)
            .output()
            .unwrap();
        Run {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Run {
    #[track_caller]
    fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard error: {}", self.stderr);
        self
    }
}

/// A file of real readings; `None`, with a word why, where there is none.
fn real(name: &str) -> Option<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let data =
        std::env::var_os("WATTSUM_DATA").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let path = root.join(data).join("readings").join(name);
    fs::read_to_string(&path).map_err(|error| println!("not run: {}: {error}", path.display())).ok()
}

/// The first lines of a file.
fn head(text: &str, lines: usize) -> String {
    text.lines().take(lines).map(|line| format!("{line}\n")).collect()
}
