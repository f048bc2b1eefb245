//! Holders and utility that are killed in the middle of things, and go on from what they have stored.

use dcnet_core::{Closing, Error, Fault, Holder, Malformed, Misuse, Utility};
use meter_link::log::{Audit, Log, LogHead};
use meter_link::roster::Roster;
use meter_link::{EpochView, PartyId, Round};

use crate::group::{FIRST, Plan, World, readings, silent, truth};
use crate::rounds::Script;

/// The holder with a number and what it is, with its identity.
fn signing(plan: &Plan, number: u8) -> (Holder, PartyId, EpochView, Roster) {
    let mut cohort = plan.cohort();
    let party = cohort.answerers.remove(usize::from(number) - 1);
    let holder = Holder::new(&plan.params(), &cohort.view, party.id, party.link, &cohort.roster).unwrap();
    (holder.signing(party.identity).unwrap(), party.id, cohort.view, cohort.roster)
}

#[test]
fn a_holder_that_starts_again() {
    let mut world = World::new(Plan::of(6, 2));
    let plan = world.plan;
    let (holder, id, view, roster) = signing(&plan, 2);
    *world.holder(2) = holder;
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut records = Vec::new();
    let mut state = None;
    let mut last = None;
    for round in FIRST..FIRST + 3 {
        let now = Round::from(round);
        let some = readings(&plan, round);
        let collecting = world.collected(round, &some, &Script::default());
        let open = collecting.frame().to_vec();
        let (closed, _) = world.settle(collecting, &quorum, Vec::new(), &Script::default()).unwrap();
        let prepared = world.holder(2).answer(now, closed.frame()).unwrap();
        records.push(prepared.record().to_vec());
        last = Some((now, open, closed, prepared.stored()));
        // What is stored whole lags behind: the record of the last round is beside it.
        if round == FIRST + 1 {
            state = Some(world.holder(2).to_bytes().unwrap());
        }
    }
    let (state, (now, open, closed, answer)) = (state.unwrap(), last.unwrap());
    let restart = |id, state: &[u8]| Holder::from_bytes(&plan.params(), &view, id, &roster, state);
    let mut holder = restart(id, &state).unwrap();
    assert_eq!((holder.number(), holder.log().len()), (2, 2));
    holder.replay(&records[2]).unwrap();
    let mut whole = Log::new(view.context(), id);
    for record in &records {
        whole.follow(record).unwrap();
    }
    assert_eq!((holder.log().len(), holder.log().head()), (whole.len(), whole.head()));
    // The last round again: a second set is refused, the first answered byte for byte the same.
    holder.open(now, &open).unwrap();
    let second = world.forger.close(FIRST + 2, 1, &open, Some(&[1, 2, 3]), &world.all_but(&[4]));
    let refused = holder.answer(now, &second).unwrap_err();
    assert_eq!(refused, Fault::Contradiction.of(PartyId::UTILITY));
    let again = holder.answer(now, closed.frame()).unwrap();
    records.push(again.record().to_vec());
    assert_eq!(again.stored(), answer);

    // Its log is one, over the restart, and it signs its end once it has its identity again.
    let mut audit = Audit::new(view.context(), id);
    for record in &records {
        audit.follow(record).unwrap();
    }
    assert_eq!(audit.log().head(), holder.log().head());
    assert_eq!(holder.log_head(now), Err(Misuse::WrongRole.into()));
    let holder = holder.signing(plan.cohort().answerers.remove(1).identity).unwrap();
    let head = LogHead::verify(&holder.log_head(now).unwrap(), &view, roster.answerers()).unwrap();
    assert_eq!((head.answerer, audit.end(&head)), (id, Ok(())));

    // State of another, damaged or cut.
    let bad = Error::from(Malformed::BadRecord);
    assert_eq!(restart(plan.holder_ids()[0], &state).unwrap_err(), bad);
    assert_eq!(restart(PartyId(5), &state).unwrap_err(), Misuse::UnknownParty.into());
    for at in 0..state.len() {
        let mut flipped = state.to_vec();
        flipped[at] ^= 4;
        assert_eq!(restart(id, &flipped).unwrap_err(), bad, "byte {at}");
        assert_eq!(restart(id, &state[..at]).unwrap_err(), bad);
    }
    let other = Plan { group: 8, ..plan }.params();
    let refused = Holder::from_bytes(&other, &view, id, &roster, &state).unwrap_err();
    assert_eq!(refused, Misuse::WrongSession.into());
}

