//! What the program asks of a protocol: rounds through all its roles, as separate objects that exchange
//! bytes.

#[cfg(test)]
pub(crate) mod plain;

use std::fmt;
use std::time::Duration;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// The ways to a sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    /// Masks that cancel between meters, a threshold of holders (crate dcnet-core)
    Dcnet,
    /// Shamir shares for a threshold of aggregators (crate shamir-agg)
    Shamir,
    /// Threshold ElGamal with proofs, a threshold of trustees (crate threshold-elgamal)
    Elgamal,
    /// A ring of meters and a concentrator, no further party (crate cmt-ring)
    Cmt,
    /// Vectors encrypted with CKKS, and their squares: sums, means and variances (crate ckks-agg). In deployments only.
    #[value(skip)]
    Ckks,
}

impl Protocol {
    /// Those that run in one process too, in the order in which tables list them.
    pub const ALL: [Self; 4] = [Self::Dcnet, Self::Shamir, Self::Elgamal, Self::Cmt];

    /// As it is written on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dcnet => "dcnet",
            Self::Shamir => "shamir",
            Self::Elgamal => "elgamal",
            Self::Cmt => "cmt",
            Self::Ckks => "ckks",
        }
    }

    /// The fewest meters that this protocol sums.
    pub const fn min_meters(self) -> usize {
        match self {
            Self::Dcnet | Self::Shamir | Self::Elgamal | Self::Ckks => 3,
            // A ring has two neighbours of each meter and two further members.
            Self::Cmt => 5,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a system is started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Meters in the group; a round's readings have this length and order.
    pub meters: usize,
    /// Rounds to come are numbered 0 … rounds − 1.
    pub rounds: u64,
    /// The largest magnitude of a reading.
    pub max_reading: i64,
    /// No round has fewer meters that send; at least [`Protocol::min_meters`].
    pub min_meters: usize,
    /// Of every key and random draw: the same seed, the same bytes.
    pub seed: u64,
    /// The meter whose message [`Outcome::received`] shows.
    pub watched: Option<usize>,
    /// Rounds of a window whose meters are billed; only shamir does so.
    pub window: Option<u32>,
}

/// A group of meters, the utility and whoever helps them, running one protocol.
pub trait System {
    /// One round: `readings` holds one for each meter, `None` for a meter that is silent.
    ///
    /// `round` increases strictly, and may skip rounds that too few meters take part in.
    ///
    /// # Errors
    /// [`RoundError::Refused`] leaves the system ready for the next round.
    fn round(&mut self, round: u64, readings: &[Option<i64>]) -> Result<Outcome, RoundError>;

    /// Positions of meters that no sum of this round may contain, since they have come and gone too often.
    fn left_out(&self, _round: u64) -> Vec<usize> {
        Vec::new()
    }

    /// The bills that the rules allow for the window that begins with round `first` and is over.
    ///
    /// # Errors
    /// If the protocol has none, or something is broken.
    fn bills(&mut self, _first: u64) -> anyhow::Result<Vec<Billed>> {
        anyhow::bail!("this protocol has no bills")
    }
}

/// A meter's sum over a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Billed {
    /// Its position.
    pub meter: usize,
    /// The rounds whose sum contained the meter.
    pub rounds: u32,
    /// Over these.
    pub sum: i64,
}

/// What came of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// What the utility recovered.
    pub sum: i64,
    /// The meters in the sum.
    pub meters: usize,
    /// Sent by all meters together, to whomever.
    pub uplink_bytes: u64,
    /// The work of all meters together, on one core.
    pub meter_time: Duration,
    /// The work of all roles together, on one core.
    pub round_time: Duration,
    /// The first word of what the utility received from the watched meter; `None` if that was silent.
    pub received: Option<u64>,
}

/// Why a round has no sum.
#[derive(Debug)]
pub enum RoundError {
    /// The protocol's rules forbid this sum, or the round was lost; others may follow.
    Refused(String),
    /// Something is broken: no further round.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for RoundError {
    fn from(error: anyhow::Error) -> Self {
        Self::Failed(error)
    }
}

/// Starts a system, as [`crate::systems::start`] does.
pub type Start<'a> = dyn Fn(Protocol, &Settings) -> anyhow::Result<Box<dyn System>> + 'a;
