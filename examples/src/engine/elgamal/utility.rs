//! The utility of threshold-elgamal: passes on what trustees say to each other until there is a key, tells the meters,
//! and runs the rounds. It goes on passing on, since a trustee may be the last to hear.

use std::collections::BTreeSet;

use anyhow::{Context as _, bail};
use meter_link::frame::Reader;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, LinkSecret, PartyId, Round};
use threshold_elgamal::ceremony::Agreed;
use threshold_elgamal::{GroupKey, KeySet, Params, Utility};
use zeroize::Zeroizing;

use super::relay::{self, Heard};
use super::sums::Sums;
use super::{keys, params};
use crate::deployment::Deployment;
use crate::engine::clocked::{self, Stored, fault};
use crate::engine::seat::{Keys, Lists, Seat};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

/// First byte of a state without keys; the others' first byte is that of [`Stored`].
const KEYLESS: u8 = 0x80;

struct Head {
    deployment: Deployment,
    params: Params,
    view: EpochView,
    table: Timetable,
    roster: Roster,
    trustees: Vec<PartyId>,
    here: BTreeSet<PartyId>,
    heard: Heard,
    /// Meters that were told the key over the links that are there.
    told: BTreeSet<PartyId>,
    stage: Stage,
}

enum Stage {
    /// No key yet.
    Keyless(Box<Keyless>),
    Running(Box<clocked::Utility<Sums>>),
    /// Between the two.
    Over,
}

struct Keyless {
    identity: Identity,
    link: LinkSecret,
    fresh: bool,
    /// Rounds up to this one are lost.
    lost: Option<Round>,
}

pub(super) fn role(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, identity, keys, lists, .. } = seat;
    let Lists::Whole(roster) = lists else { bail!("the utility needs the whole roster") };
    let keyless =
        |identity, link, fresh, lost| Stage::Keyless(Box::new(Keyless { identity, link, fresh, lost }));
    let stage = match keys {
        Keys::Fresh(link) => keyless(identity, link, true, None),
        Keys::Stored(kept) => {
            let state = kept.state.as_ref().context("records without a state")?;
            match state.split_first() {
                Some((&KEYLESS, link)) => {
                    let mut link = Zeroizing::new(*link.first_chunk().context("a state without a key")?);
                    let last = kept.records.last().and_then(|record| record.first_chunk());
                    let lost = last.map(|round| Round::from(u32::from_le_bytes(*round)));
                    keyless(identity, LinkSecret::from_bytes(&mut link), false, lost)
                }
                _ => {
                    let stored = Stored::read(&kept)?;
                    let mut reader = Reader::new(stored.scheme);
                    let len = reader.u32()? as usize;
                    let keys = KeySet::from_bytes(params.threshold(), reader.bytes(len)?)?;
                    let state = reader.rest();
                    let utility =
                        Utility::from_bytes(&params, &view, identity, &keys, roster.clone(), state)?;
                    let scheme = (Sums { params, keys, utility }, stored);
                    Stage::Running(Box::new(clocked::Utility::resume(
                        deployment, &view, &roster, scheme, &kept,
                    )?))
                }
            }
        }
    };
    let trustees = roster.answerers().iter().map(|member| member.id).collect();
    let (here, heard, told) = (BTreeSet::new(), Heard::default(), BTreeSet::new());
    let (deployment, table) = (deployment.clone(), deployment.timetable());
    Ok(Box::new(Head { deployment, params, view, table, roster, trustees, here, heard, told, stage }))
}

impl Head {
    /// What a trustee says to all. With one bad frame in it nothing of a letter counts.
    fn relay(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frames: Vec<Vec<u8>>) -> Result<(), Refusal> {
        let mut news = Vec::new();
        for frame in frames {
            match self.heard.keep(&self.trustees, Some(from), &frame) {
                Ok(true) => news.push(frame),
                Ok(false) => {}
                Err(refusal) => {
                    // Nobody has seen them.
                    news.iter().for_each(|frame| self.heard.drop(frame));
                    return Err(refusal);
                }
            }
        }
        if news.is_empty() {
            // It says it again because something is missing there.
            let others = self.heard.of_others(from);
            if !others.is_empty() {
                ctx.out.send(from, relay::letter(&self.view, PartyId::UTILITY, others));
            }
            return Ok(());
        }
        for trustee in self.trustees.iter().filter(|id| **id != from && self.here.contains(id)) {
            ctx.out.send(*trustee, relay::letter(&self.view, PartyId::UTILITY, news.clone()));
        }
        self.try_begin(ctx);
        self.tell_key(ctx);
        Ok(())
    }

    /// The keys that follow from what was heard, if t trustees have stated them.
    fn keys(&self) -> Option<KeySet> {
        let (view, threshold, trustees) = (&self.view, self.params.threshold(), self.roster.answerers());
        let stated =
            GroupKey::certified(view, threshold, trustees, &self.heard.of(Kind::KeyStatement)).ok()?;
        let keys = if self.deployment.elgamal.joint_key {
            KeySet::joint(view, threshold, &self.roster, &self.heard.of(Kind::OwnKey)).ok()?
        } else {
            let ceremony = keys::ceremony(&self.params, view, &self.roster).ok()?;
            let (announced, echoes) = (self.heard.of(Kind::Commitments), self.heard.of(Kind::Echo));
            Agreed::new(&ceremony, &announced, &echoes).ok()?.keys().ok()?
        };
        (*keys.group_key() == stated).then_some(keys)
    }

