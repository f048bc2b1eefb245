//! Sums of files, by every protocol.

use crate::{Folder, PROTOCOLS, head, real};

/// The first two columns.
fn two(text: &str) -> Vec<String> {
    let first = |line: &str| line.splitn(3, ',').take(2).collect::<Vec<_>>().join(",");
    text.lines().map(first).collect()
}

#[test]
fn real_readings_have_their_true_sums() {
    let (Some(readings), Some(sums)) = (real("ch2018_dev_wh_15min.csv"), real("ch2018_dev_sums.csv")) else {
        return;
    };
    let folder = Folder::new("real");
    folder.write("readings.csv", &head(&readings, 25));
    for protocol in PROTOCOLS {
        let args = ["aggregate", "readings.csv", "--protocol", protocol, "--out", "out.csv"];
        let run = folder.run(&args).expect(0);
        assert!(run.stdout.is_empty() && run.stderr.is_empty(), "{protocol}: {}{}", run.stdout, run.stderr);
        let out = folder.read("out.csv");
        assert_eq!(two(&out), two(&head(&sums, 25)), "{protocol}");
        assert!(out.lines().skip(1).all(|line| line.ends_with(",240")), "{protocol}");
    }
    assert_eq!(folder.names(), ["out.csv", "readings.csv"]);
}

#[test]
fn the_long_form_gives_the_same_sums() {
    let (Some(long), Some(wide)) = (real("ch2018_dev_sample_long.csv"), real("ch2018_dev_wh_15min.csv"))
    else {
        return;
    };
    let folder = Folder::new("long");
    folder.write("long.csv", &long);
    // The sample is a day of the first twenty meters of the wide file, or of others that it names.
    let names: Vec<&str> = wide.lines().next().unwrap().split(',').collect();
    let meters: std::collections::BTreeSet<&str> =
        long.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
    let expected: Vec<String> = wide
        .lines()
        .skip(1)
        .filter(|line| long.contains(line.split(',').next().unwrap()))
        .map(|line| {
            let cells = names.iter().zip(line.split(',')).filter(|(name, _)| meters.contains(*name));
            let sum: i64 = cells.map(|(_, wh)| wh.parse::<i64>().unwrap()).sum();
            format!("{},{sum},{}", line.split(',').next().unwrap(), meters.len())
        })
        .collect();
    assert_eq!(expected.len(), 96);
    for protocol in PROTOCOLS {
        let run = folder.run(&["aggregate", "long.csv", "--protocol", protocol]).expect(0);
        assert_eq!(run.stdout.lines().skip(1).collect::<Vec<_>>(), expected, "{protocol}");
    }
}

/// Seven meters; in the second interval two are silent, in the third five.
const GAPS: &str = "interval_start,a,b,c,d,e,f,g\n\
    2026-03-01T00:00Z,1,2,3,4,5,6,7\n\
    2026-03-01T00:15Z,10,,30,40,50,60,\n\
    2026-03-01T00:30Z,,,,400,,600,\n\
    2026-03-01T00:45Z,-1000,2000,3000,4000,5000,6000,7000\n";

#[test]
fn silent_meters_and_a_refused_interval() {
    let folder = Folder::new("gaps");
    folder.write("readings.csv", GAPS);
    for protocol in PROTOCOLS {
        let run =
            folder.run(&["aggregate", "readings.csv", "--protocol", protocol, "--out", "out.csv"]).expect(3);
        assert_eq!(
            folder.read("out.csv"),
            "interval_start,sum_wh,meters\n\
             2026-03-01T00:00Z,28,7\n\
             2026-03-01T00:15Z,190,5\n\
             2026-03-01T00:30Z,,2\n\
             2026-03-01T00:45Z,26000,7\n",
            "{protocol}"
        );
        assert!(run.stderr.contains("refused: 2026-03-01T00:30Z: 2 meters have a reading"), "{}", run.stderr);
    }
}

#[test]
fn groups_and_a_summary() {
    let folder = Folder::new("groups");
    folder.write("readings.csv", &head(GAPS, 2));
    folder.write("groups.csv", "meter,group\na,north\nb,north\nc,south\nd,south\ne,south\nf,north\ng,\n");
    let args = ["aggregate", "readings.csv", "--protocol", "shamir", "--groups", "groups.csv"];
    let run = folder.run(&args).expect(0);
    assert_eq!(
        run.stdout,
        "interval_start,group,sum_wh,meters\n2026-03-01T00:00Z,north,9,3\n2026-03-01T00:00Z,south,12,3\n"
    );
    let few = folder.run(&[&args[..], &["--min-meters", "4"]].concat()).expect(3).stderr;
    assert!(few.contains("refused: group \"south\", every interval: 3 in the group"), "{few}");
    let run = folder.run(&[&args[..], &["--json", "--out", "out.csv"]].concat()).expect(0);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&value["groups"], &value["meters"], &value["sum_wh"]), (&2.into(), &6.into(), &21.into()));
    assert_eq!(folder.read("out.csv").lines().count(), 3);
}

#[test]
fn the_night_of_a_clock_change() {
    let folder = Folder::new("clock");
    let times = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"];
    let rows: String = times.iter().map(|time| format!("2026-10-25 {time},1,2,3,4,5\n")).collect();
    folder.write("readings.csv", &format!("\u{FEFF}interval_start,a,b,c,d,e\n{rows}").replace('\n', "\r\n"));
    let args = ["aggregate", "readings.csv", "--protocol", "dcnet", "--zone", "Europe/Zurich"];
    let run = folder.run(&args).expect(0);
    let told = ["01:30", "02:00+02:00", "02:30+02:00", "02:00+01:00", "02:30+01:00", "03:00"];
    let expected: String = told.iter().map(|time| format!("2026-10-25 {time},15,5\n")).collect();
    assert_eq!(run.stdout, format!("interval_start,sum_wh,meters\n{expected}"));
}

#[test]
fn an_out_file_is_replaced_only_by_whole_sums() {
    let folder = Folder::new("whole");
    folder.write("readings.csv", &head(GAPS, 2));
    folder.write("out.csv", "old");
    let args = ["aggregate", "readings.csv", "--protocol", "dcnet", "--out", "out.csv"];
    folder.run(&[&args[..], &["--max-reading", "6"]].concat()).expect(2);
    assert_eq!(folder.read("out.csv"), "old");
    folder.run(&args).expect(0);
    assert!(folder.read("out.csv").starts_with("interval_start,sum_wh,meters\n"));
    assert_eq!(folder.names(), ["out.csv", "readings.csv"]);
}
