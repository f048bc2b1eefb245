//! Who wants to be concentrator, and what it takes: docs/election.md.

use cmt_ring::election::{Heard, Roll, Verdict, drawn};
use cmt_ring::{Claim, Fault, Generation, Misuse, Mode};
use meter_link::frame::{Kind, Writer};
use meter_link::{Fault as LinkFault, set};

use crate::adversary::forged_token;
use crate::fault;
use crate::ring::{World, round};
use crate::town::{Claimed, everybody, town, town_of_term, without};

/// A claim that nobody checked before it was signed.
pub(crate) fn signed(world: &World, by: usize, from: u32, g: u32, members: &[usize]) -> Vec<u8> {
    let header = world.view.header(Kind::Claim, 0, world.listing(by).member.id, round(from));
    let marks: Vec<bool> = (0..world.members.len()).map(|i| members.contains(&i)).collect();
    let mut out = vec![0u8; Claim::max_len(world.members.len() as u32)];
    let mut writer = Writer::frame(&mut out, &header).unwrap();
    writer.u32(g).unwrap();
    set::write(&mut writer, &marks).unwrap();
    writer.finish_signed(&header, &world.members[by].identity, &world.view.scope()).unwrap().to_vec()
}

/// The same where the claim is valid, as it is handed about.
pub(crate) fn valid(world: &World, by: usize, from: u32, g: u32, members: &[usize]) -> Claimed {
    let frame = signed(world, by, from, g, members);
    let (claim, _) = Claim::verify(&world.params, &world.view, &world.listing(by), &frame).unwrap();
    Claimed { by, claim, members: members.to_vec(), frame }
}

/// A set of `size` members with which the draw makes `by` concentrator, if there is one: so many are left out below it, the
/// rest above.
pub(crate) fn solved(world: &World, by: usize, g: u32, size: usize) -> Option<Vec<usize>> {
    let count = world.members.len();
    let everybody: Vec<usize> = (0..size).collect();
    let rank = world.draw(g, &everybody)[0];
    let (below, above) = (by.checked_sub(rank)?, (count - 1 - by).checked_sub(size - 1 - rank)?);
    assert_eq!(below + above, count - size);
    Some((below..count - above).collect())
}

/// The meter with the lowest id says that it is concentrator, of a ring whose draw says another.
#[test]
fn a_low_id_that_wants_the_role() {
    let mut world = town(8, Mode::Derived, 80);
    let all = everybody(&world);
    let low = 0;
    let id = world.listing(low).member.id;
    let others: Vec<u32> = (1..64).filter(|g| world.draw(*g, &all)[0] != low).collect();
    for g in others {
        let frame = signed(&world, low, 0, g, &all);
        let claimant = world.listing(low);
        let refused = world.members[3].meter.follow(round(0), &claimant, &frame);
        assert_eq!(refused, Err(fault(id, Fault::NotConcentrator)));
        assert_eq!(world.supplier.claimed(round(0), &frame), Err(fault(id, Fault::NotConcentrator)));
    }
    // In another's name it is not signed.
    let drawn = world.draw(1, &all)[0];
    let mut frame = signed(&world, low, 0, 1, &all);
    frame[8..12].copy_from_slice(&world.listing(drawn).member.id.0.to_le_bytes());
    let claimant = world.listing(drawn);
    let refused = world.members[3].meter.follow(round(0), &claimant, &frame);
    assert_eq!(refused, Err(fault(claimant.member.id, LinkFault::BadSignature)));
    // A low id is drawn as often as every other.
    let mut roles = [0u32; 8];
    (1..=4_000).for_each(|g| roles[world.draw(g, &all)[0]] += 1);
    assert!(roles.iter().all(|times| (400..600).contains(times)), "{roles:?}");
}

