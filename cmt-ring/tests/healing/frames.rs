//! Heal frames that are lost, doubled, late or out of order, and power cuts.

use cmt_ring::{Book, Error, Fault, Generation, Misuse, Mode, Params, Supplier};
use meter_link::{Fault as LinkFault, Misuse as LinkMisuse, PartyId};

use crate::readings;
use crate::ring::{Device, World, params, round, truth};

fn modes() -> [Params; 3] {
    let derived = params(Mode::Derived, 1);
    [params(Mode::Drawn, 1), derived, derived.with_second_ring().unwrap()]
}

fn exact(world: &mut World, r: u32) {
    let readings = readings(world.ring.len(), 1, r);
    assert_eq!(world.round(r, &readings).unwrap().values, truth(&readings), "round {r}");
}

fn blame(culprit: PartyId, fault: impl Into<Fault>) -> Result<(), Error> {
    Err(Error::Fault { culprit, fault: fault.into() })
}

/// A healing whose frames are here but for the member at `missing`, which gets none.
fn heal_without(world: &mut World, g: u32, from: u32, cut: usize, missing: usize) -> Vec<u8> {
    let healing = world.cut(g, from, &[cut]).unwrap();
    let mut kept = Vec::new();
    for (id, frame) in healing.members {
        if world.index(id) == missing {
            kept = frame;
        } else {
            world.take_heal(world.index(id), from, &frame).unwrap();
        }
    }
    world.supplier.heal(round(from), &healing.supplier).unwrap();
    world.ring.retain(|member| *member != cut);
    kept
}

/// Whoever missed one healing takes the next, whether its neighbours changed in the first, in the second or in neither, and over
/// steps of the ratchet.
#[test]
fn a_missed_healing_is_made_good_by_the_next() {
    for params in modes() {
        for missing in 3..9 {
            for (first, second) in [(1, 2), (1, 100), (95, 97)] {
                let mut world = World::with(params, 9, 90);
                world.form_all(1, 0);
                exact(&mut world, 0);
                let [missing, one, two] = [missing, 1, 2].map(|place| world.ring[place]);
                heal_without(&mut world, 2, first, one, missing);
                world.heal(3, second, &[two]);
                exact(&mut world, second);
                exact(&mut world, second + 100);
            }
        }
    }
}

/// … or takes the same frame late. Until then its ciphertexts are of the ring as it was, and the supplier says whose
/// token it is that has missed something.
#[test]
fn a_late_heal_frame_is_as_good() {
    for params in modes() {
        let mut world = World::with(params, 8, 91);
        world.form_all(1, 0);
        let [cut, missing] = [2, 5].map(|place| world.ring[place]);
        let frame = heal_without(&mut world, 2, 1, cut, missing);
        if params.mode() == Mode::Derived {
            let mut collecting = world.supplier.open(round(1), round(1)).unwrap();
            for place in 0..7 {
                let old = world.ring[place] == missing;
                let sent = world.contribute(place, 1, &[50]).unwrap();
                let name = crate::name(&sent);
                let expected = if old { blame(name, LinkFault::BadTag) } else { Ok(()) };
                assert_eq!(collecting.accept(&sent).map(|_| ()), expected);
                assert!(
                    !old || world.book.as_ref().unwrap().named(name) == Some(world.members[missing].listed)
                );
            }
            assert_eq!(collecting.close().unwrap_err(), Error::Quorum { have: 6, need: 7 });
        }
        // It has sent in round 1, and does not do so again.
        world.take_heal(missing, 2, &frame).unwrap();
        if params.mode() == Mode::Derived {
            let place = world.ring.iter().position(|member| *member == missing).unwrap();
            let used = Error::Misuse(Misuse::Link(meter_link::Misuse::TimeAlreadyUsed));
            assert_eq!(world.contribute(place, 1, &[50]).map(|_| ()), Err(used));
        }
        exact(&mut world, 2);
        exact(&mut world, 97);
    }
}

/// Too late: the meter has left the ratchet step of the healed ring's first round, and the keys are gone. The next healing.
#[test]
fn keys_of_a_step_that_is_over_are_gone() {
    let mut world = World::new(8, Mode::Derived, 1, 92);
    world.form_all(1, 0);
    let [cut, next, missing] = [2, 3, 5].map(|place| world.ring[place]);
    let frame = heal_without(&mut world, 2, 95, cut, missing);
    let place = world.ring.iter().position(|member| *member == missing).unwrap();
    world.contribute(place, 96, &[50]).unwrap();
    let lead = world.at(0).listed.peer.id;
    assert_eq!(world.take_heal(missing, 96, &frame), blame(lead, LinkFault::WrongRound));
    world.heal(3, 97, &[next]);
    exact(&mut world, 97);
}

