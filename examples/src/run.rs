//! `wattsum run`: the source systems as they run, every role a process of its own, over TLS on this machine.

pub(crate) mod cluster;
pub(crate) mod process;
pub(crate) mod scenario;
pub(crate) mod scrape;
pub(crate) mod stage;
pub(crate) mod statistics;
mod summary;
pub(crate) mod truth;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use crate::args::Reading;
use crate::exit::Exit;
use crate::generate;
use crate::input::InputError;
use crate::readings::Table;
use scenario::{Part, Scenario};
use stage::Stage;

pub(crate) const EXAMPLES: &str = "\
Examples:
  wattsum run dcnet                          ten-second rounds, as the thesis measures
  wattsum run dcnet --slot 500               the same, faster
  wattsum run aggregators --readings readings.csv --keep run/

Every role is this program again (wattsum utility, wattsum meter, ...): its configuration, certificates, database,
journals and logs are in the folder that --keep names, and may be started again by hand.";

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// Which system
    #[arg(value_enum)]
    scenario: Scenario,
    /// Readings, wide or long CSV; a round for each interval [default: made-up households]
    #[arg(long, value_name = "FILE")]
    readings: Option<PathBuf>,
    /// Milliseconds of a round [default: 10000 for dcnet, 2000 for analytics, 1000 else]
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(100..=3_600_000))]
    slot: Option<u64>,
    /// Rounds of each deployment; never fewer than it takes to show what it shows
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: Option<u32>,
    /// Folder for configuration, keys, databases and logs, which stays [default: a temporary one, which goes]
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Where the sums go: `part,round,interval_start,sum_wh,meters,truth_wh,milliseconds`, with analytics a row an interval,
    /// and `mean_wh,variance_wh2,batch_mean_wh,batch_variance_wh2` behind
    #[arg(long, value_name = "FILE.csv")]
    sums: Option<PathBuf>,
    /// The head end's web view while it runs, as 127.0.0.1:7480
    #[arg(long, value_name = "ADDR")]
    dashboard: Option<String>,
    /// One JSON object a deployment instead of text
    #[arg(long)]
    json: bool,
    /// Roles log all they do
    #[arg(long)]
    verbose: bool,
    #[command(flatten)]
    reading: Reading,
}

/// Rounds go by while keys are made, and while a fault lasts.
const SPARE_ROUNDS: u32 = 200;
/// … and no fewer of these than that, however long their batches are.
const LEAST_SPARE: u32 = 60;

pub(crate) fn run(args: &Run, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    if let Some(path) = &args.sums {
        crate::output::check(path)?;
    }
    let parts = args.scenario.parts(args.rounds);
    let temporary = match &args.keep {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("no temporary folder")?),
    };
    let folder = match (&args.keep, &temporary) {
        (Some(folder), _) => folder.clone(),
        (None, Some(temporary)) => temporary.path().to_path_buf(),
        (None, None) => anyhow::bail!("no folder"),
    };
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let folder = fs::canonicalize(&folder)?;
    if fs::read_dir(&folder)?.next().is_some() {
        let what = format!("{}: is not empty; --keep takes a new folder", folder.display());
        return Err(InputError::new(what).into());
    }
    let table = table(args, &parts)?;
    let slot = args.slot.unwrap_or_else(|| args.scenario.slot());

    let mut summary = summary::Summary::new(args.scenario, slot, args.json);
    for (number, mut part) in (1..).zip(parts) {
        part.deployment.utility.dashboard.clone_from(&args.dashboard);
        let own = folder.join(format!("part-{number}"));
        let meters = part.deployment.meters.ids.0.len();
        let table = table.first(meters, table.intervals.len());
        fs::create_dir_all(&own)?;
        let readings = own.join("readings.csv");
        generate::write_wide(&table, &readings)?;
        let window = part.deployment.rounds.window;
        let stage = Stage {
            title: part.title.clone(),
            deployment: part.deployment,
            table: &table,
            readings: &readings,
            rounds: part.rounds,
            faults: part.faults,
            folder: own,
            slot,
            options: cluster::Options { verbose: args.verbose, timed: true, ..Default::default() },
        };
        match stage.run() {
            Ok(outcome) => summary.part(number, &part.title, meters, window, &table, outcome, stdout)?,
            Err(error) => {
                // What the processes said is the only way to find out.
                if let Some(temporary) = temporary {
                    eprintln!("the logs are in {}", temporary.keep().display());
                }
                return Err(error);
            }
        }
    }
    if let Some(path) = &args.sums {
        summary.write(path)?;
    }
    summary.end(stdout)
}

/// Readings for the largest of the deployments.
fn table(args: &Run, parts: &[Part]) -> anyhow::Result<Table> {
    let meters = parts.iter().map(|part| part.deployment.meters.ids.0.len()).max().unwrap_or_default();
    let intervals = |part: &Part| {
        let batch = u32::from(part.deployment.rounds.batch);
        // Long batches have as many intervals in fewer rounds.
        let spare = SPARE_ROUNDS.max(LEAST_SPARE.saturating_mul(batch));
        part.rounds.saturating_mul(batch).saturating_add(spare)
    };
    let rounds = parts.iter().map(intervals).max().unwrap_or_default();
    let needed = usize::try_from(rounds)?;
    match &args.readings {
        Some(path) => check(Table::open(path, &args.reading.rules())?, path, meters, needed),
        None => {
            let first = generate::FIRST_DAY.parse()?;
            let mut left = rounds;
            generate::table(1, u32::try_from(meters)?, first, &jiff::tz::TimeZone::UTC, |_| {
                left = left.saturating_sub(1);
                left > 0
            })
        }
    }
}

fn check(table: Table, path: &Path, meters: usize, rounds: usize) -> anyhow::Result<Table> {
    let (columns, rows) = (table.meters.len(), table.intervals.len());
    if columns < meters || rows < rounds {
        let what = format!(
            "{}: has {columns} meters and {rows} intervals; this scenario needs {meters} and {rounds}",
            path.display()
        );
        return Err(InputError::new(what).into());
    }
    let second = |row: usize| table.intervals.get(row).map(|interval| interval.instant.as_second());
    let even = (1..rows).all(|row| {
        let step = second(row).zip(second(row.saturating_sub(1)));
        step.is_some_and(|(this, before)| this.checked_sub(before) == Some(900))
    });
    if !even {
        return Err(
            InputError::new(format!("{}: is not in quarter hours without gaps", path.display())).into()
        );
    }
    Ok(table)
}
