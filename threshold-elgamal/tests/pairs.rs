//! Contributions of pairs that were prepared before the reading was known.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/parties.rs"]
mod world;

use chacha20::rand_core::{Infallible, TryCryptoRng, TryRng};
use meter_link::answer::Quorum;
use meter_link::{HighWater, Identity};
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
