//! Ceremonies in which everybody is honest.

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use threshold_elgamal::ceremony::{Ceremony, Dealer, Joining, Participant, Seat, hold};
use threshold_elgamal::{KeySet, SecretShare};

use crate::setting::{
    Person, begin, confirming, copy, dealers, deliver, echoing, finished, generated, params, people, rng,
    seats, sharing,
};

/// Whether these shares open an encryption of m under the keys: C − Σ λ_i·D_i = m·B.
fn opens(keys: &KeySet, shares: &[&SecretShare], m: u64) -> bool {
    let y = crate::forger::point(keys.group_key().encoding());
    let (r, m) = (Scalar::from(987_654_321u64), RistrettoPoint::mul_base(&Scalar::from(m)));
    let (sum_of_r, c) = (RistrettoPoint::mul_base(&r), m + y * r);
    let weight = |own: &&SecretShare| -> Scalar {
        let others = shares.iter().map(|share| share.number()).filter(|number| *number != own.number());
        let x = Scalar::from(own.number());
        others.map(Scalar::from).map(|other| other * (other - x).invert()).product()
    };
    c - shares.iter().map(|s| weight(s) * s.decryption_share(&sum_of_r)).sum::<RistrettoPoint>() == m
}

fn of<'a>(shares: &'a [SecretShare], numbers: &[u8]) -> Vec<&'a SecretShare> {
    numbers.iter().map(|n| &shares[usize::from(*n) - 1]).collect()
}

#[test]
fn generation() {
    for (n, t) in [(4u8, 3u8), (7, 5), (16, 11), (2, 2)] {
        let people = people(n.into(), 1);
        let (keys, shares) = generated(&people, t, 2);
        assert_eq!(shares.len(), usize::from(n));
        for share in &shares {
            assert_eq!(keys.member(share.number()), Some(&share.public()));
        }
        let last: Vec<u8> = (n - t + 1..=n).collect();
        assert!(opens(&keys, &of(&shares, &last), 123_456));
        assert!(opens(&keys, &of(&shares, &(1..=t).collect::<Vec<u8>>()), 7));
        assert!(!opens(&keys, &of(&shares, &last[1..]), 123_456));
        // Other chance, other keys.
        assert_ne!(generated(&people, t, 3).0, keys);
    }
}

/// Another number, member, order or threshold is another ceremony.
#[test]
fn everything_is_in_the_id() {
    let people = people(5, 1);
    let members = seats(&people);
    let ids: Vec<[u8; 32]> = [
        Ceremony::generate(&params(4, 3), 1, &members[..4]),
        Ceremony::generate(&params(4, 3), 2, &members[..4]),
        Ceremony::generate(&params(4, 3), 1, &members[1..]),
        Ceremony::generate(&params(4, 3), 1, &[members[1], members[0], members[2], members[3]]),
        Ceremony::generate(&params(4, 4), 1, &members[..4]),
    ]
    .map(|ceremony| *ceremony.unwrap().id().as_bytes())
    .to_vec();
    let keys = generated(&people[..4], 3, 1).0;
    let others = generated(&people[..4], 3, 2).0;
    let more = [
        Ceremony::refresh(&params(4, 3), 1, &members[..4], &keys),
        Ceremony::refresh(&params(4, 3), 1, &members[..4], &others),
        Ceremony::reshare(&params(4, 3), 1, &members[..4], &keys, &dealers(&people, &[1, 2, 3])),
        Ceremony::reshare(&params(4, 3), 1, &members[..4], &keys, &dealers(&people, &[1, 2, 4])),
    ]
    .map(|ceremony| *ceremony.unwrap().id().as_bytes());
    let ids = [ids, more.to_vec()].concat();
    for (i, id) in ids.iter().enumerate() {
        assert!(ids[..i].iter().all(|other| other != id), "{i}");
    }
}

#[test]
fn refresh_makes_old_and_new_shares_strangers() {
    let people = people(7, 1);
    let (keys, old) = generated(&people, 5, 2);
    let ceremony = Ceremony::refresh(&params(7, 5), 2, &seats(&people), &keys).unwrap();
    let with = people.iter().zip(&old).map(|(person, share)| person.with(share));
    let (fresh, new, _) = hold(&ceremony, with, &mut rng(9)).unwrap();
    assert_eq!(fresh.group_key().encoding(), keys.group_key().encoding());
    assert_ne!(fresh.group_key().key_set(), keys.group_key().key_set());
    assert!(opens(&fresh, &of(&new, &[1, 2, 3, 4, 5]), 5000));
    assert!(opens(&keys, &of(&old, &[3, 4, 5, 6, 7]), 5000));
    for old_ones in 1..5 {
        let (o, n) = (of(&old, &[1, 2, 3, 4, 5][..old_ones]), of(&new, &[1, 2, 3, 4, 5][old_ones..]));
        assert!(!opens(&fresh, &[o, n].concat(), 5000), "{old_ones} old ones");
    }
}

