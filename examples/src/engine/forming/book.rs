//! The epochs of a process and its journal: who gets which letter, and what is stored in whose name.

use anyhow::Context as _;
use meter_link::PartyId;
use meter_link::roster::{RootRecord, StoredRoot};

use super::Oneself;
use super::members::Info;
use super::run::{Run, round_of};
use super::stored::{self, Stored};
use super::terms::Terms;
use crate::engine::seat::{Kept, SharedDevice};
use crate::engine::{Change, Ctx, Effect, Event, Letter, Outbox, Refusal, Role};

/// How much a utility's journal grows beyond its state before it is written anew. Others write theirs anew whenever a
/// role's state changes, since old states are old keys.
const SLACK: usize = 1 << 20;

pub(super) struct Book {
    pub(super) terms: Terms,
    pub(super) oneself: Oneself,
    device: Option<SharedDevice>,
    /// The last epoch number that was tried.
    pub(super) tried: u32,
    /// The first round of which no event has been said: no new epoch covers one before it, whatever the clock says.
    free: u32,
    pinned: Option<RootRecord>,
    /// Ascending by number: the one that runs, the one that is about to begin.
    runs: Vec<Run>,
    /// The meter's mark, as it was stored last.
    mark: Option<Vec<u8>>,
    /// Bytes in the journal, in its state and since then.
    written: (usize, usize),
    broken: Option<String>,
}

impl Book {
    /// As it was, or empty.
    ///
    /// # Errors
    /// For a store that this program has not written. An epoch whose role cannot be made again is left out: its keys
    /// are lost, and the party waits for another.
    pub(super) fn new(
        terms: Terms,
        oneself: Oneself,
        device: Option<SharedDevice>,
        kept: Option<Kept>,
    ) -> anyhow::Result<Self> {
        let stored = match &kept {
            Some(kept) => Stored::read(kept, &terms.session).context("the journal is damaged")?,
            None => Stored::default(),
        };
        let mut book = Self {
            terms,
            oneself,
            device,
            tried: stored.tried,
            free: stored.free,
            pinned: stored.pinned,
            runs: Vec::new(),
            mark: None,
            written: (0, 0),
            broken: None,
        };
        book.replay_marks(&stored.marks)?;
        for epoch in stored.epochs {
            let number = epoch.info.epoch.epoch;
            if epoch.kept.state.is_none() {
                continue; // it died before the role had stored its keys
            }
            let keys = Err((epoch.until, epoch.kept));
            match Run::new(&book.terms, &book.oneself, book.device.as_ref(), epoch.info, keys) {
                Ok(run) => book.runs.push(run),
                Err(error) => tracing::warn!(epoch = number, "its keys are lost: {error:#}"),
            }
        }
        Ok(book)
    }

    /// The first round that a new epoch may have.
    pub(super) fn free(&self) -> u32 {
        self.free
    }

    pub(super) fn newest(&self) -> Option<&Run> {
        self.runs.last()
    }

    /// Whether an epoch is formed that has not begun.
    pub(super) fn awaits(&self, now: u64) -> bool {
        self.newest().is_some_and(|run| self.terms.start(run.first()) > now)
    }

    pub(super) fn pinned(&self) -> Option<StoredRoot> {
        self.pinned.as_ref().and_then(|record| StoredRoot::from_bytes(record).ok())
    }

    /// Stores that this number is taken.
    pub(super) fn take_number(&mut self, ctx: &mut Ctx<'_>, epoch: u32) {
        self.tried = epoch;
        self.append(ctx, &stored::tried(epoch));
    }

    /// Stores the root of an epoch.
    pub(super) fn pin(&mut self, ctx: &mut Ctx<'_>, record: &RootRecord) {
        self.tried = self.tried.max(stored::pinned_epoch(record));
        self.pinned = Some(*record);
        self.append(ctx, &stored::pinned(record));
    }

