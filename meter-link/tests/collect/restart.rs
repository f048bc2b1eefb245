//! A utility that is killed in the middle of a round.

use meter_link::answer::Quorum;
use meter_link::collect::{Collected, Collecting};
use meter_link::head::Head;
use meter_link::round::{CloseFields, Open, frame_hash};
use meter_link::{Error, Fault, Malformed, Misuse, PartyId, Round};

use crate::{METERS, World, cohort, world, world_of};

const NOW: Round = match Round::new(3) {
    Ok(round) => round,
    Err(_) => unreachable!(),
};

fn after(state: &[u8]) -> Result<Head, Error> {
    let cohort = cohort(1, METERS);
    let (head, own) = Head::from_bytes(&cohort.view, cohort.utility.identity, cohort.roster, state)?;
    own.end().unwrap();
    Ok(head)
}

fn take(world: &World, collecting: &mut Collecting, places: impl Iterator<Item = usize>) {
    for place in places {
        collecting.accept(&world.frame(place, 3, [place as u64, 5])).unwrap();
    }
}

/// The Close of what has come, and its sum.
fn close(head: &mut Head, collecting: Collecting) -> Result<(Vec<u8>, Collected), Error> {
    let collected = collecting.end();
    let fields = CloseFields {
        round: collected.round,
        pass: 1,
        previous: collected.open,
        quorum: None::<Quorum>,
        is_final: true,
        set: &collected.set,
    };
    let frame = head.close(&fields, &collected.present)?;
    Ok((frame, collected))
}

#[test]
fn a_utility_that_is_killed_after_the_open() {
    let mut world = world();
    let mut present = vec![true; METERS as usize];
    present[17] = false;
    let mut collecting = world.head.open(NOW, NOW, &present, 2).unwrap();
    // Stored before the Open leaves, and again with half of the frames.
    let (head_state, open) = (world.head.to_bytes(&[]).unwrap(), collecting.frame().to_vec());
    take(&world, &mut collecting, 0..17);
    let stored = collecting.to_bytes().unwrap();
    let rest = || 18..38;
    take(&world, &mut collecting, rest());
    let missing: Vec<PartyId> = collecting.missing().collect();
    let (frame, collected) = close(&mut world.head, collecting).unwrap();
    let next = Round::from(4);
    let (next_open, _) = world.head.open_frame(next, next, &present).unwrap();

    let mut head = after(&head_state).unwrap();
    let mut again = head.reopen(&stored, 2).unwrap();
    assert_eq!(again.frame(), open);
    assert_eq!(again.missing().count(), 39 - 17);
    // What came before counts once; what comes now is as good.
    take(&world, &mut again, 0..2);
    take(&world, &mut again, rest());
    assert_eq!(again.missing().collect::<Vec<_>>(), missing);
    assert_eq!(again.accept(&world.frame(1, 3, [9, 9])), Err(Fault::Contradiction.of(world.keys[1].0)));
    let (same, resumed) = close(&mut head, again).unwrap();
    assert_eq!(same, frame);
    let sum = |collected: &Collected| collected.contributions.sum(&collected.set);
    assert_eq!((&resumed.set, &resumed.present), (&collected.set, &collected.present));
    assert_eq!(sum(&resumed), sum(&collected));
    // The next Open names that Close.
    let (open, _) = head.open_frame(next, next, &present).unwrap();
    assert_eq!(open, next_open);
    let named = Open::verify(&open, &world.view, next).unwrap().previous;
    assert_eq!(named, Some((NOW, frame_hash(&frame))));
    // The round is over: neither this state nor another opens it again.
    assert_eq!(head.reopen(&stored, 2).unwrap_err(), Misuse::OutOfOrder.into());
}

/// The state was stored before the Open, the round's after it: the Open has left, and there is no second one.
#[test]
fn a_head_that_does_not_know_of_its_open() {
    let mut world = world();
    let before = world.head.to_bytes(&[]).unwrap();
    let mut collecting = world.head.open(NOW, NOW, &[true; METERS as usize], 2).unwrap();
    take(&world, &mut collecting, 0..40);
    let mut head = after(&before).unwrap();
    let again = head.reopen(&collecting.to_bytes().unwrap(), 2).unwrap();
    let mut present = [true; METERS as usize];
    present[5] = false;
    assert_eq!(head.open_frame(NOW, NOW, &present).unwrap_err(), Misuse::OutOfOrder.into());
    assert_eq!(close(&mut head, again).unwrap().0, close(&mut world.head, collecting).unwrap().0);
}

