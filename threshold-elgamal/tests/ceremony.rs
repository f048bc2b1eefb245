//! Keys without a dealer: whole ceremonies, every way to cheat in one, power cuts, and bytes.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "ceremony/bytes.rs"]
mod bytes;
#[path = "ceremony/cheats.rs"]
mod cheats;
#[path = "ceremony/complaints.rs"]
mod complaints;
#[path = "ceremony/forger.rs"]
mod forger;
#[path = "ceremony/frost.rs"]
mod frost;
#[path = "joint/group.rs"]
#[allow(dead_code)] // written for more than this
mod group;
#[path = "ceremony/plans.rs"]
mod plans;
#[path = "ceremony/power.rs"]
mod power;
#[path = "ceremony/relay.rs"]
mod relay;
#[path = "ceremony/scene.rs"]
mod scene;
#[path = "ceremony/setting.rs"]
mod setting;
#[path = "ceremony/whole.rs"]
mod whole;
