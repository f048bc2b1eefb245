//! `wattsum ckks-bench`: meters encrypt batches of readings, a server computes on them, a logger measures.

mod choice;
mod config;
mod data;
mod figures;
mod numbers;
mod read;
mod scenario;
mod store;
mod system;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use clap::{Args, Subcommand};
use rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::exit::Exit;
use crate::input::InputError;
use crate::output;
use crate::progress::Progress;
use crate::report;
use choice::Choice;
use config::Config;
use data::Data;
pub(crate) use figures::{Figures, Operation};
use numbers::Span;
use scenario::Scenario;
use store::{Readings, Setup, Store};
use system::System;

pub(crate) const NOTES: &str = "\
A scenario is a number of meters, an interval, and a batch: the readings of so many intervals that a meter encrypts as one
vector. The server sums the vectors of all meters and computes mean, a product with a price, the sum over the batch (by
rotations), and sums of squares (with the sum, the variance over the meters), all without a key to decrypt with. Every
result is then decrypted and compared with the readings.

Parameters are taken as SEAL and TenSEAL have them, and mapped to the preset of the same degree with as many
multiplications in a row. What is too weak for 128 bits of security, or possible with no preset, is refused. A file:
  poly_modulus_degree: 8192          2048 and 4096 (sums only) or 8192
  coeff_mod_bit_sizes: [60, 40, 60]  one multiplication for each between first and last [default: what the degree allows]
  scale: 2**40                       or 1099511627776, or scale_bits: 40
  meters: [2, 5, 10, 20]             or 2..20, or 2..20:6
  interval: 15min                    between readings; says how often meters send
  batch: [1, 5, 10, 20]
Names may stand in any section; num_meters, reading_interval and batch_size are understood too. Options of the command line
go before what the file says.

Columns: encrypt: of one message, by a meter. sum: over the meters, from their bytes. decrypt: of one result. Times in
milliseconds on one core, medians of the rounds. Errors: the largest distance from the truth, in kWh (variance: kWh2).

In the folder: one JSON file a scenario, report.html, run.db (messages and results, encrypted, and what was measured),
secret.key. A run that was killed goes on with --resume; `ckks-bench read` decrypts the results in the database again.

Results are decrypted as they come, for the owner of the key only: who gives them to others must flood or round them
(preset shared, of poly_modulus_degree 4096 with scale 2**60, does).";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CkksBench {
    #[command(subcommand)]
    read: Option<Again>,
    #[command(flatten)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Again {
    /// Decrypt the results in a database, and compare them with the readings
    Read(read::Read),
}

#[derive(Debug, Args)]
struct Bench {
    /// Parameters and scenarios, YAML
    #[arg(long, value_name = "FILE.yaml")]
    config: Option<PathBuf>,
    /// Meters: 2,5,10,20 or 2..20 [default: 2,5,10,20]
    #[arg(long, value_name = "N,...")]
    meters: Option<String>,
    /// From one reading to the next: 900,1h [default: 15min]
    #[arg(long, value_name = "TIME,...")]
    interval: Option<String>,
    /// Readings that a meter encrypts together: 1,5,10,20 or 1..20 [default: 1,5,10,20]
    #[arg(long, value_name = "N,...")]
    batch: Option<String>,
    /// Rounds of each scenario [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rounds: Option<u32>,
    /// Readings, wide or long CSV [default: made-up households]
    #[arg(long, value_name = "FILE")]
    readings: Option<PathBuf>,
    /// Zone of time stamps without offset, as Europe/Zurich or +01:00
    #[arg(long, value_name = "ZONE", requires = "readings")]
    zone: Option<String>,
    /// Seed of the households [default: 1]
    #[arg(long, conflicts_with = "readings")]
    seed: Option<u64>,
    /// Meters encrypt with the secret key: half the bytes, and a meter that is broken into opens everything
    #[arg(long)]
    secret_key: bool,
    /// Where results, database and key go
    #[arg(long, value_name = "DIR", default_value = "wattsum-ckks")]
    out: PathBuf,
    /// Go on with the run in that folder, as it was begun
    #[arg(long, conflicts_with_all = ["config", "meters", "interval", "batch", "rounds", "readings", "seed", "secret_key"])]
    resume: bool,
    /// One JSON object a scenario instead of the table
    #[arg(long)]
    json: bool,
}

/// Names in the folder.
const DATABASE: &str = "run.db";
const KEY: &str = "secret.key";
const REPORT: &str = "report.html";

pub(crate) fn run(args: &CkksBench, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    match &args.read {
        Some(Again::Read(read)) => read::run(read, stdout),
        None => args.bench.run(stdout),
    }
}

