//! Rounds: opened for the ring there is, closed with all of its ciphertexts or lost.

use cmt_ring::election::drawn;
use cmt_ring::{Error, Generation};
use meter_link::frame::Header;
use meter_link::set::Members;
use meter_link::{PartyId, Round};

use super::super::blame::{self, refused};
use super::super::bulletin::Bulletin;
use super::super::deadlines::Tick;
use super::{Supplying, kept};
use crate::engine::{Ctx, Event, Letter, Refusal};

/// Rounds in which the utility was away that are told as lost, the last ones.
const MOST_AWAY: u32 = 1000;
/// Generations that an election may leave out.
const MOST_AHEAD: u32 = 16;

impl Supplying {
    /// Rounds before this one that nothing was said of are lost: the utility was away.
    pub(super) fn account_until(&mut self, ctx: &mut Ctx<'_>, slot: u32) {
        let first = match self.accounted {
            Some(round) => round.to_u32().saturating_add(1),
            None => self.group.first().to_u32(),
        };
        if let Some(collecting) = self.collecting.take() {
            self.lose(ctx, collecting.round(), "its slot was over");
        }
        for round in first.max(slot.saturating_sub(MOST_AWAY))..slot {
            self.lose(ctx, Round::from(round), "the utility was away");
        }
    }

    /// Opens the round of a slot, if there is a ring for it and time enough.
    pub(super) fn open(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let round = Round::from(slot);
        let begins = self.deadlines.at(slot, Tick::Begin);
        let half = self.deadlines.at(slot, Tick::Close).saturating_sub(begins) / 2;
        let none = Members::none(self.group.view.meters());
        (self.sent, self.passed, self.reached) = (none.clone(), none.clone(), none);
        // After a restart: members that have no time left would be called silent.
        if self.accounted >= Some(round) || ctx.now.saturating_sub(begins) > half {
            return Ok(());
        }
        let Ok(collecting) = self.supplier.open(round, round) else {
            return Ok(()); // no ring, or the round was open before a restart
        };
        ctx.out.record(&self.supplier.progress().map_err(blame::broken)?);
        let members = self.ring.as_ref().map_or(0, Members::count);
        let ring = self.ring.as_ref();
        let out =
            self.group.entries.iter().filter(|entry| ring.is_none_or(|ring| !ring.contains(entry.position)));
        let absent = out.map(|entry| entry.member.id.0).collect();
        ctx.out.event(Event::Opened { round: slot, present: members, absent });
        if let (Some(start), Some(lead)) = (collecting.start(), self.supplier.concentrator()) {
            let (meters, link) = (self.group.entries.len(), (PartyId::UTILITY, lead));
            self.post.deliver(ctx, meters, link, Letter::Frame(start.to_vec()));
        }
        self.collecting = Some(collecting);
        for (from, frame) in std::mem::take(&mut self.early) {
            // Whatever is wrong with one, its sender was told then that it was early.
            let accepted =
                blame::header(from, &frame).and_then(|header| self.accept(ctx, from, &header, &frame));
            if let Err(Refusal::Broken(why)) = accepted {
                return Err(Refusal::Broken(why));
            }
        }
        Ok(())
    }

    /// A ciphertext.
    pub(super) fn contribution(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: PartyId,
        header: &Header,
        frame: Vec<u8>,
    ) -> Result<(), Refusal> {
        let (clock, _) = self.clock(ctx.now)?;
        let open = self.collecting.as_ref().map(cmt_ring::Collecting::round);
        if open == Some(header.round) {
            return self.accept(ctx, from, header, &frame);
        }
        let next = [Some(clock), clock.checked_add(1)].contains(&Some(header.round.to_u32()));
        let new = self.accounted < Some(header.round) && open < Some(header.round);
        if !(next && new && self.slot < Some(header.round.to_u32()))
            || frame.len() > self.group.params.contribution_len()
        {
            return Err(Refusal::Stale("a ciphertext of a round that is not open"));
        }
        self.early.insert(from, frame);
        Ok(())
    }

    fn accept(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: PartyId,
        header: &Header,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        let Some(collecting) = self.collecting.as_mut().filter(|open| open.round() == header.round) else {
            return Err(Refusal::Stale("the round is not open"));
        };
        collecting.accept(frame).map_err(|error| refused(from, error))?;
        if let Some(entry) = self.group.of(from) {
            self.sent.set(entry.position, true);
        }
        if collecting.missing().next().is_none() {
            self.complete(ctx)?;
        }
        Ok(())
    }

    /// All ciphertexts are in.
    fn complete(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Some(collecting) = self.collecting.take() else { return Ok(()) };
        let round = collecting.round();
        match collecting.close() {
            Ok(sum) => {
                self.accounted = self.accounted.max(Some(round));
                if let Some(ring) = &self.ring {
                    self.silent.retain(|position, silence| silence.expelled || !ring.contains(*position));
                }
                // Stored before the sum: a power cut between the two leaves none, never two.
                ctx.out.record(&kept::record(round, self.lost));
                let (number, meters) = (round.to_u32(), sum.meters);
                let missing = Vec::new();
                ctx.out.event(Event::Closed { round: number, pass: 1, last: true, meters, missing });
                ctx.out.event(Event::Sum { round: number, meters, values: sum.values });
            }
            Err(error) => {
                let why = if error == Error::Inconsistent {
                    "the ciphertexts do not fit together"
                } else {
                    "not closed"
                };
                let prepared = self.supplier.lost(&self.identity, round).map_err(blame::broken)?;
                ctx.out.record(prepared.record());
                self.tell_lost(ctx, round, prepared.stored(), why);
            }
        }
        Ok(())
    }

