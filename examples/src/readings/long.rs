//! The long form: `meter,interval_start,wh`, one row a reading, in any order.

use std::collections::{HashMap, HashSet};

use csv::StringRecord;
use jiff::Timestamp;

use super::stamp::{self, Fold, Repeated, Stamp};
use super::{Interval, MAX_CELLS, Rules, Table, cell, named};
use crate::input::{InputError, Records, Source};
use crate::progress::Progress;

/// Where the three columns stand.
#[derive(Clone, Copy)]
pub(super) struct Columns {
    meter: usize,
    start: usize,
    wh: usize,
}

impl Columns {
    /// The columns of a header that holds these three and nothing else.
    pub(super) fn find(header: &StringRecord) -> Option<Self> {
        let place = |name| header.iter().position(|column| column == name);
        let columns = Self { meter: place("meter")?, start: place("interval_start")?, wh: place("wh")? };
        (header.len() == 3).then_some(columns)
    }
}

/// A reading at the places its names have in [`Names`].
struct Entry {
    meter: u32,
    interval: u32,
    reading: Option<i64>,
    offset: usize,
}

pub(super) fn read(
    source: &Source,
    mut records: Records<'_>,
    header: &StringRecord,
    columns: Columns,
    rules: &Rules,
) -> Result<Table, InputError> {
    let progress = Progress::bytes("reading", source.len());
    let (mut names, mut entries) = (Names::default(), Vec::new());
    let mut record = StringRecord::new();
    while let Some(offset) = records.next(&mut record)? {
        progress.at(offset);
        records.expect_width(&record, offset, header)?;
        let field = |index| record.get(index).unwrap_or_default();
        let meter = names.meter(named(source, offset, field(columns.meter).trim(), "meter")?);
        let interval = names
            .interval(meter, field(columns.start), rules, offset)
            .map_err(|what| source.cell_error(offset, "interval_start", what))?;
        let reading = cell::read(field(columns.wh), rules.max_reading)
            .map_err(|what| source.cell_error(offset, "wh", what))?;
        entries.push(Entry { meter, interval, reading, offset });
    }
    names.refuse_undecided(source)?;
    names.table(source, &entries)
}

/// The meters and intervals met so far, each with its number.
#[derive(Default)]
struct Names {
    meters: HashMap<String, u32>,
    /// What each text of a time stamp means: files repeat it for every meter.
    stamps: HashMap<String, Stamp>,
    instants: HashMap<Timestamp, u32>,
    intervals: Vec<Interval>,
    folds: HashMap<(u32, Timestamp), Passing>,
}

/// A meter's way through a repeated hour, and the byte at which it entered.
struct Passing {
    fold: Fold,
    offset: usize,
}

impl Names {
    fn meter(&mut self, name: &str) -> u32 {
        if let Some(number) = self.meters.get(name) {
            return *number;
        }
        let number = u32::try_from(self.meters.len()).unwrap_or(u32::MAX);
        self.meters.insert(name.to_owned(), number);
        number
    }

    fn interval(&mut self, meter: u32, label: &str, rules: &Rules, offset: usize) -> Result<u32, String> {
        let stamp = match self.stamps.get(label) {
            Some(stamp) => *stamp,
            None => {
                let stamp = stamp::read(label, rules.zone.as_ref())?;
                self.stamps.insert(label.to_owned(), stamp);
                stamp
            }
        };
        let instant = match stamp {
            Stamp::At(instant) => instant,
            Stamp::Repeated(at) => self.passage(meter, &at, offset)?,
        };
        let intervals = &mut self.intervals;
        let number = *self.instants.entry(instant).or_insert_with(|| {
            intervals.push(Interval { label: stamp.label(label, instant), instant });
            u32::try_from(intervals.len().saturating_sub(1)).unwrap_or(u32::MAX)
        });
        Ok(number)
    }

