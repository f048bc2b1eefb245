//! The outermost role of everybody but the utility.

use std::sync::Arc;

use meter_link::roster::link_key::{self, Forming};
use meter_link::roster::{Member, RootRecord, RosterRoot, StoredRoot};
use meter_link::{LinkSecret, PartyId};
use rand_core::Rng as _;
use zeroize::Zeroizing;

use super::beacon::{beacon, commitment};
use super::book::Book;
use super::entries::Check;
use super::system::{Named, System};
use super::terms::Terms;
use super::{Oneself, TRIES};
use crate::deployment::Deployment;
use crate::engine::letter::Entry;
use crate::engine::seat::{Kept, SharedDevice};
use crate::engine::{Ctx, Event, Letter, Refusal, Role};

/// Milliseconds between two Calls that are answered.
const PAUSE: u64 = 500;
/// Milliseconds from a root to its beacon, at most.
const LONGEST_WAIT: u64 = 600_000;

/// A meter, holder, aggregator or trustee: answers calls, and has its part in the epochs that come of them.
pub(crate) struct Party {
    pub(super) book: Book,
    attempt: Option<Attempt>,
    here: bool,
    called_at: u64,
    /// Nonces that may still be revealed for nothing, and since when that number grows.
    tries: u32,
    growing_since: u64,
}

/// The epoch that is being formed. Dies with the process.
struct Attempt {
    forming: Forming,
    last_round: u32,
    link: LinkSecret,
    own: Member,
    announcement: Letter,
    nonce: Zeroizing<[u8; 32]>,
    commitment: [u8; 32],
    utility: Option<Member>,
    pinned: Option<Pinned>,
}

struct Pinned {
    root: StoredRoot,
    /// The frame and the list of hashes: the first that came counts.
    frame: Vec<u8>,
    commitments: Vec<(PartyId, [u8; 32])>,
    revealed: bool,
}

impl Party {
    /// As it was when it last stored something, or new. A meter has a device, the others have none.
    ///
    /// # Errors
    /// For a deployment that is none, and for a store that this program has not written.
    pub(crate) fn new(
        deployment: Arc<Deployment>,
        oneself: Oneself,
        device: Option<SharedDevice>,
        kept: Option<Kept>,
    ) -> anyhow::Result<Self> {
        Self::with(Arc::new(Named), deployment, oneself, device, kept)
    }

    pub(super) fn with(
        system: Arc<dyn System>,
        deployment: Arc<Deployment>,
        oneself: Oneself,
        device: Option<SharedDevice>,
        kept: Option<Kept>,
    ) -> anyhow::Result<Self> {
        let terms = Terms::new(deployment, system)?;
        anyhow::ensure!(
            terms.role(oneself.id) == Some(oneself.role) && oneself.id != PartyId::UTILITY,
            "the deployment has no party {} of this role",
            oneself.id
        );
        let book = Book::new(terms, oneself, device, kept)?;
        Ok(Self { book, attempt: None, here: false, called_at: 0, tries: TRIES, growing_since: 0 })
    }

    /// The last epoch that this party has keys of.
    pub(super) fn epochs(&self) -> u32 {
        self.book.newest().map_or(0, |run| run.info.epoch.epoch)
    }

