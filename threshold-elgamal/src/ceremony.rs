//! A committee's keys without a dealer: generation t of n, refresh, and resharing to another committee.
//!
//! Pedersen's distributed key generation (1991) with Feldman's commitments (1987) and a proof of possession of every
//! secret that is brought in (PedPoP: Komlo and Goldberg, FROST, 2020); resharing after Desmedt and Jajodia
//! (1997). Every frame goes to everybody, through a utility that may be malicious, so that what is complained about can be
//! judged by all. Roles, states and claims: docs/keys.md.
//!
//! A participant goes through [`Joining`] → [`Echoing`] → [`Sharing`] → [`Confirming`] → [`Outcome`]; each step
//! takes the state before by value:
//!
//! ```compile_fail,E0382
//! # fn twice(echoing: threshold_elgamal::ceremony::Echoing) {
//! let first = echoing.close();
//! let second = echoing.close(); // the state is gone
//! # }
//! ```
//!
//! A step that is refused gives the state back: [`Refused`].

mod announcement;
mod complaint;
mod confirming;
mod echoing;
mod evidence;
mod frames;
mod hold;
mod joining;
mod plan;
mod possession;
mod record;
mod sealing;
mod secrets;
mod sharing;
mod view;

pub use confirming::{Confirming, Outcome};
pub use echoing::Echoing;
pub use evidence::{Dispute, Verdict};
pub use hold::hold;
pub use joining::{Joining, Participant};
pub use plan::{Ceremony, Dealer, Seat};
pub use record::CeremonyRecord;
pub use sharing::Sharing;
pub use view::Agreed;

use alloc::boxed::Box;
use core::fmt;

use crate::error::Error;

/// A step that was not taken: why, and the state as it was.
pub struct Refused<S> {
    /// As it was.
    pub state: S,
    /// Why.
    pub error: Error,
}

impl<S> Refused<S> {
    fn new(state: S, error: impl Into<Error>) -> Box<Self> {
        Box::new(Refused { state, error: error.into() })
    }
}

impl<S> fmt::Debug for Refused<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl<S> From<Box<Refused<S>>> for Error {
    fn from(refused: Box<Refused<S>>) -> Self {
        refused.error
    }
}
