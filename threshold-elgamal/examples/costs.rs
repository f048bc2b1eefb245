//! What each step costs on this machine: `cargo run --release -p threshold-elgamal --example costs`.
//!
//! Times as [`cost::least`] takes them.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

#[path = "timing/cost.rs"]
mod cost;
#[path = "../tests/world/shares.rs"]
mod shares;
#[path = "../tests/world/parties.rs"]
mod world;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use cost::{cost, on_core};
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Quorum;
use meter_link::{HighWater, Identity};
use threshold_elgamal::{Ciphertext, DlogTable, GroupTable, Knowledge, Meter, Place, combine};
use world::{FIRST, World, round, slices};

fn main() {
    if std::env::args().any(|argument| argument == "logarithms") {
        return logarithms();
    }
    let mut world = World::new(240);
    meter(&world);
    round_of(&mut world);
    logarithms();
}

fn meter(world: &World) {
    let table = Arc::new(GroupTable::new(world.keys.group_key()));
    contributions("contribution: ciphertext, proof, signature", world.meter(0), world);
    let tabled = world.meter(0).with_table(Arc::clone(&table)).unwrap();
    contributions("  with a table of the group key", tabled, world);
    // The same seed draws the same keys.
    let trusting = World::with(world.params.trust_all_meters(), 240, 1);
    let tabled = trusting.meter(0).with_table(table).unwrap();
    contributions("  and without the proof", tabled, &trusting);
    cost("table of a group key", 1, || GroupTable::new(world.keys.group_key()));
    println!("{:<62}{:>10} B", "  its size", GroupTable::SIZE);
    println!("{:<62}{:>10} B", "contribution", world.params.contribution_len());
}

fn contributions(what: &str, meter: Meter<&Identity>, world: &World) {
    let (at, mut rng) = (round(FIRST), ChaCha8Rng::seed_from_u64(1));
    let mut out = vec![0; world.params.contribution_len()];
    cost(what, 10, || {
        for reading in 0..10 {
            let mut mark = HighWater::<1>::new();
            let prepared = meter.contribute(&mut mark, at, at, &[reading], &mut out, &mut rng);
            black_box(prepared.unwrap().stored());
        }
    });
}

fn round_of(world: &mut World) {
    let at = round(FIRST);
    let collecting = world.collect(at, &[Some(400); 240]);
    let quorum = Quorum::new(&[1, 2, 3]).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let verifier = Arc::clone(world.utility.verifier());
    let some = list.get(..10).unwrap();
    cost("verify: signature and proof, one by one", 10, || {
        some.iter().for_each(|frame| drop(black_box(verifier.verify(at, frame).unwrap())));
    });
    cost("  10 at once", 10, || verifier.verify_all(at, &slices(some)));
    cost("  240 at once", 240, || verifier.verify_all(at, &slices(&list)));
    let (context, key) = (*world.view.context(), *world.keys.group_key());
    let first = list.first().unwrap();
    let encoded = first.get(16..80).unwrap().try_into().unwrap();
    let knowledge = Knowledge::from_bytes(first.get(80..176).unwrap().try_into().unwrap()).unwrap();
    let id = world.meters.first().unwrap().id;
    let place = Place { context: &context, round: at, id, channel: 0 };
    cost("  the proof alone, one by one", 1, || knowledge.verify(&place, &key, encoded).unwrap());
    let trustee = world.trustees.first_mut().unwrap();
    cost("trustee: check, sum and sign a list of 240", 1, || {
        trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored()
    });
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
    let trustee = world.trustees.first_mut().unwrap();
    let share = trustee.answer(&slices(&statements)).unwrap().stored();
    cost("trustee: check 3 statements, decryption share", 1, || trustee.answer(&slices(&statements)));
    let first = |frames: &Vec<Vec<u8>>| frames.first().map_or(0, Vec::len);
    println!("{:<62}{:>10} B", "statement", first(&statements));
    println!("{:<62}{:>10} B", "decryption share", share.len());
    let (secrets, _) = world.secrets();
    let sum = Ciphertext::from_bytes(encoded).unwrap();
    let shares: Vec<_> =
        secrets.iter().take(3).map(|secret| shares::checked(&world.keys, secret, &sum)).collect();
    cost("combine 3 shares", 1, || combine(&world.keys, &sum, &shares).unwrap());
}

fn logarithms() {
    let point = |m: i64| RistrettoPoint::mul_base(&Scalar::from(m.unsigned_abs()));
    for (bits, values) in [(17, 32), (19u32, 40u32), (23, 40), (26, 48)] {
        for (with, build) in
            [("", DlogTable::build as fn(_) -> _), (", no lanes", DlogTable::build_without_lanes)]
        {
            let (begin, before) = (Instant::now(), on_core());
            let table: DlogTable = build(bits).unwrap();
            let on_core = on_core().zip(before).map(|(after, before)| after.saturating_sub(before));
            let (built, size) = (on_core.unwrap_or(begin.elapsed()), DlogTable::size(bits));
            println!("table of 2^{bits}{with}: {size} B, built in {:.1} ms", built.as_secs_f64() * 1e3);
            // 2^values numbers, of which the last is furthest from the middle.
            let last = 1i64 << values.saturating_sub(1);
            let first = 1i64.wrapping_sub(last);
            cost("  logarithm of 100,000", 1, || table.solve(&point(100_000), first..=last).unwrap());
            let what = format!("  the last of 2^{values}");
            cost(&what, 1, || table.solve(&point(last), first..=last).unwrap());
            cost("  none of them", 1, || {
                table.solve(&point(last.wrapping_add(1)), first..=last).unwrap_err()
            });
            let targets: Vec<_> = (0..1000).map(|i| point(100_000i64.wrapping_mul(i))).collect();
            cost("  1000 below 10^8, each", 1000, || table.solve_many(&targets, 0..=100_000_000).unwrap());
            if bits == 23 {
                let file = table.to_bytes();
                cost("  from its file", 1, || DlogTable::from_bytes(&file).unwrap());
            }
        }
    }
}
