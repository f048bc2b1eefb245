//! What a utility that relays every frame can do: hold back, repeat, mix up, and work together with members that sign more
//! than one.

use chacha20::rand_core::Rng;
use curve25519_dalek::scalar::Scalar;
use meter_link::PartyId;
use threshold_elgamal::ceremony::{Agreed, Ceremony, Echoing, Outcome, Sharing};
use threshold_elgamal::{Error, KeySet};

use crate::forger::Forger;
use crate::setting::{
    Person, begin, confirming, deliver, echoing, finished, params, people, rng, seats, sharing,
};

/// One of four members signs two of everything, and gives each honest member the echo and the confirmation that it would
/// like to see; the utility shows every honest member one of each by a random choice. Whoever finishes has the same keys.
#[test]
fn no_two_finish_with_different_keys() {
    let people = people(4, 1);
    let (mut ended, mut stopped) = (0, 0);
    for seed in 0..64u64 {
        let keys = played(&people, seed);
        match keys.len() {
            0 => stopped += 1,
            _ => ended += 1,
        }
        assert!(keys.iter().all(|other| *other == keys[0]), "{seed}");
    }
    // Of both kinds, or nothing was tested: three equal choices in eight of either step.
    assert!(ended > 0 && stopped > 0, "{ended} {stopped}");
}

fn played(people: &[Person], seed: u64) -> Vec<KeySet> {
    let mut rng = rng(seed);
    let mut choice = || rng.next_u32() as usize & 1;
    let ceremony = Ceremony::generate(&params(4, 3), 1, &seats(people)).unwrap();
    let mut joining = begin(&ceremony, people[..3].iter().map(Person::bare));
    let frames = deliver(&mut joining);
    let forgers = [0u8, 1].map(|version| {
        let mut forger = Forger::new(&ceremony, &people[3], 4);
        forger.polynomial[0] += Scalar::from(version);
        forger
    });
    let announced: Vec<usize> = (0..3).map(|_| choice()).collect();
    for (party, version) in joining.iter_mut().zip(&announced) {
        party.accept(&forgers[*version].announcement()).unwrap();
    }
    let mut parties = echoing(joining);
    deliver(&mut parties);
    let views = [0, 1].map(|v: usize| [&frames[..], &[forgers[v].announcement()]].concat());
    for (party, version) in parties.iter_mut().zip(&announced) {
        party.accept(&forgers[*version].echo(&views[*version])).unwrap();
    }
    let closed: Vec<Result<Sharing, Error>> =
        parties.into_iter().map(|party: Echoing| party.close().map_err(Error::from)).collect();
    if announced.iter().any(|version| *version != announced[0]) {
        assert!(closed.iter().all(|party| matches!(party, Err(Error::Inconsistent))));
        return Vec::new();
    }
    let (forger, view) = (&forgers[announced[0]], &views[announced[0]]);
    let mut parties: Vec<Sharing> = closed.into_iter().map(Result::unwrap).collect();
    let honest = deliver(&mut parties);
    let dealt = [0u8, 1]
        .map(|version| forger.shares(view, |n, share| if n == 4 { [version; 32] } else { share.to_bytes() }));
    let given: Vec<usize> = (0..3).map(|_| choice()).collect();
    for (party, version) in parties.iter_mut().zip(&given) {
        party.accept(&dealt[*version]).unwrap();
    }
    let mut parties = confirming(parties);
    deliver(&mut parties);
    for (party, version) in parties.iter_mut().zip(&given) {
        let key_set = *party.agreed().keys().unwrap().group_key().key_set();
        let shares = [&honest[..], &dealt[*version..=*version]].concat();
        party.accept(&forger.confirmation(view, &key_set, &shares)).unwrap();
    }
    let ended: Vec<Outcome> = parties.into_iter().filter_map(|party| party.finish().ok()).collect();
    assert_eq!(ended.len(), if given.iter().all(|version| *version == given[0]) { 3 } else { 0 });
    ended.into_iter().map(|outcome| outcome.keys).collect()
}

