//! Attacks by name: each succeeds where its defence is left out, and fails against the crate.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/windows.rs"]
mod billing;
#[path = "attacks/bills.rs"]
mod bills;
#[path = "attacks/meters.rs"]
mod meters;
#[path = "attacks/rewind.rs"]
mod rewind;
#[path = "attacks/roster.rs"]
mod roster;
#[path = "attacks/trustees.rs"]
mod trustees;
#[path = "attacks/utility.rs"]
mod utility;
#[path = "attacks/windows.rs"]
mod windows;
#[path = "world/parties.rs"]
mod world;

use curve25519_dalek::RistrettoPoint;
use curve25519_dalek::ristretto::CompressedRistretto;
use threshold_elgamal::Fault;

const VICTIM: usize = 2;

fn link(fault: meter_link::Fault) -> Fault {
    Fault::Link(fault)
}

/// D of a decryption share frame with one channel.
fn share_of(frame: &[u8]) -> RistrettoPoint {
    CompressedRistretto(frame[48..80].try_into().unwrap()).decompress().unwrap()
}
