//! What a simulation found, as text and as JSON.
#![allow(clippy::arithmetic_side_effects)] // counts and times of what was just run

use std::io::{self, Write};
use std::time::Duration;

use serde::Serialize;

use super::count::{Times, Totals};
use super::{Simulate, WANTED};

pub(super) struct Shown<'a> {
    pub(super) args: &'a Simulate,
    pub(super) edges: u64,
    /// The estimated chance that a round of a cell closes.
    pub(super) expected: f64,
    /// The largest cell that is worth its name, if there is one.
    pub(super) better: Option<u32>,
    pub(super) totals: &'a [Totals],
    pub(super) times: &'a Times,
}

#[derive(Serialize)]
struct Figures {
    meters: u32,
    cells: u32,
    degree: u32,
    absent: f64,
    lost: f64,
    rounds: usize,
    pairs: u64,
    cell_rounds: usize,
    cell_rounds_closed: usize,
    share_closed: f64,
    share_expected: f64,
    better_cell: Option<u32>,
    sums: Vec<i64>,
    meters_summed: u64,
    repairs: u64,
    up_bytes: u64,
    broadcast_bytes: u64,
    down_bytes: u64,
    setup_ms: f64,
    open_ms: f64,
    pair_pads_ms: f64,
    self_masks_ms: f64,
    closing_ms: f64,
    peak_memory_bytes: Option<u64>,
}

const NOT_DONE: &str = "\
Not simulated: key agreement (keys are drawn), frames, tags, signatures, the network, meters that are left out for coming
and going. Pads, contributions, Closes, repairs, holders' answers and sums are the protocol's; every sum was compared with
the made-up readings.";

impl Shown<'_> {
    fn figures(&self) -> Figures {
        let mut all = Totals::default();
        self.totals.iter().for_each(|totals| all += totals);
        let cell_rounds = self.totals.len() * self.args.cells as usize;
        let each = |time: Duration| time.as_secs_f64() * 1e3 / self.totals.len() as f64;
        Figures {
            meters: self.args.meters,
            cells: self.args.cells,
            degree: self.args.degree,
            absent: self.args.absent,
            lost: self.args.lost,
            rounds: self.totals.len(),
            pairs: self.edges,
            cell_rounds,
            cell_rounds_closed: all.closed(),
            share_closed: all.closed() as f64 / cell_rounds as f64,
            share_expected: self.expected,
            better_cell: self.better,
            sums: self.totals.iter().map(Totals::sum).collect(),
            meters_summed: all.meters,
            repairs: all.repairs,
            up_bytes: all.up,
            broadcast_bytes: all.broadcast,
            down_bytes: all.down,
            setup_ms: self.times.setup.as_secs_f64() * 1e3,
            open_ms: each(self.times.open),
            pair_pads_ms: each(self.times.mask),
            self_masks_ms: each(self.times.contribute),
            closing_ms: each(self.times.close),
            peak_memory_bytes: peak_memory(),
        }
    }

    pub(super) fn json(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        serde_json::to_writer(&mut *out, &self.figures())?;
        Ok(writeln!(out)?)
    }

    pub(super) fn text(&self, out: &mut dyn Write) -> io::Result<()> {
        let f = self.figures();
        let cells = if f.cells == 1 { "one group".to_owned() } else { format!("{} cells", f.cells) };
        writeln!(
            out,
            "{} meters in {cells}, {} pairs of neighbours; 4 holders, of whom 3 open",
            f.meters, f.pairs
        )?;
        writeln!(out, "{} absent, {} lost in mid-round\n", percent(f.absent), percent(f.lost))?;
        writeln!(
            out,
            "round  closed      meters summed          sum Wh    Closes   repairs      up B  broadcast B      down B"
        )?;
        for (round, totals) in self.totals.iter().enumerate() {
            writeln!(
                out,
                "{round:>5} {:>7}/{:<7} {:>12} {:>15} {:>9} {:>9} {:>9} {:>12} {:>11}",
                totals.closed(),
                f.cells,
                totals.meters,
                if totals.closed() == 0 { "-".to_owned() } else { totals.sum().to_string() },
                totals.closes,
                totals.repairs,
                size(totals.up),
                size(totals.broadcast),
                size(totals.down)
            )?;
        }
        writeln!(
            out,
            "\nclosed within 3 passes: {} of {} rounds of a cell ({}; expected {})",
            f.cell_rounds_closed,
            f.cell_rounds,
            percent(f.share_closed),
            percent(f.share_expected)
        )?;
        self.advise(&f, out)?;
        writeln!(
            out,
            "\na round, one core: open {:.1} ms, pads between meters {:.1} ms, self-masks {:.1} ms, Closes to sums {:.1} ms",
            f.open_ms, f.pair_pads_ms, f.self_masks_ms, f.closing_ms
        )?;
        let whole = self.times.rounds().as_secs_f64() * 1e3 / f.rounds as f64;
        let memory =
            f.peak_memory_bytes.map_or(String::new(), |bytes| format!("; memory at most {}B", size(bytes)));
        writeln!(out, "together {whole:.1} ms; graphs and keys, once, {:.0} ms{memory}", f.setup_ms)?;
        writeln!(out, "\n{NOT_DONE}")
    }

    /// What would be better, where rounds fail.
    fn advise(&self, f: &Figures, out: &mut dyn Write) -> io::Result<()> {
        let size = self.args.size(0);
        if f.share_expected >= WANTED && f.share_closed >= WANTED {
            return Ok(());
        }
        let least = percent(WANTED);
        match self.better {
            Some(better) if better < size => writeln!(
                out,
                "A cell of {size} meters is too large for this loss: there is always another that falls silent while the \
                 last ones are\nrepaired. In cells of at most {better} at least {least} of rounds close: --cells {}",
                self.args.meters.div_ceil(better)
            ),
            Some(_) => Ok(()),
            None => writeln!(out, "No size of a cell lets {least} of rounds close at this loss and degree."),
        }
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if (percent - percent.round()).abs() < 1e-9 {
        format!("{percent:.0} %")
    } else {
        format!("{percent:.2} %")
    }
}

/// Three digits and a prefix.
fn size(bytes: u64) -> String {
    let mut value = bytes as f64;
    for prefix in ["", "k", "M", "G"] {
        if value < 1000.0 {
            return if prefix.is_empty() { format!("{value} ") } else { format!("{value:.1} {prefix}") };
        }
        value /= 1000.0;
    }
    format!("{value:.1} T")
}

/// The most memory that this process has had, where the system tells.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?.checked_mul(1024)
}
