//! threshold-elgamal's roles in a network with faults.
#![allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

use meter_link::{Kind, PartyId};

use crate::engine::clocked::trial::{Choice, FIRST, Trial};
use crate::engine::sim::{Rates, Truth};
use crate::engine::{Event, Letter, Refusal, clocked};

fn elgamal() -> Choice {
    Choice { meters: 6, ..Choice::new("elgamal") }
}

fn nobody(_: u32, _: u32) -> bool {
    false
}

#[test]
fn every_sum_is_the_truth() {
    let silent = |meter: u32, round: u32| (meter * 7 + round * 5).is_multiple_of(23);
    let mut trial = Trial::start(&elgamal(), Truth::small(6), silent);
    trial.run(100);
    let tally = trial.truth.check(&trial.network);
    assert_eq!((tally.sums.len(), tally.lost.len()), (100, 0), "{:?} {:?}", tally.lost, trial.complaints());
    for (round, (_, members)) in &tally.sums {
        assert!(
            members.iter().copied().eq((0..6).filter(|meter| !silent(*meter, *round))),
            "{round}: {members:?}"
        );
    }
    assert_eq!(trial.complaints(), Vec::<String>::new());
}

/// Rounds with a sum, of so many; every one is checked.
fn sums(trial: &mut Trial, rounds: u32) -> usize {
    trial.run(rounds);
    trial.truth.check(&trial.network).sums_in(FIRST..=FIRST + rounds - 1)
}

#[test]
fn a_key_of_all_trustees() {
    let choice = Choice { joint_key: true, answerers: (3, 3, 1), ..elgamal() };
    let mut trial = Trial::start(&choice, Truth::small(6), nobody);
    trial.network.node(PartyId(102)).restarts_after = Some(100);
    for effects in 0..6 {
        trial.network.kill_after(PartyId(102), effects);
        trial.run(effects * 2 + 1);
    }
    let sums = sums(&mut trial, 20);
    assert!(sums >= 17, "{sums} {:?} {:?}", trial.truth.check(&trial.network).lost, trial.complaints());
    assert!(trial.complaints().iter().all(|what| what.contains("Stale")), "{:?}", trial.complaints());
}

#[test]
fn power_fails_anywhere_in_the_ceremony() {
    for victim in [0, 101, 1] {
        for effects in 0..24 {
            let mut trial = Trial::start(&elgamal(), Truth::small(6), nobody);
            trial.network.node(PartyId(victim)).restarts_after = Some(300);
            trial.network.kill_after(PartyId(victim), effects);
            trial.run(5);
            let tally = trial.truth.check(&trial.network);
            let sums = tally.sums.len();
            assert!(sums >= 3, "{victim} after {effects}: {:?} {:?}", tally.lost, trial.complaints());
            assert_eq!(sums + tally.lost.len(), 5, "{victim} after {effects}: {:?}", tally.lost);
            assert!(trial.complaints().iter().all(|what| what.contains("Stale")), "{:?}", trial.complaints());
        }
    }
}

#[test]
fn power_fails_anywhere_in_a_round() {
    for victim in [0, 1, 101] {
        for effects in 0..10 {
            let mut trial = Trial::start(&elgamal(), Truth::small(6), nobody);
            trial.network.node(PartyId(victim)).restarts_after = Some(300);
            trial.run(2);
            trial.network.kill_after(PartyId(victim), effects);
            trial.run(7);
            let tally = trial.truth.check(&trial.network);
            let sums = tally.sums.len();
            assert!(sums >= 6, "{victim} after {effects}: {:?} {:?}", tally.lost, trial.complaints());
            assert_eq!(sums + tally.lost.len(), 7, "{victim} after {effects}: {:?}", tally.lost);
        }
    }
}

