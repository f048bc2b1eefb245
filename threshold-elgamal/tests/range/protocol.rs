//! Rounds whose contributions carry range proofs.

use std::convert::Infallible;

use chacha20::rand_core::{TryCryptoRng, TryRng};
use curve25519_dalek::Scalar;
use meter_link::answer::{Quorum, Threshold};
use meter_link::{Channels, GroupConfig, GroupParams, HighWater, Identity, PartyId};
use std::sync::Arc;
use threshold_elgamal::range::{Bounds, Generators, RangeProof, Width};
use threshold_elgamal::{Ciphertext, Error, Fault, Knowledge, Meter, Misuse, Params, Place};

use crate::adversary;
use crate::statement::secret;
use crate::world::{FIRST, TABLE, World, config, params, round, slices};

const WIDTH: Width = Width::Bits32;
/// Where a channel's proof of range begins, and where it ends.
const PROOF: std::ops::Range<usize> = 160..160 + WIDTH.proof_len();
const LIAR: usize = 1;

fn ranged(meters: u32) -> World {
    World::with(params(meters).with_range(WIDTH).unwrap(), meters, 1)
}

/// A contribution of any size, signed and with an honest proof of knowledge; then `range`.
fn payload(world: &World, position: usize, reading: i64, range: Option<RangeProof>) -> Vec<u8> {
    let place = Place {
        context: world.view.context(),
        round: round(FIRST),
        id: world.meters[position].id,
        channel: 0,
    };
    let (key, blinding, nonces) = (world.keys.group_key(), secret(9), [secret(10), secret(11)]);
    let ciphertext = Ciphertext::encrypt(key, reading, &blinding).to_bytes();
    let knowledge = Knowledge::prove(&place, key, &ciphertext, reading, &blinding, nonces.each_ref());
    let range = range.map(|proof| proof.to_bytes()).unwrap_or_default();
    [&ciphertext[..], &knowledge.to_bytes(), &range].concat()
}

/// What a prover makes that says the reading were `said`, which is within bounds of its own.
fn forged(world: &World, position: usize, reading: i64, bounds: &Bounds, said: i64) -> RangeProof {
    let place = Place {
        context: world.view.context(),
        round: round(FIRST),
        id: world.meters[position].id,
        channel: 0,
    };
    let (key, blinding) = (world.keys.group_key(), secret(9));
    let ciphertext = Ciphertext::encrypt(key, reading, &blinding).to_bytes();
    RangeProof::prove(
        (&Generators::new(WIDTH), bounds),
        &place,
        key,
        &ciphertext,
        said,
        &blinding,
        &secret(12),
    )
    .unwrap()
}

fn sum(world: &mut World, frames: &[Vec<u8>]) -> Result<i64, Error> {
    let at = round(FIRST);
    let mut collecting = world.utility.open(at, at, &vec![true; frames.len()])?;
    for trustee in &mut world.trustees {
        trustee.open(at, collecting.frame())?;
    }
    for frame in frames {
        collecting.accept(frame)?;
    }
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 4]).unwrap())?;
    world.answer(at, &mut closed, &[1, 2, 4])?;
    Ok(world.utility.record(&closed, &TABLE)?.values[0])
}

#[test]
fn a_round() {
    let mut world = ranged(5);
    let readings = [1_000_000, -1_000_000, 0, -1, 77];
    let at = round(FIRST);
    let frames: Vec<Vec<u8>> = readings.iter().enumerate().map(|(i, m)| world.frame(i, at, &[*m])).collect();
    assert!(frames.iter().all(|frame| frame.len() == 240 + WIDTH.proof_len()));
    assert_eq!(sum(&mut world, &frames), Ok(76));
}

