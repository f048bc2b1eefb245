//! What a malicious utility may try with a party.

use super::*;
use crate::engine::forming::TRIES;
use crate::engine::{Change, Event};

const ONE: PartyId = PartyId(1);

type List = Vec<(PartyId, [u8; 32])>;

#[test]
fn the_honest_way() {
    let mut table = Table::new();
    let (honest, nonces) = table.revealed();
    for id in table.parties.keys().copied().collect::<Vec<_>>() {
        let formed = table.formed(&honest, &nonces, id);
        let effects = table.tell(id, formed).unwrap();
        assert!(
            matches!(effects.last(), Some(Effect::Send(_, Letter::Attending { epochs: 1 }))),
            "{effects:?}"
        );
        assert!(matches!(effects.first(), Some(Effect::Store(Change::State(_)))), "{effects:?}");
        let run = table.parties[&id].book.newest().unwrap();
        assert_eq!(run.info.epoch, honest.epoch(&table.terms, &nonces));
    }
}

#[test]
fn calls_of_the_past_and_of_far_away_and_without_end() {
    let mut table = Table::new();
    let call = |epoch, first_round, last_round| Letter::Call { epoch, first_round, last_round };
    assert_eq!(table.stale(ONE, call(0, 10, 109)), "a call of an epoch that has been");
    assert_eq!(table.stale(ONE, call(1, 0, 99)), "a call of an epoch that should have begun");
    assert_eq!(table.fault(ONE, call(1, 500, 599)), "an epoch that begins far from now");
    assert_eq!(table.fault(ONE, call(1, u32::MAX - 99, u32::MAX)), "an epoch that begins far from now");
    assert!(table.fault(ONE, call(1, u32::MAX, 98)).contains("another length"));
    for last in [10, 108, 110, 9, u32::MAX] {
        assert!(table.fault(ONE, call(1, 10, last)).contains("another length"));
    }
    table.tell(ONE, call(1, 10, 109)).unwrap();
    assert!(table.fault(ONE, call(1, 11, 110)).contains("two calls"));
    // The same once more, after a link broke: the same answer.
    let again = table.tell(ONE, call(1, 10, 109)).unwrap();
    assert!(matches!(&again[..], [Effect::Send(_, Letter::Announcement { .. })]));
    assert_eq!(table.stale(ONE, call(2, 10, 109)), "a call too soon after the last");
    table.now += 600;
    table.tell(ONE, call(2, 10, 109)).unwrap();
    assert_eq!(table.stale(ONE, call(1, 10, 109)), "a call of an epoch that has been");
}

#[test]
fn a_call_while_an_epoch_is_about_to_begin_and_one_that_was_pinned_before_a_restart() {
    let mut table = Table::new();
    let (honest, nonces) = table.revealed();
    let formed = table.formed(&honest, &nonces, ONE);
    table.tell(ONE, formed.clone()).unwrap();
    table.now += 1_000;
    let call = Letter::Call { epoch: 2, first_round: 20, last_round: 119 };
    assert_eq!(table.stale(ONE, call), "a call while another epoch is about to begin");
    assert_eq!(table.stale(ONE, formed), "no epoch is being formed here");
    // Another party dies with its root pinned.
    let kept = Kept { state: None, records: vec![super::super::super::stored::tried(1)] };
    table.parties.insert(ONE, party(&table.toy, &table.deployment, ONE, Some(kept)));
    let call = table.call();
    assert_eq!(table.stale(ONE, call), "a call of an epoch that has been");
}

#[test]
fn letters_of_a_try_that_the_party_knows_nothing_of() {
    let mut table = Table::new();
    let (honest, nonces) = table.revealed();
    let formed = table.formed(&honest, &nonces, ONE);
    let (announcement, rooted) = (table.utility().1, honest.rooted(table.now));
    table.parties.insert(ONE, party(&table.toy, &table.deployment, ONE, None));
    assert_eq!(table.stale(ONE, announcement), "no epoch is being formed here");
    let said = table.tell(ONE, rooted).unwrap();
    assert!(matches!(&said[..], [Effect::Send(_, Letter::Refusal(_))]), "{said:?}");
    assert_eq!(table.stale(ONE, formed), "no epoch is being formed here");
}

