//! Fuzz targets of the C functions, called as C calls them. `tests/fuzz_corpus.rs` replays their corpus without a fuzzer.
#![allow(unsafe_code)] // pointers, as C passes them
#![allow(missing_docs, dead_code, unreachable_pub)] // a test includes this as a module

pub mod base;
pub mod calls;
pub mod draw;
pub mod game;
pub mod kinds;
pub mod received;
pub mod seeds;
pub mod table;
pub mod tape;
