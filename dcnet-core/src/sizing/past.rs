//! What an observer expects of a group's sums, from the days before.

use alloc::vec::Vec;

/// Days before that he needs.
pub(super) const LEAST: usize = 3;

/// Days before that he looks at, at most.
const MOST: usize = 7;

/// Intervals to either side over which the scale of what is usual is taken.
const AROUND: usize = 2;

/// Statistics of a moment or a day, one for each test but the likelihood ratios.
pub(super) type Statistics = [f64; 8];

/// The sums of a group, the mean of the days before for each interval, and by how much the group would leave that
/// mean if it did what the meters beside it do: weather, weekends, a match on television.
pub(super) struct Past<'a> {
    sums: &'a [f64],
    per_day: usize,
    means: Vec<f64>,
    common: Vec<f64>,
}

impl<'a> Past<'a> {
    /// `beside` are the sums of all the meters that are not in the group, where there are such.
    pub(super) fn new(sums: &'a [f64], beside: Option<&[f64]>, per_day: usize) -> Self {
        let means_of = |sums: &[f64]| -> Vec<f64> {
            (0..sums.len()).map(|place| mean(before(sums, place, per_day))).collect()
        };
        let means = means_of(sums);
        let beside = beside.map(|beside| beside.iter().zip(means_of(beside)));
        let common = beside.into_iter().flatten().zip(&means).map(|((now, usual), mean)| {
            // Without a usual use beside it there is nothing to scale.
            if usual > 0.0 { mean * (now / usual - 1.0) } else { 0.0 }
        });
        Past { sums, per_day, common: common.collect(), means }
    }

    fn common(&self, place: usize) -> f64 {
        self.common.get(place).copied().unwrap_or(0.0)
    }

    /// The sum and the expected sum of an interval.
    fn at(&self, place: usize) -> Option<(f64, f64)> {
        Some((*self.sums.get(place)?, *self.means.get(place)?))
    }

    /// Of one interval, whose sum is seen to be `now` and that of the interval before `last`: difference to the day
    /// before, to the mean of the days before, to the interval before, of the last two differences to the mean; the
    /// second and the fourth over their usual size at that hour; the same less what is common.
    pub(super) fn of_interval(&self, place: usize, now: f64, last: f64) -> Option<Statistics> {
        let (_, expected) = self.at(place)?;
        let (_, expected_last) = self.at(place.checked_sub(1)?)?;
        let yesterday = self.sums.get(place.checked_sub(self.per_day)?)?;
        let (from_mean, from_mean_last) = (now - expected, last - expected_last);
        let step = from_mean - from_mean_last;
        let (scale, step_scale) = self.scales(place);
        let common = self.common(place);
        let common_step = common - self.common(place.checked_sub(1)?);
        Some([
            now - yesterday,
            from_mean,
            now - last,
            step,
            from_mean / scale,
            step / step_scale,
            from_mean - common,
            step - common_step,
        ])
    }

    /// The usual size of differences to the mean around that hour, and of their steps.
    fn scales(&self, place: usize) -> (f64, f64) {
        let (mut squares, mut steps, mut count) = (0.0, 0.0, 0.0);
        for near in place.saturating_sub(AROUND)..=place.saturating_add(AROUND) {
            let (Some((_, expected)), Some((_, expected_last))) =
                (self.at(near), near.checked_sub(1).and_then(|last| self.at(last)))
            else {
                continue;
            };
            let pairs = before(self.sums, near, self.per_day);
            let lasts =
                near.checked_sub(1).into_iter().flat_map(|last| before(self.sums, last, self.per_day));
            for (sum, last) in pairs.zip(lasts) {
                let off = sum - expected;
                let step = off - (last - expected_last);
                squares += off * off;
                steps += step * step;
                count += 1.0;
            }
        }
        // A group that never changes has no scale; 1 keeps what little there is comparable.
        let size = |squares: f64| if squares > 0.0 { libm::sqrt(squares / count) } else { 1.0 };
        (size(squares), size(steps))
    }

