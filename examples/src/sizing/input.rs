//! A file of readings as whole days of equal intervals.

use dcnet_core::sizing::Readings;
use jiff::civil::DateTime;

use super::Sizing;
use crate::input::InputError;
use crate::readings::{Table, stamp};

const MINUTES_OF_A_DAY: i64 = 24 * 60;
const SECONDS_OF_A_DAY: i64 = MINUTES_OF_A_DAY * 60;

/// What can be played on.
pub(crate) struct Days {
    pub(super) readings: Readings,
    /// Minutes of an interval.
    pub(super) minutes: i64,
    /// Households with silent intervals.
    pub(super) left_out: usize,
    /// Sizes in order, each once.
    pub(super) sizes: Vec<usize>,
    /// When the first interval begins, local time.
    pub(super) start: Option<DateTime>,
}

impl Days {
    pub(super) fn new(table: &Table, args: &Sizing) -> Result<Self, InputError> {
        let error = |what: String| InputError::new(format!("{}: {what}", args.readings.display()));
        let (minutes, per_day) = minutes(table).map_err(&error)?;
        let (days, least) = (table.intervals.chunks(per_day), Readings::LEAST_DAYS);
        let days = days.filter(|day| day.len() == per_day).count();
        if days < least {
            return Err(error(format!("{days} whole days are too few: it takes {least}")));
        }

        let whole = |meter: &usize| table.column(*meter).all(|cell| cell.is_some());
        let columns: Vec<usize> = (0..table.meters.len()).filter(whole).collect();
        let least = Readings::LEAST_HOUSEHOLDS;
        if columns.len() < least {
            let have = columns.len();
            return Err(error(format!(
                "{have} households without silent intervals are too few: it takes {least}"
            )));
        }
        let of = |row: &[Option<i64>]| -> Vec<i64> {
            columns.iter().filter_map(|column| row.get(*column).copied().flatten()).collect()
        };
        let rows: Vec<i64> = table.rows().flat_map(|(_, row)| of(row)).collect();
        let readings =
            Readings::new(&rows, columns.len(), per_day).map_err(|what| error(what.to_string()))?;

        let mut sizes: Vec<usize> =
            args.sizes.iter().filter_map(|size| usize::try_from(*size).ok()).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let start = table.intervals.first().and_then(|interval| stamp::shown(&interval.label));
        let left_out = table.meters.len().saturating_sub(columns.len());
        Ok(Days { readings, minutes, left_out, sizes, start })
    }
}

/// Minutes of an interval, all alike, and how many of them are a day.
fn minutes(table: &Table) -> Result<(i64, usize), String> {
    let mut all = None;
    for (one, next) in table.intervals.iter().zip(table.intervals.iter().skip(1)) {
        let seconds = next.instant.duration_since(one.instant).as_secs();
        if *all.get_or_insert(seconds) != seconds {
            return Err(format!(
                "the interval after {:?} is of another length, or one is missing",
                one.label
            ));
        }
    }
    let seconds = all.ok_or("one interval is too little")?;
    (4..=MINUTES_OF_A_DAY)
        .find(|count| count.saturating_mul(seconds) == SECONDS_OF_A_DAY && seconds.checked_rem(60) == Some(0))
        .and_then(|count| Some((seconds.checked_div(60)?, usize::try_from(count).ok()?)))
        .ok_or_else(|| {
            format!("intervals of {seconds} s: it takes whole minutes, 4 or more equal intervals a day")
        })
}
