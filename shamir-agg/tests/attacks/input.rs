//! Bytes that no honest party sends, rightly authenticated: each has its error, and changes nothing.

use meter_link::{Field64, PartyId, Round};
use shamir_agg::{Error, Fault, Malformed};

use crate::adversary::{add, lie, recontributed, retold};
use crate::group::{FIRST, Plan, World, readings, silent, truth};
use crate::windows::{END, QUORUM};
use crate::{any_three, begun};

const NOT_CANONICAL: Error = Error::Malformed(Malformed::NotCanonical);

/// p, p + 1 and 2^64 − 1 in the place of an element.
fn beyond(at: usize) -> impl Iterator<Item = impl FnOnce(&mut Vec<u8>)> {
    [Field64::MODULUS, Field64::MODULUS + 1, u64::MAX].into_iter().map(move |value| {
        move |bytes: &mut Vec<u8>| bytes[8 * at..8 * at + 8].copy_from_slice(&value.to_le_bytes())
    })
}

/// In every kind of frame that has elements, at the first and at the last.
#[test]
fn elements_that_are_not_reduced() {
    let plan = Plan::billed(12, 2);
    let mut world = World::new(plan);
    for round in FIRST..END {
        let readings = readings(&plan, round);
        world.round(round, &readings, &[]).unwrap();
    }
    let all = readings(&plan, END);
    let now = Round::from(END);
    let mut collecting = world.open(END, &[]);
    let frames: Vec<Vec<u8>> = world.frames(END, &all).into_iter().flatten().collect();
    for frame in &frames {
        let before = collecting.to_bytes().unwrap();
        for change in beyond(0).chain(beyond(3)) {
            assert_eq!(collecting.accept(&recontributed(&plan, frame, change)), Err(NOT_CANONICAL));
        }
        let short = recontributed(&plan, frame, |payload| payload.truncate(24));
        assert_eq!(collecting.accept(&short), Err(Malformed::Truncated.into()));
        let long = recontributed(&plan, frame, |payload| payload.push(0));
        assert_eq!(collecting.accept(&long), Err(Malformed::TrailingBytes.into()));
        assert!(collecting.to_bytes().unwrap() == before);
        collecting.accept(frame).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    let mut answers = Vec::new();
    for number in quorum.iter() {
        let answer = world.aggregator(number).answer(now, closed.frame()).unwrap().stored();
        for change in beyond(0).chain(beyond(1)) {
            assert_eq!(closed.accept(&retold(&plan, &answer, change)), Err(NOT_CANONICAL));
        }
        let short = retold(&plan, &answer, |values| values.truncate(8));
        assert_eq!(closed.accept(&short), Err(Malformed::Truncated.into()));
        let long = retold(&plan, &answer, |values| values.push(0));
        assert_eq!(closed.accept(&long), Err(Malformed::TrailingBytes.into()));
        assert!(closed.missing().any(|missing| missing == number));
        assert_eq!(closed.accept(&answer), Ok(number));
        answers.push(answer);
    }
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&all));

    // Raw, and of windows.
    let meters = world.utility.billable(Round::from(FIRST)).unwrap();
    let first = Round::from(FIRST);
    let mut bills = world.utility.bill(first, &meters, &quorum).unwrap();
    let mut certified = world.utility.certify_bill(first, &meters, &quorum).unwrap();
    let later = Round::from(END + 1);
    for number in quorum.iter() {
        let answer = world.aggregator(number).bill(later, bills.frame()).unwrap().stored();
        for change in beyond(0).chain(beyond(23)) {
            assert_eq!(bills.accept(&retold(&plan, &answer, change)), Err(NOT_CANONICAL));
        }
        bills.accept(&answer).unwrap();
        let statement = world.aggregator(number).agree_bill(later, certified.frame()).unwrap().stored();
        certified.accept_statement(&statement).unwrap();
    }
    for number in quorum.iter() {
        let certificate = certified.certificate().unwrap();
        let answer = world.aggregator(number).answer_certified(&certificate).unwrap().stored();
        for change in beyond(0).chain(beyond(23)) {
            assert_eq!(certified.accept(&retold(&plan, &answer, change)), Err(NOT_CANONICAL));
        }
        assert!(certified.missing().any(|missing| missing == number));
        certified.accept(&answer).unwrap();
    }
    assert_eq!(bills.bills().unwrap().bills, certified.bills().unwrap().bills);
}

