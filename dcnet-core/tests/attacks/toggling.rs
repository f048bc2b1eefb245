//! Half-sets: a utility that calls other meters absent in every round learns sums from which single households follow.

use std::collections::BTreeMap;

use dcnet_core::Fault;
use meter_link::{Field64, Round};

use crate::blamed;
use crate::group::{FIRST, Plan, World};
use crate::knowledge::{Form, Knowledge};
use crate::rounds::Script;

const METERS: usize = 8;

/// Which meters the Open of a round names: another half each time.
fn half(n: u32) -> Vec<bool> {
    let bits = (n + 1).wrapping_mul(2_654_435_761);
    (0..METERS).map(|p| (bits >> (3 * p + 7)) & 1 == 1).collect()
}

/// Runs such rounds with households that use the same in each, and returns what the utility has: the sums of the sets
/// that came about. The devices forget what was, if they do.
fn half_sets(rounds: u32, every: u32, forgetful: bool) -> BTreeMap<Vec<bool>, i64> {
    let mut world = World::new(Plan::any_three(METERS as u32));
    let usual = |p: usize| 1000 + 37 * (p * p) as i64;
    let mut sums = BTreeMap::new();
    for (n, round) in (0..).zip((FIRST..FIRST + rounds * every).step_by(every as usize)) {
        let mut named = half(n);
        for id in world.utility.left_out(Round::from(round)) {
            named[world.roster.position(id).unwrap()] = false;
        }
        if named.iter().filter(|named| **named).count() < 3 {
            continue;
        }
        let mut collecting = world.utility.open(Round::from(round), Round::from(round), &named).unwrap();
        let open = collecting.frame().to_vec();
        world.holders.iter_mut().for_each(|holder| holder.open(Round::from(round), &open).unwrap());
        let mut set = vec![false; METERS];
        for p in 0..METERS {
            if forgetful {
                world.devices[p] = world.plan.device(p);
            }
            world.devices[p].open(&open).unwrap();
            let sent = world.devices[p].contribute(round, &[usual(p)]);
            set[p] = sent.is_ok();
            match sent {
                Ok((frame, _)) => drop(collecting.accept(&frame).unwrap()),
                Err(error) if named[p] => assert_eq!(error, blamed(Fault::TooManyChanges)),
                Err(error) => assert_eq!(error, blamed(Fault::NotInOpen)),
            }
        }
        let quorum = world.utility.quorum(|_| true).unwrap();
        let silent = (0..METERS).filter(|p| !set[*p]).collect();
        let Ok((mut closed, _)) = world.settle(collecting, &quorum, silent, &Script::default()) else {
            continue;
        };
        if world.answer(round, &mut closed, &quorum).is_ok() {
            sums.insert(set, world.utility.record(&closed).unwrap().values[0]);
        }
    }
    sums
}

/// Single households that follow from the sums.
fn determined(sums: &BTreeMap<Vec<bool>, i64>) -> Vec<(usize, i64)> {
    let mut known = Knowledge::default();
    for (set, sum) in sums {
        let cells = (0..METERS).filter(|p| set[*p]).map(|p| (p, FIRST));
        known.learn(Form::readings(cells), Field64::from_i64(*sum));
    }
    (0..METERS).filter_map(|p| Some((p, known.value(&Form::readings([(p, FIRST)]))?))).collect()
}

#[test]
fn half_sets_by_a_utility_that_toggles_the_open() {
    let leaked = determined(&half_sets(20, 1, true));
    let usual: Vec<(usize, i64)> = (0..METERS).map(|p| (p, 1000 + 37 * (p * p) as i64)).collect();
    assert_eq!(leaked, usual);

    // Meters that stay away leave two sums or so, and then none.
    let sums = half_sets(90, 1, false);
    assert!((1..=3).contains(&sums.len()), "{sums:?}");
    assert_eq!(determined(&sums), []);
}

/// Rounds that nobody closes in between do not help: the Open tells that there was none.
#[test]
fn half_sets_in_every_third_round() {
    for every in [2, 3, 5] {
        assert!(determined(&half_sets(20, every, true)).len() == METERS, "{every}");
        let sums = half_sets(20, every, false);
        assert_eq!((determined(&sums), sums.len() < 4), (vec![], true), "{every}");
    }
}

