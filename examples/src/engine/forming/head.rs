//! The outermost role of the utility.

mod draft;
mod plan;
mod show;

use std::collections::BTreeMap;
use std::sync::Arc;

use meter_link::roster::{Certified, Member, link_key};
use meter_link::{LinkSecret, PartyId, Role as Duty};
use rand_core::Rng as _;
use zeroize::Zeroizing;

use self::draft::{Draft, Formed, Queue, Stage};
use self::plan::Plan;
use super::Oneself;
use super::beacon::commitment;
use super::book::Book;
use super::entries::{Announced, Shown};
use super::system::{Named, System};
use super::terms::Terms;
use crate::deployment::{Deployment, Ids};
use crate::engine::seat::Kept;
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

/// Milliseconds for answers to a Call.
const ANSWERS: u64 = 2_000;
/// Seconds from the root to the beacon.
const BEACON: u64 = 2;
/// Milliseconds for nonces, once the beacon time has come.
const NONCES: u64 = 2_500;
/// Milliseconds from an epoch's forming to its first slot, so that all have heard of it by then.
const MARGIN: u64 = 750;
/// Milliseconds that must be left when the root goes out; [`Terms::spread`] is added once for each of three stages.
const LEFT: u64 = BEACON * 1000 + NONCES + MARGIN;
/// How often the spread is in it.
const LEFT_SPREAD: u64 = 3;
/// Faults of one try that are reported one by one.
const REPORTED: usize = 16;

/// The utility: forms epochs, and has its part in those that run.
pub(crate) struct Head {
    book: Book,
    plan: Plan,
    draft: Option<Draft>,
    formed: Option<Formed>,
    queue: Queue,
    /// The epoch each party that is there says it has keys of.
    here: BTreeMap<PartyId, Option<u32>>,
}

impl Head {
    /// As it was when it last stored something, or new.
    ///
    /// # Errors
    /// For a deployment that is none, and for a store that this program has not written.
    pub(crate) fn new(
        deployment: Arc<Deployment>,
        oneself: Oneself,
        kept: Option<Kept>,
    ) -> anyhow::Result<Self> {
        Self::with(Arc::new(Named), deployment, oneself, kept)
    }

    pub(super) fn with(
        system: Arc<dyn System>,
        deployment: Arc<Deployment>,
        oneself: Oneself,
        kept: Option<Kept>,
    ) -> anyhow::Result<Self> {
        let terms = Terms::new(deployment, system)?;
        anyhow::ensure!(
            oneself.id == PartyId::UTILITY && oneself.role == Duty::Utility,
            "the head is the utility"
        );
        let book = Book::new(terms, oneself, None, kept)?;
        let plan = Plan::default();
        Ok(Self { book, plan, draft: None, formed: None, queue: Queue::default(), here: BTreeMap::new() })
    }

    /// Begins a try: the number is stored, and whoever is there is called.
    fn call(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        let Some((first_round, called)) = self.plan.whom(&self.book, &self.here, ctx.now) else {
            self.plan.failed(ctx.now);
            return Ok(());
        };
        let terms = &self.book.terms;
        let next = self.book.tried.checked_add(1).zip(terms.last_round(first_round));
        let Some((epoch, last_round)) = next else {
            return Err(Refusal::Broken("no round is left".to_owned()));
        };
        let forming = terms.forming(epoch, first_round);
        let Oneself { id, role, signer, certificate, .. } = &self.book.oneself;
        let identity = signer();
        let link = LinkSecret::generate(ctx.rng);
        let mut nonce = Zeroizing::new([0; 32]);
        ctx.rng.fill_bytes(nonce.as_mut_slice());
        let frame = link_key::announce(&forming, *id, *role, &identity, link.public()).map_err(broken)?;
        let party = Certified { id: *id, role: *role, identity: identity.public() };
        let own = Announced {
            party,
            member: Member::announced(&party, &frame, &forming).map_err(broken)?,
            link_key: frame.to_vec(),
            certificate: certificate.clone(),
            commitment: commitment(&terms.session, epoch, *id, &nonce),
        };
        let deadline = ctx.now.saturating_add(ANSWERS).saturating_add(terms.spread());
        let links = [own.member.link.0].into();
        let stage = Stage::Calling { answers: BTreeMap::new(), links };
        let draft = Draft { forming, last_round, link, nonce, own, called, deadline, stage };
        self.book.take_number(ctx, epoch);
        for id in &draft.called {
            ctx.out.send(*id, draft.call());
            ctx.out.send(*id, draft.announcement());
        }
        self.queue = Queue::default();
        self.draft = Some(draft);
        Ok(())
    }