#[test]
fn all_faults_at_once() {
    for seed in 0..2 {
        let choice = Choice { seed, window: 24, min_honest: 4, ..elgamal() };
        let mut trial = Trial::start(&choice, Truth::small(6), nobody);
        let rates = Rates::all(2_500, 3_000);
        let until = trial.at(110, 0);
        trial.network.chaos(&rates, until);
        trial.run(120);
        let tally = trial.truth.check(&trial.network);
        assert!(tally.closes_again(&trial.deployment.timetable(), until), "seed {seed}: {:?}", tally.lost);
        assert_eq!(tally.sums_in(FIRST + 113..=FIRST + 119), 7, "seed {seed}: {:?}", tally.lost);
        assert!(tally.sums.len() > 40, "seed {seed}: {} {:?}", tally.sums.len(), tally.lost);
        trial.check_bills();
    }
}

#[test]
fn bills_are_what_the_meters_sent() {
    let silent = |meter: u32, round: u32| round % 13 == 5 && meter == round % 9;
    let choice = Choice { window: 12, min_honest: 4, meters: 9, ..elgamal() };
    let mut trial = Trial::start(&choice, Truth::small(9), silent);
    trial.run(26);
    assert_eq!(trial.truth.check(&trial.network).sums.len(), 26);
    assert_eq!(trial.check_bills(), 18, "{:?}", trial.complaints());
}

#[test]
fn a_trustee_that_was_away_is_told_what_it_missed() {
    let choice = Choice { window: 12, min_honest: 4, meters: 9, answerers: (3, 3, 0), ..elgamal() };
    let mut trial = Trial::start(&choice, Truth::small(9), nobody);
    for round in [3, 6, 10] {
        trial.run(round);
        trial.network.kill(PartyId(102));
    }
    trial.run(20);
    assert!(trial.truth.check(&trial.network).sums.len() >= 17);
    assert_eq!(trial.check_bills(), 9, "{:?}", trial.complaints());
}

#[test]
fn a_late_meter_is_told_the_key() {
    let mut trial = Trial::start(&elgamal(), Truth::small(6), nobody);
    trial.network.link(PartyId(4), false);
    trial.run(4);
    trial.network.kill(PartyId::UTILITY);
    trial.network.link(PartyId(4), true);
    trial.run(12);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.sums[&(FIRST + 2)].1.len(), 5);
    assert_eq!(tally.sums[&(FIRST + 10)].1.len(), 6, "{:?}", trial.complaints());
}

#[test]
fn two_of_four_trustees_away() {
    let mut trial = Trial::start(&elgamal(), Truth::small(6), nobody);
    trial.run(5);
    for id in [101, 103] {
        trial.network.link(PartyId(id), false);
    }
    trial.run(9);
    for id in [101, 103] {
        trial.network.link(PartyId(id), true);
    }
    trial.run(15);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.lost.keys().copied().collect::<Vec<_>>(), (FIRST + 5..FIRST + 9).collect::<Vec<_>>());
    assert_eq!(tally.sums.len(), 11);
}

#[test]
fn a_bent_frame_stops_the_ceremony_until_it_is_said_anew() {
    let mut trial = Trial::start(&elgamal(), Truth::small(6), nobody);
    // A bent frame is nobody's doing: whoever gets it throws it away, and the right one never comes.
    trial.network.tamper = Some(Box::new(|from, _, letter| {
        let Letter::Frames { mut frames, hints } = letter else { return vec![letter] };
        for frame in &mut frames {
            if from == PartyId(102) && clocked::kind(frame) == Some(Kind::SealedShares) {
                let middle = frame.len() / 2;
                frame[middle] ^= 1;
            }
        }
        vec![Letter::Frames { frames, hints }]
    }));
    trial.run(6);
    let tally = trial.truth.check(&trial.network);
    assert_eq!((tally.sums.len(), tally.lost.len()), (0, 5), "no key, no sums");
    // The trustee says it again over a new link, as it was: the utility has the bent one, and keeps to it.
    trial.network.tamper = None;
    trial.network.kill(PartyId(102));
    trial.network.kill(PartyId::UTILITY);
    trial.run(14);
    let tally = trial.truth.check(&trial.network);
    assert!(tally.sums.len() >= 6, "{:?} {:?}", tally.lost, trial.complaints());
}

