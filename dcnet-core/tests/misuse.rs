//! Every mistake of the caller that the crate names: refused, and nothing has changed.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/group.rs"]
mod group;
#[path = "world/rounds.rs"]
mod rounds;

use dcnet_core::{
    Closing, Error, Fault, Holder, Malformed, Meter, Misuse, Neighbour, Params, Place, Utility, graph,
};
use group::{DEVICE_CHANNELS, FIRST, LAST, Plan, World, readings, silent, truth};
use meter_link::answer::{AnswererLink, Quorum, Threshold};
use meter_link::roster::Member;
use meter_link::{
    Channels, GroupConfig, GroupId, GroupParams, HighWater, PartyId, Protocol, Round, SetRules,
};
use rounds::Script;

fn misuse<T: core::fmt::Debug>(result: Result<T, Error>, expected: Misuse) {
    assert_eq!(result.unwrap_err(), Error::Misuse(expected));
}

#[test]
fn params_that_do_not_go_together() {
    let group = |protocol, max_meters| {
        let config = GroupConfig { max_meters, ..GroupConfig::new(protocol, GroupId(1)) };
        GroupParams::new(config).unwrap()
    };
    let t = Threshold::DEFAULT;
    for protocol in [Protocol::Shamir, Protocol::Elgamal, Protocol::Cmt] {
        misuse(Params::complete(group(protocol, 10), t), Misuse::BadParameter);
        misuse(Params::drawn_relying_on_the_holders(group(protocol, 1000), t, 10, 5), Misuse::BadParameter);
    }
    let dcnet = |max_meters| group(Protocol::Dcnet, max_meters);
    misuse(Params::complete(dcnet(graph::COMPLETE_UP_TO + 1), t), Misuse::BadParameter);
    assert_eq!(Params::complete(dcnet(3), t).unwrap().min_neighbours(), 2);
    for (degree, least) in [(9, 5), (10, 0), (10, 11), (0, 1)] {
        let params = Params::drawn_relying_on_the_holders(dcnet(1000), t, degree, least);
        misuse(params, Misuse::BadParameter);
    }
    for (max_meters, degree, least) in [(1000, 10, 10), (256, 0, 255), (400, 400, 399)] {
        assert!(Params::drawn_relying_on_the_holders(dcnet(max_meters), t, degree, least).is_ok());
    }
    misuse(Threshold::new(4, 2, 1), Misuse::BadThreshold);
}

/// What `Meter::new` is given for the meter at position 1 of four.
struct Setup {
    params: Params,
    place: Place,
    holders: Vec<Member>,
    neighbours: Vec<(u32, Member)>,
    links: usize,
    slots: usize,
}

fn setup(plan: &Plan) -> Setup {
    let cohort = plan.cohort();
    let neighbours = (0u32..).zip(cohort.roster.meters().iter().copied()).filter(|(p, _)| *p != 1);
    let channels = Channels { first: 0, count: plan.channels };
    Setup {
        params: plan.params(),
        place: Place { id: plan.meter_ids()[1], position: 1, channels },
        holders: cohort.roster.answerers().to_vec(),
        neighbours: neighbours.collect(),
        links: 4,
        slots: 3,
    }
}

fn meter(plan: &Plan, s: Setup) -> Result<(), Error> {
    let mut cohort = plan.cohort();
    let link = cohort.meters.remove(1).link;
    let links: Vec<_> = (0..s.links).map(|_| AnswererLink::default()).collect();
    let slots: Vec<_> = (0..s.slots).map(|_| Neighbour::default()).collect();
    Meter::new(&s.params, &cohort.view, s.place, link, &s.holders, s.neighbours, links, slots).map(|_| ())
}

#[test]
fn a_meter_that_does_not_fit_its_epoch() {
    let plan = Plan::of(4, 2);
    let with = |change: fn(&mut Setup)| {
        let mut setup = setup(&plan);
        change(&mut setup);
        meter(&plan, setup)
    };
    assert_eq!(with(|_| ()), Ok(()));
    misuse(with(|s| s.place.channels.count = 1), Misuse::WrongChannels);
    misuse(with(|s| s.links = 3), Misuse::WrongLength);
    misuse(with(|s| s.links = 5), Misuse::WrongLength);
    misuse(with(|s| s.holders.truncate(3)), Misuse::WrongLength);
    misuse(with(|s| s.slots = 2), Misuse::WrongLength);
    misuse(with(|s| s.slots = 4), Misuse::WrongLength);
    misuse(with(|s| s.place.position = 4), Misuse::BadParameter);
    misuse(with(|s| s.neighbours.swap(0, 1)), Misuse::BadParameter);
    misuse(with(|s| s.neighbours[1].0 = 0), Misuse::BadParameter);
    misuse(with(|s| s.neighbours[2].0 = 4), Misuse::BadParameter);
    // The own position, the own id, and a position on the other side than the id.
    misuse(with(|s| s.neighbours[0].0 = 1), Misuse::BadParameter);
    misuse(with(|s| s.neighbours[1].1.id = s.place.id), Misuse::SelfAsPeer);
    misuse(with(|s| s.place.position = 3), Misuse::BadParameter);
    for other in [
        Plan { group: 8, ..plan },
        Plan { max_reading: 1, ..plan },
        Plan { rounds_per_step: 1, ..plan },
        Plan { threshold: Threshold::new(6, 4, 1).unwrap(), ..plan },
        Plan { drawn: Some((4, 2)), ..plan },
        Plan { drawn: Some((0, 3)), ..plan },
    ] {
        misuse(meter(&plan, Setup { params: other.params(), ..setup(&plan) }), Misuse::WrongSession);
    }
}

