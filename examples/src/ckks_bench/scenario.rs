//! What is measured: how many meters, how often they read, how many readings they send together.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Scenario {
    pub(super) meters: u32,
    /// Seconds from one reading of a meter to its next.
    pub(super) interval: u32,
    /// Readings that a meter encrypts and sends together.
    pub(super) batch: u32,
}

/// A quarter of an hour.
pub(super) const INTERVAL: u32 = 900;

impl Scenario {
    /// All that can be made of these; what is not given is usual.
    pub(super) fn product(meters: &[u32], intervals: &[u32], batches: &[u32]) -> Vec<Self> {
        let or =
            |given: &[u32], usual: &[u32]| if given.is_empty() { usual.to_vec() } else { given.to_vec() };
        let mut scenarios = Vec::new();
        for meters in or(meters, &[2, 5, 10, 20]) {
            for interval in or(intervals, &[INTERVAL]) {
                for batch in or(batches, &[1]) {
                    scenarios.push(Self { meters, interval, batch });
                }
            }
        }
        scenarios
    }

    /// Messages that a meter sends in a day.
    pub(super) fn messages_a_day(self) -> f64 {
        86_400.0 / (f64::from(self.interval) * f64::from(self.batch))
    }
}

/// Also the name of its file.
impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "meters{}-interval{}s-batch{}", self.meters, self.interval, self.batch)
    }
}
