//! What is heard, and what is not.

use cmt_ring::election::{Heard, Hello, Roll, Verdict};
use cmt_ring::{Claim, Fault, Generation, Malformed, Misuse, Mode};
use meter_link::{Fault as LinkFault, Misuse as LinkMisuse};

use crate::fault;
use crate::ring::round;
use crate::town::{everybody, town, town_of_term, without};

#[test]
fn hellos_of_other_elections() {
    let world = town(7, Mode::Derived, 50);
    let mut election = world.election(0, 1, 1, 3).unwrap();
    let roll = Roll::new(&world.view);
    let (sender, id) = (world.listing(4), world.listing(4).member.id);
    let mut hear = |from, g| {
        let hello = world.hello(4, 1, from, g).unwrap();
        election.hear(round(1), &roll, &sender, &hello)
    };
    assert_eq!(hear(1, 2), Err(fault(id, Fault::WrongGeneration)));
    assert_eq!(hear(0, 3), Err(fault(id, LinkFault::WrongRound)));
    assert_eq!(hear(2, 3), Ok(Heard::Elsewhere(Generation(3), round(2))));
    assert_eq!(hear(1, 4), Ok(Heard::Elsewhere(Generation(4), round(1))));
    assert_eq!(hear(1, 3), Ok(Heard::New));
    assert_eq!(hear(1, 3), Ok(Heard::Known));
    // Nobody says what is too far ahead for all: 64 above the rounds that have gone by.
    assert!(world.hello(4, 1, 1, 65).is_ok());
    assert_eq!(world.hello(4, 1, 1, 66), Err(Misuse::GenerationUsed.into()));
}

/// Every byte of a Hello is under the signature, or the licence's.
#[test]
fn a_hello_with_a_changed_byte() {
    let world = town(5, Mode::Derived, 51);
    let mut election = world.election(0, 0, 0, 1).unwrap();
    let roll = Roll::new(&world.view);
    let good = world.hello(1, 0, 0, 1).unwrap();
    let sender = world.listing(1);
    for byte in 0..good.len() {
        for bit in [1, 0x80] {
            let mut bad = good;
            bad[byte] ^= bit;
            assert!(election.hear(round(0), &roll, &sender, &bad).is_err(), "byte {byte}");
        }
    }
    for len in 0..good.len() {
        assert!(election.hear(round(0), &roll, &sender, &good[..len]).is_err());
    }
    let long = [&good[..], &[0]].concat();
    assert!(election.hear(round(0), &roll, &sender, &long).is_err());
    let other = world.listing(2);
    assert_eq!(election.hear(round(0), &roll, &other, &good), Err(LinkMisuse::UnknownParty.into()));
    assert_eq!(
        Hello::verify(&world.view, round(3), &sender, &good).map(drop),
        Err(fault(sender.member.id, LinkFault::RoundFarFromNow))
    );
    let claim = [0u8; 0];
    assert_eq!(
        Hello::verify(&world.view, round(0), &sender, &claim).map(drop),
        Err(Malformed::Truncated.into())
    );
    assert_eq!(election.members().count(), 1);
}

/// A meter that the last generation left out is not heard with the licence of before, and is with the next one.
#[test]
fn a_void_licence_is_not_heard() {
    let mut world = town_of_term(7, Mode::Derived, 3);
    let (out, six) = (3, without(&world, &[3]));
    let claimed = world.claim_of_drawn(1, 1, 1, &six).unwrap();
    world.settle(&claimed);
    let until = world.serve_term(1);
    let mut roll = Roll::new(&world.view);
    let concentrator = world.listing(claimed.by);
    let (claim, members) = Claim::verify(&world.params, &world.view, &concentrator, &claimed.frame).unwrap();
    roll.formed(&claim, &members);

    let mut election = world.election(0, until, until, 2).unwrap();
    let (sender, id) = (world.listing(out), world.listing(out).member.id);
    let hello = world.hello(out, until, until, 2).unwrap();
    assert_eq!(election.hear(round(until), &roll, &sender, &hello), Err(fault(id, Fault::BadLicence)));
    // The supplier goes by the same rule: a claim with that meter is refused.
    let all = everybody(&world);
    let with_it = world.claim_of_drawn(until, until, 2, &all).unwrap();
    assert_eq!(world.supplier.claimed(round(until), &with_it.frame), Err(fault(id, Fault::BadLicence)));

    world.get_licence(out, until).unwrap();
    let hello = world.hello(out, until, until, 2).unwrap();
    assert_eq!(election.hear(round(until), &roll, &sender, &hello), Ok(Heard::New));
    assert!(world.supplier.claimed(round(until), &with_it.frame).is_ok());

    // So with one that a healing cut.
    let mut roll = Roll::new(&world.view);
    roll.cut(out as u32, round(until + 1));
    assert_eq!(election.hear(round(until), &roll, &sender, &hello), Err(fault(id, Fault::BadLicence)));
}

/// What one meter does not hear, the others' claim has: the fuller one wins.
#[test]
fn lost_hellos_make_smaller_claims() {
    let mut world = town(8, Mode::Derived, 52);
    let all = everybody(&world);
    // Of two that are deaf to one other, one is drawn for what it hears.
    let deaf = (0..8).find_map(|out| {
        let by = world.draw(1, &without(&world, &[out]))[0];
        (by != world.draw(1, &all)[0]).then_some((by, out))
    });
    let (by, out) = deaf.unwrap();
    let mut elections = world.elections(0, 0, 1, &all, |from, to| from == out && to == by);
    assert_eq!(world.decide(&mut elections[by]), Verdict::Claim);
    assert_eq!(elections[by].members(), world.set(&without(&world, &[out])));
    let best = world.draw(1, &all)[0];
    assert_eq!(world.decide(&mut elections[best]), Verdict::Claim);
    let small = world.make_claim(by, 0, 0, 1, &without(&world, &[out])).unwrap();
    let full = world.make_claim(best, 0, 0, 1, &all).unwrap();
    for i in without(&world, &[out, best]) {
        world.follow(i, 0, &small).unwrap();
        world.follow(i, 0, &full).unwrap();
        assert_eq!(world.follow(i, 0, &small), Err(fault(small.claim.id, LinkFault::NotExpected)));
    }
    // The claimant of the smaller one has left it for the other too.
    assert_eq!(world.members[by].meter.followed(), Some(&full.claim));
    world.settle(&full);
    world.serve_term(0);
}