impl Bench {
    fn run(&self, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
        let mut rng = ChaCha20Rng::from_seed(drawn()?);
        let (mut store, setup, data, mut system) =
            if self.resume { self.resumed(&mut rng)? } else { self.begun(&mut rng)? };
        let choice = setup.choice()?;
        if !self.json {
            writeln!(stdout, "{}\n{}", about(&setup, choice), line(&Figures::HEAD.map(str::to_owned)))?;
        }
        let rounds = usize::try_from(setup.rounds)?;
        let progress = Progress::steps("measuring", "rounds", setup.scenarios.len().saturating_mul(rounds));
        let (mut done, mut rows) = (0_usize, Vec::new());
        for scenario in &setup.scenarios {
            let mut measured = store.rounds(*scenario)?;
            for round in 0..setup.rounds {
                progress.at(done);
                done = done.saturating_add(1);
                if measured.iter().any(|(there, _)| *there == round) {
                    continue;
                }
                let step =
                    system.round(*scenario, round, &data.batch(*scenario, round)?, data.kwh(), &mut rng);
                let step = step.with_context(|| format!("{scenario}, round {round}"))?;
                let began = std::time::Instant::now();
                let pending = store.write(&step.kept(*scenario, round))?;
                let measures = step.measured(began.elapsed());
                pending.commit(&measures)?;
                measured.push((round, measures));
            }
            let measured: Vec<_> = measured.into_iter().map(|(_, measured)| measured).collect();
            let figures = Figures::new(*scenario, choice, setup.secret_key, &measured);
            write(&self.out.join(format!("{scenario}.json")), &serde_json::to_vec_pretty(&figures)?)?;
            match self.json {
                true => writeln!(stdout, "{}", serde_json::to_string(&figures)?)?,
                false => writeln!(stdout, "{}", line(&figures.cells()))?,
            }
            stdout.flush()?;
            rows.push(figures);
        }
        drop(progress);
        let report = self.out.join(REPORT);
        write(&report, report::ckks::page(&rows, &setup.source())?.as_bytes())?;
        if !self.json {
            writeln!(stdout, "\nreport: {}", report.display())?;
        }
        Ok(if rows.iter().all(|row| row.within_bounds) { Exit::Done } else { Exit::Failed })
    }

    /// A new run, from the options and the file.
    fn begun(&self, rng: &mut ChaCha20Rng) -> anyhow::Result<(Store, Setup, Data, System)> {
        let config = self.config.as_deref().map(Config::open).transpose()?.unwrap_or_default();
        for unused in &config.unused {
            eprintln!("note: {unused} means nothing here");
        }
        let scenarios = self.scenarios(&config)?;
        let most = scenarios.iter().map(|scenario| scenario.meters).max().unwrap_or(2);
        let choice = config.wanted.choose(most)?;
        if let Some(scenario) =
            scenarios.iter().find(|scenario| choice.preset.slots() < scenario.batch as usize)
        {
            let (batch, slots) = (scenario.batch, choice.preset.slots());
            return Err(
                InputError::new(format!("a batch of {batch}, where a message has {slots} slots")).into()
            );
        }
        let rounds = self.rounds.or(config.rounds).unwrap_or(5);
        let file = self.readings.as_ref().or(config.readings.as_ref().filter(|_| self.seed.is_none()));
        let readings = match file {
            Some(path) => Readings::File {
                path: fs::canonicalize(path).map_err(|error| {
                    InputError::new(format!("{}: cannot be read: {error}", path.display()))
                })?,
                zone: self.zone.clone(),
                max_reading: MAX_READING,
            },
            None => Readings::Seed(self.seed.or(config.seed).unwrap_or(1)),
        };
        let data = Data::open(&readings, &scenarios, rounds)?;
        let setup = Setup {
            preset: choice.preset as u8,
            scale_bits: choice.scale_bits,
            secret_key: self.secret_key,
            rounds,
            readings,
            unit_wh: data.unit_wh(),
            digest: data.digest(),
            scenarios,
        };
        fs::create_dir_all(&self.out)
            .map_err(|error| InputError::new(format!("{}: cannot be made: {error}", self.out.display())))?;
        let key = self.out.join(KEY);
        let database = self.out.join(DATABASE);
        // A key without a database is what is left of a run that ended before it began.
        if key.exists() && database.exists() {
            let what = "holds a run: finish it with --resume, or choose another folder";
            return Err(InputError::new(format!("{}: {what}", self.out.display())).into());
        }
        let system = System::new(choice, self.secret_key, rng)?;
        write_secret(&key, system.key().as_slice())?;
        Ok((Store::create(&database, &setup)?, setup, data, system))
    }

