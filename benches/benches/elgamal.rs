//! threshold-elgamal beside elastic-elgamal 0.4, dalek and itself.
//!
//! `cargo bench -p benches --bench elgamal [-- PART]`: after criterion's figures of a row come the ratios to its peer, from
//! runs that take turns. Parts are `encrypt`, `online`, `sum`, `share`, `combine`, `contribution`, `verify` and `logarithm`.
//! On a CPU with AVX-512 IFMA, found at run time, *lanes* use it; *portable* is the same without.
//!
//! All sides take and give bytes: 64 of a ciphertext, 32 of a decryption share. All draw from ChaCha8. The peer has no
//! signatures, no binding of a ciphertext to its meter and round, and a search only among numbers it has listed.
#![allow(clippy::arithmetic_side_effects, clippy::expect_used, clippy::indexing_slicing)] // a benchmark that cannot start should stop

#[path = "elgamal/ciphertexts.rs"]
mod ciphertexts;
#[path = "elgamal/contributions.rs"]
mod contributions;
#[path = "elgamal/logarithms.rs"]
mod logarithms;
#[path = "elgamal/opening.rs"]
mod opening;
#[path = "sides/row.rs"]
mod sides;
#[path = "elgamal/world.rs"]
mod world;

use sides::{Bench, row, timed};

fn main() {
    Bench::from_arguments().run(&[
        ("encrypt", ciphertexts::encrypt),
        ("online", contributions::online),
        ("sum", ciphertexts::sum),
        ("share", opening::share),
        ("combine", opening::combine_shares),
        ("contribution", contributions::whole),
        ("verify", contributions::verify),
        ("logarithm", logarithms::run),
    ]);
}
