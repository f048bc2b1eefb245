//! The games: what happens, how long it is looked at, and what the observer sees with and without it.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use rand_core::CryptoRng;

use super::Plan;
use super::group::{Group, below};
use super::past::{self, Past, Statistics};
use super::readings::{Half, Readings};

/// What happens or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The household is one of the group, in the interval before too. The observer knows the others' sums of the days
    /// before.
    Presence,
    /// The household uses nothing, in the interval before too. The observer knows the sums with it.
    Absence,
    /// The household switches an appliance on, at the beginning of the interval.
    Switch,
}

/// How much of it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// One interval, at any time of the day.
    Interval,
    /// One interval, in that eighth of the day which suits the observer best.
    Hours,
    /// All intervals of one day.
    Day,
}

/// A game.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What.
    pub event: Event,
    /// How long.
    pub span: Span,
}

/// What is seen of one target at one moment, with the event and without.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) household: usize,
    pub(super) day: usize,
    pub(super) slot: usize,
    pub(super) event: Statistics,
    pub(super) calm: Statistics,
}

/// The pairs of all games; one interval is looked at alike with [`Span::Interval`] and [`Span::Hours`].
#[derive(Default)]
pub(super) struct Pairs {
    all: [Vec<Pair>; 5],
}

/// Weights of the intervals of a day: what a household uses on average over how much the group's sums vary, which
/// would be the best linear test if intervals varied by themselves.
pub(super) struct Filter(Vec<f64>);

impl Scenario {
    /// All games.
    pub const ALL: [Scenario; 8] = {
        use Event::{Absence, Presence, Switch};
        use Span::{Day, Hours, Interval};
        [
            Scenario { event: Presence, span: Interval },
            Scenario { event: Presence, span: Hours },
            Scenario { event: Presence, span: Day },
            Scenario { event: Absence, span: Interval },
            Scenario { event: Absence, span: Hours },
            Scenario { event: Absence, span: Day },
            Scenario { event: Switch, span: Interval },
            Scenario { event: Switch, span: Hours },
        ]
    };
}

impl Pairs {
    pub(super) fn of(&self, scenario: Scenario) -> &[Pair] {
        let [presence, absence, switch, presence_day, absence_day] = &self.all;
        match (scenario.event, scenario.span) {
            (Event::Presence, Span::Day) => presence_day,
            (Event::Presence, _) => presence,
            (Event::Absence, Span::Day) => absence_day,
            (Event::Absence, _) => absence,
            (Event::Switch, _) => switch,
        }
    }
}

impl Filter {
    pub(super) fn learn<R: CryptoRng + ?Sized>(
        readings: &Readings,
        half: Half,
        plan: &Plan,
        size: usize,
        rng: &mut R,
    ) -> Self {
        let per_day = readings.per_day();
        let days = past::LEAST..readings.range(half).len();
        let mut squares = vec![0.0; per_day];
        for _ in 0..plan.groups.div_ceil(4) {
            let group = Group::draw(readings, half, size, rng);
            let past = Past::new(&group.sums, group.beside.as_deref(), per_day);
            for day in days.clone() {
                squares.iter_mut().zip(past.differences(day)).for_each(|(sum, off)| *sum += off * off);
            }
        }
        let mut used = vec![0.0; per_day];
        for household in (0..readings.households()).filter(|household| half.targets(*household)) {
            for (reading, slot) in readings.series(household, half, 0).zip((0..per_day).cycle()) {
                used.get_mut(slot).into_iter().for_each(|used| *used += reading);
            }
        }
        let weight = |(used, squares): (f64, f64)| if squares > 0.0 { used / squares } else { 0.0 };
        Filter(used.into_iter().zip(squares).map(weight).collect())
    }
}

/// Draws groups, targets and moments of a half, and notes what is seen.
pub(super) fn play<R: CryptoRng + ?Sized>(
    readings: &Readings,
    half: Half,
    plan: &Plan,
    size: usize,
    filter: &Filter,
    rng: &mut R,
) -> Pairs {
    let (days, per_day) = (readings.range(half).len(), readings.per_day());
    let mut pairs = Pairs::default();
    let [presence, absence, switch, presence_day, absence_day] = &mut pairs.all;
    for _ in 0..plan.groups {
        let group = Group::draw(readings, half, size, rng);
        let with = Past::new(&group.sums, group.beside.as_deref(), per_day);
        for target in &group.targets {
            let own: Vec<f64> = readings.series(target.household, half, target.shift).collect();
            let others: Vec<f64> = group.sums.iter().zip(&own).map(|(sum, own)| sum - own).collect();
            let without = Past::new(&others, group.beside.as_deref(), per_day);
            let household = target.household;

            for _ in 0..plan.moments {
                let day = past::LEAST.wrapping_add(below(days.saturating_sub(past::LEAST), rng));
                let slot = below(per_day.saturating_sub(1), rng).wrapping_add(1);
                let place = day.wrapping_mul(per_day).wrapping_add(slot);
                let at = |of: &[f64]| Some((*of.get(place)?, *of.get(place.wrapping_sub(1))?));
                let (Some(sum), Some(rest)) = (at(&group.sums), at(&others)) else { continue };
                let note = |pairs: &mut Vec<Pair>, past: &Past<'_>, event: (f64, f64), calm: (f64, f64)| {
                    let of = |(now, last)| past.of_interval(place, now, last);
                    let (Some(event), Some(calm)) = (of(event), of(calm)) else { return };
                    pairs.push(Pair { household, day, slot, event, calm });
                };
                note(presence, &without, sum, rest);
                note(absence, &with, rest, sum);
                note(switch, &with, (sum.0 + plan.switch as f64, sum.1), sum);
            }

            for day in past::LEAST..days {
                let start = day.wrapping_mul(per_day);
                let of = |of| <[f64]>::get(of, start..start.wrapping_add(per_day)).unwrap_or_default();
                let (sum, rest) = (of(&group.sums), of(&others));
                let note = |pairs: &mut Vec<Pair>, past: &Past<'_>, event, calm| {
                    let of = |today| past.of_day(day, today, &filter.0);
                    let (Some(event), Some(calm)) = (of(event), of(calm)) else { return };
                    pairs.push(Pair { household, day, slot: 0, event, calm });
                };
                note(presence_day, &without, sum, rest);
                note(absence_day, &with, rest, sum);
            }
        }
    }
    pairs
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Event::Presence => "presence",
            Event::Absence => "absence",
            Event::Switch => "switch",
        })
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Span::Interval => "interval",
            Span::Hours => "hours",
            Span::Day => "day",
        })
    }
}
