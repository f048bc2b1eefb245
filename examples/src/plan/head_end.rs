//! What the head end needs: computing measured here and now, disk by the rows that it writes.

use std::time::Duration;

use anyhow::bail;

use crate::engine::Event;
use crate::system::{Protocol, RoundError, Settings};
use crate::systems;

/// Meters and rounds of the measurement; the first round, which makes what is kept, is not counted.
const MEASURED: (usize, u64) = (64, 5);
/// Of a row of the audit log besides the event: number, time, hash, and what a database keeps about a row.
const ROW: f64 = 60.0;
/// Of the progress that a round stores besides its set.
const PROGRESS: f64 = 300.0;

/// Seconds of one core for a meter's share of a round, of utility and answerers together.
///
/// # Errors
/// If a protocol does not give the right sums.
pub(super) fn seconds_per_reading(protocol: Protocol, cell: u32) -> anyhow::Result<f64> {
    let (most, rounds) = MEASURED;
    let meters = most.min(usize::try_from(cell)?);
    let settings = Settings {
        meters,
        rounds,
        max_reading: 1_000_000,
        min_meters: protocol.min_meters(),
        seed: 1,
        watched: None,
        window: None,
    };
    let mut system = systems::start(protocol, &settings)?;
    let readings: Vec<Option<i64>> = (100..).take(meters).map(Some).collect();
    let truth: i64 = readings.iter().flatten().sum();
    let mut best = Duration::MAX;
    for round in 0..rounds {
        let outcome = match system.round(round, &readings) {
            Ok(outcome) => outcome,
            Err(RoundError::Failed(error)) => return Err(error),
            Err(RoundError::Refused(why)) => bail!("{protocol}: {why}"),
        };
        if outcome.sum != truth {
            bail!("{protocol}: a sum differs from the truth");
        }
        if round > 0 {
            // The least disturbed round: other work on this machine is not the protocol's.
            best = best.min(outcome.round_time.saturating_sub(outcome.meter_time));
        }
    }
    Ok(best.as_secs_f64() / f64::from(u32::try_from(meters)?))
}

/// Bytes that a group's round adds to the head end's database.
pub(super) fn stored_bytes(cell: u32, silent: f64) -> f64 {
    // Numbers as long as those of a deployment that has run for years.
    let round = 100_000;
    let rows = [
        Event::Opened { round, present: cell, absent: Vec::new() },
        Event::Closed { round, pass: 1, last: true, meters: cell, missing: Vec::new() },
        Event::Sum { round, meters: cell, values: vec![-100_000_000] },
    ];
    let length = |row: &Event| serde_json::to_string(row).map_or(0, |text| text.len());
    let texts: usize = rows.iter().map(length).sum();
    let texts = f64::from(u32::try_from(texts).unwrap_or(u32::MAX));
    // The missing by name, a repair or the like for each, and the set itself.
    let missing = silent * f64::from(cell) * (8.0 + ROW + 60.0);
    // The sum stands in a table of its own as well.
    texts + ROW * 4.0 + missing + PROGRESS + f64::from(cell) / 8.0
}
