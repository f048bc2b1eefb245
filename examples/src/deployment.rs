//! The one configuration file of a deployment: who takes part, in what protocol, when, and where.

pub(crate) mod example;
pub(crate) mod load;

use std::path::PathBuf;

use meter_link::PartyId;
use serde::{Deserialize, Serialize};

use crate::engine::timetable::Timetable;
use crate::system::Protocol;

/// What all parties of a deployment must agree on, and where the utility is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deployment {
    /// Names it in certificates.
    pub(crate) name: String,
    pub(crate) protocol: Protocol,
    pub(crate) group: u32,
    pub(crate) meters: Meters,
    #[serde(default)]
    pub(crate) answerers: Answerers,
    pub(crate) rounds: Rounds,
    #[serde(default)]
    pub(crate) dcnet: Dcnet,
    #[serde(default)]
    pub(crate) elgamal: Elgamal,
    #[serde(default)]
    pub(crate) cmt: Cmt,
    #[serde(default)]
    pub(crate) ckks: Ckks,
    pub(crate) utility: Utility,
    pub(crate) pki: Pki,
}

/// The meters of the group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Meters {
    /// Ids, as "1-50,60".
    pub(crate) ids: Ids,
    /// The largest magnitude of a reading, in Wh.
    #[serde(default = "max_reading")]
    pub(crate) max_reading: u64,
    /// Honest meters that every sum must contain.
    #[serde(default = "three")]
    pub(crate) min_honest: u32,
    /// Meters that may collude with the utility.
    #[serde(default)]
    pub(crate) max_colluding: u32,
    /// How many of those present a set may leave out, in thousandths.
    #[serde(default = "hundred")]
    pub(crate) max_missing_permille: u16,
}

/// Holders, aggregators or trustees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Answerers {
    /// Ids in the order of their numbers, as "1001-1004"; none with cmt.
    pub(crate) ids: Ids,
    /// How many open a sum.
    pub(crate) threshold: u8,
    /// How many may collude with a utility that shows different sets to different ones of them. 0 trusts the utility
    /// by name.
    pub(crate) max_colluding: u8,
}

