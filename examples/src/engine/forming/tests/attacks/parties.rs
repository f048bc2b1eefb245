//! What malicious parties may try with the utility.

use super::*;
use crate::engine::Event;

const EVIL: PartyId = PartyId(3);

/// Runs with letters of party 3 as `change` would have them; everybody else must get on.
fn with(change: impl FnMut(Letter) -> Vec<Letter> + 'static) -> Network {
    let deployment = deployment("shamir", 5, 2, 1_000, 1_000);
    let mut network = network(&Toy::default(), &deployment, 51);
    let mut change = change;
    network.tamper = Some(Box::new(move |from, _, letter| match from {
        EVIL => change(letter),
        _ => vec![letter],
    }));
    network.run_until(BEGINS + 60_000);
    let tally = truth(&deployment).check(&network);
    assert!(tally.sums_in(30..=58) == 29, "{:?} {:?}", tally.sums.keys(), tally.lost);
    assert!((30..=58).all(|round| tally.sums[&round].1.len() >= 4));
    network
}

fn blamed(network: &mut Network, why: &str) {
    let blamed = network.node(PartyId::UTILITY).refusals.iter().any(|refusal| match refusal {
        Refusal::Fault { culprit, what } => *culprit == EVIL && what.contains(why),
        _ => false,
    });
    assert!(blamed, "{why}: {:?}", network.node(PartyId::UTILITY).refusals);
}

fn epochs(network: &Network) -> usize {
    network.events().filter(|event| matches!(event, Event::Epoch { .. })).count()
}

#[test]
fn a_certificate_of_another_party() {
    let mut network = with(|letter| match letter {
        Letter::Announcement { link_key, commitment, .. } => {
            let certificate = certificate(PartyId(4), Duty::Meter, &identity(PartyId(4)));
            vec![Letter::Announcement { link_key, certificate, commitment }]
        }
        other => vec![other],
    });
    blamed(&mut network, "party 4's");
}

#[test]
fn another_role_than_ones_own() {
    let mut network = with(|letter| match letter {
        Letter::Announcement { link_key, commitment, .. } => {
            let certificate = certificate(EVIL, Duty::Aggregator, &identity(EVIL));
            vec![Letter::Announcement { link_key, certificate, commitment }]
        }
        other => vec![other],
    });
    blamed(&mut network, "another role");
}

#[test]
fn a_link_key_that_is_not_signed() {
    let mut network = with(|letter| match letter {
        Letter::Announcement { mut link_key, certificate, commitment } => {
            link_key[40] ^= 1;
            vec![Letter::Announcement { link_key, certificate, commitment }]
        }
        other => vec![other],
    });
    blamed(&mut network, "its link key");
}

#[test]
fn the_announcement_of_another_party() {
    let stolen: Arc<Mutex<Option<Letter>>> = Arc::default();
    let deployment = deployment("shamir", 5, 2, 1_000, 1_000);
    let mut network = network(&Toy::default(), &deployment, 52);
    network.tamper = Some(Box::new(move |from, _, letter| match (&letter, from) {
        (Letter::Announcement { .. }, PartyId(1)) => {
            *stolen.lock().unwrap() = Some(letter.clone());
            vec![letter]
        }
        (Letter::Announcement { .. }, EVIL) => vec![stolen.lock().unwrap().clone().unwrap_or(letter)],
        _ => vec![letter],
    }));
    network.run_until(BEGINS + 40_000);
    blamed(&mut network, "party 1's");
    let tally = truth(&deployment).check(&network);
    assert!(tally.sums_in(30..=38) == 9 && tally.sums[&35].1 == [0, 1, 3, 4]);
}

#[test]
fn silence_when_the_nonce_is_due() {
    let network = with(|letter| match letter {
        Letter::Reveal { .. } => vec![],
        other => vec![other],
    });
    // A party that stops every try is soon left out of most.
    assert!(epochs(&network) >= 1);
    let silent =
        |event: &&Event| matches!(event, Event::Fault { party: 3, what, .. } if what.contains("nonce"));
    assert!((1..8).contains(&network.events().filter(silent).count()));
}

#[test]
fn another_nonce_than_the_hash() {
    let mut network = with(|letter| match letter {
        Letter::Reveal { epoch, .. } => vec![Letter::Reveal { epoch, nonce: [3; 32] }],
        other => vec![other],
    });
    blamed(&mut network, "another nonce");
}

#[test]
fn refusing_every_root() {
    with(|letter| match letter {
        Letter::Pinned { .. } | Letter::Reveal { .. } => vec![Letter::Refusal("no".to_owned())],
        other => vec![other],
    });
}

#[test]
fn a_flood_of_everything() {
    let mut network = with(|letter| {
        let letters = [
            letter.clone(),
            letter,
            Letter::Call { epoch: 9, first_round: 1, last_round: 2 },
            Letter::Rooted { root: vec![1; 200], commitments: vec![(EVIL, [0; 32]); 50] },
            Letter::Formed { epoch: 1, nonces: vec![[0; 32]; 50], entries: vec![] },
            Letter::Reveal { epoch: 1, nonce: [0; 32] },
            Letter::Pinned { epoch: 1 },
            Letter::Attending { epochs: 1 },
            Letter::Announcement { link_key: vec![1; 99], certificate: vec![1; 99], commitment: [0; 32] },
            Letter::Frame(vec![0xee; 300]),
            Letter::Relay { party: PartyId(1), frame: vec![] },
        ];
        letters.iter().cycle().take(letters.len() * 20).cloned().collect()
    });
    blamed(&mut network, "only the utility sends");
}

/// A party that says that it has no keys leads to an epoch in eight rounds at most.
#[test]
fn always_new() {
    let network = with(|letter| match letter {
        Letter::Attending { .. } => vec![Letter::Attending { epochs: 0 }],
        other => vec![other],
    });
    assert!(epochs(&network) <= 6, "{}", epochs(&network));
}

#[test]
fn a_stranger_with_a_link() {
    let deployment = deployment("shamir", 5, 2, 1_000, 1_000);
    let mut head = head(&Toy::default(), &deployment, None);
    let (mut out, mut rng) = (Outbox::default(), ChaCha20Rng::seed_from_u64(1));
    let mut ctx = Ctx { now: BEGINS, rng: &mut rng, out: &mut out };
    for id in [PartyId(6), PartyId::UTILITY, PartyId(u32::MAX)] {
        head.attends(&mut ctx, id, true);
        let refusal = head.receive(&mut ctx, id, Letter::Attending { epochs: 0 });
        assert!(matches!(refusal, Err(Refusal::Fault { culprit, .. }) if culprit == id));
    }
    assert_eq!((out.len(), head.next_wake()), (0, None));
}