#[test]
fn another_identity_or_epoch_of_the_utility() {
    let mut table = Table::new();
    let call = table.call();
    table.tell(ONE, call).unwrap();
    let forming = table.terms.forming(1, 10);
    let (id, role) = (PartyId::UTILITY, Duty::Utility);
    // A meter's certificate.
    let meter = announced(&forming, PartyId(2), Duty::Meter, &identity(PartyId(2)), 3);
    assert!(table.fault(ONE, letter_of(&meter)).contains("party 2's"));
    // Its own certificate with another's signature.
    let mut other = announced(&forming, id, role, &identity(PartyId(77)), 3);
    other.certificate = certificate(id, role, &identity(id));
    assert!(table.fault(ONE, letter_of(&other)).contains("link key"));
    // An announcement of another epoch.
    let before = announced(&table.terms.forming(2, 10), id, role, &identity(id), 3);
    assert!(table.fault(ONE, letter_of(&before)).contains("link key"));
    // Two of them.
    let right = table.utility().1;
    table.tell(ONE, right.clone()).unwrap();
    table.tell(ONE, right).unwrap();
    let second = announced(&forming, id, role, &identity(id), 4);
    assert!(table.fault(ONE, letter_of(&second)).contains("another key before"));
}

#[test]
fn roots_that_are_wrong_late_or_for_other_rounds() {
    let mut table = Table::new();
    let all = table.called();
    let honest = table.honest(all);
    let (now, key) = (table.now / 1000, identity(PartyId::UTILITY));
    let list = || honest.shown.commitments.clone();
    for (last, time, signer, why) in [
        (109, now + 2, identity(ONE), "signature"),
        (209, now + 2, identity(PartyId::UTILITY), "other rounds"),
        (50, now + 2, identity(PartyId::UTILITY), "other rounds"),
        (109, now, identity(PartyId::UTILITY), "beacon"),
        (109, now + 5_000, identity(PartyId::UTILITY), "far from now"),
    ] {
        let what = table.fault(ONE, honest.rooted_with(last, time, &signer, list()));
        assert!(what.contains(why), "{what}");
    }
    let Letter::Rooted { root, commitments } = honest.rooted_with(109, now + 2, &key, list()) else {
        panic!()
    };
    for len in 0..root.len() {
        let root = root[..len].to_vec();
        table.fault(ONE, Letter::Rooted { root, commitments: commitments.clone() });
    }
    // Nothing of that was pinned, and the right one is taken.
    let effects = table.tell(ONE, honest.rooted_with(109, now + 2, &key, list())).unwrap();
    let [Effect::Store(Change::Record(_)), Effect::Send(_, Letter::Pinned { epoch: 1 })] = &effects[..]
    else {
        panic!("{effects:?}")
    };
}

#[test]
fn lists_of_hashes_of_others_or_without_us() {
    let mut table = Table::new();
    let all = table.called();
    let honest = table.honest(all);
    let list = honest.shown.commitments.clone();
    let with = |change: &dyn Fn(&mut List)| {
        let mut list = list.clone();
        change(&mut list);
        honest.rooted_with(109, BEGINS / 1000 + 3, &identity(PartyId::UTILITY), list)
    };
    let changes: [&dyn Fn(&mut List); 8] = [
        &|list| list.clear(),
        &|list| list.swap(1, 2),
        &|list| list.push((PartyId(99_999), [0; 32])),
        &|list| list.insert(2, list[2]),
        &|list| {
            list.remove(0);
        },
        // An answerer.
        &|list| {
            list.pop();
        },
        &|list| {
            list.remove(1);
        },
        &|list| list[1].1[0] ^= 1,
    ];
    for change in changes {
        let what = table.fault(ONE, with(change));
        assert!(what.contains("list"), "{what}");
    }
}

#[test]
fn a_second_root_or_list_once_one_is_pinned() {
    let mut table = Table::new();
    let all = table.called();
    let honest = table.honest(all.clone());
    let rooted = honest.rooted(table.now);
    table.tell(ONE, rooted.clone()).unwrap();
    let fewer = table.honest(all.into_iter().filter(|(id, _)| id.0 != 3).collect());
    assert!(table.fault(ONE, fewer.rooted(table.now)).contains("two roots"));
    // With a hash that was chosen when some nonces were known.
    let mut list = honest.shown.commitments.clone();
    list[3].1 = commitment(&table.terms.session, 1, PartyId(3), &[1; 32]);
    let Letter::Rooted { root, .. } = &rooted else { panic!() };
    let other = Letter::Rooted { root: root.clone(), commitments: list };
    assert!(table.fault(ONE, other.clone()).contains("two roots"));
    table.now += 2_000;
    assert!(nonce_of(&table.wake(ONE)).is_some());
    assert!(table.fault(ONE, other).contains("two roots"));
    // The same again, after a link broke, brings the same answers.
    let again = table.tell(ONE, rooted).unwrap();
    assert!(nonce_of(&again).is_some());
}

