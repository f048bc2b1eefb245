//! The thesis' rule carried out: with nobody but neighbours to hide a reading, the real roles hand it out. The same
//! utility gets nothing where there are holders.

use dcnet_core::{Closing, Fault};
use meter_link::{Field64, Round, SetRules};

use crate::adversary::{Bare, pair_pad, words};
use crate::group::{FIRST, Plan, Seats, World, readings, silent, truth};
use crate::rounds::Script;
use crate::{blamed, one};

/// The utility calls a meter late, gets the others' repairs and sum by the rules, and keeps the late frame. Returns
/// what it makes of the frame.
fn late_frame(world: &mut World, victim: usize) -> Field64 {
    let all = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &open, &all).into_iter().flatten().collect();
    let others: Vec<usize> = (0..frames.len()).filter(|p| *p != victim).collect();
    for other in &others {
        collecting.accept(&frames[*other]).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    let close = repairing.frame().to_vec();
    let repairs: Vec<Vec<u8>> =
        others.iter().map(|p| world.devices[*p].close(&close).unwrap().0.unwrap()).collect();
    for repair in &repairs {
        repairing.accept(repair).unwrap();
    }
    let Closing::Final(mut closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&silent(all, &[victim])));
    words([&frames[victim]]) + words(&repairs)
}

#[test]
fn late_frame_after_resend() {
    for victim in 0..6 {
        let mut world = World::new(Plan { seats: Seats::Nobody, ..Plan::any_three(6) });
        let truth = one(&readings(&world.plan, FIRST), victim);
        assert_eq!(late_frame(&mut world, victim).centred(), truth);

        let mut world = World::new(Plan::any_three(6));
        let masked = late_frame(&mut world, victim);
        let alone: Vec<bool> = (0..6).map(|p| p == victim).collect();
        let mask = Bare::new(&world.plan, FIRST).masks(&alone);
        assert_ne!(mask, Field64::ZERO);
        assert_eq!((masked - mask).centred(), truth);
        if victim == 0 {
            tells_of_one_set_only(&mut world, &[false, true, true, true, true, true]);
        }
    }
}

/// No holder of the quorum tells of another set than the one it has answered for: all sets are asked, of several quorums.
fn tells_of_one_set_only(world: &mut World, answered: &[bool]) {
    let now = Round::from(FIRST);
    for bits in 0..64u32 {
        let set: Vec<bool> = (0..6).map(|p| bits >> p & 1 == 1).collect();
        for (pass, quorum) in [(2, [1, 2, 3]), (3, [1, 2, 4]), (2, [1, 3, 4]), (3, [2, 3, 4])] {
            let close = world.forger.close(FIRST, pass, b"whatever", Some(&quorum), &set);
            for number in quorum.into_iter().filter(|number| *number != 4) {
                let result = world.holder(number).answer(now, &close).map(|prepared| prepared.stored());
                let few = bits.count_ones() < 3;
                let fault = if few { Fault::SetTooSmall } else { Fault::Contradiction };
                let expected = if set == answered { Ok(()) } else { Err(blamed(fault)) };
                assert_eq!(result.map(|_| ()), expected, "holder {number}");
            }
        }
    }
}

/// 300 meters; a victim and its neighbours, of whom all but some are called missing.
fn neighbours_gone(plan: Plan, victim: usize, left: usize) -> Result<Field64, dcnet_core::Error> {
    let world = World::new(plan);
    let around = world.around(victim);
    let mut device = world.plan.device(victim);
    let open = world.forger.open(FIRST, None, &world.everybody());
    device.open(&open).unwrap();
    let reading = one(&readings(&plan, FIRST), victim);
    let (frame, _) = device.contribute(FIRST, &[reading]).unwrap();
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&around[left..]));
    let repair = device.close(&close)?.0.unwrap();
    // A neighbour that is left colludes: the utility has its pad.
    let pads = around[..left].iter().map(|other| {
        let pad = pair_pad(&plan, victim, *other, FIRST);
        if victim < *other { pad } else { -pad }
    });
    Ok(words([&frame]) - words([&repair]) - pads.sum())
}

