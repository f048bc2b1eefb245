//! Offers that are repeated, cross, or come without end.

use dcnet_core::Fault;
use dcnet_core::grown::Registrar;
use meter_link::{Header, Kind, LinkSecret};

use crate::attacks::{hand, offer_of};
use crate::world::{Grown, Plan, World};

#[test]
fn replayed_offer() {
    let mut world = World::new(Plan::of(6));
    let offer = world.offer(0, 1).unwrap();
    let answer = hand(&mut world, 0, 1, &offer).unwrap().unwrap();
    let drawn = world.rng.secrets.len();
    for _ in 0..3 {
        assert_eq!(hand(&mut world, 0, 1, &offer).unwrap().unwrap(), answer);
    }
    assert_eq!(world.rng.secrets.len(), drawn);
    // 0 drops it; whoever brings it to life again gets a refusal from 0.
    world.devices[0].grown.abandon(1).unwrap();
    let refusal = hand(&mut world, 1, 0, &answer).unwrap().unwrap();
    assert_eq!(hand(&mut world, 0, 1, &refusal), Ok(None));
    assert!(world.devices[1].grown.unsettled().next().is_none());
    hand(&mut world, 0, 1, &offer).unwrap().unwrap();
    assert_eq!(hand(&mut world, 0, 1, &refusal), Ok(None));
    assert!(world.devices[1].grown.unsettled().next().is_none());
    // Once the round is near, not at all.
    world.now += 1;
    let late = Fault::RoundFarFromNow.of(world.listed(0).id());
    assert_eq!(hand(&mut world, 0, 1, &offer), Err(late));
}

#[test]
fn crossing_offers_make_one_edge() {
    let mut world = World::new(Plan::of(6));
    let (low, high) = (world.offer(1, 4).unwrap(), world.offer(4, 1).unwrap());
    assert_eq!(hand(&mut world, 4, 1, &high), Err(Fault::NotExpected.of(world.listed(4).id())));
    let answer = hand(&mut world, 1, 4, &low).unwrap().unwrap();
    let confirmation = hand(&mut world, 4, 1, &answer).unwrap().unwrap();
    assert_eq!(hand(&mut world, 1, 4, &confirmation), Ok(None));
    assert_eq!(world.graph()[4], [1]);
    assert_eq!(world.graph()[1], [4]);
}

#[test]
fn offer_flood() {
    let mut world = World::new(Plan::of(20));
    // Everybody offers to meter 0, and nobody ever confirms.
    let mut answered = 0;
    for from in 1..20 {
        let offer = world.offer(from, 0).unwrap();
        // For lack of room there is no reply.
        let reply = hand(&mut world, from, 0, &offer).unwrap();
        answered += usize::from(reply.is_some_and(|r| Header::parse(&r).unwrap().kind == Kind::Join));
    }
    assert_eq!(answered, 4);
    // What waits is gone with the round it was for.
    world.now += 1;
    world.devices[0].wants = true;
    world.state(0);
    assert!(world.devices[0].grown.unsettled().next().is_none());

    // One meter that offers without end: a signature each, and the registrar stops it.
    let (now, id) = (world.now(), world.listed(1).id());
    let key = |n: u16| LinkSecret::from_bytes(&mut [n as u8; 32]).public();
    let mut passed = 0;
    for n in 1..100 {
        let frame = offer_of(&world, 1, 2 + usize::from(n) % 17, world.now + 2, key(n));
        match world.registrar.relay(now, &frame) {
            Ok(_) => passed += 1,
            Err(error) => assert_eq!(error, Fault::TooManyChanges.of(id)),
        }
    }
    // It had sent none through the registrar before.
    assert_eq!(passed, Registrar::MOST_OFFERS);

    // And where colluders go around the registrar: so many key agreements in an epoch, and no more.
    let mut made = 0;
    for n in 0..600u32 {
        if n % 4 == 0 {
            world.now += 1;
            world.state(0);
        }
        let from = 1 + n as usize % 4;
        let frame = offer_of(&world, from, 0, world.now + 2, key(n as u16 % 251));
        if let Ok(Some(reply)) = hand(&mut world, from, 0, &frame) {
            made += u16::from(Header::parse(&reply).unwrap().kind == Kind::Join);
        }
    }
    assert_eq!(made + 4, Grown::MOST_ANSWERS);
}
