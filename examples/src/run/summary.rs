//! What a scenario showed, for people and for programs.

use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::json;

use super::scenario::Scenario;
use super::stage::Outcome;
use super::statistics::{Line, Statistics};
use crate::engine::Event;
use crate::exit::Exit;
use crate::output;
use crate::readings::Table;

pub(crate) struct Summary {
    scenario: Scenario,
    slot: u64,
    json: bool,
    rows: Vec<Row>,
    /// The same number, where there are sums of squares.
    statistics: Vec<Further>,
    equal: usize,
    sums: usize,
    wrong: usize,
}

/// A line of `--sums`.
#[derive(Serialize)]
struct Row {
    part: u32,
    round: u32,
    interval_start: String,
    sum_wh: Option<i64>,
    meters: u32,
    truth_wh: Option<i64>,
    milliseconds: Option<u64>,
}

/// What analytics add to a row.
#[derive(Serialize)]
struct Further {
    mean_wh: f64,
    variance_wh2: f64,
    batch_mean_wh: f64,
    batch_variance_wh2: f64,
}

impl Summary {
    pub(crate) fn new(scenario: Scenario, slot: u64, json: bool) -> Self {
        Self { scenario, slot, json, rows: Vec::new(), statistics: Vec::new(), equal: 0, sums: 0, wrong: 0 }
    }

    /// Says what came of one deployment.
    #[expect(clippy::too_many_arguments, reason = "a line of the summary")]
    pub(crate) fn part(
        &mut self,
        number: u32,
        title: &str,
        meters: usize,
        window: u32,
        table: &Table,
        outcome: Outcome,
        out: &mut dyn Write,
    ) -> anyhow::Result<()> {
        for round in outcome.rounds.values().filter(|round| round.sum.is_some() || round.lost.is_some()) {
            // Analytics tell each interval of a batch, and only rounds that have sums.
            let lines = round.statistics.as_ref().map_or(1, |statistics| statistics.intervals.len());
            if self.scenario == Scenario::Analytics && round.statistics.is_none() {
                continue;
            }
            for place in 0..lines {
                let row = usize::try_from(round.round)?.saturating_mul(lines).saturating_add(place);
                let of =
                    |values: &Option<Vec<i64>>| values.as_ref().and_then(|values| values.get(place).copied());
                self.rows.push(Row {
                    part: number,
                    round: round.round,
                    interval_start: table.intervals.get(row).map(|i| i.label.clone()).unwrap_or_default(),
                    sum_wh: of(&round.sum),
                    meters: round.meters,
                    truth_wh: of(&round.truth),
                    milliseconds: round.millis,
                });
                self.statistics.extend(round.statistics.as_ref().and_then(|all| Further::of(all, place)));
            }
        }
        let (equal, sums, wrong) = (outcome.equal(), outcome.sums(), outcome.wrong());
        self.equal = self.equal.saturating_add(equal);
        self.sums = self.sums.saturating_add(sums);
        self.wrong = self.wrong.saturating_add(wrong);
        let mut millis: Vec<u64> = outcome.rounds.values().filter_map(|round| round.millis).collect();
        millis.sort_unstable();
        let at = |permille: usize| {
            let place = millis.len().saturating_sub(1).saturating_mul(permille) / 1000;
            millis.get(place).copied().unwrap_or_default()
        };
        let lost = outcome.rounds.values().filter(|round| round.lost.is_some()).count();
        let bills = outcome.bills.len();
        let bills_equal = outcome.bills.iter().filter(|bill| bill.sum == bill.truth).count();
        if self.json {
            let rounds: Vec<_> = outcome.rounds.values().collect();
            let line = json!({
                "scenario": self.scenario.name(), "part": number, "title": title, "meters": meters,
                "slot_ms": self.slot, "sums": sums, "sums_equal": equal, "lost": lost, "bills": bills,
                "bills_equal": bills_equal, "step_us": outcome.steps, "p50_ms": at(500), "p99_ms": at(990), "rounds": rounds,
            });
            writeln!(out, "{line}")?;
            return Ok(());
        }
        writeln!(out, "{}, part {number}: {title}", self.scenario.name())?;
        story(&outcome, out)?;
        if window > 0 {
            writeln!(
                out,
                "  bills: {bills_equal} of {bills} equal to what the meter used, windows of {window} rounds"
            )?;
        }
        statistics(&outcome, out)?;
        let steps: Vec<String> =
            outcome.steps.iter().map(|(name, micros)| format!("{name} {micros:.0}")).collect();
        writeln!(
            out,
            "  microseconds of a step, on average (keys of the epoch included, disk and TLS not): {}",
            steps.join(", ")
        )?;
        writeln!(
            out,
            "  {equal} of {sums} sums equal, {lost} rounds without a sum; from Open to sum {} ms (median), {} ms (99 %)",
            at(500),
            at(990)
        )?;
        writeln!(out)?;
        Ok(())
    }

