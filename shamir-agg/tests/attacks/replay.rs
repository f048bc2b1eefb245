//! True frames where they do not belong: other rounds, windows, epochs, groups and sessions.

use meter_link::{Header, Kind, PartyId, Round};
use shamir_agg::{Aggregator, Closed, Collecting, Error, Fault, Malformed};

use crate::blamed;
use crate::group::{FIRST, Plan, World, readings, truth};
use crate::windows::{END, WINDOW};

/// Every frame of a round, and of a window behind it.
#[derive(Clone, Default)]
struct Tape {
    open: Vec<u8>,
    contributions: Vec<Vec<u8>>,
    close: Vec<u8>,
    answers: Vec<Vec<u8>>,
    statements: Vec<Vec<u8>>,
    raw: Vec<Vec<u8>>,
    query: Vec<u8>,
    bills: Vec<Vec<u8>>,
    window_statements: Vec<Vec<u8>>,
    raw_bills: Vec<Vec<u8>>,
}

/// Plays a round in both ways of answering.
fn play(world: &mut World, round: u32) -> Tape {
    let now = Round::from(round);
    let mut tape = Tape::default();
    let readings = readings(&world.plan, round);
    let mut collecting = world.open(round, &[]);
    tape.open = collecting.frame().to_vec();
    tape.contributions = world.frames(round, &readings).into_iter().flatten().collect();
    tape.contributions.iter().for_each(|frame| assert!(collecting.accept(frame).is_ok()));
    let quorum = world.utility.quorum(|_| true).unwrap();
    let mut closed = world.utility.close(collecting, &quorum).unwrap();
    tape.close = closed.frame().to_vec();
    for number in quorum.iter() {
        let aggregator = world.aggregator(number);
        tape.answers.push(aggregator.answer(now, &tape.close).unwrap().stored());
        tape.statements.push(aggregator.agree(now, &tape.close).unwrap().stored());
    }
    let statements: Vec<&[u8]> = tape.statements.iter().map(Vec::as_slice).collect();
    for number in quorum.iter() {
        tape.raw.push(world.aggregator(number).answer_certified(&statements).unwrap().stored());
    }
    world.aggregator(4).follow(now, &tape.close).unwrap().stored();
    tape.answers.iter().for_each(|answer| assert!(closed.accept(answer).is_ok()));
    assert_eq!(world.utility.record(&closed).unwrap().values, truth(&readings));
    tape
}

/// Bills the window that begins with `first`, in both ways.
fn bill(world: &mut World, first: u32, tape: &mut Tape) {
    let now = Round::from(first + WINDOW);
    let meters = world.utility.billable(Round::from(first)).unwrap();
    let quorum = world.utility.quorum(|_| true).unwrap();
    tape.query = world.utility.bill(Round::from(first), &meters, &quorum).unwrap().frame().to_vec();
    for number in quorum.iter() {
        let aggregator = world.aggregator(number);
        tape.bills.push(aggregator.bill(now, &tape.query).unwrap().stored());
        tape.window_statements.push(aggregator.agree_bill(now, &tape.query).unwrap().stored());
    }
    let statements: Vec<&[u8]> = tape.window_statements.iter().map(Vec::as_slice).collect();
    for number in quorum.iter() {
        tape.raw_bills.push(world.aggregator(number).answer_certified(&statements).unwrap().stored());
    }
}

/// A window and one round more.
fn taped(plan: Plan) -> (World, Vec<Tape>) {
    let mut world = World::new(plan);
    let mut tapes: Vec<Tape> = (FIRST..=END).map(|round| play(&mut world, round)).collect();
    if plan.windows.is_some() {
        bill(&mut world, FIRST, tapes.last_mut().unwrap());
    }
    (world, tapes)
}

/// The sender that a frame names.
fn sender(frame: &[u8]) -> PartyId {
    Header::parse(frame).unwrap().sender
}

/// Everything that is waiting for a frame, in a world whose window is over and in whose next round all have sent.
struct Waiting {
    asked: Aggregator,
    collecting: Collecting,
    closed: Closed,
    world: World,
}

impl Waiting {
    fn new(plan: Plan) -> Self {
        let mut world = World::new(plan);
        for round in FIRST..=END {
            play(&mut world, round);
        }
        let readings = readings(&plan, END + 1);
        let first = world.collected(END + 1, &readings, &[]).unwrap();
        let quorum = world.utility.quorum(|_| true).unwrap();
        let closed = world.utility.close(first, &quorum).unwrap();
        let collecting = world.open(END + 2, &[]);
        let asked = world.aggregators.remove(0);
        Waiting { asked, collecting, closed, world }
    }

