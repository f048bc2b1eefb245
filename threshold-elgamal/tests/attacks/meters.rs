//! By meters that collude, or are broken.

use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::HighWater;
use meter_link::answer::Quorum;
use rand_core::{Infallible, TryCryptoRng, TryRng};
use threshold_elgamal::{Ciphertext, Error, Fault};

use crate::world::{FIRST, TABLE, World, params, round, slices};
use crate::{VICTIM, adversary, link};

const COLLUDER: usize = 4;
const READINGS: [i64; 5] = [500, -20, 123, 777, 0];

fn y(world: &World) -> RistrettoPoint {
    CompressedRistretto(*world.keys.group_key().encoding()).decompress().unwrap()
}

/// The others' honest frames, and what the colluder makes of them.
fn with_rogue(
    world: &mut World,
    rogue: impl Fn(&World, &[Ciphertext]) -> [u8; 64],
) -> (Vec<Vec<u8>>, [u8; 64]) {
    let frames: Vec<Vec<u8>> = (0..COLLUDER).map(|i| world.frame(i, round(FIRST), &[READINGS[i]])).collect();
    let ciphertexts: Vec<Ciphertext> = frames.iter().map(|f| adversary::ciphertext(f)).collect();
    let rogue = rogue(world, &ciphertexts);
    (frames, rogue)
}

/// Runs the round with the colluder's ciphertext among the others, as far as it goes.
fn run(world: &mut World, frames: &[Vec<u8>], payload: &[u8]) -> Result<i64, Error> {
    let at = round(FIRST);
    let mut collecting = world.utility.open(at, at, &[true; 5]).unwrap();
    for trustee in &mut world.trustees {
        trustee.open(at, collecting.frame()).unwrap();
    }
    for frame in frames {
        collecting.accept(frame)?;
    }
    let rogue = adversary::contribution(&world.view, &world.meters[COLLUDER], at, payload);
    collecting.accept(&rogue)?;
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3])?)?;
    world.answer(at, &mut closed, &[1, 2, 3])?;
    Ok(world.utility.record(&closed, &TABLE)?.values[0])
}

/// Whatever 96 bytes the colluder puts where its proof belongs, utility and trustees refuse.
fn refused_with_proofs(rogue: impl Fn(&World, &[Ciphertext]) -> [u8; 64]) {
    let mut world = World::new(5);
    let (frames, rogue) = with_rogue(&mut world, rogue);
    let at = round(FIRST);
    let honest = world.frame(COLLUDER, at, &[1]);
    let colluder = world.meters[COLLUDER].id;
    let copied: [&[u8]; 3] = [&frames[VICTIM][80..176], &honest[80..176], &[0; 96]];
    for proof in copied {
        let payload = [&rogue[..], proof].concat();
        assert_eq!(run(&mut world, &frames, &payload), Err(Fault::BadKnowledge.of(colluder)));

        // A malicious utility passes it on all the same.
        let mut list = frames.clone();
        list.push(adversary::contribution(&world.view, &world.meters[COLLUDER], at, &payload));
        let (_, cohort) = world.secrets();
        let utility = &cohort.utility.identity;
        let (open, close) = adversary::open_and_close(&world.view, utility, at, &[true; 5], &[1, 2, 3]);
        world.forget();
        let trustee = &mut world.trustees[0];
        trustee.open(at, &open).unwrap();
        let refused = trustee.agree(at, &close, &slices(&list)).map(|_| ());
        assert_eq!(refused, Err(Fault::BadKnowledge.of(colluder)));
    }
    let payload = &rogue[..];
    let truncated = run(&mut world, &frames, payload);
    assert!(matches!(truncated, Err(Error::Malformed(_))));
}

/// One colluding meter sends k − 1 times the victim's ciphertext minus the sum of all the others'.
#[test]
fn rogue_ciphertext() {
    for factor in [1u64, 1 << 14] {
        let rogue = |world: &World, others: &[Ciphertext]| {
            let (victim, factor) = (&others[VICTIM], Scalar::from(factor));
            let all = Ciphertext::sum(others);
            let (r, c) = (victim.r() * factor - all.r(), victim.c() * factor - all.c());
            // Blinded once more: nobody sees where it comes from.
            let extra = Scalar::from(31u8);
            adversary::encoded(r + RistrettoPoint::mul_base(&extra), c + y(world) * extra)
        };
        let mut trusting = World::with(params(5).trust_all_meters(), 5, 1);
        let (frames, payload) = with_rogue(&mut trusting, rogue);
        let victims = READINGS[VICTIM] * factor as i64;
        assert_eq!(run(&mut trusting, &frames, &payload), Ok(victims));
        refused_with_proofs(rogue);
    }
}

/// A colluder sends the victim's ciphertext again, so that the victim counts twice.
#[test]
fn copied_ciphertext() {
    let copy = |world: &World, others: &[Ciphertext]| adversary::blind_again(&y(world), &others[VICTIM], 77);
    let mut trusting = World::with(params(5).trust_all_meters(), 5, 1);
    let (frames, payload) = with_rogue(&mut trusting, copy);
    let twice = READINGS[..COLLUDER].iter().sum::<i64>() + READINGS[VICTIM];
    assert_eq!(run(&mut trusting, &frames, &payload), Ok(twice));
    refused_with_proofs(copy);
    // As it is, without new blinding, nobody takes it even where all meters are trusted: R is used.
    let mut trusting = World::with(params(5).trust_all_meters(), 5, 1);
    let colluder = trusting.meters[COLLUDER].id;
    let payload = adversary::ciphertext(&frames[VICTIM]).to_bytes();
    assert_eq!(run(&mut trusting, &frames, &payload), Err(Fault::RepeatedPoint.of(colluder)));
}

