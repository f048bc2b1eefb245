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
    world.supplier.register(round(0), world.members[lead].listed.peer.id, &formed.group_key).unwrap();
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
    assert_eq!(world.supplier.register(round(0), lead, &old), Err(fault(lead, Fault::WrongGeneration)));
}

/// Neither a meter nor the supplier is led so far up that no generation is left, and what anybody else sends
/// moves neither.
#[test]
fn a_generation_far_ahead() {
    let mut world = World::new(6, Mode::Derived, 1, 38);
    world.form_all(1, 0);
    let [sender, other] = [3, 0].map(|i: usize| world.members[i].listed.peer.id);
    let (window, victim) = (Generation::WINDOW, 2);
    let ahead = fault(sender, Fault::WrongGeneration);
    for g in [0, 1, window + 2, u32::MAX] {
        let token = forged_token(&world, 3, victim, g);
        assert_eq!(world.join(victim, 3, 0, &token), Err(ahead), "{g}");
        let five: Vec<_> = (1..=5).map(|n| ([n; 16], world.members[1].listed.peer.link)).collect();
        let frame = forged_group_key(&world, 3, g, &five, 5);
        assert_eq!(world.supplier.register(round(0), sender, &frame), Err(ahead), "{g}");
    }
    // Who is not expected is not looked at, however right; who is no meter cannot be expected.
    let five: Vec<_> = (1..=5).map(|n| ([n; 16], world.members[1].listed.peer.link)).collect();
    let frame = forged_group_key(&world, 3, 2, &five, 5);
    let unknown = fault(sender, LinkFault::UnknownSender);
    assert_eq!(world.supplier.register(round(0), other, &frame), Err(unknown));
    let nobody = Error::Misuse(Misuse::Link(LinkMisuse::UnknownParty));
    assert_eq!(world.supplier.register(round(0), PartyId(5), &frame), Err(nobody));
    // Who merely writes another's name over a high number blames nobody for the number.
    let mut named = forged_group_key(&world, 3, u32::MAX, &five, 5);
    named[8..12].copy_from_slice(&other.0.to_le_bytes());
    assert_eq!(world.supplier.register(round(0), other, &named), Err(fault(other, LinkFault::BadSeal)));
    let mut named = forged_token(&world, 3, victim, u32::MAX);
    named[8..12].copy_from_slice(&other.0.to_le_bytes());
    assert_eq!(world.join(victim, 0, 0, &named), Err(fault(other, LinkFault::BadSeal)));
    // None of it kept the ring from its rounds or from its next generation; the concentrator has a limit too.
    world.round(0, &vec![vec![4]; 6]).unwrap();
    let everybody: Vec<usize> = (0..6).collect();
    let used = Error::Misuse(Misuse::GenerationUsed);
    assert_eq!(world.open(window + 2, 1, &everybody).unwrap_err(), used);
    world.form_all(window + 1, 1);
    world.round(1, &vec![vec![4]; 6]).unwrap();
}

/// Rounds that have gone by raise the limit: for a device that missed many generations, and a supplier that
/// lost its memory.
#[test]
fn who_was_away_for_many_generations_is_back() {
    let mut world = World::new(6, Mode::Derived, 1, 39);
    for g in 1..=100 {
        world.form(g, g - 1, &[0, 1, 2, 3, 4]);
    }
    world.supplier = World::new(6, Mode::Derived, 1, 39).supplier; // of the same keys
    world.form_all(101, 100);
    assert_eq!(world.round(100, &vec![vec![4]; 6]).unwrap().values, [24]);
}

