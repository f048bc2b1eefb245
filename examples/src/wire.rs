//! Letters as gRPC carries them: the generated code of `proto/wattsum.proto`, and what is refused before a letter
//! becomes an [`engine::Letter`](crate::engine::Letter).

mod codec;
mod open;
mod pack;
#[cfg(test)]
mod tests;

use std::fmt;

use crate::deployment::Deployment;
use crate::engine::protocol;

pub(crate) use codec::LeanCodec;

/// As generated.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::missing_errors_doc
)]
pub(crate) mod proto {
    tonic::include_proto!("wattsum.v1");
}

/// How much a letter may hold, by the size of the deployment.
///
/// The largest letter to a party is [`Formed`](proto::Formed) with every member's link key, certificate and path; the
/// largest to the utility is a concentrator's list of its members or a trustee's shares of a window's bills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// All who are in the lists, the utility included.
    pub(crate) parties: usize,
    /// Frames of one letter: statements of answerers, contributions or Closes that belong together.
    pub(crate) frames: usize,
    /// Bytes of a letter to the utility.
    pub(crate) up: usize,
    /// Bytes of a letter from the utility.
    pub(crate) down: usize,
}

/// A letter that is none, and the field that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) &'static str);

/// Bytes of a certificate: those of `wattsum pki` have 400, others may name more.
const CERTIFICATE: usize = 4096;
/// Bytes of the words of a refusal.
const WORDS: usize = 512;
/// Siblings on a path in a list of at most 2^32 members.
const PATH: usize = 32;
/// Bytes around each frame of a letter, at most.
const FRAMING: usize = 8;
/// A letter of any deployment may be so long.
const FLOOR: usize = 64 << 10;

impl Bounds {
    pub(crate) fn of(deployment: &Deployment) -> Self {
        let parties = deployment.meters.ids.0.len().saturating_add(deployment.answerers.ids.0.len());
        // Parameters without a length are those of no deployment: they are refused where it is loaded.
        let contribution = protocol::contribution_len(deployment).unwrap_or(0);
        Self::for_parties(parties.saturating_add(1)).widened(contribution, deployment.meters.ids.0.len())
    }

    /// As wide as a contribution of a round of many intervals makes the letters: each comes in a letter of its own, and
    /// trustees are sent all of a round in one.
    fn widened(self, contribution: usize, meters: usize) -> Self {
        let all = contribution.saturating_add(FRAMING).saturating_mul(meters);
        let up = self.up.max(contribution.saturating_add(FLOOR));
        Self { up, down: self.down.max(all.saturating_add(FLOOR)), ..self }
    }

    /// For so many parties, the utility included.
    pub(crate) fn for_parties(parties: usize) -> Self {
        Self {
            parties,
            frames: parties.saturating_add(1 << 12),
            up: parties.saturating_mul(512).saturating_add(FLOOR),
            down: parties.saturating_mul(2 << 10).saturating_add(FLOOR),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "malformed letter: {}", self.0)
    }
}

impl std::error::Error for Malformed {}
