//! Lines on logarithmic axes: what something costs as deployments grow.

use anyhow::anyhow;
use plotters::prelude::*;

use super::scale::Scale;

const SIZE: (u32, u32) = (530, 330);
const GRID: RGBColor = RGBColor(232, 234, 230);
const TEXT: RGBColor = RGBColor(70, 82, 87);
const FONT: &str = "system-ui, Segoe UI, Helvetica, Arial, sans-serif";

/// The largest number of ticks along the lower edge.
const TICKS: usize = 12;

/// A line, with a dot at each of its points.
pub(super) struct Line {
    color: RGBColor,
    points: Vec<(f64, f64)>,
}

impl Line {
    /// What costs nothing has no place on such an axis.
    pub(super) fn new(color: RGBColor, points: impl Iterator<Item = (f64, f64)>) -> Self {
        let mut points: Vec<(f64, f64)> =
            points.filter(|(x, y)| *x > 0.0 && *y > 0.0 && y.is_finite()).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        Self { color, points }
    }
}

/// Draws them.
///
/// # Errors
/// If a plot cannot be drawn.
pub(super) fn draw(lines: &[Line], across: &str, unit: &str) -> anyhow::Result<String> {
    let points = || lines.iter().flat_map(|line| &line.points);
    let least = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MAX, f64::min);
    let most = |values: &mut dyn Iterator<Item = f64>| values.fold(f64::MIN, f64::max);
    let wide =
        least(&mut points().map(|point| point.0.log10()))..most(&mut points().map(|point| point.0.log10()));
    let high =
        least(&mut points().map(|point| point.1.log10()))..most(&mut points().map(|point| point.1.log10()));
    // Without any point, any axis will do.
    let (wide, high) = if points().next().is_none() { (0.0..1.0, 0.0..1.0) } else { (wide, high) };
    let (wide, high) = (wide.start..wide.end.max(wide.start + 0.1), high.start - 0.15..high.end + 0.15);
    let mut values: Vec<f64> = points().map(|point| point.0).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let step = values.len().div_ceil(TICKS).max(1);
    let x = Scale::new(wide, values.iter().step_by(step).map(|value| (value.log10(), value.to_string())));
    // One tick a decade where there are many.
    let digits: &[f64] = if high.end - high.start > 4.0 { &[1.0] } else { &[1.0, 3.0] };
    let decades =
        (-15..=15).flat_map(|exponent| digits.iter().map(move |digit| digit * 10f64.powi(exponent)));
    let ticks = decades.filter(|tick| high.contains(&tick.log10()));
    let y = Scale::new(high.clone(), ticks.map(|tick| (tick.log10(), text(tick))));

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
            .x_desc(across)
            .y_desc(unit)
            .draw()
            .map_err(failed)?;
        for line in lines {
            let points: Vec<(f64, f64)> = line.points.iter().map(|(x, y)| (x.log10(), y.log10())).collect();
            let dots: Vec<_> =
                points.iter().map(|point| Circle::new(*point, 3, line.color.filled())).collect();
            chart.draw_series([PathElement::new(points, line.color.stroke_width(2))]).map_err(failed)?;
            chart.draw_series(dots).map_err(failed)?;
        }
        drop(chart);
        area.present().map_err(failed)?;
    }
    Ok(svg)
}

/// Of a tick of one digit.
fn text(tick: f64) -> String {
    if !(0.009..1e6).contains(&tick) {
        return format!("{tick:.0e}");
    }
    if tick < 1.0 { format!("{tick:.2}").trim_end_matches('0').to_owned() } else { format!("{tick:.0}") }
}

fn failed<E: std::error::Error + Send + Sync>(error: DrawingAreaErrorKind<E>) -> anyhow::Error {
    anyhow!("a plot cannot be drawn: {error}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_short() {
        assert_eq!([0.01, 0.3, 3.0, 1e5, 1e6, 1e-9].map(text), ["0.01", "0.3", "3", "100000", "1e6", "1e-9"]);
    }

    #[test]
    fn nothing_and_one_point_can_be_drawn() {
        let line = |points: &[(f64, f64)]| Line::new(GRID, points.iter().copied());
        for points in
            [&[][..], &[(1.0, 1.0)], &[(0.0, 1.0), (2.0, 0.0), (3.0, f64::NAN), (4.0, f64::INFINITY)]]
        {
            assert!(draw(&[line(points)], "meters", "ms").unwrap().contains("</svg>"));
        }
        assert_eq!(line(&[(2.0, 3.0), (1.0, 4.0), (3.0, 0.0)]).points, [(1.0, 4.0), (2.0, 3.0)]);
    }
}