    fn call(
        &mut self,
        ctx: &mut Ctx<'_>,
        epoch: u32,
        first_round: u32,
        last_round: u32,
    ) -> Result<(), Refusal> {
        if let Some(attempt) = &self.attempt
            && attempt.forming.epoch == epoch
        {
            if (attempt.forming.first_round.to_u32(), attempt.last_round) != (first_round, last_round) {
                return Err(wrong("two calls of one epoch for different rounds"));
            }
            ctx.out.send(PartyId::UTILITY, attempt.announcement.clone());
            return Ok(());
        }
        let terms = &self.book.terms;
        let tried = self.attempt.as_ref().map_or(0, |attempt| attempt.forming.epoch);
        if epoch <= self.book.tried.max(tried).max(self.epochs()) {
            return Err(Refusal::Stale("a call of an epoch that has been"));
        }
        if self.book.awaits(ctx.now) {
            return Err(Refusal::Stale("a call while another epoch is about to begin"));
        }
        if ctx.now.saturating_sub(self.called_at) < PAUSE && self.called_at <= ctx.now {
            return Err(Refusal::Stale("a call too soon after the last"));
        }
        if terms.last_round(first_round) != Some(last_round) {
            return Err(wrong("an epoch of another length than the deployment's"));
        }
        let start = terms.start(first_round);
        if start <= ctx.now {
            return Err(Refusal::Stale("a call of an epoch that should have begun"));
        }
        if start > terms.horizon(ctx.now) {
            return Err(wrong("an epoch that begins far from now"));
        }
        self.grow(ctx.now);
        if self.tries == 0 {
            return Err(Refusal::Stale("a call after too many that came to nothing"));
        }
        let terms = &self.book.terms;
        let Oneself { id, role, signer, certificate, .. } = &self.book.oneself;
        let forming = terms.forming(epoch, first_round);
        let link = LinkSecret::generate(ctx.rng);
        let mut nonce = Zeroizing::new([0; 32]);
        ctx.rng.fill_bytes(nonce.as_mut_slice());
        let identity = signer();
        let link_key = link_key::announce(&forming, *id, *role, &identity, link.public()).map_err(broken)?;
        let party = meter_link::roster::Certified { id: *id, role: *role, identity: identity.public() };
        let own = Member::announced(&party, &link_key, &forming).map_err(broken)?;
        let commitment = commitment(&terms.session, epoch, *id, &nonce);
        let announcement = Letter::Announcement {
            link_key: link_key.to_vec(),
            certificate: certificate.clone(),
            commitment,
        };
        ctx.out.send(PartyId::UTILITY, announcement.clone());
        self.called_at = ctx.now;
        self.attempt = Some(Attempt {
            forming,
            last_round,
            link,
            own,
            announcement,
            nonce,
            commitment,
            utility: None,
            pinned: None,
        });
        Ok(())
    }

    /// The utility announces itself as everybody does; its identity signs the root.
    fn utility(&mut self, ctx: &Ctx<'_>, link_key: &[u8], certificate: &[u8]) -> Result<(), Refusal> {
        let Some(attempt) = &mut self.attempt else { return Err(NO_TRY) };
        let authority = self.book.oneself.authority.as_ref();
        let shown = (link_key, certificate);
        let announced =
            self.book.terms.announced(authority, PartyId::UTILITY, shown, &attempt.forming, ctx.now);
        let (_, member) = announced.map_err(|e| wrong(&e))?;
        match attempt.utility {
            Some(before) if before != member => Err(wrong("it has announced another key before")),
            _ => {
                attempt.utility = Some(member);
                Ok(())
            }
        }
    }

