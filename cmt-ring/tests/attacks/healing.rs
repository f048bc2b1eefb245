//! Healing: who was cut and lives, who cuts whom, and what the supplier makes of it.

use cmt_ring::generation::{Purpose, set_digest};
use cmt_ring::{Error, Fault, Generation, Mode, Params, key};
use meter_link::pad::{self, Stream};
use meter_link::{Fault as LinkFault, GroupConfig, GroupId, GroupParams, PairKey, SetRules};
use rand_core::Rng;

use crate::adversary::{forged_token, generation_key, link_in, link_key, opened_delta, opened_first_key};
use crate::healer::forged_heal;
use crate::ring::{World, params, rng, round, truth, words};
use crate::{fault, name};

fn modes() -> [Params; 3] {
    let derived = params(Mode::Derived, 1);
    [params(Mode::Drawn, 1), derived, derived.with_second_ring().unwrap()]
}

fn delta(link: &PairKey, r: u32) -> u64 {
    let mut delta = [0];
    key::derived_delta(link, round(r), &mut delta);
    delta[0]
}

fn plausible(value: u64) -> bool {
    value.cast_signed().unsigned_abs() <= 24 * 1_000_000
}

/// The ring link of two members of a healed ring, made by the first: `root` is what was formed and `left` who is left.
fn healed_link(
    world: &World,
    [knows, other]: [usize; 2],
    [root, g]: [u32; 2],
    [formed, left]: [&[usize]; 2],
) -> PairKey {
    let mut positions: Vec<u32> = left.iter().map(|i| world.members[*i].listed.position).collect();
    positions.sort_unstable();
    let digest = set_digest(world.view.epoch(), positions.len() as u32, positions.into_iter());
    let base = link_in(world, knows, other, Generation(root), formed);
    Generation(g).healed_link(&digest, &base).unwrap()
}

/// Cut, and alive: what it sends is refused. The round that was lost gives, with its late ciphertext, the one sum over all and
/// no other, since nobody sends in that round again. What it goes on sending, in the ring as it was, fits to nothing:
/// both δ on it are nobody else's.
#[test]
fn late_ciphertexts_of_a_member_that_was_cut() {
    for second in [false, true] {
        let derived = params(Mode::Derived, 1);
        let params = if second { derived.with_second_ring().unwrap() } else { derived };
        let mut world = World::with(params, 7, 121);
        world.form_all(1, 0);
        let (slow, readings) = (3, (0..7).map(|i| vec![500 + 100 * i]).collect::<Vec<_>>());
        let (mut collecting, frames) = world.ciphertexts(0, &readings);
        for frame in frames.iter().enumerate().filter(|(place, _)| *place != slow).map(|(_, frame)| frame) {
            collecting.accept(frame).unwrap();
        }
        let late = &frames[slow];
        assert_eq!(collecting.close().unwrap_err(), Error::Quorum { have: 6, need: 7 });
        // It has its device and goes on as if nothing had been.
        let cut = world.ring[slow];
        let healing = world.cut(2, 1, &[cut]).unwrap();
        let old = world.contribute(slow, 1, &readings[slow]).unwrap();
        for (id, frame) in &healing.members {
            world.take_heal(world.index(*id), 1, frame).unwrap();
        }
        world.supplier.heal(round(1), &healing.supplier).unwrap();
        world.ring.retain(|i| *i != cut);
        let others: Vec<_> = (0..7).filter(|i| *i != slow as i64).map(|i| vec![500 + 100 * i]).collect();
        let (mut collecting, healed) = world.ciphertexts(1, &others);
        let refused = Err(fault(name(late), Fault::WrongGeneration));
        assert_eq!((collecting.accept(late), collecting.accept(&old)), (refused, refused));
        for frame in &healed {
            collecting.accept(frame).unwrap();
        }
        assert_eq!(collecting.close().unwrap().values, truth(&others));
        // A supplier that keeps everything: both group keys, all frames.
        let sum = |frames: &[Vec<u8>]| frames.iter().fold(0u64, |sum, f| sum.wrapping_add(words(f)[0]));
        let (all, rest) = (truth(&readings)[0].cast_unsigned(), truth(&others)[0].cast_unsigned());
        let group_keys = [sum(&frames).wrapping_sub(all), sum(&healed).wrapping_sub(rest)];
        let (c_late, c_old) = (words(late)[0], words(&old)[0]);
        assert!(c_late != c_old, "two rounds, other δ");
        let with_old = sum(&healed).wrapping_add(c_old);
        for key in [0, group_keys[0], group_keys[1], group_keys[0].wrapping_sub(group_keys[1])] {
            for term in [c_late, c_old, c_late.wrapping_sub(c_old), with_old, with_old.wrapping_sub(c_late)] {
                assert!(!plausible(term.wrapping_sub(key)));
            }
        }
    }
}

