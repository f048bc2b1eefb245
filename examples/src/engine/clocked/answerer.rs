//! Who helps to open sums: an aggregator or a trustee. It agrees to one set a round, and to one query a window.

use chacha20::ChaCha20Rng;
use meter_link::{EpochView, Kind, PartyId, Round};
use zeroize::Zeroizing;

use super::{fault, kind};
use crate::deployment::Deployment;
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Letter, Refusal, Role};

/// A journal is written anew when it is as large as the state, and this.
const LEAST_JOURNAL: usize = 8 << 10;
/// How long missed rounds are waited for before a set is agreed to without them, as a part of a slot.
const CATCH_UP: u64 = 8;

/// What a protocol's answerer does. A step that fails has changed nothing.
pub(crate) trait Helper: Send {
    fn open(&mut self, now: Round, open: &[u8]) -> Result<(), Refusal>;
    /// The round before the open one, if its set is missing and a window's bills want it.
    fn missed(&self) -> Option<Round>;
    /// Whether the window that a round is in has no set of it.
    fn lacks(&self, round: Round) -> bool;
    /// Frames begin with the Close.
    fn close(
        &mut self,
        rng: &mut ChaCha20Rng,
        now: Round,
        frames: &[&[u8]],
        hints: &[&[u8]],
    ) -> Result<Said, Refusal>;
    /// Frames begin with Open and Close.
    fn catch_up(&mut self, now: Round, frames: &[&[u8]]) -> Result<Said, Refusal>;
    fn bill(&mut self, now: Round, query: &[u8]) -> Result<Said, Refusal>;
    /// What t have signed.
    fn certified(&mut self, rng: &mut ChaCha20Rng, statements: &[&[u8]]) -> Result<Said, Refusal>;
    /// A list of what meters have committed to; not in every protocol.
    fn listed(&mut self, _list: &[u8]) -> Result<Said, Refusal> {
        Err(fault(PartyId::UTILITY, "a list that nobody takes here"))
    }
    /// The end of its log, which asks for what it lacks.
    fn log_head(&self, round: Round) -> Result<Vec<u8>, Refusal>;
    /// A secret.
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal>;
}

/// What is stored, and what is sent then.
pub(crate) struct Said {
    pub(crate) record: Vec<u8>,
    pub(crate) answer: Option<Vec<u8>>,
}

/// An answerer of one epoch.
pub(crate) struct Answerer<H> {
    inner: H,
    table: Timetable,
    epoch: meter_link::Epoch,
    fresh: bool,
    /// Sizes of the stored state and of the records behind it.
    stored: (usize, usize),
    last_record: Vec<u8>,
    /// Waits for rounds that were missed.
    held: Option<Held>,
    /// The window's query, until its rounds are caught up.
    query: Option<Vec<u8>>,
    /// The round in which the history was asked for.
    asked_in: Option<Round>,
}

struct Held {
    frames: Vec<Vec<u8>>,
    hints: Vec<Vec<u8>>,
    until: u64,
}

impl<H: Helper> Answerer<H> {
    /// `stored` says how large state and records are, where there are any.
    pub(crate) fn new(
        deployment: &Deployment,
        view: &EpochView,
        inner: H,
        stored: Option<(usize, usize)>,
    ) -> Self {
        Self {
            inner,
            table: deployment.timetable(),
            epoch: *view.epoch(),
            fresh: stored.is_none(),
            stored: stored.unwrap_or_default(),
            last_record: Vec::new(),
            held: None,
            query: None,
            asked_in: None,
        }
    }

    fn now(&self, ctx: &Ctx<'_>) -> Result<Round, Refusal> {
        self.table.round(ctx.now).ok_or(Refusal::Stale("before the first round"))
    }

    fn store_state(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let state = self.inner.to_bytes()?;
        self.stored = (state.len(), 0);
        self.fresh = false;
        ctx.out.state(state);
        Ok(())
    }

    /// Stores, then sends. A state replaces the records from time to time, so that what is caught up after a restart
    /// is little, and keys of earlier ratchet steps go.
    fn say(&mut self, ctx: &mut Ctx<'_>, said: Said) -> Result<(), Refusal> {
        // Who answers nothing has nothing to store.
        if !said.record.is_empty() && said.record != self.last_record {
            let records = self.stored.1.saturating_add(said.record.len());
            if records > self.stored.0.max(LEAST_JOURNAL) {
                self.store_state(ctx)?;
            } else {
                self.stored.1 = records;
                ctx.out.record(&said.record);
            }
            self.last_record = said.record;
        }
        if let Some(answer) = said.answer {
            ctx.out.frame(PartyId::UTILITY, &answer);
        }
        Ok(())
    }

    fn open(&mut self, ctx: &mut Ctx<'_>, frame: &[u8]) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        self.inner.open(now, frame)?;
        self.held = None;
        if self.inner.missed().is_some() {
            self.ask_history(ctx, now)?;
        }
        Ok(())
    }

