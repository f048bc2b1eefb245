//! What a malicious utility can conclude from everything it sees, by exact linear algebra: random sets shown to random
//! aggregators in random ways, the aggregators' own code deciding what they answer.

use std::collections::BTreeMap;

use meter_link::answer::{Stated, Threshold};
use meter_link::{Field64, Header, Kind, Round};
use shamir_agg::Aggregator;

use crate::any_three;
use crate::coalition::{Coalition, Dice, Without};
use crate::group::{FIRST, Plan};
use crate::knowledge::Form;

/// What a round came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Learnt {
    Nothing,
    /// The plain sum over one set of at least the minimum.
    OneSum,
    /// Anything else.
    More,
}

/// One round: 6 meters, three candidate sets, a dozen queries.
fn round(plan: Plan, colluding: u8, without: Without, seed: u64) -> (Learnt, Coalition) {
    let mut dice = Dice::new(seed);
    let (n, t) = (plan.threshold.answerers(), plan.threshold.threshold());
    let colluders = dice.choose(n, colluding);
    let mut all = Coalition::new(Plan { seed, ..plan }, colluders, without);
    all.contributions(FIRST);
    let meters = all.world.devices.len();
    let mut sets: Vec<Vec<bool>> = (0..3).map(|_| (0..meters).map(|_| dice.below(4) > 0).collect()).collect();
    if dice.below(2) == 0 {
        // A set and its two halves: what bare answers combine.
        sets = [(0, meters), (0, meters / 2), (meters / 2, meters)]
            .map(|(from, to)| (0..meters).map(|i| (from..to).contains(&i)).collect())
            .to_vec();
    }
    // What is asked for most: the same of all, or another set of each.
    let (together, common) = (dice.below(2) == 0, dice.choose(n, t));
    // Three bare answers combine; two certificates share one colluder of five.
    let (turn, parts) = (dice.below(3), if n == 4 { 3 } else { 2 });
    let usual: Vec<usize> =
        (0..usize::from(n)).map(|a| if together { 0 } else { (a + turn) % parts }).collect();
    // Different Opens too: the sets must lie within.
    let everybody = all.world.everybody();
    let opens: Vec<Vec<u8>> =
        [&everybody, &sets[1]].map(|present| all.world.forger.open(FIRST, None, present)).to_vec();
    let now = Round::from(FIRST);
    let of = |number: u8| usize::from(number) - 1;
    let shown: Vec<usize> = (0..n).map(|_| if together { 0 } else { dice.below(8) / 7 }).collect();
    for number in 1..=n {
        let _ = all.world.aggregator(number).open(now, &opens[shown[of(number)]]);
    }
    let mut signed: BTreeMap<u8, Vec<(usize, u32)>> = BTreeMap::new();
    for _ in 0..4 * n {
        let number = 1 + dice.below(n.into()) as u8;
        if !all.honest(number) {
            continue;
        }
        if without == Without::Records {
            all.world.aggregators[of(number)] = forgetful(&all, number, &opens[shown[of(number)]]);
            signed.remove(&number);
        }
        let stubborn = without != Without::Records && dice.below(8) > 0;
        let set = &sets[if stubborn { usual[of(number)] } else { dice.below(3) }];
        let cells: Vec<(usize, u32)> = (0..meters).filter(|i| set[*i]).map(|i| (i, FIRST)).collect();
        let quorum = match dice.below(4) {
            0 => dice.choose(n, n),
            1 => dice.choose(n, t),
            _ => common.clone(),
        };
        let close = all.world.forger.close(FIRST, &opens[shown[of(number)]], &quorum, set);
        match dice.below(5) {
            0 => drop(all.world.aggregator(number).follow(now, &close).map(|prepared| prepared.stored())),
            1 | 2 => {
                if let Ok(prepared) = all.world.aggregator(number).answer(now, &close) {
                    let answer = prepared.stored();
                    all.bound(number, &answer, &quorum, core::slice::from_ref(&cells));
                }
            }
            _ => {
                if let Ok(prepared) = all.world.aggregator(number).agree(now, &close) {
                    all.keep(Kind::SetStatement, prepared.stored());
                    signed.insert(number, cells);
                }
            }
        }
        for (number, cells) in &signed {
            let answer = match without {
                Without::Certificates => Some(uncertified(&mut all, *number)),
                _ => all.certified(*number),
            };
            if let Some(answer) = answer {
                all.raw(*number, &answer, core::slice::from_ref(cells));
            }
        }
    }
    all.check_values();
    (judged(&all), all)
}

