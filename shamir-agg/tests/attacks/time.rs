//! Replays, reboots, and readings that are used twice.

use meter_link::{HighWater, Misuse, Round};
use shamir_agg::{Error, Fault};

use crate::adversary::{Bare, by_hand};
use crate::group::{Device, FIRST, LAST, Plan, World, element, readings, truth};
use crate::{any_three, begun, blamed, one};

const USED: Error = Error::Misuse(Misuse::TimeAlreadyUsed);

/// Two frames of one round under one pad: their difference is that of the readings, up to the Lagrange
/// coefficient that f(0) has at the aggregator's point.
fn difference(first: &[u8], second: &[u8]) -> i64 {
    // At a = 3 of the points 0, 1, 2.
    let weight = meter_link::field::lagrange::coefficient(&[0, 1, 2], 0, 3).unwrap();
    ((element(first, 0, 0) - element(second, 0, 0)) * weight.invert()).centred()
}

#[test]
fn retransmission_with_a_new_reading() {
    let plan = Plan::of(3, 1);
    let mut device = plan.device(0);
    let (first, _) = device.contribute(FIRST, &[5000]).unwrap();
    assert_eq!(device.contribute(FIRST, &[4000]), Err(USED));

    // A device that starts again, without the mark.
    let mut device = plan.device(0);
    let (second, _) = device.contribute(FIRST, &[4000]).unwrap();
    assert_eq!(difference(&first, &second), 1000);

    // The utility takes one of them.
    let mut collecting = World::new(plan).open(FIRST, &[]);
    let id = plan.meter_ids()[0];
    assert_eq!(collecting.accept(&first), Ok(id));
    assert_eq!(collecting.accept(&second), Err(Fault::Contradiction.of(id)));
    assert_eq!(collecting.accept(&first), Ok(id));
}

/// The power goes between the record and the frame: the frame may have been sent or not.
#[test]
fn reboot_between_store_and_send() {
    let plan = Plan::of(3, 1);
    let (first, record) = plan.device(0).contribute(FIRST, &[5000]).unwrap();

    let (second, _) = plan.device(0).contribute(FIRST, &[4000]).unwrap();
    assert_eq!(difference(&first, &second), 1000);

    let mut rebooted: Device = plan.device(0);
    rebooted.mark.replay(&record).unwrap();
    for round in [FIRST - 1, FIRST] {
        assert!(rebooted.contribute(round, &[4000]).is_err());
    }
    assert_eq!(rebooted.contribute(FIRST, &[4000]), Err(USED));
    assert!(rebooted.contribute(FIRST + 1, &[4000]).is_ok());
}

/// The same session over another channel of the device, in the same epoch: the mark is the other channel's, the
/// pads are the same. The mark cannot see it; [`meter_link::Channels`] says what a device has to keep to.
#[test]
fn another_channel_same_session() {
    let plan = Plan::of(3, 1);
    let mut mark = HighWater::new();
    let mut frame_of = |plan: &Plan, first: u16, reading: i64| {
        let mut device = plan.device_on(0, first);
        core::mem::swap(&mut device.mark, &mut mark);
        let frame = device.contribute(FIRST, &[reading]);
        core::mem::swap(&mut device.mark, &mut mark);
        frame.map(|(frame, _)| frame)
    };
    // The rule broken: the difference of two channels lies in two frames.
    let (first, second) = (frame_of(&plan, 0, 5000).unwrap(), frame_of(&plan, 1, 1234).unwrap());
    assert_eq!(difference(&first, &second), 3766);
    // The rule kept: the same channel's interval is spent, and another channel has another group.
    assert_eq!(frame_of(&plan, 0, 1234), Err(USED));
    let elsewhere = frame_of(&Plan { group: 8, ..plan }, 2, 1234).unwrap();
    assert!(difference(&first, &elsewhere).unsigned_abs() > plan.max_reading);
}

/// A caller that loses its mark, or takes a fresh one, while the meter lives.
#[test]
fn fresh_mark_beside_a_living_meter() {
    let mut device = Plan::of(3, 1).device(0);
    device.contribute(FIRST + 1, &[500]).unwrap();
    for round in [FIRST + 1, FIRST] {
        device.mark = HighWater::new();
        assert_eq!(device.contribute(round, &[730]).map(|_| ()), Err(USED));
    }
    device.contribute(FIRST + 2, &[730]).unwrap();
}

/// Two groups that overlap in all but one meter: their sums differ by its reading.
#[test]
fn one_reading_in_two_groups() {
    let (small, large) = (Plan { group: 8, seed: 9, ..any_three(3) }, any_three(4));
    let sums = |worlds: &mut [World; 2]| {
        let all = readings(&large, FIRST);
        let first = worlds[0].round(FIRST, &all, &[]).unwrap().values[0];
        (all.clone(), first, worlds[1].round(FIRST, &all[..3], &[]).unwrap().values[0])
    };
    let mut worlds = [large, small].map(World::new);
    let (all, first, second) = sums(&mut worlds);
    assert_eq!(first - second, one(&all, 3));

    // The same devices, each with its one mark.
    let mut worlds = [large, small].map(World::new);
    worlds[0].round(FIRST, &all, &[]).unwrap();
    for i in 0..3 {
        let mark = core::mem::take(&mut worlds[0].devices[i].mark);
        worlds[1].devices[i].mark = mark;
        assert_eq!(worlds[1].devices[i].contribute(FIRST, &[one(&all, i)]), Err(USED));
    }
    let all = readings(&small, FIRST + 1);
    assert_eq!(worlds[1].round(FIRST + 1, &all, &[]).unwrap().values, truth(&all));
}

