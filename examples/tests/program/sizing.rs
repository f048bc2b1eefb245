//! How many meters a sum needs.

use crate::{Folder, real};

const KEYS: [&str; 10] =
    ["meters", "event", "span", "advantage", "low", "high", "test", "hours", "trials", "resampled"];

/// 12 made-up households, 10 days, in `in.csv`.
fn readings(test: &str) -> Folder {
    let folder = Folder::new(test);
    folder.run(&["generate", "--meters", "12", "--days", "10", "--out", "in.csv"]).expect(0);
    folder
}

#[test]
fn a_table_a_report_and_figures() {
    let folder = readings("sizing");
    let args = ["sizing", "in.csv", "--sizes", "40,2,3,2", "--groups", "5", "--out", "o.csv"];
    let run = folder.run(&args).expect(0);
    let sizes: Vec<&str> =
        run.stdout.lines().skip(1).take(3).map(|line| line.split_whitespace().next().unwrap()).collect();
    assert_eq!(sizes, ["2", "3", "40"], "{}", run.stdout);
    assert!(run.stdout.contains("an advantage of 0.1 (right 55 times in 100"), "{}", run.stdout);
    assert!(run.stdout.ends_with("report: wattsum-sizing.html\n"), "{}", run.stdout);
    assert_eq!(folder.names(), ["in.csv", "o.csv", "wattsum-sizing.html"]);

    let page = folder.read("wattsum-sizing.html");
    assert_eq!(page.matches("<svg ").count(), 3);
    assert!(!page.contains("http") && !page.contains("<script") && !page.contains("src="));
    assert!(page.contains("Groups of more than 3 hold some households on several days at once"));

    let figures = folder.read("o.csv");
    let rows: Vec<Vec<&str>> = figures.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((rows[0].as_slice(), rows.len()), (KEYS.as_slice(), 1 + 3 * 8));
    for row in &rows[1..] {
        let number = |index: usize| row[index].parse::<f64>().unwrap();
        assert!(number(4) <= number(3) && number(3) <= number(5) && number(5) <= 1.0, "{row:?}");
        assert_eq!(row[9], if row[0] == "40" { "true" } else { "false" });
        assert_eq!(row[7].is_empty(), row[2] != "hours", "{row:?}");
    }
}

#[test]
fn the_same_seed_tells_the_same_as_json() {
    let folder = readings("sizing-json");
    let figures = |seed: &str| -> serde_json::Value {
        let args = ["sizing", "in.csv", "--sizes", "2,12", "--groups", "4", "--json", "--seed", seed];
        let run = folder.run(&args).expect(0);
        assert_eq!((run.stdout.lines().count(), run.stderr.as_str()), (1, "report: wattsum-sizing.html\n"));
        serde_json::from_str(&run.stdout).unwrap()
    };
    let value = figures("1");
    assert_eq!(
        (&value["households"], &value["days"], &value["interval_minutes"]),
        (&12.into(), &10.into(), &15.into())
    );
    assert_eq!((&value["readings"], &value["limit"]), (&"in.csv".into(), &0.1.into()));
    assert!(value["recommended"].is_null() || value["recommended"].is_number());
    let points = value["points"].as_array().unwrap();
    assert_eq!(points.len(), 16);
    assert!(points.iter().all(|point| KEYS.iter().all(|key| point.get(key).is_some())));
    assert_eq!(figures("1"), value);
    assert_ne!(figures("2")["points"], value["points"]);
}

/// A size has its figures whichever others are asked for; a limit that nothing reaches recommends the least.
#[test]
fn sizes_do_not_depend_on_each_other() {
    let folder = readings("sizing-sizes");
    let points = |sizes: &str| -> Vec<serde_json::Value> {
        let args = ["sizing", "in.csv", "--sizes", sizes, "--groups", "4", "--json", "--limit", "0.999"];
        let value: serde_json::Value = serde_json::from_str(&folder.run(&args).expect(0).stdout).unwrap();
        value["points"].as_array().unwrap().iter().filter(|point| point["meters"] == 12).cloned().collect()
    };
    assert_eq!(points("2,12"), points("12,20"));
    let run =
        folder.run(&["sizing", "in.csv", "--sizes", "30", "--groups", "4", "--limit", "0.999"]).expect(0);
    assert!(run.stdout.contains("At least 30 meters"), "{}", run.stdout);
    let run = folder.run(&["sizing", "in.csv", "--sizes", "2", "--groups", "4", "--limit", "0.01"]).expect(0);
    assert!(run.stdout.contains("2 meters are too few"), "{}", run.stdout);
}

