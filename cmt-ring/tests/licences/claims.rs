//! Which claims the supplier takes, and whose GroupKey then.

use cmt_ring::{Claim, Error, Fault, Generation, Misuse, Mode};
use meter_link::{Fault as LinkFault, PartyId};

use crate::desk::{all, desk};
use crate::ring::{World, round};

fn claimed(world: &mut World, now: u32, frame: &[u8]) -> Result<Claim, Error> {
    world.supplier.claimed(round(now), frame)
}

fn without(world: &World, out: &[usize]) -> Vec<usize> {
    all(world).into_iter().filter(|i| !out.contains(i)).collect()
}

#[test]
fn a_claimed_ring_runs_until_its_term_is_over() {
    let mut world = desk(7, 1);
    world.license_all(0);
    let everybody = all(&world);
    let hand = world.begin(1, 1, &everybody);
    let until = world.until(1, 1);
    assert_eq!(world.supplier.until(), Some(round(until)));
    for r in 1..until {
        assert_eq!(world.hand_round(&hand, r, &[]), None);
    }
    let over = world.supplier.open(round(until), round(until)).map(drop);
    assert_eq!(over, Err(Misuse::TermOver.into()));
    let hand = world.begin(2, until, &everybody);
    assert_eq!(world.hand_round(&hand, until, &[]), None);
    assert_eq!(world.supplier.generation(), Some(Generation(2)));
}

/// The rules of `Claim::verify` and the licences, before the supplier's own.
#[test]
fn claims_of_who_may_not() {
    let mut world = desk(8, 2);
    for index in without(&world, &[5]) {
        world.licensed(index, 0, 1).unwrap();
    }
    let everybody = world.claim(1, 0, &all(&world));
    assert_eq!(claimed(&mut world, 0, &everybody), Err(Fault::BadLicence.of(world.id(5))));
    let seven = without(&world, &[5]);
    let good = world.claim(1, 0, &seven);
    let id = world.id(world.drawn(1, &seven));
    for (now, error) in [(3, Err(LinkFault::RoundFarFromNow.of(id).into())), (2, Ok(()))] {
        assert_eq!(claimed(&mut world, now, &good).map(drop), error);
    }
    let ahead = world.claim(1 + 64, 0, &seven);
    let id = world.id(world.drawn(65, &seven));
    assert_eq!(claimed(&mut world, 0, &ahead), Err(Fault::WrongGeneration.of(id)));
    let mut stranger = good.clone();
    stranger[8..12].copy_from_slice(&77u32.to_le_bytes());
    assert_eq!(claimed(&mut world, 0, &stranger), Err(LinkFault::UnknownSender.of(PartyId(77)).into()));
    for byte in 0..good.len() {
        let mut bad = good.clone();
        bad[byte] ^= 1;
        assert!(claimed(&mut world, 0, &bad).is_err(), "byte {byte}");
    }
    assert_eq!(claimed(&mut world, 0, &[]), Err(cmt_ring::Malformed::Truncated.into()));
    // A group without terms knows no claims.
    let mut plain = World::new(6, Mode::Derived, 1, 2);
    assert_eq!(plain.supplier.claimed(round(0), &good), Err(Misuse::NoTerms.into()));
}

#[test]
fn the_better_claim_stays() {
    let mut world = desk(8, 3);
    world.license_all(0);
    let everybody = all(&world);
    let best = world.claim(1, 0, &everybody);
    let lead = world.drawn(1, &everybody);
    // Rings of seven whose claimant is another meter.
    let others: Vec<(usize, Vec<u8>)> = everybody
        .iter()
        .map(|out| without(&world, &[*out]))
        .filter(|set| world.drawn(1, set) != lead)
        .map(|set| (world.drawn(1, &set), world.claim(1, 0, &set)))
        .collect();
    assert!(others.len() > 1);
    let mut held: Option<Claim> = None;
    for (claimant, frame) in &others {
        let entry = world.entry(*claimant);
        let (claim, _) = Claim::verify(&world.params, &world.view, &entry, frame).unwrap();
        let expected = match &held {
            Some(held) if held.contradicts(&claim) => Err(LinkFault::Contradiction.of(claim.id).into()),
            Some(held) if *held != claim && !claim.beats(held) => {
                Err(LinkFault::NotExpected.of(claim.id).into())
            }
            _ => {
                held = Some(claim);
                Ok(claim)
            }
        };
        assert_eq!(claimed(&mut world, 0, frame), expected);
    }
    let claim = claimed(&mut world, 0, &best).unwrap();
    assert_eq!((claim.id, claim.count), (world.id(lead), 8));
    assert_eq!(claimed(&mut world, 0, &best), Ok(claim));
    for (claimant, frame) in &others {
        let error = LinkFault::NotExpected.of(world.id(*claimant)).into();
        assert_eq!(claimed(&mut world, 0, frame), Err(error));
    }
    // Whose claim was outdone registers nothing.
    let (claimant, _) = others[0];
    let hand = world.hand(1, 0, claimant, 7);
    let refused = world.supplier.register(round(0), hand.lead, &hand.group_key);
    assert_eq!(refused, Err(Fault::NotConcentrator.of(hand.lead)));
    let hand = world.hand(1, 0, lead, 8);
    assert_eq!(world.supplier.register(round(0), hand.lead, &hand.group_key), Ok(Generation(1)));
}

