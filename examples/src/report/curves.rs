//! Advantage over the size of a group, on logarithmic axes.

use anyhow::anyhow;
use dcnet_core::sizing::{Event, Span};
use plotters::prelude::*;

use super::scale::Scale;
use crate::sizing::{Figures, Point};

const SIZE: (u32, u32) = (530, 330);
const GRID: RGBColor = RGBColor(232, 234, 230);
const TEXT: RGBColor = RGBColor(70, 82, 87);
const LIMIT: RGBColor = RGBColor(181, 69, 44);
const FONT: &str = "system-ui, Segoe UI, Helvetica, Arial, sans-serif";

/// Advantages below are drawn at the lower edge.
const LEAST: f64 = 0.005;

pub(super) const LIMIT_COLOR: &str = "#b5452c";

/// The colour of a span, for the page's key.
pub(super) fn color(span: Span) -> String {
    let RGBColor(red, green, blue) = line(span);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn line(span: Span) -> RGBColor {
    match span {
        Span::Interval => RGBColor(52, 118, 173),
        Span::Hours => RGBColor(108, 62, 140),
        Span::Day => RGBColor(20, 112, 84),
    }
}

/// The plot of one event, a line with its band for each span.
pub(super) fn advantage(figures: &Figures, event: Event) -> anyhow::Result<String> {
    let sizes = figures.sizes();
    let place = |value: f64| value.max(LEAST).log10();
    let (first, last) = (sizes.first().copied().unwrap_or(2), sizes.last().copied().unwrap_or(1000));
    let across = place(first as f64)..place(last as f64).max(place(first as f64) + 0.1);
    let ticks = [2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];
    let ticks = ticks.into_iter().filter(|tick| (first..=last).contains(tick));
    let x = Scale::new(across.clone(), ticks.map(|tick| (place(tick as f64), tick.to_string())));
    let levels = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0];
    let y = Scale::new(place(LEAST)..0.02, levels.map(|level| (place(level), level.to_string())));

    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        let style = (FONT, 13).into_font().color(&TEXT);
        let mut chart = ChartBuilder::on(&area)
            .margin_top(10)
            .margin_right(14)
            .x_label_area_size(44)
            .y_label_area_size(60)
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
            .y_desc("advantage")
            .draw()
            .map_err(failed)?;
        let limit = [across.start, across.end].map(|x| (x, place(figures.limit)));
        chart.draw_series([PathElement::new(limit, LIMIT.stroke_width(1))]).map_err(failed)?;
        for span in [Span::Day, Span::Hours, Span::Interval] {
            let at = |value: fn(&Point) -> f64| {
                let points = figures
                    .of(event, span)
                    .map(move |point| (place(point.meters as f64), place(value(point))));
                points.collect::<Vec<_>>()
            };
            let mut band = at(|point| point.high);
            band.extend(at(|point| point.low).into_iter().rev());
            let (middle, color) = (at(|point| point.advantage), line(span));
            chart.draw_series([Polygon::new(band, color.mix(0.13))]).map_err(failed)?;
            let dots = middle.iter().map(|point| Circle::new(*point, 2, color.filled())).collect::<Vec<_>>();
            chart.draw_series([PathElement::new(middle, color.stroke_width(2))]).map_err(failed)?;
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
