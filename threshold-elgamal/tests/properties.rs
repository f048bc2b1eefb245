//! Sums, encodings and refusals over random input.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/parties.rs"]
mod world;

use std::sync::LazyLock;

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::{Quorum, Threshold};
use meter_link::{GroupConfig, GroupParams};
use proptest::prelude::*;
use threshold_elgamal::{Ciphertext, DlogTable, Error, Knowledge, Params, Place};
use world::{FIRST, TABLE, World, config, round, slices};

static LARGE: LazyLock<DlogTable> = LazyLock::new(|| DlogTable::build(16).unwrap());

fn scalar(value: i64) -> Scalar {
    let size = Scalar::from(value.unsigned_abs());
    if value < 0 { -size } else { size }
}

fn loose(meters: u32) -> Params {
    let mut config = config(meters);
    config.rules.max_missing_permille = 500;
    Params::new(GroupParams::new(GroupConfig { ..config }).unwrap(), Threshold::DEFAULT).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_set_and_quorum_gives_the_sum(
        readings in proptest::collection::vec(proptest::option::weighted(0.9, -1_000_000i64..=1_000_000), 6..14),
        away in 0u8..4,
        seed in any::<u64>(),
    ) {
        let meters = u32::try_from(readings.len()).unwrap();
        let present: Vec<i64> = readings.iter().flatten().copied().collect();
        prop_assume!(present.len() >= 3 && present.len() * 2 >= readings.len());
        let mut world = World::with(loose(meters), meters, seed);
        let quorum: Vec<u8> = (1..=4).filter(|number| *number != away + 1).collect();
        let sum = world.sum(round(FIRST), &readings, &quorum).unwrap();
        prop_assert_eq!(sum.values, [present.iter().sum::<i64>()]);
        prop_assert_eq!(sum.meters as usize, present.len());
    }

    #[test]
    fn one_flipped_bit_is_refused(bit in 0usize..240 * 8, reading in -1_000_000i64..=1_000_000) {
        let mut world = World::new(3);
        let at = round(FIRST);
        let mut frame = world.frame(1, at, &[reading]);
        let mut collecting = world.utility.open(at, at, &[true; 3]).unwrap();
        frame[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(collecting.accept(&frame).is_err());
        prop_assert_eq!(collecting.missing().count(), 3);
        frame[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(collecting.accept(&frame).is_ok());
    }

    /// In a batch every frame has the outcome that it has alone, and the fast check is the slow one.
    #[test]
    fn batches_are_independent(spoilt in proptest::collection::btree_set(0usize..12, 0..6), byte in 0usize..176) {
        let mut world = World::new(12);
        let at = round(FIRST);
        let mut frames: Vec<Vec<u8>> = (0..12).map(|i| world.frame(i, at, &[i as i64])).collect();
        let (_, cohort) = world.secrets();
        for place in &spoilt {
            // Spoilt before it is signed, so that points and proof are looked at.
            let party = &cohort.meters[*place];
            let mut payload = frames[*place][16..176].to_vec();
            payload[byte % 160] ^= 1;
            frames[*place] = resign(&world, party, &payload);
        }
        let verifier = world.utility.verifier();
        let outcomes = verifier.verify_all(at, &slices(&frames));
        for (place, (frame, outcome)) in frames.iter().zip(&outcomes).enumerate() {
            prop_assert_eq!(outcome.is_ok(), !spoilt.contains(&place));
            let alone = verifier.verify(at, frame);
            prop_assert_eq!(alone.as_ref().map(|c| c.frame()), outcome.as_ref().map(|c| c.frame()));
            let knowledge = Knowledge::from_bytes(frame[80..176].try_into().unwrap());
            let id = world.meters[place].id;
            let slow = knowledge.and_then(|knowledge| {
                let place = Place { context: world.view.context(), round: at, id, channel: 0 };
                knowledge.verify(&place, world.keys.group_key(), frame[16..80].try_into().unwrap())
            });
            prop_assert_eq!(slow.is_ok(), outcome.is_ok());
        }
    }

    #[test]
    fn the_digest_fixes_every_ciphertext(changed in 0usize..4) {
        let mut world = World::new(4);
        let at = round(FIRST);
        let collecting = world.collect(at, &[Some(1); 4]);
        let closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
        let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
        let statement = world.trustees[0].agree(at, closed.frame(), &slices(&list)).unwrap().stored();
        // The same ids, one with another ciphertext of the same reading.
        let mut other = list.clone();
        other[changed] = world.frame(changed, at, &[1]);
        let refused = world.trustees[0].agree(at, closed.frame(), &slices(&other)).map(|_| ());
        let fault = meter_link::Fault::Contradiction;
        prop_assert_eq!(refused, Err(threshold_elgamal::Fault::Link(fault).of(meter_link::PartyId::UTILITY)));
        let mut again = World::new(4);
        let mut collecting = again.utility.open(at, at, &[true; 4]).unwrap();
        for frame in &other {
            collecting.accept(frame).unwrap();
        }
        let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
        let refused = closed.accept_statement(&statement).unwrap_err();
        prop_assert!(matches!(refused, Error::Fault { .. }), "{:?}", refused);
    }

    #[test]
    fn logarithms_come_back(m in -(1i64 << 36)..1 << 36, near in -(1i64 << 20)..1 << 20) {
        let point = RistrettoPoint::mul_base(&scalar(m));
        prop_assert_eq!(LARGE.solve(&point, -(1 << 36)..=1 << 36), Ok(m));
        prop_assert_eq!(LARGE.solve_around(&point, m + near, 1 << 20), Ok(m));
        prop_assert_eq!(LARGE.solve(&point, -m.abs()..=m.abs()), Ok(m));
        if m != 0 {
            prop_assert_eq!(LARGE.solve(&point, 1 - m.abs()..=m.abs() - 1), Err(Error::Inconsistent));
        }
    }

    #[test]
    fn encodings_come_back(bytes in proptest::array::uniform32(any::<u8>()), wide in proptest::collection::vec(any::<u8>(), 96)) {
        let point = RistrettoPoint::mul_base(&Scalar::from_bytes_mod_order(bytes)) + RistrettoPoint::mul_base(&Scalar::ONE);
        let encoded = [point.compress().to_bytes(), bytes].concat();
        if let Ok(ciphertext) = Ciphertext::from_bytes(encoded[..].try_into().unwrap()) {
            prop_assert_eq!(&ciphertext.to_bytes()[..], &encoded[..]);
        }
        let wide: [u8; 96] = wide.try_into().unwrap();
        if let Ok(knowledge) = Knowledge::from_bytes(&wide) {
            prop_assert_eq!(knowledge.to_bytes(), wide);
        }
    }
}

fn resign(world: &World, party: &meter_link::cohort::Party, payload: &[u8]) -> Vec<u8> {
    let header = world.view.header(meter_link::Kind::Contribution, 1, party.id, round(FIRST));
    let mut out = vec![0; 16 + payload.len() + 64];
    let mut writer = meter_link::frame::Writer::frame(&mut out, &header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_signed(&header, &party.identity, &world.view.scope()).unwrap();
    out
}

#[test]
fn a_share_or_statement_with_a_flipped_bit() {
    let mut world = World::new(3);
    let at = round(FIRST);
    let collecting = world.collect(at, &[Some(7); 3]);
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let statements: Vec<Vec<u8>> = world.trustees[..3]
        .iter_mut()
        .map(|trustee| trustee.agree(at, closed.frame(), &slices(&list)).unwrap().stored())
        .collect();
    let share = world.trustees[1].answer(&slices(&statements)).unwrap().stored();
    let flipped = |frame: &[u8], bit: usize| {
        let mut frame = frame.to_vec();
        frame[bit / 8] ^= 1 << (bit % 8);
        frame
    };
    for bit in 0..share.len() * 8 {
        assert!(closed.accept(&flipped(&share, bit)).is_err(), "{bit}");
    }
    for bit in 0..statements[0].len() * 8 {
        let bad = flipped(&statements[0], bit);
        assert!(closed.accept_statement(&bad).is_err(), "{bit}");
        assert!(world.trustees[1].answer(&[&bad, &statements[1], &statements[2]]).is_err(), "{bit}");
    }
    assert_eq!(closed.missing().collect::<Vec<_>>(), [1, 2, 3]);
    world.answer(at, &mut closed, &[1, 2, 3]).unwrap();
    assert_eq!(world.utility.record(&closed, &TABLE).unwrap().values, [21]);
}
