//! Ticks of time, and numbers with units.

use jiff::civil::DateTime;

use crate::readings::{Interval, stamp};

/// The horizontal axis: interval numbers with the local times of the file.
pub(super) struct Time {
    locals: Vec<Option<DateTime>>,
    minutes: Option<i64>,
}

impl Time {
    pub(super) fn new(intervals: &[Interval]) -> Self {
        let locals = intervals.iter().map(|interval| stamp::shown(&interval.label)).collect();
        // The shortest step, since a file may have gaps.
        let pairs = intervals.iter().zip(intervals.iter().skip(1));
        let minutes = pairs
            .map(|(a, b)| b.instant.duration_since(a.instant).as_mins())
            .min()
            .filter(|minutes| *minutes > 0);
        Self { locals, minutes }
    }

    pub(super) fn len(&self) -> usize {
        self.locals.len()
    }

    /// What a reading is.
    pub(super) fn unit(&self) -> String {
        match self.minutes {
            Some(60) => "Wh in an hour".into(),
            Some(minutes) => format!("Wh in {minutes} min"),
            None => "Wh in an interval".into(),
        }
    }

    /// From when to when.
    pub(super) fn span(&self) -> String {
        let day = |time: &Option<DateTime>| {
            time.map_or_else(String::new, |time| time.strftime("%e %B %Y").to_string())
        };
        let (first, last) = (
            self.locals.first().map(day).unwrap_or_default(),
            self.locals.last().map(day).unwrap_or_default(),
        );
        if first == last { first.trim().into() } else { format!("{} to {}", first.trim(), last.trim()) }
    }

    /// The intervals that carry a tick: round times, at most `most`.
    pub(super) fn ticks(&self, most: usize) -> Vec<usize> {
        // A tick where the minutes of the day, or beyond a day the days, divide.
        for step in [15u32, 30, 60, 120, 180, 360, 720, 1440] {
            let ticks = self
                .ticks_where(|time| minute_of_day(time).is_some_and(|minute| minute.is_multiple_of(step)));
            if (2..=most).contains(&ticks.len()) {
                return ticks;
            }
        }
        let midnights = self.ticks_where(|time| minute_of_day(time) == Some(0));
        let all = if midnights.len() > most { midnights } else { (0..self.len()).collect() };
        let step = all.len().div_ceil(most.max(1)).max(1);
        all.into_iter().step_by(step).collect()
    }

    fn ticks_where(&self, tick: impl Fn(&DateTime) -> bool) -> Vec<usize> {
        let mut ticks: Vec<usize> = Vec::new();
        let mut last = None;
        for (index, time) in self.locals.iter().enumerate() {
            // The repeated hour of autumn has its tick once.
            if let Some(time) = time.as_ref().filter(|time| tick(time) && last != Some(**time)) {
                ticks.push(index);
                last = Some(*time);
            }
        }
        ticks
    }

    pub(super) fn tick_label(&self, index: usize) -> String {
        let Some(Some(time)) = self.locals.get(index) else { return String::new() };
        let days = match (self.locals.first().copied().flatten(), self.locals.last().copied().flatten()) {
            (Some(first), Some(last)) => first.date() != last.date(),
            _ => false,
        };
        let midnight = minute_of_day(time) == Some(0);
        time.strftime(if days && midnight { "%e %b" } else { "%H:%M" }).to_string().trim().to_owned()
    }
}

fn minute_of_day(time: &DateTime) -> Option<u32> {
    (time.second() == 0).then(|| {
        u32::from(time.hour().unsigned_abs())
            .saturating_mul(60)
            .saturating_add(time.minute().unsigned_abs().into())
    })
}

/// A whole number in groups of three.
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (left, digit) in (0..digits.len()).rev().zip(digits.chars()) {
        text.push(digit);
        if left > 0 && left % 3 == 0 {
            text.push('\u{202F}');
        }
    }
    if value <= -0.5 { format!("−{text}") } else { text }
}

/// Round ticks from `low` to `high`, about `count`.
pub(super) fn nice(low: f64, high: f64, count: f64) -> Vec<f64> {
    let raw = ((high - low) / count).max(1.0);
    let magnitude = 10f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * magnitude).into_iter().find(|step| *step >= raw);
    let step = step.unwrap_or(raw);
    let (first, last) = ((low / step).floor(), (high / step).ceil());
    let mut ticks = Vec::new();
    let mut tick = first;
    while tick <= last {
        ticks.push(tick * step);
        tick += 1.0;
    }
    ticks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::tests::parse;

    fn time(labels: &[&str]) -> Time {
        let rows: String = labels.iter().map(|label| format!("{label},1\n")).collect();
        Time::new(&parse(&format!("interval_start,a\n{rows}"), None).unwrap().intervals)
    }

    #[test]
    fn a_day_has_a_tick_every_three_hours() {
        let table = crate::generate::rounds(1, 1, 96).unwrap();
        let time = Time::new(&table.intervals);
        assert_eq!(time.ticks(9), [0, 12, 24, 36, 48, 60, 72, 84]);
        assert_eq!((time.tick_label(0), time.tick_label(12)), ("00:00".into(), "03:00".into()));
        assert_eq!((time.unit(), time.span()), ("Wh in 15 min".into(), "5 January 2026".into()));
    }

    #[test]
    fn weeks_have_days() {
        let table = crate::generate::rounds(1, 1, 96 * 21).unwrap();
        let time = Time::new(&table.intervals);
        assert_eq!(time.ticks(9), (0..7).map(|n| n * 96 * 3).collect::<Vec<_>>());
        assert_eq!(time.tick_label(96 * 3), "8 Jan");
        assert_eq!(time.span(), "5 January 2026 to 25 January 2026");
    }

    #[test]
    fn odd_times_have_ticks_too() {
        let odd = time(&["2026-01-01T00:07Z", "2026-01-01T00:20Z", "2026-01-01T01:40Z"]);
        assert_eq!(odd.ticks(9), [0, 1, 2]);
        assert_eq!(odd.unit(), "Wh in 13 min");
        assert_eq!(time(&["2026-01-01T00:00Z"]).ticks(9), [0]);
    }

    #[test]
    fn numbers() {
        assert_eq!(grouped(1_234_567.0), "1\u{202F}234\u{202F}567");
        assert_eq!(
            (grouped(0.0), grouped(-1500.0), grouped(-0.0)),
            ("0".into(), "−1\u{202F}500".into(), "0".into())
        );
        assert_eq!(nice(0.0, 870.0, 4.0), [0.0, 500.0, 1000.0]);
        assert_eq!(nice(-30.0, 40.0, 4.0), [-40.0, -20.0, 0.0, 20.0, 40.0]);
        assert_eq!(nice(0.0, 0.0, 4.0), [0.0]);
    }
}
