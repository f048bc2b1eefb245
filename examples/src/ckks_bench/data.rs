//! The readings in clear: what meters encrypt, and the truth that results are compared with.

use anyhow::Context as _;
use sha2::{Digest, Sha256};

use super::scenario::Scenario;
use super::store::Readings;
use crate::generate;
use crate::input::InputError;
use crate::readings::{Rules, Table, stamp};

/// Readings of all meters and intervals that any scenario needs.
pub(super) struct Data {
    table: Table,
    /// Wh that are encoded as 1.
    unit: f64,
}

/// A round's readings of the meters that were not silent.
pub(super) struct Batch {
    /// Meters, counted from 1, with their readings as parts of the unit.
    pub(super) meters: Vec<(u32, Vec<f64>)>,
    readings: usize,
}

/// What the results should be, as parts of the unit.
pub(super) struct Truth {
    /// For each reading of the batch, over the meters.
    pub(super) sum: Vec<f64>,
    pub(super) mean: Vec<f64>,
    pub(super) variance: Vec<f64>,
    /// Over the batch.
    pub(super) total: f64,
}

impl Data {
    /// Readings for these scenarios.
    ///
    /// # Errors
    /// A file that cannot be used, or has too few meters or intervals.
    pub(super) fn open(from: &Readings, scenarios: &[Scenario], rounds: u32) -> anyhow::Result<Self> {
        let meters = scenarios.iter().map(|scenario| scenario.meters).max().unwrap_or(2);
        let batch = scenarios.iter().map(|scenario| scenario.batch).max().unwrap_or(1);
        let intervals = batch.saturating_mul(rounds);
        let table = match from {
            Readings::Seed(seed) => generate::rounds(*seed, meters, intervals)?,
            Readings::File { path, zone, max_reading } => {
                let zone = zone.as_deref().map(stamp::zone).transpose().map_err(InputError::new)?;
                Table::open(path, &Rules { zone, max_reading: *max_reading })?
            }
        };
        let (meters, intervals) = (usize::try_from(meters)?, usize::try_from(intervals)?);
        let (have, long) = (table.meters.len(), table.intervals.len());
        if have < meters || long < intervals {
            let what = format!(
                "{have} meters and {long} intervals, where the scenarios need {meters} meters and {rounds} rounds of \
                 {batch} intervals"
            );
            return Err(InputError::new(what).into());
        }
        let table = table.first(meters, intervals);
        let largest = table.rows().flat_map(|(_, row)| row).flatten().map(|wh| wh.unsigned_abs()).max();
        // A power of two, so that nothing is lost by dividing.
        let unit =
            largest.unwrap_or(1).max(1).checked_next_power_of_two().context("a reading is too large")?;
        Ok(Self { table, unit: unit as f64 })
    }

    pub(super) fn unit_wh(&self) -> u64 {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // made from a u64
        let unit = self.unit as u64;
        unit
    }

    /// The unit in kWh.
    pub(super) fn kwh(&self) -> f64 {
        self.unit / 1e3
    }

    /// Of all readings, silent ones too.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        for (_, row) in self.table.rows() {
            for cell in row {
                hash.update([u8::from(cell.is_some())]);
                hash.update(cell.unwrap_or_default().to_le_bytes());
            }
        }
        hash.finalize().into()
    }

    /// A round's readings: of the first meters, `batch` intervals after those of the rounds before. A meter that is silent in
    /// one of them sends nothing.
    pub(super) fn batch(&self, scenario: Scenario, round: u32) -> anyhow::Result<Batch> {
        let readings = usize::try_from(scenario.batch)?;
        let first = usize::try_from(round)?.saturating_mul(readings);
        let mut meters = Vec::new();
        for meter in 0..scenario.meters {
            let column = self.table.column(usize::try_from(meter)?).skip(first).take(readings);
            let values: Option<Vec<f64>> = column.map(|cell| cell.map(|wh| wh as f64 / self.unit)).collect();
            if let Some(values) = values.filter(|values| values.len() == readings) {
                meters.push((meter.saturating_add(1), values));
            }
        }
        Ok(Batch { meters, readings })
    }
}

impl Batch {
    /// What comes out in clear.
    pub(super) fn truth(&self) -> Truth {
        let count = self.meters.len().max(1) as f64;
        let over = |value: &dyn Fn(f64) -> f64, place: usize| {
            let values = self.meters.iter().filter_map(|(_, values)| values.get(place));
            values.map(|x| value(*x)).sum::<f64>()
        };
        let sum: Vec<f64> = (0..self.readings).map(|place| over(&|x| x, place)).collect();
        let mean: Vec<f64> = sum.iter().map(|sum| sum / count).collect();
        let around = |(place, mean): (usize, &f64)| over(&|x| (x - mean) * (x - mean), place) / count;
        let variance = mean.iter().enumerate().map(around).collect();
        let total = sum.iter().sum();
        Truth { sum, mean, variance, total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_follow_each_other_and_silent_meters_send_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.csv");
        let text = "interval_start,a,b,c\n2026-01-01T00Z,1,2,3\n2026-01-01T01Z,4,5,6\n2026-01-01T02Z,7,,9\n\
                    2026-01-01T03Z,7,7,-13\n";
        std::fs::write(&path, text).unwrap();
        let from = Readings::File { path, zone: None, max_reading: 100 };
        let scenario = Scenario { meters: 3, interval: 900, batch: 2 };
        let data = Data::open(&from, &[scenario], 2).unwrap();
        assert_eq!(data.unit_wh(), 16);
        let first = data.batch(scenario, 0).unwrap();
        let sum: Vec<f64> = first.truth().sum.iter().map(|sum| sum * 16.0).collect();
        assert_eq!(sum, [6.0, 15.0]);
        assert_eq!(first.truth().variance[0] * 256.0, 2.0 / 3.0);
        let second = data.batch(scenario, 1).unwrap();
        assert_eq!(second.meters.iter().map(|(meter, _)| *meter).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(second.truth().total * 16.0, 10.0);
        for (scenario, rounds) in [(Scenario { meters: 4, ..scenario }, 2), (scenario, 3)] {
            assert!(Data::open(&from, &[scenario], rounds).is_err());
        }
        let other = Data::open(&from, &[scenario], 1).unwrap();
        assert_ne!(other.digest(), data.digest());
    }
}
