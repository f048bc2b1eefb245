//! The concentrator: forms the ring that it has claimed, and heals it.

use cmt_ring::{Claim, Forming, Generation, Listed, Lost, Mode};
use meter_link::set::Members;
use meter_link::{PartyId, Round};

use super::super::blame::{self, refused};
use super::{Led, Making, Metering, Outgoing};
use crate::engine::{Ctx, Refusal};

impl Metering {
    /// Opens the ring that this meter has claimed, once the others' claims have had their time.
    pub(super) fn open_ring(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Some((claimant, frame, at)) = &self.making.claim else { return Ok(()) };
        let waited = at.saturating_add(self.deadlines.gather()) <= ctx.now;
        if *claimant != self.me || self.making.forming.is_some() || !waited || self.meter.followed().is_none()
        {
            return Ok(());
        }
        let read = Claim::verify(&self.group.params, &self.group.view, claimant, frame);
        let (claim, set) = read.map_err(blame::broken)?;
        let members = Members::from(set);
        if self.meter.followed() != Some(&claim) {
            return Ok(());
        }
        self.form(ctx, claim.generation, claim.from, &members)
    }

    fn form(
        &mut self,
        ctx: &mut Ctx<'_>,
        generation: Generation,
        from: Round,
        members: &Members,
    ) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let listed: Vec<Listed> = self.group.members(members).map(|entry| entry.listed()).collect();
        let opened = Forming::open(&mut self.meter, &self.link, now, from, generation, &listed, ctx.rng);
        let Ok(prepared) = opened else { return Ok(()) }; // the generation was spent meanwhile
        ctx.out.record(prepared.record());
        let record = prepared.record().to_vec();
        let forming = prepared.stored();
        self.remember_record(&record);
        for (id, token) in forming.tokens() {
            Self::relay(ctx, id, token.to_vec());
        }
        self.making.forming = Some(forming);
        self.making.set = Some(members.clone());
        self.making.from = Some(from);
        Ok(())
    }

    /// In groups without terms: the supplier says who is to form a ring.
    pub(super) fn obey(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if self.group.terms() {
            return Ok(());
        }
        let Some(order) = self.bulletin.as_ref().and_then(|bulletin| bulletin.order.clone()) else {
            return Ok(());
        };
        let (clock, _) = self.clock(ctx.now)?;
        let ring = self.group.ring(order.generation, &order.members).unwrap_or_default();
        let known = self.making.ordered.is_some() && self.making.from == Some(order.from);
        let new = order.from.to_u32() > clock && order.generation >= self.meter.next_generation();
        let Some(lead) = ring.first().filter(|_| order.members.contains(self.me.position) && new && !known)
        else {
            return Ok(());
        };
        self.making = Making { from: Some(order.from), ordered: Some(*lead), ..Making::default() };
        if *lead == self.me {
            return self.form(ctx, order.generation, order.from, &order.members);
        }
        Ok(())
    }

    /// A member answers its token.
    pub(super) fn first_key(&mut self, ctx: &mut Ctx<'_>, by: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let forming = self.making.forming.as_mut().ok_or(Refusal::Stale("no ring is being formed"))?;
        forming.accept(frame).map_err(|error| refused(by, error))?;
        if forming.missing().next().is_some() {
            return Ok(());
        }
        let making = std::mem::take(&mut self.making);
        let (Some(forming), Some(members), Some(from)) = (making.forming, making.set, making.from) else {
            return Ok(());
        };
        let Ok(formed) = forming.close(&mut self.meter) else {
            return Ok(()); // another claim is followed by now
        };
        let generation = formed.book.generation();
        let ring = self.group.ring(generation, &members).map_err(blame::broken)?;
        self.successor = ring.get(1).map(|entry| entry.member.id);
        self.led = Some(Led { root: generation, members, book: formed.book });
        self.outgoing = Some(Outgoing {
            generation,
            from,
            healed: false,
            supplier: formed.group_key,
            members: formed.seats,
            taken: false,
        });
        self.whole();
        self.store(ctx)?;
        self.repeat_outgoing(ctx);
        Ok(())
    }

    /// The supplier has taken the group key: now the members take their places.
    pub(super) fn send_seats(&mut self, ctx: &mut Ctx<'_>) {
        let told = self.bulletin.as_ref().map(|bulletin| bulletin.generation);
        let Some(outgoing) = self.outgoing.as_mut().filter(|outgoing| Some(outgoing.generation) == told)
        else {
            return;
        };
        if !std::mem::replace(&mut outgoing.taken, true) && !outgoing.healed {
            self.repeat_outgoing(ctx);
        }
    }

    /// As concentrator of a ring that has lost a round: cuts out whoever was silent.
    pub(super) fn heal_ring(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let (Some(notice), Some(bulletin)) = (self.notice.take(), &self.bulletin) else { return Ok(()) };
        let Some(mut led) = self.led.take() else { return Ok(()) };
        let healed = self.cut(ctx, &mut led, &notice, &bulletin.here.clone());
        self.led = Some(led);
        let Some(outgoing) = healed? else { return Ok(()) };
        self.outgoing = Some(outgoing);
        self.making.before = None;
        self.whole();
        self.store(ctx)?;
        self.repeat_outgoing(ctx);
        Ok(())
    }

    fn cut(
        &mut self,
        ctx: &mut Ctx<'_>,
        led: &mut Led,
        notice: &[u8],
        here: &Members,
    ) -> Result<Option<Outgoing>, Refusal> {
        let (clock, now) = self.clock(ctx.now)?;
        let Some(from) = self.group.next(clock) else { return Ok(None) };
        let blame = |error| refused(PartyId::UTILITY, error);
        let lost = Lost::verify(&self.group.view, now, notice).map_err(blame)?;
        let Ok(silent) = led.book.silent(&lost) else { return Ok(None) };
        let silent: Vec<u32> = silent.iter().map(|member| member.position).collect();
        let members = || led.book.members().map(|member| member.position);
        let away: Vec<u32> = members().filter(|position| !here.contains(*position)).collect();
        // With drawn δ the first whose ciphertext is missing may have got none: those who are not here explain it.
        let known = self.group.params.mode() == Mode::Drawn && !away.is_empty();
        let cut = members().filter(|place| away.contains(place) || (!known && silent.contains(place)));
        let cut: Vec<u32> = cut.collect();
        let generation = self.meter.next_generation();
        let healed = led.book.heal(&mut self.meter, &self.link, now, from, generation, &cut, ctx.rng);
        let Ok(prepared) = healed else { return Ok(None) }; // too few are left, or the term is over: they elect
        ctx.out.record(prepared.record());
        let healing = prepared.stored();
        let ring = self.group.ring(led.root, &led.members).map_err(blame::broken)?;
        let left: Vec<u32> = led.book.members().map(|member| member.position).collect();
        let successor = ring.iter().skip(1).find(|entry| left.contains(&entry.position));
        self.successor = successor.map(|entry| entry.member.id);
        Ok(Some(Outgoing {
            generation,
            from,
            healed: true,
            supplier: healing.supplier,
            members: healing.members,
            taken: false,
        }))
    }
}
