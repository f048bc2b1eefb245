//! Means and variances that the utility computes from sums and sums of squares, beside those of the readings.

use ckks_agg::Moments;
use serde::Serialize;

/// Of the meters of a round.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Statistics {
    /// Of each interval, over the meters.
    pub(crate) intervals: Vec<Line>,
    /// Of all readings of the batch.
    pub(crate) batch: Line,
}

/// In Wh and Wh².
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) mean_wh: f64,
    pub(crate) variance_wh2: f64,
    pub(crate) truth_mean_wh: f64,
    pub(crate) truth_variance_wh2: f64,
}

impl Statistics {
    /// From what was recorded, the sums of the intervals and those of their squares, and from the readings of each interval.
    /// `None` if they do not fit together.
    pub(crate) fn new(values: &[i64], readings: &[Vec<i64>]) -> Option<Self> {
        let (sums, squares) = values.split_at_checked(readings.len())?;
        let each = sums.iter().zip(squares).zip(readings);
        let intervals = each.map(|((sum, squares), readings)| {
            Line::new((*sum).into(), (*squares).into(), readings.iter().copied())
        });
        let sum = |values: &[i64]| values.iter().map(|value| i128::from(*value)).sum::<i128>();
        let batch = Line::new(sum(sums), sum(squares), readings.iter().flatten().copied())?;
        Some(Self { intervals: intervals.collect::<Option<_>>()?, batch })
    }

    /// The largest distance between what was computed and the truth, relative to it.
    pub(crate) fn largest_error(&self) -> f64 {
        self.intervals.iter().chain([&self.batch]).map(Line::error).fold(0.0, f64::max)
    }
}

impl Line {
    fn new(sum: i128, squares: i128, readings: impl Iterator<Item = i64> + Clone) -> Option<Self> {
        let count = readings.clone().count();
        let moments = Moments::new(u64::try_from(count).ok()?, sum, squares).ok()?;
        // By their definition, not by the way that the program takes.
        let mean = readings.clone().map(|wh| wh as f64).sum::<f64>() / count as f64;
        let variance = readings.map(|wh| (wh as f64 - mean).powi(2)).sum::<f64>() / count as f64;
        Some(Self {
            mean_wh: moments.mean(),
            variance_wh2: moments.population_variance(),
            truth_mean_wh: mean,
            truth_variance_wh2: variance,
        })
    }

    fn error(&self) -> f64 {
        let relative = |value: f64, truth: f64| {
            let distance = (value - truth).abs();
            if distance == 0.0 { 0.0 } else { distance / truth.abs() }
        };
        let mean = relative(self.mean_wh, self.truth_mean_wh);
        let variance = relative(self.variance_wh2, self.truth_variance_wh2);
        // What is no number is as far off as can be.
        if mean.is_nan() || variance.is_nan() { f64::INFINITY } else { mean.max(variance) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_and_batches() {
        let readings = vec![vec![1, 2, 3], vec![10, 10, 10]];
        let statistics = Statistics::new(&[6, 30, 14, 300], &readings).unwrap();
        let [first, second] = &statistics.intervals[..] else { panic!() };
        assert_eq!((first.mean_wh, first.variance_wh2), (2.0, 2.0 / 3.0));
        assert_eq!((second.mean_wh, second.variance_wh2), (10.0, 0.0));
        assert_eq!(statistics.batch.mean_wh, 6.0);
        assert!((statistics.batch.variance_wh2 - 49.0 / 3.0).abs() < 1e-12);
        assert!(statistics.largest_error() < 1e-12);
        // A wrong sum of squares shows.
        assert!(Statistics::new(&[6, 30, 15, 300], &readings).unwrap().largest_error() > 0.1);
        assert!(Statistics::new(&[6, 30, 14, 301], &readings).unwrap().largest_error() == f64::INFINITY);
        assert_eq!(Statistics::new(&[6], &readings), None);
    }
}
