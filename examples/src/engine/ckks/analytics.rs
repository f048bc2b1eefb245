//! The utility of ckks-agg: passes on what trustees say to each other until there is a key, collects the meters'
//! commitments, has their list certified, and runs the rounds. It goes on passing on, since a trustee may be the last to
//! hear.

mod stage;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::bail;
use ckks_agg::{Analytics, Params, PublicKey, certified, key_digest};
use meter_link::roster::Roster;
use meter_link::{EpochView, Kind, PartyId};

use super::bulletin::{self, Heard, Word};
use super::sums::Sums;
use super::{failure, params, tables};
use crate::deployment::Deployment;
use crate::engine::clocked::{self, fault, kind};
use crate::engine::seat::{Lists, Seat};
use crate::engine::timetable::Timetable;
use crate::engine::{Ctx, Letter, Refusal, Role};
use stage::{Listing, Lost, Stage};

/// Slots for which commitments are waited for that have not come, before the list is fixed without them.
const PATIENCE: u64 = 4;

struct Head {
    deployment: Deployment,
    params: Params,
    view: EpochView,
    table: Timetable,
    roster: Roster,
    answerers: Vec<PartyId>,
    here: BTreeSet<PartyId>,
    heard: Heard,
    /// The key's bytes, as each of the answerers says.
    keys: BTreeMap<PartyId, Vec<u8>>,
    /// The signed list of commitments, once it is fixed.
    list: Vec<u8>,
    stage: Stage,
}

pub(super) fn role(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, identity, keys, lists, .. } = seat;
    let Lists::Whole(roster) = lists else { bail!("the utility needs the whole roster") };
    let (stage, list) = Stage::new(deployment, &params, (&view, &roster), identity, keys)?;
    let answerers = roster.answerers().iter().map(|member| member.id).collect();
    let (deployment, table) = (deployment.clone(), deployment.timetable());
    Ok(Box::new(Head {
        deployment,
        params,
        view,
        table,
        roster,
        answerers,
        here: BTreeSet::new(),
        heard: Heard::default(),
        keys: BTreeMap::new(),
        list,
        stage,
    }))
}

impl Head {
    /// What an answerer says to all.
    fn relay(&mut self, ctx: &mut Ctx<'_>, from: PartyId, word: Word) -> Result<(), Refusal> {
        let Word { frame, key } = word;
        let frame = frame.ok_or(Refusal::Stale("nothing is said"))?;
        let heard_by = self.heard.keep(&self.answerers, Some(from), &frame)?;
        if let Some(key) = key {
            self.keys.insert(from, key);
        }
        match heard_by {
            None if kind(&frame) == Some(Kind::KeyCommitment) => {
                // It says all of it again because something is missing there.
                self.tell_heard(ctx, from);
            }
            None => {}
            Some(receiver) => {
                let hears =
                    |id: &&PartyId| **id != from && (receiver == PartyId::UTILITY || receiver == **id);
                for answerer in self.answerers.iter().filter(hears).filter(|id| self.here.contains(id)) {
                    let word = Word { frame: Some(frame.clone()), key: None };
                    ctx.out.send(*answerer, bulletin::letter(&self.view, PartyId::UTILITY, word));
                }
            }
        }
        self.try_key(ctx)
    }

    /// One frame a letter: they are long.
    fn tell_heard(&self, ctx: &mut Ctx<'_>, to: PartyId) {
        for frame in self.heard.told(to) {
            let word = Word { frame: Some(frame.to_vec()), key: None };
            ctx.out.send(to, bulletin::letter(&self.view, PartyId::UTILITY, word));
        }
    }

    /// The key that enough answerers have stated, with their statements.
    fn key(&self) -> Option<(PublicKey, Vec<u8>, Vec<Vec<u8>>)> {
        let statements: Vec<&[u8]> = self.heard.of(Kind::PublicKeyStatement).collect();
        let (answerers, kind) = (self.roster.answerers(), Kind::PublicKeyStatement);
        let digest = certified(&self.params, &self.view, kind, answerers, &statements).ok()?;
        let bytes = self.keys.values().find(|key| key_digest(key) == digest)?;
        let key = PublicKey::from_bytes(&tables(&self.params).ring, bytes).ok()?;
        Some((key, bytes.clone(), statements.into_iter().map(<[u8]>::to_vec).collect()))
    }