/// A colluder keeps the victim's ciphertext of one round, proof and all, and sends it in a later one.
#[test]
fn replayed_proof_in_another_round() {
    let (then, now) = (round(FIRST), round(FIRST + 1));
    let mut trusting = World::with(params(5).trust_all_meters(), 5, 1);
    let old = trusting.frame(VICTIM, then, &[READINGS[VICTIM]]);
    let mut collecting = trusting.collect(now, &[Some(0), Some(0), Some(0), Some(0), None]);
    let replayed = adversary::contribution(&trusting.view, &trusting.meters[COLLUDER], now, &old[16..80]);
    collecting.accept(&replayed).unwrap();
    let mut closed = trusting.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    trusting.answer(now, &mut closed, &[1, 2, 3]).unwrap();
    assert_eq!(trusting.utility.record(&closed, &TABLE).unwrap().values, [READINGS[VICTIM]]);

    let mut world = World::new(5);
    let old = world.frame(VICTIM, then, &[READINGS[VICTIM]]);
    let verifier = world.utility.verifier();
    let refused = |frame: &[u8]| verifier.verify(now, frame).map(|_| ()).unwrap_err();
    // Under the colluder's name, under the victim's own (which only the victim could sign), and as it was.
    for who in [COLLUDER, VICTIM] {
        let party = &world.meters[who];
        let replayed = adversary::contribution(&world.view, party, now, &old[16..176]);
        assert_eq!(refused(&replayed), Fault::BadKnowledge.of(party.id));
    }
    let victim = world.meters[VICTIM].id;
    assert_eq!(refused(&old), link(meter_link::Fault::WrongRound).of(victim));
    let stolen = adversary::contribution(&world.view, &world.meters[COLLUDER], then, &old[16..176]);
    let here = verifier.verify(then, &stolen).map(|_| ());
    assert_eq!(here, Err(Fault::BadKnowledge.of(world.meters[COLLUDER].id)));
}

/// Two readings under one blinding: their difference is in clear.
#[test]
fn repeated_r() {
    let mut world = World::with(params(5).trust_all_meters(), 5, 1);
    let at = round(FIRST);
    let first = world.frame(0, at, &[500]);
    let once = adversary::ciphertext(&first);
    let again = adversary::encoded(*once.r(), once.c() + RistrettoPoint::mul_base(&Scalar::from(42u8)));
    let second = adversary::contribution(&world.view, &world.meters[1], at, &again);
    let difference = adversary::ciphertext(&second).c() - once.c();
    assert_eq!(TABLE.solve(&difference, -1000..=1000), Ok(42));

    let fault = Fault::RepeatedPoint.of(world.meters[1].id);
    let mut collecting = world.utility.open(at, at, &[true; 5]).unwrap();
    collecting.accept(&first).unwrap();
    assert_eq!(collecting.accept(&second), Err(fault));
    assert_eq!(collecting.missing().count(), 4);

    let (_, cohort) = world.secrets();
    let (open, close) =
        adversary::open_and_close(&world.view, &cohort.utility.identity, at, &[true; 5], &[1, 2, 3]);
    let mut list = vec![first, second];
    list.extend((2..5).map(|i| world.frame(i, at, &[1])));
    world.trustees[0].open(at, &open).unwrap();
    assert_eq!(world.trustees[0].agree(at, &close, &slices(&list)).map(|_| ()), Err(fault));
}

/// R the identity: C is the reading itself.
#[test]
fn identity_r() {
    let world = World::with(params(5).trust_all_meters(), 5, 1);
    let clear = adversary::encoded(RistrettoPoint::default(), RistrettoPoint::mul_base(&Scalar::from(42u8)));
    let c = CompressedRistretto(clear[32..].try_into().unwrap()).decompress().unwrap();
    assert_eq!(TABLE.solve(&c, -1000..=1000), Ok(42));
    let frame = adversary::contribution(&world.view, &world.meters[1], round(FIRST), &clear);
    let refused = world.utility.verifier().verify(round(FIRST), &frame).map(|_| ());
    assert_eq!(refused, Err(Fault::IdentityPoint.of(world.meters[1].id)));
}

/// A generator that gives the same bytes for ever, as one without entropy does.
struct Stuck;

impl TryRng for Stuck {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0)
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0)
    }
    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(0);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

#[test]
fn a_generator_that_is_stuck() {
    // Blindings that are the generator's output are the same twice.
    let mut world = World::new(5);
    let at = round(FIRST);
    let stuck = |world: &World, position: usize, at, reading: i64| {
        let (mut mark, mut out) = (HighWater::<1>::new(), [0; 240]);
        let meter = world.meter(position);
        let frame = meter.contribute(&mut mark, at, at, &[reading], &mut out, &mut Stuck).unwrap();
        adversary::ciphertext(frame.stored()).r().compress().to_bytes()
    };
    let all = [
        stuck(&world, 0, at, 5),
        stuck(&world, 0, at, 6),
        stuck(&world, 1, at, 5),
        stuck(&world, 0, round(FIRST + 1), 5),
        adversary::ciphertext(&world.frame(0, at, &[5])).r().compress().to_bytes(),
    ];
    for (i, r) in all.iter().enumerate() {
        assert!(!all[..i].contains(r), "{i}");
    }
    assert_eq!(stuck(&world, 0, at, 5), all[0]); // the generator is stuck indeed
}
