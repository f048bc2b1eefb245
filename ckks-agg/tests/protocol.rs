//! Whole rounds over bytes: trustees and a key holder, late, missing and repeated letters, restarts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "protocol/garbage.rs"]
mod garbage;
#[path = "protocol/restart.rs"]
mod restart;
#[path = "protocol/values.rs"]
mod values;
#[path = "world/parties.rs"]
mod world;

use ckks_agg::{Error, Fault, Opening, Sums, Values};
use meter_link::answer::Quorum;
use meter_link::{HighWater, Misuse};

use world::{FIRST, LAST, World, params, round, slices};

fn one(readings: &[i64]) -> Vec<Option<Vec<i64>>> {
    readings.iter().map(|x| Some(vec![*x])).collect()
}

fn link(fault: meter_link::Fault) -> Fault {
    Fault::Link(fault)
}

#[test]
fn three_of_five_open_exact_sums() {
    let mut world = World::new(5);
    let readings = [500, -20, 123, 777, 8000];
    let quorums: [&[u8]; 3] = [&[1, 2, 3], &[1, 3, 5], &[2, 4, 5]];
    for (at, quorum) in (FIRST..).zip(quorums) {
        let totals = world.play(at, &one(&readings), quorum).unwrap();
        assert_eq!(totals.sums, Sums::Exact(vec![readings.iter().sum()]));
        assert_eq!((totals.round, totals.meters), (round(at), 5));
        assert_eq!(totals.mean(0), Some(readings.iter().sum::<i64>() as f64 / 5.0));
        assert_eq!(totals.variance(0), None);
    }
}

#[test]
fn a_holder_opens_exact_sums() {
    let mut world = World::held(5);
    let readings = [500, -20, 123, 777, -8000];
    for at in FIRST..=LAST {
        let totals = world.play(at, &one(&readings), &[1]).unwrap();
        assert_eq!(totals.sums, Sums::Exact(vec![readings.iter().sum()]));
    }
}

#[test]
fn all_of_all_open_without_shares_of_secrets() {
    let opening = Opening::Trustees(meter_link::answer::Threshold::all_of(3).unwrap());
    let mut world = World::with(params(4, opening, Values::Integers), 4, 3);
    let totals = world.play(FIRST, &one(&[1, 2, 3, 4]), &[1, 2, 3]).unwrap();
    assert_eq!(totals.sums, Sums::Exact(vec![10]));
}

/// Where all meters are trusted there is nothing to commit to.
#[test]
fn trusting_groups_begin_at_once() {
    let trusting = params(4, Opening::Holder, Values::Integers).trust_all_meters();
    let mut world = World::with(trusting, 4, 3);
    assert!(world.utility.is_certified());
    let totals = world.play(FIRST, &one(&[1, 2, 3, -4]), &[1]).unwrap();
    assert_eq!(totals.sums, Sums::Exact(vec![2]));
}

#[test]
fn late_missing_and_repeated_meters() {
    let mut world = World::new(12);
    let at = round(FIRST);
    let mut readings: Vec<Option<Vec<i64>>> = (0..12).map(|i| Some(vec![i * 10])).collect();
    readings[4] = None;
    let mut collecting = world.collect(at, &readings);
    assert_eq!(collecting.missing().collect::<Vec<_>>(), [world.meters[4].id]);
    // The same again changes nothing; another reading is a contradiction.
    let again = world.frame(3, at, &[30]);
    collecting.accept(&again).unwrap();
    let other = world.frame(3, at, &[31]);
    let contradiction = Err(link(meter_link::Fault::Contradiction).of(world.meters[3].id));
    assert_eq!(collecting.accept(&other), contradiction);
    // What is not of this round is no contribution to it.
    let early = world.frame(4, round(FIRST + 1), &[40]);
    assert_eq!(collecting.accept(&early), Err(link(meter_link::Fault::WrongRound).of(world.meters[4].id)));
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 5]).unwrap()).unwrap();
    assert_eq!(closed.totals(), Err(Error::Quorum { have: 0, need: 3 }));
    world.answer(at, &mut closed, &[1, 2, 5]).unwrap();
    let totals = closed.totals().unwrap();
    assert_eq!((totals.sums, totals.meters), (Sums::Exact(vec![660 - 40]), 11));
    // It is back in the next round.
    readings[4] = Some(vec![40]);
    assert_eq!(world.play(FIRST + 1, &readings, &[3, 4, 5]).unwrap().sums, Sums::Exact(vec![660]));
}

