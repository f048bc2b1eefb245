//! Real readings, where they are: `WATTSUM_DATA`, default `../shared/data` from the workspace root.
#![allow(clippy::unwrap_used)]

use std::path::Path;

/// An interval: one reading a meter in Wh, and their sum as the publisher of the data computed it.
pub(crate) struct Interval {
    pub(crate) readings: Vec<i64>,
    pub(crate) sum: i64,
}

/// The first intervals of the data set; None, and a note, where it is absent.
pub(crate) fn first_rounds(count: usize) -> Option<Vec<Interval>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let data = std::env::var_os("WATTSUM_DATA").unwrap_or("../shared/data".into());
    let folder = root.join(data).join("readings");
    let read = |name| std::fs::read_to_string(folder.join(name));
    let (readings, sums) = match (read("ch2018_dev_wh_15min.csv"), read("ch2018_dev_sums.csv")) {
        (Ok(readings), Ok(sums)) => (readings, sums),
        (Err(error), _) | (_, Err(error)) => {
            println!("not run: {}: {error}", folder.display());
            return None;
        }
    };
    let rows = readings.lines().zip(sums.lines()).skip(1).take(count);
    let rows: Vec<Interval> = rows.map(|(row, sum)| interval(row, sum)).collect();
    assert_eq!(rows.len(), count);
    Some(rows)
}

fn interval(row: &str, sum: &str) -> Interval {
    let (start, readings) = row.split_once(',').unwrap();
    let (same, sum) = sum.split_once(',').unwrap();
    assert_eq!(start, same);
    let readings = readings.split(',').map(|wh| wh.parse().unwrap()).collect();
    Interval { readings, sum: sum.parse().unwrap() }
}