/// Late on a busy machine: the other end had not taken up the epoch, and the letter in which a trustee says which key it
/// has went nowhere.
#[test]
fn a_key_statement_that_went_nowhere_is_said_again() {
    for choice in [elgamal(), Choice { joint_key: true, answerers: (3, 3, 1), ..elgamal() }] {
        let mut trial = Trial::start(&choice, Truth::small(6), nobody);
        let mut lost = std::collections::BTreeSet::new();
        trial.network.tamper = Some(Box::new(move |from, to, letter| {
            let Letter::Frames { frames, .. } = &letter else { return vec![letter] };
            let states = frames
                .iter()
                .any(|frame| clocked::kind(frame) == Some(Kind::KeyStatement) && frame.len() > 64);
            if to == PartyId::UTILITY && states && lost.insert(from) { Vec::new() } else { vec![letter] }
        }));
        let sums = sums(&mut trial, 12);
        assert!(sums >= 10, "{sums} {:?} {:?}", trial.truth.check(&trial.network).lost, trial.complaints());
    }
}

#[test]
fn garbage_replays_and_other_names() {
    let mut trial = Trial::start(&elgamal(), Truth::small(6), nobody);
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
        let mut bent = frame.clone();
        let middle = bent.len() / 2;
        bent[middle] ^= 1;
        let mut letters: Vec<Letter> = vec![letter.clone()];
        letters.extend(seen.iter().rev().take(20).cloned().map(Letter::Frame));
        letters.extend([
            Letter::Frame(bent),
            Letter::Frame(vec![0xff; 240]),
            Letter::Frames { frames: vec![frame.clone(); 9], hints: Vec::new() },
            Letter::Relay { party: PartyId(1), frame: frame.clone() },
        ]);
        letters
    }));
    trial.run(40);
    let tally = trial.truth.check(&trial.network);
    assert_eq!(tally.sums.len(), 40, "{:?}", tally.lost);
    assert!(tally.sums.values().all(|(_, members)| members.len() == 6));
    let faults = trial.network.events().filter_map(|event| match event {
        Event::Fault { party, .. } => Some(*party),
        _ => None,
    });
    assert!(faults.into_iter().all(|party| party == 3));
    assert!(trial.complaints().iter().all(|what| !what.contains("Broken")), "{:?}", trial.complaints());
}

#[test]
fn epochs_that_are_formed_in_the_network() {
    let choice = Choice { rounds: 24, window: 12, min_honest: 4, meters: 9, ..elgamal() };
    let mut trial = Trial::formed(&choice, Truth::small(9));
    trial.run(80);
    let tally = trial.truth.check(&trial.network);
    assert!(tally.epochs.len() >= 2, "{:?}", tally.epochs);
    assert!(tally.sums.len() >= 80 - 10, "{:?} {:?}", tally.lost, trial.complaints());
    assert!(trial.check_bills() > 0, "{:?}", trial.complaints());
}

#[test]
fn all_faults_at_once_in_epochs_that_are_formed() {
    let choice = Choice { rounds: 24, window: 12, min_honest: 4, meters: 9, ..elgamal() };
    let mut trial = Trial::formed(&choice, Truth::small(9));
    trial.run(10);
    let until = trial.at(80, 0);
    trial.network.chaos(&Rates::all(4_000, 3_000), until);
    trial.run(80 + 40);
    let tally = trial.truth.check(&trial.network);
    assert!(tally.sums.len() > 40, "{} {:?}", tally.sums.len(), tally.lost);
    assert!(tally.sums_in(FIRST + 80 + 5..=FIRST + 80 + 39) >= 30, "{:?}", tally.lost);
    trial.check_bills();
}

fn faults(trial: &Trial) -> Vec<Event> {
    trial.network.events().filter(|event| matches!(event, Event::Fault { .. })).cloned().collect()
}

fn header_of(sender: PartyId, kind: Kind, round: u32) -> [u8; meter_link::Header::LEN] {
    use meter_link::{GroupId, Header, Protocol, Round, frame::Flags};
    let (protocol, flags, group) = (Protocol::Elgamal, Flags::default(), GroupId(7));
    Header { protocol, kind, flags, group, sender, round: Round::from(round) }.to_bytes()
}