#[test]
fn no_nonce_leaves_before_a_root_is_pinned_and_its_time_has_come() {
    let mut table = Table::new();
    let all = table.called();
    table.now += 1_000;
    assert!(nonce_of(&table.wake(ONE)).is_none());
    let rooted = table.honest(all).rooted(table.now);
    let effects = table.tell(ONE, rooted.clone()).unwrap();
    assert!(nonce_of(&effects).is_none());
    let Some(at) = table.parties[&ONE].next_wake() else { panic!() };
    assert!(at > table.now + 1_000);
    table.now = at - 1;
    assert!(nonce_of(&table.wake(ONE)).is_none());
    assert!(nonce_of(&table.tell(ONE, rooted).unwrap()).is_none());
    table.now = at;
    assert!(nonce_of(&table.wake(ONE)).is_some());
}

#[test]
fn other_nonces_than_hashes() {
    let mut table = Table::new();
    let (honest, nonces) = table.revealed();
    let Letter::Formed { epoch, nonces: right, entries } = table.formed(&honest, &nonces, ONE) else {
        panic!()
    };
    for place in 0..right.len() {
        let mut nonces = right.clone();
        nonces[place][5] ^= 1;
        let what = table.fault(ONE, Letter::Formed { epoch, nonces, entries: entries.clone() });
        assert!(what.contains("not the one it was committed to"), "{what}");
    }
    for nonces in [vec![], right[1..].to_vec(), [&right[..], &right[..1]].concat()] {
        let what = table.fault(ONE, Letter::Formed { epoch, nonces, entries: entries.clone() });
        assert!(what.contains("other nonces"), "{what}");
    }
}

#[test]
fn different_hashes_for_different_parties_give_them_nothing_in_common() {
    let mut table = Table::new();
    let all = table.called();
    let honest = table.honest(all.clone());
    let mut other = all;
    let chosen = [9; 32];
    other.get_mut(&PartyId::UTILITY).unwrap().commitment =
        commitment(&table.terms.session, 1, PartyId::UTILITY, &chosen);
    let other = table.honest(other);
    let mut nonces = BTreeMap::from([(PartyId::UTILITY, NONCE)]);
    for id in table.parties.keys().copied().collect::<Vec<_>>() {
        let rooted = if id == PartyId(2) { other.rooted(table.now) } else { honest.rooted(table.now) };
        table.tell(id, rooted).unwrap();
    }
    table.now += 2_000;
    for id in table.parties.keys().copied().collect::<Vec<_>>() {
        let effects = table.wake(id);
        nonces.insert(id, nonce_of(&effects).unwrap());
    }
    let formed = table.formed(&honest, &nonces, ONE);
    table.tell(ONE, formed).unwrap();
    let formed = table.formed(&honest, &nonces, PartyId(2));
    assert!(table.fault(PartyId(2), formed).contains("committed"));
    nonces.insert(PartyId::UTILITY, chosen);
    let formed = table.formed(&other, &nonces, PartyId(2));
    table.tell(PartyId(2), formed).unwrap();
    let [one, two] = [ONE, PartyId(2)].map(|id| table.parties[&id].book.newest().unwrap().info.epoch);
    assert_eq!((one.roster_root, one.answerers_root), (two.roster_root, two.answerers_root));
    assert_ne!(one.context(), two.context());
}

#[test]
fn an_epoch_that_is_formed_before_we_revealed() {
    let mut table = Table::new();
    let all = table.called();
    let honest = table.honest(all);
    let rooted = honest.rooted(table.now);
    table.tell(ONE, rooted).unwrap();
    let nonces: BTreeMap<_, _> = honest.shown.commitments.iter().map(|(id, _)| (*id, NONCE)).collect();
    let formed = table.formed(&honest, &nonces, ONE);
    assert_eq!(table.fault(ONE, formed), "an epoch is formed without us");
}

