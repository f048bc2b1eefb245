//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, value_parser};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::readings::{Rules, stamp};
use crate::roles::{Helper, MeterArgs, UtilityArgs, help};
use crate::system::Protocol;

/// Private smart metering: a utility learns what a group of meters used in an interval, and nothing about a
/// household.
///
/// Every meter masks or encrypts its reading, and only the sum over a group can be opened. Four protocols do
/// this in different ways; `demo` shows them side by side, `aggregate` runs one of them over readings of
/// yours, `generate` makes readings to try it on.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, after_help = FIRST_STEPS)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  wattsum demo                                     a day of 200 households through all four protocols
  wattsum generate --days 7 --out readings.csv     a week of readings to look at
  wattsum aggregate readings.csv --protocol dcnet  their sums, without anybody seeing a reading
  wattsum aggregate readings.csv --protocol shamir --out sums.csv --bills bills.csv
                                                   and what each household used in a week

Exit codes: 0 all is well, 1 a sum differs from the truth or something broke, 2 wrong input,
3 some or all intervals were refused, and the others stand.";

const FORMS: &str = "\
Readings are CSV in one of two forms, told apart by their header:
  wide   interval_start,METER,METER,...   one row an interval
  long   meter,interval_start,wh          one row a reading, in any order
Readings are whole Wh, negative ones too. An empty cell (long: or no row) is a meter that was silent. Time
stamps are ISO 8601: 2018-10-29T00:00:00+01:00, or local time with --zone.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show all four protocols on a day of readings, beside the truth
    ///
    /// Runs every role of every protocol (meters, utility, and holders, aggregators, trustees or
    /// concentrator) as separate objects that exchange bytes, with some meters silent in some rounds. Prints
    /// what it cost, and writes a report with a household in clear, what the utility received from it, and
    /// the group's sum.
    #[command(after_long_help = DEMO_COLUMNS)]
    Demo(Demo),
    /// Sum readings of a file by one protocol
    ///
    /// Gives `interval_start,sum_wh,meters`: one row an interval, with the time stamp as it stands in the
    /// file (in an hour that the clocks repeat, with its offset). An interval in which too few meters sent has a row with an empty sum (exit code 3).
    #[command(after_long_help = AGGREGATE_EXAMPLES)]
    Aggregate(Aggregate),
    /// Write readings of made-up households
    ///
    /// Daily and weekly patterns, base loads, appliances as steps, heat pumps, solar roofs, vacant homes, and
    /// the odd negative or huge interval that real meters show. The same seed gives the same bytes
    /// everywhere.
    #[command(after_long_help = FORMS)]
    Generate(Generate),
    /// Run rounds of dcnet with very many meters in one process
    ///
    /// Shows what a round costs in time and bytes, and how many rounds close although meters fall silent in their
    /// middle. Every sum is compared with the truth.
    #[command(after_long_help = crate::simulate::EXAMPLES)]
    Simulate(crate::simulate::Simulate),
    /// Tell how many meters a sum needs
    ///
    /// Plays games on readings: an observer of a group's sums has to say whether one household is in it, uses nothing, or
    /// has switched an appliance on. His advantage is how much more often he says so when it is so than when it
    /// is not: 0 is guessing, 1 certainty. Learns the best of a family of tests on one half of the days, plays on the
    /// other half with other households, and recommends the least size at which no game is won by more than --limit.
    #[command(after_long_help = crate::sizing::NOTES)]
    Sizing(crate::sizing::Sizing),
    /// Tell what so many meters need of channel, processors, disk and network
    ///
    /// Counts bytes by the crates' own lengths of frames, airtime by LoRa's formula, and measures the head end's computing
    /// on this machine. Prints what it assumes.
    #[command(after_long_help = crate::plan::NOTES)]
    Plan(crate::plan::Plan),
    /// Print a deployment's file to begin with, or check one
    ///
    /// A deployment is described by one TOML file that all its parties read: who takes part, in which protocol, when,
    /// and where the utility is found. Every value can be given on the command line instead.
    #[command(after_long_help = crate::config::EXAMPLES)]
    Config(crate::config::Config),
    /// Make a test CA, and keys and certificates for all parties of a deployment
    #[command(after_long_help = crate::pki::NOTES)]
    Pki(crate::pki::Pki),
    /// Run the head end of a deployment
    ///
    /// Everybody else dials it. It forms epochs, opens and closes rounds, and records their sums.
    #[command(after_long_help = help::UTILITY)]
    Utility(UtilityArgs),
    /// Run a meter of a deployment
    ///
    /// It sends its masked readings, one message a round, and keeps its keys and marks on disk.
    #[command(after_long_help = help::meter(help::METER))]
    Meter(MeterArgs),
    /// Run a holder of a deployment (dcnet)
    ///
    /// It tells the sum of the masks that it shares with the meters of a closed set.
    #[command(after_long_help = help::HOLDER)]
    Holder(Helper),
    /// Run an aggregator of a deployment (shamir)
    ///
    /// It tells the sum of its shares of the meters of a closed set.
    #[command(after_long_help = help::AGGREGATOR)]
    Aggregator(Helper),
    /// Run a trustee of a deployment (elgamal)
    ///
    /// It decrypts its part of a closed set's sum, and proves it.
    #[command(after_long_help = help::TRUSTEE)]
    Trustee(Helper),
    /// Run a meter of a ring (cmt), which can be its concentrator
    ///
    /// Every member of a ring is concentrator for a while; until then it is a meter.
    #[command(after_long_help = help::meter(help::CONCENTRATOR))]
    Concentrator(MeterArgs),
    /// Run the head end of a ring (cmt)
    ///
    /// The utility under the name that it has there.
    #[command(after_long_help = help::SUPPLIER)]
    Supplier(UtilityArgs),
    /// Run many meters of a deployment in one process, for load
    ///
    /// Each has its own connection, certificate and keys; at the end it prints rates, latencies and memory.
    #[command(after_long_help = crate::fleet::NOTES)]
    Fleet(crate::fleet::Fleet),
    /// Run one of the source systems, every role a process of its own, over TLS on this machine
    ///
    /// Makes configuration and certificates, starts all processes, lets some of them fail and return, and compares every
    /// recorded sum and bill with the readings.
    #[command(after_long_help = crate::run::EXAMPLES)]
    Run(crate::run::Run),
    /// Measure what deployments cost as they run
    ///
    /// Starts one deployment after another, with more and more meters, and writes a table and a report with plots.
    #[command(after_long_help = crate::bench::NOTES)]
    Bench(crate::bench::Bench),
    /// Measure sums, means and variances of readings that stay encrypted
    ///
    /// Meters encrypt batches of readings with CKKS, a server computes on them without a key, everything is stored, compared
    /// with the truth and measured, for more and more meters and larger and larger batches.
    #[command(name = "ckks-bench", after_long_help = crate::ckks_bench::NOTES)]
    CkksBench(crate::ckks_bench::CkksBench),
    /// Kill, freeze, cut off and starve the processes of a deployment, and see that no wrong sum is recorded
    #[command(after_long_help = crate::chaos::NOTES)]
    Chaos(crate::chaos::Chaos),
    /// Verify a utility's database and its audit log
    #[command(after_long_help = crate::store::audit::NOTES)]
    Audit(crate::store::audit::Audit),
}