/// However many bad frames a letter of a trustee has: it is refused at the first.
#[test]
fn attack_a_letter_of_bad_frames() {
    let mut trial = Trial::start(&elgamal(), Truth::small(6), nobody);
    trial.run(3);
    let trustee = PartyId(104);
    let frame = |kind| header_of(trustee, kind, FIRST).to_vec();
    let junk = (0..3_000).map(|_| frame(Kind::Contribution));
    let frames: Vec<Vec<u8>> = std::iter::once(frame(Kind::KeyStatement)).chain(junk).collect();
    let before = trial.network.node(PartyId::UTILITY).refusals.len();
    trial.network.post(trustee, PartyId::UTILITY, Letter::Frames { frames, hints: Vec::new() });
    trial.run(5);
    assert_eq!(faults(&trial), []);
    let refusals = &trial.network.node(PartyId::UTILITY).refusals[before..];
    let fault = |refusal: &Refusal| matches!(refusal, Refusal::Fault { culprit, .. } if *culprit == trustee);
    assert_eq!(refusals.iter().filter(|refusal| fault(refusal)).count(), 1, "{refusals:?}");
    assert_eq!(trial.truth.check(&trial.network).sums_in(FIRST..=FIRST + 4), 5);
}

/// Two meters were away for a moment and send once more what was counted already.
#[test]
fn a_meter_that_comes_back_in_the_round_is_not_at_fault() {
    let silent = |meter: u32, round: u32| meter == 0 && round == FIRST + 4;
    let mut trial = Trial::start(&elgamal(), Truth::small(6), silent);
    trial.network.run_until(trial.at(3, 1_500));
    for id in [5, 6] {
        trial.network.link(PartyId(id), false);
    }
    trial.network.run_until(trial.at(4, 400));
    for id in [5, 6] {
        trial.network.link(PartyId(id), true);
    }
    trial.run(8);
    assert_eq!(faults(&trial), []);
}

#[test]
fn attack_a_bad_contribution_every_few_milliseconds() {
    let mut trial = Trial::start(&elgamal(), Truth::small(6), |meter, _| meter == 0);
    trial.network.run_until(trial.at(3, 1_900));
    let len = super::params(&trial.deployment).unwrap().contribution_len();
    let mut frame = vec![0; len];
    frame[..meter_link::Header::LEN].copy_from_slice(&header_of(PartyId(1), Kind::Contribution, FIRST + 4));
    for tick in 0..400 {
        trial.network.run_until(trial.at(4, tick * 5));
        frame[len - 1] = tick as u8;
        trial.network.post(PartyId(1), PartyId::UTILITY, Letter::Frame(frame.clone()));
    }
    trial.run(6);
    let faults = faults(&trial);
    assert!(matches!(faults.as_slice(), [Event::Fault { party: 1, .. }]), "{faults:?}");
    assert_eq!(trial.truth.check(&trial.network).sums_in(FIRST..=FIRST + 5), 6);
}

/// The list of a round's contributions goes to trustees as one letter, however many intervals a round has.
#[test]
fn rounds_of_many_intervals_fit_into_letters() {
    for batch in [1u16, 8, 13, 32] {
        for meters in [40u32, 1_000] {
            let mut deployment = Trial::start(&elgamal(), Truth::small(6), nobody).deployment;
            deployment.rounds.batch = batch;
            deployment.meters.max_reading = 1 << 20;
            deployment.meters.ids = format!("1001-{}", 1000 + meters).try_into().unwrap();
            let len = super::params(&deployment).unwrap().contribution_len();
            let frames =
                vec![vec![0; 1_000]; 2].into_iter().chain(vec![vec![1; len]; meters as usize]).collect();
            let list = crate::wire::proto::Letter::from(Letter::Frames { frames, hints: Vec::new() });
            let bounds = crate::wire::Bounds::of(&deployment);
            let bytes = prost::Message::encoded_len(&list);
            assert!(bytes <= bounds.down && len + 100 <= bounds.up, "{batch} {meters}: {bytes} {bounds:?}");
            assert!(list.open(&bounds).is_ok());
        }
    }
}
