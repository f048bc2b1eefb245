//! The utility: opens a round in its slot, closes the set, has it opened, and asks for the bills of windows.

mod billing;
mod restart;
mod round;

pub(crate) use restart::Stored;

use std::collections::{BTreeMap, BTreeSet};

use meter_link::answer::Quorum;
use meter_link::{EpochView, Kind, PartyId, Round};

use super::attendance::Attendance;
use super::early::Early;
use super::history::History;
use super::scheme::{Failure, Scheme};
use super::{fault, header};
use crate::deployment::Deployment;
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

/// How far into its slot a round that not all meters attend is opened, in thousandths: meters send in this time.
const GRACE: u16 = 100;
/// Slots for which others are asked before one who has not answered.
const REST: u64 = 8;
/// A round without an answer after so many is reported only, if the utility was away.
const MOST_LOST: u32 = 96;
/// A journal is written anew when it is as large as the state, and this.
const LEAST_JOURNAL: usize = 64 << 10;

/// The utility of one epoch.
pub(crate) struct Utility<S: Scheme> {
    scheme: S,
    view: EpochView,
    table: Timetable,
    deadline: u16,
    parties: Attendance,
    early: Early,
    phase: Phase<S>,
    /// All rounds up to this one have a sum or are lost.
    finished: Option<Round>,
    asking: Option<billing::Asking<S>>,
    /// Bills are not asked for before.
    bills_at: u64,
    /// First round of the last window that is done with.
    billed: Option<Round>,
    /// Answerers that were asked and did not answer, and when.
    slow: BTreeMap<u8, u64>,
    history: History,
    /// Who has asked for the history in which round.
    told: BTreeMap<PartyId, Round>,
    journal: Journal,
    due: Option<u64>,
}

/// What a round is at.
enum Phase<S: Scheme> {
    Idle,
    /// Its slot has begun; not all are here.
    Waiting(Round),
    Collecting(Collecting<S>),
    Opening(Opening<S>),
}

struct Collecting<S: Scheme> {
    round: Round,
    /// Meters that the Open names.
    present: u32,
    round_state: S::Collecting,
    /// Not checked yet: at most one a meter.
    pending: BTreeMap<PartyId, Vec<u8>>,
    /// When they are checked.
    check_at: Option<u64>,
    /// Whose contribution was bad: that is said once.
    bad: BTreeSet<PartyId>,
}

struct Opening<S: Scheme> {
    round: Round,
    open: Vec<u8>,
    closed: S::Closed,
    quorum: Quorum,
    asked_at: u64,
    /// Meters that the Open names and the set lacks.
    missing: Vec<u32>,
}

/// Bytes that were stored since the last state, and of that.
#[derive(Default)]
struct Journal {
    fresh: bool,
    state: usize,
    records: usize,
}

impl<S: Scheme> Phase<S> {
    fn round(&self) -> Option<Round> {
        match self {
            Self::Idle => None,
            Self::Waiting(round) => Some(*round),
            Self::Collecting(collecting) => Some(collecting.round),
            Self::Opening(opening) => Some(opening.round),
        }
    }
}

impl<S: Scheme> Utility<S> {
    /// In a new epoch.
    pub(crate) fn new(
        deployment: &Deployment,
        view: &EpochView,
        roster: &meter_link::roster::Roster,
        scheme: S,
    ) -> Self {
        let meters = roster.meters().iter().map(|member| member.id).collect();
        let answerers = roster.answerers().iter().map(|member| member.id).collect();
        Self {
            scheme,
            view: *view,
            table: deployment.timetable(),
            deadline: deployment.rounds.deadline_permille,
            parties: Attendance::new(meters, answerers),
            early: Early::default(),
            phase: Phase::Idle,
            finished: None,
            asking: None,
            bills_at: 0,
            billed: None,
            slow: BTreeMap::new(),
            history: History::default(),
            told: BTreeMap::new(),
            journal: Journal { fresh: true, ..Journal::default() },
            due: Some(0),
        }
    }

