//! The drop-out rule of the thesis, and what a utility makes of it.

use dcnet_core::Fault;
use meter_link::{Misuse, PartyId, Round};

use crate::adversary::{Bare, by_hand, words};
use crate::group::{FIRST, Plan, World, truth};
use crate::rounds::Script;
use crate::{begun, blamed, one};

/// The utility keeps a meter's frame back as late, has its neighbours repair as if it were silent, and adds
/// both: all pads of the victim cancel. Only the self-mask is left, and no holder tells it.
#[test]
fn late_frame_after_the_repairs() {
    let mut world = World::new(Plan::any_three(6));
    let victim = 2;
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (now, rest) = (Round::from(FIRST), world.all_but(&[victim]));
    let first = world.forger.close(FIRST, 1, &open, None, &rest);
    let others = (0..6).filter(|p| *p != victim);
    let repairs: Vec<Vec<u8>> =
        others.map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap()).collect();
    let bare_of_pads = words([&frames[victim]]) + words(&repairs);

    // The thesis has no self-masks: the reading lies there. So it does where holders answer anything.
    let bare = Bare::new(&world.plan, FIRST);
    let alone: Vec<bool> = (0..6).map(|p| p == victim).collect();
    assert_eq!((bare_of_pads - bare.masks(&alone)).centred(), one(&readings, victim));
    assert_ne!(bare_of_pads.centred(), one(&readings, victim));

    // Ours answer for the set the repairs were for, and then for no other: not the victim, not everybody.
    let second = world.forger.close(FIRST, 2, &first, Some(&[1, 2, 3]), &rest);
    for number in [1, 2, 3] {
        let only = world.forger.close(FIRST, 2, &first, Some(&[1, 2, 3]), &alone);
        assert_eq!(world.holder(number).answer(now, &only).unwrap_err(), blamed(Fault::SetTooSmall));
        let _ = world.holder(number).answer(now, &second).unwrap().stored();
        let all = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &[true; 6]);
        assert_eq!(world.holder(number).answer(now, &all).unwrap_err(), blamed(Fault::Contradiction));
    }
    // … and the frame is of no use in the next round.
    let mut next = world.open(FIRST + 1, &Script::default());
    let id = world.plan.meter_ids()[victim];
    assert_eq!(next.accept(&frames[victim]), Err(Fault::WrongRound.of(id)));
}

/// The meter that is late sends nothing once it has seen the Close, so there is no such frame.
#[test]
fn no_frame_after_the_close() {
    for quorum in [None, Some(&[1u8, 2, 3][..])] {
        let mut world = World::new(Plan::any_three(5));
        let open = world.forger.open(FIRST, None, &world.everybody());
        let close = world.forger.close(FIRST, 1, &open, quorum, &world.all_but(&[4]));
        let late = &mut world.devices[4];
        late.open(&open).unwrap();
        assert_eq!(late.close(&close).unwrap().0, None);
        assert_eq!(late.contribute(FIRST, &[5]), Err(Misuse::OutOfOrder.into()));
        // The same Open again opens nothing again.
        assert_eq!(late.open(&open), if quorum.is_some() { Err(blamed(Fault::RoundClosed)) } else { Ok(()) });
        assert_eq!(late.contribute(FIRST, &[5]), Err(Misuse::OutOfOrder.into()));
        // The refusals have not spent the interval.
        let reading = late.mark.take(
            meter_link::Channels { first: 0, count: 1 },
            &world.params.group().schedule,
            Round::from(FIRST),
        );
        assert!(reading.is_ok());
    }
}

