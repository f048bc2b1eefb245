//! ckks-agg's roles in a network with faults.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use meter_link::frame::Writer;
use meter_link::{Header, Identity, Kind, PartyId};

use crate::engine::clocked::trial::{Choice, FIRST, Trial};
use crate::engine::sim::{Rates, Truth};
use crate::engine::{Event, Letter, clocked};

/// Three of five trustees.
fn trustees() -> Choice {
    Choice { meters: 6, answerers: (5, 3, 0), rounds: 48, ..Choice::new("ckks") }
}

/// One holder of the whole key.
fn holder() -> Choice {
    Choice { answerers: (1, 1, 0), ..trustees() }
}

fn nobody(_: u32, _: u32) -> bool {
    false
}

/// Every sum is that of its readings, and so is every sum of squares.
fn check_squares(trial: &Trial) -> usize {
    let mut seen = 0;
    for event in trial.network.events() {
        let Event::Sum { round, values, .. } = event else { continue };
        let members = trial.truth.members(*round, values[0]);
        let squares: i64 = members.iter().map(|meter| trial.truth.reading(*meter, *round).pow(2)).sum();
        assert_eq!(values, &[values[0], squares], "round {round}");
        seen += 1;
    }
    seen
}

/// Rounds with a sum, of so many; every one is checked.
fn sums(trial: &mut Trial, rounds: u32) -> usize {
    trial.run(rounds);
    let sums = trial.truth.check(&trial.network).sums_in(FIRST..=FIRST + rounds - 1);
    assert_eq!(check_squares(trial), sums);
    sums
}

#[test]
fn every_sum_is_the_truth() {
    for choice in [trustees(), holder()] {
        let silent = |meter: u32, round: u32| (meter * 7 + round * 5).is_multiple_of(23);
        let mut trial = Trial::start(&choice, Truth::small(6), silent);
        sums(&mut trial, 20);
        let tally = trial.truth.check(&trial.network);
        // The first ones go by while the key is made.
        assert_eq!(tally.sums_in(FIRST + 3..=FIRST + 19), 17, "{:?} {:?}", tally.lost, trial.complaints());
        for (round, (_, members)) in &tally.sums {
            assert!(members.iter().copied().eq((0..6).filter(|meter| !silent(*meter, *round))), "{round}");
        }
        assert_eq!(trial.complaints(), Vec::<String>::new());
    }
}

/// What is said before the rounds is stored before it is said, and goes on where it was.
#[test]
fn power_fails_anywhere_before_the_rounds() {
    for (choice, victims) in [(trustees(), &[0, 101, 1][..]), (holder(), &[0, 101])] {
        for victim in victims {
            for effects in (0..26).step_by(2) {
                let mut trial = Trial::start(&choice, Truth::small(6), nobody);
                trial.network.node(PartyId(*victim)).restarts_after = Some(300);
                trial.network.kill_after(PartyId(*victim), effects);
                trial.run(9);
                let tally = trial.truth.check(&trial.network);
                let sums = tally.sums.len();
                assert!(sums >= 2, "{victim} after {effects}: {:?} {:?}", tally.lost, trial.complaints());
                assert_eq!(sums + tally.lost.len(), 9, "{victim} after {effects}: {:?}", tally.lost);
                assert_eq!(check_squares(&trial), sums);
                let complaints = trial.complaints();
                assert!(complaints.iter().all(|what| what.contains("Stale")), "{complaints:?}");
            }
        }
    }
}

#[test]
fn power_fails_anywhere_in_a_round() {
    for (choice, victims) in [(trustees(), &[0, 1, 101][..]), (holder(), &[0, 101])] {
        for victim in victims {
            for effects in 0..8 {
                let mut trial = Trial::start(&choice, Truth::small(6), nobody);
                trial.network.node(PartyId(*victim)).restarts_after = Some(300);
                trial.run(4);
                trial.network.kill_after(PartyId(*victim), effects);
                trial.run(9);
                let tally = trial.truth.check(&trial.network);
                // The round in which an answerer fails behind its record is lost: it answers once.
                let sums = tally.sums_in(FIRST + 4..=FIRST + 8);
                assert!(sums >= 4, "{victim} after {effects}: {:?} {:?}", tally.lost, trial.complaints());
                assert_eq!(
                    tally.sums.len() + tally.lost.len(),
                    9,
                    "{victim} after {effects}: {:?}",
                    tally.lost
                );
                check_squares(&trial);
            }
        }
    }
}

