//! Where a meter's readings come from.
//!
//! All sources are asked for a round and give the reading of its interval; none ever blocks. What they give is a
//! household's secret: nothing here logs it or puts it into an error.

mod dlms;
mod generated;
mod limited;
mod replayed;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use meter_link::{PartyId, Round, Schedule};

use crate::deployment::Deployment;
use crate::engine::seat::Readings;

/// For the help of all commands with meters.
pub(crate) const SOURCES: &str = "\
Sources of readings:
  generated[:SEED]           a made-up household, another one for each meter id; the same seed gives the same readings
  csv:FILE[?zone=ZONE][#COLUMN]
                             replay of a file as `wattsum aggregate` reads it: the interval at origin + round x period.
                             Without a column: the column at the meter's place among the meters of the deployment.
                             An empty cell, or no row, is an interval in which the meter is silent.
  dlms-tcp:HOST:PORT[?...]   DLMS/COSEM pushes, read from a meter or adapter that is dialled
  dlms-listen:ADDR[?...]     the same from whoever dials ADDR; keep that address private
  dlms-serial:PATH[?...]     the same from a file, FIFO or terminal (set its speed first: stty -F PATH 2400 raw)
In a source {id} stands for the meter's id. Options of DLMS, as ?zone=Europe/Oslo&scaler=1:
  wrapper     frames of TCP wrappers (IEC 62056-47) instead of HDLC
  zone=ZONE   of clocks that tell no offset from UTC
  scaler=N    a step of a register that tells none is 10^N Wh [default: what the maker is known for, else 0]
  digits=N    the register has N decimal digits [default: the 32 or 64 bits of its type]
The register is 1-0:1.8.0. An interval's reading is the difference of what it showed when the interval began and ended:
the first push at or up to a quarter of an interval after either. Without both, the meter is silent in that round, as it
is where the register was set back or exchanged.";

/// A source as it is named on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Generated { seed: u64 },
    Csv { file: PathBuf, zone: Option<String>, column: Option<String> },
    Dlms { port: dlms::Port, options: dlms::Options },
}

/// The reading of one metering interval, the one that begins at `origin + index × period`; `None` where there is none
/// (yet). Asked again it gives the same, and it never waits.
trait Metered: Send {
    fn interval(&mut self, index: u64) -> Option<i64>;
}

/// A round's intervals together, one a channel: all of them, or the meter is silent.
struct Batched {
    source: Box<dyn Metered>,
    batch: u16,
}

impl Readings for Batched {
    fn reading(&mut self, round: Round) -> Option<Vec<i64>> {
        let batch = u64::from(self.batch.max(1));
        let first = round.get().checked_mul(batch)?;
        let intervals = first..first.checked_add(batch)?;
        intervals.map(|index| self.source.interval(index)).collect()
    }
}

/// When metering intervals begin; a round may hold several.
fn schedule(deployment: &Deployment) -> Schedule {
    Schedule { origin: deployment.rounds.origin, period: deployment.rounds.period }
}

/// Opens a source for a meter. Files that several meters read are loaded once.
///
/// # Errors
/// If there is no such source, or its file is wrong. A DLMS meter that is not there is waited for instead.
pub(crate) fn open(
    source: &str,
    deployment: &Deployment,
    meter: PartyId,
) -> anyhow::Result<Box<dyn Readings>> {
    let named = source.replace("{id}", &meter.to_string());
    let source: Box<dyn Metered> = match named.parse::<Source>().map_err(crate::input::InputError::new)? {
        Source::Generated { seed } => Box::new(generated::Generated::new(seed, deployment, meter)),
        Source::Csv { file, zone, column } => {
            Box::new(replayed::Replayed::open(&file, zone.as_deref(), column.as_deref(), deployment, meter)?)
        }
        Source::Dlms { port, options } => Box::new(dlms::Pushed::start(port, &options, deployment, meter)?),
    };
    let batched = Batched { source, batch: deployment.rounds.batch };
    Ok(Box::new(limited::Limited::new(batched, meter, deployment.meters.max_reading)))
}

