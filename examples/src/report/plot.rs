//! The three plots, as SVG.

use anyhow::anyhow;
use plotters::prelude::*;

use super::axis::{Time, grouped, nice};
use super::scale::Scale;
use crate::trial::Round;

/// Width and height in pixels, and how many ticks of time fit.
#[derive(Clone, Copy)]
pub(super) struct Size {
    width: u32,
    height: u32,
    ticks: usize,
}

impl Size {
    pub(super) const WIDE: Self = Self { width: 1080, height: 290, ticks: 13 };
    pub(super) const HALF: Self = Self { width: 530, height: 260, ticks: 9 };
}

const HOUSEHOLD: RGBColor = RGBColor(20, 112, 84);
const RECEIVED: RGBColor = RGBColor(108, 62, 140);
const TRUE: RGBColor = RGBColor(156, 195, 221);
const RECOVERED: RGBColor = RGBColor(181, 69, 44);
const SILENT: RGBColor = RGBColor(138, 149, 153);
const GRID: RGBColor = RGBColor(232, 234, 230);
const TEXT: RGBColor = RGBColor(70, 82, 87);

const FONT: &str = "system-ui, Segoe UI, Helvetica, Arial, sans-serif";

/// Points on the upper edge of a plot stay whole.
const HEADROOM: f64 = 1.02;

/// From here on, points and lines are thinner.
const CROWD: usize = 400;

/// The first number above every u64.
const WORDS: f64 = 18_446_744_073_709_551_616.0;

type Chart<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<Scale, Scale>>;

/// One household's readings as steps.
pub(super) fn household(readings: impl Iterator<Item = Option<i64>>, time: &Time) -> anyhow::Result<String> {
    let readings: Vec<Option<f64>> = readings.map(|reading| reading.map(|wh| wh as f64)).collect();
    let axis = energy(readings.iter().flatten());
    draw(Size::WIDE, time, axis, &time.unit(), |chart| {
        for run in steps(&readings) {
            let mut area = run.clone();
            area.extend(run.last().map(|(x, _)| (*x, 0.0)));
            area.extend(run.first().map(|(x, _)| (*x, 0.0)));
            chart.draw_series([Polygon::new(area, HOUSEHOLD.mix(0.15))]).map_err(failed)?;
            chart
                .draw_series([PathElement::new(run, HOUSEHOLD.stroke_width(line(readings.len(), 2)))])
                .map_err(failed)?;
        }
        let silent = middles(&readings).filter(|(_, reading)| reading.is_none());
        let rings = silent.map(|(x, _)| Circle::new((x, 0.0), 3, SILENT.stroke_width(2)));
        chart.draw_series(rings).map_err(failed)?;
        Ok(())
    })
}

/// The words that the utility received, as points.
pub(super) fn received(
    words: impl Iterator<Item = Option<u64>>,
    time: &Time,
    size: Size,
) -> anyhow::Result<String> {
    let words: Vec<Option<f64>> = words.map(|word| word.map(|word| word as f64)).collect();
    let ticks = [0.0, 0.25, 0.5, 0.75, 1.0].map(|part| part * WORDS);
    let texts = ["0", "0.25·2⁶⁴", "0.5·2⁶⁴", "0.75·2⁶⁴", "2⁶⁴"].map(String::from);
    let axis = Scale::new(0.0..WORDS * HEADROOM, ticks.into_iter().zip(texts));
    draw(size, time, axis, "first word received (u64)", |chart| {
        let points = middles(&words)
            .filter_map(|(x, word)| Some(Circle::new((x, word?), dot(words.len(), 3), RECEIVED.filled())));
        chart.draw_series(points).map_err(failed)?;
        Ok(())
    })
}

