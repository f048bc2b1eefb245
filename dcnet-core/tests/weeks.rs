//! Real readings through the real roles: 240 households, 4 holders, meters that are gone for days and meters that fall
//! silent in mid-round. One day of it unless `WATTSUM_FULL` is set, then three weeks, each an epoch of its own.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/group.rs"]
mod group;
#[path = "weeks/life.rs"]
mod life;
#[path = "world/measured.rs"]
mod measured;
#[path = "weeks/play.rs"]
mod play;
#[path = "world/rounds.rs"]
mod rounds;

use std::time::Instant;

use chacha20::ChaCha20Rng;
use group::{Plan, World};
use life::Life;
use measured::Interval;
use meter_link::SetRules;
use play::{Counted, Playing};
use rand_core::SeedableRng;

const DAY: usize = 96;
const WEEK: usize = 7 * DAY;

/// A week's group: fresh keys, a fresh graph, the same households.
fn plan(week: u64, meters: u32) -> Plan {
    let rules = SetRules { min_honest: 100, ..SetRules::LEAST };
    Plan { rules, seed: 1 + week, ..Plan::of(meters, 1) }
}

#[test]
fn weeks_of_real_readings() {
    let full = std::env::var_os("WATTSUM_FULL").is_some();
    let Some(intervals) = measured::first_rounds(if full { 3 * WEEK } else { DAY }) else { return };
    let begin = Instant::now();
    let meters = intervals[0].readings.len();
    let mut life = Life::new(meters, ChaCha20Rng::seed_from_u64(1));
    let mut counted = Counted::default();
    for (week, intervals) in intervals.chunks(WEEK).enumerate() {
        let mut playing = Playing::new(World::new(plan(week as u64, meters as u32)));
        for (n, interval) in intervals.iter().enumerate() {
            playing.round(n as u32, interval, &life.next_round(), &mut counted);
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{} rounds of {meters} meters in {seconds:.1} s, every sum exact: {counted:#?}",
        intervals.len()
    );
    check(&counted, &intervals, full);
}

fn check(counted: &Counted, intervals: &[Interval], full: bool) {
    let rounds = intervals.len();
    let meters = intervals[0].readings.len() as f64;
    assert_eq!(counted.closed.iter().sum::<usize>() + counted.lost_rounds, rounds);
    // The disturbance was what it should be: 5 % gone, 0.5 % of the others silent in mid-round, all three kinds of it.
    let share = |count: usize| count as f64 / (rounds as f64 * meters);
    let (gone, silent) = (share(counted.gone), share(counted.silent.iter().sum()));
    assert!((0.035..0.065).contains(&gone), "{gone}");
    assert!((0.0035..0.0065).contains(&silent), "{silent}");
    assert!(counted.silent.iter().all(|n| *n > 0));
    assert!(counted.closed.iter().all(|n| *n > 0), "rounds of one, two and three Closes");
    assert!(counted.reports > 0);
    // Who is gone is named absent: of three rounds with somebody gone, one needs no repair at all.
    assert!(counted.closed[0] * 3 > rounds);
    // About 96 in a hundred rounds close. Of a day's 96 rounds that is 92 give or take two.
    let closed = counted.closed.iter().sum::<usize>() as f64 / rounds as f64;
    assert!(closed >= if full { 0.95 } else { 0.91 }, "{closed}");
}
