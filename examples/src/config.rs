//! `wattsum config`: an example to begin with, and the check of a deployment's file.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use crate::deployment::load::override_of;
use crate::deployment::{Deployment, example};
use crate::system::Protocol;

pub(crate) const EXAMPLES: &str = "\
Examples:
  wattsum config --example --protocol dcnet > deployment.toml
  wattsum config deployment.toml                            is it sound, and what are all its values?
  wattsum config deployment.toml --set rounds.period=60     the same with another value

Exit codes: 0 the deployment is sound, 2 it is not.";

/// The command line of `wattsum config`.
#[derive(Debug, Args)]
pub(crate) struct Config {
    /// A deployment's file, to be checked and printed with all its values
    #[arg(value_name = "FILE", required_unless_present = "example", conflicts_with = "example")]
    file: Option<PathBuf>,
    /// Print an example with comments instead
    #[arg(long)]
    example: bool,
    /// Of the example: dcnet, shamir, elgamal, cmt or ckks
    #[arg(long, default_value = "shamir", requires = "example", value_parser = protocol_of)]
    protocol: Protocol,
    /// A value in place of the file's, as --set rounds.period=60; any number of times
    #[arg(long, value_name = "KEY=VALUE", value_parser = override_of, conflicts_with = "example")]
    set: Vec<(String, String)>,
}

/// Also the one that runs in deployments only.
fn protocol_of(name: &str) -> Result<Protocol, String> {
    let mut all = Protocol::ALL.into_iter().chain([Protocol::Ckks]);
    all.find(|protocol| protocol.name() == name).ok_or_else(|| "no protocol of that name".to_owned())
}

/// Prints the example, or the checked deployment.
///
/// # Errors
/// What is wrong with the file.
pub(crate) fn run(args: &Config, out: &mut dyn Write) -> anyhow::Result<()> {
    let text = match &args.file {
        Some(file) => toml::to_string(&Deployment::load(Some(file), &args.set)?)?,
        None => example::text(args.protocol),
    };
    Ok(write!(out, "{text}")?)
}
