//! The report of `demo`: one HTML file with plots as inline SVG, which needs no network and no script.

mod axis;
pub(crate) mod ckks;
pub(crate) mod costs;
mod curves;
mod lines;
mod plot;
mod scale;
pub(crate) mod sizes;

use std::fmt::Write;

use crate::readings::Table;
use crate::system::Protocol;
use crate::table::{self, Figures};
use crate::trial::Trial;

use axis::Time;
use plot::Size;

/// What the report shows.
pub(crate) struct Scene<'a> {
    /// Where the readings are from.
    pub(crate) source: &'a str,
    pub(crate) table: &'a Table,
    /// The column of the household that is shown.
    pub(crate) watched: usize,
    pub(crate) shown: &'a [Shown],
}

/// One protocol's run.
pub(crate) struct Shown {
    pub(crate) protocol: Protocol,
    pub(crate) figures: Figures,
    pub(crate) trial: Trial,
}

const STYLE: &str = "\
:root{color-scheme:light}
body{margin:0;background:#f4f5f2;color:#1d2a2f;font:16px/1.5 system-ui,'Segoe UI',Helvetica,Arial,sans-serif}
main{max-width:1120px;margin:0 auto;padding:32px 20px 48px}
h1{font-size:30px;line-height:1.2;margin:0 0 8px}
h2{font-size:20px;margin:36px 0 4px}
h3{font-size:15px;margin:0 0 2px}
h3 span{font-weight:400;color:#5b686d}
p{margin:4px 0 12px;max-width:75ch}
.card{background:#fff;border:1px solid #dde0da;border-radius:8px;padding:14px 14px 6px}
.grid{display:grid;gap:16px;grid-template-columns:repeat(auto-fit,minmax(min(480px,100%),1fr))}
svg{display:block;width:100%;height:auto}
.key{font-size:14px;color:#5b686d}
.key i{display:inline-block;vertical-align:middle;margin:0 6px 2px 0}
.line{width:22px;height:6px;border-radius:3px;background:#9cc3dd}
.dot{width:7px;height:7px;border-radius:50%;background:#b5452c}
.ring{width:6px;height:6px;border-radius:50%;border:1.5px solid #8a9599}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:6px 10px;border-bottom:1px solid #e6e8e3;white-space:nowrap}
th{font-weight:600;font-size:14px;color:#5b686d}
th:first-child,td:first-child{text-align:left}
tr:last-child td{border-bottom:0}
footer{margin-top:32px;font-size:14px;color:#5b686d}
@media print{body{background:#fff}.card{break-inside:avoid}}";

/// More than a household uses in any quarter of an hour.
const SPIKE: i64 = 15_000;

/// The whole page.
///
/// # Errors
/// If a plot cannot be drawn.
pub(crate) fn page(scene: &Scene<'_>) -> anyhow::Result<String> {
    let (table, shown) = (scene.table, scene.shown);
    let time = Time::new(&table.intervals);
    let size = if shown.len() == 1 { Size::WIDE } else { Size::HALF };
    let meter = escape(table.meters.get(scene.watched).map_or("", String::as_str));
    let unit = escape(&time.unit());
    let (meters, rounds) = (table.meters.len(), table.intervals.len());
    let equal = shown.iter().filter(|shown| shown.figures.all_equal()).count();
    let verdict = if equal == shown.len() {
        "Every sum equals the truth.".to_owned()
    } else {
        format!("Only {equal} of {} protocols gave every sum.", shown.len())
    };

    let mut page = String::new();
    write!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>wattsum: what a utility sees</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n<main>\n\
         <h1>What a utility sees of {meters} households</h1>\n\
         <p>{rounds} rounds, {span}; {source}. {verdict}</p>\n\
         <h2>1. One household, in clear</h2>\n\
         <p>Meter {meter}, {unit}. Appliances show as steps: who is at home, cooks, sleeps. These readings \
         stay in the meter.</p>\n<div class=\"card\">\n{plot}</div>\n{gap}",
        span = escape(&time.span()),
        source = escape(scene.source),
        plot = label(&plot::household(table.column(scene.watched), &time)?, "readings of one household"),
        gap = if table.column(scene.watched).any(|cell| cell.is_none()) {
            "<p class=\"key\"><i class=\"ring\"></i>the meter was silent</p>\n"
        } else {
            ""
        },
    )?;

    page.push_str(
        "<h2>2. What the utility receives from it</h2>\n<p>The first 64 bits of each of its messages, as a \
         number: masked or encrypted, spread over the whole range whatever the household does.</p>\n\
         <div class=\"grid\">\n",
    );
    for Shown { protocol, figures, trial } in shown {
        let words = trial.rounds.iter().map(|round| round.received);
        let plot = label(&plot::received(words, &time, size)?, "what the utility received");
        let bytes = figures.uplink_bytes();
        writeln!(
            page,
            "<div class=\"card\"><h3>{protocol} <span>{bytes:.0} bytes a round</span></h3>\n{plot}</div>"
        )?;
    }
    page.push_str(
        "</div>\n<h2>3. What the utility learns: the group's sum</h2>\n<p class=\"key\"><i class=\"line\"></i>\
         the true sum of the readings &emsp;<i class=\"dot\"></i>the sum that the utility recovered</p>\n",
    );
    if table.rows().any(|(_, row)| row.iter().flatten().any(|wh| *wh >= SPIKE)) {
        page.push_str(
            "<p class=\"key\">A lone spike is a meter that reported all at once, as real meters do.</p>\n",
        );
    }
    page.push_str("<div class=\"grid\">\n");
    for Shown { protocol, figures, trial } in shown {
        let plot = label(&plot::sums(&trial.rounds, &time, size)?, "the group's sum, true and recovered");
        let equal = figures.equal();
        writeln!(
            page,
            "<div class=\"card\"><h3>{protocol} <span>{equal} sums equal</span></h3>\n{plot}</div>"
        )?;
    }
    page.push_str("</div>\n<h2>What it costs</h2>\n<div class=\"card scroll\">\n<table>\n");
    row(&mut page, "th", &table::HEAD.map(str::to_owned))?;
    for shown in shown {
        row(&mut page, "td", &table::cells(&shown.figures))?;
    }
    write!(
        page,
        "</table>\n</div>\n<footer>Uplink in bytes, work in microseconds on one core of this machine: of a meter \
         in a round, and of all roles together. wattsum {}</footer>\n</main>\n</body>\n</html>\n",
        env!("CARGO_PKG_VERSION")
    )?;
    Ok(page)
}

fn row(page: &mut String, tag: &str, cells: &[String]) -> std::fmt::Result {
    page.push_str("<tr>");
    for cell in cells {
        write!(page, "<{tag}>{}</{tag}>", escape(cell))?;
    }
    page.push_str("</tr>\n");
    Ok(())
}

/// Names an SVG for those who do not see it. Inside HTML it needs no name space.
fn label(svg: &str, what: &str) -> String {
    svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{}\" ", escape(what)), 1).replacen(
        " xmlns=\"http://www.w3.org/2000/svg\"",
        "",
        1,
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Progress;
    use crate::system::{Settings, plain};
    use crate::trial;

    fn shown(table: &Table, protocol: Protocol) -> Shown {
        let settings = Settings {
            meters: table.meters.len(),
            rounds: table.intervals.len() as u64,
            max_reading: 1_000_000_000,
            min_meters: 3,
            seed: 1,
            watched: Some(0),
            window: None,
        };
        let rows = table.rows().map(|(_, row)| row);
        let trial =
            trial::run(protocol, &plain::start, &settings, rows, (&Progress::steps("", "", 1), 0)).unwrap();
        Shown { protocol, figures: Figures::new(protocol, table.meters.len(), &trial), trial }
    }

    #[test]
    fn the_page_stands_alone() {
        let mut table = crate::generate::rounds(1, 8, 96).unwrap();
        table.meters[0] = "<b>&\"".into();
        table.silence(5, 0);
        let shown = [shown(&table, Protocol::Dcnet), shown(&table, Protocol::Cmt)];
        let page = page(&Scene { source: "a<b.csv", table: &table, watched: 0, shown: &shown }).unwrap();
        for foreign in ["http", "src=", "<script", "@import", "url(", "<b>"] {
            assert!(!page.contains(foreign), "{foreign}");
        }
        assert!(page.contains("&lt;b&gt;&amp;&quot;") && page.contains("a&lt;b.csv"));
        // A household, and for each protocol what was received and the sums.
        assert_eq!(page.matches("<svg ").count(), 5);
        assert_eq!(page.matches("</svg>").count(), 5);
        assert!(page.contains("96/96 sums equal") && page.contains("Every sum equals the truth"));
        assert!(page.contains("Wh in 15 min"));
    }

    #[test]
    fn one_round_and_no_sum_can_be_drawn() {
        let table = crate::generate::rounds(1, 4, 1).unwrap();
        let mut shown = [shown(&table, Protocol::Shamir)];
        shown[0].trial.rounds[0].sum = Err("refused".into());
        shown[0].trial.rounds[0].received = None;
        page(&Scene { source: "", table: &table, watched: 3, shown: &shown }).unwrap();
    }
}
