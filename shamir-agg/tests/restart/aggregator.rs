//! An aggregator killed after every message that it took or gave.

use std::collections::BTreeMap;

use meter_link::answer::AnswerKind;
use meter_link::log::{Entry, Log};
use meter_link::{PartyId, Round};
use shamir_agg::{Aggregator, Error, Fault, Misuse};

use crate::group::{FIRST, World};
use crate::tape::{ROUNDS, Step, Tape, Told, WINDOW, identity, tell};

/// What a killed aggregator comes back with.
#[derive(Clone, Copy, Debug)]
enum From {
    /// Its state as it was before this step.
    Step(usize),
    /// Its link secret, which it should have wiped.
    Nothing,
}

/// A victim, and what all its lives have in common.
struct Case<'t> {
    tape: &'t Tape,
    world: World,
    number: u8,
    /// Another set for each round, rightly signed.
    forged: Vec<(Vec<u8>, Vec<u8>)>,
}

impl<'t> Case<'t> {
    fn new(tape: &'t Tape, number: u8) -> Self {
        let world = World::new(tape.plan);
        let quorum = if number == 1 { [1, 2, 3] } else { [2, 3, number] };
        let forge = |n: u32| {
            let open = world.forger.open(FIRST + n, None, &world.everybody());
            let close = world.forger.close(FIRST + n, &open, &quorum, &world.all_but(&[0]));
            (open, close)
        };
        let forged = (0..ROUNDS).map(forge).collect();
        Case { tape, number, forged, world }
    }

    fn steps(&self) -> &'t [Step] {
        self.tape.steps(self.number)
    }

    /// Back to life, with every record that was stored.
    fn restored(&self, from: From, records: &[Vec<u8>]) -> Aggregator {
        let plan = self.tape.plan;
        let mut aggregator = match from {
            From::Nothing => plan.aggregator(self.number),
            From::Step(at) => {
                let id = plan.aggregator_ids()[usize::from(self.number) - 1];
                let own = identity(&plan, plan.meters + u32::from(self.number));
                let state = self.tape.state(self.number, at);
                let (params, view, roster) = (&self.world.params, &self.world.view, &self.world.roster);
                Aggregator::from_bytes(params, view, id, own, roster, state).unwrap()
            }
        };
        records.iter().for_each(|record| aggregator.replay(record).unwrap());
        aggregator
    }

    /// Goes on to the end: rounds that the state lacks are caught up, and from the last thing without an answer the
    /// utility says everything again. Returns all records.
    fn finish(&self, aggregator: &mut Aggregator, mut records: Vec<Vec<u8>>, at: usize) -> Vec<Vec<u8>> {
        let steps = self.steps();
        let Some(next) = steps.get(at) else { return records };
        let resume = next.resume;
        let open = |round: &Round| steps[..resume].iter().any(|s| s.now == *round && closes(&s.told));
        for played in self.tape.rounds.iter().filter(|played| open(&played.round)) {
            if aggregator.books().unwrap().lacks(played.round) {
                let prepared = aggregator.catch_up(next.now, &played.open, &played.close).unwrap();
                records.push(prepared.record().to_vec());
            }
        }
        for step in &steps[resume..] {
            let (record, sent) = tell(aggregator, step.now, &step.told).unwrap();
            assert_eq!(sent, step.sent);
            records.extend(record);
        }
        records
    }

    /// Whatever is stored, no other set of a round that was agreed to finds an answer.
    fn attack(&self, aggregator: &mut Aggregator, records: &[Vec<u8>]) {
        let contradiction = Error::Fault { culprit: PartyId::UTILITY, fault: Fault::Contradiction };
        let fixed: Vec<Entry> = records.iter().map(|record| Entry::parse(record).unwrap().0).collect();
        for (n, (open, close)) in (FIRST..).zip(&self.forged) {
            let round = Round::from(n);
            if !fixed.iter().any(|e| e.kind == AnswerKind::ShamirRound && e.round == round) {
                continue;
            }
            assert_eq!(aggregator.catch_up(round, open, close).unwrap_err(), contradiction);
            match aggregator.open(round, open) {
                Ok(()) => {
                    assert_eq!(aggregator.answer(round, close).unwrap_err(), contradiction);
                    assert_eq!(aggregator.follow(round, close).unwrap_err(), contradiction);
                    assert_eq!(aggregator.agree(round, close).unwrap_err(), contradiction);
                }
                // A later round is closed, or the keys of that step are gone.
                Err(error) => {
                    let closed = Error::Fault { culprit: PartyId::UTILITY, fault: Fault::RoundClosed };
                    assert!(error == closed || error == Misuse::OutOfOrder.into(), "{error}");
                }
            }
        }
    }

    /// One digest for a round or window, and a log without a gap that ends where the aggregator says.
    fn check_records(&self, aggregator: &Aggregator, records: &[Vec<u8>], in_order: bool) {
        let mut digests = BTreeMap::new();
        let id = self.tape.plan.aggregator_ids()[usize::from(self.number) - 1];
        let mut log = Log::new(self.world.view.context(), id);
        for record in records {
            let entry = Entry::parse(record).unwrap().0;
            let key = (entry.kind as u8, entry.round);
            assert_eq!(*digests.entry(key).or_insert(entry.digest), entry.digest);
            if in_order {
                log.follow(record).unwrap();
            }
        }
        assert_eq!(digests.len() as u32, ROUNDS + 1);
        if in_order {
            assert_eq!((log.len(), log.head()), (aggregator.log().len(), aggregator.log().head()));
        }
    }

    fn play(&self, at: usize, stored: usize, from: From, in_order: bool) {
        let records: Vec<Vec<u8>> =
            self.steps()[..stored].iter().filter_map(|step| step.record.clone()).collect();
        self.attack(&mut self.restored(from, &records), &records);
        let mut aggregator = self.restored(from, &records);
        let records = self.finish(&mut aggregator, records, at);
        self.check_records(&aggregator, &records, in_order);
    }
}