/// A member's link key that the supplier could not use is refused by the concentrator, who leaves the member
/// out; the supplier would have refused the whole ring.
#[test]
fn a_token_link_that_gives_no_key() {
    let mut world = World::new(6, Mode::Derived, 1, 40);
    let everybody: Vec<usize> = (0..6).collect();
    let mut forming = world.open(1, 0, &everybody).unwrap();
    let ring = world.draw(1, &everybody);
    let (lead, bad) = (ring[0], ring[3]);
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    let culprit = world.members[bad].listed.peer.id;
    let mut minus_one = [0xff; 32];
    (minus_one[0], minus_one[31]) = (0xec, 0x7f);
    let two_mod_p = [&[0xef][..], &[0xff; 30], &[0x7f]].concat().try_into().unwrap();
    let suppliers = world.view.utility().link.0;
    for (id, token) in tokens {
        let answer = world.join(world.index(id), lead, 0, &token).unwrap();
        if id == culprit {
            for link in [[0; 32], minus_one, two_mod_p, [0xff; 32], suppliers] {
                let forged = adversary::forged_first_key(&world, bad, lead, 1, 7, link);
                assert_eq!(forming.accept(&forged), Err(fault(culprit, Fault::BadTokenLink)));
                assert!(forming.missing().any(|missing| missing == culprit));
            }
        }
        forming.accept(&answer).unwrap();
    }
    // Nothing of the refused k_1 is in K.
    let formed = forming.close(&mut world.members[lead].meter).unwrap();
    for (id, frame) in &formed.seats {
        world.seat(world.index(*id), frame).unwrap();
    }
    world.ring = ring;
    let lead = world.members[lead].listed.peer.id;
    world.supplier.register(round(0), lead, &formed.group_key).unwrap();
    assert_eq!(world.round(0, &vec![vec![4]; 6]).unwrap().values, [24]);
}

/// Names of tokens are no ids of the ring, whatever is drawn.
#[test]
fn a_token_is_never_called_like_a_member() {
    let mut world = World::new(5, Mode::Derived, 1, 41);
    let everybody = [0, 1, 2, 3, 4];
    let lead = world.draw(1, &everybody)[0];
    let listed: Vec<_> = world.members.iter().map(|m| m.listed).collect();
    // Words 0, then the five ids, then others: each drawn as a whole token.
    let ids = listed.iter().map(|l| u64::from(l.peer.id.0));
    let mut draws = adversary::Counted::new([0].into_iter().chain(ids).chain(0x1_0001..));
    let member = &mut world.members[lead];
    let opened = cmt_ring::Forming::open(
        &mut member.meter,
        &member.link,
        round(0),
        round(0),
        Generation(1),
        &listed,
        &mut draws,
    );
    let forming = opened.unwrap().stored();
    let mut names = Vec::new();
    for (id, token) in forming.tokens() {
        let token = adversary::opened_token(&world, lead, id, token);
        names.push(Token::from_bytes(token).sender().0);
    }
    assert_eq!(names, [0x1_0002, 0x1_0003, 0x1_0004, 0x1_0005]);
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
    let [low_order, not_reduced] = [0, 0xff].map(|byte| meter_link::LinkPublic([byte; 32]));
    let suppliers = world.view.utility().link;
    let of_a_meter = [&world.members[5].listed.peer.id.0.to_le_bytes()[..], &[9; 12]].concat();
    let seven = [&five[..], &[token(6), token(7)]].concat();
    let same_name = [&[2; 4][..], &[9; 12]].concat().try_into().unwrap();
    let cases: [(&[_], u32, Error); 12] = [
        (&five[..4], 4, fault(culprit, LinkFault::SetTooSmall)),
        (&[], 0, fault(culprit, LinkFault::SetTooSmall)),
        (&seven, 7, Error::Malformed(Malformed::BadField)),
        (&five, u32::MAX, Error::Malformed(Malformed::BadField)),
        (&five, 6, Error::Malformed(Malformed::Truncated)),
        (&seven, 6, Error::Malformed(Malformed::TrailingBytes)),
        (&with(0, token(0)), 5, fault(culprit, Fault::BadToken)),
        (&with(2, (same_name, link)), 5, fault(culprit, Fault::BadToken)),
        (&with(4, (of_a_meter.try_into().unwrap(), link)), 5, fault(culprit, Fault::BadToken)),
        (&with(4, ([5; 16], low_order)), 5, fault(culprit, Fault::BadTokenLink)),
        (&with(4, ([5; 16], not_reduced)), 5, fault(culprit, Fault::BadTokenLink)),
        (&with(4, ([5; 16], suppliers)), 5, fault(culprit, Fault::BadTokenLink)),
    ];
    for (n, (entries, count, expected)) in cases.into_iter().enumerate() {
        let frame = forged_group_key(&world, 3, 2, entries, count);
        assert_eq!(world.supplier.register(round(0), culprit, &frame), Err(expected), "case {n}");
    }
    // Nothing of it displaced the ring; a right one does.
    world.round(0, &vec![vec![4]; 6]).unwrap();
    let frame = forged_group_key(&world, 3, 2, &five, 5);
    assert_eq!(world.supplier.register(round(0), culprit, &frame), Ok(Generation(2)));
}
