//! What the caller can do wrong, and bytes that are no message: typed errors, and nothing has changed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/shares.rs"]
mod shares;
#[path = "world/parties.rs"]
mod world;

use std::sync::Arc;

use chacha20::ChaCha8Rng;
use chacha20::rand_core::SeedableRng;
use meter_link::answer::{Quorum, Threshold};
use meter_link::cohort::{Cohort, Party};
use meter_link::{
    Channels, GroupConfig, GroupId, GroupParams, HighWater, Malformed as LinkMalformed, Misuse as LinkMisuse,
    PartyId, Protocol, Round,
};
use threshold_elgamal::{
    Blinding, Ciphertext, DlogTable, Error, Fault, GroupKey, GroupTable, KeySet, Malformed, Meter, Misuse,
    Params, Post, SecretShare, Trustee, Utility, combine, deal,
};
use world::{FIRST, LAST, TABLE, World, config, form, params, round, slices};
use zeroize::Zeroize;

fn link<T>(misuse: LinkMisuse) -> Result<T, Error> {
    Err(Error::Misuse(Misuse::Link(misuse)))
}

fn no_message(malformed: LinkMalformed) -> Error {
    Error::Malformed(Malformed::Link(malformed))
}

#[test]
fn parameters() {
    let with = |config| Params::new(GroupParams::new(config).unwrap(), Threshold::DEFAULT);
    let reach = |max_reading, max_meters| with(GroupConfig { max_reading, max_meters, ..config(1) });
    assert!(reach(1 << 38, 1 << 10).is_ok());
    for (max_reading, max_meters) in [((1 << 38) + 1, 1 << 10), (1_000_000_000, 1_000_000), (1 << 49, 3)] {
        assert_eq!(reach(max_reading, max_meters), Err(Misuse::SumBeyondRange.into()));
    }
    assert_eq!(with(GroupConfig::new(Protocol::Shamir, GroupId(7))), link(LinkMisuse::BadParameter));
    // Every choice is in the session.
    let other = Threshold::trusting_the_utility_not_to_equivocate(4, 3).unwrap();
    let group = *params(4).group();
    let sessions = [
        params(4).session(),
        params(4).trust_all_meters().session(),
        params(5).session(),
        Params::new(group, other).unwrap().session(),
    ];
    for (i, session) in sessions.iter().enumerate() {
        assert!(!sessions[..i].contains(session), "{i}");
    }
}

#[test]
fn a_meter_contributes_once_and_within_bounds() {
    let world = World::new(3);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (mut mark, mut out) = (HighWater::<1>::new(), [0u8; 240]);
    let now = round(FIRST + 5);
    let meter = world.meter(0);
    let mut refused = |now, at, reading: &[i64], len: usize, expected| {
        let outcome = meter.contribute(&mut mark, now, at, reading, &mut out[..len], &mut rng);
        assert_eq!(outcome.map(|_| ()), link(expected));
    };
    refused(now, round(FIRST + 8), &[1], 240, LinkMisuse::RoundFarFromNow);
    refused(round(FIRST - 1), round(FIRST - 1), &[1], 240, LinkMisuse::RoundOutsideEpoch);
    refused(round(LAST + 1), round(LAST + 1), &[1], 240, LinkMisuse::RoundOutsideEpoch);
    refused(now, now, &[1, 2], 240, LinkMisuse::WrongChannels);
    refused(now, now, &[1_000_001], 240, LinkMisuse::ReadingTooLarge);
    refused(now, now, &[i64::MIN], 240, LinkMisuse::ReadingTooLarge);
    refused(now, now, &[1], 239, LinkMisuse::WrongLength);
    assert_eq!(out, [0; 240]);

    let prepared = meter.contribute(&mut mark, now, now, &[1], &mut out, &mut rng).unwrap();
    let record = prepared.record().to_vec();
    let first = prepared.stored().to_vec();
    let again = meter.contribute(&mut mark, now, now, &[1], &mut out, &mut rng).map(|_| ());
    assert_eq!(again, link(LinkMisuse::TimeAlreadyUsed));
    assert_eq!(out[..], first); // a second ciphertext of the round does not exist
    let mut rebooted = HighWater::<1>::new();
    rebooted.replay(&record).unwrap();
    let after = meter.contribute(&mut rebooted, now, now, &[1], &mut out, &mut rng).map(|_| ());
    assert_eq!(after, link(LinkMisuse::TimeAlreadyUsed));
    let next = round(FIRST + 6);
    assert!(meter.contribute(&mut rebooted, now, next, &[1], &mut out, &mut rng).is_ok());
}

