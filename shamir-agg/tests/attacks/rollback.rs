//! Aggregators that lose what they have stored, or get an old copy of it back.

use meter_link::{Malformed, Misuse, Round};
use shamir_agg::{Aggregator, Fault};

use crate::adversary::by_hand;
use crate::blamed;
use crate::group::{ANSWER_HEAD, FIRST, Plan, World, element};
use crate::knowledge::Form;
use crate::windows::{Chosen, END, QUORUM};
use crate::{any_three, begun, one};

/// The aggregator with a number, from a state that was stored.
fn restored(plan: &Plan, number: u8, state: &[u8]) -> Aggregator {
    let mut cohort = plan.cohort();
    let party = cohort.answerers.remove(usize::from(number) - 1);
    Aggregator::from_bytes(&plan.params(), &cohort.view, party.id, party.identity, &cohort.roster, state)
        .unwrap()
}

/// State from before the answer: with the records stored since it refuses a second set, without them it subtracts.
#[test]
fn an_old_state_answers_a_second_set_and_with_its_records_it_does_not() {
    let plan = any_three(5);
    let mut world = World::new(plan);
    let before: Vec<_> = world.aggregators.iter().map(|a| a.to_bytes().unwrap()).collect();
    let (readings, frames, open) = begun(&mut world, FIRST);
    let (now, sets) = (Round::from(FIRST), [world.everybody(), world.all_but(&[1])]);
    let closes = sets.clone().map(|set| world.forger.close(FIRST, &open, &QUORUM, &set));
    let mut records = Vec::new();
    let first = QUORUM.map(|number| {
        let prepared = world.aggregator(number).answer(now, &closes[0]).unwrap();
        records.push(prepared.record().to_vec());
        element(&prepared.stored(), ANSWER_HEAD, 0)
    });
    let of = |number: u8| usize::from(number) - 1;
    let old = |number: u8| {
        let mut aggregator = restored(&plan, number, &before[of(number)]);
        aggregator.open(now, &open).unwrap();
        aggregator
    };
    let second = QUORUM.map(|n| element(&old(n).answer(now, &closes[1]).unwrap().stored(), ANSWER_HEAD, 0));
    let sums =
        [(&sets[0], first), (&sets[1], second)].map(|(set, a)| by_hand(&plan, &frames, set, &a, &QUORUM));
    assert_eq!(sums[0] - sums[1], one(&readings, 1));

    for number in QUORUM {
        // One alone is one colluder: the others do not answer with it.
        assert_eq!(
            world.aggregator(number).answer(now, &closes[1]).unwrap_err(),
            blamed(Fault::Contradiction)
        );
        // The newest state, or an old one with all records; in either order of Open and records.
        let state = world.aggregator(number).to_bytes().unwrap();
        let mut newest = restored(&plan, number, &state);
        newest.open(now, &open).unwrap();
        let mut replayed = old(number);
        replayed.replay(&records[of(number)]).unwrap();
        for mut aggregator in [newest, replayed] {
            let kept = aggregator.to_bytes().unwrap();
            assert_eq!(aggregator.answer(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
            assert_eq!(aggregator.agree(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
            assert!(*aggregator.to_bytes().unwrap() == *kept);
            let again = aggregator.answer(now, &closes[0]).unwrap();
            assert_eq!(element(&again.stored(), ANSWER_HEAD, 0), first[of(number)]);
        }
    }
}

/// The same for a signed set: who is rolled back behind its statement signs another one.
#[test]
fn an_old_state_signs_a_second_set() {
    let plan = any_three(5);
    let mut world = World::new(plan);
    let before = world.aggregator(1).to_bytes().unwrap();
    let (_, _, open) = begun(&mut world, FIRST);
    let (now, sets) = (Round::from(FIRST), [world.everybody(), world.all_but(&[1])]);
    let closes = sets.map(|set| world.forger.close(FIRST, &open, &QUORUM, &set));
    let prepared = world.aggregator(1).agree(now, &closes[0]).unwrap();
    let (record, first) = (prepared.record().to_vec(), prepared.stored());
    let mut old = restored(&plan, 1, &before);
    old.open(now, &open).unwrap();
    let second = old.agree(now, &closes[1]).unwrap().stored();
    assert_ne!(first[16..48], second[16..48]);

    let mut old = restored(&plan, 1, &before);
    old.replay(&record).unwrap();
    old.open(now, &open).unwrap();
    assert_eq!(old.agree(now, &closes[1]).unwrap_err(), blamed(Fault::Contradiction));
    // It answers raw only once it has signed again, in this life.
    assert_eq!(old.answer_certified(&[&first]).unwrap_err(), Misuse::OutOfOrder.into());
    assert_eq!(old.agree(now, &closes[0]).unwrap().stored(), first);
}

/// Bills of the same window for two lists, by aggregators that have forgotten the first.
#[test]
fn an_old_state_bills_a_second_list() {
    let mut sets = vec![(0..14).map(|i| i > 0).collect::<Vec<bool>>(); 12];
    sets[5][0] = true;
    let plan = Plan::billed(14, 1);
    let mut chosen = Chosen::new(plan, sets);
    let now = Round::from(END + 1);
    let lists = [1, 2].map(|out| chosen.world.all_but(&[0, out]));
    let queries = [&lists[0], &lists[1]].map(|billed| chosen.query(billed));
    let before = QUORUM.map(|number| chosen.world.aggregator(number).to_bytes().unwrap());
    let mut records = Vec::new();
    for number in QUORUM {
        let prepared = chosen.world.aggregator(number).bill(now, &queries[0]).unwrap();
        records.push(prepared.record().to_vec());
        prepared.stored();
    }
    // Both lists together are all meters but the guest, whose one reading is open then.
    for (number, state) in QUORUM.into_iter().zip(&before) {
        let _ = restored(&plan, number, state).bill(now, &queries[1]).unwrap().stored();
    }
    let guest = (0, FIRST + 5);
    let both = chosen.world.all_but(&[0]);
    assert_eq!(chosen.known(&both).value(&Form::readings([guest])), Some(chosen.reading(guest)));

    for ((number, state), record) in QUORUM.into_iter().zip(&before).zip(&records) {
        let mut old = restored(&plan, number, state);
        old.replay(record).unwrap();
        let kept = old.to_bytes().unwrap();
        assert_eq!(old.bill(now, &queries[1]).unwrap_err(), blamed(Fault::Contradiction));
        assert_eq!(old.agree_bill(now, &queries[1]).unwrap_err(), blamed(Fault::Contradiction));
        assert!(*old.to_bytes().unwrap() == *kept);
        let _ = old.bill(now, &queries[0]).unwrap().stored();
    }
}

/// A state from the middle of a window, with all records: it knows that it lacks rounds, and does not bill a window
/// without them; nor does it take other sets for them.
#[test]
fn an_old_state_does_not_bill_a_window_without_the_rounds_it_lost() {
    let plan = Plan { rounds_per_step: 96, ..Plan::billed(12, 1) };
    let everybody = vec![true; 12];
    let mut chosen = Chosen::new(plan, vec![everybody.clone(); 8]);
    let state = chosen.world.aggregator(2).to_bytes().unwrap();
    let mut records = Vec::new();
    let mut missed = Vec::new();
    for round in FIRST + 8..=END {
        let (open, close) = chosen.closed(round, &everybody);
        for number in 1..=4 {
            let aggregator = chosen.world.aggregator(number);
            aggregator.open(Round::from(round), &open).unwrap();
            let prepared = aggregator.follow(Round::from(round), &close).unwrap();
            if number == 2 {
                records.push(prepared.record().to_vec());
            }
            prepared.stored();
        }
        missed.push((round, open, close));
    }
    let now = Round::from(END + 1);
    let query = chosen.query(&everybody);
    let mut old = restored(&plan, 2, &state);
    let short = old.books().unwrap().get(Round::from(FIRST)).unwrap().sets_digest();
    let shorter = chosen.world.forger.query((FIRST, END), short, &QUORUM, &everybody);
    // Without its records it would bill 8 rounds, and another time 12.
    let _ = restored(&plan, 2, &state).bill(now, &shorter).unwrap().stored();

    records.iter().for_each(|record| old.replay(record).unwrap());
    for query in [&query, &shorter] {
        assert_eq!(old.bill(now, query).unwrap_err(), Misuse::OutOfOrder.into());
    }
    let fewer = chosen.world.all_but(&[3]);
    for (round, open, close) in &missed {
        let forged = chosen.closed(*round, &fewer);
        let other = old.catch_up(now, &forged.0, &forged.1).unwrap_err();
        assert_eq!(other, blamed(Fault::Contradiction));
        old.catch_up(now, open, close).unwrap().stored();
    }
    assert_eq!(old.bill(now, &shorter).unwrap_err(), blamed(Fault::WrongSet));
    let right = chosen.world.aggregator(2).bill(now, &query).unwrap().stored();
    assert_eq!(old.bill(now, &query).unwrap().stored(), right);
}

/// State of another aggregator, group, epoch or of parameters with and without windows.
#[test]
fn states_of_somebody_else() {
    let plan = Plan::billed(12, 1);
    let state = World::new(plan).aggregator(1).to_bytes().unwrap();
    let bad = Err(Malformed::BadRecord.into());
    let read = |plan: &Plan, number: u8, state: &[u8]| {
        let mut cohort = plan.cohort();
        let party = cohort.answerers.remove(usize::from(number) - 1);
        let params = plan.params();
        Aggregator::from_bytes(&params, &cohort.view, party.id, party.identity, &cohort.roster, state)
            .map(|_| ())
    };
    assert_eq!(read(&plan, 1, &state), Ok(()));
    assert_eq!(read(&plan, 2, &state), bad);
    for other in [
        Plan { group: 8, ..plan },
        Plan { last: plan.last - 1, ..plan },
        Plan { windows: None, ..plan },
        Plan { windows: Some((12, 7)), ..plan },
        Plan { seed: 2, ..plan },
    ] {
        assert_eq!(read(&other, 1, &state), bad);
    }
    for at in (0..state.len()).step_by(7) {
        let mut flipped = state.to_vec();
        flipped[at] ^= 1;
        assert_eq!(read(&plan, 1, &flipped), bad);
        assert_eq!(read(&plan, 1, &state[..at]), bad);
    }
}
