//! The wide form: `interval_start,METER,METER,…`, one row an interval.

use std::collections::HashMap;

use csv::StringRecord;
use jiff::Timestamp;

use super::stamp::{self, Fold, Stamp};
use super::{Interval, Rules, Table, cell, named};
use crate::input::{InputError, Records, Source};
use crate::progress::Progress;

/// The name of the first column.
const START: &str = "interval_start";

pub(super) fn read(
    source: &Source,
    mut records: Records<'_>,
    header: &StringRecord,
    rules: &Rules,
) -> Result<Table, InputError> {
    let meters = meters(source, header)?;
    let progress = Progress::bytes("reading", source.len());
    let (mut order, mut intervals, mut cells) = (Order::default(), Vec::new(), Vec::new());
    let mut record = StringRecord::new();
    while let Some(offset) = records.next(&mut record)? {
        progress.at(offset);
        records.expect_width(&record, offset, header)?;
        let mut fields = record.iter();
        let label = fields.next().unwrap_or_default();
        let stamp =
            stamp::read(label, rules.zone.as_ref()).map_err(|what| source.cell_error(offset, START, what))?;
        let instant = order.place(source, stamp, offset)?;
        intervals.push(Interval { label: stamp.label(label, instant), instant });
        for (field, meter) in fields.zip(&meters) {
            let reading = cell::read(field, rules.max_reading)
                .map_err(|what| source.cell_error(offset, meter, what))?;
            cells.push(reading);
        }
    }
    Ok(Table::new(meters, intervals, cells))
}

fn meters(source: &Source, header: &StringRecord) -> Result<Vec<String>, InputError> {
    let mut columns = HashMap::new();
    let mut meters = Vec::new();
    for (index, name) in header.iter().enumerate().skip(1) {
        let column = index.saturating_add(1);
        let name = named(source, 0, name, &format!("{column}"))?;
        if let Some(first) = columns.insert(name, column) {
            let what = format!("the meter has two columns, the {first}. and the {column}.");
            return Err(source.cell_error(0, name, what));
        }
        meters.push(name.to_owned());
    }
    if meters.is_empty() {
        return Err(source.error("row 1: there is no meter after interval_start"));
    }
    Ok(meters)
}

/// The rows so far, which must follow each other in time.
#[derive(Default)]
struct Order {
    /// Instant and byte of each row.
    rows: Vec<(Timestamp, usize)>,
    folds: HashMap<Timestamp, Fold>,
}

impl Order {
    fn place(&mut self, source: &Source, stamp: Stamp, offset: usize) -> Result<Timestamp, InputError> {
        let instant = match stamp {
            Stamp::At(instant) => instant,
            Stamp::Repeated(at) => {
                let fold = self.folds.get_mut(&at.change).map(|fold| fold.next(&at));
                if fold.is_none() {
                    self.folds.insert(at.change, Fold::new(&at));
                }
                let twice = || source.cell_error(offset, START, "the interval is there twice already");
                fold.unwrap_or(Some(at.first)).ok_or_else(twice)?
            }
        };
        if self.rows.last().is_some_and(|(last, _)| *last >= instant) {
            let what = match self.rows.binary_search_by_key(&instant, |(known, _)| *known) {
                Ok(index) => {
                    let first = self.rows.get(index).map_or(0, |(_, offset)| *offset);
                    format!("the interval is there twice, first in row {}", source.row(first))
                }
                Err(_) => "the interval lies before the one in the row above; order the rows by time".into(),
            };
            return Err(source.cell_error(offset, START, what));
        }
        self.rows.push((instant, offset));
        Ok(instant)
    }
}

#[cfg(test)]
mod tests {
    use crate::readings::tests::parse;

    fn error(text: &str) -> String {
        parse(text, None).unwrap_err()
    }

    #[test]
    fn a_file_as_spreadsheets_write_it() {
        let plain = parse("interval_start,a,b\n2026-01-01T00Z,1,\n2026-01-01T01Z,-3,4\n", None).unwrap();
        assert_eq!(plain.meters, ["a", "b"]);
        let rows: Vec<_> = plain.rows().map(|(i, row)| (i.label.as_str(), row)).collect();
        assert_eq!(rows[0], ("2026-01-01T00Z", [Some(1), None].as_slice()));
        assert_eq!(rows[1], ("2026-01-01T01Z", [Some(-3), Some(4)].as_slice()));
        for text in [
            "\u{FEFF}interval_start,a,b\r\n2026-01-01T00Z,1,\r\n2026-01-01T01Z,-3,4",
            "\"interval_start\",\"a\",\"b\"\n\"2026-01-01T00Z\",\"1\",\"\"\n\"2026-01-01T01Z\",\"-3\",\"4\"\n",
            " interval_start , a, b \n2026-01-01T00Z, 1, \n\n2026-01-01T01Z,-3 ,4\n\n\n",
        ] {
            assert_eq!(parse(text, None).unwrap(), plain, "{text}");
        }
    }

