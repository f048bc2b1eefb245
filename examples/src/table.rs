//! The table that `demo` prints, and the same figures as JSON.

use serde::Serialize;

use crate::system::Protocol;
use crate::trial::Trial;

/// The figures of one protocol, in the order of their columns and keys.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    protocol: &'static str,
    rounds: usize,
    meters: usize,
    silent: usize,
    sums_equal: usize,
    uplink_bytes: f64,
    us_per_meter: f64,
    us_per_round: f64,
}

impl Figures {
    pub(crate) fn new(protocol: Protocol, meters: usize, trial: &Trial) -> Self {
        Self {
            protocol: protocol.name(),
            rounds: trial.rounds.len(),
            meters,
            silent: trial.rounds.iter().map(|round| meters.saturating_sub(round.meters)).sum(),
            sums_equal: trial.rounds.iter().filter(|round| round.equal()).count(),
            uplink_bytes: trial.cost.uplink_per_reading(),
            us_per_meter: trial.cost.us_per_meter(),
            us_per_round: trial.cost.us_per_round(),
        }
    }

    /// Sums equal to the truth, of all rounds.
    pub(crate) fn equal(&self) -> String {
        format!("{}/{}", self.sums_equal, self.rounds)
    }

    pub(crate) fn uplink_bytes(&self) -> f64 {
        self.uplink_bytes
    }

    pub(crate) fn all_equal(&self) -> bool {
        self.sums_equal == self.rounds
    }
}

/// The names of the columns.
pub(crate) const HEAD: [&str; 8] =
    ["protocol", "rounds", "meters", "silent", "sums equal", "uplink B", "us/meter", "us/round"];

/// One protocol's figures as text, in the columns of [`HEAD`].
pub(crate) fn cells(figures: &Figures) -> [String; 8] {
    [
        figures.protocol.to_owned(),
        figures.rounds.to_string(),
        figures.meters.to_string(),
        figures.silent.to_string(),
        figures.equal(),
        format!("{:.1}", figures.uplink_bytes),
        format!("{:.2}", figures.us_per_meter),
        format!("{:.0}", figures.us_per_round),
    ]
}

/// The whole table, numbers to the right.
pub(crate) fn text<'a>(all: impl Iterator<Item = &'a Figures>) -> String {
    let rows: Vec<[String; 8]> = std::iter::once(HEAD.map(str::to_owned)).chain(all.map(cells)).collect();
    let mut widths = [0usize; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    let mut text = String::new();
    for row in &rows {
        for (index, (cell, width)) in row.iter().zip(widths).enumerate() {
            text.push_str(&if index == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") });
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trial::{Cost, Round};
    use std::time::Duration;

    fn figures() -> Figures {
        let round =
            |meters, sum: Result<i64, String>| Round { meters, truth: 5, sum, received: None, left_out: 0 };
        let trial = Trial {
            windows: Vec::new(),
            rounds: vec![round(9, Ok(5)), round(10, Ok(6)), round(10, Err(String::new()))],
            cost: Cost {
                sums: 2,
                readings: 19,
                uplink_bytes: 19 * 48,
                meter_time: Duration::from_micros(19 * 3),
                round_time: Duration::from_micros(900),
            },
        };
        Figures::new(Protocol::Dcnet, 10, &trial)
    }

    #[test]
    fn columns_line_up() {
        let expected = "\
protocol  rounds  meters  silent  sums equal  uplink B  us/meter  us/round
dcnet          3      10       1         1/3      48.0      3.00       450
";
        assert_eq!(text([figures()].iter()), expected);
        assert!(!figures().all_equal());
    }

    #[test]
    fn json_has_these_keys_in_this_order() {
        assert_eq!(
            serde_json::to_string(&figures()).unwrap(),
            r#"{"protocol":"dcnet","rounds":3,"meters":10,"silent":1,"sums_equal":1,"uplink_bytes":48.0,"us_per_meter":3.0,"us_per_round":450.0}"#
        );
    }
}
