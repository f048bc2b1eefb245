//! Every mistake of the caller that the crate names: refused, and nothing has changed.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/group.rs"]
mod group;

use chacha20::ChaCha20Rng;
use group::{DEVICE_CHANNELS, FIRST, LAST, Plan, World, readings, truth};
use meter_link::answer::{AnswererLink, Quorum, Threshold};
use meter_link::roster::Member;
use meter_link::{
    Channels, Field64, GroupConfig, GroupId, GroupParams, HighWater, PartyId, Protocol, Role, Round,
};
use rand_core::SeedableRng;
use shamir_agg::{Aggregator, Error, Meter, Misuse, Params, Post, Utility, combine, split, split_with};

fn misuse<T: core::fmt::Debug>(result: Result<T, Error>, expected: Misuse) {
    assert_eq!(result.unwrap_err(), Error::Misuse(expected));
}

#[test]
fn params_of_another_protocol() {
    for protocol in [Protocol::Dcnet, Protocol::Elgamal, Protocol::Cmt] {
        let group = GroupParams::new(GroupConfig::new(protocol, GroupId(1))).unwrap();
        misuse(Params::new(group, Threshold::DEFAULT), Misuse::BadParameter);
    }
    misuse(Threshold::new(4, 2, 1), Misuse::BadThreshold);
}

/// The meter at position 0 with other arguments.
fn meter(
    plan: &Plan,
    params: &Params,
    channels: u16,
    links: usize,
    aggregators: &[Member],
) -> Result<Meter<Vec<AnswererLink>>, Error> {
    let mut cohort = plan.cohort();
    let party = cohort.meters.remove(0);
    let storage = (0..links).map(|_| AnswererLink::default()).collect();
    let channels = Channels { first: 0, count: channels };
    Meter::new(params, &cohort.view, party.id, channels, party.link, aggregators, storage)
}

#[test]
fn a_meter_that_does_not_fit_its_epoch() {
    let plan = Plan::of(3, 2);
    let (params, cohort) = (plan.params(), plan.cohort());
    let all = cohort.roster.answerers();
    misuse(meter(&plan, &params, 1, 4, all), Misuse::WrongChannels);
    misuse(meter(&plan, &params, 2, 3, all), Misuse::WrongLength);
    misuse(meter(&plan, &params, 2, 5, all), Misuse::WrongLength);
    misuse(meter(&plan, &params, 2, 3, &all[..3]), Misuse::WrongLength);
    let mut with_me = all.to_vec();
    with_me[3] = cohort.roster.meters()[0];
    misuse(meter(&plan, &params, 2, 4, &with_me), Misuse::WrongRole);
    with_me[3].role = Role::Aggregator;
    misuse(meter(&plan, &params, 2, 4, &with_me), Misuse::SelfAsPeer);
    for other in [
        Plan { group: 8, ..plan },
        Plan { max_reading: 1, ..plan },
        Plan { threshold: Threshold::new(4, 3, 1).unwrap(), rounds_per_step: 1, ..plan },
        Plan { threshold: Threshold::new(6, 4, 1).unwrap(), ..plan },
    ] {
        misuse(meter(&plan, &other.params(), 2, 4, all), Misuse::WrongSession);
    }
    assert!(meter(&plan, &params, 2, 4, all).is_ok());
}

#[test]
fn roles_of_somebody_else() {
    let plan = Plan::of(3, 1);
    let (params, other) = (plan.params(), Plan { group: 8, ..plan }.params());
    let new = |params: &Params, id: PartyId| {
        let mut cohort = plan.cohort();
        let party = cohort.answerers.remove(0);
        Aggregator::new(
            params,
            &cohort.view,
            Post { id, identity: party.identity, link: party.link },
            &cohort.roster,
        )
    };
    let own = plan.aggregator_ids()[0];
    misuse(new(&other, own), Misuse::WrongSession);
    for id in [PartyId(4), plan.meter_ids()[0], PartyId::UTILITY] {
        misuse(new(&params, id), Misuse::UnknownParty);
    }
    assert_eq!(new(&params, own).unwrap().number(), 1);

    let cohort = plan.cohort();
    let (view, roster, own) = (cohort.view, cohort.roster, cohort.utility);
    let mut meters = cohort.meters.into_iter();
    let (a, b) = (meters.next().unwrap(), meters.next().unwrap());
    let of = |params, identity, link| Utility::new(params, &view, identity, link, roster.clone());
    misuse(of(&params, a.identity, a.link), Misuse::WrongRole);
    misuse(of(&params, plan.cohort().utility.identity, b.link), Misuse::WrongRole);
    misuse(of(&other, b.identity, plan.cohort().utility.link), Misuse::WrongSession);
    assert!(of(&params, own.identity, own.link).is_ok());
}

