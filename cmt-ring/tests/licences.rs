//! Licences, claims and lost rounds at the supplier: docs/licences.md.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "licences/claims.rs"]
mod claims;
#[path = "world/desk.rs"]
mod desk;
#[path = "licences/issue.rs"]
mod issue;
#[path = "licences/lost.rs"]
mod lost;
#[path = "world/ring.rs"]
mod ring;
#[path = "licences/state.rs"]
mod state;
