//! Sessions, epochs and the context that every key, tag and signature depends on.

use sha2::{Digest, Sha256};

use crate::error::{Error, Misuse};
use crate::id::{GroupId, Protocol, Round};

/// The wire version of this crate: the second byte of every header.
pub const WIRE_VERSION: u8 = 1;

/// A group, a protocol and its parameters, as one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Session(pub [u8; 32]);

impl Session {
    /// `SHA-256("wattsum v1 session" ‖ protocol u8 ‖ version u8 ‖ group u32 ‖ parameters)`. The bytes of
    /// `parameters` are listed in each protocol crate's docs/protocol.md.
    pub fn new(protocol: Protocol, group: GroupId, parameters: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"wattsum v1 session");
        hash.update([protocol as u8, WIRE_VERSION]);
        hash.update(group.0.to_le_bytes());
        for part in parameters {
            hash.update(part);
        }
        Session(hash.finalize().into())
    }
}

/// A span of rounds with one roster, one set of keys and one graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Which group and protocol.
    pub session: Session,
    /// Counts the epochs of the session.
    pub epoch: u32,
    /// First round.
    pub first_round: Round,
    /// Last round, included.
    pub last_round: Round,
    /// Commitment to utility and meters.
    pub roster_root: [u8; 32],
    /// Commitment to the ordered answerers.
    pub answerers_root: [u8; 32],
    /// Public randomness that nobody knew when the roots were stored.
    pub beacon: [u8; 32],
}

impl Epoch {
    /// `SHA-256("wattsum v1 epoch" ‖ session ‖ epoch u32 ‖ first_round u64 ‖ last_round u64 ‖ roster_root ‖
    /// answerers_root ‖ beacon)`. Parties with different rosters get different contexts and share nothing.
    pub fn context(&self) -> Context {
        let mut hash = Sha256::new();
        hash.update(b"wattsum v1 epoch");
        hash.update(self.session.0);
        hash.update(self.epoch.to_le_bytes());
        hash.update(self.first_round.get().to_le_bytes());
        hash.update(self.last_round.get().to_le_bytes());
        hash.update(self.roster_root);
        hash.update(self.answerers_root);
        hash.update(self.beacon);
        Context(hash.finalize().into())
    }

    /// Whether the round lies in this epoch.
    pub fn contains(&self, round: Round) -> bool {
        self.rounds().contains(round)
    }

    /// Ratchet step of a round: `(round − first_round) div rounds_per_step`.
    ///
    /// # Errors
    /// [`Misuse::RoundOutsideEpoch`]; [`Misuse::BadParameter`] for zero rounds per step.
    pub fn step(&self, round: Round, rounds_per_step: u32) -> Result<u32, Error> {
        self.rounds().step(round, rounds_per_step)
    }

    pub(crate) fn rounds(&self) -> Rounds {
        Rounds { first: self.first_round, last: self.last_round }
    }
}

/// First and last round of an epoch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rounds {
    first: Round,
    last: Round,
}

impl Rounds {
    pub(crate) fn last(self) -> Round {
        self.last
    }

    pub(crate) fn contains(self, round: Round) -> bool {
        (self.first..=self.last).contains(&round)
    }

    pub(crate) fn step(self, round: Round, rounds_per_step: u32) -> Result<u32, Error> {
        if !self.contains(round) {
            return Err(Misuse::RoundOutsideEpoch.into());
        }
        let since = round.to_u32().wrapping_sub(self.first.to_u32());
        since.checked_div(rounds_per_step).ok_or(Misuse::BadParameter.into())
    }
}

/// What every key, tag, signature and graph seed of an epoch depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Context(pub [u8; 32]);

impl Context {
    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}
