//! A made-up household, as `wattsum generate` makes them, that can be asked for any interval.

use jiff::ToSpan;
use jiff::civil::{Date, Time, date};
use meter_link::PartyId;

use crate::deployment::Deployment;
use crate::profile::{Household, Slot};
use crate::sources::Metered;

/// A Monday. Only the day of the week matters.
const MONDAY: Date = date(2024, 1, 1);
/// Quarter hours of a week, which is drawn for itself: no reader begins in 1970.
const WEEK: u64 = 7 * 96;
/// 1970 began on a Thursday.
const THURSDAY: u64 = 3 * 96;

/// Every interval is a quarter hour of the household's life, however long it is by the schedule. With quarter-hour intervals it
/// is the one that the clock shows, in UTC.
pub(super) struct Generated {
    seed: u64,
    meter: u32,
    /// The quarter hour of interval 0.
    first: u64,
    /// The week that was asked for last, as far as it was lived.
    week: u64,
    household: Household,
    readings: Vec<i64>,
}

impl Generated {
    pub(super) fn new(seed: u64, deployment: &Deployment, meter: PartyId) -> Self {
        Self {
            seed,
            meter: meter.0,
            first: (deployment.rounds.origin / 900).saturating_add(THURSDAY),
            week: 0,
            household: Household::of_week(seed, meter.0, 0),
            readings: Vec::new(),
        }
    }
}

impl Metered for Generated {
    fn interval(&mut self, index: u64) -> Option<i64> {
        let quarter = self.first.checked_add(index)?;
        let (week, into) = (quarter / WEEK, usize::try_from(quarter % WEEK).ok()?);
        if week != self.week {
            self.week = week;
            self.household = Household::of_week(self.seed, self.meter, week);
            self.readings.clear();
        }
        while self.readings.len() <= into {
            self.readings.push(self.household.next(&slot(self.readings.len())?));
        }
        self.readings.get(into).copied()
    }
}

fn slot(quarter: usize) -> Option<Slot> {
    let quarter = i8::try_from(quarter / 96).ok().zip(i64::try_from(quarter % 96).ok());
    let (day, of_day) = quarter?;
    let time = Time::midnight().checked_add(of_day.checked_mul(15)?.minutes()).ok()?;
    Some(Slot::new(MONDAY.checked_add(i64::from(day).days()).ok()?, time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deployment::example::deployment;

    fn readings(source: &mut Generated, rounds: impl Iterator<Item = u64>) -> Vec<i64> {
        rounds.map(|round| source.interval(round).unwrap()).collect()
    }

    #[test]
    fn the_same_from_wherever_it_is_asked() {
        let deployment = deployment();
        let open = |seed, meter| Generated::new(seed, &deployment, PartyId(meter));
        let all = readings(&mut open(1, 7), 0..3000);
        assert_eq!(readings(&mut open(1, 7), 2990..3000), all[2990..]);
        let mut back = readings(&mut open(1, 7), (0..3000).rev());
        back.reverse();
        assert_eq!(back, all);
        assert_ne!(readings(&mut open(1, 8), 0..3000), all);
        assert_ne!(readings(&mut open(2, 7), 0..3000), all);
        // A week is not the one before.
        assert_ne!(all[0..672], all[672..1344]);
        assert!(all.iter().any(|wh| *wh > 0));
    }
}
