//! The observer: a family of tests, of which one with its threshold is learnt.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use super::gauss::Ratio;
use super::past::Statistics;
use super::scene::{Pair, Scenario, Span};

/// Eighths of a day.
const WINDOWS: usize = 8;

/// A member of the family. The first eight are of one interval, the next eight of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Test {
    /// The sum against that of the day before.
    Yesterday,
    /// The sum against the mean of the days before.
    Mean,
    /// The sum against that of the interval before.
    Step,
    /// The difference to the mean against that of the interval before.
    StepFromMean,
    /// [`Test::Mean`] over its usual size at that hour.
    ScaledMean,
    /// [`Test::StepFromMean`] over its usual size at that hour.
    ScaledStep,
    /// [`Test::Mean`] less what the meters beside the group do.
    OwnMean,
    /// [`Test::StepFromMean`] less what the meters beside the group do.
    OwnStep,
    /// The day's total against that of the day before.
    DayYesterday,
    /// The day's total against the mean of the days before.
    DayMean,
    /// The quietest quarter of the day against the mean of the days before.
    QuietMean,
    /// The quietest quarter of the day against the day before.
    QuietYesterday,
    /// The lowest sum of the day against the mean lowest of the days before.
    Lowest,
    /// Differences to the mean, weighted by what a household uses over how much sums vary.
    Weighted,
    /// [`Test::DayMean`] less what the meters beside the group do.
    OwnDayMean,
    /// [`Test::Weighted`] less what the meters beside the group do.
    OwnWeighted,
    /// The likelihood ratio of normal distributions of three statistics: differences to the day before, to the mean, and
    /// their step or the quietest quarter.
    Likelihood,
    /// The likelihood ratio of normal distributions of the two statistics that are less what is common, and that.
    OwnLikelihood,
}

const OF_INTERVAL: [Test; 8] = [
    Test::Yesterday,
    Test::Mean,
    Test::Step,
    Test::StepFromMean,
    Test::ScaledMean,
    Test::ScaledStep,
    Test::OwnMean,
    Test::OwnStep,
];
const OF_DAY: [Test; 8] = [
    Test::DayYesterday,
    Test::DayMean,
    Test::QuietMean,
    Test::QuietYesterday,
    Test::Lowest,
    Test::Weighted,
    Test::OwnDayMean,
    Test::OwnWeighted,
];

/// How a test makes a number of what is seen.
#[derive(Clone, Debug)]
enum Score {
    Statistic(usize),
    Ratio(Box<Ratio>, Three),
}

/// Those statistics of which a likelihood ratio is taken.
type Three = fn(&Statistics) -> [f64; 3];

/// A test with its threshold: says "event" above it, or below it.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    test: Test,
    score: Score,
    window: Option<usize>,
    windows: (usize, usize),
    threshold: f64,
    above: bool,
    learnt: f64,
}

impl Rule {
    /// The best where it is learnt. None without pairs.
    pub(super) fn learn(scenario: Scenario, pairs: &[Pair], per_day: usize) -> Option<Self> {
        let count = WINDOWS.min(per_day);
        let windows = (count, per_day);
        let all: Vec<&Pair> = pairs.iter().collect();
        if scenario.span != Span::Hours {
            return best(scenario.span, &all, None, windows);
        }
        let rules = (0..count).filter_map(|window| {
            let within: Vec<&Pair> = pairs.iter().filter(|pair| window_of(pair, windows) == window).collect();
            best(scenario.span, &within, Some(window), windows)
        });
        rules.max_by(|a, b| a.learnt.total_cmp(&b.learnt))
    }

    pub(super) fn test(&self) -> Test {
        self.test
    }

    /// The intervals of the day that it is for.
    pub(super) fn hours(&self, per_day: usize) -> Option<(usize, usize)> {
        let first = |window: usize| window.wrapping_mul(per_day).div_ceil(self.windows.0.max(1));
        self.window.map(|window| (first(window), first(window.wrapping_add(1))))
    }

    pub(super) fn applies(&self, pair: &Pair) -> bool {
        self.window.is_none_or(|window| window_of(pair, self.windows) == window)
    }

    /// 1 where it is right in both worlds of a pair, −1 where it is wrong in both, else 0.
    pub(super) fn difference(&self, pair: &Pair) -> f64 {
        let says = |seen| f64::from(u8::from((self.score.of(seen) > self.threshold) == self.above));
        says(&pair.event) - says(&pair.calm)
    }
}

impl Score {
    fn of(&self, seen: &Statistics) -> f64 {
        match self {
            Score::Statistic(index) => seen.get(*index).copied().unwrap_or(0.0),
            Score::Ratio(ratio, three) => ratio.of(three(seen)),
        }
    }
}

fn of_interval([yesterday, mean, _, step, ..]: &Statistics) -> [f64; 3] {
    [*yesterday, *mean, *step]
}

fn of_day([yesterday, mean, quiet, ..]: &Statistics) -> [f64; 3] {
    [*yesterday, *mean, *quiet]
}

fn own([_, mean, .., own, other]: &Statistics) -> [f64; 3] {
    [*own, *other, mean - own]
}

fn window_of(pair: &Pair, (count, per_day): (usize, usize)) -> usize {
    pair.slot.wrapping_mul(count).checked_div(per_day).unwrap_or(0)
}

