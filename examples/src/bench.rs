//! `wattsum bench`: what a deployment costs as it runs, over TLS, by protocol, size of the group, interval and batch.

mod cell;

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::exit::Exit;
use crate::output;
use crate::progress::Progress;
use crate::report::costs;
use crate::system::Protocol;
pub(crate) use cell::{Cell, Figures};

pub(crate) const NOTES: &str = "\
The figures, and the keys of --json (one object a row):
  meters, slot_ms, batch         the deployment: readings of so many intervals go in one round
  sums, lost                     rounds with and without a sum, after the first one
  client_us  client_us           processor time of all meters, per meter and round
  up B/meter up_bytes            what the head end received from a meter in a round, frames without TLS
  server_ms  server_ms           processor time of the head end, per round
  helpers_ms helpers_ms          the same of all answerers together
  p50, p99   p50_ms, p99_ms      from the Open to the recorded sum
  per s      readings_per_s      readings that went into sums, per second
  KB/link    link_bytes          memory that the head end holds for a connection

Meters run in one process with one TLS connection each; the head end and every answerer are processes of their own. All
share this machine's cores, so that latencies are those of a loaded machine.";

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// Only this protocol; may be given more than once [default: all four]
    #[arg(long, value_enum)]
    protocol: Vec<Protocol>,
    /// Meters, several with commas
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_values_t = [5u32, 10, 20, 100],
        value_parser = clap::value_parser!(u32).range(3..=20_000))]
    meters: Vec<u32>,
    /// Milliseconds of a round, several with commas
    #[arg(long, value_name = "MS,...", value_delimiter = ',', default_values_t = [1_000u64],
        value_parser = clap::value_parser!(u64).range(50..=3_600_000))]
    slot: Vec<u64>,
    /// Readings that a meter sends in a round, several with commas
    #[arg(long, value_name = "N,...", value_delimiter = ',', default_values_t = [1u16],
        value_parser = clap::value_parser!(u16).range(1..=32))]
    batch: Vec<u16>,
    /// Rounds of each deployment, after the first sum
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(3..=10_000))]
    rounds: u32,
    /// Where the report goes, one HTML file that needs no network
    #[arg(long, value_name = "FILE.html", default_value = "wattsum-bench.html")]
    report: PathBuf,
    /// One JSON object a row instead of the table
    #[arg(long)]
    json: bool,
    /// Folder for configuration, keys, databases and logs, which stays
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
}

pub(crate) fn run(args: &Bench, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    output::check(&args.report)?;
    let temporary = tempfile::tempdir()?;
    let folder = args.keep.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let folder = fs::canonicalize(folder)?;
    let protocols = if args.protocol.is_empty() { Protocol::ALL.to_vec() } else { args.protocol.clone() };
    let mut cells = Vec::new();
    for protocol in protocols {
        for meters in args.meters.iter().filter(|meters| **meters as usize >= protocol.min_meters()) {
            for slot in &args.slot {
                for batch in &args.batch {
                    cells.push(Cell {
                        protocol,
                        meters: *meters,
                        slot: *slot,
                        batch: *batch,
                        rounds: args.rounds,
                    });
                }
            }
        }
    }
    let progress = Progress::steps("measuring", "deployments", cells.len());
    let mut rows: Vec<Figures> = Vec::new();
    if !args.json {
        writeln!(stdout, "{}", head())?;
    }
    for (number, cell) in cells.into_iter().enumerate() {
        progress.at(number);
        let figures = cell.measure(&folder.join(format!("{number}")))?;
        match args.json {
            true => writeln!(stdout, "{}", serde_json::to_string(&figures)?)?,
            false => writeln!(stdout, "{}", line(&figures.cells()))?,
        }
        stdout.flush()?;
        rows.push(figures);
    }
    drop(progress);
    let page = costs::page(&rows)?;
    output::write(Some(&args.report), &mut std::io::sink(), |out| out.write_all(page.as_bytes()))?;
    if !args.json {
        writeln!(stdout, "\nreport: {}", args.report.display())?;
    }
    let wrong: usize = rows.iter().map(|row| row.wrong).sum();
    Ok(if wrong == 0 { Exit::Done } else { Exit::Failed })
}

fn head() -> String {
    line(&Figures::HEAD.map(str::to_owned))
}

fn line(cells: &[String; Figures::COLUMNS]) -> String {
    let mut text = String::new();
    for (column, cell) in cells.iter().enumerate() {
        let padded = if column == 0 { format!("{cell:<8}") } else { format!(" {cell:>10}") };
        text.push_str(&padded);
    }
    text
}
