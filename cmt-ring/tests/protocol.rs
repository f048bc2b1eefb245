//! The protocol from token to sum, in both modes, with what goes wrong by itself.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/ring.rs"]
mod ring;

use cmt_ring::{Error, Fault, Generation, Mode};
use meter_link::PartyId;
use ring::{World, round, truth};

const MODES: [Mode; 2] = [Mode::Drawn, Mode::Derived];

fn readings(members: usize, channels: usize, r: u32) -> Vec<Vec<i64>> {
    let value = |i: usize, n: usize| ((i * 7919 + n * 104_729 + r as usize * 31) % 150_000) as i64 - 36_480;
    (0..members).map(|i| (0..channels).map(|n| value(i, n)).collect()).collect()
}

#[test]
fn every_round_gives_the_sum_in_both_modes() {
    for mode in MODES {
        for (members, channels) in [(5, 1), (6, 3), (24, 2)] {
            let mut world = World::new(members, mode, channels, 1);
            world.form_all(1, 0);
            // Over ratchet steps too: one a day of 96 rounds.
            for r in [0, 1, 2, 95, 96, 97, 300] {
                let readings = readings(members, channels.into(), r);
                let sum = world.round(r, &readings).unwrap();
                assert_eq!(sum.values, truth(&readings), "{mode:?}, {members} members, round {r}");
                assert_eq!((sum.meters as usize, sum.round), (members, round(r)));
            }
        }
    }
}

#[test]
fn the_largest_readings_of_either_sign_come_back() {
    for mode in MODES {
        let mut world = World::new(5, mode, 1, 2);
        world.form_all(1, 0);
        for (r, value) in [(0, 1_000_000), (1, -1_000_000), (2, 0)] {
            let readings = vec![vec![value]; 5];
            assert_eq!(world.round(r, &readings).unwrap().values, [5 * value]);
        }
    }
}

/// protocols.md, section 8: what a meter sends in a round.
#[test]
fn frames_have_the_documented_sizes() {
    let mut world = World::new(5, Mode::Drawn, 1, 3);
    world.form_all(1, 0);
    let readings = vec![vec![1]; 5];
    let (collecting, frames) = world.ciphertexts(0, &readings);
    assert_eq!(collecting.start().unwrap().len(), 36);
    assert!(frames.iter().all(|frame| frame.len() == 40));
    let delta = world.between_meters.last().unwrap();
    assert_eq!(delta.len(), 40);
    assert_eq!(world.to_supplier[0].len(), 16 + 4 + 8 + 4 + 5 * 48 + 16);
    let lens: Vec<usize> = world.between_meters[..3].iter().map(Vec::len).collect();
    assert_eq!(lens, [52, 76, 52]);
    // Header, generation, the set "all", tag.
    assert_eq!(world.between_meters[8].len(), 16 + 4 + 1 + 16);
}

/// Announced absence: the ring forms anew without the member, and again with it.
#[test]
fn a_generation_leaves_out_who_is_known_to_be_silent() {
    for mode in MODES {
        let mut world = World::new(8, mode, 1, 4);
        world.form_all(1, 0);
        world.round(0, &readings(8, 1, 0)).unwrap();
        world.form(2, 1, &[0, 1, 2, 4, 5, 7]);
        assert_eq!(world.supplier.generation(), Some(Generation(2)));
        let six = readings(6, 1, 1);
        assert_eq!(world.round(1, &six).unwrap().values, truth(&six));
        world.form_all(3, 2);
        let eight = readings(8, 1, 2);
        assert_eq!(world.round(2, &eight).unwrap().values, truth(&eight));
    }
}

