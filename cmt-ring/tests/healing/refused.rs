//! Healings that are refused, and change nothing.

use cmt_ring::{Error, Fault, Generation, Malformed, Misuse, Mode};
use meter_link::{Fault as LinkFault, Misuse as LinkMisuse, PartyId};

use crate::healer::{bitmap, forged_heal, forged_healed};
use crate::readings;
use crate::ring::{World, round, truth};

fn misuse<T>(misuse: LinkMisuse) -> Result<T, Error> {
    Err(Error::Misuse(Misuse::Link(misuse)))
}

fn exact(world: &mut World, r: u32) {
    let readings = readings(world.ring.len(), 1, r);
    assert_eq!(world.round(r, &readings).unwrap().values, truth(&readings), "round {r}");
}

/// Nine members of a roster of ten, the concentrator first, in round 2 of the ring as it was formed.
fn ring(seed: u64) -> World {
    let mut world = World::new(10, Mode::Derived, 1, seed);
    world.form(3, 1, &[0, 1, 2, 3, 4, 5, 6, 8, 9]);
    exact(&mut world, 2);
    world
}

#[test]
fn what_a_concentrator_may_not_do() {
    let mut world = ring(101);
    let (lead, victim) = (world.ring[0], world.ring[4]);
    let mut refused = |g: u32, from: u32, cut: &[usize], expected: Error| {
        assert_eq!(world.cut(g, from, cut).unwrap_err(), expected, "{g}, {from}, {cut:?}");
    };
    let link = |misuse| Error::Misuse(Misuse::Link(misuse));
    refused(4, 3, &[], link(LinkMisuse::EmptyGroup));
    refused(4, 3, &[lead], link(LinkMisuse::UnknownParty));
    refused(4, 3, &[7], link(LinkMisuse::UnknownParty));
    refused(4, 3, &[victim, victim], link(LinkMisuse::UnknownParty));
    refused(4, 2, &[victim], link(LinkMisuse::OutOfOrder));
    refused(4, 1, &[victim], link(LinkMisuse::OutOfOrder));
    refused(4, 1000, &[victim], link(LinkMisuse::RoundOutsideEpoch));
    refused(3, 3, &[victim], Error::Misuse(Misuse::GenerationUsed));
    refused(3 + 65, 3, &[victim], Error::Misuse(Misuse::GenerationUsed));
    let others: Vec<usize> = world.ring[1..6].to_vec();
    assert_eq!(world.cut(4, 3, &others).unwrap_err(), Error::Misuse(Misuse::RingTooSmall));

    // Somebody else's book, meter or link; now and the first round far apart.
    let mut book = world.book.take().unwrap();
    let mut draws = crate::ring::rng(1);
    let positions = [world.members[victim].listed.position];
    let (one, another) = (world.ring[1], round(3));
    let strange = world.members[one].link.twin();
    let m = &mut world.members[lead];
    let own = m.link.twin();
    let mut heal = |meter: &mut _, link: &_, now: u32| {
        book.heal(meter, link, round(now), another, Generation(4), &positions, &mut draws).map(|_| ())
    };
    assert_eq!(heal(&mut m.meter, &strange, 3), misuse(LinkMisuse::WrongRole));
    assert_eq!(heal(&mut m.meter, &own, 6), misuse(LinkMisuse::RoundFarFromNow));
    assert_eq!(heal(&mut world.members[one].meter, &strange, 3), misuse(LinkMisuse::WrongRole));
    world.book = Some(book);
    world.heal(4, 3, &[victim]);
    exact(&mut world, 3);
    // Who is out is no member any more.
    assert_eq!(world.cut(5, 4, &[victim]).unwrap_err(), link(LinkMisuse::UnknownParty));
    assert_eq!(world.cut(5, 3, &[world.ring[1]]).unwrap_err(), link(LinkMisuse::OutOfOrder));
    // The book of a ring that is no more.
    let old = world.book.take();
    world.form_all(6, 5);
    world.book = old;
    assert!(world.ring[0] != lead || world.cut(7, 6, &[world.ring[1]]).is_err());
}

