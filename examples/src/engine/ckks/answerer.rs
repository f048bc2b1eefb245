//! A trustee, or the holder of the whole key: makes the epoch's key, states it, and then answers rounds.

use anyhow::{Context as _, bail};
use ckks_agg::{KeyHolder, Params, SecretKey, Trustee};
use meter_link::frame::Reader;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, LinkSecret, PartyId};
use zeroize::Zeroizing;

use super::bulletin::{self, Heard, Word};
use super::desk::{Desk, KEYLESS};
use super::keys::{Made, Making};
use super::{broken, params, tables};
use crate::deployment::Deployment;
use crate::engine::clocked::{Answerer, kind};
use crate::engine::seat::{Keys, Lists, Seat};
use crate::engine::{Ctx, Letter, Refusal, Role};

struct Office {
    deployment: Deployment,
    params: Params,
    view: EpochView,
    id: PartyId,
    roster: Roster,
    answerers: Vec<PartyId>,
    here: bool,
    heard: Heard,
    /// What it says, so far, and how much of it was sent over this link.
    said: Vec<Vec<u8>>,
    sent: usize,
    /// The bytes of the key, once there is one.
    key: Vec<u8>,
    /// When all of it is said again, as long as there is no key; and then what the key is, as long as the utility says
    /// nothing that shows that it has heard.
    again: u64,
    answered: bool,
    stage: Stage,
}

enum Stage {
    /// Before the first step.
    Waiting(Box<Waiting>),
    Making(Box<(Making, Identity, LinkSecret)>),
    Running(Box<Answerer<Desk>>),
    Over,
}

struct Waiting {
    identity: Identity,
    link: LinkSecret,
    /// After a restart: the ceremony's records.
    stored: bool,
    records: Vec<Vec<u8>>,
}

pub(super) fn role(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, id, identity, keys, lists, .. } = seat;
    let Lists::Whole(roster) = lists else { bail!("an answerer needs the whole roster") };
    let (mut said, mut key) = (Vec::new(), Vec::new());
    let stage = match keys {
        Keys::Fresh(link) => {
            Stage::Waiting(Box::new(Waiting { identity, link, stored: false, records: Vec::new() }))
        }
        Keys::Stored(kept) => {
            let state = kept.state.as_ref().context("records without a state")?;
            let mut reader = Reader::new(state);
            match reader.u8()? {
                KEYLESS => {
                    let mut link = Zeroizing::new(*reader.array()?);
                    let link = LinkSecret::from_bytes(&mut link);
                    let records = kept.records.clone();
                    Stage::Waiting(Box::new(Waiting { identity, link, stored: true, records }))
                }
                kind => {
                    let desk = Desk::restore(&params, (&view, &roster), (id, identity), kind, reader, &kept)?;
                    (said, key) = (desk.said.clone(), desk.key.clone());
                    let records = kept.records.iter().map(Vec::len).fold(0, usize::saturating_add);
                    let stored = Some((state.len(), records));
                    Stage::Running(Box::new(Answerer::new(deployment, &view, desk, stored)))
                }
            }
        }
    };
    let answerers = roster.answerers().iter().map(|member| member.id).collect();
    let (deployment, heard) = (deployment.clone(), Heard::default());
    let (here, sent, again, answered) = (false, 0, 0, false);
    Ok(Box::new(Office {
        deployment,
        params,
        view,
        id,
        roster,
        answerers,
        here,
        heard,
        said,
        sent,
        key,
        again,
        answered,
        stage,
    }))
}

impl Office {
    /// Begins to make a key, or goes on after a restart.
    fn begin(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Stage::Waiting(waiting) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        let Waiting { identity, link, stored, records } = *waiting;
        if self.deployment.ckks.holder {
            return self.begin_alone(ctx, identity, &link);
        }
        if !stored {
            let mut state = Zeroizing::new(Vec::with_capacity(33));
            state.push(KEYLESS);
            state.extend_from_slice(&*link.to_bytes());
            ctx.out.state(state);
        }
        let (common, own) = ((&self.view, &self.roster), (self.id, &identity, &link));
        let making = Making::hold(ctx, &self.params, common, own, &records).map_err(broken)?;
        self.stage = Stage::Making(Box::new((making, identity, link)));
        self.again = ctx.now.saturating_add(bulletin::again(&self.deployment.timetable()));
        self.go_on(ctx)
    }

