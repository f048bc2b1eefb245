//! Keys of all participants together, and key statements: who may say what the group key is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "joint/group.rs"]
mod group;

use curve25519_dalek::{RistrettoPoint, Scalar};
use meter_link::answer::{Quorum, Threshold};
use meter_link::frame::Kind;
use meter_link::{Channels, HighWater, Round};
use threshold_elgamal::{
    Blinding, Ciphertext, DlogTable, Error, Fault, GroupKey, KeySet, Malformed, Meter, Misuse, Post,
    SecretShare, Trustee, Utility,
};

use adversary::signed;
use group::{Group, slices};

/// Any n keys lie on a polynomial of degree n − 1: where all n open, the last one would choose Y (λ of 1, 2, 3 at 0 are 3, −3, 1).
#[test]
fn rogue_key_without_proofs() {
    let group = Group::new(3);
    let own = Scalar::from(4711u32);
    let honest: Vec<[u8; 32]> = group.shares[..2].iter().map(SecretShare::public).collect();
    let three = Scalar::from(3u8);
    let theirs = (group::point(&honest[0]) - group::point(&honest[1])) * three;
    let rogue = RistrettoPoint::mul_base(&own) - theirs;
    assert_eq!(theirs + rogue, RistrettoPoint::mul_base(&own)); // Y
    let members = [honest[0], honest[1], rogue.compress().to_bytes()];
    assert_eq!(KeySet::new(group.threshold, &members), Err(Misuse::WrongKeySet.into()));
    let trusting = Threshold::trusting_the_utility_not_to_equivocate(3, 3).unwrap();
    assert_eq!(KeySet::new(trusting, &members), Err(Misuse::WrongKeySet.into()));
}

fn blamed(group: &Group, place: usize, fault: Fault) -> Error {
    Error::Fault { culprit: group.participants[place].id, fault }
}

#[test]
fn the_sum_of_all_keys_is_opened_by_all_and_by_nobody_less() {
    let group = Group::new(5);
    let keys = group.keys().unwrap();
    let sum: RistrettoPoint = group.shares.iter().map(|share| group::point(&share.public())).sum();
    assert_eq!(keys.group_key().encoding(), sum.compress().as_bytes());
    let blinding = Blinding::from_bytes(&mut Scalar::from(77u8).to_bytes()).unwrap();
    let ciphertext = Ciphertext::encrypt(keys.group_key(), -1234, &blinding);
    let mask = |count: usize| -> RistrettoPoint {
        group.shares[..count].iter().map(|share| share.decryption_share(ciphertext.r())).sum()
    };
    let expected = -RistrettoPoint::mul_base(&Scalar::from(1234u16));
    assert_eq!(ciphertext.c() - mask(5), expected);
    assert_ne!(ciphertext.c() - mask(4), expected);
}

/// The last one announces k·B − Σ Y_j: the sum would be k·B, its own. It cannot prove that it knows the logarithm.
#[test]
fn rogue_key() {
    let group = Group::new(4);
    let others: RistrettoPoint = group.shares[..3].iter().map(|share| group::point(&share.public())).sum();
    let own = Scalar::from(4711u32);
    let rogue = (RistrettoPoint::mul_base(&own) - others).compress().to_bytes();
    // What it would be worth.
    assert_eq!(others + group::point(&rogue), RistrettoPoint::mul_base(&own));
    let last = &group.participants[3];
    let mut frames = group.announcements();
    // Any proof it has made or seen, and one of its own for another key.
    let proofs: Vec<[u8; 64]> = frames.iter().map(|frame| frame[48..112].try_into().unwrap()).collect();
    for proof in proofs {
        let payload = [rogue.as_slice(), &proof].concat();
        let round = group.view.epoch().first_round;
        frames[3] = signed(&group.view, &last.identity, Kind::OwnKey, 0, last.id, round, &payload);
        let refused = KeySet::joint(&group.view, group.threshold, &group.roster, &slices(&frames));
        assert_eq!(refused.err(), Some(blamed(&group, 3, Fault::BadEquality)));
    }
}

