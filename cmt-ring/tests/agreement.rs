//! Groups whose members sign their set: an honest formation, and what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation
)]

#[path = "world/ring.rs"]
mod ring;
#[path = "world/town.rs"]
mod town;

use cmt_ring::{Agreement, Error, Fault, Formed, Generation, Misuse, Mode};
use meter_link::{Fault as LinkFault, Malformed, Misuse as LinkMisuse, PartyId};
use ring::{Member, World, round};
use town::{Claimed, everybody, with_terms};

fn fault(culprit: PartyId, fault: impl Into<Fault>) -> Error {
    Error::Fault { culprit, fault: fault.into() }
}

fn hall(mode: Mode, count: usize, seed: u64) -> World {
    let mut world = World::with(with_terms(mode).with_agreement().unwrap(), count, seed);
    for i in 0..count {
        world.get_licence(i, 0).unwrap();
    }
    world
}

type Echo = [u8; Agreement::ECHO_LEN];

fn echo(world: &World, index: usize) -> Result<Echo, Error> {
    let Member { meter, identity, .. } = &world.members[index];
    meter.echo(identity, &world.listing(index))
}

/// Everybody follows the claim and answers its token: echoes by member, and what the concentrator ends with.
fn join_all(world: &mut World, claimed: &Claimed) -> (Vec<Option<Echo>>, Formed) {
    let (g, from) = (claimed.claim.generation.0, claimed.claim.from.to_u32());
    let others = || claimed.members.iter().filter(|i| **i != claimed.by);
    for i in others() {
        world.follow(*i, from, claimed).unwrap();
    }
    let mut forming = world.open(g, from, &claimed.members).unwrap();
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (id, token.to_vec())).collect();
    for (id, token) in tokens {
        let answer = world.join(world.index(id), claimed.by, from, &token).unwrap();
        forming.accept(&answer).unwrap();
    }
    let mut echoes = vec![None; world.members.len()];
    others().for_each(|i| echoes[*i] = Some(echo(world, *i).unwrap()));
    world.ring = world.draw(g, &claimed.members);
    (echoes, forming.close(&mut world.members[claimed.by].meter).unwrap())
}

/// The member hears all whom it awaits.
fn hear<'c>(world: &World, index: usize, claimed: &'c Claimed, echoes: &[Option<Echo>]) -> Agreement<'c> {
    let meter = &world.members[index].meter;
    let mut agreement = meter.agreement(&world.listing(claimed.by), &claimed.frame).unwrap();
    let awaited: Vec<u32> = agreement.awaited().collect();
    assert_eq!(awaited.len(), claimed.members.len() - 2);
    for position in awaited {
        let echo = echoes[position as usize].as_ref().unwrap();
        agreement.hear(&world.listing(position as usize), echo).unwrap();
    }
    assert_eq!(agreement.awaited().count(), 0);
    agreement
}

#[test]
fn all_sign_one_set_and_the_ring_runs() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = hall(mode, 8, 71);
        let all = town::without(&world, &[3]);
        let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
        world.supplier.claimed(round(0), &claimed.frame).unwrap();
        let (echoes, formed) = join_all(&mut world, &claimed);
        for (id, seat) in &formed.seats {
            let i = world.index(*id);
            assert_eq!(world.seat(i, seat), Err(Misuse::NotAgreed.into()));
            let agreement = hear(&world, i, &claimed, &echoes);
            world.members[i].meter.agree(&agreement).unwrap();
            let own = echo(&world, i).unwrap();
            assert_eq!(Some(own), echoes[i], "the same bytes again");
            assert_eq!(own[..], sign(&world, i, 1, 0, &claimed.claim.set), "the layout of wire.md");
            world.seat(i, seat).unwrap();
            assert_eq!(echo(&world, i), Err(Misuse::NoClaim.into()));
        }
        let lead = world.members[claimed.by].listed.peer.id;
        world.supplier.register(round(0), lead, &formed.group_key).unwrap();
        world.serve_term(0);
    }
}

/// One echo fewer, and the member takes no place.
#[test]
fn a_missing_echo_keeps_the_place_empty() {
    let mut world = hall(Mode::Derived, 7, 72);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    let (echoes, formed) = join_all(&mut world, &claimed);
    let (id, seat) = &formed.seats[2];
    let i = world.index(*id);
    let mut agreement = world.members[i].meter.agreement(&world.listing(claimed.by), &claimed.frame).unwrap();
    let awaited: Vec<u32> = agreement.awaited().collect();
    for position in &awaited[1..] {
        let position = *position as usize;
        agreement.hear(&world.listing(position), echoes[position].as_ref().unwrap()).unwrap();
    }
    let lacking = Err(Error::Quorum { have: 4, need: 5 });
    assert_eq!(world.members[i].meter.agree(&agreement), lacking);
    assert_eq!(world.seat(i, seat), Err(Misuse::NotAgreed.into()));
    // It came too late for the order: the gathering begins anew.
    let late = awaited[0] as usize;
    let heard = agreement.hear(&world.listing(late), echoes[late].as_ref().unwrap());
    assert_eq!(heard, Err(LinkMisuse::OutOfOrder.into()));
    let agreement = hear(&world, i, &claimed, &echoes);
    world.members[i].meter.agree(&agreement).unwrap();
    world.seat(i, seat).unwrap();
}

