//! cmt-ring beside threshold-elgamal.
//!
//! `cargo bench -p benches --bench cmt [-- PART]`: after criterion's figures of a row come the ratios to the peer, from runs
//! that take turns, on one core. Parts are `meter`, `head` and `ring`. `paillier.py`, beside this folder, has the rows of
//! Paillier.
//!
//! The two prove different things. Of cmt-ring a supplier with both ring neighbours of a meter reads it, a silent member loses the
//! ring's round, and nothing shows that a ciphertext is one of a reading: whoever has sent it is known by a tag. A
//! contribution of threshold-elgamal is signed and proves that its sender knows the reading; it takes three of four
//! trustees to open anything, and a silent meter costs nothing. Neither proves a range here.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::expect_used,
    clippy::indexing_slicing
)] // a benchmark that cannot start should stop

#[path = "cmt/elgamal.rs"]
mod elgamal;
#[path = "cmt/ring.rs"]
mod ring;
#[path = "cmt/rows.rs"]
mod rows;
#[path = "sides/row.rs"]
mod sides;
#[path = "elgamal/world.rs"]
#[allow(dead_code)] // its other peer
mod world;

use sides::Bench;

fn main() {
    Bench::from_arguments().run(&[("meter", rows::meter), ("head", rows::head), ("ring", rows::ring)]);
}
