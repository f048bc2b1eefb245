//! Who must not collude, and that no fewer suffice.

use dcnet_core::{Error, Fault, Misuse};
use meter_link::answer::Threshold;
use meter_link::field::lagrange;
use meter_link::{Field64, Round};

use crate::adversary::{Bare, by_hand, lie, pair_pad, words};
use crate::group::{ANSWER_HEAD, FIRST, Plan, World, element, readings, truth};
use crate::rounds::Script;
use crate::{begun, blamed, one};

/// With t ≤ (n + f) / 2 two quorums share colluders only, and each opens a set of its own. The default
/// parameters leave an honest holder in both.
#[test]
fn two_quorums_with_no_honest_holder_in_common() {
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    assert_eq!(Threshold::new(5, 3, 1), Err(Misuse::BadThreshold.into()));
    let mut world = World::new(Plan { threshold, ..Plan::any_three(5) });
    let (readings, frames, open) = begun(&mut world, FIRST);
    let sets = [world.everybody(), world.all_but(&[1])];
    let first = world.forger.close(FIRST, 1, &open, None, &sets[1]);
    let repairs: Vec<Vec<u8>> =
        [0, 2, 3, 4].map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap()).to_vec();
    let sums = [0, 1].map(|i: usize| {
        let quorum = [[1, 2, 3], [3, 4, 5]][i];
        let close = world.forger.close(FIRST, 2, &first, Some(&quorum), &sets[i]);
        let answers = quorum.map(|number| {
            if number == 3 {
                // The colluder: it forgets.
                let mut colluder = world.plan.holder(3);
                colluder.open(Round::from(FIRST), &open).unwrap();
                *world.holder(3) = colluder;
            }
            let answer = world.holder(number).answer(Round::from(FIRST), &close).unwrap().stored();
            element(&answer, ANSWER_HEAD, 0)
        });
        let repairs: &[Vec<u8>] = if i == 1 { &repairs } else { &[] };
        by_hand(&world.plan, &frames, repairs, &sets[i], &answers, &quorum)
    });
    assert_eq!(sums[0] - sums[1], one(&readings, 1));

    let mut world = World::new(Plan::any_three(5));
    let (_, _, open) = begun(&mut world, FIRST);
    let [first, second] = [([1, 2, 3], &sets[0]), ([1, 3, 4], &sets[1])]
        .map(|(quorum, set)| world.forger.close(FIRST, 1, &open, Some(&quorum), set));
    // 3 forgets again; 1 does not.
    let honest = world.holder(1);
    let _ = honest.answer(Round::from(FIRST), &first).unwrap().stored();
    assert_eq!(honest.answer(Round::from(FIRST), &second).unwrap_err(), blamed(Fault::Contradiction));
}

/// The limit of the claim. t holders know all self-masks; together with a utility that equivocates they read
/// anybody, for the pads cancel against the repairs. With t − 1 of them the self-mask may be anything.
#[test]
fn t_holders_and_an_equivocating_utility_read_a_meter() {
    let mut world = World::new(Plan::any_three(5));
    let victim = 1;
    let (readings, frames, open) = begun(&mut world, FIRST);
    let first = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[victim]));
    let repairs: Vec<Vec<u8>> =
        [0, 2, 3, 4].map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap()).to_vec();
    let masked = words([&frames[victim]]) + words(&repairs);
    let alone: Vec<bool> = (0..5).map(|p| p == victim).collect();
    let bare = Bare::new(&world.plan, FIRST);
    assert_eq!((masked - bare.masks(&alone)).centred(), one(&readings, victim));

    // Holders 3 and 4 know their own pads and the correction that the frame carries, hence two points of f.
    // For any other reading there are pads of 1 and 2 with which they would see the same.
    let pad = |a: u8| bare.sum(a, &alone);
    let shares = [(3, pad(3)), (4, pad(4) + element(&frames[victim], 0, 1))];
    let at = |x: u8, points: &[(u8, Field64)]| -> Field64 {
        let xs: Vec<u8> = points.iter().map(|(x, _)| *x).collect();
        (0..xs.len()).map(|i| lagrange::coefficient(&xs, i, x).unwrap() * points[i].1).sum()
    };
    for guess in [0, -36_480, one(&readings, victim) + 1] {
        let points = [(0, masked - Field64::from_i64(guess)), shares[0], shares[1]];
        let pads = [1, 2].map(|a| at(a, &points));
        assert_ne!(pads, [pad(1), pad(2)]);
        let mask = at(0, &[(1, pads[0]), (2, pads[1]), shares[0]]);
        assert_eq!((masked - mask).centred(), guess);
        assert_eq!(at(4, &[(1, pads[0]), (2, pads[1]), shares[0]]) - pad(4), element(&frames[victim], 0, 1));
    }
}

