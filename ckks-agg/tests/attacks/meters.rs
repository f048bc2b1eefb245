//! By meters that collude: ciphertexts made of others' ciphertexts.

use ckks_agg::{Error, Fault, Opening, Sums, Values};
use meter_link::Kind;
use meter_link::answer::Quorum;

use crate::adversary::{Pair, contribution, open_and_close, signed};
use crate::link;
use crate::world::{FIRST, World, form, params, round, slices, three_of_five};

const VICTIM: usize = 2;
const COLLUDER: usize = 4;
const READINGS: [i64; 5] = [500, -20, 123, 777, 0];

/// k times the victim's ciphertext less the sum of all the others': the round's sum is k + 1 times the victim's reading less
/// nothing.
fn rogue(world: &World, frames: &[Vec<u8>], k: i64) -> Pair {
    let preset = world.params.preset();
    let pairs: Vec<Pair> = frames.iter().map(|frame| Pair::of(preset, frame)).collect();
    let zero = Pair::constant(preset, 0);
    let others = pairs.iter().fold(zero.clone(), |sum, pair| sum.plus(pair, -1));
    others.plus(&pairs[VICTIM], k)
}

fn honest(world: &World, at: u32) -> Vec<Vec<u8>> {
    (0..COLLUDER).map(|i| world.frame(i, round(at), &[READINGS[i]])).collect()
}

/// The colluder has seen the others' ciphertexts of the round.
#[test]
fn rogue_ciphertext() {
    // Where all meters are trusted, the sum is the victim's reading.
    for opening in [Opening::Holder, three_of_five()] {
        let trusting = params(5, opening, Values::Integers).trust_all_meters();
        let quorum: &[u8] = if opening == Opening::Holder { &[1] } else { &[1, 2, 3] };
        let mut world = World::with(trusting, 5, 1);
        let frames = honest(&world, FIRST);
        let at = round(FIRST);
        let payload = rogue(&world, &frames, 1).pack();
        let mut collecting = world.open(at);
        frames.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
        collecting.accept(&contribution(&world.view, &world.meters[COLLUDER], at, &payload)).unwrap();
        let mut closed = world.utility.close(collecting, &Quorum::new(quorum).unwrap()).unwrap();
        world.answer(at, &mut closed, quorum).unwrap();
        assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![READINGS[VICTIM]]));
    }

    // With commitments it is nothing that the colluder has committed to, whatever path it puts in front.
    for mut world in [World::held(5), World::new(5)] {
        let at = round(FIRST);
        let frames = honest(&world, FIRST);
        let body = rogue(&world, &frames, 1).pack();
        let own = world.frame(COLLUDER, at, &[0]);
        let path_len = own.len() - 16 - 64 - body.len();
        let refused = Fault::NotCommitted.of(world.meters[COLLUDER].id);
        let theirs = &frames[VICTIM][16..16 + path_len];
        let mut list = frames.clone();
        for path in [&own[16..16 + path_len], theirs, &vec![0; path_len]] {
            let payload = [path, &body].concat();
            let frame = contribution(&world.view, &world.meters[COLLUDER], at, &payload);
            let mut collecting = world.utility.verifier().verify(at, &frame).map(|_| ());
            assert_eq!(collecting, Err(refused));
            // The victim's own, copied, is not the colluder's either.
            let copied =
                contribution(&world.view, &world.meters[COLLUDER], at, &frames[VICTIM][16..own.len() - 64]);
            collecting = world.utility.verifier().verify(at, &copied).map(|_| ());
            assert_eq!(collecting, Err(refused));
            list.truncate(COLLUDER);
            list.push(frame);
        }
        // A malicious utility passes it on all the same: answerers check for themselves.
        let utility = form(&world.params, 5, world.seed).utility.identity;
        let quorum: &[u8] = if world.holder.is_some() { &[1] } else { &[1, 2, 3] };
        let (open, close) = open_and_close(&world.view, &utility, at, &[true; 5], quorum);
        if let Some(holder) = &mut world.holder {
            holder.open(at, &open).unwrap();
            let answer = holder.answer(at, &close, &slices(&list), &mut world.rng).map(|_| ());
            assert_eq!(answer, Err(refused));
        } else {
            let trustee = &mut world.trustees[0];
            trustee.open(at, &open).unwrap();
            assert_eq!(trustee.agree(at, &close, &slices(&list)).map(|_| ()), Err(refused));
        }
    }
}

