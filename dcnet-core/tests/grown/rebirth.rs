//! Meters that are lost, restarted, replaced.

use dcnet_core::grown::{GrownMeter, statement_len};
use dcnet_core::{Fault, Malformed, Meter, Misuse, Neighbour};
use meter_link::answer::AnswererLink;
use meter_link::round::OpenFields;
use meter_link::{Label, LinkSecret, PartyId, Peer, Round};

use crate::relay::keys;
use crate::world::{Faults, Plan, ROOM, World, slots};

fn grown_world(meters: u32, ticks: usize) -> World {
    let mut world = World::new(Plan::of(meters));
    world.devices.iter_mut().for_each(|device| device.wants = true);
    for _ in 0..ticks {
        world.tick(&[]);
    }
    world
}

#[test]
fn a_lost_meter_returns_with_its_old_edges() {
    let mut world = grown_world(9, 8);
    let before = world.graph();
    world.devices[4].off = true;
    // Several ratchet steps.
    for _ in 0..23 {
        let tick = world.tick(&[]);
        assert!(!tick.present[4] && tick.sum.unwrap().meters == 8);
    }
    let drawn = world.rng.secrets.len();
    let replies = |world: &World| world.rng.secrets.len() - drawn;
    world.devices[4].off = false;
    world.reboot(4);
    world.tick(&[]);
    world.tick(&[]);
    let tick = world.tick(&[]);
    assert!(tick.present[4] && tick.sum.unwrap().meters == 9);
    // The others have kept their ends, and nobody has made a key.
    assert_eq!(world.graph()[4], before[4]);
    assert_eq!(replies(&world), 0);
}

#[test]
fn a_meter_that_has_lost_everything_leaves_and_registers_anew() {
    let mut world = grown_world(9, 8);
    let old = world.graph()[4].clone();
    world.devices[4].stored = None;
    world.reboot(4);
    world.devices[4].wants = false;
    world.tick(&[]);
    world.leave(4);
    for _ in 0..3 {
        world.tick(&[]);
    }
    assert!(world.graph().iter().all(|around| !around.contains(&4)), "{old:?}");
    world.devices[4].wants = true;
    for _ in 0..5 {
        world.tick(&[]);
    }
    assert!(world.tick(&[]).present[4]);
}

#[test]
fn a_reboot_in_mid_round_repairs_who_leaves_with_the_next() {
    let mut world = grown_world(8, 6);
    let (now, round) = (world.now(), world.now);
    let leaver = world.graph()[5][0] as usize;
    let present = world.registrar.open(now, &[true; 8]).unwrap();
    assert_eq!(present, [true; 8]);
    let mut collecting = world.utility.open(now, now, &present).unwrap();
    world.utility.grow(now, world.registrar.edges(now, &present));
    let sent = world.collect(round, &mut collecting, &[leaver]);
    world.leave(leaver);
    world.all_state();
    assert!(!world.devices[5].grown.neighbours().any(|peer| peer as usize == leaver));
    // Meter 5 has stated that the edge is gone, loses power, and comes back with both its states.
    let meter = world.devices[5].grown.meter();
    let mut state = vec![0; meter.state_len()];
    let state = meter.to_bytes(&mut state).unwrap();
    let holders: Vec<AnswererLink> = (0..4).map(|_| AnswererLink::default()).collect();
    let room = (0..ROOM).map(|_| Neighbour::default()).collect();
    let meter = Meter::from_bytes(&world.params, &world.view, holders, room, state).unwrap();
    let stored = world.devices[5].stored.clone().unwrap();
    world.devices[5].grown = GrownMeter::from_bytes(meter, slots(), &stored).unwrap();
    // The Close asks for the leaver's pads all the same.
    let sum = world.settle(round, collecting, &sent).unwrap();
    assert_eq!((sum.meters, world.repairs > 0), (7, true));
    world.devices[leaver].wants = false;
    world.now += 1;
    let tick = world.tick(&[]);
    assert_eq!(tick.present.iter().filter(|p| **p).count(), 7);
    assert_eq!(tick.sum.unwrap().meters, 7);
}

