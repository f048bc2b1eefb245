//! The toolbox: every operation against the same in the clear, every misuse by its name, bytes that are not what they were.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "toolbox/bytes.rs"]
mod bytes;
#[path = "toolbox/exact.rs"]
mod exact;
#[path = "toolbox/misuse.rs"]
mod misuse;
#[path = "toolbox/operations.rs"]
mod operations;
#[path = "toolbox/programs.rs"]
mod programs;
#[path = "toolbox/setup.rs"]
mod setup;
