//! What the fuzz targets do with their bytes. `tests/corpus.rs` of the crate does the same with the committed
//! corpus, on any toolchain and without a fuzzer.
//!
//! From the crate's folder: `RUSTC_BOOTSTRAP=1 cargo fuzz run -O -s none bytes /tmp/new fuzz/corpus/bytes -- -max_len=3000
//! -rss_limit_mb=512 -malloc_limit_mb=64` puts what it finds into `/tmp/new` and a crash into `fuzz/artifacts`. A crash that
//! is understood goes into the corpus, with a name. `cargo test --release --test corpus seeds -- --ignored` writes the seeds
//! anew, which come first in the corpus; the rest is what a fuzzer has found beyond them.
//!
//! Keys and frames are of 13 to 300 KB, so that an input does not hold them: it names a sample and says what is changed
//! in it.
#![allow(
    dead_code, // a test or a target uses its part
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss
)]

pub mod bytes;
#[path = "../../../meter-link/fuzz/src/input.rs"]
pub mod input;
#[path = "../../../meter-link/fuzz/src/keyring.rs"]
pub mod keyring;
pub mod roles;
pub mod seeds;
pub mod world;
