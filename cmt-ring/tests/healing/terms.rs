//! Healing in groups with terms: only a broken ring heals, its term stays, and who was cut needs another licence.

use cmt_ring::{Error, Fault, Generation, Misuse, Mode};
use meter_link::{Fault as LinkFault, Misuse as LinkMisuse, PartyId};

use crate::healer::{forged_heal, forged_healed};
use crate::ring::{World, round};
use crate::town::{MEAN, everybody, town_of_term, with_terms, without};

/// A ring of eight with a term of five rounds at least, that has given one sum.
fn seated(mode: Mode) -> World {
    let mut world = town_of_term(8, mode, 5);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    world.right_round(0);
    world
}

/// Round `r` is lost, and everybody hears so but those who are not to.
fn lose(world: &mut World, r: u32, deaf: &[usize]) {
    let collecting = world.supplier.open(round(r), round(r)).unwrap();
    let notice = world.supplier.discard(&world.identity, collecting).unwrap().stored();
    for i in without(world, deaf) {
        world.members[i].meter.lost(round(r), &notice).unwrap();
    }
}

#[test]
fn only_a_broken_ring_heals() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = seated(mode);
        let (lead, silent, member) = (world.ring[0], world.ring[3], world.ring[5]);
        let until = world.supplier.until();
        let early = Error::Misuse(Misuse::Link(LinkMisuse::OutOfOrder));
        assert_eq!(world.cut(2, 1, &[silent]).unwrap_err(), early);
        let all = everybody(&world);
        let left = without(&world, &[silent]);
        let forged = forged_heal(&world, [lead, member], [1, 2, 1], &[&all, &left]);
        let culprit = world.members[lead].listed.peer.id;
        let early = Error::Fault { culprit, fault: Fault::TooEarly };
        assert_eq!(world.take_heal(member, 1, &forged), Err(early));
        let forged = forged_healed(&world, lead, [1, 2, 1], &[1, 1, 1, 1]);
        assert_eq!(world.supplier.heal(round(1), &forged).map(|_| ()), Err(early));

        lose(&mut world, 1, &[silent]);
        world.heal(2, 2, &[silent]);
        world.right_round(2);
        // The term is the line's, and the ring is whole again: no second healing, and no claim before its end.
        assert_eq!(world.supplier.until(), until);
        assert!(world.ring.iter().all(|i| world.members[*i].meter.until() == until));
        let next = world.ring[1];
        assert_eq!(
            world.cut(3, 3, &[next]).map(|_| ()),
            Err(Error::Misuse(Misuse::Link(LinkMisuse::OutOfOrder)))
        );
        let members = world.ring.clone();
        let mut members: Vec<usize> = members;
        members.sort_unstable();
        let claimant = world.draw(3, &members)[0];
        let early = world.make_claim(claimant, 3, 3, 3, &members).map(|_| ()).unwrap_err();
        assert_eq!(early, Error::Misuse(Misuse::Link(LinkMisuse::OutOfOrder)));
        // A second loss, a second healing.
        lose(&mut world, 3, &[silent]);
        world.heal(3, 4, &[next]);
        let end = world.serve_term(4);
        assert_eq!(world.supplier.open(round(end), round(end)).unwrap_err(), Error::Misuse(Misuse::TermOver));
        assert!(world.contribute(1, end, &[1]).is_err() || mode == Mode::Drawn);
    }
}

/// No healing reaches beyond the term.
#[test]
fn a_term_that_is_over_heals_no_more() {
    let mut world = seated(Mode::Derived);
    let (lead, silent, member) = (world.ring[0], world.ring[3], world.ring[5]);
    let until = world.supplier.until().unwrap().to_u32();
    for r in 1..until - 1 {
        world.right_round(r);
    }
    lose(&mut world, until - 1, &[silent]);
    assert_eq!(world.cut(2, until, &[silent]).unwrap_err(), Error::Misuse(Misuse::TermOver));
    let (all, left) = (everybody(&world), without(&world, &[silent]));
    let culprit = world.members[lead].listed.peer.id;
    let over = Error::Fault { culprit, fault: LinkFault::WrongRound.into() };
    let forged = forged_heal(&world, [lead, member], [1, 2, until], &[&all, &left]);
    assert_eq!(world.take_heal(member, until, &forged), Err(over));
    let forged = forged_healed(&world, lead, [1, 2, until], &[1, 1, 1, 1]);
    assert_eq!(world.supplier.heal(round(until), &forged).map(|_| ()), Err(over));
}

