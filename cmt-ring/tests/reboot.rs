//! Reboots: what a meter and a concentrator go on with, in every state, and what they never say twice.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/ring.rs"]
mod ring;
#[path = "reboot/sim.rs"]
mod sim;
#[path = "reboot/states.rs"]
mod states;
#[path = "world/town.rs"]
mod town;