/// Why first keys are fresh: with the old ones K − K′ were k₁ of who was cut, and the supplier with both of its neighbours, who
/// read its changes, would read the readings.
#[test]
fn the_group_keys_do_not_tell_the_first_key_of_who_was_cut() {
    let mut world = World::new(7, Mode::Drawn, 1, 122);
    world.form_all(1, 0);
    let forming: Vec<Vec<u8>> = world.between_meters.drain(..).collect();
    let (victim, reading) = (4, 1234);
    let readings: Vec<_> = (0..7).map(|place| vec![if place == victim { reading } else { 70 }]).collect();
    let (_, frames) = world.ciphertexts(0, &readings);
    let into = opened_delta(&world, victim - 1, victim, &world.between_meters[victim - 1]);
    let out_of = opened_delta(&world, victim + 1, victim, &world.between_meters[victim]);
    let stripped = words(&frames[victim])[0].wrapping_sub(into).wrapping_add(out_of);
    let sum = |frames: &[Vec<u8>]| frames.iter().fold(0u64, |sum, f| sum.wrapping_add(words(f)[0]));
    let before = sum(&frames).wrapping_sub(truth(&readings)[0].cast_unsigned());

    let (lead, cut) = (world.ring[0], world.ring[victim]);
    let id = world.members[cut].listed.peer.id;
    let token = forming.iter().position(|frame| name(frame) == id).unwrap() - 1;
    let (_, first, _) = opened_first_key(&world, lead, id, &forming[token], &forming[token + 1]);
    assert_eq!(
        stripped.wrapping_sub(first),
        reading.cast_unsigned(),
        "what only the concentrator could tell"
    );
    world.heal(2, 1, &[cut]);
    let rest = vec![vec![70]; 6];
    let (_, healed) = world.ciphertexts(1, &rest);
    let after = sum(&healed).wrapping_sub(truth(&rest)[0].cast_unsigned());
    let difference = before.wrapping_sub(after);
    assert!(difference != first && !plausible(stripped.wrapping_sub(difference)));
}

/// A concentrator that tells one member of another cut than the others: what that member sends fits to nothing.
#[test]
fn different_cuts_for_different_members_give_no_sum() {
    for params in modes() {
        for (place, also) in [(3, 5), (1, 2), (6, 5)] {
            let mut world = World::with(params, 8, 123);
            world.form_all(1, 0);
            let ring = world.ring.clone();
            let (lead, cut, victim, also) = (ring[0], ring[7], ring[place], ring[also]);
            let mut formed = ring.clone();
            formed.sort_unstable();
            let told: Vec<usize> = formed.iter().copied().filter(|i| ![cut, also].contains(i)).collect();
            let own = forged_heal(&world, [lead, victim], [1, 2, 1], &[&formed, &told]);
            let healing = world.cut(2, 1, &[cut]).unwrap();
            for (id, frame) in &healing.members {
                let member = world.index(*id);
                let frame = if member == victim { &own } else { frame };
                world.take_heal(member, 1, frame).unwrap();
            }
            world.supplier.heal(round(1), &healing.supplier).unwrap();
            world.ring.retain(|i| *i != cut);
            if params.mode() == Mode::Derived {
                let sum = world.round(1, &vec![vec![10]; 7]).map(|sum| sum.values);
                assert_eq!(sum, Err(Error::Inconsistent), "{place}");
                continue;
            }
            let mut collecting = world.supplier.open(round(1), round(1)).unwrap();
            let request = collecting.start().unwrap().to_vec();
            let mut delta = world.start(1, &[10], &request).unwrap();
            for on_its_way in 1..place {
                let (frame, next) = world.relay(on_its_way, 1, &[10], &delta).unwrap();
                collecting.accept(&frame).unwrap();
                delta = next;
            }
            // Of a wrong neighbour, or of the right one under another key.
            let before = world.members[ring[place - 1]].listed.peer.id;
            let there = world.relay(place, 1, &[10], &delta).map(|_| ()).unwrap_err();
            let expected: [Error; 2] =
                [fault(before, LinkFault::BadSeal), fault(before, Fault::NotNeighbour)];
            assert!(expected.contains(&there), "{there}");
            assert!(collecting.close().is_err());
        }
    }
}