/// The same with a set that gives it place 0, by leaving others out: it loses against the claim of all.
#[test]
fn a_set_that_gives_oneself_the_role() {
    let mut world = town(24, Mode::Derived, 81);
    let all = everybody(&world);
    let full = world.draw(1, &all)[0];
    for by in without(&world, &[full]) {
        let own = (5..24).rev().find_map(|size| solved(&world, by, 1, size));
        let Some(members) = own else { continue };
        let small = valid(&world, by, 0, 1, &members);
        let honest = valid(&world, full, 0, 1, &all);
        assert!(honest.claim.beats(&small.claim) && !small.claim.beats(&honest.claim));
        // In either order the honest one is what meters and supplier go by.
        let (first, second) = (members[0], members[1]);
        world.follow(first, 0, &small).unwrap();
        world.follow(first, 0, &honest).unwrap();
        world.follow(second, 0, &honest).unwrap();
        assert_eq!(world.follow(second, 0, &small), Err(fault(small.claim.id, LinkFault::NotExpected)));
        let mut fresh = town(24, Mode::Derived, 81);
        fresh.supplier.claimed(round(0), &small.frame).unwrap();
        fresh.supplier.claimed(round(0), &honest.frame).unwrap();
        let again = fresh.supplier.claimed(round(0), &small.frame);
        assert_eq!(again, Err(fault(small.claim.id, LinkFault::NotExpected)));
        world = town(24, Mode::Derived, 81);
    }
}

/// A claim to a generation ahead, which was chosen for its draw: of 64 there are nearly always some. It is left for the honest
/// claim to the next generation.
#[test]
fn a_generation_that_gives_oneself_the_role() {
    let mut world = town(24, Mode::Derived, 82);
    let all = everybody(&world);
    let honest_by = world.draw(1, &all)[0];
    let by = without(&world, &[honest_by])[5];
    let g = (2..=64).find(|g| world.draw(*g, &all)[0] == by).unwrap();
    let ahead = valid(&world, by, 0, g, &all);
    let honest = valid(&world, honest_by, 0, 1, &all);
    for i in without(&world, &[by, honest_by]) {
        world.follow(i, 0, &ahead).unwrap();
        world.follow(i, 0, &honest).unwrap();
        assert_eq!(world.follow(i, 0, &ahead), Err(fault(ahead.claim.id, LinkFault::NotExpected)));
    }
    // Further ahead than the window nobody looks at it.
    let far = (65..).find(|g| world.draw(*g, &all)[0] == by).unwrap();
    let far = valid(&world, by, 0, far, &all);
    let mut other = town(24, Mode::Derived, 82);
    assert_eq!(other.follow(honest_by, 0, &far), Err(fault(far.claim.id, Fault::WrongGeneration)));
    assert_eq!(
        other.supplier.claimed(round(0), &far.frame),
        Err(fault(far.claim.id, Fault::WrongGeneration))
    );
}

/// A claim before the present term is over, by whomever.
#[test]
fn a_claim_ahead_of_the_term() {
    let mut world = town_of_term(8, Mode::Derived, 5);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    let until = world.supplier.until().unwrap().to_u32();
    for r in 0..until {
        world.right_round(r);
        for g in 2..12 {
            let by = world.draw(g, &all)[0];
            for from in r..until.min(r + 3) {
                let early = valid(&world, by, from, g, &all);
                let refused = Err(fault(early.claim.id, Fault::TooEarly));
                for i in &all {
                    assert_eq!(world.follow(*i, r, &early), refused);
                }
                assert_eq!(world.supplier.claimed(round(r), &early.frame), refused);
            }
        }
    }
    let next = world.claim_of_drawn(until, until, 2, &all).unwrap();
    world.settle(&next);
    world.serve_term(until);
}

