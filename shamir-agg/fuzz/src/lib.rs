//! What the fuzz targets do with their bytes. `tests/corpus.rs` of the crate does the same with the committed
//! corpus, on any toolchain and without a fuzzer.
#![allow(
    dead_code, // a test or a target uses its part
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

pub mod bytes;
#[path = "../../../meter-link/fuzz/src/input.rs"]
pub mod input;
pub mod meter;
pub mod roles;
pub mod seeds;
pub mod world;
