//! A trustee: makes the group's key with the others, states it, and then checks lists and decrypts their sums.

use anyhow::{Context as _, bail};
use chacha20::ChaCha20Rng;
use meter_link::frame::Reader;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, LinkSecret, PartyId, Prepared, Round};
use threshold_elgamal::{Error, Fault, KeySet, Params, Post, SecretShare, Trustee};
use zeroize::Zeroizing;

use super::keys::{self, Made, Making, broken};
use super::relay::{self, Heard};
use super::{params, refused};
use crate::deployment::Deployment;
use crate::engine::clocked::{Answerer, Helper, Said};
use crate::engine::seat::{Kept, Keys, Lists, Seat};
use crate::engine::{Ctx, Letter, Refusal, Role};

/// First byte of a state: the key is being made, or made.
const KEYLESS: u8 = 0;
const KEYED: u8 = 1;

struct Holder {
    deployment: Deployment,
    params: Params,
    view: EpochView,
    id: PartyId,
    roster: Roster,
    trustees: Vec<PartyId>,
    here: bool,
    heard: Heard,
    /// What goes to all, so far, and how much of it was sent over this link.
    said: Vec<Vec<u8>>,
    sent: usize,
    /// When all of it is said again, as long as the utility has not shown that it has the key.
    again: u64,
    /// It has sent what only who has the key sends.
    understood: bool,
    stage: Stage,
}

enum Stage {
    /// Before the first step.
    Waiting(Box<Waiting>),
    Making(Box<(Making, LinkSecret)>),
    Running(Box<Answerer<Decryptor>>),
    Over,
}

struct Waiting {
    identity: Identity,
    link: LinkSecret,
    /// After a restart: an own key that was announced, and the ceremony's records.
    stored: bool,
    share: Option<SecretShare>,
    records: Vec<Vec<u8>>,
}

/// A trustee with its share, which the next state must hold again.
struct Decryptor {
    trustee: Trustee,
    keys: KeySet,
    number: u8,
    share: Zeroizing<[u8; 32]>,
    said: Vec<Vec<u8>>,
}

pub(super) fn role(deployment: &Deployment, seat: Seat) -> anyhow::Result<Box<dyn Role>> {
    let params = params(deployment)?;
    let Seat { view, id, identity, keys, lists, .. } = seat;
    let Lists::Whole(roster) = lists else { bail!("a trustee needs the whole roster") };
    let mut said = Vec::new();
    let stage = match keys {
        Keys::Fresh(link) => {
            let (stored, share, records) = (false, None, Vec::new());
            Stage::Waiting(Box::new(Waiting { identity, link, stored, share, records }))
        }
        Keys::Stored(kept) => {
            let state = kept.state.as_ref().context("records without a state")?;
            let mut reader = Reader::new(state);
            match reader.u8()? {
                KEYLESS => {
                    let mut link = Zeroizing::new(*reader.array()?);
                    let link = LinkSecret::from_bytes(&mut link);
                    let share = match reader.u8()? {
                        0 => None,
                        number => {
                            let mut share = Zeroizing::new(*reader.array()?);
                            Some(SecretShare::from_bytes(number, &mut share)?)
                        }
                    };
                    let records = kept.records.clone();
                    Stage::Waiting(Box::new(Waiting { identity, link, stored: true, share, records }))
                }
                KEYED => {
                    let decryptor = Decryptor::restore(&params, &view, identity, &roster, reader, &kept)?;
                    said.clone_from(&decryptor.said);
                    let records = kept.records.iter().map(Vec::len).fold(0, usize::saturating_add);
                    let stored = Some((state.len(), records));
                    Stage::Running(Box::new(Answerer::new(deployment, &view, decryptor, stored)))
                }
                _ => bail!("a state of another version"),
            }
        }
    };
    let trustees = roster.answerers().iter().map(|member| member.id).collect();
    let (deployment, heard) = (deployment.clone(), Heard::default());
    let holder = Holder {
        deployment,
        params,
        view,
        id,
        roster,
        trustees,
        here: false,
        heard,
        said,
        sent: 0,
        again: 0,
        understood: false,
        stage,
    };
    Ok(Box::new(holder))
}