#[test]
fn roles_of_somebody_else() {
    let plan = Plan::of(3, 1);
    let (params, other) = (plan.params(), Plan { group: 8, ..plan }.params());
    let new = |params: &Params, id: PartyId| {
        let mut cohort = plan.cohort();
        let party = cohort.answerers.remove(0);
        Holder::new(params, &cohort.view, id, party.link, &cohort.roster)
    };
    let own = plan.holder_ids()[0];
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
    let plan = Plan { rounds_per_step: 4, ..Plan::of(4, 2) };
    let world = World::new(plan);
    let (len, reading) = (plan.params().contribution_len(), [1, -2]);
    let (mut device, mut out) = (plan.device(0), vec![0xaa; len]);
    let most = i64::try_from(plan.max_reading).unwrap();
    let (now, at) = (FIRST + 4, Round::from(FIRST + 4));
    misuse(device.contribute(now, &reading), Misuse::OutOfOrder); // before the Open
    device.open(&world.forger.open(now, None, &world.everybody())).unwrap();
    {
        let mut refused = |now: u32, round: u32, reading: &[i64], len: usize, expected| {
            let (now, round) = (Round::from(now), Round::from(round));
            let result = device.meter.contribute(&mut device.mark, now, round, reading, &mut out[..len]);
            misuse(result, expected);
            assert!(out.iter().all(|byte| *byte == 0xaa));
        };
        refused(now, FIRST - 1, &reading, len, Misuse::RoundOutsideEpoch);
        refused(LAST, LAST + 1, &reading, len, Misuse::RoundOutsideEpoch);
        refused(now - 3, now, &reading, len, Misuse::RoundFarFromNow);
        refused(now + 3, now, &reading, len, Misuse::RoundFarFromNow);
        refused(now, now - 1, &reading, len, Misuse::OutOfOrder);
        refused(now, now + 1, &reading, len, Misuse::OutOfOrder);
        for wrong in [&[][..], &[1], &[1, 2, 3]] {
            refused(now, now, wrong, len, Misuse::WrongChannels);
        }
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
    let mut fresh = plan.device(0);
    fresh.open(&world.forger.open(now, None, &world.everybody())).unwrap();
    assert_eq!(frame, fresh.contribute(now, &reading).unwrap().0);
    assert_eq!(out.last(), Some(&0xbb));
    misuse(device.contribute(now, &reading), Misuse::TimeAlreadyUsed);
    assert_eq!(DEVICE_CHANNELS, 9);
}

/// A buffer that is too short for the repair: refused before the Close counts as seen.
#[test]
fn closes_with_a_short_buffer() {
    let mut world = World::new(Plan::of(5, 3));
    let now = Round::from(FIRST);
    let collecting = world.collected(FIRST, &readings(&world.plan, FIRST), &Script::default());
    let open = collecting.frame().to_vec();
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[4]));
    let device = &mut world.devices[0];
    for len in [0, world.params.repair_len() - 1] {
        misuse(device.meter.close(now, &close, &mut vec![0; len]), Misuse::WrongLength);
    }
    let other = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[3]));
    assert!(world.devices[0].close(&other).unwrap().0.is_some());
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
    world.round(FIRST + 1, &readings, Script::default()).unwrap();
    for round in [FIRST, FIRST + 1] {
        misuse(open(&mut world, FIRST, round, &all), Misuse::OutOfOrder);
    }
    let (sum, _) = world.round(FIRST + 2, &readings, Script::default()).unwrap();
    assert_eq!(sum.values, truth(&readings));
}

