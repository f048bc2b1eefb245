//! shamir-agg's roles in a network with faults.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use meter_link::PartyId;

use crate::engine::clocked::trial::{Choice, FIRST, SLOT, Trial};
use crate::engine::sim::{Rates, Truth};
use crate::engine::{Event, Letter};

fn shamir() -> Choice {
    Choice::new("shamir")
}

fn nobody(_: u32, _: u32) -> bool {
    false
}

#[test]
fn every_sum_is_the_truth() {
    let silent = |meter: u32, round: u32| (meter * 7 + round * 5).is_multiple_of(23);
    let mut trial = Trial::start(&shamir(), Truth::new(8), silent);
    trial.run(120);
    let tally = trial.truth.check(&trial.network);
    assert_eq!((tally.sums.len(), tally.lost.len()), (120, 0), "{:?} {:?}", tally.lost, trial.complaints());
    for (round, (_, members)) in &tally.sums {
        assert!(
            members.iter().copied().eq((0..8).filter(|meter| !silent(*meter, *round))),
            "{round}: {members:?}"
        );
    }
    assert_eq!(trial.complaints(), Vec::<String>::new());
}

/// Rounds with a sum, of so many; every one is checked.
fn sums(trial: &mut Trial, rounds: u32) -> usize {
    trial.run(rounds);
    let tally = trial.truth.check(&trial.network);
    tally.sums_in(FIRST..=FIRST + rounds - 1)
}

#[test]
fn power_fails_anywhere_in_a_round() {
    for victim in [0, 1, 101, 102] {
        for effects in 0..12 {
            let choice = Choice { window: 0, seed: u64::from(effects), ..shamir() };
            let mut trial = Trial::start(&choice, Truth::new(8), nobody);
            trial.network.node(PartyId(victim)).restarts_after = Some(300);
            trial.run(2);
            trial.network.kill_after(PartyId(victim), effects);
            trial.run(12);
            let tally = trial.truth.check(&trial.network);
            assert!(trial.network.node(PartyId(victim)).deaths <= 1, "{:?}", trial.complaints());
            let sums = tally.sums.len();
            assert!(sums >= 11, "{victim} after {effects}: {sums} {:?} {:?}", tally.lost, trial.complaints());
            assert_eq!(sums + tally.lost.len(), 12, "{victim} after {effects}: {:?}", tally.lost);
        }
    }
}

#[test]
fn a_round_goes_on_after_the_utility_has_lost_power() {
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    trial.network.node(PartyId::UTILITY).restarts_after = Some(100);
    for round in 0..20 {
        let at = trial.at(round, u64::from(round) * 60);
        trial.network.run_until(at);
        trial.network.kill(PartyId::UTILITY);
    }
    assert_eq!(sums(&mut trial, 21), 21, "{:?}", trial.truth.check(&trial.network).lost);
}

#[test]
fn all_faults_at_once() {
    for seed in 0..4 {
        let choice = Choice { seed, window: 24, min_honest: 4, ..shamir() };
        let mut trial = Trial::start(&choice, Truth::new(8), nobody);
        let rates = Rates::all(2_500, 3_000);
        let until = trial.at(150, 0);
        trial.network.chaos(&rates, until);
        trial.run(160);
        let tally = trial.truth.check(&trial.network);
        let table = trial.deployment.timetable();
        assert!(tally.closes_again(&table, until), "seed {seed}: {:?}", tally.lost);
        assert_eq!(tally.sums_in(FIRST + 153..=FIRST + 159), 7, "seed {seed}: {:?}", tally.lost);
        assert!(tally.sums.len() > 60, "seed {seed}: {} {:?}", tally.sums.len(), tally.lost);
        trial.check_bills();
    }
}

#[test]
fn bills_are_what_the_meters_sent() {
    let silent = |meter: u32, round: u32| round % 13 == 5 && meter == round % 8;
    let choice = Choice { window: 24, min_honest: 4, meters: 12, ..shamir() };
    let mut trial = Trial::start(&choice, Truth::new(12), silent);
    trial.run(100);
    assert_eq!(trial.truth.check(&trial.network).sums.len(), 100);
    assert_eq!(trial.check_bills(), 48, "{:?}", trial.network.events().last());
    assert_eq!(trial.complaints(), Vec::<String>::new());
}

#[test]
fn an_aggregator_that_was_away_is_told_what_it_missed() {
    let choice = Choice { window: 24, min_honest: 4, meters: 12, answerers: (3, 3, 0), ..shamir() };
    let mut trial = Trial::start(&choice, Truth::new(12), nobody);
    // All three are asked for every sum and bill: it has lost its books with power, and catches up.
    for round in [3, 9, 20] {
        trial.run(round);
        trial.network.kill(PartyId(102));
    }
    trial.run(23);
    trial.network.kill(PartyId::UTILITY);
    trial.run(60);
    assert!(trial.truth.check(&trial.network).sums.len() >= 57);
    assert_eq!(trial.check_bills(), 24, "{:?}", trial.complaints());
}

