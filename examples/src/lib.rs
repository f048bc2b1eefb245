//! The program `wattsum`: private smart metering on the command line.
//!
//! A library only so that the benchmarks run the very systems that the program runs.
#![forbid(unsafe_code)]

mod aggregate;
mod args;
mod demo;
mod exit;
mod generate;
mod groups;
mod input;
mod output;
mod profile;
mod progress;
mod readings;
mod report;
mod simulate;
mod sizing;
pub mod system;
pub mod systems;
mod table;
mod trial;

use std::process::ExitCode;

use clap::Parser;

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
        Command::Sizing(sizing) => sizing::run(&sizing, stdout).map(|()| Exit::Done),
    };
    ended.unwrap_or_else(|error| Exit::from_error(&error)).into()
}