/// When rounds happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rounds {
    /// Unix seconds at which the metering interval of round 0 begins.
    pub(crate) origin: u64,
    /// Seconds of a metering interval.
    #[serde(default = "quarter_hour")]
    pub(crate) period: u32,
    /// Metering intervals whose readings go in one round, as so many channels.
    #[serde(default = "one")]
    pub(crate) batch: u16,
    /// A replay: milliseconds of a round's slot, and when that of round 0 begins, milliseconds since 1970. Without it
    /// rounds are live: the slot of a round is the period after its interval.
    #[serde(default)]
    pub(crate) replay: Option<Replay>,
    /// Rounds of an epoch, after which all keys are new.
    #[serde(default = "week")]
    pub(crate) epoch: u32,
    /// Where in its slot a round closes without those who have not sent, in thousandths.
    #[serde(default = "half")]
    pub(crate) deadline_permille: u16,
    /// Rounds of a window whose meters are billed (shamir, elgamal); 0 for no bills.
    #[serde(default)]
    pub(crate) window: u32,
    /// Fewest rounds of a bill.
    #[serde(default)]
    pub(crate) window_min_rounds: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Replay {
    pub(crate) begins: u64,
    pub(crate) slot: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Graph {
    /// Everybody is everybody's neighbour.
    #[default]
    Complete,
    /// Drawn by the beacon, of degree `degree`.
    Drawn,
    /// Grown by registration through the utility, for utilities that do not choose partners maliciously.
    Grown,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Dcnet {
    pub(crate) graph: Graph,
    /// Of a drawn graph, even; 0 for what `parameters` computes for 10 % colluding.
    pub(crate) degree: u32,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Elgamal {
    /// All trustees' own keys together, all of whom must decrypt, instead of a key t of them can use.
    pub(crate) joint_key: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Cmt {
    /// δ from keys: all members send at once, nothing passes between them.
    pub(crate) derived: bool,
    /// Rounds after which another meter is concentrator, on average.
    pub(crate) mean_term: u32,
    /// Members sign the set they are shown.
    pub(crate) agreement: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Ckks {
    pub(crate) preset: Preset,
    /// Meters send the squares of their readings, too: for variances.
    pub(crate) squares: bool,
    /// One party with the whole key opens sums, instead of trustees.
    pub(crate) holder: bool,
}

/// The ring; the names are those of ckks-agg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Preset {
    Small,
    Sum,
    Variance,
    Depth2,
    Shared,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Utility {
    /// Where it listens.
    pub(crate) listen: String,
    /// Where the others find it, as `https://head-end.example:7400`.
    pub(crate) address: String,
    /// Its database.
    pub(crate) database: PathBuf,
    /// Where metrics, health and the dashboard are served; nowhere if absent.
    #[serde(default)]
    pub(crate) dashboard: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pki {
    /// `ca.crt`, and a folder a party with `tls.crt`, `tls.key`, `identity.key`, as `wattsum pki` makes them.
    pub(crate) folder: PathBuf,
    /// Where a party keeps its journal; a file each.
    pub(crate) state: PathBuf,
}

/// A list of ids that is written as ranges.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Ids(pub(crate) Vec<PartyId>);

impl Default for Answerers {
    fn default() -> Self {
        Self { ids: Ids::default(), threshold: 3, max_colluding: 1 }
    }
}

impl Default for Cmt {
    fn default() -> Self {
        Self { derived: false, mean_term: 96, agreement: false }
    }
}

impl Default for Ckks {
    fn default() -> Self {
        Self { preset: Preset::Shared, squares: true, holder: false }
    }
}

fn max_reading() -> u64 {
    1_000_000
}

fn one() -> u16 {
    1
}

fn three() -> u32 {
    3
}

fn hundred() -> u16 {
    100
}

fn quarter_hour() -> u32 {
    900
}

fn week() -> u32 {
    672
}

fn half() -> u16 {
    500
}

/// More ids than a group can have are refused before the list is made.
const MOST_IDS: u64 = 1 << 20;

impl TryFrom<String> for Ids {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut ids = Vec::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (first, last) = part.split_once('-').unwrap_or((part, part));
            let number = |text: &str| match text.trim().parse::<u32>() {
                Ok(0) => Err("id 0 is the utility's".to_owned()),
                Ok(id) => Ok(id),
                Err(_) => Err(format!("{text:?} is no id: a number from 1 to {}", u32::MAX)),
            };
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return Err(format!("the range {part} is empty"));
            }
            let more = u64::from(last).saturating_sub(first.into()).saturating_add(1);
            if more.saturating_add(ids.len() as u64) > MOST_IDS {
                return Err(format!("more than {MOST_IDS} ids"));
            }
            ids.extend((first..=last).map(PartyId));
        }
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair.first() == pair.last()) {
            Some([id, ..]) => Err(format!("id {id} is there twice")),
            _ => Ok(Self(ids)),
        }
    }
}

impl From<Ids> for String {
    fn from(ids: Ids) -> Self {
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for id in ids.0 {
            match ranges.last_mut() {
                Some((_, last)) if last.checked_add(1) == Some(id.0) => *last = id.0,
                _ => ranges.push((id.0, id.0)),
            }
        }
        let text = |(first, last): &(u32, u32)| match first == last {
            true => first.to_string(),
            false => format!("{first}-{last}"),
        };
        ranges.iter().map(text).collect::<Vec<_>>().join(",")
    }
}

impl Deployment {
    pub(crate) fn timetable(&self) -> Timetable {
        let period = self.rounds.period.saturating_mul(self.rounds.batch.max(1).into());
        let schedule = meter_link::Schedule { origin: self.rounds.origin, period };
        let period = u64::from(period);
        let live = Replay {
            begins: self.rounds.origin.saturating_add(period).saturating_mul(1000),
            slot: period.saturating_mul(1000),
        };
        let Replay { begins, slot } = self.rounds.replay.unwrap_or(live);
        Timetable { schedule, begins, slot: slot.max(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_as_ranges() {
        let ids = |text: &str| Ids::try_from(text.to_owned());
        let some = ids("3-5, 9,1").unwrap();
        assert_eq!(some.0, [3, 4, 5, 9, 1].map(PartyId));
        assert_eq!(String::from(some), "3-5,9,1");
        assert_eq!(ids("4-2").unwrap_err(), "the range 4-2 is empty");
        assert_eq!(ids("1-3,2").unwrap_err(), "id 2 is there twice");
        assert_eq!(ids("0").unwrap_err(), "id 0 is the utility's");
        assert!(ids("1-4294967295").unwrap_err().starts_with("more than"));
        assert!(ids("a").unwrap_err().contains("is no id"));
    }
}