    /// A new epoch is there, and stored with what its role stores first. It cuts off those that it overlaps.
    pub(super) fn begin(&mut self, ctx: &mut Ctx<'_>, run: Run, events: Vec<Event>) {
        let before = run.first().checked_sub(1);
        self.runs.retain(|old| before.is_some_and(|before| old.first() <= before));
        for old in &mut self.runs {
            old.until = old.until.min(before.unwrap_or_default());
        }
        let number = run.number();
        self.runs.push(run);
        self.write(ctx);
        events.into_iter().for_each(|event| ctx.out.event(event));
        let woken = self.act(ctx, number, |role, ctx| role.wake(ctx));
        self.swallow(ctx, woken);
    }

    /// A letter of the protocol, from whom the epoch knows.
    pub(super) fn receive(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: PartyId,
        letter: Letter,
        may: impl FnOnce(&Run) -> bool,
    ) -> Result<(), Refusal> {
        let run = match round_of(&letter) {
            Some(round) => self.runs.iter().rev().find(|run| run.has(round)),
            // Whatever it is, the role of the epoch that runs knows what to do.
            None => {
                let begun = |run: &&Run| self.terms.start(run.first()) <= ctx.now;
                self.runs.iter().rev().find(begun).or(self.runs.last())
            }
        };
        let run = run.ok_or(Refusal::Stale("of no epoch that runs here"))?;
        if !may(run) {
            return Err(Refusal::Stale("from a party that has no keys of the epoch"));
        }
        let number = run.number();
        self.act(ctx, number, |role, ctx| role.receive(ctx, from, letter))
    }

