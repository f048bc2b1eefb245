//! Closes that a malicious utility signs.

use dcnet_core::Fault;
use meter_link::{Field64, Round, SetRules};

use crate::adversary::{Bare, by_hand, of, words};
use crate::group::{ANSWER_HEAD, FIRST, Plan, World, element, truth};
use crate::{begun, blamed, one};

/// A set and the same set less one meter: the two sums differ by its reading. Neither meters nor holders
/// take two final sets, in whatever order.
#[test]
fn two_final_sets_of_a_round() {
    let mut world = World::new(Plan::any_three(5));
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (all, less, quorum) = (world.everybody(), world.all_but(&[2]), [1, 2, 4]);
    let first = world.forger.close(FIRST, 1, &open, None, &less);
    let repairs: Vec<Vec<u8>> =
        [0, 1, 3, 4].map(|p: usize| world.devices[p].close(&first).unwrap().0.unwrap()).to_vec();

    let bare = Bare::new(&world.plan, FIRST);
    let sum = |repairs: &[Vec<u8>], set: &[bool]| {
        by_hand(&world.plan, &frames, repairs, set, &bare.weighted(&quorum, set), &quorum)
    };
    assert_eq!(sum(&[], &all) - sum(&repairs, &less), one(&readings, 2));

    let now = Round::from(FIRST);
    let whole = world.forger.close(FIRST, 1, &open, Some(&quorum), &all);
    let rest = world.forger.close(FIRST, 2, &first, Some(&quorum), &less);
    for (number, [a, b]) in [(1, [&whole, &rest]), (2, [&rest, &whole]), (4, [&whole, &rest])] {
        let holder = world.holder(number);
        let _ = holder.answer(now, a).unwrap().stored();
        assert_eq!(holder.answer(now, b).unwrap_err(), blamed(Fault::Contradiction));
        // … and the first is still answered.
        let _ = holder.answer(now, a).unwrap().stored();
    }
    for (place, [a, b]) in [(0, [&rest, &whole]), (1, [&rest, &whole])] {
        let device = &mut world.devices[place];
        assert!(device.close(a).unwrap().0.is_none());
        assert_eq!(device.close(b).unwrap_err(), blamed(Fault::NotInOpen));
        assert!(device.close(a).unwrap().0.is_none());
    }
}

/// A second Close of a pass, with another set within the first: to one meter, and to two of them.
#[test]
fn equivocating_close() {
    let mut world = World::new(Plan::any_three(6));
    let (_, _, open) = begun(&mut world, FIRST);
    let closes =
        [&[5][..], &[4, 5]].map(|gone| world.forger.close(FIRST, 1, &open, None, &world.all_but(gone)));
    let device = &mut world.devices[0];
    let repair = device.close(&closes[0]).unwrap();
    assert_eq!(device.close(&closes[1]).unwrap_err(), blamed(Fault::Contradiction));
    assert_eq!(device.close(&closes[0]), Ok(repair.clone()));
    // Two meters cannot know; both repair for their own set, and what the utility then adds up is no sum.
    let other = world.devices[1].close(&closes[1]).unwrap();
    assert!(repair.0.is_some() && other.0.is_some());
    // Every Close names the one before it, so each meter follows its own branch only.
    let last =
        |previous: &[u8]| world.forger.close(FIRST, 2, previous, Some(&[1, 2, 3]), &world.all_but(&[4, 5]));
    let [first, second] = [last(&closes[0]), last(&closes[1])];
    assert_eq!(world.devices[1].close(&first).unwrap_err(), blamed(Fault::ChainBroken));
    assert_eq!(world.devices[0].close(&second).unwrap_err(), blamed(Fault::ChainBroken));
    world.devices[0].close(&first).unwrap();
    world.devices[1].close(&second).unwrap();
    assert_eq!(world.devices[1].close(&first).unwrap_err(), blamed(Fault::Contradiction));
    assert_eq!(world.devices[0].close(&second).unwrap_err(), blamed(Fault::Contradiction));
}