/// Unannounced silence loses the ring's round, whoever is silent and whenever; the next round, of a new
/// generation, stands.
#[test]
fn silence_within_a_round_loses_it() {
    for silent in 0..6 {
        let mut world = World::new(6, Mode::Drawn, 1, 5);
        world.form_all(1, 0);
        let all = readings(6, 1, 0);
        let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
        let request = collecting.start().unwrap().to_vec();
        if silent > 0 {
            let mut delta = world.start(0, &all[0], &request).unwrap();
            for (place, reading) in all.iter().enumerate().take(silent).skip(1) {
                let (frame, next) = world.relay(place, 0, reading, &delta).unwrap();
                collecting.accept(&frame).unwrap();
                delta = next;
            }
            assert_eq!(world.at(0).meter.circling(), Some(round(0)));
        }
        let have = silent.saturating_sub(1) as u32;
        assert_eq!(collecting.missing().count() as u32, 6 - have);
        assert_eq!(collecting.close().unwrap_err(), Error::Quorum { have, need: 6 });

        let silent = world.ring[silent];
        let rest: Vec<usize> = (0..6).filter(|i| *i != silent).collect();
        world.form(2, 1, &rest);
        let five = readings(5, 1, 1);
        assert_eq!(world.round(1, &five).unwrap().values, truth(&five));
    }
}

#[test]
fn silence_with_derived_delta_loses_the_round_too() {
    let mut world = World::new(6, Mode::Derived, 1, 6);
    world.form_all(1, 0);
    let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
    assert!(collecting.start().is_none());
    for place in [0, 1, 2, 4, 5] {
        let frame = world.contribute(place, 0, &[7]).unwrap();
        collecting.accept(&frame).unwrap();
    }
    assert_eq!(collecting.close().unwrap_err(), Error::Quorum { have: 5, need: 6 });
}

#[test]
fn a_member_that_does_not_answer_its_token_stops_the_generation_only() {
    let mut world = World::new(7, Mode::Drawn, 1, 7);
    world.form_all(1, 0);
    let everybody: Vec<usize> = (0..7).collect();
    let mut forming = world.open(2, 1, &everybody).unwrap();
    let lead = world.draw(2, &everybody)[0];
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    for (id, token) in &tokens[1..] {
        let answer = world.join(world.index(*id), lead, 1, token).unwrap();
        forming.accept(&answer).unwrap();
        // Doubled in transit.
        assert_eq!(forming.accept(&answer), Ok(*id));
    }
    assert_eq!(forming.missing().collect::<Vec<_>>(), [tokens[0].0]);
    let error = forming.close(&mut world.members[lead].meter).unwrap_err();
    assert_eq!(error, Error::Quorum { have: 6, need: 7 });
    // The first generation still stands in the round that was due …
    let seven = readings(7, 1, 1);
    assert_eq!(world.round(1, &seven).unwrap().values, truth(&seven));
    // … and the third forms without the silent one.
    let silent = world.index(tokens[0].0);
    let rest: Vec<usize> = (0..7).filter(|i| *i != silent).collect();
    world.form(3, 2, &rest);
    let six = readings(6, 1, 2);
    assert_eq!(world.round(2, &six).unwrap().values, truth(&six));
}

#[test]
fn doubled_and_reordered_frames_change_nothing() {
    let mut world = World::new(9, Mode::Drawn, 2, 8);
    world.form_all(1, 0);
    let again = world.to_supplier[0].clone();
    let lead = world.at(0).listed.peer.id;
    assert_eq!(world.supplier.register(round(0), lead, &again), Ok(Generation(1)));
    let readings = readings(9, 2, 0);
    let (mut collecting, frames) = world.ciphertexts(0, &readings);
    for frame in frames.iter().rev().chain(&frames) {
        collecting.accept(frame).unwrap();
    }
    assert_eq!(collecting.close().unwrap().values, truth(&readings));
}

