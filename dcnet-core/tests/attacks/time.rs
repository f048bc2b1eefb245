//! Replays, reboots, and readings that are used twice.

use dcnet_core::{Error, Fault, Malformed};
use meter_link::{HighWater, Misuse, Round};

use crate::adversary::words;
use crate::group::{FIRST, LAST, Plan, World, readings, truth};
use crate::rounds::Script;
use crate::{begun, blamed, one};

const USED: Error = Error::Misuse(Misuse::TimeAlreadyUsed);

/// Two frames of one round under one pad differ by the readings.
fn difference(first: &Vec<u8>, second: &Vec<u8>) -> i64 {
    (words([first]) - words([second])).centred()
}

#[test]
fn retransmission_with_a_new_reading() {
    let mut world = World::new(Plan::of(3, 1));
    let mut collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let device = &mut world.devices[0];
    device.open(&open).unwrap();
    let (first, _) = device.contribute(FIRST, &[5000]).unwrap();
    assert_eq!(device.contribute(FIRST, &[4000]), Err(USED));
    device.open(&open).unwrap();
    assert_eq!(device.contribute(FIRST, &[5000]), Err(USED));

    // With another mark it would spend the interval again; it knows that it has contributed.
    device.mark = HighWater::new();
    assert_eq!(device.contribute(FIRST, &[4000]), Err(USED));
    // A device that has lost both.
    let mut forgetful = world.plan.device(0);
    forgetful.open(&open).unwrap();
    let (second, _) = forgetful.contribute(FIRST, &[4000]).unwrap();
    assert_eq!(difference(&first, &second), 1000);

    // The utility takes one of them.
    let id = world.plan.meter_ids()[0];
    assert_eq!(collecting.accept(&first), Ok(id));
    assert_eq!(collecting.accept(&second), Err(Fault::Contradiction.of(id)));
    assert_eq!(collecting.accept(&first), Ok(id));
}

/// A device that is put back to an earlier state, and whose log of marks is put back with it, sends a second reading under
/// the pads of the first. State of before the contribution with the marks of after it does not.
#[test]
fn two_messages_of_one_round_under_one_pad() {
    let world = World::new(Plan::of(3, 1));
    let open = world.forger.open(FIRST, None, &world.everybody());
    let mut device = world.plan.device(0);
    device.open(&open).unwrap();
    let mut state = vec![0; device.meter.state_len()];
    device.meter.to_bytes(&mut state).unwrap();
    let (first, mark) = device.contribute(FIRST, &[5000]).unwrap();
    let restored = || {
        let mut device = world.plan.device(0);
        let links = (0..4).map(|_| meter_link::answer::AnswererLink::default()).collect();
        let storage = (0..2).map(|_| dcnet_core::Neighbour::default()).collect();
        device.meter =
            dcnet_core::Meter::from_bytes(&world.params, &world.view, links, storage, &state).unwrap();
        device
    };
    let (second, _) = restored().contribute(FIRST, &[4000]).unwrap();
    assert_eq!(difference(&first, &second), 1000);
    let mut device = restored();
    device.mark.replay(&mark).unwrap();
    for reading in [4000, 5000] {
        assert_eq!(device.contribute(FIRST, &[reading]), Err(USED));
    }
    // The tags too are under one nonce, with the same authenticator.
    assert_ne!(first, second);
    assert_eq!(first[..16], second[..16]);
}

/// The power goes between the record and the frame: the frame may have been sent or not.
#[test]
fn reboot_between_store_and_send() {
    let world = World::new(Plan::of(3, 1));
    let open = world.forger.open(FIRST, None, &world.everybody());
    let start = || {
        let mut device = world.plan.device(0);
        device.open(&open).unwrap();
        device
    };
    let (first, record) = start().contribute(FIRST, &[5000]).unwrap();
    let (second, _) = start().contribute(FIRST, &[4000]).unwrap();
    assert_eq!(difference(&first, &second), 1000);

    let mut rebooted = start();
    rebooted.mark.replay(&record).unwrap();
    assert_eq!(rebooted.contribute(FIRST, &[4000]), Err(USED));
    let next = world.forger.open(FIRST + 1, None, &world.everybody());
    rebooted.open(&next).unwrap();
    assert!(rebooted.contribute(FIRST + 1, &[4000]).is_ok());
}

