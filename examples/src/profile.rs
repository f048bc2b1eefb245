//! Load profiles of made-up households, in whole numbers throughout: the same on every machine.
//!
//! A household has a base load, a daily pattern that differs at the week-end, a fridge, and appliances that
//! come as steps; some have a heat pump, a car or a solar roof; some stand empty. Its energy runs through a
//! register of the meter's resolution, of which readings are the differences.

mod day;

use chacha20::ChaCha20Rng;
use jiff::civil::{Date, Time};
use rand_core::{Rng, SeedableRng};

use day::Day;

/// The quarter hour of a local day that an interval begins with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slot {
    date: Date,
    /// 0 … 95
    quarter: usize,
    weekend: bool,
}

impl Slot {
    pub(crate) fn new(date: Date, time: Time) -> Self {
        let quarters = i32::from(time.hour()).saturating_mul(4).saturating_add(i32::from(time.minute()) / 15);
        let weekday = date.weekday().to_monday_zero_offset();
        Self { date, quarter: usize::try_from(quarters).unwrap_or(0), weekend: weekday >= 5 }
    }
}

/// The readings in Wh of household number `meter`.
pub(crate) fn series(seed: u64, meter: u32, slots: &[Slot]) -> Vec<i64> {
    let mut household = Household::new(seed, meter);
    slots.iter().map(|slot| household.next(slot)).collect()
}

/// A household, interval after interval.
pub(crate) struct Household {
    dice: Dice,
    home: Home,
    day: Day,
    register: Register,
    date: Option<Date>,
}

impl Household {
    pub(crate) fn new(seed: u64, meter: u32) -> Self {
        let mut dice = Dice::new(seed, meter);
        let home = Home::draw(&mut dice);
        Self::living(home, dice)
    }

    /// The same home with other draws in each `week`, so that a reader can begin at any of them.
    pub(crate) fn of_week(seed: u64, meter: u32, week: u64) -> Self {
        let home = Home::draw(&mut Dice::new(seed, meter));
        // Streams beyond u32 are no household's own.
        let mut dice = Dice::new(seed ^ week.rotate_left(32), meter);
        dice.0.set_stream(u64::from(meter) | 1 << 32);
        Self::living(home, dice)
    }

    fn living(home: Home, mut dice: Dice) -> Self {
        let day = Day::eve(&home, &mut dice);
        let register = Register { resolution: home.resolution, mwh: 0 };
        Self { dice, home, day, register, date: None }
    }

    /// The reading of the interval after the one before.
    pub(crate) fn next(&mut self, slot: &Slot) -> i64 {
        let Self { dice, home, day, register, date } = self;
        if *date != Some(slot.date) {
            day.begin(home, slot.weekend, dice);
            *date = Some(slot.date);
        }
        let reading = register.count(day.energy(home, slot.quarter, slot.weekend, dice));
        dice.fault(reading, home.resolution)
    }
}

/// What distinguishes a household; loads in watts.
#[derive(Debug)]
pub(crate) struct Home {
    /// In Wh: 1, or for most meters 10.
    resolution: i64,
    pub(crate) vacant: bool,
    pub(crate) base: i64,
    /// At the daily pattern's peak.
    pub(crate) activity: i64,
    /// Of the daily pattern, in quarters.
    pub(crate) shift: usize,
    pub(crate) fridge: i64,
    /// Of the electric water heater; 0 for none, as below.
    pub(crate) boiler: i64,
    pub(crate) heat_pump: i64,
    pub(crate) car: i64,
    pub(crate) solar: i64,
}

impl Home {
    fn draw(dice: &mut Dice) -> Self {
        let resolution = if dice.chance(750) { 10 } else { 1 };
        let vacant = dice.chance(20);
        let mut some = |chance, low, high| {
            let load = dice.between(low, high);
            if dice.chance(chance) { load } else { 0 }
        };
        Self {
            resolution,
            vacant,
            base: some(1000, 15, 180),
            activity: some(1000, 80, 900),
            fridge: some(950, 60, 160),
            boiler: some(350, 1_800, 4_200),
            heat_pump: some(300, 1_200, 3_800),
            car: some(80, 2_300, 11_000),
            solar: some(100, 1_500, 8_000),
            shift: usize::try_from(dice.between(0, 8)).unwrap_or(0),
        }
    }
}

/// A meter's register, counting mWh and showing multiples of its resolution.
struct Register {
    resolution: i64,
    mwh: i64,
}

impl Register {
    /// Adds the energy of an interval and gives what the reading of it shows.
    fn count(&mut self, mwh: i64) -> i64 {
        let step = self.resolution.saturating_mul(1000).max(1);
        let before = self.mwh.checked_div(step).unwrap_or(0);
        self.mwh = self.mwh.saturating_add(mwh.max(0));
        let after = self.mwh.checked_div(step).unwrap_or(0);
        after.saturating_sub(before).saturating_mul(self.resolution)
    }
}

