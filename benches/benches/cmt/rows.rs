//! What a meter, the supplier and a whole ring do.

use std::cell::RefCell;
use std::hint::black_box;
use std::time::Duration;

use benches::print;
use cmt_ring::Mode;

use super::elgamal::Elgamal;
use super::ring::{Ring, reading};
use super::sides::{Bench, row, timed};
use super::world::{ROUND, rng};

/// Meters of the large ring; as a test, few.
fn size(bench: &Bench) -> u32 {
    if bench.times == 0 { 20 } else { 10_000 }
}

/// A member's part of a round, mark and tag included. Of drawn δ it opens one and seals one.
pub(super) fn meter(bench: &mut Bench) {
    const MANY: usize = 64;
    let [mut derived, mut drawn] = [Mode::Derived, Mode::Drawn].map(|mode| Ring::formed(65, mode));
    let elgamal = Elgamal::new(8);
    let (one, mut rng) = (elgamal.world.meter(0), rng());
    let (mut out, mut delta) = (vec![0; MANY * 40], vec![0; drawn.delta_len()]);
    let out = RefCell::new(&mut out);
    row(
        bench,
        "ciphertext of a meter",
        MANY,
        100,
        [
            ("derived", &mut || {
                derived.skip();
                timed(|| derived.contribute(1..1 + MANY, black_box(*out.borrow_mut())))
            }),
            ("drawn", &mut || {
                drawn.skip();
                let collecting = drawn.collect();
                drawn.start(collecting.start().expect("a request"), &mut delta);
                timed(|| drawn.relay(1..1 + MANY, &mut delta, black_box(*out.borrow_mut())))
            }),
            ("threshold-elgamal", &mut || {
                timed(|| {
                    (0..MANY).for_each(|n| _ = black_box(elgamal.world.frame(&one, reading(n), &mut rng)))
                })
            }),
        ],
    );
}

/// What the head end does with the frames of a round: here tags, a sum and K; there signatures, proofs, points, a sum, and
/// three shares, proven and checked, and a logarithm.
pub(super) fn head(bench: &mut Bench) {
    let count = size(bench) as usize;
    let most = 100_000 * count as i64;
    let ring = RefCell::new(Ring::formed(size(bench), Mode::Derived));
    let elgamal = Elgamal::new(size(bench));
    let frames = elgamal.contributions(reading);
    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
    let verifier = elgamal.world.verifier();
    let at = ROUND.into();
    let round = || {
        let mut ring = ring.borrow_mut();
        let collecting = ring.collect();
        let frames = ring.ciphertexts(&collecting);
        (collecting, frames)
    };
    row(
        bench,
        &format!("taking in {count} frames, each"),
        count,
        4,
        [
            ("cmt-ring", &mut || {
                let (mut collecting, frames) = round();
                let time = timed(|| ring.borrow().accept(&mut collecting, black_box(&frames)));
                ring.borrow_mut().end(collecting);
                time
            }),
            ("threshold-elgamal", &mut || {
                timed(|| {
                    assert!(verifier.verify_all(at, black_box(&frames)).iter().all(Result::is_ok));
                    Elgamal::sum(&frames)
                })
            }),
        ],
    );
    let (sum, truth) = (Elgamal::sum(&frames), (0..count).map(reading).sum::<i64>());
    row(
        bench,
        &format!("opening a sum of {count}"),
        1,
        20,
        [
            ("cmt-ring", &mut || {
                let (mut collecting, frames) = round();
                ring.borrow().accept(&mut collecting, &frames);
                timed(|| ring.borrow_mut().end(collecting))
            }),
            ("threshold-elgamal", &mut || timed(|| assert_eq!(elgamal.open(black_box(&sum), most), truth))),
        ],
    );
}

/// A whole round in memory, all roles on one core; and what forming that ring costs each role, once.
pub(super) fn ring(bench: &mut Bench) {
    let count = size(bench) as usize;
    let [mut derived, mut drawn] = [Mode::Derived, Mode::Drawn].map(|mode| {
        let mut ring = Ring::new(size(bench), mode);
        form(&mut ring, count);
        ring
    });
    let elgamal = Elgamal::new(size(bench));
    let verifier = elgamal.world.verifier();
    let round = |ring: &mut Ring| {
        timed(|| {
            let mut collecting = ring.collect();
            let frames = ring.ciphertexts(&collecting);
            ring.accept(&mut collecting, &frames);
            ring.end(collecting);
        })
    };
    row(
        bench,
        &format!("a round of {count} meters, all roles"),
        1,
        2,
        [
            ("derived", &mut || round(&mut derived)),
            ("drawn", &mut || round(&mut drawn)),
            ("threshold-elgamal", &mut || {
                timed(|| {
                    let frames = elgamal.contributions(reading);
                    let frames: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
                    assert!(verifier.verify_all(ROUND.into(), &frames).iter().all(Result::is_ok));
                    elgamal.open(&Elgamal::sum(&frames), 100_000 * count as i64)
                })
            }),
        ],
    );
}

fn form(ring: &mut Ring, count: usize) {
    let report = |what: &str, time: Duration, items: usize| {
        print(&format!("forming a ring of {count}, {what}"), "µs", time.as_secs_f64() * 1e6 / items as f64);
    };
    let (mut forming, mut formed) = (None, None);
    report("concentrator's tokens, each", timed(|| forming = Some(ring.open())), count);
    let time = timed(|| formed = Some(ring.join_all(forming.take().expect("opened"))));
    report("a member's first key, made and taken in", time, count);
    let formed = formed.expect("formed");
    report("a member's seat", timed(|| ring.seat_all(&formed)), count);
    report("supplier's token keys, each", timed(|| ring.register(&formed)), count);
}