/// Statements and shares come twice, out of order, or not at all.
#[test]
fn letters_of_trustees() {
    let mut world = World::new(4);
    let at = round(FIRST);
    let collecting = world.collect(at, &one(&[1, 2, 3, 4]));
    let (quorum, other) = (Quorum::new(&[1, 2, 3]).unwrap(), Quorum::new(&[1, 2, 4]).unwrap());
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let states = |world: &mut World, number: usize, close: &[u8]| {
        world.trustees[number - 1].agree(at, close, &slices(&list)).map(|statement| statement.stored())
    };
    let close = closed.frame().to_vec();
    let first = states(&mut world, 1, &close).unwrap();
    assert_eq!(states(&mut world, 1, &close).unwrap(), first);
    let second = states(&mut world, 2, &close).unwrap();
    // Number 4 is not asked; number 3 does not answer, so it is.
    assert_eq!(
        states(&mut world, 4, &close),
        Err(link(meter_link::Fault::NotInQuorum).of(meter_link::PartyId::UTILITY))
    );
    closed.accept_statement(&second).unwrap();
    closed.accept_statement(&first).unwrap();
    world.utility.ask(&mut closed, &other).unwrap();
    let close = closed.frame().to_vec();
    for number in [4, 2, 1] {
        let statement = states(&mut world, number, &close).unwrap();
        closed.accept_statement(&statement).unwrap();
        closed.accept_statement(&statement).unwrap();
    }
    let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
    let too_few = world.trustees[0].answer(&slices(&statements[..2]), &mut world.rng).map(|_| ());
    assert_eq!(too_few, Err(Error::Quorum { have: 2, need: 3 }));
    let without_own = world.trustees[0].answer(&slices(&statements[1..]), &mut world.rng).map(|_| ());
    assert_eq!(without_own, Err(Misuse::OutOfOrder.into()));
    for number in [4, 2, 1] {
        let trustee = &mut world.trustees[number - 1];
        let share = trustee.answer(&slices(&statements), &mut world.rng).unwrap().stored();
        let again = trustee.answer(&slices(&statements), &mut world.rng).unwrap().stored();
        assert!(share == again, "another flood for one polynomial");
        assert_eq!(closed.accept(&share), Ok(number as u8));
        assert_eq!(closed.accept(&share), Ok(number as u8));
        let mut bad = share.clone();
        bad[60] ^= 1;
        let id = meter_link::PartyId(number as u32);
        assert_eq!(closed.accept(&bad), Err(link(meter_link::Fault::BadTag).of(id)));
    }
    assert_eq!(closed.missing().count(), 0);
    assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![10]));
}

/// Nothing happens before the list of commitments is certified, and nobody is in a round who has not committed.
#[test]
fn commitments_come_first() {
    let mut world = World::uncommitted(params(5, Opening::Holder, Values::Integers), 5, 1);
    let at = round(FIRST);
    assert_eq!(world.utility.open(at, at, &[true; 5]).map(|_| ()), Err(Misuse::OutOfOrder.into()));
    assert_eq!(world.utility.list().map(|_| ()), Err(Error::Quorum { have: 0, need: 3 }));
    for position in 0..4 {
        let frame = world.meter_uncertified(position).commit().unwrap();
        world.utility.accept_commitment(&frame).unwrap();
        world.utility.accept_commitment(&frame).unwrap();
    }
    assert_eq!(world.utility.uncommitted().collect::<Vec<_>>(), [world.meters[4].id]);
    // A meter does not contribute before it has seen that the list is fixed.
    let mut meter = world.meter_uncertified(0);
    let mut out = vec![0; meter.buffer_len()];
    let mut mark = HighWater::<1>::new();
    meter.commit().unwrap();
    let none = meter.certify(&world.view, world.roster.answerers(), &[]);
    assert_eq!(none, Err(Error::Quorum { have: 0, need: 1 }));
    let early = meter.contribute(&mut mark, at, at, &[1], &mut out).map(|_| ());
    assert_eq!(early, Err(Misuse::OutOfOrder.into()));
    drop(meter);

    world.certify();
    let late = world.meter_uncertified(4).commit().unwrap();
    let not_expected = link(meter_link::Fault::NotExpected).of(world.meters[4].id);
    assert_eq!(world.utility.accept_commitment(&late), Err(not_expected));
    let mut collecting = world.open(at);
    for (position, reading) in [5, 6, 7, 8].into_iter().enumerate() {
        collecting.accept(&world.frame(position, at, &[reading])).unwrap();
    }
    let uncommitted = world.frame(4, at, &[9]);
    assert_eq!(collecting.accept(&uncommitted), Err(Fault::NotCommitted.of(world.meters[4].id)));
    let mut closed = world.utility.close(collecting, &Quorum::new(&[1]).unwrap()).unwrap();
    world.answer(at, &mut closed, &[1]).unwrap();
    assert_eq!(closed.totals().unwrap().sums, Sums::Exact(vec![26]));
}

#[test]
fn a_meter_sends_once_a_round() {
    let world = World::held(3);
    let mut meter = world.meter(0);
    let (mut mark, mut out) = (HighWater::<1>::new(), vec![0; meter.buffer_len()]);
    let at = round(FIRST + 1);
    let first = meter.contribute(&mut mark, at, at, &[1], &mut out).unwrap().stored().to_vec();
    assert_eq!(first.len(), meter.contribution_len());
    let before = out.clone();
    let again = meter.contribute(&mut mark, at, at, &[2], &mut out).map(|_| ());
    assert_eq!(again, Err(Misuse::TimeAlreadyUsed.into()));
    let earlier = meter.contribute(&mut mark, at, round(FIRST), &[2], &mut out).map(|_| ());
    assert_eq!(earlier, Err(Misuse::TimeAlreadyUsed.into()));
    let large = meter.contribute(&mut mark, at, round(FIRST + 2), &[8001], &mut out).map(|_| ());
    assert_eq!(large, Err(Misuse::ReadingTooLarge.into()));
    let far = meter.contribute(&mut mark, at, round(LAST), &[1], &mut out).map(|_| ());
    assert_eq!(far, Err(Misuse::RoundFarFromNow.into()));
    assert_eq!(out, before);
    meter.contribute(&mut mark, at, round(FIRST + 2), &[-8000], &mut out).unwrap().stored();
}
