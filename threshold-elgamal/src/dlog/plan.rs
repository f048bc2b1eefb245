//! How a range is searched: fans of giant steps around its middle and around centres ever further out.

use core::ops::RangeInclusive;

use super::DlogTable;
use super::fan::REACH;
use crate::error::{Error, Misuse};

/// A range of numbers as distances from its middle, and the giant steps that cover them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) middle: i64,
    first: i64,
    last: i64,
    /// Giant steps on each side of a centre, below [`REACH`].
    pub(super) fan: usize,
    /// Centres on each side of the middle.
    pub(super) rings: u64,
}

impl Plan {
    /// `babies` is what the table answers for: −babies < j < babies.
    pub(super) fn new(range: &RangeInclusive<i64>, babies: u64) -> Result<Plan, Error> {
        let (first, last) = (*range.start(), *range.end());
        if range.is_empty() {
            return Err(Misuse::EmptyRange.into());
        }
        let width = last.abs_diff(first);
        if width > DlogTable::MAX_WIDTH {
            return Err(Misuse::SumBeyondRange.into());
        }
        let middle = first.wrapping_add((width / 2).cast_signed());
        let reach = last.abs_diff(middle);
        let stride = babies.wrapping_mul(2).wrapping_sub(1).max(1);
        let giants = reach.saturating_sub(babies.wrapping_sub(1)).div_ceil(stride);
        // 2·giants + 1 steps in 2·rings + 1 fans, which are as small as so many can be.
        const MOST: u64 = REACH as u64 - 1;
        let rings = giants.saturating_sub(MOST).div_ceil(2 * MOST + 1);
        let fans = rings.wrapping_mul(2).wrapping_add(1);
        let fan = usize::try_from(giants.saturating_sub(rings).div_ceil(fans.max(1))).unwrap_or(0);
        Ok(Plan { middle, first, last, fan, rings })
    }

    /// From one centre to the next, in giant steps.
    pub(super) fn spacing(&self) -> i64 {
        (self.fan as u64).wrapping_mul(2).wrapping_add(1).cast_signed()
    }

    /// The number at a distance from the middle, if it is of the range.
    pub(super) fn number(&self, distance: i64) -> Option<i64> {
        let number = self.middle.checked_add(distance)?;
        (self.first..=self.last).contains(&number).then_some(number)
    }

    /// Most look-ups that a search makes.
    #[cfg(test)]
    pub(super) fn steps(&self) -> u64 {
        self.rings.wrapping_mul(2).wrapping_add(1).wrapping_mul(self.spacing().unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects)] // clippy does not see that proptest's functions are tests
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_ranges() {
        let plan = |range| Plan::new(&range, 256).unwrap();
        assert_eq!(plan(0..=0), Plan { middle: 0, first: 0, last: 0, fan: 0, rings: 0 });
        assert_eq!(plan(-255..=255), Plan { middle: 0, first: -255, last: 255, fan: 0, rings: 0 });
        assert_eq!(plan(-255..=256).fan, 1);
        assert_eq!(plan(-255..=256).middle, 0);
        let whole = 511 * (2 * 511 + 1);
        assert_eq!((plan(1..=whole).fan, plan(1..=whole).rings), (511, 0));
        assert_eq!((plan(0..=whole).fan, plan(0..=whole).rings), (171, 1));
        assert_eq!(plan(i64::MAX - 1..=i64::MAX).middle, i64::MAX - 1);
        assert_eq!(plan(i64::MIN..=i64::MIN + 5).middle, i64::MIN + 2);
    }

    #[test]
    fn what_is_no_range() {
        #[allow(clippy::reversed_empty_ranges)]
        let reversed = 1..=0;
        assert_eq!(Plan::new(&reversed, 256), Err(Misuse::EmptyRange.into()));
        for range in [0..=(1 << 60) + 1, i64::MIN..=i64::MAX, -1..=1 << 60] {
            assert_eq!(Plan::new(&range, 256), Err(Misuse::SumBeyondRange.into()));
        }
        assert!(Plan::new(&(-(1 << 59)..=1 << 59), 256).is_ok());
    }

    proptest! {
        #[test]
        fn covers_the_range_and_hardly_more(first: i64, width in 0u64..1 << 60, shift in 0u32..60, bits in 8u32..27) {
            let width = (width >> shift) as i64;
            let first = first.clamp(i64::MIN, i64::MAX - width);
            let plan = Plan::new(&(first..=first + width), 1 << bits).unwrap();
            let (babies, steps) = (1i128 << bits, i128::from(plan.steps()));
            let stride = 2 * babies - 1;
            let reach = steps / 2 * stride + babies - 1;
            prop_assert!(i128::from(plan.middle) - reach <= i128::from(first));
            prop_assert!(i128::from(plan.middle) + reach >= i128::from(first) + i128::from(width));
            // As many as the range takes, and one for each fan to make them all alike.
            let needed = (i128::from(width) + 1).div_euclid(stride) + 3;
            prop_assert!(steps <= needed + 2 * (2 * i128::from(plan.rings) + 1));
            prop_assert!(plan.fan < REACH);
            prop_assert!(i128::from(plan.rings) <= needed / 1023 + 1);
        }
    }
}
