//! What range proofs cost on this machine, beside elastic-elgamal's ring proofs:
//! `cargo run --release -p threshold-elgamal --features range --example range`.
//!
//! Each figure is the least time of a run or, where that is less, the mean time that a run had a core (Linux knows):
//! others may be at work on the machine. The peer proves [0, 2^k), for nobody and no round.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing
)]

#[path = "../tests/range/statement.rs"]
mod statement;

use std::hint::black_box;
use std::time::{Duration, Instant};

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use elastic_elgamal::group::Ristretto;
use elastic_elgamal::{Keypair, PreparedRange, RangeDecomposition};
use statement::{Made, key, make};
use threshold_elgamal::range::{Bounds, Claim, Generators, RangeProof, RangeVerifier, Width};

/// So long is tried to see a run that nothing disturbs.
const PATIENCE: Duration = Duration::from_millis(700);

/// Prints the least time of `work`, divided among `items`.
fn cost<T>(what: &str, items: u32, mut work: impl FnMut() -> T) {
    let (begin, on_core) = (Instant::now(), on_core());
    let (mut least, mut runs) = (Duration::MAX, 0u32);
    while runs < 3 || begin.elapsed() < PATIENCE {
        let begin = Instant::now();
        black_box(work());
        (least, runs) = (least.min(begin.elapsed()), runs.saturating_add(1));
    }
    if let (Some(before), Some(after)) = (on_core, self::on_core()) {
        least = least.min(after.saturating_sub(before).checked_div(runs).unwrap_or(least));
    }
    println!("  {what:<56}{:>10.1} µs", least.as_secs_f64() * 1e6 / f64::from(items));
}

/// How long this thread has had a core.
fn on_core() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}

fn main() {
    for width in Width::ALL {
        println!("{} bits", width.bits());
        own(width);
        if width != Width::Bits64 {
            peer(width);
        }
    }
}

fn own(width: Width) {
    let (key, generators, bounds) = (key(77), Generators::new(width), Bounds::all(width));
    println!("  {:<56}{:>10} B", "proof", width.proof_len());
    println!("  {:<56}{:>10} B", "generators", Generators::size(width));
    cost("making the generators", 1, || Generators::new(width));
    cost("making a verifier's tables", 1, || RangeVerifier::new(&bounds, &key));
    cost("encrypting and proving", 1, || make(&generators, &key, 1, bounds.most()).unwrap());
    let verifier = RangeVerifier::new(&bounds, &key);
    for count in [1u32, 64, 1024] {
        let made: Vec<Made> =
            (0..count.min(64)).map(|meter| make(&generators, &key, meter, -1).unwrap()).collect();
        let bytes: Vec<Vec<u8>> = made.iter().map(|made| made.proof.to_bytes()).collect();
        let check = || {
            let proofs: Vec<RangeProof> = (0..count as usize)
                .map(|i| RangeProof::from_bytes(width, &bytes[i % bytes.len()]).unwrap())
                .collect();
            let claim = |(i, proof)| {
                let Made { place, ciphertext, .. } = &made[i % made.len()];
                Claim::new(place, ciphertext, proof).unwrap()
            };
            let claims: Vec<Claim<'_>> = proofs.iter().enumerate().map(claim).collect();
            assert!(verifier.verify_all(&claims).is_empty());
        };
        cost(&format!("checking, {count} at once, from bytes, each"), count, check);
    }
}

fn peer(width: Width) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let receiver = Keypair::<Ristretto>::generate(&mut rng);
    let range: PreparedRange<Ristretto> = RangeDecomposition::optimal(1 << width.bits()).into();
    println!("  {:<56}{:>10} B", "elastic-elgamal: proof", range.decomposition().proof_size() * 32);
    let value = (1 << width.bits()) - 1;
    cost("elastic-elgamal: encrypting and proving", 1, || {
        receiver.public().encrypt_range(&range, value, &mut rng)
    });
    let (ciphertext, proof) = receiver.public().encrypt_range(&range, value, &mut rng);
    cost("elastic-elgamal: checking", 1, || {
        receiver.public().verify_range(&range, ciphertext, &proof).unwrap()
    });
}
