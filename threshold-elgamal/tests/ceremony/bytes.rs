//! Bytes that are no frames.

use std::sync::LazyLock;

use proptest::prelude::*;
use threshold_elgamal::Error;
use threshold_elgamal::ceremony::Ceremony;

use crate::forger::Forger;
use crate::setting::{Person, Step, begin, confirming, deliver, echoing, params, people, seats, sharing};

/// What is received may say who sent it, and with which group and round; nothing else gets past the signature.
fn refuses<S: Step>(mut parties: Vec<S>, at: usize, flip: u8, cut: usize) {
    let frame = parties[1].sends().unwrap();
    let waits = parties[0].waits_for();
    let at = at % frame.len();
    let mut damaged = frame.clone();
    damaged[at] ^= flip;
    assert!(parties[0].takes(&damaged).is_err(), "{at}");
    assert!(parties[0].takes(&frame[..cut % frame.len()]).is_err());
    assert!(parties[0].takes(&[&frame[..], &[0]].concat()).is_err());
    assert_eq!(parties[0].waits_for(), waits);
    parties[0].takes(&frame).unwrap();
    assert_eq!(parties[0].waits_for().len() + 1, waits.len());
}

/// One bit of every byte of every kind, trailers included.
#[test]
fn every_byte() {
    fn none_passes<S: Step>(parties: &mut [S]) {
        let frame = parties[1].sends().unwrap();
        for at in 0..frame.len() {
            let mut damaged = frame.clone();
            damaged[at] ^= 1 << (at % 8);
            assert!(parties[0].takes(&damaged).is_err(), "{at}");
        }
        for cut in 0..frame.len() {
            assert!(parties[0].takes(&frame[..cut]).is_err(), "{cut}");
        }
        assert_eq!(parties[0].waits_for().len(), parties.len() - 1);
        deliver(parties);
    }
    let (people, ceremony) = &*CEREMONY;
    let mut joining = begin(ceremony, people.iter().map(Person::bare));
    none_passes(&mut joining);
    let announced: Vec<Vec<u8>> = joining.iter().map(|party| party.frame().to_vec()).collect();
    let mut parties = echoing(joining);
    none_passes(&mut parties);
    let mut parties = sharing(parties);
    let (own, shares) = (parties[0].frame().unwrap().to_vec(), parties[1].frame().unwrap().to_vec());
    none_passes(&mut parties);
    // A complaint: damaged it blames nobody, whole it blames the slanderer.
    let forger = Forger::new(ceremony, &people[3], 4);
    let complaint = forger.complaint(&announced, &announced[1], &shares, &forger.receiving);
    assert_eq!(parties[0].judge(&complaint).unwrap().culprit, people[3].id);
    for at in 0..complaint.len() {
        let mut damaged = complaint.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(parties[0].judge(&damaged).is_err(), "{at}");
        assert!(parties[0].judge(&complaint[..at]).is_err(), "{at}");
    }
    assert_eq!(parties[1].shares(people[0].id), Some(&own[..]));
    none_passes(&mut confirming(parties));
}

static CEREMONY: LazyLock<(Vec<Person>, Ceremony)> = LazyLock::new(|| {
    let people = people(4, 1);
    let ceremony = Ceremony::generate(&params(4, 3), 1, &seats(&people)).unwrap();
    (people, ceremony)
});

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_byte(at: usize, flip in 1u8.., cut: usize, step in 0..4) {
        let (people, ceremony) = &*CEREMONY;
        let mut joining = begin(ceremony, people.iter().map(Person::bare));
        if step == 0 {
            refuses(joining, at, flip, cut);
            return Ok(());
        }
        deliver(&mut joining);
        let mut parties = echoing(joining);
        if step == 1 {
            refuses(parties, at, flip, cut);
            return Ok(());
        }
        deliver(&mut parties);
        let mut parties = sharing(parties);
        if step == 2 {
            refuses(parties, at, flip, cut);
            return Ok(());
        }
        deliver(&mut parties);
        refuses(confirming(parties), at, flip, cut);
    }

    /// Whatever a member signs: no panic, no change.
    #[test]
    fn signed_nonsense(payload in prop::collection::vec(any::<u8>(), 0..600), exact: bool, kind in 48u8..=52) {
        let (people, ceremony) = &*CEREMONY;
        let forger = Forger::new(ceremony, &people[3], 4);
        let kind = meter_link::Kind::try_from(kind).unwrap();
        let mut payload = payload;
        if exact {
            let length = match kind {
                meter_link::Kind::Commitments => 352,
                meter_link::Kind::Echo => 128,
                meter_link::Kind::SealedShares => 224,
                meter_link::Kind::Complaint => 400,
                _ => 192,
            };
            payload.resize(length, 0x55);
        }
        let frame = forger.frame(kind, &payload);
        let mut joining = begin(ceremony, people[..3].iter().map(Person::bare));
        let announced = deliver(&mut joining);
        prop_assert!(joining[0].accept(&frame).is_err());
        let own = forger.announcement();
        joining.iter_mut().for_each(|party| party.accept(&own).unwrap());
        let view = [announced, vec![own]].concat();
        let mut parties = echoing(joining);
        prop_assert!(parties[0].accept(&frame).is_err());
        deliver(&mut parties);
        parties.iter_mut().for_each(|party| party.accept(&forger.echo(&view)).unwrap());
        let mut parties = sharing(parties);
        prop_assert!(parties[0].accept(&frame).is_err());
        let judged = parties[0].judge(&frame);
        match kind {
            meter_link::Kind::Complaint => prop_assert_eq!(judged.unwrap().culprit, people[3].id),
            _ => prop_assert_eq!(judged, Err(Error::from(meter_link::Malformed::WrongKind))),
        }
    }
}