/// A concentrator that begins its ring again and again, for other sets and neighbours. As long as the ring works nobody goes
/// along. It can break its ring; then each restart costs it a lost round, a generation whose draw it does not choose, and everybody knows.
#[test]
fn endless_restarts_by_the_same_concentrator() {
    let mut world = town_of_term(8, Mode::Derived, 6);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    let by = claimed.by;
    let restarts = |world: &World, g: u32| (5..8).rev().find_map(|size| solved(world, by, g, size));
    for g in 2..8 {
        let Some(members) = restarts(&world, g) else { continue };
        let again = valid(&world, by, 1, g, &members);
        for i in members.iter().filter(|i| **i != by) {
            assert_eq!(world.follow(*i, 0, &again), Err(fault(again.claim.id, Fault::TooEarly)));
        }
        assert_eq!(
            world.supplier.claimed(round(0), &again.frame),
            Err(fault(again.claim.id, Fault::TooEarly))
        );
    }
    // It breaks round 0. Its restart with a set that suits it loses against whoever is drawn among all.
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    world.supplier.discard(&world.identity, collecting).unwrap().stored();
    all.iter().for_each(|i| world.members[*i].meter.broken().unwrap());
    let g = (2..).find(|g| world.draw(*g, &all)[0] != by && restarts(&world, *g).is_some()).unwrap();
    let honest_by = world.draw(g, &all)[0];
    let members = restarts(&world, g).unwrap();
    let (again, honest) = (valid(&world, by, 1, g, &members), valid(&world, honest_by, 1, g, &all));
    for i in members.iter().filter(|i| **i != by && **i != honest_by) {
        world.follow(*i, 0, &again).unwrap();
        world.follow(*i, 0, &honest).unwrap();
    }
    // Given up once, a claimant is not followed again, whatever it claims, until the meter has a place elsewhere.
    for i in all.iter().filter(|i| **i != honest_by) {
        let _ = world.follow(*i, 0, &honest);
        world.members[*i].meter.forsake();
        let later = (g + 1..).find(|g| world.draw(*g, &all)[0] == honest_by).unwrap();
        let later = valid(&world, honest_by, 1, later, &all);
        assert_eq!(world.follow(*i, 0, &later), Err(fault(later.claim.id, LinkFault::NotExpected)));
    }
}

/// Hellos for later generations move nobody: the meter is told, and its election goes on as it was.
#[test]
fn generation_numbers_that_are_burnt() {
    let mut world = town(8, Mode::Derived, 89);
    let all = everybody(&world);
    let i = without(&world, &[world.draw(1, &all)[0]])[0];
    let burner = without(&world, &[i, world.draw(1, &all)[0]])[0];
    let mut election = world.election(i, 0, 0, 1).unwrap();
    let roll = Roll::new(&world.view);
    for g in 2..=64 {
        let hello = world.hello(burner, 0, 0, g).unwrap();
        let heard = election.hear(round(0), &roll, &world.listing(burner), &hello);
        assert_eq!(heard, Ok(Heard::Elsewhere(Generation(g), round(0))));
    }
    assert_eq!(world.hello(burner, 0, 0, 65), Err(Misuse::GenerationUsed.into()));
    assert_eq!((election.generation(), election.members().count()), (Generation(1), 1));
    for other in without(&world, &[i]) {
        let hello = world.hello(other, 0, 0, 1).unwrap();
        election.hear(round(0), &roll, &world.listing(other), &hello).unwrap();
    }
    assert_eq!(election.deadline(), Ok(Verdict::Await(world.draw(1, &all)[0] as u32)));

    // A claim far ahead that never becomes a ring closes no number when it is given up, and its claimant is done.
    let ahead = (2..65).rev().find(|g| world.draw(*g, &all)[0] == burner).unwrap();
    let claim = valid(&world, burner, 0, ahead, &all);
    let honest = valid(&world, world.draw(1, &all)[0], 0, 1, &all);
    let [patient, hasty] = [i, without(&world, &[i, burner, honest.by])[0]];
    for meter in [patient, hasty] {
        world.follow(meter, 0, &claim).unwrap();
        assert_eq!(
            world.members[meter].meter.next_generation(),
            Generation(1),
            "worth an election all the same"
        );
    }
    world.follow(patient, 0, &honest).unwrap();
    world.members[hasty].meter.forsake();
    let lower = (2..ahead).rev().find(|g| world.draw(*g, &all)[0] == burner).unwrap();
    let lower = valid(&world, burner, 0, lower, &all);
    assert_eq!(world.follow(hasty, 0, &lower), Err(fault(claim.claim.id, LinkFault::NotExpected)));
    world.follow(hasty, 0, &honest).unwrap();
}