    /// All sums as CSV.
    pub(crate) fn write(&self, path: &Path) -> anyhow::Result<()> {
        output::write(Some(path), &mut std::io::sink(), |out| {
            let mut file = csv::Writer::from_writer(out);
            if self.scenario == Scenario::Analytics {
                let mut both = self.rows.iter().zip(&self.statistics);
                both.try_for_each(|both| file.serialize(both)).map_err(output::csv_error)?;
            } else {
                self.rows.iter().try_for_each(|row| file.serialize(row)).map_err(output::csv_error)?;
            }
            file.flush()
        })
    }

    pub(crate) fn end(&self, out: &mut dyn Write) -> anyhow::Result<Exit> {
        if !self.json {
            writeln!(out, "{}: {} of {} sums equal", self.scenario.name(), self.equal, self.sums)?;
        }
        Ok(if self.wrong == 0 && self.sums > 0 { Exit::Done } else { Exit::Failed })
    }
}

impl Further {
    fn of(all: &Statistics, place: usize) -> Option<Self> {
        let line = all.intervals.get(place)?;
        Some(Self {
            mean_wh: line.mean_wh,
            variance_wh2: line.variance_wh2,
            batch_mean_wh: all.batch.mean_wh,
            batch_variance_wh2: all.batch.variance_wh2,
        })
    }
}

/// Means and variances of the last round that has them, and how far those of all rounds are from the truth.
fn statistics(outcome: &Outcome, out: &mut dyn Write) -> anyhow::Result<()> {
    let all = || outcome.rounds.values().filter_map(|round| Some((round, round.statistics.as_ref()?)));
    let Some((round, last)) = all().next_back() else { return Ok(()) };
    let line = |what: &str, line: &Line| {
        let (mean, variance) = (line.mean_wh, line.variance_wh2);
        format!(
            "  round {:>10}  {what}: mean {mean:.1} Wh, variance {variance:.1} Wh2, deviation {:.1} Wh",
            round.round,
            variance.sqrt()
        )
    };
    for (number, interval) in (1..).zip(last.intervals.iter().take(4)) {
        writeln!(out, "{}", line(&format!("interval {number} of {} meters", round.meters), interval))?;
    }
    let what = format!("all {} intervals", last.intervals.len());
    writeln!(out, "{}", line(&what, &last.batch))?;
    let largest = all().map(|(_, statistics)| statistics.largest_error()).fold(0.0, f64::max);
    writeln!(
        out,
        "  means and variances of {} rounds: largest distance from the truth {largest:.1e}, relative",
        all().count()
    )?;
    Ok(())
}

/// What happened beside plain rounds, in order.
fn story(outcome: &Outcome, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    for (_, event) in &outcome.events {
        match event {
            Event::Epoch { epoch, first_round, last_round, meters, answerers, .. } => lines.push((
                *first_round,
                format!("epoch {epoch} for rounds {first_round} to {last_round}, {meters} meters, {answerers} answerers"),
            )),
            Event::Closed { round, last: true, meters, missing, .. } if !missing.is_empty() => {
                lines.push((*round, format!("closed over {meters} meters without {missing:?}")));
            }
            Event::Repaired { round, meter } => lines.push((*round, format!("meter {meter} repaired"))),
            Event::Lost { round, why } => lines.push((*round, format!("no sum: {why}"))),
            Event::Member { round, party, what } => lines.push((*round, format!("meter {party} {what}"))),
            Event::Topology { round, what } => lines.push((*round, what.clone())),
            Event::Fault { round, party, what } => lines.push((*round, format!("party {party}: {what}"))),
            _ => {}
        }
    }
    for (after, what) in &outcome.done {
        writeln!(out, "  after {after:>4} rounds  {what}")?;
    }
    // Registration is a line for each meter; what repeats is counted.
    let mut shown = 0usize;
    for group in lines.chunk_by(|a, b| a.0 == b.0 && same(&a.1, &b.1)) {
        let Some((round, what)) = group.first() else { continue };
        shown = shown.saturating_add(1);
        if shown > MOST_LINES {
            writeln!(out, "  ... and {} more", lines.len())?;
            break;
        }
        match group.len() {
            1 => writeln!(out, "  round {round:>10}  {what}")?,
            count => writeln!(out, "  round {round:>10}  {what}, and {} like it", count.saturating_sub(1))?,
        }
    }
    Ok(())
}

/// Lines of a part at most.
const MOST_LINES: usize = 40;

/// Whether two lines say the same of two parties.
fn same(a: &str, b: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let plain = |word: &str| word.parse::<u32>().map_or_else(|_| word.to_owned(), |_| "#".to_owned());
        text.split(' ').map(plain).collect()
    };
    words(a) == words(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_differ_in_numbers_only_are_alike() {
        assert!(same("meter 3 repaired", "meter 12 repaired"));
        assert!(!same("meter 3 repaired", "meter 3 returned"));
    }
}
