//! What a malicious utility can conclude from everything it is sent, by exact linear algebra: the roles' own code decides
//! what it gets, each message is an equation in readings and pads, and elimination shows what follows about readings.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "algebra/coalition.rs"]
mod coalition;
#[path = "world/group.rs"]
mod group;
#[path = "algebra/knowledge.rs"]
mod knowledge;
#[path = "algebra/passive.rs"]
mod passive;
#[path = "algebra/play.rs"]
mod play;
#[path = "algebra/secrets.rs"]
mod secrets;

use core::ops::Range;

use coalition::{Learnt, Without};
use group::{Plan, Seats};
use meter_link::SetRules;
use meter_link::answer::Threshold;
use play::Play;

/// Seven meters, of whom some may collude; any set that leaves three honest ones is one.
fn plan(colluding: u32) -> Plan {
    let rules = SetRules { min_honest: 3, max_colluding: colluding, max_missing_permille: 1000 };
    Plan { rules, ..Plan::of(7, 1) }
}

/// How often each came out, of so many strategies of three rounds each.
fn outcomes(plan: Plan, colluders: (u8, u32), without: Without, seeds: Range<u64>) -> [usize; 3] {
    let mut counts = [0; 3];
    for seed in seeds {
        for learnt in Play::new(plan, colluders, without, seed).run(3) {
            counts[learnt as usize] += 1;
        }
    }
    println!("{plan:?} {colluders:?} {without:?}: {counts:?}");
    counts
}

/// Nothing, or the plain sum over one set that the rules permit, whatever the utility says to whom.
fn at_most_one_sum(plan: Plan, colluders: (u8, u32), seeds: Range<u64>) {
    let count = (seeds.end - seeds.start) as usize;
    let [nothing, one, more] = outcomes(plan, colluders, Without::Nothing, seeds);
    assert_eq!(more, 0);
    // Both happen, else nothing was tried.
    assert!(one >= count / 8 && nothing >= count / 8, "{nothing} {one}");
}

/// Opens and Closes of each party's own, late frames, second readings, reboots, holders asked in quorums of any kind.
#[test]
fn at_most_one_plain_sum_a_round() {
    at_most_one_sum(plan(0), (0, 0), 0..16);
    at_most_one_sum(plan(2), (1, 2), 100..124);
}

/// f colluding holders with an equivocating utility, and meters that collude too.
#[test]
fn f_holders_with_an_equivocating_utility() {
    for (n, t, f) in [(4, 3, 1), (5, 4, 1), (6, 4, 1), (7, 5, 2)] {
        let threshold = Threshold::new(n, t, f).unwrap();
        at_most_one_sum(Plan { threshold, ..plan(1) }, (f, 1), 200..212);
    }
}

/// Holders that are meters too: whoever colludes does so in both of its roles.
#[test]
fn a_drawn_committee() {
    let drawn = Plan { meters: 9, seats: Seats::Drawn, ..plan(3) };
    at_most_one_sum(drawn, (1, 3), 300..316);
}

/// The same search finds what each rule prevents.
#[test]
fn the_search_finds_a_leak_without_each_rule() {
    let few = Threshold::trusting_the_utility_not_to_equivocate(5, 3).unwrap();
    for (plan, colluders, without) in [
        (Plan { seats: Seats::Nobody, ..plan(0) }, (0, 0), Without::Nothing),
        (plan(0), (1, 0), Without::Binding),
        (plan(0), (1, 0), Without::Certificates),
        (plan(0), (1, 0), Without::HolderRecords),
        (plan(0), (0, 0), Without::MeterRecords),
        (Plan { threshold: few, ..plan(0) }, (1, 0), Without::Nothing),
        // More colluders than f.
        (plan(0), (2, 0), Without::Nothing),
        // More colluding meters than the least set reckons with.
        (plan(0), (0, 4), Without::Nothing),
    ] {
        let leaks = |seed: &u64| {
            let learnt = Play::new(plan, colluders, without, *seed).run(3);
            learnt.contains(&Learnt::More)
        };
        let leak = (0..400).find(leaks);
        println!("{:?} {without:?}, {colluders:?} colluding: {leak:?}", plan.seats);
        assert!(leak.is_some(), "{:?} {without:?} {colluders:?}", plan.seats);
    }
}
