//! A meter's part of a round: with drawn δ when it comes around, with derived δ at the meter's own time.

use cmt_ring::{Error, Mode};
use meter_link::{PartyId, Round};
use rand_core::Rng as _;

use super::super::blame::{self, refused};
use super::super::deadlines::Tick;
use super::{Metering, Outgoing};
use crate::engine::{Ctx, Refusal};

/// The round of a slot.
#[derive(Default)]
pub(super) struct Running {
    pub(super) slot: Option<u32>,
    /// So far into the slots the own ciphertext is sent with derived δ, in thousandths of a tenth of them; drawn once.
    pub(super) jitter: Option<u64>,
    /// What waits for a reading, or for a place in the ring.
    start: Option<Vec<u8>>,
    delta: Option<(PartyId, Vec<u8>)>,
    sent: Option<Sent>,
    /// When the next try is.
    again: Option<u64>,
}

/// What has left in this round, for whoever missed it.
#[derive(Default)]
struct Sent {
    contribution: Option<Vec<u8>>,
    delta: Option<(PartyId, Vec<u8>)>,
}

/// Tries of a slot to get a reading.
const TRIES: u64 = 40;

impl Running {
    pub(super) fn of(slot: u32, jitter: Option<u64>) -> Self {
        Self { slot: Some(slot), jitter, ..Self::default() }
    }

    pub(super) fn next(&self) -> Option<u64> {
        self.again
    }
}

impl Metering {
    /// Whether there is time for the round of a slot.
    fn in_time(&self, now: u64, round: Round) -> bool {
        let slot = round.to_u32();
        let close = self.deadlines.at(slot, Tick::Close);
        let grace = self.deadlines.table.slot / 10;
        now.saturating_add(grace) >= self.deadlines.at(slot, Tick::Begin) && now < close.saturating_add(grace)
    }

    fn try_again(&mut self, now: u64) {
        let pause = (self.deadlines.table.slot / TRIES).max(1);
        self.running.again = Some(now.saturating_add(pause));
    }

    /// What can be done now of what waits.
    pub(super) fn proceed(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let due = self.running.again.is_none_or(|again| again <= ctx.now);
        if !due {
            return Ok(());
        }
        self.running.again = None;
        let tried = match self.group.params.mode() {
            Mode::Derived => self.contribute(ctx),
            Mode::Drawn => {
                let started = match self.running.start.take() {
                    Some(frame) => self.start(ctx, frame),
                    None => Ok(()),
                };
                let passed = match self.running.delta.take() {
                    Some((by, frame)) => self.delta(ctx, by, frame),
                    None => Ok(()),
                };
                started.and(passed)
            }
        };
        match tried {
            // What has waited in vain.
            Err(Refusal::Stale(_) | Refusal::Fault { .. }) | Ok(()) => Ok(()),
            Err(broken) => Err(broken),
        }
    }

    /// [`Mode::Derived`]: the ciphertext of the slot's round.
    fn contribute(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Some(slot) = self.running.slot.filter(|_| self.running.sent.is_none()) else { return Ok(()) };
        let round = Round::from(slot);
        if self.meter.generation().is_none() || !self.group.view.contains(round) {
            return Ok(());
        }
        let jitter = *self.running.jitter.get_or_insert_with(|| ctx.rng.next_u64() % 1000);
        let into = self.deadlines.table.slot.saturating_mul(jitter) / 10_000;
        let at = self.deadlines.at(slot, Tick::Begin).saturating_add(into);
        if ctx.now < at {
            self.running.again = Some(at);
            return Ok(());
        }
        if !self.in_time(ctx.now, round) {
            return Ok(());
        }
        let (_, now) = self.clock(ctx.now)?;
        let mut out = vec![0u8; self.group.params.contribution_len()];
        let (record, contribution) = {
            let mut device =
                self.device.lock().map_err(|_| Refusal::Broken("another role has failed".to_owned()))?;
            let Some(reading) = device.source.reading(round) else {
                drop(device);
                self.try_again(ctx.now);
                return Ok(());
            };
            let prepared = self.meter.contribute(&mut device.mark, now, round, &reading, &mut out);
            let prepared = prepared.map_err(|error| refused(PartyId::UTILITY, error))?;
            let record = prepared.record().to_vec();
            device.record = Some(record.clone());
            (record, prepared.stored().to_vec())
        };
        self.leave(ctx, round, &record, Sent { contribution: Some(contribution), delta: None })
    }