/// The GroupKey is of the claim, or nothing.
#[test]
fn a_group_key_without_its_claim() {
    let mut world = desk(8, 4);
    world.license_all(0);
    let everybody = all(&world);
    let lead = world.drawn(1, &everybody);
    let hand = world.hand(1, 0, lead, 8);
    let register = |world: &mut World, hand: &crate::desk::Hand| {
        world.supplier.register(round(0), hand.lead, &hand.group_key)
    };
    assert_eq!(register(&mut world, &hand), Err(Fault::NotConcentrator.of(hand.lead)));
    let claim = world.claim(1, 0, &everybody);
    claimed(&mut world, 0, &claim).unwrap();
    let fewer = world.hand(1, 0, lead, 7);
    assert_eq!(register(&mut world, &fewer), Err(Fault::WrongMembers.of(fewer.lead)));
    let later = world.hand(1, 1, lead, 8);
    assert_eq!(register(&mut world, &later), Err(LinkFault::WrongRound.of(later.lead).into()));
    let next = world.hand(2, 0, lead, 8);
    assert_eq!(register(&mut world, &next), Err(Fault::NotConcentrator.of(next.lead)));
    assert_eq!(register(&mut world, &hand), Ok(Generation(1)));
    assert_eq!(register(&mut world, &hand), Ok(Generation(1)));
    // The claim is spent with it.
    assert_eq!(claimed(&mut world, 0, &claim), Err(Fault::WrongGeneration.of(hand.lead)));
}

/// Nobody's claim ends a term, unless the ring has lost a round.
#[test]
fn a_claim_comes_when_the_term_is_over_or_the_ring_broken() {
    let mut world = desk(7, 5);
    world.license_all(0);
    let everybody = all(&world);
    let first = (1..9).find(|g| world.until(*g, 0) > 4).unwrap();
    let hand = world.begin(first, 0, &everybody);
    let until = world.until(first, 0);
    let g = first + 1;
    let lead = world.id(world.drawn(g, &everybody));
    let early = world.claim(g, until - 1, &everybody);
    assert_eq!(claimed(&mut world, until - 1, &early), Err(Fault::TooEarly.of(lead)));
    let due = world.claim(g, until, &everybody);
    let held = claimed(&mut world, until - 2, &due).unwrap();
    assert_eq!(world.supplier.forsake(round(until - 2)), Some(held));
    // A round is lost: what was too early is not.
    assert!(world.hand_round(&hand, 1, &[2]).is_some());
    let now = world.claim(g + 1, 2, &everybody);
    claimed(&mut world, 2, &now).unwrap();
    let hand = world.hand(g + 1, 2, world.drawn(g + 1, &everybody), 7);
    world.supplier.register(round(2), hand.lead, &hand.group_key).unwrap();
    // And the new ring has its own term, whatever was claimed before it began.
    let again = world.claim(g + 2, 3, &everybody);
    let lead = world.id(world.drawn(g + 2, &everybody));
    assert_eq!(claimed(&mut world, 3, &again), Err(Fault::TooEarly.of(lead)));
}

