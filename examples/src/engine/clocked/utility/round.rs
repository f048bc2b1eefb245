//! One round: open, collect, close, ask, and ask others.

use std::collections::{BTreeMap, BTreeSet};

use meter_link::answer::Quorum;
use meter_link::head::count;
use meter_link::{PartyId, Round};

use super::{Collecting, GRACE, Opening, Phase, Utility};
use crate::engine::clocked::records::Record;
use crate::engine::clocked::scheme::{Failure, Opened, Scheme};
use crate::engine::{Ctx, Event, Letter, Refusal};

/// Frames that are checked together are not waited for longer than this, in milliseconds.
const BATCH_WAIT: u64 = 25;

impl<S: Scheme> Utility<S> {
    /// Opens the round if all are here, or have been waited for.
    pub(super) fn try_open(&mut self, ctx: &mut Ctx<'_>) {
        let Phase::Waiting(round) = self.phase else { return };
        let left_out = self.left_out(round);
        let present = self.parties.present(&self.view.group().rules, &left_out);
        if !present.whole && ctx.now < self.table.at(round, GRACE.min(self.deadline)) {
            return;
        }
        let state = match self.scheme.open(round, round, &present.marks) {
            Ok(state) => state,
            // Others may attend yet.
            Err(Failure::Few { .. }) if ctx.now < self.table.at(round, self.deadline) => return,
            Err(why) => return self.lose(ctx, round, why.to_string()),
        };
        let saved = match self.scheme.saved(&state) {
            Ok(saved) => saved,
            Err(why) => return self.lose(ctx, round, why.to_string()),
        };
        self.append(ctx, &Record::Opened(&saved));
        let absent = self.parties.absent(&present.marks);
        ctx.out.event(Event::Opened { round: round.to_u32(), present: count(&present.marks), absent });
        let open = self.scheme.opened(&state);
        for answerer in self.parties.answerers_here() {
            ctx.out.frame(answerer, open);
        }
        let pending: BTreeMap<PartyId, Vec<u8>> = self.early.of(round).into_iter().collect();
        let (present, check_at) = (self.scheme.missing(&state).len(), Some(ctx.now));
        let present = u32::try_from(present).unwrap_or(u32::MAX);
        self.phase = Phase::Collecting(Collecting {
            round,
            present,
            round_state: state,
            pending,
            check_at,
            bad: BTreeSet::new(),
        });
    }

    /// Checks what has come, and closes the round if all have sent or the deadline has passed.
    pub(super) fn try_close(&mut self, ctx: &mut Ctx<'_>) {
        let Phase::Collecting(collecting) = &mut self.phase else { return };
        let round = collecting.round;
        let late = ctx.now >= self.table.at(round, self.deadline);
        let mut missing = self.scheme.missing(&collecting.round_state);
        let all = missing.iter().all(|meter| collecting.pending.contains_key(meter));
        let waited = collecting.check_at.is_some_and(|at| ctx.now >= at);
        if all || late || waited || collecting.pending.len() >= S::BATCH {
            let frames: Vec<_> = std::mem::take(&mut collecting.pending).into_iter().collect();
            collecting.check_at = None;
            let outcomes = self.scheme.accept(&mut collecting.round_state, &frames);
            for ((meter, _), outcome) in frames.iter().zip(outcomes) {
                let why = match outcome {
                    // Of a meter that is late, or says the same twice.
                    Ok(()) | Err(Failure::Refused(Refusal::Stale(_))) => continue,
                    Err(why) => why.to_string(),
                };
                if collecting.bad.insert(*meter) {
                    ctx.out.event(Event::Fault { round: round.to_u32(), party: meter.0, what: why });
                }
            }
            missing = self.scheme.missing(&collecting.round_state);
        } else if !collecting.pending.is_empty() && collecting.check_at.is_none() {
            collecting.check_at = Some(ctx.now.saturating_add(BATCH_WAIT));
        }
        if !missing.is_empty() && !late {
            return;
        }
        // Without a quorum the set stays open until one is here.
        if let Some(quorum) = self.quorum(ctx.now) {
            self.close(ctx, &quorum, missing);
        }
    }