/// The log of marks, cut anywhere by the power: what is torn is refused, and the whole ones before it hold.
/// A log that *ends* before the last mark, rolled back, is no log: the round is used again.
#[test]
fn torn_and_old_marks() {
    let world = World::new(Plan::of(3, 1));
    let opens = [0, 1].map(|n| world.forger.open(FIRST + n, None, &world.everybody()));
    let mut device = world.plan.device(0);
    let mut log = Vec::new();
    let mut frames = Vec::new();
    for (open, round) in opens.iter().zip(FIRST..) {
        device.open(open).unwrap();
        let (frame, record) = device.contribute(round, &[i64::from(round)]).unwrap();
        log.extend(record);
        frames.push(frame);
    }
    let len = HighWater::<0>::RECORD_LEN;
    for cut in 0..=log.len() {
        let mut rebooted = world.plan.device(0);
        let mut whole = 0;
        for record in log[..cut].chunks(len) {
            match rebooted.mark.replay(record) {
                Ok(()) => whole += 1,
                Err(error) => assert_eq!((error, record.len() < len), (Malformed::BadRecord.into(), true)),
            }
        }
        assert_eq!(whole, cut / len);
        for (n, open) in opens.iter().enumerate() {
            rebooted.open(open).unwrap();
            let again = rebooted.contribute(FIRST + n as u32, &[0]);
            if n < whole {
                assert_eq!(again, Err(USED));
            } else {
                let frame = again.unwrap().0;
                assert_eq!(difference(&frames[n], &frame), i64::from(FIRST) + n as i64);
            }
        }
    }
}

/// Two groups that overlap in all but one meter: their sums differ by its reading.
#[test]
fn one_reading_in_two_groups() {
    let (small, large) = (Plan { group: 8, seed: 9, ..Plan::any_three(3) }, Plan::any_three(4));
    let all = readings(&large, FIRST);
    let mut worlds = [large, small].map(World::new);
    let mut sum =
        |i: usize, readings: &[_]| worlds[i].round(FIRST, readings, Script::default()).unwrap().0.values[0];
    assert_eq!(sum(0, &all) - sum(1, &all[..3]), one(&all, 3));

    // The same devices, each with its one mark.
    let mut worlds = [large, small].map(World::new);
    worlds[0].round(FIRST, &all, Script::default()).unwrap();
    let open = worlds[1].forger.open(FIRST, None, &[true; 3]);
    for i in 0..3 {
        let mark = core::mem::take(&mut worlds[0].devices[i].mark);
        worlds[1].devices[i].mark = mark;
        worlds[1].devices[i].open(&open).unwrap();
        assert_eq!(worlds[1].devices[i].contribute(FIRST, &[one(&all, i)]), Err(USED));
    }
    let next = readings(&small, FIRST + 1);
    let (sum, _) = worlds[1].round(FIRST + 1, &next, Script::default()).unwrap();
    assert_eq!(sum.values, truth(&next));
}

#[test]
fn replayed_and_contradicting_opens() {
    let mut world = World::new(Plan::any_three(5));
    let now = Round::from(FIRST);
    let (_, _, open) = begun(&mut world, FIRST);
    // Byte for byte it may come again; another one of the round may not.
    world.holder(1).open(now, &open).unwrap();
    world.devices[0].open(&open).unwrap();
    let other = world.forger.open(FIRST, None, &world.all_but(&[1]));
    assert_eq!(world.holder(1).open(now, &other), Err(blamed(Fault::Contradiction)));
    assert_eq!(world.devices[0].open(&other), Err(blamed(Fault::Contradiction)));

    let next = world.forger.open(FIRST + 1, None, &world.everybody());
    world.holder(1).open(now, &next).unwrap();
    world.devices[0].open(&next).unwrap();
    for replayed in [&open, &other] {
        assert_eq!(world.holder(1).open(now, replayed), Err(blamed(Fault::RoundClosed)));
        assert_eq!(world.devices[0].open(replayed), Err(blamed(Fault::RoundClosed)));
    }
    let close = world.forger.close(FIRST + 1, 1, &next, Some(&[1, 2, 3]), &world.everybody());
    let _ = world.holder(1).answer(now, &close).unwrap().stored();
    assert!(world.devices[0].close(&close).is_ok());
    // After the final Close too.
    assert_eq!(world.devices[0].open(&next), Err(blamed(Fault::RoundClosed)));
}