/// Another's key and proof under one's own name: the proof is bound to who made it.
#[test]
fn a_copied_key() {
    let group = Group::new(4);
    let mut frames = group.announcements();
    let (copied, thief) = (frames[0][16..112].to_vec(), &group.participants[1]);
    let round = group.view.epoch().first_round;
    frames[1] = signed(&group.view, &thief.identity, Kind::OwnKey, 0, thief.id, round, &copied);
    let refused = KeySet::joint(&group.view, group.threshold, &group.roster, &slices(&frames));
    assert_eq!(refused.err(), Some(blamed(&group, 1, Fault::BadEquality)));
}

/// A proof of another epoch, whose keys may have leaked since.
#[test]
fn a_replayed_possession() {
    let (group, later) = (Group::new(4), Group::in_epoch(4, 9));
    let mut frames = later.announcements();
    let (old, own) = (group.announcements()[2][16..112].to_vec(), &later.participants[2]);
    let round = later.view.epoch().first_round;
    frames[2] = signed(&later.view, &own.identity, Kind::OwnKey, 0, own.id, round, &old);
    let refused = KeySet::joint(&later.view, later.threshold, &later.roster, &slices(&frames));
    assert_eq!(refused.err(), Some(blamed(&later, 2, Fault::BadEquality)));
}

#[test]
fn announcements_that_are_none() {
    let group = Group::new(4);
    let joint = |frames: &[Vec<u8>]| {
        KeySet::joint(&group.view, group.threshold, &group.roster, &slices(frames)).err()
    };
    let good = group.announcements();
    assert_eq!(joint(&good), None);
    assert_eq!(joint(&good[1..]), Some(Error::Quorum { have: 3, need: 4 }));
    // The same twice is no harm, another one is.
    assert_eq!(joint(&[&good[..], &good[..1]].concat()), None);
    let round = group.view.epoch().first_round;
    let sign = |place: usize, kind, payload: &[u8]| {
        let own = &group.participants[place];
        signed(&group.view, &own.identity, kind, 0, own.id, round, payload)
    };
    let other =
        SecretShare::generate(1, &group.view, &group.participants[0].identity, &mut group::rng(99)).unwrap();
    let own = &group.participants[0];
    let second = other.announce(&group.view, &own.identity, own.id).unwrap();
    let contradiction = Fault::Link(meter_link::Fault::Contradiction);
    assert_eq!(joint(&[&good[..], &[second]].concat()), Some(blamed(&group, 0, contradiction)));
    let mut bad = good.clone();
    for (payload, expected) in [
        ([0u8; 96].as_slice(), blamed(&group, 1, Fault::NotAPoint)),
        ([0xffu8; 96].as_slice(), blamed(&group, 1, Fault::NotAScalar)),
    ] {
        bad[1] = sign(1, Kind::OwnKey, payload);
        assert_eq!(joint(&bad), Some(expected));
    }
    bad[1] = sign(1, Kind::OwnKey, &[0; 95]);
    assert!(matches!(joint(&bad), Some(Error::Malformed(_))));
    bad[1] = sign(1, Kind::KeyStatement, &[0; 96]);
    assert!(matches!(joint(&bad), Some(Error::Malformed(_))));
    bad[1] = good[1].clone();
    bad[1][20] ^= 1;
    let signature = Fault::Link(meter_link::Fault::BadSignature);
    assert_eq!(joint(&bad), Some(blamed(&group, 1, signature)));
    let wrong = KeySet::joint(&group.view, Threshold::DEFAULT, &group.roster, &slices(&good));
    assert_eq!(wrong.err(), Some(Misuse::WrongKeySet.into()));
    assert!(
        SecretShare::generate(0, &group.view, &group.participants[0].identity, &mut group::rng(1)).is_err()
    );
}

