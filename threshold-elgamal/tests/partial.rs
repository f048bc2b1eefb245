//! Sums that any engine adds in any order: over meters, and over time.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

#[path = "world/adversary.rs"]
mod adversary;
#[path = "world/shares.rs"]
mod shares;
#[path = "world/parties.rs"]
mod world;

use meter_link::answer::Quorum;
use meter_link::{Malformed, Misuse};
use threshold_elgamal::{Ciphertext, Contribution, Error, MeterSum, PartialSum, Verifier, combine};
use world::{FIRST, TABLE, World, params, round};

fn malformed<T>(malformed: Malformed) -> Result<T, Error> {
    Err(threshold_elgamal::Malformed::Link(malformed).into())
}

fn verified(world: &mut World, position: usize, n: u32, reading: i64) -> Contribution {
    let frame = world.frame(position, round(n), &[reading]);
    world.utility.verifier().verify(round(n), &frame).unwrap()
}

fn opened(world: &World, sum: &Ciphertext) -> i64 {
    let (secrets, _) = world.secrets();
    let shares: Vec<_> = secrets.iter().map(|share| shares::checked(&world.keys, share, sum)).collect();
    TABLE.solve(&combine(&world.keys, sum, &shares).unwrap(), -1_000_000..=1_000_000).unwrap()
}

#[test]
fn parts_of_a_round_in_any_order() {
    let mut world = World::new(9);
    let at = round(FIRST);
    let all: Vec<Contribution> =
        (0..9).map(|i| verified(&mut world, i, FIRST, 100 * i as i64 - 50)).collect();
    let verifier = world.utility.verifier().clone();
    let part = |range: core::ops::Range<usize>| PartialSum::of(&verifier, at, &all[range]).unwrap();
    let whole = part(0..9);
    assert_eq!((whole.count(), whole.round(), opened(&world, &whole.channels()[0])), (9, at, 3600 - 450));
    let (a, b, c) = (part(0..2), part(2..6), part(6..9));
    let left = a.clone().merge(&b).unwrap().merge(&c).unwrap();
    let right = c.clone().merge(&a.clone()).unwrap().merge(&b).unwrap();
    assert_eq!((&left, &right), (&whole, &whole));
    assert_eq!(left.to_bytes().unwrap(), whole.to_bytes().unwrap());
    // A sum over nobody changes nothing.
    assert_eq!(part(4..4).merge(&whole).unwrap(), whole);
    assert_eq!(part(4..4).count(), 0);

    // What the utility adds up itself is the same.
    let mut collecting = world.utility.open(at, at, &[true; 9]).unwrap();
    for contribution in all.clone() {
        collecting.add(contribution).unwrap();
    }
    let closed = world.utility.close(collecting, &Quorum::new(&[1, 2, 3]).unwrap()).unwrap();
    assert_eq!(closed.partial().unwrap(), whole);

    let twice = Err(Misuse::CountedTwice.into());
    assert_eq!(a.clone().merge(&part(1..3)), twice);
    assert_eq!(whole.clone().merge(&a), twice);
    let repeated = [&all[3], &all[5], &all[3]];
    assert_eq!(PartialSum::of(&verifier, at, repeated), twice);
}

/// Sums of another round, epoch, key set or roster do not merge, and contributions of another do not enter.
#[test]
fn parts_that_do_not_belong_together() {
    let mut world = World::new(5);
    let here = verified(&mut world, 0, FIRST, 1);
    let later = verified(&mut world, 1, FIRST + 1, 1);
    let verifier = world.utility.verifier().clone();
    let one = |verifier: &Verifier, of: &Contribution| PartialSum::of(verifier, of.round(), [of]).unwrap();
    let apart = Err(Misuse::OutOfOrder.into());
    let (first, second) = (one(&verifier, &here), one(&verifier, &later));
    assert_eq!(first.clone().merge(&second), apart);
    let wrong = threshold_elgamal::Misuse::WrongContribution.into();
    assert_eq!(PartialSum::of(&verifier, round(FIRST), [&here, &later]), Err(wrong));

    let mut others = [World::with(params(5), 5, 2), World::with(params(6), 6, 1)];
    for other in &mut others {
        let theirs = verified(other, 1, FIRST, 1);
        assert_eq!(PartialSum::of(&verifier, round(FIRST), [&theirs]), Err(wrong));
        let theirs = one(other.utility.verifier(), &theirs);
        assert_eq!(first.clone().merge(&theirs), apart);
    }
    // Other keys in the same epoch.
    let (keys, _) = threshold_elgamal::deal(world.params.threshold(), &mut world.rng).unwrap();
    let roster = world.secrets().1.roster;
    let stranger = Verifier::new(&world.params, &world.view, &roster, keys.group_key()).unwrap();
    assert_eq!(PartialSum::of(&stranger, round(FIRST), [&here]), Err(wrong));
    let nobody = PartialSum::of(&stranger, round(FIRST), []).unwrap();
    assert_eq!(first.merge(&nobody), apart);
    let of_stranger = MeterSum::of(&stranger, here.meter(), []).unwrap();
    assert_eq!(MeterSum::of(&verifier, here.meter(), [&here]).unwrap().merge(&of_stranger), apart_sum());
}

fn apart_sum() -> Result<MeterSum, Error> {
    Err(Misuse::OutOfOrder.into())
}

