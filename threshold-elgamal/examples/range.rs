//! What range proofs cost on this machine, beside elastic-elgamal's ring proofs:
//! `cargo run --release -p threshold-elgamal --features range --example range`.
//!
//! Times as [`cost::least`] takes them. The peer proves [0, 2^k), for nobody and no round.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing
)]

#[path = "timing/cost.rs"]
mod cost;
#[path = "../tests/range/statement.rs"]
mod statement;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use cost::cost;
use elastic_elgamal::group::Ristretto;
use elastic_elgamal::{Keypair, PreparedRange, RangeDecomposition};
use statement::{Made, key, make};
use threshold_elgamal::range::{Bounds, Claim, Generators, RangeProof, RangeVerifier, Width};

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
    println!("  {:<60}{:>10} B", "proof", width.proof_len());
    println!("  {:<60}{:>10} B", "generators", Generators::size(width));
    cost("  making the generators", 1, || Generators::new(width));
    cost("  making a verifier's tables", 1, || RangeVerifier::new(&bounds, &key));
    cost("  encrypting and proving", 1, || make(&generators, &key, 1, bounds.most()).unwrap());
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
        cost(&format!("  checking, {count} at once, from bytes, each"), count as usize, check);
    }
}

fn peer(width: Width) {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let receiver = Keypair::<Ristretto>::generate(&mut rng);
    let range: PreparedRange<Ristretto> = RangeDecomposition::optimal(1 << width.bits()).into();
    println!("  {:<60}{:>10} B", "elastic-elgamal: proof", range.decomposition().proof_size() * 32);
    let value = (1 << width.bits()) - 1;
    cost("  elastic-elgamal: encrypting and proving", 1, || {
        receiver.public().encrypt_range(&range, value, &mut rng)
    });
    let (ciphertext, proof) = receiver.public().encrypt_range(&range, value, &mut rng);
    cost("  elastic-elgamal: checking", 1, || {
        receiver.public().verify_range(&range, ciphertext, &proof).unwrap()
    });
}
