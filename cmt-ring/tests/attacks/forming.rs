//! Concentrators, tokens and generations that are not what they should be.

use cmt_ring::{Error, Fault, Generation, Misuse, Mode, Token};
use meter_link::frame::{Flags, Kind, Writer};
use meter_link::key::Label;
use meter_link::{Fault as LinkFault, Malformed, Misuse as LinkMisuse, PartyId, Peer};

use crate::adversary::{self, forged_group_key, forged_seat, forged_token};
use crate::ring::{Device, World, channels, round};
use crate::{fault, name};

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
    let mut forming = world.open(1, 0, &everybody).unwrap();
    let lead = world.draw(1, &everybody)[0];
    let (id, token) = forming.tokens().next().map(|(id, token)| (id, token.to_vec())).unwrap();
    let member = world.index(id);
    let first = world.join(member, lead, 0, &token).unwrap();
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

    // With its store rolled back it answers again, and the concentrator takes one of the two.
    forming.accept(&first).unwrap();
    let m = &mut world.members[member];
    m.meter = Device::new(&params, &view, &m.listed, channels(&params)).unwrap();
    let second = world.join(member, lead, 0, &token).unwrap();
    assert_eq!(forming.accept(&second), Err(fault(id, LinkFault::Contradiction)));
    assert_eq!(forming.accept(&first), Ok(id));
    world.form_all(2, 0);
    world.round(0, &vec![vec![1]; 5]).unwrap();
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

/// Any meter can claim to have formed a ring. What it says must be one.
#[test]
fn a_group_key_that_is_no_ring() {
    let mut world = World::new(6, Mode::Derived, 1, 36);
    world.form_all(1, 0);
    let link = world.members[2].listed.peer.link;
    let token = |n: u8| ([n; 16], link);
    let five = [token(1), token(2), token(3), token(4), token(5)];
    let with = |place: usize, entry| {
        let mut entries = five;
        entries[place] = entry;
        entries
    };
    let culprit = world.members[3].listed.peer.id;
    let low_order = meter_link::LinkPublic([0; 32]);
    let seven = [&five[..], &[token(6), token(7)]].concat();
    let same_name = [&[2; 4][..], &[9; 12]].concat().try_into().unwrap();
    let cases: [(&[_], u32, Error); 9] = [
        (&five[..4], 4, fault(culprit, LinkFault::SetTooSmall)),
        (&[], 0, fault(culprit, LinkFault::SetTooSmall)),
        (&seven, 7, Error::Malformed(Malformed::BadField)),
        (&five, u32::MAX, Error::Malformed(Malformed::BadField)),
        (&five, 6, Error::Malformed(Malformed::Truncated)),
        (&seven, 6, Error::Malformed(Malformed::TrailingBytes)),
        (&with(0, token(0)), 5, fault(culprit, Fault::BadToken)),
        (&with(2, (same_name, link)), 5, fault(culprit, Fault::BadToken)),
        (&with(4, ([5; 16], low_order)), 5, fault(PartyId(0x0505_0505), LinkFault::LowOrderKey)),
    ];
    for (n, (entries, count, expected)) in cases.into_iter().enumerate() {
        let frame = forged_group_key(&world, 3, 2, entries, count);
        assert_eq!(world.supplier.register(round(0), &frame), Err(expected), "case {n}");
    }
    // Nothing of it displaced the ring; a right one does.
    world.round(0, &vec![vec![4]; 6]).unwrap();
    let frame = forged_group_key(&world, 3, 2, &five, 5);
    assert_eq!(world.supplier.register(round(0), &frame), Ok(Generation(2)));
}
