//! Who breaks rounds again and again, as far as links tell: the supplier gives it no licence for a while.
//!
//! Tokens do not tell who was silent, and with drawn δ the first whose ciphertext is missing may be the one behind it. The star
//! tells: whom δ has reached, and who has passed it on. Whoever is here, was reached, and has not sent what it should
//! is left out of the bulletin's meters that are here, so that the concentrator cuts it; the second time before it is in a sum
//! again it is expelled for a few rounds, then for twice as many.

use std::collections::BTreeMap;

use cmt_ring::{Collecting, Entry, Mode};
use meter_link::PartyId;
use meter_link::frame::{Header, Kind};

use super::super::blame;
use super::Supplying;
use crate::engine::{Ctx, Event, Refusal};

/// Of a meter that was here.
#[derive(Default)]
pub(super) struct Silence {
    times: u32,
    /// The slot from which on it is asked again.
    until: u32,
    pub(super) expelled: bool,
}

/// Doublings of the time that somebody is left out.
const MOST: u32 = 6;

impl Supplying {
    /// A frame goes from one meter to another.
    pub(super) fn note_passed(&mut self, header: &Header, by: &Entry, to: &Entry) {
        let (from, party) = (by.member.id, to.member.id);
        match header.kind {
            Kind::Delta if self.collecting.as_ref().map(Collecting::round) == Some(header.round) => {
                self.passed.set(by.position, true);
                self.reached.set(to.position, true);
            }
            Kind::Token => _ = self.tokens.entry(from).or_default().entry(party).or_default(),
            Kind::FirstKey => {
                let asked = self.tokens.get_mut(&party).and_then(|tokens| tokens.get_mut(&from));
                asked.into_iter().for_each(|answered| *answered = true);
            }
            _ => {}
        }
    }

    /// Whether a meter is left out for its silence.
    pub(super) fn is_left_out(&self, entry: &Entry, slot: u32) -> bool {
        self.silent.get(&entry.position).is_some_and(|silence| silence.until > slot)
    }

    fn is_silent(&self, entry: &Entry, lead: Option<PartyId>) -> bool {
        let (sent, passed) = (self.sent.contains(entry.position), self.passed.contains(entry.position));
        if self.group.params.mode() == Mode::Derived {
            return !sent;
        }
        let reached = self.reached.contains(entry.position);
        if lead == Some(entry.member.id) {
            !passed || (reached && !sent)
        } else {
            reached && !(sent && passed)
        }
    }

    /// A round is lost: whoever is here and has not done its part is left out, for longer each time.
    pub(super) fn note_silent(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let Some(ring) = &self.ring else { return Ok(()) };
        let lead = self.supplier.concentrator();
        let members = self.group.members(ring).filter(|entry| self.post.is_here(entry.member.id));
        let silent: Vec<Entry> = members.filter(|entry| self.is_silent(entry, lead)).collect();
        self.leave_out(ctx, slot, &silent)
    }

    /// A ring that was claimed did not form: its claimant has not sent the group key, or a few have not answered their tokens.
    pub(super) fn note_unformed(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let answered =
            |tokens: &BTreeMap<PartyId, bool>| tokens.values().filter(|answered| **answered).count();
        let ordered =
            self.order.as_ref().and_then(|order| self.group.ring(order.generation, &order.members).ok());
        let ordered = ordered.and_then(|ring| ring.first().map(|entry| entry.member.id));
        let leads = self.claims.keys().copied().chain(ordered);
        let rings = leads.filter_map(|lead| Some((lead, self.tokens.get(&lead)?)));
        let Some((lead, tokens)) = rings.max_by_key(|(_, tokens)| answered(tokens)) else { return Ok(()) };
        let mut silent: Vec<PartyId> =
            tokens.iter().filter(|(_, answered)| !**answered).map(|(id, _)| *id).collect();
        if silent.is_empty() && !self.keys.contains_key(&lead) {
            silent.push(lead);
        }
        // Where more are silent, they may follow somebody else.
        let most = self.group.params.group().rules.max_colluding.max(1) as usize;
        if silent.len() > most {
            return Ok(());
        }
        let silent: Vec<Entry> = silent.into_iter().filter_map(|id| self.group.of(id)).collect();
        self.leave_out(ctx, slot, &silent)
    }

    fn leave_out(&mut self, ctx: &mut Ctx<'_>, slot: u32, silent: &[Entry]) -> Result<(), Refusal> {
        let mut expelled = false;
        for entry in silent.iter().filter(|entry| self.post.is_here(entry.member.id)) {
            let id = entry.member.id;
            // Enough must be left for a ring.
            let others = self.group.entries.iter().filter(|other| {
                *other != entry
                    && self.post.is_here(other.member.id)
                    && self.supplier.is_licensed(other.member.id)
            });
            let enough = others.count() >= self.group.params.min_ring() as usize;
            let silence = self.silent.entry(entry.position).or_default();
            silence.times = silence.times.saturating_add(1).min(MOST);
            silence.until = slot.saturating_add(1 << silence.times);
            if self.group.terms() && silence.times > 1 && enough {
                silence.expelled = true;
                self.supplier.expel(id).map_err(blame::broken)?;
                expelled = true;
                let what = "expelled for a while: silent again and again".to_owned();
                ctx.out.event(Event::Member { round: slot, party: id.0, what });
            }
        }
        if expelled { self.store(ctx) } else { Ok(()) }
    }

    /// Takes those back whose time is over.
    pub(super) fn readmit(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let mut back = Vec::new();
        for (position, silence) in self.silent.iter_mut().filter(|(_, silence)| silence.until <= slot) {
            if std::mem::take(&mut silence.expelled) {
                back.push(*position);
            }
        }
        if back.is_empty() {
            return Ok(());
        }
        for id in back.into_iter().filter_map(|position| self.group.id(position)) {
            self.supplier.readmit(id).map_err(blame::broken)?;
        }
        self.store(ctx)
    }
}
