//! Aggregators that answer wrongly, and meters whose corrections make it look so.

use meter_link::answer::{Quorum, Threshold};
use meter_link::{Field64, PartyId, Round};
use shamir_agg::{Check, CheckedSum, Error, WrongBills};

use crate::adversary::{add, lie, recontributed};
use crate::any_three;
use crate::group::{FIRST, Plan, Reading, World, billed_truth, readings, silent, truth};
use crate::windows::{END, WINDOW};

fn threshold(n: u8, t: u8, f: u8) -> Plan {
    Plan { threshold: Threshold::new(n, t, f).unwrap(), ..any_three(5) }
}

/// The parties behind some numbers, ascending by number.
fn parties(plan: &Plan, numbers: &[u8]) -> Vec<PartyId> {
    numbers.iter().map(|number| plan.aggregator_ids()[usize::from(*number) - 1]).collect()
}

/// A round in which these add something to a value of their answers.
fn told(
    world: &mut World,
    round: u32,
    away: &[u8],
    lies: &[(u8, usize, i64)],
) -> (Vec<i64>, Result<CheckedSum, Error>) {
    let (plan, readings) = (world.plan, readings(&world.plan, round));
    let sum = world.certified_round(round, &readings, away, |number, answer| {
        let own = lies.iter().filter(|(liar, ..)| *liar == number);
        own.fold(answer, |answer, (_, value, extra)| lie(&plan, &answer, *value, *extra))
    });
    (truth(&readings), sum)
}

fn check(answers: u8, t: u8) -> Check {
    match answers - t {
        0 => Check::Unchecked,
        1 => Check::Detects,
        spare => Check::Names(spare / 2),
    }
}

/// For every number of answers and of liars: e of t + 2e are named and do no harm, more show as long as the code's
/// distance lasts, and with t answers nothing is noticed.
#[test]
fn a_lying_aggregator_for_every_e() {
    for (n, t, f) in [(4, 3, 1), (5, 4, 1), (6, 4, 1), (7, 5, 1), (11, 7, 2)] {
        let mut world = World::new(threshold(n, t, f));
        let mut round = FIRST;
        for answers in t..=n {
            let away: Vec<u8> = (answers + 1..=n).collect();
            let most = (answers - t) / 2;
            for count in 0..=most + 1 {
                // Liars at the beginning and at the end, each by another amount.
                for from in if count == 0 { vec![0] } else { vec![0, answers - count] } {
                    let liars: Vec<u8> = (1..=count).map(|i| from + i).collect();
                    let lies: Vec<_> =
                        liars.iter().map(|liar| (*liar, 0, 1 + 10 * i64::from(*liar).pow(3))).collect();
                    let (right, sum) = told(&mut world, round, &away, &lies);
                    round += 1;
                    if count <= most {
                        let sum = sum.unwrap();
                        assert_eq!(sum.sum.values, right, "{n} {answers} {liars:?}");
                        assert_eq!(sum.wrong, parties(&world.plan, &liars));
                        assert_eq!(sum.check, check(answers, t));
                        assert_eq!(sum.faults().count(), liars.len());
                    } else if answers > t {
                        assert_eq!(sum, Err(Error::Inconsistent), "{n} {answers} {liars:?}");
                    } else {
                        let weights = Quorum::new(&(1..=t).collect::<Vec<_>>()).unwrap();
                        let shift = weights.coefficient(liars[0]).unwrap() * Field64::from_i64(lies[0].2);
                        let sum = sum.unwrap();
                        assert_eq!((sum.check, sum.wrong), (Check::Unchecked, vec![]));
                        assert_eq!(sum.sum.values[0], right[0] + shift.centred());
                    }
                }
            }
        }
    }
}

/// What all conspirators add, so that the sum is `extra` more: a polynomial that is 0 at t − 1 honest numbers.
fn conspiracy(zeros: &[u8], liars: &[u8], extra: i64) -> Vec<(u8, usize, i64)> {
    let at = |x: u8| -> Field64 {
        let x = Field64::from_u64(x.into());
        zeros.iter().map(|z| x - Field64::from_u64((*z).into())).fold(Field64::ONE, |a, b| a * b)
    };
    let scale = Field64::from_i64(extra) * at(0).invert();
    liars.iter().map(|liar| (*liar, 0, (scale * at(*liar)).centred())).collect()
}