#[test]
fn a_joint_set_is_kept_with_its_proofs() {
    let group = Group::new(3);
    let keys = group.keys().unwrap();
    let bytes = keys.to_bytes();
    assert_eq!(KeySet::from_bytes(group.threshold, &bytes), Ok(keys));
    for place in 0..bytes.len() {
        let mut bad = bytes.clone();
        bad[place] ^= 1;
        assert!(KeySet::from_bytes(group.threshold, &bad).is_err(), "{place}");
    }
    assert!(KeySet::from_bytes(group.threshold, &bytes[..bytes.len() - 1]).is_err());
    let more = Threshold::all_of(4).unwrap();
    assert_eq!(KeySet::from_bytes(more, &bytes), Err(Malformed::BadKeys.into()));
}

/// A key that t trustees have signed is taken, whatever a liar or the utility adds.
#[test]
fn a_group_key_needs_t_statements() {
    let group = Group::new(4);
    let (keys, threshold) = (group.keys().unwrap(), Threshold::DEFAULT);
    let trustees = group.roster.answerers();
    let round = group.view.epoch().first_round;
    let state = |place: usize, key: &[u8]| {
        let own = &group.participants[place];
        signed(&group.view, &own.identity, Kind::KeyStatement, 0, own.id, round, key)
    };
    let own = group.shares.iter().zip(&group.participants);
    let good =
        own.map(|(share, own)| keys.statement(&group.view, share, &own.identity, own.id).unwrap().to_vec());
    let good: Vec<Vec<u8>> = good.collect();
    let own = &group.participants[0];
    let strange = SecretShare::generate(1, &group.view, &own.identity, &mut group::rng(9)).unwrap();
    let stated = keys.statement(&group.view, &strange, &own.identity, own.id);
    assert_eq!(stated, Err(Misuse::WrongShare.into()));
    assert_eq!(good[0].len(), GroupKey::STATEMENT_LEN);
    let certified =
        |frames: &[Vec<u8>]| GroupKey::certified(&group.view, threshold, trustees, &slices(frames));
    assert_eq!(certified(&good[..3]), Ok(*keys.group_key()));
    assert_eq!(certified(&good[..2]), Err(Error::Quorum { have: 2, need: 3 }));
    assert_eq!(certified(&[]), Err(Error::Quorum { have: 0, need: 3 }));
    // One trustee and the utility want a key of their own.
    let mine = Group::in_epoch(4, 5).keys().unwrap().group_key().to_bytes();
    let mut some = good.clone();
    some[0] = state(0, &mine);
    assert_eq!(certified(&some), Ok(*keys.group_key()));
    assert_eq!(certified(&some[..3]), Err(Error::Quorum { have: 2, need: 3 }));
    // Three statements of one trustee are one.
    let thrice = [state(0, &mine), state(0, &mine), state(0, &mine)];
    assert_eq!(certified(&thrice), Err(Error::Quorum { have: 1, need: 3 }));
    // What is none keeps nothing away, wherever it stands, and is told apart.
    let check = |frame: &[u8]| GroupKey::check_statement(&group.view, trustees, frame);
    let mut changed = good[1].clone();
    changed[30] ^= 1;
    let signature = Fault::Link(meter_link::Fault::BadSignature);
    assert_eq!(check(&changed), Err(blamed(&group, 1, signature)));
    assert_eq!(check(&good[1]), Ok(group.participants[1].id));
    for junk in [vec![0; 144], good[3][..143].to_vec(), good[0].clone(), changed, Vec::new()] {
        let mut frames = vec![junk.clone()];
        frames.extend_from_slice(&good[..3]);
        assert_eq!(certified(&frames), Ok(*keys.group_key()));
        frames.pop();
        assert_eq!(certified(&frames), Err(Error::Quorum { have: 2, need: 3 }));
    }
    let beyond = [vec![vec![0u8; 144]; GroupKey::STATEMENTS], good.clone()].concat();
    assert_eq!(certified(&beyond), Err(Error::Quorum { have: 0, need: 3 }));
    // Statements of another epoch are signed for it.
    let later = Group::in_epoch(4, 9);
    let old = GroupKey::certified(&later.view, threshold, later.roster.answerers(), &slices(&good));
    assert_eq!(old, Err(Error::Quorum { have: 0, need: 3 }));
    let few = GroupKey::certified(&group.view, threshold, &trustees[..3], &slices(&good));
    assert_eq!(few, Err(meter_link::Misuse::BadParameter.into()));
}