#[test]
fn contributions_that_are_refused_leave_the_interval_free() {
    let plan = Plan { rounds_per_step: 4, ..Plan::of(3, 2) };
    let mut device = plan.device(0);
    let (mut out, reading) = (vec![0xaa; plan.params().contribution_len()], [1, -2]);
    let most = i64::try_from(plan.max_reading).unwrap();
    let at = Round::from(FIRST + 4);
    {
        let mut refused = |now: u32, round: u32, reading: &[i64], len: usize, expected| {
            let (now, round) = (Round::from(now), Round::from(round));
            let result = device.meter.contribute(&mut device.mark, now, round, reading, &mut out[..len]);
            misuse(result, expected);
            assert!(out.iter().all(|byte| *byte == 0xaa));
        };
        let len = plan.params().contribution_len();
        let now = FIRST + 4;
        refused(now, FIRST - 1, &reading, len, Misuse::RoundOutsideEpoch);
        refused(LAST, LAST + 1, &reading, len, Misuse::RoundOutsideEpoch);
        refused(now - 3, now, &reading, len, Misuse::RoundFarFromNow);
        refused(now + 3, now, &reading, len, Misuse::RoundFarFromNow);
        refused(now, now, &[], len, Misuse::WrongChannels);
        refused(now, now, &[1], len, Misuse::WrongChannels);
        refused(now, now, &[1, 2, 3], len, Misuse::WrongChannels);
        for beyond in [most + 1, -most - 1, i64::MIN, i64::MAX] {
            refused(now, now, &[0, beyond], len, Misuse::ReadingTooLarge);
        }
        refused(now, now, &reading, len - 1, Misuse::WrongLength);
        refused(now, now, &reading, 0, Misuse::WrongLength);
    }
    // A device without the channels of the session.
    let mut narrow = HighWater::<1>::new();
    misuse(device.meter.contribute(&mut narrow, at, at, &reading, &mut out), Misuse::UnknownChannel);
    assert!(out.iter().all(|byte| *byte == 0xaa));

    // The interval is still there, once; a longer buffer is used as far as needed.
    out.push(0xbb);
    let frame = device.meter.contribute(&mut device.mark, at, at, &reading, &mut out).unwrap().stored();
    assert_eq!(frame, plan.device(0).contribute(FIRST + 4, &reading).unwrap().0);
    assert_eq!(out.last(), Some(&0xbb));
    misuse(device.contribute(FIRST + 4, &reading), Misuse::TimeAlreadyUsed);
    misuse(device.contribute(FIRST + 3, &reading), Misuse::OutOfOrder);
    assert_eq!(DEVICE_CHANNELS, 9);
    assert!(device.contribute(FIRST + 5, &reading).is_ok());
}

#[test]
fn rounds_that_cannot_be_opened() {
    let mut world = World::new(Plan::of(4, 1));
    let all = world.everybody();
    let open = |world: &mut World, now: u32, round: u32, present: &[bool]| {
        world.utility.open(Round::from(now), Round::from(round), present).map(|_| ())
    };
    misuse(open(&mut world, FIRST, FIRST - 1, &all), Misuse::RoundOutsideEpoch);
    misuse(open(&mut world, LAST, LAST + 1, &all), Misuse::RoundOutsideEpoch);
    misuse(open(&mut world, FIRST, FIRST + 3, &all), Misuse::RoundFarFromNow);
    misuse(open(&mut world, FIRST, FIRST, &all[..3]), Misuse::WrongLength);
    misuse(open(&mut world, FIRST, FIRST, &[true; 5]), Misuse::WrongLength);
    let two = [true, true, false, false];
    assert_eq!(open(&mut world, FIRST, FIRST, &two), Err(Error::Quorum { have: 2, need: 3 }));

    let readings = readings(&world.plan, FIRST + 1);
    world.round(FIRST + 1, &readings, &[]).unwrap();
    // Neither a closed round nor one that is open, nor any before.
    open(&mut world, FIRST + 2, FIRST + 3, &all).unwrap();
    for round in [FIRST + 1, FIRST + 2, FIRST + 3] {
        misuse(open(&mut world, FIRST + 2, round, &all), Misuse::OutOfOrder);
    }
    assert_eq!(world.round(FIRST + 4, &readings, &[]).unwrap().values, truth(&readings));
}

