//! The grown key graph of the thesis: a meter joins with random partners, through a relay that learns no key.
//!
//! The roster of an epoch lists all meters that may take part; edges grow among them while rounds go on. A meter
//! takes part once it has confirmed keys with at least three neighbours. **For utilities that do not choose partners
//! maliciously**: a meter draws its partners among those whom the utility names present, and colluders may join as
//! often as they like. The graph to take where that is not given is the drawn one ([`Params::drawn`]).
//!
//! | step | who | frame |
//! |---|---|---|
//! | draw partners, offer each a fresh key | [`GrownMeter::draw`], [`GrownMeter::offer`] | join, offer |
//! | answer with a fresh key, and the proof of having both | [`GrownMeter::accept`] | join, answer |
//! | prove the same | [`GrownMeter::accept`] | entered, confirmation |
//! | both state all their edges from a round on, to the utility | [`GrownMeter::enter`] | entered, statement |
//! | who has two equal statements of every edge among those present is named present | [`Registrar::open`] | Open |
//! | leave; the neighbours wipe the key, pair with each other in a ring, and state it | [`GrownMeter::leave`] | exit |
//! | too few neighbours left: named absent until there are enough again | [`GrownMeter::emergency`] | exit, emergency |
//! | after a reboot, or days | [`GrownMeter::from_bytes`] | entered, statement |
//!
//! Two ends can never be sure at the same time that both have an edge. So it is in force by statements: a meter uses
//! exactly the edges that it has stated, and the utility, which passes every answer on and so knows of every edge
//! that *may* have come about, names no two meters present whose statements differ about it. A sum is never garbage
//! for a lost message; and whether a reading is private never depends on what the utility does with statements.
//!
//! [`Params::drawn`]: crate::Params::drawn

mod backup;
mod drawing;
mod leaving;
mod listed;
mod meter;
mod notice;
mod pairing;
#[cfg(feature = "alloc")]
mod registrar;
mod slot;

pub use listed::Listed;
pub use meter::GrownMeter;
pub(crate) use notice::Form;
pub use pairing::Step;
#[cfg(feature = "alloc")]
pub use registrar::{Registrar, is_connected};
pub use slot::Slot;

/// Neighbours that a meter has at least, before it takes part.
pub const LEAST_NEIGHBOURS: u32 = 3;

/// How many rounds ahead an edge may be agreed on, at most.
pub const AHEAD: u32 = 8;

/// Slots that a meter has at most, and so edges of a statement or an exit.
pub(crate) const MOST_SLOTS: usize = 255;

/// Bytes of the longest frame between two meters, exits excepted.
pub const NOTICE_LEN: usize = notice::NOTICE_LEN;

/// Bytes of an exit of a meter with so many slots.
pub const fn exit_len(slots: usize) -> usize {
    notice::exit_len(slots)
}

/// Bytes of a statement of a meter with so many slots.
pub const fn statement_len(slots: usize) -> usize {
    (16 + 2 + 16usize).wrapping_add(slots.wrapping_mul(8))
}
