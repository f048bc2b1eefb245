//! A concentrator that chooses sets, the same for all or different ones. What supplier and concentrator read
//! in these ways is documented in docs/protocol.md, section 6.

use cmt_ring::order::Order;
use cmt_ring::{Error, Generation, Mode, key};
use meter_link::frame::Kind;
use meter_link::{Fault as LinkFault, PartyId, sealed};

use crate::adversary::{forged_seat, forged_token, link_in, opened};
use crate::fault;
use crate::ring::{World, round, truth, words};

/// The concentrator of these tests.
pub(crate) const Z: usize = 11;
/// Its accomplice, where there is one.
pub(crate) const ACCOMPLICE: usize = 5;
pub(crate) const METERS: usize = 24;

/// δ of a ring link in a set, by one of its ends.
fn delta(world: &World, knows: usize, other: usize, g: u32, set: &[usize], r: u32) -> u64 {
    let mut delta = [0];
    key::derived_delta(&link_in(world, knows, other, Generation(g), set), round(r), &mut delta);
    delta[0]
}

/// A set as Seat frames carry it.
pub(crate) fn bitmap(set: &[usize]) -> Vec<u8> {
    let mut bytes = vec![0u8; 1 + METERS.div_ceil(8)];
    bytes[0] = 1;
    set.iter().for_each(|i| bytes[1 + i / 8] |= 1 << (i % 8));
    bytes
}

/// A member takes a token and the set that Z shows it; Z learns k_1.
fn admit(world: &mut World, member: usize, g: u32, set: &[usize]) -> Result<u64, Error> {
    let token = forged_token(world, Z, member, g);
    let answer = world.join(member, Z, 0, &token)?;
    let ids: [PartyId; 2] = [member, Z].map(|i| world.members[i].listed.peer.id);
    let first = opened(world, Z, ids[0], ids[1], &answer);
    let seat = forged_seat(world, Z, member, g, &bitmap(set));
    world.seat(member, &seat)?;
    Ok(u64::from_le_bytes(first[..8].try_into().unwrap()))
}

fn send(world: &mut World, member: usize, r: u32, reading: i64) -> u64 {
    world.ring = vec![member];
    words(&world.contribute(0, r, &[reading]).unwrap())[0]
}

/// A set of at least `least` of the meters in which these sit at these places, counted from the end where
/// negative. Solved, not searched: the order of the ranks depends on the number of members only.
pub(crate) fn solve(world: &World, g: u32, least: usize, wanted: &[(usize, i64)]) -> Option<Vec<usize>> {
    (least..=METERS).find_map(|n| {
        let order = Order::new(world.view.epoch(), Generation(g), n as u32);
        let place = |p: i64| if p < 0 { (n as i64 + p) as u32 } else { p as u32 };
        let mut fixed: Vec<_> =
            wanted.iter().map(|(m, p)| (order.rank(place(*p)).unwrap() as usize, *m)).collect();
        fixed.sort_unstable();
        let (mut set, mut rank, mut from) = (Vec::new(), 0, 0);
        for (at, member) in fixed.into_iter().chain([(n, METERS)]) {
            let others = at.checked_sub(rank)?;
            if member < from || member - from < others {
                return None;
            }
            set.extend(from..from + others);
            set.extend((member < METERS).then_some(member));
            (rank, from) = (at + 1, member + 1);
        }
        Some(set)
    })
}

/// A generation, two members, and a set for each: Z, first, second in the one, and first, second, Z in the other.
fn pair(world: &World) -> (u32, usize, usize, [Vec<usize>; 2]) {
    let pairs = || (0..METERS).flat_map(|v| (0..METERS).map(move |a| (v, a)));
    let in_generation = |g| {
        pairs().filter(|(v, a)| v != a && *v != Z && *a != Z).find_map(|(v, a)| {
            let of_v = solve(world, g, 5, &[(Z, 0), (v, 1), (a, 2)])?;
            let of_a = solve(world, g, 5, &[(Z, 0), (a, -1), (v, -2)])?;
            Some((g, v, a, [of_v, of_a]))
        })
    };
    (1..=64).find_map(in_generation).unwrap()
}

