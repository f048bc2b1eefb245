//! What the ring withstands, and what it does not. protocols.md, section 5.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "attacks/agreement.rs"]
mod agreement;
#[path = "attacks/claims.rs"]
mod claims;
#[path = "attacks/delta.rs"]
mod delta;
#[path = "attacks/election.rs"]
mod election;
#[path = "attacks/forming.rs"]
mod forming;
#[path = "world/healer.rs"]
mod healer;
#[path = "attacks/healing.rs"]
mod healing;
#[path = "attacks/licences.rs"]
mod licences;
#[path = "attacks/odds.rs"]
mod odds;
#[path = "attacks/once.rs"]
mod once;
#[path = "world/ring.rs"]
mod ring;
#[path = "attacks/second.rs"]
mod second;
#[path = "attacks/sets.rs"]
mod sets;
#[path = "world/town.rs"]
mod town;
#[path = "attacks/trust.rs"]
mod trust;

use cmt_ring::{Error, Fault, Misuse};
use meter_link::{Misuse as LinkMisuse, PartyId};

const USED: Error = Error::Misuse(Misuse::Link(LinkMisuse::TimeAlreadyUsed));

fn fault(culprit: PartyId, fault: impl Into<Fault>) -> Error {
    Error::Fault { culprit, fault: fault.into() }
}

fn name(frame: &[u8]) -> PartyId {
    PartyId(u32::from_le_bytes(frame[8..12].try_into().unwrap()))
}