/// The trust model: a concentrator with one accomplice cuts out who is between them and a victim. The order is not drawn
/// anew, so it need not search for a set that puts them there. Only the least ring stands in its way.
#[test]
fn the_concentrator_and_one_member_close_in_on_a_victim() {
    let mut world = World::new(24, Mode::Derived, 1, 124);
    world.form_all(1, 0);
    let ring = world.ring.clone();
    let (lead, victim, accomplice) = (ring[0], ring[7], ring[12]);
    let between: Vec<usize> = ring[1..12].iter().copied().filter(|member| *member != victim).collect();
    world.heal(2, 1, &between);
    assert_eq!(world.ring[..3], [lead, victim, accomplice]);
    let left = [1234i64, 1234 + 777].map(|value| {
        let r = if value == 1234 { 1 } else { 2 };
        let mut readings = vec![vec![100]; 14];
        readings[1] = vec![value];
        let (_, frames) = world.ciphertexts(r, &readings);
        let sets = [&ring[..], &world.ring];
        let into = delta(&healed_link(&world, [lead, victim], [1, 2], sets), r);
        let out_of = delta(&healed_link(&world, [accomplice, victim], [1, 2], sets), r);
        words(&frames[1])[0].wrapping_sub(into).wrapping_add(out_of)
    });
    assert_eq!(left[1].wrapping_sub(left[0]), 777);

    // All cuts that put a victim between place 0 and the accomplice's, over all places of it; and the draw alone.
    let n = 24u32;
    println!("least ring | share of victims that one healing puts between the two");
    for least in [5u32, 12, 18, 20, 22, 24] {
        let mut hits = 0;
        for accomplice in 1..n {
            for victim in (1..n).filter(|place| *place != accomplice) {
                let cuts = if victim < accomplice { accomplice - 2 } else { n - accomplice - 2 };
                hits += u32::from(cuts <= n - least);
            }
        }
        let all = f64::from((n - 1) * (n - 2));
        println!("{least:2} | {:.3}", f64::from(hits) / all);
        assert_eq!(
            least == 24,
            hits == 2,
            "without cuts only place 1 and the last, with an accomplice at 2 or the last but one"
        );
    }
}

/// What the supplier and a concentrator with an accomplice read of the ciphertext that a member between the two sends in a ring
/// of those who are left.
fn read_between(
    world: &mut World,
    [lead, victim, accomplice]: [usize; 3],
    [g, r]: [u32; 2],
    [formed, left]: [&[usize]; 2],
) -> u64 {
    let mut positions: Vec<u32> = left.iter().map(|i| world.members[*i].listed.position).collect();
    positions.sort_unstable();
    let digest = set_digest(world.view.epoch(), positions.len() as u32, positions.into_iter());
    let heal = generation_key(world, lead, victim, Generation(1), Purpose::Heal);
    let mut first = [0];
    let fresh = Generation(g).healed_key(&digest, &heal).unwrap();
    pad::pad_u128(&fresh, round(r), Stream::Mask, &mut first);
    let [into, out_of] = [lead, accomplice]
        .map(|knows| delta(&healed_link(world, [knows, victim], [1, g], [formed, left]), r));
    let ring = std::mem::replace(&mut world.ring, vec![victim]);
    let sent = words(&world.contribute(0, r, &[4321]).unwrap())[0];
    world.ring = ring;
    sent.wrapping_sub(first[0] as u64).wrapping_sub(into).wrapping_add(out_of)
}

/// A ring of 24 of which two may be cut; its members ascending.
fn of_22_at_least() -> (World, Vec<usize>) {
    let rules = SetRules { min_honest: 22, max_colluding: 0, max_missing_permille: 0 };
    let config = GroupConfig { channels: 1, max_reading: 1_000_000, rules, ..Params::config(GroupId(7)) };
    let params = Params::new(GroupParams::new(config).unwrap(), Mode::Derived).unwrap();
    let mut world = World::with(params, 24, 127);
    world.form_all(1, 0);
    (world, (0..24).collect())
}

fn but(all: &[usize], cut: &[usize]) -> Vec<usize> {
    all.iter().copied().filter(|i| !cut.contains(i)).collect()
}

/// Between the concentrator and its accomplice sit two. It cuts the one, reads the other, and then wants the two to change places: nobody
/// who knows of the first cut takes a frame in which the first is back.
#[test]
fn whom_a_healing_has_cut_no_later_one_brings_back() {
    let (mut world, all) = of_22_at_least();
    let ring = world.ring.clone();
    let (lead, one, two, accomplice, third) = (ring[0], ring[1], ring[2], ring[3], ring[10]);
    let first = but(&all, &[two]);
    let honest: Vec<usize> = but(&first, &[lead, accomplice]);
    for member in &honest {
        let frame = forged_heal(&world, [lead, *member], [1, 2, 1], &[&all, &first]);
        world.take_heal(*member, 1, &frame).unwrap();
    }
    let read = read_between(&mut world, [lead, one, accomplice], [2, 1], [&all, &first]);
    assert_eq!(read, 4321, "the trust model: docs/healing.md, section 6");
    let culprit = world.members[lead].listed.peer.id;
    let second = but(&all, &[one, third]);
    let (both, empty) = (but(&first, &[one, third]), but(&all, &[]));
    for member in honest.iter().filter(|member| ![one, third].contains(member)) {
        for sets in [
            &[&all[..], &second][..],
            &[&all, &first, &second],
            &[&all, &first, &empty],
            &[&all, &first, &both, &second],
            &[&all, &second, &both],
        ] {
            let frame = forged_heal(&world, [lead, *member], [1, 3, 2], sets);
            assert_eq!(world.take_heal(*member, 2, &frame), Err(fault(culprit, Fault::WrongMembers)));
        }
    }
}

