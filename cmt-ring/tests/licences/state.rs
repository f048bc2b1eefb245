//! The supplier's state and records.

use cmt_ring::{Error, Fault, Generation, Lost, Malformed, Misuse, Mode, Supplier};
use meter_link::Misuse as LinkMisuse;
use meter_link::mark::check;

use crate::desk::{Hand, all, desk, with_terms};
use crate::ring::{World, round};

impl World {
    pub(crate) fn restored(&self, state: &[u8]) -> Result<Supplier, Error> {
        Supplier::from_bytes(&self.params, &self.view, &self.roster, Some(self.link.twin()), state)
    }
}

/// Everything that is to be kept at once: licences, one meter left out and one expelled, a ring, a lost round.
fn busy(seed: u64) -> (World, Hand, Hand) {
    let mut world = desk(8, seed);
    world.license_all(0);
    let seven: Vec<usize> = all(&world).into_iter().filter(|i| *i != 2).collect();
    let generation = (1..20).find(|g| world.until(*g, 0) > 6 && world.until(*g, 0) < 30).unwrap();
    let everybody = all(&world);
    let first = world.begin(generation, 0, &everybody);
    world.hand_round(&first, 0, &[1]);
    let next = (generation + 1..40).find(|g| world.until(*g, 1) > 6).unwrap();
    let hand = world.begin(next, 1, &seven);
    world.licensed(2, 3, 2).unwrap();
    world.supplier.expel(world.id(5)).unwrap();
    world.hand_round(&hand, 3, &[6]);
    (world, first, hand)
}

#[test]
fn goes_on_where_it_stopped() {
    let (mut world, first, hand) = busy(1);
    let state = world.supplier.to_bytes().unwrap();
    let again = world.restored(&state).unwrap();
    assert_eq!(*again.to_bytes().unwrap(), *state);
    let before = std::mem::replace(&mut world.supplier, again);
    assert_eq!(world.supplier.generation(), before.generation());
    assert_eq!(world.supplier.concentrator(), before.concentrator());
    assert_eq!(world.supplier.until(), before.until());
    for index in all(&world) {
        assert_eq!(world.supplier.is_licensed(world.id(index)), before.is_licensed(world.id(index)));
        assert_eq!(world.supplier.is_licensed(world.id(index)), index != 5);
    }
    let twice = world.supplier.open(round(3), round(3)).map(drop);
    assert_eq!(twice, Err(LinkMisuse::OutOfOrder.into()));
    assert_eq!(world.hand_round(&hand, 4, &[]), None);
    // The same GroupKey is still the same, and a lost round still lets the next generation in.
    assert_eq!(world.supplier.register(round(1), hand.lead, &hand.group_key), Ok(hand.generation));
    let six: Vec<usize> = all(&world).into_iter().filter(|i| *i != 5).collect();
    let claim = world.claim(hand.generation.0 + 1, 5, &six);
    world.supplier.claimed(round(5), &claim).unwrap();
    // Names of the generation before are known as such.
    let old = world.sent(&first, 0, 5, 1);
    let mut collecting = world.supplier.open(round(5), round(5)).unwrap();
    assert_eq!(collecting.accept(&old), Err(Fault::WrongGeneration.of(first.holders[0].0)));
}

#[test]
fn an_empty_supplier_has_a_state_too() {
    for params in [with_terms(), crate::ring::params(Mode::Drawn, 3)] {
        let world = World::with(params, 6, 2);
        let state = world.supplier.to_bytes().unwrap();
        let again = world.restored(&state).unwrap();
        assert_eq!(*again.to_bytes().unwrap(), *state);
        assert_eq!(again.generation(), None);
    }
}

/// The plain path: no terms, real meters.
#[test]
fn rings_without_terms_are_kept() {
    for mode in [Mode::Drawn, Mode::Derived] {
        let mut world = World::new(6, mode, 3, 3);
        world.form_all(1, 0);
        let readings: Vec<Vec<i64>> = (0..6).map(|n| vec![n, -n, 7]).collect();
        let sum = world.round(0, &readings).unwrap();
        assert_eq!(sum.values, crate::ring::truth(&readings));
        let state = world.supplier.to_bytes().unwrap();
        world.supplier = world.restored(&state).unwrap();
        assert_eq!(*world.supplier.to_bytes().unwrap(), *state);
        assert_eq!(world.round(1, &readings).unwrap().values, crate::ring::truth(&readings));
        world.form_all(2, 2);
        // A state of a ring says nothing to a group with terms, nor the other way round.
        let other = World::with(crate::ring::params(mode, 3), 6, 4);
        assert_eq!(other.restored(&state).map(drop), Err(Malformed::BadRecord.into()));
    }
}