    fn announced(
        &mut self,
        ctx: &Ctx<'_>,
        from: PartyId,
        shown: (Vec<u8>, Vec<u8>),
        commitment: [u8; 32],
    ) -> Result<(), Refusal> {
        let Some(draft) = &mut self.draft else { return Err(NO_TRY) };
        let Stage::Calling { answers, links } = &mut draft.stage else { return Err(NO_TRY) };
        if !draft.called.contains(&from) {
            return Err(Refusal::Stale("an announcement without a call"));
        }
        if answers.contains_key(&from) {
            return Err(Refusal::Stale("a second announcement"));
        }
        let (link_key, certificate) = shown;
        let parts = (link_key.as_slice(), certificate.as_slice());
        let authority = self.book.oneself.authority.as_ref();
        let (party, member) = self
            .book
            .terms
            .announced(authority, from, parts, &draft.forming, ctx.now)
            .map_err(|e| fault(from, e))?;
        if !links.insert(member.link.0) {
            return Err(fault(from, "the link key of another".to_owned()));
        }
        answers.insert(from, Announced { party, member, link_key, certificate, commitment });
        Ok(())
    }

    /// Everybody has answered, or the time is over: the root is made, or the Call is repeated.
    fn root(&mut self, ctx: &mut Ctx<'_>) {
        let Some(draft) = &mut self.draft else { return };
        let Stage::Calling { answers, .. } = &mut draft.stage else { return };
        let terms = &self.book.terms;
        let start = terms.start(draft.forming.first_round.to_u32());
        let spread = terms.spread();
        let left = LEFT.saturating_add(spread.saturating_mul(LEFT_SPREAD));
        if !Plan::is_enough(terms, answers.keys()) || start < ctx.now.saturating_add(left) {
            return self.fail(ctx, "it did not answer the call");
        }
        let mut announced = std::mem::take(answers);
        announced.insert(PartyId::UTILITY, draft.own.clone());
        let beacon_time = (ctx.now / 1000).saturating_add(BEACON).saturating_add(spread / 1000);
        let made = Shown::new(terms, draft.forming, announced).and_then(|shown| {
            let identity = (self.book.oneself.signer)();
            let root =
                shown.roster.root(draft.last_round.into(), beacon_time).sign(&draft.forming, &identity)?;
            Ok((shown, root.to_vec()))
        });
        let (shown, root) = match made {
            Ok(made) => made,
            Err(error) => {
                tracing::warn!(epoch = draft.number(), "no roster: {error:#}");
                return self.abandon(ctx);
            }
        };
        let deadline = beacon_time.saturating_mul(1000).saturating_add(NONCES).saturating_add(spread);
        draft.deadline = deadline.min(start.saturating_sub(MARGIN));
        self.queue =
            Queue { to: shown.commitments.iter().map(|(id, _)| *id).skip(1).collect(), next: ctx.now };
        let nonces = BTreeMap::from([(PartyId::UTILITY, *draft.nonce)]);
        let pinned = Default::default();
        draft.stage = Stage::Rooted { shown: Box::new(shown), root, pinned, nonces };
    }