#[test]
fn link_keys_of_the_utility_under_true_identities() {
    // It answers for meter 2 with a key of its own: the roster has it, but the signature is not meter 2's.
    for whole in [false, true] {
        let mut table = Table::of(Toy { whole, circle: true });
        let (honest, nonces) = table.revealed();
        let Letter::Formed { epoch, nonces, entries } = table.formed(&honest, &nonces, ONE) else { panic!() };
        let (id, role) = (PartyId(2), Duty::Meter);
        let mut forged = announced(&honest.forming, id, role, &identity(PartyId(78)), 5);
        let place = entries.iter().position(|entry| entry.party == id).unwrap();
        let mut with = |link_key: &Vec<u8>, certificate: Vec<u8>| {
            let mut entries = entries.clone();
            (entries[place].link_key, entries[place].certificate) = (link_key.clone(), certificate);
            table.fault(ONE, Letter::Formed { epoch, nonces: nonces.clone(), entries })
        };
        let what = with(&forged.link_key, certificate(id, role, &identity(id)));
        assert!(what.contains("entry 2") && what.contains("signature"), "{what}");
        // With a certificate for another role, and of another party.
        let what = with(&forged.link_key, certificate(id, Duty::Aggregator, &identity(id)));
        assert!(what.contains("another role"), "{what}");
        let what = with(&forged.link_key, certificate(PartyId(3), role, &identity(PartyId(3))));
        assert!(what.contains("party 3's"), "{what}");
        // Truly signed by the meter, but not what stands in the pinned list.
        forged = announced(&honest.forming, id, role, &identity(id), 6);
        let what = with(&forged.link_key, forged.certificate.clone());
        assert!(what.contains("pinned"), "{what}");
    }
}

#[test]
fn entries_that_are_missing_moved_or_too_many() {
    for whole in [false, true] {
        let mut table = Table::of(Toy { whole, circle: true });
        let (honest, nonces) = table.revealed();
        let Letter::Formed { epoch, nonces, entries } = table.formed(&honest, &nonces, ONE) else { panic!() };
        let mut refuse = |change: &dyn Fn(&mut Vec<crate::engine::letter::Entry>)| {
            let mut entries = entries.clone();
            change(&mut entries);
            table.fault(ONE, Letter::Formed { epoch, nonces: nonces.clone(), entries })
        };
        for place in 0..entries.len() {
            refuse(&|entries| drop(entries.remove(place)));
            refuse(&|entries| entries.insert(place, entries[place].clone()));
        }
        refuse(&|entries| entries.clear());
        refuse(&|entries| {
            let last = entries.last().unwrap().clone();
            entries.extend(std::iter::repeat_n(last, 1000));
        });
        // Answerers in another order have other numbers.
        let count = entries.len();
        refuse(&|entries| entries.swap(count - 1, count - 2));
        if !whole {
            refuse(&|entries| entries[0].path[0][0] ^= 1);
            refuse(&|entries| entries[1].index += 1);
            refuse(&|entries| entries[1].path.clear());
            refuse(&|entries| entries[2].path.push([0; 32]));
            refuse(&|entries| entries.swap(2, 3));
        }
        let right = Letter::Formed { epoch, nonces: nonces.clone(), entries };
        table.tell(ONE, right).unwrap();
    }
}

#[test]
fn a_roster_with_another_key_of_ours() {
    let mut table = Table::new();
    // It knows an older announcement of this party for this epoch, made before its process began anew.
    let all = {
        let mut all = table.called();
        let forming = table.terms.forming(1, 10);
        let commitment = all[&ONE].commitment;
        all.insert(
            ONE,
            Announced { commitment, ..announced(&forming, ONE, Duty::Meter, &identity(ONE), 12) },
        );
        all
    };
    let honest = table.honest(all);
    let mut nonces = BTreeMap::from([(PartyId::UTILITY, NONCE)]);
    for id in table.parties.keys().copied().collect::<Vec<_>>() {
        let rooted = honest.rooted(table.now);
        table.tell(id, rooted).unwrap();
    }
    table.now += 2_000;
    for id in table.parties.keys().copied().collect::<Vec<_>>() {
        let effects = table.wake(id);
        nonces.insert(id, nonce_of(&effects).unwrap());
    }
    let formed = table.formed(&honest, &nonces, ONE);
    assert_eq!(table.fault(ONE, formed), "our own entry is another");
}