/// Checks a source's text, for the command line.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(text: &str) -> Result<String, String> {
    text.replace("{id}", "1").parse::<Source>().map(|_| text.to_owned())
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        match kind {
            "generated" if rest.is_empty() => Ok(Self::Generated { seed: 1 }),
            "generated" => match rest.parse() {
                Ok(seed) => Ok(Self::Generated { seed }),
                Err(_) => Err(format!("the seed {rest:?} is not a number from 0 to {}", u64::MAX)),
            },
            "csv" => csv(rest),
            _ => {
                let (address, options) = rest.split_once('?').unwrap_or((rest, ""));
                let port = match kind {
                    "dlms-tcp" => dlms::Port::dial(address)?,
                    "dlms-listen" => dlms::Port::listen(address)?,
                    "dlms-serial" if !address.is_empty() => dlms::Port::Serial(PathBuf::from(address)),
                    "dlms-serial" => return Err("dlms-serial: names no file".into()),
                    _ => return Err(unknown(kind)),
                };
                Ok(Self::Dlms { port, options: options.parse()? })
            }
        }
    }
}

fn csv(rest: &str) -> Result<Source, String> {
    let (rest, column) = match rest.rsplit_once('#') {
        Some((rest, column)) => (rest, Some(column.to_owned())),
        None => (rest, None),
    };
    let (file, zone) = match rest.rsplit_once("?zone=") {
        Some((file, zone)) => (file, Some(zone.to_owned())),
        None => (rest, None),
    };
    if file.is_empty() {
        return Err("csv: names no file".into());
    }
    if let Some(zone) = &zone {
        crate::readings::stamp::zone(zone)?;
    }
    Ok(Source::Csv { file: Path::new(file).to_owned(), zone, column })
}

fn unknown(kind: &str) -> String {
    format!(
        "{kind:?} is no source of readings: generated[:SEED], csv:FILE[#COLUMN], dlms-tcp:HOST:PORT, \
         dlms-listen:ADDR or dlms-serial:PATH"
    )
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generated { seed } => write!(f, "generated:{seed}"),
            Self::Csv { file, .. } => write!(f, "csv:{}", file.display()),
            Self::Dlms { port, .. } => port.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Source, String> {
        text.parse()
    }

    #[test]
    fn sources_as_they_are_written() {
        assert_eq!(parse("generated").unwrap(), Source::Generated { seed: 1 });
        assert_eq!(parse("generated:7").unwrap(), Source::Generated { seed: 7 });
        let csv = |file: &str, zone: Option<&str>, column: Option<&str>| Source::Csv {
            file: file.into(),
            zone: zone.map(str::to_owned),
            column: column.map(str::to_owned),
        };
        assert_eq!(parse("csv:a b.csv").unwrap(), csv("a b.csv", None, None));
        assert_eq!(
            parse("csv:a?.csv?zone=Europe/Zurich#x y").unwrap(),
            csv("a?.csv", Some("Europe/Zurich"), Some("x y"))
        );
        assert!(matches!(parse("dlms-tcp:[::1]:4059?wrapper"), Ok(Source::Dlms { .. })));
        assert!(matches!(parse("dlms-serial:/dev/ttyUSB0?zone=+01:00&scaler=-1"), Ok(Source::Dlms { .. })));
    }

    #[test]
    fn a_round_of_several_intervals() {
        struct Squares;
        impl Metered for Squares {
            fn interval(&mut self, index: u64) -> Option<i64> {
                (index != 7).then(|| i64::try_from(index % 1000 * index % 1000).unwrap())
            }
        }
        let mut rounds = Batched { source: Box::new(Squares), batch: 3 };
        assert_eq!(rounds.reading(Round::from(1)), Some(vec![9, 16, 25]));
        assert_eq!(rounds.reading(Round::from(2)), None);
        assert_eq!(
            rounds.reading(Round::new(u64::from(u32::MAX)).unwrap()).map(|values| values.len()),
            Some(3)
        );
    }

    #[test]
    fn what_is_no_source_is_named() {
        let error = |text: &str| parse(text).unwrap_err();
        assert!(error("generator").contains("\"generator\" is no source"));
        assert!(error("generated:x").contains("the seed \"x\""));
        assert!(error("csv:").contains("names no file"));
        assert!(error("csv:f?zone=Mars").contains("no time zone"));
        assert!(error("dlms-tcp:host").contains("HOST:PORT"));
        assert!(error("dlms-listen:4059").contains("ADDR"));
        assert!(error("dlms-tcp:h:1?speed=3").contains("speed"));
        assert!(error("dlms-tcp:h:1?scaler=9").contains("scaler"));
        assert_eq!(check("csv:f#m{id}").unwrap(), "csv:f#m{id}");
    }
}
