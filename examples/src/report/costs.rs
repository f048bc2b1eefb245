//! The report of `bench`: what deployments cost as they grow.

use std::fmt::Write;

use plotters::style::RGBColor;

use super::lines::{self, Line};
use super::{STYLE, label, row};
use crate::bench::Figures;
use crate::system::Protocol;

const MORE_STYLE: &str = "\
i.swatch{width:22px;height:4px;border-radius:2px}
th,td{font-size:13px;padding:4px 7px}";

/// A figure that is plotted over the number of meters.
struct Plot {
    title: &'static str,
    what: &'static str,
    unit: &'static str,
    value: fn(&Figures) -> f64,
}

const PLOTS: [Plot; 4] = [
    Plot {
        title: "A meter's work",
        what: "processor time a round, with TLS and journal",
        unit: "microseconds",
        value: |row| row.client_us,
    },
    Plot {
        title: "The head end's work",
        what: "processor time a round, with TLS and database",
        unit: "milliseconds",
        value: |row| row.server_ms,
    },
    Plot {
        title: "The answerers' work",
        what: "processor time a round, all of them together",
        unit: "milliseconds",
        value: |row| row.helpers_ms,
    },
    Plot {
        title: "Latency",
        what: "from the Open to the recorded sum, 99 % of rounds",
        unit: "milliseconds",
        value: |row| row.p99_ms as f64,
    },
];

/// The whole page.
///
/// # Errors
/// If a plot cannot be drawn.
pub(crate) fn page(rows: &[Figures]) -> anyhow::Result<String> {
    let mut page = String::new();
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>wattsum: what a deployment costs</title>\n<style>\n{STYLE}\n{MORE_STYLE}\n</style>\n</head>\n\
         <body>\n<main>\n<h1>What a deployment costs</h1>\n\
         <p>Head end, answerers and meters as processes over TLS, all on the {cores} cores of one machine; every sum was \
         compared with the truth.</p>\n<p class=\"key\">"
    )?;
    for protocol in
        Protocol::ALL.iter().filter(|protocol| rows.iter().any(|row| row.protocol == protocol.name()))
    {
        let RGBColor(red, green, blue) = color(protocol.name());
        write!(
            page,
            "<i class=\"swatch\" style=\"background:#{red:02x}{green:02x}{blue:02x}\"></i>{protocol} &emsp;"
        )?;
    }
    page.push_str("</p>\n<div class=\"grid\">\n");
    for plot in &PLOTS {
        let Plot { title, what, value, .. } = plot;
        if !rows.iter().any(|row| value(row) > 0.0) {
            continue;
        }
        let svg = label(&draw(rows, plot)?, &format!("{title} over the number of meters"));
        writeln!(page, "<div class=\"card\"><h3>{title} <span>{what}</span></h3>\n{svg}</div>")?;
    }
    page.push_str(
        "</div>\n<p class=\"key\">Both axes are logarithmic. Deployments that differ in interval or batch have a line \
         each.</p>\n<h2>Figures</h2>\n<div class=\"card scroll\">\n<table>\n",
    );
    row(&mut page, "th", &Figures::HEAD.map(str::to_owned))?;
    for figures in rows {
        row(&mut page, "td", &figures.cells())?;
    }
    write!(
        page,
        "</table>\n</div>\n<footer>Bytes are those of the protocol's frames that came from a meter in a round. wattsum {}</footer>\n\
         </main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )?;
    Ok(page)
}

fn color(protocol: &str) -> RGBColor {
    match protocol {
        "dcnet" => RGBColor(108, 62, 140),
        "shamir" => RGBColor(20, 112, 84),
        "elgamal" => RGBColor(181, 69, 44),
        _ => RGBColor(52, 118, 173),
    }
}

/// A value over the number of meters, a line for each protocol, interval and batch.
fn draw(rows: &[Figures], plot: &Plot) -> anyhow::Result<String> {
    let of = |row: &Figures| (row.protocol, row.slot_ms, row.batch);
    let mut kinds: Vec<(&'static str, u64, u16)> = rows.iter().map(of).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let line = |kind: (&'static str, u64, u16)| {
        let own = rows.iter().filter(|row| of(row) == kind);
        Line::new(color(kind.0), own.map(|row| (f64::from(row.meters), (plot.value)(row))))
    };
    lines::draw(&kinds.into_iter().map(line).collect::<Vec<_>>(), "meters", plot.unit)
}