    fn revealed(&mut self, from: PartyId, epoch: u32, nonce: [u8; 32]) -> Result<(), Refusal> {
        let Some(draft) = self.draft.as_mut().filter(|draft| draft.number() == epoch) else {
            return Err(NO_TRY);
        };
        let fits = draft.fits(from, &nonce);
        let Stage::Rooted { nonces, .. } = &mut draft.stage else { return Err(NO_TRY) };
        if !fits {
            return Err(fault(from, "another nonce than it was committed to".to_owned()));
        }
        match nonces.insert(from, nonce) {
            None => Ok(()),
            Some(_) => Err(Refusal::Stale("a nonce twice")),
        }
    }

    /// Everybody has revealed: the epoch is there, and is stored before anybody hears of it.
    fn form(&mut self, ctx: &mut Ctx<'_>) {
        let Some(Draft { forming, last_round, link, stage: Stage::Rooted { shown, nonces, .. }, .. }) =
            self.draft.take()
        else {
            return;
        };
        let first = forming.first_round.to_u32();
        if self.book.terms.start(first) <= ctx.now || first < self.book.free() {
            tracing::warn!(epoch = forming.epoch, "its first round has begun before it was formed");
            return self.abandon(ctx);
        }
        let (epoch, nonces) = draft::epoch(&forming, last_round, &shown, &nonces);
        let made = shown.info(epoch).and_then(|info| self.book.run(info, link));
        let run = match made {
            Ok(run) => run,
            Err(error) => {
                tracing::warn!(epoch = epoch.epoch, "it gives no role: {error:#}");
                return self.plan.failed(ctx.now);
            }
        };
        let begins = Event::Epoch {
            epoch: epoch.epoch,
            first_round: epoch.first_round.to_u32(),
            last_round,
            meters: run.info.meters,
            answerers: run.info.answerers.into(),
            roster: Ids(shown.roster.meters().iter().map(|meter| meter.id).collect()).into(),
            context: hex(epoch.context().as_bytes()),
        };
        self.plan.begins(&self.book, &self.here, first);
        self.book.begin(ctx, run, vec![begins]);
        let members: Vec<PartyId> = shown.commitments.iter().map(|(id, _)| *id).skip(1).collect();
        self.plan.formed(members.iter().copied());
        for id in members.iter().filter(|id| self.here.contains_key(id)) {
            self.book.attends_in(ctx, epoch.epoch, *id, true);
        }
        self.queue = Queue { to: members.into(), next: ctx.now };
        self.formed = Some(Formed { epoch, shown, nonces });
        self.flush(ctx);
    }

    /// The try comes to nothing; the next one is without those who withheld their nonces, gone or not: whoever might leave
    /// instead could stop tries for ever.
    fn fail(&mut self, ctx: &mut Ctx<'_>, what: &str) {
        let Some(draft) = self.draft.take() else { return };
        let round = draft.forming.first_round.to_u32();
        let silent = draft.silent();
        let rooted = matches!(draft.stage, Stage::Rooted { .. });
        // Who does not answer a Call may do so for hours.
        if rooted || self.plan.is_first() {
            for id in silent.iter().filter(|id| self.here.contains_key(id)).take(REPORTED) {
                ctx.out.event(Event::Fault { round, party: id.0, what: what.to_owned() });
            }
        }
        if rooted {
            silent.into_iter().for_each(|id| self.plan.withheld(id));
        }
        self.abandon(ctx);
    }

    fn abandon(&mut self, ctx: &Ctx<'_>) {
        self.draft = None;
        self.queue = Queue::default();
        self.plan.failed(ctx.now);
    }

    /// A party says how far it is: who has not heard of the newest epoch hears of it once more.
    fn attending(&mut self, ctx: &mut Ctx<'_>, from: PartyId, epochs: u32) -> Result<(), Refusal> {
        let Some(held) = self.here.get_mut(&from) else {
            return Err(Refusal::Stale("of a link that is gone"));
        };
        let first = held.replace(epochs).is_none();
        let newest = self.book.newest().map_or(0, super::run::Run::number);
        if first
            && epochs < newest
            && self.formed.as_ref().is_some_and(|formed| {
                let commitments = &formed.shown.commitments;
                formed.epoch.epoch == newest && commitments.binary_search_by_key(&from, |(id, _)| *id).is_ok()
            })
        {
            self.show_formed(ctx, from);
        }
        Ok(())
    }