    /// The deadline of a slot's round.
    pub(super) fn end(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        if let Some(collecting) = self.collecting.take() {
            let (round, missing) = (collecting.round(), collecting.missing().count());
            let why = format!("{missing} ciphertexts are missing");
            self.note_silent(ctx, slot)?;
            let prepared = self.supplier.discard(&self.identity, collecting).map_err(blame::broken)?;
            ctx.out.record(prepared.record());
            self.tell_lost(ctx, round, prepared.stored(), &why);
        }
        let round = Round::from(slot);
        if self.group.view.contains(round) && self.accounted < Some(round) {
            let why = match self.supplier.generation() {
                None => "there is no ring",
                Some(_) if self.supplier.until().is_some_and(|until| until <= round) => "the term is over",
                Some(_) => "it was not opened in time",
            };
            self.lose(ctx, round, why);
        }
        Ok(())
    }

    fn tell_lost(&mut self, ctx: &mut Ctx<'_>, round: Round, notice: Vec<u8>, why: &str) {
        self.lost = true;
        self.lose(ctx, round, why);
        if self.group.terms() {
            for entry in &self.group.entries {
                if self.post.is_here(entry.member.id) {
                    ctx.out.frame(entry.member.id, &notice);
                }
            }
            self.notice = Some(notice);
        }
    }

    fn lose(&mut self, ctx: &mut Ctx<'_>, round: Round, why: &str) {
        if self.accounted >= Some(round) || !self.group.view.contains(round) {
            return;
        }
        self.accounted = Some(round);
        ctx.out.record(&kept::record(round, self.lost));
        ctx.out.event(Event::Lost { round: round.to_u32(), why: why.to_owned() });
    }

    /// What there is to be known of the group.
    pub(super) fn bulletin(&self, round: Round) -> Bulletin {
        let licensed = |id: PartyId| !self.group.terms() || self.supplier.is_licensed(id);
        let here = self
            .group
            .those(|entry| self.post.is_here(entry.member.id) && !self.is_left_out(entry, round.to_u32()));
        let able = self.group.those(|entry| licensed(entry.member.id));
        let known = self.supplier.generation().unwrap_or(Generation(0)).max(self.highest);
        let present =
            self.group.those(|entry| able.contains(entry.position) && here.contains(entry.position));
        Bulletin {
            round,
            generation: self.supplier.generation().unwrap_or(Generation(0)),
            until: self.supplier.until().unwrap_or(Round::from(0)),
            next: self.next_generation(known, &present),
            lost: self.lost,
            licensed: able,
            here,
            order: self.order.clone(),
        }
    }

    /// Where members sign their set, they do not follow those again who have had them sign in vain, until they have a place: a
    /// generation whose draw makes somebody else concentrator. It could as well pass on only the Hellos that it likes.
    fn next_generation(&self, known: Generation, present: &Members) -> Generation {
        let mut ahead = (1..=MOST_AHEAD).map(|step| Generation(known.0.saturating_add(step)));
        let suits = |generation: &Generation| {
            let first = drawn(self.group.view.epoch(), *generation, present).ok();
            let id = first.and_then(|position| self.group.id(position));
            id.is_none_or(|id| !self.failed.contains(&id))
        };
        let next = Generation(known.0.saturating_add(1));
        if self.failed.is_empty() || !self.group.params.agreement() {
            next
        } else {
            ahead.find(suits).unwrap_or(next)
        }
    }

    /// Tells everybody who is here.
    pub(super) fn publish(&self, ctx: &mut Ctx<'_>, round: Round) -> Result<(), Refusal> {
        let frame = self.bulletin(round).sign(&self.group.view, &self.identity).map_err(blame::broken)?;
        for entry in self.group.entries.iter().filter(|entry| self.post.is_here(entry.member.id)) {
            ctx.out.frame(entry.member.id, &frame);
        }
        Ok(())
    }

    /// Tells one who has just come.
    pub(super) fn greet(&self, ctx: &mut Ctx<'_>, party: PartyId) {
        let Some(clock) = self.deadlines.table.round(ctx.now) else { return };
        if let Some(notice) = &self.notice {
            ctx.out.frame(party, notice);
        }
        if let Ok(frame) = self.bulletin(clock).sign(&self.group.view, &self.identity) {
            ctx.out.frame(party, &frame);
        }
        let open = self.collecting.as_ref().filter(|_| self.supplier.concentrator() == Some(party));
        if let Some(start) = open.and_then(cmt_ring::Collecting::start) {
            ctx.out.frame(party, start);
        }
    }
}