#[test]
fn the_power_may_go_after_any_step() {
    // Cuts after each frame that meter 3 takes and each statement it stores, while all join, two leave, and one more
    // joins. Every sum is checked in every tick.
    for cut in (0..40).step_by(2) {
        let mut world = World::new(Plan::of(9));
        world.devices.iter_mut().take(8).for_each(|device| device.wants = true);
        world.devices[3].cut = Some(cut);
        for tick in 0..20 {
            if tick == 6 {
                let around = world.graph()[3].clone();
                if let Some(peer) = around.first() {
                    world.leave(*peer as usize);
                }
            }
            if tick == 10 {
                world.devices[8].wants = true;
            }
            world.tick(&[]);
        }
        let tick = world.tick(&[]);
        assert!(tick.present[3], "cut {cut}: {:?} {:?}", tick.present, world.graph());
        assert!(world.sums > 12, "cut {cut}");
    }
}

#[test]
fn a_statement_that_is_stored_and_never_sent_keeps_the_pair_apart_until_it_is() {
    let mut world = grown_world(8, 6);
    // 2 and 5 make an edge, if they have none.
    let (a, b) = pair_without_edge(&world);
    let frame = world.offer(a, b).unwrap();
    world.send(a, frame);
    world.deliver();
    world.now += 1;
    let now = world.now();
    let (mut out, mut record) = (vec![0; statement_len(ROOM)], vec![0; 4096]);
    let held = world.devices[a].grown.enter(now, &mut out, &mut record).unwrap().stored().to_vec();
    // With neither statement, only the answer that was passed on tells.
    let pair = (a.min(b) as u32, a.max(b) as u32);
    assert_eq!(world.registrar.unsettled(Round::from(world.now + 1)), [pair]);
    let present = copy(&world).open(Round::from(world.now + 1), &[true; 8]).unwrap();
    assert!(!(present[a] && present[b]));
    world.state(b);
    world.now += 1;
    let (now, all) = (world.now(), vec![true; 8]);
    assert_eq!(world.registrar.unsettled(now), [pair]);
    let present = copy(&world).open(now, &all).unwrap();
    assert!(!(present[a] && present[b]));
    // It comes at last, before the Open.
    world.registrar.accept(now, &held).unwrap();
    assert!(world.registrar.unsettled(now).is_empty());
    assert_eq!(world.registrar.open(now, &all).unwrap(), all);
    assert!(world.registrar.edges(now, &all)[a].contains(&(b as u32)));
}

#[test]
fn an_edge_of_later_has_the_key_of_the_step_in_use() {
    let mut world = grown_world(8, 11);
    let (a, b) = pair_without_edge(&world);
    let drawn = world.rng.secrets.len();
    let frame = world.offer(a, b).unwrap();
    world.send(a, frame);
    world.deliver();
    let mut made: Vec<[u8; 32]> =
        world.rng.secrets[drawn..].iter().map(|secret| secret.as_slice().try_into().unwrap()).collect();
    assert_eq!(made.len(), 2);
    let answered = LinkSecret::from_bytes(&mut made[1].clone()).public();
    let (me, peer) = (world.listed(a).id(), Peer { id: world.listed(b).id(), link: answered });
    let offered = LinkSecret::from_bytes(&mut made[0]);
    let mut key = offered.pair_key(Label::DcnetPair, world.view.context(), me, &peer, &[]).unwrap();
    for _ in 0..4 {
        world.tick(&[]);
    }
    let step = world.view.step(Round::from(world.now - 1)).unwrap();
    assert!(step >= 2);
    (0..step).for_each(|_| key.ratchet());
    for (place, peer) in [(a, b), (b, a)] {
        let state = &mut vec![0; 4096];
        let stored = world.devices[place].grown.to_bytes(state).unwrap();
        let found = keys(stored).into_iter().find(|(position, ..)| *position == peer as u32);
        assert_eq!(found.unwrap().1, *key.to_bytes());
    }
}

#[test]
fn a_refused_open_brings_no_edge_into_force() {
    let mut world = grown_world(8, 6);
    let (a, b) = pair_without_edge(&world);
    let frame = world.offer(a, b).unwrap();
    world.send(a, frame);
    world.deliver();
    for _ in 0..2 {
        world.tick(&[]);
    }
    // The edge is stated for this round. An Open that breaks the chain comes first.
    let (now, present) = (world.now(), [true; 8]);
    let identity = world.plan.cohort().utility.identity;
    let mut out = vec![0; OpenFields::max_len(8)];
    let fields = OpenFields { round: now, previous: None, present: &present };
    let open = fields.sign(&world.view, &identity, &mut out).unwrap();
    let refused = Err(Fault::ChainBroken.of(PartyId::UTILITY));
    for place in [a, b, a] {
        assert_eq!(world.devices[place].grown.open(now, open), refused);
    }
    let tick = world.tick(&[]);
    assert_eq!(tick.sum.unwrap().meters, 8);
    assert!(world.registrar.edges(now, &present)[a].contains(&(b as u32)));
}

