//! One day of a household, planned when it begins.

use super::{Dice, Home};

/// Quarter hours of a day.
const QUARTERS: usize = 96;

/// How active a household is in each hour, per mille of its peak.
const WORKDAY: [i64; 24] = [
    180, 120, 90, 80, 90, 160, 420, 560, 430, 300, 280, 400, 560, 420, 300, 290, 360, 560, 850, 1000, 950,
    760, 540, 320,
];
const WEEKEND: [i64; 24] = [
    260, 180, 120, 100, 90, 110, 200, 380, 600, 720, 740, 860, 950, 780, 620, 560, 600, 720, 900, 1000, 940,
    800, 620, 420,
];

/// Steps that every household may have.
struct Appliance {
    watts: (i64, i64),
    quarters: (i64, i64),
    /// The first quarters it may start in.
    start: (i64, i64),
    /// Per mille of days.
    workday: i64,
    weekend: i64,
}

const APPLIANCES: [Appliance; 6] = [
    // Kettle and toaster, lunch, dinner.
    Appliance { watts: (900, 2000), quarters: (1, 1), start: (24, 36), workday: 700, weekend: 500 },
    Appliance { watts: (1200, 2600), quarters: (1, 3), start: (44, 52), workday: 350, weekend: 650 },
    Appliance { watts: (1200, 3000), quarters: (2, 4), start: (68, 78), workday: 750, weekend: 700 },
    // Washing machine, tumble dryer, dishwasher.
    Appliance { watts: (500, 1400), quarters: (4, 8), start: (32, 76), workday: 180, weekend: 380 },
    Appliance { watts: (900, 2200), quarters: (3, 6), start: (40, 84), workday: 120, weekend: 250 },
    Appliance { watts: (700, 1300), quarters: (4, 6), start: (52, 90), workday: 450, weekend: 550 },
];

/// What a household does today.
#[derive(Debug, Default)]
pub(super) struct Day {
    /// Loads in watts, from this day's first quarter into the next day.
    planned: Vec<i64>,
    /// Per mille of a clear sky.
    sky: i64,
    /// Days of absence still to come, and whether the main switch is off meanwhile.
    away: i64,
    switched_off: bool,
    /// Quarters until the fridge changes, and whether it runs; the same for the heat pump.
    fridge: (i64, bool),
    pump: (i64, bool),
}

impl Day {
    /// The day before the first, so that loads of its evening go on and cycles are out of step.
    pub(super) fn eve(home: &Home, dice: &mut Dice) -> Self {
        let mut cycle = || (dice.between(0, 8), dice.chance(300));
        let mut day = Self { fridge: cycle(), pump: cycle(), ..Self::default() };
        day.begin(home, false, dice);
        day
    }

    /// Plans a new day.
    pub(super) fn begin(&mut self, home: &Home, weekend: bool, dice: &mut Dice) {
        self.planned.drain(..QUARTERS.min(self.planned.len()));
        self.planned.resize(QUARTERS.saturating_mul(2), 0);
        self.sky = dice.between(50, 1000);
        self.away = self.away.saturating_sub(1);
        if self.away <= 0 && dice.chance(15) {
            self.away = dice.between(2, 14);
            self.switched_off = dice.chance(150);
        }
        let present = self.away <= 0;
        for appliance in &APPLIANCES {
            let chance = if weekend { appliance.weekend } else { appliance.workday };
            let (watts, quarters) = (range(dice, appliance.watts), range(dice, appliance.quarters));
            let start = range(dice, appliance.start);
            if dice.chance(chance) && present {
                self.step(start, quarters, watts, dice);
            }
        }
        // Water is heated on night tariff; a car charges from when it comes home.
        let (start, quarters) = (dice.between(84, 98), dice.between(4, 14));
        if home.boiler > 0 && present {
            self.step(start, quarters, home.boiler, dice);
        }
        let (start, quarters) = (dice.between(66, 90), dice.between(4, 18));
        if home.car > 0 && dice.chance(450) && present {
            self.step(start, quarters, home.car, dice);
        }
    }

