//! Two rings at once: four neighbours instead of two.

use cmt_ring::{Mode, key};
use meter_link::PairKey;
use rand_core::Rng;

use crate::adversary::{link_key, second_link_key};
use crate::ring::{World, params, rng, round, words};

const VICTIM: usize = 4;

fn world(count: usize, seed: u64) -> World {
    World::with(params(Mode::Derived, 1).with_second_ring().unwrap(), count, seed)
}

/// δ of this round on a link, as either of its ends derives it.
fn delta(link: &PairKey, r: u32) -> u64 {
    let mut delta = [0];
    key::derived_delta(link, round(r), &mut delta);
    delta[0]
}

/// Supplier and *all four* neighbours: each of them knows one of the four δ, and the changes are read as with two in one ring.
#[test]
fn two_rings_and_all_four_neighbours_read_changes() {
    let mut world = world(9, 61);
    world.form_all(1, 0);
    let left = [1234i64, 1234 + 777].map(|value| {
        let r = u32::from(value != 1234);
        let readings: Vec<_> = (0..9).map(|place| vec![if place == VICTIM { value } else { 100 }]).collect();
        let (_, frames) = world.ciphertexts(r, &readings);
        let into = delta(&link_key(&world, VICTIM - 1, VICTIM), r)
            .wrapping_add(delta(&second_link_key(&world, VICTIM - 2, VICTIM), r));
        let out_of = delta(&link_key(&world, VICTIM + 1, VICTIM), r)
            .wrapping_add(delta(&second_link_key(&world, VICTIM + 2, VICTIM), r));
        let strip = |frame: &Vec<u8>| words(frame)[0].wrapping_sub(into).wrapping_add(out_of);
        frames.iter().map(strip).collect::<Vec<u64>>()
    });
    let changes: Vec<i64> =
        left[1].iter().zip(&left[0]).map(|(b, a)| b.wrapping_sub(*a).cast_signed()).collect();
    assert_eq!(changes[VICTIM], 777);
    assert_eq!(changes.iter().filter(|change| change.unsigned_abs() <= 2_000_000).count(), 1);
}

/// Whichever of the four is honest: supplier, concentrator, the three others *and all further members* see the same
/// ciphertexts when the victim used 5000 more and the honest neighbour 5000 less. What the honest two share is one pad
/// of ChaCha20 under a key of theirs, which stands for a random number here: all else is made by the crate's own
/// devices, first with the one pad, then as it would be with the other.
#[test]
fn two_rings_and_three_neighbours_read_nothing() {
    for (honest, second, sends) in [
        (VICTIM - 1, false, false),
        (VICTIM + 1, false, true),
        (VICTIM - 2, true, false),
        (VICTIM + 2, true, true),
    ] {
        // The words of a round, and the δ of every link that the coalition has an end of.
        let view_when = |more: i64| {
            let mut world = world(9, 62);
            world.form_all(1, 0);
            let reading = |place| match place {
                VICTIM => 1000 + more,
                _ if place == honest => 6000 - more,
                _ => 300,
            };
            let readings: Vec<_> = (0..9).map(|place| vec![reading(place)]).collect();
            let (_, frames) = world.ciphertexts(0, &readings);
            let mut ciphertexts: Vec<u64> = frames.iter().map(|frame| words(frame)[0]).collect();
            let mut known = Vec::new();
            for from in 0..9 {
                for (to, second_ring) in [((from + 1) % 9, false), ((from + 2) % 9, true)] {
                    let link = if second_ring { second_link_key } else { link_key };
                    let honest_link = [from, to].iter().all(|end| [VICTIM, honest].contains(end));
                    assert_eq!(honest_link && second_ring, honest_link && second);
                    if !honest_link {
                        known.push(delta(&link(&world, from, to), 0));
                        continue;
                    }
                    // Between the honest two: any δ is as likely as any other. Of the two assignments, the second has
                    // this one `more` higher if the victim sends it, lower if it gets it.
                    assert_eq!(from == VICTIM, sends);
                    let shift = if sends { more } else { -more }.cast_unsigned();
                    ciphertexts[from] = ciphertexts[from].wrapping_sub(shift);
                    ciphertexts[to] = ciphertexts[to].wrapping_add(shift);
                }
            }
            (ciphertexts, known, world.to_supplier, world.between_meters)
        };
        let (first, then) = (view_when(0), view_when(5000));
        assert_eq!(first.1.len(), 17);
        assert!(first == then, "honest neighbour at place {honest}");
    }
}

