//! Opens and Closes that come twice, late, or from elsewhere.

use meter_link::answer::{AnswerKind, Answerer, Post};
use meter_link::cohort::Cohort;
use meter_link::round::{Chain, Close, Open, frame_hash};
use meter_link::{Error, Fault, Label, Misuse, PartyId, Role, Round};

use crate::setting::{FIRST, LAST, cohort, last_close, open};

const UTILITY: PartyId = PartyId::UTILITY;

fn take_open(chain: &mut Chain, world: &Cohort, now: u32, frame: &[u8]) -> Result<(), Error> {
    let open = Open::verify(frame, &world.view, Round::from(now))?;
    chain.open(&open).map(|_| ())
}

fn take_close(chain: &mut Chain, world: &Cohort, now: u32, frame: &[u8]) -> Result<bool, Error> {
    let close = Close::verify(frame, &world.view, Round::from(now))?;
    chain.close(&close)
}

#[test]
fn replayed_open() {
    let world = cohort(40, 5, 0);
    let all = [true; 5];
    let mut chain = Chain::new();
    let first = open(&world, FIRST, None, &all);
    take_open(&mut chain, &world, FIRST, &first).unwrap();
    take_open(&mut chain, &world, FIRST, &first).unwrap(); // sent twice, means nothing
    let close = last_close(&world, FIRST, frame_hash(&first), &[], &all);
    assert_eq!(take_close(&mut chain, &world, FIRST, &close), Ok(true));
    assert_eq!(take_close(&mut chain, &world, FIRST, &close), Ok(false));
    // After the Close the round stays closed, for the old Open and for a new one.
    for again in [first.clone(), open(&world, FIRST, None, &[true, true, true, true, false])] {
        let replayed = take_open(&mut chain, &world, FIRST, &again);
        assert_eq!(replayed, Err(Fault::RoundClosed.of(UTILITY)));
    }
    let second = open(&world, FIRST + 1, Some((FIRST, frame_hash(&close))), &all);
    take_open(&mut chain, &world, FIRST + 1, &second).unwrap();
    assert_eq!(take_open(&mut chain, &world, FIRST + 1, &first), Err(Fault::RoundClosed.of(UTILITY)));
    // Nor does it open a round of another epoch, with the same utility or another.
    let other = cohort(41, 5, 0);
    let refused = Open::verify(&first, &other.view, Round::from(FIRST)).unwrap_err();
    assert_eq!(refused, Fault::BadSignature.of(UTILITY));
}

#[test]
fn two_opens_of_one_round() {
    let world = cohort(42, 5, 0);
    let (all, without) = ([true; 5], [true, true, true, true, false]);
    let mut chain = Chain::new();
    take_open(&mut chain, &world, FIRST, &open(&world, FIRST, None, &all)).unwrap();
    let second = open(&world, FIRST, None, &without);
    assert_eq!(take_open(&mut chain, &world, FIRST, &second), Err(Fault::Contradiction.of(UTILITY)));
    assert_eq!(chain.open_round(), Some(Round::from(FIRST)));
}

/// An Open that denies a Close which this party has seen.
#[test]
fn forked_chain() {
    let world = cohort(43, 5, 0);
    let all = [true; 5];
    let mut chain = Chain::new();
    let first = open(&world, FIRST, None, &all);
    take_open(&mut chain, &world, FIRST, &first).unwrap();
    let close = last_close(&world, FIRST, frame_hash(&first), &[], &all);
    let rival = last_close(&world, FIRST, frame_hash(&first), &[], &[true, true, true, true, false]);
    assert_eq!(take_close(&mut chain, &world, FIRST, &close), Ok(true));
    assert_eq!(take_close(&mut chain, &world, FIRST, &rival), Err(Fault::Contradiction.of(UTILITY)));
    for previous in [None, Some((FIRST, frame_hash(&rival)))] {
        let second = open(&world, FIRST + 1, previous, &all);
        assert_eq!(take_open(&mut chain, &world, FIRST + 1, &second), Err(Fault::ChainBroken.of(UTILITY)));
    }
    // A party that missed rounds accepts a predecessor that it does not know.
    let later = open(&world, FIRST + 2, Some((FIRST + 1, [9; 32])), &all);
    take_open(&mut chain, &world, FIRST + 2, &later).unwrap();
}

/// A Close that belongs to another Open of the round.
#[test]
fn close_of_another_open() {
    let world = cohort(44, 5, 0);
    let all = [true; 5];
    let mut chain = Chain::new();
    take_open(&mut chain, &world, FIRST, &open(&world, FIRST, None, &all)).unwrap();
    let other = open(&world, FIRST, None, &[true, true, true, true, false]);
    let close = last_close(&world, FIRST, frame_hash(&other), &[], &all);
    assert_eq!(take_close(&mut chain, &world, FIRST, &close), Err(Fault::ChainBroken.of(UTILITY)));
}

