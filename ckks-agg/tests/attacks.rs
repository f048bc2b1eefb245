//! Attacks by name: each succeeds where its defence is left out, and fails against the crate; but for one, which no
//! defence of this crate stops (`malformed::trustees_cannot_tell`).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "attacks/answers.rs"]
mod answers;
#[path = "attacks/malformed.rs"]
mod malformed;
#[path = "attacks/meters.rs"]
mod meters;
#[path = "attacks/noise.rs"]
mod noise;
#[path = "attacks/utility.rs"]
mod utility;
#[path = "world/parties.rs"]
mod world;

use ckks_agg::Fault;

fn link(fault: meter_link::Fault) -> Fault {
    Fault::Link(fault)
}

fn one(readings: &[i64]) -> Vec<Option<Vec<i64>>> {
    readings.iter().map(|x| Some(vec![*x])).collect()
}