#[test]
fn several_channels() {
    let channels = Channels { first: 2, count: 3 };
    let group = GroupParams::new(GroupConfig { channels: channels.count, ..config(3) }).unwrap();
    let params = Params::new(group, Threshold::DEFAULT).unwrap().with_range(WIDTH).unwrap();
    let mut world = World::with(params, 3, 1);
    let party = &world.meters[0];
    let meter = Meter::new(&params, &world.view, party.id, channels, &party.identity, world.keys.group_key())
        .unwrap();
    let (at, mut mark, mut out) = (round(FIRST), HighWater::<8>::new(), vec![0; params.contribution_len()]);
    assert_eq!(out.len(), 16 + 3 * (160 + WIDTH.proof_len()) + 64);
    let frame = meter.contribute(&mut mark, at, at, &[5, -6, 7], &mut out, &mut world.rng).unwrap().stored();
    let verifier = world.utility.verifier();
    assert!(verifier.verify(at, frame).is_ok());
    // The ciphertexts of two channels exchanged, each with its proofs.
    let one = 160 + WIDTH.proof_len();
    let mut parts: Vec<&[u8]> = frame[16..16 + 3 * one].chunks(one).collect();
    parts.swap(0, 2);
    let swapped = adversary::contribution(&world.view, party, at, &parts.concat());
    assert!(
        matches!(verifier.verify(at, &swapped), Err(Error::Fault { culprit, .. }) if culprit == party.id)
    );
}

/// Without the proof one meter takes the sum out of its bound: the round is lost and nobody is named.
#[test]
fn a_reading_beyond_the_range() {
    let huge = 1i64 << 45;
    let mut plain = World::new(5);
    let at = round(FIRST);
    let mut frames: Vec<Vec<u8>> = (0..5).map(|i| plain.frame(i, at, &[10])).collect();
    let lie = payload(&plain, LIAR, huge, None);
    frames[LIAR] = adversary::contribution(&plain.view, &plain.meters[LIAR], at, &lie);
    assert_eq!(sum(&mut plain, &frames), Err(Error::Inconsistent));

    let mut world = ranged(5);
    let culprit = world.meters[LIAR].id;
    let mut frames: Vec<Vec<u8>> = (0..5).map(|i| world.frame(i, at, &[10])).collect();
    let honest = frames[LIAR][16..][PROOF].to_vec();
    // A proof of a smaller reading, of this one within bounds of its own, and of the meter's own earlier ciphertext.
    let range = RangeProof::from_bytes(WIDTH, &honest).unwrap();
    let (all, own) = (Bounds::all(WIDTH), Bounds::new(WIDTH, huge - 5, huge).unwrap());
    let session = *world.params.proven_range().unwrap();
    let proofs = [(session, 0), (session, 1_000_000), (all, 1_000_001), (own, huge)]
        .map(|(b, said)| forged(&world, LIAR, huge, &b, said));
    for proof in proofs.into_iter().chain([range]) {
        let lie = payload(&world, LIAR, huge, Some(proof));
        frames[LIAR] = adversary::contribution(&world.view, &world.meters[LIAR], at, &lie);
        world.forget();
        assert_eq!(sum(&mut world, &frames), Err(Fault::BadRange.of(culprit)));
    }
    // One more than is allowed, where the width has room for it.
    let one_more = payload(&world, LIAR, 1_000_001, Some(forged(&world, LIAR, 1_000_001, &all, 1_000_001)));
    let one_more = adversary::contribution(&world.view, &world.meters[LIAR], at, &one_more);
    let refused = world.utility.verifier().verify(at, &one_more).map(|_| ());
    assert_eq!(refused, Err(Fault::BadRange.of(culprit)));
    // A utility that lets it pass does not get it past the trustees.
    let (_, cohort) = world.secrets();
    let (open, close) =
        adversary::open_and_close(&world.view, &cohort.utility.identity, at, &[true; 5], &[1, 2, 3]);
    world.forget();
    world.trustees[0].open(at, &open).unwrap();
    let refused = world.trustees[0].agree(at, &close, &slices(&frames)).map(|_| ());
    assert_eq!(refused, Err(Fault::BadRange.of(culprit)));
    // Without the proof it has no right length.
    let lie = payload(&world, LIAR, huge, None);
    let short = adversary::contribution(&world.view, &world.meters[LIAR], at, &lie);
    let refused = world.utility.verifier().verify(at, &short).map(|_| ());
    assert_eq!(refused, Err(meter_link::Malformed::Truncated.into()));
}

