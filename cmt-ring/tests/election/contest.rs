//! Several claims, and those who claim and fall silent.

use cmt_ring::election::Verdict;
use cmt_ring::{Error, Fault, Generation, Misuse, Mode};
use meter_link::Fault as LinkFault;

use crate::fault;
use crate::ring::{World, round};
use crate::town::{Claimed, TRIES, everybody, town, town_of_term, without};

/// Claims of all rings of one less than all whose claimants differ, and the one of all: ascending as `beats` has it.
fn claims(world: &mut World, now: u32, from: u32, g: u32) -> Vec<Claimed> {
    let all = everybody(world);
    let mut sets: Vec<Vec<usize>> = all.iter().map(|out| without(world, &[*out])).collect();
    sets.push(all);
    let mut claims: Vec<Claimed> = Vec::new();
    for set in sets.into_iter().rev() {
        let by = world.draw(g, &set)[0];
        if claims.iter().all(|claimed| claimed.by != by) {
            // A claimant that has heard no other claim yet.
            claims.push(world.make_claim(by, now, from, g, &set).unwrap());
        }
    }
    claims.sort_by(|a, b| {
        if b.claim.beats(&a.claim) { core::cmp::Ordering::Less } else { core::cmp::Ordering::Greater }
    });
    claims
}

/// In whatever order claims come, all end with the same one, and its ring forms.
#[test]
fn of_several_claims_all_follow_one() {
    for seed in 60..64 {
        let mut world = town(9, Mode::Derived, seed);
        let claims = claims(&mut world, 0, 0, 1);
        assert!(claims.len() > 1);
        for i in everybody(&world) {
            let mut order: Vec<&Claimed> = claims.iter().filter(|c| c.members.contains(&i)).collect();
            let turn = i % order.len();
            order.rotate_left(turn);
            for claimed in order {
                let _ = world.follow(i, 0, claimed);
            }
        }
        let best = claims.last().unwrap();
        for i in &best.members {
            assert_eq!(world.members[*i].meter.followed(), Some(&best.claim));
        }
        for claimed in &claims {
            let _ = world.supplier.claimed(round(0), &claimed.frame);
        }
        // Those that were outdone cannot open their rings.
        for claimed in &claims[..claims.len() - 1] {
            assert_eq!(world.open(1, 0, &claimed.members).map(drop), Err(Misuse::NoClaim.into()));
        }
        world.settle(best);
        world.serve_term(0);
    }
}

/// A claimant that has begun, and leaves its ring for a better claim, cannot end it.
#[test]
fn a_ring_in_the_making_is_left_for_a_better_claim() {
    let mut world = town(8, Mode::Derived, 65);
    let claims = claims(&mut world, 0, 0, 1);
    let [worse, .., best] = &claims[..] else { panic!("one claim") };
    let (worse, best) = (worse.clone(), best.clone());
    let forming = world.open(1, 0, &worse.members).unwrap();
    // The generation is spent for it: it takes part in neither, and both claims fail.
    let refused = fault(best.claim.id, Fault::WrongGeneration);
    assert_eq!(world.follow(worse.by, 0, &best), Err(refused));
    world.members[worse.by].meter.forsake();
    assert_eq!(forming.close(&mut world.members[worse.by].meter).map(drop), Err(Misuse::NoClaim.into()));
    for i in everybody(&world) {
        let meter = &mut world.members[i].meter;
        meter.forsake();
        assert!(meter.next_generation() <= Generation(2));
    }
    let again = world.claim_of_drawn(0, 0, 2, &everybody(&world)).unwrap();
    world.settle(&again);
    world.serve_term(0);
}

