//! A week of 240 real households in one window: every sum, and every bill that the rules allow. One day of it unless
//! `WATTSUM_FULL` is set.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/group.rs"]
mod group;
#[path = "world/measured.rs"]
mod measured;

use std::time::Instant;

use group::{FIRST, Plan, Reading, World, billed_truth, silent, truth};
use measured::Interval;
use meter_link::answer::{Quorum, Threshold};
use meter_link::mark::check;
use meter_link::{PartyId, Round, SetRules};
use shamir_agg::{Aggregator, Bill, Check, Sum, WrongBills};

/// Silent for a third of the window: in fewer rounds than a bill takes.
const AWAY: usize = 7;
/// Comes and goes every hour: left out once it has changed too often.
const RESTLESS: usize = 11;

/// The intervals of a window, as many as are asked for.
fn window() -> Option<Vec<Interval>> {
    let rounds = if std::env::var_os("WATTSUM_FULL").is_some() { 672 } else { 96 };
    measured::first_rounds(rounds)
}

/// A group whose epoch is one window and a bit.
fn plan(window: &[Interval], threshold: Threshold) -> Plan {
    let rounds = window.len() as u32;
    let meters = window[0].readings.len() as u32;
    let rules = SetRules { min_honest: 100, ..SetRules::LEAST };
    let windows = Some((rounds, 100.min(rounds / 2)));
    Plan { threshold, rules, windows, last: FIRST + rounds + 9, ..Plan::of(meters, 1) }
}

/// Whether a meter is silent in the n-th of so many rounds: two outages each, besides those two.
fn outage(position: usize, n: usize, rounds: usize) -> bool {
    let spell = |k: usize| {
        let (begin, len) =
            ((position * 53 + k * 211) % rounds, 1 + (position * 7 + k * 5) % (1 + rounds / 40));
        (begin..begin + len).contains(&n)
    };
    match position {
        AWAY => (rounds / 3..2 * rounds / 3).contains(&n),
        RESTLESS => n % 4 == 3,
        _ => spell(0) || spell(1),
    }
}

/// The readings of a round: none where the data's household has an outage of ours, or is left out by the rules.
fn readings(world: &World, n: usize, window: &[Interval]) -> Vec<Reading> {
    let all = window[n].readings.iter().map(|wh| Some(vec![*wh])).collect();
    let left_out: Vec<PartyId> = world.utility.left_out(round(n)).collect();
    let gone = |p: &usize| outage(*p, n, window.len()) || left_out.contains(&world.plan.meter_ids()[*p]);
    silent(all, &(0..window[n].readings.len()).filter(gone).collect::<Vec<_>>())
}

fn round(n: usize) -> Round {
    Round::from(FIRST + n as u32)
}

/// A sum against the readings, and against the publisher's own sum of all 240.
fn check_sum(sum: &Sum, readings: &[Reading], interval: &Interval) {
    assert_eq!(sum.values, truth(readings));
    assert_eq!(sum.meters as usize, readings.iter().flatten().count());
    let silent = interval.readings.iter().zip(readings).filter(|(_, reading)| reading.is_none());
    assert_eq!(sum.values, [interval.sum - silent.map(|(wh, _)| wh).sum::<i64>()]);
}

/// Whom the rules allow to bill: all but the two.
fn billable(world: &World) -> Vec<PartyId> {
    let meters = world.utility.billable(round(0)).unwrap();
    let two = [AWAY, RESTLESS].map(|p| world.plan.meter_ids()[p]);
    let expected: Vec<PartyId> = world.plan.meter_ids().into_iter().filter(|id| !two.contains(id)).collect();
    assert_eq!(meters, expected);
    meters
}

fn check_bills(world: &World, bills: &[Bill], meters: &[PartyId], played: &[Vec<Reading>]) {
    assert_eq!(bills.iter().map(|bill| bill.meter).collect::<Vec<_>>(), meters);
    for bill in bills {
        let position = world.roster.position(bill.meter).unwrap();
        assert_eq!((bill.rounds, bill.values.clone()), billed_truth(played, position));
    }
}

