//! Mistakes of the calling code: each is named, and leaves everything as it was.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/ring.rs"]
mod ring;

use cmt_ring::{
    Error, Fault, Forming, Generation, Listed, Meter, Misuse, Mode, Neighbours, Params, Supplier,
};
use meter_link::{
    Channels, Fault as LinkFault, GroupConfig, GroupId, GroupParams, HighWater, LinkSecret,
    Misuse as LinkMisuse, PartyId, Protocol, SetRules,
};
use ring::{Device, ROOM, World, channels, params, rng, round};

fn misuse(misuse: LinkMisuse) -> Error {
    Error::Misuse(Misuse::Link(misuse))
}

#[test]
fn rings_have_five_members_or_more() {
    let with = |rules: SetRules, max_meters: u32| {
        let config = GroupConfig { rules, max_meters, ..Params::config(GroupId(1)) };
        Params::new(GroupParams::new(config).unwrap(), Mode::Drawn).map(|_| ())
    };
    let rules = |min_honest, max_colluding| SetRules { min_honest, max_colluding, max_missing_permille: 0 };
    assert_eq!(with(rules(5, 0), 100), Ok(()));
    assert_eq!(with(rules(3, 2), 5), Ok(()));
    let small = Err(Error::Misuse(Misuse::RingTooSmall));
    assert_eq!(with(rules(4, 0), 100), small);
    assert_eq!(with(rules(2, 2), 100), small);
    // A group that can never have so many is none.
    for (rules, max_meters) in [(rules(5, 0), 4), (rules(9, 3), 11)] {
        let config = GroupConfig { rules, max_meters, ..Params::config(GroupId(1)) };
        assert_eq!(GroupParams::new(config), Err(LinkMisuse::BadParameter.into()));
    }
    let dcnet = GroupConfig { rules: rules(5, 0), ..GroupConfig::new(Protocol::Dcnet, GroupId(1)) };
    let other = Params::new(GroupParams::new(dcnet).unwrap(), Mode::Drawn);
    assert_eq!(other.map(|_| ()), Err(misuse(LinkMisuse::BadParameter)));
}

#[test]
fn modes_and_sessions_differ() {
    let (drawn, derived) = (params(Mode::Drawn, 1), params(Mode::Derived, 1));
    assert_ne!(drawn.session(), derived.session());
    let mut world = World::with(drawn, 5, 1);
    let listed = world.members[0].listed;
    let wrong = Device::new(&derived, &world.view, &listed, channels(&derived)).map(|_| ());
    assert_eq!(wrong.unwrap_err(), misuse(LinkMisuse::WrongSession));
    let link = LinkSecret::generate(&mut rng(1));
    let wrong = Supplier::new(&derived, &world.view, &world.roster, link).map(|_| ());
    assert_eq!(wrong.unwrap_err(), misuse(LinkMisuse::WrongSession));

    world.form_all(1, 0);
    let mode = Error::Misuse(Misuse::WrongMode);
    assert_eq!(world.contribute(1, 0, &[1]), Err(mode));
    let mut world = World::with(derived, 5, 1);
    world.form_all(1, 0);
    assert_eq!(world.relay(1, 0, &[1], &[]), Err(mode));
    assert_eq!(world.start(0, &[1], &[]), Err(mode));
    assert_eq!(world.close(0, &[]), Err(mode));
}

#[test]
fn meters_that_do_not_fit_their_epoch() {
    let world = World::new(5, Mode::Drawn, 2, 2);
    let listed = world.members[0].listed;
    let new =
        |listed: Listed, channels| Device::new(&world.params, &world.view, &listed, channels).map(|_| ());
    for count in [0, 1, 3] {
        let wrong = new(listed, Channels { first: 0, count }).unwrap_err();
        assert_eq!(wrong, misuse(LinkMisuse::WrongChannels));
    }
    let two = Channels { first: 0, count: 2 };
    let room = Meter::<1>::new(&world.params, &world.view, &listed, two).map(|_| ());
    assert_eq!(room.unwrap_err(), misuse(LinkMisuse::WrongChannels));
    let beyond = new(Listed { position: 5, ..listed }, two).unwrap_err();
    assert_eq!(beyond, misuse(LinkMisuse::UnknownParty));
    let mut peer = listed.peer;
    peer.id = PartyId::UTILITY;
    assert_eq!(new(Listed { peer, ..listed }, two).unwrap_err(), misuse(LinkMisuse::UnknownParty));
}

