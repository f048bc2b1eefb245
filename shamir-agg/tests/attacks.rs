//! Attacks by name: each works on arithmetic without the rule that stops it, and fails on ours.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "attacks/bills.rs"]
mod bills;
#[path = "attacks/coalition.rs"]
mod coalition;
#[path = "attacks/collusion.rs"]
mod collusion;
#[path = "attacks/frames.rs"]
mod frames;
#[path = "world/group.rs"]
mod group;
#[path = "attacks/input.rs"]
mod input;
#[path = "attacks/keys.rs"]
mod keys;
#[path = "attacks/knowledge.rs"]
mod knowledge;
#[path = "attacks/liars.rs"]
mod liars;
#[path = "attacks/rank.rs"]
mod rank;
#[path = "attacks/rank_windows.rs"]
mod rank_windows;
#[path = "attacks/raw.rs"]
mod raw;
#[path = "attacks/replay.rs"]
mod replay;
#[path = "attacks/rollback.rs"]
mod rollback;
#[path = "attacks/sets.rs"]
mod sets;
#[path = "attacks/time.rs"]
mod time;
#[path = "attacks/windows.rs"]
mod windows;

use group::{Plan, Reading, World};
use meter_link::{PartyId, SetRules};
use shamir_agg::{Error, Fault};

fn blamed(fault: Fault) -> Error {
    fault.of(PartyId::UTILITY)
}

/// Three meters are the least set, however many are present.
fn any_three(meters: u32) -> Plan {
    let plan = Plan::of(meters, 1);
    Plan { rules: SetRules { max_missing_permille: 1000, ..plan.rules }, ..plan }
}

fn one(readings: &[Reading], position: usize) -> i64 {
    readings[position].as_ref().unwrap()[0]
}

/// Readings and frames of a round of which all aggregators have the Open.
fn begun(world: &mut World, round: u32) -> (Vec<Reading>, Vec<Vec<u8>>, Vec<u8>) {
    let readings = group::readings(&world.plan, round);
    let open = world.open(round, &[]).frame().to_vec();
    let frames = world.frames(round, &readings).into_iter().flatten().collect();
    (readings, frames, open)
}