#[test]
fn frames_that_a_member_refuses() {
    let mut world = ring(102);
    let formed: Vec<usize> = (0..10).filter(|i| *i != 7).collect();
    let (lead, me, cut) = (world.ring[0], world.ring[3], world.ring[5]);
    let without = |out: &[usize]| formed.iter().copied().filter(|i| !out.contains(i)).collect::<Vec<_>>();
    let left = without(&[cut]);
    let culprit = world.members[lead].listed.peer.id;
    let blame = |fault: Fault| Err(Error::Fault { culprit, fault });
    let link = |fault: LinkFault| Fault::Link(fault);
    let heal = |world: &World, g: u32, from: u32, formed: &[usize], left: &[usize]| {
        forged_heal(world, [lead, me], [3, g, from], &[formed, left])
    };
    let few = without(&world.ring[4..9]);
    // Two fewer, and one who was not there.
    let more: Vec<usize> = without(&[cut, world.ring[6]]).into_iter().chain([7]).collect();
    let everybody: Vec<usize> = (0..10).collect();
    for (g, from, formed, left, fault) in [
        (3, 3, &formed, &left, Fault::WrongGeneration),
        (2, 3, &formed, &left, Fault::WrongGeneration),
        (3 + 65, 3, &formed, &left, Fault::WrongGeneration),
        (4, 1, &formed, &left, link(LinkFault::WrongRound)),
        (4, 0, &formed, &left, link(LinkFault::WrongRound)),
        (4, 1000, &formed, &left, link(LinkFault::WrongEpoch)),
        (4, 6, &formed, &left, link(LinkFault::RoundFarFromNow)),
        (4, 3, &everybody, &left, Fault::WrongMembers),
        (4, 3, &left, &left, Fault::WrongMembers),
        (4, 3, &formed, &formed, Fault::WrongMembers),
        (4, 3, &formed, &more, Fault::WrongMembers),
        (4, 3, &formed, &few, link(LinkFault::SetTooSmall)),
        (4, 3, &formed, &without(&[me]), link(LinkFault::NotInSet)),
        (4, 3, &formed, &without(&[lead]), link(LinkFault::NotInSet)),
    ] {
        let frame = heal(&world, g, from, formed, left);
        assert_eq!(world.take_heal(me, 3, &frame), blame(fault), "{g}, {from}, {formed:?}, {left:?}");
    }
    // Sets that do not shrink, or pass the present one over; none, one, and fewer than the frame says.
    let (two, other) = (without(&[cut, world.ring[6]]), without(&[world.ring[6]]));
    for sets in [
        &[&formed[..], &left, &left][..],
        &[&formed, &two, &left],
        &[&formed, &other, &left],
        &[&formed, &formed, &left],
        &[&everybody, &formed, &left],
    ] {
        let frame = forged_heal(&world, [lead, me], [3, 4, 3], sets);
        assert_eq!(world.take_heal(me, 3, &frame), blame(Fault::WrongMembers), "{sets:?}");
    }
    for sets in [&[][..], &[&formed[..]]] {
        let frame = forged_heal(&world, [lead, me], [3, 4, 3], sets);
        assert_eq!(world.take_heal(me, 3, &frame), Err(Error::Malformed(Malformed::BadField)));
    }
    // In somebody else's name, or under the keys of another generation.
    let another = world.ring[1];
    let other = forged_heal(&world, [another, me], [3, 4, 3], &[&formed, &left]);
    let culprit_there = world.members[another].listed.peer.id;
    let unknown = Error::Fault { culprit: culprit_there, fault: LinkFault::UnknownSender.into() };
    assert_eq!(world.take_heal(me, 3, &other), Err(unknown));
    let other = forged_heal(&world, [lead, me], [2, 4, 3], &[&formed, &left]);
    assert_eq!(world.take_heal(me, 3, &other), blame(link(LinkFault::BadTag)));
    // The concentrator itself, and a meter without a ring.
    let own = Error::Fault { culprit, fault: LinkFault::UnknownSender.into() };
    let frame = heal(&world, 4, 3, &formed, &left);
    assert_eq!(world.take_heal(lead, 3, &frame), Err(own));
    assert_eq!(world.take_heal(7, 3, &frame), blame(Fault::WrongGeneration));
    // Cut short, and one bit wrong.
    for len in 0..frame.len() {
        let error = world.take_heal(me, 3, &frame[..len]).unwrap_err();
        assert!(matches!(error, Error::Malformed(_) | Error::Fault { .. }), "{len}: {error}");
    }
    for bit in 0..frame.len() * 8 {
        let mut damaged = frame.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = world.take_heal(me, 3, &damaged).unwrap_err();
        assert!(matches!(error, Error::Malformed(_) | Error::Fault { .. }), "bit {bit}: {error}");
    }
    // Other entries than were named, another link.
    let around = world.members[me].meter.healed_neighbours(&frame).unwrap().map(|p| world.listed(p));
    let turned =
        cmt_ring::Neighbours { predecessor: around.successor, successor: around.predecessor, second: None };
    let stranger = world.members[another].link.twin();
    let m = &mut world.members[me];
    let unknown = misuse(LinkMisuse::UnknownParty);
    assert_eq!(m.meter.heal(&m.link, round(3), &frame, &turned).map(|_| ()), unknown);
    let role = misuse(LinkMisuse::WrongRole);
    assert_eq!(m.meter.heal(&stranger, round(3), &frame, &around).map(|_| ()), role);

    // Nothing of all this has changed anything.
    exact(&mut world, 3);
    world.heal(4, 4, &[cut]);
    exact(&mut world, 4);
    assert_eq!(bitmap(&world, &[0, 9]), [1, 1, 2]);
}

