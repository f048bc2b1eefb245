//! Whole rounds.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

#[path = "protocol/restart.rs"]
mod restart;
#[path = "world/parties.rs"]
mod world;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use meter_link::answer::{Quorum, Threshold};
use meter_link::{GroupConfig, GroupParams, Identity};
use threshold_elgamal::{Error, GroupTable, KeySet, Meter, Params, SecretShare, deal};
use world::{FIRST, TABLE, World, config, round};

#[test]
fn sums_with_silent_meters_and_any_quorum() {
    let mut world = World::new(12);
    let mut readings: Vec<Option<i64>> = (0..12).map(|i| Some(i * 131 - 400)).collect();
    readings[3] = None;
    let truth: i64 = readings.iter().flatten().sum();
    let quorums: [&[u8]; 4] = [&[1, 2, 3], &[1, 2, 4], &[1, 3, 4], &[2, 3, 4]];
    for (number, quorum) in (FIRST..).zip(quorums) {
        let sum = world.sum(round(number), &readings, quorum).unwrap();
        assert_eq!((sum.values, sum.meters, sum.round), (vec![truth], 11, round(number)));
    }
}

#[test]
fn extreme_readings_of_both_signs() {
    let mut world = World::new(4);
    for (number, sign) in (FIRST..).zip([1, -1]) {
        let readings = [sign * 1_000_000; 4].map(Some);
        assert_eq!(world.sum(round(number), &readings, &[1, 2, 3]).unwrap().values, [sign * 4_000_000]);
    }
    assert_eq!(world.sum(round(FIRST + 2), &[Some(0); 4], &[1, 2, 3]).unwrap().values, [0]);
    let mixed = [1_000_000, -1_000_000, 999_999, -999_998].map(Some);
    assert_eq!(world.sum(round(FIRST + 3), &mixed, &[1, 2, 3]).unwrap().values, [1]);
}

#[test]
fn several_channels() {
    let group = GroupParams::new(GroupConfig { channels: 3, ..config(5) }).unwrap();
    let mut world = World::with(Params::new(group, Threshold::DEFAULT).unwrap(), 5, 2);
    assert_eq!(world.params.contribution_len(), 16 + 3 * 160 + 64);
    let at = round(FIRST);
    let mut collecting = world.utility.open(at, at, &[true; 5]).unwrap();
    let readings: Vec<[i64; 3]> = (0..5).map(|i| [i, -1000 * i, 77]).collect();
    for (position, reading) in readings.iter().enumerate() {
        let frame = world.frame(position, at, reading);
        collecting.accept(&frame).unwrap();
    }
    for trustee in &mut world.trustees {
        trustee.open(at, collecting.frame()).unwrap();
    }
    let mut closed = world.utility.close(collecting, &Quorum::new(&[2, 3, 4]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[2, 3, 4]).unwrap();
    assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [10, -10_000, 385]);
}

#[test]
fn another_quorum_for_the_same_set() {
    let mut world = World::new(5);
    let (at, readings) = (round(FIRST), [Some(5); 5]);
    let collecting = world.collect(at, &readings);
    let first = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &first).unwrap();
    assert_eq!(closed.missing().collect::<Vec<_>>(), [1, 2, 3]);
    // Trustee 2 is gone. What 1 and 3 answer to the next quorum is what they would have answered before.
    let second = world.utility.quorum(|number| number != 2).unwrap();
    world.utility.ask(&mut closed, &second).unwrap();
    assert_eq!(world.utility.record(&closed, &TABLE), Err(Error::Quorum { have: 0, need: 3 }));
    world.answer(at, &mut closed, &[1, 3, 4]).unwrap();
    assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [25]);
    // The next Open names this Close.
    assert_eq!(world.sum(round(FIRST + 1), &readings, &[1, 2, 3]).unwrap().values, [25]);
}

#[test]
fn a_smaller_threshold_by_name() {
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    let params = Params::new(GroupParams::new(config(4)).unwrap(), threshold).unwrap();
    let mut world = World::with(params, 4, 3);
    assert_eq!(world.sum(round(FIRST), &[Some(9); 4], &[2, 4, 5]).unwrap().values, [36]);
}

#[test]
fn without_proofs_by_name() {
    let world = World::new(4);
    let params = world.params.trust_all_meters();
    assert_ne!(params.session(), world.params.session());
    assert_eq!((world.params.contribution_len(), params.contribution_len()), (240, 144));
    let mut world = World::with(params, 4, 3);
    assert_eq!(world.sum(round(FIRST), &[Some(9); 4], &[2, 3, 4]).unwrap().values, [36]);
}

#[test]
fn a_trustee_after_a_restart() {
    let mut world = World::new(4);
    let (at, quorum) = (round(FIRST), Quorum::new(&[1, 2, 3]).unwrap());
    let collecting = world.collect(at, &[Some(1); 4]);
    let open = collecting.frame().to_vec();
    let closed = world.utility.close(collecting, &quorum).unwrap();
    let list: Vec<&[u8]> = closed.contributions().collect();
    let prepared = world.trustees[0].agree(at, closed.frame(), &list).unwrap();
    let record = prepared.record().to_vec();
    let statement = prepared.stored();

    // The same seed makes the same parties: a trustee that has lost all but the record.
    let mut again = World::new(4);
    let trustee = &mut again.trustees[0];
    trustee.replay(&record).unwrap();
    trustee.open(at, &open).unwrap();
    assert_eq!(trustee.agree(at, closed.frame(), &list).unwrap().stored(), statement);
}

#[test]
fn a_table_changes_no_byte() {
    let world = World::new(3);
    let table = Arc::new(GroupTable::new(world.keys.group_key()));
    let frame = |meter: Meter<&Identity>| {
        let (mut mark, mut out) = (meter_link::HighWater::<1>::new(), [0u8; 240]);
        let at = round(FIRST);
        let mut rng = ChaCha8Rng::seed_from_u64(9);
        meter.contribute(&mut mark, at, at, &[-77], &mut out, &mut rng).unwrap().stored().to_vec()
    };
    assert_eq!(frame(world.meter(1)), frame(world.meter(1).with_table(table.clone()).unwrap()));
    assert_eq!(GroupTable::SIZE / 1024, 51);
}

#[test]
fn keys_survive_storage() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (keys, shares) = deal(Threshold::DEFAULT, &mut rng).unwrap();
    assert_eq!(KeySet::from_bytes(Threshold::DEFAULT, &keys.to_bytes()).unwrap(), keys);
    let key = keys.group_key();
    assert_eq!(threshold_elgamal::GroupKey::from_bytes(&key.to_bytes()).unwrap(), *key);
    for share in &shares {
        let again = SecretShare::from_bytes(share.number(), &mut share.to_bytes()).unwrap();
        assert_eq!(keys.member(again.number()), Some(&again.public()));
    }
}
