//! The supplier loses its power at every instant, once before and once after each thing that it stores, and goes on with
//! what is on its disk, or with states some steps older. It never gives a wrong sum, nor two sums of one round.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/desk.rs"]
mod desk;
#[path = "supplier_restart/disk.rs"]
mod disk;
#[path = "supplier_restart/managed.rs"]
mod managed;
#[path = "supplier_restart/plain.rs"]
mod plain;
#[path = "world/ring.rs"]
mod ring;
