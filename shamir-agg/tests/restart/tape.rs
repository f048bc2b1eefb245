//! A window and a bit that nothing disturbs: what every party was told, stored and sent. All roles are deterministic,
//! so that a disturbed run is right if it sends the same bytes.

use chacha20::ChaCha20Rng;
use meter_link::answer::Quorum;
use meter_link::{Identity, LinkSecret, Round};
use rand_core::SeedableRng;
use shamir_agg::{Aggregator, Bill, Error, Sum};

use crate::group::{FIRST, Plan, World, billed_truth, readings, silent, truth};

/// Rounds of a window; ratchet steps of 5 rounds end within it.
pub(crate) const WINDOW: u32 = 12;
/// Two rounds of the next window are played too.
pub(crate) const ROUNDS: u32 = WINDOW + 2;

/// What the utility tells an aggregator.
#[derive(Clone)]
pub(crate) enum Told {
    Open(Vec<u8>),
    Answer(Vec<u8>),
    Follow(Vec<u8>),
    Agree(Vec<u8>),
    Certificate(Vec<Vec<u8>>),
    Bill(Vec<u8>),
    AgreeBill(Vec<u8>),
}

/// One message to an aggregator, and what came of it when nothing was disturbed.
pub(crate) struct Step {
    pub(crate) now: Round,
    pub(crate) told: Told,
    /// Where the utility begins anew after a silence: the round's Open, or the window's query.
    pub(crate) resume: usize,
    pub(crate) record: Option<Vec<u8>>,
    pub(crate) sent: Vec<u8>,
    /// The aggregator's state before it.
    pub(crate) state: Vec<u8>,
}

/// How a round or window is asked for.
#[derive(Clone, Copy)]
pub(crate) enum Ask {
    /// Bound answers of three.
    Bound(Quorum),
    /// Raw answers of all.
    Certified(Quorum),
}

impl Ask {
    pub(crate) fn quorum(&self) -> Quorum {
        match self {
            Ask::Bound(quorum) | Ask::Certified(quorum) => *quorum,
        }
    }
}

/// A round, as the utility had it.
pub(crate) struct Played {
    pub(crate) round: Round,
    pub(crate) ask: Ask,
    pub(crate) frames: Vec<Vec<u8>>,
    pub(crate) open: Vec<u8>,
    pub(crate) close: Vec<u8>,
    pub(crate) sum: Sum,
}

/// Everything.
pub(crate) struct Tape {
    pub(crate) plan: Plan,
    pub(crate) rounds: Vec<Played>,
    pub(crate) billings: Vec<(Ask, Vec<u8>)>,
    pub(crate) bills: Vec<Bill>,
    /// By number, from 1.
    steps: Vec<Vec<Step>>,
    /// States behind the last step.
    ends: Vec<Vec<u8>>,
}

/// Lets an aggregator take a message: record and answer, if there are any.
pub(crate) fn tell(
    aggregator: &mut Aggregator,
    now: Round,
    told: &Told,
) -> Result<(Option<Vec<u8>>, Vec<u8>), Error> {
    let prepared = match told {
        Told::Open(open) => return aggregator.open(now, open).map(|()| (None, Vec::new())),
        Told::Follow(close) => {
            let prepared = aggregator.follow(now, close)?;
            return Ok((Some(prepared.record().to_vec()), Vec::new()));
        }
        Told::Answer(close) => aggregator.answer(now, close)?,
        Told::Agree(close) => aggregator.agree(now, close)?,
        Told::Bill(query) => aggregator.bill(now, query)?,
        Told::AgreeBill(query) => aggregator.agree_bill(now, query)?,
        Told::Certificate(statements) => {
            let statements: Vec<&[u8]> = statements.iter().map(Vec::as_slice).collect();
            aggregator.answer_certified(&statements)?
        }
    };
    Ok((Some(prepared.record().to_vec()), prepared.stored()))
}

