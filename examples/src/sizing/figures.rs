//! What was measured, as a table, CSV and JSON.

use std::io::Write;

use dcnet_core::sizing::{self, Advantage, Event, Scenario, Span};
use jiff::SignedDuration;
use serde::Serialize;

use super::Sizing;
use super::input::Days;

/// All that was measured, and what follows.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    /// The file's name, without where it lies.
    pub(crate) readings: String,
    pub(crate) households: usize,
    pub(crate) left_out: usize,
    pub(crate) days: usize,
    pub(crate) interval_minutes: i64,
    pub(crate) switch_watts: u32,
    pub(crate) seed: u64,
    pub(crate) limit: f64,
    /// The least size at which no game is above the limit, nor at a larger one.
    pub(crate) recommended: Option<usize>,
    pub(crate) points: Vec<Point>,
}

/// One game at one size.
#[derive(Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) meters: usize,
    pub(crate) event: String,
    pub(crate) span: String,
    pub(crate) advantage: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
    /// The tests that were best in the two halves of the days, one name where it was the same.
    pub(crate) test: String,
    /// The hours that the observer chose there, where he did.
    pub(crate) hours: Option<String>,
    pub(crate) trials: usize,
    pub(crate) resampled: bool,
}

impl Figures {
    pub(super) fn new(args: &Sizing, days: &Days, measured: &[Advantage]) -> Self {
        let name = args.readings.file_name().unwrap_or(args.readings.as_os_str()).to_string_lossy();
        Self {
            readings: if name == "-" { "standard input".into() } else { name.into_owned() },
            households: days.readings.households(),
            left_out: days.left_out,
            days: days.readings.days(),
            interval_minutes: days.minutes,
            switch_watts: args.switch_watts,
            seed: args.seed,
            limit: args.limit,
            recommended: sizing::recommend(measured, args.limit),
            points: measured.iter().map(|one| Point::new(one, days)).collect(),
        }
    }

    /// Sizes that were measured, in order.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let mut sizes: Vec<usize> = self.points.iter().map(|point| point.meters).collect();
        sizes.dedup();
        sizes
    }

    /// The points of one game, in order of size.
    pub(crate) fn of(&self, event: Event, span: Span) -> impl Iterator<Item = &Point> + Clone {
        let (event, span) = (event.to_string(), span.to_string());
        self.points.iter().filter(move |point| point.event == event && point.span == span)
    }

    /// The names of the columns, and a row a size with the advantage and the upper end of its interval.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let name = |game: Scenario| format!("{} {}", game.event, game.span);
        let head = std::iter::once("meters".to_owned()).chain(Scenario::ALL.into_iter().map(name)).collect();
        let row = |size: usize| {
            let cell = |game: Scenario| {
                let point = self.of(game.event, game.span).find(|point| point.meters == size);
                point.map_or_else(String::new, |point| format!("{:.3} <{:.3}", point.advantage, point.high))
            };
            std::iter::once(size.to_string()).chain(Scenario::ALL.into_iter().map(cell)).collect()
        };
        std::iter::once(head).chain(self.sizes().into_iter().map(row)).collect()
    }

    pub(super) fn text(&self) -> String {
        let rows = self.rows();
        let mut widths = vec![0usize; Scenario::ALL.len().saturating_add(1)];
        for row in &rows {
            widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.len()));
        }
        let line = |row: &Vec<String>| {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:>width$}")).collect();
            cells.join("  ") + "\n"
        };
        rows.iter().map(line).collect()
    }

    /// What the figures recommend, in a sentence.
    pub(crate) fn verdict(&self) -> String {
        let right = 50.0 + 50.0 * self.limit;
        let limit = format!("an advantage of {} (right {right} times in 100 at even odds)", self.limit);
        match (self.recommended, self.sizes().last()) {
            (Some(size), _) => format!("At least {size} meters: no game exceeds {limit}."),
            (None, Some(largest)) => {
                format!("{largest} meters are too few to keep every game below {limit}.")
            }
            (None, None) => "Nothing was measured.".into(),
        }
    }

    pub(super) fn csv<W: Write>(&self, mut file: csv::Writer<W>) -> csv::Result<()> {
        for point in &self.points {
            file.serialize(point)?;
        }
        Ok(file.flush()?)
    }
}

impl Point {
    fn new(one: &Advantage, days: &Days) -> Self {
        let clock = |slot: usize| {
            let minutes = days.minutes.saturating_mul(i64::try_from(slot).ok()?);
            let time = days.start?.checked_add(SignedDuration::from_mins(minutes)).ok()?;
            Some(time.strftime("%H:%M").to_string())
        };
        let hours = one.hours.map(|hours| {
            let (from, to) = hours?;
            Some(format!("{}-{}", clock(from)?, clock(to)?))
        });
        Self {
            meters: one.size,
            event: one.scenario.event.to_string(),
            span: one.scenario.span.to_string(),
            advantage: rounded(one.advantage),
            low: rounded(one.low),
            high: rounded(one.high),
            test: both(one.tests.map(|test| test.to_string())),
            hours: hours.iter().all(Option::is_some).then(|| both(hours.map(Option::unwrap_or_default))),
            trials: one.trials,
            resampled: one.resampled,
        }
    }
}

fn both([first, second]: [String; 2]) -> String {
    if first == second { first } else { format!("{first}/{second}") }
}

/// More digits than these are noise.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}
