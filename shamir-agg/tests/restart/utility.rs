//! The utility killed after every step: same frames, same sums, same bills.

use meter_link::answer::Quorum;
use meter_link::{PartyId, Round};
use shamir_agg::{Bill, Certified, Closed, Collecting, Error, Fault, Misuse, Sum, Utility};

use crate::group::{FIRST, Plan, World, readings, truth};
use crate::tape::{Ask, Played, Tape, identity};

/// A utility, what it has on disk, and the moment at which it is killed.
struct Office<'t> {
    tape: &'t Tape,
    world: &'t World,
    utility: Utility,
    state: Vec<u8>,
    round: Vec<u8>,
    moment: usize,
    moments: usize,
}

impl<'t> Office<'t> {
    fn new(tape: &'t Tape, world: &'t World, moment: usize) -> Self {
        let utility = tape.plan.utility();
        let state = utility.to_bytes().unwrap().to_vec();
        Office { tape, world, utility, state, round: Vec::new(), moment, moments: 0 }
    }

    /// If it dies here: then it comes back with what is on disk.
    fn dies(&mut self) -> bool {
        let now = self.moments == self.moment;
        self.moments += 1;
        if now {
            self.utility = restored(self.world, &self.state);
        }
        now
    }

    fn store(&mut self) {
        self.state = self.utility.to_bytes().unwrap().to_vec();
    }

    fn reopen(&mut self) -> Collecting {
        self.utility.reopen(&self.round).unwrap()
    }

    /// Opens and collects; meters send again what was not acknowledged.
    fn collect(&mut self, played: &Played) -> Collecting {
        let (round, everybody) = (played.round, self.world.everybody());
        let mut collecting = self.utility.open(round, round, &everybody).unwrap();
        if self.dies() {
            collecting = self.utility.open(round, round, &everybody).unwrap();
        }
        self.store();
        self.round = collecting.to_bytes().unwrap();
        if self.dies() {
            collecting = self.reopen();
        }
        assert_eq!(collecting.frame(), played.open);
        for (i, frame) in played.frames.iter().enumerate() {
            collecting.accept(frame).unwrap();
            if self.dies() {
                collecting = self.reopen();
                played.frames[..=i].iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
            }
            if i % 4 == 3 {
                self.round = collecting.to_bytes().unwrap();
            }
        }
        self.round = collecting.to_bytes().unwrap();
        if self.dies() {
            collecting = self.reopen();
        }
        collecting
    }

    fn close(&mut self, collecting: Collecting, quorum: &Quorum) -> Closed {
        let mut closed = self.utility.close(collecting, quorum).unwrap();
        // Before its state is stored, and after.
        for _ in 0..2 {
            if self.dies() {
                let collecting = self.reopen();
                closed = self.utility.close(collecting, quorum).unwrap();
            }
            self.store();
        }
        closed
    }

    fn bound(&mut self, played: &Played, quorum: &Quorum) -> Sum {
        let collecting = self.collect(played);
        let mut closed = self.close(collecting, quorum);
        assert_eq!(closed.frame(), played.close);
        for number in quorum.iter() {
            closed.accept(&self.tape.reply(number, closed.frame())).unwrap();
            if self.dies() {
                let collecting = self.reopen();
                closed = self.utility.close(collecting, quorum).unwrap();
                for number in quorum.iter().filter(|other| *other <= number) {
                    closed.accept(&self.tape.reply(number, closed.frame())).unwrap();
                }
            }
        }
        self.utility.record(&closed).unwrap()
    }

    fn certify(&mut self, collecting: Collecting, quorum: &Quorum) -> Certified {
        let mut certified = self.utility.certify(collecting, quorum).unwrap();
        for _ in 0..2 {
            if self.dies() {
                let collecting = self.reopen();
                certified = self.utility.certify(collecting, quorum).unwrap();
            }
            self.store();
        }
        certified
    }

