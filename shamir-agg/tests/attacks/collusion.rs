//! Who must not collude, and that no fewer suffice.

use meter_link::answer::Threshold;
use meter_link::field::lagrange;
use meter_link::{Field64, Misuse, Round};
use shamir_agg::{Error, Fault};

use crate::adversary::{Bare, by_hand, lie};
use crate::group::{ANSWER_HEAD, FIRST, Plan, World, element, truth};
use crate::{any_three, begun, blamed, one};

/// Shown B∪C, B and C, three bare aggregators open 3u + 4v (t = 2), another functional than the plain sum.
/// Bound answers to different sets or quorums do not combine.
#[test]
fn equivocation_between_aggregators() {
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(3, 2).unwrap();
    let mut world = World::new(Plan { threshold, ..any_three(6) });
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (b, c) = (world.all_but(&[3, 4, 5]), world.all_but(&[0, 1, 2]));
    let sets = [world.everybody(), b, c];
    let (u, v) = (truth(&readings[..3])[0], truth(&readings[3..])[0]);
    // 6 F_{B∪C}(1) − 3 F_B(2) − 2 F_C(3), with F_S(a) the sum of shares: pads, and corrections from a = 2 on.
    let combined = |shares: [Field64; 3]| {
        let [x, y, z] = [6, -3, -2].map(Field64::from_i64);
        (x * shares[0] + y * shares[1] + z * shares[2]).centred()
    };
    let corrections = |a: usize| -> Field64 {
        let members = frames.iter().zip(&sets[a - 1]).filter(|(_, m)| **m);
        members.map(|(frame, _)| element(frame, 0, a - 2)).sum()
    };
    let correct = |pads: [Field64; 3]| [pads[0], pads[1] + corrections(2), pads[2] + corrections(3)];

    let bare = Bare::new(&world.plan, FIRST);
    let pads = [1, 2, 3].map(|a: u8| bare.sum(a, &sets[usize::from(a) - 1]));
    assert_eq!(combined(correct(pads)), 3 * u + 4 * v);

    let quorums = [[[1, 2], [1, 3]], [[1, 2], [2, 3]], [[1, 3], [2, 3]]];
    for choice in 0..8usize {
        let pads = [1u8, 2, 3].map(|a| {
            let place = usize::from(a) - 1;
            let quorum = quorums[place][choice >> place & 1];
            let close = world.forger.close(FIRST, &open, &quorum, &sets[place]);
            let answer = world.aggregator(a).answer(Round::from(FIRST), &close).unwrap().stored();
            let weight = lagrange::coefficient(&quorum, usize::from(quorum[1] == a), 0).unwrap();
            element(&answer, ANSWER_HEAD, 0) * weight.invert()
        });
        assert_ne!(combined(correct(pads)), 3 * u + 4 * v, "{choice}");
    }
}

/// With t ≤ (n + f) / 2 two quorums share colluders only, and each opens a set of its own. The default
/// parameters leave an honest aggregator in both.
#[test]
fn two_quorums_with_no_honest_aggregator_in_common() {
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    assert_eq!(Threshold::new(5, 3, 1), Err(Misuse::BadThreshold.into()));
    let mut world = World::new(Plan { threshold, ..any_three(5) });
    let (readings, frames, open) = begun(&mut world, FIRST);
    let sets = [world.everybody(), world.all_but(&[1])];
    let sums = [0, 1].map(|i: usize| {
        let quorum = [[1, 2, 3], [3, 4, 5]][i];
        let close = world.forger.close(FIRST, &open, &quorum, &sets[i]);
        let answers = quorum.map(|number| {
            if number == 3 {
                // The colluder: it forgets.
                let mut colluder = world.plan.aggregator(3);
                colluder.open(Round::from(FIRST), &open).unwrap();
                *world.aggregator(3) = colluder;
            }
            let answer = world.aggregator(number).answer(Round::from(FIRST), &close).unwrap().stored();
            element(&answer, ANSWER_HEAD, 0)
        });
        by_hand(&world.plan, &frames, &sets[i], &answers, &quorum)
    });
    assert_eq!(sums[0] - sums[1], one(&readings, 1));

    let mut world = World::new(any_three(5));
    let (_, _, open) = begun(&mut world, FIRST);
    let closes = [[1, 2, 3], [1, 3, 4]].into_iter().zip(&sets);
    let [first, second] = [0, 1].map(|i| {
        let (quorum, set) = closes.clone().nth(i).unwrap();
        world.forger.close(FIRST, &open, &quorum, set)
    });
    // 3 forgets again; 1 does not.
    let honest = world.aggregator(1);
    let _ = honest.answer(Round::from(FIRST), &first).unwrap().stored();
    assert_eq!(honest.answer(Round::from(FIRST), &second).unwrap_err(), blamed(Fault::Contradiction));
}