/// Supplier and concentrator alone, with two honest members at a time. Each is told that Z is its one
/// neighbour and the other honest member the other one. Were the link between the two the same in both sets,
/// its δ would cancel and leave the sum of two readings.
#[test]
fn sets_that_differ_share_no_link() {
    let mut world = World::new(METERS, Mode::Derived, 1, 5);
    let (g, v, a, sets) = pair(&world);
    let [of_v, of_a] = &sets;
    let [first_v, first_a] = [(v, of_v), (a, of_a)].map(|(m, set)| admit(&mut world, m, g, set).unwrap());
    let mut read = Vec::new();
    for r in 0..3 {
        let [c_v, c_a] = [v, a].map(|member| send(&mut world, member, r, 1000));
        let half_v = c_v.wrapping_sub(first_v).wrapping_sub(delta(&world, Z, v, g, of_v, r));
        let half_a = c_a.wrapping_sub(first_a).wrapping_add(delta(&world, Z, a, g, of_a, r));
        read.push(half_v.wrapping_add(half_a));
        // What is left beside the readings are two δ of the pair, each under the set that its end was shown.
        let of_the_pair = [of_v, of_a].map(|set| delta(&world, v, a, g, set, r));
        let rest = of_the_pair[1].wrapping_sub(of_the_pair[0]);
        assert_eq!(read[r as usize], 2000u64.wrapping_add(rest));
        assert_ne!(of_the_pair[0], of_the_pair[1]);
    }
    assert!(read.iter().all(|sum| sum.cast_signed().unsigned_abs() > 2_000_000), "{read:?}");
    assert_ne!(read[0], read[1]); // nor do changes show
}

/// The same with drawn δ: what one sends, the other cannot open.
#[test]
fn sets_that_differ_pass_on_no_delta() {
    let mut world = World::new(METERS, Mode::Drawn, 1, 5);
    let (g, v, a, [of_v, of_a]) = pair(&world);
    admit(&mut world, v, g, &of_v).unwrap();
    admit(&mut world, a, g, &of_a).unwrap();
    let [lead, victim] = [Z, v].map(|i| world.members[i].listed.peer.id);
    let header = world.view.header(Kind::Delta, 0, lead, round(0));
    let mut delta = [7; 8];
    let key = link_in(&world, Z, v, Generation(g), &of_v);
    let seal = sealed::seal(&key, &header, victim, &mut delta).unwrap();
    world.ring = vec![v, a];
    let (_, passed_on) = world.relay(0, 0, &[1], &[&header.to_bytes()[..], &delta, &seal].concat()).unwrap();
    assert_eq!(world.relay(1, 0, &[1], &passed_on), Err(fault(victim, LinkFault::BadSeal)));
}

/// One member is shown another set than all others, in which its place and neighbours are the same: there is
/// no sum.
#[test]
fn one_member_with_another_set_spoils_the_round() {
    let everybody: Vec<usize> = (0..METERS).collect();
    let of_its_own = |world: &World, g| {
        let ring = world.draw(g, &everybody);
        let set = solve(world, g, 5, &[(ring[0], 0), (ring[1], 1), (ring[2], 2)])?;
        (set.len() < METERS).then_some((g, set))
    };
    for differs in [false, true] {
        let mut world = World::new(METERS, Mode::Derived, 1, 44);
        let (g, set) = (1..=64).find_map(|g| of_its_own(&world, g)).unwrap();
        let mut forming = world.open(g, 0, &everybody).unwrap();
        world.ring = world.draw(g, &everybody);
        let (lead, victim) = (world.ring[0], world.ring[1]);
        let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
        for (id, token) in tokens {
            let answer = world.join(world.index(id), lead, 0, &token).unwrap();
            forming.accept(&answer).unwrap();
        }
        let formed = forming.close(&mut world.members[lead].meter).unwrap();
        for (id, frame) in &formed.seats {
            let member = world.index(*id);
            let own = forged_seat(&world, lead, victim, g, &bitmap(&set));
            let around = world.members[member].meter.neighbours(frame);
            if member == victim {
                assert_eq!(world.members[member].meter.neighbours(&own), around);
            }
            let frame = if differs && member == victim { &own } else { frame };
            world.seat(member, frame).unwrap();
        }
        let lead = world.members[lead].listed.peer.id;
        world.supplier.register(round(0), lead, &formed.group_key).unwrap();
        let readings = vec![vec![10]; METERS];
        let sum = world.round(0, &readings).map(|sum| sum.values);
        assert_eq!(sum, if differs { Err(Error::Inconsistent) } else { Ok(truth(&readings)) });
    }
}

