//! The same for a window: random sets with guests in them, and random lists of meters to bill.

use std::collections::BTreeMap;

use meter_link::window::window_connectivity;
use meter_link::{Field64, Kind, Round, SetRules};

use crate::coalition::{Coalition, Dice, Without};
use crate::group::{FIRST, Plan, readings};
use crate::knowledge::{Form, Knowledge};

const ROUNDS: u32 = 6;
const METERS: usize = 11;
const KAPPA: u32 = 4;

type Cells = Vec<(usize, u32)>;

fn plan(seed: u64) -> Plan {
    let rules = SetRules { min_honest: KAPPA, max_missing_permille: 900, ..SetRules::LEAST };
    Plan { rules, windows: Some((ROUNDS, KAPPA)), rounds_per_step: 4, seed, ..Plan::of(METERS as u32, 1) }
}

/// What honest aggregators have agreed to and told: sets by round, lists of billed meters.
#[derive(Default)]
struct Told {
    sets: BTreeMap<(u8, u32), Vec<bool>>,
    bills: BTreeMap<u8, Vec<bool>>,
}

fn across(set: &[bool], round: u32) -> Cells {
    (0..set.len()).filter(|i| set[*i]).map(|i| (i, round)).collect()
}

impl Told {
    /// The cells behind each element of an aggregator's bills.
    fn along(&self, number: u8, billed: &[bool]) -> Vec<Cells> {
        let of = |meter: usize| {
            let rounds = (FIRST..FIRST + ROUNDS)
                .filter(|round| self.sets.get(&(number, *round)).is_some_and(|set| set[meter]));
            rounds.map(|round| (meter, round)).collect()
        };
        (0..METERS).filter(|meter| billed[*meter]).map(of).collect()
    }

    /// What at least t − f honest aggregators stand for: the only sums that may be known.
    fn common<T: Clone + PartialEq>(told: Vec<&T>, least: usize) -> Option<T> {
        let often = |one: &&&T| told.iter().filter(|other| *other == *one).count() >= least;
        let mut found = told.iter().filter(often);
        let first = found.next().map(|one| (*one).clone());
        assert!(found.all(|other| Some(*other) == first.as_ref()), "two of them");
        first
    }
}

/// A window: how much of it was billed, if at all.
fn window(seed: u64, lawless: bool) -> (bool, Coalition) {
    let mut dice = Dice::new(seed);
    let colluders = dice.choose(4, 1);
    let mut all = Coalition::new(plan(seed), colluders, Without::Nothing);
    let honest: Vec<u8> = (1..=4).filter(|number| all.honest(*number)).collect();
    let mut told = Told::default();
    for round in FIRST..FIRST + ROUNDS {
        all.contributions(round);
        // Meters 8 to 10 are guests; the others are hardly ever away.
        let mut draw = || (0..METERS).map(|i| dice.below(if i < 8 { 40 } else { 2 }) > 0).collect();
        let sets: [Vec<bool>; 2] = [draw(), draw()];
        let (equivocates, certified, quorum) = (dice.below(24) == 0, dice.below(3) == 0, dice.choose(4, 3));
        for number in &honest {
            let set = &sets[if equivocates { dice.below(2) } else { 0 }];
            act(&mut all, &mut told, (*number, round), set, &quorum, certified);
        }
        all.signed.clear();
    }
    for _ in 0..4 {
        let billed: Vec<bool> = (0..METERS).map(|i| i < 8 || dice.below(2) == 0).collect();
        let (teller, quorum) = (honest[dice.below(3)], dice.choose(4, 3));
        let digest = {
            let books = all.world.aggregators[usize::from(teller) - 1].books().unwrap();
            books.get(Round::from(FIRST)).unwrap().sets_digest()
        };
        let query = all.world.forger.query((FIRST, FIRST + ROUNDS - 1), digest, &quorum, &billed);
        let bound = dice.below(2) == 0;
        for number in &honest {
            bill(&mut all, &mut told, *number, &query, (&quorum, &billed), bound);
        }
        all.signed.clear();
        if lawless {
            for number in &honest {
                let cells = told.along(*number, &billed);
                let pads = |(meter, round): &(usize, u32)| all.bare[round].pad(*number, *meter);
                let values: Vec<Field64> = cells.iter().map(|cells| cells.iter().map(pads).sum()).collect();
                let mut answer = vec![0; 16 + 33];
                values.iter().for_each(|value| answer.extend(value.to_bytes()));
                all.raw(*number, &answer, &cells);
            }
        }
    }
    all.check_values();
    let billed = if lawless { None } else { Some(judge(&all, &told)) };
    (billed.unwrap_or(false), all)
}