#[test]
fn quorums_of_another_size() {
    let mut world = World::new(Plan::of(4, 1));
    let readings = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &[]);
    for frame in world.frames(FIRST, &readings).into_iter().flatten() {
        collecting.accept(&frame).unwrap();
    }
    let right = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &right).unwrap();
    let before = closed.frame().to_vec();
    for wrong in [&[][..], &[1, 2], &[1, 2, 3, 4], &[2, 3, 5]] {
        misuse(world.utility.ask(&mut closed, &Quorum::new(wrong).unwrap()), Misuse::BadQuorum);
        assert_eq!(closed.frame(), before);
    }
    for wrong in [&[0, 1, 2][..], &[2, 1, 3], &[1, 1, 2]] {
        misuse(Quorum::new(wrong), Misuse::BadQuorum);
    }
    world.answer(FIRST, &mut closed, &right).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
    // A new quorum for a round that is over would break the chain.
    world.round(FIRST + 1, &readings, &[]).unwrap();
    misuse(world.utility.ask(&mut closed, &right), Misuse::OutOfOrder);

    // Closing with one costs the round, as closing takes it, and nothing else.
    let collecting = world.open(FIRST + 2, &[]);
    misuse(world.utility.close(collecting, &Quorum::new(&[1, 2]).unwrap()), Misuse::BadQuorum);
    let next = group::readings(&world.plan, FIRST + 3);
    assert_eq!(world.round(FIRST + 3, &next, &[]).unwrap().values, truth(&next));
}

#[test]
fn sharings_that_cannot_be() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let secret = [Field64::from_u64(5), Field64::from_u64(6)];
    let mut storage = [[Field64::ONE; 2]; 4];
    let mut share = |threshold: u8, parties: usize, len: usize| {
        let mut places: Vec<&mut [Field64]> = storage.iter_mut().map(|s| &mut s[..len]).collect();
        let result = split(&secret, threshold, &mut places[..parties], &mut rng);
        let untouched = storage.iter().flatten().all(|e| *e == Field64::ONE);
        (result, untouched)
    };
    for (threshold, parties) in [(0, 4), (5, 4), (1, 0), (3, 2)] {
        assert_eq!(share(threshold, parties, 2), (Err(Misuse::BadThreshold.into()), true));
    }
    assert_eq!(share(3, 4, 1), (Err(Misuse::WrongLength.into()), true));
    assert_eq!(share(3, 4, 2), (Ok(()), false));
    let mut many = vec![Field64::ZERO; 256];
    let mut places: Vec<&mut [Field64]> = many.chunks_mut(1).collect();
    misuse(split_with(&secret[..1], 2, &mut places, |_, _| Field64::ONE), Misuse::BadThreshold);

    let mut out = [Field64::ONE; 2];
    let [a, b, c, _] = &storage;
    let mut refused = |shares: &[(u8, &[Field64])], expected| {
        misuse(combine(shares, &mut out), expected);
        assert_eq!(out, [Field64::ONE; 2]);
    };
    refused(&[], Misuse::BadQuorum);
    refused(&[(0, a), (1, b)], Misuse::BadQuorum);
    refused(&[(1, a), (2, b), (1, c)], Misuse::BadQuorum);
    refused(&[(1, a), (2, &b[..1])], Misuse::WrongLength);
    combine(&[(1, a), (3, c), (2, b)], &mut out).unwrap();
    assert_eq!(out, secret);
}