    #[test]
    fn a_label_is_kept_as_it_stands() {
        let table = parse("interval_start,a\n\" 2026-01-01 00:00+01 \",1\n", None).unwrap();
        assert_eq!(table.intervals[0].label, " 2026-01-01 00:00+01 ");
    }

    #[test]
    fn bad_cells_are_named_by_row_and_column() {
        let start = "interval_start,a,d 2\r\n2026-01-01T00Z,1,2\r\n2026-01-01T01Z,3,";
        assert!(
            error(&format!("{start}1.5\r\n"))
                .starts_with("f.csv: row 3, column \"d 2\": \"1.5\" is not a whole")
        );
        assert!(
            error(&format!("{start}1001\r\n"))
                .starts_with("f.csv: row 3, column \"d 2\": \"1001\" Wh is beyond")
        );
        assert!(
            error(&format!("{start}x\r\n"))
                .starts_with("f.csv: row 3, column \"d 2\": \"x\" is not a number")
        );
        assert!(error(&format!("{start}1,2\r\n")).starts_with("f.csv: row 3: the row has 4 fields"));
        assert!(
            error("interval_start,a\n2026-01-01T00Z,1\n,2\n")
                .starts_with("f.csv: row 3, column \"interval_start\": \"\" is not a time stamp")
        );
        assert!(error("interval_start,a\n2026-01-01T00:00,1\n").contains("column \"interval_start\""));
    }

    #[test]
    fn bad_headers() {
        assert_eq!(
            error("interval_start,a,b, a\n2026-01-01T00Z,1,2,3\n"),
            "f.csv: row 1, column \"a\": the meter has two columns, the 2. and the 4."
        );
        assert_eq!(error("interval_start,a,,b\n"), "f.csv: row 1, column \"3\": the meter has no name");
        assert_eq!(
            error("interval_start\n2026-01-01T00Z\n"),
            "f.csv: row 1: there is no meter after interval_start"
        );
    }

    #[test]
    fn intervals_follow_each_other() {
        let start = "interval_start,a\n2026-01-01T00:00+01:00,1\n2026-01-01T01:00+01:00,1\n";
        assert_eq!(
            error(&format!("{start}2025-12-31T23:00Z,2\n")),
            "f.csv: row 4, column \"interval_start\": the interval is there twice, first in row 2"
        );
        assert!(
            error(&format!("{start}2026-01-01T00Z,2\n"))
                .ends_with("the interval is there twice, first in row 3")
        );
        assert!(error(&format!("{start}2025-12-31T23:30Z,2\n")).contains("order the rows by time"));
    }

    #[test]
    fn local_times_across_the_clock_changes() {
        let file = |times: &[&str]| {
            let rows: String = times.iter().map(|time| format!("2018-10-28T{time},1\n")).collect();
            parse(&format!("interval_start,a\n{rows}"), Some("Europe/Zurich"))
        };
        let times = ["01:30", "02:00", "02:30", "02:00", "02:30", "03:00"];
        let table = file(&times).unwrap();
        let steps: Vec<_> =
            table.intervals.windows(2).map(|pair| pair[0].instant.until(pair[1].instant).unwrap()).collect();
        assert!(steps.iter().all(|step| step.total(jiff::Unit::Minute).unwrap() == 30.0), "{steps:?}");
        let labels: Vec<_> = table.intervals.iter().map(|interval| interval.label.as_str()).collect();
        // In the repeated hour alone the offset is added: two rows of a result would look the same.
        assert_eq!(labels[0], "2018-10-28T01:30");
        assert_eq!(labels[1..3], ["2018-10-28T02:00+02:00", "2018-10-28T02:30+02:00"]);
        assert_eq!(labels[3..5], ["2018-10-28T02:00+01:00", "2018-10-28T02:30+01:00"]);
        assert_eq!(labels[5], "2018-10-28T03:00");

        assert!(file(&["02:00", "02:30", "02:00", "02:30", "02:00"]).unwrap_err().contains("row 6"));
        assert!(file(&["02:00", "02:15", "02:15"]).unwrap_err().contains("twice"));
        assert!(file(&["03:00", "02:00"]).unwrap_err().contains("order the rows"));

        let spring = "interval_start,a\n2018-03-25T01:45,1\n2018-03-25T03:00,1\n";
        let table = parse(spring, Some("Europe/Zurich")).unwrap();
        let step = table.intervals[0].instant.until(table.intervals[1].instant).unwrap();
        assert_eq!(step.total(jiff::Unit::Minute).unwrap(), 15.0);
    }
}
