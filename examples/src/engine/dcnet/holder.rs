//! The holder: answers the final Close, and follows where others are asked.

use anyhow::{Context as _, bail};
use dcnet_core::{Error, Fault, Holder, Misuse};
use meter_link::frame::Reader;
use meter_link::round::Close;
use meter_link::set::Members;
use meter_link::{EpochView, Header, Kind, PartyId, Round};
use zeroize::Zeroizing;

use super::evidence::Evidence;
use super::journal::{put, take};
use super::{broken, params, refused};
use crate::deployment::Deployment;
use crate::engine::seat::{Keys, Lists, Seat};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

const VERSION: u8 = 1;

/// A holder of one epoch. Its records are the entries of its log; its state is stored anew where records alone would
/// not do: with a new ratchet step, and whenever a set differs from the one before, since it counts that.
pub(super) struct HolderRole {
    view: EpochView,
    table: Timetable,
    holder: Holder,
    unstored: bool,
    step: u32,
    set: Option<Members>,
    open: Option<(Round, Vec<u8>)>,
    /// The last Close that was taken, and the answer to it, if this holder was asked.
    close: Option<(Vec<u8>, Option<Vec<u8>>)>,
    evidence: Evidence,
}

impl HolderRole {
    pub(super) fn new(deployment: &Deployment, seat: Seat) -> anyhow::Result<Self> {
        let params = params(deployment)?;
        let Seat { view, id, identity, keys, lists, .. } = seat;
        let Lists::Whole(roster) = &lists else { bail!("a holder needs the whole roster") };
        let mut evidence = Evidence::default();
        let unstored = matches!(keys, Keys::Fresh(_));
        let holder = match keys {
            Keys::Fresh(link) => Holder::new(&params, &view, id, link, roster)?,
            Keys::Stored(kept) => {
                let state = kept.state.as_ref().context("a journal without a state")?;
                let mut reader = Reader::new(state);
                if reader.u8()? != VERSION {
                    bail!("a state of another version");
                }
                let mut holder = Holder::from_bytes(&params, &view, id, roster, take(&mut reader)?)?;
                evidence = Evidence::load(&mut reader)?;
                reader.end()?;
                for record in &kept.records {
                    match record.first() {
                        Some(&Evidence::RECORD) => evidence.replay(record)?,
                        _ => holder.replay(record)?,
                    }
                }
                holder
            }
        };
        Ok(Self {
            view,
            table: deployment.timetable(),
            holder: holder.signing(identity)?,
            unstored,
            step: u32::MAX,
            set: None,
            open: None,
            close: None,
            evidence,
        })
    }

    /// `version u8 ‖ holder, with its length ‖ evidence`.
    fn state(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let holder = self.holder.to_bytes().map_err(broken)?;
        let mut evidence = Vec::new();
        self.evidence.save(&mut evidence);
        let len = [holder.len(), evidence.len(), 16].iter().sum();
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        out.push(VERSION);
        put(&mut out, &holder);
        out.extend(evidence);
        Ok(out)
    }

    fn begin(&mut self, ctx: &mut Ctx<'_>) -> Result<bool, Refusal> {
        if !self.unstored {
            return Ok(false);
        }
        ctx.out.state(self.state()?);
        self.unstored = false;
        Ok(true)
    }

    fn take(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        if from != PartyId::UTILITY {
            return Err(Refusal::Stale("no letter for a holder"));
        }
        let now = self.table.round(ctx.now).ok_or(Refusal::Stale("before the first round"))?;
        match letter {
            Letter::Frame(frame) => {
                let header = Header::parse(&frame).map_err(|error| refused(error, from))?;
                match header.kind {
                    Kind::Open => self.take_open(ctx, now, header.round, frame),
                    Kind::Close => self.take_close(ctx, now, header.round, frame),
                    _ => Err(Refusal::Fault { culprit: from, what: "no frame for a holder".to_owned() }),
                }
            }
            Letter::Frames { frames, .. } => match frames.as_slice() {
                [open, close] => self.catch_up(ctx, now, open, close),
                _ => Err(Refusal::Fault { culprit: from, what: "no Open with its Close".to_owned() }),
            },
            _ => Err(Refusal::Stale("no letter for a holder")),
        }
    }

