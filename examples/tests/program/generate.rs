//! Made-up readings.

use std::fs::File;

use crate::{Folder, head};

#[test]
fn a_file_that_is_the_same_each_time() {
    let folder = Folder::new("generate");
    let args =
        ["generate", "--meters", "6", "--days", "2", "--start", "2026-03-28", "--zone", "Europe/Zurich"];
    let stdout = folder.run(&args).expect(0).stdout;
    folder.run(&[&args[..], &["--out", "wide.csv"]].concat()).expect(0);
    assert_eq!(folder.read("wide.csv"), stdout);
    assert_ne!(folder.run(&[&args[..], &["--seed", "2"]].concat()).expect(0).stdout, stdout);
    // The second day has no hour between two and three.
    assert_eq!(stdout.lines().count(), 1 + 96 + 92);
    assert_eq!(stdout.lines().next(), Some("interval_start,m00001,m00002,m00003,m00004,m00005,m00006"));
    assert!(
        stdout.contains("\n2026-03-29T01:45:00+01:00,") && stdout.contains("\n2026-03-29T03:00:00+02:00,")
    );
    assert!(!stdout.contains("\n2026-03-29T02"));
}

#[test]
fn both_forms_have_the_same_sums() {
    let folder = Folder::new("forms");
    let args = ["generate", "--meters", "6", "--days", "1"];
    folder.run(&[&args[..], &["--out", "wide.csv"]].concat()).expect(0);
    folder.run(&[&args[..], &["--long", "--out", "long.csv"]].concat()).expect(0);
    assert!(
        folder.read("long.csv").starts_with("meter,interval_start,wh\nm00001,2026-01-05T00:00:00+01:00,")
    );
    let sums = folder.run(&["aggregate", "wide.csv", "--protocol", "dcnet"]).expect(0).stdout;
    assert_eq!(sums.lines().count(), 97);
    assert_eq!(folder.run(&["aggregate", "long.csv", "--protocol", "dcnet"]).expect(0).stdout, sums);
    let truth: i64 = head(&folder.read("wide.csv"), 2)
        .lines()
        .nth(1)
        .unwrap()
        .split(',')
        .skip(1)
        .map(|wh| wh.parse::<i64>().unwrap())
        .sum();
    assert_eq!(sums.lines().nth(1), Some(format!("2026-01-05T00:00:00+01:00,{truth},6").as_str()));

    let piped = File::open(folder.0.join("wide.csv")).unwrap();
    assert_eq!(folder.run_with(&["aggregate", "-", "--protocol", "dcnet"], piped).expect(0).stdout, sums);
}

#[test]
fn a_reader_may_stop_early() {
    let folder = Folder::new("pipe");
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_wattsum"))
        .args(["generate", "--meters", "200", "--days", "7"])
        .current_dir(&folder.0)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}