/// "All your neighbours are gone, resend": the difference of the two messages is the reading (thesis), or the
/// reading under its self-mask.
#[test]
fn all_your_neighbours_are_gone() {
    let mut world = World::new(Plan::any_three(6));
    let (readings, frames, open) = begun(&mut world, FIRST);
    let victim = 3;
    let mut all_pads = meter_link::Field64::ZERO;
    for other in (0..6).filter(|p| *p != victim) {
        let pad = crate::adversary::pair_pad(&world.plan, victim, other, FIRST);
        all_pads = if victim < other { all_pads + pad } else { all_pads - pad };
    }
    let masks = Bare::new(&world.plan, FIRST).masks(&(0..6).map(|p| p == victim).collect::<Vec<_>>());
    let naked = words([&frames[victim]]) - all_pads - masks;
    assert_eq!(naked.centred(), one(&readings, victim));

    for left in [&[][..], &[0], &[0, 1]] {
        let set: Vec<bool> = (0..6).map(|p| p == victim || left.contains(&p)).collect();
        let close = world.forger.close(FIRST, 1, &open, None, &set);
        let result = world.devices[victim].close(&close);
        if left.len() < 2 {
            assert_eq!(result.unwrap_err(), blamed(Fault::SetTooSmall));
        } else {
            // Three are the least set here.
            assert!(result.unwrap().0.is_some());
        }
    }
}

/// A meter that the Close leaves out gives no repair: its pads with *all* others are what the late frame
/// lacks, and it has said nothing else.
#[test]
fn own_bit_missing() {
    let mut world = World::new(Plan::any_three(6));
    let (_, _, open) = begun(&mut world, FIRST);
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[1, 4]));
    assert_eq!(world.devices[1].close(&close).unwrap().0, None);
    assert!(world.devices[2].close(&close).unwrap().0.is_some());
    // Back in the set, it is asked again: a set does not grow, not by oneself either.
    let back = world.forger.close(FIRST, 2, &close, None, &world.all_but(&[4, 5]));
    assert_eq!(world.devices[1].close(&back).unwrap_err(), blamed(Fault::NotInOpen));
    let back = world.forger.close(FIRST, 2, &close, Some(&[1, 2, 3]), &world.all_but(&[4, 5]));
    assert_eq!(world.devices[1].close(&back).unwrap_err(), blamed(Fault::NotInOpen));
}

/// Power goes after the Close; the Open is played again, and the meter, its interval unspent, would send the
/// late frame. The stored record keeps it silent in that round and no other.
#[test]
fn reboot_after_the_close() {
    let mut world = World::new(Plan::any_three(5));
    let open = world.forger.open(FIRST, None, &world.everybody());
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[2]));
    world.devices[2].open(&open).unwrap();
    let (_, record) = world.devices[2].close(&close).unwrap();

    // A device that forgot.
    let mut forgetful = world.plan.device(2);
    forgetful.open(&open).unwrap();
    assert!(forgetful.contribute(FIRST, &[7]).is_ok());

    let mut rebooted = world.plan.device(2);
    rebooted.meter.replay(&record).unwrap();
    assert_eq!(rebooted.open(&open), Err(blamed(Fault::RoundClosed)));
    assert_eq!(rebooted.contribute(FIRST, &[7]), Err(Misuse::OutOfOrder.into()));
    let next = world.forger.open(FIRST + 1, None, &world.everybody());
    rebooted.open(&next).unwrap();
    assert!(rebooted.contribute(FIRST + 1, &[7]).is_ok());
}

/// A device that has stored the final Close holds the utility to it after a reboot: to that set, and to an
/// Open that names it.
#[test]
fn reboot_after_the_final_close() {
    let mut world = World::new(Plan::any_three(5));
    let (_, _, open) = begun(&mut world, FIRST);
    let all = world.everybody();
    let last = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &all);
    let (_, record) = world.devices[0].close(&last).unwrap();
    let mut rebooted = world.plan.device(0);
    rebooted.meter.replay(&record).unwrap();
    let rival = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &world.all_but(&[4]));
    assert_eq!(rebooted.close(&rival).unwrap_err(), blamed(Fault::Contradiction));
    for previous in [None, Some((Round::from(FIRST), meter_link::round::frame_hash(&rival)))] {
        let forked = world.forger.open(FIRST + 1, previous, &all);
        assert_eq!(rebooted.open(&forked), Err(blamed(Fault::ChainBroken)));
    }
    let named = Some((Round::from(FIRST), meter_link::round::frame_hash(&last)));
    assert_eq!(rebooted.close(&last).unwrap(), (None, record));
    rebooted.open(&world.forger.open(FIRST + 1, named, &all)).unwrap();
}