    fn try_begin(&mut self, ctx: &mut Ctx<'_>) {
        let Stage::Keyless(keyless) = &self.stage else { return };
        let lost = keyless.lost;
        let Some(keys) = self.keys() else { return };
        let Stage::Keyless(keyless) = std::mem::replace(&mut self.stage, Stage::Over) else { return };
        let Keyless { identity, link, .. } = *keyless;
        let utility = Utility::new(&self.params, &self.view, identity, link, &keys, self.roster.clone());
        let Ok(utility) = utility else { return };
        let scheme = Sums { params: self.params, keys, utility };
        let mut running =
            clocked::Utility::new(&self.deployment, &self.view, &self.roster, scheme).after(lost);
        // The first of these stores the state.
        let store = running.wake(ctx);
        debug_assert!(store.is_ok());
        for party in &self.here {
            running.attends(ctx, *party, true);
        }
        self.stage = Stage::Running(Box::new(running));
    }

    /// The key statements, for meters that are here and have not been told, if there are rounds and t statements.
    fn tell_key(&mut self, ctx: &mut Ctx<'_>) {
        let statements = self.heard.of(Kind::KeyStatement);
        let certified = statements.len() >= usize::from(self.params.threshold().threshold());
        if !certified || !matches!(self.stage, Stage::Running(_)) {
            return;
        }
        let frames: Vec<Vec<u8>> = statements.into_iter().map(<[u8]>::to_vec).collect();
        for meter in self.here.iter().filter(|id| !self.trustees.contains(id)) {
            if self.told.insert(*meter) {
                ctx.out.send(*meter, Letter::Frames { frames: frames.clone(), hints: Vec::new() });
            }
        }
    }

    /// Rounds without a key are lost.
    fn lose(&mut self, ctx: &mut Ctx<'_>) {
        let Stage::Keyless(keyless) = &mut self.stage else { return };
        if keyless.fresh {
            let link = keyless.link.to_bytes();
            let mut state = Zeroizing::new(Vec::with_capacity(33));
            state.push(KEYLESS);
            state.extend_from_slice(&*link);
            ctx.out.state(state);
            keyless.fresh = false;
        }
        let epoch = self.view.epoch();
        let first = keyless.lost.map_or(epoch.first_round.to_u32(), |lost| lost.to_u32().saturating_add(1));
        let Some(now) = self.table.round(ctx.now) else { return };
        let over = now.to_u32().min(epoch.last_round.to_u32().saturating_add(1));
        let Some(last) = over.checked_sub(1).filter(|last| *last >= first) else { return };
        ctx.out.record(&last.to_le_bytes());
        for round in first.max(over.saturating_sub(96))..over {
            ctx.out.event(Event::Lost { round, why: "the trustees have no key yet".to_owned() });
        }
        keyless.lost = Some(Round::from(last));
    }
}

impl Role for Head {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let letter = match relay::frames(&self.view, from, letter) {
            Ok(frames) if self.trustees.contains(&from) => return self.relay(ctx, from, frames),
            // A meter asks for the key.
            Ok(frames) if frames.is_empty() && self.here.contains(&from) => {
                self.told.remove(&from);
                self.tell_key(ctx);
                return Ok(());
            }
            Ok(_) => return Err(fault(from, "no trustee")),
            Err(letter) => letter,
        };
        match &mut self.stage {
            Stage::Running(running) => running.receive(ctx, from, letter),
            _ => Err(Refusal::Stale("before there is a key")),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        match &mut self.stage {
            Stage::Running(running) => running.wake(ctx),
            Stage::Keyless(_) => {
                self.lose(ctx);
                Ok(())
            }
            Stage::Over => Err(Refusal::Broken("the keys do not fit".to_owned())),
        }
    }

    fn next_wake(&self) -> Option<u64> {
        match &self.stage {
            Stage::Running(running) => running.next_wake(),
            Stage::Keyless(keyless) if keyless.fresh => Some(0),
            Stage::Keyless(keyless) => {
                let epoch = self.view.epoch();
                let next = keyless
                    .lost
                    .map_or(epoch.first_round, |lost| Round::from(lost.to_u32().saturating_add(1)));
                let over = Round::from(next.to_u32().saturating_add(1));
                (next <= epoch.last_round).then(|| self.table.start(over))
            }
            Stage::Over => Some(0),
        }
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        match here {
            true => self.here.insert(party),
            false => self.here.remove(&party),
        };
        if let Stage::Running(running) = &mut self.stage {
            running.attends(ctx, party, here);
        }
        if !here {
            self.told.remove(&party);
            return;
        }
        if !self.trustees.contains(&party) {
            self.tell_key(ctx);
        } else if !self.heard.is_empty() {
            ctx.out.send(party, relay::letter(&self.view, PartyId::UTILITY, self.heard.of_others(party)));
        }
    }
}
