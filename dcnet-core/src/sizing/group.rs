//! Groups drawn from the households, and their sums.

use alloc::vec;
use alloc::vec::Vec;

use rand_core::CryptoRng;

use super::readings::{Half, Readings};

/// Targets of a group, at most: the sums are shared, so that more targets cost little and tell little more.
const TARGETS: usize = 8;

/// A household in a group, shifted by days where the group has it more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) household: usize,
    pub(super) shift: usize,
}

/// The sums of a group over a half, those of all meters beside it, and members that may be targets.
pub(super) struct Group {
    pub(super) sums: Vec<f64>,
    pub(super) beside: Option<Vec<f64>>,
    pub(super) targets: Vec<Member>,
}

impl Group {
    /// Up to a quarter of all households, without replacement, with the others beside it. A larger group is drawn with
    /// replacement from all households on all days of the half: its members share no weather, so that nobody
    /// beside it is needed to tell what is common. At least one member may be a target.
    pub(super) fn draw<R: CryptoRng + ?Sized>(
        readings: &Readings,
        half: Half,
        size: usize,
        rng: &mut R,
    ) -> Self {
        let (households, days) = (readings.households(), readings.range(half).len());
        let resampled = readings.resampled(size);
        let shift = |rng: &mut R| if resampled { below(days, rng) } else { 0 };
        let mut all: Vec<usize> = (0..households).collect();
        let mut members = Vec::with_capacity(size);
        // The first is a target, so that no group is without.
        while members.is_empty() {
            let place = below(households, rng);
            if half.targets(place) {
                members.push(Member { household: place, shift: shift(rng) });
                all.swap(0, place);
            }
        }
        for place in 1..size {
            let first = if resampled { 0 } else { place };
            let drawn = first.wrapping_add(below(households.wrapping_sub(first), rng));
            let household = all.get(drawn).copied().unwrap_or(0);
            members.push(Member { household, shift: shift(rng) });
            if !resampled {
                all.swap(place, drawn);
            }
        }

        let mut sums = vec![0.0; days.saturating_mul(readings.per_day())];
        for Member { household, shift } in &members {
            for (sum, reading) in sums.iter_mut().zip(readings.series(*household, half, *shift)) {
                *sum += reading;
            }
        }
        let beside = (!resampled).then(|| {
            let all = readings.series_of_all(half);
            all.zip(&sums).map(|(all, own)| all - own).collect()
        });
        let targets = members.into_iter().filter(|member| half.targets(member.household));
        Group { sums, beside, targets: targets.take(TARGETS).collect() }
    }
}

/// A number below `bound`, uniform to 2^−64 · bound.
pub(super) fn below<R: CryptoRng + ?Sized>(bound: usize, rng: &mut R) -> usize {
    let wide = u128::from(rng.next_u64()).wrapping_mul(bound as u128) >> 64;
    usize::try_from(wide).unwrap_or(0)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers of tests")]
mod tests {
    use super::*;
    use alloc::string::ToString;
    use chacha20::ChaCha20Rng;
    use rand_core::SeedableRng;

    /// 12 households of 8 days; household h reads 10^h on each.
    fn readings() -> Readings {
        let rows: Vec<i64> = (0..8 * 4).flat_map(|_| (0..12).map(|h| 10i64.pow(h))).collect();
        Readings::new(&rows, 12, 4).unwrap()
    }

    #[test]
    fn members_are_different_ones() {
        let (readings, mut rng) = (readings(), ChaCha20Rng::seed_from_u64(1));
        for size in [2, 3] {
            for _ in 0..50 {
                let group = Group::draw(&readings, Half::Second, size, &mut rng);
                let digits: Vec<char> = (group.sums[0] as u64).to_string().chars().collect();
                assert!(digits.iter().all(|digit| "01".contains(*digit)), "{digits:?}");
                assert_eq!(digits.iter().filter(|digit| **digit == '1').count(), size);
                assert_eq!(group.beside.unwrap()[0] + group.sums[0], 111_111_111_111.0);
                assert!(!group.targets.is_empty() && group.targets.iter().all(|m| m.household % 2 == 1));
                assert!(group.targets.iter().all(|member| member.shift == 0));
            }
        }
    }

    #[test]
    fn larger_groups_have_households_on_several_days() {
        let (readings, mut rng) = (readings(), ChaCha20Rng::seed_from_u64(2));
        let group = Group::draw(&readings, Half::First, 1200, &mut rng);
        // About a hundred times each household: digits of 1000 hold them apart no more, their sum does.
        let all = 111_111_111_111.0;
        assert!((group.sums[0] / all / 100.0 - 1.0).abs() < 0.5, "{}", group.sums[0]);
        assert_eq!((group.targets.len(), group.beside), (TARGETS, None));
        assert!(group.targets.iter().any(|member| member.shift > 0));
        assert!(group.targets.iter().all(|member| member.household % 2 == 0));
    }

    #[test]
    fn numbers_below_a_bound() {
        let mut rng = ChaCha20Rng::seed_from_u64(3);
        let mut counts = [0u32; 3];
        (0..3000).for_each(|_| counts[below(3, &mut rng)] += 1);
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
    }
}