/// One aggregator's part in a round, as its own code lets it.
fn act(
    all: &mut Coalition,
    told: &mut Told,
    (number, round): (u8, u32),
    set: &[bool],
    quorum: &[u8],
    certified: bool,
) {
    let now = Round::from(round);
    let open = all.world.forger.open(round, None, &[true; METERS]);
    let whom = if certified { &[1, 2, 3, 4] } else { quorum };
    let close = all.world.forger.close(round, &open, whom, set);
    let aggregator = all.world.aggregator(number);
    aggregator.open(now, &open).unwrap();
    let cells = [across(set, round)];
    if certified {
        let Ok(prepared) = aggregator.agree(now, &close) else { return };
        all.keep(Kind::SetStatement, prepared.stored());
        if let Some(answer) = all.certified(number) {
            all.raw(number, &answer, &cells);
        }
    } else if quorum.contains(&number) {
        let Ok(prepared) = aggregator.answer(now, &close) else { return };
        let answer = prepared.stored();
        all.bound(number, &answer, quorum, &cells);
    } else {
        let Ok(prepared) = aggregator.follow(now, &close) else { return };
        prepared.stored();
    }
    told.sets.insert((number, round), set.to_vec());
}

fn bill(
    all: &mut Coalition,
    told: &mut Told,
    number: u8,
    query: &[u8],
    (quorum, billed): (&[u8], &[bool]),
    bound: bool,
) {
    let now = Round::from(FIRST + ROUNDS);
    let cells = told.along(number, billed);
    let aggregator = all.world.aggregator(number);
    if bound {
        let Ok(prepared) = aggregator.bill(now, query) else { return };
        let answer = prepared.stored();
        all.bound(number, &answer, quorum, &cells);
    } else {
        let Ok(prepared) = aggregator.agree_bill(now, query) else { return };
        all.keep(Kind::WindowStatement, prepared.stored());
        if let Some(answer) = all.certified(number) {
            all.raw(number, &answer, &cells);
        }
    }
    let before = told.bills.insert(number, billed.to_vec());
    assert!(before.is_none_or(|before| before == billed));
}

/// That what is known lies in the span of one sum a round and one list of bills, over these sets, and that this span
/// has no block below κ. Whether there are bills at all.
fn judge(all: &Coalition, told: &Told) -> bool {
    // t less f.
    let common = |told: Vec<&Vec<bool>>| Told::common(told, 2);
    let mut allowed = Knowledge::default();
    let mut sets = Vec::new();
    for round in FIRST..FIRST + ROUNDS {
        let of_round = told.sets.iter().filter(|((_, r), _)| *r == round).map(|(_, set)| set);
        if let Some(set) = common(of_round.collect()) {
            allowed.learn(Form::readings(across(&set, round)), Field64::ZERO);
            sets.push((round, set));
        }
    }
    let billed = common(told.bills.values().collect()).unwrap_or(vec![false; METERS]);
    for meter in (0..METERS).filter(|meter| billed[*meter]) {
        let rounds = sets.iter().filter(|(_, set)| set[meter]).map(|(round, _)| (meter, *round));
        allowed.learn(Form::readings(rounds), Field64::ZERO);
    }
    for (form, _) in all.known.of_readings() {
        assert!(allowed.value(form).is_some(), "{form:?}");
    }
    let known: Vec<&[bool]> = sets.iter().map(|(_, set)| set.as_slice()).collect();
    assert!(window_connectivity(&known, &billed) >= KAPPA);
    billed.contains(&true) && all.known.of_readings().count() > sets.len()
}

/// Single readings that are known, with their values.
fn opened(all: &Coalition) -> Vec<((usize, u32), i64)> {
    let cells = (FIRST..FIRST + ROUNDS).flat_map(|round| (0..METERS).map(move |meter| (meter, round)));
    cells.filter_map(|cell| Some((cell, all.known.value(&Form::readings([cell]))?))).collect()
}

#[test]
fn no_strategy_opens_a_small_block_of_a_window() {
    let mut with_bills = 0;
    for seed in 0..30 {
        let (billed, all) = window(seed, false);
        with_bills += usize::from(billed);
        assert_eq!(opened(&all), []);
    }
    println!("{with_bills} of 30 windows billed");
    assert!((5..30).contains(&with_bills), "{with_bills}");
}

/// Bills for whatever list is asked for: the same search reads single meters.
#[test]
fn the_search_reads_meters_without_the_rules_of_windows() {
    let found = (0..10).find_map(|seed| {
        let (_, all) = window(seed, true);
        let opened = opened(&all);
        (!opened.is_empty()).then_some((all, opened))
    });
    let (all, opened) = found.unwrap();
    for ((meter, round), value) in opened {
        let reading = readings(&all.world.plan, round)[meter].as_ref().unwrap()[0];
        assert_eq!(value, reading);
    }
}