/// Who is drawn and says nothing is taken out after so many deadlines, and the next one is drawn.
#[test]
fn the_drawn_one_is_silent() {
    let mut world = town(9, Mode::Derived, 66);
    let all = everybody(&world);
    let mut elections = world.elections(0, 0, 1, &all, |_, _| false);
    let first = world.draw(1, &all)[0];
    let rest = without(&world, &[first]);
    let second = world.draw(1, &rest)[0];
    for i in &rest {
        let election = &mut elections[*i];
        for _ in 0..TRIES {
            assert_eq!(election.deadline(), Ok(Verdict::Await(first as u32)));
        }
        let expected = if *i == second { Verdict::Claim } else { Verdict::Await(second as u32) };
        assert_eq!(election.deadline(), Ok(expected));
        assert_eq!(election.members(), world.set(&rest));
    }
    let claimed = world.make_claim(second, 0, 0, 1, &rest).unwrap();
    for i in rest.iter().filter(|i| **i != second) {
        world.follow(*i, 0, &claimed).unwrap();
    }
    // It was only slow: its claim of all is the better one, and all leave the other for it.
    let late = world.make_claim(first, 0, 0, 1, &all).unwrap();
    world.settle(&late);
    world.serve_term(0);
}

/// All that are drawn are silent until too few are left; then Hellos begin again, and nobody is held out for ever.
#[test]
fn everybody_that_is_drawn_is_silent() {
    let world = town(7, Mode::Derived, 67);
    let all = everybody(&world);
    let mut elections = world.elections(0, 0, 1, &all, |_, _| false);
    let me = (0..7)
        .find(|me| {
            let mut left = all.clone();
            (0..3).all(|_| {
                let drawn = world.draw(1, &left)[0];
                left.retain(|i| *i != drawn);
                drawn != *me
            })
        })
        .unwrap();
    let mut seen = Vec::new();
    let verdict = loop {
        match elections[me].deadline().unwrap() {
            Verdict::Await(position) => seen.push(position),
            other => break other,
        }
    };
    assert_eq!(verdict, Verdict::TooFew { have: 4, need: 5 });
    assert_eq!(seen.len(), 3 * usize::from(TRIES));
    assert_eq!(elections[me].drawn(), Ok(world.draw(1, &all)[0] as u32));
}

/// A claim that reaches some only: its ring does not form, all give it up, and the next generation has everybody.
#[test]
fn a_claim_that_is_lost_on_the_way() {
    let mut world = town(7, Mode::Derived, 68);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.supplier.claimed(round(0), &claimed.frame).unwrap();
    let unaware = without(&world, &[claimed.by])[2];
    for i in without(&world, &[unaware]) {
        world.follow(i, 0, &claimed).unwrap();
    }
    let mut forming = world.open(1, 0, &all).unwrap();
    let tokens: Vec<_> = forming.tokens().map(|(id, token)| (world.index(id), token.to_vec())).collect();
    for (i, token) in tokens {
        let joined = world.join(i, claimed.by, 0, &token);
        if i == unaware {
            assert_eq!(joined, Err(fault(claimed.claim.id, LinkFault::NotExpected)));
        } else {
            forming.accept(&joined.unwrap()).unwrap();
        }
    }
    let lead = &mut world.members[claimed.by].meter;
    assert_eq!(forming.close(lead).map(drop), Err(Error::Quorum { have: 6, need: 7 }));
    for i in &all {
        world.members[*i].meter.forsake();
    }
    world.supplier.forsake(round(0));
    // The one that had missed it would follow it late; the others know that it is over.
    let other = without(&world, &[claimed.by, unaware])[0];
    assert_eq!(world.follow(other, 0, &claimed), Err(fault(claimed.claim.id, Fault::WrongGeneration)));
    let next = all.iter().map(|i| world.members[*i].meter.next_generation()).max();
    assert_eq!(next, Some(Generation(2)));
    let again = world.claim_of_drawn(0, 0, 2, &all).unwrap();
    world.settle(&again);
    world.serve_term(0);
}