#[test]
fn a_meter_over_time() {
    let mut world = World::new(3);
    let all: Vec<Contribution> = (0..6).map(|n| verified(&mut world, 1, FIRST + n, i64::from(n))).collect();
    let other = verified(&mut world, 2, FIRST, 7);
    let verifier = world.utility.verifier().clone();
    let meter = world.meters[1].id;
    let of = |contributions: &[&Contribution]| MeterSum::of(&verifier, meter, contributions.iter().copied());
    let whole = of(&all.iter().collect::<Vec<_>>()).unwrap();
    assert_eq!((whole.meter(), opened(&world, &whole.channels()[0])), (meter, 15));
    let (odd, even) = (of(&[&all[5], &all[1], &all[3]]).unwrap(), of(&[&all[0], &all[4], &all[2]]).unwrap());
    assert_eq!(odd.rounds().collect::<Vec<_>>(), [1, 3, 5].map(|n| round(FIRST + n)));
    assert_eq!(odd.clone().merge(&even).unwrap(), whole);
    assert_eq!(even.clone().merge(&odd).unwrap(), whole);
    assert_eq!(opened(&world, &even.channels()[0]), 6);

    assert_eq!(odd.clone().merge(&of(&[&all[3]]).unwrap()), Err(Misuse::CountedTwice.into()));
    assert_eq!(of(&[&all[3], &all[3]]), Err(Misuse::CountedTwice.into()));
    assert_eq!(of(&[&all[3], &other]), apart_sum());
    let others = MeterSum::of(&verifier, other.meter(), [&other]).unwrap();
    assert_eq!(odd.merge(&others), apart_sum());
}

#[test]
fn bytes_come_back_and_damaged_ones_do_not() {
    let mut world = World::new(9);
    let all: Vec<Contribution> = (0..5).map(|i| verified(&mut world, i, FIRST, 1)).collect();
    let times: Vec<Contribution> = (0..3).map(|n| verified(&mut world, 1, FIRST + 2 * n, 1)).collect();
    let verifier = world.utility.verifier().clone();
    let part = PartialSum::of(&verifier, round(FIRST), &all[1..]).unwrap();
    let bytes = part.to_bytes().unwrap();
    assert_eq!(bytes.len(), 1 + 32 + 32 + 4 + 4 + 3 + 2 + 64 + 4);
    assert_eq!(PartialSum::from_bytes(&bytes, 9), Ok(part));
    let over_time = MeterSum::of(&verifier, times[0].meter(), &times).unwrap();
    let time_bytes = over_time.to_bytes().unwrap();
    assert_eq!(time_bytes.len(), 1 + 32 + 32 + 4 + 4 + 3 * 4 + 2 + 64 + 4);
    assert_eq!(MeterSum::from_bytes(&time_bytes), Ok(over_time));

    // A smaller roster is all that is expected.
    assert_eq!(PartialSum::from_bytes(&bytes, 8), malformed(Malformed::BadRecord));
    for at in 0..bytes.len() {
        let mut flipped = bytes.clone();
        flipped[at] ^= 1;
        assert_eq!(PartialSum::from_bytes(&flipped, 9), malformed(Malformed::BadRecord), "{at}");
        assert!(PartialSum::from_bytes(&bytes[..at], 9).is_err());
    }
    for at in 0..time_bytes.len() {
        let mut flipped = time_bytes.clone();
        flipped[at] ^= 1;
        assert_eq!(MeterSum::from_bytes(&flipped), malformed(Malformed::BadRecord), "{at}");
        assert!(MeterSum::from_bytes(&time_bytes[..at]).is_err());
    }
    // One is not the other; and what a right check does not help.
    assert_eq!(PartialSum::from_bytes(&time_bytes, 9), malformed(Malformed::BadRecord));
    let checked = |bytes: &[u8], at: usize, with: &[u8]| {
        let mut body = bytes[..bytes.len() - 4].to_vec();
        body[at..at + with.len()].copy_from_slice(with);
        let check = meter_link::mark::check(&body);
        body.extend(check);
        body
    };
    let no_point = checked(&bytes, bytes.len() - 36, &[0xff; 32]);
    assert_eq!(PartialSum::from_bytes(&no_point, 9), malformed(Malformed::BadRecord));
    let too_many = checked(&bytes, bytes.len() - 70, &[2, 0]);
    assert_eq!(PartialSum::from_bytes(&too_many, 9), malformed(Malformed::Truncated));
    let too_few = checked(&bytes, bytes.len() - 70, &[0, 0]);
    assert_eq!(PartialSum::from_bytes(&too_few, 9), malformed(Malformed::TrailingBytes));
    let many_rounds = checked(&time_bytes, 69, &[0xff; 4]);
    assert!(MeterSum::from_bytes(&many_rounds).is_err());
    let later_first = checked(&time_bytes, 73, &(FIRST + 2).to_le_bytes());
    assert_eq!(MeterSum::from_bytes(&later_first), malformed(Malformed::BadRecord));
}

/// Why no trustee takes one: it is whatever its maker says.
#[test]
fn a_sum_says_nothing_about_what_is_in_it() {
    let mut world = World::new(9);
    let victim = verified(&mut world, 3, FIRST, 123);
    let verifier = world.utility.verifier().clone();
    let honest = PartialSum::of(&verifier, round(FIRST), [&victim]).unwrap();
    // Nine members, it claims, and is the sum of one.
    let mut bytes = honest.to_bytes().unwrap();
    bytes.splice(73..76, [0]);
    let body = bytes.len() - 4;
    let check = meter_link::mark::check(&bytes[..body]);
    bytes[body..].copy_from_slice(&check);
    let forged = PartialSum::from_bytes(&bytes, 9).unwrap();
    assert_eq!((forged.count(), opened(&world, &forged.channels()[0])), (9, 123));
}
