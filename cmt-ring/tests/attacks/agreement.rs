//! A concentrator that shows each member a set of its own, in groups whose members sign the set.

use cmt_ring::{Agreement, Claim, Error, Fault, Generation, Misuse, Mode, Params, key};
use meter_link::Fault as LinkFault;
use meter_link::frame::{Kind, Writer};

use crate::adversary::{forged_seat, forged_token, link_in, opened};
use crate::fault;
use crate::ring::{World, params, round, words};
use crate::sets::{ACCOMPLICE, METERS, Z, bitmap, solve};

/// Every victim with a set in which it sits between Z and the accomplice, in one generation; the accomplice sits behind
/// it, or before it where Z follows.
fn plan(world: &World) -> (u32, Vec<(usize, bool, Vec<usize>)>) {
    let of = |g| -> Vec<(usize, bool, Vec<usize>)> {
        let honest = (0..METERS).filter(|i| *i != Z && *i != ACCOMPLICE);
        let set = |v| {
            let first = solve(world, g, 5, &[(Z, 0), (v, 1), (ACCOMPLICE, 2)]).map(|set| (v, true, set));
            let last = || solve(world, g, 5, &[(Z, 0), (v, -1), (ACCOMPLICE, -2)]);
            first.or_else(|| last().map(|set| (v, false, set)))
        };
        honest.filter_map(set).collect()
    };
    (1..=64).map(|g| (g, of(g))).find(|(_, all)| all.len() == METERS - 2).unwrap()
}

/// Z's claim of a set: as many as it likes, signed by itself.
fn claim(world: &World, g: u32, set: &[usize]) -> Vec<u8> {
    claim_from(world, g, 0, set)
}

fn claim_from(world: &World, g: u32, from: u32, set: &[usize]) -> Vec<u8> {
    let marks: Vec<bool> = (0..METERS).map(|i| set.contains(&i)).collect();
    let mut out = vec![0u8; Claim::max_len(METERS as u32)];
    let (identity, entry) = (&world.members[Z].identity, world.listing(Z));
    let (params, view) = (&world.params, &world.view);
    let signed = Claim::sign(params, view, identity, &entry, Generation(g), round(from), &marks, &mut out);
    signed.unwrap().1.to_vec()
}

/// Up to the victim's place: its echo, if the group has that, and Z's knowledge of k_1.
fn lure(world: &mut World, victim: usize, g: u32, set: &[usize]) -> (Vec<u8>, u64) {
    let (claim, z) = (claim(world, g, set), world.listing(Z));
    world.members[victim].meter.follow(round(0), &z, &claim).unwrap();
    let token = forged_token(world, Z, victim, g);
    let answer = world.join(victim, Z, 0, &token).unwrap();
    let [id, z] = [victim, Z].map(|i| world.members[i].listed.peer.id);
    let first = opened(world, Z, id, z, &answer);
    (claim, u64::from_le_bytes(first[..8].try_into().unwrap()))
}

fn world(params: Params) -> World {
    let mut world = World::with(params, METERS, 6);
    for i in 0..METERS {
        world.get_licence(i, 0).unwrap();
    }
    world
}

/// Terms alone do not help: supplier, concentrator and one more member read everybody.
#[test]
fn signed_claims_of_different_sets_read_everybody() {
    let mut world = world(params(Mode::Derived, 1).with_terms(8).unwrap());
    let (g, victims) = plan(&world);
    let (mut read, term) = (0, Generation(g).term(world.view.epoch(), 8));
    for (v, z_before, set) in &victims {
        let (_, first) = lure(&mut world, *v, g, set);
        let seat = forged_seat(&world, Z, *v, g, &bitmap(set));
        world.seat(*v, &seat).unwrap();
        let reading = 700 + *v as i64;
        world.ring = vec![*v];
        let sent = words(&world.contribute(0, 0, &[reading]).unwrap())[0].wrapping_sub(first);
        let (before, after) = if *z_before { (Z, ACCOMPLICE) } else { (ACCOMPLICE, Z) };
        let [into, out_of] = [before, after].map(|knows| {
            let mut delta = [0];
            key::derived_delta(&link_in(&world, knows, *v, Generation(g), set), round(0), &mut delta);
            delta[0]
        });
        read += usize::from(sent.wrapping_sub(into).wrapping_add(out_of).cast_signed() == reading);
    }
    assert_eq!((read, victims.len()), (METERS - 2, METERS - 2), "in a term of {term} rounds");
}