    /// Does what the time has come for, and says when the next time is.
    fn advance(&mut self, ctx: &mut Ctx<'_>) {
        if self.journal.fresh {
            self.store_state(ctx);
        }
        if let Some(round) = self.phase.round().filter(|round| ctx.now >= self.end(*round)) {
            let why = match &self.phase {
                Phase::Opening(_) => "too few answers",
                Phase::Collecting(_) => "too few answerers attend",
                _ => "too few meters attend",
            };
            self.lose(ctx, round, why.to_owned());
        }
        if matches!(self.phase, Phase::Idle)
            && let Some(now) = self.table.round(ctx.now)
        {
            self.begin(ctx, now);
        }
        self.try_open(ctx);
        self.try_close(ctx);
        self.try_again(ctx);
        self.try_bills(ctx);
        if matches!(self.phase, Phase::Idle) && self.journal.records > self.journal.state.max(LEAST_JOURNAL) {
            self.store_state(ctx);
        }
        self.due = self.next(ctx.now);
    }

    /// The next round that can be one, and what was missed before it.
    fn begin(&mut self, ctx: &mut Ctx<'_>, now: Round) {
        let epoch = *self.view.epoch();
        let next = self.next_round();
        // Nothing is opened twice, nor what the clock has gone back to.
        if now < next || next > epoch.last_round {
            return;
        }
        let over = now.min(Round::from(epoch.last_round.to_u32().saturating_add(1)));
        let missed = over.to_u32().saturating_sub(next.to_u32());
        let first = over.to_u32().saturating_sub(missed.min(MOST_LOST));
        let mut missed = (first..over.to_u32()).map(Round::from).peekable();
        while let Some(round) = missed.next() {
            if missed.peek().is_none() {
                self.done(ctx, round);
            }
            ctx.out.event(Event::Lost { round: round.to_u32(), why: "the utility was away".to_owned() });
        }
        if now <= epoch.last_round {
            self.phase = Phase::Waiting(now);
        }
    }

    fn next_round(&self) -> Round {
        self.finished
            .map_or(self.view.epoch().first_round, |round| Round::from(round.to_u32().saturating_add(1)))
    }

    fn end(&self, round: Round) -> u64 {
        self.table.start(round).saturating_add(self.table.slot)
    }

    fn patience(&self) -> u64 {
        let rest = u64::from(1000u16.saturating_sub(self.deadline)).saturating_mul(self.table.slot) / 1000;
        rest.checked_div(S::ASKS).unwrap_or(rest).max(1)
    }

    fn next(&self, now: u64) -> Option<u64> {
        let deadline = |round: Round| self.table.at(round, self.deadline);
        let end = self.phase.round().map(|round| self.end(round));
        let step = match &self.phase {
            Phase::Idle => {
                let next = self.next_round();
                (next <= self.view.epoch().last_round).then(|| self.table.start(next))
            }
            Phase::Waiting(round) => {
                let due = [self.table.at(*round, GRACE.min(self.deadline)), deadline(*round)];
                due.into_iter().find(|due| *due > now)
            }
            Phase::Collecting(collecting) => {
                let deadline = Some(deadline(collecting.round)).filter(|due| *due > now);
                [deadline, collecting.check_at].into_iter().flatten().min()
            }
            Phase::Opening(opening) => Some(opening.asked_at.saturating_add(self.patience())),
        };
        let due = [step, end, self.next_bill()].into_iter().flatten().min();
        due.map(|due| due.max(now.saturating_add(1)))
    }

    /// Of the answerers who are here, those first that have answered when they were asked last, then those whose
    /// silence is oldest.
    fn quorum(&mut self, now: u64) -> Option<Quorum> {
        let rest = self.table.slot.saturating_mul(REST);
        self.slow.retain(|_, since| since.saturating_add(rest) > now);
        let count = self.scheme.quorum(&|_| true).ok()?.len();
        let mut here: Vec<u8> = (1..=u8::MAX).filter(|number| self.parties.reaches(*number)).collect();
        here.sort_by_key(|number| self.slow.get(number).copied().unwrap_or(0));
        here.truncate(count.into());
        self.scheme.quorum(&|number| here.contains(&number)).ok()
    }

