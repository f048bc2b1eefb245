//! Readings of many meters over many intervals, and the CSV files they come from.
//!
//! Two forms are told apart by their header: *wide*, `interval_start,METER,METER,…`, one row an interval,
//! and *long*, `meter,interval_start,wh`, one row a reading. Readings are whole Wh; an empty cell is a
//! silent meter.

pub(crate) mod cell;
mod long;
pub(crate) mod stamp;
mod wide;

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::input::{InputError, Source};

/// One metering interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Interval {
    /// The text of the file, which output gives back unchanged.
    pub(crate) label: String,
    pub(crate) instant: Timestamp,
}

/// What a file is read with.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    /// For time stamps without offset.
    pub(crate) zone: Option<TimeZone>,
    /// The largest magnitude of a reading.
    pub(crate) max_reading: i64,
}

/// Readings in rows of one interval each, in order of time, one column a meter.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) meters: Vec<String>,
    pub(crate) intervals: Vec<Interval>,
    cells: Vec<Option<i64>>,
}

/// Beyond this many cells (16 bytes each) a long file is more likely broken than large.
const MAX_CELLS: usize = 1 << 27;

impl Table {
    /// Reads a file of either form.
    pub(crate) fn open(path: &Path, rules: &Rules) -> Result<Self, InputError> {
        Self::read(&Source::open(path)?, rules)
    }

    pub(crate) fn read(source: &Source, rules: &Rules) -> Result<Self, InputError> {
        let mut records = source.records();
        let header = records.header()?;
        let table = if let Some(columns) = long::Columns::find(&header) {
            long::read(source, records, &header, columns, rules)?
        } else if header.get(0) == Some("interval_start") {
            wide::read(source, records, &header, rules)?
        } else {
            return Err(source.error(
                "row 1: the header is neither `interval_start,METER,METER,…` nor `meter,interval_start,wh`",
            ));
        };
        if table.intervals.is_empty() {
            return Err(source.error("there is no row after the header"));
        }
        Ok(table)
    }

    /// A table of `cells` in rows, one an interval; missing cells at the end are silent.
    pub(crate) fn new(meters: Vec<String>, intervals: Vec<Interval>, mut cells: Vec<Option<i64>>) -> Self {
        cells.resize(meters.len().saturating_mul(intervals.len()), None);
        Self { meters, intervals, cells }
    }

    /// Every interval with its readings, one for each meter.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (&Interval, &[Option<i64>])> {
        self.intervals.iter().zip(self.cells.chunks(self.meters.len().max(1)))
    }

    /// The readings of one interval.
    pub(crate) fn row(&self, interval: usize) -> &[Option<i64>] {
        self.cells.chunks(self.meters.len().max(1)).nth(interval).unwrap_or_default()
    }

    /// The readings of one meter.
    pub(crate) fn column(&self, meter: usize) -> impl Iterator<Item = Option<i64>> + Clone {
        self.cells.iter().skip(meter).step_by(self.meters.len().max(1)).copied()
    }

    /// The first meters and the first intervals only.
    pub(crate) fn first(&self, meters: usize, intervals: usize) -> Self {
        let mut cells = Vec::new();
        for (_, row) in self.rows().take(intervals) {
            cells.extend(row.iter().take(meters));
        }
        Self {
            meters: self.meters.iter().take(meters).cloned().collect(),
            intervals: self.intervals.iter().take(intervals).cloned().collect(),
            cells,
        }
    }

    /// Takes a reading away.
    pub(crate) fn silence(&mut self, interval: usize, meter: usize) {
        let index = interval.saturating_mul(self.meters.len()).saturating_add(meter);
        if let Some(cell) = self.cells.get_mut(index) {
            *cell = None;
        }
    }
}

/// Refuses a meter without a name.
fn named<'a>(source: &Source, offset: usize, name: &'a str, column: &str) -> Result<&'a str, InputError> {
    if name.is_empty() { Err(source.cell_error(offset, column, "the meter has no name")) } else { Ok(name) }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn parse(text: &str, zone: Option<&str>) -> Result<Table, String> {
        let zone = zone.map(|name| stamp::zone(name).unwrap());
        let source = Source::from_bytes("f.csv".into(), text.as_bytes().to_vec()).unwrap();
        Table::read(&source, &Rules { zone, max_reading: 1_000 }).map_err(|error| error.to_string())
    }

    #[test]
    fn the_header_tells_the_form() {
        assert!(parse("time,a\n", None).unwrap_err().starts_with("f.csv: row 1: the header is neither"));
        assert_eq!(parse("", None).unwrap_err(), "f.csv: the file is empty");
        assert_eq!(parse("interval_start,a\n", None).unwrap_err(), "f.csv: there is no row after the header");
        assert_eq!(
            parse("meter,interval_start,wh\n", None).unwrap_err(),
            "f.csv: there is no row after the header"
        );
    }

    #[test]
    fn a_part_and_a_silenced_cell() {
        let text = "interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n2026-01-01T01Z,4,5,6\n2026-01-01T02Z,7,8,9\n";
        let mut part = parse(text, None).unwrap().first(2, 2);
        part.silence(1, 0);
        assert_eq!(part.meters, ["a", "b"]);
        let rows: Vec<_> = part.rows().map(|(_, row)| row.to_vec()).collect();
        assert_eq!(rows, [[Some(1), Some(2)], [None, Some(5)]]);
        assert_eq!(part.column(1).collect::<Vec<_>>(), [Some(2), Some(5)]);
    }
}
