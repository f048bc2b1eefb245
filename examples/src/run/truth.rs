//! What the utility recorded, beside the readings that the meters had.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::deployment::Ids;
use crate::engine::Event;
use crate::readings::Table;
use crate::run::statistics::Statistics;

/// What the head end's log says of a round.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Round {
    pub(crate) round: u32,
    /// In the sum.
    pub(crate) meters: u32,
    /// One value an interval of the batch.
    pub(crate) sum: Option<Vec<i64>>,
    /// Of the same meters' readings; `None` where the round has no sum. Sums of squares stand behind the sums.
    pub(crate) truth: Option<Vec<i64>>,
    /// Means and variances, where there are sums of squares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) statistics: Option<Statistics>,
    /// Why there is no sum.
    pub(crate) lost: Option<String>,
    /// Not waited for.
    pub(crate) absent: BTreeSet<u32>,
    /// Waited for in vain.
    pub(crate) missing: BTreeSet<u32>,
    /// Neighbours that repaired.
    pub(crate) repairs: u32,
    /// Milliseconds from the Open to the sum.
    pub(crate) millis: Option<u64>,
    /// Sums of this round, of which there must be one at most.
    pub(crate) sums: u32,
    #[serde(skip)]
    opened: u64,
}

impl Round {
    pub(crate) fn equal(&self) -> bool {
        self.sum.is_some() && self.sum == self.truth && self.sums == 1 && self.lost.is_none()
    }

    /// A sum that is not the truth, or there twice, or beside a loss.
    pub(crate) fn wrong(&self) -> bool {
        self.sum.is_some() && !self.equal()
    }
}

/// A meter's bill beside its readings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Bill {
    pub(crate) meter: u32,
    pub(crate) first_round: u32,
    pub(crate) rounds: u32,
    pub(crate) sum: i64,
    pub(crate) truth: i64,
}

/// Goes through the events of a head end, oldest first, with their times in milliseconds. A round has `batch` intervals.
pub(crate) fn rounds<'a>(
    events: impl IntoIterator<Item = (u64, &'a Event)>,
    table: &Table,
    meters: &[u32],
    batch: u16,
) -> BTreeMap<u32, Round> {
    let mut rounds = BTreeMap::<u32, Round>::new();
    let mut epochs = Vec::new();
    for (time, event) in events {
        if let Event::Epoch { first_round, roster, .. } = event {
            let roster = Ids::try_from(roster.clone()).unwrap_or_default();
            epochs.push((*first_round, roster.0.iter().map(|id| id.0).collect::<BTreeSet<u32>>()));
            continue;
        }
        let number = match event {
            Event::Opened { round, .. }
            | Event::Closed { round, .. }
            | Event::Repaired { round, .. }
            | Event::Sum { round, .. }
            | Event::Lost { round, .. } => *round,
            _ => continue,
        };
        let round = rounds.entry(number).or_default();
        round.round = number;
        match event {
            Event::Opened { absent, .. } => {
                round.absent = absent.iter().copied().collect();
                round.opened = time;
            }
            Event::Closed { missing, .. } => round.missing = missing.iter().copied().collect(),
            Event::Repaired { .. } => round.repairs = round.repairs.saturating_add(1),
            Event::Lost { why, .. } => round.lost = Some(why.clone()),
            Event::Sum { meters: count, values, .. } => {
                round.sums = round.sums.saturating_add(1);
                round.meters = *count;
                round.sum = Some(values.clone());
                round.millis = Some(time.saturating_sub(round.opened));
                // The newest one that has begun; an epoch may be cut off by the next.
                let epoch = epochs.iter().rev().find(|(first, _)| *first <= number);
                let readings = epoch.and_then(|(_, roster)| readings(round, table, meters, roster, batch));
                let squared = values.len() == usize::from(batch).saturating_mul(2);
                round.truth = readings.as_ref().and_then(|readings| truth(readings, squared));
                let both = readings.filter(|_| squared);
                round.statistics = both.and_then(|readings| Statistics::new(values, &readings));
            }
            _ => {}
        }
    }
    rounds
}

