//! From no ring to a ring, and newcomers.

use cmt_ring::election::{Heard, Hello, Roll, Verdict};
use cmt_ring::{Claim, Generation, Misuse, Mode};
use meter_link::{Fault as LinkFault, Misuse as LinkMisuse};

use crate::fault;
use crate::ring::{Member, World, round};
use crate::town::{TRIES, everybody, town, town_of_term, with_terms, without};

/// Nobody is licensed, nobody knows of a ring: licences, Hellos, one claim, a ring, a term.
#[test]
fn unlicensed_meters_form_their_first_ring() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = World::with(with_terms(mode), 7, 40);
        assert_eq!(world.hello(0, 0, 1, 1), Err(Misuse::NotLicensed.into()));
        let all = everybody(&world);
        for i in &all {
            world.get_licence(*i, 0).unwrap();
        }
        let mut elections = world.elections(0, 1, 1, &all, |_, _| false);
        let verdicts: Vec<Verdict> = elections.iter_mut().map(|e| e.deadline().unwrap()).collect();
        let drawn = world.draw(1, &all)[0];
        for (i, verdict) in verdicts.iter().enumerate() {
            let expected = if i == drawn { Verdict::Claim } else { Verdict::Await(drawn as u32) };
            assert_eq!(*verdict, expected);
        }
        assert_eq!(elections[drawn].members(), world.set(&all));
        let claimed = world.make_claim(drawn, 0, 1, 1, &all).unwrap();
        world.settle(&claimed);
        let until = world.serve_term(1);
        assert!(until > 1);

        // The term is over for the supplier, and for each member by itself.
        let over = Misuse::TermOver;
        assert_eq!(world.supplier.open(round(until), round(until)).map(drop), Err(over.into()));
        if mode == Mode::Derived {
            for place in 0..7 {
                assert_eq!(world.contribute(place, until, &[1]), Err(over.into()));
            }
        } else {
            assert_eq!(world.relay(3, until, &[1], &[]), Err(over.into()));
            assert_eq!(world.start(until, &[1], &[]), Err(over.into()));
        }
    }
}

/// A meter without heap says Hello, and follows; it needs no election of its own.
#[test]
fn a_follower_needs_no_election() {
    let mut world = town(6, Mode::Derived, 41);
    let all = everybody(&world);
    let drawn = world.draw(1, &all)[0];
    let mut election = world.election(drawn, 0, 0, 1).unwrap();
    let roll = Roll::new(&world.view);
    for i in without(&world, &[drawn]) {
        let hello = world.hello(i, 0, 0, 1).unwrap();
        election.hear(round(0), &roll, &world.listing(i), &hello).unwrap();
    }
    assert_eq!(election.deadline(), Ok(Verdict::Claim));
    let claimed = world.make_claim(drawn, 0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    world.serve_term(0);
}

/// Six have a ring; the seventh asks, learns when its term ends, and is in the next one.
#[test]
fn a_newcomer_discovers_the_running_ring() {
    let mut world = town_of_term(7, Mode::Derived, 5);
    let new = 2;
    let six = without(&world, &[new]);
    let claimed = world.claim_of_drawn(0, 0, 1, &six).unwrap();
    world.settle(&claimed);
    let until = world.supplier.until().unwrap().to_u32();
    (0..3).for_each(|r| world.right_round(r));

    // Its licence is void since it was left out: it gets another one, and asks. The concentrator answers with its claim, which it kept.
    world.get_licence(new, 3).unwrap();
    let Member { meter, identity, .. } = &world.members[new];
    let question = meter.discover(identity, &world.listing(new), round(3)).unwrap();
    let asked = Hello::verify(&world.view, round(3), &world.listing(new), &question).unwrap();
    assert_eq!(asked.generation, Hello::DISCOVERY);
    let concentrator = world.listing(claimed.by);
    let (present, members) =
        Claim::verify(&world.params, &world.view, &concentrator, &claimed.frame).unwrap();
    assert_eq!((present.generation, present.until), (Generation(1), round(until)));
    assert!(!members.contains(new as u32));
    // It is nobody's to follow any more, nor the newcomer's ever.
    let refused = world.follow(new, 3, &claimed);
    assert_eq!(refused, Err(fault(claimed.claim.id, LinkFault::NotInSet)));

    (3..until).for_each(|r| world.right_round(r));
    let all = everybody(&world);
    let mut roll = Roll::new(&world.view);
    roll.formed(&present, &members);
    let mut elections = world.elections(until - 1, until, 2, &all, |_, _| false);
    let hello = world.hello(new, until, until, 2).unwrap();
    assert_eq!(elections[0].hear(round(until), &roll, &world.listing(new), &hello), Ok(Heard::Known));
    let drawn = world.draw(2, &all)[0];
    assert_eq!(elections[drawn].deadline(), Ok(Verdict::Claim));
    let claimed = world.make_claim(drawn, until - 1, until, 2, &all).unwrap();
    world.settle(&claimed);
    world.serve_term(until);
}

/// A meter that nobody answers repeats its Hello so many times as was set, then says how many are missing, and begins again.
#[test]
fn so_many_tries() {
    let world = town(8, Mode::Derived, 43);
    let few = [0, 3, 4, 6];
    let mut elections = world.elections(0, 0, 1, &few, |_, _| false);
    for _ in 0..3 {
        for election in &mut elections {
            for _ in 1..TRIES {
                assert_eq!(election.deadline(), Ok(Verdict::Repeat));
            }
            assert_eq!(election.deadline(), Ok(Verdict::TooFew { have: 4, need: 5 }));
        }
    }
    // The fifth comes.
    let five = [0, 1, 3, 4, 6];
    elections.insert(1, world.election(1, 0, 0, 1).unwrap());
    world.spread(0, &five, &mut elections, |_, _| false);
    let drawn = world.draw(1, &five)[0];
    for (i, election) in five.iter().zip(&mut elections) {
        let expected = if *i == drawn { Verdict::Claim } else { Verdict::Await(drawn as u32) };
        assert_eq!(world.decide(election), expected);
    }
}

/// The same Hello is the same bytes, whenever it is sent.
#[test]
fn a_hello_is_one_frame() {
    let world = town(5, Mode::Derived, 44);
    let hello = world.hello(2, 1, 2, 1).unwrap();
    assert_eq!(hello.len(), 156);
    assert_eq!(world.hello(2, 0, 2, 1).unwrap(), hello);
    assert_eq!(world.election(2, 2, 2, 1).unwrap().hello(), &hello);
    assert_eq!(world.hello(2, 5, 2, 1), Err(LinkMisuse::RoundFarFromNow.into()));
}