/// Meters are cut in two by Closes that differ, holders are shown the union and both halves: bare answers of
/// three holders open 3u + 4v (t = 2), another functional than a plain sum. Bound answers do not combine.
#[test]
fn equivocation_between_neighbours_and_between_holders() {
    let threshold = meter_link::answer::Threshold::trusting_the_utility_not_to_equivocate(3, 2).unwrap();
    let mut world = World::new(Plan { threshold, ..Plan::any_three(6) });
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (b, c) = (world.all_but(&[3, 4, 5]), world.all_but(&[0, 1, 2]));
    // Each half repairs its pads with the other.
    let repaired = [&b, &c].map(|half| {
        let close = world.forger.close(FIRST, 1, &open, None, half);
        let members = (0..6).filter(|p: &usize| half[*p]);
        let repairs = members.map(|p| world.devices[p].close(&close).unwrap().0.unwrap());
        let repairs: Vec<Vec<u8>> = repairs.collect();
        words(of(&frames, half)) - words(&repairs)
    });
    let weight = |w: [i64; 3]| w.map(Field64::from_i64);
    let [three, four, _] = weight([3, 4, 0]);
    let masked = three * repaired[0] + four * repaired[1];
    let (u, v) = (truth(&readings[..3])[0], truth(&readings[3..])[0]);

    // 6 F_{B∪C}(1) − 3 F_B(2) − 2 F_C(3) = 3 b_B + 4 b_C, with F_S(a) the sum of shares over S: pads, and
    // corrections for holder 3.
    let sets = [world.everybody(), b, c];
    let correction: Field64 = of(&frames, &sets[2]).map(|f| element(f, 0, 1)).sum();
    let combined = |pads: [Field64; 3]| {
        let [x, y, z] = weight([6, -3, -2]);
        (masked - (x * pads[0] + y * pads[1] + z * (pads[2] + correction))).centred()
    };
    let bare = Bare::new(&world.plan, FIRST);
    assert_eq!(combined([1, 2, 3].map(|a: u8| bare.sum(a, &sets[usize::from(a) - 1]))), 3 * u + 4 * v);

    let quorums = [[[1, 2], [1, 3]], [[1, 2], [2, 3]], [[1, 3], [2, 3]]];
    for choice in 0..8usize {
        let pads = [1u8, 2, 3].map(|a| {
            let place = usize::from(a) - 1;
            let quorum = quorums[place][choice >> place & 1];
            let close = world.forger.close(FIRST, 1, &open, Some(&quorum), &sets[place]);
            let answer = world.holder(a).answer(Round::from(FIRST), &close).unwrap().stored();
            let own = usize::from(quorum[1] == a);
            let weight = meter_link::field::lagrange::coefficient(&quorum, own, 0).unwrap();
            element(&answer, ANSWER_HEAD, 0) * weight.invert()
        });
        assert_ne!(combined(pads), 3 * u + 4 * v, "{choice}");
    }
}

/// Repairs for a set and for a larger one would differ by the pads of a single meter.
#[test]
fn a_close_that_grows() {
    let rules = SetRules { min_honest: 3, ..SetRules::LEAST };
    let rules = SetRules { max_missing_permille: 1000, ..rules };
    let world = World::new(Plan { rules, drawn: Some((8, 2)), ..Plan::of(300, 1) });
    let open = world.forger.open(FIRST, None, &world.all_but(&[7]));
    let me = 0;
    let near = world.around(me).into_iter().find(|p| *p != 7).unwrap();
    let far: Vec<usize> = (1..300).filter(|p| *p != 7 && !world.around(me).contains(p)).take(3).collect();
    let start = |world: &World| {
        let mut device = world.plan.device(me);
        device.open(&open).unwrap();
        device.contribute(FIRST, &[1]).unwrap();
        device
    };
    let first = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[7, near, far[0]]));
    let grown = [
        (&[7, far[0]][..], Fault::NotInOpen),             // a neighbour comes back
        (&[7, far[0], far[1], far[2]], Fault::NotInOpen), // … while others go
        (&[7, near], Fault::NotInOpen),                   // somebody else does: the set is larger
        (&[near, far[0]], Fault::NotInOpen),              // one that the Open does not name
    ];
    for quorum in [None, Some(&[1u8, 2, 3][..])] {
        for (gone, fault) in grown {
            let mut device = start(&world);
            device.close(&first).unwrap();
            let second = world.forger.close(FIRST, 2, &first, quorum, &world.all_but(gone));
            assert_eq!(device.close(&second).unwrap_err(), blamed(fault), "{gone:?}");
        }
    }
    // In the first pass already: beyond the Open.
    let mut device = start(&world);
    let beyond = world.forger.close(FIRST, 1, &open, None, &world.everybody());
    assert_eq!(device.close(&beyond).unwrap_err(), blamed(Fault::NotInOpen));
    // What shrinks is taken.
    device.close(&first).unwrap();
    let less = world.forger.close(FIRST, 2, &first, None, &world.all_but(&[7, near, far[0], far[1]]));
    assert!(device.close(&less).unwrap().0.is_some());
}