#[test]
fn forming_with_a_wrong_list_or_role() {
    let mut world = World::new(7, Mode::Drawn, 1, 3);
    let everybody: Vec<usize> = (0..7).collect();
    let lead = world.draw(1, &everybody)[0];
    let all: Vec<Listed> = world.members.iter().map(|m| m.listed).collect();
    let mut open = |index: usize, link: usize, from: u32, g: u32, listed: &[Listed]| {
        let link = LinkSecret::from_bytes(&mut secret_of(&world, link));
        let meter = &mut world.members[index].meter;
        Forming::open(meter, &link, round(0), round(from), Generation(g), listed, &mut world.rng)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(open(lead, lead, 0, 0, &all), Error::Misuse(Misuse::GenerationUsed));
    let other = (lead + 1) % 7;
    assert_eq!(open(other, other, 0, 1, &all), misuse(LinkMisuse::WrongRole));
    assert_eq!(open(lead, other, 0, 1, &all), misuse(LinkMisuse::WrongRole));
    assert_eq!(open(lead, lead, 3, 1, &all), misuse(LinkMisuse::RoundFarFromNow));
    assert_eq!(open(lead, lead, 1000, 1, &all), misuse(LinkMisuse::RoundOutsideEpoch));
    let unknown = misuse(LinkMisuse::UnknownParty);
    let mut turned = all.clone();
    turned.swap(2, 3);
    assert_eq!(open(lead, lead, 0, 1, &turned), unknown);
    let mut twice = all.clone();
    twice[1] = twice[0];
    assert_eq!(open(lead, lead, 0, 1, &twice), unknown);
    let without: Vec<Listed> = all.iter().copied().filter(|l| l.position as usize != lead).collect();
    assert_eq!(open(lead, lead, 0, 1, &without), unknown);
    let mut beyond = all.clone();
    beyond[6].position = 7;
    if lead != 6 {
        assert_eq!(open(lead, lead, 0, 1, &beyond), unknown);
    }
    let four: Vec<Listed> = (0..4).map(|n| all[(lead.min(3) + n) % 7]).collect();
    let mut four: Vec<Listed> = four.into_iter().filter(|l| l.position as usize != lead).take(3).collect();
    four.push(all[lead]);
    four.sort_by_key(|l| l.position);
    assert_eq!(open(lead, lead, 0, 1, &four), Error::Misuse(Misuse::RingTooSmall));
    // None of it spent the generation.
    world.form_all(1, 0);
}

/// Link secrets are neither Clone nor readable; the world's are made from its seed, in order.
fn secret_of(world: &World, index: usize) -> [u8; 32] {
    let mut rng = rng(3);
    let mut secret = [0u8; 32];
    for _ in 0..=index + 1 {
        meter_link::Identity::generate(&mut rng);
        rand_core::Rng::fill_bytes(&mut rng, &mut secret);
    }
    let link = LinkSecret::from_bytes(&mut secret.clone());
    assert_eq!(link.public(), world.members[index].listed.peer.link);
    secret
}

#[test]
fn joining_and_seating_in_the_wrong_order() {
    let mut world = World::new(6, Mode::Drawn, 1, 4);
    let everybody: Vec<usize> = (0..6).collect();
    let ring = world.draw(1, &everybody);
    let mut forming = world.open(1, 0, &everybody).unwrap();
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    let member = world.index(tokens[0].0);
    let lead_id = world.members[ring[0]].listed.peer.id;
    let other = (0..6).find(|i| *i != member && *i != ring[0]).unwrap();

    // Another concentrator than the one that the caller expects; another member's link secret; no room.
    let blame = |fault: Fault| Error::Fault { culprit: lead_id, fault };
    let token = &tokens[0].1;
    assert_eq!(world.join(member, other, 0, token), Err(blame(LinkFault::UnknownSender.into())));
    let concentrator = world.members[ring[0]].listed;
    let [m, o] = world.members.get_disjoint_mut([member, other]).unwrap();
    let (mut out, mut roomy) = ([0u8; 75], [0u8; 99]);
    let wrong = m.meter.join(&o.link, round(0), &concentrator, token, &mut roomy, &mut world.rng);
    assert_eq!(wrong.map(|_| ()).unwrap_err(), misuse(LinkMisuse::WrongRole));
    let short = m.meter.join(&m.link, round(0), &concentrator, token, &mut out, &mut world.rng);
    assert_eq!(short.map(|_| ()).unwrap_err(), misuse(LinkMisuse::WrongLength));
    let far = m.meter.join(&m.link, round(3), &concentrator, token, &mut roomy, &mut world.rng);
    assert_eq!(far.map(|_| ()).unwrap_err(), blame(LinkFault::RoundFarFromNow.into()));
    assert_eq!(out, [0; 75]);

    for (id, token) in &tokens {
        let answer = world.join(world.index(*id), ring[0], 0, token).unwrap();
        forming.accept(&answer).unwrap();
    }
    // Only the meter that opened closes.
    let formed = forming.close(&mut world.members[ring[0]].meter).unwrap();
    let (_, frame) = &formed.seats[0];
    let around = world.members[member].meter.neighbours(frame).unwrap().map(|p| world.listed(p));
    let Neighbours { predecessor: before, successor: after, .. } = around;
    let m = &mut world.members[member];
    // The two exchanged, one of them twice, and one too many.
    for (predecessor, successor, second) in [
        (after, before, None),
        (before, before, None),
        (after, after, None),
        (before, after, Some((before, after))),
    ] {
        let wrong = m.meter.seat(&m.link, frame, &Neighbours { predecessor, successor, second });
        assert_eq!(wrong, Err(misuse(LinkMisuse::UnknownParty)));
    }
    m.meter.seat(&m.link, frame, &around).unwrap();
    // Seated: a second Seat frame has nothing to seat, and a meter that never joined has nothing either.
    assert_eq!(m.meter.neighbours(frame), Err(blame(Fault::WrongGeneration)));
    assert_eq!(world.members[ring[0]].meter.neighbours(frame), Err(blame(Fault::WrongGeneration)));
    let (_, theirs) = &formed.seats[1];
    assert!(matches!(world.members[other].meter.neighbours(theirs), Ok(_) | Err(Error::Fault { .. })));
}

#[test]
fn rounds_readings_and_buffers() {
    let mut world = World::new(5, Mode::Derived, 2, 5);
    let (params, view) = (world.params, world.view);
    let fresh = Device::new(&params, &view, &world.members[0].listed, channels(&params));
    let contribute = |meter: &mut Device, now: u32, r: u32, reading: &[i64], len: usize| {
        let (mut mark, mut out) = (HighWater::<ROOM>::new(), vec![0xa5; len]);
        let result = meter.contribute(&mut mark, round(now), round(r), reading, &mut out).map(|_| ());
        if result.is_err() {
            // Nothing written, nothing spent.
            assert!(out.iter().all(|byte| *byte == 0xa5));
            let all = Channels { first: 0, count: ROOM as u16 };
            mark.take(all, &params.group().schedule, round(0)).unwrap();
        }
        result
    };
    let not_seated = contribute(&mut fresh.unwrap(), 0, 0, &[1, 2], 48);
    assert_eq!(not_seated, Err(Error::Misuse(Misuse::NotSeated)));

    world.form_all(1, 10);
    let meter = &mut world.at(2).meter;
    let link = |m| Err(misuse(m));
    assert_eq!(contribute(meter, 10, 10, &[1], 48), link(LinkMisuse::WrongChannels));
    assert_eq!(contribute(meter, 10, 10, &[1, 2, 3], 48), link(LinkMisuse::WrongChannels));
    assert_eq!(contribute(meter, 10, 10, &[1, 1_000_001], 48), link(LinkMisuse::ReadingTooLarge));
    assert_eq!(contribute(meter, 10, 10, &[i64::MIN, 0], 48), link(LinkMisuse::ReadingTooLarge));
    assert_eq!(contribute(meter, 10, 10, &[1, 2], 47), link(LinkMisuse::WrongLength));
    assert_eq!(contribute(meter, 13, 10, &[1, 2], 48), link(LinkMisuse::RoundFarFromNow));
    assert_eq!(contribute(meter, 1000, 1000, &[1, 2], 48), link(LinkMisuse::RoundOutsideEpoch));
    assert_eq!(contribute(meter, 9, 9, &[1, 2], 48), link(LinkMisuse::OutOfOrder));
    assert_eq!(contribute(meter, 200, 200, &[1, 2], 48), Ok(()));
    // The ring links have left the first day behind, and all rounds before the last with it.
    assert_eq!(contribute(meter, 95, 95, &[1, 2], 48), link(LinkMisuse::TimeAlreadyUsed));
}

#[test]
fn who_starts_relays_and_closes() {
    let mut world = World::new(5, Mode::Drawn, 1, 6);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let role = Err(misuse(LinkMisuse::WrongRole));
    // The concentrator does not relay, the others do not start or close.
    assert_eq!(world.relay(0, 0, &[1], &[0; 40]), role.map(|(): ()| (vec![], vec![])));
    world.ring.rotate_left(1);
    assert_eq!(world.start(0, &[1], &request), role.map(|(): ()| vec![]));
    assert_eq!(world.close(0, &[0; 40]), role.map(|(): ()| vec![]));
    world.ring.rotate_right(1);
    // Nothing is going around yet.
    let predecessor = world.at(4).listed.peer.id;
    let early = Error::Fault { culprit: predecessor, fault: LinkFault::NotExpected.into() };
    assert_eq!(world.close(0, &[0; 40]), Err(early));
    // The caller's round is not the one that was asked for.
    let blame = |fault: LinkFault| Error::Fault { culprit: PartyId::UTILITY, fault: fault.into() };
    assert_eq!(world.start(1, &[1], &request), Err(blame(LinkFault::WrongRound)));
    let delta = world.start(0, &[1], &request).unwrap();
    let mut out = [0u8; 79];
    let mut mark = HighWater::<ROOM>::new();
    let mut draws = rng(1);
    let short = world.at(1).meter.relay(&mut mark, round(0), round(0), &[1], &delta, &mut out, &mut draws);
    assert_eq!(short.map(|_| ()).unwrap_err(), misuse(LinkMisuse::WrongLength));
    assert_eq!(out, [0; 79]);
    // A close long after the start.
    assert_eq!(world.close(3, &delta), Err(misuse(LinkMisuse::RoundFarFromNow)));
}

#[test]
fn the_supplier_opens_rounds_of_a_ring_in_order() {
    let mut world = World::new(5, Mode::Derived, 1, 7);
    let open = |world: &mut World, now: u32, r: u32| world.supplier.open(round(now), round(r)).map(|_| ());
    assert_eq!(open(&mut world, 0, 0), Err(Error::Misuse(Misuse::NoRing)));
    world.form_all(1, 5);
    assert_eq!(open(&mut world, 4, 4), Err(misuse(LinkMisuse::OutOfOrder)));
    assert_eq!(open(&mut world, 9, 6), Err(misuse(LinkMisuse::RoundFarFromNow)));
    assert_eq!(open(&mut world, 1000, 1000), Err(misuse(LinkMisuse::RoundOutsideEpoch)));
    assert_eq!(open(&mut world, 6, 6), Ok(()));
    for r in [5, 6] {
        assert_eq!(open(&mut world, 6, r), Err(misuse(LinkMisuse::OutOfOrder)));
    }
    assert_eq!(open(&mut world, 7, 7), Ok(()));
}

#[test]
fn errors_say_what_is_wrong() {
    let texts = [
        (misuse(LinkMisuse::WrongRole), "misuse: this step belongs to another role"),
        (Error::Misuse(Misuse::RingTooSmall), "misuse: a ring has five members or more"),
        (Fault::NotNeighbour.of(PartyId(7)), "party 7: not the ring neighbour"),
        (Error::Quorum { have: 4, need: 5 }, "4 parties where 5 are needed"),
    ];
    for (error, text) in texts {
        assert_eq!(error.to_string(), text);
    }
}