#[test]
fn replayed_and_contradicting_opens() {
    let mut world = World::new(any_three(4));
    let now = Round::from(FIRST);
    let (_, _, open) = begun(&mut world, FIRST);
    // Byte for byte it may come again; another one of the round may not.
    world.aggregator(1).open(now, &open).unwrap();
    let other = world.forger.open(FIRST, None, &world.all_but(&[0]));
    assert_eq!(world.aggregator(1).open(now, &other), Err(blamed(Fault::Contradiction)));

    let next = world.forger.open(FIRST + 1, None, &world.everybody());
    world.aggregator(1).open(now, &next).unwrap();
    assert_eq!(world.aggregator(1).open(now, &open), Err(blamed(Fault::RoundClosed)));
    let close = world.forger.close(FIRST + 1, &next, &[1, 2, 3], &world.everybody());
    let _ = world.aggregator(1).answer(now, &close).unwrap().stored();
}

/// An Open for the last round would silence a group for good; one for an old round would revive it.
#[test]
fn open_of_a_far_round() {
    let mut world = World::new(any_three(4));
    let now = Round::from(FIRST + 10);
    for round in [LAST, FIRST + 13, FIRST + 7] {
        let open = world.forger.open(round, None, &world.everybody());
        assert_eq!(world.aggregator(1).open(now, &open), Err(blamed(Fault::RoundFarFromNow)));
    }
    for round in [FIRST - 1, LAST + 1] {
        let open = world.forger.open(round, None, &world.everybody());
        let result = world.aggregator(1).open(Round::from(round), &open);
        assert_eq!(result, Err(blamed(Fault::WrongEpoch)));
    }
    let readings = readings(&world.plan, FIRST + 10);
    assert_eq!(world.round(FIRST + 10, &readings, &[]).unwrap().values, truth(&readings));
}

/// The Close of an old round, when the aggregator is at a later one.
#[test]
fn close_of_another_round_or_another_open() {
    let mut world = World::new(any_three(4));
    let now = Round::from(FIRST + 1);
    let (_, _, old) = begun(&mut world, FIRST);
    let (_, _, open) = begun(&mut world, FIRST + 1);
    let all = world.everybody();
    let late = world.forger.close(FIRST, &old, &[1, 2, 3], &all);
    assert_eq!(world.aggregator(1).answer(now, &late).unwrap_err(), blamed(Fault::NotExpected));
    let elsewhere = world.forger.close(FIRST + 1, &old, &[1, 2, 3], &all);
    assert_eq!(world.aggregator(1).answer(now, &elsewhere).unwrap_err(), blamed(Fault::ChainBroken));
    let right = world.forger.close(FIRST + 1, &open, &[1, 2, 3], &all);
    let _ = world.aggregator(1).answer(now, &right).unwrap().stored();
}

/// A Close that claims a later pass need not name the Open that an aggregator has seen; there is none where no
/// meter repairs.
#[test]
fn close_of_another_pass() {
    let mut world = World::new(any_three(4));
    let now = Round::from(FIRST);
    let (_, _, open) = begun(&mut world, FIRST);
    let all = world.everybody();
    let of_pass = |world: &World, open: &[u8], pass: u8| {
        let mut close = world.forger.close(FIRST, open, &[1, 2, 3], &all);
        close[3] |= (pass - 1) << 1;
        world.forger.resign(&close)
    };
    for pass in [2, 3] {
        for open in [&open[..], b"another Open"] {
            let close = of_pass(&world, open, pass);
            assert_eq!(world.aggregator(1).answer(now, &close).unwrap_err(), blamed(Fault::WrongPass));
        }
    }
    let close = of_pass(&world, b"another Open", 1);
    assert_eq!(world.aggregator(1).answer(now, &close).unwrap_err(), blamed(Fault::ChainBroken));
    let close = of_pass(&world, &open, 1);
    let _ = world.aggregator(1).answer(now, &close).unwrap().stored();
}

/// A contribution of one round does not open in another: pads are of their round.
#[test]
fn contribution_in_another_round() {
    let mut world = World::new(any_three(4));
    let (_, frames, _) = begun(&mut world, FIRST);
    let next = Bare::new(&world.plan, FIRST + 1);
    let all = world.everybody();
    let opened = by_hand(&world.plan, &frames, &all, &next.weighted(&[1, 2, 3], &all), &[1, 2, 3]);
    assert!(opened.unsigned_abs() > 4 * world.plan.max_reading);
}