#[test]
fn replayed_and_swapped_proofs() {
    let mut world = ranged(4);
    let (at, later) = (round(FIRST), round(FIRST + 1));
    let frames: Vec<Vec<u8>> = (0..4).map(|i| world.frame(i, at, &[10])).collect();
    let verifier = world.utility.verifier();
    let with = |position: usize, at, proof: &[u8]| {
        let mut payload = frames[position][16..16 + PROOF.end].to_vec();
        payload[PROOF].copy_from_slice(proof);
        adversary::contribution(&world.view, &world.meters[position], at, &payload)
    };
    let proof = |position: usize| &frames[position][16..][PROOF];
    let bad = |position: usize| Some(Fault::BadRange.of(world.meters[position].id));
    // The whole payload in the next round fails as a proof of knowledge first.
    let replayed = with(0, later, proof(0));
    assert_eq!(verifier.verify(later, &replayed).err(), Some(Fault::BadKnowledge.of(world.meters[0].id)));
    // Two meters' proofs exchanged, in a batch with two honest ones.
    let swapped = [with(0, at, proof(1)), frames[2].clone(), with(1, at, proof(0)), frames[3].clone()];
    let outcomes = verifier.verify_all(at, &slices(&swapped)).into_iter().map(Result::err);
    assert_eq!(outcomes.collect::<Vec<_>>(), [bad(0), None, bad(1), None]);
    // Errors that cancel in a plain sum: δ′ of one too large, of the other too small.
    let shifted = |position: usize, by: Scalar| {
        let mut proof = proof(position).to_vec();
        let last = proof.last_chunk_mut::<32>().unwrap();
        *last = (Scalar::from_canonical_bytes(*last).unwrap() + by).to_bytes();
        with(position, at, &proof)
    };
    let cancelling =
        [shifted(0, Scalar::ONE), frames[1].clone(), frames[2].clone(), shifted(3, -Scalar::ONE)];
    let outcomes = verifier.verify_all(at, &slices(&cancelling)).into_iter().map(Result::err);
    assert_eq!(outcomes.collect::<Vec<_>>(), [bad(0), None, None, bad(3)]);
}

/// Every byte of it, changed before the meter signs.
#[test]
fn malformed_proofs() {
    let mut world = ranged(3);
    let (at, party) = (round(FIRST), PartyId(1000));
    let frame = world.frame(0, at, &[-5]);
    let verifier = world.utility.verifier();
    let frames: Vec<Vec<u8>> = PROOF
        .map(|place| {
            let mut payload = frame[16..16 + PROOF.end].to_vec();
            payload[place] ^= 0x80 >> (place % 8);
            adversary::contribution(&world.view, &world.meters[0], at, &payload)
        })
        .collect();
    for (place, outcome) in verifier.verify_all(at, &slices(&frames)).into_iter().enumerate() {
        let Err(Error::Fault { culprit, fault }) = outcome else { panic!("{place}") };
        assert_eq!(culprit, party);
        assert!(matches!(fault, Fault::BadRange | Fault::NotAPoint | Fault::NotAScalar), "{place}: {fault}");
    }
    assert!(verifier.verify(at, &frame).is_ok());
}

