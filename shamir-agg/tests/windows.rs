//! Sums over time: bills of a window, and what the rules keep together.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/group.rs"]
mod group;

use group::{FIRST, Plan, Reading, World, billed_truth, readings, silent, truth};
use meter_link::PartyId;
use shamir_agg::{Check, Error, Fault, Misuse};

const WINDOW: u32 = 12;

/// A window of rounds, some meters silent in some of them; every sum is right.
fn played(world: &mut World, first: u32, away: &[u8]) -> Vec<Vec<Reading>> {
    (first..first + WINDOW)
        .map(|round| {
            let absent: &[usize] = match round % 4 {
                0 => &[1],
                1 => &[2, 5],
                _ => &[],
            };
            let readings = silent(readings(&world.plan, round), absent);
            assert_eq!(world.round(round, &readings, away).unwrap().values, truth(&readings));
            readings
        })
        .collect()
}

fn check(world: &World, bills: &[shamir_agg::Bill], window: &[Vec<Reading>], meters: &[PartyId]) {
    assert_eq!(bills.iter().map(|bill| bill.meter).collect::<Vec<_>>(), meters);
    for bill in bills {
        let position = world.roster.position(bill.meter).unwrap();
        assert_eq!((bill.rounds, bill.values.clone()), billed_truth(window, position));
    }
}

#[test]
fn bills_are_sums_over_the_rounds_that_hold_the_meter() {
    for channels in [1, 3, 5] {
        let mut world = World::new(Plan::billed(12, channels));
        let first = played(&mut world, FIRST, &[]);
        let second = played(&mut world, FIRST + WINDOW, &[2]);
        for (window, begin, away) in [(&first, FIRST, &[][..]), (&second, FIRST + WINDOW, &[2])] {
            let meters = world.utility.billable(begin.into()).unwrap();
            assert_eq!(meters.len(), 12);
            let bills = world.bills(FIRST + 2 * WINDOW, begin, &meters, away).unwrap();
            check(&world, &bills, window, &meters);
            // Once more, and raw: the same query, the same bills.
            let again = world.certified_bills(FIRST + 2 * WINDOW, begin, &meters, away, |_, a| a).unwrap();
            assert_eq!(again.bills, bills);
            assert_eq!(again.check, if away.is_empty() { Check::Detects } else { Check::Unchecked });
        }
    }
}

#[test]
fn an_aggregator_that_missed_a_round_catches_up_or_stays_silent() {
    let mut world = World::new(Plan::billed(12, 1));
    let mut missed = Vec::new();
    for round in FIRST..FIRST + WINDOW {
        let readings = readings(&world.plan, round);
        let away: &[u8] = if round % 5 == 3 { &[4] } else { &[] };
        let collecting = world.collected(round, &readings, away).unwrap();
        let open = collecting.frame().to_vec();
        let quorum = world.utility.quorum(|_| true).unwrap();
        let closed = world.utility.close(collecting, &quorum).unwrap();
        for number in 1..=4u8 {
            if !away.contains(&number) {
                world.aggregator(number).follow(round.into(), closed.frame()).unwrap().stored();
            } else {
                missed.push((open.clone(), closed.frame().to_vec()));
            }
        }
    }
    assert_eq!(missed.len(), 2);
    let now = (FIRST + WINDOW).into();
    let meters = world.utility.billable(FIRST.into()).unwrap();
    let quorum = meter_link::answer::Quorum::new(&[1, 2, 4]).unwrap();
    let billing = world.utility.bill(FIRST.into(), &meters, &quorum).unwrap();
    let other_sets = Error::Fault { culprit: PartyId::UTILITY, fault: Fault::WrongSet };
    assert_eq!(world.aggregator(4).bill(now, billing.frame()).unwrap_err(), other_sets);
    // Sets are agreed to in order: behind a later one it is too late.
    let (open, close) = &missed[0];
    let late = world.aggregator(4).catch_up(now, open, close).unwrap_err();
    assert_eq!(late, Error::Fault { culprit: PartyId::UTILITY, fault: Fault::RoundClosed });
}

/// Two windows are kept. The first round of a third forgets the first: no bill of it, whoever asks.
#[test]
fn a_window_is_billed_before_the_one_after_the_next_begins() {
    let mut world = World::new(Plan::billed(12, 1));
    let first = played(&mut world, FIRST, &[]);
    let second = played(&mut world, FIRST + WINDOW, &[]);
    let (over, now) = (FIRST + WINDOW, FIRST + 2 * WINDOW);
    let meters = world.utility.billable(FIRST.into()).unwrap();
    let bills = world.bills(now, FIRST, &meters, &[]).unwrap();
    check(&world, &bills, &first, &meters);
    let quorum = meter_link::answer::Quorum::new(&[1, 2, 4]).unwrap();
    let late = world.utility.bill(FIRST.into(), &meters, &quorum).unwrap();

    let next = readings(&world.plan, now);
    assert_eq!(world.round(now, &next, &[]).unwrap().values, truth(&next));
    assert_eq!(world.utility.billable(FIRST.into()), Err(Misuse::NotBillable.into()));
    let not_kept = Error::Fault { culprit: PartyId::UTILITY, fault: Fault::NotExpected };
    assert_eq!(world.aggregator(4).bill(now.into(), late.frame()).unwrap_err(), not_kept);
    let bills = world.bills(now, over, &meters, &[]).unwrap();
    check(&world, &bills, &second, &meters);
}

/// A bill that is asked for too early is refused before anything is promised: the rounds to come still count.
#[test]
fn a_bill_before_the_window_is_over_costs_nothing() {
    let mut world = World::new(Plan::billed(12, 1));
    let quorum = meter_link::answer::Quorum::new(&[1, 2, 3]).unwrap();
    let mut window = Vec::new();
    for round in FIRST..FIRST + WINDOW {
        let readings = readings(&world.plan, round);
        world.round(round, &readings, &[]).unwrap();
        window.push(readings);
        if round == FIRST + 9 {
            let meters = world.utility.billable(FIRST.into()).unwrap();
            let early = world.utility.bill(FIRST.into(), &meters, &quorum).map(|_| ());
            assert_eq!(early, Err(Misuse::OutOfOrder.into()));
            let early = world.utility.certify_bill(FIRST.into(), &meters, &quorum).map(|_| ());
            assert_eq!(early, Err(Misuse::OutOfOrder.into()));
        }
    }
    let meters = world.utility.billable(FIRST.into()).unwrap();
    let bills = world.bills(FIRST + WINDOW, FIRST, &meters, &[]).unwrap();
    check(&world, &bills, &window, &meters);
}