    /// A party of the roster has lost the key that it announced: this try comes to nothing.
    fn refused(&mut self, ctx: &mut Ctx<'_>, from: PartyId) -> Result<(), Refusal> {
        let waits = self.draft.as_ref().is_some_and(|draft| {
            matches!(draft.stage, Stage::Rooted { .. }) && draft.silent().contains(&from)
        });
        if !waits {
            return Err(Refusal::Stale("nothing is asked of it"));
        }
        self.plan.refused(from);
        self.abandon(ctx);
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| draft.is_complete())
    }

    /// What the state of the try asks for.
    fn go_on(&mut self, ctx: &mut Ctx<'_>) {
        let Some(draft) = &self.draft else { return };
        let (complete, over) = (self.is_complete(), draft.deadline <= ctx.now);
        match &draft.stage {
            Stage::Calling { .. } if complete || over => {
                self.root(ctx);
                self.flush(ctx);
            }
            Stage::Rooted { .. } if complete => self.form(ctx),
            Stage::Rooted { .. } if over => self.fail(ctx, "it did not reveal its nonce"),
            _ => {}
        }
    }
}

impl Role for Head {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        if self.book.terms.role(from).is_none() || from == PartyId::UTILITY {
            return Err(fault(from, "the deployment has no such party".to_owned()));
        }
        match letter {
            Letter::Attending { epochs } => return self.attending(ctx, from, epochs),
            Letter::Announcement { link_key, certificate, commitment } => {
                self.announced(ctx, from, (link_key, certificate), commitment)?;
            }
            Letter::Pinned { epoch } => {
                let draft = self.draft.as_mut().filter(|draft| draft.number() == epoch).ok_or(NO_TRY)?;
                let Stage::Rooted { pinned, .. } = &mut draft.stage else { return Err(NO_TRY) };
                pinned.insert(from);
                return Ok(());
            }
            Letter::Reveal { epoch, nonce } => self.revealed(from, epoch, nonce)?,
            Letter::Refusal(_) => return self.refused(ctx, from),
            Letter::Call { .. } | Letter::Rooted { .. } | Letter::Formed { .. } => {
                return Err(fault(from, "a letter that only the utility sends".to_owned()));
            }
            letter @ (Letter::Frame(_) | Letter::Frames { .. } | Letter::Relay { .. }) => {
                let epochs = self.here.get(&from).copied().flatten().unwrap_or_default();
                return self.book.receive(ctx, from, letter, |run| run.knows(from) && run.number() <= epochs);
            }
        }
        self.go_on(ctx);
        Ok(())
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.go_on(ctx);
        self.flush(ctx);
        if self.draft.is_none() && self.plan.due(&self.book, &self.here).is_some_and(|due| due <= ctx.now) {
            self.call(ctx)?;
        }
        self.book.wake(ctx)
    }

    fn next_wake(&self) -> Option<u64> {
        let forming = match &self.draft {
            Some(draft) => Some(draft.deadline),
            None => self.plan.due(&self.book, &self.here),
        };
        let flush = (!self.queue.to.is_empty()).then_some(self.queue.next);
        [forming, flush, self.book.next_wake()].into_iter().flatten().min()
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        if self.book.terms.role(party).is_none() || party == PartyId::UTILITY {
            return;
        }
        match here {
            true => {
                self.here.insert(party, None);
                self.plan.arrived(ctx.now);
                self.welcome(ctx, party);
            }
            false => {
                self.here.remove(&party);
                self.left(party);
            }
        }
        self.book.attends(ctx, party, here);
    }
}

const NO_TRY: Refusal = Refusal::Stale("no epoch is being formed");

fn fault(culprit: PartyId, what: String) -> Refusal {
    Refusal::Fault { culprit, what }
}

fn broken(error: meter_link::Error) -> Refusal {
    Refusal::Broken(error.to_string())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