/// The whole protocol with a key of all: three trustees, who all have to answer.
#[test]
fn a_round_that_all_participants_open() {
    let Group { params, threshold, view, roster, participants, shares, .. } = Group::new(3);
    let own = shares.iter().zip(&participants);
    let announced = own.map(|(share, own)| share.announce(&view, &own.identity, own.id).unwrap());
    let keys = KeySet::joint(&view, threshold, &roster, &slices(&announced.collect::<Vec<_>>())).unwrap();
    let (meters, utility) = group::others(3);
    let mut trustees = Vec::new();
    for (own, share) in participants.into_iter().zip(shares) {
        let post = Post { id: own.id, identity: own.identity, link: own.link, share };
        trustees.push(Trustee::new(&params, &view, post, &keys, roster.clone()).unwrap());
    }
    let mut utility = Utility::new(&params, &view, utility.identity, utility.link, &keys, roster).unwrap();
    let at = Round::from(100);
    let mut collecting = utility.open(at, at, &[true; 20]).unwrap();
    for (place, party) in meters.into_iter().enumerate() {
        let channels = Channels { first: 0, count: 1 };
        let (mut mark, mut out) = (HighWater::<1>::new(), [0; 240]);
        let key = keys.group_key();
        let meter = Meter::new(&params, &view, party.id, channels, party.identity, key).unwrap();
        let reading = [place as i64 * 10 - 50];
        let frame = meter.contribute(&mut mark, at, at, &reading, &mut out, &mut group::rng(place as u64));
        collecting.accept(frame.unwrap().stored()).unwrap();
    }
    trustees.iter_mut().for_each(|trustee| trustee.open(at, collecting.frame()).unwrap());
    // Nobody can be left out.
    assert_eq!(utility.quorum(|number| number != 2).err(), Some(Error::Quorum { have: 2, need: 3 }));
    let mut closed = utility.close(collecting, &utility_quorum()).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    for trustee in &mut trustees {
        let stated = trustee.agree(at, closed.frame(), &slices(&list)).unwrap();
        closed.accept_statement(&stated.stored()).unwrap();
    }
    let statements: Vec<Vec<u8>> = closed.statements().map(<[u8]>::to_vec).collect();
    let table = DlogTable::build(8).unwrap();
    for trustee in &mut trustees {
        assert!(matches!(utility.record(&closed, &table), Err(Error::Quorum { need: 3, .. })));
        closed.accept(&trustee.answer(&slices(&statements)).unwrap().stored()).unwrap();
    }
    assert_eq!(utility.record(&closed, &table).unwrap().values, [(0..20).map(|i| i * 10 - 50).sum::<i64>()]);
}

fn utility_quorum() -> Quorum {
    Quorum::new(&[1, 2, 3]).unwrap()
}

/// A generator that gives nothing but zeros: nobody else's key is the same, nor anybody's guess.
#[test]
fn own_keys_are_hedged() {
    let group = Group::new(2);
    let own = |place: usize| {
        let identity = &group.participants[place].identity;
        SecretShare::generate(1, &group.view, identity, &mut group::Stuck).unwrap().public()
    };
    assert_eq!(own(0), own(0));
    assert_ne!(own(0), own(1));
}