#[test]
fn roles_of_another_session_or_key() {
    let world = World::new(3);
    let (_, cohort) = world.secrets();
    let party = &cohort.meters[0];
    let key = world.keys.group_key();
    let meter = |params: &Params, count| {
        let channels = Channels { first: 0, count };
        Meter::new(params, &world.view, party.id, channels, &party.identity, key)
    };
    assert!(meter(&world.params, 1).is_ok());
    assert_eq!(meter(&world.params, 2).map(|_| ()), link(LinkMisuse::WrongChannels));
    let other = world.params.trust_all_meters();
    assert_eq!(meter(&other, 1).map(|_| ()), link(LinkMisuse::WrongSession));
    let (stranger, _) = deal(Threshold::DEFAULT, &mut ChaCha8Rng::seed_from_u64(77)).unwrap();
    let table = Arc::new(GroupTable::new(stranger.group_key()));
    let with_table = meter(&world.params, 1).unwrap().with_table(table).map(|_| ());
    assert_eq!(with_table, Err(Misuse::WrongTable.into()));

    let threshold = Threshold::trusting_the_utility_not_to_equivocate(4, 3).unwrap();
    let (other_keys, _) = deal(threshold, &mut ChaCha8Rng::seed_from_u64(77)).unwrap();
    let Party { identity, link: secret, .. } = cohort.utility;
    let utility = Utility::new(&world.params, &world.view, identity, secret, &other_keys, cohort.roster);
    assert_eq!(utility.map(|_| ()), Err(Misuse::WrongKeySet.into()));
}

/// Trustee `number` of a world of four, with the secrets of `secret` and the share of `share`.
fn trustee(number: usize, secret: usize, share: usize, keys: Option<&KeySet>) -> Result<(), Error> {
    let params = params(3);
    let (own, mut shares, Cohort { view, roster, answerers, .. }) = form(&params, 3, 1);
    let id = answerers[number].id;
    let Party { identity, link, .. } = answerers.into_iter().nth(secret).unwrap();
    let post = Post { id, identity, link, share: shares.remove(share) };
    Trustee::new(&params, &view, post, keys.unwrap_or(&own), roster).map(|_| ())
}

#[test]
fn a_trustee_takes_its_own_post_only() {
    assert_eq!(trustee(2, 2, 2, None), Ok(()));
    assert_eq!(trustee(2, 1, 2, None), link(LinkMisuse::UnknownParty));
    assert_eq!(trustee(2, 2, 1, None), Err(Misuse::WrongShare.into()));
    let rng = || ChaCha8Rng::seed_from_u64(99);
    let (stranger, _) = deal(Threshold::DEFAULT, &mut rng()).unwrap();
    assert_eq!(trustee(2, 2, 2, Some(&stranger)), Err(Misuse::WrongShare.into()));
    let threshold = Threshold::trusting_the_utility_not_to_equivocate(4, 2).unwrap();
    let (smaller, _) = deal(threshold, &mut rng()).unwrap();
    assert_eq!(trustee(2, 2, 2, Some(&smaller)), Err(Misuse::WrongKeySet.into()));
}

