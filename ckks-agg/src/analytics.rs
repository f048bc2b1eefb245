//! The utility: collects commitments once an epoch and one ciphertext a meter and round, and computes with what it cannot
//! read.

mod closed;
mod collecting;
mod state;

pub use closed::Closed;
pub use collecting::Collecting;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::head::{Head, HeadRecord};
use meter_link::key::Label;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Kind, LinkSecret, PairKey, PartyId, Round};

use crate::commitment::Hash;
use crate::encode::Encoder;
use crate::error::{Error, Fault};
use crate::keys::PublicKey;
use crate::list::{self, List};
use crate::params::{Opening, Params};
use crate::statement;
use crate::totals::Totals;
use crate::verify::Verifier;

/// The utility of one epoch. One round at a time: answerers follow the last Open only.
#[derive(Debug)]
pub struct Analytics {
    head: Head,
    verifier: Arc<Verifier>,
    encoder: Arc<Encoder>,
    /// With the key holder, where there is one.
    seal: Option<PairKey>,
    /// By position.
    roots: Vec<Option<Hash>>,
    /// By number.
    statements: BTreeMap<u8, Vec<u8>>,
}

impl Analytics {
    /// Makes the keys with all parties, and wipes the link secret.
    ///
    /// # Errors
    /// As [`Head::new`] and [`Verifier::new`].
    pub fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        key: &PublicKey,
        encoder: &Arc<Encoder>,
        roster: Roster,
    ) -> Result<Self, Error> {
        let verifier = Arc::new(Verifier::new(params, view, &roster, key)?);
        let seal = match (params.opening(), roster.answerers()) {
            (Opening::Holder, [holder]) => {
                let me = PartyId::UTILITY;
                Some(link.pair_key(Label::Seal, view.context(), me, &holder.peer(), &[])?)
            }
            _ => None,
        };
        let roots = vec![None; roster.meters().len()];
        let head = Head::new(view, identity, link, roster)?;
        let (encoder, statements) = (Arc::clone(encoder), BTreeMap::new());
        Ok(Analytics { head, verifier, encoder, seal, roots, statements })
    }

    /// Checks contributions: threads may do so with this one, and [`Collecting::add`] the outcomes.
    pub fn verifier(&self) -> &Arc<Verifier> {
        &self.verifier
    }

    /// Takes a meter's commitment (kind 64); the same again changes nothing.
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the meter: unknown, wrong signature or round,
    /// [`meter_link::Fault::Contradiction`] for a second commitment, [`meter_link::Fault::NotExpected`] once there is a list.
    pub fn accept_commitment(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        let (view, meters) = (self.head.view(), self.head.parties().roster().meters());
        let (meter, position, root) = list::commitment(view, meters, frame)?;
        let slot = self.roots.get_mut(position).ok_or(Error::Inconsistent)?;
        match slot {
            Some(earlier) if *earlier == root => return Ok(meter),
            Some(_) => return Err(Fault::Link(meter_link::Fault::Contradiction).of(meter)),
            None => {}
        }
        if self.verifier.list().is_some() {
            return Err(Fault::Link(meter_link::Fault::NotExpected).of(meter));
        }
        *slot = Some(root);
        Ok(meter)
    }

    /// Meters whose commitment has not come.
    pub fn uncommitted(&self) -> impl Iterator<Item = PartyId> {
        let meters = self.head.parties().roster().meters();
        self.roots.iter().zip(meters).filter(|(root, _)| root.is_none()).map(|(_, meter)| meter.id)
    }

    /// The list of commitments (kind 65), for all answerers. **The first call fixes it for the epoch**: meters that have not
    /// committed contribute in the next one. To be [stored](Analytics::to_bytes) before it is sent.
    ///
    /// # Errors
    /// [`Error::Quorum`] with fewer than the group's least meters.
    pub fn list(&mut self) -> Result<Vec<u8>, Error> {
        if let Some(list) = self.verifier.list() {
            return Ok(list.frame().to_vec());
        }
        let have = u32::try_from(self.roots.iter().flatten().count()).unwrap_or(u32::MAX);
        let need = self.verifier.params().group().rules.min_meters();
        if have < need {
            return Err(Error::Quorum { have, need });
        }
        let list = List::sign(self.head.view(), self.head.identity(), &self.roots)?;
        self.verifier = Arc::new(self.verifier.with_list(&Arc::new(list)));
        Ok(self.verifier.list().map(|list| list.frame().to_vec()).unwrap_or_default())
    }

    /// Takes an answerer's statement of the list (kind 66).
    ///
    /// # Errors
    /// [`Malformed`](crate::Malformed); [`Fault`] blaming the answerer: unknown, wrong signature or round, another list than
    /// that of this utility, which there is before anybody can state it.
    pub fn accept_list_statement(&mut self, frame: &[u8]) -> Result<u8, Error> {
        let answerers = self.head.parties().roster().answerers();
        let (number, id, digest) =
            statement::verify(frame, self.head.view(), Kind::ListStatement, answerers)?;
        if self.verifier.list().is_none_or(|list| *list.digest() != digest) {
            return Err(Fault::WrongList.of(id));
        }
        self.statements.insert(number, frame.to_vec());
        Ok(number)
    }

    /// The statements of the list that have come: for the meters, who contribute when they have t.
    pub fn list_statements(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.statements.values().map(Vec::as_slice)
    }

    /// Whether meters will contribute: t answerers have stated the list, or all meters are trusted.
    pub fn is_certified(&self) -> bool {
        let params = self.verifier.params();
        params.trusts_all_meters() || self.statements.len() >= usize::from(params.threshold())
    }

    /// Opens a round for the meters marked in `present`, one bool a position; who has not committed is left out.
    ///
    /// # Errors
    /// [`meter_link::Misuse::OutOfOrder`] before the list is certified; as [`Head::open_frame`].
    pub fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Error> {
        if !self.is_certified() {
            return Err(meter_link::Misuse::OutOfOrder.into());
        }
        let mut present = present.to_vec();
        if let Some(list) = self.verifier.list() {
            for (position, present) in present.iter_mut().enumerate() {
                *present &= list.root(position).is_some();
            }
        }
        let (frame, present) = self.head.open_frame(now, round, &present)?;
        Ok(Collecting::new(&self.verifier, self.head.parties(), round, frame, &present))
    }

    /// A round that was open when [`Collecting::to_bytes`] was stored: every contribution is checked anew.
    ///
    /// # Errors
    /// [`meter_link::Malformed::BadRecord`] if damaged; as [`Head::reopen_frame`] and [`Collecting::accept`].
    pub fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Error> {
        let (open, frames) = collecting::stored(state, self.verifier.contribution_len())?;
        let (round, present) = self.head.reopen_frame(open)?;
        let mut collecting =
            Collecting::new(&self.verifier, self.head.parties(), round, open.to_vec(), &present);
        frames.into_iter().try_for_each(|frame| collecting.accept(frame).map(|_| ()))?;
        Ok(collecting)
    }

    /// Meters that have come and gone too often to be in a set of this round.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = PartyId> {
        self.head.left_out(round)
    }

    /// Closes the round over the meters whose contributions are here, naming who is asked: **all of them have to answer**.
    /// The caller's deadline has passed. Close and contributions go to the quorum.
    ///
    /// # Errors
    /// [`Error::Quorum`] if the set is smaller than the rules allow; [`meter_link::Misuse::BadQuorum`] for a
    /// quorum that is not t numbers within 1 … n. The round is gone then: store [`Collecting::to_bytes`] first, and
    /// [reopen](Analytics::reopen) it.
    pub fn close(&mut self, round: Collecting, quorum: &Quorum) -> Result<Closed, Error> {
        let mut closed = Closed::new(&self.verifier, &self.encoder, self.seal.as_ref(), round)?;
        closed.ask(&mut self.head, quorum)?;
        Ok(closed)
    }

    /// Asks another quorum for the same set: some of the first cannot be reached. Statements of the set still count; shares do
    /// not, and **who has answered the first gives no second answer**: it helps before the first share only.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadQuorum`].
    pub fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        closed.ask(&mut self.head, quorum)
    }

    /// A quorum of the answerers that `reachable` allows.
    ///
    /// # Errors
    /// [`Error::Quorum`] if there are fewer than it takes.
    pub fn quorum(&self, reachable: impl Fn(u8) -> bool) -> Result<Quorum, Error> {
        Ok(self.head.quorum(self.verifier.params().threshold(), reachable)?)
    }

    /// The sums, once the quorum has answered.
    ///
    /// # Errors
    /// As [`Closed::totals`].
    pub fn record(&mut self, closed: &Closed) -> Result<Totals, Error> {
        closed.totals()
    }

    /// As [`Head::progress`].
    pub fn progress(&self) -> HeadRecord {
        self.head.progress()
    }

    /// As [`Head::resume`].
    ///
    /// # Errors
    /// As [`Head::resume`].
    pub fn resume(&mut self, record: &[u8]) -> Result<(), Error> {
        Ok(self.head.resume(record)?)
    }
}
