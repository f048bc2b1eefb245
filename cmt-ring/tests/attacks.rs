//! What the ring withstands, and what it does not. protocols.md, section 5.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/ring.rs"]
mod ring;

use adversary::{Scripted, forged_seat, forged_token, link_key, opened_delta};
use cmt_ring::{Error, Fault, Generation, Misuse, Mode, Token, key};
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::key::Label;
use meter_link::{Fault as LinkFault, HighWater, Misuse as LinkMisuse, PartyId, Peer};
use ring::{Device, World, channels, round, truth, words};

const USED: Error = Error::Misuse(Misuse::Link(LinkMisuse::TimeAlreadyUsed));

fn fault(culprit: PartyId, fault: impl Into<Fault>) -> Error {
    Error::Fault { culprit, fault: fault.into() }
}

fn name(frame: &[u8]) -> PartyId {
    PartyId(u32::from_le_bytes(frame[8..12].try_into().unwrap()))
}

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
                assert_eq!(opened_delta(&world, successor, victim, &delta), drawn);
            }
        }
        seen.push(delta.clone());
        seen.push(world.close(0, &delta).unwrap());
        seen
    };
    assert_eq!(view_when(0), view_when(5000));
}

#[test]
fn replayed_delta() {
    let mut world = World::new(5, Mode::Drawn, 1, 23);
    world.form_all(1, 0);
    let readings = vec![vec![1]; 5];
    let start = world.between_meters.len();
    world.round(0, &readings).unwrap();
    let old = world.between_meters[start..].to_vec();
    let collecting = world.supplier.open(round(1), round(1)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let fresh = world.start(1, &[1], &request).unwrap();
    let predecessor = world.at(0).listed.peer.id;
    assert_eq!(world.relay(1, 1, &[1], &old[0]), Err(fault(predecessor, LinkFault::WrongRound)));
    // With the round number changed to fit, the seal does not.
    let mut forged = old[0].clone();
    forged[12..16].copy_from_slice(&1u32.to_le_bytes());
    assert_eq!(world.relay(1, 1, &[1], &forged), Err(fault(predecessor, LinkFault::BadSeal)));
    // In its own round it meets a reading that is spent.
    assert_eq!(world.relay(1, 0, &[1], &old[0]), Err(USED));
    // Nothing was spent on any of it; doubled, the right one is refused.
    world.relay(1, 1, &[1], &fresh).unwrap();
    assert_eq!(world.relay(1, 1, &[1], &fresh), Err(USED));
}

#[test]
fn delta_of_another_generation() {
    let mut world = World::new(5, Mode::Drawn, 1, 24);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    let stale = world.start(0, &[1], &request).unwrap();
    let (lead, next) = (world.ring[0], world.ring[1]);
    // A later generation in which the same two are neighbours in the same order.
    let g = (2..500).find(|g| {
        let ring = world.draw(*g, &[0, 1, 2, 3, 4]);
        (0..4).any(|place| place > 0 && ring[place] == lead && ring[place + 1] == next)
    });
    world.form_all(g.unwrap(), 0);
    let place = world.ring.iter().position(|i| *i == next).unwrap();
    let culprit = world.members[lead].listed.peer.id;
    assert_eq!(world.relay(place, 0, &[1], &stale), Err(fault(culprit, LinkFault::BadSeal)));
}

#[test]
fn delta_from_a_stranger() {
    let mut world = World::new(6, Mode::Drawn, 1, 25);
    world.form_all(1, 0);
    let stranger = world.at(4).listed.peer.id;
    let predecessor = world.at(1).listed.peer.id;
    // A member of the ring that is no neighbour has a key with the victim, and makes a δ under it …
    let own_name = adversary::sealed_delta(&world, 4, 2, stranger, 0, 5);
    assert_eq!(world.relay(2, 0, &[1], &own_name), Err(fault(stranger, Fault::NotNeighbour)));
    // … or pretends to be the neighbour.
    let other_name = adversary::sealed_delta(&world, 4, 2, predecessor, 0, 5);
    assert_eq!(world.relay(2, 0, &[1], &other_name), Err(fault(predecessor, LinkFault::BadSeal)));
    // The forger writes what the neighbour would write: the real neighbour's is taken.
    let real = adversary::sealed_delta(&world, 1, 2, predecessor, 0, 5);
    world.relay(2, 0, &[1], &real).unwrap();
}

#[test]
fn ciphertext_of_an_old_generation() {
    let mut world = World::new(5, Mode::Derived, 1, 26);
    world.form_all(1, 0);
    // Everybody contributes to generation 1, and all of it is held back.
    let held: Vec<Vec<u8>> = (0..5).map(|place| world.contribute(place, 0, &[9]).unwrap()).collect();
    world.form_all(2, 0);
    let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
    for frame in &held {
        assert_eq!(collecting.accept(frame), Err(fault(name(frame), Fault::WrongGeneration)));
    }
    assert_eq!(collecting.missing().count(), 5);
    // Nor is an old GroupKey taken back.
    let lead = name(&world.to_supplier[0]);
    let old = world.to_supplier[0].clone();
    assert_eq!(world.supplier.register(round(0), &old), Err(fault(lead, Fault::WrongGeneration)));
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

/// The concentrator issues the tokens, and cannot send in their holders' names.
#[test]
fn the_concentrator_forges_a_members_ciphertext() {
    let mut world = World::new(5, Mode::Derived, 1, 28);
    let everybody = [0, 1, 2, 3, 4];
    let mut forming = world.open(1, 0, &everybody).unwrap();
    let lead = world.draw(1, &everybody)[0];
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    let mut issued = Vec::new();
    for (id, token) in &tokens {
        let answer = world.join(world.index(*id), lead, 0, token).unwrap();
        issued.push(adversary::opened_first_key(&world, lead, *id, token, &answer));
        forming.accept(&answer).unwrap();
    }
    let formed = forming.close(&mut world.members[lead].meter).unwrap();
    world.supplier.register(round(0), &formed.group_key).unwrap();
    let mut collecting = world.supplier.open(round(0), round(0)).unwrap();
    for (token, first_key, token_link) in &issued {
        // All that it knows of the member: T, k_1, and the public half of the token's link key.
        let token = Token::from_bytes(*token);
        let header = world.view.header(Kind::Contribution, Flags::TRANSMISSION, token.sender(), round(0));
        let with_supplier = world.members[lead].link.pair_key(
            Label::Frame,
            world.view.context(),
            token.sender(),
            &world.view.utility().peer(),
            &[],
        );
        let holder = Peer { id: token.sender(), link: *token_link };
        let with_holder = world.members[lead].link.pair_key(
            Label::Frame,
            world.view.context(),
            PartyId::UTILITY,
            &holder,
            &[],
        );
        for pair in [with_supplier.unwrap(), with_holder.unwrap()] {
            let tag_key = Generation(1).token_key(&token, &pair).unwrap();
            let mut out = [0u8; 40];
            let mut writer = Writer::frame(&mut out, &header).unwrap();
            writer.u64(*first_key).unwrap();
            writer.finish_tagged(&header, &tag_key).unwrap();
            assert_eq!(collecting.accept(&out), Err(fault(token.sender(), LinkFault::BadTag)));
        }
    }
    assert_eq!(collecting.missing().count(), 5);
}

/// Two sums of one round that differ by a member are that member's reading.
#[test]
fn second_contribution_in_one_round() {
    let mut world = World::new(6, Mode::Derived, 1, 29);
    world.form_all(1, 0);
    world.round(0, &vec![vec![50]; 6]).unwrap();
    // In the same generation, in the next, and after a reboot with what the flash has.
    assert_eq!(world.contribute(2, 0, &[50]), Err(USED));
    world.form(2, 0, &[0, 1, 2, 3, 4]);
    for place in 0..5 {
        assert_eq!(world.contribute(place, 0, &[50]), Err(USED));
    }
    world.contribute(0, 1, &[50]).unwrap();
    let params = world.params;
    let view = world.view;
    let member = world.at(0);
    member.mark = HighWater::new();
    member.marks.iter().for_each(|record| member.mark.replay(record).unwrap());
    member.meter = Device::new(&params, &view, &member.listed, channels(&params)).unwrap();
    member.generations.iter().for_each(|record| member.meter.replay(record).unwrap());
    assert_eq!(world.contribute(0, 1, &[50]), Err(Error::Misuse(Misuse::NotSeated)));
    world.form(3, 1, &[0, 1, 2, 3, 4]);
    let rebooted = (0..5).find(|place| world.contribute(*place, 1, &[50]) == Err(USED));
    assert!(rebooted.is_some());
}

/// The same with the concentrator, whose reading is spent when the round starts, in the ring that broke.
#[test]
fn second_start_of_one_round() {
    let mut world = World::new(5, Mode::Drawn, 1, 30);
    world.form_all(1, 0);
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let request = collecting.start().unwrap().to_vec();
    world.start(0, &[1], &request).unwrap();
    assert_eq!(world.start(0, &[1], &request), Err(USED));
    assert_eq!(world.start(0, &[2], &request), Err(USED));
}

/// The attack that the rule stops: a skipped member's late ciphertext completes the broken round, and the
/// healed ring's sum of the same round lacks just that member. Here the devices' marks are rolled back before
/// the second sum, which is what the rule forbids, and the reading lies open.
#[test]
fn late_ciphertext_of_a_skipped_member() {
    let run = |rolled_back: bool| -> Result<i64, Error> {
        let mut world = World::new(6, Mode::Derived, 1, 31);
        world.form_all(1, 0);
        let readings: Vec<Vec<i64>> = (0..6).map(|place| vec![1000 + 100 * place]).collect();
        let skipped = world.ring[3];
        let (mut collecting, frames) = world.ciphertexts(0, &readings);
        for frame in &frames {
            collecting.accept(frame).unwrap(); // the last one late
        }
        let whole = collecting.close().unwrap().values[0];
        let by_member: Vec<i64> =
            (0..6).map(|i| readings[world.ring.iter().position(|m| *m == i).unwrap()][0]).collect();
        let rest: Vec<usize> = (0..6).filter(|i| *i != skipped).collect();
        let mut second = World::new(6, Mode::Derived, 1, 31); // a supplier that forgot the round
        second.members = world.members;
        second.form(2, 0, &rest);
        let mut collecting = second.supplier.open(round(0), round(0)).unwrap();
        for place in 0..5 {
            if rolled_back {
                second.at(place).mark = HighWater::new();
            }
            let reading = by_member[second.ring[place]];
            collecting.accept(&second.contribute(place, 0, &[reading])?).unwrap();
        }
        Ok(whole - collecting.close()?.values[0])
    };
    assert_eq!(run(true), Ok(1300));
    assert_eq!(run(false), Err(USED));
}

/// Its ciphertexts go with it, and the round is not opened again.
#[test]
fn partial_round_is_discarded() {
    let mut world = World::new(5, Mode::Derived, 1, 32);
    world.form_all(1, 0);
    let (mut collecting, frames) = world.ciphertexts(0, &vec![vec![3]; 5]);
    for frame in &frames[..4] {
        collecting.accept(frame).unwrap();
    }
    assert_eq!(collecting.close().unwrap_err(), Error::Quorum { have: 4, need: 5 });
    let order = Error::Misuse(Misuse::Link(LinkMisuse::OutOfOrder));
    assert_eq!(world.supplier.open(round(0), round(0)).unwrap_err(), order);
    let mut next = world.supplier.open(round(1), round(1)).unwrap();
    assert_eq!(next.accept(&frames[4]), Err(fault(name(&frames[4]), LinkFault::WrongRound)));
}

/// "Lowest id" would let a low id have the role: the draw decides, and members check it.
#[test]
fn a_low_id_wants_to_be_concentrator() {
    let mut world = World::new(8, Mode::Drawn, 1, 33);
    let everybody: Vec<usize> = (0..8).collect();
    let g = (1..99).find(|g| world.draw(*g, &everybody)[0] != 0).unwrap();
    let listed: Vec<_> = world.members.iter().map(|m| m.listed).collect();
    let (low, victim) = (0, 5);
    let member = &mut world.members[low];
    let refused = cmt_ring::Forming::open(
        &mut member.meter,
        &member.link,
        round(0),
        round(0),
        Generation(g),
        &listed,
        &mut world.rng,
    );
    assert_eq!(refused.map(|_| ()).unwrap_err(), Error::Misuse(Misuse::Link(LinkMisuse::WrongRole)));
    // Its own code does not: it issues a token all the same, and claims that all are members.
    let token = forged_token(&world, low, victim, g);
    world.join(victim, low, 0, &token).unwrap();
    let seat = forged_seat(&world, low, victim, g, &[0]);
    let culprit = world.members[low].listed.peer.id;
    assert_eq!(world.seat(victim, &seat), Err(fault(culprit, Fault::NotConcentrator)));
    // A set in which the draw favours it must still be a ring.
    let small = forged_seat(&world, low, victim, g, &[1, 0b0010_0001]);
    assert_eq!(world.seat(victim, &small), Err(fault(culprit, LinkFault::SetTooSmall)));
    let without = forged_seat(&world, low, victim, g, &[1, 0b1101_1111]);
    assert_eq!(world.seat(victim, &without), Err(fault(culprit, LinkFault::NotInSet)));
}

/// A generation that is joined twice would seal two first keys under one nonce.
#[test]
fn a_generation_begun_again() {
    let mut world = World::new(5, Mode::Drawn, 1, 34);
    let everybody = [0, 1, 2, 3, 4];
    let forming = world.open(1, 0, &everybody).unwrap();
    let lead = world.draw(1, &everybody)[0];
    let (id, token) = forming.tokens().next().map(|(id, token)| (id, token.to_vec())).unwrap();
    let member = world.index(id);
    world.join(member, lead, 0, &token).unwrap();
    let again = fault(world.members[lead].listed.peer.id, Fault::WrongGeneration);
    assert_eq!(world.join(member, lead, 0, &token), Err(again));
    // Neither member nor concentrator forget it over a reboot.
    let (params, view) = (world.params, world.view);
    for index in [member, lead] {
        let m = &mut world.members[index];
        m.meter = Device::new(&params, &view, &m.listed, channels(&params)).unwrap();
        m.generations.iter().for_each(|record| m.meter.replay(record).unwrap());
    }
    assert_eq!(world.join(member, lead, 0, &token), Err(again));
    assert_eq!(world.open(1, 0, &everybody).unwrap_err(), Error::Misuse(Misuse::GenerationUsed));
    world.form_all(2, 0);
    world.round(0, &vec![vec![1]; 5]).unwrap();
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