fn best(span: Span, pairs: &[&Pair], window: Option<usize>, windows: (usize, usize)) -> Option<Rule> {
    let (tests, usual): (_, Three) =
        if span == Span::Day { (OF_DAY, of_day) } else { (OF_INTERVAL, of_interval) };
    let ratio = |three: Three| {
        let (events, calms) = (pairs.iter().map(|pair| &pair.event), pairs.iter().map(|pair| &pair.calm));
        Some(Score::Ratio(Box::new(Ratio::fit(events.map(three), calms.map(three))?), three))
    };
    let scores = (0..).map(Score::Statistic).zip(tests);
    let scores = scores.chain(ratio(usual).map(|score| (score, Test::Likelihood)));
    let scores = scores.chain(ratio(own).map(|score| (score, Test::OwnLikelihood)));
    let rules = scores.filter_map(|(score, test)| {
        let (threshold, above, learnt) = threshold(pairs, &score)?;
        Some(Rule { test, score, window, windows, threshold, above, learnt })
    });
    rules.max_by(|a, b| a.learnt.total_cmp(&b.learnt))
}

/// The threshold with the largest |true positives − false positives|, and on which side the event is.
fn threshold(pairs: &[&Pair], score: &Score) -> Option<(f64, bool, f64)> {
    let mut scores: Vec<(f64, bool)> = Vec::with_capacity(pairs.len().saturating_mul(2));
    for pair in pairs {
        scores.extend([(score.of(&pair.event), true), (score.of(&pair.calm), false)]);
    }
    scores.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    // Events less calms up to and including each score: how much lower events lie.
    let (mut lead, mut best) = (0i64, (0.0, true, -1i64));
    let mut scores = scores.into_iter().peekable();
    while let Some((score, event)) = scores.next() {
        lead = lead.wrapping_add(if event { 1 } else { -1 });
        // Equal scores are on one side.
        let last = scores.peek().is_none_or(|(next, _)| *next > score);
        if last && lead.wrapping_abs() > best.2 {
            best = (score, lead < 0, lead.wrapping_abs());
        }
    }
    let (threshold, above, lead) = best;
    (!pairs.is_empty()).then(|| (threshold, above, lead as f64 / pairs.len() as f64))
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Test::Yesterday => "yesterday",
            Test::Mean => "mean",
            Test::Step => "step",
            Test::StepFromMean => "step-from-mean",
            Test::ScaledMean => "scaled-mean",
            Test::ScaledStep => "scaled-step",
            Test::DayYesterday => "day-yesterday",
            Test::DayMean => "day-mean",
            Test::QuietMean => "quiet-mean",
            Test::QuietYesterday => "quiet-yesterday",
            Test::Lowest => "lowest",
            Test::Weighted => "weighted",
            Test::OwnMean => "own-mean",
            Test::OwnStep => "own-step",
            Test::OwnDayMean => "own-day-mean",
            Test::OwnWeighted => "own-weighted",
            Test::Likelihood => "likelihood",
            Test::OwnLikelihood => "own-likelihood",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::scene::Event;
    use super::*;

    fn pair(slot: usize, event: f64, calm: f64) -> Pair {
        let statistics = |value| [0.0, 0.0, value, 0.0, 0.0, 0.0, 0.0, 0.0];
        Pair { household: 1, day: 0, slot, event: statistics(event), calm: statistics(calm) }
    }

    fn learn(span: Span, pairs: &[Pair]) -> Rule {
        Rule::learn(Scenario { event: Event::Switch, span }, pairs, 96).unwrap()
    }

    #[test]
    fn the_test_that_tells_is_found_on_either_side() {
        // Events are 3 higher, on scores 0 … 9: seven of ten are told apart at best by one threshold… 3 of 10.
        for sign in [1.0, -1.0] {
            let pairs: Vec<Pair> =
                (0..10).map(|n| pair(5, sign * (f64::from(n) + 3.0), sign * f64::from(n))).collect();
            let rule = learn(Span::Interval, &pairs);
            assert_eq!((rule.test(), rule.above, rule.learnt), (Test::Step, sign > 0.0, 0.3));
            let kept: f64 = pairs.iter().map(|pair| rule.difference(pair)).sum();
            assert_eq!(kept, 3.0);
        }
    }

    #[test]
    fn equal_scores_are_no_advantage() {
        let pairs: Vec<Pair> = (0..10).map(|_| pair(5, 1.0, 1.0)).collect();
        assert_eq!(learn(Span::Interval, &pairs).learnt, 0.0);
        assert!(Rule::learn(Scenario::ALL[0], &[], 96).is_none());
    }

    #[test]
    fn the_best_hours_are_found() {
        let pairs: Vec<Pair> = (1..96)
            .flat_map(|slot| {
                (0..10)
                    .map(move |n| pair(slot, f64::from(n + if slot / 12 == 2 { 8 } else { 1 }), f64::from(n)))
            })
            .collect();
        let rule = learn(Span::Hours, &pairs);
        assert_eq!((rule.hours(96), rule.learnt), (Some((24, 36)), 0.8));
        assert!(pairs.iter().all(|pair| rule.applies(pair) == (24..36).contains(&pair.slot)));
        assert_eq!(learn(Span::Interval, &pairs).hours(96), None);
    }
}