#[test]
fn frames_that_the_supplier_refuses() {
    let mut world = ring(103);
    let (lead, cut) = (world.ring[0], world.ring[5]);
    let culprit = world.members[lead].listed.peer.id;
    let blame = |fault: Fault| Err(Error::Fault { culprit, fault });
    let link = |fault: LinkFault| Fault::Link(fault);
    let mut names: Vec<u32> = Vec::new();
    for member in world.ring.clone() {
        let place = world.ring.iter().position(|i| *i == member).unwrap();
        names.push(crate::name(&world.contribute(place, 3, &[1]).unwrap()).0);
    }
    let ascending = |names: &[u32]| {
        let mut names = names.to_vec();
        names.sort_unstable();
        [&[names.len() as u32][..], &names].concat()
    };
    let name = names[5];
    let malformed = |fault: Malformed| Err(Error::Malformed(fault));
    for (g, from, numbers, expected) in [
        (3, 4, vec![1, name], blame(Fault::WrongGeneration)),
        (4 + 65, 4, vec![1, name], blame(Fault::WrongGeneration)),
        (4, 1, vec![1, name], blame(link(LinkFault::WrongRound))),
        (4, 7, vec![1, name], blame(link(LinkFault::RoundFarFromNow))),
        (4, 1000, vec![1, name], blame(link(LinkFault::WrongEpoch))),
        (4, 4, vec![1, name ^ 1], blame(Fault::WrongMembers)),
        (4, 4, ascending(&names[1..6]), blame(link(LinkFault::SetTooSmall))),
        (4, 4, ascending(&names), blame(link(LinkFault::SetTooSmall))),
        (4, 4, vec![0], malformed(Malformed::BadField)),
        (4, 4, vec![11; 12], malformed(Malformed::BadField)),
        (4, 4, vec![2, name, name], malformed(Malformed::BadField)),
        (4, 4, vec![2, name], malformed(Malformed::Truncated)),
        (4, 4, vec![1, name, 1, 0], malformed(Malformed::TrailingBytes)),
        (4, 4, vec![], malformed(Malformed::Truncated)),
    ] {
        let now = if from == 1 { 3 } else { 4 };
        let frame = forged_healed(&world, lead, [3, g, from], &numbers);
        assert_eq!(world.supplier.heal(round(now), &frame).map(|_| ()), expected, "{g}, {from}, {numbers:?}");
    }
    // From a member, under keys of another generation, damaged.
    let another = world.ring[1];
    let frame = forged_healed(&world, another, [3, 4, 4], &[1, name]);
    let who = world.members[another].listed.peer.id;
    let unknown = Error::Fault { culprit: who, fault: LinkFault::UnknownSender.into() };
    assert_eq!(world.supplier.heal(round(4), &frame), Err(unknown));
    let frame = forged_healed(&world, lead, [2, 4, 4], &[1, name]);
    assert_eq!(world.supplier.heal(round(4), &frame).map(|_| ()), blame(link(LinkFault::BadSeal)));
    let frame = forged_healed(&world, lead, [3, 4, 4], &[1, name]);
    for bit in 0..frame.len() * 8 {
        let mut damaged = frame.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        let error = world.supplier.heal(round(4), &damaged).unwrap_err();
        assert!(matches!(error, Error::Malformed(_) | Error::Fault { .. }), "bit {bit}: {error}");
    }
    assert_eq!(world.supplier.generation(), Some(Generation(3)));
    world.heal(4, 4, &[cut]);
    exact(&mut world, 4);
    // Who was cut stays out, and is in every further list.
    let next = names[6];
    let frame = forged_healed(&world, lead, [3, 5, 5], &[1, next]);
    assert_eq!(world.supplier.heal(round(5), &frame).map(|_| ()), blame(Fault::WrongMembers));
    let frame = forged_healed(&world, lead, [3, 5, 5], &[1, name]);
    assert_eq!(world.supplier.heal(round(5), &frame).map(|_| ()), blame(Fault::WrongMembers));
    let other = world.ring[5];
    world.heal(5, 5, &[other]);
    exact(&mut world, 5);
}

#[test]
fn a_supplier_without_a_ring_heals_none() {
    let world = ring(104);
    let mut fresh = World::new(10, Mode::Derived, 1, 104);
    let frame = forged_healed(&world, world.ring[0], [3, 4, 4], &[1, 1]);
    assert_eq!(fresh.supplier.heal(round(4), &frame), Err(Error::Misuse(Misuse::NoRing)));
    assert_eq!(PartyId::UTILITY, fresh.view.utility().id);
}
