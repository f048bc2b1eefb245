//! What is drawn, against the exact distributions.

use crate::exact::{difference, difference_by_recurrence, enough, laplace, negative_binomial};
use crate::{noise, rng};

/// Pearson's χ² over bins of at least 50 expected draws, in deviations from its mean.
fn deviation(draws: &[i64], exact: &[f64]) -> f64 {
    let all = draws.len() as f64;
    let mut counts = vec![0u64; 2 * exact.len() + 1];
    let middle = exact.len() as i64;
    for draw in draws {
        counts[(draw.clamp(&-middle, &middle) + middle) as usize] += 1;
    }
    let chance = |k: i64| exact.get(k.unsigned_abs() as usize).copied().unwrap_or(0.0);
    let (mut chi, mut bins) = (0.0, 0u32);
    let (mut expected, mut seen, mut left) = (0.0, 0u64, all);
    for (k, count) in (-middle..).zip(&counts) {
        expected += all * chance(k);
        seen += count;
        if expected >= 50.0 && left - expected >= 50.0 {
            chi += (seen as f64 - expected).powi(2) / expected;
            left -= expected;
            (bins, expected, seen) = (bins + 1, 0.0, 0);
        }
    }
    chi += (seen as f64 - left).powi(2) / left;
    (chi - f64::from(bins)) / (2.0 * f64::from(bins)).sqrt()
}

/// Mean and variance.
fn moments(draws: &[i64]) -> (f64, f64) {
    let all = draws.len() as f64;
    let mean = draws.iter().map(|draw| *draw as f64).sum::<f64>() / all;
    (mean, draws.iter().map(|draw| (*draw as f64 - mean).powi(2)).sum::<f64>() / all)
}

#[test]
fn shares_are_differences_of_negative_binomials() {
    for (epsilon, sensitivity, honest, count) in
        [(1000, 10, 10, 1_000_000), (500, 1, 2, 200_000), (4000, 1, 5, 500_000), (1000, 1000, 100, 1_000_000)]
    {
        let noise = noise(epsilon, sensitivity, honest);
        let mut rng = rng(1);
        let draws: Vec<i64> = (0..count).map(|_| noise.share(&mut rng)).collect();
        let (p, r) = (f64::exp(-f64::from(epsilon) / 1000.0 / sensitivity as f64), 1.0 / f64::from(honest));
        let exact = if sensitivity > 100 {
            difference_by_recurrence(r, p, enough(p))
        } else {
            difference(&negative_binomial(r, p, enough(p)))
        };
        let off = deviation(&draws, &exact);
        assert!(off.abs() < 4.0, "{epsilon} {sensitivity} {honest}: {off}");

        // Mean zero, the variance of the formula, and a fourth moment of 3 v² + v (1 + 4p + p²) / (1 − p)².
        let variance = 2.0 * r * p / (1.0 - p).powi(2);
        let fourth = 3.0 * variance.powi(2) + variance * (1.0 + 4.0 * p + p * p) / (1.0 - p).powi(2);
        let all = f64::from(count);
        let (mean, measured) = moments(&draws);
        assert!(mean.abs() < 4.0 * (variance / all).sqrt(), "{mean}");
        assert!(
            (measured - variance).abs() < 4.0 * ((fourth - variance * variance) / all).sqrt(),
            "{measured}"
        );

        // As often above zero as below.
        let above = draws.iter().filter(|draw| **draw > 0).count() as f64;
        let below = draws.iter().filter(|draw| **draw < 0).count() as f64;
        assert!((above - below).abs() < 4.0 * (above + below).sqrt(), "{above} {below}");
    }
}

#[test]
fn sums_of_shares_are_discrete_laplace() {
    for (epsilon, sensitivity, honest, count) in [(1000, 10, 3, 1_000_000), (250, 2, 5, 50_000)] {
        let noise = noise(epsilon, sensitivity, honest);
        let mut rng = rng(2);
        let sums: Vec<i64> = (0..count).map(|_| (0..honest).map(|_| noise.share(&mut rng)).sum()).collect();
        let p = f64::exp(-f64::from(epsilon) / 1000.0 / sensitivity as f64);
        let exact: Vec<f64> = (0..enough(p) as i64).map(|k| laplace(p, k)).collect();
        let off = deviation(&sums, &exact);
        assert!(off.abs() < 4.0, "{epsilon} {sensitivity} {honest}: {off}");
        let (_, variance) = moments(&sums);
        let expected = 2.0 * p / (1.0 - p).powi(2);
        assert!((variance / expected - 1.0).abs() < 0.01, "{variance} {expected}");
    }
}

/// The test above can fail: noise for one honest meter more is told apart.
#[test]
fn a_wrong_share_is_seen() {
    let (noise, p) = (noise(1000, 10, 10), f64::exp(-0.1));
    let mut rng = rng(3);
    let draws: Vec<i64> = (0..200_000).map(|_| noise.share(&mut rng)).collect();
    let other = difference(&negative_binomial(1.0 / 11.0, p, enough(p)));
    assert!(deviation(&draws, &other) > 20.0);
}