/// A claim that waits does not outlast the ring that it was taken beside.
#[test]
fn claims_end_with_a_registration() {
    let mut world = desk(7, 6);
    world.license_all(0);
    let everybody = all(&world);
    for generation in [1, 2] {
        let claim = world.claim(generation, 0, &everybody);
        claimed(&mut world, 0, &claim).unwrap();
    }
    assert_ne!(world.drawn(1, &everybody), world.drawn(2, &everybody));
    let [one, two] = [1, 2].map(|g| {
        let lead = world.drawn(g, &everybody);
        world.hand(g, 0, lead, 7)
    });
    let early = world.supplier.register(round(0), two.lead, &two.group_key);
    assert_eq!(early, Err(LinkFault::NotExpected.of(two.lead).into()), "meters follow the lower one");
    world.supplier.register(round(0), one.lead, &one.group_key).unwrap();
    let refused = world.supplier.register(round(0), two.lead, &two.group_key);
    assert_eq!(refused, Err(Fault::NotConcentrator.of(two.lead)));
}

/// The same if the ring was healed meanwhile: it goes on until its term is over.
#[test]
fn claims_end_with_a_healing() {
    let mut world = desk(7, 9);
    world.license_all(0);
    let everybody = all(&world);
    let first = (1..9).find(|g| world.until(*g, 0) > 4).unwrap();
    let hand = world.begin(first, 0, &everybody);
    let until = world.supplier.until();
    world.hand_round(&hand, 1, &[2]).unwrap();
    let g = first + 2;
    let claim = world.claim(g, 3, &everybody);
    claimed(&mut world, 1, &claim).unwrap();
    let lead = world.index(hand.lead);
    let cut = (lead + 1) % 7;
    let healed = world.healed(&hand, first + 1, 2, 2, cut as u32);
    assert_eq!(world.supplier.heal(round(1), &healed), Ok(Generation(first + 1)));
    assert_eq!(world.supplier.until(), until);
    let next = world.hand(g, 3, world.drawn(g, &everybody), 7);
    let refused = world.supplier.register(round(3), next.lead, &next.group_key);
    assert_eq!(refused, Err(Fault::NotConcentrator.of(next.lead)));
    assert_eq!(claimed(&mut world, 3, &claim), Err(Fault::TooEarly.of(next.lead)));
    assert!(!world.supplier.is_licensed(world.id(cut)));
    assert_eq!(world.licensed(cut, 1, 2).unwrap().since(), round(2));
}

/// Who was claimed first and stays silent does not hold up the next for longer than the caller's deadline, or three rounds.
#[test]
fn a_silent_claimant_gives_way() {
    for forsaken in [true, false] {
        let mut world = desk(7, 8);
        world.license_all(0);
        let everybody = all(&world);
        let low = world.claim(1, 0, &everybody);
        let first = claimed(&mut world, 0, &low).unwrap();
        let from = if forsaken { 0 } else { 3 };
        let high = world.claim(2, from, &everybody);
        let hand = world.hand(2, from, world.drawn(2, &everybody), 7);
        let second = claimed(&mut world, from.min(2), &high).unwrap();
        let register =
            |world: &mut World, now| world.supplier.register(round(now), hand.lead, &hand.group_key);
        let held = Err(LinkFault::NotExpected.of(hand.lead).into());
        assert_eq!(register(&mut world, from.min(2)), held);
        if forsaken {
            assert_eq!(world.supplier.forsake(round(0)), Some(first));
        }
        assert_eq!(register(&mut world, from), Ok(Generation(2)));
        assert_eq!((world.supplier.forsake(round(from)), world.supplier.until()), (None, Some(second.until)));
    }
}

/// One claim a meter: who claims again, higher, gives the lower one up, and cannot go back.
#[test]
fn a_meter_has_one_claim() {
    let mut world = desk(7, 7);
    world.license_all(0);
    let everybody = all(&world);
    let lead = world.drawn(1, &everybody);
    let next = (2..60).find(|g| world.drawn(*g, &everybody) == lead).unwrap();
    let [low, high] = [1, next].map(|g| world.claim(g, 0, &everybody));
    claimed(&mut world, 0, &low).unwrap();
    claimed(&mut world, 0, &high).unwrap();
    assert_eq!(claimed(&mut world, 0, &low), Err(Fault::WrongGeneration.of(world.id(lead))));
    let hand = world.hand(1, 0, lead, 7);
    let refused = world.supplier.register(round(0), hand.lead, &hand.group_key);
    assert_eq!(refused, Err(Fault::NotConcentrator.of(hand.lead)));
    // Once it is too old for a GroupKey, it is no more.
    let again = world.claim(1, 3, &everybody);
    claimed(&mut world, 3, &again).unwrap();
}