#[test]
fn quorums_of_another_size() {
    let mut world = World::new(Plan::of(6, 1));
    let some = silent(readings(&world.plan, FIRST), &[5]);
    let collecting = world.collected(FIRST, &some, &Script::default());
    let right = world.utility.quorum(|_| true).unwrap();
    let (mut closed, _) = world.settle(collecting, &right, vec![5], &Script::default()).unwrap();
    let before = closed.frame().to_vec();
    for wrong in [&[][..], &[1, 2], &[1, 2, 3, 4], &[2, 3, 5]] {
        misuse(world.utility.ask(&mut closed, &Quorum::new(wrong).unwrap()), Misuse::BadQuorum);
        assert_eq!(closed.frame(), before);
    }
    for wrong in [&[0, 1, 2][..], &[2, 1, 3], &[1, 1, 2]] {
        misuse(Quorum::new(wrong), Misuse::BadQuorum);
    }
    world.answer(FIRST, &mut closed, &right).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));
    let away = world.utility.quorum(|number| number > 2);
    assert_eq!(away, Err(Error::Quorum { have: 2, need: 3 }));

    // Closing with one costs the round, as closing takes it, in the first pass already; and nothing else.
    for (round, wrong) in (FIRST + 1..).zip([&[1, 2][..], &[2, 3, 5]]) {
        let some = silent(readings(&world.plan, round), &[5]);
        let collecting = world.collected(round, &some, &Script::default());
        misuse(world.utility.close(collecting, &Quorum::new(wrong).unwrap()), Misuse::BadQuorum);
    }
    let some = silent(readings(&world.plan, FIRST + 3), &[5]);
    let collecting = world.collected(FIRST + 3, &some, &Script::default());
    let Closing::Repairing(repairing) = world.utility.close(collecting, &right).unwrap() else { panic!() };
    misuse(world.utility.close_again(repairing, &Quorum::new(&[1, 2]).unwrap()), Misuse::BadQuorum);
    let next = readings(&world.plan, FIRST + 4);
    assert_eq!(world.round(FIRST + 4, &next, Script::default()).unwrap().0.values, truth(&next));
}

#[test]
fn graphs_that_do_not_exist() {
    let mut out = [7; 20];
    for (position, count, degree, len, expected) in [
        (0, 1000, 9, 20, Misuse::BadParameter),
        (1000, 1000, 10, 20, Misuse::BadParameter),
        (0, 0, 10, 20, Misuse::BadParameter),
        (0, 1000, 10, 9, Misuse::WrongLength),
        (3, 12, 10, 10, Misuse::WrongLength),
    ] {
        misuse(graph::neighbours(position, count, degree, &[1; 32], &mut out[..len]), expected);
    }
    for (index, count) in [(0, 0), (5, 5), (6, 5)] {
        misuse(graph::shuffled(index, count, &[1; 32]), Misuse::BadParameter);
        misuse(graph::unshuffled(index, count, &[1; 32]), Misuse::BadParameter);
    }
}

/// Records of Closes: damaged, torn, or of another role.
#[test]
fn damaged_records_are_refused() {
    let mut world = World::new(Plan::of(4, 1));
    let open = world.forger.open(FIRST, None, &world.everybody());
    let close = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[3]));
    let device = &mut world.devices[0];
    device.open(&open).unwrap();
    let (_, record) = device.close(&close).unwrap();
    let bad = Err(Malformed::BadRecord.into());
    let mut rebooted = world.plan.device(0);
    for cut in 0..record.len() {
        assert_eq!(rebooted.meter.replay(&record[..cut]), bad);
        for bit in 0..8 {
            let mut flipped = record.clone();
            flipped[cut] ^= 1 << bit;
            assert_eq!(rebooted.meter.replay(&flipped), bad);
        }
    }
    assert_eq!(rebooted.meter.replay(&[&record[..], &[0]].concat()), bad);
    let checked = |body: &[u8]| [body, &meter_link::mark::check(body)].concat();
    // Other roles' records, and a body of no length, with right checks.
    for body in [&[][..], &[5], &[5; 37], &[1; 13], &[2; 37], &[4; 38]] {
        assert_eq!(rebooted.meter.replay(&checked(body)), bad);
    }
    // Nothing has changed by any of them; and in any order, twice, the whole ones do no harm.
    rebooted.open(&open).unwrap();
    let (_, mark) = rebooted.contribute(FIRST, &[1]).unwrap();
    assert_eq!(rebooted.meter.replay(&mark), bad);
    rebooted.meter.replay(&record).unwrap();
    rebooted.meter.replay(&record).unwrap();
    assert_eq!(rebooted.open(&open), Err(Fault::RoundClosed.of(PartyId::UTILITY)));
}

/// The rules of sets are the group's, and the group's are checked.
#[test]
fn minimum_of_one_meter() {
    let rules = SetRules { min_honest: 1, ..SetRules::LEAST };
    let config = GroupConfig { rules, ..GroupConfig::new(Protocol::Dcnet, GroupId(1)) };
    misuse(GroupParams::new(config), Misuse::MinimumTooSmall);
}
