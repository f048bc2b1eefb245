//! The role goes round.

use cmt_ring::{Book, Claim, Fault, Generation, Misuse, Mode};
use meter_link::{Fault as LinkFault, Misuse as LinkMisuse};

use crate::fault;
use crate::ring::{World, round};
use crate::town::{Claimed, everybody, town, town_of_term, without};

/// A whole generation; its concentrator's book.
fn settle(world: &mut World, claimed: &Claimed) -> Book {
    let Claim { from, generation, .. } = claimed.claim;
    for i in claimed.members.clone() {
        world.follow(i, from.to_u32(), claimed).unwrap();
    }
    world.supplier.claimed(from, &claimed.frame).unwrap();
    let formed = world.form_unregistered(generation.0, from.to_u32(), &claimed.members);
    world.supplier.register(from, claimed.claim.id, &formed.group_key).unwrap();
    formed.book
}

/// Forty terms of ten meters: one frame hands the role over, and a claim. Everybody has it in turn, as drawn, every sum is
/// exact, and every round is served.
#[test]
fn forty_terms_by_hand_over() {
    for (mode, seed) in [(Mode::Derived, 70), (Mode::Drawn, 71)] {
        let mut world = town(10, mode, seed);
        let all = everybody(&world);
        let set = world.set(&all);
        let first = world.claim_of_drawn(0, 0, 1, &all).unwrap();
        let mut book = settle(&mut world, &first);
        let (mut by, mut from, mut kept) = (first.by, 0, 0);
        let mut roles = [0u32; 10];
        for g in 2..=40 {
            roles[by] += 1;
            let until = world.serve_term(from);
            let next = Generation(g);
            let handed = world.members[by].meter.hand_over(&book, round(until - 1), round(until), next, &set);
            let successor = world.draw(g, &all)[0];
            let claimed = match handed {
                Ok((id, frame)) => {
                    assert_eq!(id, world.listing(successor).member.id);
                    let taken = world.members[successor].meter.handed_over(round(until - 1), &frame).unwrap();
                    assert_eq!((taken.generation, taken.from, &taken.members), (next, round(until), &set));
                    let members: Vec<usize> = taken.members.positions().map(|p| p as usize).collect();
                    world.make_claim(successor, until - 1, until, g, &members).unwrap()
                }
                Err(error) => {
                    // Drawn again: it keeps the role.
                    assert_eq!((error, successor), (LinkMisuse::WrongRole.into(), by));
                    kept += 1;
                    world.make_claim(by, until - 1, until, g, &all).unwrap()
                }
            };
            book = settle(&mut world, &claimed);
            (by, from) = (claimed.by, until);
        }
        assert!(roles.iter().filter(|terms| **terms > 0).count() >= 8, "{roles:?}");
        assert!(kept < 12, "{kept}");
    }
}

/// The concentrator hands over whom it knows; one that it leaves out has no licence any more, asks, and is in the ring after.
#[test]
fn who_is_left_out_at_a_hand_over_comes_back() {
    let mut world = town_of_term(9, Mode::Derived, 3);
    let all = everybody(&world);
    let first = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    let book = settle(&mut world, &first);
    let until = world.serve_term(0);
    // It has heard that 4 is away; it is not itself drawn.
    let away = without(&world, &[first.by])[3];
    let rest = without(&world, &[away]);
    let g = (2..).find(|g| world.draw(*g, &rest)[0] != first.by).unwrap();
    let lead = &world.members[first.by].meter;
    let (_, frame) =
        lead.hand_over(&book, round(until), round(until), Generation(g), &world.set(&rest)).unwrap();
    let by = world.draw(g, &rest)[0];
    let taken = world.members[by].meter.handed_over(round(until), &frame).unwrap();
    assert_eq!(taken.members, world.set(&rest));
    let claimed = world.make_claim(by, until, until, g, &rest).unwrap();
    settle(&mut world, &claimed);
    let later = world.serve_term(until);
    let id = world.listing(away).member.id;
    let next = (g + 1..).find(|g| world.draw(*g, &all)[0] != away).unwrap();
    let whole = world.claim_of_drawn(later, later, next, &all).unwrap();
    assert_eq!(world.supplier.claimed(round(later), &whole.frame), Err(fault(id, Fault::BadLicence)));
    world.get_licence(away, later).unwrap();
    settle(&mut world, &whole);
    world.serve_term(later);
}

