//! Attacks by name: each works on arithmetic without the rule that stops it, and fails on ours.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "attacks/closes.rs"]
mod closes;
#[path = "attacks/collusion.rs"]
mod collusion;
#[path = "attacks/committee.rs"]
mod committee;
#[path = "attacks/flipped.rs"]
mod flipped;
#[path = "attacks/frames.rs"]
mod frames;
#[path = "world/group.rs"]
mod group;
#[path = "attacks/holders.rs"]
mod holders;
#[path = "attacks/isolation.rs"]
mod isolation;
#[path = "attacks/keys.rs"]
mod keys;
#[path = "algebra/knowledge.rs"]
mod knowledge;
#[path = "attacks/neighbours.rs"]
mod neighbours;
#[path = "attacks/roster.rs"]
mod roster;
#[path = "world/rounds.rs"]
mod rounds;
#[path = "attacks/silent.rs"]
mod silent;
#[path = "attacks/thesis.rs"]
mod thesis;
#[path = "attacks/time.rs"]
mod time;
#[path = "attacks/toggling.rs"]
mod toggling;

use dcnet_core::{Error, Fault};
use group::{Reading, World};
use meter_link::PartyId;
use rounds::Script;

fn blamed(fault: Fault) -> Error {
    fault.of(PartyId::UTILITY)
}

fn one(readings: &[Reading], position: usize) -> i64 {
    readings[position].as_ref().unwrap()[0]
}

/// Readings, frames and Open of a round that all meters and holders have taken part in.
fn begun(world: &mut World, round: u32) -> (Vec<Reading>, Vec<Vec<u8>>, Vec<u8>) {
    let readings = group::readings(&world.plan, round);
    let open = world.open(round, &Script::default()).frame().to_vec();
    let frames = world.frames(round, &open, &readings).into_iter().flatten().collect();
    (readings, frames, open)
}
