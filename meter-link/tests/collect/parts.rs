//! Frames that are taken in several places, and put together.

use std::sync::LazyLock;

use meter_link::collect::{Collection, PartialSum};
use meter_link::frame::{Flags, Kind};
use meter_link::{Error, Fault, Field64, Malformed, Misuse, PartyId, Round};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{METERS, World, world, world_of};

static WORLD: LazyLock<World> = LazyLock::new(world);

/// A frame of round 3 for each meter that is waited for.
static FRAMES: LazyLock<Vec<(usize, Vec<u8>)>> = LazyLock::new(|| {
    let places = (0..METERS as usize).filter(|place| *place != 17);
    places.map(|place| (place, WORLD.frame(place, 3, [u64::MAX - place as u64, 7 << place]))).collect()
});

/// What a collection is: who is in, the sum over all of them, and who is missing.
fn outcome(collection: &Collection) -> (Vec<bool>, Vec<Field64>, usize) {
    (collection.here(), collection.sum(&collection.here()), collection.missing().count())
}

fn taken(places: impl Fn(usize) -> bool) -> Collection {
    let mut collection = WORLD.collection();
    for (_, frame) in FRAMES.iter().filter(|(place, _)| places(*place)) {
        collection.accept(frame).unwrap();
    }
    collection
}

/// How a part reaches the others.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Branch,
    BranchBytes,
    Sum,
    SumBytes,
    MergedSums,
}

fn ways() -> impl Strategy<Value = Way> {
    prop_oneof![
        Just(Way::Branch),
        Just(Way::BranchBytes),
        Just(Way::Sum),
        Just(Way::SumBytes),
        Just(Way::MergedSums)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Each frame goes to one of k places, or nowhere; the places are put together in any order and way.
    #[test]
    fn any_split_gives_the_same(
        to in vec(0usize..7, METERS as usize),
        order in Just([0usize, 1, 2, 3, 4, 5]).prop_shuffle(),
        ways in vec(ways(), 6),
    ) {
        let expected = outcome(&taken(|place| to[place] < 6));
        let mut whole = WORLD.collection();
        let mut sums: Option<PartialSum> = None;
        for part in order {
            let mut branch = whole.emptied();
            let frames: Vec<&[u8]> =
                FRAMES.iter().filter(|(place, _)| to[*place] == part).map(|(_, f)| f.as_slice()).collect();
            branch.accept_many(&frames, |_, outcome| assert!(outcome.is_ok()));
            let partial = branch.partial().unwrap();
            prop_assert_eq!(partial.count() as usize, frames.len());
            match ways[part] {
                Way::Branch => whole.merge(&branch).unwrap(),
                Way::BranchBytes => whole.merge_bytes(&branch.to_bytes().unwrap()).unwrap(),
                Way::Sum => whole.add(&partial).unwrap(),
                Way::SumBytes => {
                    let bytes = partial.to_bytes().unwrap();
                    whole.add(&PartialSum::from_bytes(&bytes, METERS).unwrap()).unwrap();
                }
                Way::MergedSums => {
                    sums = Some(match sums {
                        Some(before) => partial.merge(&before).unwrap(),
                        None => partial,
                    });
                }
            }
        }
        if let Some(sums) = sums {
            whole.add(&sums).unwrap();
        }
        prop_assert_eq!(outcome(&whole), expected.clone());
        // And once more through bytes.
        let mut again = WORLD.collection();
        again.merge_bytes(&whole.to_bytes().unwrap()).unwrap();
        prop_assert_eq!(outcome(&again), expected);
    }

    /// A meter that came in two places counts in neither of the two ways twice.
    #[test]
    fn whoever_came_twice_is_refused(
        left in vec(any::<bool>(), METERS as usize),
        right in vec(any::<bool>(), METERS as usize),
        by_sum in any::<bool>(),
    ) {
        let mut whole = taken(|place| left[place]);
        let other = taken(|place| right[place]);
        let before = (outcome(&whole), whole.to_bytes().unwrap());
        let both = (0..METERS as usize).filter(|place| *place != 17).any(|place| left[place] && right[place]);
        let merged = if by_sum { whole.add(&other.partial().unwrap()) } else { whole.merge(&other) };
        let sums = other.partial().unwrap().merge(&taken(|place| left[place]).partial().unwrap());
        prop_assert_eq!(sums.is_err(), both);
        if both && by_sum {
            prop_assert_eq!(merged, Err(Misuse::CountedTwice.into()));
            prop_assert_eq!((outcome(&whole), whole.to_bytes().unwrap()), before);
            prop_assert_eq!(sums, Err(Misuse::CountedTwice.into()));
        } else {
            // Where the frames themselves are here they can be compared: the same one again changes nothing.
            prop_assert_eq!(merged, Ok(()));
            prop_assert_eq!(outcome(&whole), outcome(&taken(|place| left[place] || right[place])));
        }
    }
}

#[test]
fn a_frame_of_somebody_who_is_in_a_sum() {
    let mut whole = taken(|place| place < 5);
    whole.add(&taken(|place| (5..10).contains(&place)).partial().unwrap()).unwrap();
    let before = outcome(&whole);
    for place in [3, 7] {
        assert_eq!(whole.accept(&FRAMES[place].1), Ok(WORLD.keys[place].0), "the network repeats it");
    }
    assert_eq!(outcome(&whole), before);
    // Single frames can be told apart only of those that came here.
    assert!(whole.row(3).is_some() && whole.row(7).is_none() && whole.row(30).is_none());
}

/// Whatever does not belong: nothing changes.
#[test]
fn parts_of_something_else() {
    let order = Error::from(Misuse::OutOfOrder);
    let mut whole = taken(|place| place < 9);
    let before = (outcome(&whole), whole.to_bytes().unwrap());
    let mut refused = |part: &Collection, error: Error| {
        assert_eq!(whole.add(&part.partial().unwrap()), Err(error));
        assert_eq!(whole.merge(part), Err(error));
        assert_eq!((outcome(&whole), whole.to_bytes().unwrap()), before);
    };
    // Another round, epoch, width or kind of frame, even with nothing in it.
    let mut later = WORLD.waiting(4, |_| true);
    refused(&later, order);
    later.accept(&WORLD.frame(20, 4, [1, 2])).unwrap();
    refused(&later, order);
    let mut elsewhere = world_of(2).waiting(3, |_| true);
    refused(&elsewhere, order);
    elsewhere.accept(&world_of(2).frame(20, 3, [1, 2])).unwrap();
    refused(&elsewhere, order);
    let other = |kind, words| {
        let (round, flags) = (Round::from(3), Flags::TRANSMISSION);
        Collection::new(WORLD.head.parties(), round, kind, flags, words, vec![true; METERS as usize])
    };
    refused(&other(Kind::Contribution, 3), order);
    refused(&other(Kind::Repair, 2), order);
    // A meter that is not waited for is named.
    let mut too_many = WORLD.waiting(3, |_| true);
    too_many.accept(&WORLD.frame(30, 3, [1, 2])).unwrap();
    too_many.accept(&WORLD.frame(17, 3, [1, 2])).unwrap();
    refused(&too_many, Fault::NotExpected.of(WORLD.keys[17].0));
}

/// Repairs of the pass before are no repairs of this one, though kind and round are the same.
#[test]
fn repairs_of_another_pass() {
    let of_pass = |pass: u8| {
        let flags = Flags::TRANSMISSION | (pass - 1) << Flags::PASS_SHIFT;
        let waiting = vec![true; METERS as usize];
        Collection::new(WORLD.head.parties(), Round::from(3), Kind::Repair, flags, 2, waiting)
    };
    let order = Err(Misuse::OutOfOrder.into());
    assert_eq!(of_pass(2).merge(&of_pass(1)), order);
    assert_eq!(of_pass(2).add(&of_pass(1).partial().unwrap()), order);
    assert_eq!(of_pass(2).merge(&of_pass(2)), Ok(()));
}

#[test]
fn damaged_sums() {
    let partial = taken(|place| place % 3 == 0).partial().unwrap();
    let good = partial.to_bytes().unwrap();
    assert_eq!(PartialSum::from_bytes(&good, METERS), Ok(partial.clone()));
    assert_eq!(PartialSum::from_bytes(&good, METERS - 1), Err(Malformed::BadRecord.into()));
    for at in 0..good.len() {
        assert!(matches!(PartialSum::from_bytes(&good[..at], METERS), Err(Error::Malformed(_))), "{at}");
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert_eq!(PartialSum::from_bytes(&bad, METERS), Err(Malformed::BadRecord.into()), "byte {at}");
        }
    }
    // Not even with a check of its own does a wrong length, a wrong set or a wrong element come in.
    for at in 0..good.len() - 4 {
        for byte in [0, 1, 0x7f, 0xff] {
            let mut bad = good[..good.len() - 4].to_vec();
            bad[at] = byte;
            let check = meter_link::mark::check(&bad);
            bad.extend(check);
            if let Ok(read) = PartialSum::from_bytes(&bad, METERS) {
                assert_eq!(read.to_bytes().unwrap(), bad, "byte {at}");
                assert!(read.members().total() <= METERS);
            }
        }
    }
}