    /// Once a round.
    fn ask_history(&mut self, ctx: &mut Ctx<'_>, now: Round) -> Result<(), Refusal> {
        if self.asked_in != Some(now) {
            let round = now.clamp(self.epoch.first_round, self.epoch.last_round);
            let head = self.inner.log_head(round)?;
            ctx.out.frame(PartyId::UTILITY, &head);
            self.asked_in = Some(now);
        }
        Ok(())
    }

    fn close(&mut self, ctx: &mut Ctx<'_>, frames: Vec<Vec<u8>>, hints: Vec<Vec<u8>>) -> Result<(), Refusal> {
        // Who agrees to a set before it has caught up is out of the window's bills.
        if self.inner.missed().is_some() {
            let until = ctx.now.saturating_add((self.table.slot / CATCH_UP).max(1));
            let until = self.held.as_ref().map_or(until, |held| held.until);
            self.held = Some(Held { frames, hints, until });
            return Ok(());
        }
        let now = self.now(ctx)?;
        let said = self.inner.close(ctx.rng, now, &slices(&frames), &slices(&hints))?;
        self.say(ctx, said)
    }

    fn caught_up(&mut self, ctx: &mut Ctx<'_>, frames: &[&[u8]]) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        let round =
            frames.first().and_then(|open| meter_link::Header::parse(open).ok()).map(|header| header.round);
        if round.is_none_or(|round| !self.inner.lacks(round)) {
            return Err(Refusal::Stale("nothing is lacking of this round"));
        }
        let said = self.inner.catch_up(now, frames)?;
        self.say(ctx, said)?;
        if self.inner.missed().is_none() {
            self.release(ctx)?;
        }
        if let Some(query) = self.query.take() {
            // Still too early, perhaps: then it is kept again.
            let _ = self.bill(ctx, query);
        }
        Ok(())
    }

    /// Agrees to the set that was held back.
    fn release(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Some(Held { frames, hints, .. }) = self.held.take() else { return Ok(()) };
        let now = self.now(ctx)?;
        // Whatever is wrong with it came in another letter than the one that this step is about.
        if let Ok(said) = self.inner.close(ctx.rng, now, &slices(&frames), &slices(&hints)) {
            self.say(ctx, said)?;
        }
        Ok(())
    }

    fn bill(&mut self, ctx: &mut Ctx<'_>, query: Vec<u8>) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        match self.inner.bill(now, &query) {
            Ok(said) => self.say(ctx, said),
            // A round of the window is missing here.
            Err(Refusal::Stale(_)) => {
                self.query = Some(query);
                self.ask_history(ctx, now)
            }
            Err(refusal) => Err(refusal),
        }
    }

    fn frames(
        &mut self,
        ctx: &mut Ctx<'_>,
        frames: Vec<Vec<u8>>,
        hints: Vec<Vec<u8>>,
    ) -> Result<(), Refusal> {
        match frames.first().and_then(|frame| kind(frame)) {
            Some(Kind::Open) if frames.len() == 1 => {
                frames.first().map_or(Ok(()), |frame| self.open(ctx, frame))
            }
            Some(Kind::Open) => self.caught_up(ctx, &slices(&frames)),
            Some(Kind::Close) => self.close(ctx, frames, hints),
            Some(Kind::CommitmentList) => {
                let list = frames.first().map(Vec::as_slice).unwrap_or_default();
                let said = self.inner.listed(list)?;
                self.say(ctx, said)
            }
            Some(Kind::WindowQuery) => {
                frames.into_iter().next().map_or(Ok(()), |frame| self.bill(ctx, frame))
            }
            Some(Kind::SetStatement | Kind::WindowStatement) => {
                let said = self.inner.certified(ctx.rng, &slices(&frames))?;
                self.say(ctx, said)
            }
            _ => Err(fault(PartyId::UTILITY, "no frame that an answerer takes")),
        }
    }
}

fn slices(frames: &[Vec<u8>]) -> Vec<&[u8]> {
    frames.iter().map(Vec::as_slice).collect()
}

impl<H: Helper> Role for Answerer<H> {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        if from != PartyId::UTILITY {
            return Err(fault(from, "an answerer hears from the utility only"));
        }
        if self.fresh {
            self.store_state(ctx)?;
        }
        match letter {
            Letter::Frame(frame) => self.frames(ctx, vec![frame], Vec::new()),
            Letter::Frames { frames, hints } => self.frames(ctx, frames, hints),
            Letter::Refusal(_) => Ok(()),
            other => Err(fault(from, format!("a letter of kind {} belongs nowhere here", other.name()))),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if self.fresh {
            self.store_state(ctx)?;
        }
        if self.held.as_ref().is_some_and(|held| ctx.now >= held.until) {
            self.release(ctx)?;
        }
        Ok(())
    }

    fn next_wake(&self) -> Option<u64> {
        let store = self.fresh.then_some(0);
        store.or(self.held.as_ref().map(|held| held.until))
    }

    fn attends(&mut self, _ctx: &mut Ctx<'_>, _party: PartyId, _here: bool) {}
}