    /// That every frame of a tape is refused with this, by everybody, and nothing has changed.
    fn refuses(&mut self, tape: &Tape, now: u32, expected: impl Fn(Kind, PartyId) -> Error) {
        let now = Round::from(now);
        let ids = self.world.plan.meter_ids();
        let all = self.world.utility.quorum(|_| true).unwrap();
        let mut bills = self.world.utility.bill(Round::from(FIRST), &ids, &all).unwrap();
        let mut certified = self.world.utility.certify_bill(Round::from(FIRST), &ids, &all).unwrap();
        let state = self.asked.to_bytes().unwrap();
        let own = self.world.utility.to_bytes().unwrap();
        let frames = self.collecting.to_bytes().unwrap();
        let utility = PartyId::UTILITY;
        assert_eq!(self.asked.open(now, &tape.open), Err(expected(Kind::Open, utility)));
        let close = expected(Kind::Close, utility);
        assert_eq!(self.asked.answer(now, &tape.close).unwrap_err(), close);
        assert_eq!(self.asked.agree(now, &tape.close).unwrap_err(), close);
        assert_eq!(self.asked.follow(now, &tape.close).unwrap_err(), close);
        if !tape.query.is_empty() {
            let query = expected(Kind::WindowQuery, utility);
            assert_eq!(self.asked.bill(now, &tape.query).unwrap_err(), query);
            assert_eq!(self.asked.agree_bill(now, &tape.query).unwrap_err(), query);
        }
        for frame in &tape.contributions {
            assert_eq!(self.collecting.accept(frame), Err(expected(Kind::Contribution, sender(frame))));
        }
        for frame in &tape.answers {
            assert_eq!(self.closed.accept(frame), Err(expected(Kind::Answer, sender(frame))));
        }
        let mut world_certified = self.certified();
        for frame in &tape.statements {
            let result = world_certified.accept_statement(frame);
            assert_eq!(result, Err(expected(Kind::SetStatement, sender(frame))));
        }
        for frame in &tape.raw {
            assert_eq!(world_certified.accept(frame), Err(expected(Kind::RawAnswer, sender(frame))));
        }
        for frame in &tape.bills {
            assert_eq!(bills.accept(frame), Err(expected(Kind::Answer, sender(frame))));
        }
        for frame in &tape.window_statements {
            let result = certified.accept_statement(frame);
            assert_eq!(result, Err(expected(Kind::WindowStatement, sender(frame))));
        }
        for frame in &tape.raw_bills {
            assert_eq!(certified.accept(frame), Err(expected(Kind::RawAnswer, sender(frame))));
        }
        assert!(*self.asked.to_bytes().unwrap() == *state);
        assert!(*self.world.utility.to_bytes().unwrap() == *own);
        assert!(self.collecting.to_bytes().unwrap() == frames);
    }

    /// The round that waits for statements: one of another life of the same utility, over the same set.
    fn certified(&self) -> shamir_agg::Certified {
        let plan = self.world.plan;
        let mut utility = plan.utility();
        let round = Round::from(END + 1);
        let mut collecting = utility.open(round, round, &[true; 12]).unwrap();
        for (position, reading) in readings(&plan, END + 1).into_iter().enumerate() {
            let (frame, _) = plan.device(position).contribute(END + 1, &reading.unwrap()).unwrap();
            collecting.accept(&frame).unwrap();
        }
        let quorum = utility.quorum(|_| true).unwrap();
        utility.certify(collecting, &quorum).unwrap()
    }
}

/// Groups, parameters, epochs; windows or none: each has keys and signatures of its own, whatever else is the same.
#[test]
fn frames_of_other_sessions_and_epochs() {
    let plan = Plan::billed(12, 1);
    let mut waiting = Waiting::new(plan);
    let others = [
        (Plan { group: 8, ..plan }, true),
        (Plan { max_reading: 2_000_000, ..plan }, false),
        (Plan { windows: None, ..plan }, false),
        (Plan { windows: Some((12, 7)), ..plan }, false),
        // Another epoch of the same session, with the same parties and link keys.
        (Plan { last: plan.last - 1, ..plan }, false),
    ];
    for (other, is_group) in others {
        assert_eq!(other.params().session() == plan.params().session(), other.last != plan.last);
        assert_ne!(other.cohort().view.context(), plan.cohort().view.context());
        // The same link keys, hence all that differs is what the keys are bound to.
        let link = |plan: &Plan| plan.cohort().roster.answerers()[0].link;
        assert_eq!(link(&other), link(&plan));
        let (_, tapes) = taped(other);
        waiting.refuses(tapes.last().unwrap(), END + 1, |kind, sender| {
            let fault = match kind {
                _ if is_group => Fault::WrongGroup,
                Kind::Open | Kind::Close | Kind::WindowQuery => Fault::BadSignature,
                Kind::SetStatement | Kind::WindowStatement => Fault::BadSignature,
                _ => Fault::BadTag,
            };
            fault.of(sender)
        });
    }
}

