//! Certified raw answers: a wrong holder is named, and the sum comes out right.

use dcnet_core::{Check, CheckedSum, Closed, Error};
use meter_link::Round;
use meter_link::answer::{Quorum, Threshold};

use crate::adversary::lie_raw;
use crate::group::{FIRST, Plan, World, readings, silent, truth};
use crate::rounds::Script;

fn world(c: u8, t: u8, f: u8) -> World {
    let plan = Plan { threshold: Threshold::new(c, t, f).unwrap(), ..Plan::of(7, 2) };
    let mut world = World::new(plan);
    let identities = plan.cohort().answerers.into_iter().map(|party| party.identity);
    let holders = std::mem::take(&mut world.holders).into_iter().zip(identities);
    world.holders = holders.map(|(holder, identity)| holder.signing(identity).unwrap()).collect();
    world
}

fn closed(world: &mut World, round: u32) -> (Closed, Vec<i64>) {
    let some = silent(readings(&world.plan, round), &[2]);
    let collecting = world.collected(round, &some, &Script::default());
    let quorum = world.utility.quorum(|_| true).unwrap();
    let (closed, _) = world.settle(collecting, &quorum, vec![2], &Script::default()).unwrap();
    (closed, truth(&some))
}

fn certified(world: &mut World, closed: &Closed, asked: &[u8], liars: &[u8]) -> Result<CheckedSum, Error> {
    let round = Round::from(FIRST);
    let asked = Quorum::new(asked).unwrap();
    let mut certified = world.utility.certify(closed, &asked)?;
    for number in asked.iter() {
        let frame = certified.frame().to_vec();
        let statement = world.holders[usize::from(number) - 1].agree(round, &frame)?.stored();
        certified.accept_statement(&statement)?;
    }
    for number in asked.iter() {
        let certificate = certified.certificate()?;
        let answer = world.holders[usize::from(number) - 1].answer_certified(&certificate)?.stored();
        let answer = if liars.contains(&number) { lie_raw(&world.plan, number, &answer, 5) } else { answer };
        certified.accept(&answer)?;
    }
    assert_eq!(certified.missing().count(), 0);
    world.utility.record_certified(&certified)
}

#[test]
fn a_lying_holder_is_named_where_quorums_suffice() {
    for liar in 1..=6 {
        let mut world = world(6, 4, 1);
        let (closed, truth) = closed(&mut world, FIRST);
        let sum = certified(&mut world, &closed, &[1, 2, 3, 4, 5, 6], &[liar]).unwrap();
        assert_eq!((sum.sum.values, sum.sum.meters, sum.check), (truth, 6, Check::Names(1)));
        assert_eq!(sum.wrong, [world.plan.holder_ids()[usize::from(liar) - 1]]);
    }
}

#[test]
fn fewer_answers_detect_or_check_nothing() {
    let mut world = world(4, 3, 1);
    let (closed, truth) = closed(&mut world, FIRST);
    let sum = certified(&mut world, &closed, &[1, 2, 3, 4], &[]).unwrap();
    assert_eq!((&sum.sum.values, sum.check), (&truth, Check::Detects));
    assert_eq!(certified(&mut world, &closed, &[1, 2, 3, 4], &[4]), Err(Error::Inconsistent));
    let sum = certified(&mut world, &closed, &[1, 3, 4], &[]).unwrap();
    assert_eq!((&sum.sum.values, sum.check), (&truth, Check::Unchecked));
    // A lie goes unseen then: it shifts the sum.
    assert_ne!(certified(&mut world, &closed, &[1, 3, 4], &[1]).unwrap().sum.values, truth);
}

/// Bound answers first, since they cost one message less; certified ones for the same set where they fail.
#[test]
fn after_bound_answers_that_did_not_fit() {
    let mut world = world(6, 4, 1);
    let (mut closed, truth) = closed(&mut world, FIRST);
    let quorum = Quorum::new(&[1, 2, 3, 4]).unwrap();
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth);
    let sum = certified(&mut world, &closed, &[1, 2, 3, 4, 5, 6], &[3]).unwrap();
    assert_eq!((sum.sum.values, sum.wrong.len()), (truth, 1));
}