    /// As concentrator: the supplier opens a round.
    pub(super) fn start(&mut self, ctx: &mut Ctx<'_>, frame: Vec<u8>) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let round = blame::header(PartyId::UTILITY, &frame)?.round;
        if self.meter.circling() == Some(round) || !self.in_time(ctx.now, round) {
            return Err(Refusal::Stale("a round that was begun, or is over"));
        }
        let successor = self.successor.ok_or(Refusal::Stale("in no ring"))?;
        let mut out = vec![0u8; self.group.params.delta_len()];
        let (record, delta) = {
            let mut device =
                self.device.lock().map_err(|_| Refusal::Broken("another role has failed".to_owned()))?;
            let Some(reading) = device.source.reading(round) else {
                drop(device);
                self.running.start = Some(frame);
                self.try_again(ctx.now);
                return Ok(());
            };
            let started = self.meter.start(&mut device.mark, now, round, &reading, &frame, &mut out, ctx.rng);
            let prepared = started.map_err(|error| refused(PartyId::UTILITY, error))?;
            let record = prepared.record().to_vec();
            device.record = Some(record.clone());
            (record, prepared.stored().to_vec())
        };
        self.leave(ctx, round, &record, Sent { contribution: None, delta: Some((successor, delta)) })
    }

    /// The predecessor's δ.
    pub(super) fn delta(&mut self, ctx: &mut Ctx<'_>, by: PartyId, frame: Vec<u8>) -> Result<(), Refusal> {
        let (_, now) = self.clock(ctx.now)?;
        let round = blame::header(by, &frame)?.round;
        if !self.in_time(ctx.now, round) {
            return Err(Refusal::Stale("δ of a round that is over, or far ahead"));
        }
        let mut out =
            vec![0u8; self.group.params.contribution_len().saturating_add(self.group.params.delta_len())];
        if self.meter.is_concentrator() {
            let closed =
                self.meter.close(now, &frame, &mut out).map_err(|error| refused(by, error))?.to_vec();
            ctx.out.frame(PartyId::UTILITY, &closed);
            self.running.sent.get_or_insert_default().contribution = Some(closed);
            return Ok(());
        }
        let awaits_place = self.meter.followed().is_some() || self.making.orders();
        let Some(successor) = self.successor else { return self.keep_delta(by, frame, awaits_place) };
        let relayed = {
            let mut device =
                self.device.lock().map_err(|_| Refusal::Broken("another role has failed".to_owned()))?;
            let Some(reading) = device.source.reading(round) else {
                drop(device);
                self.running.delta = Some((by, frame));
                self.try_again(ctx.now);
                return Ok(());
            };
            let sent = self.meter.relay(&mut device.mark, now, round, &reading, &frame, &mut out, ctx.rng);
            sent.map(|prepared| {
                let record = prepared.record().to_vec();
                device.record = Some(record.clone());
                let sent = prepared.stored();
                (record, sent.contribution.to_vec(), sent.delta.to_vec())
            })
        };
        match relayed {
            Ok((record, contribution, delta)) => {
                let sent = Sent { contribution: Some(contribution), delta: Some((successor, delta)) };
                self.leave(ctx, round, &record, sent)
            }
            // Of the ring in which this meter's seat is still to come.
            Err(Error::Fault { .. }) if awaits_place => self.keep_delta(by, frame, true),
            Err(error) => Err(refused(by, error)),
        }
    }

    fn keep_delta(&mut self, by: PartyId, frame: Vec<u8>, awaits_place: bool) -> Result<(), Refusal> {
        if !awaits_place {
            return Err(Refusal::Stale("in no ring"));
        }
        self.running.delta = Some((by, frame));
        Ok(())
    }

    /// Stores the mark, then sends.
    fn leave(&mut self, ctx: &mut Ctx<'_>, round: Round, record: &[u8], sent: Sent) -> Result<(), Refusal> {
        ctx.out.record(record);
        if self.group.view.step(round).ok()
            != round
                .get()
                .checked_sub(1)
                .and_then(|before| self.group.view.step(Round::new(before).ok()?).ok())
        {
            // The first round of a ratchet step: keys of the one before read what was sent.
            self.store(ctx)?;
        }
        self.running.sent = Some(sent);
        self.repeat_sent(ctx);
        Ok(())
    }

    /// Sends what was sent in this round, once more.
    pub(super) fn repeat_sent(&self, ctx: &mut Ctx<'_>) {
        let Some(sent) = &self.running.sent else { return };
        if let Some(contribution) = &sent.contribution {
            ctx.out.frame(PartyId::UTILITY, contribution);
        }
        if let Some((successor, delta)) = &sent.delta {
            Self::relay(ctx, *successor, delta.clone());
        }
    }

    /// Sends the frames of a new ring once more.
    pub(super) fn repeat_outgoing(&self, ctx: &mut Ctx<'_>) {
        let Some(Outgoing { healed, supplier, members, taken, .. }) = &self.outgoing else { return };
        if !taken {
            ctx.out.frame(PartyId::UTILITY, supplier);
        }
        if *healed || *taken {
            for (id, frame) in members {
                Self::relay(ctx, *id, frame.clone());
            }
        }
    }
}
