//! A member of the next ring: tokens, echoes, a seat; and its place in a ring that is healed.

use meter_link::PartyId;

use super::super::blame::{self, refused};
use super::{Making, Metering};
use crate::engine::{Ctx, Refusal};

impl Metering {
    /// A token of the concentrator to be.
    pub(super) fn token(&mut self, ctx: &mut Ctx<'_>, by: PartyId, frame: Vec<u8>) -> Result<(), Refusal> {
        let expected = match &self.making.claim {
            Some((claimant, _, at)) => {
                (claimant.member.id == by).then(|| at.saturating_add(self.deadlines.gather()))
            }
            None => self.making.ordered.filter(|entry| entry.member.id == by).map(|_| ctx.now),
        };
        let at = expected.ok_or(Refusal::Stale("a token of somebody who is not followed"))?;
        if let Some((claimant, answer)) = &self.making.answer {
            Self::relay(ctx, *claimant, answer.clone());
            return Ok(());
        }
        if ctx.now < at {
            self.making.token = Some((by, frame, at));
            return Ok(());
        }
        self.join(ctx, by, &frame)
    }

    /// A token has waited long enough for other claims.
    pub(super) fn join_in_time(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Some((by, frame, _)) = self.making.token.take_if(|(_, _, at)| *at <= ctx.now) else {
            return Ok(());
        };
        match self.join(ctx, by, &frame) {
            Err(Refusal::Broken(why)) => Err(Refusal::Broken(why)),
            _ => Ok(()),
        }
    }

    fn join(&mut self, ctx: &mut Ctx<'_>, by: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let claimant = self.group.of(by).ok_or(Refusal::Stale("no meter of this epoch"))?;
        let (_, now) = self.clock(ctx.now)?;
        let mut out = vec![0u8; self.group.params.first_key_len()];
        let joined = self.meter.join(&self.link, now, &claimant.listed(), frame, &mut out, ctx.rng);
        let prepared = joined.map_err(|error| refused(by, error))?;
        ctx.out.record(prepared.record());
        let record = prepared.record().to_vec();
        let answer = prepared.stored().to_vec();
        self.remember_record(&record);
        self.store(ctx)?;
        Self::relay(ctx, by, answer.clone());
        self.making.answer = Some((by, answer));
        if self.group.params.agreement() {
            let echo = self.meter.echo(&self.identity, &self.me).map_err(blame::broken)?;
            ctx.out.frame(PartyId::UTILITY, &echo);
            self.making.echo = Some(echo.to_vec());
        }
        Ok(())
    }

    /// Another member has signed its set.
    pub(super) fn echo(&mut self, ctx: &mut Ctx<'_>, frame: Vec<u8>) -> Result<(), Refusal> {
        let sender = self.sender(PartyId::UTILITY, &frame)?;
        if !self.group.params.agreement() || frame.len() != cmt_ring::Agreement::<'_>::ECHO_LEN {
            return Err(Refusal::Stale("no echo"));
        }
        self.making.echoes.insert(sender.position, frame);
        if let Some((by, seat)) = self.making.seat.take() {
            return self.seat(ctx, by, seat);
        }
        Ok(())
    }

    /// Whether all members have signed the set of the claim.
    fn agreed(&mut self, by: PartyId) -> Result<bool, Refusal> {
        let Some((claimant, frame, _)) = self.making.claim.clone() else { return Ok(false) };
        let begun = self.meter.agreement(&claimant, &frame);
        let mut agreement = begun.map_err(|error| refused(by, error))?;
        let awaited: Vec<u32> = agreement.awaited().collect();
        for position in awaited {
            let (Some(entry), Some(echo)) = (self.group.at(position), self.making.echoes.get(&position))
            else {
                return Ok(false);
            };
            if let Err(error) = agreement.hear(&entry, echo) {
                self.making.echoes.remove(&position);
                return Err(refused(entry.member.id, error));
            }
        }
        Ok(self.meter.agree(&agreement).is_ok())
    }

    /// The place in the ring.
    pub(super) fn seat(&mut self, ctx: &mut Ctx<'_>, by: PartyId, frame: Vec<u8>) -> Result<(), Refusal> {
        let around = self.meter.neighbours(&frame).map_err(|error| refused(by, error))?;
        if self.group.params.agreement() && !self.agreed(by)? {
            self.making.seat = Some((by, frame));
            return Ok(());
        }
        let unknown = Refusal::Stale("a set of unknown meters");
        let around = around.try_map(|position| self.group.at(position).ok_or(unknown.clone()))?;
        let listed = around.map(|entry| entry.listed());
        self.meter.seat(&self.link, &frame, &listed).map_err(|error| refused(by, error))?;
        self.successor = Some(around.successor.member.id);
        self.led = None;
        self.outgoing = None;
        self.whole();
        self.making = Making::default();
        self.store(ctx)?;
        self.proceed(ctx)
    }

    /// The ring goes on without some members.
    pub(super) fn heal(&mut self, ctx: &mut Ctx<'_>, by: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let around = self.meter.healed_neighbours(frame).map_err(|error| refused(by, error))?;
        let unknown = Refusal::Stale("a set of unknown meters");
        let around = around.try_map(|position| self.group.at(position).ok_or(unknown.clone()))?;
        let listed = around.map(|entry| entry.listed());
        let healed = self.meter.heal(&self.link, now, frame, &listed);
        let prepared = healed.map_err(|error| refused(by, error))?;
        ctx.out.record(prepared.record());
        prepared.stored();
        self.successor = Some(around.successor.member.id);
        self.making.before = None;
        self.whole();
        self.store(ctx)?;
        self.proceed(ctx)
    }

    /// The ring is a new one.
    pub(super) fn whole(&mut self) {
        self.broken = false;
        self.notice = None;
    }
}