/// The limit of the claim: t aggregators and the utility read every meter, t − 1 learn nothing.
#[test]
fn t_aggregators_and_the_utility_read_a_meter() {
    let mut world = World::new(any_three(3));
    let (readings, frames, _) = begun(&mut world, FIRST);
    let bare = Bare::new(&world.plan, FIRST);
    let only = [false, true, false];
    let opened = by_hand(&world.plan, &frames, &only, &bare.weighted(&[1, 2, 3], &only), &[1, 2, 3]);
    assert_eq!(opened, one(&readings, 1));

    // Aggregators 3 and 4 with the frame: for any other reading there are pads of 1 and 2 that explain all
    // they see, since f(0), f(3) and f(4) fix a polynomial, and shares 1 and 2 *are* those pads.
    let share = |a: u8| bare.sum(a, &only) + element(&frames[1], 0, usize::from(a - 3));
    let at = |x: u8, points: &[(u8, Field64)]| -> Field64 {
        let xs: Vec<u8> = points.iter().map(|(x, _)| *x).collect();
        (0..xs.len()).map(|i| lagrange::coefficient(&xs, i, x).unwrap() * points[i].1).sum()
    };
    for guess in [0, -36_480, one(&readings, 1) + 1] {
        let view = [(0, Field64::from_i64(guess)), (3, share(3)), (4, share(4))];
        let pads = [1, 2].map(|a| (a, at(a, &view)));
        let frame = |a| at(a, &[view[0], pads[0], pads[1]]) - bare.sum(a, &only);
        assert_eq!([3, 4].map(frame), [0, 1].map(|n| element(&frames[1], 0, n)));
        assert_ne!(pads.map(|(_, pad)| pad), [1, 2].map(|a| bare.sum(a, &only)));
    }
}

/// A wrong answer shows if the sum leaves what so many meters can have sent, and only then: with as many
/// answers as the threshold nothing else can be checked.
#[test]
fn a_lying_aggregator_is_noticed_beyond_the_bound_only() {
    for (extra, noticed) in [(1 << 60, true), (-(1 << 40), true), (1, false)] {
        let mut world = World::new(any_three(4));
        let readings = crate::group::readings(&world.plan, FIRST);
        let mut collecting = world.open(FIRST, &[]);
        for frame in world.frames(FIRST, &readings).into_iter().flatten() {
            collecting.accept(&frame).unwrap();
        }
        let quorum = world.utility.quorum(|_| true).unwrap();
        let mut closed = world.utility.close(collecting, &quorum).unwrap();
        for number in quorum.iter() {
            let now = Round::from(FIRST);
            let mut answer = world.aggregator(number).answer(now, closed.frame()).unwrap().stored();
            if number == 2 {
                answer = lie(&world.plan, &answer, 0, extra);
            }
            closed.accept(&answer).unwrap();
        }
        let result = world.utility.record(&closed);
        let wrong = truth(&readings)[0] + extra;
        assert_eq!(
            result.map(|sum| sum.values[0]),
            if noticed { Err(Error::Inconsistent) } else { Ok(wrong) }
        );
    }
}
