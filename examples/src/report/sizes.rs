//! The report of `sizing`: advantage over size, one plot an event.

use std::fmt::Write;

use dcnet_core::sizing::{Event, Span};

use super::{STYLE, curves, escape, label, row};
use crate::sizing::Figures;

const MORE_STYLE: &str = "\
i.swatch{width:22px;height:4px;border-radius:2px}
th,td{font-size:13px;padding:4px 7px}
td:first-child,th:first-child{text-align:right}";

/// The whole page.
///
/// # Errors
/// If a plot cannot be drawn.
pub(crate) fn page(figures: &Figures) -> anyhow::Result<String> {
    let mut page = String::new();
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>wattsum: how many meters a sum needs</title>\n<style>\n{STYLE}\n{MORE_STYLE}\n</style>\n</head>\n\
         <body>\n<main>\n<h1>How many meters a sum needs</h1>\n\
         <p>{verdict}</p>\n<p>{households} households, {days} days of {minutes}-minute readings; {source}, seed {seed}. An \
         observer of a group's sums says whether something happened in one household of it. His advantage is how \
         much more often he says so when it did than when it did not: 0 is guessing, 1 is certainty.</p>\n\
         <p class=\"key\">",
        verdict = escape(&figures.verdict()),
        households = figures.households,
        days = figures.days,
        minutes = figures.interval_minutes,
        source = escape(&figures.readings),
        seed = figures.seed,
    )?;
    for (span, what) in [
        (Span::Interval, "one interval, at any time"),
        (Span::Hours, "one interval, in the eighth of the day that suits him best"),
        (Span::Day, "one whole day"),
    ] {
        let color = curves::color(span);
        write!(page, "<i class=\"swatch\" style=\"background:{color}\"></i>{what} &emsp;")?;
    }
    let limit = curves::LIMIT_COLOR;
    write!(
        page,
        "<i class=\"swatch\" style=\"background:{limit}\"></i>the limit, {}</p>\n<div class=\"grid\">\n",
        figures.limit
    )?;
    for (event, title, what) in [
        (Event::Presence, "Presence", "is the household in the group?".to_owned()),
        (Event::Absence, "Absence", "does it use nothing?".to_owned()),
        (Event::Switch, "Switch", format!("did it switch on {} W?", figures.switch_watts)),
    ] {
        let plot = label(&curves::advantage(figures, event)?, &format!("advantage over size, {event}"));
        writeln!(page, "<div class=\"card\"><h3>{title} <span>{what}</span></h3>\n{plot}</div>")?;
    }
    page.push_str(
        "</div>\n<p class=\"key\">Shaded: 95 % intervals, over households and days. Both axes are logarithmic.</p>\n\
         <h2>Figures</h2>\n<p class=\"key\">Advantage, and the upper end of its interval.</p>\n\
         <div class=\"card scroll\">\n<table>\n",
    );
    for (index, cells) in figures.rows().iter().enumerate() {
        row(&mut page, if index == 0 { "th" } else { "td" }, cells)?;
    }
    page.push_str("</table>\n</div>\n");
    if figures.points.iter().any(|point| point.resampled) {
        writeln!(
            page,
            "<p class=\"key\">Groups of more than {} hold some households on several days at once, as if they were \
             others: there is no weather that they share, as if the observer knew what it did.</p>",
            figures.households / 4
        )?;
    }
    write!(
        page,
        "<footer>A test with its threshold is learnt on one half of the days, and judged on the other with other \
         households as targets. Who watches for months, or knows more than sums, learns more. wattsum {}</footer>\n\
         </main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )?;
    Ok(page)
}