    fn rooted(
        &mut self,
        ctx: &mut Ctx<'_>,
        frame: Vec<u8>,
        commitments: Vec<(PartyId, [u8; 32])>,
    ) -> Result<(), Refusal> {
        let earlier = self.book.pinned();
        let Some(attempt) = &mut self.attempt else {
            // This process has begun anew since it announced itself: the utility need not wait.
            ctx.out.send(PartyId::UTILITY, Letter::Refusal(NO_TRY.to_string()));
            return Ok(());
        };
        let epoch = attempt.forming.epoch;
        if let Some(pinned) = &attempt.pinned {
            if pinned.frame != frame || pinned.commitments != commitments {
                return Err(wrong("two roots, or two lists of hashes, for one epoch"));
            }
            ctx.out.send(PartyId::UTILITY, Letter::Pinned { epoch });
            if pinned.revealed {
                ctx.out.send(PartyId::UTILITY, Letter::Reveal { epoch, nonce: *attempt.nonce });
            }
            return Ok(());
        }
        let utility = attempt.utility.ok_or_else(|| wrong("a root before its announcement"))?;
        self.book.terms.check_commitments(&commitments).map_err(|e| wrong(&e))?;
        if !commitments.contains(&(self.book.oneself.id, attempt.commitment)) {
            return Err(wrong("a list without our hash"));
        }
        // An epoch that this one cuts off, or that never came about, has no say about rounds; the numbers were compared
        // when the Call came.
        let earlier = earlier.filter(|earlier| earlier.root().last_round < attempt.forming.first_round);
        let now = ctx.now / 1000;
        let prepared = StoredRoot::accept(&frame, &attempt.forming, &utility.identity, now, earlier.as_ref());
        let prepared = prepared.map_err(|e| wrong(&format!("the root: {e}")))?;
        let record: RootRecord = prepared.record().try_into().map_err(broken)?;
        let root = StoredRoot::from_bytes(&record).map_err(broken)?;
        let RosterRoot { last_round, beacon_time, .. } = *root.root();
        if last_round.to_u32() != attempt.last_round {
            return Err(wrong("a root for other rounds than were called"));
        }
        if beacon_time.saturating_mul(1000) > ctx.now.saturating_add(LONGEST_WAIT) {
            return Err(wrong("a beacon far from now"));
        }
        attempt.pinned = Some(Pinned { root, frame, commitments, revealed: false });
        self.book.pin(ctx, &record);
        let _ = prepared.stored();
        ctx.out.send(PartyId::UTILITY, Letter::Pinned { epoch });
        Ok(())
    }

    /// The nonce, now that nothing that the beacon depends on can be changed any more.
    fn reveal(&mut self, ctx: &mut Ctx<'_>) {
        if self.reveal_at().is_none_or(|at| at > ctx.now) {
            return;
        }
        if let Some(attempt) = &mut self.attempt
            && let Some(pinned) = &mut attempt.pinned
        {
            pinned.revealed = true;
            self.tries = self.tries.saturating_sub(1);
            let (epoch, nonce) = (attempt.forming.epoch, *attempt.nonce);
            ctx.out.send(PartyId::UTILITY, Letter::Reveal { epoch, nonce });
        }
    }

    fn formed(
        &mut self,
        ctx: &mut Ctx<'_>,
        epoch: u32,
        nonces: &[[u8; 32]],
        entries: &[Entry],
    ) -> Result<(), Refusal> {
        let Some(attempt) = self.attempt.as_ref().filter(|attempt| attempt.forming.epoch == epoch) else {
            return Err(NO_TRY);
        };
        let pinned = attempt.pinned.as_ref().filter(|pinned| pinned.revealed);
        let pinned = pinned.ok_or_else(|| wrong("an epoch is formed without us"))?;
        let terms = &self.book.terms;
        if nonces.len() != pinned.commitments.len() {
            return Err(wrong("other nonces than hashes"));
        }
        for ((party, hash), nonce) in pinned.commitments.iter().zip(nonces) {
            if commitment(&terms.session, epoch, *party, nonce) != *hash {
                return Err(wrong(&format!("the nonce of party {party} is not the one it was committed to")));
            }
        }
        let parties = pinned.commitments.iter().map(|(party, _)| *party);
        let beacon = beacon(&terms.session, epoch, parties.zip(nonces));
        let formed = pinned.root.epoch(&attempt.forming, beacon, ctx.now / 1000);
        let formed = formed.map_err(|e| wrong(&format!("the epoch: {e}")))?;
        let check = Check {
            terms,
            oneself: &self.book.oneself,
            forming: &attempt.forming,
            root: pinned.root.root(),
            commitments: &pinned.commitments,
            own: &attempt.own,
            now: ctx.now,
        };
        let info = check.entries(formed, entries).map_err(|e| wrong(&e))?;
        if attempt.utility != Some(info.utility) {
            return Err(wrong("it has another link key than it has announced"));
        }
        let Some(attempt) = self.attempt.take() else { return Err(NO_TRY) };
        match self.book.run(info, attempt.link) {
            Ok(run) => {
                self.tries = self.tries.saturating_add(1).min(TRIES);
                self.book.begin(ctx, run, Vec::new());
                if self.here {
                    self.book.attends_in(ctx, epoch, PartyId::UTILITY, true);
                }
                ctx.out.send(PartyId::UTILITY, Letter::Attending { epochs: epoch });
            }
            Err(error) => {
                let (round, party) = (attempt.forming.first_round.to_u32(), PartyId::UTILITY.0);
                let what = format!("epoch {epoch} gives no role: {error:#}");
                ctx.out.event(Event::Fault { round, party, what });
            }
        }
        Ok(())
    }