fn report(what: &str, begin: Instant, billed: usize, window: &[Interval]) {
    let (rounds, meters, seconds) = (window.len(), window[0].readings.len(), begin.elapsed().as_secs_f64());
    println!(
        "{what}: {rounds} rounds of {meters} meters, every sum right; {billed} may be billed, every bill \
         right; {seconds:.1} s"
    );
}

/// t of the numbers, beginning at another place each round.
fn turn(alive: &[u8], n: usize, threshold: u8) -> Quorum {
    let numbers = (0..usize::from(threshold)).map(|k| alive[(n + k) % alive.len()]);
    numbers.fold(Quorum::default(), Quorum::with)
}

/// 5 aggregators of whom 3 open: one dies after a third of the window, another in its middle.
#[test]
fn two_aggregators_die() {
    let Some(window) = window() else { return };
    let begin = Instant::now();
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    let mut world = World::new(plan(&window, threshold));
    let (mut alive, mut played) = (vec![1, 2, 3, 4, 5], Vec::new());
    for n in 0..window.len() {
        if n == window.len() / 3 {
            alive.retain(|number| *number != 2);
        } else if n == window.len() / 2 {
            alive.retain(|number| *number != 5);
        }
        let readings = readings(&world, n, &window);
        let dead: Vec<u8> = (1..=5).filter(|number| !alive.contains(number)).collect();
        let collecting = world.collected(round(n).to_u32(), &readings, &dead).unwrap();
        let quorum = turn(&alive, n, 3);
        let mut closed = world.utility.close(collecting, &quorum).unwrap();
        world.answer(round(n).to_u32(), &mut closed, &quorum).unwrap();
        for number in alive.iter().filter(|number| !quorum.contains(**number)) {
            world.aggregator(*number).follow(round(n), closed.frame()).unwrap().stored();
        }
        check_sum(&world.utility.record(&closed).unwrap(), &readings, &window[n]);
        played.push(readings);
    }
    let meters = billable(&world);
    let bills = world.bills(round(window.len()).to_u32(), FIRST, &meters, &[2, 5]).unwrap();
    check_bills(&world, &bills, &meters, &played);
    report("two of five dead", begin, bills.len(), &window);
}

/// An aggregator of its own making: all of its keys with meters are others than theirs, so that every answer is wrong
/// and nothing else is.
fn liar(world: &World, number: u8) -> Aggregator {
    let party = world.plan.cohort().answerers.remove(usize::from(number) - 1);
    let mut state = world.aggregators[usize::from(number) - 1].to_bytes().unwrap().to_vec();
    // Version, context, id, step; key with the utility; keys with the other aggregators.
    let first = 1 + 32 + 4 + 4 + 32 * usize::from(world.view.answerers());
    for meter in 0..world.devices.len() {
        state[first + 32 * meter] ^= 1;
    }
    let body = state.len() - 4;
    let sum = check(&state[..body]);
    state[body..].copy_from_slice(&sum);
    Aggregator::from_bytes(&world.params, &world.view, party.id, party.identity, &world.roster, &state)
        .unwrap()
}

/// 6 aggregators of whom 4 open, certified: one lies in every answer, and every time is named.
#[test]
fn one_aggregator_lies() {
    let Some(window) = window() else { return };
    let begin = Instant::now();
    let mut world = World::new(plan(&window, Threshold::new(6, 4, 1).unwrap()));
    let (number, name) = (3, world.plan.aggregator_ids()[2]);
    *world.aggregator(number) = liar(&world, number);
    let mut played = Vec::new();
    for n in 0..window.len() {
        let readings = readings(&world, n, &window);
        let checked = world.certified_round(round(n).to_u32(), &readings, &[], |_, answer| answer).unwrap();
        check_sum(&checked.sum, &readings, &window[n]);
        assert_eq!((checked.check, checked.wrong), (Check::Names(1), vec![name]));
        played.push(readings);
    }
    let meters = billable(&world);
    let now = round(window.len()).to_u32();
    let checked = world.certified_bills(now, FIRST, &meters, &[], |_, answer| answer).unwrap();
    check_bills(&world, &checked.bills, &meters, &played);
    let wrong = WrongBills { aggregator: name, bills: meters.len() as u32 };
    assert_eq!(checked.spoilt, []);
    assert_eq!((checked.check, checked.wrong), (Check::Names(1), vec![wrong]));
    report("one of six lies", begin, checked.bills.len(), &window);
}
