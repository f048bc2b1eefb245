//! Readings that tell in every sum whose they are, and what must hold of what a utility says.

use std::collections::BTreeMap;

use meter_link::Round;

use super::Network;
use crate::engine::Event;
use crate::engine::seat::Readings;
use crate::engine::timetable::Timetable;

/// The reading of the meter with index i is `2^(low + i) + f(i, round)`, so that a sum tells which meters are in it,
/// and that each is in it once, with its reading of this round.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Truth {
    /// Bits for the sum of what depends on the round.
    pub(crate) low: u32,
    pub(crate) meters: u32,
}

/// What came of the rounds.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Which meters are in a round's sum, by index, and when it was there.
    pub(crate) sums: BTreeMap<u32, (u64, Vec<u32>)>,
    pub(crate) lost: BTreeMap<u32, String>,
    pub(crate) epochs: Vec<u32>,
    pub(crate) bills: usize,
}

struct Source(Truth, u32);

impl Truth {
    /// For at most 46 meters, with sums below 2^62.
    pub(crate) fn new(meters: u32) -> Self {
        assert!(meters <= 46);
        Self { low: 16, meters }
    }

    /// With sums as small as can be, for logarithms to be found.
    pub(crate) fn small(meters: u32) -> Self {
        assert!(meters <= 16);
        Self { low: 8, meters }
    }

    /// For the deployment's `max_reading`.
    pub(crate) fn largest(self) -> u64 {
        1 << (self.low + self.meters)
    }

    pub(crate) fn reading(self, index: u32, round: u32) -> i64 {
        let most = (1 << self.low) / i64::from(self.meters.max(2));
        let mixed = i64::from(round) * 7919 + i64::from(index) * 104_729;
        (1 << (self.low + index)) + mixed % most
    }

    /// The readings of a meter, by its index among the deployment's meters.
    pub(crate) fn source(self, index: u32) -> Box<dyn Readings> {
        Box::new(Source(self, index))
    }

    /// Whose readings a sum is the sum of.
    ///
    /// # Panics
    /// Where it is not the sum of one reading of each of them.
    pub(crate) fn members(self, round: u32, sum: i64) -> Vec<u32> {
        let members: Vec<u32> = (0..self.meters).filter(|index| sum >> (self.low + index) & 1 == 1).collect();
        let right: i64 = members.iter().map(|index| self.reading(*index, round)).sum();
        assert_eq!(sum, right, "round {round}: no sum of readings, of {members:?} at best");
        members
    }

    /// Checks all that the utility has said: every sum is right and names as many meters as are in it, there is at most
    /// one a round, none of a round that is lost, and no round is lost twice.
    ///
    /// # Panics
    /// Where that is not so.
    pub(crate) fn check(self, network: &Network) -> Tally {
        let mut tally = Tally::default();
        for (at, event) in network.events_at() {
            match event {
                Event::Sum { round, meters, values } => {
                    let members = self.members(*round, values[0]);
                    assert_eq!(members.len(), *meters as usize, "round {round}: meters of the sum");
                    let before = tally.sums.insert(*round, (at, members));
                    assert_eq!(before, None, "round {round} has two sums");
                }
                Event::Lost { round, why } => {
                    let before = tally.lost.insert(*round, why.clone());
                    assert_eq!(before, None, "round {round} is lost twice");
                }
                Event::Epoch { epoch, .. } => {
                    assert!(tally.epochs.last().is_none_or(|last| last < epoch), "epoch {epoch} begins late");
                    tally.epochs.push(*epoch);
                }
                Event::Bill { .. } => tally.bills += 1,
                _ => {}
            }
        }
        for (round, why) in &tally.lost {
            assert!(!tally.sums.contains_key(round), "round {round} has a sum and is lost: {why}");
        }
        tally
    }
}

impl Tally {
    /// Whether the round that begins after `calm`, or the one after it, has a sum.
    pub(crate) fn closes_again(&self, table: &Timetable, calm: u64) -> bool {
        let now = table.round(calm).map_or(0, Round::to_u32);
        [now + 1, now + 2].iter().any(|round| self.sums.contains_key(round))
    }

    /// Rounds of this span that have a sum.
    pub(crate) fn sums_in(&self, rounds: std::ops::RangeInclusive<u32>) -> usize {
        self.sums.range(rounds).count()
    }
}

impl Readings for Source {
    fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
        Some(vec![self.0.reading(self.1, round.to_u32())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_tells_its_meters() {
        let truth = Truth::new(7);
        let sum: i64 = [1, 4, 6].iter().map(|index| truth.reading(*index, 12)).sum();
        assert_eq!(truth.members(12, sum), [1, 4, 6]);
        assert!(sum < truth.largest() as i64 * 2);
    }

    #[test]
    #[should_panic(expected = "no sum of readings")]
    fn a_reading_twice() {
        let truth = Truth::small(7);
        truth.members(12, 2 * truth.reading(1, 12));
    }

    #[test]
    #[should_panic(expected = "no sum of readings")]
    fn a_reading_of_another_round() {
        let truth = Truth::small(7);
        truth.members(12, truth.reading(1, 12) + truth.reading(2, 11));
    }
}
