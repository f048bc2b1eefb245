//! The report of `ckks-bench`: what analytics on encrypted readings cost and how exact they are.

use std::collections::BTreeSet;
use std::fmt::Write;

use plotters::style::RGBColor;

use super::lines::{self, Line};
use super::{STYLE, escape, label, row};
use crate::ckks_bench::{Figures, Operation};

const MORE_STYLE: &str = "\
i.swatch{display:inline-block;vertical-align:middle;width:16px;height:4px;border-radius:2px;margin:0 4px 2px 8px}
h3 span{font-size:13px}
.of{white-space:nowrap}
th,td{font-size:13px;padding:4px 7px}";

/// What a plot goes along; a line for each value of the other.
#[derive(Clone, Copy, PartialEq)]
enum Across {
    Meters,
    Batch,
}

impl Across {
    fn of(self, row: &Figures) -> u32 {
        match self {
            Self::Meters => row.meters,
            Self::Batch => row.batch,
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Meters => Self::Batch,
            Self::Batch => Self::Meters,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Meters => "meters",
            Self::Batch => "readings of a batch",
        }
    }
}

struct Plot {
    title: &'static str,
    what: &'static str,
    unit: &'static str,
    across: Across,
    value: fn(&Figures) -> f64,
}

const PLOTS: [Plot; 8] = [
    Plot {
        title: "Encryption",
        what: "by a meter, of one reading of a batch",
        unit: "milliseconds",
        across: Across::Batch,
        value: |row| ms(row, Operation::Encryption) / f64::from(row.batch),
    },
    Plot {
        title: "Transmission",
        what: "by a meter, of one reading of a batch",
        unit: "bytes",
        across: Across::Batch,
        value: |row| row.bytes_per_reading,
    },
    Plot {
        title: "Sum",
        what: "over the meters, from their bytes",
        unit: "milliseconds",
        across: Across::Meters,
        value: |row| ms(row, Operation::Sum),
    },
    Plot {
        title: "Variance",
        what: "all readings squared and summed",
        unit: "milliseconds",
        across: Across::Meters,
        value: |row| ms(row, Operation::Variance),
    },
    Plot {
        title: "Reduction",
        what: "the sum over a batch, by rotations",
        unit: "milliseconds",
        across: Across::Batch,
        value: |row| ms(row, Operation::Reduction),
    },
    Plot {
        title: "Decryption",
        what: "of one result",
        unit: "milliseconds",
        across: Across::Meters,
        value: |row| ms(row, Operation::Decryption),
    },
    Plot {
        title: "Throughput",
        what: "readings that the server sums",
        unit: "readings a second",
        across: Across::Batch,
        value: |row| row.readings_per_s,
    },
    Plot {
        title: "Largest error",
        what: "of a sum against the truth",
        unit: "kWh",
        across: Across::Meters,
        value: Figures::sum_error,
    },
];

fn ms(row: &Figures, operation: Operation) -> f64 {
    row.cost(operation).map_or(0.0, |cost| cost.median_ms)
}

/// The whole page; `rows` are of one preset.
///
/// # Errors
/// If a plot cannot be drawn.
pub(crate) fn page(rows: &[Figures], source: &str) -> anyhow::Result<String> {
    let mut page = String::new();
    let verdict = match rows.iter().filter(|row| !row.within_bounds).count() {
        0 => "Every result is as near the truth as its bound says.".to_owned(),
        wrong => format!("{wrong} of {} scenarios have a result beyond its bound.", rows.len()),
    };
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>wattsum: analytics on encrypted readings</title>\n<style>\n{STYLE}\n{MORE_STYLE}\n</style>\n</head>\n\
         <body>\n<main>\n<h1>Analytics on encrypted readings</h1>\n\
         <p>{verdict} {source}.</p>\n<p>{about} Each meter encrypts the readings of a batch in one \
         message; the server sums, averages, scales and reduces without a key to decrypt with.</p>\n<div class=\"grid\">\n",
        verdict = escape(&verdict),
        source = escape(source),
        about = escape(&rows.first().map_or_else(String::new, Figures::about)),
    )?;
    for plot in &PLOTS {
        if !rows.iter().any(|row| (plot.value)(row) > 0.0) {
            continue;
        }
        let (title, what, across) = (plot.title, plot.what, plot.across);
        let svg = label(&draw(rows, plot)?, &format!("{title} over {}", across.name()));
        write!(page, "<div class=\"card\"><h3>{title} <span>{what}; {}:", across.other().name())?;
        let others = values(rows, across.other());
        for (place, other) in others.iter().enumerate() {
            let RGBColor(red, green, blue) = color(place, others.len());
            let swatch =
                format!("<i class=\"swatch\" style=\"background:#{red:02x}{green:02x}{blue:02x}\"></i>");
            write!(page, "<span class=\"of\">{swatch}{other}</span> ")?;
        }
        writeln!(page, "</span></h3>\n{svg}</div>")?;
    }
    page.push_str(
        "</div>\n<p class=\"key\">Both axes are logarithmic.</p>\n<h2>Figures</h2>\n<div class=\"card scroll\">\n<table>\n",
    );
    row(&mut page, "th", &Figures::HEAD.map(str::to_owned))?;
    for figures in rows {
        row(&mut page, "td", &figures.cells())?;
    }
    write!(
        page,
        "</table>\n</div>\n<p class=\"key\">Times in milliseconds on one core of this machine, median of the rounds. Errors are \
         the largest distance from the truth, in kWh, of the variance in kWh².</p>\n<footer>wattsum {}</footer>\n\
         </main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )?;
    Ok(page)
}

fn values(rows: &[Figures], across: Across) -> BTreeSet<u32> {
    rows.iter().map(|row| across.of(row)).collect()
}

/// From blue to red.
fn color(place: usize, of: usize) -> RGBColor {
    let part = place as f64 / of.saturating_sub(1).max(1) as f64;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // between two bytes
    let mix = |from: u8, to: u8| (f64::from(from) + (f64::from(to) - f64::from(from)) * part) as u8;
    RGBColor(mix(52, 181), mix(118, 69), mix(173, 44))
}

fn draw(rows: &[Figures], plot: &Plot) -> anyhow::Result<String> {
    let Plot { across, value, unit, .. } = plot;
    let others = values(rows, across.other());
    let mut drawn = Vec::new();
    for (place, other) in others.iter().enumerate() {
        // One line for each interval too, of the same colour: it changes nothing but how often things are done.
        let intervals: BTreeSet<u32> = rows.iter().map(|row| row.interval_s).collect();
        for interval in intervals {
            let own =
                rows.iter().filter(|row| across.other().of(row) == *other && row.interval_s == interval);
            let points = own.map(|row| (f64::from(across.of(row)), value(row)));
            drawn.push(Line::new(color(place, others.len()), points));
        }
    }
    lines::draw(&drawn, across.name(), unit)
}