    /// The run that the folder holds.
    fn resumed(&self, rng: &mut ChaCha20Rng) -> anyhow::Result<(Store, Setup, Data, System)> {
        let (store, setup) = Store::open(&self.out.join(DATABASE), true)?;
        let data = setup.data()?;
        let key = read_secret(&self.out.join(KEY))?;
        let system = System::with_key(setup.choice()?, setup.secret_key, &key, rng)?;
        Ok((store, setup, data, system))
    }

    /// The scenarios of the command line, else those of the file.
    fn scenarios(&self, config: &Config) -> anyhow::Result<Vec<Scenario>> {
        let given = |text: &Option<String>, span, read: fn(&str, Span) -> Result<Vec<u32>, String>, name| {
            let numbers = text.as_deref().map(|text| read(text, span)).transpose();
            numbers.map_err(|what| InputError::new(format!("{name}: {what}")))
        };
        let meters = given(&self.meters, Span::METERS, numbers::span, "--meters")?;
        let intervals = given(&self.interval, Span::SECONDS, numbers::seconds, "--interval")?;
        let batches = given(&self.batch, Span::BATCH, numbers::span, "--batch")?;
        let none_given = meters.is_none() && intervals.is_none() && batches.is_none();
        let mut scenarios = if none_given && !config.scenarios.is_empty() {
            config.scenarios.clone()
        } else {
            let meters = meters.unwrap_or_else(|| config.meters.clone());
            let intervals = intervals.unwrap_or_else(|| config.intervals.clone());
            let batches = batches.unwrap_or_else(|| config.batches.clone());
            let batches = if batches.is_empty() { vec![1, 5, 10, 20] } else { batches };
            Scenario::product(&meters, &intervals, &batches)
        };
        let mut seen = std::collections::HashSet::new();
        scenarios.retain(|scenario| seen.insert(*scenario));
        if scenarios.len() > MOST {
            return Err(
                InputError::new(format!("{} scenarios, where {MOST} are possible", scenarios.len())).into()
            );
        }
        Ok(scenarios)
    }
}

/// Scenarios of a run at most.
const MOST: usize = 2_000;

/// In Wh: beyond, a file is more likely broken.
const MAX_READING: i64 = 1_000_000_000;

impl Setup {
    fn choice(&self) -> anyhow::Result<Choice> {
        let preset = ckks_agg::Preset::try_from(self.preset)?;
        Ok(Choice { preset, scale_bits: self.scale_bits })
    }

    /// The readings, if they are those that the run began with.
    fn data(&self) -> anyhow::Result<Data> {
        let data = Data::open(&self.readings, &self.scenarios, self.rounds)?;
        if data.digest() != self.digest {
            return Err(InputError::new(format!(
                "{}: other readings than the run began with",
                self.source()
            ))
            .into());
        }
        Ok(data)
    }

    fn source(&self) -> String {
        match &self.readings {
            Readings::Seed(seed) => format!("made-up households, seed {seed}"),
            Readings::File { path, .. } => path.display().to_string(),
        }
    }
}

fn about(setup: &Setup, choice: Choice) -> String {
    let (shown, scale) = (choice::Shown(choice.preset), choice.scale_bits);
    let depth = choice::depth_of(choice.preset);
    let key = if setup.secret_key { "secret" } else { "public" };
    format!(
        "{shown}, {depth} multiplications, scale 2^{scale}, {key} key; {} rounds a scenario; {}",
        setup.rounds,
        setup.source()
    )
}

fn line(cells: &[String; figures::COLUMNS]) -> String {
    let pad = |(column, cell): (usize, &String)| match column {
        0 => format!("{cell:<7}"),
        3 | 6..=12 => format!("{cell:>10}"),
        _ => format!("{cell:>11}"),
    };
    cells.iter().enumerate().map(pad).collect()
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    output::write(Some(path), &mut std::io::sink(), |out| out.write_all(bytes))
}

/// Makes a file that nobody else can read.
fn write_secret(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.with_context(|| format!("{}: cannot be written", path.display()))
}

fn read_secret(path: &Path) -> anyhow::Result<Zeroizing<Vec<u8>>> {
    let bytes = fs::read(path).map(Zeroizing::new);
    Ok(bytes.map_err(|error| InputError::new(format!("{}: cannot be read: {error}", path.display())))?)
}

fn drawn() -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    rand_core::TryRng::try_fill_bytes(&mut getrandom::SysRng, &mut seed)?;
    Ok(seed)
}