/// Killed after the Close left, and come back with what was stored before it: the same Close may be made again, one
/// over another set would be evidence against the utility.
#[test]
fn a_second_close_over_another_set() {
    let mut world = world();
    let mut collecting = world.head.open(NOW, NOW, &[true; METERS as usize], 2).unwrap();
    take(&world, &mut collecting, 0..38);
    let stored = collecting.to_bytes().unwrap();
    let (frame, _) = close(&mut world.head, collecting).unwrap();
    let mut head = after(&world.head.to_bytes(&[]).unwrap()).unwrap();
    let mut more = head.reopen(&stored, 2).unwrap();
    take(&world, &mut more, 38..39);
    assert_eq!(close(&mut head, more).unwrap_err(), Misuse::OutOfOrder.into());
    let same = head.reopen(&stored, 2).unwrap();
    assert_eq!(close(&mut head, same).unwrap().0, frame);
}

#[test]
fn damaged_rounds() {
    let mut world = world();
    let mut collecting = world.head.open(NOW, NOW, &[true; METERS as usize], 2).unwrap();
    take(&world, &mut collecting, 0..20);
    let stored = collecting.to_bytes().unwrap();
    let mut head = after(&world.head.to_bytes(&[]).unwrap()).unwrap();
    for at in 0..stored.len() {
        let mut bad = stored.clone();
        bad[at] ^= 0x10;
        for bad in [&bad[..], &stored[..at]] {
            let refused = head.reopen(bad, 2).unwrap_err();
            assert!(matches!(refused, Error::Malformed(_) | Error::Fault { .. }), "byte {at}: {refused:?}");
        }
    }
    head.reopen(&stored, 2).unwrap();
    // Another width, and another epoch.
    assert!(head.reopen(&stored, 3).is_err());
    let elsewhere = world_of(2).head.reopen(&stored, 2).unwrap_err();
    assert_eq!(elsewhere, Fault::BadSignature.of(PartyId::UTILITY));
}

#[test]
fn damaged_heads() {
    let small = |epoch: u32| Cohort::from(cohort(epoch, 4));
    let state = |epoch: u32| {
        let cohort = cohort(epoch, 4);
        let own = cohort.utility;
        let mut head = Head::new(&cohort.view, own.identity, own.link, cohort.roster).unwrap();
        let collecting = head.open(NOW, NOW, &[true; 4], 2).unwrap();
        assert!(close(&mut head, collecting).is_err());
        head.to_bytes(b"own").unwrap()
    };
    let good = state(1);
    let read = |Cohort { view, roster, utility }: Cohort, state: &[u8]| {
        Head::from_bytes(&view, utility, roster, state)
            .map(|(head, own)| (head.progress(), own.rest().to_vec()))
    };
    let bad_record = Err(Malformed::BadRecord.into());
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        for bad in [&bad[..], &good[..at]] {
            assert_eq!(read(small(1), bad), bad_record, "byte {at}");
        }
    }
    assert_eq!(read(small(1), &good).unwrap().1, b"own");
    assert_eq!(read(small(2), &good), bad_record);
    let utility = cohort(1, 4).meters.remove(0).identity;
    assert_eq!(read(Cohort { utility, ..small(1) }, &good), Err(Misuse::WrongRole.into()));
    let roster = Cohort::from(cohort(1, 5)).roster;
    let refused = read(Cohort { roster, ..small(1) }, &good);
    assert_eq!(refused, Err(Fault::BadProof.of(PartyId::UTILITY)));
}

/// What a utility keeps of its cohort.
struct Cohort {
    view: meter_link::EpochView,
    roster: meter_link::roster::Roster,
    utility: meter_link::Identity,
}

impl From<meter_link::cohort::Cohort> for Cohort {
    fn from(cohort: meter_link::cohort::Cohort) -> Self {
        Cohort { view: cohort.view, roster: cohort.roster, utility: cohort.utility.identity }
    }
}
