//! Range proofs: vectors made elsewhere, completeness, forgeries, batches, and whole rounds with them.
#![cfg(feature = "range")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "range/proofs.rs"]
mod proofs;
#[path = "range/protocol.rs"]
mod protocol;
#[path = "range/statement.rs"]
mod statement;
#[path = "range/vectors.rs"]
mod vectors;
#[path = "world/parties.rs"]
mod world;
