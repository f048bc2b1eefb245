//! The program `wattsum`: private smart metering on the command line.
//!
//! A library only so that the benchmarks run the very systems that the program runs.
#![forbid(unsafe_code)]

mod aggregate;
mod args;
mod bench;
mod chaos;
mod ckks_bench;
mod config;
mod demo;
mod deployment;
mod engine;
mod exit;
mod fleet;
mod generate;
mod groups;
mod input;
mod logs;
mod net;
mod output;
mod pki;
mod plan;
mod profile;
mod progress;
mod readings;
mod report;
mod roles;
mod run;
mod serve;
mod simulate;
mod sizing;
mod sources;
mod store;
pub mod system;
pub mod systems;
mod table;
mod trial;
mod watch;
mod web;
mod wire;

use std::process::ExitCode;

use clap::Parser;
use meter_link::Role;

use crate::args::{Cli, Command};
use crate::exit::Exit;

/// Runs the program on the process's arguments.
pub fn main() -> ExitCode {
    let stdout = &mut std::io::stdout().lock();
    let ended = match Cli::parse().command {
        Command::Demo(demo) => demo::run(&demo, &systems::start, stdout),
        Command::Aggregate(aggregate) => aggregate::run(&aggregate, &systems::start, stdout),
        Command::Generate(generate) => generate::run(&generate, stdout).map(|()| Exit::Done),
        Command::Simulate(simulate) => simulate::run(&simulate, stdout),
        Command::Config(config) => config::run(&config, stdout).map(|()| Exit::Done),
        Command::Plan(plan) => plan::run(&plan, stdout).map(|()| Exit::Done),
        Command::Pki(pki) => run_pki(&pki, stdout).map(|()| Exit::Done),
        Command::Utility(utility) => roles::utility(&utility),
        Command::Meter(meter) => roles::meter(&meter),
        Command::Holder(helper) => roles::helper(&helper, Role::Holder),
        Command::Aggregator(helper) => roles::helper(&helper, Role::Aggregator),
        Command::Trustee(helper) => roles::helper(&helper, Role::Trustee),
        Command::Concentrator(meter) => roles::concentrator(&meter),
        Command::Supplier(utility) => roles::supplier(&utility),
        Command::Fleet(fleet) => fleet::run(&fleet),
        Command::Run(run) => run::run(&run, stdout),
        Command::Bench(bench) => bench::run(&bench, stdout),
        Command::CkksBench(bench) => ckks_bench::run(&bench, stdout),
        Command::Chaos(chaos) => chaos::run(&chaos, stdout),
        Command::Audit(audit) => store::audit::run(&audit, stdout),
        Command::Sizing(sizing) => sizing::run(&sizing, stdout).map(|()| Exit::Done),
    };
    ended.unwrap_or_else(|error| Exit::from_error(&error)).into()
}

fn run_pki(args: &pki::Pki, stdout: &mut dyn std::io::Write) -> anyhow::Result<()> {
    let deployment = deployment::Deployment::load(Some(&args.config), &[])?;
    pki::run(args, &deployment, stdout)
}
