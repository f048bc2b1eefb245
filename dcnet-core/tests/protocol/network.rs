//! Frames that come late, twice, or in another order.

use dcnet_core::{Closing, Fault, Misuse};
use meter_link::{PartyId, Round};

use crate::group::{FIRST, Plan, World, readings, silent, truth};
use crate::rounds::Script;

/// What comes twice changes nothing, and is answered with the same bytes.
#[test]
fn the_network_may_repeat_everything() {
    let mut world = World::new(Plan::of(5, 2));
    let now = Round::from(FIRST);
    let some = silent(readings(&world.plan, FIRST), &[2]);
    let mut collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &open, &some).into_iter().flatten().collect();
    for frame in frames.iter().chain(&frames) {
        collecting.accept(frame).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    let close = repairing.frame().to_vec();
    for place in [0, 1, 3, 4] {
        let device = &mut world.devices[place];
        device.open(&open).unwrap();
        let first = device.close(&close).unwrap();
        device.open(&open).unwrap();
        let again = device.close(&close).unwrap();
        assert_eq!(first, again);
        let misuse = device.contribute(FIRST, &[1, 2]).unwrap_err();
        assert_eq!(misuse, Misuse::OutOfOrder.into());
        repairing.accept(&first.0.clone().unwrap()).unwrap();
        repairing.accept(&again.0.unwrap()).unwrap();
    }
    assert_eq!(repairing.missing().count(), 0);
    let Closing::Final(mut closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    for place in [0, 1, 3, 4] {
        let device = &mut world.devices[place];
        let (none, first) = device.close(closed.frame()).unwrap();
        let (again, record) = device.close(closed.frame()).unwrap();
        assert_eq!((none, again, first), (None, None, record));
    }
    for number in [1, 2, 3] {
        let holder = world.holder(number);
        holder.open(now, &open).unwrap();
        let first = holder.answer(now, closed.frame()).unwrap();
        let again = holder.answer(now, closed.frame()).unwrap();
        assert_eq!(first.record(), again.record());
        let (first, again) = (first.stored(), again.stored());
        assert_eq!(first, again);
        closed.accept(&first).unwrap();
        closed.accept(&again).unwrap();
    }
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));
}

