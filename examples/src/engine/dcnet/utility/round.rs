//! A round's phases, from Open to sum.

use std::collections::BTreeSet;

use dcnet_core::{Closed, Closing, Collecting, Error, Repairing};
use meter_link::answer::Quorum;
use meter_link::round::{Close, Open};
use meter_link::set::Members;
use meter_link::{EpochView, PartyId, Round};

use super::state::Step;
use super::{Past, UtilityRole};
use crate::engine::dcnet::{broken, refused};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Refusal};

/// The round that is under way.
pub(super) struct Running {
    pub(super) round: Round,
    pub(super) open: Vec<u8>,
    /// The last Close for meters, or the Open. A further Close is for the quorum that it asks alone.
    pub(super) frame: Vec<u8>,
    /// Whom the Open names present, by position.
    pub(super) present: Vec<bool>,
    /// Whom the last Close has.
    pub(super) set: Vec<bool>,
    pub(super) phase: Phase,
    /// The end of the phase; 0 after a restart, when it begins anew.
    pub(super) due: u64,
    /// More than one quorum was asked, or may have been before a restart: answers to the others come late.
    pub(super) again: bool,
    /// Quorums that were asked, since somebody came back.
    pub(super) tried: Vec<Quorum>,
    /// Nobody is left to ask: who comes back may answer until the slot ends.
    pub(super) stuck: bool,
}

pub(super) enum Phase {
    Collecting(Collecting),
    /// With the repairs that have come.
    Repairing(Repairing, Vec<Vec<u8>>),
    Answering(Closed),
}

/// Lost rounds that are told of one by one after an outage.
const MOST_LOST: u32 = 1000;

/// How long repairs or answers are waited for: a fifth of what the slot has left after the deadline.
pub(super) fn phase(table: &Timetable, deadline: u16) -> u64 {
    let rest = table.slot.saturating_mul(1000u64.saturating_sub(deadline.into())) / 1000;
    (rest / 5).max(1)
}

impl UtilityRole {
    /// A slot begins.
    pub(super) fn next_round(&mut self, ctx: &mut Ctx<'_>, now: Round) -> Result<(), Refusal> {
        let first = self.handled.map_or(self.view.epoch().first_round, after);
        let earliest = now.to_u32().saturating_sub(MOST_LOST).max(first.to_u32());
        for round in earliest..now.to_u32() {
            ctx.out.event(Event::Lost { round, why: "the utility was away".to_owned() });
        }
        self.handled = Some(now);
        if ctx.now >= self.table.at(now, self.deadline) {
            return self.lose(ctx, now, "the utility was away when the round began".to_owned());
        }
        let mut opened = self.open(now);
        // Whoever attends is there, whatever was missing in earlier rounds.
        if matches!(opened, Err(Error::Quorum { .. })) {
            for (place, meter) in self.meters.iter().enumerate() {
                if self.here.contains(meter) {
                    let _ = self.presence.returned(place, now);
                }
            }
            opened = self.open(now);
        }
        let collecting = match opened {
            Ok(collecting) => collecting,
            Err(Error::Quorum { have, need }) => {
                ctx.out.state(self.state()?);
                self.stored();
                self.lose(ctx, now, format!("{have} meters are there, and {need} are needed"))?;
                if let Some(registry) = &self.registry {
                    registry.ask(ctx, now, &self.here);
                }
                return Ok(());
            }
            Err(error) => return Err(broken(error)),
        };
        let open = collecting.frame().to_vec();
        let present = present(&self.view, &open, now).map_err(broken)?;
        if let Some(registry) = &mut self.registry {
            let edges = registry.edges(now, &present);
            registry.shape(ctx, now, &edges, &present);
            self.utility.grow(now, edges);
        }
        // With this state the records of earlier rounds end.
        self.note_members(ctx, now, &present);
        ctx.out.state(self.state()?);
        self.stored();
        ctx.out.record(&Step::Opened(&collecting.to_bytes().map_err(broken)?).to_bytes());
        let absent = self.ids(&present, false);
        ctx.out.event(Event::Opened { round: now.to_u32(), present: count(&present), absent });
        self.tell(ctx, self.meters.iter().chain(&self.holders).copied(), &open);
        if let Some(registry) = &self.registry {
            registry.ask(ctx, now, &self.here);
        }
        let due = self.table.at(now, self.deadline);
        self.running = Some(Running::new(now, open, present, Phase::Collecting(collecting), due));
        Ok(())
    }

    fn open(&mut self, round: Round) -> Result<Collecting, Error> {
        let mut present = self.presence.present();
        if let Some(registry) = &mut self.registry {
            for meter in self.utility.left_out(round) {
                if let Some(place) = self.meters.binary_search(&meter).ok()
                    && let Some(present) = present.get_mut(place)
                {
                    *present = false;
                }
            }
            present = registry.open(round, &present)?;
        }
        self.utility.open(round, round, &present)
    }