    /// Begins to collect commitments if there is a key.
    fn try_key(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        if !matches!(self.stage, Stage::Keyless(_)) {
            return Ok(());
        }
        let Some((public, key, statements)) = self.key() else { return Ok(()) };
        let Stage::Keyless(keyless) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        let (identity, link, lost) = keyless.taken();
        let (roster, encoder) = (self.roster.clone(), tables(&self.params).encoder);
        let analytics = Analytics::new(&self.params, &self.view, identity, link, &public, &encoder, roster);
        let analytics = analytics.map_err(|error| Refusal::Broken(error.to_string()))?;
        let sums = Sums::new(self.params.opening(), analytics, key, statements);
        let until = ctx.now.saturating_add(self.table.slot.saturating_mul(PATIENCE));
        let listing = Listing { sums, until, lost };
        listing.store(ctx, false)?;
        self.stage = Stage::Listing(Box::new(listing));
        let meters: Vec<PartyId> = self.meters_here().collect();
        meters.into_iter().for_each(|meter| self.tell_key(ctx, meter));
        // Where all meters are trusted there is nothing to wait for.
        self.try_run(ctx)
    }

    fn meters_here(&self) -> impl Iterator<Item = PartyId> {
        self.here.iter().copied().filter(|id| !self.answerers.contains(id))
    }

    /// The key with its statements, if there is one.
    fn tell_key(&self, ctx: &mut Ctx<'_>, meter: PartyId) {
        if let Stage::Listing(listing) = &self.stage {
            let Sums { key, statements, .. } = &listing.sums;
            ctx.out.send(meter, Letter::Frames { frames: statements.clone(), hints: vec![key.clone()] });
        }
    }

    /// A meter's commitment.
    fn committed(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        clocked::header(frame, from)?;
        match &mut self.stage {
            Stage::Listing(listing) => {
                listing.sums.analytics.accept_commitment(frame).map_err(failure(from))?;
                self.try_list(ctx)
            }
            Stage::Running(running) => {
                // It has not heard, or the list was fixed without it.
                if running.certified.is_empty() || running.uncommitted.contains(&from) {
                    return Err(Refusal::Stale("the list is fixed"));
                }
                let (frames, hints) = (running.certified.clone(), Vec::new());
                ctx.out.send(from, Letter::Frames { frames, hints });
                Ok(())
            }
            _ => Err(Refusal::Stale("before there is a key")),
        }
    }

    /// Fixes the list if all have committed, or have been waited for.
    fn try_list(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Stage::Listing(listing) = &mut self.stage else { return Ok(()) };
        let whole = listing.sums.analytics.uncommitted().next().is_none();
        if !self.list.is_empty() || !(whole || ctx.now >= listing.until) {
            return Ok(());
        }
        match listing.sums.analytics.list() {
            Ok(list) => {
                // Fixed, also after a restart, before anybody sees it.
                listing.store(ctx, true)?;
                self.list = list;
                for answerer in self.answerers.iter().filter(|id| self.here.contains(id)) {
                    ctx.out.frame(*answerer, &self.list);
                }
            }
            // Too few: others may come yet.
            Err(_) => listing.until = ctx.now.saturating_add(self.table.slot),
        }
        Ok(())
    }

    /// An answerer's statement of the list.
    fn listed(&mut self, ctx: &mut Ctx<'_>, from: PartyId, frame: &[u8]) -> Result<(), Refusal> {
        clocked::header(frame, from)?;
        let Stage::Listing(listing) = &mut self.stage else {
            // Enough have stated it.
            return Ok(());
        };
        listing.sums.analytics.accept_list_statement(frame).map_err(failure(from))?;
        self.try_run(ctx)
    }