#[test]
fn echoes_that_are_refused() {
    let mut world = hall(Mode::Derived, 9, 73);
    let members = town::without(&world, &[8]);
    let claimed = world.claim_of_drawn(0, 0, 1, &members).unwrap();
    let (echoes, formed) = join_all(&mut world, &claimed);
    let i = world.index(formed.seats[0].0);
    let mut agreement = world.members[i].meter.agreement(&world.listing(claimed.by), &claimed.frame).unwrap();
    let first = agreement.awaited().next().unwrap() as usize;
    let (entry, id) = (world.listing(first), world.members[first].listed.peer.id);
    let good = echoes[first].unwrap();
    let own = echoes[i].unwrap();

    assert_eq!(agreement.hear(&world.listing(i), &own), Err(LinkMisuse::OutOfOrder.into()));
    assert_eq!(agreement.hear(&world.listing(8), &good), Err(LinkMisuse::UnknownParty.into()));
    let stranger = sign(&world, 8, 1, 0, &claimed.claim.set);
    assert_eq!(
        agreement.hear(&world.listing(8), &stranger),
        Err(fault(world.members[8].listed.peer.id, LinkFault::NotInSet))
    );
    for at in 16..good.len() {
        let mut flipped = good;
        flipped[at] ^= 1;
        assert_eq!(agreement.hear(&entry, &flipped), Err(fault(id, LinkFault::BadSignature)), "byte {at}");
    }
    // A frame's end is its signature, wherever it ends.
    let long = [&good[..], &[0]].concat();
    for other in [&good[..115], &long] {
        assert_eq!(agreement.hear(&entry, other), Err(fault(id, LinkFault::BadSignature)));
    }
    assert_eq!(agreement.hear(&entry, &good[..79]), Err(Malformed::Truncated.into()));
    for (g, from) in [(2, 0), (1, 1)] {
        let other = sign(&world, first, g, from, &claimed.claim.set);
        assert_eq!(agreement.hear(&entry, &other), Err(fault(id, Fault::WrongGeneration)));
    }
    let other = sign(&world, first, 1, 0, &[7; 32]);
    assert_eq!(agreement.hear(&entry, &other), Err(fault(id, Fault::WrongMembers)));
    // Nothing of that counted, and the good one still does; but once.
    agreement.hear(&entry, &good).unwrap();
    assert_eq!(agreement.hear(&entry, &good), Err(LinkMisuse::OutOfOrder.into()));
}

#[test]
fn an_agreement_is_of_one_generation() {
    let mut world = hall(Mode::Derived, 7, 74);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    let (echoes, formed) = join_all(&mut world, &claimed);
    let i = world.index(formed.seats[0].0);
    let agreement = hear(&world, i, &claimed, &echoes);
    world.members[i].meter.forsake();
    assert_eq!(world.members[i].meter.agree(&agreement), Err(Misuse::NoClaim.into()));
    assert_eq!(echo(&world, i), Err(Misuse::NoClaim.into()));
    // Of another claim there is none to be had.
    let j = world.index(formed.seats[1].0);
    let mut out = vec![0; 256];
    let rival = town::without(&world, &[j]);
    let by = world.draw(1, &rival)[0];
    let marks: Vec<bool> = (0..7).map(|n| n != j).collect();
    let (entry, identity) = (world.listing(by), &world.members[by].identity);
    let signed = cmt_ring::Claim::sign(
        &world.params,
        &world.view,
        identity,
        &entry,
        Generation(1),
        round(0),
        &marks,
        &mut out,
    );
    let frame = signed.unwrap().1.to_vec();
    let other = world.members[j].meter.agreement(&entry, &frame).map(drop);
    assert_eq!(other, Err(Misuse::NoClaim.into()));
}

#[test]
fn groups_without_it_have_no_echoes() {
    let mut world = town::town(6, Mode::Derived, 75);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    assert_eq!(echo(&world, 0), Err(Misuse::NotAgreed.into()));
    let plain = ring::params(Mode::Derived, 1);
    assert_eq!(plain.with_agreement(), Err(Misuse::NoTerms.into()));
}

fn sign(world: &World, index: usize, g: u32, from: u32, digest: &[u8; 32]) -> Vec<u8> {
    use meter_link::frame::{Kind, Writer};
    let mut out = [0u8; Agreement::ECHO_LEN];
    let header = world.view.header(Kind::SetEcho, 0, world.members[index].listed.peer.id, round(from));
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(g).unwrap();
    writer.bytes(digest).unwrap();
    let identity = &world.members[index].identity;
    writer.finish_signed(&header, identity, &world.view.scope()).unwrap().to_vec()
}