/// The concentrator falls silent in its term: nobody leaves it before the ring is known to be broken; then all
/// others elect, and go on without it.
#[test]
fn a_silent_concentrator_is_replaced() {
    for by_notice in [false, true] {
        let mut world = town_of_term(7, Mode::Derived, 5);
        let all = everybody(&world);
        let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
        world.settle(&claimed);
        world.right_round(0);
        // Round 1: the concentrator does not send.
        let mut collecting = world.supplier.open(round(1), round(1)).unwrap();
        for place in 1..7 {
            let sent = world.contribute(place, 1, &[5]).unwrap();
            collecting.accept(&sent).unwrap();
        }
        let notice = world.supplier.discard(&world.identity, collecting).unwrap().stored();
        let rest = without(&world, &[claimed.by]);
        let by = world.draw(2, &rest)[0];
        let early = world.make_claim(by, 1, 2, 2, &rest).map(drop);
        assert_eq!(early, Err(meter_link::Misuse::OutOfOrder.into()));
        for i in &rest {
            let meter = &mut world.members[*i].meter;
            if by_notice { meter.lost(round(1), &notice).unwrap() } else { meter.broken().unwrap() }
        }
        let mut elections = world.elections(1, 2, 2, &rest, |_, _| false);
        let verdicts: Vec<Verdict> = elections.iter_mut().map(|e| world.decide(e)).collect();
        assert_eq!(verdicts[rest.iter().position(|i| *i == by).unwrap()], Verdict::Claim);
        let claimed = world.make_claim(by, 1, 2, 2, &rest).unwrap();
        world.settle(&claimed);
        world.serve_term(2);
    }
}

/// A round that was sent in is not begun anew: the next generation starts behind it.
#[test]
fn the_next_generation_begins_after_what_was_sent() {
    let mut world = town_of_term(7, Mode::Derived, 5);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    world.right_round(0);
    let by = world.draw(2, &all)[0];
    let place = (0..7).find(|place| world.ring[*place] != by).unwrap();
    let sender = world.ring[place];
    world.contribute(place, 1, &[9]).unwrap();
    all.iter().for_each(|i| world.members[*i].meter.broken().unwrap());
    let again = world.make_claim(by, 1, 1, 2, &all).unwrap();
    assert_eq!(world.follow(sender, 1, &again), Err(fault(again.claim.id, Fault::TooEarly)));
    world.members[by].meter.forsake();
    let next = world.claim_of_drawn(1, 2, 3, &all).unwrap();
    // The supplier leaves its ring when it has lost a round too.
    let early = world.supplier.claimed(round(2), &next.frame);
    assert_eq!(early, Err(fault(next.claim.id, Fault::TooEarly)));
    let collecting = world.supplier.open(round(1), round(1)).unwrap();
    world.supplier.discard(&world.identity, collecting).unwrap().stored();
    world.settle(&next);
    world.serve_term(2);
}

/// Both halves of a group that was cut in two elect; when they meet, every meter has one seat, and the term's end brings one ring.
#[test]
fn two_concentrators_at_once() {
    let mut world = town(10, Mode::Derived, 69);
    let (left, right): (Vec<usize>, Vec<usize>) = everybody(&world).into_iter().partition(|i| i % 2 == 0);
    let a = world.claim_of_drawn(0, 0, 1, &left).unwrap();
    let b = world.claim_of_drawn(0, 0, 1, &right).unwrap();
    for claimed in [&a, &b] {
        for i in claimed.members.clone() {
            world.follow(i, 0, claimed).unwrap();
        }
        world.settle_unregistered(claimed);
    }
    // The supplier takes one of the two: the better claim's.
    let mut claims = [&a, &b];
    claims.sort_by_key(|claimed| claimed.claim.draw);
    let [better, worse] = claims;
    world.supplier.claimed(round(0), &better.frame).unwrap();
    let refused = world.supplier.claimed(round(0), &worse.frame);
    assert_eq!(refused, Err(fault(worse.claim.id, LinkFault::NotExpected)));
    // Nobody leaves its ring in its term for one of all.
    let all = everybody(&world);
    let early = world.claim_of_drawn(1, 1, 2, &all).map(drop);
    assert_eq!(early, Err(meter_link::Misuse::OutOfOrder.into()));
    // Whoever's rounds give nothing finds its ring broken; then there is one for all.
    all.iter().for_each(|i| world.members[*i].meter.broken().unwrap());
    world.supplier.forsake(round(1));
    let one = world.claim_of_drawn(1, 1, 2, &all).unwrap();
    world.settle(&one);
    world.serve_term(1);
}
