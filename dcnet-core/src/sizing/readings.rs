//! Readings of households over whole days, in two halves: what is learnt on one is tested on the other.

use alloc::vec::Vec;
use core::ops::Range;

use meter_link::{Error, Misuse};

use super::past;

/// What households used, in whole days of equal intervals.
pub struct Readings {
    /// Household by household.
    values: Vec<f64>,
    totals: Vec<f64>,
    households: usize,
    days: usize,
    per_day: usize,
}

/// Which days, and whose households are targets: no day and no target is in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    First,
    Second,
}

impl Readings {
    /// Households below which nothing is said: each half has half of them as targets.
    pub const LEAST_HOUSEHOLDS: usize = 4;
    /// Days below which nothing is said: each half has [`Readings::HISTORY`] days before its first that counts.
    pub const LEAST_DAYS: usize = 2 * (past::LEAST + 1);
    /// Days before that an observer has to have seen.
    pub const HISTORY: usize = past::LEAST;

    /// Takes rows of one interval each, with one reading a household. An incomplete last day is left out.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless rows are full; [`Misuse::BadParameter`] for fewer than
    /// [`LEAST_HOUSEHOLDS`](Self::LEAST_HOUSEHOLDS), fewer whole days than [`LEAST_DAYS`](Self::LEAST_DAYS), or fewer than
    /// four intervals a day.
    pub fn new(rows: &[i64], households: usize, per_day: usize) -> Result<Self, Error> {
        if households < Self::LEAST_HOUSEHOLDS || per_day < 4 {
            return Err(Misuse::BadParameter.into());
        }
        if !rows.len().is_multiple_of(households) {
            return Err(Misuse::WrongLength.into());
        }
        let intervals = rows.len().checked_div(households).unwrap_or(0);
        let days = intervals.checked_div(per_day).unwrap_or(0);
        if days < Self::LEAST_DAYS {
            return Err(Misuse::BadParameter.into());
        }
        let length = days.saturating_mul(per_day);
        let column =
            |household| rows.iter().skip(household).step_by(households).take(length).map(|wh| *wh as f64);
        let totals = rows.chunks(households).take(length).map(|row| row.iter().map(|wh| *wh as f64).sum());
        let values = (0..households).flat_map(column).collect();
        Ok(Readings { values, totals: totals.collect(), households, days, per_day })
    }

    /// Households.
    pub fn households(&self) -> usize {
        self.households
    }

    /// Whole days.
    pub fn days(&self) -> usize {
        self.days
    }

    /// Intervals of a day.
    pub fn per_day(&self) -> usize {
        self.per_day
    }

    /// Whether a group holds households on several days at once: there are not three times as many others beside it.
    pub fn resampled(&self, size: usize) -> bool {
        size > self.households / 4
    }

    /// The days of a half.
    pub(super) fn range(&self, half: Half) -> Range<usize> {
        let middle = self.days / 2;
        match half {
            Half::First => 0..middle,
            Half::Second => middle..self.days,
        }
    }

    /// A household's readings in a half, beginning `shift` days late and going on with the first ones.
    pub(super) fn series(
        &self,
        household: usize,
        half: Half,
        shift: usize,
    ) -> impl Iterator<Item = f64> + Clone {
        let days = self.range(half);
        let start = household.wrapping_mul(self.days).wrapping_add(days.start).wrapping_mul(self.per_day);
        let length = days.len().wrapping_mul(self.per_day);
        let shift = shift.wrapping_mul(self.per_day).min(length);
        let whole = self.values.get(start..start.wrapping_add(length)).unwrap_or_default();
        let (first, later) = whole.split_at_checked(shift).unwrap_or_default();
        later.iter().chain(first).copied()
    }

    /// The sums of all households in a half.
    pub(super) fn series_of_all(&self, half: Half) -> impl Iterator<Item = f64> {
        let days = self.range(half);
        let (start, length) = (days.start.wrapping_mul(self.per_day), days.len().wrapping_mul(self.per_day));
        self.totals.iter().skip(start).take(length).copied()
    }
}

impl Half {
    pub(super) fn other(self) -> Self {
        if self == Half::First { Half::Second } else { Half::First }
    }

    /// Whether a household is a target in this half.
    pub(super) fn targets(self, household: usize) -> bool {
        household.is_multiple_of(2) == (self == Half::First)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_shifts() {
        // Household h reads 100 h + day in each of four intervals.
        let rows: Vec<i64> = (0..9 * 4).flat_map(|row| (0..5).map(move |h| 100 * h + row / 4)).collect();
        let readings = Readings::new(&rows, 5, 4).unwrap();
        assert_eq!((readings.households(), readings.days(), readings.per_day()), (5, 9, 4));
        assert_eq!((readings.range(Half::First), readings.range(Half::Second)), (0..4, 4..9));
        let days = |h, half, shift| readings.series(h, half, shift).step_by(4).collect::<Vec<_>>();
        assert_eq!(days(2, Half::First, 0), [200.0, 201.0, 202.0, 203.0]);
        assert_eq!(days(4, Half::Second, 0), [404.0, 405.0, 406.0, 407.0, 408.0]);
        assert_eq!(days(4, Half::Second, 3), [407.0, 408.0, 404.0, 405.0, 406.0]);
        let both = |h| Half::First.targets(h) && Half::Second.targets(h);
        assert!(!(0..5).any(both));
    }

    #[test]
    fn too_little_is_refused() {
        let rows = [0i64; 8 * 4 * 4];
        let new = |length: usize, households, per_day| {
            Readings::new(&rows[..length], households, per_day).map(|readings| readings.days())
        };
        assert_eq!(new(128, 4, 4), Ok(8));
        assert_eq!(new(127, 4, 4), Err(Misuse::WrongLength.into()));
        assert_eq!(new(124, 4, 4), Err(Misuse::BadParameter.into()));
        assert_eq!(new(128, 3, 4), Err(Misuse::BadParameter.into()));
        assert_eq!(new(128, 4, 3), Err(Misuse::BadParameter.into()));
        assert_eq!(new(128, 0, 4), Err(Misuse::BadParameter.into()));
        assert_eq!(new(0, 4, 4), Err(Misuse::BadParameter.into()));
    }
}
