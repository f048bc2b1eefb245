//! Frames that are forged, altered, or come from where they should not.

use meter_link::{Header, PartyId, Round};
use shamir_agg::{Fault, Malformed};

use crate::group::{FIRST, Plan, World, readings, truth};
use crate::{any_three, begun, blamed};

#[test]
fn forged_tag() {
    let mut world = World::new(any_three(3));
    let readings = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &[]);
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &readings).into_iter().flatten().collect();
    let ids = world.plan.meter_ids();
    let last = frames[0].len() - 1;
    for at in [Header::LEN, last - 16, last] {
        let mut bad = frames[0].clone();
        bad[at] ^= 1;
        assert_eq!(collecting.accept(&bad), Err(Fault::BadTag.of(ids[0])));
    }
    // Another meter's frame under this name, and one of nobody.
    let renamed = |id: PartyId| {
        let mut bad = frames[0].clone();
        bad[8..12].copy_from_slice(&id.0.to_le_bytes());
        bad
    };
    assert_eq!(collecting.accept(&renamed(ids[1])), Err(Fault::BadTag.of(ids[1])));
    assert_eq!(collecting.accept(&renamed(PartyId(5))), Err(Fault::UnknownSender.of(PartyId(5))));
    let aggregator = world.plan.aggregator_ids()[0];
    assert_eq!(collecting.accept(&renamed(aggregator)), Err(Fault::UnknownSender.of(aggregator)));

    for frame in &frames {
        collecting.accept(frame).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    let answer = world.aggregator(1).answer(Round::from(FIRST), closed.frame()).unwrap().stored();
    let first = world.plan.aggregator_ids()[0];
    let mut bad = answer.clone();
    *bad.last_mut().unwrap() ^= 1;
    assert_eq!(closed.accept(&bad), Err(Fault::BadTag.of(first)));
    // Aggregator 4 is not asked; 2 did not make this one.
    for (number, fault) in [(4, Fault::NotInQuorum), (2, Fault::BadTag)] {
        let id = world.plan.aggregator_ids()[number - 1];
        let mut bad = answer.clone();
        bad[8..12].copy_from_slice(&id.0.to_le_bytes());
        assert_eq!(closed.accept(&bad), Err(fault.of(id)));
    }
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
}

/// Answers to another set or quorum, rightly made by the right aggregator, are not added up.
#[test]
fn answer_to_another_query() {
    let mut world = World::new(any_three(4));
    let readings = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &[]);
    let open = collecting.frame().to_vec();
    for frame in world.frames(FIRST, &readings).into_iter().flatten() {
        collecting.accept(&frame).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    let now = Round::from(FIRST);
    let less = world.forger.close(FIRST, &open, &[1, 2, 3], &world.all_but(&[0]));
    let other = world.forger.close(FIRST, &open, &[1, 2, 4], &world.everybody());
    for close in [less, other] {
        let mut aggregator = world.plan.aggregator(1);
        aggregator.open(now, &open).unwrap();
        let answer = aggregator.answer(now, &close).unwrap().stored();
        assert_eq!(closed.accept(&answer), Err(Fault::WrongSet.of(world.plan.aggregator_ids()[0])));
    }
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
}

#[test]
fn quorum_of_the_wrong_size_or_without_me() {
    let mut world = World::new(any_three(4));
    let (_, _, open) = begun(&mut world, FIRST);
    let (now, all) = (Round::from(FIRST), world.everybody());
    for quorum in [&[1, 2][..], &[1, 2, 3, 4], &[1], &[2, 3, 4]] {
        let close = world.forger.close(FIRST, &open, quorum, &all);
        let result = world.aggregator(1).answer(now, &close);
        assert_eq!(result.unwrap_err(), blamed(Fault::NotInQuorum), "{quorum:?}");
    }
    let close = world.forger.close(FIRST, &open, &[1, 2, 3], &all);
    // A fifth of four aggregators.
    let mut beyond = close.clone();
    beyond[48] = 0b1_0011;
    let beyond = world.forger.resign(&beyond);
    assert_eq!(world.aggregator(1).answer(now, &beyond).unwrap_err(), Malformed::BadQuorum.into());
    let _ = world.aggregator(1).answer(now, &close).unwrap().stored();
}

/// Opens and Closes of somebody who is not the utility.
#[test]
fn substituted_signature() {
    let mut world = World::new(any_three(4));
    let (now, all) = (Round::from(FIRST), world.everybody());
    let mut stranger = world.plan.cohort();
    let view = stranger.view;
    let stranger = crate::group::Forger { view, identity: stranger.meters.remove(0).identity };
    let open = stranger.open(FIRST, None, &all);
    assert_eq!(world.aggregator(1).open(now, &open), Err(blamed(Fault::BadSignature)));
    let (_, _, open) = begun(&mut world, FIRST);
    let close = stranger.close(FIRST, &open, &[1, 2, 3], &all);
    assert_eq!(world.aggregator(1).answer(now, &close).unwrap_err(), blamed(Fault::BadSignature));
}

/// Frames of another group, and of another epoch of this one.
#[test]
fn frames_of_another_session() {
    let mut world = World::new(any_three(3));
    let other = Plan { group: 8, ..world.plan };
    let longer = Plan { max_reading: 2_000_000, ..world.plan };
    let now = Round::from(FIRST);
    let mut collecting = world.open(FIRST, &[]);
    let (frame, _) = other.device(0).contribute(FIRST, &[1]).unwrap();
    let id = world.plan.meter_ids()[0];
    assert_eq!(collecting.accept(&frame), Err(Fault::WrongGroup.of(id)));
    // The same group with other parameters is another session, hence other keys.
    let (frame, _) = longer.device(0).contribute(FIRST, &[1]).unwrap();
    assert_eq!(collecting.accept(&frame), Err(Fault::BadTag.of(id)));
    for (plan, fault) in [(other, Fault::WrongGroup), (longer, Fault::BadSignature)] {
        let mut there = World::new(plan);
        let open = there.open(FIRST, &[]).frame().to_vec();
        assert_eq!(world.aggregator(2).open(now, &open), Err(blamed(fault)));
    }
}