#[test]
fn households_with_gaps_are_left_out() {
    let folder = readings("sizing-gaps");
    let mut lines: Vec<String> = folder.read("in.csv").lines().map(str::to_owned).collect();
    let cut = lines[5].rfind(',').unwrap() + 1;
    lines[5].truncate(cut);
    folder.write("in.csv", &(lines.join("\n") + "\n"));
    let run = folder.run(&["sizing", "in.csv", "--sizes", "2", "--groups", "2", "--json"]).expect(0);
    assert!(
        run.stderr.contains("left out: 1 of 12 households, which have silent intervals"),
        "{}",
        run.stderr
    );
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&value["households"], &value["left_out"]), (&11.into(), &1.into()));
}

#[test]
fn files_that_are_too_little() {
    let folder = readings("sizing-bad");
    let text = folder.read("in.csv");
    let lines: Vec<&str> = text.lines().collect();
    folder.write("short.csv", &(lines[..7 * 96 + 95].join("\n") + "\n"));
    folder.write("one.csv", &(lines[..2].join("\n") + "\n"));
    folder.write("hole.csv", &([&lines[..100], &lines[101..]].concat().join("\n") + "\n"));
    let few: Vec<String> =
        lines.iter().map(|line| line.split(',').take(4).collect::<Vec<_>>().join(",")).collect();
    folder.write("few.csv", &(few.join("\n") + "\n"));
    let daily: Vec<&str> = lines.iter().step_by(96).copied().collect();
    folder.write(
        "daily.csv",
        &(lines[..1].iter().chain(&daily[1..]).copied().collect::<Vec<_>>().join("\n") + "\n"),
    );
    let before = folder.names();
    for (args, message) in [
        (&["short.csv"][..], "short.csv: 7 whole days are too few: it takes 8"),
        (&["one.csv"], "one.csv: one interval is too little"),
        (
            &["hole.csv"],
            "hole.csv: the interval after \"2026-01-06T00:30:00+01:00\" is of another length, or one is missing",
        ),
        (&["few.csv"], "few.csv: 3 households without silent intervals are too few: it takes 4"),
        (&["daily.csv"], "intervals of 86400 s"),
        (&["no.csv"], "no.csv: cannot be read"),
        (&["in.csv", "--limit", "0"], "--limit 0"),
        (&["in.csv", "--limit", "NaN"], "--limit NaN"),
        (&["in.csv", "--sizes", "1"], "1 is not in 2..=100000"),
        (&["in.csv", "--report", "in.csv"], "choose another"),
        (&["in.csv", "--out", "x", "--report", "x"], "--out and --report are the same file"),
        (&["in.csv", "--report", "no/x.html"], "there is no folder"),
    ] {
        let run = folder.run(&[&["sizing"], args].concat());
        assert!(run.code == 2 && run.stderr.contains(message), "{args:?}: {} {}", run.code, run.stderr);
        assert!(run.stdout.is_empty());
    }
    assert_eq!(folder.names(), before);
}

#[test]
fn real_readings() {
    let Some(readings) = real("ch2018_dev_wh_15min.csv") else { return };
    let folder = Folder::new("sizing-real");
    folder.write("in.csv", &readings);
    let run = folder.run(&["sizing", "in.csv", "--sizes", "2,20,500", "--groups", "20", "--json"]).expect(0);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&value["households"], &value["days"]), (&240.into(), &21.into()));
    let points = value["points"].as_array().unwrap();
    let of = |meters: usize, event: &str, span: &str| {
        let mut found =
            points.iter().filter(|p| p["meters"] == meters && p["event"] == event && p["span"] == span);
        found.next().unwrap()["advantage"].as_f64().unwrap()
    };
    for (event, span) in
        [("presence", "interval"), ("absence", "day"), ("switch", "interval"), ("switch", "hours")]
    {
        let (two, twenty, many) = (of(2, event, span), of(20, event, span), of(500, event, span));
        assert!(
            two > 0.25 && two > 1.5 * twenty && twenty > 1.5 * many && many < 0.12,
            "{event} {span}: {two} {twenty} {many}"
        );
    }
}