/// A holder that is not asked takes note, of the open round and of one that it has missed: it refuses a second set
/// of each.
#[test]
fn a_holder_that_follows() {
    let mut world = World::new(Plan::of(6, 1));
    let quorum = world.utility.quorum(|number| number != 4).unwrap();
    let mut frames = Vec::new();
    for round in [FIRST, FIRST + 1] {
        let away = if round == FIRST { &[4][..] } else { &[] };
        let script = Script { away, ..Script::default() };
        let some = readings(&world.plan, round);
        let collecting = world.collected(round, &some, &script);
        let open = collecting.frame().to_vec();
        let (closed, _) = world.settle(collecting, &quorum, Vec::new(), &script).unwrap();
        frames.push((open, closed.frame().to_vec()));
    }
    let now = Round::from(FIRST + 1);
    let rival = |world: &World, at: usize| {
        let round = FIRST + at as u32;
        world.forger.close(round, 1, &frames[at].0, Some(&[2, 3, 4]), &world.all_but(&[1]))
    };
    let (first, second) = (rival(&world, 0), rival(&world, 1));
    let contradiction = Fault::Contradiction.of(PartyId::UTILITY);
    let holder = world.holder(4);
    let asked = holder.answer(now, &frames[1].1).unwrap_err();
    assert_eq!(asked, Fault::NotInQuorum.of(PartyId::UTILITY));
    holder.catch_up(now, &frames[0].0, &frames[0].1).unwrap().stored();
    holder.follow(now, &frames[1].1).unwrap().stored();
    assert_eq!(holder.log().len(), 2);
    assert_eq!(holder.catch_up(now, &frames[0].0, &first).unwrap_err(), contradiction);
    assert_eq!(holder.answer(now, &second).unwrap_err(), contradiction);
    let same = world.forger.close(FIRST + 1, 1, &frames[1].0, Some(&[2, 3, 4]), &world.everybody());
    world.holder(4).answer(now, &same).unwrap().stored();
}

fn restarted(world: &World, state: &[u8]) -> Result<Utility, Error> {
    let own = world.plan.cohort().utility;
    Utility::from_bytes(&world.params, &world.view, own.identity, world.roster.clone(), state)
}