    /// The same where rounds up to this one are lost already.
    pub(crate) fn after(self, lost: Option<Round>) -> Self {
        Self { finished: lost, ..self }
    }

    /// A frame of an answerer: an answer, a statement, a share, or the end of its log if it has missed a round.
    fn answered(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let header = header(frame, from)?;
        if header.kind == Kind::LogHead {
            return self.tell_history(ctx, from);
        }
        if let Some(asking) = self.asking.as_mut().filter(|asking| asking.window.last == header.round) {
            let opened = self.scheme.take_bill(&mut asking.billing, from, frame)?;
            self.bill_opened(ctx, opened);
        } else if let Phase::Opening(opening) = &mut self.phase
            && opening.round == header.round
        {
            let opened = self.scheme.take(&mut opening.closed, from, frame)?;
            self.opened(ctx, opened);
        } else {
            return Err(Refusal::Stale("nobody is asked for this round"));
        }
        if let Some(number) = self.parties.number(from) {
            self.slow.remove(&number);
        }
        self.advance(ctx);
        Ok(())
    }

    /// Once a round, to each.
    fn tell_history(&mut self, ctx: &mut Ctx<'_>, to: PartyId) -> Result<(), Refusal> {
        let now = self.table.round(ctx.now).ok_or(Refusal::Stale("before the first round"))?;
        if self.told.insert(to, now) == Some(now) {
            return Err(Refusal::Stale("the history was told in this round"));
        }
        for letter in self.history.letters() {
            ctx.out.send(to, letter);
        }
        Ok(())
    }

    /// A contribution, of the open round, or early.
    fn contributed(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: Vec<u8>) -> Result<(), Refusal> {
        let header = header(&frame, from)?;
        if header.kind != Kind::Contribution || frame.len() != self.scheme.contribution_len() {
            return Err(fault(from, "no contribution"));
        }
        let is_open = self.phase.round() == Some(header.round);
        match &mut self.phase {
            Phase::Collecting(collecting) if is_open => {
                // The same once more is no news; another one is judged.
                if collecting.pending.contains_key(&from) {
                    return Err(Refusal::Stale("a second contribution before the first was checked"));
                }
                if S::BATCH > 1 {
                    collecting.pending.insert(from, frame);
                } else {
                    let outcome = self.scheme.accept(&mut collecting.round_state, &[(from, frame)]);
                    outcome.into_iter().collect::<Result<(), Failure>>()?;
                }
            }
            Phase::Opening(_) if is_open => return Err(Refusal::Stale("the round is closed")),
            _ => {
                let soonest =
                    self.table.round(ctx.now).map_or(self.next_round(), |now| now.max(self.next_round()));
                if !self.early.keep(soonest, header.round, from, frame) {
                    return Err(Refusal::Stale("no round that will be opened soon"));
                }
                return Ok(());
            }
        }
        self.advance(ctx);
        Ok(())
    }

    fn left_out(&self, round: Round) -> BTreeSet<PartyId> {
        self.scheme.left_out(round).into_iter().collect()
    }
}

impl<S: Scheme> Role for Utility<S> {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        match letter {
            Letter::Frame(frame) if self.parties.is_meter(from) => self.contributed(ctx, from, frame),
            Letter::Frame(frame) if self.parties.number(from).is_some() => self.answered(ctx, from, &frame),
            Letter::Frame(_) => Err(fault(from, "not of this epoch")),
            Letter::Refusal(_) | Letter::Attending { .. } => Ok(()),
            other => Err(fault(from, format!("a letter of kind {} belongs nowhere here", other.name()))),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.advance(ctx);
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        self.due
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        self.parties.enter(party, here);
        if here && self.parties.number(party).is_some() {
            self.tell_running(ctx, party);
        }
        self.advance(ctx);
    }
}