/// What a hand over is checked for, at both ends.
#[test]
fn hand_overs_that_are_none() {
    let mut world = town_of_term(8, Mode::Derived, 4);
    let all = everybody(&world);
    let set = world.set(&all);
    let first = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    let book = settle(&mut world, &first);
    let until = world.supplier.until().unwrap().to_u32();
    let (by, g) = (first.by, (2..).find(|g| world.draw(*g, &all)[0] != first.by).unwrap());
    let successor = world.draw(g, &all)[0];
    let hand = |world: &World, now, from, g, set: &_| {
        world.members[by].meter.hand_over(&book, round(now), round(from), Generation(g), set)
    };
    let early = hand(&world, until - 2, until - 1, g, &set).map(drop);
    assert_eq!(early, Err(LinkMisuse::OutOfOrder.into()));
    let until = world.serve_term(0);
    assert_eq!(hand(&world, until, until, 1, &set).map(drop), Err(Misuse::GenerationUsed.into()));
    assert_eq!(hand(&world, until, until, until + 65, &set).map(drop), Err(Misuse::GenerationUsed.into()));
    assert_eq!(hand(&world, until - 3, until, g, &set).map(drop), Err(LinkMisuse::RoundFarFromNow.into()));
    let four = world.set(&all[..4]);
    assert_eq!(hand(&world, until, until, g, &four).map(drop), Err(Misuse::RingTooSmall.into()));
    let foreign = meter_link::set::Members::none(9);
    assert_eq!(hand(&world, until, until, g, &foreign).map(drop), Err(LinkMisuse::WrongLength.into()));
    let other = &world.members[successor].meter;
    let wrong = other.hand_over(&book, round(until), round(until), Generation(g), &set).map(drop);
    assert_eq!(wrong, Err(LinkMisuse::WrongRole.into()));

    let (id, frame) = hand(&world, until, until, g, &set).unwrap();
    assert_eq!(id, world.listing(successor).member.id);
    assert_eq!(frame.len(), 16 + 4 + 1 + 16);
    let taker = |i: usize| &world.members[i].meter;
    assert!(taker(successor).handed_over(round(until), &frame).is_ok());
    // Twice is once: nothing has changed with it.
    assert!(taker(successor).handed_over(round(until), &frame).is_ok());
    let lead = world.listing(by).member.id;
    for i in without(&world, &[by, successor]) {
        let refused = taker(i).handed_over(round(until), &frame).map(drop);
        assert_eq!(refused, Err(fault(lead, LinkFault::BadTag)));
    }
    let late = taker(successor).handed_over(round(until + 3), &frame).map(drop);
    assert_eq!(late, Err(fault(lead, LinkFault::RoundFarFromNow)));
    for byte in 0..frame.len() {
        let mut bad = frame.clone();
        bad[byte] ^= 1;
        assert!(taker(successor).handed_over(round(until), &bad).is_err(), "byte {byte}");
    }
    for len in 0..frame.len() {
        assert!(taker(successor).handed_over(round(until), &frame[..len]).is_err());
    }
}

/// A meter that is no member of the ring is drawn: there is no key to hand over with, and the members elect.
#[test]
fn a_newcomer_is_drawn_next() {
    let mut world = town_of_term(8, Mode::Derived, 3);
    let all = everybody(&world);
    let new = 5;
    let seven = without(&world, &[new]);
    let first = world.claim_of_drawn(0, 0, 1, &seven).unwrap();
    let book = settle(&mut world, &first);
    let until = world.serve_term(0);
    world.get_licence(new, until).unwrap();
    let g = (2..64).find(|g| world.draw(*g, &all)[0] == new).unwrap();
    let lead = &world.members[first.by].meter;
    let handed = lead.hand_over(&book, round(until), round(until), Generation(g), &world.set(&all)).map(drop);
    assert_eq!(handed, Err(LinkMisuse::UnknownParty.into()));
    let mut elections = world.elections(until, until, g, &all, |_, _| false);
    assert_eq!(world.decide(&mut elections[new]), cmt_ring::election::Verdict::Claim);
    let claimed = world.make_claim(new, until, until, g, &all).unwrap();
    settle(&mut world, &claimed);
    world.serve_term(until);
}