/// The record of a round in another epoch, before or after, silences nobody in this one.
#[test]
fn close_record_of_another_epoch() {
    let world = World::new(Plan::any_three(5));
    let open = world.forger.open(FIRST, None, &world.everybody());
    for round in [FIRST - 1, crate::group::LAST + 1] {
        let mut record = vec![5];
        record.extend(round.to_le_bytes());
        record.extend([8; 33]);
        record.extend(meter_link::mark::check(&record));
        let mut device = world.plan.device(0);
        device.meter.replay(&record).unwrap();
        device.open(&open).unwrap();
        assert!(device.contribute(FIRST, &[1]).is_ok());
    }
}

/// Power goes after a repair: the meter makes no other one, for this set or another.
#[test]
fn reboot_after_a_repair() {
    let mut world = World::new(Plan::any_three(5));
    let (_, _, open) = begun(&mut world, FIRST);
    let (mark, all) = (world.plan.device(1).contribute(FIRST, &[1]), world.everybody());
    assert_eq!(mark, Err(Misuse::OutOfOrder.into())); // without its Open
    let closes = [2, 3].map(|gone: usize| world.forger.close(FIRST, 1, &open, None, &world.all_but(&[gone])));
    let (repair, record) = world.devices[1].close(&closes[0]).unwrap();
    assert!(repair.is_some());
    let last = world.forger.close(FIRST, 2, &closes[0], Some(&[1, 2, 3]), &world.all_but(&[2]));

    let mut rebooted = world.plan.device(1);
    rebooted.meter.replay(&record).unwrap();
    assert_eq!(rebooted.open(&open), Err(blamed(Fault::RoundClosed)));
    for close in &closes {
        assert_eq!(rebooted.close(close).unwrap().0, None);
    }
    // It still learns the final Close, and wants the next Open to name it.
    assert_eq!(rebooted.close(&last).unwrap().0, None);
    let broken = world.forger.open(FIRST + 1, None, &all);
    assert_eq!(rebooted.open(&broken), Err(blamed(Fault::ChainBroken)));
    let named = Some((Round::from(FIRST), meter_link::round::frame_hash(&last)));
    rebooted.open(&world.forger.open(FIRST + 1, named, &all)).unwrap();

    // Even one that lost the record: it does not remember to have contributed.
    let mut forgetful = world.plan.device(1);
    forgetful.open(&open).unwrap();
    assert_eq!(forgetful.close(&closes[1]).unwrap().0, None);
}

/// A silent meter's pads are repaired, and the sum is that of the others: what all of this is for.
#[test]
fn an_honest_utility_gets_the_sum_of_the_others() {
    let mut world = World::new(Plan::any_three(6));
    let (readings, frames, open) = begun(&mut world, FIRST);
    let rest = world.all_but(&[2]);
    let first = world.forger.close(FIRST, 1, &open, None, &rest);
    let others = [0, 1, 3, 4, 5].map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap());
    let bare = Bare::new(&world.plan, FIRST);
    for quorum in [[1, 2, 3], [1, 2, 4], [2, 3, 4]] {
        let sum = by_hand(&world.plan, &frames, &others, &rest, &bare.weighted(&quorum, &rest), &quorum);
        assert_eq!(vec![sum], truth(&crate::group::silent(readings.clone(), &[2])));
    }
    assert!(frames.iter().all(|f| f.len() == world.params.contribution_len()));
    assert_eq!(PartyId::UTILITY, world.view.utility().id);
}