impl Holder {
    /// Begins to make a key, or goes on after a restart.
    fn begin(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Stage::Waiting(waiting) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        let Waiting { identity, link, stored, mut share, records } = *waiting;
        if self.deployment.elgamal.joint_key && share.is_none() {
            let number =
                self.trustees.iter().position(|id| *id == self.id).map_or(0, |place| place.saturating_add(1));
            let number = u8::try_from(number).unwrap_or(0);
            share = Some(SecretShare::generate(number, &self.view, &identity, ctx.rng).map_err(broken)?);
        }
        if !stored {
            let mut state = Zeroizing::new(Vec::with_capacity(66));
            state.push(KEYLESS);
            state.extend_from_slice(&*link.to_bytes());
            state.push(share.as_ref().map_or(0, SecretShare::number));
            if let Some(share) = &share {
                state.extend_from_slice(&*share.to_bytes());
            }
            ctx.out.state(state);
        }
        let making = match share {
            Some(share) => Making::own(&self.view, self.id, identity, share),
            None => keys::ceremony(&self.params, &self.view, &self.roster)
                .and_then(|ceremony| Making::hold(ctx, &ceremony, &self.view, (self.id, identity), &records)),
        };
        self.stage = Stage::Making(Box::new((making.map_err(broken)?, link)));
        self.again = ctx.now.saturating_add(relay::again(&self.deployment.timetable()));
        // What it says itself is heard by it, too.
        self.go_on(ctx)
    }

    fn go_on(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Stage::Making(stage) = &mut self.stage else { return Ok(()) };
        let (making, _) = &mut **stage;
        for frame in &making.said {
            // Its own frames are right.
            let _ = self.heard.keep(&self.trustees, None, frame);
        }
        let common = (&self.view, self.params.threshold(), &self.roster);
        let made = making.go_on(ctx, &mut self.heard, common);
        self.said.clone_from(&making.said);
        if let Some(made) = made {
            self.state_key(ctx, made)?;
        }
        self.tell(ctx);
        Ok(())
    }

    /// There is a key: it is stored, then stated.
    fn state_key(&mut self, ctx: &mut Ctx<'_>, made: Made) -> Result<(), Refusal> {
        let Stage::Making(stage) = std::mem::replace(&mut self.stage, Stage::Over) else { return Ok(()) };
        let (_, link) = *stage;
        let Made { keys, share, identity } = made;
        let statement = keys.statement(&self.view, &share, &identity, self.id).map_err(broken)?;
        self.said.push(statement.to_vec());
        let (number, bytes) = (share.number(), share.to_bytes());
        let post = Post { id: self.id, identity, link, share };
        let trustee =
            Trustee::new(&self.params, &self.view, post, &keys, self.roster.clone()).map_err(broken)?;
        let decryptor = Decryptor { trustee, keys, number, share: bytes, said: self.said.clone() };
        let mut running = Answerer::new(&self.deployment, &self.view, decryptor, None);
        running.wake(ctx)?; // stores it
        self.stage = Stage::Running(Box::new(running));
        Ok(())
    }

    /// Says all of it again, when it is time: what came before the other end had taken up the epoch went nowhere.
    fn repeat(&mut self, ctx: &mut Ctx<'_>) {
        if ctx.now >= self.again {
            self.again = ctx.now.saturating_add(relay::again(&self.deployment.timetable()));
            self.sent = 0;
            self.tell(ctx);
        }
    }

    /// Sends what was not sent over this link yet.
    fn tell(&mut self, ctx: &mut Ctx<'_>) {
        let news: Vec<Vec<u8>> = self.said.iter().skip(self.sent).cloned().collect();
        if self.here && !news.is_empty() {
            ctx.out.send(PartyId::UTILITY, relay::letter(&self.view, self.id, news));
            self.sent = self.said.len();
        }
    }
}