#[test]
fn damaged_collections() {
    let mut part = taken(|place| place % 3 == 0);
    part.add(&taken(|place| place % 3 == 1).partial().unwrap()).unwrap();
    let good = part.to_bytes().unwrap();
    let mut whole = taken(|place| place == 2);
    let before = (outcome(&whole), whole.to_bytes().unwrap());
    for at in 0..good.len() {
        assert!(matches!(whole.merge_bytes(&good[..at]), Err(Error::Malformed(_))), "{at}");
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[at] ^= 1 << bit;
            assert_eq!(whole.merge_bytes(&bad), Err(Malformed::BadRecord.into()), "byte {at}");
        }
        let mut bad = good[..good.len() - 4].to_vec();
        bad.truncate(at);
        let check = meter_link::mark::check(&bad);
        bad.extend(check);
        assert!(at >= good.len() - 4 || whole.merge_bytes(&bad).is_err(), "cut {at} with a check of its own");
    }
    assert_eq!((outcome(&whole), whole.to_bytes().unwrap()), before);
    whole.merge_bytes(&good).unwrap();
    assert_eq!(outcome(&whole), outcome(&taken(|place| place % 3 < 2 || place == 2)));
    assert_eq!(whole.merge_bytes(&good), Err(Misuse::CountedTwice.into())); // it has a sum, not frames alone
}

/// A network brought one frame to two branches; or a meter sent two.
#[test]
fn one_meter_in_two_branches() {
    let mut whole = WORLD.collection();
    let [mut left, mut right] = [whole.emptied(), whole.emptied()];
    let (place, frame) = &FRAMES[4];
    left.accept(frame).unwrap();
    right.accept(frame).unwrap();
    right.accept(&FRAMES[5].1).unwrap();
    let mut other = whole.emptied();
    other.accept(&WORLD.frame(*place, 3, [1, 2])).unwrap();
    whole.merge(&left).unwrap();
    whole.merge(&right).unwrap();
    assert_eq!(outcome(&whole), outcome(&taken(|p| p == *place || p == FRAMES[5].0)));
    let before = whole.to_bytes().unwrap();
    let meter = PartyId(15);
    assert_eq!(whole.merge(&other), Err(Fault::Contradiction.of(meter)));
    assert_eq!(whole.to_bytes().unwrap(), before);
}