/// t holders and a utility that *shows all meters the same*: the pads still hide a meter among those whose
/// keys the coalition has not.
#[test]
fn t_holders_and_a_passive_utility_read_no_meter() {
    let mut world = World::new(Plan::any_three(5));
    let (readings, frames, _) = begun(&mut world, FIRST);
    let bare = Bare::new(&world.plan, FIRST);
    // All self-masks are off, and all pads but the one of 1 and 3.
    let naked = [1usize, 3].map(|me| {
        let alone: Vec<bool> = (0..5).map(|p| p == me).collect();
        let others = [0, 2, 4].map(|other: usize| {
            let pad = pair_pad(&world.plan, me, other, FIRST);
            if me < other { pad } else { -pad }
        });
        words([&frames[me]]) - bare.masks(&alone) - others.into_iter().sum()
    });
    let between = pair_pad(&world.plan, 1, 3, FIRST);
    assert_eq!((naked[0] - between).centred(), one(&readings, 1));
    assert_eq!((naked[1] + between).centred(), one(&readings, 3));
    // The sum of the two is all that does not depend on the pad.
    assert_eq!((naked[0] + naked[1]).centred(), one(&readings, 1) + one(&readings, 3));
    assert_ne!(naked[0].centred(), one(&readings, 1));
}

/// A wrong answer shows if the sum leaves what so many meters can have sent, or if another quorum is asked
/// for the same set; whose it was does not show with 4 holders of whom 3 open.
#[test]
fn a_lying_holder_is_noticed_beyond_the_bound_or_by_another_quorum() {
    for (extra, noticed) in [(1 << 60, true), (-(1 << 40), true), (1, false)] {
        let mut world = World::new(Plan::any_three(4));
        let all = readings(&world.plan, FIRST);
        let collecting = world.collected(FIRST, &all, &Script::default());
        let quorum = world.utility.quorum(|_| true).unwrap();
        let (mut closed, _) = world.settle(collecting, &quorum, vec![], &Script::default()).unwrap();
        let now = Round::from(FIRST);
        for number in [1, 2, 3] {
            let mut answer = world.holder(number).answer(now, closed.frame()).unwrap().stored();
            if number == 2 {
                answer = lie(&world.plan, number, &answer, extra);
            }
            closed.accept(&answer).unwrap();
        }
        let result = world.utility.record(&closed);
        let right = truth(&all)[0];
        let expected = if noticed { Err(Error::Inconsistent) } else { Ok(right - extra) };
        assert_eq!(result.map(|sum| sum.values[0]), expected);

        let without = world.utility.quorum(|number| number != 2).unwrap();
        world.utility.ask(&mut closed, &without).unwrap();
        world.answer(FIRST, &mut closed, &without).unwrap();
        assert_eq!(world.utility.record(&closed).unwrap().values, [right]);
    }
}

/// A second and different answer of one holder is refused, and the first one stands.
#[test]
fn a_holder_that_answers_twice() {
    let mut world = World::new(Plan::any_three(4));
    let all = readings(&world.plan, FIRST);
    let collecting = world.collected(FIRST, &all, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let (mut closed, _) = world.settle(collecting, &quorum, vec![], &Script::default()).unwrap();
    let answer = world.holder(1).answer(Round::from(FIRST), closed.frame()).unwrap().stored();
    closed.accept(&answer).unwrap();
    let other = lie(&world.plan, 1, &answer, 5);
    assert_eq!(closed.accept(&other), Err(Fault::Contradiction.of(world.plan.holder_ids()[0])));
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&all));
}