impl Role for Holder {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        let letter = match relay::frames(&self.view, from, letter) {
            Ok(frames) => {
                // The utility is answerable for nothing in it but its size: all of it is judged by signatures.
                for frame in frames {
                    let _ = self.heard.keep(&self.trustees, None, &frame);
                }
                if matches!(self.stage, Stage::Waiting(_)) {
                    return self.begin(ctx);
                }
                return self.go_on(ctx);
            }
            Err(letter) => letter,
        };
        match &mut self.stage {
            Stage::Running(running) => {
                self.understood = true;
                running.receive(ctx, from, letter)
            }
            _ => Err(Refusal::Stale("before there is a key")),
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        match &mut self.stage {
            Stage::Waiting(_) => self.begin(ctx),
            Stage::Making(_) => {
                self.repeat(ctx);
                Ok(())
            }
            Stage::Running(running) => {
                running.wake(ctx)?;
                if !self.understood {
                    self.repeat(ctx);
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
            Stage::Running(running) if self.understood => running.next_wake(),
            Stage::Running(running) => Some(running.next_wake().unwrap_or(self.again).min(self.again)),
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

impl Decryptor {
    fn restore(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        roster: &Roster,
        mut reader: Reader<'_>,
        kept: &Kept,
    ) -> anyhow::Result<Self> {
        let len = reader.u32()? as usize;
        let keys = KeySet::from_bytes(params.threshold(), reader.bytes(len)?)?;
        let (number, share) = (reader.u8()?, Zeroizing::new(*reader.array()?));
        let mut said = Vec::new();
        for _ in 0..reader.u8()? {
            let len = reader.u32()? as usize;
            said.push(reader.bytes(len)?.to_vec());
        }
        let own = SecretShare::from_bytes(number, &mut share.clone())?;
        let state = reader.rest();
        let mut trustee = Trustee::from_bytes(params, view, identity, own, &keys, roster.clone(), state)?;
        kept.records.iter().try_for_each(|record| trustee.replay(record))?;
        Ok(Self { trustee, keys, number, share, said })
    }
}

fn silently<R: AsRef<[u8]>>(prepared: Prepared<(), R>) -> Said {
    let record = prepared.record().to_vec();
    prepared.stored();
    Said { record, answer: None }
}

fn aloud<R: AsRef<[u8]>>(prepared: Prepared<Vec<u8>, R>) -> Said {
    let record = prepared.record().to_vec();
    Said { record, answer: Some(prepared.stored()) }
}

/// The first frame, and those behind it.
fn split<'a, 'f>(frames: &'a [&'f [u8]]) -> Result<(&'f [u8], &'a [&'f [u8]]), Refusal> {
    let (first, rest) = frames.split_first().ok_or(Refusal::Stale("a frame is missing"))?;
    Ok((first, rest))
}

impl Helper for Decryptor {
    fn open(&mut self, now: Round, open: &[u8]) -> Result<(), Refusal> {
        self.trustee.open(now, open).map_err(refused)
    }

    fn missed(&self) -> Option<Round> {
        self.trustee.missed()
    }

    fn lacks(&self, round: Round) -> bool {
        self.trustee.books().is_ok_and(|books| books.lacks(round))
    }

    fn close(
        &mut self,
        _rng: &mut ChaCha20Rng,
        now: Round,
        frames: &[&[u8]],
        hints: &[&[u8]],
    ) -> Result<Said, Refusal> {
        let (close, list) = split(frames)?;
        let hints = hints.first().copied().unwrap_or_default();
        match self.trustee.agree_hinted(now, close, list, hints) {
            Ok(statement) => Ok(aloud(statement)),
            Err(Error::Fault { fault: Fault::Link(meter_link::Fault::NotInQuorum), .. }) => {
                self.trustee.follow_hinted(now, close, list, hints).map(silently).map_err(refused)
            }
            Err(error) => Err(refused(error)),
        }
    }

    fn catch_up(&mut self, now: Round, frames: &[&[u8]]) -> Result<Said, Refusal> {
        let (open, rest) = split(frames)?;
        let (close, list) = split(rest)?;
        self.trustee.catch_up(now, open, close, list).map(silently).map_err(refused)
    }

    fn bill(&mut self, now: Round, query: &[u8]) -> Result<Said, Refusal> {
        self.trustee.agree_bill(now, query).map(aloud).map_err(refused)
    }

    fn certified(&mut self, _rng: &mut ChaCha20Rng, statements: &[&[u8]]) -> Result<Said, Refusal> {
        self.trustee.answer(statements).map(aloud).map_err(|error| match error {
            Error::Quorum { .. } => Refusal::Stale("too few statements"),
            error => refused(error),
        })
    }

    fn log_head(&self, round: Round) -> Result<Vec<u8>, Refusal> {
        self.trustee.log_head(round).map_err(refused)
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        let trustee = self.trustee.to_bytes().map_err(refused)?;
        let keys = self.keys.to_bytes();
        let said = self.said.iter().map(|frame| frame.len().saturating_add(4)).fold(0, usize::saturating_add);
        let len = [trustee.len(), keys.len(), said, 64].into_iter().fold(0, usize::saturating_add);
        // Room for all at once: no copy of a key stays in freed memory.
        let mut out = Zeroizing::new(Vec::with_capacity(len));
        out.push(KEYED);
        out.extend(u32::try_from(keys.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend_from_slice(&keys);
        out.push(self.number);
        out.extend_from_slice(&*self.share);
        out.push(u8::try_from(self.said.len()).map_err(|_| Refusal::Broken("too much was said".to_owned()))?);
        for frame in &self.said {
            out.extend(u32::try_from(frame.len()).unwrap_or(u32::MAX).to_le_bytes());
            out.extend_from_slice(frame);
        }
        out.extend_from_slice(&trustee);
        Ok(out)
    }
}