    fn passage(&mut self, meter: u32, at: &Repeated, offset: usize) -> Result<Timestamp, String> {
        match self.folds.get_mut(&(meter, at.change)) {
            Some(passing) => {
                passing.fold.next(at).ok_or_else(|| "the meter has this interval twice already".into())
            }
            None => {
                self.folds.insert((meter, at.change), Passing { fold: Fold::new(at), offset });
                Ok(at.first)
            }
        }
    }

    /// A meter with one passage through a repeated hour, where others have two: which of the two is it?
    fn refuse_undecided(&self, source: &Source) -> Result<(), InputError> {
        let passed = |passing: &Passing| passing.fold.passed_twice();
        let twice: HashSet<Timestamp> = self
            .folds
            .iter()
            .filter(|(_, passing)| passed(passing))
            .map(|((_, change), _)| *change)
            .collect();
        let undecided =
            self.folds.iter().filter(|((_, change), passing)| twice.contains(change) && !passed(passing));
        match undecided.map(|(_, passing)| passing.offset).min() {
            None => Ok(()),
            Some(offset) => Err(source.cell_error(
                offset,
                "interval_start",
                "the clocks repeat this hour and other meters have it twice; this meter has it once, first or \
                 second cannot be told: give the time stamps with their offset",
            )),
        }
    }

    /// Puts the entries in rows by time and columns in order of appearance.
    fn table(self, source: &Source, entries: &[Entry]) -> Result<Table, InputError> {
        let size = self.meters.len().saturating_mul(self.intervals.len());
        if size > MAX_CELLS {
            let (meters, intervals) = (self.meters.len(), self.intervals.len());
            return Err(
                source.error(format!("{meters} meters by {intervals} intervals is more than fits in memory"))
            );
        }
        let mut meters: Vec<(String, u32)> = self.meters.into_iter().collect();
        meters.sort_unstable_by_key(|(_, number)| *number);
        let mut order: Vec<usize> = (0..self.intervals.len()).collect();
        order.sort_unstable_by_key(|number| self.intervals.get(*number).map(|interval| interval.instant));
        let mut rows = vec![0usize; order.len()];
        for (row, number) in order.iter().enumerate() {
            if let Some(place) = rows.get_mut(*number) {
                *place = row;
            }
        }

        let mut cells = vec![None; size];
        let mut filled = vec![false; size];
        for entry in entries {
            let row = rows.get(entry.interval as usize).copied().unwrap_or_default();
            let index = row.saturating_mul(meters.len()).saturating_add(entry.meter as usize);
            if let (Some(cell), Some(filled)) = (cells.get_mut(index), filled.get_mut(index)) {
                if *filled {
                    return Err(twice(source, entries, entry));
                }
                *filled = true;
                *cell = entry.reading;
            }
        }
        let mut intervals: Vec<_> = self.intervals;
        intervals.sort_by_key(|interval| interval.instant);
        Ok(Table::new(meters.into_iter().map(|(name, _)| name).collect(), intervals, cells))
    }
}

fn twice(source: &Source, entries: &[Entry], entry: &Entry) -> InputError {
    let first = entries.iter().find(|other| (other.meter, other.interval) == (entry.meter, entry.interval));
    let row = source.row(first.map_or(0, |first| first.offset));
    source.cell_error(
        entry.offset,
        "interval_start",
        format!("the meter has a reading of this interval already, in row {row}"),
    )
}

#[cfg(test)]
mod tests {
    use crate::readings::tests::parse;

    fn rows(table: &super::Table) -> Vec<(String, Vec<Option<i64>>)> {
        table.rows().map(|(interval, row)| (interval.label.clone(), row.to_vec())).collect()
    }

    #[test]
    fn readings_in_any_order() {
        let text = "meter,interval_start,wh\nb,2026-01-01T01Z,4\na,2026-01-01T00Z,1\nb,2026-01-01T00Z,\na,2026-01-01T01Z,3\nc,2026-01-01T02:00+01,7\n";
        let table = parse(text, None).unwrap();
        assert_eq!(table.meters, ["b", "a", "c"]);
        assert_eq!(
            rows(&table),
            [
                ("2026-01-01T00Z".into(), vec![None, Some(1), None]),
                ("2026-01-01T01Z".into(), vec![Some(4), Some(3), Some(7)]),
            ]
        );
        let moved = "interval_start, wh ,meter\r\n2026-01-01T00Z, 1 , a \r\n";
        assert_eq!(rows(&parse(moved, None).unwrap())[0].1, [Some(1)]);
    }