#[test]
fn all_faults_at_once() {
    for (seed, choice) in [(0, trustees()), (1, holder())] {
        let mut trial = Trial::start(&Choice { seed, rounds: 60, ..choice }, Truth::small(6), nobody);
        let rates = Rates::all(2_500, 3_000);
        let until = trial.at(40, 0);
        trial.network.chaos(&rates, until);
        trial.run(50);
        let tally = trial.truth.check(&trial.network);
        assert!(tally.closes_again(&trial.deployment.timetable(), until), "seed {seed}: {:?}", tally.lost);
        assert_eq!(tally.sums_in(FIRST + 43..=FIRST + 49), 7, "seed {seed}: {:?}", tally.lost);
        assert!(tally.sums.len() > 12, "seed {seed}: {} {:?}", tally.sums.len(), tally.lost);
        check_squares(&trial);
    }
}

#[test]
fn two_of_five_trustees_away() {
    let mut trial = Trial::start(&trustees(), Truth::small(6), nobody);
    trial.run(6);
    for id in [101, 104] {
        trial.network.link(PartyId(id), false);
    }
    trial.run(12);
    // A third one: no quorum is left.
    trial.network.link(PartyId(102), false);
    trial.run(16);
    for id in [101, 102, 104] {
        trial.network.link(PartyId(id), true);
    }
    trial.run(22);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.sums_in(FIRST + 7..=FIRST + 11), 5, "{:?} {:?}", tally.lost, trial.complaints());
    assert_eq!(tally.sums_in(FIRST + 13..=FIRST + 15), 0);
    assert_eq!(tally.sums_in(FIRST + 18..=FIRST + 21), 4, "{:?} {:?}", tally.lost, trial.complaints());
}

/// The list is fixed for the epoch: nobody who comes later can choose its noise after it has seen others'.
#[test]
fn a_meter_that_commits_too_late_waits_for_the_next_epoch() {
    let mut trial = Trial::start(&trustees(), Truth::small(6), nobody);
    trial.network.link(PartyId(4), false);
    trial.run(8);
    trial.network.link(PartyId(4), true);
    trial.run(12);
    trial.network.kill(PartyId::UTILITY);
    trial.run(20);
    let tally = trial.truth.check(&trial.network);
    assert!(tally.sums.len() >= 12, "{:?}", tally.lost);
    assert!(tally.sums.values().all(|(_, members)| *members == [0, 1, 2, 4, 5]), "{:?}", tally.sums);
    assert!(trial.complaints().iter().all(|what| what.contains("Stale")), "{:?}", trial.complaints());
}

/// Late on a busy machine: the other end had not taken up the epoch, and what an answerer says of the key went nowhere.
#[test]
fn a_key_statement_that_went_nowhere_is_said_again() {
    for choice in [trustees(), holder()] {
        let mut trial = Trial::start(&choice, Truth::small(6), nobody);
        let mut lost = std::collections::BTreeSet::new();
        trial.network.tamper = Some(Box::new(move |from, to, letter| {
            let Letter::Frames { hints, .. } = &letter else { return vec![letter] };
            let states = to == PartyId::UTILITY && !hints.is_empty();
            if states && lost.insert(from) { Vec::new() } else { vec![letter] }
        }));
        let sums = sums(&mut trial, 12);
        assert!(sums >= 9, "{sums} {:?} {:?}", trial.truth.check(&trial.network).lost, trial.complaints());
    }
}

