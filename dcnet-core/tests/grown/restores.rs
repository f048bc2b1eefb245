//! States and records that are older than one another, and what the network replays to who comes back.

use dcnet_core::grown::{GrownMeter, statement_len};
use dcnet_core::{Fault, Meter, Misuse, Neighbour};
use meter_link::answer::AnswererLink;
use meter_link::{PartyId, Round};

use crate::attacks::grown_world;
use crate::world::{FIRST, Plan, ROOM, World, slots};

type Own = Meter<Vec<Neighbour>, Vec<AnswererLink>>;

fn meter_of(world: &World, state: &[u8]) -> Own {
    let holders: Vec<AnswererLink> = (0..4).map(|_| AnswererLink::default()).collect();
    let room = (0..ROOM).map(|_| Neighbour::default()).collect();
    Meter::from_bytes(&world.params, &world.view, holders, room, state).unwrap()
}

fn state_of(world: &World, place: usize) -> (Vec<u8>, Vec<u8>) {
    let grown = &world.devices[place].grown;
    let (mut state, mut record) = (vec![0; grown.meter().state_len()], vec![0; grown.state_len()]);
    let state = grown.meter().to_bytes(&mut state).unwrap().to_vec();
    (state, grown.to_bytes(&mut record).unwrap().to_vec())
}

/// A network that hands over the Open of the ratchet step before would put the keys a step ahead, for good.
#[test]
fn an_old_open_after_a_reboot_is_refused() {
    for with_state in [false, true] {
        let mut world = grown_world(9, 8);
        while (world.now - FIRST) % 5 != 4 {
            world.tick(&[]);
        }
        let old = world.tick(&[]).open.unwrap();
        let me = 4usize;
        world.tick(&[]);
        let (state, record) = state_of(&world, me);
        world.devices[me].stored = Some(record.clone());
        world.reboot(me);
        let mut expected = Fault::NotExpected;
        if with_state {
            // Its chain comes from elsewhere, or is made anew: with the state's own one the Open is an old one anyhow.
            let meter = meter_of(&world, &state);
            world.devices[me].grown = GrownMeter::from_bytes(meter, slots(), &record).unwrap();
            expected = Fault::RoundClosed;
        }
        let now = world.now();
        let refused = world.devices[me].grown.open(now, &old);
        assert_eq!(refused, Err(expected.of(PartyId::UTILITY)));
        let full = (0..5).filter(|_| world.tick(&[]).sum.is_some_and(|sum| sum.meters == 9)).count();
        assert!(full >= 3, "{with_state}: {full}");
    }
}

/// A state of the last ratchet step and a newer record, with all rooms taken.
#[test]
fn an_older_state_with_a_newer_record_goes_on() {
    let mut world = World::new(Plan { rounds_per_step: 500, ..Plan::of(16) });
    world.devices.iter_mut().for_each(|device| device.wants = true);
    let me = 0usize;
    for peer in 1..=ROOM {
        let frame = world.offer(me, peer).unwrap();
        world.send(me, frame);
    }
    world.deliver();
    for _ in 0..5 {
        world.tick(&[]);
    }
    let before = world.graph()[me].clone();
    assert_eq!(before.len(), ROOM);
    let (state, _) = state_of(&world, me);
    // A neighbour leaves, another comes.
    world.leave(before[0] as usize);
    for _ in 0..3 {
        world.tick(&[]);
    }
    let fresh = (1..16u32).find(|peer| !before.contains(peer) && !world.graph()[me].contains(peer)).unwrap();
    let frame = world.offer(me, fresh as usize).unwrap();
    world.send(me, frame);
    world.deliver();
    for _ in 0..4 {
        world.tick(&[]);
    }
    assert!(world.graph()[me].contains(&fresh));
    let record = world.devices[me].stored.clone().unwrap();
    let meter = meter_of(&world, &state);
    world.devices[me].grown = GrownMeter::from_bytes(meter, slots(), &record).unwrap();
    for _ in 0..3 {
        world.tick(&[]);
    }
    let tick = world.tick(&[]);
    assert!(tick.present[me]);
    assert_eq!(tick.sum.unwrap().meters, 15);
}

