//! Malicious members, named after what they do.

use cmt_ring::election::Hello;
use meter_link::frame::{Header, Kind};
use rand_core::Rng as _;

use super::*;
use crate::engine::Letter;

type Seen = Arc<Mutex<Vec<(PartyId, PartyId, Letter)>>>;

/// Takes note of every letter.
fn listen(town: &mut Town) -> Seen {
    let seen = Seen::default();
    let notes = Arc::clone(&seen);
    town.network.tamper = Some(Box::new(move |from, to, letter| {
        notes.lock().unwrap().push((from, to, letter.clone()));
        vec![letter]
    }));
    seen
}

fn bytes(letter: &Letter) -> &[u8] {
    match letter {
        Letter::Frame(frame) | Letter::Relay { frame, .. } => frame,
        _ => &[],
    }
}

fn kind(letter: &Letter) -> Option<Kind> {
    Header::parse(bytes(letter)).ok().map(|header| header.kind)
}

/// Garbage and damaged frames of every kind, from meter and supplier: refused, nobody else suffers.
#[test]
fn garbage() {
    for cmt in ALL {
        let mut town = Town::new(7, &cmt, 60);
        let seen = listen(&mut town);
        town.run_to(FIRST + 3);
        let mut rng = ChaCha20Rng::seed_from_u64(60);
        for round in FIRST + 3..FIRST + 13 {
            let mut heard = seen.lock().unwrap().clone();
            heard.retain(|(_, _, letter)| bytes(letter).len() >= 16);
            for n in 0..60 {
                let (_, _, letter) = &heard[rng.next_u32() as usize % heard.len()];
                let mut frame = bytes(letter).to_vec();
                let place = rng.next_u32() as usize % frame.len();
                match n % 4 {
                    0 => frame.truncate(place),
                    1 => frame[place] ^= 1 << (rng.next_u32() % 8),
                    2 => frame.extend([0; 3]),
                    _ => rng.fill_bytes(&mut frame[16.min(place)..]),
                }
                let party = PartyId(1 + rng.next_u32() % 7);
                let evil = PartyId(3);
                match n % 3 {
                    0 => town.network.post(evil, PartyId::UTILITY, Letter::Frame(frame)),
                    1 => town.network.post(evil, PartyId::UTILITY, Letter::Relay { party, frame }),
                    _ => town.network.post(PartyId::UTILITY, evil, Letter::Frame(frame)),
                }
            }
            town.run_to(round + 1);
        }
        assert_eq!(
            town.not_whole(FIRST..FIRST + 13),
            [0u32; 0],
            "{cmt:?}: {:?} {:?}",
            town.topology(),
            town.tally().lost
        );
        let faults = town.faults();
        assert!(faults.len() > 50 && faults.iter().all(|(_, fault)| !matches!(fault, Refusal::Broken(_))));
        // Nobody but the two ends of that link is blamed.
        for (at, fault) in faults {
            let Refusal::Fault { culprit, .. } = fault else { continue };
            assert!(at == PartyId(3) || culprit == PartyId(3), "{cmt:?}: {at} blames {culprit}");
        }
    }
}

/// Everything that was ever said is said again, by whoever said it and by somebody else: nothing is counted twice.
#[test]
fn replays() {
    for cmt in ALL {
        let mut town = Town::new(7, &cmt, 61);
        let seen = listen(&mut town);
        town.run_to(FIRST + 8);
        let mut rng = ChaCha20Rng::seed_from_u64(61);
        for round in FIRST + 8..FIRST + 20 {
            for permille in [10, 300, 550, 700] {
                town.run_into(round, permille);
                let heard = seen.lock().unwrap().clone();
                for _ in 0..40 {
                    let (from, to, letter) = heard[rng.next_u32() as usize % heard.len()].clone();
                    town.network.post(from, to, letter.clone());
                    if to == PartyId::UTILITY {
                        town.network.post(PartyId(5), to, letter);
                    }
                }
            }
        }
        town.run_to(FIRST + 20);
        let tally = town.tally();
        assert!(tally.sums.len() >= 18, "{cmt:?}: {:?} {:?}", town.topology(), tally.lost);
        assert!(town.faults().iter().all(|(_, fault)| !matches!(fault, Refusal::Broken(_))));
    }
}

/// A frame in another's name is its sender's fault, and goes nowhere.
#[test]
fn frames_in_another_name() {
    let mut town = Town::new(7, &DRAWN, 62);
    let seen = listen(&mut town);
    town.run_to(FIRST + 2);
    let heard = seen.lock().unwrap().clone();
    let claim = heard
        .iter()
        .find(|(_, to, letter)| *to == PartyId::UTILITY && kind(letter) == Some(Kind::Claim))
        .unwrap();
    let evil = PartyId((1..).find(|id| *id != claim.0.0).unwrap());
    let other = heard
        .iter()
        .find(|(from, _, letter)| *from != evil && kind(letter) == Some(Kind::Delta) && from.0 > 0);
    town.network.post(evil, PartyId::UTILITY, claim.2.clone());
    town.network.post(evil, PartyId::UTILITY, other.unwrap().2.clone());
    town.run_to(FIRST + 5);
    let faults = town.faults();
    assert_eq!(faults.len(), 2, "{faults:?}");
    for (at, fault) in faults {
        let named = matches!(&fault, Refusal::Fault { culprit, what } if *culprit == evil && what.contains("another's name"));
        assert!(at == PartyId::UTILITY && named, "{fault:?}");
    }
    assert_eq!(town.not_whole(FIRST..FIRST + 5), [0u32; 0]);
}

