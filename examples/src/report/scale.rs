//! A plot's axis with ticks of our choice: plotters' own stand at round numbers, not at round times.

use std::ops::Range;

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use plotters::coord::types::RangedCoordf64;

/// From where to where, and a label for each tick.
pub(super) struct Scale {
    range: Range<f64>,
    ticks: Vec<(f64, String)>,
}

impl Scale {
    pub(super) fn new(range: Range<f64>, ticks: impl IntoIterator<Item = (f64, String)>) -> Self {
        Self { range, ticks: ticks.into_iter().collect() }
    }

    fn coordinates(&self) -> RangedCoordf64 {
        self.range.clone().into()
    }
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, limit: (i32, i32)) -> i32 {
        self.coordinates().map(value, limit)
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.iter().map(|(tick, _)| *tick).collect()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        self.ticks.iter().find(|(tick, _)| tick == value).map_or_else(String::new, |(_, text)| text.clone())
    }
}