#[test]
fn nonces_without_end_for_epochs_that_never_come() {
    let mut table = Table::new();
    let mut revealed = 0;
    for epoch in 1..100 {
        table.epoch = epoch;
        table.first = (table.now - BEGINS) as u32 / 1_000 + 6;
        let (call, announcement) = (table.call(), table.utility().1);
        let Ok(effects) = table.tell(ONE, call) else {
            table.now += 100;
            continue;
        };
        let Effect::Send(_, Letter::Announcement { commitment: hash, .. }) = &effects[0] else { panic!() };
        table.tell(ONE, announcement).unwrap();
        // The list needs this party's hash only; all others are the utility's invention.
        let all = super::super::parties(&table.deployment);
        let forming = table.terms.forming(epoch, table.first);
        let all = all.into_iter().map(|(id, role)| {
            let mut one = announced(&forming, id, role, &identity(id), u64::from(id.0) + 50);
            one.commitment = if id == ONE { *hash } else { one.commitment };
            (id, one)
        });
        let all = all.chain([(PartyId::UTILITY, table.utility().0)]).collect();
        let rooted = table.honest(all).rooted(table.now);
        table.tell(ONE, rooted).unwrap();
        table.now += 2_000;
        revealed += u32::from(nonce_of(&table.wake(ONE)).is_some());
    }
    let seconds = (table.now - BEGINS) / 1_000;
    assert!(revealed >= TRIES, "{revealed}");
    assert!(u64::from(revealed) <= u64::from(TRIES) + seconds / 8 + 1, "{revealed} in {seconds} s");
}

#[test]
fn letters_that_only_parties_send_and_garbage() {
    let mut table = Table::new();
    for letter in [
        Letter::Pinned { epoch: 1 },
        Letter::Reveal { epoch: 1, nonce: NONCE },
        Letter::Attending { epochs: 1 },
    ] {
        assert!(table.fault(ONE, letter).contains("only others"));
    }
    for frame in [vec![], vec![0; 3], vec![0xff; 5_000]] {
        assert!(table.stale(ONE, Letter::Frame(frame.clone())).contains("no epoch"));
        let frames = vec![frame.clone(), frame];
        assert!(table.stale(ONE, Letter::Frames { frames, hints: Vec::new() }).contains("no epoch"));
    }
    assert!(table.stale(ONE, Letter::Frames { frames: Vec::new(), hints: Vec::new() }).contains("no epoch"));
    let empty = Letter::Announcement { link_key: vec![], certificate: vec![], commitment: [0; 32] };
    table.stale(ONE, empty.clone());
    let call = table.call();
    table.tell(ONE, call).unwrap();
    table.fault(ONE, empty);
    let long = Letter::Announcement { link_key: vec![], certificate: vec![0; 1 << 20], commitment: [0; 32] };
    assert!(table.fault(ONE, long).contains("too long"));
}

/// A utility that lets an epoch cut off another takes no reading twice.
#[test]
fn overlapping_epochs_take_no_reading_twice() {
    let deployment = deployment("shamir", 4, 2, 1_000, 500);
    let mut network = network(&Toy::default(), &deployment, 41);
    network.run_until(BEGINS + 20_000);
    network.link(PartyId(4), false);
    network.node(PartyId(4)).kept = Kept::default();
    network.kill(PartyId(4));
    network.link(PartyId(4), true);
    // Frames of the first epoch for rounds of the second come in late, and again.
    let kept: Arc<Mutex<Vec<Letter>>> = Arc::default();
    let seen = kept.clone();
    network.tamper = Some(Box::new(move |from, _, letter| {
        if from == PartyId(1) && matches!(letter, Letter::Frame(_)) {
            let mut seen = seen.lock().unwrap();
            if !seen.contains(&letter) {
                seen.push(letter.clone());
            }
        }
        vec![letter]
    }));
    for _ in 0..40 {
        let next = network.now + 1_000;
        network.run_until(next);
        let letters = kept.lock().unwrap().clone();
        for letter in letters {
            network.post(PartyId(1), PartyId::UTILITY, letter);
        }
    }
    let epochs = network.events().filter(|event| matches!(event, Event::Epoch { .. })).count();
    assert_eq!(epochs, 2);
    let tally = truth(&deployment).check(&network);
    assert!(tally.sums.len() > 45, "{}", tally.sums.len());
}