    /// Of a whole day whose sums are seen to be `today`: difference of the total to the day before and to the mean, the
    /// same of the quietest quarter of the day, of the lowest sum, and the `weighted` difference to the mean; total and
    /// weighted difference to the mean less what is common.
    pub(super) fn of_day(&self, day: usize, today: &[f64], weights: &[f64]) -> Option<Statistics> {
        let start = day.checked_mul(self.per_day)?;
        let means = self.means.get(start..)?.get(..self.per_day)?;
        let yesterday = self.sums.get(start.checked_sub(self.per_day)?..start)?;

        let mut order: Vec<(f64, usize)> = means.iter().copied().zip(0..).collect();
        order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let quiet: Vec<usize> = order.iter().take(self.per_day / 4).map(|(_, slot)| *slot).collect();
        let over = |values: &[f64]| quiet.iter().filter_map(|slot| values.get(*slot)).sum::<f64>();

        let lows = self.days_before(day).map(lowest);
        let differences = today.iter().zip(means).map(|(now, mean)| now - mean);
        let weighted = differences.clone().zip(weights).map(|(off, weight)| weight * off);
        let own = differences.zip(start..).map(|(off, place)| off - self.common(place));
        let own_weighted = own.clone().zip(weights).map(|(off, weight)| weight * off);
        let total = |values: &[f64]| values.iter().sum::<f64>();
        Some([
            total(today) - total(yesterday),
            total(today) - total(means),
            over(today) - over(means),
            over(today) - over(yesterday),
            lowest(today) - mean(lows),
            weighted.sum(),
            own.sum(),
            own_weighted.sum(),
        ])
    }

    /// Differences to the mean of each interval of a day, less what is common.
    pub(super) fn differences(&self, day: usize) -> impl Iterator<Item = f64> {
        let start = day.wrapping_mul(self.per_day);
        let both = self.sums.iter().zip(&self.means).zip(0..).skip(start).take(self.per_day);
        both.map(|((sum, mean), place)| sum - mean - self.common(place))
    }

    fn days_before(&self, day: usize) -> impl Iterator<Item = &[f64]> {
        let first = day.saturating_sub(MOST);
        self.sums.chunks(self.per_day.max(1)).skip(first).take(day.wrapping_sub(first))
    }
}

/// The sums at the same time of up to `MOST` days before.
fn before(sums: &[f64], place: usize, per_day: usize) -> impl Iterator<Item = f64> {
    (1..=MOST).map_while(move |days| sums.get(place.checked_sub(days.wrapping_mul(per_day))?).copied())
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    if count > 0.0 { sum / count } else { 0.0 }
}

fn lowest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_of_an_interval() {
        // Four days of four intervals; the last is 3 above the others' mean of 12, 22, 32, 42.
        let sums =
            [10.0, 20.0, 30.0, 40.0, 12.0, 22.0, 32.0, 42.0, 14.0, 24.0, 34.0, 44.0, 15.0, 25.0, 35.0, 45.0];
        let past = Past::new(&sums, None, 4);
        let [yesterday, from_mean, step, step_from_mean, scaled, _, own, own_step] =
            past.of_interval(14, 40.0, 25.0).unwrap();
        assert_eq!((yesterday, from_mean, step, step_from_mean), (6.0, 8.0, 15.0, 5.0));
        assert_eq!((own, own_step), (8.0, 5.0));
        // Differences of the days before: −2, 0 and 2.
        assert!((scaled - 8.0 / libm::sqrt(8.0 / 3.0)).abs() < 1.0, "{scaled}");
        assert!(past.of_interval(2, 0.0, 0.0).is_none() && past.of_interval(16, 0.0, 0.0).is_none());
    }

    #[test]
    fn statistics_of_a_day() {
        let sums =
            [10.0, 20.0, 30.0, 40.0, 12.0, 22.0, 32.0, 42.0, 14.0, 24.0, 34.0, 44.0, 15.0, 25.0, 35.0, 45.0];
        let past = Past::new(&sums, None, 4);
        let weights = [1.0, 0.0, 0.0, 2.0];
        let statistics = past.of_day(3, &[15.0, 25.0, 35.0, 9.0], &weights).unwrap();
        assert_eq!(statistics, [84.0 - 116.0, -24.0, 3.0, 1.0, 9.0 - 12.0, 3.0 - 66.0, -24.0, 3.0 - 66.0]);
        assert_eq!(past.differences(3).collect::<Vec<_>>(), [3.0, 3.0, 3.0, 3.0]);
    }

    #[test]
    fn what_is_common_is_taken_off() {
        let sums = [10.0, 20.0, 10.0, 20.0, 10.0, 20.0, 10.0, 20.0, 12.0, 26.0, 12.0, 24.0];
        // Beside it all use 20 % more on the last day: the group should have 12 and 24.
        let beside: Vec<f64> =
            sums.iter().enumerate().map(|(n, _)| if n < 8 { 500.0 } else { 600.0 }).collect();
        let past = Past::new(&sums, Some(&beside), 4);
        let [.., own, own_step] = past.of_interval(9, 26.0, 12.0).unwrap();
        assert!((own - 2.0).abs() < 1e-9 && (own_step - 2.0).abs() < 1e-9, "{own} {own_step}");
        let [.., total, weighted] = past.of_day(2, &sums[8..], &[0.0, 3.0, 0.0, 0.0]).unwrap();
        assert!((total - 2.0).abs() < 1e-9 && (weighted - 6.0).abs() < 1e-9, "{total} {weighted}");
    }
}