/// The limit of the claim: more liars than may collude, if they agree, open what they like, and have honest ones named.
#[test]
fn more_liars_than_may_collude() {
    for (n, t, zeros, liars, named) in [
        (4, 3, &[1, 2][..], &[3, 4][..], &[][..]),
        (5, 4, &[1, 3, 4], &[2, 5], &[]),
        (6, 4, &[1, 2, 3], &[4, 5, 6], &[]),
        (6, 4, &[1, 2, 3], &[5, 6], &[4]),
        (11, 7, &[1, 2, 3, 4, 5, 6], &[9, 10, 11], &[7, 8]),
    ] {
        let mut world = World::new(threshold(n, t, if n == 11 { 2 } else { 1 }));
        let (right, sum) = told(&mut world, FIRST, &[], &conspiracy(zeros, liars, 4321));
        let sum = sum.unwrap();
        assert_eq!(sum.sum.values[0], right[0] + 4321);
        assert_eq!(sum.wrong, parties(&world.plan, named), "{n} {liars:?}");
        assert_eq!(sum.check, check(n, t));
        // One fewer of them does not get that far.
        let fewer = &liars[1..];
        let (right, sum) = told(&mut world, FIRST + 1, &[], &conspiracy(zeros, fewer, 4321));
        if fewer.len() <= usize::from((n - t) / 2) {
            let sum = sum.unwrap();
            assert_eq!((sum.sum.values, sum.wrong), (right, parties(&world.plan, fewer)));
        } else if n - t == 1 {
            assert_eq!(sum, Err(Error::Inconsistent));
        } else {
            assert_eq!(sum.unwrap().wrong, parties(&world.plan, &[4]));
        }
    }
}

/// A lie in one channel is a lie; liars in different channels count together.
#[test]
fn liars_in_some_channels() {
    for channels in [3, 5] {
        for (n, t, f, lies) in [
            (6, 4, 1, &[(2, 2, 9)][..]),
            (6, 4, 1, &[(6, 0, -1), (6, 2, 5)]),
            (6, 4, 1, &[(1, 0, 3), (5, 2, 3)]),
            (11, 7, 2, &[(1, 0, 3), (5, 2, 3)]),
            (11, 7, 2, &[(1, 0, 3), (5, 1, 3), (9, 2, 3)]),
        ] {
            let mut world = World::new(Plan { channels, ..threshold(n, t, f) });
            let (right, sum) = told(&mut world, FIRST, &[], lies);
            let mut liars: Vec<u8> = lies.iter().map(|(liar, ..)| *liar).collect();
            liars.dedup();
            if liars.len() > usize::from((n - t) / 2) {
                assert_eq!(sum, Err(Error::Inconsistent), "{n} {lies:?}");
            } else {
                let sum = sum.unwrap();
                assert_eq!((sum.sum.values, sum.wrong), (right, parties(&world.plan, &liars)));
            }
        }
    }
}

/// 6 aggregators of whom 4 open, and a window whose rounds are over; some contributions were changed by their meters.
fn window(channels: u16, change: impl Fn(u32, usize, &mut Vec<u8>)) -> (World, Vec<Vec<Reading>>) {
    let threshold = Threshold::new(6, 4, 1).unwrap();
    let mut world = World::new(Plan { threshold, ..Plan::billed(12, channels) });
    let mut window = Vec::new();
    for round in FIRST..FIRST + WINDOW {
        let absent: &[usize] = if round % 5 == 0 { &[1] } else { &[] };
        let readings = silent(readings(&world.plan, round), absent);
        let mut collecting = world.open(round, &[]);
        for (meter, frame) in world.frames(round, &readings).into_iter().enumerate() {
            let Some(frame) = frame else { continue };
            let sent = recontributed(&world.plan, &frame, |corrections| change(round, meter, corrections));
            collecting.accept(&sent).unwrap();
        }
        let quorum = world.utility.quorum(|_| true).unwrap();
        let closed = world.utility.close(collecting, &quorum).unwrap();
        for aggregator in &mut world.aggregators {
            aggregator.follow(Round::from(round), closed.frame()).unwrap().stored();
        }
        window.push(readings);
    }
    (world, window)
}

/// Bills of all meters but these, which are spoilt, are right.
fn right(world: &World, bills: &shamir_agg::CheckedBills, window: &[Vec<Reading>], spoilt: &[usize]) {
    let ids = world.plan.meter_ids();
    assert_eq!(bills.spoilt, spoilt.iter().map(|place| ids[*place]).collect::<Vec<_>>());
    assert_eq!(bills.bills.len() + spoilt.len(), ids.len());
    for bill in &bills.bills {
        let place = ids.iter().position(|id| *id == bill.meter).unwrap();
        assert_eq!((bill.rounds, bill.values.clone()), billed_truth(window, place));
    }
    assert_eq!(bills.check, Check::Names(1));
}

