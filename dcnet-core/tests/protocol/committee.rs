//! Holders that the beacon draws from the meters.

use chacha20::ChaCha20Rng;
use dcnet_core::{Closing, Holder, Holders, Meter, Misuse, Neighbour, Params, Place, Utility, graph};
use meter_link::answer::{AnswererLink, Threshold};
use meter_link::cohort::{Cohort, Plan as Forming};
use meter_link::{Channels, GroupParams, HighWater, Role, Round};
use rand_core::SeedableRng;

use crate::group::{FIRST, LAST, Plan, readings, truth};

const METERS: u32 = 12;

fn params(plan: &Plan) -> Params {
    let group = GroupParams::new(plan.config()).unwrap();
    Params::complete(group, Holders::Drawn(Threshold::DEFAULT)).unwrap()
}

fn unseated_cohort(plan: &Plan, seed: u64) -> Cohort {
    let params = params(plan);
    let forming = Forming {
        group: params.group(),
        session: params.session(),
        epoch: 3,
        first_round: Round::from(FIRST),
        last_round: Round::from(LAST),
        meters: &plan.meter_ids(),
        answerers: &[],
        answerer_role: Role::Meter,
    };
    Cohort::form(&forming, &mut ChaCha20Rng::seed_from_u64(seed)).unwrap()
}

fn cohort(plan: &Plan, seed: u64) -> (Cohort, Vec<u32>) {
    let cohort = unseated_cohort(plan, seed);
    let mut seats = vec![0; 4];
    graph::committee(cohort.view.context(), METERS, &mut seats).unwrap();
    (cohort.seated(&seats).unwrap(), seats)
}

#[test]
fn rounds_with_holders_that_are_meters_too() {
    let plan = Plan::of(METERS, 2);
    let params = params(&plan);
    let (cohort, seats) = cohort(&plan, 5);
    let (view, roster) = (cohort.view, cohort.roster);
    let mut holders = Vec::new();
    let mut meters = Vec::new();
    for seat in &seats {
        let party = &cohort.meters[*seat as usize];
        holders.push(Holder::new(&params, &view, party.id, party.link.twin(), &roster).unwrap());
    }
    assert!(holders.iter().zip(1..).all(|(holder, number)| holder.number() == number));
    for (position, party) in (0..).zip(cohort.meters) {
        let others = (0..METERS).filter(|p| *p != position).map(|p| (p, roster.meters()[p as usize]));
        let place = Place { id: party.id, position, channels: Channels { first: 0, count: 2 } };
        let links: Vec<_> = (0..4).map(|_| AnswererLink::default()).collect();
        let storage: Vec<_> = (1..METERS).map(|_| Neighbour::default()).collect();
        let seated = seats.iter().map(|seat| (*seat, roster.meters()[*seat as usize]));
        let (link, listed) = (party.link, roster.answerers());
        // Another order, somebody else in a seat, or members without positions.
        let swapped = seats.iter().rev().map(|seat| (*seat, roster.meters()[*seat as usize]));
        let free = (0..METERS).find(|p| !seats.contains(p)).unwrap();
        let other = seats.iter().skip(1).chain([&free]).map(|seat| (*seat, roster.meters()[*seat as usize]));
        let rooms = || -> (Vec<_>, Vec<_>) {
            (
                (0..4).map(|_| AnswererLink::default()).collect(),
                (1..METERS).map(|_| Neighbour::default()).collect(),
            )
        };
        let made = |seated: Vec<_>| {
            let (links, storage) = rooms();
            let link = link.twin();
            Meter::with_committee(&params, &view, place, link, seated, others.clone(), links, storage)
                .map(|_| ())
        };
        assert_eq!(made(swapped.collect()), Err(Misuse::BadParameter.into()));
        assert_eq!(made(other.collect()), Err(Misuse::BadParameter.into()));
        assert_eq!(made(seated.clone().take(3).collect()), Err(Misuse::WrongLength.into()));
        let (spare_links, spare) = rooms();
        let unseated =
            Meter::new(&params, &view, place, link.twin(), listed, others.clone(), spare_links, spare);
        assert_eq!(unseated.map(|_| ()), Err(Misuse::WrongRole.into()));
        let meter = Meter::with_committee(&params, &view, place, link, seated, others, links, storage);
        meters.push((meter.unwrap(), HighWater::<2>::new()));
    }
    let own = cohort.utility;
    let mut utility = Utility::new(&params, &view, own.identity, own.link, roster).unwrap();
    for round in FIRST..FIRST + 2 {
        let now = Round::from(round);
        let some = readings(&plan, round);
        let mut collecting = utility.open(now, now, &[true; METERS as usize]).unwrap();
        let open = collecting.frame().to_vec();
        holders.iter_mut().for_each(|holder| holder.open(now, &open).unwrap());
        let mut out = vec![0; params.contribution_len()];
        for ((meter, mark), reading) in meters.iter_mut().zip(&some) {
            meter.open(now, &open).unwrap();
            let reading = reading.as_ref().unwrap();
            let frame = meter.contribute(mark, now, now, reading, &mut out).unwrap().stored();
            collecting.accept(frame).unwrap();
        }
        let quorum = utility.quorum(|number| number != 2).unwrap();
        let Closing::Final(mut closed) = utility.close(collecting, &quorum).unwrap() else { panic!() };
        for number in quorum.iter() {
            let answer = holders[usize::from(number) - 1].answer(now, closed.frame()).unwrap().stored();
            assert_eq!(closed.accept(&answer), Ok(number));
        }
        assert_eq!(utility.record(&closed).unwrap().values, truth(&some));
    }
}