/// The identity of a party without the rest of its cohort: the utility is 0, then come meters and aggregators.
pub(crate) fn identity(plan: &Plan, party: u32) -> Identity {
    let mut rng = ChaCha20Rng::seed_from_u64(plan.seed);
    for _ in 0..party {
        let _ = (Identity::generate(&mut rng), LinkSecret::generate(&mut rng));
    }
    Identity::generate(&mut rng)
}

/// How the n-th round is asked for: all four in turn have rounds of each kind.
fn ask(n: u32) -> Ask {
    let quorum = |numbers: &[u8]| Quorum::new(numbers).unwrap();
    match n % 4 {
        0 => Ask::Bound(quorum(&[1, 2, 4])),
        1 => Ask::Certified(quorum(&[1, 2, 3, 4])),
        2 => Ask::Bound(quorum(&[2, 3, 4])),
        _ => Ask::Bound(quorum(&[1, 2, 3])),
    }
}

impl Tape {
    pub(crate) fn record() -> Self {
        let plan = Plan::billed(12, 2);
        let mut world = World::new(plan);
        let mut tape = Tape {
            plan,
            rounds: Vec::new(),
            billings: Vec::new(),
            bills: Vec::new(),
            steps: (0..4).map(|_| Vec::new()).collect(),
            ends: Vec::new(),
        };
        let mut window = Vec::new();
        for n in 0..ROUNDS {
            let gone: &[usize] = if n % 5 == 2 { &[3, 7] } else { &[] };
            window.push(silent(readings(&plan, FIRST + n), gone));
            tape.round(&mut world, n, &window[n as usize]);
            if n + 1 == WINDOW {
                tape.bill(&mut world, Ask::Bound(Quorum::new(&[1, 3, 4]).unwrap()));
            }
        }
        tape.bill(&mut world, Ask::Certified(Quorum::new(&[1, 2, 3, 4]).unwrap()));
        tape.bill(&mut world, Ask::Bound(Quorum::new(&[1, 2, 4]).unwrap()));
        let truth = |place: usize| billed_truth(&window[..WINDOW as usize], place);
        assert_eq!(tape.bills.len(), 12);
        for (place, bill) in tape.bills.iter().enumerate() {
            assert_eq!((bill.rounds, bill.values.clone()), truth(place));
        }
        tape.ends = world.aggregators.iter().map(|a| a.to_bytes().unwrap().to_vec()).collect();
        tape
    }

    /// What an aggregator was told.
    pub(crate) fn steps(&self, number: u8) -> &[Step] {
        &self.steps[usize::from(number) - 1]
    }

    /// An aggregator's state before a step, or behind the last one.
    pub(crate) fn state(&self, number: u8, at: usize) -> &[u8] {
        let number = usize::from(number) - 1;
        self.steps[number].get(at).map_or(&self.ends[number], |step| &step.state)
    }

    /// What an aggregator sends to a frame of the utility's, which must be one of the undisturbed run.
    pub(crate) fn reply(&self, number: u8, frame: &[u8]) -> Vec<u8> {
        let told = |step: &&Step| match &step.told {
            Told::Answer(told) | Told::Agree(told) | Told::Bill(told) | Told::AgreeBill(told) => {
                told == frame
            }
            _ => false,
        };
        self.steps(number).iter().find(told).unwrap().sent.clone()
    }

    /// What an aggregator sends to a certificate.
    pub(crate) fn raw_reply(&self, number: u8, certificate: &[&[u8]]) -> Vec<u8> {
        let told = |step: &&Step| matches!(&step.told, Told::Certificate(told) if told == certificate);
        self.steps(number).iter().find(told).unwrap().sent.clone()
    }