/// Every value by itself: one more liar than can be named spoils the bill that he is in with another, and no other.
#[test]
fn liars_in_bills() {
    for channels in [1, 3] {
        let width = usize::from(channels);
        let last = 12 * width - 1;
        for (lies, wrong, spoilt) in [
            (vec![(3, 2 * width, 77)], vec![(3, 1)], vec![]),
            (vec![(6, 0, 1), (6, 7 * width, -5), (6, last, 2)], vec![(6, 3)], vec![]),
            (vec![(1, 0, 1), (2, 4 * width, 1)], vec![(1, 1), (2, 1)], vec![]),
            (vec![(1, 4 * width, 1), (2, 4 * width, 1), (2, 0, 1)], vec![(2, 1)], vec![4]),
        ] {
            let (mut world, window) = window(channels, |_, _, _| {});
            let (plan, meters) = (world.plan, world.plan.meter_ids());
            let bills = world.certified_bills(END + 1, FIRST, &meters, &[], |number, answer| {
                let own = lies.iter().filter(|(liar, ..)| *liar == number);
                own.fold(answer, |answer, (_, value, extra)| lie(&plan, &answer, *value, *extra))
            });
            let bills = bills.unwrap();
            right(&world, &bills, &window, &spoilt);
            let named = |(number, bills): &(u8, u32)| WrongBills {
                aggregator: parties(&plan, &[*number])[0],
                bills: *bills,
            };
            assert_eq!(bills.wrong, wrong.iter().map(named).collect::<Vec<_>>(), "{channels} {lies:?}");
            assert_eq!(bills.faults().count(), wrong.len());
        }
    }
}

/// A meter that sends corrections which are no sharing: an aggregator looks like a liar, and from these bytes nobody can
/// tell which of the two it is.
#[test]
fn a_meter_with_wrong_corrections_looks_like_a_lying_aggregator() {
    // Correction 0 is for aggregator 4, and so on.
    for (number, at) in [(4, 0), (5, 8), (6, 16)] {
        let mut world = World::new(threshold(6, 4, 1));
        let all = readings(&world.plan, FIRST);
        let mut collecting = world.open(FIRST, &[]);
        for (meter, frame) in world.frames(FIRST, &all).into_iter().flatten().enumerate() {
            let sent = recontributed(&world.plan, &frame, |corrections| {
                if meter == 2 {
                    add(&mut corrections[at..], 1000);
                }
            });
            collecting.accept(&sent).unwrap();
        }
        let mut certified = world.utility.certify(collecting, &world.asked(&[])).unwrap();
        world.certify(FIRST, &mut certified, &[]).unwrap();
        world.answer_raw(&mut certified, &[], |_, answer| answer).unwrap();
        let sum = world.utility.record_certified(&certified).unwrap();
        assert_eq!((sum.sum.values, sum.wrong), (truth(&all), parties(&world.plan, &[number])));
    }
}

/// One meter's wrong corrections, even for two aggregators, spoil its own bill and nobody else's.
#[test]
fn wrong_corrections_spoil_the_own_bill_only() {
    let spoiler = |meter: usize, places: &'static [usize]| {
        move |_: u32, from: usize, corrections: &mut Vec<u8>| {
            if from == meter {
                places.iter().for_each(|at| add(&mut corrections[8 * at..], 1 + *at as i64));
            }
        }
    };
    // For one aggregator: it is named in that one bill, which is right all the same.
    let (mut world, readings) = window(1, spoiler(3, &[1]));
    let meters = world.plan.meter_ids();
    let bills = world.certified_bills(END + 1, FIRST, &meters, &[], |_, answer| answer).unwrap();
    right(&world, &bills, &readings, &[]);
    let five = parties(&world.plan, &[5])[0];
    assert_eq!(bills.wrong, [WrongBills { aggregator: five, bills: 1 }]);
    // For two of them.
    let (mut world, readings) = window(1, spoiler(3, &[0, 2]));
    let bills = world.certified_bills(END + 1, FIRST, &meters, &[], |_, answer| answer).unwrap();
    right(&world, &bills, &readings, &[3]);
    assert!(bills.wrong.is_empty());
    // Two meters against two aggregators, and a true liar.
    let two = |round: u32, from: usize, corrections: &mut Vec<u8>| {
        spoiler(3, &[0])(round, from, corrections);
        spoiler(8, &[2])(round, from, corrections);
    };
    let (mut world, readings) = window(1, two);
    let plan = world.plan;
    let bills = world.certified_bills(END + 1, FIRST, &meters, &[], |number, answer| {
        if number == 1 { lie(&plan, &answer, 0, 9) } else { answer }
    });
    let bills = bills.unwrap();
    right(&world, &bills, &readings, &[]);
    let named: Vec<PartyId> = bills.wrong.iter().map(|wrong| wrong.aggregator).collect();
    assert_eq!(named, parties(&plan, &[1, 4, 6]));
}
