//! What a trustee's check of 10,000 contributions costs: `cargo run --release -p threshold-elgamal --example batches`.
//!
//! Times as [`cost::least`] takes them.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing
)]

#[path = "timing/cost.rs"]
mod cost;
#[path = "../tests/world/parties.rs"]
mod world;

use std::hint::black_box;

use cost::cost;
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::CheckedKey;
use meter_link::frame::{Flags, Kind, SignedFrame};
use threshold_elgamal::equality::{Encoded, Equality, Statement};
use threshold_elgamal::{Knowledge, Place};
use world::{FIRST, World, round, slices};

const METERS: u32 = 10_000;

fn main() {
    // Either alone, by its name.
    let only = std::env::args().nth(1);
    let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
    if wanted("contributions") {
        contributions();
    }
    if wanted("shares") {
        shares();
    }
}

fn contributions() {
    let mut world = World::new(METERS);
    let at = round(FIRST);
    let frames: Vec<Vec<u8>> = (0..METERS as usize).map(|i| world.frame(i, at, &[i as i64])).collect();
    let frames = slices(&frames);
    let (verifier, some) = (world.utility.verifier(), &frames[..500]);
    println!("{METERS} contributions");
    let single = cost("one by one, at the utility", some.len(), || {
        some.iter().for_each(|frame| drop(black_box(verifier.verify(at, frame).unwrap())));
    });
    let all = cost("all", frames.len(), || verifier.verify_all(at, &frames));
    let checked = verifier.verify_all(at, &frames);
    let hints: Vec<u8> =
        checked.iter().flat_map(|one| one.as_ref().unwrap().commitments()).copied().collect();
    let hinted =
        cost("all, with the utility's hints", frames.len(), || verifier.verify_hinted(at, &frames, &hints));
    println!("{:<62}{:>10.2} ×", "  of one by one", single / hinted);
    println!("{:<62}{:>10.2} ×", "  without hints", single / all);

    let (expect, scope) = (world.view.expect(Kind::Contribution, Flags::TRANSMISSION), world.view.scope());
    let identities: Vec<_> = world.meters.iter().map(|meter| meter.identity.public()).collect();
    let keys: Vec<CheckedKey> = identities.iter().map(|key| key.check().unwrap()).collect();
    let parsed = frames.iter().map(|frame| SignedFrame::parse(frame, &expect).unwrap());
    let signed: Vec<_> = parsed.zip(keys.iter().map(Some)).collect();
    cost("signatures: one by one", some.len(), || {
        signed[..some.len()]
            .iter()
            .zip(&identities)
            .for_each(|((frame, _), key)| _ = black_box(frame.verify(key, &scope).unwrap()));
    });
    cost("signatures: all, keys decoded", frames.len(), || SignedFrame::verify_all(&signed, &scope));
    cost("keys: decoding, once an epoch", some.len(), || {
        identities[..some.len()].iter().for_each(|key| _ = black_box(key.check()))
    });

    let (context, key) = (*world.view.context(), *world.keys.group_key());
    cost("proofs: one by one, points to be decoded", some.len(), || {
        for (frame, meter) in some.iter().zip(&world.meters) {
            let knowledge = Knowledge::from_bytes(frame[80..176].try_into().unwrap()).unwrap();
            let place = Place { context: &context, round: at, id: meter.id, channel: 0 };
            knowledge.verify(&place, &key, frame[16..80].try_into().unwrap()).unwrap();
        }
    });
    for (count, what) in [
        (1, "one bad of them"),
        (METERS as usize / 64, "one bad in every part"),
        (METERS as usize, "all bad"),
    ] {
        let mut bad: Vec<Vec<u8>> = frames.iter().map(|frame| frame.to_vec()).collect();
        bad.iter_mut().step_by(METERS as usize / count).for_each(|frame| frame[20] ^= 1);
        let bad = slices(&bad);
        cost(&format!("signatures and proofs, hints, {what}"), bad.len(), || {
            verifier.verify_hinted(at, &bad, &hints)
        });
    }
}

fn shares() {
    let secret = Scalar::hash_from_bytes::<sha2::Sha512>(b"secret");
    let public = Encoded::from(RistrettoPoint::mul_base(&secret));
    println!("decryption shares of one trustee, with one proof");
    for count in [1, 96, 1024] {
        let inputs: Vec<Encoded> = (0..count)
            .map(|i: usize| RistrettoPoint::hash_from_bytes::<sha2::Sha512>(&i.to_le_bytes()).into())
            .collect();
        let prove = || {
            let half = secret.div_by_2();
            let halves: Vec<RistrettoPoint> = inputs.iter().map(|input| half * input.point()).collect();
            let outputs = Encoded::doubles(&halves);
            let statement =
                Statement { domain: &[b"here"], public: &public, inputs: &inputs, outputs: &outputs };
            (Equality::prove(&statement, &secret, &Scalar::from(77u8)).unwrap(), outputs)
        };
        let (proof, outputs) = prove();
        cost(&format!("{count}: shares and proof, a share"), count, prove);
        let statement = Statement { domain: &[b"here"], public: &public, inputs: &inputs, outputs: &outputs };
        cost(&format!("{count}: check, a share"), count, || proof.verify(&statement).unwrap());
        let bytes: Vec<[u8; 32]> = outputs.iter().map(|output| *output.bytes()).collect();
        cost(&format!("{count}: check with decoding, a share"), count, || {
            let outputs: Vec<Encoded> =
                bytes.iter().map(|bytes| Encoded::from_bytes(bytes).unwrap()).collect();
            proof.verify(&Statement { outputs: &outputs, ..statement }).unwrap();
        });
    }
}