    fn tell(&mut self, world: &mut World, number: u8, now: u32, told: Told) -> Vec<u8> {
        let steps = &mut self.steps[usize::from(number) - 1];
        let resume = match told {
            Told::Open(_) | Told::Bill(_) | Told::AgreeBill(_) => steps.len(),
            _ => steps.last().unwrap().resume,
        };
        let aggregator = world.aggregator(number);
        let (now, state) = (Round::from(now), aggregator.to_bytes().unwrap().to_vec());
        let (record, sent) = tell(aggregator, now, &told).unwrap();
        steps.push(Step { now, told, resume, record, sent: sent.clone(), state });
        sent
    }

    fn round(&mut self, world: &mut World, n: u32, readings: &[crate::group::Reading]) {
        let (round, ask) = (FIRST + n, ask(n));
        let frames: Vec<Vec<u8>> = world.frames(round, readings).into_iter().flatten().collect();
        let everybody = world.everybody();
        let mut collecting = world.utility.open(round.into(), round.into(), &everybody).unwrap();
        let open = collecting.frame().to_vec();
        for number in 1..=4 {
            self.tell(world, number, round, Told::Open(open.clone()));
        }
        frames.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
        let (sum, close) = match ask {
            Ask::Bound(quorum) => {
                let mut closed = world.utility.close(collecting, &quorum).unwrap();
                let close = closed.frame().to_vec();
                for number in 1..=4 {
                    if quorum.contains(number) {
                        let answer = self.tell(world, number, round, Told::Answer(close.clone()));
                        closed.accept(&answer).unwrap();
                    } else {
                        self.tell(world, number, round, Told::Follow(close.clone()));
                    }
                }
                (world.utility.record(&closed).unwrap(), close)
            }
            Ask::Certified(quorum) => {
                let mut certified = world.utility.certify(collecting, &quorum).unwrap();
                let close = certified.frame().to_vec();
                for number in 1..=4 {
                    let statement = self.tell(world, number, round, Told::Agree(close.clone()));
                    certified.accept_statement(&statement).unwrap();
                }
                let certificate: Vec<Vec<u8>> =
                    certified.certificate().unwrap().into_iter().map(<[u8]>::to_vec).collect();
                for number in 1..=4 {
                    let answer = self.tell(world, number, round, Told::Certificate(certificate.clone()));
                    certified.accept(&answer).unwrap();
                }
                (world.utility.record_certified(&certified).unwrap().sum, close)
            }
        };
        assert_eq!(sum.values, truth(readings));
        self.rounds.push(Played { round: round.into(), ask, frames, open, close, sum });
    }

    fn bill(&mut self, world: &mut World, ask: Ask) {
        let (first, now) = (Round::from(FIRST), FIRST + self.rounds.len() as u32);
        let meters = world.utility.billable(first).unwrap();
        let (bills, query) = match ask {
            Ask::Bound(quorum) => {
                let mut billing = world.utility.bill(first, &meters, &quorum).unwrap();
                let query = billing.frame().to_vec();
                for number in quorum.iter() {
                    billing.accept(&self.tell(world, number, now, Told::Bill(query.clone()))).unwrap();
                }
                (billing.bills().unwrap().bills, query)
            }
            Ask::Certified(quorum) => {
                let mut billing = world.utility.certify_bill(first, &meters, &quorum).unwrap();
                let query = billing.frame().to_vec();
                for number in quorum.iter() {
                    let statement = self.tell(world, number, now, Told::AgreeBill(query.clone()));
                    billing.accept_statement(&statement).unwrap();
                }
                let certificate: Vec<Vec<u8>> =
                    billing.certificate().unwrap().into_iter().map(<[u8]>::to_vec).collect();
                for number in quorum.iter() {
                    let answer = self.tell(world, number, now, Told::Certificate(certificate.clone()));
                    billing.accept(&answer).unwrap();
                }
                (billing.bills().unwrap().bills, query)
            }
        };
        assert!(self.bills.is_empty() || self.bills == bills);
        self.bills = bills;
        self.billings.push((ask, query));
    }
}