#[test]
fn doubled_and_reordered_heal_frames_change_nothing() {
    for params in modes() {
        let mut world = World::with(params, 9, 93);
        world.form_all(1, 0);
        let [one, two] = [4, 7].map(|place| world.ring[place]);
        let lead = world.at(0).listed.peer.id;
        let first = world.cut(2, 1, &[one]).unwrap();
        let second = world.cut(3, 2, &[two]).unwrap();
        for (id, frame) in &second.members {
            let member = world.index(*id);
            world.take_heal(member, 2, frame).unwrap();
            assert_eq!(world.take_heal(member, 2, frame), blame(lead, Fault::WrongGeneration));
            let (_, late) = first.members.iter().find(|(other, _)| other == id).unwrap();
            assert_eq!(world.take_heal(member, 2, late), blame(lead, Fault::WrongGeneration));
        }
        // Of two frames to the supplier the first one never came, or came late.
        assert_eq!(world.supplier.heal(round(2), &second.supplier), Ok(Generation(3)));
        assert_eq!(world.supplier.heal(round(2), &second.supplier), Ok(Generation(3)));
        let late = world.supplier.heal(round(2), &first.supplier).map(|_| ());
        assert_eq!(late, blame(lead, Fault::WrongGeneration));
        world.ring.retain(|member| ![one, two].contains(member));
        exact(&mut world, 2);
    }
}

/// A power cut after the record and before anything else. The member has its place in the ring as it was formed, from its
/// state, and takes the frame again; the concentrator's frames never left, and the next cut makes it good.
#[test]
fn power_cuts_between_record_and_frame() {
    for params in modes() {
        let mut world = World::with(params, 9, 94);
        world.form_all(1, 0);
        let cut = world.ring[6];
        let healing = world.cut(2, 1, &[cut]).unwrap();
        let (id, frame) = &healing.members[3];
        let member = world.index(*id);
        let record = world.members[world.ring[0]].generations.last().unwrap().clone();
        world.members[member].meter.replay(&record).unwrap();
        assert_eq!(world.members[member].meter.generation(), Some(Generation(1)));
        for (id, frame) in &healing.members {
            world.take_heal(world.index(*id), 1, frame).unwrap();
        }
        // Once taken it is an old one.
        let lead = world.at(0).listed.peer.id;
        assert_eq!(world.take_heal(member, 1, frame), blame(lead, Fault::WrongGeneration));
        world.supplier.heal(round(1), &healing.supplier).unwrap();
        world.ring.retain(|other| *other != cut);
        exact(&mut world, 1);

        let next = world.ring[3];
        drop(world.cut(3, 2, &[next]).unwrap());
        let another = world.ring[4];
        world.heal(4, 3, &[another]);
        world.ring.retain(|other| *other != next);
        exact(&mut world, 3);
    }
}

/// The supplier stops after the healing: with the state stored it goes on in the healed ring, without it takes the frame once more.
#[test]
fn the_supplier_stops() {
    for params in modes() {
        for stored in [false, true] {
            let mut world = World::with(params, 8, 95);
            world.form_all(1, 0);
            exact(&mut world, 0);
            let before = world.supplier.to_bytes().unwrap();
            let progress = world.supplier.progress().unwrap();
            let [one, two] = [6, 2].map(|place| world.ring[place]);
            world.heal(2, 1, &[one]);
            world.heal(3, 2, &[two]);
            let frame = world.to_supplier.last().unwrap().clone();
            let state = if stored { world.supplier.to_bytes().unwrap() } else { before };
            let link = Some(world.link.twin());
            let again = Supplier::from_bytes(&world.params, &world.view, &world.roster, link, &state);
            world.supplier = again.unwrap();
            world.supplier.replay(&progress).unwrap();
            assert_eq!(world.supplier.generation(), Some(Generation(if stored { 3 } else { 1 })));
            assert_eq!(world.supplier.heal(round(2), &frame), Ok(Generation(3)));
            exact(&mut world, 2);
        }
    }
}