fn closes(told: &Told) -> bool {
    matches!(told, Told::Answer(_) | Told::Follow(_) | Told::Agree(_))
}

fn killed_everywhere(number: u8) {
    let tape = Tape::record();
    let case = Case::new(&tape, number);
    for at in 0..=case.steps().len() {
        // The step has come to nothing, or its record is stored and its answer is not sent.
        for stored in [at, at + 1] {
            if stored > case.steps().len() {
                continue;
            }
            let states = [0, 1, 2, 5, 11, 20].into_iter().filter_map(|ago| at.checked_sub(ago));
            for from in states.map(From::Step).chain([From::Step(0), From::Nothing]) {
                case.play(at, stored, from, true);
            }
        }
        // The state was stored before the record, against the rule: nothing is lost but an entry of the log.
        if at < case.steps().len() {
            case.play(at, at, From::Step(at + 1), false);
        }
    }
}

#[test]
fn an_aggregator_below_the_threshold_killed_everywhere() {
    killed_everywhere(1);
}

#[test]
fn an_aggregator_with_corrections_killed_everywhere() {
    killed_everywhere(4);
}

/// Dead while two rounds were closed: it catches up before it agrees to a later set, and goes on. Behind a later set it
/// cannot, and says so instead of billing.
#[test]
fn what_it_slept_through_is_caught_up_or_not_billed() {
    let tape = Tape::record();
    let case = Case::new(&tape, 4);
    let steps = case.steps();
    let first_of = |n: u32| steps.iter().position(|s| s.now == Round::from(FIRST + n)).unwrap();
    let query = steps.iter().position(|s| matches!(s.told, Told::Bill(_))).unwrap();
    let (asleep, awake) = (first_of(7), first_of(9));
    let records: Vec<Vec<u8>> = steps[..asleep].iter().filter_map(|s| s.record.clone()).collect();

    let mut aggregator = case.restored(From::Step(asleep), &records);
    for played in &tape.rounds[7..9] {
        aggregator.catch_up(steps[awake].now, &played.open, &played.close).unwrap().stored();
    }
    for step in &steps[awake..] {
        assert_eq!(tell(&mut aggregator, step.now, &step.told).unwrap().1, step.sent);
    }

    let mut late = case.restored(From::Step(asleep), &records);
    for step in &steps[first_of(10)..query] {
        // Sums of rounds it goes on to answer.
        assert_eq!(tell(&mut late, step.now, &step.told).unwrap().1, step.sent);
    }
    let played = &tape.rounds[7];
    let gone = late.catch_up(steps[query].now, &played.open, &played.close).unwrap_err();
    assert_eq!(gone, Error::Fault { culprit: PartyId::UTILITY, fault: Fault::RoundClosed });
    let refused = tell(&mut late, steps[query].now, &steps[query].told).unwrap_err();
    assert_eq!(refused, Error::Fault { culprit: PartyId::UTILITY, fault: Fault::WrongSet });
}

/// The records alone guard what was agreed to, and the books know what they lack: no bill over fewer rounds.
#[test]
fn records_without_a_state_bill_nothing() {
    let tape = Tape::record();
    let case = Case::new(&tape, 4);
    let steps = case.steps();
    let query = steps.iter().position(|s| matches!(s.told, Told::Bill(_))).unwrap();
    let records: Vec<Vec<u8>> = steps[..query].iter().filter_map(|s| s.record.clone()).collect();
    let mut aggregator = case.restored(From::Nothing, &records);
    let not_kept = Error::Fault { culprit: PartyId::UTILITY, fault: Fault::NotExpected };
    assert_eq!(tell(&mut aggregator, steps[query].now, &steps[query].told).unwrap_err(), not_kept);
    // All but one of the rounds: still none.
    for played in &tape.rounds[..WINDOW as usize - 1] {
        aggregator.catch_up(steps[query].now, &played.open, &played.close).unwrap().stored();
    }
    assert_eq!(
        tell(&mut aggregator, steps[query].now, &steps[query].told).unwrap_err(),
        Misuse::OutOfOrder.into()
    );
}