/// Draws of one household: a ChaCha20 stream of its own, so that other households do not change it.
pub(crate) struct Dice(ChaCha20Rng);

impl Dice {
    fn new(seed: u64, meter: u32) -> Self {
        let mut key = *b"wattsum household profile v1....";
        if let Some(end) = key.last_chunk_mut::<8>() {
            *end = seed.to_le_bytes();
        }
        let mut rng = ChaCha20Rng::from_seed(key);
        rng.set_stream(u64::from(meter));
        Self(rng)
    }

    /// From `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = high.saturating_sub(low).saturating_add(1);
        // The bias of a 32-bit draw over such small spans cannot be seen.
        low.saturating_add(i64::from(self.0.next_u32()).saturating_mul(span) >> 32)
    }

    pub(crate) fn chance(&mut self, per_mille: i64) -> bool {
        self.between(0, 999) < per_mille
    }

    /// Now and then a meter reports a correction, or all at once what it missed.
    fn fault(&mut self, reading: i64, resolution: i64) -> i64 {
        let (kind, size) = (self.between(0, 19_999), self.between(1, 1000));
        let whole = |wh: i64| wh.checked_div(resolution).unwrap_or(0).max(1).saturating_mul(resolution);
        match kind {
            0..4 => whole(size.saturating_mul(2)).saturating_neg(),
            4 | 5 => whole((size.saturating_mul(size) / 10).saturating_add(15_000)),
            _ => reading,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    fn quarters(days: usize) -> Vec<Slot> {
        let monday: Date = crate::generate::FIRST_DAY.parse().unwrap();
        let times = (0..24).flat_map(|hour| [0, 15, 30, 45].map(|minute| Time::constant(hour, minute, 0, 0)));
        monday
            .series(1.day())
            .take(days)
            .flat_map(|date| times.clone().map(move |time| Slot::new(date, time)))
            .collect()
    }

    fn homes(count: u32, days: usize) -> Vec<Vec<i64>> {
        let slots = quarters(days);
        (0..count).map(|meter| series(1, meter, &slots)).collect()
    }

    #[test]
    fn quarters_of_the_day() {
        let date: Date = "2026-01-10".parse().unwrap();
        let slot = Slot::new(date, Time::constant(23, 45, 0, 0));
        assert_eq!((slot.quarter, slot.weekend), (95, true));
    }

    #[test]
    fn a_register_loses_nothing() {
        let mut register = Register { resolution: 10, mwh: 0 };
        let readings: Vec<_> = [4_000, 4_000, 4_000, 25_000, 0].map(|mwh| register.count(mwh)).to_vec();
        assert_eq!(readings, [0, 0, 10, 20, 0]);
    }

    /// What the real extract of 240 Swiss households shows, within a factor.
    #[test]
    fn households_look_like_real_ones() {
        let homes = homes(400, 7);
        let mut all: Vec<i64> = homes.iter().flatten().copied().collect();
        all.sort_unstable();
        let part = |share: usize| all[(all.len() - 1) * share / 1000];
        assert!((60..=300).contains(&part(500)), "median {}", part(500));
        assert!((1_000..=4_000).contains(&part(990)), "99 % {}", part(990));
        let zeros = all.iter().filter(|wh| **wh == 0).count() * 1000 / all.len();
        assert!((20..=150).contains(&zeros), "zeros {zeros} per mille");
        let tens = homes.iter().filter(|home| home.iter().all(|wh| wh % 10 == 0)).count();
        assert!((270..=330).contains(&tens), "{tens} of 400 resolve 10 Wh");
        let vacant = homes.iter().filter(|home| home.iter().filter(|wh| **wh != 0).count() < 5).count();
        assert!((2..=20).contains(&vacant), "{vacant} vacant of 400");
        assert!(all[0] < 0 && part(0) >= -2_000, "smallest {}", all[0]);
        let largest = all[all.len() - 1];
        assert!((15_000..=115_000).contains(&largest), "largest {largest}");
    }

    #[test]
    fn evenings_and_week_ends_differ_from_nights_and_workdays() {
        let homes = homes(400, 7);
        let sum = |day: usize, quarters: std::ops::Range<usize>| -> i64 {
            // The odd fault would drown the pattern.
            homes.iter().flat_map(|home| &home[day * 96..][quarters.clone()]).filter(|wh| **wh < 12_000).sum()
        };
        assert!(sum(1, 72..84) > sum(1, 8..20) * 11 / 10, "{} {}", sum(1, 72..84), sum(1, 8..20));
        assert!(sum(5, 40..56) > sum(1, 40..56) * 11 / 10, "{} {}", sum(5, 40..56), sum(1, 40..56));
    }
}