/// The same pair in the two rings, which happens in two generations or after a healing: two keys.
#[test]
fn the_two_rings_share_no_key() {
    let mut world = world(5, 63);
    world.form_all(1, 0);
    for other in 1..5 {
        let [first, second] = [link_key, second_link_key].map(|link| link(&world, 0, other).to_bytes());
        assert_ne!(first, second);
    }
}

/// Whether colluding members cut some meter off, alone, in one ring and in two: `cut(ring, place)`.
fn alone(colluding: &[bool], place: usize, reach: usize) -> bool {
    let n = colluding.len();
    !colluding[place] && (1..=reach).all(|d| colluding[(place + d) % n] && colluding[(place + n - d) % n])
}

/// Stretches of honest members between which no link is: each one's sum is read.
fn stretches(colluding: &[bool], reach: usize) -> usize {
    let n = colluding.len();
    let Some(start) = (0..n).find(|place| (0..reach).all(|d| colluding[(place + n - 1 - d) % n])) else {
        return 1; // nowhere are as many neighbours colluding as it takes
    };
    let (mut count, mut gap) = (0, reach);
    for place in (0..n).map(|d| (start + d) % n) {
        if colluding[place] {
            gap += 1;
        } else {
            count += usize::from(gap >= reach);
            gap = 0;
        }
    }
    count
}

/// docs/healing.md, section 1: how often t colluding members of 24, at places that the draw gives them, cut one
/// given meter off, any meter, and the ring at all. `cargo test --release -p cmt-ring --test attacks second -- --nocapture`
#[test]
fn two_rings_resist_more_colluding_members() {
    const N: usize = 24;
    const DRAWS: u32 = 20_000;
    let mut rng = rng(64);
    println!("colluding | given meter alone: 1 ring, 2 rings | any alone | sums of stretches");
    for t in [2usize, 3, 4, 6, 8, 12] {
        let mut hits = [[0u32; 3]; 2];
        for _ in 0..DRAWS {
            let mut places: Vec<usize> = (0..N).collect();
            for i in 0..=t {
                places.swap(i, i + (rng.next_u64() % (N - i) as u64) as usize);
            }
            let mut colluding = [false; N];
            places[..t].iter().for_each(|place| colluding[*place] = true);
            for (ring, hits) in hits.iter_mut().enumerate() {
                let reach = ring + 1;
                // The member that was drawn next is as good as any other honest one.
                hits[0] += u32::from(alone(&colluding, places[t], reach));
                hits[1] += u32::from((0..N).any(|place| alone(&colluding, place, reach)));
                hits[2] += u32::from(stretches(&colluding, reach) > 1);
            }
        }
        let share = |hits: u32| f64::from(hits) / f64::from(DRAWS);
        let [one, two] = hits.map(|hits| hits.map(share));
        println!(
            "{t:2} | {:.4} {:.4} | {:.4} {:.4} | {:.4} {:.4}",
            one[0], two[0], one[1], two[1], one[2], two[2]
        );
        // t(t−1) / ((n−1)(n−2)), and so on for four.
        let falling = |of: usize, k: usize| (0..k).map(|d| of.saturating_sub(d) as f64).product::<f64>();
        for (measured, k) in [(one[0], 2), (two[0], 4)] {
            let expected = falling(t, k) / falling(N - 1, k);
            let spread = 5.0 * (expected * (1.0 - expected) / f64::from(DRAWS)).sqrt() + 1e-9;
            assert!((measured - expected).abs() <= spread, "{t}, {k}: {measured}, {expected}");
        }
        assert!((0..3).all(|n| two[n] <= one[n]));
        assert!(t >= 4 || two == [0.0; 3], "three or fewer do not cut two rings");
    }
}
