//! What holds for all inputs.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/ring.rs"]
mod ring;

use std::cell::RefCell;

use cmt_ring::{Error, Mode, key};
use meter_link::HighWater;
use proptest::prelude::*;
use ring::{ROOM, World, round, truth};

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![Just(Mode::Drawn), Just(Mode::Derived)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Any ring over any subset of the roster, any readings: the sum is the sum.
    #[test]
    fn the_sum_is_the_sum(
        mode in mode(),
        channels in 1u16..=3,
        seed in any::<u64>(),
        present in prop::sample::subsequence((0..12).collect::<Vec<usize>>(), 5..=12),
        values in prop::collection::vec(-1_000_000i64..=1_000_000, 36),
        first in 0u32..900,
        skip in 0u32..99,
    ) {
        let mut world = World::new(12, mode, channels, seed);
        world.form(1, first, &present);
        for r in [first, first + skip + 1] {
            let rows = values.chunks(channels.into()).take(present.len());
            let readings: Vec<Vec<i64>> = rows.map(<[i64]>::to_vec).collect();
            prop_assert_eq!(world.round(r.min(999), &readings).unwrap().values, truth(&readings));
        }
    }

    /// The δ cancel around a ring of any size, for any keys.
    #[test]
    fn delta_cancels(rows in prop::collection::vec((any::<u64>(), any::<u64>(), -1i64 << 40..1 << 40), 1..50)) {
        let group_key = rows.iter().fold(0u64, |sum, (first, ..)| sum.wrapping_add(*first));
        let ciphertexts = rows.iter().enumerate().map(|(i, (first, delta, reading))| {
            let before = rows[i.checked_sub(1).unwrap_or(rows.len() - 1)].1;
            key::encrypt(*reading, key::round_key(*first, *delta, before))
        });
        let sum: i64 = rows.iter().map(|(.., reading)| reading).sum();
        prop_assert_eq!(key::open(ciphertexts, group_key), sum);
    }
}

/// One flipped bit, a missing byte or one too many: refused, with nothing changed, in every frame there is. What
/// took it takes the right one after.
fn damaged(frame: &[u8], mut give: impl FnMut(&[u8]) -> Result<(), Error>) {
    for bit in 0..frame.len() * 8 {
        let mut bad = frame.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        let error = give(&bad).expect_err("a flipped bit");
        assert!(!matches!(error, Error::Misuse(_)), "bit {bit}: {error:?} blames the caller");
    }
    for len in 0..frame.len() {
        give(&frame[..len]).expect_err("a cut frame");
    }
    give(&[frame, &[0]].concat()).expect_err("a trailing byte");
    give(frame).unwrap();
}

#[test]
fn damaged_frames_of_forming() {
    let world = RefCell::new(World::new(5, Mode::Drawn, 1, 41));
    let everybody = [0, 1, 2, 3, 4];
    let mut forming = world.borrow_mut().open(1, 0, &everybody).unwrap();
    let lead = world.borrow().draw(1, &everybody)[0];
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    for (id, token) in tokens {
        let member = world.borrow().index(id);
        let mut answer = Vec::new();
        damaged(&token, |frame| {
            answer = world.borrow_mut().join(member, lead, 0, frame)?;
            Ok(())
        });
        damaged(&answer, |frame| forming.accept(frame).map(|_| ()));
    }
    let formed = forming.close(&mut world.borrow_mut().members[lead].meter).unwrap();
    for (id, frame) in &formed.seats {
        let member = world.borrow().index(*id);
        damaged(frame, |frame| world.borrow_mut().seat(member, frame));
    }
    let lead = world.borrow().members[lead].listed.peer.id;
    damaged(&formed.group_key, |frame| {
        world.borrow_mut().supplier.register(round(0), lead, frame).map(|_| ())
    });
}

#[test]
fn damaged_frames_of_a_round() {
    let world = RefCell::new(World::new(5, Mode::Drawn, 2, 42));
    world.borrow_mut().form_all(1, 0);
    let mut collecting = world.borrow_mut().supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let mut delta = Vec::new();
    damaged(&request, |frame| {
        delta = world.borrow_mut().start(0, &[1, -1], frame)?;
        Ok(())
    });
    for place in 1..5 {
        let (mut sent, received) = (Vec::new(), delta.clone());
        damaged(&received, |frame| {
            (sent, delta) = world.borrow_mut().relay(place, 0, &[1, -1], frame)?;
            Ok(())
        });
        damaged(&sent, |frame| collecting.accept(frame).map(|_| ()));
    }
    let mut sent = Vec::new();
    damaged(&delta, |frame| {
        sent = world.borrow_mut().close(0, frame)?;
        Ok(())
    });
    damaged(&sent, |frame| collecting.accept(frame).map(|_| ()));
    assert_eq!(collecting.close().unwrap().values, [5, -5]);
}

#[test]
fn damaged_records() {
    let mut world = World::new(5, Mode::Derived, 1, 43);
    world.form_all(7, 0);
    let record = world.members[0].generations[0].clone();
    let (params, view) = (world.params, world.view);
    let mut meter =
        ring::Device::new(&params, &view, &world.members[0].listed, ring::channels(&params)).unwrap();
    damaged(&record, |record| meter.replay(record));
    // Another kind of record is none of this kind.
    world.round(0, &vec![vec![1]; 5]).unwrap();
    let mark = world.at(0).marks[0].clone();
    assert!(meter.replay(&mark).is_err());
    assert!(HighWater::<ROOM>::new().replay(&record).is_err());
}