#[test]
fn two_of_four_aggregators_away() {
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    trial.run(5);
    for id in [101, 103] {
        trial.network.link(PartyId(id), false);
    }
    trial.run(10);
    for id in [101, 103] {
        trial.network.link(PartyId(id), true);
    }
    let back = trial.network.now;
    trial.run(20);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.lost.keys().copied().collect::<Vec<_>>(), (FIRST + 5..FIRST + 10).collect::<Vec<_>>());
    assert_eq!(tally.sums.len(), 15);
    assert!(tally.closes_again(&trial.deployment.timetable(), back));
}

#[test]
fn one_of_four_aggregators_away_costs_no_round() {
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    for round in 0..40 {
        // Without a word: the link stays, and nothing comes.
        let id = PartyId(101 + round / 10 % 4);
        trial.network.node(id).slow = SLOT * 3;
        trial.run(round + 1);
        trial.network.node(id).slow = 0;
    }
    let tally = trial.truth.check(&trial.network);
    // Letters to the one before are still on their way when the next one is slow: then two are away.
    assert!(tally.lost.keys().all(|round| round - FIRST > 9 && (round - FIRST) % 10 < 3), "{:?}", tally.lost);
    assert!(tally.sums.len() >= 31, "{:?}", tally.lost);
}

#[test]
fn small_groups() {
    for (meters, answerers, away) in [(3, (2, 2, 0), 0), (5, (2, 2, 0), 1), (5, (4, 3, 1), 2)] {
        let choice = Choice { meters, answerers, ..shamir() };
        let mut trial = Trial::start(&choice, Truth::new(meters), nobody);
        trial.run(5);
        for id in 1..=away {
            trial.network.link(PartyId(id), false);
        }
        assert_eq!(sums(&mut trial, 12), 12, "{meters}: {:?}", trial.truth.check(&trial.network).lost);
        for id in 1..=meters {
            trial.network.link(PartyId(id), id <= 2);
        }
        trial.run(20);
        let tally = trial.truth.check(&trial.network);
        assert_eq!((tally.sums.len(), tally.lost.len()), (12, 8), "two meters are no group");
    }
}

#[test]
fn clocks_that_differ() {
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    for (id, skew) in [(1, 700), (2, -300), (3, 1_900), (101, 2_500), (102, -2_500), (103, 900)] {
        trial.network.node(PartyId(id)).skew = skew;
    }
    trial.run(50);
    let tally = trial.truth.check(&trial.network);
    assert!(tally.sums.len() >= 49, "{:?} {:?}", tally.lost, trial.complaints());
    let (_, members) = &tally.sums[&(FIRST + 30)];
    assert_eq!(members.len(), 8, "{:?}", trial.complaints());
}

#[test]
fn a_clock_that_jumps_and_goes_back() {
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    trial.run(5);
    trial.network.node(PartyId(4)).skew = 20 * SLOT as i64;
    trial.run(8);
    trial.network.node(PartyId(4)).skew = 0;
    trial.run(60);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.sums.len(), 60, "{:?}", tally.lost);
    // It has spent the intervals up to round 28, and is silent until then.
    assert_eq!(tally.sums[&(FIRST + 20)].1.len(), 7);
    assert_eq!(tally.sums[&(FIRST + 40)].1.len(), 8);
}

#[test]
fn garbage_replays_and_other_names() {
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    let mut seen: Vec<Vec<u8>> = Vec::new();
    trial.network.tamper = Some(Box::new(move |from, to, letter| {
        let Letter::Frame(frame) = &letter else { return vec![letter] };
        if to != PartyId::UTILITY {
            return vec![letter];
        }
        seen.push(frame.clone());
        if from != PartyId(3) {
            return vec![letter];
        }
        // Meter 3 says what it should, and all that it has ever heard of, and noise.
        let mut bent = frame.clone();
        let middle = bent.len() / 2;
        bent[middle] ^= 1;
        let mut letters: Vec<Letter> = seen.iter().rev().take(20).cloned().map(Letter::Frame).collect();
        letters.extend([
            Letter::Frame(bent),
            Letter::Frame(vec![0xff; 48]),
            Letter::Frame(Vec::new()),
            Letter::Frames { frames: vec![frame.clone(); 9], hints: Vec::new() },
            Letter::Relay { party: PartyId(1), frame: frame.clone() },
            letter.clone(),
        ]);
        letters
    }));
    trial.run(100);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.sums.len(), 100, "{:?}", tally.lost);
    assert!(tally.sums.values().all(|(_, members)| members.len() == 8));
    let utility = trial.network.node(PartyId::UTILITY);
    let blamed = utility.refusals.iter().filter_map(|refusal| match refusal {
        crate::engine::Refusal::Fault { culprit, .. } => Some(culprit.0),
        _ => None,
    });
    assert!(utility.refusals.len() > 1_000);
    assert!(blamed.clone().count() > 100 && blamed.clone().all(|id| id == 3), "{:?}", trial.complaints());
}