#[test]
fn parameters() {
    let plain = params(5);
    assert_eq!(plain.proven_range(), None);
    let bad = Err(meter_link::Misuse::BadParameter.into());
    // Readings of up to 10^6 need 21 bits.
    assert_eq!(plain.with_range(Width::Bits8), bad);
    assert_eq!(plain.with_range(Width::Bits16), bad);
    assert_eq!(plain.trust_all_meters().with_range(WIDTH), bad);
    let of = |max_reading| {
        Params::new(GroupParams::new(GroupConfig { max_reading, ..config(5) }).unwrap(), Threshold::DEFAULT)
            .unwrap()
    };
    assert!(of(127).with_range(Width::Bits8).is_ok());
    assert_eq!(of(128).with_range(Width::Bits8), bad);
    assert!(of((1 << 31) - 1).with_range(Width::Bits32).is_ok());
    assert_eq!(of(1 << 31).with_range(Width::Bits32), bad);
    let mut sessions = vec![of(100).session(), of(100).trust_all_meters().session()];
    for width in Width::ALL {
        let params = of(100).with_range(width).unwrap();
        assert_eq!(params.proven_range(), Some(&Bounds::new(width, -100, 100).unwrap()));
        assert_eq!(params.contribution_len(), 240 + width.proof_len());
        assert!(!sessions.contains(&params.session()));
        sessions.push(params.session());
        assert_eq!(params.trust_all_meters(), of(100).trust_all_meters());
    }
}

/// Generators made beforehand make the same bytes; of another width they are refused.
#[test]
fn generators_of_the_meter() {
    let world = ranged(3);
    let at = round(FIRST);
    let frame = |meter: &Meter<&Identity>| {
        let (mut mark, mut out) = (HighWater::<1>::new(), vec![0; world.params.contribution_len()]);
        let frame = meter.contribute(&mut mark, at, at, &[5], &mut out, &mut Stuck).unwrap();
        frame.stored().to_vec()
    };
    let with = |width| world.meter(0).with_generators(Arc::new(Generators::new(width)));
    assert_eq!(frame(&with(WIDTH).unwrap()), frame(&world.meter(0)));
    assert_eq!(with(Width::Bits64).map(drop), Err(Misuse::WrongTable.into()));
    let plain = World::new(3);
    let refused = plain.meter(0).with_generators(Arc::new(Generators::new(WIDTH))).map(drop);
    assert_eq!(refused, Err(Misuse::WrongTable.into()));
}

/// A generator of random bytes that gives the same for ever.
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

/// Two readings of one interval, as after a rolled-back mark: nothing of the two proofs is the same.
#[test]
fn a_generator_that_is_stuck() {
    let world = ranged(3);
    let at = round(FIRST);
    let proof = |reading: i64| {
        let (mut mark, mut out) = (HighWater::<1>::new(), vec![0; world.params.contribution_len()]);
        let frame = world.meter(0).contribute(&mut mark, at, at, &[reading], &mut out, &mut Stuck).unwrap();
        frame.stored()[16..][PROOF].to_vec()
    };
    assert_eq!(proof(5), proof(5));
    let (first, second) = (proof(5), proof(6));
    assert!(first.chunks(32).zip(second.chunks(32)).all(|(one, other)| one != other));
}

/// Prepared pairs carry the proof as well.
#[test]
fn prepared_pairs() {
    let world = ranged(3);
    let (at, meter) = (round(FIRST), world.meter(0));
    let mut out = vec![0; world.params.contribution_len()];
    let pair = meter.prepare(at, 0, &mut Stuck).unwrap();
    let frame = meter.contribute_with(&mut HighWater::<1>::new(), at, at, &[-9], [pair], &mut out).unwrap();
    let frame = frame.stored().to_vec();
    assert!(world.utility.verifier().verify(at, &frame).is_ok());
    // The same pair once more, under another reading: the nonces are hashed with the ciphertext.
    let pair = meter.prepare(at, 0, &mut Stuck).unwrap();
    let again = meter.contribute_with(&mut HighWater::<1>::new(), at, at, &[-8], [pair], &mut out).unwrap();
    let again = again.stored();
    assert_eq!(again[16..48], frame[16..48]);
    assert!(
        frame[16..][PROOF].chunks(32).zip(again[16..][PROOF].chunks(32)).all(|(one, other)| one != other)
    );
}
