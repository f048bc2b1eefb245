//! Whatever is wrong with the input: exit code 2, a message that names file, row and column, and no file.

use crate::{Folder, PROTOCOLS};

/// A name, the file, the options, and what the message must hold.
const BAD: &[(&str, &str, &[&str], &str)] = &[
    ("float", "interval_start,a,b,c\n2026-01-01T00Z,1,2.5,3\n", &[], "in.csv: row 2, column \"b\": \"2.5\""),
    ("whole float", "interval_start,a,b,c\n2026-01-01T00Z,1,2,3.0\n", &[], "row 2, column \"c\": \"3.0\""),
    ("text", "interval_start,a,b,c\n2026-01-01T00Z,1,2,n/a\n", &[], "row 2, column \"c\": \"n/a\""),
    (
        "bound",
        "interval_start,a,b,c\n2026-01-01T00Z,1,2,1000000001\n",
        &[],
        "row 2, column \"c\": \"1000000001\" Wh",
    ),
    (
        "own bound",
        "interval_start,a,b,c\n2026-01-01T00Z,1,-11,3\n",
        &["--max-reading", "10"],
        "column \"b\": \"-11\"",
    ),
    (
        "short row",
        "interval_start,a,b,c\n2026-01-01T00Z,1,2\n",
        &[],
        "row 2, column \"c\": the field is missing",
    ),
    ("long row", "interval_start,a,b,c\n2026-01-01T00Z,1,2,3,4\n", &[], "row 2: the row has 5 fields"),
    ("meter twice", "interval_start,a,b,a\n2026-01-01T00Z,1,2,3\n", &[], "row 1, column \"a\""),
    (
        "interval twice",
        "interval_start,a,b,c\n2026-01-01T01:00+01,1,2,3\n2026-01-01T00Z,1,2,3\n",
        &[],
        "row 3, column \"interval_start\": the interval is there twice, first in row 2",
    ),
    (
        "reading twice",
        "meter,interval_start,wh\na,2026-01-01T00Z,1\nb,2026-01-01T00Z,1\na,2026-01-01T00Z,1\n",
        &[],
        "row 4, column \"interval_start\"",
    ),
    ("no offset", "interval_start,a,b,c\n2026-01-01T00:00,1,2,3\n", &[], "row 2, column \"interval_start\""),
    (
        "missing hour",
        "interval_start,a,b,c\n2026-03-29T02:30,1,2,3\n",
        &["--zone", "Europe/Zurich"],
        "row 2, column \"interval_start\": \"2026-03-29T02:30\" does not exist",
    ),
    ("no header", "2026-01-01T00Z,1,2,3\n", &[], "in.csv: row 1"),
    ("empty", "", &[], "in.csv: the file is empty"),
    ("no rows", "interval_start,a,b,c\n", &[], "in.csv: there is no row"),
    (
        "field",
        "interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n",
        &["--max-reading", "4000000000000000000"],
        "--max-reading",
    ),
    ("minimum", "interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n", &["--min-meters", "1"], "--min-meters 1"),
    (
        "groups",
        "interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n",
        &["--groups", "no.csv"],
        "no.csv: cannot be read",
    ),
    (
        "folder",
        "interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n",
        &["--out", "no/out.csv"],
        "there is no folder",
    ),
];

#[test]
fn bad_files_leave_nothing_behind() {
    let folder = Folder::new("bad");
    for (name, content, options, message) in BAD {
        folder.write("in.csv", content);
        for protocol in PROTOCOLS {
            let mut args = vec!["aggregate", "in.csv", "--protocol", protocol];
            if !options.contains(&"--out") {
                args.extend(["--out", "out.csv"]);
            }
            args.extend(*options);
            let run = folder.run(&args);
            assert_eq!(run.code, 2, "{name}: {}", run.stderr);
            assert!(run.stderr.contains(message), "{name}: {}", run.stderr);
            assert!(
                run.stderr.starts_with("error: ") && run.stderr.lines().count() == 1,
                "{name}: {}",
                run.stderr
            );
            assert!(run.stdout.is_empty(), "{name}");
            assert_eq!(folder.names(), ["in.csv"], "{name}");
        }
    }
}

#[test]
fn a_bad_command_line() {
    let folder = Folder::new("line");
    for args in [
        &["aggregate", "in.csv"][..],
        &["aggregate", "in.csv", "--protocol", "rot13"],
        &["aggregate", "in.csv", "--protocol", "dcnet", "--zone", "Middle/Earth"],
        &["aggregate", "no.csv", "--protocol", "dcnet"],
        &["demo", "--meters", "4"],
        &["demo", "--report", "no/report.html"],
        &["generate", "--start", "2026-02-30"],
        &["generate", "--days", "0"],
        &["generate", "--meters", "4000000000"],
        &["generate", "--days", "4000000000"],
        &[],
    ] {
        let run = folder.run(args);
        assert_eq!(run.code, 2, "{args:?}: {}", run.stderr);
        assert!(!run.stderr.is_empty() && !run.stderr.contains("panicked"), "{args:?}: {}", run.stderr);
    }
    assert!(folder.names().is_empty());
}

/// The result would take the place of what was read.
#[test]
fn a_file_that_is_read_is_not_written_over() {
    let folder = Folder::new("over-the-input");
    let (readings, groups) = ("interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n", "meter,group\na,x\nb,x\nc,x\n");
    folder.write("in.csv", readings);
    folder.write("groups.csv", groups);
    std::fs::create_dir(folder.0.join("sub")).unwrap();
    let sum = ["aggregate", "in.csv", "--protocol", "shamir"];
    for (rest, file) in [
        (vec!["--out", "in.csv"], "in.csv"),
        (vec!["--out", "sub/../in.csv"], "in.csv"),
        (vec!["--groups", "groups.csv", "--out", "./groups.csv"], "groups.csv"),
    ] {
        let run = folder.run(&[&sum[..], &rest].concat()).expect(2);
        assert!(run.stderr.contains(file) && run.stderr.contains("choose another"), "{}", run.stderr);
    }
    let run = folder.run(&["demo", "--readings", "in.csv", "--report", "in.csv"]).expect(2);
    assert!(run.stderr.contains("choose another"), "{}", run.stderr);
    assert_eq!((folder.read("in.csv"), folder.read("groups.csv")), (readings.into(), groups.into()));
    folder.run(&[&sum[..], &["--out", "out.csv"]].concat()).expect(0);
}