    /// One more nonce may be revealed for nothing each time that so long has passed.
    fn grow(&mut self, now: u64) {
        let penance = self.book.terms.penance().max(1);
        // A clock that was set back does not keep anybody waiting.
        let since = now.checked_sub(self.growing_since).unwrap_or(penance);
        let more = u32::try_from(since.checked_div(penance).unwrap_or(0)).unwrap_or(u32::MAX);
        if more > 0 || self.tries == TRIES {
            self.tries = self.tries.saturating_add(more).min(TRIES);
            self.growing_since = now;
        }
    }

    fn reveal_at(&self) -> Option<u64> {
        let pinned = self.attempt.as_ref()?.pinned.as_ref().filter(|pinned| !pinned.revealed)?;
        Some(pinned.root.root().beacon_time.saturating_mul(1000))
    }

    /// When a try that came to nothing is forgotten, with its key.
    fn given_up_at(&self) -> Option<u64> {
        let attempt = self.attempt.as_ref()?;
        let start = self.book.terms.start(attempt.forming.first_round.to_u32());
        Some(start.saturating_add(self.book.terms.penance()))
    }
}

impl Role for Party {
    fn receive(&mut self, ctx: &mut Ctx<'_>, from: PartyId, letter: Letter) -> Result<(), Refusal> {
        match letter {
            Letter::Call { epoch, first_round, last_round } => self.call(ctx, epoch, first_round, last_round),
            Letter::Announcement { link_key, certificate, .. } => self.utility(ctx, &link_key, &certificate),
            Letter::Rooted { root, commitments } => self.rooted(ctx, root, commitments),
            Letter::Formed { epoch, nonces, entries } => self.formed(ctx, epoch, &nonces, &entries),
            Letter::Refusal(_) => Ok(()),
            Letter::Pinned { .. } | Letter::Reveal { .. } | Letter::Attending { .. } => {
                Err(wrong("a letter that only others send"))
            }
            letter @ (Letter::Frame(_) | Letter::Frames { .. } | Letter::Relay { .. }) => {
                self.book.receive(ctx, from, letter, |_| true)
            }
        }
    }

    fn wake(&mut self, ctx: &mut Ctx<'_>) -> Result<(), Refusal> {
        self.reveal(ctx);
        if self.given_up_at().is_some_and(|at| at <= ctx.now) {
            self.attempt = None;
        }
        self.book.wake(ctx)
    }

    fn next_wake(&self) -> Option<u64> {
        [self.reveal_at(), self.given_up_at(), self.book.next_wake()].into_iter().flatten().min()
    }

    fn attends(&mut self, ctx: &mut Ctx<'_>, party: PartyId, here: bool) {
        if party == PartyId::UTILITY {
            self.here = here;
            if here {
                ctx.out.send(PartyId::UTILITY, Letter::Attending { epochs: self.epochs() });
            }
        }
        self.book.attends(ctx, party, here);
    }
}

const NO_TRY: Refusal = Refusal::Stale("no epoch is being formed here");

fn wrong(what: &str) -> Refusal {
    Refusal::Fault { culprit: PartyId::UTILITY, what: what.to_owned() }
}

fn broken(error: impl std::fmt::Display) -> Refusal {
    Refusal::Broken(error.to_string())
}