#[test]
fn the_committee_follows_from_the_context() {
    let plan = Plan::of(METERS, 2);
    let draws: Vec<Vec<u32>> = (0..6).map(|seed| cohort(&plan, seed).1).collect();
    for seats in &draws {
        let mut distinct = seats.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 4);
    }
    assert!(draws.iter().any(|seats| *seats != draws[0]));
    assert_eq!(draws[0], cohort(&plan, 0).1);
    let named = Params::complete(GroupParams::new(plan.config()).unwrap(), Threshold::DEFAULT).unwrap();
    assert_ne!(named.session(), params(&plan).session());
    let context = cohort(&plan, 0).0.view;
    let mut too_many = vec![0; METERS as usize + 1];
    let refused = graph::committee(context.context(), METERS, &mut too_many);
    assert_eq!(refused, Err(Misuse::BadParameter.into()));
}

#[test]
fn seats_are_meters_and_each_taken_once() {
    let plan = Plan::of(METERS, 2);
    let roster = || {
        let (cohort, _) = cohort(&plan, 1);
        cohort.roster
    };
    let bad = Misuse::BadParameter;
    // It has a committee already.
    assert_eq!(roster().seated(&[0, 1]).unwrap_err(), bad.into());
    let bare = Plan { threshold: Threshold::DEFAULT, ..plan }.cohort().roster;
    assert_eq!(bare.seated(&[0, 1]).unwrap_err(), bad.into());
    let (seated, seats) = cohort(&plan, 1);
    // Seats that somebody chose, and in another order.
    let mut unseated = Vec::new();
    for seats in [[0, 1, 2, 3], [seats[1], seats[0], seats[2], seats[3]]] {
        let roster = unseated_cohort(&plan, 1).seated(&seats).unwrap();
        let (view, own) = (roster.view, roster.utility);
        let utility = Utility::new(&params(&plan), &view, own.identity, own.link, roster.roster);
        unseated.push(utility.map(|_| ()));
    }
    assert_eq!(unseated, [Err(bad.into()), Err(bad.into())]);
    let ids: Vec<_> = seated.roster.answerers().iter().map(|m| m.id).collect();
    let meters = seated.roster.meters();
    assert_eq!(ids, seats.iter().map(|p| meters[*p as usize].id).collect::<Vec<_>>());
}
