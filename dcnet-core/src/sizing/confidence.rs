//! How sure an estimate is whose trials share households and days.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::group::below;

/// Sums of differences of pairs, by household and day.
#[derive(Default)]
pub(super) struct Cells(BTreeMap<(usize, usize), (f64, usize)>);

impl Cells {
    pub(super) fn add(&mut self, household: usize, day: usize, difference: f64) {
        let cell = self.0.entry((household, day)).or_default();
        *cell = (cell.0 + difference, cell.1.saturating_add(1));
    }

    /// Pairs of trials.
    pub(super) fn trials(&self) -> usize {
        self.0.values().map(|(_, count)| count).sum()
    }

    /// The mean, and the ends of its interval: the pigeonhole bootstrap (A. Owen, *The pigeonhole bootstrap*, Annals of
    /// Applied Statistics 1(2), 2007), which draws households anew and days anew, since trials of one household or of one
    /// day have much in common. It errs on the wide side.
    pub(super) fn interval<R: CryptoRng + ?Sized>(
        &self,
        resamples: usize,
        confidence: f64,
        rng: &mut R,
    ) -> Option<(f64, f64, f64)> {
        let all = |values: Vec<usize>| {
            let mut values = values;
            values.sort_unstable();
            values.dedup();
            values
        };
        let households = all(self.0.keys().map(|(household, _)| *household).collect());
        let days = all(self.0.keys().map(|(_, day)| *day).collect());
        let index = |values: &[usize], value| values.binary_search(&value).unwrap_or(0);
        let cells: Vec<(usize, usize, f64, f64)> = self
            .0
            .iter()
            .map(|((h, d), (sum, count))| (index(&households, *h), index(&days, *d), *sum, *count as f64))
            .collect();
        let estimate = |households: &[f64], days: &[f64]| {
            let (mut sum, mut count) = (0.0, 0.0);
            for (h, d, cell, pairs) in &cells {
                let weight = households.get(*h).unwrap_or(&0.0) * days.get(*d).unwrap_or(&0.0);
                sum += weight * cell;
                count += weight * pairs;
            }
            (count > 0.0).then_some(sum / count)
        };
        let mean = estimate(&vec![1.0; households.len()], &vec![1.0; days.len()])?;
        let mut drawn: Vec<f64> = (0..resamples)
            .filter_map(|_| estimate(&weights(households.len(), rng), &weights(days.len(), rng)))
            .collect();
        drawn.sort_unstable_by(f64::total_cmp);
        // As many are left out on either side as the confidence allows, rounded towards a wider interval.
        let mut out = 0usize;
        while (out.saturating_add(1) as f64) <= (1.0 - confidence) / 2.0 * drawn.len() as f64 {
            out = out.saturating_add(1);
        }
        let low = drawn.get(out).copied().unwrap_or(mean);
        let high = drawn.iter().rev().nth(out).copied().unwrap_or(mean);
        Some((mean, low.min(mean), high.max(mean)))
    }
}

/// How often each of `count` comes when `count` are drawn with replacement.
fn weights<R: CryptoRng + ?Sized>(count: usize, rng: &mut R) -> Vec<f64> {
    let mut weights = vec![0.0; count];
    for _ in 0..count {
        if let Some(weight) = weights.get_mut(below(count, rng)) {
            *weight += 1.0;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    /// Households that differ make the interval as wide as their number demands, however many trials each has.
    #[test]
    fn households_count_not_trials() {
        let mut cells = Cells::default();
        for household in 0..100 {
            for day in 0..10 {
                (0..20).for_each(|_| cells.add(household, day, f64::from(u8::from(household < 20))));
            }
        }
        let (mean, low, high) = cells.interval(2000, 0.95, &mut ChaCha20Rng::seed_from_u64(1)).unwrap();
        assert_eq!((cells.trials(), mean), (20_000, 0.2));
        // 0.2 ± 1.96 √(0.16/100)
        assert!((low - 0.1216).abs() < 0.02 && (high - 0.2784).abs() < 0.02, "{low} {high}");
    }

    /// Of many samples with known mean, about 95 in 100 intervals hold it, or more.
    #[test]
    fn intervals_hold_the_truth() {
        let mut rng = ChaCha20Rng::seed_from_u64(2);
        let coin = |rng: &mut ChaCha20Rng| f64::from(u8::from(below(10, rng) < 3));
        let mut held = 0;
        for _ in 0..200 {
            let mut cells = Cells::default();
            for household in 0..30 {
                (0..8).for_each(|day| cells.add(household, day, coin(&mut rng)));
            }
            let (_, low, high) = cells.interval(300, 0.95, &mut rng).unwrap();
            held += u32::from(low <= 0.3 && 0.3 <= high);
        }
        assert!(held >= 186, "{held} of 200");
    }

    #[test]
    fn nothing_has_no_interval() {
        assert!(Cells::default().interval(10, 0.9, &mut ChaCha20Rng::seed_from_u64(1)).is_none());
    }
}