/// The Healed frame names who was cut by position: their licences are void, and with another one they are in the next ring.
#[test]
fn who_was_cut_needs_another_licence() {
    let mut world = seated(Mode::Derived);
    let silent = world.ring[3];
    lose(&mut world, 1, &[silent]);
    world.heal(2, 2, &[silent]);
    let id = world.members[silent].listed.peer.id;
    for i in everybody(&world) {
        let id = world.members[i].listed.peer.id;
        assert_eq!(world.supplier.is_licensed(id), i != silent);
        // Who reports a healed ring's members asks this: a licence alone says nothing of the ring that runs.
        assert_eq!(world.supplier.left_out(id), (i == silent).then_some(round(2)));
    }
    assert_eq!(world.supplier.left_out(PartyId::UTILITY), None);
    // Positions that are not as many as names, or of nobody.
    let frame = world.to_supplier.last().unwrap();
    assert_eq!(frame.len(), 16 + 4 + 8 + 4 + 4 + 4 + 4 + 16);
    let end = world.serve_term(2);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(end, end, 3, &all);
    let refused = world.supplier.claimed(round(end), &claimed.unwrap().frame).map(|_| ());
    assert_eq!(refused, Err(Error::Fault { culprit: id, fault: Fault::BadLicence }));
    world.get_licence(silent, end).unwrap();
    let claimed = (4..70).find_map(|g| {
        let by = world.draw(g, &all)[0];
        world.make_claim(by, end, end, g, &all).ok()
    });
    let claimed = claimed.unwrap();
    world.supplier.claimed(round(end), &claimed.frame).unwrap();
}

#[test]
fn lists_that_a_supplier_with_terms_refuses() {
    let mut world = seated(Mode::Derived);
    let (lead, silent) = (world.ring[0], world.ring[3]);
    lose(&mut world, 1, &[silent]);
    let name = crate::name(&world.contribute(3, 2, &[1]).unwrap()).0;
    for numbers in
        [vec![1, name], vec![1, name, 0], vec![1, name, 1, 8], vec![1, name, 2, 1, 2], vec![1, name, 2, 2, 1]]
    {
        let frame = forged_healed(&world, lead, [1, 2, 3], &numbers);
        let error = world.supplier.heal(round(3), &frame).unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{numbers:?}: {error}");
    }
    let frame = forged_healed(&world, lead, [1, 2, 3], &[1, name, 1, silent as u32]);
    assert_eq!(world.supplier.heal(round(3), &frame), Ok(Generation(2)));
}

/// Members who sign their set have signed none that was healed.
#[test]
fn where_members_sign_their_set_no_ring_heals() {
    let params = with_terms(Mode::Derived).with_agreement().unwrap();
    let long = |world: &World| Generation(1).term(world.view.epoch(), MEAN) >= 4;
    let mut world = (0..).map(|seed| World::with(params, 8, seed)).find(long).unwrap();
    let all = everybody(&world);
    for i in &all {
        world.get_licence(*i, 0).unwrap();
    }
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.supplier.claimed(round(0), &claimed.frame).unwrap();
    for i in all.iter().filter(|i| **i != claimed.by) {
        world.follow(*i, 0, &claimed).unwrap();
    }
    let mut forming = world.open(1, 0, &all).unwrap();
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    for (id, token) in tokens {
        let answer = world.join(world.index(id), claimed.by, 0, &token).unwrap();
        forming.accept(&answer).unwrap();
    }
    let echo = |world: &World, i: usize| {
        let member = &world.members[i];
        member.meter.echo(&member.identity, &world.listing(i)).unwrap()
    };
    let formed = forming.close(&mut world.members[claimed.by].meter).unwrap();
    let others = || all.iter().copied().filter(|i| *i != claimed.by);
    let echoes: Vec<_> = others().map(|i| (i, echo(&world, i))).collect();
    for (id, seat) in &formed.seats {
        let i = world.index(*id);
        let mut agreement =
            world.members[i].meter.agreement(&world.listing(claimed.by), &claimed.frame).unwrap();
        for (other, echo) in echoes.iter().filter(|(other, _)| *other != i) {
            agreement.hear(&world.listing(*other), echo).unwrap();
        }
        world.members[i].meter.agree(&agreement).unwrap();
        world.seat(i, seat).unwrap();
    }
    let lead = world.members[claimed.by].listed.peer.id;
    world.supplier.register(round(0), lead, &formed.group_key).unwrap();
    (world.ring, world.book) = (world.draw(1, &all), Some(formed.book));
    world.right_round(0);

    let (silent, member) = (world.ring[3], world.ring[5]);
    lose(&mut world, 1, &[silent]);
    assert_eq!(world.cut(2, 2, &[silent]).unwrap_err(), Error::Misuse(Misuse::NotAgreed));
    let forged = forged_heal(&world, [claimed.by, member], [1, 2, 2], &[&all, &without(&world, &[silent])]);
    let unexpected = Error::Fault { culprit: lead, fault: LinkFault::NotExpected.into() };
    assert_eq!(world.take_heal(member, 2, &forged), Err(unexpected));
    let before = world.supplier.to_bytes().unwrap();
    let forged = forged_healed(&world, claimed.by, [1, 2, 2], &[1, 1, 1, 1]);
    assert_eq!(world.supplier.heal(round(2), &forged), Err(unexpected));
    assert_eq!(world.supplier.to_bytes().unwrap(), before);
}
