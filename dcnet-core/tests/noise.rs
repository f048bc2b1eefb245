//! Distributed noise: distributions, parameters, and the tables of docs/noise.md.
#![cfg(feature = "noise")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that fails here shall panic"
)]

#[path = "noise/days.rs"]
mod days;
#[path = "noise/draws.rs"]
mod draws;
#[path = "noise/exact.rs"]
mod exact;
#[path = "world/group.rs"]
mod group;
#[path = "noise/parameters.rs"]
mod parameters;
#[path = "noise/round.rs"]
mod round;
#[path = "world/rounds.rs"]
mod rounds;
#[path = "noise/shortfall.rs"]
mod shortfall;

use chacha20::ChaCha20Rng;
use dcnet_core::noise::{Noise, NoiseConfig};
use rand_core::SeedableRng;

fn noise(epsilon_permille: u32, sensitivity: u64, honest: u32) -> Noise {
    Noise::new(NoiseConfig { epsilon_permille, sensitivity, honest }).unwrap()
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// The rows of the table of docs/noise.md whose head begins so.
fn table(head: &str) -> Vec<Vec<String>> {
    let text = include_str!("../docs/noise.md");
    let rows = text.lines().skip_while(|line| !line.starts_with(head)).skip(2);
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    rows.take_while(|line| line.starts_with('|')).map(cells).collect()
}
