//! The meter: contributes upon the Open, repairs upon the Close.

mod own;
mod state;

use std::sync::PoisonError;

use dcnet_core::{Error, Fault, Misuse, Params};
use meter_link::round::Open;
use meter_link::{EpochView, Header, Identity, Kind, PartyId, Round};

use super::evidence::Evidence;
use super::registration::Registration;
use super::{broken, refused};
use crate::deployment::Deployment;
use crate::engine::seat::{Seat, SharedDevice};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

pub(super) use own::{Grown, Own};

/// A meter of one epoch.
///
/// | record | when |
/// |---|---|
/// | state | made; first Open of a ratchet step, which takes older keys away; named absent |
/// | mark | before each contribution |
/// | Close | before each repair, and for each final one |
/// | edges (grown graph) | before each statement |
pub(super) struct MeterRole {
    id: PartyId,
    position: u32,
    table: Timetable,
    /// How long after an Open a reading is waited for.
    patience: u64,
    params: Params,
    view: EpochView,
    identity: Identity,
    device: SharedDevice,
    own: Own,
    /// The first state is still to be stored.
    unstored: bool,
    step: u32,
    open: Option<OpenRound>,
    /// The last Close, and its record.
    close: Option<(Vec<u8>, Vec<u8>)>,
    evidence: Evidence,
    /// The utility is there.
    linked: bool,
    registration: Option<Registration>,
}

/// The round whose Open came last.
struct OpenRound {
    round: Round,
    frame: Vec<u8>,
    /// It names this meter present.
    inside: bool,
    work: Work,
}

/// What became of the contribution.
enum Work {
    /// The reading is not there yet: try again then, and until then.
    Waiting { again: u64, until: u64 },
    /// It was sent; the utility may ask for it again.
    Sent(Vec<u8>),
    /// There is none, and will be none.
    Over,
}

impl MeterRole {
    pub(super) fn new(deployment: &Deployment, seat: Seat, device: SharedDevice) -> anyhow::Result<Self> {
        state::load(deployment, seat, device)
    }

    fn now(&self, ctx: &Ctx<'_>) -> Result<Round, Refusal> {
        self.table.round(ctx.now).ok_or(Refusal::Stale("before the first round"))
    }

    /// Stores the first state, before anything else happens.
    fn begin(&mut self, ctx: &mut Ctx<'_>) -> Result<bool, Refusal> {
        if !self.unstored {
            return Ok(false);
        }
        ctx.out.state(self.state()?);
        self.unstored = false;
        Ok(true)
    }

    fn take(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        match letter {
            Letter::Frame(frame) if from == PartyId::UTILITY => {
                let header = Header::parse(&frame).map_err(|error| refused(error, from))?;
                match header.kind {
                    Kind::Open => self.take_open(ctx, header.round, frame),
                    Kind::Close => self.take_close(ctx, header.round, frame),
                    _ => Err(Refusal::Fault { culprit: from, what: "no frame for a meter".to_owned() }),
                }
            }
            Letter::Relay { party, frame } => self.relayed(ctx, party, &frame),
            _ => Err(Refusal::Stale("no letter for a meter")),
        }
    }

