//! One turn of the driver: steps, then stores, then sends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use meter_link::PartyId;

use super::{Driver, Fell, told};
use crate::engine::{Change, Ctx, Effect, Event, Letter, Refusal, Role};
use crate::net::Incoming;
use crate::store::blocking;
use crate::watch::Direction;

/// Effects, and time, after which a turn is rounded off though letters wait.
const MOST_EFFECTS: usize = 8_192;
const LONGEST: Duration = Duration::from_millis(50);
/// Of a text that a stranger has a part in.
const MOST_TEXT: usize = 200;

impl Driver {
    /// Gives the role what waits, and does what it wants done.
    pub(super) async fn turn(&mut self, role: &mut dyn Role) -> Result<(), Fell> {
        let begun = Instant::now();
        let store_is_shared = self.process.store.is_shared();
        let steps = AssertUnwindSafe(|| self.steps(role, begun));
        // Of a fleet there are thousands, whose steps are short.
        let stepped = if store_is_shared { catch_unwind(steps) } else { blocking(|| catch_unwind(steps)) };
        let broken = stepped.map_err(|_| Fell::Broken("the role panicked".to_owned()))?;
        let busy = self.outbox.len() > 0;
        self.settle().await?;
        if busy {
            self.process.hooks.turn(begun.elapsed());
        }
        broken.map_or(Ok(()), |what| Err(Fell::Broken(what)))
    }

    /// Runs steps until nothing waits or there is enough to be done; says why if the role is broken.
    fn steps(&mut self, role: &mut dyn Role, begun: Instant) -> Option<String> {
        loop {
            // Letters, however many, do not hold up what is due.
            if role.next_wake().is_some_and(|due| due <= self.process.clock.now()) {
                let party = self.process.party;
                if let Err(what) = self.step(role, party, "wake", |role, ctx| role.wake(ctx)) {
                    return Some(what);
                }
            }
            let went = match self.waiting.pop_front()? {
                Incoming::Here(party) => self.link(role, party, true),
                Incoming::Gone(party) => self.link(role, party, false),
                Incoming::Letter(party, letter) => self.letter(role, party, letter),
                // The network has told the party already.
                Incoming::Refused(culprit, what) => {
                    self.refused(culprit, "stream", Refusal::Fault { culprit, what })
                }
            };
            if let Err(what) = went {
                return Some(what);
            }
            if self.outbox.len() >= MOST_EFFECTS || begun.elapsed() >= LONGEST {
                return None;
            }
        }
    }