/// The true sums as a line of steps, the recovered ones as points upon it.
pub(super) fn sums(rounds: &[Round], time: &Time, size: Size) -> anyhow::Result<String> {
    let truth: Vec<Option<f64>> = rounds.iter().map(|round| Some(round.truth as f64)).collect();
    let sums: Vec<Option<f64>> =
        rounds.iter().map(|round| round.sum.as_ref().ok().map(|sum| *sum as f64)).collect();
    let axis = energy(truth.iter().chain(&sums).flatten());
    draw(size, time, axis, &time.unit(), |chart| {
        let lines = steps(&truth)
            .into_iter()
            .map(|run| PathElement::new(run, TRUE.stroke_width(line(rounds.len(), 5))));
        chart.draw_series(lines).map_err(failed)?;
        let points = middles(&sums)
            .filter_map(|(x, sum)| Some(Circle::new((x, sum?), dot(sums.len(), 2), RECOVERED.filled())));
        chart.draw_series(points).map_err(failed)?;
        Ok(())
    })
}

/// The axis for Wh, from zero or below.
fn energy<'a>(values: impl Iterator<Item = &'a f64>) -> Scale {
    let (low, high) = values.fold((0f64, 1f64), |(low, high), value| (low.min(*value), high.max(*value)));
    let ticks = nice(low, high, 5.0);
    let low = ticks.first().copied().unwrap_or(low).min(low);
    let high = ticks.last().copied().unwrap_or(high).max(high);
    Scale::new(low..low + (high - low) * HEADROOM, ticks.into_iter().map(|tick| (tick, grouped(tick))))
}

fn draw(
    size: Size,
    time: &Time,
    axis: Scale,
    unit: &str,
    content: impl FnOnce(&mut Chart<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (size.width, size.height)).into_drawing_area();
        let style = (FONT, 13).into_font().color(&TEXT);
        let ticks = time.ticks(size.ticks).into_iter().map(|index| (index as f64, time.tick_label(index)));
        let mut chart = ChartBuilder::on(&area)
            .margin_top(10)
            .margin_right(14)
            .x_label_area_size(28)
            .y_label_area_size(84)
            .build_cartesian_2d(Scale::new(0.0..time.len().max(1) as f64, ticks), axis)
            .map_err(failed)?;
        chart
            .configure_mesh()
            .disable_x_mesh()
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_style(SILENT)
            .label_style(style.clone())
            .axis_desc_style(style)
            .y_desc(unit)
            .draw()
            .map_err(failed)?;
        content(&mut chart)?;
        drop(chart);
        area.present().map_err(failed)?;
    }
    Ok(svg)
}

/// Corners of the steps of each run of values without a gap.
fn steps(values: &[Option<f64>]) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = Vec::new();
    let mut gap = true;
    for (index, value) in values.iter().enumerate() {
        let x = index as f64;
        if let Some(value) = value {
            if gap {
                runs.push(Vec::new());
            }
            if let Some(run) = runs.last_mut() {
                run.extend([(x, *value), (x + 1.0, *value)]);
            }
        }
        gap = value.is_none();
    }
    runs
}

/// The radius of points, smaller where many of them share a plot.
fn dot(points: usize, radius: i32) -> i32 {
    if points > CROWD { 1 } else { radius }
}

/// The width of lines, likewise.
fn line(points: usize, width: u32) -> u32 {
    if points > CROWD { width.div_ceil(2) } else { width }
}

/// The middle of each interval, with its value.
fn middles(values: &[Option<f64>]) -> impl Iterator<Item = (f64, Option<f64>)> {
    values.iter().enumerate().map(|(index, value)| (index as f64 + 0.5, *value))
}

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> anyhow::Error {
    anyhow!("a plot cannot be drawn: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_stop_at_gaps() {
        assert_eq!(
            steps(&[Some(1.0), Some(2.0), None, Some(3.0)]),
            [vec![(0.0, 1.0), (1.0, 1.0), (1.0, 2.0), (2.0, 2.0)], vec![(3.0, 3.0), (4.0, 3.0)]]
        );
        assert!(steps(&[None, None]).is_empty());
    }

    #[test]
    fn the_axis_holds_every_value() {
        let axis = energy([-120.0, 4_300.0].iter()).range();
        assert!(axis.contains(&-120.0) && axis.contains(&4_300.0));
    }
}
