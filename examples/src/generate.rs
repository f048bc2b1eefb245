//! `wattsum generate`: a file of made-up readings.

use std::io;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Zoned};

use crate::args::Generate;
use crate::input::InputError;
use crate::output;
use crate::profile::{self, Slot};
use crate::progress::Progress;
use crate::readings::{Interval, Table};

/// A Monday.
pub(crate) const FIRST_DAY: &str = "2026-01-05";

/// 2 GB of readings.
const MAX_CELLS: usize = 1 << 27;

pub(crate) fn run(args: &Generate, stdout: &mut dyn io::Write) -> anyhow::Result<()> {
    if let Some(path) = &args.out {
        output::check(path)?;
    }
    let end = args
        .start
        .checked_add(jiff::Span::new().try_days(i64::from(args.days)).map_err(too_long)?)
        .map_err(too_long)?;
    let table = table(args.seed, args.meters, args.start, &args.zone, |now| now.date() < end)?;
    let form = if args.long { long } else { wide };
    output::write(args.out.as_deref(), stdout, |out| form(&table, out).map_err(output::csv_error))
}

fn too_long(error: jiff::Error) -> InputError {
    InputError::new(format!("--days: {error}"))
}

/// Readings of `meters` households from the first instant of `start`, in quarter hours, `while` that holds.
pub(crate) fn table(
    seed: u64,
    meters: u32,
    start: Date,
    zone: &TimeZone,
    mut more: impl FnMut(&Zoned) -> bool,
) -> anyhow::Result<Table> {
    let (mut intervals, mut slots) = (Vec::new(), Vec::new());
    let mut now = start.to_zoned(zone.clone())?;
    let households = usize::try_from(meters)?;
    while more(&now) {
        intervals.push(Interval {
            label: now.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
            instant: now.timestamp(),
        });
        slots.push(Slot::new(now.date(), now.time()));
        if intervals.len().saturating_mul(households) > MAX_CELLS {
            return Err(
                InputError::new(format!("more than {MAX_CELLS} readings do not fit in memory")).into()
            );
        }
        now = now.checked_add(SignedDuration::from_mins(15))?;
    }

    let progress = Progress::steps("generating", "households", households);
    let mut cells = vec![None; intervals.len().saturating_mul(households)];
    let mut names = Vec::with_capacity(households);
    for meter in 0..meters {
        let column = names.len();
        let series = profile::series(seed, meter, &slots);
        for (cell, reading) in cells.iter_mut().skip(column).step_by(households).zip(series) {
            *cell = Some(reading);
        }
        names.push(format!("m{:05}", meter.saturating_add(1)));
        progress.at(names.len());
    }
    Ok(Table::new(names, intervals, cells))
}

/// Writes a table in the wide form.
pub(crate) fn write_wide(table: &Table, path: &std::path::Path) -> anyhow::Result<()> {
    output::write(Some(path), &mut io::sink(), |out| wide(table, out).map_err(output::csv_error))
}

fn wide(table: &Table, out: &mut dyn io::Write) -> csv::Result<()> {
    let mut file = csv::Writer::from_writer(out);
    file.write_field("interval_start")?;
    file.write_record(&table.meters)?;
    for (interval, row) in table.rows() {
        file.write_field(&interval.label)?;
        file.write_record(row.iter().map(|cell| cell.map_or_else(String::new, |wh| wh.to_string())))?;
    }
    Ok(file.flush()?)
}

fn long(table: &Table, out: &mut dyn io::Write) -> csv::Result<()> {
    let mut file = csv::Writer::from_writer(out);
    file.write_record(["meter", "interval_start", "wh"])?;
    for (column, meter) in table.meters.iter().enumerate() {
        for (interval, cell) in table.intervals.iter().zip(table.column(column)) {
            if let Some(wh) = cell {
                file.write_record([meter, &interval.label, &wh.to_string()])?;
            }
        }
    }
    Ok(file.flush()?)
}

/// Readings of one day or the like for `demo`.
pub(crate) fn rounds(seed: u64, meters: u32, rounds: u32) -> anyhow::Result<Table> {
    let mut left = rounds;
    let more = move |_: &Zoned| {
        let more = left > 0;
        left = left.saturating_sub(1);
        more
    };
    table(seed, meters, FIRST_DAY.parse()?, &TimeZone::fixed(jiff::tz::offset(1)), more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::stamp;
    use sha2::{Digest, Sha256};

    fn text(table: &Table, form: fn(&Table, &mut dyn io::Write) -> csv::Result<()>) -> Vec<u8> {
        let mut bytes = Vec::new();
        form(table, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_everywhere() {
        let table = rounds(1, 50, 96).unwrap();
        let digest: String =
            Sha256::digest(text(&table, wide)).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(digest, "75359128a0bb6032d06fb996a28993b4ec8ceb9f8a6317ecf86b7294f09b6951");
        assert_ne!(text(&rounds(2, 50, 96).unwrap(), wide), text(&table, wide));
    }

    #[test]
    fn more_meters_or_days_leave_the_first_as_they_were() {
        assert_eq!(rounds(7, 30, 300).unwrap().first(10, 100), rounds(7, 10, 100).unwrap());
    }

    #[test]
    fn days_have_the_quarter_hours_of_their_zone() {
        let zone = stamp::zone("Europe/Zurich").unwrap();
        let day = |start: &str| {
            let start: Date = start.parse().unwrap();
            table(1, 1, start, &zone, |now| now.date() == start).unwrap().intervals
        };
        assert_eq!(day("2026-03-29").len(), 92);
        let autumn = day("2026-10-25");
        assert_eq!(autumn.len(), 100);
        assert_eq!(autumn[8].label, "2026-10-25T02:00:00+02:00");
        assert_eq!(autumn[12].label, "2026-10-25T02:00:00+01:00");
    }

    #[test]
    fn both_forms_read_back_as_the_same_table() {
        let table = rounds(3, 12, 40).unwrap();
        let rules = crate::readings::Rules { zone: None, max_reading: 1_000_000_000 };
        for form in [wide, long] {
            let source = crate::input::Source::from_bytes("f.csv".into(), text(&table, form)).unwrap();
            assert_eq!(Table::read(&source, &rules).unwrap(), table);
        }
    }
}