#[test]
fn all_neighbours_are_gone() {
    let rules = SetRules { max_missing_permille: 100, ..SetRules::LEAST };
    let plan = Plan { rules, drawn: Some((6, 1)), ..Plan::of(300, 1) };
    let bare = Plan { seats: Seats::Nobody, ..plan };
    for victim in [0, 123] {
        let truth = one(&readings(&plan, FIRST), victim);
        // One message, and the difference is the reading: the set is as large as can be for all others.
        assert_eq!(neighbours_gone(bare, victim, 0).unwrap().centred(), truth);
        assert_eq!(neighbours_gone(bare, victim, 1).unwrap().centred(), truth);

        assert_eq!(neighbours_gone(plan, victim, 0).unwrap_err(), blamed(Fault::TooFewNeighbours));
        // Parameters that ask for one neighbour only, and that one colludes: the self-mask is left.
        let masked = neighbours_gone(plan, victim, 1).unwrap();
        let alone: Vec<bool> = (0..300).map(|p| p == victim).collect();
        let mask = Bare::new(&plan, FIRST).masks(&alone);
        assert_ne!(masked.centred(), truth);
        assert_eq!((masked - mask).centred(), truth);
    }
    // … which holders tell of no such set.
    let mut world = World::new(plan);
    let open = world.forger.open(FIRST, None, &world.everybody());
    let (victim, now) = (123, Round::from(FIRST));
    for rest in [0, 2, 268] {
        let set: Vec<bool> = (0..300).map(|p| p == victim || p < rest).collect();
        let close = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &set);
        world.holder(1).open(now, &open).unwrap();
        assert_eq!(world.holder(1).answer(now, &close).unwrap_err(), blamed(Fault::SetTooSmall), "{rest}");
    }
}

/// The victim is shown a final Close with everybody in it, its neighbours one without the victim: it sends, they repair.
#[test]
fn named_present_to_itself_and_missing_to_its_neighbours() {
    for seats in [Seats::Nobody, Seats::Named] {
        let mut world = World::new(Plan { seats, ..Plan::any_three(6) });
        let (victim, all) = (4, readings(&world.plan, FIRST));
        let open = world.open(FIRST, &Script::default()).frame().to_vec();
        let frames: Vec<Vec<u8>> = world.frames(FIRST, &open, &all).into_iter().flatten().collect();
        let (everybody, rest) = (world.everybody(), world.all_but(&[victim]));
        let final_close = |world: &World, pass, previous: &[u8], set: &[bool]| match seats {
            Seats::Nobody => world.forger.last_close(FIRST, pass, previous, set),
            _ => world.forger.close(FIRST, pass, previous, Some(&[1, 2, 3]), set),
        };
        let own = final_close(&world, 1, &open, &everybody);
        assert_eq!(world.devices[victim].close(&own).unwrap().0, None);
        let first = world.forger.close(FIRST, 1, &open, None, &rest);
        let others = (0..6).filter(|p| *p != victim);
        let repairs: Vec<Vec<u8>> =
            others.map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap()).collect();
        let stripped = words([&frames[victim]]) + words(&repairs);
        if seats == Seats::Nobody {
            assert_eq!(stripped.centred(), one(&all, victim));
            continue;
        }
        let mask = Bare::new(&world.plan, FIRST).masks(&(0..6).map(|p| p == victim).collect::<Vec<_>>());
        assert_eq!((stripped - mask).centred(), one(&all, victim));
        // The holders' one set: either of the two, in which the victim is among others or not at all.
        let now = Round::from(FIRST);
        let second = final_close(&world, 2, &first, &rest);
        for (number, closes) in [(1, [&own, &second]), (2, [&second, &own])] {
            let _ = world.holder(number).answer(now, closes[0]).unwrap().stored();
            let other = world.holder(number).answer(now, closes[1]).unwrap_err();
            assert_eq!(other, blamed(Fault::Contradiction));
        }
        // Neither meter takes the other's Close for its own, so two that compare hold the utility's signature on both.
        assert_eq!(world.devices[victim].close(&first).unwrap_err(), blamed(Fault::WrongPass));
        assert!(world.devices[0].close(&own).is_err());
    }
}
