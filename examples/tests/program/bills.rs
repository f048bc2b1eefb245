//! Sums over time beside sums over meters.

use crate::{Folder, head, real};

/// 11 meters in so many intervals of a day; `silent(interval, meter)` has no reading.
fn made_up(intervals: usize, silent: impl Fn(usize, usize) -> bool) -> (String, Vec<Vec<Option<i64>>>) {
    let reading = |n: usize, m: usize| (!silent(n, m)).then(|| ((n * 37 + m * 101) % 900) as i64 - 50);
    let rows: Vec<Vec<_>> = (0..intervals).map(|n| (0..11).map(|m| reading(n, m)).collect()).collect();
    let names: String = (0..11).map(|m| format!(",m{m}")).collect();
    let mut text = format!("interval_start{names}\n");
    for (n, row) in rows.iter().enumerate() {
        let cells: String = row.iter().map(|r| r.map_or(",".into(), |wh| format!(",{wh}"))).collect();
        text += &format!("2026-03-01T{:02}:{:02}Z{cells}\n", n / 4, n % 4 * 15);
    }
    (text, rows)
}

#[test]
fn bills_of_real_readings() {
    for protocol in ["shamir", "elgamal"] {
        bills_by(protocol);
    }
}

fn bills_by(protocol: &str) {
    let Some(readings) = real("ch2018_dev_wh_15min.csv") else { return };
    let folder = Folder::new(&format!("bills-real-{protocol}"));
    folder.write("readings.csv", &head(&readings, 97));
    let args = ["aggregate", "readings.csv", "--protocol", protocol, "--out", "out.csv"];
    folder.run(&[&args[..], &["--bills", "bills.csv", "--window", "48"]].concat()).expect(0);
    let rows: Vec<Vec<&str>> = readings.lines().take(97).map(|line| line.split(',').collect()).collect();
    let mut expected = String::from("window_start,meter,sum_wh,intervals\n");
    for window in [&rows[1..49], &rows[49..97]] {
        for (column, meter) in rows[0].iter().enumerate().skip(1) {
            let sum: i64 = window.iter().map(|row| row[column].parse::<i64>().unwrap()).sum();
            expected += &format!("{},{meter},{sum},48\n", window[0][0]);
        }
    }
    assert_eq!(folder.read("bills.csv"), expected);
    assert_eq!(folder.read("out.csv").lines().count(), 97);
}

/// One comes and goes all the time, one is away for a third of the window: neither is billed, and the first is left out
/// of sums too once it has changed 15 times. By whatever protocol with agreed sets, the sums are the same.
#[test]
fn who_comes_and_goes_is_left_out() {
    let folder = Folder::new("bills-rules");
    let (text, rows) = made_up(50, |n, m| (m == 2 && n % 2 == 1) || (m == 5 && (10..26).contains(&n)));
    folder.write("readings.csv", &text);
    let args = ["aggregate", "readings.csv", "--protocol", "shamir", "--out", "out.csv"];
    let run =
        folder.run(&[&args[..], &["--bills", "bills.csv", "--window", "48", "--json"]].concat()).expect(3);
    for meter in ["m2", "m5"] {
        assert!(run.stderr.contains(&format!("not billed: meter \"{meter}\"")), "{}", run.stderr);
    }
    assert!(run.stderr.contains("the last 2 intervals, which are no whole window"), "{}", run.stderr);
    // There at 0 and then away, back and so on: 15 changes by interval 15, and no 16th.
    let left_out = (16..50).filter(|n| n % 2 == 0).count();
    let summary: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&summary["left_out"], &summary["bills"]), (&left_out.into(), &9.into()));
    let mut expected = String::from("window_start,meter,sum_wh,intervals\n");
    for m in (0..11).filter(|m| ![2, 5].contains(m)) {
        let sum: i64 = rows[..48].iter().map(|row| row[m].unwrap()).sum();
        expected += &format!("2026-03-01T00:00Z,m{m},{sum},48\n");
    }
    assert_eq!(folder.read("bills.csv"), expected);
    let sums: Vec<String> = rows
        .iter()
        .enumerate()
        .map(|(n, row)| {
            let kept = row.iter().enumerate().filter(|(m, _)| *m != 2 || n < 16).filter_map(|(_, r)| *r);
            let (count, sum) = kept.fold((0, 0), |(count, sum), wh| (count + 1, sum + wh));
            format!("2026-03-01T{:02}:{:02}Z,{sum},{count}", n / 4, n % 4 * 15)
        })
        .collect();
    assert_eq!(folder.read("out.csv").lines().skip(1).collect::<Vec<_>>(), sums);
    for protocol in ["dcnet", "elgamal"] {
        let run = folder.run(&["aggregate", "readings.csv", "--protocol", protocol]).expect(3);
        assert_eq!(run.stdout.lines().skip(1).collect::<Vec<_>>(), sums, "{protocol}");
        assert!(run.stderr.contains(&format!("left out: {left_out} readings")), "{}", run.stderr);
    }
    let args = ["aggregate", "readings.csv", "--protocol", "elgamal", "--out", "same.csv"];
    folder.run(&[&args[..], &["--bills", "elgamal.csv", "--window", "48"]].concat()).expect(3);
    assert_eq!((folder.read("elgamal.csv"), folder.read("same.csv")), (expected, folder.read("out.csv")));
}

#[test]
fn bills_that_cannot_be() {
    let folder = Folder::new("bills-wrong");
    folder.write("readings.csv", &made_up(20, |_, _| false).0);
    let run =
        |options: &[&str]| folder.run(&[&["aggregate", "readings.csv", "--protocol"], options].concat());
    let refused = run(&["dcnet", "--bills", "bills.csv"]).expect(2).stderr;
    assert!(refused.contains("dcnet gives no sums over time"), "{refused}");
    run(&["shamir", "--bills", "bills.csv", "--window", "7"]).expect(2);
    run(&["shamir", "--window", "96"]).expect(2);
    run(&["shamir", "--bills", "bills.csv", "--min-meters", "3"]).expect(2);
    run(&["shamir", "--bills", "readings.csv"]).expect(2);
    run(&["shamir", "--bills", "same.csv", "--out", "same.csv"]).expect(2);
    assert_eq!(folder.names(), ["readings.csv"]);
    // A window longer than the file: sums, and a file of no bills.
    let run = run(&["shamir", "--bills", "bills.csv"]).expect(0);
    assert!(run.stderr.contains("the last 20 intervals"), "{}", run.stderr);
    assert_eq!(folder.read("bills.csv"), "window_start,meter,sum_wh,intervals\n");
}
