//! The command line of `wattsum sizing`.

use std::path::PathBuf;

use clap::{Args, value_parser};

use crate::args::Reading;

/// Right 55 times in 100 where guessing is 50.
const LIMIT: f64 = 0.1;

/// Evenly over a logarithmic axis.
const SIZES: [u32; 17] = [2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000];

pub(crate) const NOTES: &str = "\
Games: presence (in the group or not), absence (uses nothing or as always), switch (an appliance goes on); looked at in
one interval at any time, in one interval of the 3 hours that suit the observer best, over one whole day.

The file needs 4 households and 8 days; households with a silent interval are left out, and so is what is left of the last
day. Groups larger than a quarter of the households hold some of them on several days at once, as if they were others.

Figures are about such readings and this observer. Who watches for months, or knows more than sums, learns more.
The columns of --out, and the keys of each of the `points` of --json:
  meters, event, span            the game
  advantage, low, high           the estimate, and the ends of its 95 % interval
  test, hours                    the test that was best, the hours that were (local time); a/b if the halves differ
  trials, resampled              pairs of trials; whether the group is larger than a quarter of the households";

#[derive(Debug, Args)]
pub(crate) struct Sizing {
    /// The readings, wide or long CSV (see `wattsum aggregate --help`); - for the standard input
    #[arg(value_name = "READINGS.csv")]
    pub(crate) readings: PathBuf,
    /// The advantage that is borne, for the upper end of the interval; 0.1 is right 55 times in 100 at even odds
    #[arg(long, value_name = "A", default_value_t = LIMIT)]
    pub(crate) limit: f64,
    /// Sizes of groups
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', default_values_t = SIZES,
        value_parser = value_parser!(u32).range(2..=100_000))]
    pub(crate) sizes: Vec<u32>,
    /// The appliance that is switched
    #[arg(long, value_name = "W", default_value_t = 2000, value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) switch_watts: u32,
    /// Groups drawn for each size, to learn from and to test on
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = value_parser!(u32).range(1..=100_000))]
    pub(crate) groups: u32,
    /// The same seed gives the same figures
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Where the report with the plots goes, one HTML file that needs no network
    #[arg(long, value_name = "FILE.html", default_value = "wattsum-sizing.html")]
    pub(crate) report: PathBuf,
    /// Where the figures go, one row a size and game
    #[arg(long, value_name = "OUT.csv")]
    pub(crate) out: Option<PathBuf>,
    /// The figures as one JSON object instead of the table
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
}