const DEMO_COLUMNS: &str = "\
The table, and the keys of --json (one object a protocol):
  rounds, meters                 metering intervals, and households in the group
  silent        silent           readings that never came, over all rounds
  sums equal    sums_equal       rounds whose recovered sum equals the truth
  uplink B      uplink_bytes     what a meter sends in a round, in bytes
  us/meter      us_per_meter     a meter's work in a round, in microseconds
  us/round      us_per_round     the work of all roles in a round";

const AGGREGATE_EXAMPLES: &str = "\
Readings are CSV in one of two forms, told apart by their header:
  wide   interval_start,METER,METER,...   one row an interval
  long   meter,interval_start,wh          one row a reading, in any order
Readings are whole Wh, negative ones too. An empty cell (long: or no row) is a meter that was silent. One that comes
and goes 16 times or more in 672 intervals is left out of the sums until these are over (not with cmt).

Examples:
  wattsum aggregate readings.csv --protocol shamir --out sums.csv
  wattsum aggregate readings.csv --protocol shamir --out sums.csv --bills bills.csv --window 672
  wattsum aggregate local.csv --protocol dcnet --zone Europe/Zurich --groups districts.csv --json

Which protocol? shamir: least uplink and work, meters may fall silent for free, a few aggregators. dcnet: masks
between meters, and holders who get no frame from a meter; a silent one costs its neighbours a repair. elgamal: no
keys between meters and trustees, every ciphertext proven, more work. cmt: no further party at all, but both
neighbours of a meter can betray it, and a ring's concentrator with one more member every meter of the ring.";