/// A member whose Tokens nobody has to answer: each takes those who join it up to the highest number that there is. What
/// is left of numbers is the same for all parties, and each round brings a new one: the honest claim of that one is
/// good for the supplier and for everybody who was led ahead.
#[test]
fn tokens_that_lead_ahead_cost_a_round() {
    let mut world = town(8, Mode::Derived, 91);
    let all = everybody(&world);
    let burner = 3;
    let others = without(&world, &[burner]);
    let top = (1..=64).rev().find(|g| world.draw(*g, &all)[0] == burner).unwrap();
    let claim = valid(&world, burner, 0, top, &all);
    for i in &others {
        world.follow(*i, 0, &claim).unwrap();
        let token = forged_token(&world, burner, *i, top);
        world.join(*i, burner, 0, &token).unwrap();
        world.members[*i].meter.forsake();
        assert_eq!(world.members[*i].meter.next_generation(), Generation(top + 1));
    }
    // Nothing above the window of its round, whoever claims it and whatever was joined.
    let high = (65..).find(|g| world.draw(*g, &others)[0] != burner).unwrap();
    let too_high = valid(&world, world.draw(high, &others)[0], 0, high, &others);
    let refused = Err(fault(too_high.claim.id, Fault::WrongGeneration));
    let other = others.iter().copied().find(|i| *i != too_high.by).unwrap();
    assert_eq!(world.follow(other, 0, &too_high), refused);
    // As soon as there is a number, there is a ring of the others.
    let from = (top + 1).saturating_sub(64);
    let honest = world.claim_of_drawn(from, from, top + 1, &others).unwrap();
    world.settle(&honest);
    world.right_round(from);
}

/// One claimant forms two rings of one generation at once, with a claim for each: the supplier takes the one.
#[test]
fn two_rings_of_one_claimant() {
    let mut world = town(12, Mode::Derived, 90);
    let all = everybody(&world);
    let mut found = None;
    for g in 1..64 {
        let by = world.draw(g, &all[..6])[0];
        // The claimant with five of the rest, drawn again.
        let rest: Vec<usize> = (6..12).collect();
        found = rest.iter().find_map(|out| {
            let mut set: Vec<usize> = rest.iter().copied().filter(|i| i != out).chain([by]).collect();
            set.sort_unstable();
            (world.draw(g, &set)[0] == by).then_some((g, by, set))
        });
        if found.is_some() {
            break;
        }
    }
    let (g, by, second) = found.unwrap();
    let first: Vec<usize> = all[..6].to_vec();
    let (a, b) = (valid(&world, by, 0, g, &first), valid(&world, by, 0, g, &second));
    for claim in [&a, &b] {
        for i in claim.members.iter().filter(|i| **i != by) {
            world.follow(*i, 0, claim).unwrap();
        }
    }
    // Its own code forms both; there is one GroupKey that the supplier takes.
    world.supplier.claimed(round(0), &a.frame).unwrap();
    let refused = world.supplier.claimed(round(0), &b.frame);
    assert_eq!(refused, Err(fault(a.claim.id, LinkFault::Contradiction)));
    world.follow(by, 0, &a).unwrap();
    world.settle_followed(&a);
    let twin = world.supplier.claimed(round(0), &b.frame);
    assert_eq!(twin, Err(fault(a.claim.id, Fault::WrongGeneration)));
    world.serve_term(0);
}

/// A concentrator hands over a generation that it chose: among 64 there is nearly always one whose draw makes its accomplice the
/// next. The member that is drawn of the present members for the *next* generation claims that one, asked or not, and is followed.
#[test]
fn a_hand_over_to_an_accomplice() {
    let mut world = town_of_term(24, Mode::Derived, 3);
    let all = everybody(&world);
    let claimed = world.claim_of_drawn(0, 0, 1, &all).unwrap();
    world.settle(&claimed);
    let until = world.serve_term(0);
    let honest_by = drawn(world.view.epoch(), Generation(2), &world.set(&all)).unwrap() as usize;
    let accomplice = without(&world, &[claimed.by, honest_by])[7];
    let suits = (3..=65).find(|g| world.draw(*g, &all)[0] == accomplice).unwrap();
    let handed = world.make_claim(accomplice, until, until, suits, &all).unwrap();
    for i in without(&world, &[honest_by]) {
        world.follow(i, until, &handed).unwrap();
    }
    let honest = world.make_claim(honest_by, until, until, 2, &all).unwrap();
    world.settle(&honest);
    world.serve_term(until);
}