/// Between the first contributions and the Close, and again between two rounds.
#[test]
fn a_utility_that_starts_again() {
    let mut world = World::new(Plan::of(6, 2));
    let quorum = world.utility.quorum(|_| true).unwrap();
    for (round, gone) in [(FIRST, &[2][..]), (FIRST + 1, &[]), (FIRST + 2, &[0, 4])] {
        let some = silent(readings(&world.plan, round), gone);
        let mut collecting = world.open(round, &Script::default());
        let state = world.utility.to_bytes().unwrap();
        let open = collecting.frame().to_vec();
        let frames: Vec<Vec<u8>> = world.frames(round, &open, &some).into_iter().flatten().collect();
        for frame in &frames[..3] {
            collecting.accept(frame).unwrap();
        }
        let stored = collecting.to_bytes().unwrap();
        drop(collecting);
        world.utility = restarted(&world, &state).unwrap();
        let mut collecting = world.utility.reopen(&stored).unwrap();
        for frame in &frames {
            collecting.accept(frame).unwrap();
        }
        assert_eq!(collecting.missing().count(), gone.len());
        let (mut closed, _) = world.settle(collecting, &quorum, gone.to_vec(), &Script::default()).unwrap();
        let state = world.utility.to_bytes().unwrap();
        world.utility = restarted(&world, &state).unwrap();
        world.answer(round, &mut closed, &quorum).unwrap();
        assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));
        assert_eq!(world.utility.left_out(Round::from(round)).count(), 0);
        // The round is closed, and stays so.
        let now = Round::from(round);
        assert_eq!(world.utility.open(now, now, &world.everybody()).unwrap_err(), Misuse::OutOfOrder.into());
    }
    let state = world.utility.to_bytes().unwrap();
    for at in (0..state.len()).step_by(29) {
        assert_eq!(restarted(&world, &state[..at]).unwrap_err(), Malformed::BadRecord.into());
    }
    let mut longer = state[..state.len() - 4].to_vec();
    longer.push(0);
    let check = meter_link::mark::check(&longer);
    longer.extend(check);
    assert_eq!(restarted(&world, &longer).unwrap_err(), Malformed::BadRecord.into());
}

/// Frames that were checked elsewhere come in as a sum. Whoever is in it can no more be taken out: the round is lost
/// if it does not repair, and no wrong sum comes of it.
#[test]
fn a_sum_with_a_meter_that_leaves() {
    for leaves in [false, true] {
        let mut world = World::new(Plan::of(8, 1));
        let quorum = world.utility.quorum(|_| true).unwrap();
        let some = silent(readings(&world.plan, FIRST), &[6]);
        let mut collecting = world.open(FIRST, &Script::default());
        let open = collecting.frame().to_vec();
        let frames: Vec<Vec<u8>> = world.frames(FIRST, &open, &some).into_iter().flatten().collect();
        let mut branch = collecting.branch();
        for frame in &frames[..3] {
            branch.accept(frame).unwrap();
        }
        collecting.add(&branch.partial().unwrap()).unwrap();
        for frame in &frames[3..] {
            collecting.accept(frame).unwrap();
        }
        // The meter at 5 came by itself and may leave; the one at 1 came in the sum.
        let lost: &[&[usize]] = if leaves { &[&[1]] } else { &[&[5]] };
        let script = Script { lost, ..Script::default() };
        let settled = world.settle(collecting, &quorum, vec![6], &script);
        if leaves {
            assert_eq!(settled.unwrap_err(), Error::Inconsistent);
            // The next round goes on.
            let next = readings(&world.plan, FIRST + 1);
            assert_eq!(world.round(FIRST + 1, &next, Script::default()).unwrap().0.values, truth(&next));
            continue;
        }
        let (mut closed, passes) = settled.unwrap();
        world.answer(FIRST, &mut closed, &quorum).unwrap();
        assert_eq!((world.utility.record(&closed).unwrap().values, passes), (truth(&silent(some, &[5])), 3));
    }
}

/// Frames that were taken in two places.
#[test]
fn a_branch_counts_once() {
    let mut world = World::new(Plan::of(6, 1));
    let some = readings(&world.plan, FIRST);
    let mut collecting = world.open(FIRST, &Script::default());
    let open = collecting.frame().to_vec();
    let frames: Vec<Vec<u8>> = world.frames(FIRST, &open, &some).into_iter().flatten().collect();
    let mut branches = [collecting.branch(), collecting.branch()];
    for (place, frame) in frames.iter().enumerate() {
        branches[place % 2].accept(frame).unwrap();
    }
    for branch in &branches {
        collecting.merge(branch).unwrap();
        collecting.merge(branch).unwrap(); // the same frames again
    }
    let quorum = world.utility.quorum(|_| true).unwrap();
    let Closing::Final(mut closed) = world.utility.close(collecting, &quorum).unwrap() else { panic!() };
    world.answer(FIRST, &mut closed, &quorum).unwrap();
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&some));
}