#[test]
fn without_the_link_secret_the_ring_goes_on() {
    let (mut world, _, hand) = busy(4);
    let state = world.supplier.to_bytes().unwrap();
    let wiped = Supplier::from_bytes(&world.params, &world.view, &world.roster, None, &state).unwrap();
    world.supplier = wiped;
    assert_eq!(world.hand_round(&hand, 4, &[]), None);
    let everybody: Vec<usize> = all(&world).into_iter().filter(|i| *i != 5).collect();
    let g = hand.generation.0 + 1;
    let claim = world.claim(g, 5, &everybody);
    world.supplier.claimed(round(5), &claim).unwrap();
    let next = world.hand(g, 5, world.drawn(g, &everybody), 7);
    let register = |world: &mut World| world.supplier.register(round(5), next.lead, &next.group_key);
    assert_eq!(register(&mut world), Err(LinkMisuse::OutOfOrder.into()));
    world.supplier = world.restored(&state).unwrap();
    world.supplier.claimed(round(5), &claim).unwrap();
    world.supplier.wipe_link();
    assert_eq!(register(&mut world), Err(LinkMisuse::OutOfOrder.into()));
}

#[test]
fn damaged_states_are_refused() {
    let (world, ..) = busy(5);
    let state = world.supplier.to_bytes().unwrap();
    let bad = Err(Error::from(Malformed::BadRecord));
    for len in 0..state.len() {
        assert_eq!(world.restored(&state[..len]).map(drop), bad, "{len} bytes");
    }
    for byte in 0..state.len() {
        let mut damaged = state.to_vec();
        damaged[byte] ^= 0x10;
        assert_eq!(world.restored(&damaged).map(drop), bad, "byte {byte}");
    }
    // With a right check: fields that cannot be.
    let body = state.len() - 4;
    let resealed = |edit: &dyn Fn(&mut Vec<u8>)| {
        let mut changed = state[..body].to_vec();
        edit(&mut changed);
        let check = check(&changed);
        changed.extend(check);
        world.restored(&changed).map(drop)
    };
    assert_eq!(resealed(&|_| ()), Ok(()));
    let at = |offset: usize, value: u8| move |state: &mut Vec<u8>| state[offset] = value;
    assert_eq!(resealed(&at(0, 23)), bad);
    assert_eq!(resealed(&at(1, state[1] ^ 1)), bad, "another context");
    assert_eq!(resealed(&at(33, state[33] ^ 1)), bad, "another generation than the ring's");
    assert_eq!(resealed(&at(37, state[37] | 16)), bad, "an unknown flag");
    assert_eq!(resealed(&at(37, state[37] & !8)), bad, "no term");
    assert_eq!(resealed(&at(42, 4)), bad, "an unknown flag of a meter");
    let names = 42 + 8 * 13;
    assert_eq!(resealed(&at(names, 9)), bad, "more names than meters");
    let count = names + 4 + 8 * 4 + 5 * 4 + 3 * 32 + 8;
    assert_eq!(state[count..count + 4], [7, 0, 0, 0]);
    assert_eq!(resealed(&at(count, 6)), bad, "something is left");
    assert_eq!(resealed(&at(count + 3, 255)), bad, "more members than meters");
    let swapped = |state: &mut Vec<u8>| {
        let (first, second) = state[count + 4..].split_at_mut(36);
        first.swap_with_slice(&mut second[..36]);
    };
    assert_eq!(resealed(&swapped), bad, "members out of order");
    assert_eq!(resealed(&|state| state.push(0)), bad);
}

#[test]
fn another_supplier_or_epoch() {
    let (world, ..) = busy(6);
    let state = world.supplier.to_bytes().unwrap();
    let other = desk(8, 7);
    let bad = Err(Error::from(Malformed::BadRecord));
    assert_eq!(other.restored(&state).map(drop), bad);
    let from = |world: &World, roster, link| {
        Supplier::from_bytes(&world.params, &world.view, roster, link, &state).map(drop)
    };
    assert_eq!(from(&world, &other.roster, None), Err(LinkMisuse::WrongSession.into()));
    let link = Some(world.members[0].link.twin());
    assert_eq!(from(&world, &world.roster, link), Err(LinkMisuse::WrongRole.into()));
    assert_eq!(from(&world, &world.roster, None), Ok(()));
}

#[test]
fn records_in_any_order() {
    let (mut world, _, hand) = busy(8);
    let mut records = vec![world.supplier.progress().unwrap().to_vec()];
    let state = world.supplier.to_bytes().unwrap();
    for (now, number) in [(4, 2), (6, 3)] {
        for index in [0, 3] {
            let request = world.request(index, now, number);
            let prepared = world.supplier.licence(&world.identity, round(now), &request).unwrap();
            records.push(prepared.record().to_vec());
        }
    }
    let collecting = world.supplier.open(round(4), round(4)).unwrap();
    records.push(world.supplier.progress().unwrap().to_vec());
    drop(collecting);
    let now = world.supplier.to_bytes().unwrap();
    for start in 0..records.len() {
        let mut again = world.restored(&state).unwrap();
        (0..records.len()).for_each(|n| again.replay(&records[(start + n) % records.len()]).unwrap());
        assert_eq!(*again.to_bytes().unwrap(), *now);
        (0..records.len()).rev().for_each(|n| again.replay(&records[n]).unwrap());
        assert_eq!(*again.to_bytes().unwrap(), *now);
    }
    // A supplier without its state knows from the records what it has issued and how far it was, but no ring.
    let mut bare = desk(8, 8).supplier;
    records.iter().for_each(|record| bare.replay(record).unwrap());
    assert_eq!(bare.generation(), None);
    assert!(bare.is_licensed(world.id(3)));
    assert_eq!(bare.open(round(5), round(5)).map(drop), Err(Misuse::NoRing.into()));
    let old = world.hand(hand.generation.0, 4, 0, 8);
    let claim = world.claim(hand.generation.0, 4, &all(&world));
    assert!(bare.claimed(round(4), &claim).is_err());
    assert!(bare.register(round(4), old.lead, &old.group_key).is_err());
}