/// An aggregator that has lost everything but the Open.
fn forgetful(all: &Coalition, number: u8, open: &[u8]) -> Aggregator {
    let mut aggregator = all.world.plan.aggregator(number);
    let _ = aggregator.open(Round::from(FIRST), open);
    aggregator
}

/// A raw answer to what the aggregator has signed, on its own signature and forged ones: the rest of the roster has no
/// secret from this test.
fn uncertified(all: &mut Coalition, number: u8) -> Vec<u8> {
    let own = all.world.plan.aggregator_ids()[usize::from(number) - 1];
    let signed_own = |frame: &Vec<u8>| Header::parse(frame).unwrap().sender == own;
    let digests = all.signed.iter().filter(|(_, frames)| frames.iter().any(signed_own));
    let digests: Vec<[u8; 32]> = digests.map(|(digest, _)| *digest).collect();
    let (kind, round) = (Kind::SetStatement, Round::from(FIRST));
    for digest in digests {
        let stated = Stated { kind, round, digest };
        let sign = |party: &meter_link::cohort::Party| {
            stated.sign(&all.cohort.view, &party.identity, party.id).unwrap()
        };
        let frames: Vec<Vec<u8>> = all.cohort.answerers.iter().map(sign).collect();
        let given: Vec<&[u8]> = frames.iter().map(Vec::as_slice).collect();
        if let Ok(prepared) = all.world.aggregators[usize::from(number) - 1].answer_certified(&given) {
            return prepared.stored();
        }
    }
    panic!("{number} has just signed");
}

fn judged(all: &Coalition) -> Learnt {
    let learnt: Vec<&Form> = all.known.of_readings().map(|(form, _)| form).collect();
    match &learnt[..] {
        [] => Learnt::Nothing,
        [sum] => {
            // The first coefficient is 1, so a plain sum has nothing else.
            let plain = sum.terms().all(|(_, coefficient)| *coefficient == Field64::ONE);
            let least = all.world.plan.rules.min_meters() as usize;
            if plain && sum.terms().len() >= least { Learnt::OneSum } else { Learnt::More }
        }
        _ => Learnt::More,
    }
}

/// How often each came out, of so many.
fn rounds(plan: Plan, colluding: u8, without: Without, seeds: core::ops::Range<u64>) -> [usize; 3] {
    let mut counts = [0; 3];
    for seed in seeds {
        counts[round(plan, colluding, without, seed).0 as usize] += 1;
    }
    counts
}

/// At most one plain sum a round, whatever is asked of whom.
#[test]
fn different_sets_shown_to_different_aggregators() {
    for (n, t, f) in [(4, 3, 1), (5, 4, 1), (6, 4, 1), (7, 5, 2)] {
        let plan = Plan { threshold: Threshold::new(n, t, f).unwrap(), ..any_three(6) };
        let [nothing, one, more] = rounds(plan, f, Without::Nothing, 0..40);
        assert_eq!(more, 0, "{n} {t} {f}");
        // Both happen, else nothing was tried.
        assert!(one >= 4 && nothing >= 4, "{n} {t} {f}: {nothing} {one}");
    }
}

/// The same search finds what each rule prevents.
#[test]
fn the_search_finds_a_leak_without_each_rule() {
    let plan = any_three(6);
    let few = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    for (plan, colluding, without) in [
        (plan, 1, Without::Binding),
        (plan, 1, Without::Certificates),
        (plan, 1, Without::Records),
        (Plan { threshold: few, ..plan }, 1, Without::Nothing),
        // More colluders than f.
        (plan, 2, Without::Nothing),
    ] {
        let leak = (0..400).find(|seed| round(plan, colluding, without, *seed).0 == Learnt::More);
        println!("{without:?}, {colluding} colluding: {leak:?}");
        assert!(leak.is_some());
    }
}