    /// Wakes whoever is due, and forgets epochs that are over.
    pub(super) fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if let Some(why) = self.broken.take() {
            return Err(Refusal::Broken(why));
        }
        let due: Vec<u32> =
            self.runs.iter().filter(|run| self.is_due(run, ctx.now)).map(Run::number).collect();
        for number in due {
            let before = ctx.out.len();
            let woken = self.act(ctx, number, |role, ctx| role.wake(ctx));
            if let Some(run) = self.runs.iter().find(|run| run.number() == number && woken.is_err())
                && self.is_due(run, ctx.now)
            {
                return Err(Refusal::Broken(format!("epoch {number} does not wake")));
            }
            match before {
                0 if matches!(woken, Err(Refusal::Broken(_))) => return woken,
                _ => self.swallow(ctx, woken),
            }
        }
        let terms = &self.terms;
        let runs = self.runs.len();
        self.runs.retain(|run| run.over_at(terms) > ctx.now);
        if self.runs.len() < runs {
            self.write(ctx);
        }
        Ok(())
    }

    pub(super) fn next_wake(&self) -> Option<u64> {
        let wakes = self.runs.iter().filter_map(|run| run.next_wake(&self.terms));
        let ends = self.runs.iter().map(|run| run.over_at(&self.terms));
        let broken = self.broken.as_ref().map(|_| 0);
        wakes.chain(ends).chain(broken).min()
    }

    /// Tells the roles of all epochs that know the party.
    pub(super) fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        let knowing = |run: &&Run| party == PartyId::UTILITY || run.knows(party);
        let numbers: Vec<u32> = self.runs.iter().filter(knowing).map(Run::number).collect();
        for number in numbers {
            self.attends_in(ctx, number, party, here);
        }
    }

    pub(super) fn attends_in(&mut self, ctx: &mut Ctx<'_>, number: u32, party: PartyId, here: bool) {
        let told = self.act(ctx, number, |role, ctx| {
            role.attends(ctx, party, here);
            Ok(())
        });
        self.swallow(ctx, told);
    }

    fn is_due(&self, run: &Run, now: u64) -> bool {
        run.next_wake(&self.terms).is_some_and(|due| due <= now)
    }

    /// One step of an epoch's role, and what it wants done, in its name.
    fn act(
        &mut self,
        ctx: &mut Ctx<'_>,
        number: u32,
        step: impl FnOnce(&mut dyn Role, &mut Ctx<'_>) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let Some(place) = self.runs.iter().position(|run| run.number() == number) else { return Ok(()) };
        let mut out = Outbox::default();
        let Some(run) = self.runs.get_mut(place) else { return Ok(()) };
        let now = run.clock(&self.terms, ctx.now);
        step(run.role.as_mut(), &mut Ctx { now, rng: ctx.rng, out: &mut out })?;
        for effect in out.drain() {
            let Some(run) = self.runs.get_mut(place) else { return Ok(()) };
            match effect {
                Effect::Store(Change::Record(record)) => {
                    let mark = self
                        .device
                        .as_ref()
                        .and_then(mark_of)
                        .filter(|mark| self.mark.as_ref() != Some(mark));
                    let tagged = run.record(mark.as_deref(), &record);
                    run.kept.records.push(record);
                    self.mark = mark.or(self.mark.take());
                    self.append(ctx, &tagged);
                }
                Effect::Store(Change::State(state)) => {
                    let tagged = stored::role_state(number, &state);
                    run.kept = Kept { state: Some(state), records: Vec::new() };
                    let room = self.written.0.saturating_add(SLACK);
                    let small = self.written.1.saturating_add(tagged.len()) < room;
                    match self.oneself.id == PartyId::UTILITY && small {
                        true => self.append(ctx, &tagged),
                        false => self.write(ctx),
                    }
                }
                Effect::Store(Change::Event(event)) if run.is_late_event(&event) => {}
                Effect::Store(Change::Event(event)) => {
                    self.take_round(ctx, &event);
                    ctx.out.event(event);
                }
                Effect::Send(_, letter) if run.is_late(&letter) => {}
                Effect::Send(to, letter) => ctx.out.send(to, letter),
            }
        }
        Ok(())
    }

    /// Stores, before an event that may have been said of a round, that the round is taken.
    fn take_round(&mut self, ctx: &mut Ctx<'_>, event: &Event) {
        let (Event::Opened { round, .. }
        | Event::Closed { round, .. }
        | Event::Sum { round, .. }
        | Event::Lost { round, .. }) = event
        else {
            return;
        };
        let next = round.saturating_add(1);
        if next > self.free {
            self.free = next;
            self.append(ctx, &stored::free(next));
        }
    }

    /// A step beside others of one call has failed; those must not be undone for it.
    fn swallow(&mut self, ctx: &mut Ctx<'_>, step: Result<(), Refusal>) {
        match step {
            Ok(()) | Err(Refusal::Stale(_)) => {}
            Err(Refusal::Fault { culprit, what }) => {
                let round = self.terms.table.round(ctx.now).map_or(0, meter_link::Round::to_u32);
                ctx.out.event(Event::Fault { round, party: culprit.0, what });
            }
            Err(Refusal::Broken(why)) => self.broken = Some(why),
        }
    }

    fn append(&mut self, ctx: &mut Ctx<'_>, record: &[u8]) {
        self.written.1 = self.written.1.saturating_add(record.len());
        ctx.out.record(record);
    }

    /// Writes the journal anew.
    fn write(&mut self, ctx: &mut Ctx<'_>) {
        self.mark = self.device.as_ref().and_then(mark_of).or(self.mark.take());
        let epochs = self.runs.iter().map(|run| (&run.info, run.until, &run.kept));
        let (session, pinned) = (&self.terms.session, self.pinned.as_ref());
        let numbers = (self.tried, self.free);
        let state = stored::state(session, numbers, pinned, self.mark.as_deref(), epochs);
        self.written = (state.len(), 0);
        ctx.out.state(state);
    }

    fn replay_marks(&mut self, marks: &[Vec<u8>]) -> anyhow::Result<()> {
        let Some(device) = &self.device else { return Ok(()) };
        let mut device = device.lock().map_err(|_| anyhow::anyhow!("the device is broken"))?;
        for mark in marks {
            device.replay(mark).context("the meter's mark")?;
        }
        if !marks.is_empty() {
            self.mark.clone_from(&device.record);
        }
        Ok(())
    }

    /// Who the party is in an epoch of this information.
    pub(super) fn run(&self, info: Info, link: meter_link::LinkSecret) -> anyhow::Result<Run> {
        Run::new(&self.terms, &self.oneself, self.device.as_ref(), info, Ok(link))
    }
}

fn mark_of(device: &SharedDevice) -> Option<Vec<u8>> {
    device.lock().ok().and_then(|device| device.record.clone())
}
