//! `wattsum ckks-bench read`: what the database holds, decrypted again and compared with the readings.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use clap::Args;
use rand_core::SeedableRng;
use serde::Serialize;

use super::figures::{Distance, Operation};
use super::scenario::Scenario;
use super::store::Store;
use super::system::{Opened, System};
use super::{KEY, drawn, read_secret};
use crate::exit::Exit;

#[derive(Debug, Args)]
pub(super) struct Read {
    /// The database of a run, finished or not
    #[arg(value_name = "DB")]
    database: PathBuf,
    /// The key's file [default: secret.key beside the database]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// One JSON object a round instead of the table
    #[arg(long)]
    json: bool,
}

/// A round's results against the truth, in kWh.
#[derive(Serialize)]
struct Line {
    #[serde(flatten)]
    scenario: Scenario,
    round: u32,
    /// Of the whole group over the batch.
    total_kwh: f64,
    truth_kwh: f64,
    /// Messages whose sum is what the stored sum says.
    messages: u32,
    largest_error: f64,
    bound: f64,
    /// All results are within their bounds.
    equal: bool,
}

pub(super) fn run(args: &Read, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    let (store, setup) = Store::open(&args.database, false)?;
    let data = setup.data()?;
    let key = args.key.clone().unwrap_or_else(|| args.database.with_file_name(KEY));
    let mut rng = ChaCha20Rng::from_seed(drawn()?);
    let system = System::with_key(setup.choice()?, setup.secret_key, &read_secret(&key)?, &mut rng)?;
    if !args.json {
        writeln!(
            stdout,
            "{:<34}{:>6}{:>10}{:>14}{:>14}{:>11}",
            "scenario", "round", "messages", "kWh", "truth", "error"
        )?;
    }
    let (mut rounds, mut wrong) = (0_usize, 0_usize);
    for scenario in &setup.scenarios {
        for (round, measured) in store.rounds(*scenario)? {
            let batch = data.batch(*scenario, round)?;
            let truth = batch.truth();
            // What the meters sent gives the same sum as the one that is stored.
            let mut again = system.total();
            let mut messages = 0_u32;
            store.messages(*scenario, round, |_, bytes| {
                messages = messages.saturating_add(1);
                Ok(again.accept_bytes(bytes)?)
            })?;
            let again =
                system.open(&again.finish().context("a round without messages")?.to_bytes(), &mut rng)?;
            let distance = |operation, result: &Opened| {
                system.distance(operation, result, &again, &batch, &truth, data.kwh())
            };
            let mut distances = vec![distance(Operation::Sum, &again)];
            let mut total = 0.0;
            for operation in Operation::RESULTS {
                let Some(bytes) = store.result(*scenario, round, operation)? else { continue };
                let result = system.open(&bytes, &mut rng)?;
                if operation == Operation::Sum {
                    total = result.values.iter().take(truth.sum.len()).sum::<f64>() * data.kwh();
                }
                distances.push(distance(operation, &result));
            }
            let equal =
                messages == measured.messages && distances.iter().all(|distance| distance.is_within());
            let worst = |value: fn(&Distance) -> f64| distances.iter().map(value).fold(0.0, f64::max);
            let line = Line {
                scenario: *scenario,
                round,
                total_kwh: total,
                truth_kwh: truth.total * data.kwh(),
                messages,
                largest_error: worst(|distance| distance.largest),
                bound: worst(|distance| distance.bound),
                equal,
            };
            rounds = rounds.saturating_add(1);
            wrong = wrong.saturating_add(usize::from(!equal));
            if args.json {
                writeln!(stdout, "{}", serde_json::to_string(&line)?)?;
            } else {
                let name = scenario.to_string();
                let Line { total_kwh, truth_kwh, largest_error, .. } = line;
                writeln!(
                    stdout,
                    "{name:<34}{round:>6}{messages:>10}{total_kwh:>14.6}{truth_kwh:>14.6}{largest_error:>11.1e}{}",
                    if equal { "" } else { "  WRONG" }
                )?;
            }
        }
    }
    if !args.json {
        writeln!(stdout, "\n{rounds} rounds, {wrong} of them with a result beyond its bound")?;
    }
    Ok(if wrong == 0 { Exit::Done } else { Exit::Failed })
}