/// The colluder keeps the ciphertexts of a round and builds that of the *next* one of them: commitments that were made round by
/// round would not see it.
#[test]
fn ciphertext_of_an_earlier_round() {
    const K: i64 = 1000;
    // A commitment to what it sends in the next round, made after this one: as if it was a group without commitments.
    let trusting = params(5, Opening::Holder, Values::Integers).trust_all_meters();
    let mut world = World::with(trusting, 5, 1);
    let frames = honest(&world, FIRST);
    let (then, now) = (round(FIRST), round(FIRST + 1));
    let victim = Pair::of(world.params.preset(), &frames[VICTIM]);
    let payload = Pair::constant(world.params.preset(), 0).plus(&victim, K).pack();
    let mut collecting = world.open(now);
    for (i, reading) in [0, 1, 2, 3].into_iter().enumerate() {
        collecting.accept(&world.frame(i, now, &[reading])).unwrap();
    }
    collecting.accept(&contribution(&world.view, &world.meters[COLLUDER], now, &payload)).unwrap();
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    let answer = world.answer(now, &mut closed, &[1]);
    // K fold noise is more than a sum of five has: this holder notices. Trustees do not.
    assert_eq!(answer, Err(Fault::BadCiphertext.of(world.meters[COLLUDER].id)));
    let mut world = World::with(params(5, three_of_five(), Values::Integers).trust_all_meters(), 5, 1);
    let frames = honest(&world, FIRST);
    let victim = Pair::of(world.params.preset(), &frames[VICTIM]);
    let payload = Pair::constant(world.params.preset(), 0).plus(&victim, 10).pack();
    let mut collecting = world.open(now);
    for (i, reading) in [0, 1, 2, 3].into_iter().enumerate() {
        collecting.accept(&world.frame(i, now, &[reading])).unwrap();
    }
    collecting.accept(&contribution(&world.view, &world.meters[COLLUDER], now, &payload)).unwrap();
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    world.answer(now, &mut closed, &[1, 2, 3]).unwrap();
    assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![6 + 10 * READINGS[VICTIM]]));

    // With commitments to all rounds of the epoch before the first, no ciphertext has been seen when they are made.
    let world = World::new(5);
    let frames = honest(&world, FIRST);
    let own = world.frame(COLLUDER, now, &[0]);
    let body = Pair::of(world.params.preset(), &frames[VICTIM]).pack();
    let path = &own[16..own.len() - 64 - body.len()];
    let payload = [path, &body].concat();
    let frame = contribution(&world.view, &world.meters[COLLUDER], now, &payload);
    let refused = Fault::NotCommitted.of(world.meters[COLLUDER].id);
    assert_eq!(world.utility.verifier().verify(now, &frame).map(|_| ()), Err(refused));
    // The own ciphertext of another round is not of this one.
    let other = world.frame(COLLUDER, then, &[0]);
    let replayed = contribution(&world.view, &world.meters[COLLUDER], now, &other[16..other.len() - 64]);
    assert_eq!(world.utility.verifier().verify(now, &replayed).map(|_| ()), Err(refused));
}