    /// Begins the rounds once the list is certified.
    fn try_run(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Stage::Listing(listing) = &self.stage else { return Ok(()) };
        if !listing.sums.analytics.is_certified() {
            return Ok(());
        }
        let Stage::Listing(listing) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        let mut running = listing.run(&self.deployment, &self.view, &self.roster);
        // The first of these stores the state.
        running.rounds.wake(ctx)?;
        for party in &self.here {
            running.rounds.attends(ctx, *party, true);
        }
        let told: Vec<PartyId> =
            self.meters_here().filter(|meter| !running.uncommitted.contains(meter)).collect();
        for meter in told.into_iter().filter(|_| !running.certified.is_empty()) {
            let frames = running.certified.clone();
            ctx.out.send(meter, Letter::Frames { frames, hints: Vec::new() });
        }
        self.stage = Stage::Running(Box::new(running));
        Ok(())
    }

    /// Rounds that go by before there can be sums are lost.
    fn lose(&mut self, ctx: &mut Ctx<'_>) {
        let (why, lost) = match &mut self.stage {
            Stage::Keyless(keyless) => ("there is no key yet", &mut keyless.lost),
            Stage::Listing(listing) => ("the commitments are not certified yet", &mut listing.lost),
            _ => return,
        };
        lost.up_to(ctx, &self.table, &self.view, why);
    }

    fn lost(&self) -> Option<&Lost> {
        match &self.stage {
            Stage::Keyless(keyless) => Some(&keyless.lost),
            Stage::Listing(listing) => Some(&listing.lost),
            _ => None,
        }
    }
}

impl Role for Head {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let answerer = self.answerers.contains(&from);
        let letter = match bulletin::word(&self.view, from, letter) {
            Ok(word) if answerer => return self.relay(ctx, from, word),
            // A meter asks for the key.
            Ok(Word { frame: None, .. }) if self.here.contains(&from) => {
                self.tell_key(ctx, from);
                return Ok(());
            }
            Ok(_) => return Err(fault(from, "no answerer")),
            Err(letter) => letter,
        };
        match (letter, &mut self.stage) {
            (Letter::Frame(frame), _) if !answerer && kind(&frame) == Some(Kind::CiphertextCommitment) => {
                self.committed(ctx, from, &frame)
            }
            (Letter::Frame(frame), _) if answerer && kind(&frame) == Some(Kind::ListStatement) => {
                self.listed(ctx, from, &frame)
            }
            (letter, Stage::Running(running)) => running.rounds.receive(ctx, from, letter),
            _ => Err(Refusal::Stale("before there are rounds")),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        match &mut self.stage {
            Stage::Running(running) => running.rounds.wake(ctx),
            Stage::Over => Err(Refusal::Broken("the keys do not fit".to_owned())),
            Stage::Keyless(keyless) => {
                keyless.store(ctx);
                self.lose(ctx);
                Ok(())
            }
            Stage::Listing(listing) => {
                // After a restart all of them are waited for anew.
                if listing.until == 0 {
                    listing.until = ctx.now.saturating_add(self.table.slot.saturating_mul(PATIENCE));
                }
                self.lose(ctx);
                self.try_list(ctx)
            }
        }
    }

    fn next_wake(&self) -> Option<u64> {
        let lost = self.lost().and_then(|lost| lost.next(&self.table, &self.view));
        match &self.stage {
            Stage::Running(running) => running.rounds.next_wake(),
            Stage::Keyless(keyless) if keyless.fresh => Some(0),
            Stage::Keyless(_) => lost,
            Stage::Listing(listing) => {
                let until = self.list.is_empty().then_some(listing.until);
                [until, lost].into_iter().flatten().min()
            }
            Stage::Over => Some(0),
        }
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        match here {
            true => self.here.insert(party),
            false => self.here.remove(&party),
        };
        if here && self.answerers.contains(&party) {
            self.tell_heard(ctx, party);
            if !self.list.is_empty() {
                ctx.out.frame(party, &self.list);
            }
        }
        match &mut self.stage {
            Stage::Running(running) => running.rounds.attends(ctx, party, here),
            _ if here && !self.answerers.contains(&party) => self.tell_key(ctx, party),
            _ => {}
        }
    }
}
