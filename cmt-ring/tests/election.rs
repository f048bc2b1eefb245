//! Licences, elections, claims and terms, seen from the meters: docs/election.md.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "election/contest.rs"]
mod contest;
#[path = "election/formation.rs"]
mod formation;
#[path = "election/hellos.rs"]
mod hellos;
#[path = "election/misuse.rs"]
mod misuse;
#[path = "world/ring.rs"]
mod ring;
#[path = "election/rotation.rs"]
mod rotation;
#[path = "world/town.rs"]
mod town;

use cmt_ring::{Error, Fault};
use meter_link::PartyId;

fn fault(culprit: PartyId, fault: impl Into<Fault>) -> Error {
    Error::Fault { culprit, fault: fault.into() }
}