    fn take_open(&mut self, ctx: &mut Ctx<'_>, round: Round, frame: Vec<u8>) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        if let Err(error) = self.own.open(now, &frame) {
            let earlier = self.open.as_ref().map(|open| open.frame.clone());
            return self.refuse(ctx, round, error, earlier, &frame);
        }
        // The utility asks once more: it has lost what was sent.
        if let Some(open) = self.open.as_ref().filter(|open| open.round == round && open.frame == frame) {
            if let Work::Sent(sent) = &open.work {
                ctx.out.frame(PartyId::UTILITY, sent);
            }
            return Ok(());
        }
        let open = Open::verify(&frame, &self.view, now).map_err(|error| refused(error, PartyId::UTILITY))?;
        let inside = open.present.contains(self.position);
        let was_inside = self.open.as_ref().is_none_or(|open| open.inside);
        let until = ctx.now.saturating_add(self.patience);
        let work = if inside { Work::Waiting { again: ctx.now, until } } else { Work::Over };
        self.open = Some(OpenRound { round, frame, inside, work });
        let step = self.view.step(round).unwrap_or(self.step);
        // A new step takes keys away, and who was named absent may have to stay away: neither is in a record.
        if step != self.step || (was_inside && !inside) {
            self.step = step;
            ctx.out.state(self.state()?);
        }
        match inside {
            true => self.contribute(ctx),
            false => self.report(ctx),
        }
        Ok(())
    }

    /// Sends the round's reading, if it is there. Nothing here fails the step: the Open was taken.
    fn contribute(&mut self, ctx: &mut Ctx<'_>) {
        let (table, Some(open)) = (self.table, &mut self.open) else { return };
        let Work::Waiting { until, .. } = open.work else { return };
        let mut device = self.device.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(values) = device.source.reading(open.round) else {
            let again = ctx.now.saturating_add((table.slot / 20).max(1));
            open.work = if again < until { Work::Waiting { again, until } } else { Work::Over };
            return;
        };
        let mut out = vec![0; self.params.contribution_len()];
        let now = table.round(ctx.now).unwrap_or(open.round);
        match self.own.contribute(&mut device.mark, now, open.round, &values, &mut out) {
            Ok(prepared) => {
                ctx.out.record(prepared.record());
                device.record = Some(prepared.record().to_vec());
                let frame = prepared.stored().to_vec();
                ctx.out.frame(PartyId::UTILITY, &frame);
                open.work = Work::Sent(frame);
            }
            Err(error) => {
                open.work = Work::Over;
                // Sent before a reboot, or it stays away: as it should be.
                let quiet = matches!(error, Error::Misuse(Misuse::TimeAlreadyUsed | Misuse::OutOfOrder))
                    || matches!(error, Error::Fault { fault: Fault::TooManyChanges, .. });
                if !quiet {
                    let (round, party) = (open.round.to_u32(), self.id.0);
                    ctx.out.event(Event::Fault {
                        round,
                        party,
                        what: format!("contributes nothing: {error}"),
                    });
                }
            }
        }
    }

    fn take_close(&mut self, ctx: &mut Ctx<'_>, round: Round, frame: Vec<u8>) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        let mut out = vec![0; self.params.repair_len()];
        let (record, repair) = match self.own.close(now, &frame, &mut out) {
            Ok(prepared) => (prepared.record().to_vec(), prepared.stored().map(<[u8]>::to_vec)),
            Err(error) => {
                let earlier = self.close.as_ref().map(|(frame, _)| frame.clone());
                return self.refuse(ctx, round, error, earlier, &frame);
            }
        };
        if self.close.as_ref().is_none_or(|(_, last)| *last != record) {
            ctx.out.record(&record);
        }
        if let Some(repair) = repair {
            ctx.out.frame(PartyId::UTILITY, &repair);
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.round <= round) {
            open.work = Work::Over;
        }
        self.close = Some((frame, record));
        Ok(())
    }

    /// Keeps what contradicts itself.
    fn refuse(
        &mut self,
        ctx: &mut Ctx<'_>,
        round: Round,
        error: Error,
        earlier: Option<Vec<u8>>,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        if let (Error::Fault { culprit, fault: Fault::Contradiction }, Some(earlier)) = (error, earlier)
            && let Some(record) = self.evidence.add(&earlier, frame)
        {
            ctx.out.record(&record);
            let (round, party, what) = (round.to_u32(), culprit.0, Fault::Contradiction.to_string());
            ctx.out.event(Event::Fault { round, party, what });
            return Ok(());
        }
        Err(refused(error, PartyId::UTILITY))
    }

    /// Tells the utility that it is there, if that is of use.
    fn report(&self, ctx: &mut Ctx<'_>) {
        let mut out = [0; own::REPORT_LEN];
        let Some(now) = self.table.round(ctx.now) else { return };
        if let Ok(report) = self.own.meter().report(now, &mut out) {
            ctx.out.frame(PartyId::UTILITY, report);
        }
    }

    fn relayed(&mut self, ctx: &mut Ctx<'_>, party: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        let (Some(registration), Own::Grown(grown)) = (&mut self.registration, &mut self.own) else {
            return Err(Refusal::Stale("the graph does not grow"));
        };
        registration.take(ctx, now, grown, &self.identity, party, frame)
    }

    /// What is due by the clock.
    fn act(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let again = self.open.as_ref().and_then(OpenRound::again);
        if again.is_some_and(|again| again <= ctx.now) {
            self.contribute(ctx);
        }
        let (Some(registration), Own::Grown(grown)) = (&mut self.registration, &mut self.own) else {
            return Ok(());
        };
        let open = self.open.as_ref().map(|open| (open.round, open.frame.as_slice(), open.inside));
        registration.wake(ctx, grown, &self.identity, open, self.linked)
    }
}

impl OpenRound {
    fn again(&self) -> Option<u64> {
        match self.work {
            Work::Waiting { again, .. } => Some(again),
            _ => None,
        }
    }
}

impl Role for MeterRole {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let first = self.begin(ctx)?;
        let taken = self.take(ctx, from, letter);
        self.unstored = first && taken.is_err();
        taken
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.begin(ctx)?;
        self.act(ctx)
    }

    fn next_wake(&self) -> Option<u64> {
        if self.unstored {
            return Some(0);
        }
        let again = self.open.as_ref().and_then(OpenRound::again);
        again.into_iter().chain(self.registration.as_ref().and_then(Registration::next_wake)).min()
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        self.linked = here;
        // What cannot be stored now is stored, or fails, with the next wake.
        if party != PartyId::UTILITY || !here || self.begin(ctx).is_err() {
            return;
        }
        if self.open.as_ref().is_none_or(|open| !open.inside) {
            self.report(ctx);
        }
    }
}

impl MeterRole {
    fn state(&self) -> Result<zeroize::Zeroizing<Vec<u8>>, Refusal> {
        state::save(self).map_err(broken)
    }
}
