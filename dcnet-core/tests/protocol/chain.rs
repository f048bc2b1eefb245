//! The chain of Opens and Closes from round to round, whatever happened to a round.

use dcnet_core::{Closing, Error};
use meter_link::round::frame_hash;
use meter_link::{Header, Round};

use crate::group::{FIRST, Plan, World, readings, silent, truth};
use crate::rounds::Script;

#[test]
fn every_open_names_the_close_before_it() {
    let mut world = World::new(Plan::of(4, 1));
    let mut previous = (FIRST, [0u8; 32]);
    for (round, gone) in [(FIRST, &[][..]), (FIRST + 1, &[2]), (FIRST + 3, &[])] {
        let readings = silent(readings(&world.plan, round), gone);
        let collecting = world.collected(round, &readings, &Script::default());
        let payload = &collecting.frame()[Header::LEN..];
        assert_eq!((&payload[..4], &payload[4..36]), (&previous.0.to_le_bytes()[..], &previous.1[..]));
        let quorum = world.utility.quorum(|_| true).unwrap();
        let (mut closed, _) = world.settle(collecting, &quorum, gone.to_vec(), &Script::default()).unwrap();
        previous = (round, frame_hash(closed.frame()));
        world.answer(round, &mut closed, &quorum).unwrap();
        world.utility.record(&closed).unwrap();
    }
}

/// A holder of the quorum stays silent; another quorum answers for the same set, and the meters, who have
/// seen the first final Close, follow the next round.
#[test]
fn another_quorum_opens_the_same_set() {
    let mut world = World::new(Plan::of(5, 5));
    let some = silent(readings(&world.plan, FIRST), &[4]);
    let collecting = world.collected(FIRST, &some, &Script::default());
    let first = world.utility.quorum(|_| true).unwrap();
    let (mut closed, _) = world.settle(collecting, &first, vec![4], &Script::default()).unwrap();
    for number in [1, 3] {
        let answer = world.holder(number).answer(Round::from(FIRST), closed.frame()).unwrap().stored();
        closed.accept(&answer).unwrap();
    }
    assert!(closed.missing().eq([2]));
    assert_eq!(world.utility.record(&closed), Err(Error::Quorum { have: 2, need: 3 }));
    let second = world.utility.quorum(|number| number != 2).unwrap();
    world.utility.ask(&mut closed, &second).unwrap();
    assert!(closed.missing().eq([1, 3, 4]));
    world.answer(FIRST, &mut closed, &second).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));
    let next = readings(&world.plan, FIRST + 1);
    let (sum, _) = world.round(FIRST + 1, &next, Script { away: &[2], ..Script::default() }).unwrap();
    assert_eq!(sum.values, truth(&next));
}

/// The final Close is out, and then too few holders answer: the round is lost, its Close is in the chain.
#[test]
fn a_round_that_no_quorum_opens_does_not_stop_the_next() {
    let mut world = World::new(Plan::of(4, 1));
    let all = readings(&world.plan, FIRST);
    let collecting = world.collected(FIRST, &all, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let (mut closed, _) = world.settle(collecting, &quorum, vec![], &Script::default()).unwrap();
    let answer = world.holder(1).answer(Round::from(FIRST), closed.frame()).unwrap().stored();
    closed.accept(&answer).unwrap();
    assert_eq!(world.utility.record(&closed), Err(Error::Quorum { have: 1, need: 3 }));
    let next = readings(&world.plan, FIRST + 1);
    assert_eq!(world.round(FIRST + 1, &next, Script::default()).unwrap().0.values, truth(&next));
}

/// The round is lost before its final Close; some meters have seen the Closes before it.
#[test]
fn a_round_that_is_never_closed_does_not_stop_the_next() {
    let mut world = World::new(Plan::of(5, 1));
    let some = silent(readings(&world.plan, FIRST), &[3]);
    let collecting = world.collected(FIRST, &some, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Repairing(mut repairing) = world.utility.close(collecting, &quorum).unwrap() else {
        panic!()
    };
    world.repair(&mut repairing, &[0, 3]);
    drop(repairing);
    let next = readings(&world.plan, FIRST + 2);
    assert_eq!(world.round(FIRST + 2, &next, Script::default()).unwrap().0.values, truth(&next));
}

/// Meters and holders that heard nothing for rounds take the next Open as it comes.
#[test]
fn an_outage_of_any_length_is_survived() {
    let mut world = World::new(Plan::of(6, 1));
    for (round, gone, away) in
        [(0, &[][..], &[][..]), (1, &[1, 4], &[3]), (2, &[1, 4], &[3]), (9, &[4], &[1]), (10, &[], &[])]
    {
        let some = silent(readings(&world.plan, FIRST + round), gone);
        let script = Script { away, ..Script::default() };
        let (sum, _) = world.round(FIRST + round, &some, script).unwrap();
        assert_eq!(sum.values, truth(&some), "{round}");
    }
}

/// An answer given twice, a sum asked for twice: the same.
#[test]
fn a_sum_may_be_taken_again() {
    let mut world = World::new(Plan::of(4, 2));
    let all = readings(&world.plan, FIRST);
    let collecting = world.collected(FIRST, &all, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let (mut closed, _) = world.settle(collecting, &quorum, vec![], &Script::default()).unwrap();
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    let sum = world.utility.record(&closed).unwrap();
    assert_eq!(sum.values, truth(&all));
    assert_eq!(world.utility.record(&closed), Ok(sum));
}

/// The utility's process ends between two rounds. With the record it goes on; without, meters take it for
/// one that denies the Close they have seen.
#[test]
fn a_utility_that_restarts_goes_on_from_its_record() {
    let mut world = World::new(Plan::of(4, 1));
    let all = readings(&world.plan, FIRST);
    world.round(FIRST, &all, Script::default()).unwrap();
    let record = world.utility.progress();
    let restarted = |world: &World| {
        let own = world.plan.cohort().utility;
        let roster = world.roster.clone();
        dcnet_core::Utility::new(&world.params, &world.view, own.identity, own.link, roster).unwrap()
    };
    let now = Round::from(FIRST + 1);
    let mut forgetful = restarted(&world);
    let open = forgetful.open(now, now, &world.everybody()).unwrap();
    let broken = dcnet_core::Fault::ChainBroken.of(meter_link::PartyId::UTILITY);
    assert_eq!(world.devices[0].open(open.frame()), Err(broken));

    world.utility = restarted(&world);
    world.utility.resume(&record).unwrap();
    let next = readings(&world.plan, FIRST + 1);
    assert_eq!(world.round(FIRST + 1, &next, Script::default()).unwrap().0.values, truth(&next));
}
