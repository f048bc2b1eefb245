//! The report of `bench`: what deployments cost as they grow.

use std::fmt::Write;

use anyhow::anyhow;
use plotters::prelude::*;

use super::scale::Scale;
use super::{STYLE, label, row};
use crate::bench::Figures;
use crate::system::Protocol;

const SIZE: (u32, u32) = (530, 330);
const GRID: RGBColor = RGBColor(232, 234, 230);
const TEXT: RGBColor = RGBColor(70, 82, 87);
const FONT: &str = "system-ui, Segoe UI, Helvetica, Arial, sans-serif";

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

/// Of a tick of one digit.
fn text(tick: f64) -> String {
    if tick < 1.0 { format!("{tick:.2}").trim_end_matches('0').to_owned() } else { format!("{tick:.0}") }
}

/// A value over the number of meters, a line for each protocol, interval and batch.
fn draw(rows: &[Figures], plot: &Plot) -> anyhow::Result<String> {
    let place = |value: f64| value.max(0.01).log10();
    // What costs nothing has no place on such an axis.
    let rows: Vec<&Figures> = rows.iter().filter(|row| (plot.value)(row) > 0.0).collect();
    let values = || rows.iter().map(|row| place((plot.value)(row)));
    let sizes = || rows.iter().map(|row| place(f64::from(row.meters)));
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MAX, f64::min);
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN, f64::max);
    let across = least(&mut sizes())..most(&mut sizes()).max(least(&mut sizes()) + 0.1);
    let up = (least(&mut values()) - 0.15)..(most(&mut values()) + 0.15);
    let mut meters: Vec<u32> = rows.iter().map(|row| row.meters).collect();
    meters.sort_unstable();
    meters.dedup();
    let x = Scale::new(across, meters.iter().map(|meters| (place(f64::from(*meters)), meters.to_string())));
    let decades = (-2..=7).flat_map(|exponent| [1.0, 3.0].map(|digit| digit * 10f64.powi(exponent)));
    let ticks = decades.filter(|tick| up.contains(&place(*tick)));
    let y = Scale::new(up.clone(), ticks.map(|tick| (place(tick), text(tick))));

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let style = (FONT, 13).into_font().color(&TEXT);
        let mut chart = ChartBuilder::on(&area)
            .margin_top(10)
            .margin_right(18)
            .x_label_area_size(44)
            .y_label_area_size(66)
            .build_cartesian_2d(x, y)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(GRID)
            .label_style(style.clone())
            .axis_desc_style(style)
            .x_desc("meters")
            .y_desc(plot.unit)
            .draw()
            .map_err(failed)?;
        let mut lines: Vec<(&str, u64, u16)> =
            rows.iter().map(|row| (row.protocol, row.slot_ms, row.batch)).collect();
        lines.sort_unstable();
        lines.dedup();
        for line in lines {
            let own = rows.iter().filter(|row| (row.protocol, row.slot_ms, row.batch) == line);
            let mut points: Vec<(f64, f64)> =
                own.map(|row| (place(f64::from(row.meters)), place((plot.value)(row)))).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let color = color(line.0);
            let dots: Vec<_> = points.iter().map(|point| Circle::new(*point, 3, color.filled())).collect();
            chart.draw_series([PathElement::new(points, color.stroke_width(2))]).map_err(failed)?;
            chart.draw_series(dots).map_err(failed)?;
        }
        drop(chart);
        area.present().map_err(failed)?;
    }
    Ok(svg)
}

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> anyhow::Error {
    anyhow!("a plot cannot be drawn: {error}")
}
