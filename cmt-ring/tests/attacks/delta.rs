//! Start and δ that are old, forged, or from elsewhere.

use std::collections::BTreeSet;

use cmt_ring::{Fault, Mode};
use meter_link::{Fault as LinkFault, PartyId};

use crate::ring::{World, round};
use crate::{USED, adversary, fault};

#[test]
fn replayed_delta() {
    let mut world = World::new(5, Mode::Drawn, 1, 23);
    world.form_all(1, 0);
    let readings = vec![vec![1]; 5];
    let start = world.between_meters.len();
    world.round(0, &readings).unwrap();
    let old = world.between_meters[start..].to_vec();
    let collecting = world.supplier.open(round(1), round(1)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let fresh = world.start(1, &[1], &request).unwrap();
    let predecessor = world.at(0).listed.peer.id;
    assert_eq!(world.relay(1, 1, &[1], &old[0]), Err(fault(predecessor, LinkFault::WrongRound)));
    // With the round number changed to fit, the seal does not.
    let mut forged = old[0].clone();
    forged[12..16].copy_from_slice(&1u32.to_le_bytes());
    assert_eq!(world.relay(1, 1, &[1], &forged), Err(fault(predecessor, LinkFault::BadSeal)));
    // In its own round it meets a reading that is spent.
    assert_eq!(world.relay(1, 0, &[1], &old[0]), Err(USED));
    // Nothing was spent on any of it; doubled, the right one is refused.
    world.relay(1, 1, &[1], &fresh).unwrap();
    assert_eq!(world.relay(1, 1, &[1], &fresh), Err(USED));
}

#[test]
fn delta_of_another_generation() {
    let mut world = World::new(5, Mode::Drawn, 1, 24);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let stale = world.start(0, &[1], &request).unwrap();
    let (lead, next) = (world.ring[0], world.ring[1]);
    // A later generation in which the same two are neighbours in the same order.
    let g = (2..500).find(|g| {
        let ring = world.draw(*g, &[0, 1, 2, 3, 4]);
        (0..4).any(|place| place > 0 && ring[place] == lead && ring[place + 1] == next)
    });
    world.form_all(g.unwrap(), 0);
    let place = world.ring.iter().position(|i| *i == next).unwrap();
    let culprit = world.members[lead].listed.peer.id;
    assert_eq!(world.relay(place, 0, &[1], &stale), Err(fault(culprit, LinkFault::BadSeal)));
}

#[test]
fn delta_from_a_stranger() {
    let mut world = World::new(6, Mode::Drawn, 1, 25);
    world.form_all(1, 0);
    let stranger = world.at(4).listed.peer.id;
    let predecessor = world.at(1).listed.peer.id;
    // A member of the ring that is no neighbour has a key with the victim, and makes a δ under it …
    let own_name = adversary::sealed_delta(&world, 4, 2, stranger, 0, 5);
    assert_eq!(world.relay(2, 0, &[1], &own_name), Err(fault(stranger, Fault::NotNeighbour)));
    // … or pretends to be the neighbour.
    let other_name = adversary::sealed_delta(&world, 4, 2, predecessor, 0, 5);
    assert_eq!(world.relay(2, 0, &[1], &other_name), Err(fault(predecessor, LinkFault::BadSeal)));
    // The forger writes what the neighbour would write: the real neighbour's is taken.
    let real = adversary::sealed_delta(&world, 1, 2, predecessor, 0, 5);
    world.relay(2, 0, &[1], &real).unwrap();
}

/// Only the supplier, for this generation and round, makes a concentrator spend its reading.
#[test]
fn a_start_that_is_not_the_suppliers() {
    let mut world = World::new(5, Mode::Drawn, 1, 37);
    world.form_all(1, 0);
    let (stranger, utility) = (world.at(2).listed.peer.id, PartyId::UTILITY);
    let named = adversary::forged_start(&world, stranger, 1);
    assert_eq!(world.start(0, &[1], &named), Err(fault(stranger, LinkFault::UnknownSender)));
    let of_another = adversary::forged_start(&world, utility, 2);
    assert_eq!(world.start(0, &[1], &of_another), Err(fault(utility, Fault::WrongGeneration)));
    let mut untagged = adversary::forged_start(&world, utility, 1);
    *untagged.last_mut().unwrap() ^= 1;
    assert_eq!(world.start(0, &[1], &untagged), Err(fault(utility, LinkFault::BadTag)));
    // What the supplier sends is what the concentrator's key makes.
    let right = adversary::forged_start(&world, utility, 1);
    assert_eq!(world.supplier.open(round(0), round(0)).unwrap().start(), Some(right.as_slice()));
    assert_eq!(world.start(1, &[1], &right), Err(fault(utility, LinkFault::WrongRound)));
    world.start(0, &[1], &right).unwrap();
}

/// A generator that gives a constant: what is drawn for keys is a pad all the same to who is not at the other
/// end.
#[test]
fn a_generator_that_fails() {
    let mut world = World::new(5, Mode::Drawn, 1, 46);
    world.form_all(1, 0);
    let mut seen = BTreeSet::from([0]);
    for r in 0..4 {
        let collecting = world.supplier.open(round(r), round(r)).unwrap();
        let request = collecting.start().unwrap().to_vec();
        let mut delta = world.start(r, &[1], &request).unwrap();
        for place in 1..5 {
            (_, delta) = world.relay_with(place, r, &[1], &delta, &mut adversary::Scripted::new(0)).unwrap();
            assert!(seen.insert(adversary::opened_delta(&world, (place + 1) % 5, place, &delta)));
        }
    }
    let mut forming = world.open(2, 4, &[0, 1, 2, 3, 4]).unwrap();
    let lead = world.draw(2, &[0, 1, 2, 3, 4])[0];
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    for (id, token) in tokens {
        let (concentrator, index) = (world.members[lead].listed, world.index(id));
        let (member, mut out) = (&mut world.members[index], [0u8; 128]);
        let mut constant = adversary::Scripted::new(0);
        let joined =
            member.meter.join(&member.link, round(4), &concentrator, &token, &mut out, &mut constant);
        let answer = joined.unwrap().stored().to_vec();
        let (_, first, _) = adversary::opened_first_key(&world, lead, id, &token, &answer);
        assert!(seen.insert(first));
        forming.accept(&answer).unwrap();
    }
    assert_eq!(seen.len(), 1 + 16 + 4);
}