#[test]
fn who_comes_back_from_an_old_record_sends_nothing_before_it_has_stated() {
    let mut world = grown_world(9, 8);
    let me = 4usize;
    let old = world.devices[me].stored.clone().unwrap();
    let peer = (0..9).find(|p| *p != me && !world.graph()[me].contains(&(*p as u32))).unwrap();
    let frame = world.offer(me, peer).unwrap();
    world.send(me, frame);
    world.deliver();
    for _ in 0..4 {
        world.tick(&[]);
    }
    assert!(world.graph()[me].contains(&(peer as u32)));
    world.devices[me].stored = Some(old);
    world.reboot(me);
    // It is named present by its last statement; it is silent, and the sum is that of the others.
    let tick = world.tick(&[]);
    assert!(tick.present[me]);
    assert_eq!(tick.sum.unwrap().meters, 8);
    // Each later sum is checked by the tick; in the end all are in again.
    let full = (0..16).filter(|_| world.tick(&[]).sum.is_some_and(|sum| sum.meters == 9)).count();
    assert!(full >= 4, "{full}");
}

/// The one-time tag key of a header is used for one payload, however often a device comes back, and from which record.
#[test]
fn no_two_statements_have_one_header() {
    let mut world = grown_world(9, 8);
    let me = 4usize;
    let old = world.devices[me].stored.clone();
    let peer = (0..9).find(|p| *p != me && !world.graph()[me].contains(&(*p as u32))).unwrap();
    let frame = world.offer(me, peer).unwrap();
    world.send(me, frame);
    world.deliver();
    world.now += 1;
    let mut frames: Vec<Vec<u8>> = Vec::new();
    let first = state_after(&mut world, me).unwrap();
    frames.push(first);
    for lost in [false, false, true, false] {
        world.devices[me].stored = old.clone().filter(|_| !lost);
        world.reboot(me);
        assert_eq!(state_after(&mut world, me), Err(Misuse::OutOfOrder.into()));
        // Nor does it sign another exit for that round.
        let now = world.now();
        let device = &mut world.devices[me];
        let (mut out, mut record) = (vec![0; 256], vec![0; device.grown.state_len()]);
        let left = device.grown.leave(now, &device.identity, &mut out, &mut record).map(|_| ());
        assert_eq!(left, Err(Misuse::OutOfOrder.into()));
        world.now += 1;
        frames.push(state_after(&mut world, me).unwrap());
    }
    let mut headers: Vec<&[u8]> = frames.iter().map(|frame| &frame[..16]).collect();
    headers.sort_unstable();
    headers.dedup();
    assert_eq!(headers.len(), frames.len());
    assert_ne!(frames[0][16..], frames[1][16..]);
    assert_eq!(frames[0][12..16], Round::from(world.now - 3).to_u32().to_le_bytes());
}

fn state_after(world: &mut World, me: usize) -> Result<Vec<u8>, dcnet_core::Error> {
    let now = world.now();
    let device = &mut world.devices[me];
    let (mut out, mut record) = (vec![0; statement_len(ROOM)], vec![0; device.grown.state_len()]);
    device.grown.enter(now, &mut out, &mut record).map(|prepared| prepared.stored().to_vec())
}

/// A meter that has taken no Open does not know whether it is named, and may report; one that is inside does not.
#[test]
fn a_report_is_for_who_is_not_named_present() {
    let mut world = grown_world(9, 8);
    let (now, mut out) = (world.now(), [0; 32]);
    let before = Round::from(world.now - 1);
    let inside = world.devices[2].grown.meter().report(before, &mut out).map(|_| ());
    assert_eq!(inside, Err(Misuse::OutOfOrder.into()));
    world.reboot(2);
    assert_eq!(world.devices[2].grown.meter().report(now, &mut out).unwrap().len(), 32);
}
