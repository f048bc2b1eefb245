//! Degrees, local thresholds and committees.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "parameters/committees.rs"]
mod committees;
#[path = "parameters/graphs.rs"]
mod graphs;
#[path = "parameters/properties.rs"]
mod properties;
#[path = "parameters/published.rs"]
mod published;
#[path = "parameters/refusals.rs"]
mod refusals;
#[path = "parameters/tables.rs"]
mod tables;
