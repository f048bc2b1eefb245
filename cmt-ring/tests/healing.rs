//! Rings that heal, and two rings at once.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[allow(dead_code)] // the attacks use the rest
#[path = "world/adversary.rs"]
mod adversary;
#[path = "healing/frames.rs"]
mod frames;
#[path = "world/healer.rs"]
mod healer;
#[path = "healing/refused.rs"]
mod refused;
#[path = "world/ring.rs"]
mod ring;
#[path = "healing/second.rs"]
mod second;
#[path = "healing/silent.rs"]
mod silent;
#[path = "healing/terms.rs"]
mod terms;
#[path = "world/town.rs"]
mod town;

fn readings(members: usize, channels: usize, r: u32) -> Vec<Vec<i64>> {
    let value = |i: usize, n: usize| (i as i64 + 1) * 37 - i64::from(r) * 11 + n as i64 * 1000;
    (0..members).map(|i| (0..channels).map(|n| value(i, n)).collect()).collect()
}

/// The name of a ciphertext's token.
fn name(frame: &[u8]) -> meter_link::PartyId {
    meter_link::PartyId(u32::from_le_bytes(frame[8..12].try_into().unwrap()))
}