/// An Open for the last round of the epoch would silence the group for good.
#[test]
fn round_far_from_now() {
    let world = cohort(45, 5, 0);
    let now = FIRST + 100;
    for round in [FIRST, now - 3, now + 3, LAST] {
        let frame = open(&world, round, None, &[true; 5]);
        let refused = Open::verify(&frame, &world.view, Round::from(now)).unwrap_err();
        assert_eq!(refused, Fault::RoundFarFromNow.of(UTILITY), "{round}");
        let own = world.view.check_own_round(Round::from(now), Round::from(round));
        assert_eq!(own, Err(Misuse::RoundFarFromNow.into()));
    }
    for round in now - 2..=now + 2 {
        Open::verify(&open(&world, round, None, &[true; 5]), &world.view, Round::from(now)).unwrap();
    }
    for round in [FIRST - 1, LAST + 1] {
        let frame = open(&world, round, None, &[true; 5]);
        let refused = Open::verify(&frame, &world.view, Round::from(round)).unwrap_err();
        assert_eq!(refused, Fault::WrongEpoch.of(UTILITY));
    }
    assert_eq!(Round::new(1 << 32), Err(Misuse::RoundTooLarge.into()));
}

fn holder(world: &mut Cohort) -> Answerer {
    let party = world.answerers.remove(0);
    let (label, kind) = (Label::DcnetHolder, AnswerKind::DcnetRound);
    let post = Post { id: party.id, role: Role::Holder, threshold: 3, label, kind };
    Answerer::new(&world.view, &post, party.link, &world.roster).unwrap()
}

/// Sums over two sets of one round differ by the readings of those in one of them. A holder answers for one
/// set, also after a reboot; another quorum for the same set is harmless.
#[test]
fn second_set_of_a_round() {
    let mut world = cohort(46, 12, 4);
    let mut holder = holder(&mut world);
    let now = Round::from(FIRST);
    let all = [true; 12];
    let mut without = all;
    without[4] = false;
    let opened = open(&world, FIRST, None, &all);
    holder.open(now, &opened).unwrap();
    let close = |quorum: &[u8], set: &[bool]| last_close(&world, FIRST, frame_hash(&opened), quorum, set);
    let prepared = holder.answer(now, &close(&[1, 2, 3], &all)).unwrap();
    let record = prepared.record().to_vec();
    let answer = prepared.stored();
    assert_eq!(holder.answer(now, &close(&[1, 2, 3], &all)).unwrap().stored(), answer);
    assert_ne!(holder.answer(now, &close(&[1, 2, 4], &all)).unwrap().stored()[16..], answer[16..]);
    let contradiction = Fault::Contradiction.of(UTILITY);
    assert_eq!(holder.answer(now, &close(&[1, 2, 3], &without)).unwrap_err(), contradiction);
    assert_eq!(holder.answer(now, &close(&[2, 3, 4], &all)).unwrap_err(), Fault::NotInQuorum.of(UTILITY));
    assert_eq!(holder.answer(now, &close(&[1, 2, 3, 4], &all)).unwrap_err(), Fault::NotInQuorum.of(UTILITY));

    let mut world = cohort(46, 12, 4);
    let mut rebooted = self::holder(&mut world);
    rebooted.replay(&record).unwrap();
    rebooted.open(now, &opened).unwrap();
    assert_eq!(rebooted.answer(now, &close(&[1, 2, 3], &without)).unwrap_err(), contradiction);
    assert_eq!(rebooted.answer(now, &close(&[1, 2, 3], &all)).unwrap().stored(), answer);
}

/// Sets that single somebody out: smaller than the rules allow, or with a meter that was not there.
#[test]
fn set_outside_the_rules() {
    let mut world = cohort(47, 12, 4);
    let mut holder = holder(&mut world);
    let now = Round::from(FIRST);
    let mut present = [true; 12];
    present[0] = false;
    let opened = open(&world, FIRST, None, &present);
    holder.open(now, &opened).unwrap();
    let close = |set: &[bool]| last_close(&world, FIRST, frame_hash(&opened), &[1, 2, 3], set);
    assert_eq!(holder.answer(now, &close(&[true; 12])).unwrap_err(), Fault::NotInOpen.of(UTILITY));
    let mut small = present;
    (small[1], small[2]) = (false, false);
    assert_eq!(holder.answer(now, &close(&small)).unwrap_err(), Fault::SetTooSmall.of(UTILITY));
    let mut few = [false; 12];
    (few[0], few[1]) = (true, true);
    let refused = holder.open(Round::from(FIRST + 1), &open(&world, FIRST + 1, None, &few));
    assert_eq!(refused, Err(Fault::SetTooSmall.of(UTILITY)));
    holder.answer(now, &close(&present)).unwrap().stored();
}