/// An old state's ring is not the one that the meters are in: there is none until the next.
#[test]
fn a_state_from_before_the_last_generation() {
    let mut world = World::new(6, Mode::Derived, 1, 9);
    world.form_all(1, 0);
    let old = world.supplier.to_bytes().unwrap();
    world.form_all(2, 1);
    let collecting = world.supplier.open(round(1), round(1)).unwrap();
    let record = world.supplier.progress().unwrap();
    drop(collecting);
    world.supplier = world.restored(&old).unwrap();
    assert_eq!(world.supplier.generation(), Some(Generation(1)));
    world.supplier.replay(&record).unwrap();
    assert_eq!(world.supplier.generation(), None);
    assert_eq!(world.supplier.open(round(2), round(2)).map(drop), Err(Misuse::NoRing.into()));
    world.form_all(3, 2);
    let readings: Vec<Vec<i64>> = (0..6).map(|n| vec![n]).collect();
    assert_eq!(world.round(2, &readings).unwrap().values, [15]);
}

#[test]
fn records_that_are_none() {
    let (mut world, ..) = busy(10);
    let before = world.supplier.to_bytes().unwrap();
    let request = world.request(0, 4, 2);
    let licence = world.supplier.licence(&world.identity, round(4), &request).unwrap().record().to_vec();
    let progress = world.supplier.progress().unwrap().to_vec();
    assert_eq!((licence.len(), progress.len()), (17, 14));
    world.supplier = world.restored(&before).unwrap();
    let bad = Err(Error::from(Malformed::BadRecord));
    for record in [&licence, &progress] {
        for byte in 0..record.len() {
            let mut damaged = record.clone();
            damaged[byte] ^= 2;
            assert_eq!(world.supplier.replay(&damaged), bad, "byte {byte}");
        }
        for len in 0..record.len() {
            assert_eq!(world.supplier.replay(&record[..len]), bad);
        }
    }
    let sealed = |body: &[u8]| [body, &check(body)].concat();
    let words = |kind: u8, words: &[u32]| {
        let body: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        sealed(&[&[kind][..], &body].concat())
    };
    for record in [
        words(20, &[0, 1, 4]),
        words(21, &[8, 1, 4]),
        words(21, &[0, 1, 1000]),
        sealed(&[27, 9, 0, 0, 0, 4, 0, 0, 0, 0]),
        sealed(&[27, 9, 0, 0, 0, 1, 0, 0, 1, 0]),
    ] {
        assert_eq!(world.supplier.replay(&record), bad, "{record:?}");
    }
    assert_eq!(*world.supplier.to_bytes().unwrap(), *before, "nothing has changed");
}

/// A notice that was stored before it was sent is remembered; one that was not is sent anew, the same.
#[test]
fn a_lost_round_is_remembered() {
    let mut world = desk(6, 11);
    world.license_all(0);
    let everybody = all(&world);
    let generation = (1..9).find(|g| world.until(*g, 0) > 5).unwrap();
    let hand = world.begin(generation, 0, &everybody);
    let state = world.supplier.to_bytes().unwrap();
    let collecting = world.supplier.open(round(0), round(0)).unwrap();
    let opened = world.supplier.progress().unwrap();
    let prepared = world.supplier.discard(&world.identity, collecting).unwrap();
    let record = prepared.record().to_vec();
    let claim = world.claim(generation + 1, 1, &everybody);
    world.supplier = world.restored(&state).unwrap();
    world.supplier.replay(&opened).unwrap();
    assert!(world.supplier.claimed(round(1), &claim).is_err());
    let frame = world.supplier.lost(&world.identity, round(0)).unwrap();
    assert_eq!(frame.record(), record);
    let frame = frame.stored();
    let lost = Lost::verify(&world.view, round(0), &frame).unwrap();
    assert_eq!((lost.generation(), lost.round()), (hand.generation, round(0)));
    world.supplier = world.restored(&state).unwrap();
    world.supplier.replay(&record).unwrap();
    world.supplier.claimed(round(1), &claim).unwrap();

    // Of the present ring it says nothing once that is another.
    let next = (generation + 1..20).find(|g| world.until(*g, 1) > 5).unwrap();
    let hand = world.begin(next, 1, &everybody);
    world.supplier.replay(&record).unwrap();
    let claim = world.claim(next + 1, 2, &everybody);
    assert!(world.supplier.claimed(round(2), &claim).is_err());
    assert_eq!(world.hand_round(&hand, 1, &[]), None);
}