    fn close(&mut self, ctx: &mut Ctx<'_>, quorum: &Quorum, missing: Vec<PartyId>) {
        let Phase::Collecting(collecting) = std::mem::replace(&mut self.phase, Phase::Idle) else { return };
        let (round, state) = (collecting.round, collecting.round_state);
        let open = self.scheme.opened(&state).to_vec();
        let closed =
            self.scheme.saved(&state).and_then(|saved| Ok((saved, self.scheme.close(state, quorum)?)));
        let (saved, closed) = match closed {
            Ok(closed) => closed,
            Err(why) => return self.lose(ctx, round, why.to_string()),
        };
        self.append(ctx, &Record::Closed { quorum: *quorum, collected: &saved });
        let missing: Vec<u32> = missing.into_iter().map(|id| id.0).collect();
        let meters = collecting.present.saturating_sub(u32::try_from(missing.len()).unwrap_or(u32::MAX));
        let lacking = missing.clone();
        ctx.out.event(Event::Closed { round: round.to_u32(), pass: 1, last: true, meters, missing });
        self.remember(round, &open, &closed);
        let letter = self.scheme.asking(&closed);
        for answerer in self.parties.answerers_here().filter(|id| self.is_told(*id, quorum)) {
            ctx.out.send(answerer, letter.clone());
        }
        let (quorum, asked_at) = (*quorum, ctx.now);
        self.phase = Phase::Opening(Opening { round, open, closed, quorum, asked_at, missing: lacking });
    }

    /// Keeps what answerers need that have missed the round.
    pub(super) fn remember(&mut self, round: Round, open: &[u8], closed: &S::Closed) {
        let Some(books) = self.scheme.books().filter(|books| books.window_of(round).is_some()) else {
            return;
        };
        let kept = books.iter().map(|book| book.window().first).min();
        let asking = match self.scheme.asking(closed) {
            Letter::Frame(frame) => vec![frame],
            Letter::Frames { frames, .. } => frames,
            _ => Vec::new(),
        };
        self.history.enter(round, [vec![open.to_vec()], asking].concat());
        if let Some(first) = kept {
            self.history.forget_before(first);
        }
    }

    /// Asks others where some have not answered in time.
    pub(super) fn try_again(&mut self, ctx: &mut Ctx<'_>) {
        let patience = self.patience();
        let Phase::Opening(opening) = &self.phase else { return };
        if ctx.now < opening.asked_at.saturating_add(patience) {
            return;
        }
        let silent = self.scheme.silent(&opening.closed);
        self.ask_others(ctx, &silent);
    }

    fn ask_others(&mut self, ctx: &mut Ctx<'_>, silent: &[u8]) {
        let Phase::Opening(opening) = &mut self.phase else { return };
        let round = opening.round;
        opening.asked_at = ctx.now;
        for number in silent.iter().filter(|number| !self.slow.contains_key(*number)) {
            let party = self.parties.answerer(*number).map_or(0, |id| id.0);
            let what = "has not answered in time".to_owned();
            ctx.out.event(Event::Fault { round: round.to_u32(), party, what });
        }
        self.slow.extend(silent.iter().map(|number| (*number, ctx.now)));
        // Where nobody is left to ask, whoever comes back is told.
        let Some(quorum) = self.quorum(ctx.now) else { return };
        let Phase::Opening(opening) = &mut self.phase else { return };
        if self.scheme.ask(&mut opening.closed, &quorum).is_err() {
            return;
        }
        opening.quorum = quorum;
        let letter = self.scheme.asking(&opening.closed);
        for answerer in self.parties.answerers_here().filter(|id| self.is_told(*id, &quorum)) {
            ctx.out.send(answerer, letter.clone());
        }
    }

    /// Whether an answerer is told of a set that this quorum is asked for.
    fn is_told(&self, answerer: PartyId, quorum: &Quorum) -> bool {
        let asked = || self.parties.number(answerer).is_some_and(|number| quorum.contains(number));
        !S::QUORUM_ONLY || asked()
    }