/// Epoch after epoch with keys of its own, formed in the network as in a real deployment.
#[test]
fn every_epoch_has_a_key_of_its_own() {
    for choice in [trustees(), holder()] {
        let mut trial = Trial::formed(&Choice { rounds: 10, ..choice }, Truth::small(6));
        trial.run(34);
        let tally = trial.truth.check(&trial.network);
        assert!(tally.epochs.len() >= 3, "{:?}", tally.epochs);
        assert!(tally.sums.len() >= 14, "{:?} {:?}", tally.lost, trial.complaints());
        check_squares(&trial);
    }
}

/// A ciphertext of another round, another meter's, or one that was changed is no contribution.
#[test]
fn what_was_not_committed_to_is_refused() {
    let mut trial = Trial::start(&trustees(), Truth::small(6), nobody);
    let mut kept: Option<Vec<u8>> = None;
    trial.network.tamper = Some(Box::new(move |from, _, letter| {
        let Letter::Frame(frame) = &letter else { return vec![letter] };
        if from != PartyId(3) || clocked::kind(frame) != Some(Kind::Contribution) {
            return vec![letter];
        }
        // The first one again and again, under the header of each round.
        let first = kept.get_or_insert_with(|| frame.clone());
        let mut forged = first.clone();
        forged[..Header::LEN].copy_from_slice(&frame[..Header::LEN]);
        vec![Letter::Frame(forged)]
    }));
    trial.run(10);
    let tally = trial.truth.check(&trial.network);
    let with: Vec<u32> =
        tally.sums.iter().filter(|(_, (_, members))| members.contains(&2)).map(|(round, _)| *round).collect();
    assert!(with.len() <= 1 && tally.sums.len() >= 6, "{:?} {:?}", tally.sums, tally.lost);
    let blamed = |event: &Event| matches!(event, Event::Fault { party: 3, .. });
    assert!(trial.network.events().filter(|event| blamed(event)).count() >= 5);
}

/// A ciphertext whose second polynomial was committed to and whose first is none, signed by its meter: the holder answers
/// nothing, names the meter, and opens the sum of the others.
#[test]
fn a_forged_ciphertext_costs_its_meter_the_epoch() {
    let mut trial = Trial::start(&holder(), Truth::small(6), nobody);
    let cohort = trial.cohort.clone().unwrap()();
    let view = cohort.view;
    let identity = cohort.meters.into_iter().find(|party| party.id == PartyId(3)).unwrap().identity;
    let mut kept: Option<Vec<u8>> = None;
    trial.network.tamper = Some(Box::new(move |from, _, letter| {
        let Letter::Frame(frame) = &letter else { return vec![letter] };
        if from != PartyId(3) || clocked::kind(frame) != Some(Kind::Contribution) {
            return vec![letter];
        }
        // The first polynomial is another round's, from the second contribution on.
        let polynomial = 4096 * 100 / 8;
        let end = frame.len() - Identity::SIGNATURE_LEN;
        let first = end - 2 * polynomial..end - polynomial;
        let Some(other) = &kept else {
            kept = Some(frame[first].to_vec());
            return vec![letter];
        };
        let mut forged = frame.clone();
        forged[first].copy_from_slice(other);
        let header = Header::parse(frame).unwrap();
        let payload = forged[Header::LEN..end].to_vec();
        let mut writer = Writer::frame(&mut forged, &header).unwrap();
        writer.bytes(&payload).unwrap();
        writer.finish_signed(&header, &identity, &view.scope()).unwrap();
        vec![Letter::Frame(forged)]
    }));
    trial.run(6);
    trial.network.kill(PartyId::UTILITY);
    trial.run(14);
    let tally = trial.truth.check(&trial.network);
    check_squares(&trial);
    assert!(tally.sums.len() >= 10, "{:?} {:?}", tally.lost, trial.complaints());
    let with = tally.sums.values().filter(|(_, members)| members.contains(&2)).count();
    assert_eq!(with, 1, "{:?}", tally.sums);
    let named = |event: &&Event| matches!(event, Event::Fault { party: 3, what, .. } if what.contains("cannot be opened"));
    assert!((1..=2).contains(&trial.network.events().filter(named).count()), "{:?}", trial.complaints());
}