/// What that rule does not reach: a utility that tells a meter of a round that never was. The meter cannot know it from
/// an outage of its own, after which it may be named absent. The limit on changes is what is left, and noise.
#[test]
fn a_round_that_never_was() {
    let world = World::new(Plan::any_three(4));
    let (named, unnamed) = (world.everybody(), world.all_but(&[0]));
    let mut device = world.plan.device(0);
    device.open(&world.forger.open(FIRST, None, &named)).unwrap();
    device.contribute(FIRST, &[1]).unwrap();
    let invented = Some((Round::from(FIRST + 2), [9; 32]));
    device.open(&world.forger.open(FIRST + 3, invented, &unnamed)).unwrap();
    device.open(&world.forger.open(FIRST + 4, invented, &named)).unwrap();
    assert!(device.contribute(FIRST + 4, &[1]).is_ok());
}

/// Exactly 96 rounds, counted from the Open that named it absent; meanwhile it hears what it must.
#[test]
fn named_absent_while_sending() {
    let world = World::new(Plan::any_three(4));
    let (named, unnamed) = (world.everybody(), world.all_but(&[0]));
    // Rounds between the contribution and the Open that names it absent, and whether it stays away.
    let closed = |round: u32| Some((Round::from(round), [9; 32]));
    let cases = [(1, None, true), (2, closed(1), true), (3, None, true), (3, closed(0), true)];
    for (silent, last, stays) in cases.into_iter().chain([(3, closed(1), false), (10, closed(9), false)]) {
        let last = last.map(|(round, hash)| (Round::from(FIRST + round.to_u32()), hash));
        let mut device = world.plan.device(0);
        device.open(&world.forger.open(FIRST, None, &named)).unwrap();
        device.contribute(FIRST, &[1]).unwrap();
        let gone = FIRST + silent;
        device.open(&world.forger.open(gone, last, &unnamed)).unwrap();
        for round in [gone + 1, gone + 50, gone + 95, gone + 96, gone + 97] {
            device.open(&world.forger.open(round, last, &named)).unwrap();
            let sent = device.contribute(round, &[1]);
            if stays && round < gone + 96 {
                assert_eq!(sent, Err(blamed(Fault::TooManyChanges)), "{silent} {round}");
                // It repairs nothing, having sent nothing.
                let open = world.forger.open(round, last, &named);
                let close = world.forger.close(round, 1, &open, None, &world.all_but(&[3]));
                assert_eq!(device.close(&close).unwrap().0, None);
            } else {
                assert!(sent.is_ok(), "{silent} {round}: {sent:?}");
            }
        }
    }
    // Never present, or absent all along: nothing to stay away from.
    let mut device = world.plan.device(0);
    for round in FIRST..FIRST + 3 {
        device.open(&world.forger.open(round, None, &unnamed)).unwrap();
    }
    device.open(&world.forger.open(FIRST + 3, None, &named)).unwrap();
    assert!(device.contribute(FIRST + 3, &[1]).is_ok());
}

/// A Close that comes before its Open ends a round for the meter. It must not make the meter forget that it was sending.
#[test]
fn a_stray_close_between_sending_and_being_named_absent() {
    let world = World::new(Plan::any_three(4));
    let (named, unnamed) = (world.everybody(), world.all_but(&[0]));
    for quorum in [None, Some(&[1u8, 2, 3][..])] {
        let mut device = world.plan.device(0);
        device.open(&world.forger.open(FIRST, None, &named)).unwrap();
        device.contribute(FIRST, &[1]).unwrap();
        let unseen = world.forger.open(FIRST + 1, None, &named);
        let stray = world.forger.close(FIRST + 1, 1, &unseen, quorum, &unnamed);
        device.close(&stray).unwrap();
        let previous = quorum.map(|_| (Round::from(FIRST + 1), meter_link::round::frame_hash(&stray)));
        device.open(&world.forger.open(FIRST + 2, previous, &unnamed)).unwrap();
        device.open(&world.forger.open(FIRST + 3, previous, &named)).unwrap();
        assert_eq!(device.contribute(FIRST + 3, &[1]), Err(blamed(Fault::TooManyChanges)));
    }
}

/// Rounds that are opened one after the other and never closed: it does not send in the one between.
#[test]
fn an_open_in_between_in_which_nothing_is_sent() {
    let world = World::new(Plan::any_three(4));
    let (named, unnamed) = (world.everybody(), world.all_but(&[0]));
    let mut device = world.plan.device(0);
    device.open(&world.forger.open(FIRST, None, &named)).unwrap();
    device.contribute(FIRST, &[1]).unwrap();
    // The utility sends the next two Opens at once, so that the meter cannot contribute in the first.
    device.open(&world.forger.open(FIRST + 1, None, &named)).unwrap();
    device.open(&world.forger.open(FIRST + 2, None, &unnamed)).unwrap();
    device.open(&world.forger.open(FIRST + 3, None, &named)).unwrap();
    assert_eq!(device.contribute(FIRST + 3, &[1]), Err(blamed(Fault::TooManyChanges)));
}