    fn certified(&mut self, played: &Played, quorum: &Quorum) -> Sum {
        let collecting = self.collect(played);
        let mut certified = self.certify(collecting, quorum);
        assert_eq!(certified.frame(), played.close);
        let state = |office: &Office<'_>, certified: &mut Certified, up_to: u8| {
            for number in quorum.iter().filter(|number| *number <= up_to) {
                certified.accept_statement(&office.tape.reply(number, &played.close)).unwrap();
            }
        };
        for number in quorum.iter() {
            certified.accept_statement(&self.tape.reply(number, &played.close)).unwrap();
            if self.dies() {
                let collecting = self.reopen();
                certified = self.utility.certify(collecting, quorum).unwrap();
                state(self, &mut certified, number);
            }
        }
        for number in quorum.iter() {
            let answer = self.tape.raw_reply(number, &certified.certificate().unwrap());
            certified.accept(&answer).unwrap();
            if self.dies() {
                let collecting = self.reopen();
                certified = self.utility.certify(collecting, quorum).unwrap();
                state(self, &mut certified, u8::MAX);
                for number in quorum.iter().filter(|other| *other <= number) {
                    let answer = self.tape.raw_reply(number, &certified.certificate().unwrap());
                    certified.accept(&answer).unwrap();
                }
            }
        }
        self.utility.record_certified(&certified).unwrap().sum
    }

    fn bills(&mut self, ask: &Ask, query: &[u8]) -> Vec<Bill> {
        let first = Round::from(FIRST);
        self.dies();
        let meters = self.utility.billable(first).unwrap();
        let quorum = ask.quorum();
        match ask {
            Ask::Bound(_) => {
                let mut billing = self.utility.bill(first, &meters, &quorum).unwrap();
                assert_eq!(billing.frame(), query);
                for number in quorum.iter() {
                    billing.accept(&self.tape.reply(number, query)).unwrap();
                    if self.dies() {
                        billing = self.utility.bill(first, &meters, &quorum).unwrap();
                        for number in quorum.iter().filter(|other| *other <= number) {
                            billing.accept(&self.tape.reply(number, billing.frame())).unwrap();
                        }
                    }
                }
                billing.bills().unwrap().bills
            }
            Ask::Certified(_) => {
                let mut billing = self.utility.certify_bill(first, &meters, &quorum).unwrap();
                assert_eq!(billing.frame(), query);
                if self.dies() {
                    billing = self.utility.certify_bill(first, &meters, &quorum).unwrap();
                }
                for number in quorum.iter() {
                    billing.accept_statement(&self.tape.reply(number, billing.frame())).unwrap();
                }
                for number in quorum.iter() {
                    let answer = self.tape.raw_reply(number, &billing.certificate().unwrap());
                    billing.accept(&answer).unwrap();
                }
                billing.bills().unwrap().bills
            }
        }
    }

    /// All of it, and how many moments there are to die at.
    fn run(mut self) -> usize {
        for (n, played) in self.tape.rounds.iter().enumerate() {
            let sum = match &played.ask {
                Ask::Bound(quorum) => self.bound(played, quorum),
                Ask::Certified(quorum) => self.certified(played, quorum),
            };
            assert_eq!(sum, played.sum);
            self.dies();
            if n + 1 == crate::tape::WINDOW as usize {
                let (ask, query) = &self.tape.billings[0];
                assert_eq!(self.bills(ask, query), self.tape.bills);
            }
        }
        for (ask, query) in &self.tape.billings[1..] {
            assert_eq!(self.bills(ask, query), self.tape.bills);
        }
        self.moments
    }
}

fn restored(world: &World, state: &[u8]) -> Utility {
    let own = identity(&world.plan, 0);
    Utility::from_bytes(&world.params, &world.view, own, world.roster.clone(), state).unwrap()
}

#[test]
fn a_utility_killed_everywhere() {
    let tape = Tape::record();
    let world = World::new(tape.plan);
    let moments = Office::new(&tape, &world, usize::MAX).run();
    assert!(moments > 250, "{moments}");
    for moment in 0..moments {
        Office::new(&tape, &world, moment).run();
    }
}

/// From a state before the last rounds it cannot say anything else about them, and no bill comes of books with gaps.
#[test]
fn a_rolled_back_utility_contradicts_itself() {
    let mut world = World::new(Plan::billed(12, 1));
    let state = world.utility.to_bytes().unwrap();
    for n in 0..12 {
        let readings = readings(&world.plan, FIRST + n);
        world.round(FIRST + n, &readings, &[]).unwrap();
    }
    world.utility = restored(&world, &state);
    let fault = |fault: Fault| Err(Error::Fault { culprit: PartyId::UTILITY, fault });
    let last = Round::from(FIRST + 11);
    let again = world.utility.open(last, last, &world.all_but(&[2])).unwrap();
    assert_eq!(world.aggregator(1).open(last, again.frame()), fault(Fault::Contradiction));
    // Aggregators follow sets, not the chain: rounds go on, and are right.
    let next = readings(&world.plan, FIRST + 12);
    assert_eq!(world.round(FIRST + 12, &next, &[]).unwrap().values, truth(&next));
    assert_eq!(world.utility.billable(Round::from(FIRST)), Err(Misuse::NotBillable.into()));
}

/// A round whose frames were not stored is lost, and its Open is not said twice.
#[test]
fn a_round_without_its_frames_is_lost() {
    let mut world = World::new(Plan::billed(12, 1));
    let readings = readings(&world.plan, FIRST);
    let collecting = world.collected(FIRST, &readings, &[]).unwrap();
    let empty = world.open_again(collecting);
    assert_eq!(empty.unwrap_err(), Misuse::OutOfOrder.into());
    let next = crate::group::readings(&world.plan, FIRST + 1);
    assert_eq!(world.round(FIRST + 1, &next, &[]).unwrap().values, crate::group::truth(&next));
}

impl World {
    /// The utility comes back with its own state alone.
    fn open_again(&mut self, collecting: Collecting) -> Result<Collecting, Error> {
        drop(collecting);
        self.utility = restored(self, &self.utility.to_bytes().unwrap());
        let round = Round::from(FIRST);
        let everybody = self.everybody();
        self.utility.open(round, round, &everybody)
    }
}