/// What supplier and concentrator alone do read: for each set that Z shows to *all* its members, their sum
/// without Z's own reading, hence sums of `min_ring − 1` honest ones, several in one generation.
#[test]
fn the_concentrator_alone_reads_rings_less_itself() {
    let mut world = World::new(METERS, Mode::Derived, 1, 45);
    let least = world.params.min_ring() as usize;
    assert_eq!(least, 5);
    let (g, rings) = (1..=64)
        .map(|g| {
            let order = Order::new(world.view.epoch(), Generation(g), least as u32);
            let below = order.rank(0).unwrap() as usize;
            let (before, after) = ((0..Z).collect::<Vec<_>>(), (Z + 1..METERS).collect::<Vec<_>>());
            let (low, high) = (before.chunks(below.max(1)), after.chunks((least - 1 - below).max(1)));
            let rings = low.zip(high).map(|(low, high)| {
                let (low, high) = if below == 0 { (&[][..], high) } else { (low, high) };
                let high = if below == least - 1 { &[][..] } else { high };
                [low, &[Z], high].concat()
            });
            (g, rings.filter(|ring| ring.len() == least).collect::<Vec<_>>())
        })
        .max_by_key(|(_, rings)| rings.len())
        .unwrap();
    assert!(rings.len() >= 5);
    for set in &rings {
        let honest: Vec<usize> = set.iter().copied().filter(|i| *i != Z).collect();
        let places = world.draw(g, set);
        assert_eq!(places[0], Z);
        let first: u64 =
            honest.iter().fold(0, |sum, m| sum.wrapping_add(admit(&mut world, *m, g, set).unwrap()));
        let ends = [places[1], places[least - 1]];
        let sum = honest.iter().fold(0u64, |sum, m| sum.wrapping_add(send(&mut world, *m, 0, 7 * *m as i64)));
        let [out, back] = ends.map(|end| delta(&world, Z, end, g, set, 0));
        let sum = sum.wrapping_sub(first).wrapping_sub(out).wrapping_add(back).cast_signed();
        assert_eq!(sum, honest.iter().map(|m| 7 * *m as i64).sum::<i64>());
    }
}

/// With one accomplice, a set of its own for each member: every honest member is read, in one generation.
#[test]
fn the_concentrator_and_one_member_read_everybody() {
    let mut world = World::new(METERS, Mode::Derived, 1, 6);
    let honest = || (0..METERS).filter(|i| *i != Z && *i != ACCOMPLICE);
    let plan = |g| -> Vec<(usize, bool, Vec<usize>)> {
        let set = |v| {
            let first = solve(&world, g, 5, &[(Z, 0), (v, 1), (ACCOMPLICE, 2)]).map(|set| (v, true, set));
            let last = || solve(&world, g, 5, &[(Z, 0), (v, -1), (ACCOMPLICE, -2)]);
            first.or_else(|| last().map(|set| (v, false, set)))
        };
        honest().filter_map(set).collect()
    };
    let (g, all) = (1..=64).map(|g| (g, plan(g))).find(|(_, all)| all.len() == METERS - 2).unwrap();
    println!("all {} in generation {g}", all.len());
    for (v, z_before, set) in &all {
        let first = admit(&mut world, *v, g, set).unwrap();
        let (before, after) = if *z_before { (Z, ACCOMPLICE) } else { (ACCOMPLICE, Z) };
        for r in 0..2 {
            let reading = 12_345 + 100 * *v as i64 - i64::from(r);
            let sent = send(&mut world, *v, r, reading).wrapping_sub(first);
            let [into, out_of] = [before, after].map(|knows| delta(&world, knows, *v, g, set, r));
            assert_eq!(sent.wrapping_sub(into).wrapping_add(out_of).cast_signed(), reading);
        }
    }
}

/// With one and the same set for all, formed by the rules, nothing to notice: every victim finds itself between
/// the two. The larger the smallest ring of the group is, the fewer sets there are to choose from.
#[test]
fn a_set_for_all_puts_any_victim_between_two() {
    let mut world = World::new(METERS, Mode::Derived, 1, 9);
    let between = |victim, g, least| {
        let first = solve(&world, g, least, &[(Z, 0), (victim, 1), (ACCOMPLICE, 2)]);
        first.or_else(|| solve(&world, g, least, &[(Z, 0), (victim, -1), (ACCOMPLICE, -2)]))
    };
    let victims = || (0..METERS).filter(|i| *i != Z && *i != ACCOMPLICE);
    let reached = [5, 12, 18, 20, 22, 24].map(|least| {
        let within = |most| victims().filter(|v| (1..=most).any(|g| between(*v, g, least).is_some())).count();
        (least, within(1), within(Generation::WINDOW))
    });
    println!("least ring, victims of 22 in generation 1, in generations 1 to 64: {reached:?}");
    assert_eq!(reached[0], (5, 22, 22));
    assert!(reached.is_sorted_by(|a, b| a.2 >= b.2));

    let victim = 20;
    let set = between(victim, 1, 5).unwrap();
    world.form(1, 0, &set);
    let place = world.ring.iter().position(|i| *i == victim).unwrap();
    let around = [world.ring[place - 1], world.ring[(place + 1) % set.len()]];
    assert!(world.ring[0] == Z && around.contains(&Z) && around.contains(&ACCOMPLICE));
    let left = [(0, 500), (1, 840)].map(|(r, own)| {
        let readings: Vec<_> = (0..set.len()).map(|p| vec![if p == place { own } else { 3 }]).collect();
        let (mut collecting, frames) = world.ciphertexts(r, &readings);
        frames.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
        assert_eq!(collecting.close().unwrap().values, truth(&readings));
        let [into, out_of] = around.map(|knows| delta(&world, knows, victim, 1, &set, r));
        words(&frames[place])[0].wrapping_sub(into).wrapping_add(out_of)
    });
    assert_eq!(left[1].wrapping_sub(left[0]), 340);
}