/// c₁ alone is committed to. With its own c₁ and the victim's c₀ a colluder opens nothing: the sum is noise modulo Q.
#[test]
fn the_others_first_parts_alone_are_of_no_use() {
    let mut world = World::new(5);
    let at = round(FIRST);
    let frames = honest(&world, FIRST);
    let own = world.frame(COLLUDER, at, &[0]);
    let (victim, mine) =
        (Pair::of(world.params.preset(), &frames[VICTIM]), Pair::of(world.params.preset(), &own));
    let mixed = Pair { parts: [victim.parts[0].clone(), mine.parts[1].clone()], ..mine };
    let body = mixed.pack();
    let payload = [&own[16..own.len() - 64 - body.len()], &body].concat();
    let mut collecting = world.open(at);
    frames.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
    collecting.accept(&contribution(&world.view, &world.meters[COLLUDER], at, &payload)).unwrap();
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    // Any number, within what can be or beyond: none that tells of the victim.
    let honest: i64 = READINGS.iter().sum();
    let opened = match closed.totals() {
        Ok(totals) => totals.sums,
        Err(error) => return assert_eq!(error, Error::Inconsistent),
    };
    for k in -2..=2 {
        assert_ne!(opened, Sums::Exact(vec![honest + k * READINGS[VICTIM]]));
    }
}

/// Two ciphertexts with one second polynomial have one noise: their difference is that of the readings, in clear.
#[test]
fn repeated_noise() {
    let trusting = params(5, Opening::Holder, Values::Integers).trust_all_meters();
    let mut world = World::with(trusting, 5, 1);
    let at = round(FIRST);
    let (first, second) = (world.frame(0, at, &[500]), world.frame(0, at, &[542]));
    let preset = world.params.preset();
    let (first, second) = (Pair::of(preset, &first), Pair::of(preset, &second));
    assert!(first.parts[1] == second.parts[1]);
    let difference = second.plus(&first, -1);
    // A constant polynomial, 42 times the scale: the same residue everywhere.
    let expected = (42u128 << world.params.scale_bits()) % u128::from(preset.primes()[0]);
    assert!(difference.parts[0][..preset.degree()].iter().all(|r| u128::from(*r) == expected));
    // Nobody takes a second polynomial that another has used.
    let frame = world.frame(0, at, &[500]);
    let copied = contribution(&world.view, &world.meters[1], at, &frame[16..frame.len() - 64]);
    let fault = Fault::RepeatedSeed.of(world.meters[1].id);
    let mut collecting = world.open(at);
    collecting.accept(&frame).unwrap();
    assert_eq!(collecting.accept(&copied), Err(fault));
    let utility = form(&world.params, 5, world.seed).utility.identity;
    let (open, close) = open_and_close(&world.view, &utility, at, &[true; 5], &[1]);
    let mut list = vec![frame, copied];
    list.extend((2..5).map(|i| world.frame(i, at, &[1])));
    let holder = world.holder.as_mut().unwrap();
    holder.open(at, &open).unwrap();
    assert_eq!(holder.answer(at, &close, &slices(&list), &mut world.rng).map(|_| ()), Err(fault));
}

/// A second commitment is a contradiction, and a commitment of somebody else's making is not signed by the meter.
#[test]
fn second_commitments() {
    let mut world = World::uncommitted(params(5, Opening::Holder, Values::Integers), 5, 1);
    let first = world.meter_uncertified(0).commit().unwrap();
    world.utility.accept_commitment(&first).unwrap();
    let (view, party) = (&world.view, &world.meters[0]);
    let other =
        signed(view, &party.identity, Kind::CiphertextCommitment, 0, party.id, round(FIRST), &[9; 32]);
    let refused = world.utility.accept_commitment(&other);
    assert_eq!(refused, Err(link(meter_link::Fault::Contradiction).of(party.id)));
    let forger = &world.meters[1];
    let forged =
        signed(view, &forger.identity, Kind::CiphertextCommitment, 0, party.id, round(FIRST), &[9; 32]);
    let refused = world.utility.accept_commitment(&forged);
    assert_eq!(refused, Err(link(meter_link::Fault::BadSignature).of(party.id)));
}