/// What remains, the trust model: each member knows of the healings that it was told of and of no others. With another cut for each victim all of
/// them lie open at once, and the ring gives no sum any more.
#[test]
fn another_cut_for_each_victim_opens_them_all() {
    let (mut world, all) = of_22_at_least();
    let ring = world.ring.clone();
    let (lead, one, two, accomplice) = (ring[0], ring[1], ring[2], ring[3]);
    for (victim, cut) in [(one, two), (two, one)] {
        let left = but(&all, &[cut]);
        let frame = forged_heal(&world, [lead, victim], [1, 2, 1], &[&all, &left]);
        world.take_heal(victim, 1, &frame).unwrap();
        let read = read_between(&mut world, [lead, victim, accomplice], [2, 1], [&all, &left]);
        assert_eq!(read, 4321);
    }
}

/// The number of a generation that a member has joined elsewhere is taken: no Heal frame of the old ring makes it give that up.
#[test]
fn a_healing_does_not_take_the_number_of_a_generation_that_was_joined() {
    let mut world = World::new(8, Mode::Derived, 1, 128);
    world.form_all(1, 0);
    let (lead, other, victim, cut) = (world.ring[0], world.ring[5], world.ring[3], world.ring[6]);
    let all: Vec<usize> = (0..8).collect();
    let left = but(&all, &[cut]);
    let token = forged_token(&world, other, victim, 2);
    world.join(victim, other, 0, &token).unwrap();
    let culprit = world.members[lead].listed.peer.id;
    let frame = forged_heal(&world, [lead, victim], [1, 2, 1], &[&all, &left]);
    assert_eq!(world.take_heal(victim, 1, &frame), Err(fault(culprit, Fault::WrongGeneration)));
    // A later one is a ring's that goes on.
    let frame = forged_heal(&world, [lead, victim], [1, 3, 1], &[&all, &left]);
    world.take_heal(victim, 1, &frame).unwrap();
}

/// What false notices give a supplier with two members, neither of them the concentrator: it names one innocent token after the
/// other as silent, and an honest concentrator cuts. The supplier does not know who sits where, but rings get small.
#[test]
fn a_supplier_that_calls_the_innocent_silent() {
    const DRAWS: u32 = 20_000;
    let mut rng = rng(125);
    println!("ring cut down to | a given victim alone between the two | anybody");
    for left in [24usize, 22, 18, 12, 8, 5] {
        let (mut given, mut anybody) = (0, 0);
        for _ in 0..DRAWS {
            // Whoever is left keeps the order: the two sit at random places of the smaller ring.
            let a = (rng.next_u64() % left as u64) as usize;
            let b = (a + 1 + (rng.next_u64() % (left as u64 - 1)) as usize) % left;
            let apart = (a + left - b) % left;
            anybody += u32::from(apart == 2 || apart == left - 2);
            let mut others: Vec<usize> = (0..left).filter(|place| ![a, b].contains(place)).collect();
            let victim = others.swap_remove((rng.next_u64() % others.len() as u64) as usize);
            let around = [(victim + 1) % left, (victim + left - 1) % left];
            given += u32::from(around.contains(&a) && around.contains(&b));
        }
        let [given, anybody] = [given, anybody].map(|hits| f64::from(hits) / f64::from(DRAWS));
        println!("{left:2} | {given:.4} | {anybody:.4}");
        let (n, of) = (left as f64, 2.0 / (left as f64 - 1.0));
        assert!((anybody - of).abs() < 0.02, "{left}: {anybody}, {of}");
        assert!((given - of / (n - 2.0)).abs() < 0.02, "{left}: {given}");
    }
}

/// Links of a healed ring are neither those of the ring as it was formed nor those of another healing.
#[test]
fn a_healed_link_is_of_one_healing() {
    let mut world = World::new(7, Mode::Derived, 1, 126);
    world.form_all(1, 0);
    let ring = world.ring.clone();
    let (one, two) = (&ring[..6], &ring[..5]);
    let formed = link_key(&world, 1, 2).to_bytes();
    let mut keys = vec![formed];
    for (g, left) in [(2, one), (3, one), (3, two)] {
        keys.push(healed_link(&world, [ring[1], ring[2]], [1, g], [&ring, left]).to_bytes());
    }
    for (n, key) in keys.iter().enumerate() {
        assert!(keys[..n].iter().all(|other| **other != **key));
    }
}
