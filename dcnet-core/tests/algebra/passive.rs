//! A utility that keeps to the protocol, and holders that collude with it beyond f.

use dcnet_core::Closing;
use meter_link::Round;
use meter_link::answer::{Quorum, Threshold};

use crate::coalition::{Coalition, Learnt, Without};
use crate::group::{FIRST, Plan, World, readings, truth};
use crate::knowledge::Form;
use crate::plan;

/// A round with meters that are silent, and some that fall silent between contribution and repair. The utility keeps
/// whatever it has got.
fn round(
    plan: Plan,
    bad_holders: Vec<u8>,
    bad_meters: Vec<usize>,
    silent: &[usize],
    lost: &[usize],
) -> Coalition {
    let mut world = World::new(plan);
    let mut all = Coalition::new(plan, bad_holders, bad_meters, Without::Nothing);
    let (now, everybody) = (Round::from(FIRST), world.everybody());
    let some = readings(&plan, FIRST);
    let mut collecting = world.utility.open(now, now, &everybody).unwrap();
    let open = collecting.frame().to_vec();
    world.holders.iter_mut().for_each(|holder| holder.open(now, &open).unwrap());
    for p in (0..everybody.len()).filter(|p| !silent.contains(p)) {
        world.devices[p].open(&open).unwrap();
        let (frame, _) = world.devices[p].contribute(FIRST, some[p].as_ref().unwrap()).unwrap();
        collecting.accept(&frame).unwrap();
        all.contribution(p, &frame, &everybody, false);
    }
    let quorum = Quorum::new(&[1, 2, 3]).unwrap();
    let mut set: Vec<bool> = world.all_but(silent);
    let mut closing = world.utility.close(collecting, &quorum).unwrap();
    let mut closed = loop {
        match closing {
            Closing::Final(closed) => break closed,
            Closing::Repairing(mut repairing) => {
                let close = repairing.frame().to_vec();
                for p in (0..set.len()).filter(|p| set[*p] && !lost.contains(p)) {
                    let repair = world.devices[p].close(&close).unwrap().0.unwrap();
                    repairing.accept(&repair).unwrap();
                    all.repair(p, &repair, &everybody, &set);
                }
                closing = world.utility.close_again(repairing, &quorum).unwrap();
                lost.iter().for_each(|p| set[*p] = false);
            }
        }
    };
    for number in quorum.iter() {
        let answer = world.holder(number).answer(now, closed.frame()).unwrap().stored();
        closed.accept(&answer).unwrap();
        all.bound(number, &answer, &[1, 2, 3], &set);
    }
    let kept: Vec<_> = (0..set.len()).map(|p| some[p].clone().filter(|_| set[p])).collect();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&kept));
    all
}

/// t − 1 holders: one plain sum, also where meters are lost whose frames the utility has.
#[test]
fn t_less_one_holders_with_a_passive_utility() {
    for pair in [[1, 2], [1, 4], [2, 3], [3, 4]] {
        for (silent, lost) in [(&[][..], &[][..]), (&[5], &[]), (&[5], &[0]), (&[1, 5], &[0, 6])] {
            let all = round(plan(0), pair.to_vec(), vec![], silent, lost);
            assert_eq!(all.learnt(FIRST), Learnt::OneSum, "{pair:?} {silent:?} {lost:?}");
        }
    }
    // With a threshold that trusts the utility: five holders of whom three open, and two collude.
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    let all = round(Plan { threshold, ..plan(1) }, vec![2, 5], vec![3], &[5], &[0]);
    assert_eq!(all.learnt(FIRST), Learnt::OneSum);
}

/// All holders: the pads are left, which hide a meter that nobody has called missing among those of its set. A frame
/// from outside the set is bare.
#[test]
fn all_holders_with_a_passive_utility() {
    let everybody = vec![1, 2, 3, 4];
    for silent in [&[][..], &[5], &[1, 5]] {
        let all = round(plan(0), everybody.clone(), vec![], silent, &[]);
        assert_eq!(all.learnt(FIRST), Learnt::OneSum, "{silent:?}");
    }
    // The pads with who was silent hide one that is lost, unless it colludes.
    let all = round(plan(1), everybody.clone(), vec![], &[5], &[0]);
    assert_eq!(all.learnt(FIRST), Learnt::OneSum);
    let mut all = round(plan(1), everybody, vec![5], &[5], &[0]);
    assert_eq!(all.learnt(FIRST), Learnt::More);
    assert_eq!(all.known.value(&Form::readings([(0, FIRST)])), Some(all.reading(0, FIRST)));
    assert_eq!(all.known.value(&Form::readings([(1, FIRST)])), None);
}
