//! Both directions of docs/wire.md: what is encoded gives the bytes of `vectors/wire-v1.json`, which an
//! independent Python script made, those bytes decode to the values, and every bad frame gives its error.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "wire/certified.rs"]
mod certified;
#[path = "wire/json.rs"]
mod json;
#[path = "wire/roster.rs"]
mod roster;
#[path = "wire/rounds.rs"]
mod rounds;
#[path = "wire/sizes.rs"]
mod sizes;
#[path = "wire/small.rs"]
mod small;
#[path = "wire/states.rs"]
mod states;
#[path = "wire/windows.rs"]
mod windows;
#[path = "wire/world.rs"]
mod world;