#[test]
fn steps_out_of_order() {
    let mut world = World::new(4);
    let at = round(FIRST);
    assert_eq!(world.trustees[0].answer(&[]).map(|_| ()), link(LinkMisuse::OutOfOrder));
    let present = [true; 4];
    assert_eq!(
        world.utility.open(at, round(LAST + 1), &present).map(|_| ()),
        link(LinkMisuse::RoundOutsideEpoch)
    );
    assert_eq!(world.utility.open(at, at, &[true; 3]).map(|_| ()), link(LinkMisuse::WrongLength));
    let few = [true, true, false, false];
    assert_eq!(world.utility.open(at, at, &few).map(|_| ()), Err(Error::Quorum { have: 2, need: 3 }));

    let collecting = world.collect(at, &[Some(1), Some(1), None, None]);
    assert_eq!(collecting.missing().collect::<Vec<_>>(), [world.meters[2].id, world.meters[3].id]);
    let quorum = Quorum::new(&[1, 2, 3]).unwrap();
    let closed = world.utility.close(collecting, &quorum).map(|_| ());
    assert_eq!(closed, Err(Error::Quorum { have: 2, need: 4 })); // 90 % of four
    // A round is opened once.
    assert_eq!(world.utility.open(at, at, &present).map(|_| ()), link(LinkMisuse::OutOfOrder));
    let mut rounds = (FIRST + 1..).map(round);
    let mut quorum = |numbers: &[u8], world: &mut World| {
        let at = rounds.next().unwrap();
        let mut collecting = world.utility.open(at, at, &present).unwrap();
        for position in 0..4 {
            let frame = world.frame(position, at, &[1]);
            collecting.accept(&frame).unwrap();
        }
        world.utility.close(collecting, &Quorum::new(numbers).unwrap())
    };
    for wrong in [&[1, 2][..], &[1, 2, 3, 4], &[1, 2, 5]] {
        assert_eq!(quorum(wrong, &mut world).map(|_| ()), link(LinkMisuse::BadQuorum), "{wrong:?}");
    }
    let reachable = world.utility.quorum(|number| number < 3);
    assert_eq!(reachable, Err(Error::Quorum { have: 2, need: 3 }));

    // A Close before its Open, and a statement before t others.
    let closed = quorum(&[1, 2, 3], &mut world).unwrap();
    let list: Vec<Vec<u8>> = closed.contributions().map(<[u8]>::to_vec).collect();
    let mut fresh = World::new(4);
    let early = fresh.trustees[0].agree(round(FIRST + 4), closed.frame(), &slices(&list)).map(|_| ());
    assert_eq!(early, Err(Fault::Link(meter_link::Fault::NotExpected).of(PartyId::UTILITY)));
    assert_eq!(world.utility.record(&closed, &TABLE), Err(Error::Quorum { have: 0, need: 3 }));
}

#[test]
fn verified_elsewhere() {
    let mut world = World::new(4);
    let (at, later) = (round(FIRST), round(FIRST + 1));
    let frame = world.frame(0, at, &[1]);
    let verified = world.utility.verifier().verify(at, &frame).unwrap();
    let mut collecting = world.utility.open(later, later, &[true; 4]).unwrap();
    assert_eq!(collecting.add(verified), Err(Misuse::WrongContribution.into()));

    // Of other keys, in the same epoch.
    let (others, _) = deal(Threshold::DEFAULT, &mut ChaCha8Rng::seed_from_u64(77)).unwrap();
    let (_, Cohort { roster, .. }) = world.secrets();
    let stranger =
        threshold_elgamal::Verifier::new(&world.params, &world.view, &roster, others.group_key()).unwrap();
    let refused = stranger.verify(at, &frame).map(|_| ());
    assert_eq!(refused, Err(Fault::BadKnowledge.of(world.meters[0].id)));
    // And the other way round: encrypted to theirs, and verified there.
    let (party, channels) = (&world.meters[0], Channels { first: 0, count: 1 });
    let key = others.group_key();
    let meter = Meter::new(&world.params, &world.view, party.id, channels, &party.identity, key).unwrap();
    let (mut mark, mut out) = (HighWater::<1>::new(), [0u8; 240]);
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let theirs = meter.contribute(&mut mark, later, later, &[1], &mut out, &mut rng).unwrap().stored();
    let verified = stranger.verify(later, theirs).unwrap();
    assert_eq!(collecting.add(verified), Err(Misuse::WrongContribution.into()));
    assert_eq!(collecting.accept(theirs), Err(Fault::BadKnowledge.of(party.id)));
}

#[test]
fn who_is_not_expected() {
    let mut world = World::new(4);
    let at = round(FIRST);
    let mut collecting = world.utility.open(at, at, &[true, true, true, false]).unwrap();
    let absent = world.frame(3, at, &[1]);
    let fault = |fault, party| Err(Fault::Link(fault).of(party));
    assert_eq!(collecting.accept(&absent), fault(meter_link::Fault::NotExpected, world.meters[3].id));
    let first = world.frame(0, at, &[1]);
    let second = world.frame(0, at, &[2]);
    assert_eq!(collecting.accept(&first), Ok(world.meters[0].id));
    assert_eq!(collecting.accept(&first), Ok(world.meters[0].id));
    assert_eq!(collecting.accept(&second), fault(meter_link::Fault::Contradiction, world.meters[0].id));
    let party = Party { id: PartyId(5), ..world.secrets().1.meters.remove(1) };
    let stranger = adversary::contribution(&world.view, &party, at, &first[16..176]);
    assert_eq!(collecting.accept(&stranger), fault(meter_link::Fault::UnknownSender, PartyId(5)));
    assert_eq!(collecting.missing().count(), 2);
}

