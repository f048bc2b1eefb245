//! What was measured: of a round, and of a scenario, which is one JSON file.

use ckks_agg::Preset;
use serde::{Deserialize, Serialize};

use super::choice::{Choice, Name, depth_of};
use super::scenario::Scenario;

pub(crate) const COLUMNS: usize = 14;

/// What is done with encrypted readings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    /// By a meter, of its readings of a round: encoded, encrypted, written.
    Encryption,
    /// By the server, over the meters, from their bytes.
    Sum,
    /// The sum over the number of meters.
    Mean,
    /// The sum times a price.
    Scalar,
    /// The sum over the readings of a batch, by rotations.
    Reduction,
    /// Every meter's readings squared, and summed: with the sum, the variance over the meters.
    Variance,
    /// By the key's owner, of one result: decrypted and decoded.
    Decryption,
}

impl Operation {
    pub(crate) const ALL: [Self; 7] = [
        Self::Encryption,
        Self::Sum,
        Self::Mean,
        Self::Scalar,
        Self::Reduction,
        Self::Variance,
        Self::Decryption,
    ];

    /// Those that leave a ciphertext.
    pub(crate) const RESULTS: [Self; 5] =
        [Self::Sum, Self::Mean, Self::Scalar, Self::Reduction, Self::Variance];

    /// As in files.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Encryption => "encryption",
            Self::Sum => "sum",
            Self::Mean => "mean",
            Self::Scalar => "scalar",
            Self::Reduction => "reduction",
            Self::Variance => "variance",
            Self::Decryption => "decryption",
        }
    }
}

/// A result's distance from the truth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Distance {
    /// Of the value that is furthest off, in kWh (variance: kWh²).
    pub(crate) largest: f64,
    /// What the tracked bounds allow.
    pub(crate) bound: f64,
}

impl Distance {
    /// The largest distance between results and truth, in pairs.
    pub(super) fn between(results: &[f64], truth: &[f64], bound: f64) -> Self {
        let whole = results.len() >= truth.len() && bound.is_finite();
        let distances = results.iter().zip(truth).map(|(result, truth)| (result - truth).abs());
        // What is no number is as far off as can be.
        let largest =
            distances.fold(
                0.0,
                |largest: f64, distance| {
                    if distance.is_nan() { f64::INFINITY } else { largest.max(distance) }
                },
            );
        Self { largest: if whole { largest } else { f64::INFINITY }, bound }
    }

    fn or(self, other: Self) -> Self {
        Self { largest: self.largest.max(other.largest), bound: self.bound.max(other.bound) }
    }

    /// Within its bound; not if it is no number.
    pub(crate) fn is_within(self) -> bool {
        self.largest <= self.bound
    }
}

/// One operation of a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Step {
    pub(super) operation: Operation,
    /// Of encryption and decryption: of one.
    pub(super) ms: f64,
    pub(super) error: Option<Distance>,
}

/// One round, as the database keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Meters that sent.
    pub(super) messages: u32,
    pub(super) message_bytes: u64,
    pub(super) store_ms: f64,
    pub(super) steps: Vec<Step>,
}

/// One operation over a scenario's rounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Cost {
    pub(crate) operation: Operation,
    /// Of the rounds: what other processes do has least part in it.
    pub(crate) median_ms: f64,
    pub(crate) mean_ms: f64,
    pub(crate) max_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<Distance>,
}

/// A scenario's file, and a row of the table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figures {
    pub(crate) meters: u32,
    pub(crate) interval_s: u32,
    pub(crate) batch: u32,
    pub(crate) rounds: usize,
    pub(super) preset: Name,
    pub(crate) poly_modulus_degree: usize,
    /// log₂ of all primes, with the one to switch keys with.
    pub(crate) modulus_bits: u32,
    pub(crate) multiplications: u32,
    pub(crate) scale_bits: u32,
    /// Whether meters encrypt with the secret key: half as many bytes.
    pub(crate) secret_key: bool,
    pub(crate) message_bytes: u64,
    pub(crate) bytes_per_reading: f64,
    pub(crate) bytes_per_meter_and_day: f64,
    /// Writing a round's messages and results to the database.
    pub(crate) store_ms: f64,
    /// Readings that the server can sum in a second.
    pub(crate) readings_per_s: f64,
    pub(crate) costs: Vec<Cost>,
    /// Whether every result was as near the truth as its bound says.
    pub(crate) within_bounds: bool,
}

impl Figures {
    pub(super) fn new(scenario: Scenario, choice: Choice, secret_key: bool, rounds: &[Measured]) -> Self {
        let Choice { preset, scale_bits } = choice;
        let message_bytes = rounds.iter().map(|round| round.message_bytes).max().unwrap_or_default();
        let costs: Vec<Cost> =
            Operation::ALL.into_iter().filter_map(|operation| cost(operation, rounds)).collect();
        let mean = |value: fn(&Measured) -> f64| {
            rounds.iter().map(value).sum::<f64>() / (rounds.len().max(1) as f64)
        };
        let sum_s =
            costs.iter().find(|cost| cost.operation == Operation::Sum).map_or(0.0, |cost| cost.median_ms)
                / 1e3;
        let readings = mean(|round| f64::from(round.messages)) * f64::from(scenario.batch);
        Self {
            meters: scenario.meters,
            interval_s: scenario.interval,
            batch: scenario.batch,
            rounds: rounds.len(),
            preset: Name::of(preset),
            poly_modulus_degree: Preset::degree(preset),
            modulus_bits: preset.log_product(),
            multiplications: depth_of(preset),
            scale_bits,
            secret_key,
            message_bytes,
            bytes_per_reading: message_bytes as f64 / f64::from(scenario.batch),
            bytes_per_meter_and_day: message_bytes as f64 * scenario.messages_a_day(),
            store_ms: mean(|round| round.store_ms),
            readings_per_s: if sum_s > 0.0 { readings / sum_s } else { 0.0 },
            within_bounds: costs.iter().all(|cost| cost.error.is_none_or(Distance::is_within)),
            costs,
        }
    }