#[test]
fn damaged_records_are_refused() {
    let mut world = World::new(Plan::of(3, 1));
    let readings = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &[]);
    for frame in world.frames(FIRST, &readings).into_iter().flatten() {
        collecting.accept(&frame).unwrap();
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let closed = world.utility.close(collecting, &quorum).unwrap();
    let prepared = world.aggregator(1).answer(Round::from(FIRST), closed.frame()).unwrap();
    let record = prepared.record().to_vec();
    let answer = prepared.stored();
    let mut rebooted = world.plan.aggregator(1);
    for cut in 0..record.len() {
        assert_eq!(rebooted.replay(&record[..cut]), Err(shamir_agg::Malformed::BadRecord.into()));
        let mut bad = record.clone();
        bad[cut] ^= 4;
        assert_eq!(rebooted.replay(&bad), Err(shamir_agg::Malformed::BadRecord.into()));
    }
    rebooted.replay(&record).unwrap();
    rebooted.replay(&record).unwrap();
    let mut open =
        world.plan.utility().open(Round::from(FIRST), Round::from(FIRST), &world.everybody()).unwrap();
    assert_eq!(open.accept(&[]), Err(shamir_agg::Malformed::Truncated.into()));
    rebooted.open(Round::from(FIRST), open.frame()).unwrap();
    assert_eq!(rebooted.answer(Round::from(FIRST), closed.frame()).unwrap().stored(), answer);
}

#[test]
fn windows_that_cannot_be() {
    let params = Plan { windows: None, ..Plan::billed(12, 1) }.params();
    misuse(params.with_windows(12, 3), Misuse::MinimumTooSmall);
    misuse(params.with_windows(6, 6), Misuse::BadParameter);
    let few = Plan::of(12, 1).params();
    misuse(few.with_windows(12, 12), Misuse::MinimumTooSmall);
    assert!(params.with_windows(12, 6).is_ok());
}

#[test]
fn bills_that_cannot_be() {
    let plan = Plan::billed(12, 1);
    let mut world = World::new(plan);
    let (first, quorum) = (Round::from(FIRST), world.asked(&[4]));
    misuse(world.utility.billable(first), Misuse::NotBillable);
    misuse(world.utility.bill(first, &plan.meter_ids(), &quorum), Misuse::NotBillable);
    for round in FIRST..FIRST + 12 {
        let readings = readings(&plan, round);
        world.round(round, &readings, &[]).unwrap();
    }
    let ids = plan.meter_ids();
    for stranger in [PartyId::UTILITY, plan.aggregator_ids()[0], PartyId(101)] {
        let with = [&ids[..], &[stranger]].concat();
        misuse(world.utility.bill(first, &with, &quorum), Misuse::UnknownParty);
        misuse(world.utility.certify_bill(first, &with, &quorum), Misuse::UnknownParty);
    }
    // Too few, nobody, and a window of which nothing is known.
    misuse(world.utility.bill(first, &ids[..9], &quorum), Misuse::NotBillable);
    misuse(world.utility.bill(first, &[], &quorum), Misuse::NotBillable);
    for elsewhere in [FIRST + 1, FIRST + 12] {
        misuse(world.utility.bill(Round::from(elsewhere), &ids, &quorum), Misuse::NotBillable);
    }
    let short = world.utility.bill(first, &ids, &quorum).unwrap();
    assert_eq!(short.bills().unwrap_err(), Error::Quorum { have: 0, need: 3 });
    let bills = world.bills(FIRST + 12, FIRST, &ids, &[]).unwrap();
    assert_eq!(bills.len(), 12);
}

#[test]
fn states_in_the_wrong_place() {
    let plan = Plan::billed(12, 2);
    let device = plan.device(3);
    let params = plan.params();
    let mut state = vec![0; params.meter_state_len()];
    misuse(device.meter.to_bytes(&mut state[1..]).map(|_| ()), Misuse::WrongLength);
    device.meter.to_bytes(&mut state).unwrap();
    let view = plan.cohort().view;
    let links = |count: usize| (0..count).map(|_| AnswererLink::default()).collect::<Vec<_>>();
    for count in [0, 3, 5] {
        misuse(Meter::from_bytes(&params, &view, links(count), &state), Misuse::WrongLength);
    }
    let other = Plan { windows: None, ..plan }.params();
    misuse(Meter::from_bytes(&other, &view, links(4), &state), Misuse::WrongSession);
    assert!(Meter::from_bytes(&params, &view, links(4), &state).is_ok());
    for at in 0..state.len() {
        let mut bad = state.clone();
        bad[at] ^= 0x10;
        let refused = Meter::from_bytes(&params, &view, links(4), &bad).map(|_| ());
        assert_eq!(refused, Err(shamir_agg::Malformed::BadRecord.into()));
    }
}