/// Contributions and repairs in any order; frames of the round before among them.
#[test]
fn the_network_may_reorder() {
    let mut world = World::new(Plan::of(6, 1));
    let before = readings(&world.plan, FIRST);
    let collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let stale: Vec<Vec<u8>> = world.frames(FIRST, &open, &before).into_iter().flatten().collect();

    let some = silent(readings(&world.plan, FIRST + 1), &[5]);
    let mut collecting = world.open(FIRST + 1, &Script::default());
    let open = collecting.frame().to_vec();
    let frames: Vec<Vec<u8>> = world.frames(FIRST + 1, &open, &some).into_iter().flatten().collect();
    let ids = world.plan.meter_ids();
    for ((place, frame), id) in frames.iter().enumerate().rev().zip(ids[..5].iter().rev()) {
        assert_eq!(collecting.accept(&stale[place]), Err(Fault::WrongRound.of(*id)));
        assert_eq!(collecting.accept(frame), Ok(*id));
        assert_eq!(collecting.accept(&stale[place]), Err(Fault::WrongRound.of(*id)));
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    let first = repairing.frame().to_vec();
    let repairs: Vec<Vec<u8>> =
        (0..5).rev().map(|place: usize| world.devices[place].close(&first).unwrap().0.unwrap()).collect();
    for repair in &repairs[..4] {
        repairing.accept(repair).unwrap();
    }
    // The repair of the meter at 0 is late: it leaves, and comes with a repair of the wrong pass.
    let Closing::Repairing(mut repairing) = world.utility.close_again(repairing, &quorum).unwrap() else {
        panic!()
    };
    let second = repairing.frame().to_vec();
    assert_eq!(repairing.accept(&repairs[4]), Err(Fault::WrongPass.of(ids[0])));
    assert_eq!(repairing.accept(&repairs[0]), Err(Fault::WrongPass.of(ids[4])));
    for place in 1..5 {
        let device = &mut world.devices[place];
        let (repair, record) = device.close(&second).unwrap();
        // The first Close again, late: refused, and the second is still answered the same.
        assert_eq!(device.close(&first), Err(Fault::WrongPass.of(PartyId::UTILITY)));
        assert_eq!(device.close(&second), Ok((repair.clone(), record)));
        repairing.accept(&repair.unwrap()).unwrap();
    }
    let Closing::Final(mut closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    world.answer(FIRST + 1, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&silent(some, &[0])));
}

/// A meter that missed the first Close repairs for the second.
#[test]
fn a_lost_close_is_made_up_for_by_the_next() {
    let mut world = World::new(Plan::of(6, 1));
    let some = silent(readings(&world.plan, FIRST), &[0]);
    let collecting = world.collected(FIRST, &some, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    world.repair(&mut repairing, &[0, 1]);
    let Closing::Repairing(mut repairing) = world.utility.close_again(repairing, &quorum).unwrap() else {
        panic!()
    };
    // The meter at 1 is out now, hears that, and is silent; all others repair once more.
    assert_eq!(world.devices[1].close(repairing.frame()).unwrap().0, None);
    world.repair(&mut repairing, &[0]);
    assert_eq!(repairing.missing().count(), 0);
    let Closing::Final(mut closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&silent(some, &[1])));
}

/// The Close overtakes the Open. A frame sent now would come from outside the set, so there is none.
#[test]
fn a_close_before_its_open_ends_the_round_for_the_meter() {
    for (pass, quorum) in
        [(1, Some(&[1u8, 2, 3][..])), (1, None), (2, Some(&[1, 2, 3])), (3, Some(&[1, 2, 3]))]
    {
        let mut world = World::new(Plan::of(5, 1));
        let open = world.forger.open(FIRST, None, &world.everybody());
        let close = world.forger.close(FIRST, pass, &open, quorum, &world.all_but(&[4]));
        let device = &mut world.devices[4];
        let (repair, record) = device.close(&close).unwrap();
        assert_eq!(repair, None);
        assert_eq!(device.close(&close), Ok((None, record.clone())));
        let closed = Fault::RoundClosed.of(PartyId::UTILITY);
        assert_eq!(device.open(&open), Err(closed));
        assert_eq!(device.contribute(FIRST, &[1]), Err(Misuse::OutOfOrder.into()));
        // … nor after a reboot.
        let mut rebooted = world.plan.device(4);
        rebooted.meter.replay(&record).unwrap();
        assert_eq!(rebooted.open(&open), Err(closed));
        // The next round is as any other, if it follows from what the meter saw.
        let previous = quorum.map(|_| (Round::from(FIRST), meter_link::round::frame_hash(&close)));
        let next = world.forger.open(FIRST + 1, previous, &world.everybody());
        for device in [&mut rebooted, &mut world.devices[4]] {
            device.open(&next).unwrap();
            device.contribute(FIRST + 1, &[1]).unwrap();
        }
    }
}

/// A Close of the next round while one is open here: its Open was lost, and so was this round's Close.
#[test]
fn a_close_of_a_later_round_ends_the_open_one() {
    let mut world = World::new(Plan::of(5, 1));
    let all = world.everybody();
    let open = world.forger.open(FIRST, None, &all);
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[0]));
    let next = world.forger.open(FIRST + 1, None, &all);
    let later = world.forger.close(FIRST + 1, 1, &next, Some(&[1, 2, 3]), &all);
    let device = &mut world.devices[1];
    device.open(&open).unwrap();
    device.contribute(FIRST, &[1]).unwrap();
    assert_eq!(device.close(&later).unwrap().0, None);
    // No repair for the old one any more, and nothing for the one that was never open here.
    assert_eq!(device.close(&close), Err(Fault::RoundClosed.of(PartyId::UTILITY)));
    assert_eq!(device.open(&next), Err(Fault::RoundClosed.of(PartyId::UTILITY)));
}

/// The Close of the round before comes when the next is open already: too late, and it ends nothing.
#[test]
fn a_late_close_of_the_round_before_leaves_the_open_one_alone() {
    let mut world = World::new(Plan::of(5, 1));
    let all = world.everybody();
    let before = world.forger.open(FIRST, None, &all);
    let open = world.forger.open(FIRST + 1, None, &all);
    let device = &mut world.devices[0];
    for (open, round) in [(&before, FIRST), (&open, FIRST + 1)] {
        device.open(open).unwrap();
        device.contribute(round, &[1]).unwrap();
    }
    let gone = [true, true, true, true, false];
    for quorum in [None, Some(&[1u8, 2, 3][..])] {
        let late = world.forger.close(FIRST, 1, &before, quorum, &gone);
        assert_eq!(device.close(&late), Err(Fault::RoundClosed.of(PartyId::UTILITY)));
    }
    let close = world.forger.close(FIRST + 1, 1, &open, None, &gone);
    assert!(device.close(&close).unwrap().0.is_some());
}
