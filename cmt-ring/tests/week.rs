//! Real households in rings of 24, whose concentrators change by the rule once a day on average, and where in one of a
//! hundred rounds a meter is silent: every sum that is delivered is exact. A day of it unless `WATTSUM_FULL` is set, then a
//! week. How many rounds were discarded in each mode is printed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "faults/agent.rs"]
mod agent;
#[path = "faults/ledger.rs"]
mod ledger;
#[path = "../../shamir-agg/tests/world/measured.rs"]
mod measured;
#[path = "world/ring.rs"]
mod ring;
#[path = "faults/town.rs"]
mod town;

use std::thread;
use std::time::Instant;

use agent::Ways;
use chacha20::ChaCha20Rng;
use cmt_ring::Mode;
use measured::Interval;
use rand_core::{Rng, SeedableRng};
use town::{Deed, End, Town};

const DAY: u32 = 96;
const RING: usize = 24;

/// Of one ring, or of all of them together.
#[derive(Clone, Copy, Default, Debug)]
struct Counted {
    silent: usize,
    sums: usize,
    readings: usize,
    discarded: usize,
    /// Rounds before the first ring, and where one did not form in time.
    without: usize,
    generations: usize,
    healed: usize,
}

/// Its meters through all intervals. In the round before the first one the ring forms.
fn line(mode: Mode, heal: bool, intervals: &[Interval], n: usize) -> Counted {
    let mut town = Town::new(RING, mode, DAY, n as u64);
    town.ways = Ways { heal, states: false, repeat: false };
    let own = |interval: &Interval| interval.readings[n * RING..(n + 1) * RING].to_vec();
    town.measure([vec![0; RING]].into_iter().chain(intervals.iter().map(own)).collect());
    let mut chance = ChaCha20Rng::seed_from_u64(1000 + n as u64);
    let mut silent = 0;
    for round in 1..=intervals.len() as u32 {
        if (round as usize + 10 * n) % 100 != 55 {
            continue;
        }
        silent += 1;
        // For that round only; some lose their power with it.
        let meter = chance.next_u32() as usize % RING;
        let back = if chance.next_u32() % 4 == 0 { Deed::On(meter) } else { Deed::Back(meter) };
        town.deeds.extend([(round, 0, Deed::Off(meter)), (round + 1, 0, back)]);
    }
    let ends = town.run(1 + intervals.len() as u32)[1..].to_vec();
    let count = |is: fn(&End) -> bool| ends.iter().filter(|end| is(end)).count();
    let (generations, healed) = town.generations();
    Counted {
        silent,
        sums: count(|end| matches!(end, End::Sum(_))),
        readings: ends.iter().map(|end| if let End::Sum(members) = end { *members } else { 0 }).sum(),
        discarded: count(|end| *end == End::Discarded),
        without: count(|end| *end == End::None),
        generations,
        healed,
    }
}

fn week(mode: Mode, heal: bool) {
    let days = if std::env::var_os("WATTSUM_FULL").is_some() { 7 } else { 1 };
    let Some(intervals) = measured::first_rounds((days * DAY) as usize) else { return };
    // The publisher's own sums are those of what the meters read.
    assert!(intervals.iter().all(|interval| interval.readings.iter().sum::<i64>() == interval.sum));
    let begin = Instant::now();
    let rings = intervals[0].readings.len() / RING;
    let half =
        |first: usize| (first..rings).step_by(2).map(|n| line(mode, heal, &intervals, n)).collect::<Vec<_>>();
    let lines = thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        [half(0), other.join().unwrap()].concat()
    });
    let sum = |of: fn(&Counted) -> usize| lines.iter().map(of).sum::<usize>();
    let (rounds, silent) = (rings * intervals.len(), sum(|line| line.silent));
    let (sums, discarded, without) = (sum(|l| l.sums), sum(|l| l.discarded), sum(|l| l.without));
    println!(
        "{mode:?}{}: {rounds} rounds of {rings} rings, {silent} with a silent meter: {sums} sums, all exact, with {:.2} % of \
         the readings; {discarded} discarded, {without} without a ring; {} generations, {} of them healings; {:.1?}",
        if heal { ", healing" } else { "" },
        100.0 * sum(|l| l.readings) as f64 / (rounds * RING) as f64,
        sum(|l| l.generations),
        sum(|l| l.healed),
        begin.elapsed(),
    );
    assert_eq!(sums + discarded + without, rounds);
    // A silent member costs the round, and hardly ever the next one.
    assert!(discarded <= silent + silent / 4, "{discarded}");
    assert!(without <= rounds / 100, "{without}");
    assert!(sum(|l| l.healed) > 0 || !heal);
}

#[test]
fn drawn() {
    week(Mode::Drawn, false);
}

#[test]
fn derived() {
    week(Mode::Derived, false);
}

#[test]
fn drawn_and_healing() {
    week(Mode::Drawn, true);
}

#[test]
fn derived_and_healing() {
    week(Mode::Derived, true);
}
