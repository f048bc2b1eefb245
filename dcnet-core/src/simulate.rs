//! Many meters in one process: what a round costs, and whether it closes.
//!
//! The arithmetic is the protocol's, to the bit (a test compares it with the roles): each pad of a pair is made once and
//! counts at both ends; contributions, Closes that shrink over at most three passes, repair vectors, self-masks,
//! corrections, holders' answers, and a sum that is compared with the readings. One channel, one step of the ratchet.
//!
//! ```text
//! Cell::new ─ open ─→ Opened ─ mask ─→ Masked ─ contribute ─→ Contributed ─ close ─→ Outcome
//! ```
//!
//! **Not done**: key agreement (keys are drawn, 32 uniform bytes each, where meters would use X25519 and HKDF), frames,
//! tags, signatures, the chain of Opens and Closes, the binding of answers (whose zero-sum pads cancel), limits on
//! meters that come and go, and any network: a message arrives or its sender is silent. Bytes are counted by the
//! lengths that frames have.
//!
//! **Memory** of a [`Cell`]: 40 bytes for each pair of neighbours, 32 for each meter and holder; while a round runs about
//! 80 a meter more. 10⁶ meters of degree 16 with four holders take 0.52 GB.

mod advice;
mod cell;
mod edges;
mod fate;
mod outcome;
mod pairs;
mod passes;
mod selves;

pub use advice::{best_cell, chance};
pub use cell::{Cell, Contributed, Masked, Opened};
pub use fate::{Fate, Rates};
pub use outcome::{Bytes, Lost, Outcome, Repair};

use meter_link::answer::Threshold;
use meter_link::{PairKey, SetRules};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A group that is simulated.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Meters, by position 0 … meters − 1.
    pub meters: u32,
    /// Neighbours of a meter, at most: even. Up to 256 meters everybody is everybody's neighbour.
    pub degree: u32,
    /// Holders, and how many open a sum.
    pub threshold: Threshold,
    /// How small a set may be.
    pub rules: SetRules,
    /// Neighbours that a meter wants to be left, as [`Params::least_left`](crate::Params::least_left) takes it.
    pub min_neighbours: u32,
}

/// Where the pair keys of a simulation come from. Each is asked for once.
pub trait Keys {
    /// Of two meters, by position, `low` below `high`.
    fn pair(&mut self, low: u32, high: u32) -> PairKey;
    /// Of a holder, by number from 1, and a meter.
    fn holder(&mut self, number: u8, meter: u32) -> PairKey;
}

/// Keys that nobody agreed on: 32 uniform bytes each, as HKDF would give.
#[derive(Debug)]
pub struct Drawn<'r, R: ?Sized>(pub &'r mut R);

impl<R: CryptoRng + ?Sized> Drawn<'_, R> {
    fn key(&mut self) -> PairKey {
        let mut bytes = Zeroizing::new([0; 32]);
        self.0.fill_bytes(bytes.as_mut_slice());
        PairKey::from_bytes(&bytes)
    }
}

impl<R: CryptoRng + ?Sized> Keys for Drawn<'_, R> {
    fn pair(&mut self, _: u32, _: u32) -> PairKey {
        self.key()
    }

    fn holder(&mut self, _: u8, _: u32) -> PairKey {
        self.key()
    }
}
