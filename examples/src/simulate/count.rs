//! What is counted over the cells of a round, and over all.
#![allow(clippy::arithmetic_side_effects)] // counts and times of what was just run

use std::ops::AddAssign;
use std::time::{Duration, Instant};

use dcnet_core::simulate::Outcome;

/// A round of all cells.
#[derive(Debug, Default, Clone)]
pub(super) struct Totals {
    /// Sums of the cells, none where the round was lost.
    sums: Vec<Option<i64>>,
    /// Meters of the cells that closed.
    pub(super) meters: u64,
    pub(super) closes: u64,
    pub(super) repairs: u64,
    pub(super) up: u64,
    pub(super) broadcast: u64,
    pub(super) down: u64,
}

impl Totals {
    pub(super) fn take(&mut self, outcome: &Outcome) {
        self.sums.push(outcome.sum.ok());
        if outcome.sum.is_ok() {
            self.meters += u64::from(outcome.meters());
        }
        self.closes += u64::from(outcome.closes);
        self.repairs += outcome.repairs.iter().map(|pass| pass.len() as u64).sum::<u64>();
        self.up += outcome.bytes.up;
        self.broadcast += outcome.bytes.broadcast;
        self.down += outcome.bytes.down;
    }

    /// Cells whose round closed.
    pub(super) fn closed(&self) -> usize {
        self.sums.iter().flatten().count()
    }

    /// The sums of the cells that closed, added two and two, level by level.
    pub(super) fn sum(&self) -> i64 {
        let mut level: Vec<i64> = self.sums.iter().flatten().copied().collect();
        while level.len() > 1 {
            level = level.chunks(2).map(|pair| pair.iter().sum()).collect();
        }
        level.first().copied().unwrap_or_default()
    }
}

impl AddAssign<&Totals> for Totals {
    fn add_assign(&mut self, other: &Totals) {
        self.sums.extend(&other.sums);
        self.meters += other.meters;
        self.closes += other.closes;
        self.repairs += other.repairs;
        self.up += other.up;
        self.broadcast += other.broadcast;
        self.down += other.down;
    }
}

/// Time spent, over all cells and rounds.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Times {
    /// Graphs and keys.
    pub(super) setup: Duration,
    pub(super) open: Duration,
    /// Pads between meters.
    pub(super) mask: Duration,
    /// Pads of holders, and readings.
    pub(super) contribute: Duration,
    /// Closes, repairs, answers, sums.
    pub(super) close: Duration,
}

impl Times {
    pub(super) fn rounds(&self) -> Duration {
        self.open + self.mask + self.contribute + self.close
    }
}

/// Runs a step and adds its time.
pub(super) fn timed<T>(time: &mut Duration, step: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let done = step();
    *time += begin.elapsed();
    done
}