/// Frames that name another predecessor than the one seen.
#[test]
fn wrong_chain() {
    let mut world = World::new(Plan::any_three(5));
    let (_, _, open) = begun(&mut world, FIRST);
    let all = world.everybody();
    let device = &mut world.devices[0];
    let elsewhere = world.forger.close(FIRST, 1, b"another Open", None, &all);
    assert_eq!(device.close(&elsewhere).unwrap_err(), blamed(Fault::ChainBroken));
    let first = world.forger.close(
        FIRST,
        1,
        &open,
        None,
        &all[..4].iter().copied().chain([false]).collect::<Vec<_>>(),
    );
    device.close(&first).unwrap();
    let three = [true, true, true, false, false];
    for previous in [&open[..], b"another Close"] {
        let skipping = world.forger.close(FIRST, 2, previous, None, &three);
        assert_eq!(device.close(&skipping).unwrap_err(), blamed(Fault::ChainBroken));
    }
    let last = world.forger.close(FIRST, 2, &first, Some(&[1, 2, 3]), &three);
    device.close(&last).unwrap();
    // The next Open denies the Close that was seen.
    for previous in [None, Some((Round::from(FIRST), [9; 32]))] {
        let forked = world.forger.open(FIRST + 1, previous, &all);
        assert_eq!(device.open(&forked), Err(blamed(Fault::ChainBroken)));
    }
    let named = Some((Round::from(FIRST), meter_link::round::frame_hash(&last)));
    device.open(&world.forger.open(FIRST + 1, named, &all)).unwrap();
    // A round that was lost on the way is accepted unseen.
    let unseen = Some((Round::from(FIRST + 2), [7; 32]));
    device.open(&world.forger.open(FIRST + 3, unseen, &all)).unwrap();
}

/// An Open for the last round would silence a group for good; one for an old round would revive it.
#[test]
fn open_and_close_of_a_far_round() {
    let mut world = World::new(Plan::any_three(4));
    let now = Round::from(FIRST + 10);
    let (all, mut out) = (world.everybody(), [0; 64]);
    for round in [LAST, FIRST + 13, FIRST + 7] {
        let open = world.forger.open(round, None, &all);
        let close = world.forger.close(round, 1, &open, None, &all);
        let far = Err(blamed(Fault::RoundFarFromNow));
        assert_eq!(world.holder(1).open(now, &open), far);
        assert_eq!(world.devices[0].meter.open(now, &open), far);
        assert_eq!(world.devices[0].meter.close(now, &close, &mut out).map(|_| ()), far);
    }
    for round in [FIRST - 1, LAST + 1] {
        let open = world.forger.open(round, None, &all);
        let result = world.devices[0].meter.open(Round::from(round), &open);
        assert_eq!(result, Err(blamed(Fault::WrongEpoch)));
    }
    let readings = readings(&world.plan, FIRST + 10);
    let (sum, _) = world.round(FIRST + 10, &readings, Script::default()).unwrap();
    assert_eq!(sum.values, truth(&readings));
}

/// A holder restored from before its answer gives a second one: its store is part of the protocol.
#[test]
fn a_rolled_back_holder_answers_a_second_set() {
    let mut world = World::new(Plan::any_three(5));
    let (_, _, open) = begun(&mut world, FIRST);
    let now = Round::from(FIRST);
    let closes = [&[][..], &[4]]
        .map(|gone| world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &world.all_but(gone)));
    let prepared = world.holder(1).answer(now, &closes[0]).unwrap();
    let record = prepared.record().to_vec();
    let answer = prepared.stored();

    let mut forgetful = world.plan.holder(1);
    forgetful.open(now, &open).unwrap();
    assert!(forgetful.answer(now, &closes[1]).is_ok());

    let mut restored = world.plan.holder(1);
    restored.replay(&record).unwrap();
    restored.open(now, &open).unwrap();
    assert_eq!(restored.answer(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
    assert_eq!(restored.answer(now, &closes[0]).unwrap().stored(), answer);
}
