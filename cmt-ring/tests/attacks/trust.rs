//! Who sees what, and who together sees more.

use cmt_ring::{Mode, key};

use crate::adversary::{Scripted, link_key, opened_delta};
use crate::name;
use crate::ring::{World, round, truth, words};

/// The trust model: supplier, predecessor and successor together take both δ off a meter's ciphertext. What
/// is left is the reading and the constant k_1: the change between any two rounds, and with one value of the
/// register every reading. They need not know the token: only the right one makes sense.
#[test]
fn supplier_with_both_ring_neighbours_reads_a_meters_changes() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = World::new(9, mode, 1, 21);
        world.form_all(1, 0);
        let victim = 4;
        let used = [1234i64, 1234 + 777];
        let mut left = Vec::new();
        for (r, value) in (0..).zip(used) {
            let readings: Vec<Vec<i64>> =
                (0..9).map(|place| vec![if place == victim { value } else { 100 }]).collect();
            let first_frame = world.between_meters.len();
            let (_, frames) = world.ciphertexts(r, &readings);
            // Each neighbour knows one δ: it is an end of that link.
            let (into, out_of) = if mode == Mode::Drawn {
                let deltas = world.between_meters[first_frame..].to_vec();
                let into = opened_delta(&world, victim - 1, victim, &deltas[victim - 1]);
                (into, opened_delta(&world, victim + 1, victim, &deltas[victim]))
            } else {
                let derived = |knows: usize, other: usize| {
                    let mut delta = [0];
                    key::derived_delta(&link_key(&world, knows, other), round(r), &mut delta);
                    delta[0]
                };
                (derived(victim - 1, victim), derived(victim + 1, victim))
            };
            // c − δ_(i−1) + δ_i for every token.
            left.push(
                frames
                    .iter()
                    .map(|f| words(f)[0].wrapping_sub(into).wrapping_add(out_of))
                    .collect::<Vec<_>>(),
            );
        }
        let changes: Vec<i64> =
            left[1].iter().zip(&left[0]).map(|(b, a)| b.wrapping_sub(*a).cast_signed()).collect();
        assert_eq!(changes[victim], 777, "{mode:?}");
        let plausible = changes.iter().filter(|change| change.unsigned_abs() <= 2_000_000).count();
        assert_eq!(plausible, 1, "the token gives itself away");
    }
}

/// One neighbour fewer: supplier, concentrator, predecessor and *all other* members but the successor see byte
/// for byte the same when the meter used 5000 more and its successor 5000 less.
#[test]
fn supplier_with_all_but_one_ring_neighbour_reads_nothing() {
    let (victim, successor) = (3, 4);
    let view_when = |more: i64| {
        let mut world = World::new(7, Mode::Drawn, 1, 22);
        world.form_all(1, 0);
        let collecting = world.supplier.open(round(0), round(0)).unwrap();
        let request = collecting.start().unwrap().to_vec();
        let mut seen = world.to_supplier.clone();
        let mut delta = world.start(0, &[300], &request).unwrap();
        for place in 1..7 {
            if place != successor {
                seen.push(delta.clone()); // what goes to the victim, and to everybody but the successor
            }
            let reading = match place {
                _ if place == victim => 1000 + more,
                _ if place == successor => 6000 - more,
                _ => 300,
            };
            let drawn = 0x0123_4567_89ab_cdef_u64.wrapping_add(more.cast_unsigned());
            let sent = if place == victim {
                world.relay_with(place, 0, &[reading], &delta, &mut Scripted::new(drawn))
            } else {
                world.relay(place, 0, &[reading], &delta)
            };
            let (frame, next) = sent.unwrap();
            seen.push(frame);
            delta = next;
            if place == victim {
                let mut hedge = [0];
                key::derived_delta(&link_key(&world, successor, victim), round(0), &mut hedge);
                let expected = drawn.wrapping_add(hedge[0]);
                assert_eq!(opened_delta(&world, successor, victim, &delta), expected);
            }
        }
        seen.push(delta.clone());
        seen.push(world.close(0, &delta).unwrap());
        seen
    };
    assert_eq!(view_when(0), view_when(5000));
}

/// Otherwise the token would be void.
#[test]
fn no_identity_in_a_frame_to_the_supplier() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = World::new(8, mode, 2, 27);
        world.form_all(1, 0);
        let readings = vec![vec![5, 6]; 8];
        world.round(0, &readings).unwrap();
        world.round(1, &readings).unwrap();
        assert_eq!(world.to_supplier.len(), 17);
        for (n, frame) in world.to_supplier.iter().enumerate() {
            // The GroupKey names the concentrator, who speaks in that role; nothing else names anybody.
            let speaks = if n == 0 { 12 } else { 8 };
            for member in &world.members {
                let peer = &member.listed.peer;
                let secrets: [&[u8]; 2] = [&peer.id.0.to_le_bytes(), &peer.link.0];
                for secret in secrets {
                    let found = frame[speaks..].windows(secret.len()).any(|window| window == secret);
                    assert!(!found, "{mode:?}: frame {n} names meter {}", peer.id);
                }
            }
        }
        // The names change with the generation.
        let names = |frames: &[Vec<u8>]| frames.iter().map(|f| name(f)).collect::<Vec<_>>();
        let first = names(&world.to_supplier[1..9]);
        assert_eq!(first, names(&world.to_supplier[9..17]));
        world.form_all(2, 2);
        world.round(2, &readings).unwrap();
        assert!(names(&world.to_supplier[18..]).iter().all(|name| !first.contains(name)));
    }
}

/// The supplier's K, and so the sum, is hidden from who reads the line.
#[test]
fn an_eavesdropper_with_all_ciphertexts_lacks_the_group_key() {
    let mut world = World::new(5, Mode::Derived, 1, 35);
    world.form_all(1, 0);
    let readings = vec![vec![11]; 5];
    let (_, frames) = world.ciphertexts(0, &readings);
    let sum = frames.iter().fold(0u64, |sum, frame| sum.wrapping_add(words(frame)[0]));
    let group_key = sum.wrapping_sub(truth(&readings)[0].cast_unsigned()).to_le_bytes();
    let sent = world.to_supplier.iter().chain(&world.between_meters);
    assert!(sent.clone().count() > 10);
    assert!(!sent.clone().any(|frame| frame.windows(8).any(|window| window == group_key)));
}