    fn take_open(
        &mut self,
        ctx: &mut Ctx<'_>,
        now: Round,
        round: Round,
        frame: Vec<u8>,
    ) -> Result<(), Refusal> {
        if let Err(error) = self.holder.open(now, &frame) {
            let earlier =
                self.open.as_ref().filter(|(open, _)| *open == round).map(|(_, frame)| frame.clone());
            return self.refuse(ctx, round, error, earlier, &frame);
        }
        let step = self.view.step(round).unwrap_or(self.step);
        if step != self.step {
            self.step = step;
            ctx.out.state(self.state()?);
        }
        self.open = Some((round, frame));
        Ok(())
    }

    fn take_close(
        &mut self,
        ctx: &mut Ctx<'_>,
        now: Round,
        round: Round,
        frame: Vec<u8>,
    ) -> Result<(), Refusal> {
        // The same once more: the answer was lost on its way.
        if let Some((_, answer)) = self.close.as_ref().filter(|(close, _)| *close == frame) {
            if let Some(answer) = answer {
                ctx.out.frame(PartyId::UTILITY, answer);
            }
            return Ok(());
        }
        let set = Close::verify(&frame, &self.view, now).map(|close| {
            let asked = close.quorum.is_some_and(|quorum| quorum.contains(self.holder.number()));
            (Members::from(close.set), asked)
        });
        let (set, asked) = set.map_err(|error| refused(error, PartyId::UTILITY))?;
        let told = match asked {
            true => self.holder.answer(now, &frame).map(|prepared| {
                let record = prepared.record().to_vec();
                (record, Some(prepared.stored()))
            }),
            false => self.holder.follow(now, &frame).map(|prepared| (prepared.record().to_vec(), None)),
        };
        let (record, answer) = match told {
            Ok(told) => told,
            Err(error) => {
                let earlier = self.close.as_ref().map(|(frame, _)| frame.clone());
                return self.refuse(ctx, round, error, earlier, &frame);
            }
        };
        self.store(ctx, set, &record)?;
        if let Some(answer) = &answer {
            ctx.out.frame(PartyId::UTILITY, answer);
        }
        self.close = Some((frame, answer));
        Ok(())
    }

    fn catch_up(&mut self, ctx: &mut Ctx<'_>, now: Round, open: &[u8], close: &[u8]) -> Result<(), Refusal> {
        let round = Header::parse(close).map_err(|error| refused(error, PartyId::UTILITY))?.round;
        let set = Close::verify(close, &self.view, round).map(|close| Members::from(close.set));
        let set = set.map_err(|error| refused(error, PartyId::UTILITY))?;
        let record = match self.holder.catch_up(now, open, close) {
            Ok(prepared) => prepared.record().to_vec(),
            Err(error) => {
                let earlier = self.close.as_ref().map(|(frame, _)| frame.clone());
                return self.refuse(ctx, round, error, earlier, close);
            }
        };
        self.store(ctx, set, &record)
    }

    /// An entry of the log, and the state where it counts a change.
    fn store(&mut self, ctx: &mut Ctx<'_>, set: Members, record: &[u8]) -> Result<(), Refusal> {
        match self.set.as_ref() == Some(&set) {
            true => ctx.out.record(record),
            false => ctx.out.state(self.state()?),
        }
        self.set = Some(set);
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
        Err(match error {
            // Rounds of a step that is gone, after an outage.
            Error::Misuse(Misuse::OutOfOrder) => Refusal::Stale("of an earlier step"),
            error => refused(error, PartyId::UTILITY),
        })
    }
}

impl Role for HolderRole {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let first = self.begin(ctx)?;
        let taken = self.take(ctx, from, letter);
        self.unstored = first && taken.is_err();
        taken
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.begin(ctx).map(drop)
    }

    fn next_wake(&self) -> Option<u64> {
        self.unstored.then_some(0)
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, _: PartyId, _: bool) {
        // If it fails, so does the wake that is due.
        let _ = self.begin(ctx);
    }
}
