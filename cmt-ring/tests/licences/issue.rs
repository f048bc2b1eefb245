//! How a meter comes by its licence, and when it needs another.

use cmt_ring::{Error, Fault, Licence, Malformed};
use meter_link::{Fault as LinkFault, Misuse, PartyId};

use crate::desk::{all, desk};
use crate::ring::round;

#[test]
fn a_meter_asks_and_keeps_its_licence() {
    let mut world = desk(6, 1);
    assert!(!world.supplier.is_licensed(world.id(2)));
    let request = world.request(2, 5, 1);
    assert_eq!((request.len(), Licence::FRAME_LEN, Licence::LEN), (88, 92, 80));
    let frame = world.ask(5, &request).unwrap();
    let me = world.members[2].listed;
    let licence = Licence::accept(&world.view, &me, round(5), 1, &frame).unwrap();
    assert_eq!((licence.number(), licence.since()), (1, round(5)));
    assert_eq!(licence.to_frame(&world.view).unwrap().to_vec(), frame);
    assert!(world.supplier.is_licensed(world.id(2)));

    let kept = Licence::from_bytes(&licence.to_bytes().unwrap()).unwrap();
    assert_eq!(kept, licence);
    kept.verify(&world.view, &me).unwrap();
    let shown = Licence::shown(&world.view, &me, licence.since(), 1, licence.signature());
    assert_eq!(shown, Ok(licence));
}

/// A lost answer, a lost request, a meter that has lost its memory: each gets the same licence, byte for byte.
#[test]
fn a_licence_that_was_issued_is_the_same_again() {
    let mut world = desk(6, 2);
    let first = world.request(0, 5, 1);
    let licence = world.ask(5, &first).unwrap();
    assert_eq!(world.ask(5, &first).unwrap(), licence);
    assert_eq!(world.ask(7, &first).unwrap(), licence);
    let later = world.request(0, 40, 1);
    assert_eq!(world.ask(40, &later).unwrap(), licence);
    // A second one, with a later number, takes its place.
    let next = world.licensed(0, 40, 2).unwrap();
    assert_eq!((next.number(), next.since()), (2, round(40)));
    let forgotten = world.request(0, 41, 1);
    assert_eq!(world.ask(41, &forgotten).unwrap(), next.to_frame(&world.view).unwrap());
    // What the supplier has lost it takes from the meter.
    assert_eq!(world.licensed(0, 42, 9).unwrap().number(), 9);
}

#[test]
fn one_licence_a_round() {
    let mut world = desk(6, 3);
    world.licensed(0, 5, 1).unwrap();
    let again = LinkFault::NotExpected.of(world.id(0)).into();
    assert_eq!(world.licensed(0, 5, 2), Err(again));
    assert_eq!(world.licensed(0, 4, 2), Err(again));
    assert_eq!(world.licensed(0, 6, 2).unwrap().number(), 2);
}

#[test]
fn who_was_left_out_asks_again() {
    let mut world = desk(7, 4);
    world.license_all(0);
    let six: Vec<usize> = all(&world).into_iter().filter(|i| *i != 3).collect();
    world.begin(1, 2, &six);
    for index in all(&world) {
        assert_eq!(world.supplier.is_licensed(world.id(index)), index != 3);
    }
    // Also before the generation that left it out has begun: the licence is good from its first round on.
    let early = world.licensed(3, 1, 2).unwrap();
    assert_eq!((early.number(), early.since()), (2, round(2)));
    assert!(world.supplier.is_licensed(world.id(3)));
    // A generation that has it in does not touch its licence; the next that leaves it out does.
    let until = world.until(1, 2);
    let everybody = all(&world);
    world.begin(2, until, &everybody);
    assert!(world.supplier.is_licensed(world.id(3)));
    let until = world.until(2, until);
    world.begin(3, until, &six);
    assert!(!world.supplier.is_licensed(world.id(3)));
    assert_eq!(world.licensed(3, until, 3).unwrap().since(), round(until));
    assert!(world.supplier.is_licensed(world.id(3)));
}

