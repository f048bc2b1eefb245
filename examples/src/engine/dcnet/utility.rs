//! The utility: opens and closes rounds, asks the holders, tells the sums.

mod attendance;
mod holders;
mod registry;
mod round;
mod state;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use dcnet_core::{Params, Presence, Utility};
use meter_link::{EpochView, Header, Kind, PartyId, Round};

use self::attendance::Attendance;
use self::registry::Registry;
use self::round::{Phase, Running};
use super::refused;
use crate::deployment::Deployment;
use crate::engine::seat::Seat;
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Letter, Refusal, Role};

/// The utility of one epoch.
///
/// | record | when |
/// |---|---|
/// | state | made; before each Open, with which the records of earlier rounds end |
/// | Open | before it is sent |
/// | notice, statement (grown graph) | before it is passed on |
/// | contributions and quorum | before the first Close |
/// | repairs and quorum | before each further Close |
/// | end of the round | with its Sum or Lost |
/// | presence | whenever it changes |
///
/// All that follows from records is computed again after a restart, to the byte: the same Closes, so that no two of a
/// pass are ever signed.
pub(super) struct UtilityRole {
    table: Timetable,
    /// Where in its slot a round closes.
    deadline: u16,
    params: Params,
    view: EpochView,
    utility: Utility,
    presence: Presence,
    registry: Option<Registry>,
    meters: Vec<PartyId>,
    /// By number, less 1.
    holders: Vec<PartyId>,
    here: BTreeSet<PartyId>,
    attendance: Attendance,
    unstored: bool,
    /// The last round that was opened or given up.
    handled: Option<Round>,
    /// Whom the last Open named present, and whom any did, by position.
    before: Vec<bool>,
    been: Vec<bool>,
    /// The epoch is over, by the clock.
    ended: bool,
    running: Option<Running>,
    /// Closed rounds, for holders that were away.
    past: VecDeque<Past>,
    /// The last of them that a holder has been sent.
    caught_up: BTreeMap<PartyId, Round>,
}

struct Past {
    round: Round,
    open: Vec<u8>,
    close: Vec<u8>,
}

impl UtilityRole {
    pub(super) fn new(deployment: &Deployment, seat: Seat) -> anyhow::Result<Self> {
        state::load(deployment, seat)
    }

    fn now(&self, ctx: &Ctx<'_>) -> Result<Round, Refusal> {
        self.table.round(ctx.now).ok_or(Refusal::Stale("before the first round"))
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
        let frame = match &letter {
            Letter::Frame(frame) | Letter::Relay { frame, .. } => frame,
            _ => return Err(Refusal::Stale("no letter for the utility")),
        };
        let header = Header::parse(frame).map_err(|error| refused(error, from))?;
        if header.sender != from {
            let what = format!("a frame in the name of party {}", header.sender);
            return Err(Refusal::Fault { culprit: from, what });
        }
        match (header.kind, &letter) {
            (Kind::Contribution, Letter::Frame(frame)) => self.contribution(ctx, from, header.round, frame),
            (Kind::Repair, Letter::Frame(frame)) => self.repair(ctx, from, header.round, frame),
            (Kind::Answer, Letter::Frame(frame)) => self.answer(ctx, from, header.round, frame),
            (Kind::Entered | Kind::Exit, Letter::Frame(frame)) => self.stated(ctx, from, frame),
            (Kind::Join | Kind::Entered | Kind::Exit, Letter::Relay { party, frame }) => {
                self.relay(ctx, from, *party, frame)
            }
            _ => Err(Refusal::Fault { culprit: from, what: "no frame for the utility".to_owned() }),
        }
    }

    /// A report, statement, emergency or exit.
    fn stated(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        let before = self.presence.present();
        match &mut self.registry {
            Some(registry) if registry.is_statement(frame) => {
                registry.state(ctx, now, from, frame)?;
                // Who states its edges is there.
                if let Some(place) = self.meters.iter().position(|meter| *meter == from) {
                    let _ = self.presence.returned(place, now);
                }
            }
            Some(registry) if registry.is_exit(frame) => return registry.relay(ctx, now, from, None, frame),
            _ => drop(self.presence.accept(now, frame).map_err(|error| refused(error, from))?),
        }
        if self.presence.present() != before {
            self.store_presence(ctx);
        }
        Ok(())
    }

    fn relay(&mut self, ctx: &mut Ctx<'_>, from: PartyId, to: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        let now = self.now(ctx)?;
        let registry = self.registry.as_mut().ok_or(Refusal::Stale("the graph does not grow"))?;
        registry.relay(ctx, now, from, Some(to), frame)
    }

    /// What is due by the clock: the end of a phase, of a slot, the next round.
    fn act(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.look(ctx);
        let Some(now) = self.table.round(ctx.now) else { return Ok(()) };
        if let Some(running) = &mut self.running {
            if running.round < now {
                self.give_up(ctx, None)?;
            } else if running.due == 0 {
                // After a restart: its phase begins anew, and what was sent before is sent once more.
                running.due = ctx.now.saturating_add(round::phase(&self.table, self.deadline));
                if matches!(running.phase, Phase::Collecting(_)) {
                    running.due = running.due.max(self.table.at(running.round, self.deadline));
                }
            }
        }
        if self.running.as_ref().is_some_and(|running| running.due != 0 && running.due <= ctx.now) {
            self.advance(ctx)?;
        }
        let epoch = self.view.epoch();
        if self.running.is_none() && epoch.contains(now) && self.handled < Some(now) {
            self.next_round(ctx, now)?;
        }
        Ok(())
    }

    fn look(&mut self, ctx: &Ctx<'_>) {
        self.ended = self.table.round(ctx.now).is_some_and(|now| now > self.view.epoch().last_round);
    }

    /// Sends to those who attend.
    fn tell(&self, ctx: &mut Ctx<'_>, parties: impl Iterator<Item = PartyId>, frame: &[u8]) {
        for party in parties.filter(|party| self.here.contains(party)) {
            ctx.out.frame(party, frame);
        }
    }
}

impl Role for UtilityRole {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        self.look(ctx);
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
        let epoch = self.view.epoch();
        match &self.running {
            Some(running) => {
                let next = Round::from(running.round.to_u32().saturating_add(1));
                Some(running.due.min(self.table.start(next)))
            }
            None => {
                let next = self.handled.map_or(0, |round| round.to_u32().saturating_add(1));
                let next = Round::from(next).max(epoch.first_round);
                (next <= epoch.last_round && !self.ended).then(|| self.table.start(next))
            }
        }
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        if self.begin(ctx).is_err() {
            return;
        }
        match here {
            true => {
                self.here.insert(party);
                self.come_back(ctx, party);
                self.welcome(ctx, party);
            }
            false => {
                self.here.remove(&party);
                self.missed(ctx, party);
            }
        }
    }
}