/// The same frame again is ignored, another one of the same party is a fault that names it.
#[test]
fn duplicate_frames() {
    let plan = any_three(5);
    let mut world = World::new(plan);
    let (all, ids) = (readings(&plan, FIRST), plan.aggregator_ids());
    let mut collecting = world.open(FIRST, &[]);
    for frame in world.frames(FIRST, &all).into_iter().flatten() {
        let id = collecting.accept(&frame).unwrap();
        let before = collecting.to_bytes().unwrap();
        assert_eq!(collecting.accept(&frame), Ok(id));
        let other = recontributed(&plan, &frame, |payload| add(payload, 1));
        assert_eq!(collecting.accept(&other), Err(Fault::Contradiction.of(id)));
        assert!(collecting.to_bytes().unwrap() == before);
    }
    let mut certified = world.utility.certify(collecting, &world.asked(&[])).unwrap();
    world.certify(FIRST, &mut certified, &[]).unwrap();
    let statements: Vec<Vec<u8>> = certified.certificate().unwrap().iter().map(|s| s.to_vec()).collect();
    for (statement, id) in statements.iter().zip(&ids) {
        assert_eq!(certified.accept_statement(statement), Ok(*id));
    }
    assert_eq!(certified.certificate().unwrap().len(), 4);
    for (number, id) in (1..=4u8).zip(&ids) {
        let answer =
            world.aggregator(number).answer_certified(&certified.certificate().unwrap()).unwrap().stored();
        assert_eq!(certified.accept(&answer), Ok(*id));
        assert_eq!(certified.accept(&answer), Ok(*id));
        assert_eq!(certified.accept(&lie(&plan, &answer, 0, 1)), Err(Fault::Contradiction.of(*id)));
    }
    let sum = world.utility.record_certified(&certified).unwrap();
    assert_eq!((sum.sum.values, sum.wrong), (truth(&all), vec![]));
}

/// A meter that the Open does not name, and frames that come too late.
#[test]
fn frames_that_nobody_waits_for() {
    let plan = any_three(5);
    let mut world = World::new(plan);
    let all = readings(&plan, FIRST);
    let now = Round::from(FIRST);
    let mut collecting = world.utility.open(now, now, &world.all_but(&[4])).unwrap();
    let before = collecting.to_bytes().unwrap();
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &all).into_iter().flatten().collect();
    let ids = plan.meter_ids();
    assert_eq!(collecting.accept(&frames[4]), Err(Fault::NotExpected.of(ids[4])));
    assert!(collecting.to_bytes().unwrap() == before);
    assert_eq!(collecting.missing().collect::<Vec<PartyId>>(), ids[..4]);
    drop(collecting);
    // The round is over: the next one does not take its frames, and the meter makes no second one.
    let mut next = world.open(FIRST + 1, &[]);
    let before = next.to_bytes().unwrap();
    for (frame, id) in frames.iter().zip(&ids) {
        assert_eq!(next.accept(frame), Err(Fault::WrongRound.of(*id)));
    }
    assert!(next.to_bytes().unwrap() == before);
}

/// At the utility too: a set below the minimum, or below its share of those present.
#[test]
fn sets_that_are_too_small() {
    let rules = meter_link::SetRules { min_honest: 4, max_colluding: 1, max_missing_permille: 250 };
    for (present, sent, need) in [(5, 4, 5), (12, 8, 9), (12, 0, 9), (9, 6, 7)] {
        let mut world = World::new(Plan { rules, ..Plan::of(12, 1) });
        let away: Vec<usize> = (present..12).collect();
        let now = Round::from(FIRST);
        let mut collecting = world.utility.open(now, now, &world.all_but(&away)).unwrap();
        let silent = silent(readings(&world.plan, FIRST), &(sent..12).collect::<Vec<_>>());
        for frame in world.frames(FIRST, &silent).into_iter().flatten() {
            collecting.accept(&frame).unwrap();
        }
        let before = world.utility.to_bytes().unwrap();
        let quorum = world.utility.quorum(|_| true).unwrap();
        let too_few = Err(Error::Quorum { have: sent as u32, need });
        assert_eq!(world.utility.close(collecting, &quorum).map(|_| ()), too_few);
        assert!(*world.utility.to_bytes().unwrap() == *before);
    }
}

/// Aggregator numbers beyond m in what the utility signs and in what aggregators answer.
#[test]
fn aggregator_numbers_out_of_range() {
    let plan = any_three(5);
    let mut world = World::new(plan);
    let (_, _, open) = begun(&mut world, FIRST);
    let all = world.everybody();
    let close = world.forger.close(FIRST, &open, &QUORUM, &all);
    let aggregator = world.aggregator(1);
    let before = aggregator.to_bytes().unwrap();
    for mask in [0b1_0111, 0b1000_0011, 0xff] {
        let mut bad = close.clone();
        bad[48] = mask;
        let bad = world.forger.resign(&bad);
        let aggregator = world.aggregator(1);
        let now = Round::from(FIRST);
        let expected: Error = Malformed::BadQuorum.into();
        assert_eq!(aggregator.answer(now, &bad).unwrap_err(), expected);
        assert_eq!(aggregator.agree(now, &bad).unwrap_err(), expected);
        assert_eq!(aggregator.follow(now, &bad).unwrap_err(), expected);
        assert_eq!(aggregator.catch_up(now, &open, &bad).unwrap_err(), expected);
        assert!(*aggregator.to_bytes().unwrap() == *before);
    }
    // In an answer the mask is read before the tag's key can be made of it.
    let quorum = world.utility.quorum(|_| true).unwrap();
    let next = readings(&plan, FIRST + 1);
    let collecting = world.collected(FIRST + 1, &next, &[]).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    let answer = world.aggregator(2).answer(Round::from(FIRST + 1), closed.frame()).unwrap().stored();
    let mut bad = answer.clone();
    bad[49] |= 0x10;
    assert_eq!(closed.accept(&bad), Err(Malformed::BadQuorum.into()));
    assert_eq!(closed.accept(&answer), Ok(2));
}