/// After the concentrator has lost its memory nobody can heal the ring: the next generation, under a number that is not taken.
#[test]
fn a_concentrator_without_memory() {
    let mut world = World::new(8, Mode::Drawn, 1, 96);
    world.form_all(1, 0);
    let silent = world.ring[3];
    world.heal(2, 1, &[silent]);
    exact(&mut world, 1);
    let lead = world.ring[0];
    world.reboot(lead);
    let everybody: Vec<usize> = (0..8).collect();
    let g = (3..40).find(|g| world.draw(*g, &everybody)[0] == lead).unwrap();
    let used = (1..3).find(|g| world.draw(*g, &everybody)[0] == lead);
    assert!(used.is_none_or(|g| world.open(g, 2, &everybody).is_err()));
    world.form_all(g, 2);
    exact(&mut world, 2);
}

/// A power cut after the concentrator's record, and its frames are gone. With the state or the book of before it is in no ring; with
/// those of after it cannot say the same again. The next cut makes it good, for all who are left.
#[test]
fn a_concentrator_that_lost_its_frames() {
    for params in modes() {
        let mut world = World::with(params, 9, 94);
        world.form_all(1, 0);
        exact(&mut world, 0);
        let lead = world.ring[0];
        let (silent, next) = (world.ring[4], world.ring[6]);
        let state = |world: &World| {
            let mut state = vec![0; world.members[lead].meter.state_len()];
            world.members[lead].meter.to_bytes(&mut state).unwrap();
            (state, world.book.as_ref().unwrap().to_bytes(&world.view).unwrap())
        };
        let before = state(&world);
        drop(world.cut(2, 1, &[silent]).unwrap());
        let after = state(&world);
        let role = Error::Misuse(Misuse::Link(LinkMisuse::WrongRole));
        for (meter, book, expected) in [
            (&before.0, &before.1, Some(role)),
            (&before.0, &after.1, Some(role)),
            (&after.0, &before.1, Some(role)),
            (&after.0, &after.1, None),
        ] {
            let member = &mut world.members[lead];
            let channels = crate::ring::channels(&world.params);
            let restored = Device::from_bytes(&world.params, &world.view, &member.listed, channels, meter);
            member.meter = restored.unwrap();
            member.generations.iter().for_each(|record| member.meter.replay(record).unwrap());
            world.book = Some(Book::from_bytes(&world.params, &world.view, book).unwrap());
            let unknown = Error::Misuse(Misuse::Link(LinkMisuse::UnknownParty));
            assert_eq!(world.cut(3, 2, &[silent]).unwrap_err(), expected.unwrap_or(unknown));
        }
        world.heal(3, 2, &[next]);
        world.ring.retain(|member| *member != silent);
        exact(&mut world, 2);
    }
}

/// As many healings as a frame has room for, one member each time. Somebody who has missed all of them takes the last.
#[test]
fn two_hundred_and_fifty_four_healings() {
    let mut world = World::new(260, Mode::Derived, 1, 98);
    world.form_all(1, 0);
    let ring = world.ring.clone();
    for n in 1..=254u32 {
        let healing = world.cut(n + 1, n, &[ring[2 + n as usize]]).unwrap();
        if n == 254 {
            assert_eq!(healing.members[0].1.len(), 8449); // docs/healing.md, section 4
            for (id, frame) in &healing.members {
                world.take_heal(world.index(*id), n, frame).unwrap();
            }
            world.supplier.heal(round(n), &healing.supplier).unwrap();
        }
    }
    world.ring = [&ring[..3], &ring[257..]].concat();
    exact(&mut world, 254);
    let book = world.book.as_ref().unwrap().to_bytes(&world.view).unwrap();
    world.book = Some(Book::from_bytes(&world.params, &world.view, &book).unwrap());
    let over = Error::Misuse(Misuse::Link(LinkMisuse::OutOfOrder));
    assert_eq!(world.cut(256, 255, &[ring[1]]).unwrap_err(), over);
    exact(&mut world, 255);
}

/// docs/healing.md, section 4.
#[test]
fn frames_have_the_documented_sizes() {
    let mut world = World::new(24, Mode::Drawn, 1, 97);
    world.form_all(1, 0);
    for (n, g) in (2..5).enumerate() {
        let silent = world.ring[4];
        world.heal(g, g - 1, &[silent]);
        assert_eq!(world.between_meters.last().unwrap().len(), 42 + 4 * n);
        assert_eq!(world.to_supplier.last().unwrap().len(), 48 + 4 * (n + 1));
    }
}