    fn stored(&mut self) {
        if let Some(registry) = &mut self.registry {
            registry.stored();
        }
    }

    /// Who comes and who goes.
    fn note_members(&mut self, ctx: &mut Ctx<'_>, round: Round, present: &[bool]) {
        let places = self.meters.iter().zip(present).zip(self.before.iter_mut().zip(&mut self.been));
        for ((meter, present), (before, been)) in places {
            let what = match (*before, *present) {
                (false, true) if *been => "returned",
                (false, true) => "joined",
                (true, false) => "named absent",
                _ => continue,
            };
            *before = *present;
            *been |= *present;
            let (round, party, what) = (round.to_u32(), meter.0, what.to_owned());
            ctx.out.event(Event::Member { round, party, what });
        }
    }

    pub(super) fn contribution(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: PartyId,
        round: Round,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        let current = self.running.as_ref().map(|running| running.round).or(self.handled);
        if Some(round) == current || Some(after(round)) == current {
            self.heard(from, round);
        }
        let running = self.running.as_mut().filter(|running| running.round == round);
        let Some(Running { phase: Phase::Collecting(collecting), .. }) = running else {
            return Err(Refusal::Stale("a contribution, while none is waited for"));
        };
        collecting.accept(frame).map_err(|error| refused(error, from))?;
        if collecting.missing().next().is_none() {
            self.advance(ctx)?;
        }
        Ok(())
    }

    pub(super) fn repair(
        &mut self,
        ctx: &mut Ctx<'_>,
        from: PartyId,
        round: Round,
        frame: &[u8],
    ) -> Result<(), Refusal> {
        let running = self.running.as_mut().filter(|running| running.round == round);
        let Some(Running { phase: Phase::Repairing(repairing, repairs), .. }) = running else {
            return Err(Refusal::Stale("a repair, while none is waited for"));
        };
        let waited = repairing.missing().any(|meter| meter == from);
        repairing.accept(frame).map_err(|error| refused(error, from))?;
        if waited {
            repairs.push(frame.to_vec());
        }
        if repairing.missing().next().is_none() {
            self.advance(ctx)?;
        }
        Ok(())
    }

    /// The phase ends: everything has come, or its time is over.
    pub(super) fn advance(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let quorum = self.first_quorum().map_err(broken)?;
        let Some(running) = self.running.take() else { return Ok(()) };
        let round = running.round.to_u32();
        let running = match &running.phase {
            Phase::Answering(_) => return self.unanswered(ctx, running),
            Phase::Collecting(collecting) => {
                let collecting = collecting.to_bytes().map_err(broken)?;
                ctx.out.record(&Step::Closing(&quorum, &collecting).to_bytes());
                running
            }
            Phase::Repairing(_, repairs) => {
                ctx.out.record(&Step::Repaired(&quorum, repairs).to_bytes());
                for meter in repairs.iter().filter_map(|frame| meter_link::Header::parse(frame).ok()) {
                    ctx.out.event(Event::Repaired { round, meter: meter.sender.0 });
                }
                running
            }
        };
        let (present, set) = (running.present.clone(), self.so_far(&running));
        match self.close(running, &quorum) {
            Ok(running) => self.closed(ctx, running),
            Err(error) => {
                // Who was missing counts, or a round that is lost for many would be lost for ever.
                self.count(Round::from(round), &present, &set, true);
                self.lose(ctx, Round::from(round), format!("not closed: {error}"))
            }
        }
    }

    /// The next Close. After a restart the same steps give the same bytes.
    pub(super) fn close(&mut self, running: Running, quorum: &Quorum) -> Result<Running, Error> {
        let Running { round, open, present, phase, .. } = running;
        let closing = match phase {
            Phase::Collecting(collecting) => self.utility.close(collecting, quorum)?,
            Phase::Repairing(repairing, _) => self.utility.close_again(repairing, quorum)?,
            Phase::Answering(_) => return Err(Error::Inconsistent),
        };
        let (phase, frame, last) = match closing {
            Closing::Repairing(repairing) => {
                let frame = repairing.frame().to_vec();
                (Phase::Repairing(repairing, Vec::new()), frame, false)
            }
            Closing::Final(closed) => {
                let frame = closed.frame().to_vec();
                (Phase::Answering(closed), frame, true)
            }
        };
        let set = Members::from(Close::verify(&frame, &self.view, round)?.set).to_marks();
        let mut running =
            Running { set, frame: frame.clone(), ..Running::new(round, open, present, phase, 0) };
        if last {
            running.tried.push(*quorum);
            self.past.push_back(Past { round, open: running.open.clone(), close: frame });
            while self.past.len() > super::holders::MOST_PAST {
                self.past.pop_front();
            }
        }
        Ok(running)
    }