/// The third Close is the last. One that is not would draw a repair that no sum can use.
#[test]
fn a_fourth_pass() {
    let mut world = World::new(Plan::any_three(8));
    let (_, _, open) = begun(&mut world, FIRST);
    let first = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[7]));
    let second = world.forger.close(FIRST, 2, &first, None, &world.all_but(&[6, 7]));
    let third = world.forger.close(FIRST, 3, &second, None, &world.all_but(&[5, 6, 7]));
    let last = world.forger.close(FIRST, 3, &second, Some(&[1, 2, 3]), &world.all_but(&[5, 6, 7]));
    let device = &mut world.devices[0];
    for close in [&first, &second] {
        assert!(device.close(close).unwrap().0.is_some());
    }
    assert_eq!(device.close(&third).unwrap_err(), blamed(Fault::NotExpected));
    assert_eq!(device.close(&last).unwrap().0, None);
    // Pass 4 has no place in the flags.
    let mut beyond = third.clone();
    beyond[3] = 3 << 1;
    let beyond = world.forger.resign(&beyond);
    assert_eq!(world.devices[1].close(&beyond).unwrap_err(), dcnet_core::Malformed::UnknownFlags.into());
}

/// Sets that no rule allows, asked of meters and of holders.
#[test]
fn sets_beyond_the_open_or_below_the_minimum() {
    let rules = SetRules { min_honest: 3, max_colluding: 2, max_missing_permille: 250 };
    let mut world = World::new(Plan { rules, ..Plan::of(9, 1) });
    let now = Round::from(FIRST);
    let four = world.forger.open(FIRST, None, &world.all_but(&[0, 1, 2, 3, 4]));
    assert_eq!(world.holder(1).open(now, &four), Err(blamed(Fault::SetTooSmall)));
    assert_eq!(world.devices[8].open(&four), Err(blamed(Fault::SetTooSmall)));

    let open = world.forger.open(FIRST, None, &world.all_but(&[8]));
    world.holder(1).open(now, &open).unwrap();
    world.devices[7].open(&open).unwrap();
    world.devices[7].contribute(FIRST, &[1]).unwrap();
    // The meter at 8 is not in the Open, and of the eight that are, three quarters must be in.
    let refused = [
        (&[][..], Fault::NotInOpen),
        (&[0], Fault::NotInOpen),
        (&[0, 1, 2, 8], Fault::SetTooSmall),
        (&[0, 1, 2, 3, 4, 5, 6, 8], Fault::SetTooSmall),
        (&[0, 1, 2, 3, 4, 5, 6, 7, 8], Fault::SetTooSmall),
    ];
    for (absent, fault) in refused {
        let set = world.all_but(absent);
        let close = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &set);
        assert_eq!(world.holder(1).answer(now, &close).unwrap_err(), blamed(fault), "{absent:?}");
        assert_eq!(world.devices[7].close(&close).unwrap_err(), blamed(fault), "{absent:?}");
        let close = world.forger.close(FIRST, 1, &open, None, &set);
        assert_eq!(world.devices[7].close(&close).unwrap_err(), blamed(fault), "{absent:?}");
    }
    let close = world.forger.close(FIRST, 1, &open, Some(&[1, 2, 3]), &world.all_but(&[0, 1, 8]));
    assert!(world.holder(1).answer(now, &close).is_ok());
    assert!(world.devices[7].close(&close).is_ok());
}

/// Repairs are no answers: a holder tells nothing of a set that is not final.
#[test]
fn holder_asked_before_the_end() {
    let mut world = World::new(Plan::any_three(5));
    let (_, _, open) = begun(&mut world, FIRST);
    let now = Round::from(FIRST);
    let first = world.forger.close(FIRST, 1, &open, None, &world.all_but(&[0]));
    assert_eq!(world.holder(2).answer(now, &first).unwrap_err(), blamed(Fault::NotExpected));
    let last = world.forger.close(FIRST, 2, &first, Some(&[1, 2, 3]), &world.all_but(&[0, 1]));
    let _ = world.holder(2).answer(now, &last).unwrap().stored();
}
