//! Every role killed at every step: it goes on with the bytes that it would have sent anyway, or stays out, and never
//! answers a second set.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/group.rs"]
mod group;

#[path = "restart/aggregator.rs"]
mod aggregator;
#[path = "restart/damage.rs"]
mod damage;
#[path = "restart/meter.rs"]
mod meter;
#[path = "restart/tape.rs"]
mod tape;
#[path = "restart/utility.rs"]
mod utility;