/// How a file of readings is read.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Zone of time stamps without offset, as Europe/Zurich or +01:00
    #[arg(long, value_name = "ZONE", value_parser = stamp::zone)]
    zone: Option<TimeZone>,
    /// Largest magnitude of a reading in Wh; the file must not exceed it
    #[arg(long, value_name = "WH", default_value_t = 1_000_000_000, value_parser = value_parser!(i64).range(1..))]
    pub(crate) max_reading: i64,
}

impl Reading {
    pub(crate) fn rules(&self) -> Rules {
        Rules { zone: self.zone.clone(), max_reading: self.max_reading }
    }
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Readings to use, wide or long CSV (see `wattsum aggregate --help`) [default: made-up households]
    #[arg(long, value_name = "FILE")]
    pub(crate) readings: Option<PathBuf>,
    /// Meters, the first ones of the file [default: 200, or all of a smaller file]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(5..))]
    pub(crate) meters: Option<u32>,
    /// Rounds, the first ones of the file [default: 96, or all of a shorter file]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(1..))]
    pub(crate) rounds: Option<u32>,
    /// Only this protocol; may be given more than once
    #[arg(long, value_enum)]
    pub(crate) protocol: Vec<Protocol>,
    /// Where the report goes, one HTML file that needs no network
    #[arg(long, value_name = "FILE.html", default_value = "wattsum-demo.html")]
    pub(crate) report: PathBuf,
    /// One JSON object a protocol instead of the table
    #[arg(long)]
    pub(crate) json: bool,
    /// Seed of the households, of silence, and of all keys
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

#[derive(Debug, Args)]
pub(crate) struct Aggregate {
    /// The readings, wide or long CSV; - for the standard input
    #[arg(value_name = "FILE")]
    pub(crate) readings: PathBuf,
    /// The protocol that sums
    #[arg(long, value_enum)]
    pub(crate) protocol: Protocol,
    /// Where the sums go [default: the standard output; nowhere with --json]
    #[arg(long, value_name = "OUT.csv")]
    pub(crate) out: Option<PathBuf>,
    /// Fewest meters of a sum, at least 3, for cmt 5, with bills 4 [default: that]
    #[arg(long, value_name = "N")]
    pub(crate) min_meters: Option<usize>,
    /// CSV with the columns meter,group: a sum for each group and interval
    ///
    /// Every meter of the readings needs a row; one with an empty group is left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) groups: Option<PathBuf>,
    /// The column of the groups file that names the group
    #[arg(long, value_name = "COLUMN", default_value = "group", requires = "groups")]
    pub(crate) group_by: String,
    /// Where each meter's sums over time go, with shamir or elgamal: `window_start,meter,sum_wh,intervals`
    ///
    /// One row a meter and window that the rules of windows allow; the others are named on the standard error
    /// (exit code 3). Bills and sums together leave no block of few readings open.
    #[arg(long, value_name = "BILLS.csv")]
    pub(crate) bills: Option<PathBuf>,
    /// Intervals of a window; what is left at the end of the file is billed in none
    #[arg(long, value_name = "N", default_value_t = 672, requires = "bills",
        value_parser = value_parser!(u32).range(8..=1_000_000))]
    pub(crate) window: u32,
    /// A summary as one JSON object on the standard output
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
}

#[derive(Debug, Args)]
pub(crate) struct Generate {
    /// Households
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = value_parser!(u32).range(1..))]
    pub(crate) meters: u32,
    /// Days of quarter hours
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = value_parser!(u32).range(1..))]
    pub(crate) days: u32,
    /// The first day
    #[arg(long, value_name = "DATE", default_value = crate::generate::FIRST_DAY)]
    pub(crate) start: Date,
    /// Zone of the days, as Europe/Zurich or +01:00; time stamps carry its offset
    #[arg(long, value_name = "ZONE", default_value = "+01:00", value_parser = stamp::zone)]
    pub(crate) zone: TimeZone,
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the readings go [default: the standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The long form, one row a reading, instead of the wide one
    #[arg(long)]
    pub(crate) long: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
