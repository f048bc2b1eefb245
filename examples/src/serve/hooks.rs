//! What the driver tells those who watch.

use std::time::Duration;

use meter_link::PartyId;

use crate::engine::{Event, Letter, Refusal};
use crate::watch::{Direction, Watch};

/// Is told of everything, after it was done; must not block. Nothing of it says what a single reading is.
pub(crate) trait Hooks: Send + Sync {
    /// Committed.
    fn event(&self, _now: u64, _event: &Event) {}
    fn link(&self, _party: PartyId, _here: bool) {}
    fn letter(&self, _direction: Direction, _letter: &Letter) {}
    /// `kind` is the letter's name, or what else the step was.
    fn refusal(&self, _party: PartyId, _kind: &'static str, _refusal: &Refusal) {}
    fn step(&self, _took: Duration) {}
    fn store(&self, _took: Duration, _bytes: u64) {}
    /// From when letters were taken up until what they made was sent.
    fn turn(&self, _took: Duration) {}
    /// The store refused.
    fn store_failed(&self) {}
    /// The role was dropped and starts again.
    fn restart(&self, _why: &str) {}
    /// The driver came round, if only because it woke.
    fn alive(&self) {}
    /// Recorded by an earlier process; before anything else.
    fn recall(&self, _at: u64, _event: &Event) {}
}

impl Hooks for Watch {
    fn event(&self, now: u64, event: &Event) {
        Self::event(self, now, event);
    }

    fn link(&self, party: PartyId, here: bool) {
        Self::link(self, party, here);
    }

    fn letter(&self, direction: Direction, letter: &Letter) {
        Self::letter(self, direction, letter);
    }

    fn refusal(&self, party: PartyId, kind: &'static str, refusal: &Refusal) {
        Self::refusal(self, party, kind, refusal);
    }

    fn step(&self, took: Duration) {
        Self::step(self, took);
    }

    fn store(&self, took: Duration, bytes: u64) {
        Self::store(self, took, bytes);
    }

    fn store_failed(&self) {
        Self::store_failed(self);
    }

    fn restart(&self, _why: &str) {
        self.restarted();
    }

    fn alive(&self) {
        Self::alive(self);
    }

    fn recall(&self, at: u64, event: &Event) {
        Self::recall(self, at, event);
    }
}
