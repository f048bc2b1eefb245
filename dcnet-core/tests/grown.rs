//! The grown key graph: joins, exits, emergencies and returns, on bytes, through a relay that loses, repeats and
//! reorders; rounds on what has grown; and what attackers try.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "grown/attacks.rs"]
mod attacks;
#[path = "grown/disputes.rs"]
mod disputes;
#[path = "grown/growth.rs"]
mod growth;
#[path = "grown/network.rs"]
mod network;
#[path = "grown/offers.rs"]
mod offers;
#[path = "grown/rebirth.rs"]
mod rebirth;
#[path = "grown/relay.rs"]
mod relay;
#[path = "grown/restores.rs"]
mod restores;
#[path = "grown/rounds.rs"]
mod rounds;
#[path = "grown/world.rs"]
mod world;
