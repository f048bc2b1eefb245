//! Rosters that say different things to different parties, or are chosen too late.

use meter_link::roster::link_key::{Forming, announce};
use meter_link::roster::{Certified, Inclusion, List, RosterBuilder, RosterRoot, StoredRoot, merkle};
use meter_link::{Fault, Identity, LinkSecret, Misuse, PartyId, Role, Round};

use crate::setting::{FIRST, LAST, cohort, forming, rng};

/// The same path proves the first leaf in a tree of three and in one of four, under one RFC 6962 root. A
/// utility could so show some meters another size, hence another key graph, while all see the same root.
#[test]
fn one_merkle_root_for_two_roster_sizes() {
    let world = cohort(10, 3, 0);
    let utility = world.view.utility();
    let path = world.roster.path(List::Roster, 0);
    let honest = world.roster.inclusion(List::Roster, 0, &path);
    assert_eq!((honest.count, path.len()), (4, 2));
    let leaf = merkle::leaf(&utility.leaf());
    // The bare root, as RFC 9162 verifies it, holds for both sizes.
    for count in [3, 4] {
        assert!(merkle::verify(leaf, 0, count, &path, &honest.merkle_root));
    }
    // The commitment holds for one.
    let committed = world.view.epoch().roster_root;
    assert_eq!(honest.verify(utility, List::Roster, &committed), Ok(()));
    let smaller = Inclusion { count: 3, ..honest };
    assert_eq!(smaller.verify(utility, List::Roster, &committed), Err(Fault::BadProof.of(PartyId::UTILITY)));
    assert_ne!(List::Roster.commit(3, &honest.merkle_root), List::Roster.commit(4, &honest.merkle_root));
    // Nor is a list of meters one of answerers.
    assert_ne!(List::Roster.commit(4, &honest.merkle_root), List::Answerers.commit(4, &honest.merkle_root));
}

/// How many pairs of sizes one path serves in small trees: it is no rare accident.
#[test]
fn many_sizes_share_a_path() {
    let leaves: Vec<merkle::Hash> = (0..32u8).map(|i| merkle::leaf(&[i])).collect();
    let mut shared = 0;
    for count in 2..=32usize {
        let top = merkle::root(leaves[..count].iter().copied());
        for index in 0..count {
            let path = merkle::path(&leaves[..count], index);
            let sizes =
                (1..=64).filter(|size| merkle::verify(leaves[index], index as u32, *size, &path, &top));
            shared += sizes.count() - 1;
        }
    }
    assert!(shared > 1000, "{shared}");
}

#[test]
fn id_in_two_roles() {
    let forming = forming(3);
    let mut builder = RosterBuilder::new(forming);
    let mut seed = 0;
    let mut add = |id: u32, role: Role| {
        seed += 2;
        let (identity, link) = (Identity::generate(&mut rng(seed)), LinkSecret::generate(&mut rng(seed + 1)));
        let frame = announce(&forming, PartyId(id), role, &identity, link.public()).unwrap();
        builder.add(&Certified { id: PartyId(id), role, identity: identity.public() }, &frame)
    };
    add(0, Role::Utility).unwrap();
    add(7, Role::Meter).unwrap();
    add(8, Role::Holder).unwrap();
    let duplicate = |id| Err(Fault::DuplicateId.of(PartyId(id)));
    for role in [Role::Meter, Role::Holder, Role::Aggregator, Role::Trustee] {
        assert_eq!(add(7, role), duplicate(7));
        assert_eq!(add(8, role), duplicate(8));
        assert_eq!(add(0, role), Err(Fault::ReservedId.of(PartyId::UTILITY)));
    }
    assert_eq!(add(0, Role::Utility), duplicate(0));
    assert_eq!(add(9, Role::Utility), Err(Fault::ReservedId.of(PartyId(9))));
    let roster = builder.build().unwrap();
    assert_eq!((roster.meters().len(), roster.answerers().len()), (1, 1));
}

#[test]
fn group_without_meters_or_utility() {
    let forming = forming(3);
    assert_eq!(RosterBuilder::new(forming).build().unwrap_err(), Misuse::UnknownParty.into());
    for (id, role, expected) in [
        (0, Role::Utility, Misuse::EmptyGroup),
        (5, Role::Meter, Misuse::UnknownParty),
        (5, Role::Holder, Misuse::UnknownParty),
    ] {
        let mut builder = RosterBuilder::new(forming);
        let (identity, link) = (Identity::generate(&mut rng(1)), LinkSecret::generate(&mut rng(2)));
        let frame = announce(&forming, PartyId(id), role, &identity, link.public()).unwrap();
        builder.add(&Certified { id: PartyId(id), role, identity: identity.public() }, &frame).unwrap();
        assert_eq!(builder.build().unwrap_err(), expected.into());
    }
}

