//! Which ring rounds are of: claims and group keys, healings, and in groups without terms the supplier's own orders.

use cmt_ring::{Claim, Entry, Generation};
use meter_link::set::Members;
use meter_link::{Fault as LinkFault, PartyId, Round};

use super::super::blame::{self, refused};
use super::super::bulletin::Order;
use super::{Claimed, Supplying};
use crate::engine::{Ctx, Event, Refusal};

impl Supplying {
    /// Somebody says that it is concentrator. Who may not be is not heard of by the others; one whose claim is not the best is,
    /// since members may have given up whose is better.
    pub(super) fn claim(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: Vec<u8>) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let entry = self.group.of(from).ok_or(Refusal::Stale("no meter of this epoch"))?;
        let not_best = LinkFault::NotExpected.of(from).into();
        match self.supplier.claimed(now, &frame) {
            Err(error) if error != not_best => return Err(refused(from, error)),
            _ => {}
        }
        let (claim, set) = Claim::verify(&self.group.params, &self.group.view, &entry, &frame)
            .map_err(|error| refused(from, error))?;
        let members = Members::from(set);
        self.highest = self.highest.max(claim.generation);
        self.claims.insert(from, Claimed { generation: claim.generation, members, frame: frame.clone() });
        if self.gathered.is_none() {
            self.gathered = Some(ctx.now.saturating_add(self.deadlines.gather()));
        }
        self.post.pass(ctx, &self.group, from, None, frame)
    }

    /// Whoever has a better claim, or one to a lower generation, and has sent no group key has had its time.
    pub(super) fn register_overdue(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let now = self.group.now(Round::from(slot));
        self.gathered = None;
        while !self.register_any(ctx)? && !self.keys.is_empty() {
            if self.supplier.forsake(now).is_none() {
                break;
            }
            let waiting = self.claims.iter().filter(|(lead, _)| self.keys.contains_key(lead));
            for (_, claimed) in waiting {
                // The best of them is taken.
                let _ = self.supplier.claimed(now, &claimed.frame);
            }
        }
        Ok(())
    }

    /// A group key waits until claims are gathered and the round is over.
    pub(super) fn group_key(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: PartyId,
        frame: Vec<u8>,
    ) -> Result<(), Refusal> {
        if frame.len() > self.group.params.group_key_len(self.group.entries.len()) {
            let what = "a group key of more members than there are meters".to_owned();
            return Err(Refusal::Fault { culprit: from, what });
        }
        if self.expected(from).is_none() {
            return Err(Refusal::Stale("nobody waits for this group key"));
        }
        self.keys.insert(from, frame);
        if self.gathered.is_none() {
            self.register_any(ctx)?;
        }
        Ok(())
    }

    /// Of which generation a group key of this meter is taken, and who the members are.
    fn expected(&self, from: PartyId) -> Option<(Generation, Members)> {
        if self.group.terms() {
            return self.claims.get(&from).map(|claimed| (claimed.generation, claimed.members.clone()));
        }
        let order = self.order.as_ref()?;
        let ring = self.group.ring(order.generation, &order.members).ok()?;
        let lead = ring.first().map(|entry| entry.member.id);
        (lead == Some(from)).then(|| (order.generation, order.members.clone()))
    }

    /// Takes the ring of a group key that is here, if one of them is to be taken now.
    pub(super) fn register_any(&mut self, ctx: &mut Ctx<'_>) -> Result<bool, Refusal> {
        if self.collecting.is_some() {
            return Ok(false); // its ciphertexts are of the present ring
        }
        let (clock, now) = self.clock(ctx.now)?;
        let waiting: Vec<PartyId> = self.keys.keys().copied().collect();
        for lead in waiting {
            let (Some(frame), Some((generation, members))) = (self.keys.get(&lead), self.expected(lead))
            else {
                continue;
            };
            if self.supplier.register(now, lead, frame) != Ok(generation) {
                continue;
            }
            self.keys.clear();
            self.claims.clear();
            self.failed.clear();
            self.order = None;
            let before = self.ring.replace(members);
            (self.lost, self.notice) = (false, None);
            self.store(ctx)?;
            self.tell_of_ring(ctx, clock, before, "formed");
            self.publish(ctx, Round::from(clock))?;
            return Ok(true);
        }
        Ok(false)
    }

    /// The ring goes on without those who were silent.
    pub(super) fn healed(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let (clock, now) = self.clock(ctx.now)?;
        let before = self.supplier.generation();
        let out: Vec<Option<Round>> = self.group.entries.iter().map(|entry| self.left_out(entry)).collect();
        let generation = self.supplier.heal(now, frame).map_err(|error| refused(from, error))?;
        if before != Some(generation) {
            // In groups with terms, which alone heal here, the healing says who is out. A licence does not: a member that
            // was expelled has none and may still be in the ring.
            let old = self.ring.take();
            let stays = |entry: &Entry| out.get(entry.position as usize) == Some(&self.left_out(entry));
            let left = self.group.those(|entry| {
                let member = old.as_ref().is_some_and(|ring| ring.contains(entry.position));
                member && stays(entry)
            });
            self.ring = Some(left);
            (self.lost, self.notice) = (false, None);
            self.store(ctx)?;
            self.tell_of_ring(ctx, clock, old, "healed");
        }
        self.publish(ctx, Round::from(clock))
    }

    /// Since when the last generation that left a meter out has done so.
    fn left_out(&self, entry: &Entry) -> Option<Round> {
        self.supplier.left_out(entry.member.id)
    }

    fn tell_of_ring(&self, ctx: &mut Ctx<'_>, clock: u32, before: Option<Members>, how: &str) {
        let generation = self.supplier.generation().unwrap_or(Generation(0)).0;
        let lead = self.supplier.concentrator().unwrap_or(PartyId::UTILITY);
        let Some(ring) = &self.ring else { return };
        let what = format!("concentrator {lead}, generation {generation}, {} members, {how}", ring.count());
        ctx.out.event(Event::Topology { round: clock, what });
        let Some(before) = before else { return };
        let out = if how == "healed" { "cut" } else { "left out" };
        let changes = [(before.without(ring), out), (ring.without(&before), "returned")];
        for (set, what) in changes {
            for entry in self.group.members(&set) {
                let what = what.to_owned();
                ctx.out.event(Event::Member { round: clock, party: entry.member.id.0, what });
            }
        }
    }

    /// The round of a slot is over: what there is to be known for the next one's ring.
    pub(super) fn prepare_next(&mut self, ctx: &mut Ctx<'_>, slot: u32) -> Result<(), Refusal> {
        let Some(next) = self.group.next(slot) else { return Ok(()) };
        if self.group.terms() {
            let lacks = self.bulletin(Round::from(slot)).lacks(next);
            return if lacks { self.publish(ctx, Round::from(slot)) } else { Ok(()) };
        }
        let here = |entry: &Entry| self.post.is_here(entry.member.id);
        let mut chosen = self.group.those(|entry| here(entry) && !self.is_left_out(entry, slot));
        if chosen.count() < self.group.params.min_ring() {
            chosen = self.group.those(here); // too few are left: all get another chance
        }
        let whole = !self.lost && self.ring.as_ref() == Some(&chosen);
        if whole || chosen.count() < self.group.params.min_ring() {
            return Ok(());
        }
        // One a slot, above all before it: so no generation is ordered twice, whatever was forgotten.
        let ahead = next.to_u32().saturating_sub(self.group.first().to_u32()).saturating_add(1);
        self.order = Some(Order { generation: Generation(ahead), from: next, members: chosen });
        self.publish(ctx, Round::from(slot))
    }

    /// Stores all of it.
    pub(super) fn store(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let state = super::kept::state(self).map_err(blame::broken)?;
        ctx.out.state(state);
        Ok(())
    }

    /// The first state of an epoch: with the keys that everything else needs.
    pub(super) fn store_first(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if self.stored { Ok(()) } else { self.store(ctx) }
    }
}