#[test]
fn a_utility_that_shows_two_sets_gets_no_second_sum() {
    // Two utilities with the same keys: the second one closes the round without meter 8, for all but one aggregator.
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    let mut other = Trial::start(&shamir(), Truth::new(8), |meter, _| meter == 7);
    trial.run(3);
    let forged = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let into = std::sync::Arc::clone(&forged);
    other.network.tamper = Some(Box::new(move |_, to, letter| {
        if let Letter::Frame(frame) = &letter
            && to.0 > 100
            && crate::engine::clocked::kind(frame) == Some(meter_link::Kind::Close)
        {
            into.lock().unwrap().push((to, frame.clone()));
        }
        vec![letter]
    }));
    other.run(3);
    let answered = std::sync::Arc::new(std::sync::Mutex::new(0));
    let count = std::sync::Arc::clone(&answered);
    trial.network.tamper = Some(Box::new(move |from, _, letter| {
        if let Letter::Frame(frame) = &letter
            && from.0 > 100
            && crate::engine::clocked::kind(frame) == Some(meter_link::Kind::Answer)
        {
            *count.lock().unwrap() += 1;
        }
        vec![letter]
    }));
    let forged = forged.lock().unwrap().clone();
    assert!(forged.len() >= 12);
    for (to, frame) in forged {
        trial.network.post(PartyId::UTILITY, to, Letter::Frame(frame));
    }
    let now = trial.network.now;
    trial.network.run_until(now + 100);
    // Each has agreed to another set of these rounds, and answers nothing else.
    assert_eq!(*answered.lock().unwrap(), 0, "{:?}", trial.complaints());
    assert!(trial.complaints().iter().any(|what| what.starts_with("101: Fault")), "{:?}", trial.complaints());
    assert_eq!(sums(&mut trial, 10), 10);
}

#[test]
fn a_full_disk_says_nothing() {
    let mut trial = Trial::start(&shamir(), Truth::new(8), nobody);
    trial.run(4);
    trial.network.node(PartyId(2)).disk_full = true;
    trial.network.node(PartyId(101)).disk_full = true;
    trial.run(10);
    trial.network.node(PartyId(2)).disk_full = false;
    trial.network.node(PartyId(101)).disk_full = false;
    trial.run(20);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.sums.len(), 20, "{:?}", tally.lost);
    assert_eq!(tally.sums[&(FIRST + 6)].1.len(), 7);
    assert_eq!(tally.sums[&(FIRST + 15)].1.len(), 8);
}

#[test]
fn the_journals_stay_small() {
    let mut trial = Trial::start(&Choice { window: 24, min_honest: 4, ..shamir() }, Truth::new(8), nobody);
    trial.run(400);
    assert_eq!(trial.truth.check(&trial.network).sums.len(), 400);
    for (id, most) in [(0, 200_000), (101, 20_000), (1, 400 * 17)] {
        let kept = &trial.network.node(PartyId(id)).kept;
        let bytes: usize = kept.records.iter().map(Vec::len).sum();
        assert!(bytes <= most && kept.state.as_ref().unwrap().len() <= 100_000, "{id}: {bytes}");
    }
    assert!(trial.network.events().any(|event| matches!(event, Event::Bill { .. })));
}

#[test]
fn epochs_that_are_formed_in_the_network() {
    let choice = Choice { rounds: 48, window: 24, min_honest: 4, ..shamir() };
    let mut trial = Trial::formed(&choice, Truth::new(8));
    trial.run(100);
    let tally = trial.truth.check(&trial.network);
    assert!(tally.epochs.len() >= 2, "{:?}", tally.epochs);
    assert!(tally.sums.len() >= 100 - 10, "{:?} {:?}", tally.lost, trial.complaints());
    assert!(trial.check_bills() > 0, "{:?}", trial.complaints());
}

#[test]
fn all_faults_at_once_in_epochs_that_are_formed() {
    let choice = Choice { rounds: 48, window: 24, min_honest: 4, ..shamir() };
    let mut trial = Trial::formed(&choice, Truth::new(8));
    trial.run(10);
    let until = trial.at(100, 0);
    trial.network.chaos(&Rates::all(4_000, 3_000), until);
    trial.run(100 + 40);
    let tally = trial.truth.check(&trial.network);
    assert!(tally.sums.len() > 40, "{} {:?}", tally.sums.len(), tally.lost);
    assert!(tally.sums_in(FIRST + 100 + 5..=FIRST + 100 + 39) >= 30, "{:?}", tally.lost);
    trial.check_bills();
}
