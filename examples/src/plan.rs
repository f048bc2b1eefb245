//! `wattsum plan`: what so many meters need of a channel, of the head end's processors, of its disk and network.

mod channel;
mod figures;
mod head_end;
mod traffic;

use std::io::Write;

use clap::{Args, value_parser};

use crate::output;
use crate::system::Protocol;

pub(crate) use channel::Channel;
use figures::Figures;

pub(crate) const NOTES: &str = "\
Lengths of frames are the crates' own. Computing is measured on this machine while the command runs, for one core, over all
work of utility and answerers together; --letter-micros stands for TLS, gRPC and the driver, which `wattsum bench` measures.
Airtime is Semtech's formula (AN1200.13) for the European band; other channels are counted by their usual rates.
All assumptions are printed with the result.

  wattsum plan --meters 2500000 --interval 15m --channel lorawan
  wattsum plan --meters 40000 --interval 1m --channel ltem --protocol shamir --cell 200 --json";

#[derive(Debug, Args)]
pub(crate) struct Plan {
    /// All meters
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(5..=1_000_000_000))]
    pub(crate) meters: u32,
    /// A reading every so often: 15m, 1h, 30s
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = seconds)]
    pub(crate) interval: u32,
    /// What carries the frames
    #[arg(long, value_enum, default_value = "ethernet")]
    pub(crate) channel: Channel,
    /// One protocol only
    #[arg(long, value_enum)]
    pub(crate) protocol: Option<Protocol>,
    /// Meters of a group, which has one sum
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = value_parser!(u32).range(5..=1_000_000))]
    pub(crate) cell: u32,
    /// Meters that fall silent within a round, of 1000
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = value_parser!(u32).range(0..=100))]
    pub(crate) silent_permille: u32,
    /// A core's time for a letter at the head end besides the protocol: TLS, gRPC, driver, store
    #[arg(long, value_name = "µs", default_value_t = 135, value_parser = value_parser!(u32).range(0..=1_000_000))]
    pub(crate) letter_micros: u32,
    /// The figures as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// # Errors
/// If a protocol refuses such groups, or the result cannot be written.
pub(crate) fn run(args: &Plan, stdout: &mut dyn Write) -> anyhow::Result<()> {
    let figures = Figures::new(args)?;
    let text = if args.json { format!("{}\n", serde_json::to_string(&figures)?) } else { figures.text() };
    output::write(None, stdout, |out| out.write_all(text.as_bytes()))
}

fn seconds(text: &str) -> Result<u32, String> {
    let wrong = || format!("{text:?} is no time: 30s, 15m, 1h, of a second to a day");
    let (number, unit) = match text.char_indices().next_back() {
        Some((end, 's')) => (text.get(..end), 1),
        Some((end, 'm')) => (text.get(..end), 60),
        Some((end, 'h')) => (text.get(..end), 3600),
        _ => (Some(text), 1),
    };
    let number: u32 = number.and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    number.checked_mul(unit).filter(|seconds| (1..=86_400).contains(seconds)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        assert_eq!(
            ["15m", "1h", "30s", "900", "24h"].map(seconds),
            [Ok(900), Ok(3600), Ok(30), Ok(900), Ok(86_400)]
        );
        for wrong in ["", "m", "0s", "25h", "1d", "-1m", "99999999h", "µ"] {
            assert!(seconds(wrong).unwrap_err().contains("is no time"), "{wrong}");
        }
    }
}