/// A member floods the others by way of the supplier: it passes on so much and no more, and rounds go on.
#[test]
fn a_flood() {
    let mut town = Town::new(7, &DERIVED, 63);
    let seen = listen(&mut town);
    town.run_to(FIRST + 2);
    let heard = seen.lock().unwrap().clone();
    let hello = heard
        .iter()
        .find(|(from, _, letter)| *from == PartyId(2) && bytes(letter).len() == Hello::LEN)
        .unwrap();
    let (from, to, letter) = hello.clone();
    seen.lock().unwrap().clear();
    for _ in 0..2_000 {
        town.network.post(from, to, letter.clone());
    }
    town.run_to(FIRST + 4);
    let passed = seen
        .lock()
        .unwrap()
        .iter()
        .filter(|(_, to, letter)| *to == PartyId(1) && bytes(letter).len() == Hello::LEN)
        .count();
    assert!(passed <= 80, "{passed}");
    assert!(town.faults().len() > 1_900);
    assert_eq!(town.not_whole(FIRST..FIRST + 4), [0u32; 0]);
}

/// A concentrator that swallows every δ, a member that damages its own, one that never sends its ciphertext: the ring goes on
/// without, and no sum is wrong.
#[test]
fn saboteurs() {
    for cmt in ALL {
        let mut town = Town::new(7, &cmt, 64);
        town.run_to(FIRST + 30);
        // Whoever is concentrator next, where it changes.
        let next = town
            .topology()
            .into_iter()
            .find(|what| what.split(':').next().unwrap().parse::<u32>().unwrap() > FIRST + 3);
        let evil = next.map_or(PartyId(2), |what| lead_of(&what));
        for mute in [
            Kind::Delta,
            Kind::Contribution,
            Kind::FirstKey,
            Kind::Seat,
            Kind::GroupKey,
            Kind::Hello,
            Kind::SetEcho,
        ] {
            let mut town = Town::new(7, &cmt, 64);
            town.run_to(FIRST + 3);
            town.network.tamper = Some(Box::new(move |from, _, letter| {
                if from == evil && kind(&letter) == Some(mute) { Vec::new() } else { vec![letter] }
            }));
            town.run_to(FIRST + 43);
            let tally = town.tally();
            // It comes back with each generation, and may be its concentrator.
            println!("{cmt:?}, no {mute:?}: {} of 40 sums", tally.sums_in(FIRST + 3..=FIRST + 42));
            assert!(
                tally.sums_in(FIRST + 3..=FIRST + 42) >= 10,
                "{cmt:?}, no {mute:?}: {:?} {:?}",
                town.topology(),
                tally.lost
            );
            let expelled = |event: &Event| matches!(event, Event::Member { party, what, .. } if *party == evil.0 && what.starts_with("expelled"));
            if cmt.mean_term > 0 && mute == Kind::Contribution {
                assert!(town.network.events().any(expelled), "{cmt:?}");
            }
            town.network.tamper = None;
            town.run_to(FIRST + 66);
            // It may still be left out for what it did.
            assert_eq!(
                town.tally().sums_in(FIRST + 56..=FIRST + 65),
                10,
                "{cmt:?}, no {mute:?}: {:?}",
                town.topology()
            );
        }
    }
}

/// Ciphertexts that are changed on their way make no sum.
#[test]
fn changed_ciphertexts() {
    for cmt in ALL {
        let mut town = Town::new(7, &cmt, 65);
        town.run_to(FIRST + 3);
        town.network.tamper = Some(Box::new(move |from, _, letter| {
            let mut frame = bytes(&letter).to_vec();
            if from == PartyId(4) && kind(&letter) == Some(Kind::Contribution) {
                frame[20] ^= 1;
                return vec![Letter::Frame(frame)];
            }
            vec![letter]
        }));
        town.run_to(FIRST + 20);
        let without =
            town.tally().sums.range(FIRST + 3..).filter(|(_, (_, members))| !members.contains(&3)).count();
        let with = town.tally().sums.range(FIRST + 3..).count() - without;
        assert_eq!(with, 0, "{cmt:?}");
        assert!(without >= 8, "{cmt:?}: {without}, {:?}", town.topology());
        assert!(
            town.faults()
                .iter()
                .any(|(_, fault)| matches!(fault, Refusal::Fault { culprit: PartyId(4), .. }))
        );
    }
}