    /// The energy that the meter counts in a quarter, in mWh.
    pub(super) fn energy(&mut self, home: &Home, quarter: usize, weekend: bool, dice: &mut Dice) -> i64 {
        let (noise, cloud) = (dice.between(600, 1500), dice.between(400, 1000));
        let fridge = cycle(&mut self.fridge, (2, 3), (3, 5), dice);
        let pump = cycle(&mut self.pump, (1, 4), (3, 9), dice);
        if home.vacant || (self.away > 0 && self.switched_off) {
            return 0;
        }
        let mut watts = home.base.saturating_add(self.planned.get(quarter).copied().unwrap_or(0));
        if fridge {
            watts = watts.saturating_add(home.fridge);
        }
        if pump {
            watts = watts.saturating_add(home.heat_pump);
        }
        if self.away <= 0 {
            let active = pattern(quarter.saturating_add(home.shift), weekend);
            watts =
                watts.saturating_add(home.activity.saturating_mul(active).saturating_mul(noise) / 1_000_000);
        }
        let sun = home.solar.saturating_mul(daylight(quarter)).saturating_mul(self.sky) / 1_000_000;
        // What the roof gives beyond the household's own use is on another register.
        watts.saturating_sub(sun.saturating_mul(cloud) / 1000).max(0).saturating_mul(250)
    }

    /// An appliance: whole quarters, and a part of the first and the last.
    fn step(&mut self, start: i64, quarters: i64, watts: i64, dice: &mut Dice) {
        let parts = (dice.between(100, 1000), dice.between(100, 1000));
        let last = quarters.saturating_sub(1);
        let start = usize::try_from(start).unwrap_or(0);
        for (load, index) in self.planned.iter_mut().skip(start).zip(0..quarters) {
            let part = match index {
                0 => parts.0,
                index if index == last => parts.1,
                _ => 1000,
            };
            *load = load.saturating_add(watts.saturating_mul(part) / 1000);
        }
    }
}

fn range(dice: &mut Dice, (low, high): (i64, i64)) -> i64 {
    dice.between(low, high)
}

/// A load that runs for some quarters and rests for some.
fn cycle((left, runs): &mut (i64, bool), run: (i64, i64), rest: (i64, i64), dice: &mut Dice) -> bool {
    if *left <= 0 {
        *runs = !*runs;
        *left = range(dice, if *runs { run } else { rest });
    }
    *left = left.saturating_sub(1);
    *runs
}

/// The activity in a quarter, interpolated between hours, per mille.
fn pattern(quarter: usize, weekend: bool) -> i64 {
    let hours = if weekend { &WEEKEND } else { &WORKDAY };
    let at = |hour: usize| hours.get(hour % 24).copied().unwrap_or(0);
    let (hour, part) = (quarter / 4, i64::try_from(quarter % 4).unwrap_or(0));
    let rest = 4i64.saturating_sub(part);
    at(hour).saturating_mul(rest).saturating_add(at(hour.saturating_add(1)).saturating_mul(part)) / 4
}

/// The sun over a winter's day from 8 to 17, per mille of its peak: a parabola.
fn daylight(quarter: usize) -> i64 {
    let quarter = i64::try_from(quarter).unwrap_or(0);
    let (rise, set) = (32i64, 68i64);
    if !(rise..set).contains(&quarter) {
        return 0;
    }
    let (since, until) = (quarter.saturating_sub(rise), set.saturating_sub(quarter));
    since.saturating_mul(until).saturating_mul(1000) / 324
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_continuous_over_midnight() {
        for weekend in [false, true] {
            let largest = (0..QUARTERS).map(|q| (pattern(q, weekend) - pattern(q + 1, weekend)).abs()).max();
            assert!(largest.unwrap() <= 75, "{largest:?}");
        }
        assert_eq!(pattern(0, false), pattern(96, false));
        assert_eq!(pattern(2, false), 150);
    }

    #[test]
    fn the_sun_peaks_at_noon() {
        assert_eq!((daylight(31), daylight(50), daylight(68)), (0, 1000, 0));
    }

    #[test]
    fn a_step_goes_on_after_midnight() {
        let mut dice = Dice::new(1, 1);
        let mut day = Day { planned: vec![0; 192], ..Day::default() };
        day.step(94, 5, 2000, &mut dice);
        assert!(day.planned[94] > 0 && day.planned[94] <= 2000);
        assert_eq!(day.planned[95..98], [2000; 3]);
        assert_eq!(day.planned[99], 0);
    }
}
