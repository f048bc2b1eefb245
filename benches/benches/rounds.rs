//! A round of each protocol at a thousand meters, all roles in one process, bytes between them: the very
//! systems that `wattsum demo` runs.
//!
//! `cargo bench -p benches --bench rounds` ends with microseconds per meter and per round.

#![allow(clippy::arithmetic_side_effects, clippy::expect_used)] // a benchmark that cannot start should stop

use std::time::Duration;

use benches::print;
use criterion::Criterion;
use wattsum_program::system::{Outcome, Protocol, Settings, System};
use wattsum_program::systems::start;

const METERS: usize = 1_000;
/// Rounds that criterion may use up: a round cannot be run twice.
const ROUNDS: u64 = 4_000;

/// A system and its next round.
struct Running {
    system: Box<dyn System>,
    next: u64,
    readings: Vec<Option<i64>>,
}

impl Running {
    fn start(protocol: Protocol) -> Self {
        let settings = Settings {
            meters: METERS,
            rounds: ROUNDS,
            max_reading: 100_000,
            min_meters: protocol.min_meters(),
            seed: 1,
            watched: None,
            window: None,
        };
        let readings = (0..METERS).map(|i| i64::try_from(i * 37 % 3_000).ok()).collect();
        Running { system: start(protocol, &settings).expect("a system"), next: 0, readings }
    }

    fn round(&mut self) -> Outcome {
        let outcome = self.system.round(self.next, &self.readings).expect("a round");
        self.next += 1;
        assert_eq!(outcome.sum, self.readings.iter().flatten().sum::<i64>());
        outcome
    }
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut figures = Vec::new();
    for protocol in Protocol::ALL {
        let mut running = Running::start(protocol);
        let mut group = criterion.benchmark_group("rounds");
        group.sample_size(10).warm_up_time(Duration::from_millis(200));
        group.bench_function(protocol.name(), |b| b.iter(|| running.round()));
        group.finish();
        let outcomes: Vec<Outcome> = (0..3).map(|_| running.round()).collect();
        let least = |time: fn(&Outcome) -> Duration| outcomes.iter().map(time).min().unwrap_or_default();
        let meter = least(|o| o.meter_time).as_secs_f64() * 1e6 / METERS as f64;
        let whole = least(|o| o.round_time).as_secs_f64() * 1e6;
        let bytes = outcomes.first().map_or(0, |o| o.uplink_bytes) / METERS as u64;
        figures.push((protocol.name(), meter, whole, bytes));
    }
    criterion.final_summary();
    for (protocol, meter, whole, bytes) in figures {
        print(&format!("{protocol}, {METERS} meters, {bytes} B up"), "us a meter", meter);
        print(&format!("{protocol}, {METERS} meters"), "us a round", whole);
    }
}