    /// What an answer to the closed round has brought.
    pub(super) fn opened(&mut self, ctx: &mut Ctx<'_>, opened: Opened) {
        let Phase::Opening(opening) = &self.phase else { return };
        match opened {
            Opened::Waits => {}
            Opened::Tell(letter) => {
                for number in opening.quorum.iter() {
                    if let Some(answerer) = self.parties.answerer(number) {
                        ctx.out.send(answerer, letter.clone());
                    }
                }
            }
            Opened::Whole => match self.scheme.sum(&opening.closed) {
                Ok(sum) => {
                    self.done(ctx, sum.round);
                    let (round, meters, values) = (sum.round.to_u32(), sum.meters, sum.values);
                    ctx.out.event(Event::Sum { round, meters, values });
                    self.phase = Phase::Idle;
                }
                // Somebody in the quorum is wrong, and nothing tells who: the first is left out next.
                Err(Failure::Inconsistent) => {
                    let round = opening.round.to_u32();
                    let what = "answers of a quorum do not fit together".to_owned();
                    ctx.out.event(Event::Fault { round, party: 0, what });
                    let first: Vec<u8> = opening.quorum.iter().take(1).collect();
                    self.ask_others(ctx, &first);
                }
                Err(_) => {}
            },
            Opened::Without(meter) => self.leave_out(ctx, meter),
        }
    }

    /// Closes the round once more, without a meter.
    fn leave_out(&mut self, ctx: &mut Ctx<'_>, meter: PartyId) {
        let Phase::Opening(opening) = &mut self.phase else { return };
        let round = opening.round;
        let what = "what it has sent cannot be opened".to_owned();
        ctx.out.event(Event::Fault { round: round.to_u32(), party: meter.0, what });
        let (saved, closed) = match self.scheme.without(&opening.closed, meter, &opening.quorum) {
            Ok(closed) => closed,
            Err(why) => return self.lose(ctx, round, why.to_string()),
        };
        let Phase::Opening(opening) = &mut self.phase else { return };
        (opening.closed, opening.asked_at) = (closed, ctx.now);
        opening.missing.push(meter.0);
        let (quorum, missing) = (opening.quorum, opening.missing.clone());
        let letter = self.scheme.asking(&opening.closed);
        let meters = self.scheme.meters(&opening.closed);
        self.append(ctx, &Record::Closed { quorum, collected: &saved });
        ctx.out.event(Event::Closed { round: round.to_u32(), pass: 2, last: true, meters, missing });
        for answerer in self.parties.answerers_here().filter(|id| self.is_told(*id, &quorum)) {
            ctx.out.send(answerer, letter.clone());
        }
    }

    /// The running round, for an answerer whose link has come up.
    pub(super) fn tell_running(&self, ctx: &mut Ctx<'_>, answerer: PartyId) {
        match &self.phase {
            Phase::Collecting(collecting) => {
                ctx.out.frame(answerer, self.scheme.opened(&collecting.round_state))
            }
            Phase::Opening(opening) => {
                ctx.out.frame(answerer, &opening.open);
                if self.is_told(answerer, &opening.quorum) {
                    ctx.out.send(answerer, self.scheme.asking(&opening.closed));
                }
            }
            _ => {}
        }
        if let Some(asking) = &self.asking {
            ctx.out.frame(answerer, self.scheme.query(&asking.billing));
        }
    }

    /// The round has no sum, and never will have one.
    pub(super) fn lose(&mut self, ctx: &mut Ctx<'_>, round: Round, why: String) {
        self.done(ctx, round);
        ctx.out.event(Event::Lost { round: round.to_u32(), why });
        self.phase = Phase::Idle;
    }

    pub(super) fn done(&mut self, ctx: &mut Ctx<'_>, round: Round) {
        self.append(ctx, &Record::Done(round));
        self.finished = self.finished.max(Some(round));
    }

    pub(super) fn append(&mut self, ctx: &mut Ctx<'_>, record: &Record<'_>) {
        let bytes = record.to_bytes();
        self.journal.records = self.journal.records.saturating_add(bytes.len());
        ctx.out.record(&bytes);
    }
}