    #[test]
    fn errors_name_row_and_column() {
        let error = |rest: &str| {
            parse(&format!("meter,interval_start,wh\na,2026-01-01T00Z,1\n{rest}"), None).unwrap_err()
        };
        assert_eq!(
            error("b,2026-01-01T00Z,1\na,2026-01-01T01:00+01:00,5\n"),
            "f.csv: row 4, column \"interval_start\": the meter has a reading of this interval already, in row 2"
        );
        assert!(error("b,2026-01-01T00Z,1\nb,2026-01-01T00Z,\n").contains("already, in row 3"));
        assert!(error("b,2026-01-01T00Z,1\nb,2026-01-01T00Z,\n").contains("row 4"));
        assert!(
            error("b,2026-01-01T00Z,2.5\n")
                .starts_with("f.csv: row 3, column \"wh\": \"2.5\" is not a whole")
        );
        assert!(
            error("b,2026-01-01T00Z,2000\n")
                .starts_with("f.csv: row 3, column \"wh\": \"2000\" Wh is beyond")
        );
        assert!(
            error(" ,2026-01-01T00Z,2\n")
                .starts_with("f.csv: row 3, column \"meter\": the meter has no name")
        );
        assert!(
            error("b,yesterday,2\n").starts_with("f.csv: row 3, column \"interval_start\": \"yesterday\"")
        );
        assert!(error("b,2026-01-01T00Z\n").starts_with("f.csv: row 3, column \"wh\": the field is missing"));
        assert!(parse("meter,interval_start,wh,unit\n", None).unwrap_err().contains("row 1"));
    }

    fn autumn(rows: &[(&str, &str, i64)]) -> Result<super::Table, String> {
        let rows: String =
            rows.iter().map(|(meter, time, wh)| format!("{meter},2018-10-28T{time},{wh}\n")).collect();
        parse(&format!("meter,interval_start,wh\n{rows}"), Some("Europe/Zurich"))
    }

    #[test]
    fn the_repeated_hour_meets_across_meters() {
        // By meter, and by row of time: the same table.
        let by_meter = autumn(&[
            ("a", "02:00", 1),
            ("a", "02:30", 2),
            ("a", "02:00", 3),
            ("a", "02:30", 4),
            ("b", "02:30", 20),
            ("b", "02:00", 30),
            ("b", "02:30", 40),
        ])
        .unwrap();
        let by_time = autumn(&[
            ("a", "02:00", 1),
            ("a", "02:30", 2),
            ("b", "02:30", 20),
            ("a", "02:00", 3),
            ("b", "02:00", 30),
            ("a", "02:30", 4),
            ("b", "02:30", 40),
        ])
        .unwrap();
        assert_eq!(by_meter, by_time);
        let columns: Vec<Vec<_>> = (0..2).map(|meter| by_meter.column(meter).collect()).collect();
        assert_eq!(columns[0], [Some(1), Some(2), Some(3), Some(4)]);
        assert_eq!(columns[1], [None, Some(20), Some(30), Some(40)]);
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let error = autumn(&[("a", "02:00", 1), ("a", "02:00", 2), ("b", "02:00", 3)]).unwrap_err();
        assert!(
            error.starts_with("f.csv: row 4, column \"interval_start\": the clocks repeat this hour"),
            "{error}"
        );
        let error = autumn(&[("a", "02:00", 1), ("a", "02:00", 2), ("a", "02:00", 3)]).unwrap_err();
        assert!(error.contains("row 4") && error.contains("twice already"), "{error}");
        // Where no meter has the hour twice, all mean the same one.
        assert!(autumn(&[("a", "02:00", 1), ("a", "02:30", 2), ("b", "02:00", 3)]).is_ok());
    }
}
