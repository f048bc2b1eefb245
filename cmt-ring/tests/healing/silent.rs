//! Members fall silent, and the ring goes on without them.

use cmt_ring::{Error, Fault, Generation, Mode, Modulus, Params};
use meter_link::Fault as LinkFault;

use crate::readings;
use crate::ring::{World, params, round, truth};

fn all_modes(channels: u16) -> [Params; 4] {
    let derived = params(Mode::Derived, channels);
    let odd = params(Mode::Drawn, channels).with_modulus(Modulus::new((1 << 61) - 1).unwrap()).unwrap();
    [params(Mode::Drawn, channels), derived, derived.with_second_ring().unwrap(), odd]
}

fn exact(world: &mut World, r: u32) {
    let readings = readings(world.ring.len(), world.params.group().channels.into(), r);
    let sum = world.round(r, &readings).unwrap();
    assert_eq!((sum.values, sum.meters as usize), (truth(&readings), readings.len()), "round {r}");
}

/// Whoever falls silent, one after the other, also two at once who sat side by side, over several ratchet steps.
#[test]
fn the_ring_goes_on_without_the_silent() {
    for params in all_modes(2) {
        for members in [8, 11] {
            for place in 1..members {
                let mut world = World::with(params, members, (80 + place) as u64);
                world.form_all(1, 0);
                exact(&mut world, 0);
                let first = world.ring[place];
                world.heal(2, 1, &[first]);
                exact(&mut world, 1);
                exact(&mut world, 96);
                // The two next to it, the concentrator excepted.
                let next: Vec<usize> =
                    world.ring.iter().copied().skip(1).cycle().skip(place).take(2).collect();
                world.heal(3, 97, &next);
                for r in [97, 98, 192, 500] {
                    exact(&mut world, r);
                }
                assert_eq!(world.supplier.generation(), Some(Generation(3)));
                assert_eq!(world.ring.len(), members - 3);
            }
        }
    }
}

/// Round by round one fewer, down to the least ring; then no more.
#[test]
fn a_ring_heals_down_to_five() {
    for params in all_modes(1) {
        let mut world = World::with(params, 12, 81);
        world.form_all(1, 0);
        for r in 0..7u32 {
            exact(&mut world, r);
            let silent = world.ring[1 + (5 * r as usize) % (world.ring.len() - 1)];
            world.heal(r + 2, r + 1, &[silent]);
        }
        exact(&mut world, 7);
        assert_eq!(world.ring.len(), 5);
        let silent = world.ring[1];
        let error = world.cut(9, 8, &[silent]).unwrap_err();
        assert_eq!(error, Error::Misuse(cmt_ring::Misuse::RingTooSmall));
        exact(&mut world, 8);
    }
}

/// A healed ring gives way to the next generation as any other, and that one can heal too.
#[test]
fn after_healing_comes_the_next_generation() {
    for params in all_modes(1) {
        let mut world = World::with(params, 9, 82);
        world.form_all(1, 0);
        let silent = world.ring[3];
        world.heal(2, 1, &[silent]);
        exact(&mut world, 1);
        world.form_all(3, 2);
        exact(&mut world, 2);
        let silent = world.ring[8];
        world.heal(4, 3, &[silent]);
        exact(&mut world, 3);
    }
}

/// The whole of it, drawn and derived: a member is silent, the supplier says whose tokens are missing, the concentrator
/// finds out who that is, and the next round stands.
#[test]
fn from_the_suppliers_notice_to_the_next_sum() {
    for params in all_modes(1) {
        let mut world = World::with(params, 7, 83);
        world.form_all(1, 0);
        let silent = 3;
        let all = readings(7, 1, 0);
        let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
        if let Some(request) = collecting.start().map(<[u8]>::to_vec) {
            let mut delta = world.start(0, &all[0], &request).unwrap();
            for (place, reading) in all.iter().enumerate().take(silent).skip(1) {
                let (frame, next) = world.relay(place, 0, reading, &delta).unwrap();
                collecting.accept(&frame).unwrap();
                delta = next;
            }
        } else {
            for place in (0..7).filter(|place| *place != silent) {
                let frame = world.contribute(place, 0, &all[place]).unwrap();
                collecting.accept(&frame).unwrap();
            }
        }
        let notice = world.supplier.discard(&world.identity, collecting).unwrap().stored();
        let lost = cmt_ring::Lost::verify(&world.view, round(0), &notice).unwrap();
        let book = world.book.as_ref().unwrap();
        let named = book.silent(&lost).unwrap();
        let victim = world.ring[silent];
        assert_eq!(named, [world.members[victim].listed], "{:?}", params.mode());
        world.heal(2, 1, &[victim]);
        exact(&mut world, 1);
        // The notice was of the ring as it was.
        let stale = world.book.as_ref().unwrap().silent(&lost).map(|_| ());
        assert_eq!(
            stale,
            Err(Error::Fault { culprit: meter_link::PartyId::UTILITY, fault: Fault::WrongGeneration })
        );
        assert!(world.book.as_ref().unwrap().members().all(|member| member != world.members[victim].listed));
    }
}

/// A round that goes around when the ring heals is given up: the δ that comes late closes nothing.
#[test]
fn a_round_on_its_way_is_given_up() {
    let mut world = World::new(7, Mode::Drawn, 1, 84);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let mut deltas = vec![world.start(0, &[1], &request).unwrap()];
    for place in 1..6 {
        let next = world.relay(place, 0, &[1], deltas.last().unwrap()).unwrap().1;
        deltas.push(next);
    }
    assert_eq!(world.at(0).meter.circling(), Some(round(0)));
    let (last, late) = (world.ring[6], deltas.pop().unwrap());
    let culprit = world.members[last].listed.peer.id;
    let (_, closing) = world.relay(6, 0, &[1], &late).unwrap();
    let other = world.ring[2];
    world.heal(2, 1, &[other]);
    assert_eq!(world.at(0).meter.circling(), None);
    let fault = Fault::Link(LinkFault::NotExpected);
    assert_eq!(world.close(0, &closing), Err(Error::Fault { culprit, fault }));
    assert_eq!(collecting.close().unwrap_err(), Error::Quorum { have: 0, need: 7 });
    exact(&mut world, 1);
}

/// With derived δ a member may send the round that is given up at any time, in the ring as it was, and no other one twice.
#[test]
fn a_round_before_the_healing_is_over() {
    let mut world = World::new(7, Mode::Derived, 1, 85);
    world.form_all(1, 0);
    let silent = world.ring[2];
    world.heal(2, 2, &[silent]);
    // In time: the healed ring begins with round 2.
    let order = Error::Misuse(cmt_ring::Misuse::Link(meter_link::Misuse::OutOfOrder));
    assert_eq!(world.contribute(1, 1, &[5]).map(|_| ()), Err(order));
    assert_eq!(world.supplier.open(round(1), round(1)).map(|_| ()), Err(order));
    exact(&mut world, 2);
}