#[test]
fn expelled_and_taken_back() {
    let mut world = desk(6, 5);
    world.license_all(0);
    let id = world.id(4);
    world.supplier.expel(id).unwrap();
    assert!(!world.supplier.is_licensed(id));
    assert_eq!(world.licensed(4, 1, 1), Err(LinkFault::UnknownSender.of(id).into()));
    let claim = world.claim(1, 1, &all(&world));
    assert_eq!(world.supplier.claimed(round(1), &claim), Err(Fault::BadLicence.of(id)));
    world.supplier.readmit(id).unwrap();
    assert!(world.supplier.is_licensed(id));
    world.supplier.claimed(round(1), &claim).unwrap();
    // Expelled after the claim: its ring is not taken either.
    world.supplier.expel(id).unwrap();
    let hand = world.hand(1, 1, world.drawn(1, &all(&world)), 6);
    let register = |world: &mut crate::ring::World| {
        world.supplier.register(round(1), hand.lead, &hand.group_key).map(drop)
    };
    assert_eq!(register(&mut world), Err(Fault::BadLicence.of(id)));
    world.supplier.readmit(id).unwrap();
    assert_eq!(register(&mut world), Ok(()));
    for stranger in [PartyId(1), PartyId::UTILITY] {
        assert_eq!(world.supplier.expel(stranger), Err(Error::from(Misuse::UnknownParty)));
        assert_eq!(world.supplier.readmit(stranger), Err(Error::from(Misuse::UnknownParty)));
        assert!(!world.supplier.is_licensed(stranger));
    }
}

#[test]
fn requests_that_are_refused_change_nothing() {
    let mut world = desk(6, 6);
    let id = world.id(1);
    let good = world.request(1, 5, 1);
    let link = |fault: LinkFault| Err(fault.of(id).into());
    for (now, fault) in [(8, LinkFault::RoundFarFromNow), (2, LinkFault::RoundFarFromNow)] {
        assert_eq!(world.ask(now, &good), link(fault));
    }
    let member = &world.members[1];
    let late = world.view.header(meter_link::frame::Kind::LicenceRequest, 0, id, round(1000));
    let outside = signed(&world, &late, &[1, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(Licence::request(&member.identity, &world.view, &member.listed, round(1000), 1), {
        Err(Misuse::RoundOutsideEpoch.into())
    });
    assert_eq!(Licence::request(&member.identity, &world.view, &member.listed, round(5), 0), {
        Err(Misuse::BadParameter.into())
    });
    assert_eq!(world.ask(999, &outside), link(LinkFault::WrongEpoch));
    let header = world.view.header(meter_link::frame::Kind::LicenceRequest, 0, id, round(5));
    for payload in [[2, 0, 0, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]] {
        let frame = signed(&world, &header, &payload);
        assert_eq!(world.ask(5, &frame), Err(Malformed::BadField.into()));
    }
    for (cut, error) in [(1, Malformed::Truncated), (4, Malformed::Truncated)] {
        let frame = signed(&world, &header, &[1, 0, 0, 0, 1, 0, 0, 0][..8 - cut]);
        assert_eq!(world.ask(5, &frame), Err(error.into()));
    }
    let frame = signed(&world, &header, &[1, 0, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!(world.ask(5, &frame), Err(Malformed::TrailingBytes.into()));
    for byte in 0..good.len() {
        let mut bad = good;
        bad[byte] ^= 0x40;
        assert!(world.ask(5, &bad).is_err(), "byte {byte}");
    }
    // A group without terms has no licences.
    let mut plain = crate::ring::World::new(6, cmt_ring::Mode::Derived, 1, 6);
    assert_eq!(plain.ask(5, &good), Err(cmt_ring::Misuse::NoTerms.into()));
    // Another identity than the supplier's signs no licence.
    let other = world.members[0].identity.public();
    assert_ne!(other, world.identity.public());
    let wrong = world.supplier.licence(&world.members[0].identity, round(5), &good).map(drop);
    assert_eq!(wrong, Err(Misuse::WrongRole.into()));
    assert!(!world.supplier.is_licensed(id));
    assert_eq!(world.ask(5, &good).map(drop), Ok(()));
}

/// A frame that meter 1 signs.
fn signed(world: &crate::ring::World, header: &meter_link::frame::Header, payload: &[u8]) -> Vec<u8> {
    let mut out = [0u8; 128];
    let mut writer = meter_link::frame::Writer::frame(&mut out, header).unwrap();
    writer.bytes(payload).unwrap();
    writer.finish_signed(header, &world.members[1].identity, &world.view.scope()).unwrap().to_vec()
}
