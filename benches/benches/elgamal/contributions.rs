//! A meter's whole contribution, before and after its reading is there, and the check of ten thousand.

use std::hint::black_box;
use std::sync::Arc;

use meter_link::{HighWater, Identity, Kind, Round, Scope};
use threshold_elgamal::{GroupTable, Meter};

use super::world::{Committee, ROUND, World, rng};
use super::{Bench, row, timed};

/// Contributions in one run.
const MANY: usize = 16;
const METERS: u32 = 10_000;

fn at() -> Round {
    Round::from(ROUND)
}

/// A meter with a table of the group key.
fn tabled(world: &World) -> Meter<&Identity> {
    let table = Arc::new(GroupTable::new(world.keys.group_key()));
    world.meter(0).with_table(table).expect("its table")
}

/// What is left once the reading is there, with pairs prepared: ciphertext and signature; with the proof; and a signature
/// alone, which both contain. The peer encrypts, and signs nothing.
pub(super) fn online(bench: &mut Bench) {
    let committee = Committee::new(5, 3);
    let (trusting, proving) = (World::new(8, false), World::new(8, true));
    let (mut rng, mut rng_of_peer) = (rng(), rng());
    let mut frame = [0; 240];
    let mut contribute = |meter: &Meter<&Identity>| {
        let pairs: [_; MANY] = core::array::from_fn(|_| meter.prepare(at(), 0, &mut rng).expect("a pair"));
        timed(|| {
            for (pair, reading) in pairs.into_iter().zip(250..) {
                let mut mark = HighWater::<1>::new();
                let made = meter.contribute_with(&mut mark, at(), at(), &[reading], [pair], &mut frame);
                black_box(made.expect("a contribution").stored());
            }
        })
    };
    let [ciphertext, whole] = [&trusting, &proving].map(tabled);
    let contribute = std::cell::RefCell::new(&mut contribute);
    let identity = &proving.cohort.meters[0].identity;
    let scope = Scope::Context(proving.cohort.view.context());
    let key = committee.theirs().shared_key();
    let [with_signature, _, signature, peer] = row(
        bench,
        "online part",
        MANY,
        500,
        [
            ("ciphertext and signature", &mut || (contribute.borrow_mut())(&ciphertext)),
            ("ciphertext, proof and signature", &mut || (contribute.borrow_mut())(&whole)),
            ("a signature alone", &mut || {
                timed(|| {
                    for body in 0..MANY {
                        let body = [u8::try_from(body).expect("few"); 80];
                        black_box(identity.sign(Kind::Contribution, &scope, black_box(&body)));
                    }
                })
            }),
            ("elastic-elgamal's encryption", &mut || {
                timed(|| {
                    for reading in 0..MANY as u64 {
                        black_box(key.encrypt(black_box(reading), &mut rng_of_peer).to_bytes());
                    }
                })
            }),
        ],
    );
    let alone = with_signature - signature;
    benches::print("online part, ciphertext without the signature", "µs", alone);
    benches::print(
        "online part, ciphertext without the signature",
        "x elastic-elgamal's encryption",
        peer / alone,
    );
}

/// Ciphertext, proof, signature and mark; keys and tables are there.
pub(super) fn whole(bench: &mut Bench) {
    let committee = Committee::new(5, 3);
    let (trusting, proving) = (World::new(8, false), World::new(8, true));
    let (rng, mut rng_of_peer) = (std::cell::RefCell::new(rng()), rng());
    let plain = proving.meter(0);
    let [without_proof, tabled] = [&trusting, &proving].map(tabled);
    let contribute = |world: &World, meter: &Meter<&Identity>| {
        let rng = &mut *rng.borrow_mut();
        timed(|| (0..MANY as i64).for_each(|reading| _ = black_box(world.frame(meter, reading, rng))))
    };
    let key = committee.theirs().shared_key();
    row(
        bench,
        "contribution",
        MANY,
        200,
        [
            ("with proof, table of the group key", &mut || contribute(&proving, &tabled)),
            ("with proof", &mut || contribute(&proving, &plain)),
            ("without proof, table of the group key", &mut || contribute(&trusting, &without_proof)),
            ("elastic-elgamal's encryption", &mut || {
                timed(|| {
                    for reading in 0..MANY as u64 {
                        black_box(key.encrypt(black_box(reading), &mut rng_of_peer).to_bytes());
                    }
                })
            }),
        ],
    );
}

/// Signature, points and proof of 10,000 meters.
pub(super) fn verify(bench: &mut Bench) {
    let world = World::new(if bench.times == 0 { 100 } else { METERS }, true);
    let table = Arc::new(GroupTable::new(world.keys.group_key()));
    let mut rng = rng();
    let frames: Vec<Vec<u8>> = (0..world.cohort.meters.len())
        .map(|position| {
            let meter = world.meter(position).with_table(Arc::clone(&table)).expect("its table");
            world.frame(&meter, 400, &mut rng)
        })
        .collect();
    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let verifier = world.verifier();
    let checked = verifier.verify_all(at(), &frames);
    let commitments = checked.iter().map(|one| one.as_ref().expect("a good one").commitments());
    let hints: Vec<u8> = commitments.flatten().copied().collect();
    let what = format!("verify {} contributions, each", frames.len());
    row(
        bench,
        &what,
        frames.len(),
        4,
        [
            ("with hints", &mut || {
                timed(|| {
                    let checked = verifier.verify_hinted(at(), black_box(&frames), &hints);
                    assert!(checked.iter().all(Result::is_ok));
                })
            }),
            ("all at once", &mut || {
                timed(|| assert!(verifier.verify_all(at(), black_box(&frames)).iter().all(Result::is_ok)))
            }),
            ("one by one", &mut || {
                timed(|| assert!(frames.iter().all(|frame| verifier.verify(at(), black_box(frame)).is_ok())))
            }),
        ],
    );
}
