//! Readings beyond what the group takes: clamped, and the rest goes into the intervals that follow.

use meter_link::{PartyId, Round};
use zeroize::Zeroize;

use crate::engine::seat::Readings;

/// Keeps a source within ± `most`. A meter that fell silent instead would tell that it had such a reading.
///
/// What is carried over lives in memory only: a power cut loses it, as it loses nothing that a register shows.
pub(super) struct Limited<R> {
    source: R,
    meter: PartyId,
    most: i64,
    /// Not sent yet, before the last round that was asked for.
    carried: i64,
    /// That round, and what was left after it.
    last: Option<(Round, i64)>,
}

impl<R: Readings> Limited<R> {
    pub(super) fn new(source: R, meter: PartyId, most: u64) -> Self {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        Self { source, meter, most, carried: 0, last: None }
    }
}

impl<R: Readings> Readings for Limited<R> {
    fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
        let mut values = self.source.reading(round)?;
        match self.last {
            // Asked again: what was carried into it stays the same.
            Some((last, _)) if last == round => {}
            Some((_, left)) => self.carried = left,
            None => {}
        }
        let (mut left, mut clamped) = (self.carried, false);
        for value in &mut values {
            let whole = value.saturating_add(left);
            *value = whole.clamp(self.most.saturating_neg(), self.most);
            left = whole.saturating_sub(*value);
            clamped |= left != 0;
        }
        if clamped && self.last.is_none_or(|(last, _)| last != round) {
            let (meter, round) = (self.meter.0, round.to_u32());
            tracing::warn!(
                meter,
                round,
                "a reading beyond meters.max_reading: the rest goes into the next round"
            );
        }
        self.last = Some((round, left));
        Some(values)
    }
}

impl<R> Drop for Limited<R> {
    fn drop(&mut self) {
        self.carried.zeroize();
        if let Some((_, left)) = &mut self.last {
            left.zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Given(Vec<Vec<i64>>);

    impl Readings for Given {
        fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
            self.0.get(round.to_u32() as usize).cloned()
        }
    }

    fn limited(rounds: &[&[i64]]) -> Limited<Given> {
        Limited::new(Given(rounds.iter().map(|round| round.to_vec()).collect()), PartyId(7), 100)
    }

    #[test]
    fn a_spike_is_spread_and_nothing_is_lost() {
        let mut source = limited(&[&[30], &[250], &[40], &[0], &[-5], &[5]]);
        let mut sent = Vec::new();
        for round in 0..6 {
            let once = source.reading(Round::from(round)).unwrap();
            assert_eq!(source.reading(Round::from(round)).unwrap(), once, "asked again");
            sent.extend(once);
        }
        assert_eq!(sent, [30, 100, 100, 90, -5, 5]);
        assert_eq!(source.reading(Round::from(6)), None);
    }

    #[test]
    fn a_group_of_small_readings() {
        let mut deployment = crate::deployment::example::deployment();
        deployment.meters.max_reading = 50;
        let mut source = crate::sources::open("generated:1", &deployment, PartyId(1)).unwrap();
        let all: Vec<i64> = (0..2000).flat_map(|round| source.reading(Round::from(round)).unwrap()).collect();
        assert!(all.iter().all(|wh| wh.abs() <= 50) && all.contains(&50));
    }

    #[test]
    fn negative_spikes_and_batches_too() {
        let mut source = limited(&[&[-350, 20], &[0, 0], &[10, 0]]);
        let sent: Vec<_> = (0..3).flat_map(|round| source.reading(Round::from(round)).unwrap()).collect();
        assert_eq!(sent, [-100, -100, -100, -30, 10, 0]);
    }

    #[test]
    fn a_round_without_a_reading_changes_nothing() {
        let mut source = limited(&[&[150]]);
        assert_eq!(source.reading(Round::from(0)), Some(vec![100]));
        assert_eq!(source.reading(Round::from(9)), None);
        assert_eq!(source.reading(Round::from(0)), Some(vec![100]));
    }
}
