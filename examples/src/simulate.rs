//! `wattsum simulate`: rounds of very many meters in one process.

mod count;
mod show;

use std::io::Write;

use anyhow::Context;
use chacha20::ChaCha20Rng;
use clap::{Args, value_parser};
use dcnet_core::simulate::{Cell, Drawn, Plan, Rates, best_cell, chance};
use meter_link::answer::Threshold;
use meter_link::{Round, SetRules};
use rand_core::{CryptoRng, Rng, SeedableRng};

use crate::exit::Exit;
use crate::input::InputError;
use crate::progress::Progress;
use count::{Times, Totals, timed};

/// Made-up readings lie below this many Wh.
const READINGS_BELOW: u64 = 3000;

/// The share of rounds that advice wants to see closed.
const WANTED: f64 = 0.99;

pub(crate) const EXAMPLES: &str = "\
Examples:
  wattsum simulate --meters 1000000 --degree 16 --rounds 4 --absent 0.05 --lost 0.005
  wattsum simulate --meters 1000000 --degree 16 --rounds 4 --absent 0.05 --lost 0.005 --cells 800

Columns: closed, cells whose round ended in a sum; Closes and repairs, messages of all cells together; up, contributions
and repairs; broadcast, Opens and Closes sent once; down, the same if every meter that listens gets its own copy.
Memory: 40 bytes a pair of neighbours and 128 a meter of one cell, and while a round runs 80 a meter more.";

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Meters in all
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = value_parser!(u32).range(5..))]
    meters: u32,
    /// Neighbours of a meter: even. In groups of at most 256 everybody is everybody's neighbour
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = value_parser!(u32).range(2..=1000))]
    degree: u32,
    /// Rounds of each cell
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = value_parser!(u32).range(1..))]
    rounds: u32,
    /// Part of the meters that an Open names absent, drawn anew for every round
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, value_parser = share)]
    absent: f64,
    /// Part of the present meters that fall silent in mid-round
    ///
    /// Each on its own; a third of them from the contribution on, a third from the repair of the first Close, a third
    /// from that of the second.
    #[arg(long, value_name = "SHARE", default_value_t = 0.005, value_parser = share)]
    lost: f64,
    /// Groups that the meters are cut into, each with a graph, holders' keys and rounds of its own; their sums are added
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    cells: u32,
    /// Seed of keys, graphs, readings and silence
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The figures as one JSON object instead of the table
    #[arg(long)]
    json: bool,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("not between 0 and 1".to_owned()) }
}

impl Simulate {
    fn rates(&self) -> Rates {
        Rates { absent: self.absent, lost: self.lost }
    }

    /// Meters of the n-th cell: all alike, but for what is left over.
    fn size(&self, cell: u32) -> u32 {
        let left_over = self.meters.checked_rem(self.cells).unwrap_or_default();
        self.meters.checked_div(self.cells).unwrap_or_default().saturating_add(u32::from(cell < left_over))
    }

    fn plan(&self, meters: u32) -> Plan {
        Plan {
            meters,
            degree: self.degree,
            threshold: Threshold::DEFAULT,
            rules: SetRules::LEAST,
            min_neighbours: (self.degree / 2).min(meters.saturating_sub(1)),
        }
    }
}

/// Runs it. A sum that differs from the readings ends it with an error.
pub(crate) fn run(args: &Simulate, stdout: &mut dyn Write) -> anyhow::Result<Exit> {
    if !args.degree.is_multiple_of(2) {
        return Err(InputError::new(format!("a degree of {} is odd", args.degree)).into());
    }
    if args.size(args.cells.saturating_sub(1)) < 5 {
        return Err(
            InputError::new(format!("{} meters do not fill {} cells", args.meters, args.cells)).into()
        );
    }
    let mut rng = ChaCha20Rng::seed_from_u64(args.seed);
    let mut totals = vec![Totals::default(); args.rounds as usize];
    let mut times = Times::default();
    let mut edges = 0;
    let progress = Progress::steps("simulating", "cells", args.cells as usize);
    for number in 0..args.cells {
        edges = cell(args, number, &mut totals, &mut times, &mut rng)?.saturating_add(edges);
        progress.at(number as usize);
    }
    drop(progress);
    let size = args.size(0);
    let shown = show::Shown {
        args,
        edges,
        expected: chance(size, args.degree, &args.rates()),
        better: best_cell(&args.plan(size), &args.rates(), WANTED),
        totals: &totals,
        times: &times,
    };
    if args.json {
        shown.json(stdout)?
    } else {
        shown.text(stdout)?
    }
    Ok(Exit::Done)
}

/// All rounds of a cell; returns its pairs of neighbours. Only one cell is in memory at a time.
fn cell<R: CryptoRng>(
    args: &Simulate,
    number: u32,
    totals: &mut [Totals],
    times: &mut Times,
    rng: &mut R,
) -> anyhow::Result<u64> {
    let meters = args.size(number);
    let mut seed = [0; 32];
    rng.fill_bytes(&mut seed);
    let plan = args.plan(meters);
    let made = timed(&mut times.setup, || Cell::new(&plan, &seed, &mut Drawn(rng)))?;
    for (round, totals) in (0u32..).zip(totals) {
        let fates = args.rates().draw(meters, rng);
        let readings: Vec<i64> = (0..meters).map(|_| reading(rng)).collect::<Result<_, _>>()?;
        let opened = timed(&mut times.open, || made.open(Round::from(round), &fates))?;
        let masked = timed(&mut times.mask, || opened.mask())?;
        let contributed = timed(&mut times.contribute, || masked.contribute(&readings))?;
        let outcome = timed(&mut times.close, || contributed.close())
            .with_context(|| format!("cell {number}, round {round}: the sum is not that of the readings"))?;
        totals.take(&outcome);
    }
    Ok(made.edges())
}

fn reading<R: Rng>(rng: &mut R) -> anyhow::Result<i64> {
    Ok(i64::try_from(rng.next_u64() % READINGS_BELOW)?)
}