    /// The holder's key is its own matter.
    fn begin_alone(
        &mut self,
        ctx: &mut Ctx<'_>,
        identity: Identity,
        link: &LinkSecret,
    ) -> Result<(), Refusal> {
        let tables = tables(&self.params);
        let secret = SecretKey::of_epoch(&tables.ring, &self.view, ctx.rng);
        let (bytes, public) = (Zeroizing::new(secret.to_bytes().to_vec()), secret.public_key().clone());
        let roster = self.roster.clone();
        let holder =
            KeyHolder::new(&self.params, &self.view, identity, link, secret, &tables.encoder, roster);
        let desk = holder
            .and_then(|holder| Desk::of_holder((self.view, self.id), holder, &public, bytes))
            .map_err(broken)?;
        self.run(ctx, desk)
    }

    fn go_on(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Stage::Making(stage) = &mut self.stage else { return Ok(()) };
        let (making, identity, _) = &mut **stage;
        let made = making.go_on(ctx, &mut self.heard, identity);
        self.said.clone_from(&making.said);
        match made {
            Some(made) => self.keyed(ctx, made),
            None => {
                self.tell(ctx);
                Ok(())
            }
        }
    }

    /// There is a key: it is stored, then stated.
    fn keyed(&mut self, ctx: &mut Ctx<'_>, made: Made) -> Result<(), Refusal> {
        let Stage::Making(stage) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        let (_, identity, link) = *stage;
        let Made { secret, key, statement } = made;
        self.said.push(statement);
        let bytes = secret.to_bytes();
        let roster = self.roster.clone();
        let trustee = Trustee::new(&self.params, &self.view, identity, &link, secret, &key, roster);
        let desk =
            Desk::of_trustee((self.view, self.id), trustee.map_err(broken)?, &key, bytes, self.said.clone());
        self.run(ctx, desk)
    }

    fn run(&mut self, ctx: &mut Ctx<'_>, desk: Desk) -> Result<(), Refusal> {
        (self.said, self.key) = (desk.said.clone(), desk.key.clone());
        let mut running = Answerer::new(&self.deployment, &self.view, desk, None);
        running.wake(ctx)?; // stores it
        self.stage = Stage::Running(Box::new(running));
        self.again = ctx.now.saturating_add(bulletin::again(&self.deployment.timetable()));
        self.tell(ctx);
        Ok(())
    }

    /// Sends what was not sent over this link yet: one frame a letter, since they are long. The key goes with its statement.
    fn tell(&mut self, ctx: &mut Ctx<'_>) {
        if !self.here {
            return;
        }
        for frame in self.said.iter().skip(self.sent) {
            let stated = kind(frame) == Some(Kind::PublicKeyStatement);
            let word = Word { frame: Some(frame.clone()), key: stated.then(|| self.key.clone()) };
            ctx.out.send(PartyId::UTILITY, bulletin::letter(&self.view, self.id, word));
        }
        self.sent = self.said.len();
    }
}

impl Role for Office {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let letter = match bulletin::word(&self.view, from, letter) {
            Ok(word) => {
                // The utility is answerable for nothing in it but its size: all of it is judged by signatures.
                if let Some(frame) = word.frame {
                    let _ = self.heard.keep(&self.answerers, None, &frame);
                }
                return match self.stage {
                    Stage::Waiting(_) => self.begin(ctx),
                    _ => self.go_on(ctx),
                };
            }
            Err(letter) => letter,
        };
        match &mut self.stage {
            Stage::Running(running) => {
                running.receive(ctx, from, letter)?;
                self.answered = true;
                Ok(())
            }
            _ => Err(Refusal::Stale("before there is a key")),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        match &mut self.stage {
            Stage::Waiting(_) => self.begin(ctx),
            Stage::Making(_) if ctx.now < self.again => Ok(()),
            Stage::Making(_) => {
                self.again = ctx.now.saturating_add(bulletin::again(&self.deployment.timetable()));
                self.sent = 0;
                self.tell(ctx);
                Ok(())
            }
            Stage::Running(running) => {
                running.wake(ctx)?;
                if !self.answered && ctx.now >= self.again {
                    self.again = ctx.now.saturating_add(bulletin::again(&self.deployment.timetable()));
                    // The statement comes last.
                    self.sent = self.said.len().saturating_sub(1);
                    self.tell(ctx);
                }
                Ok(())
            }
            Stage::Over => Err(Refusal::Broken("no key could be made".to_owned())),
        }
    }

    fn next_wake(&self) -> Option<u64> {
        match &self.stage {
            Stage::Waiting(_) | Stage::Over => Some(0),
            Stage::Making(_) => Some(self.again),
            Stage::Running(running) => {
                let again = (!self.answered).then_some(self.again);
                [again, running.next_wake()].into_iter().flatten().min()
            }
        }
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        (self.here, self.sent) = (here, 0);
        // Before the first step there is nothing to say.
        self.tell(ctx);
        if let Stage::Running(running) = &mut self.stage {
            running.attends(ctx, party, here);
        }
    }
}