    /// An operation's cost, if it is possible with the preset.
    pub(crate) fn cost(&self, operation: Operation) -> Option<&Cost> {
        self.costs.iter().find(|cost| cost.operation == operation)
    }

    /// The columns of tables.
    pub(crate) const HEAD: [&'static str; COLUMNS] = [
        "meters",
        "interval s",
        "batch",
        "encrypt",
        "B/message",
        "B/reading",
        "sum",
        "mean",
        "scalar",
        "reduce",
        "variance",
        "decrypt",
        "sum error",
        "var error",
    ];

    /// One row of a table.
    pub(crate) fn cells(&self) -> [String; COLUMNS] {
        let ms = |operation| match self.cost(operation) {
            Some(cost) => format!("{:.3}", cost.median_ms),
            None => "-".to_owned(),
        };
        let error = |operation| match self.cost(operation).and_then(|cost| cost.error) {
            Some(error) => format!("{:.1e}", error.largest),
            None => "-".to_owned(),
        };
        [
            self.meters.to_string(),
            self.interval_s.to_string(),
            self.batch.to_string(),
            ms(Operation::Encryption),
            self.message_bytes.to_string(),
            format!("{:.0}", self.bytes_per_reading),
            ms(Operation::Sum),
            ms(Operation::Mean),
            ms(Operation::Scalar),
            ms(Operation::Reduction),
            ms(Operation::Variance),
            ms(Operation::Decryption),
            error(Operation::Sum),
            error(Operation::Variance),
        ]
    }

    /// What all scenarios of a run have in common.
    pub(crate) fn about(&self) -> String {
        format!(
            "Preset {}: degree {}, {} bits of primes, {} multiplications in a row, scale 2^{}; {} rounds a scenario, \
             encrypted with the {} key.",
            self.preset.0,
            self.poly_modulus_degree,
            self.modulus_bits,
            self.multiplications,
            self.scale_bits,
            self.rounds,
            if self.secret_key { "secret" } else { "public" },
        )
    }

    /// The largest error of a sum, in kWh.
    pub(crate) fn sum_error(&self) -> f64 {
        self.cost(Operation::Sum).and_then(|cost| cost.error).map_or(0.0, |error| error.largest)
    }
}

fn cost(operation: Operation, rounds: &[Measured]) -> Option<Cost> {
    let steps: Vec<&Step> =
        rounds.iter().flat_map(|round| &round.steps).filter(|step| step.operation == operation).collect();
    if steps.is_empty() {
        return None;
    }
    let mut times: Vec<f64> = steps.iter().map(|step| step.ms).collect();
    times.sort_by(f64::total_cmp);
    Some(Cost {
        operation,
        median_ms: times.get(times.len().saturating_sub(1) / 2).copied().unwrap_or_default(),
        mean_ms: steps.iter().map(|step| step.ms).sum::<f64>() / steps.len() as f64,
        max_ms: steps.iter().map(|step| step.ms).fold(0.0, f64::max),
        error: steps.iter().filter_map(|step| step.error).reduce(Distance::or),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(ms: f64, largest: f64) -> Measured {
        let error = Some(Distance { largest, bound: 1e-6 });
        let steps = vec![Step { operation: Operation::Sum, ms, error }];
        Measured { messages: 10, message_bytes: 1_000, store_ms: 1.0, steps }
    }

    #[test]
    fn rounds_become_a_scenario() {
        let scenario = Scenario { meters: 10, interval: 900, batch: 4 };
        let choice = Choice { preset: Preset::Variance, scale_bits: 40 };
        let figures = Figures::new(scenario, choice, false, &[measured(1.0, 1e-9), measured(3.0, 1e-8)]);
        let sum = figures.cost(Operation::Sum).unwrap();
        assert_eq!((sum.median_ms, sum.mean_ms, sum.max_ms), (1.0, 2.0, 3.0));
        assert_eq!(sum.error.unwrap().largest, 1e-8);
        assert_eq!((figures.bytes_per_reading, figures.bytes_per_meter_and_day), (250.0, 24_000.0));
        assert_eq!(figures.readings_per_s, 40_000.0);
        assert!(figures.within_bounds && figures.cost(Operation::Variance).is_none());
        for wrong in [1e-5, f64::INFINITY] {
            assert!(
                !Figures::new(scenario, choice, false, &[measured(1.0, 0.0), measured(1.0, wrong)])
                    .within_bounds
            );
        }
        assert_eq!(Distance::between(&[1.0, 2.5, 9.0], &[1.0, 2.0], 0.1).largest, 0.5);
        assert_eq!(Distance::between(&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 2.0], 0.1).largest, f64::INFINITY);
        assert!(!Distance::between(&[1.0], &[1.0, 2.0], 0.1).is_within());
        assert!(!Distance { largest: f64::NAN, bound: 1.0 }.is_within());
        let text = serde_json::to_string(&measured(1.5, 2.5)).unwrap();
        assert_eq!(serde_json::from_str::<Measured>(&text).unwrap(), measured(1.5, 2.5));
    }
}