/// The readings of all in the roster but those who were absent or missing, interval by interval; `None` if they are not as
/// many as the protocol says, or one had no reading.
fn readings(
    round: &Round,
    table: &Table,
    meters: &[u32],
    roster: &BTreeSet<u32>,
    batch: u16,
) -> Option<Vec<Vec<i64>>> {
    let there = |meter: &u32| {
        roster.contains(meter) && !round.absent.contains(meter) && !round.missing.contains(meter)
    };
    let count = meters.iter().filter(|meter| there(meter)).count();
    let first = usize::try_from(round.round).ok()?.checked_mul(batch.into())?;
    let interval = |row: usize| {
        let readings = meters.iter().zip(table.row(row)).filter(|(meter, _)| there(meter));
        readings.map(|(_, reading)| *reading).collect::<Option<Vec<i64>>>()
    };
    let all = (first..first.checked_add(batch.into())?).map(interval).collect::<Option<Vec<_>>>()?;
    (count == usize::try_from(round.meters).ok()?).then_some(all)
}

/// Their sums, and behind them those of their squares.
fn truth(readings: &[Vec<i64>], squared: bool) -> Option<Vec<i64>> {
    let sum = |readings: &Vec<i64>| readings.iter().try_fold(0i64, |sum, reading| sum.checked_add(*reading));
    let square = |reading: &i64| reading.checked_mul(*reading);
    let squares = |readings: &Vec<i64>| {
        readings.iter().try_fold(0i64, |sum, reading| sum.checked_add(square(reading)?))
    };
    let sums = readings.iter().map(sum);
    if squared { sums.chain(readings.iter().map(squares)).collect() } else { sums.collect() }
}

/// All bills beside what the meter used in the rounds of the window that it was summed in.
pub(crate) fn bills<'a>(
    events: impl IntoIterator<Item = &'a Event>,
    rounds: &BTreeMap<u32, Round>,
    table: &Table,
    meters: &[u32],
    window: u32,
) -> Vec<Bill> {
    let mut bills = Vec::new();
    for event in events {
        let Event::Bill { first_round, rounds: in_bill, meter, values } = event else { continue };
        let column = meters.iter().position(|id| id == meter);
        let last = first_round.saturating_add(window);
        let within = rounds.range(*first_round..last).map(|(_, round)| round);
        let mut truth = 0i64;
        for round in within.filter(|round| !round.absent.contains(meter) && !round.missing.contains(meter)) {
            // A round whose set was closed counts, also where its sum was lost later: the bill says how many.
            let row = usize::try_from(round.round).map(|row| table.row(row)).unwrap_or_default();
            let reading = column.and_then(|column| row.get(column).copied().flatten());
            truth = truth.saturating_add(reading.unwrap_or_default());
        }
        let sum = values.first().copied().unwrap_or_default();
        bills.push(Bill { meter: *meter, first_round: *first_round, rounds: *in_bill, sum, truth });
    }
    bills
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::tests::parse;

    fn events(sum: i64) -> Vec<(u64, Event)> {
        let (epoch, context) = (1, String::new());
        let roster = "7-9".to_owned();
        vec![
            (
                5,
                Event::Epoch {
                    epoch,
                    first_round: 0,
                    last_round: 9,
                    meters: 3,
                    answerers: 4,
                    roster,
                    context,
                },
            ),
            (10, Event::Opened { round: 1, present: 2, absent: vec![9] }),
            (20, Event::Closed { round: 1, pass: 1, last: true, meters: 1, missing: vec![7] }),
            (35, Event::Sum { round: 1, meters: 1, values: vec![sum] }),
            (40, Event::Lost { round: 2, why: "too few".into() }),
        ]
    }

    fn table() -> Table {
        parse(
            "interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n2026-01-01T01Z,4,5,6\n2026-01-01T02Z,7,8,9\n",
            None,
        )
        .unwrap()
    }

    #[test]
    fn a_sum_is_compared_with_those_in_it() {
        let events = events(5);
        let rounds = rounds(events.iter().map(|(time, event)| (*time, event)), &table(), &[7, 8, 9], 1);
        assert!(rounds[&1].equal() && !rounds[&1].wrong());
        assert_eq!((rounds[&1].millis, rounds[&1].truth.clone()), (Some(25), Some(vec![5])));
        assert!(!rounds[&2].equal() && !rounds[&2].wrong());
    }

    #[test]
    fn a_wrong_sum_a_second_one_and_one_beside_a_loss_are_wrong() {
        let check = |events: &[(u64, Event)]| {
            rounds(events.iter().map(|(time, event)| (*time, event)), &table(), &[7, 8, 9], 1)[&1].wrong()
        };
        assert!(check(&events(6)));
        let mut twice = events(5);
        twice.push((50, Event::Sum { round: 1, meters: 1, values: vec![5] }));
        assert!(check(&twice));
        let mut lost = events(5);
        lost.push((50, Event::Lost { round: 1, why: String::new() }));
        assert!(check(&lost));
    }
}