/// Frames of one step in another, of a stranger, of another ceremony, and the same ones in any order and again.
#[test]
fn frames_that_are_mixed_up() {
    let people = people(5, 1);
    let ceremony = Ceremony::generate(&params(4, 3), 1, &seats(&people[..4])).unwrap();
    let next = Ceremony::generate(&params(4, 3), 2, &seats(&people[..4])).unwrap();
    let with_stranger = Ceremony::generate(&params(5, 4), 1, &seats(&people)).unwrap();
    let all = people[..4].iter().map(Person::bare);
    let mut joining = begin(&ceremony, all);
    let announced = deliver(&mut joining);
    let later = begin(&next, people[..4].iter().map(Person::bare));
    let unsigned: Error = meter_link::Fault::BadSignature.of(people[1].id).into();
    assert_eq!(joining[0].accept(later[1].frame()), Err(unsigned));
    let stranger = begin(&with_stranger, [people[4].bare()]);
    let unknown: Error = meter_link::Fault::UnknownSender.of(people[4].id).into();
    assert_eq!(joining[0].accept(stranger[0].frame()), Err(unknown));
    // In another's name.
    let mut renamed = announced[1].clone();
    renamed[8..12].copy_from_slice(&people[2].id.0.to_le_bytes());
    let unsigned: Error = meter_link::Fault::BadSignature.of(people[2].id).into();
    assert_eq!(joining[0].accept(&renamed), Err(unsigned));
    let mut parties = echoing(joining);
    let wrong: Error = meter_link::Malformed::WrongKind.into();
    assert_eq!(parties[0].accept(&announced[1]), Err(wrong));
    let echoes = deliver(&mut parties);
    for frame in echoes.iter().rev() {
        parties.iter_mut().for_each(|party| party.accept(frame).unwrap());
    }
    let mut parties = sharing(parties);
    assert_eq!(parties[0].accept(&echoes[1]), Err(wrong));
    assert_eq!(parties[0].judge(&echoes[1]), Err(wrong));
    let shares = deliver(&mut parties);
    let mut parties = confirming(parties);
    assert_eq!(parties[0].accept(&shares[1]), Err(wrong));
    let confirmations = deliver(&mut parties);
    assert_eq!(ceremony.contradiction(&confirmations[0], &confirmations[1]), Err(Error::Inconsistent));
    assert_eq!(ceremony.contradiction(&confirmations[0], &shares[0]), Err(wrong));
    finished(parties);
}

/// In a resharing who is no dealer deals nothing, and who is no member confirms nothing.
#[test]
fn frames_of_who_has_no_such_part() {
    let people = people(5, 1);
    let (keys, old) = crate::setting::generated(&people[..4], 3, 1);
    let dealing = crate::setting::dealers(&people, &[1, 2, 3]);
    let ceremony = Ceremony::reshare(&params(4, 3), 2, &seats(&people[1..]), &keys, &dealing).unwrap();
    let participants = || {
        let dealers = [0usize, 1, 2].map(|i| people[i].with(&old[i]));
        dealers.into_iter().chain([people[3].bare(), people[4].bare()])
    };
    let mut joining = begin(&ceremony, participants());
    let announced = deliver(&mut joining);
    let mut parties = echoing(joining);
    deliver(&mut parties);
    let mut parties = sharing(parties);
    deliver(&mut parties);
    let not_expected = |id: PartyId| Err::<(), Error>(meter_link::Fault::NotExpected.of(id).into());
    // The members by number, then the dealer that is none.
    let view = [&announced[1..], &announced[..1]].concat();
    let no_dealer = Forger::new(&ceremony, &people[4], 4);
    let forged = no_dealer.frame(meter_link::Kind::SealedShares, &[0; 32 + 4 * 48]);
    assert_eq!(parties[0].accept(&forged), not_expected(people[4].id));
    let no_member = Forger::new(&ceremony, &people[0], 0);
    let complaint = no_member.frame(meter_link::Kind::Complaint, &[0; 99]);
    assert_eq!(parties[0].judge(&complaint).map(|_| ()), not_expected(people[0].id));
    let mut parties = confirming(parties);
    let confirmation = no_member.confirmation(&view, &[0; 32], &announced[..3]);
    assert_eq!(parties[1].accept(&confirmation), not_expected(people[0].id));
    deliver(&mut parties);
    finished(parties);
}

/// Who takes no part has the keys from the frames alone, and nothing from frames that do not fit together.
#[test]
fn an_onlooker() {
    let people = people(4, 1);
    let ceremony = Ceremony::generate(&params(4, 3), 1, &seats(&people)).unwrap();
    let mut joining = begin(&ceremony, people.iter().map(Person::bare));
    let announced = deliver(&mut joining);
    let mut parties = echoing(joining);
    let echoes = deliver(&mut parties);
    let look = |announced: &[Vec<u8>], echoes: &[Vec<u8>]| {
        let announced: Vec<&[u8]> = announced.iter().map(Vec::as_slice).collect();
        let echoes: Vec<&[u8]> = echoes.iter().map(Vec::as_slice).collect();
        Agreed::new(&ceremony, &announced, &echoes).map(|agreed| *agreed.digest())
    };
    let reversed: Vec<Vec<u8>> = echoes.iter().rev().cloned().collect();
    let digest = look(&announced, &reversed).unwrap();
    assert!(sharing(parties).iter().all(|party| *party.agreed().digest() == digest));
    let short = Err(Error::Quorum { have: 3, need: 4 });
    assert_eq!(look(&announced[1..], &echoes), short);
    assert_eq!(look(&announced, &echoes[..3]), short);
    assert_eq!(look(&announced, &[&echoes[..3], &echoes[..1]].concat()), short);
    let mut forger = Forger::new(&ceremony, &people[3], 4);
    let one = [&announced[..3], &[forger.announcement()]].concat();
    assert_eq!(look(&one, &echoes), Err(Error::Inconsistent));
    let other_echo = [&echoes[..3], &[forger.echo(&one)]].concat();
    assert_eq!(look(&announced, &other_echo), Err(Error::Inconsistent));
    forger.polynomial[2] += Scalar::ONE;
    let contradiction: Error = meter_link::Fault::Contradiction.of(people[3].id).into();
    assert_eq!(look(&[one, vec![forger.announcement()]].concat(), &echoes), Err(contradiction));
}