/// Frames of the round before. Sets are the same, so are their digests: only the round tells them apart.
#[test]
fn frames_of_another_round() {
    let plan = Plan::billed(12, 1);
    let (mut world, tapes) = taped(plan);
    let (before, last) = (&tapes[tapes.len() - 2], tapes.last().unwrap());
    assert_eq!(before.statements[0][16..48], last.statements[0][16..48]);
    assert_eq!(before.answers[0][16..50], last.answers[0][16..50]);
    let mut waiting = Waiting::new(plan);
    let rounds = |kind: Kind, sender: PartyId| match kind {
        Kind::Open => Fault::RoundClosed.of(sender),
        Kind::Close => Fault::NotExpected.of(sender),
        _ => Fault::WrongRound.of(sender),
    };
    waiting.refuses(&Tape { query: vec![], ..before.clone() }, END + 1, rounds);
    let early = |kind: Kind, sender: PartyId| match kind {
        Kind::Open | Kind::Close => Fault::RoundFarFromNow.of(sender),
        _ => Fault::WrongRound.of(sender),
    };
    waiting.refuses(&Tape { query: vec![], ..tapes[0].clone() }, END + 1, early);
    // Statements of another round do not make a certificate either.
    let statements: Vec<&[u8]> = last.statements.iter().map(Vec::as_slice).collect();
    let _ = world.aggregator(1).agree(Round::from(END), &last.close).unwrap().stored();
    let mixed = [statements[0], statements[1], &before.statements[2]];
    let third = Fault::WrongRound.of(sender(&before.statements[2]));
    assert_eq!(world.aggregator(1).answer_certified(&mixed).unwrap_err(), third);
}

/// Queries, bills and statements of the window before, of the same meters.
#[test]
fn frames_of_another_window() {
    let plan = Plan::billed(12, 1);
    let (mut world, tapes) = taped(plan);
    let first = tapes.last().unwrap();
    let mut second = Tape::default();
    for round in END + 1..=END + WINDOW {
        play(&mut world, round);
    }
    bill(&mut world, FIRST + WINDOW, &mut second);
    let (meters, quorum) = (plan.meter_ids(), world.utility.quorum(|_| true).unwrap());
    let from = Round::from(FIRST + WINDOW);
    let mut bills = world.utility.bill(from, &meters, &quorum).unwrap();
    let mut certified = world.utility.certify_bill(from, &meters, &quorum).unwrap();
    for i in 0..3 {
        let party = sender(&first.bills[i]);
        assert_eq!(bills.accept(&first.bills[i]), Err(Fault::WrongRound.of(party)));
        assert_eq!(certified.accept(&first.raw_bills[i]), Err(Fault::WrongRound.of(party)));
        let statement = certified.accept_statement(&first.window_statements[i]);
        assert_eq!(statement, Err(Fault::WrongRound.of(party)));
        // Rounds in the place of windows, and bound in the place of raw.
        assert_eq!(bills.accept(&first.answers[i]), Err(Malformed::WrongAnswerKind.into()));
        assert_eq!(certified.accept(&first.raw[i]), Err(Malformed::WrongAnswerKind.into()));
        assert_eq!(bills.accept(&second.raw_bills[i]), Err(Malformed::WrongKind.into()));
        assert_eq!(certified.accept(&second.bills[i]), Err(Malformed::WrongKind.into()));
        assert_eq!(certified.accept_statement(&first.statements[i]), Err(Malformed::WrongKind.into()));
        bills.accept(&second.bills[i]).unwrap();
        certified.accept_statement(&second.window_statements[i]).unwrap();
        certified.accept(&second.raw_bills[i]).unwrap();
    }
    assert_eq!(bills.bills().unwrap().bills, certified.bills().unwrap().bills);
    // The first window's query again, as long as the window is kept: the same answer, byte for byte.
    let aggregator = world.aggregator(1);
    let late = Round::from(END + WINDOW + 1);
    assert_eq!(aggregator.bill(late, &first.query).unwrap().stored(), first.bills[0]);
    assert_eq!(aggregator.agree_bill(late, &first.query).unwrap().stored(), first.window_statements[0]);
    let next = play(&mut world, END + WINDOW + 1);
    assert!(!next.close.is_empty());
    let gone = world.aggregator(1).bill(late, &first.query).unwrap_err();
    assert_eq!(gone, blamed(Fault::NotExpected));
}
