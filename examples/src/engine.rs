//! Every networked role as a state machine: letters and time go in, letters and what must be stored come out.
//!
//! Nothing here reads a clock, opens a socket or writes a file; `serve` does that for real processes, `engine::sim`
//! for a whole deployment in one test. What a step wants done comes out in order, and the driver keeps that order:
//! what is to be stored is on disk before anything after it is sent.

pub(crate) mod ckks;
pub(crate) mod clocked;
pub(crate) mod cmt;
pub(crate) mod dcnet;
pub(crate) mod elgamal;
pub(crate) mod forming;
pub(crate) mod letter;
pub(crate) mod protocol;
pub(crate) mod seat;
pub(crate) mod shamir;
#[cfg(test)]
pub(crate) mod sim;
pub(crate) mod timetable;

use std::fmt;

use chacha20::ChaCha20Rng;
use meter_link::PartyId;
use serde::{Deserialize, Serialize};

pub(crate) use letter::Letter;

/// A role of one process: the utility, a meter, or one of those who help to open sums.
///
/// A step that fails has changed nothing, sent nothing and stored nothing. No step blocks, and none takes longer for
/// what a stranger sends: all of a letter's counts are checked before anything is allocated by them.
pub(crate) trait Role: Send {
    /// A letter has come. At the utility `from` is whom the TLS certificate names; elsewhere it is the utility, or for
    /// [`Letter::Relay`] the party that the letter names.
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal>;

    /// The time of [`Role::next_wake`] has come. May be called early, and then changes nothing.
    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal>;

    /// When [`Role::wake`] is due, in milliseconds since 1970 as in [`Ctx::now`]; `None` for never.
    fn next_wake(&self) -> Option<u64>;

    /// A link came up or went down: at the utility to that party, elsewhere to the utility. What was sent over the
    /// old link may be lost; letters between two calls come in order.
    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool);
}

/// What a step sees of the world, and where it puts what it wants done.
pub(crate) struct Ctx<'a> {
    /// Milliseconds since 1970, of this process's clock, which may jump.
    pub(crate) now: u64,
    /// Seeded by the system; a test seeds it itself.
    pub(crate) rng: &'a mut ChaCha20Rng,
    pub(crate) out: &'a mut Outbox,
}

/// What a step wants done, in this order.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    effects: Vec<Effect>,
}

/// One thing to be done.
#[derive(Debug)]
pub(crate) enum Effect {
    /// On disk, all or nothing with the stores next to it, before any effect after it.
    Store(Change),
    Send(PartyId, Letter),
}

/// What is stored.
pub(crate) enum Change {
    /// Appended to the role's journal: played back after a restart, behind the last state. A secret perhaps.
    Record(Vec<u8>),
    /// All that the role must know after a restart; the records before it are of no use any more. A secret.
    State(zeroize::Zeroizing<Vec<u8>>),
    /// What happened, for tables, audit log, metrics and the dashboard. Never a secret or a single reading.
    Event(Event),
}

/// What happened at the head end (faults, also elsewhere). One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum Event {
    /// An epoch has begun for which everybody has keys.
    /// `roster` lists its meters as ranges, "1-8,10"; others wait for the next one.
    Epoch {
        epoch: u32,
        first_round: u32,
        last_round: u32,
        meters: u32,
        answerers: u32,
        roster: String,
        context: String,
    },
    /// A round was opened for so many meters; `absent` ones are not waited for.
    Opened { round: u32, present: u32, absent: Vec<u32> },
    /// The set is closed, without those `missing` of the present.
    Closed { round: u32, pass: u8, last: bool, meters: u32, missing: Vec<u32> },
    /// A meter repaired for its missing neighbours.
    Repaired { round: u32, meter: u32 },
    /// The sum of a round: the only value that anybody learns.
    Sum { round: u32, meters: u32, values: Vec<i64> },
    /// The round has no sum, and never will have one.
    Lost { round: u32, why: String },
    /// A meter's sum over a window.
    Bill { first_round: u32, rounds: u32, meter: u32, values: Vec<i64> },
    /// A party joined (grown graph, ring), left, was left out, returned.
    Member { round: u32, party: u32, what: String },
    /// A ring or a key graph took another form: a concentrator, a generation.
    Topology { round: u32, what: String },
    /// Somebody sent what is refused, or keeps silent where he must not.
    Fault { round: u32, party: u32, what: String },
}

/// Why a letter or a step was refused; the role is as it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It came late, early or twice, as happens in any network: counted, not reported.
    Stale(&'static str),
    /// What came from `culprit` is wrong.
    Fault { culprit: PartyId, what: String },
    /// This process is broken: it starts again from its store.
    Broken(String),
}

impl Outbox {
    pub(crate) fn send(&mut self, to: PartyId, letter: Letter) {
        self.effects.push(Effect::Send(to, letter));
    }

    /// Sends one frame of the crates.
    pub(crate) fn frame(&mut self, to: PartyId, frame: &[u8]) {
        self.send(to, Letter::Frame(frame.to_vec()));
    }

    pub(crate) fn record(&mut self, record: &[u8]) {
        self.effects.push(Effect::Store(Change::Record(record.to_vec())));
    }

    pub(crate) fn state(&mut self, state: impl Into<zeroize::Zeroizing<Vec<u8>>>) {
        self.effects.push(Effect::Store(Change::State(state.into())));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.effects.push(Effect::Store(Change::Event(event)));
    }

    pub(crate) fn len(&self) -> usize {
        self.effects.len()
    }

    /// Takes back what a failed step has put in since there were `len` effects.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.effects.truncate(len);
    }

    pub(crate) fn drain(&mut self) -> impl Iterator<Item = Effect> {
        self.effects.drain(..)
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => write!(f, "Record({} bytes)", record.len()),
            Self::State(state) => write!(f, "State({} bytes)", state.len()),
            Self::Event(event) => event.fmt(f),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stale(what) => f.write_str(what),
            Self::Fault { culprit, what } => write!(f, "party {culprit}: {what}"),
            Self::Broken(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Refusal {}