/// With echoes nobody takes a place: each victim has the echo of the accomplice and of nobody else, and what the others
/// have signed names the sets that they were shown. Two of Z's claims are in the victims' hands then.
#[test]
fn echoes_stop_a_set_for_each_member() {
    let with_terms = params(Mode::Derived, 1).with_terms(8).unwrap();
    let mut world = world(with_terms.with_agreement().unwrap());
    let (g, victims) = plan(&world);
    let claims: Vec<Vec<u8>> = victims.iter().map(|(v, _, set)| lure(&mut world, *v, g, set).0).collect();
    let z = world.listing(Z);
    let echoes: Vec<_> = victims
        .iter()
        .map(|(v, ..)| {
            let member = &world.members[*v];
            member.meter.echo(&member.identity, &world.listing(*v)).unwrap()
        })
        .collect();
    for ((v, _, set), claim) in victims.iter().zip(&claims) {
        let mut agreement = world.members[*v].meter.agreement(&z, claim).unwrap();
        let awaited: Vec<u32> = agreement.awaited().collect();
        for position in &awaited {
            let position = *position as usize;
            let entry = world.listing(position);
            if position == ACCOMPLICE {
                agreement.hear(&entry, &anything(&world, g, claim)).unwrap();
                continue;
            }
            let other = victims.iter().position(|(other, ..)| *other == position).unwrap();
            let heard = agreement.hear(&entry, &echoes[other]);
            if victims[other].2 == *set {
                heard.unwrap();
            } else {
                assert_eq!(heard, Err(fault(entry.member.id, Fault::WrongMembers)));
            }
        }
        let need = awaited.len() as u32;
        let short = world.members[*v].meter.agree(&agreement);
        assert!(
            matches!(short, Err(Error::Quorum { have, need: n }) if have < need && n == need),
            "{short:?}"
        );
        let seat = forged_seat(&world, Z, *v, g, &bitmap(set));
        assert_eq!(world.seat(*v, &seat), Err(Misuse::NotAgreed.into()));
        world.ring = vec![*v];
        assert_eq!(world.contribute(0, 0, &[1]), Err(Misuse::NotSeated.into()));
    }
    let read = |frame: &Vec<u8>| Claim::verify(&world.params, &world.view, &z, frame).unwrap().0;
    assert!(claims.iter().any(|claim| read(claim).contradicts(&read(&claims[0]))));
}

/// The accomplice signs whatever set a victim was shown.
fn anything(world: &World, g: u32, claim: &[u8]) -> Vec<u8> {
    let (claim, _) = Claim::verify(&world.params, &world.view, &world.listing(Z), claim).unwrap();
    let accomplice = &world.members[ACCOMPLICE];
    let header = world.view.header(Kind::SetEcho, 0, accomplice.listed.peer.id, round(0));
    let mut out = [0u8; Agreement::ECHO_LEN];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(g).unwrap();
    writer.bytes(&claim.set).unwrap();
    writer.finish_signed(&header, &accomplice.identity, &world.view.scope()).unwrap().to_vec()
}

/// One set for all, signed by all; but only the victim between Z and the accomplice gets its place, and the others wait in
/// vain for Z, who goes on with the next set and the next victim. They follow it once: it has one victim, the accomplice
/// may have another, and then a ring of theirs must have formed.
#[test]
fn a_claimant_that_seats_one_victim_is_not_followed_again() {
    for waited_for in [0, 3] {
        let with_terms = params(Mode::Derived, 1).with_terms(8).unwrap();
        let mut world = world(with_terms.with_agreement().unwrap());
        let (g, victims) = plan(&world);
        let (victim, _, set) = &victims[0];
        let members: Vec<usize> = set.iter().copied().filter(|i| *i != Z && *i != ACCOMPLICE).collect();
        let frame = claim(&world, g, set);
        for i in &members {
            assert_eq!(lure(&mut world, *i, g, set).0, frame);
        }
        let z = world.listing(Z);
        let mut agreement = world.members[*victim].meter.agreement(&z, &frame).unwrap();
        for position in agreement.awaited().collect::<Vec<_>>() {
            let i = position as usize;
            let member = &world.members[i];
            let echo = match i {
                ACCOMPLICE => anything(&world, g, &frame),
                _ => member.meter.echo(&member.identity, &world.listing(i)).unwrap().to_vec(),
            };
            agreement.hear(&world.listing(i), &echo).unwrap();
        }
        world.members[*victim].meter.agree(&agreement).unwrap();
        let seat = forged_seat(&world, Z, *victim, g, &bitmap(set));
        world.seat(*victim, &seat).unwrap();

        // Its deadline has passed for all others, who said so or not.
        let others: Vec<usize> = members.iter().copied().filter(|i| i != victim).collect();
        if waited_for == 0 {
            others.iter().for_each(|i| world.members[*i].meter.forsake());
        }
        let (now, refused) = (round(waited_for), fault(z.member.id, LinkFault::NotExpected));
        let mut tried = 0;
        for next in (g + 1..=64).flat_map(|g| others.iter().map(move |v| (g, *v))) {
            let (g, victim) = next;
            let Some(set) = solve(&world, g, 5, &[(Z, 0), (victim, 1), (ACCOMPLICE, 2)]) else { continue };
            let frame = claim_from(&world, g, waited_for, &set);
            for i in others.iter().filter(|i| set.contains(i)) {
                assert_eq!(world.members[*i].meter.follow(now, &z, &frame), Err(refused));
                tried += 1;
            }
        }
        assert!(tried > 100, "{tried}");
    }
}