    /// Tells of a Close, and waits for what it asks for.
    fn closed(&mut self, ctx: &mut Ctx<'_>, mut running: Running) -> Result<(), Refusal> {
        let round = running.round;
        running.due = ctx.now.saturating_add(phase(&self.table, self.deadline));
        let last = matches!(running.phase, Phase::Answering(_));
        let frame = running.frame.clone();
        let close = Close::verify(&frame, &self.view, round).map_err(broken)?;
        let gone: Vec<bool> = running.present.iter().zip(&running.set).map(|(p, s)| *p && !*s).collect();
        ctx.out.event(Event::Closed {
            round: round.to_u32(),
            pass: close.pass,
            last,
            meters: count(&running.set),
            missing: self.ids(&gone, true),
        });
        if last {
            self.count(round, &running.present.clone(), &running.set.clone(), false);
            self.store_presence(ctx);
        }
        let meters = self.meters.iter().zip(&running.present).filter(|(_, present)| **present);
        self.tell(ctx, meters.map(|(meter, _)| *meter), &frame);
        if last {
            self.tell(ctx, self.holders.iter().copied(), &frame);
            for holder in self.holders.iter().filter(|holder| self.here.contains(holder)) {
                self.caught_up.insert(*holder, round);
            }
        }
        let alone =
            matches!(&running.phase, Phase::Repairing(repairing, _) if repairing.missing().next().is_none());
        self.running = Some(running);
        if last {
            return self.check_quorum(ctx);
        }
        // Nobody has a neighbour among the missing: at most twice, since a round has three Closes.
        if alone { self.advance(ctx) } else { Ok(()) }
    }

    /// The slot has ended.
    pub(super) fn give_up(&mut self, ctx: &mut Ctx<'_>, why: Option<String>) -> Result<(), Refusal> {
        let Some(running) = self.running.take() else { return Ok(()) };
        let why = why.unwrap_or_else(|| {
            let what = match &running.phase {
                Phase::Collecting(_) => "not closed",
                Phase::Repairing(..) => "not repaired",
                Phase::Answering(_) => "not answered by enough holders",
            };
            format!("{what} in its time")
        });
        self.lose(ctx, running.round, why)
    }

    /// The round has no sum.
    pub(super) fn lose(&mut self, ctx: &mut Ctx<'_>, round: Round, why: String) -> Result<(), Refusal> {
        ctx.out.record(&Step::Over(round).to_bytes());
        ctx.out.event(Event::Lost { round: round.to_u32(), why });
        self.store_presence(ctx);
        self.running = None;
        Ok(())
    }

    pub(super) fn store_presence(&self, ctx: &mut Ctx<'_>) {
        ctx.out.record(&Step::Presence(&self.presence.to_bytes()).to_bytes());
    }

    /// Who has done what the phase asks for.
    fn so_far(&self, running: &Running) -> Vec<bool> {
        let missing: BTreeSet<PartyId> = match &running.phase {
            Phase::Collecting(collecting) => collecting.missing().collect(),
            Phase::Repairing(repairing, _) => repairing.missing().collect(),
            Phase::Answering(_) => BTreeSet::new(),
        };
        let marks = self.meters.iter().zip(&running.set);
        marks.map(|(meter, inside)| *inside && !missing.contains(meter)).collect()
    }

    /// Ids of the meters that are marked, or are not.
    fn ids(&self, marks: &[bool], marked: bool) -> Vec<u32> {
        let marks = self.meters.iter().zip(marks).filter(|(_, mark)| **mark == marked);
        marks.map(|(meter, _)| meter.0).collect()
    }
}

impl Running {
    pub(super) fn new(round: Round, open: Vec<u8>, present: Vec<bool>, phase: Phase, due: u64) -> Self {
        let set = present.clone();
        let frame = open.clone();
        Self { round, open, frame, present, set, phase, due, again: false, tried: Vec::new(), stuck: false }
    }
}

pub(super) fn after(round: Round) -> Round {
    Round::from(round.to_u32().saturating_add(1))
}

/// Whom an own Open names present.
pub(super) fn present(view: &EpochView, open: &[u8], round: Round) -> Result<Vec<bool>, Error> {
    Ok(Members::from(Open::verify(open, view, round)?.present).to_marks())
}

fn count(marks: &[bool]) -> u32 {
    u32::try_from(marks.iter().filter(|mark| **mark).count()).unwrap_or(u32::MAX)
}
