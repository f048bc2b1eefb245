//! Frames that are forged, altered, or come from where they should not.

use dcnet_core::{Closing, Fault, Malformed};
use meter_link::{Header, PartyId, Round};

use crate::group::{FIRST, Forger, Plan, World, readings, silent, truth};
use crate::rounds::Script;
use crate::{begun, blamed};

/// Contributions, repairs and answers under another name, or with a bit changed.
#[test]
fn forged_tag() {
    let mut world = World::new(Plan::any_three(5));
    let some = silent(readings(&world.plan, FIRST), &[4]);
    let mut collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &open, &some).into_iter().flatten().collect();
    let (ids, holders) = (world.plan.meter_ids(), world.plan.holder_ids());
    let renamed = |frame: &[u8], id: PartyId| {
        let mut bad = frame.to_vec();
        bad[8..12].copy_from_slice(&id.0.to_le_bytes());
        bad
    };
    assert_eq!(collecting.accept(&renamed(&frames[0], ids[1])), Err(Fault::BadTag.of(ids[1])));
    for stranger in [PartyId(5), holders[0], PartyId::UTILITY] {
        let refused = collecting.accept(&renamed(&frames[0], stranger));
        assert_eq!(refused, Err(Fault::UnknownSender.of(stranger)));
    }
    for frame in &frames {
        collecting.accept(frame).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    let repair = world.devices[0].close(repairing.frame()).unwrap().0.unwrap();
    assert_eq!(repairing.accept(&renamed(&repair, ids[1])), Err(Fault::BadTag.of(ids[1])));
    assert_eq!(repairing.accept(&renamed(&repair, holders[0])), Err(Fault::UnknownSender.of(holders[0])));
    let mut again = repair.clone();
    again[Header::LEN] ^= 1;
    assert_eq!(repairing.accept(&again), Err(Fault::BadTag.of(ids[0])));
    world.repair(&mut repairing, &[4]);
    let Closing::Final(mut closed) = world.utility.close_again(repairing, &quorum).unwrap() else { panic!() };
    let answer = world.holder(1).answer(Round::from(FIRST), closed.frame()).unwrap().stored();
    let mut bad = answer.clone();
    *bad.last_mut().unwrap() ^= 1;
    assert_eq!(closed.accept(&bad), Err(Fault::BadTag.of(holders[0])));
    // Holder 4 is not asked; 2 did not make this one.
    for (number, fault) in [(4, Fault::NotInQuorum), (2, Fault::BadTag)] {
        let id = holders[number - 1];
        assert_eq!(closed.accept(&renamed(&answer, id)), Err(fault.of(id)));
    }
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));
}

/// Opens and Closes of somebody who is not the utility.
#[test]
fn forged_signature() {
    let mut world = World::new(Plan::any_three(4));
    let (now, all) = (Round::from(FIRST), world.everybody());
    let mut stranger = world.plan.cohort();
    let view = stranger.view;
    let stranger = Forger { view, identity: stranger.meters.remove(0).identity };
    let open = stranger.open(FIRST, None, &all);
    assert_eq!(world.holder(1).open(now, &open), Err(blamed(Fault::BadSignature)));
    assert_eq!(world.devices[1].open(&open), Err(blamed(Fault::BadSignature)));
    let (_, _, open) = begun(&mut world, FIRST);
    for quorum in [None, Some(&[1u8, 2, 3][..])] {
        let close = stranger.close(FIRST, 1, &open, quorum, &world.all_but(&[3]));
        assert_eq!(world.holder(1).answer(now, &close).unwrap_err(), blamed(Fault::BadSignature));
        assert_eq!(world.devices[1].close(&close).unwrap_err(), blamed(Fault::BadSignature));
        // Before its Open too, where a Close ends a round.
        let mut fresh = world.plan.device(1);
        assert_eq!(fresh.close(&close).unwrap_err(), blamed(Fault::BadSignature));
        fresh.open(&open).unwrap();
    }
    // Signed by the utility, and said to come from somebody else.
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[3]));
    let mut renamed = close.clone();
    renamed[8] = 100;
    let renamed = world.forger.resign(&renamed);
    assert_eq!(world.devices[1].close(&renamed).unwrap_err(), Fault::UnknownSender.of(PartyId(100)));
    assert!(world.devices[1].close(&close).unwrap().0.is_some());
}

/// An Open passed off as a Close, a Close as an Open, an Open of another group or session.
#[test]
fn frames_of_another_kind_or_session() {
    let mut world = World::new(Plan::any_three(4));
    let (_, _, open) = begun(&mut world, FIRST);
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[3]));
    assert_eq!(world.devices[0].open(&close), Err(Malformed::WrongKind.into()));
    assert_eq!(world.devices[0].close(&open).unwrap_err(), Malformed::WrongKind.into());
    for (at, with) in [(2, open[2]), (2, close[2])] {
        let mut turned = if with == open[2] { close.clone() } else { open.clone() };
        turned[at] = with;
        // The kind is in the signature.
        let refused = if with == open[2] {
            world.plan.device(0).open(&turned)
        } else {
            world.devices[0].close(&turned).map(|_| ())
        };
        assert_eq!(refused, Err(blamed(Fault::BadSignature)));
    }
    let group = Plan { group: 8, ..world.plan };
    let parameters = Plan { max_reading: 999, ..world.plan };
    for (plan, fault) in [(group, Fault::WrongGroup), (parameters, Fault::BadSignature)] {
        let there = World::new(plan);
        let open = there.forger.open(FIRST, None, &there.everybody());
        assert_eq!(world.devices[0].open(&open), Err(blamed(fault)));
        assert_eq!(world.holder(1).open(Round::from(FIRST), &open), Err(blamed(fault)));
    }
}

/// Answers to another set or quorum, rightly made by the right holder, are not added up.
#[test]
fn answer_to_another_query() {
    let mut world = World::new(Plan::any_three(4));
    let all = readings(&world.plan, FIRST);
    let collecting = world.collected(FIRST, &all, &Script::default());
    let open = collecting.frame().to_vec();
    let quorum = world.utility.quorum(|_| true).unwrap();
    let (mut closed, _) = world.settle(collecting, &quorum, vec![], &Script::default()).unwrap();
    let now = Round::from(FIRST);
    let less = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &world.all_but(&[0]));
    let other = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 4]), &world.everybody());
    for close in [less, other] {
        let mut holder = world.plan.holder(1);
        holder.open(now, &open).unwrap();
        let answer = holder.answer(now, &close).unwrap().stored();
        assert_eq!(closed.accept(&answer), Err(Fault::WrongSet.of(world.plan.holder_ids()[0])));
    }
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&all));
}

#[test]
fn quorum_of_the_wrong_size_or_without_me() {
    let mut world = World::new(Plan::any_three(4));
    let (_, _, open) = begun(&mut world, FIRST);
    let (now, all) = (Round::from(FIRST), world.everybody());
    for quorum in [&[1, 2][..], &[1, 2, 3, 4], &[1], &[2, 3, 4]] {
        let close = world.forger.close(FIRST, 1, &open, Some(quorum), &all);
        let result = world.holder(1).answer(now, &close);
        assert_eq!(result.unwrap_err(), blamed(Fault::NotInQuorum), "{quorum:?}");
    }
    let close = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &all);
    let _ = world.holder(1).answer(now, &close).unwrap().stored();
}
