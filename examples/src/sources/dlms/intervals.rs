//! From what a register showed to the energy of intervals.

use std::collections::BTreeMap;

use meter_link::Schedule;
use meter_link::register::{Kept, Register};

use super::push::Shown;

/// Boundaries that are remembered at most.
const REMEMBERED: usize = 256;
/// Boundaries before the last interval that was asked for, which a round of many intervals, or an older epoch, asks
/// for again.
const BEHIND: u64 = 64;

/// What the register showed at the boundaries of intervals.
pub(super) struct Intervals {
    schedule: Schedule,
    most: u64,
    digits: Option<u8>,
    /// Of the interval that begins there.
    boundaries: BTreeMap<u64, Boundary>,
    asked: Option<u64>,
}

struct Boundary {
    shown: Shown,
    /// A reading stands on it: it must not move any more, or the next one would count energy twice, or not at all.
    used: bool,
    /// Of the interval that begins here, and where the one after it begins.
    reading: Option<(i64, Kept)>,
}

impl Intervals {
    pub(super) fn new(schedule: Schedule, most: u64, digits: Option<u8>) -> Self {
        Self { schedule, most, digits, boundaries: BTreeMap::new(), asked: None }
    }

    /// Takes a push, in any order, and any number of times. Of an interval the first quarter counts: what is shown
    /// first in it is taken for what was shown at its beginning.
    pub(super) fn note(&mut self, shown: &Shown) -> Result<(), &'static str> {
        let Schedule { origin, period } = self.schedule;
        let after = shown.at.checked_sub(origin).ok_or("it is older than rounds.origin")?;
        let period = u64::from(period).max(1);
        let (boundary, into) =
            (after.checked_div(period).unwrap_or(0), after.checked_rem(period).unwrap_or(0));
        if into > period / 4 {
            return Ok(());
        }
        self.register(shown)?.steps(0, shown.steps).map_err(|_| "its register shows more than its digits")?;
        match self.boundaries.get_mut(&boundary) {
            Some(known) if known.used || known.shown.at <= shown.at => {}
            Some(known) => known.shown = *shown,
            None => {
                self.boundaries.insert(boundary, Boundary { shown: *shown, used: false, reading: None });
            }
        }
        self.forget();
        Ok(())
    }

    /// The energy of an interval; `None` as long as its end was not shown, and for ever where either end was not, or
    /// the register was set back or exchanged between them.
    pub(super) fn reading(&mut self, interval: u64) -> Option<i64> {
        self.asked = Some(interval);
        self.forget();
        let begin = self.boundaries.get(&interval)?;
        if let Some((reading, _)) = &begin.reading {
            return Some(*reading);
        }
        let end = interval.checked_add(1)?;
        let (from, to) = (begin.shown, self.boundaries.get(&end)?.shown);
        let register = self.register(&from).ok().filter(|register| self.register(&to) == Ok(*register))?;
        let before = interval.checked_sub(1).and_then(|before| self.boundaries.get(&before));
        let kept = match before.and_then(|before| before.reading.as_ref()) {
            // What was below a watt-hour goes on.
            Some((_, kept)) => Kept::of(kept.value(), kept.rest()),
            None => Kept::new(from.steps),
        };
        let (reading, kept) = register.consumed_since(&kept, to.steps, self.most).ok()?;
        if let Some(begin) = self.boundaries.get_mut(&interval) {
            begin.used = true;
            begin.reading = Some((reading, kept));
        }
        if let Some(end) = self.boundaries.get_mut(&end) {
            end.used = true;
        }
        Some(reading)
    }

    fn register(&self, shown: &Shown) -> Result<Register, &'static str> {
        let register = match self.digits {
            Some(digits) => Register::digits(digits, shown.scaler),
            None => Register::bits(shown.bits, shown.scaler),
        };
        register.map_err(|_| "its register is none")
    }

    /// A clock that jumps shall not drive out what the next round needs.
    fn forget(&mut self) {
        if let Some(asked) = self.asked {
            let first = asked.saturating_sub(BEHIND);
            self.boundaries = self.boundaries.split_off(&first);
        }
        while self.boundaries.len() > REMEMBERED {
            match self.asked {
                Some(_) => self.boundaries.pop_last(),
                None => self.boundaries.pop_first(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intervals() -> Intervals {
        Intervals::new(Schedule { origin: 1000, period: 100 }, 5000, None)
    }

    fn at(at: u64, steps: u64) -> Shown {
        Shown { at, steps, bits: 32, scaler: 0 }
    }

    fn readings(intervals: &mut Intervals, rounds: std::ops::Range<u64>) -> Vec<Option<i64>> {
        rounds.map(|round| intervals.reading(round)).collect()
    }

    #[test]
    fn pushes_every_ten_seconds() {
        let mut all = intervals();
        for second in (1003..1400).step_by(10) {
            all.note(&at(second, second * 7)).unwrap();
        }
        assert_eq!(readings(&mut all, 0..4), [Some(700), Some(700), Some(700), None]);
        all.note(&at(1400, 9999)).unwrap();
        assert_eq!(all.reading(3), Some(9999 - 1303 * 7));
    }

    #[test]
    fn any_order_and_twice() {
        let mut all = intervals();
        let pushes = [at(1200, 30), at(1100, 10), at(1203, 31), at(1000, 4), at(1200, 30), at(1101, 12)];
        pushes.iter().for_each(|push| all.note(push).unwrap());
        assert_eq!(readings(&mut all, 0..3), [Some(6), Some(20), None]);
        // Asked again, and by another epoch: the same.
        assert_eq!(readings(&mut all, 0..2), [Some(6), Some(20)]);
    }

    #[test]
    fn a_boundary_that_was_used_does_not_move() {
        let mut all = intervals();
        [at(1000, 0), at(1105, 50), at(1200, 80)].iter().for_each(|push| all.note(push).unwrap());
        assert_eq!(all.reading(0), Some(50));
        all.note(&at(1100, 45)).unwrap();
        assert_eq!(all.reading(1), Some(30), "5 Wh would be there twice");
    }

    #[test]
    fn a_gap_is_silence_and_nothing_is_made_up() {
        let mut all = intervals();
        [at(1000, 0), at(1100, 10), at(1126, 20), at(1300, 90), at(1400, 95)]
            .iter()
            .for_each(|push| all.note(push).unwrap());
        assert_eq!(readings(&mut all, 0..5), [Some(10), None, None, Some(5), None]);
    }

    #[test]
    fn a_register_that_rolls_over_and_one_that_is_exchanged() {
        let mut all = intervals();
        let largest = u64::from(u32::MAX);
        [at(1000, largest - 9), at(1100, 20), at(1200, 25), at(1300, 3), at(1400, 8)]
            .iter()
            .for_each(|push| all.note(push).unwrap());
        // 25 → 3 is no roll-over that a fuse lets through.
        assert_eq!(readings(&mut all, 0..4), [Some(30), Some(5), None, Some(5)]);

        let mut digits = Intervals::new(Schedule { origin: 1000, period: 100 }, 5000, Some(4));
        [at(1000, 9990), at(1100, 15)].iter().for_each(|push| digits.note(push).unwrap());
        assert_eq!(digits.reading(0), Some(25));
        assert!(digits.note(&at(1200, 10_000)).is_err());
    }

    #[test]
    fn what_is_below_a_watt_hour_goes_on() {
        let mut all = intervals();
        let fine = |second, steps| Shown { scaler: -1, ..at(second, steps) };
        [fine(1000, 0), fine(1100, 15), fine(1200, 30), fine(1300, 39)]
            .iter()
            .for_each(|push| all.note(push).unwrap());
        assert_eq!(readings(&mut all, 0..3), [Some(1), Some(2), Some(0)]);
        assert_eq!(readings(&mut all, 0..3), [Some(1), Some(2), Some(0)], "asked again");
        // Another scaler is another register.
        all.note(&at(1400, 50)).unwrap();
        assert_eq!(all.reading(3), None);
    }

    #[test]
    fn memory_is_bounded_whatever_the_clock_says() {
        let mut all = intervals();
        for boundary in 0..1000 {
            all.note(&at(1000 + boundary * 100, boundary)).unwrap();
        }
        assert_eq!(all.boundaries.len(), REMEMBERED);
        assert_eq!(all.reading(990), Some(1));
        for far in 0..1000 {
            all.note(&at(10_000_000 + far * 100, 0)).unwrap();
        }
        assert!(all.boundaries.len() <= REMEMBERED);
        all.note(&at(1000 + 1000 * 100, 1003)).unwrap();
        assert_eq!(all.reading(999), Some(4));
        assert!(all.note(&at(999, 0)).is_err());
    }
}
