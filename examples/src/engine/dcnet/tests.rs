//! Whole deployments in a network with every fault at hand.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod attacks;
mod crashes;
mod formed;
mod graphs;
mod presence;
mod world;