    fn link(&mut self, role: &mut dyn Role, party: PartyId, here: bool) -> Result<(), String> {
        let attends = |role: &mut dyn Role, ctx: &mut Ctx<'_>, here| {
            role.attends(ctx, party, here);
            Ok(())
        };
        let knew = match here {
            true => !self.links.insert(party),
            false => self.links.remove(&party),
        };
        if here != knew {
            self.process.hooks.link(party, here);
        }
        match (here, knew) {
            // A link of before the role was made.
            (false, false) => Ok(()),
            (true, true) => {
                // The old one has ended, though nobody said so.
                self.step(role, party, "link", |role, ctx| attends(role, ctx, false))?;
                self.step(role, party, "link", |role, ctx| attends(role, ctx, true))
            }
            _ => self.step(role, party, "link", |role, ctx| attends(role, ctx, here)),
        }
    }

    fn letter(&mut self, role: &mut dyn Role, party: PartyId, letter: Letter) -> Result<(), String> {
        self.process.hooks.letter(Direction::In, &letter);
        // All that others than the utility get comes over their one link.
        let link = if self.process.party == PartyId::UTILITY { party } else { PartyId::UTILITY };
        if !self.links.contains(&link) {
            // Sent to the role that was here before.
            return Ok(());
        }
        let name = letter.name();
        let (own, bytes) = (self.process.party.0, letter.frame_bytes());
        tracing::trace!(party = own, from = party.0, letter = name, bytes, "came");
        match &letter {
            // One that forms an epoch hears that a party cannot take part.
            Letter::Refusal(what) => {
                if let Some(more) = self.limiter.allows(party, Instant::now()) {
                    let what = cut(what);
                    tracing::warn!(party = own, by = party.0, ?what, more, "refused by the other end");
                }
                match self.process.party {
                    PartyId::UTILITY => {
                        self.step(role, party, name, |role, ctx| role.receive(ctx, party, letter))
                    }
                    _ => Ok(()),
                }
            }
            _ => self.step(role, party, name, |role, ctx| role.receive(ctx, party, letter)),
        }
    }

    /// One step; what a refused one wants done is not done.
    fn step(
        &mut self,
        role: &mut dyn Role,
        from: PartyId,
        kind: &'static str,
        step: impl FnOnce(&mut dyn Role, &mut Ctx<'_>) -> Result<(), Refusal>,
    ) -> Result<(), String> {
        let (begun, before) = (Instant::now(), self.outbox.len());
        let mut ctx = Ctx { now: self.process.clock.now(), rng: &mut self.rng, out: &mut self.outbox };
        let done = step(role, &mut ctx);
        self.process.hooks.step(begun.elapsed());
        let Err(refusal) = done else { return Ok(()) };
        self.outbox.truncate(before);
        self.refused(from, kind, refusal)
    }

    fn refused(&mut self, from: PartyId, kind: &'static str, refusal: Refusal) -> Result<(), String> {
        let own = self.process.party;
        let about = match &refusal {
            Refusal::Fault { culprit, .. } => *culprit,
            Refusal::Stale(_) | Refusal::Broken(_) => from,
        };
        self.process.hooks.refusal(about, kind, &refusal);
        match refusal {
            Refusal::Stale(why) => tracing::trace!(party = own.0, from = from.0, kind, why, "stale"),
            Refusal::Broken(what) => return Err(what),
            Refusal::Fault { culprit, what } => {
                let Some(more) = self.limiter.allows(culprit, Instant::now()) else { return Ok(()) };
                let what = cut(&what);
                tracing::warn!(
                    party = own.0,
                    from = from.0,
                    culprit = culprit.0,
                    kind,
                    ?what,
                    more,
                    "refused"
                );
                if let Some(table) = &self.process.faults {
                    let round = table
                        .round(self.process.clock.now())
                        .and_then(|round| u32::try_from(round.get()).ok());
                    let fault =
                        Event::Fault { round: round.unwrap_or(0), party: culprit.0, what: what.to_owned() };
                    self.outbox.event(fault);
                    if from == culprit && kind != "stream" && self.links.contains(&from) {
                        self.outbox.send(from, Letter::Refusal(what.to_owned()));
                    }
                }
            }
        }
        Ok(())
    }

    /// Stores what is to be stored, then sends what is to be sent.
    async fn settle(&mut self) -> Result<(), Fell> {
        let (mut changes, mut sends) = (Vec::new(), Vec::new());
        for effect in self.outbox.drain() {
            match effect {
                Effect::Store(Change::Event(Event::Fault { round, party, what })) => {
                    // Whoever is at fault again and again does not fill the disk.
                    let Some(more) = self.faults.allows(PartyId(party), Instant::now()) else { continue };
                    let what = if more == 0 { what } else { format!("{what} (and {more} times more)") };
                    changes.push(Change::Event(Event::Fault { round, party, what }));
                }
                Effect::Store(change) => changes.push(change),
                Effect::Send(to, letter) => sends.push((to, letter)),
            }
        }
        if !changes.is_empty() {
            let (begun, now) = (Instant::now(), self.process.clock.now());
            let bytes = self.process.store.commit(now, &changes).await.map_err(|error| {
                self.process.hooks.store_failed();
                Fell::Store(error)
            })?;
            self.process.hooks.store(begun.elapsed(), bytes);
            for change in &changes {
                if let Change::Event(event) = change {
                    told::log(event);
                    self.process.hooks.event(now, event);
                }
            }
        }
        for (to, letter) in sends {
            let (own, bytes) = (self.process.party.0, letter.frame_bytes());
            tracing::trace!(party = own, to = to.0, letter = letter.name(), bytes, "sent");
            self.process.hooks.letter(Direction::Out, &letter);
            self.process.post.send(to, letter);
        }
        Ok(())
    }
}

/// The beginning of a text.
fn cut(text: &str) -> &str {
    let end = text.char_indices().map(|(at, _)| at).nth(MOST_TEXT).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