#[test]
fn frames_that_are_no_contribution() {
    let mut world = World::new(3);
    let at = round(FIRST);
    let honest = world.frame(1, at, &[77]);
    let party = &world.meters[1];
    let verify = |frame: &[u8]| world.utility.verifier().verify(at, frame).map(|_| ());
    for len in 0..honest.len() {
        assert!(verify(&honest[..len]).is_err(), "{len}");
    }
    let signed = |payload: &[u8]| verify(&adversary::contribution(&world.view, party, at, payload));
    let payload = &honest[16..176];
    assert_eq!(signed(payload), Ok(()));
    assert_eq!(signed(&payload[..159]), Err(no_message(LinkMalformed::Truncated)));
    let longer = [payload, &[0]].concat();
    assert_eq!(signed(&longer), Err(no_message(LinkMalformed::TrailingBytes)));

    let with = |offset: usize, part: [u8; 32]| {
        let mut payload = payload.to_vec();
        payload[offset..offset + 32].copy_from_slice(&part);
        signed(&payload)
    };
    let (q, id) = (order(), party.id);
    assert_eq!(with(0, [0xff; 32]), Err(Fault::NotAPoint.of(id)));
    assert_eq!(with(32, [0xff; 32]), Err(Fault::NotAPoint.of(id)));
    assert_eq!(with(0, [0; 32]), Err(Fault::IdentityPoint.of(id)));
    assert_eq!(with(32, [0; 32]), Err(Fault::BadKnowledge.of(id)));
    for offset in [64, 96, 128] {
        assert_eq!(with(offset, q), Err(Fault::NotAScalar.of(id)));
        assert_eq!(with(offset, [0; 32]), Err(Fault::BadKnowledge.of(id)));
    }
    let unflagged =
        adversary::signed(&world.view, &party.identity, meter_link::Kind::Contribution, 0, id, at, payload);
    assert_eq!(verify(&unflagged), Err(no_message(LinkMalformed::UnknownFlags)));
}

/// q, little-endian: the first number that is no scalar.
fn order() -> [u8; 32] {
    let minus_one = -curve25519_dalek::Scalar::ONE;
    let mut bytes = minus_one.to_bytes();
    bytes[0] += 1;
    bytes
}

#[test]
fn keys_that_are_none() {
    let (keys, shares) = deal(Threshold::DEFAULT, &mut ChaCha8Rng::seed_from_u64(3)).unwrap();
    let bad = Error::Malformed(Malformed::BadKeys);
    for number in [0, 1] {
        for mut value in [[0; 32], order(), [0xff; 32]] {
            assert_eq!(SecretShare::from_bytes(number, &mut value).map(|_| ()), Err(bad));
            assert_eq!(value, [0; 32]); // wiped all the same
        }
    }
    assert_eq!(Blinding::from_bytes(&mut [0; 32]).map(|_| ()), Err(bad));
    assert_eq!(GroupKey::from_bytes(&[0; 64]), Err(bad));

    let mut members: Vec<[u8; 32]> = shares.iter().map(SecretShare::public).collect();
    let set = |members: &[[u8; 32]]| KeySet::new(Threshold::DEFAULT, members);
    assert_eq!(set(&members).as_ref(), Ok(&keys));
    assert_eq!(set(&members[..3]), Err(Misuse::WrongKeySet.into()));
    members.swap(2, 3);
    assert_eq!(set(&members), Err(bad)); // not on one polynomial
    members[0] = [0; 32];
    assert_eq!(set(&members), Err(bad));
    // All equal: a polynomial of degree 0, which one trustee opens alone.
    assert_eq!(set(&[members[1]; 4]), Err(bad));
    let stored = keys.to_bytes();
    for len in 0..stored.len() {
        assert!(KeySet::from_bytes(Threshold::DEFAULT, &stored[..len]).is_err());
    }
    for i in 0..3 {
        let mut changed = stored.clone();
        changed[i] ^= 1;
        assert_eq!(KeySet::from_bytes(Threshold::DEFAULT, &changed), Err(bad));
    }
}

