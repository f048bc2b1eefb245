//! Which sets a malicious utility asks for.

use meter_link::{Field64, Round, SetRules};
use shamir_agg::Fault;

use crate::adversary::{Bare, by_hand};
use crate::group::{ANSWER_HEAD, FIRST, Plan, World, element, readings, silent, truth};
use crate::{any_three, begun, blamed, one};

/// A set and the same set less one meter: the two sums differ by its reading.
#[test]
fn two_closes_that_differ_by_one_meter() {
    let mut world = World::new(any_three(5));
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (all, less) = (world.everybody(), world.all_but(&[2]));
    let quorum = [1, 2, 4];

    let bare = Bare::new(&world.plan, FIRST);
    let sum = |set: &[bool]| by_hand(&world.plan, &frames, set, &bare.weighted(&quorum, set), &quorum);
    assert_eq!(sum(&all) - sum(&less), one(&readings, 2));

    let now = Round::from(FIRST);
    let first = world.forger.close(FIRST, &open, &quorum, &all);
    let second = world.forger.close(FIRST, &open, &quorum, &less);
    for number in quorum {
        let aggregator = world.aggregator(number);
        let _ = aggregator.answer(now, &first).unwrap().stored();
        assert_eq!(aggregator.answer(now, &second).unwrap_err(), blamed(Fault::Contradiction));
        // … and the first is still answered.
        let _ = aggregator.answer(now, &first).unwrap().stored();
    }
}

/// Two large sets whose difference is a small group nobody would have summed; in either order, so a set can
/// neither shrink nor grow.
#[test]
fn subtraction_of_two_closed_sets() {
    for swap in [false, true] {
        let mut world = World::new(any_three(8));
        let (readings, frames, open) = begun(&mut world, FIRST);
        let (all, less) = (world.everybody(), world.all_but(&[0, 7]));
        let bare = Bare::new(&world.plan, FIRST);
        let sum =
            |set: &[bool]| by_hand(&world.plan, &frames, set, &bare.weighted(&[1, 2, 3], set), &[1, 2, 3]);
        assert_eq!(sum(&all) - sum(&less), one(&readings, 0) + one(&readings, 7));

        let (a, b) = if swap { (less, all) } else { (all, less) };
        let now = Round::from(FIRST);
        let [first, second] = [a, b].map(|set| world.forger.close(FIRST, &open, &[1, 2, 3], &set));
        let aggregator = world.aggregator(1);
        let _ = aggregator.answer(now, &first).unwrap().stored();
        assert_eq!(aggregator.answer(now, &second).unwrap_err(), blamed(Fault::Contradiction));
    }
}

/// An aggregator restored from before its answer gives a second one: its store is part of the protocol.
#[test]
fn a_rolled_back_aggregator_answers_a_second_set() {
    let mut world = World::new(any_three(5));
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (now, quorum) = (Round::from(FIRST), [1, 2, 3]);
    let sets = [world.everybody(), world.all_but(&[4])];
    let closes = sets.clone().map(|set| world.forger.close(FIRST, &open, &quorum, &set));

    let mut records = Vec::new();
    let first = quorum.map(|number| {
        let prepared = world.aggregator(number).answer(now, &closes[0]).unwrap();
        records.push(prepared.record().to_vec());
        element(&prepared.stored(), ANSWER_HEAD, 0)
    });
    let rebooted = quorum.map(|number| {
        let mut aggregator = world.plan.aggregator(number);
        aggregator.open(now, &open).unwrap();
        aggregator
    });
    let second = rebooted.map(|mut a| element(&a.answer(now, &closes[1]).unwrap().stored(), ANSWER_HEAD, 0));
    let sum = |set: &[bool], answers: &[Field64; 3]| by_hand(&world.plan, &frames, set, answers, &quorum);
    assert_eq!(sum(&sets[0], &first) - sum(&sets[1], &second), one(&readings, 4));

    for (number, record) in quorum.iter().zip(&records) {
        let mut aggregator = world.plan.aggregator(*number);
        aggregator.replay(record).unwrap();
        aggregator.open(now, &open).unwrap();
        assert_eq!(aggregator.answer(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
        let again = aggregator.answer(now, &closes[0]).unwrap().stored();
        assert_eq!(element(&again, ANSWER_HEAD, 0), first[usize::from(*number) - 1]);
    }
}

/// A frame that comes after the Close is kept, and its meter's set asked for.
#[test]
fn late_frame_after_the_close() {
    let mut world = World::new(any_three(5));
    let late = 3;
    let readings = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &[]);
    let open = collecting.frame().to_vec();
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &readings).into_iter().flatten().collect();
    for (_, frame) in frames.iter().enumerate().filter(|(i, _)| *i != late) {
        collecting.accept(frame).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    let sum = world.utility.record(&closed).unwrap();
    assert_eq!(sum.values, truth(&silent(readings.clone(), &[late])));

    let only: Vec<bool> = (0..5).map(|i| i == late).collect();
    let bare = Bare::new(&world.plan, FIRST);
    let opened = by_hand(&world.plan, &frames, &only, &bare.weighted(&[1, 2, 3], &only), &[1, 2, 3]);
    assert_eq!(opened, one(&readings, late));

    let now = Round::from(FIRST);
    for (set, fault) in [(only, Fault::SetTooSmall), (vec![true; 5], Fault::Contradiction)] {
        let close = world.forger.close(FIRST, &open, &[1, 2, 3], &set);
        for number in 1..=3 {
            assert_eq!(world.aggregator(number).answer(now, &close).unwrap_err(), blamed(fault));
        }
    }
    let mut next = world.open(FIRST + 1, &[]);
    let id = world.plan.meter_ids()[late];
    assert_eq!(next.accept(&frames[late]), Err(Fault::WrongRound.of(id)));
}

/// Sets that no rule allows in the first place.
#[test]
fn sets_beyond_the_open_or_below_the_minimum() {
    let rules = SetRules { min_honest: 3, max_colluding: 2, max_missing_permille: 250 };
    let mut world = World::new(Plan { rules, ..Plan::of(9, 1) });
    let now = Round::from(FIRST);
    let four = world.forger.open(FIRST, None, &world.all_but(&[0, 1, 2, 3, 4]));
    assert_eq!(world.aggregator(1).open(now, &four), Err(blamed(Fault::SetTooSmall)));

    let open = world.forger.open(FIRST, None, &world.all_but(&[8]));
    world.aggregator(1).open(now, &open).unwrap();
    let mut ask = |absent: &[usize]| {
        let close = world.forger.close(FIRST, &open, &[1, 2, 3], &world.all_but(absent));
        world.aggregator(1).answer(now, &close).map(|prepared| prepared.stored())
    };
    // The meter at 8 is not in the Open, and of the eight that are, three quarters must be in.
    for (absent, fault) in [
        (&[][..], Fault::NotInOpen),
        (&[0], Fault::NotInOpen),
        (&[0, 1, 2, 8], Fault::SetTooSmall),
        (&[0, 1, 2, 3, 4, 5, 6, 8], Fault::SetTooSmall),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8], Fault::SetTooSmall),
    ] {
        assert_eq!(ask(absent), Err(blamed(fault)), "{absent:?}");
    }
    assert!(ask(&[0, 1, 8]).is_ok());
}
