//! Contributions of pairs that were prepared before the reading was known.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/parties.rs"]
mod world;

use chacha20::rand_core::{Infallible, TryCryptoRng, TryRng};
use curve25519_dalek::ristretto::CompressedRistretto;
use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::Quorum;
use meter_link::{Channels, HighWater, Identity};
use threshold_elgamal::{Error, Meter, Misuse};
use world::{FIRST, TABLE, World, round};

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

fn contribute(
    meter: &Meter<&Identity>,
    mark: &mut HighWater<1>,
    at: u32,
    reading: i64,
    pair: threshold_elgamal::Pair,
) -> Result<Vec<u8>, Error> {
    let mut out = [0; 240];
    let prepared = meter.contribute_with(mark, round(at), round(at), &[reading], [pair], &mut out)?;
    Ok(prepared.stored().to_vec())
}

#[test]
fn a_round_of_prepared_contributions() {
    let mut world = World::new(20);
    let at = round(FIRST);
    let mut collecting = world.collect(at, &[None; 20]);
    for place in 0..20 {
        let pair = world.meter(place).prepare(at, 0, &mut chacha20_rng(place)).unwrap();
        let frame = contribute(&world.meter(place), &mut HighWater::new(), FIRST, place as i64 - 7, pair);
        collecting.accept(&frame.unwrap()).unwrap();
    }
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 4]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[1, 2, 4]).unwrap();
    let sum = world.utility.record(&closed, &TABLE).unwrap();
    assert_eq!((sum.values, sum.meters), (vec![(0..20).map(|i| i - 7).sum::<i64>()], 20));
}

fn chacha20_rng(seed: usize) -> impl chacha20::rand_core::CryptoRng {
    use chacha20::rand_core::SeedableRng;
    chacha20::ChaCha8Rng::seed_from_u64(seed as u64)
}

#[test]
fn a_pair_fits_its_place_only() {
    let world = World::new(20);
    let (own, other) = (world.meter(3), world.meter(4));
    let mut rng = chacha20_rng(1);
    let mut mark = HighWater::new();
    let wrong = Err(Misuse::WrongPair.into());
    let pair = own.prepare(round(FIRST + 1), 0, &mut rng).unwrap();
    assert_eq!(contribute(&own, &mut mark, FIRST, 5, pair), wrong);
    let pair = other.prepare(round(FIRST), 0, &mut rng).unwrap();
    assert_eq!(contribute(&own, &mut mark, FIRST, 5, pair), wrong);
    let elsewhere = World::with(world.params, 20, 2);
    let pair = elsewhere.meter(3).prepare(round(FIRST), 0, &mut rng).unwrap();
    assert_eq!(contribute(&own, &mut mark, FIRST, 5, pair), wrong);
    let pair = own.prepare(round(FIRST), 0, &mut rng).unwrap();
    contribute(&own, &mut mark, FIRST, 5, pair).unwrap();
    // The interval is spent, with or without a pair.
    let pair = own.prepare(round(FIRST), 0, &mut rng).unwrap();
    assert!(matches!(contribute(&own, &mut mark, FIRST, 6, pair), Err(Error::Misuse(Misuse::Link(_)))));
    let outside = Err(meter_link::Misuse::RoundOutsideEpoch.into());
    assert_eq!(own.prepare(round(FIRST - 1), 0, &mut rng).map(drop), outside);
    let channel = Err(meter_link::Misuse::WrongChannels.into());
    assert_eq!(own.prepare(round(FIRST), 1, &mut rng).map(drop), channel);
}

/// A generator that gives nothing but zeros: pairs of two rounds, and of a round made on the way, differ.
#[test]
fn a_stuck_generator_repeats_no_blinding_across_rounds() {
    let world = World::new(20);
    let meter = world.meter(0);
    let mut mark = HighWater::new();
    let mut seen: Vec<Vec<u8>> = Vec::new();
    for at in FIRST..FIRST + 4 {
        let pair = meter.prepare(round(at), 0, &mut Stuck).unwrap();
        seen.push(contribute(&meter, &mut mark, at, 5, pair).unwrap()[16..48].to_vec());
    }
    let mut out = [0; 240];
    let made =
        meter.contribute(&mut HighWater::<1>::new(), round(FIRST), round(FIRST), &[5], &mut out, &mut Stuck);
    seen.push(made.unwrap().stored()[16..48].to_vec());
    for (i, r) in seen.iter().enumerate() {
        assert!(!seen[..i].contains(r), "{i}");
    }
}

fn scalar(frame: &[u8], at: usize) -> Scalar {
    Scalar::from_canonical_bytes(frame[at..at + 32].try_into().unwrap()).unwrap()
}

fn point(bytes: &[u8]) -> RistrettoPoint {
    CompressedRistretto(bytes.try_into().unwrap()).decompress().unwrap()
}

/// What anybody on the line learns of two contributions of one pair: r, and so both readings.
fn readings(world: &World, frames: [&[u8]; 2]) -> Option<[i64; 2]> {
    let [a, b] = frames;
    if a[16..48] != b[16..48] {
        return None;
    }
    let r = (scalar(a, 112) - scalar(b, 112)) * (scalar(a, 80) - scalar(b, 80)).invert();
    let mask = point(world.keys.group_key().encoding()) * r;
    Some(frames.map(|frame| TABLE.solve(&(point(&frame[48..80]) - mask), -1_000_000..=1_000_000).unwrap()))
}

/// The documented loss: a stuck generator and a mark that was rolled back, both.
#[test]
fn prepared_pairs_after_a_rollback() {
    let world = World::new(20);
    let meter = world.meter(3);
    let send = |reading| {
        let pair = meter.prepare(round(FIRST), 0, &mut Stuck).unwrap();
        contribute(&meter, &mut HighWater::new(), FIRST, reading, pair).unwrap()
    };
    assert_eq!(readings(&world, [&send(1234), &send(-77)]), Some([1234, -77]));
    // Made on the way, the two have nothing in common.
    let made = |reading| {
        let (mut mark, mut out) = (HighWater::<1>::new(), [0; 240]);
        let at = round(FIRST);
        meter.contribute(&mut mark, at, at, &[reading], &mut out, &mut Stuck).unwrap().stored().to_vec()
    };
    assert_eq!(readings(&world, [&made(1234), &made(-77)]), None);
}

/// Two channels of one device in one session, one mark that is never rolled back, and a stuck generator.
#[test]
fn prepared_pairs_of_two_channels_of_a_device() {
    let world = World::new(20);
    let own = &world.meters[3];
    let meter = |first| {
        let channels = Channels { first, count: 1 };
        let key = world.keys.group_key();
        Meter::new(&world.params, &world.view, own.id, channels, &own.identity, key).unwrap()
    };
    let (mut mark, at) = (HighWater::<2>::new(), round(FIRST));
    let mut send = |meter: &Meter<&Identity>, reading: i64| {
        let (pair, mut out) = (meter.prepare(at, 0, &mut Stuck).unwrap(), [0; 240]);
        let sent = meter.contribute_with(&mut mark, at, at, &[reading], [pair], &mut out);
        sent.unwrap().stored().to_vec()
    };
    let frames = [send(&meter(0), 1234), send(&meter(1), 555)];
    assert_eq!(readings(&world, [&frames[0], &frames[1]]), None);
    let elsewhere = meter(1).prepare(at, 0, &mut Stuck).unwrap();
    let refused = contribute(&meter(0), &mut HighWater::new(), FIRST, 5, elsewhere);
    assert_eq!(refused, Err(Misuse::WrongPair.into()));
}