/// A member that passes on another δ than it used, here a device of which there are two, spoils the round
/// and not the sum: what comes out is no sum that five meters can make, but for a chance of
/// 2 · n · max_reading / 2^64.
#[test]
fn a_delta_that_does_not_fit_gives_no_sum() {
    let mut world = World::new(5, Mode::Drawn, 1, 9);
    world.form_all(1, 0);
    // The same keys in every device, and draws of its own.
    let mut twins = World::new(5, Mode::Drawn, 1, 9);
    twins.form_all(1, 0);
    let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let mut delta = world.start(0, &[1], &request).unwrap();
    for place in 1..5 {
        if place == 2 {
            let (unused, _) = world.relay(place, 0, &[1], &delta).unwrap();
            let (frame, next) = twins.relay(place, 0, &[1], &delta).unwrap();
            assert_ne!(frame, unused);
            collecting.accept(&unused).unwrap();
            let fault = Fault::Link(meter_link::Fault::Contradiction);
            let culprit = collecting.accept(&unused).unwrap();
            assert_eq!(collecting.accept(&frame), Err(Error::Fault { culprit, fault }));
            delta = next;
            continue;
        }
        let (frame, next) = world.relay(place, 0, &[1], &delta).unwrap();
        collecting.accept(&frame).unwrap();
        delta = next;
    }
    let frame = world.close(0, &delta).unwrap();
    collecting.accept(&frame).unwrap();
    assert_eq!(collecting.close().unwrap_err(), Error::Inconsistent);
}

/// The ring that members sit in and the ring that the supplier knows must be the same generation.
#[test]
fn a_generation_that_the_supplier_does_not_know_is_refused() {
    let mut world = World::new(5, Mode::Derived, 1, 9);
    world.form_all(1, 0);
    world.form_unregistered(2, 1, &[0, 1, 2, 3, 4]);
    let mut collecting = world.supplier.open(round(1), round(1)).unwrap();
    let frame = world.contribute(0, 1, &[5]).unwrap();
    let culprit = PartyId(u32::from_le_bytes(frame[8..12].try_into().unwrap()));
    let fault = Fault::Link(meter_link::Fault::UnknownSender);
    assert_eq!(collecting.accept(&frame), Err(Error::Fault { culprit, fault }));
}

/// Taken many at a time, frames have the outcomes that they have one by one, whatever is among them.
#[test]
fn many_frames_at_a_time_are_taken_as_one_by_one() {
    for (mode, channels, count) in [(Mode::Derived, 1, 40), (Mode::Drawn, 3, 21), (Mode::Derived, 2, 5)] {
        let mut one_by_one = World::new(count, mode, channels, 61);
        let mut together = World::new(count, mode, channels, 61);
        let readings: Vec<Vec<i64>> =
            (0..count as i64).map(|i| (0..i64::from(channels)).map(|n| 10 * i - n).collect()).collect();
        let [mut of_one, mut of_many] = [&mut one_by_one, &mut together].map(|world| {
            world.form_all(1, 0);
            world.ciphertexts(0, &readings)
        });
        assert_eq!(of_one.1, of_many.1);
        let good = of_one.1.clone();
        let mut frames = Vec::new();
        for (n, frame) in good.iter().enumerate() {
            let edited = |at: usize, by: u8| {
                let mut frame = frame.clone();
                frame[at] ^= by;
                frame
            };
            match n % 8 {
                0 => frames.push(edited(frame.len() - 1, 1)), // tag
                1 => frames.push(edited(17, 4)),              // ciphertext
                2 => frames.push(edited(12, 1)),              // round
                3 => frames.push(edited(9, 1)),               // name
                4 => frames.push(frame[..frame.len() - 1].to_vec()),
                5 => frames.push([&frame[..], &[0]].concat()),
                6 => frames.push(edited(3, 2)), // flags
                _ => frames.extend([frame.clone(), frame.clone(), Vec::new()]),
            }
        }
        frames.extend(good);
        let slices: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        let mut outcomes = Vec::new();
        of_many.0.accept_many(&slices, |index, outcome| {
            assert_eq!(index, outcomes.len());
            outcomes.push(outcome);
        });
        let expected: Vec<_> = frames.iter().map(|frame| of_one.0.accept(frame)).collect();
        assert_eq!(outcomes, expected);
        assert!(outcomes.iter().filter(|outcome| outcome.is_err()).count() >= count / 8 * 7);
        let sums = [of_one.0, of_many.0].map(|round| round.close().unwrap().values);
        assert_eq!(sums, [truth(&readings), truth(&readings)]);
    }
}