#[test]
fn a_device_that_was_away_waits_for_its_statement() {
    let mut world = grown_world(8, 6);
    world.reboot(2);
    let now = world.now();
    let collecting = world.utility.open(now, now, &[true; 8]).unwrap();
    let waits = Err(Fault::NotExpected.of(PartyId::UTILITY));
    // Until it has stated its edges it does not know whether they are what the utility goes by.
    let (mut out, mut record) = (vec![0; statement_len(ROOM)], vec![0; 4096]);
    let device = &mut world.devices[2];
    assert_eq!(device.grown.open(now, collecting.frame()), waits);
    // Nor does it state them in the round in which it came back: it may have stated others for the next one.
    assert_eq!(device.grown.enter(now, &mut out, &mut record).map(|_| ()), Err(Misuse::OutOfOrder.into()));
    world.now += 1;
    let now = world.now();
    let collecting = world.utility.open(now, now, &[true; 8]).unwrap();
    let device = &mut world.devices[2];
    let statement = device.grown.enter(now, &mut out, &mut record).unwrap().stored().to_vec();
    assert_eq!(device.grown.open(now, collecting.frame()), waits);
    world.registrar.accept(now, &statement).unwrap();
    world.now += 1;
    let tick = world.tick(&[]);
    assert!(tick.present[2] && tick.sum.unwrap().meters == 8);
}

#[test]
fn answers_lost_on_the_way_leave_no_edge_at_either_end() {
    let mut world = grown_world(8, 6);
    let (a, b) = pair_without_edge(&world);
    let frame = world.offer(a, b).unwrap();
    // The answer is lost between relay and meter: the registrar cannot know whether it is.
    world.send(a, frame);
    let (from, to, offer) = world.queue.remove(0);
    world.hand(from, to, &offer).unwrap();
    assert_eq!(world.queue.len(), 1);
    world.queue.clear();
    world.now += 1;
    world.all_state();
    world.now += 1;
    let (now, all) = (world.now(), vec![true; 8]);
    assert!(world.registrar.unsettled(now).is_empty());
    assert_eq!(world.registrar.open(now, &all).unwrap(), all);
    assert!(!world.graph()[a].contains(&(b as u32)) && !world.graph()[b].contains(&(a as u32)));
}

fn pair_without_edge(world: &World) -> (usize, usize) {
    let graph = world.graph();
    let pairs = (0..graph.len()).flat_map(|a| (0..graph.len()).map(move |b| (a, b)));
    pairs.into_iter().find(|(a, b)| a != b && !graph[*a].contains(&(*b as u32))).unwrap()
}

#[test]
fn neighbourhoods_cut_flipped_or_of_others_are_refused() {
    let mut world = grown_world(7, 6);
    let stored = world.devices[2].stored.clone().unwrap();
    let read =
        |bytes: &[u8], place| GrownMeter::from_bytes(world.plan.meter(place), slots(), bytes).map(|_| ());
    assert_eq!(read(&stored, 2), Ok(()));
    let bad = Err(Malformed::BadRecord.into());
    for i in (0..stored.len()).step_by(7) {
        let mut flipped = stored.clone();
        flipped[i] ^= 1;
        assert_eq!(read(&flipped, 2), bad);
        assert_eq!(read(&stored[..i], 2), bad);
    }
    assert_eq!(read(&stored, 3), bad);
    let other = Plan { seed: 5, ..world.plan };
    assert_eq!(GrownMeter::from_bytes(other.meter(2), slots(), &stored).map(|_| ()), bad);
    let few = GrownMeter::from_bytes(world.plan.meter(2), slots().split_off(1), &stored);
    assert_eq!(few.map(|_| ()), Err(Misuse::WrongLength.into()));
    // What comes back is what was stored.
    let again = GrownMeter::from_bytes(world.plan.meter(2), slots(), &stored).unwrap();
    let mut out = vec![0; again.state_len()];
    assert_eq!(again.to_bytes(&mut out).unwrap(), stored);
    world.faults = Faults::default();
}

fn copy(world: &World) -> dcnet_core::grown::Registrar {
    let state = world.registrar.to_bytes().unwrap();
    dcnet_core::grown::Registrar::from_bytes(&world.params, world.utility.parties(), &state).unwrap()
}