/// 3 of 4 to 5 of 7: one removed, one with another number, four who are new; three of the old ones deal, one of whom leaves.
#[test]
fn reshare_to_another_committee() {
    let all = people(9, 1);
    let old_ones = &all[..4];
    let (keys, old) = generated(old_ones, 3, 2);
    let new_ones: Vec<Person> = [3, 1, 4, 5, 6, 7, 8].map(|i: usize| all[i]).to_vec();
    let dealing = dealers(old_ones, &[1, 2, 4]);
    let ceremony = Ceremony::reshare(&params(7, 5), 9, &seats(&new_ones), &keys, &dealing).unwrap();
    assert_eq!(ceremony.seats().count(), 8);
    let participants = || {
        let member = |person: &Person| match all[..4].iter().position(|old| old.id == person.id) {
            Some(place) => person.with(&old[place]),
            None => person.bare(),
        };
        new_ones.iter().map(member).chain([all[0].with(&old[0])]).collect::<Vec<_>>()
    };
    let (moved, new, _) = hold(&ceremony, participants(), &mut rng(3)).unwrap();
    assert_eq!((moved.threshold().answerers(), moved.threshold().threshold(), new.len()), (7, 5, 7));
    assert_eq!(moved.group_key().encoding(), keys.group_key().encoding());
    assert!(opens(&moved, &of(&new, &[3, 4, 5, 6, 7]), 99));
    assert!(opens(&moved, &of(&new, &[1, 2, 3, 4, 5]), 99));
    assert!(!opens(&moved, &of(&new, &[4, 5, 6, 7]), 99));
    // t − 1 old shares and as many new ones are nothing together, under either's coefficients.
    let two = [&old[0], &old[1]];
    assert!(!opens(&keys, &[two[0], two[1], &new[2]], 99));
    assert!(!opens(&moved, &[two[0], two[1], &new[2], &new[3], &new[4]], 99));

    // Step by step: a dealer that is no member confirms nothing and gets no share, but knows when it is over.
    let mut parties = begin(&ceremony, participants());
    deliver(&mut parties);
    let mut parties = echoing(parties);
    deliver(&mut parties);
    let mut parties = sharing(parties);
    assert_eq!(deliver(&mut parties).len(), 3);
    let mut parties = confirming(parties);
    assert_eq!(deliver(&mut parties).len(), 7);
    let outcomes = finished(parties);
    assert!(outcomes[7].share.is_none() && outcomes[..7].iter().all(|o| o.share.is_some()));
    assert!(outcomes.iter().all(|o| o.keys == outcomes[0].keys));
}

/// A key of all together becomes one of three of four: every one of the old has to deal, with weight 1.
#[test]
fn reshare_a_key_of_all() {
    let group = crate::group::Group::new(5);
    let keys = group.keys().unwrap();
    let all = people(4, 1);
    let seat = |party: &meter_link::cohort::Party| Seat { id: party.id, identity: party.identity.public() };
    let dealers: Vec<Dealer> =
        (1..).zip(&group.participants).map(|(number, party)| Dealer { number, seat: seat(party) }).collect();
    let short = Ceremony::reshare(&params(4, 3), 2, &seats(&all), &keys, &dealers[1..]);
    assert_eq!(short.err(), Some(threshold_elgamal::Error::Quorum { have: 4, need: 5 }));
    let ceremony = Ceremony::reshare(&params(4, 3), 2, &seats(&all), &keys, &dealers).unwrap();
    let old = group.participants.into_iter().zip(&group.shares);
    let old = old.map(|(p, share)| Participant { id: p.id, identity: p.identity, share: Some(copy(share)) });
    let (moved, new, _) = hold(&ceremony, old.chain(all.iter().map(Person::bare)), &mut rng(3)).unwrap();
    assert_eq!(moved.group_key().encoding(), keys.group_key().encoding());
    assert!(opens(&moved, &of(&new, &[1, 3, 4]), 31) && !opens(&moved, &of(&new, &[1, 4]), 31));
}

/// Down again to fewer, with more dealers than it takes.
#[test]
fn reshare_to_fewer() {
    let all = people(7, 1);
    let (keys, old) = generated(&all, 5, 2);
    let new_ones = &all[2..6];
    let dealing = dealers(&all, &[1, 2, 3, 4, 5, 7]);
    let ceremony = Ceremony::reshare(&params(4, 3), 9, &seats(new_ones), &keys, &dealing).unwrap();
    let participants =
        [0usize, 1, 2, 3, 4, 6].map(|i| all[i].with(&old[i])).into_iter().chain([all[5].bare()]);
    let (moved, new, _) = hold(&ceremony, participants, &mut rng(3)).unwrap();
    assert_eq!(moved.group_key().encoding(), keys.group_key().encoding());
    assert!(opens(&moved, &of(&new, &[2, 3, 4]), 1) && !opens(&moved, &of(&new, &[2, 4]), 1));
}

#[test]
fn who_may_begin() {
    use threshold_elgamal::{Error, Misuse};
    let people = people(4, 1);
    let (keys, old) = generated(&people, 3, 2);
    let generation = Ceremony::generate(&params(4, 3), 2, &seats(&people)).unwrap();
    let refresh = Ceremony::refresh(&params(4, 3), 2, &seats(&people), &keys).unwrap();
    let begin =
        |ceremony: &Ceremony, participant| Joining::begin(ceremony, participant, &mut rng(1)).map(|_| ());
    let unknown: Error = meter_link::Misuse::UnknownParty.into();
    assert_eq!(begin(&generation, crate::setting::people(5, 2)[4].bare()), Err(unknown));
    let other = Person { seed: [9; 32], ..people[0] };
    assert_eq!(begin(&generation, other.bare()), Err(unknown));
    let wrong: Error = Misuse::WrongShare.into();
    assert_eq!(begin(&generation, people[0].with(&old[0])), Err(wrong));
    assert_eq!(begin(&refresh, people[0].bare()), Err(wrong));
    assert_eq!(begin(&refresh, people[0].with(&old[1])), Err(wrong));
    let strange = SecretShare::from_bytes(1, &mut old[1].to_bytes().clone()).unwrap();
    assert_eq!(begin(&refresh, people[0].with(&strange)), Err(wrong));
    assert_eq!(begin(&refresh, people[0].with(&copy(&old[0]))), Ok(()));
}
