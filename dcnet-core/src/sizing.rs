//! How many meters a sum needs: what an observer of sums finds out about one household of a group of n.
//!
//! A game. A household is drawn from the group, and a coin is tossed: on heads its **event** happens, on tails not. The
//! observer knows the group's sums of the days before, sees the sums of now, and says which. His **advantage** is
//! P(says heads | heads) − P(says heads | tails): 0 is guessing, 1 is certainty, and a is being right (1 + a)/2 of
//! the times. He takes the best of a small family of tests, each with its best threshold, which he has learnt from
//! *other* days with *other* households as targets: on the first half of the days with every other household as target for
//! the second half with the rest, and the other way round; both count. docs/sizing.md has the family, the figures on real readings, and
//! what they do not say.
//!
//! This is about sums as they are. It bounds no cleverer observer, and none who knows more than sums; only
//! noise does (docs/noise.md).

mod confidence;
mod gauss;
mod group;
mod observer;
mod past;
mod readings;
mod scene;

use alloc::vec::Vec;
use core::fmt;

use meter_link::{Error, Misuse};
use rand_core::CryptoRng;

pub use observer::Test;
pub use readings::Readings;
pub use scene::{Event, Scenario, Span};

use confidence::Cells;
use observer::Rule;
use readings::Half;

/// How the game is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// What a switched appliance adds to an interval, in the unit of the readings: 500 Wh for 2 kW in a quarter of
    /// an hour.
    pub switch: i64,
    /// Groups drawn from each half of the days, to learn from and again to test on.
    pub groups: usize,
    /// Moments at which a target of a group is looked at.
    pub moments: usize,
    /// Resamples of the confidence interval.
    pub resamples: usize,
    /// Of the two-sided interval: 0.95.
    pub confidence: f64,
}

impl Plan {
    /// 200 groups with up to 8 targets at 64 moments, 1000 resamples, 95 %.
    pub const fn new(switch: i64) -> Self {
        Plan { switch, groups: 200, moments: 64, resamples: 1000, confidence: 0.95 }
    }

    fn check(&self) -> Result<(), Error> {
        let fits = (1..=100_000).contains(&self.groups)
            && (1..=10_000).contains(&self.moments)
            && (1..=1_000_000).contains(&self.resamples)
            && self.confidence > 0.0
            && self.confidence < 1.0;
        if fits { Ok(()) } else { Err(Misuse::BadParameter.into()) }
    }
}

/// What the best test of the family reaches, on days and targets that it was not chosen by.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Advantage {
    /// Which game.
    pub scenario: Scenario,
    /// Meters of the group.
    pub size: usize,
    /// The tests that were best where they were learnt, on the first half of the days and on the second.
    pub tests: [Test; 2],
    /// The intervals of the day, first and one past the last, that the observer chose there, with [`Span::Hours`].
    pub hours: [Option<(usize, usize)>; 2],
    /// The estimate. By chance it may be below zero.
    pub advantage: f64,
    /// Lower end of the confidence interval.
    pub low: f64,
    /// Upper end of it.
    pub high: f64,
    /// Pairs of trials, one with and one without the event.
    pub trials: usize,
    /// The group is larger than a quarter of the households: it holds some of them on several days at once.
    pub resampled: bool,
}

/// Plays all games for groups of one size.
///
/// # Errors
/// [`Misuse::BadParameter`] for a plan with zeros or a confidence outside (0, 1), for a size below 2 or
/// beyond 10^6.
pub fn measure<R: CryptoRng + ?Sized>(
    readings: &Readings,
    plan: &Plan,
    size: usize,
    rng: &mut R,
) -> Result<Vec<Advantage>, Error> {
    plan.check()?;
    if !(2..=1_000_000).contains(&size) {
        return Err(Misuse::BadParameter.into());
    }
    let mut games = Scenario::ALL.map(|_| (Cells::default(), [None, None]));
    for (half, index) in [Half::First, Half::Second].into_iter().zip(0usize..) {
        let filter = scene::Filter::learn(readings, half, plan, size, rng);
        let learning = scene::play(readings, half, plan, size, &filter, rng);
        let testing = scene::play(readings, half.other(), plan, size, &filter, rng);
        let first_day = readings.range(half.other()).start;
        for (scenario, (cells, rules)) in Scenario::ALL.into_iter().zip(&mut games) {
            let Some(rule) = Rule::learn(scenario, learning.of(scenario), readings.per_day()) else {
                continue;
            };
            for pair in testing.of(scenario).iter().filter(|pair| rule.applies(pair)) {
                cells.add(pair.household, first_day.wrapping_add(pair.day), rule.difference(pair));
            }
            rules.iter_mut().skip(index).take(1).for_each(|place| *place = Some(rule.clone()));
        }
    }
    let mut all = Vec::new();
    for (scenario, (cells, rules)) in Scenario::ALL.into_iter().zip(games) {
        let [Some(first), Some(second)] = rules else { continue };
        let Some((advantage, low, high)) = cells.interval(plan.resamples, plan.confidence, rng) else {
            continue;
        };
        all.push(Advantage {
            scenario,
            size,
            tests: [first.test(), second.test()],
            hours: [first.hours(readings.per_day()), second.hours(readings.per_day())],
            advantage,
            low,
            high,
            trials: cells.trials(),
            resampled: readings.resampled(size),
        });
    }
    Ok(all)
}

/// The least of the sizes from which on, in all sizes that were measured, the upper end of every scenario's interval
/// stays at `limit` or below; None if not even the largest does.
pub fn recommend(measured: &[Advantage], limit: f64) -> Option<usize> {
    let largest_bad = measured.iter().filter(|point| point.high > limit).map(|point| point.size).max();
    measured.iter().map(|point| point.size).filter(|size| largest_bad.is_none_or(|bad| *size > bad)).min()
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.event, self.span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(size: usize, high: f64) -> Advantage {
        let scenario = Scenario { event: Event::Switch, span: Span::Interval };
        let (tests, hours) = ([Test::Step; 2], [None; 2]);
        Advantage {
            scenario,
            size,
            tests,
            hours,
            advantage: 0.0,
            low: 0.0,
            high,
            trials: 1,
            resampled: false,
        }
    }

    #[test]
    fn a_recommendation_holds_from_there_on() {
        let all = [point(2, 0.9), point(10, 0.04), point(20, 0.06), point(50, 0.05), point(100, 0.01)];
        assert_eq!(recommend(&all, 0.05), Some(50));
        assert_eq!(recommend(&all, 0.95), Some(2));
        assert_eq!(recommend(&all, 0.001), None);
        // Every scenario counts.
        assert_eq!(recommend(&[point(50, 0.01), point(50, 0.2), point(100, 0.01)], 0.05), Some(100));
        assert_eq!(recommend(&[], 0.05), None);
    }
}