const BEACON_TIME: u64 = 5_000;

fn root(seed: u64) -> RosterRoot {
    cohort(seed, 3, 2).roster.root(Round::from(LAST), BEACON_TIME)
}

/// With a known beacon the utility could try rosters until the victim's neighbours are its own.
#[test]
fn root_after_its_beacon() {
    let utility = cohort(20, 3, 2).utility.identity;
    let accept = |seed, now| {
        let frame = root(seed).sign(&forming(3), &utility).unwrap();
        StoredRoot::accept(&frame, &forming(3), &utility.public(), now, None).map(|p| p.stored())
    };
    assert_eq!(*accept(20, BEACON_TIME - 1).unwrap().root(), root(20));
    for now in [BEACON_TIME, BEACON_TIME + 1, u64::MAX] {
        for candidate in 20..23 {
            assert_eq!(accept(candidate, now).unwrap_err(), Fault::RosterAfterBeacon.of(PartyId::UTILITY));
        }
    }
    // Whoever pinned the root cannot use a beacon before its time either.
    let pinned = accept(20, 0).unwrap();
    let early = pinned.epoch(&forming(3), [7; 32], BEACON_TIME - 1);
    assert_eq!(early, Err(Misuse::BeaconNotOut.into()));
    let epoch = pinned.epoch(&forming(3), [7; 32], BEACON_TIME).unwrap();
    assert_eq!((epoch.first_round, epoch.last_round), (Round::from(FIRST), Round::from(LAST)));
}

/// Two rosters for one epoch would split it into groups that do not know of each other, one of them perhaps
/// of a single honest meter.
#[test]
fn second_root_for_an_epoch() {
    let utility = cohort(30, 3, 2).utility.identity;
    let accept = |seed, now, pinned: Option<&StoredRoot>| {
        let frame = root(seed).sign(&forming(3), &utility).unwrap();
        StoredRoot::accept(&frame, &forming(3), &utility.public(), now, pinned)
    };
    let first = accept(30, 1, None).unwrap();
    // What was stored is what is known after a reboot.
    let pinned = StoredRoot::from_bytes(first.record().try_into().unwrap()).unwrap();
    assert_eq!(pinned, first.stored());
    let contradiction = Fault::Contradiction.of(PartyId::UTILITY);
    assert_eq!(accept(31, 2, Some(&pinned)).unwrap_err(), contradiction);
    assert_eq!(accept(31, BEACON_TIME, Some(&pinned)).unwrap_err(), contradiction);
    // The same root again is a retransmission, at any time.
    assert_eq!(accept(30, BEACON_TIME + 1, Some(&pinned)).unwrap().stored(), pinned);
    // A later epoch has its own.
    let later = Forming { first_round: Round::from(LAST + 1), ..forming(4) };
    let next = RosterRoot { last_round: Round::from(LAST + 9), ..root(31) };
    let next = next.sign(&later, &utility).unwrap();
    let other = StoredRoot::accept(&next, &later, &utility.public(), 2, Some(&pinned)).unwrap();
    assert_ne!(other.stored(), pinned);
    let frame = root(31).sign(&forming(4), &utility).unwrap();
    assert_eq!(
        StoredRoot::accept(&frame, &forming(3), &utility.public(), 2, None).unwrap_err(),
        Fault::BadSignature.of(PartyId::UTILITY)
    );
}

/// A round in two epochs has two agreed sets: the sums over both subtract to whoever is in one of them alone.
#[test]
fn overlapping_epochs() {
    let utility = cohort(32, 3, 2).utility.identity;
    let accept = |epoch, first: u32, last: u32, pinned: Option<&StoredRoot>| {
        let forming = Forming { first_round: Round::from(first), ..forming(epoch) };
        let root = RosterRoot { last_round: Round::from(last), ..root(32) };
        let frame = root.sign(&forming, &utility).unwrap();
        StoredRoot::accept(&frame, &forming, &utility.public(), 1, pinned).map(|p| p.stored())
    };
    let pinned = accept(3, FIRST, LAST, None).unwrap();
    for (epoch, first, last) in [
        (4, FIRST, LAST),
        (4, LAST, LAST + 9),
        (2, FIRST - 9, FIRST - 1),
        (2, LAST + 1, LAST + 9),
        (4, 0, FIRST - 1),
    ] {
        let refused = accept(epoch, first, last, Some(&pinned)).unwrap_err();
        assert_eq!(refused, Fault::WrongEpoch.of(PartyId::UTILITY), "epoch {epoch}, {first} to {last}");
        assert!(accept(epoch, first, last, None).is_ok());
    }
    accept(4, LAST + 1, LAST + 9, Some(&pinned)).unwrap();
}
