//! Two rings at once.

use cmt_ring::{Error, Misuse, Mode, Modulus, Params};

use crate::readings;
use crate::ring::{World, params, truth};

fn two_rings(channels: u16) -> Params {
    params(Mode::Derived, channels).with_second_ring().unwrap()
}

#[test]
fn sums_are_exact_in_two_rings() {
    let odd = two_rings(2).with_modulus(Modulus::new((1 << 61) - 1).unwrap()).unwrap();
    for params in [two_rings(1), two_rings(3), odd] {
        let channels = params.group().channels.into();
        // Of an even number of places the second ring is two rings.
        for members in [5, 6, 7, 8, 24] {
            let mut world = World::with(params, members, 70 + members as u64);
            world.form_all(1, 0);
            for r in [0, 1, 96, 97, 300] {
                let readings = readings(members, channels, r);
                assert_eq!(world.round(r, &readings).unwrap().values, truth(&readings), "{members}, {r}");
            }
            world.form(2, 301, &(0..members).filter(|i| *i != 1 || members == 5).collect::<Vec<_>>());
            let readings = readings(world.ring.len(), channels, 301);
            assert_eq!(world.round(301, &readings).unwrap().values, truth(&readings));
        }
    }
}

/// Neighbours are four different members, and each is told by position who.
#[test]
fn four_neighbours() {
    let mut world = World::with(two_rings(1), 7, 71);
    let everybody: Vec<usize> = (0..7).collect();
    let mut forming = world.open(1, 0, &everybody).unwrap();
    let ring = world.draw(1, &everybody);
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    for (id, token) in tokens {
        let answer = world.join(world.index(id), ring[0], 0, &token).unwrap();
        forming.accept(&answer).unwrap();
    }
    let formed = forming.close(&mut world.members[ring[0]].meter).unwrap();
    for (id, frame) in &formed.seats {
        let place = ring.iter().position(|i| *i == world.index(*id)).unwrap();
        let around = world.members[ring[place]].meter.neighbours(frame).unwrap();
        let at = |d: usize| ring[(place + d) % 7] as u32;
        assert_eq!((around.predecessor, around.successor), (at(6), at(1)));
        assert_eq!(around.second, Some((at(5), at(2))));
    }
}

/// Drawn δ of two rings would wait for each other. A session with one ring is another one.
#[test]
fn two_rings_are_for_derived_delta() {
    let drawn = params(Mode::Drawn, 1);
    assert_eq!(drawn.with_second_ring(), Err(Error::Misuse(Misuse::WrongMode)));
    assert_ne!(two_rings(1).session(), params(Mode::Derived, 1).session());
}