#[test]
fn shares_that_do_not_combine() {
    let mut world = World::new(3);
    let (secrets, _) = world.secrets();
    let [first, second] =
        [1, 2].map(|reading| adversary::ciphertext(&world.frame(0, round(FIRST), &[reading])));
    let of = |number: usize, ciphertext| shares::checked(&world.keys, &secrets[number - 1], ciphertext);
    let good = [1, 2, 3, 4].map(|number| of(number, &first));
    let opened = combine(&world.keys, &first, &good[..3]).unwrap();
    assert_eq!(TABLE.solve(&opened, 0..=10), Ok(1));
    // In any order, any three, and all four.
    for order in [&[2, 0, 1][..], &[3, 1, 0], &[0, 2, 3], &[3, 2, 1], &[0, 1, 2, 3], &[3, 0, 2, 1]] {
        let shares: Vec<_> = order.iter().map(|i| good[*i]).collect();
        assert_eq!(combine(&world.keys, &first, &shares), Ok(opened), "{order:?}");
    }

    let quorum = |have| Err(Error::Quorum { have, need: 3 });
    assert_eq!(combine(&world.keys, &first, &[]), quorum(0));
    assert_eq!(combine(&world.keys, &first, &good[..2]), quorum(2));
    for twice in [[0, 0, 1], [1, 0, 1], [2, 2, 2]] {
        let shares = twice.map(|i| good[i]);
        assert_eq!(combine(&world.keys, &first, &shares), link(LinkMisuse::BadQuorum), "{twice:?}");
    }
    let four = [good[0], good[1], good[2], good[1]];
    assert_eq!(combine(&world.keys, &first, &four), link(LinkMisuse::BadQuorum));

    // Of another ciphertext, some or all; of another key set.
    let mixed = Err(Misuse::MixedShares.into());
    assert_eq!(combine(&world.keys, &second, &good[..3]), mixed);
    for place in 0..3 {
        let mut shares = good;
        shares[place] = of(place + 1, &second);
        assert_eq!(combine(&world.keys, &first, &shares[..3]), mixed);
    }
    let (other, others) = deal(Threshold::DEFAULT, &mut ChaCha8Rng::seed_from_u64(77)).unwrap();
    let foreign: Vec<_> = others.iter().map(|share| shares::checked(&other, share, &first)).collect();
    assert_eq!(combine(&world.keys, &first, &foreign), mixed);
    assert_eq!(combine(&world.keys, &first, &[good[0], good[1], foreign[2]]), mixed);

    // No share becomes a checked one under another number, and none under a number that no trustee has.
    for number in [2, 3, 4] {
        let refused = shares::checked_as(number, &world.keys, &secrets[0], &first).unwrap_err();
        assert_eq!(refused, Fault::BadEquality);
    }
    for number in [0, 5, 255] {
        let refused = shares::checked_as(number, &world.keys, &secrets[0], &first).unwrap_err();
        assert_eq!(refused, Fault::Link(meter_link::Fault::UnknownSender));
    }
}

#[test]
fn time_is_the_callers() {
    let mut world = World::new(3);
    let at = round(FIRST + 10);
    let collecting = world.collect(at, &[Some(1); 3]);
    let fault = |error: Error| matches!(error, Error::Fault { culprit: PartyId::UTILITY, .. });
    for now in [round(FIRST), round(FIRST + 20)] {
        assert!(fault(world.trustees[0].open(now, collecting.frame()).unwrap_err()));
    }
    let closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    let list: Vec<&[u8]> = closed.contributions().collect();
    let late: Round = round(FIRST + 13);
    assert!(fault(world.trustees[0].agree(late, closed.frame(), &list).map(|_| ()).unwrap_err()));
}

#[test]
fn nothing_secret_is_printed() {
    let world = World::new(3);
    let (secrets, _) = world.secrets();
    let meter = world.meter(0);
    let (blinding, table) = (Blinding::from_bytes(&mut [7; 32]).unwrap(), DlogTable::build(8).unwrap());
    let shown = format!("{meter:?} {:?} {:?} {blinding:?} {table:?}", world.trustees[0], secrets[0]);
    let share: Vec<String> = secrets[0].to_bytes().iter().map(u8::to_string).collect();
    assert!(!shown.contains(&share[..4].join(", ")), "{shown}");
    assert!(shown.contains("SecretShare { number: 1, .. }"));
    assert!(shown.contains("Blinding(..)") && !shown.contains("7, 7"));
}

#[test]
fn secrets_are_wiped() {
    fn on_drop<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    let (mut secrets, _) = World::new(3).secrets();
    let mut blinding = Blinding::from_bytes(&mut [7; 32]).unwrap();
    on_drop(&secrets[0]);
    on_drop(&blinding);
    let number = secrets[0].number();
    secrets[0].zeroize();
    assert_eq!((*secrets[0].to_bytes(), number), ([0; 32], 1));
    let world = World::new(3);
    let at = |blinding: &Blinding| Ciphertext::encrypt(world.keys.group_key(), 5, blinding);
    assert_ne!(*at(&blinding).r(), curve25519_dalek::RistrettoPoint::default());
    blinding.zeroize();
    assert_eq!(*at(&blinding).r(), curve25519_dalek::RistrettoPoint::default());
}
