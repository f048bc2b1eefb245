//! The answerer's side: one set a round, stored before it answers.

mod bills;
mod certified;
mod state;

use alloc::vec::Vec;

use zeroize::Zeroizing;

use super::ledger::Ledger;
use super::{Agreement, AnswerKind, AnswererRecord, Query, Quorum, bind};
use crate::error::{Error, Fault, Misuse};
use crate::field::{Field64, add_assign};
use crate::frame::{Header, Kind, Tag, Writer};
use crate::id::{PartyId, Role, Round};
use crate::identity::Identity;
use crate::key::{Label, LinkSecret, PairKey};
use crate::log::{Form, Log};
use crate::pad::{self, Stream};
use crate::prepared::Prepared;
use crate::roster::{Member, Roster};
use crate::round::{Close, Open};
use crate::set::{self, Members};
use crate::view::EpochView;
use crate::window::Windows;

/// A holder of dcnet-core or an aggregator of shamir-agg, as far as both are the same: it shares a key with
/// every meter, and tells, once per round, the sum of the pads of one set.
pub struct Answerer {
    view: EpochView,
    post: Post,
    identity: Option<Identity>,
    answerers: Vec<Member>,
    meter_ids: Vec<PartyId>,
    meters: Vec<PairKey>,
    step: u32,
    fellows: Vec<Option<PairKey>>,
    frame_key: PairKey,
    agreement: Agreement,
    ledger: Option<Ledger>,
    stated: Option<certified::Agreed>,
}

/// What an answerer is, beside its epoch.
#[derive(Clone, Copy, Debug)]
pub struct Post {
    /// The answerer's id.
    pub id: PartyId,
    /// Its role.
    pub role: Role,
    /// Answers that open a sum.
    pub threshold: u8,
    /// Label of its keys with meters.
    pub label: Label,
    /// What it answers to.
    pub kind: AnswerKind,
}

impl Post {
    /// The answerer's place in the list.
    fn place(&self, roster: &Roster) -> Result<usize, Error> {
        let listed = |m: &Member| m.id == self.id && m.role == self.role;
        Ok(roster.answerers().iter().position(listed).ok_or(Misuse::UnknownParty)?)
    }
}

impl Answerer {
    /// Bytes of a record.
    pub const RECORD_LEN: usize = Agreement::RECORD_LEN;

    /// Makes the keys with utility, meters and fellow answerers, and wipes the link secret.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`] if the roster does not list `post.id` with its role and the link key;
    /// [`Misuse::BadParameter`] for a threshold of 0 or beyond the answerers; as [`EpochView::check_roster`];
    /// [`Fault`](crate::Fault) blaming a peer for its key.
    pub fn new(view: &EpochView, post: &Post, link: LinkSecret, roster: &Roster) -> Result<Self, Error> {
        let place = post.place(roster)?;
        if roster.answerers().get(place).is_none_or(|own| own.link != link.public()) {
            return Err(Misuse::UnknownParty.into());
        }
        view.check_roster(roster)?;
        let key = |label, peer: &Member| link.pair_key(label, view.context(), post.id, &peer.peer(), &[]);
        // Room for all at once: a vector that grows leaves copies of keys in freed memory.
        let mut meters = Vec::with_capacity(roster.meters().len());
        for meter in roster.meters() {
            meters.push(match post.role {
                Role::Meter => link.role_key(post.label, view.context(), post.id, &meter.peer(), post.id)?,
                _ => key(post.label, meter)?,
            });
        }
        let mut fellows = Vec::with_capacity(roster.answerers().len());
        for (i, fellow) in roster.answerers().iter().enumerate() {
            fellows.push(if i == place { None } else { Some(key(Label::Answer, fellow)?) });
        }
        let frame_key = key(Label::Frame, view.utility())?;
        Self::with_keys(view, post, roster, Keys { meters, fellows, frame_key })
    }

    fn with_keys(view: &EpochView, post: &Post, roster: &Roster, keys: Keys) -> Result<Self, Error> {
        let number = u8::try_from(post.place(roster)?.saturating_add(1)).map_err(|_| Misuse::BadParameter)?;
        let Keys { meters, fellows, frame_key } = keys;
        Ok(Answerer {
            view: *view,
            post: *post,
            identity: None,
            answerers: roster.answerers().to_vec(),
            meter_ids: roster.meters().iter().map(|m| m.id).collect(),
            meters,
            step: 0,
            fellows,
            frame_key,
            agreement: Agreement::new(view, post.id, number, post.threshold)?,
            ledger: None,
            stated: None,
        })
    }

    /// Gives it the identity that it signs statements with.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`] if it is not the roster's.
    pub fn signing(mut self, identity: Identity) -> Result<Self, Error> {
        let own = self.answerers.get(usize::from(self.number()).wrapping_sub(1));
        if own.is_none_or(|own| own.identity != identity.public()) {
            return Err(Misuse::UnknownParty.into());
        }
        self.identity = Some(identity);
        Ok(self)
    }

    /// Makes it keep sums over time, for the bills of windows.
    #[must_use]
    pub fn billing(mut self, windows: &Windows) -> Self {
        let (epoch, meters, channels) = (self.view.epoch(), self.view.meters(), self.view.channels());
        self.ledger = Some(Ledger::new(windows, epoch, meters, channels));
        self
    }

    /// The answerer's number, from 1.
    pub fn number(&self) -> u8 {
        self.agreement.number()
    }

    /// The end of its log.
    pub fn log(&self) -> &Log {
        self.agreement.log()
    }

    /// The end of its log, signed: [`Agreement::log_head`].
    ///
    /// # Errors
    /// [`Misuse::WrongRole`] without an identity.
    pub fn log_head(&self, round: Round) -> Result<Vec<u8>, Error> {
        self.agreement.log_head(self.identity.as_ref().ok_or(Misuse::WrongRole)?, round)
    }

    /// Takes a stored record into account, in any order: one of **this group and epoch**, which it does not
    /// name itself. Keep one log for each.
    ///
    /// # Errors
    /// As [`Agreement::replay`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        self.agreement.replay(record)
    }

    /// Takes the utility's Open of a round. Keys of earlier ratchet steps are gone from here on, whether
    /// this answerer is asked in the round or not; but where it bills and has missed the set of the round before
    /// ([`Answerer::missed`]), only once it agrees to a set of the later step.
    ///
    /// # Errors
    /// As [`Agreement::open`]; [`Fault::RoundClosed`] for a round of a step that is gone. Nothing has changed then.
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        let round = Header::parse(frame)?.round;
        if self.view.epoch().contains(round) && self.view.step(round)? < self.step {
            Open::verify(frame, &self.view, now)?;
            return Err(Fault::RoundClosed.of(PartyId::UTILITY));
        }
        let round = self.agreement.open(now, frame)?;
        if self.missed().is_none() {
            self.advance_to(self.view.step(round)?)?;
        }
        Ok(())
    }

    /// The round before the open one, if its set is missing here although the Open names its Close: ask the
    /// utility for its Open and Close, and [catch up](Answerer::catch_up) **before** agreeing to another set, or
    /// there is no bill of this answerer for the window.
    pub fn missed(&self) -> Option<Round> {
        let round = self.agreement.predecessor()?;
        let books = self.ledger.as_ref()?.books();
        (books.window_of(round).is_some() && books.lacks(round)).then_some(round)
    }

    /// Meters that have come and gone too often to be in a set of this round.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = PartyId> {
        self.agreement.left_out(round).filter_map(|place| self.meter_ids.get(place as usize).copied())
    }

    /// Answers the final Close of the open round, or repeats the answer for the same set, to the same
    /// quorum or another.
    ///
    /// # Errors
    /// As [`Agreement::close`] and [`Agreement::fix`]; nothing has changed then.
    pub fn answer(&mut self, now: Round, frame: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        let (close, quorum) = self.agreement.close(now, frame)?;
        let (digest, pads) = self.set_of(&close)?;
        let query = Query {
            context: self.view.context(),
            round: close.round,
            kind: self.post.kind,
            digest: &digest,
            quorum: &quorum,
        };
        let mut sums = self.sum_of(&pads);
        self.bind(&query, &mut sums)?;
        let answer = self.frame(Kind::Answer, &query, &sums)?;
        let record = self.settle(&close, digest, &pads, Form::Bound, &answer)?;
        Ok(Prepared::new(record, answer))
    }

    /// Agrees to the set of the open round without an answer: others are asked. Only who knows the sets of all
    /// rounds can answer for a window.
    ///
    /// # Errors
    /// As [`Agreement::follow`] and [`Agreement::fix`]; nothing has changed then.
    pub fn follow(&mut self, now: Round, frame: &[u8]) -> Result<Prepared<(), AnswererRecord>, Error> {
        let close = self.agreement.follow(now, frame)?;
        self.agree_silently(&close)
    }

    /// Agrees to the set of a past round that it has missed, given the round's Open and final Close. Rounds are
    /// caught up in ascending order and before the next Open: keys of earlier ratchet steps are gone.
    ///
    /// # Errors
    /// As [`Agreement::catch_up`]; [`Misuse::OutOfOrder`] for a round of an earlier step.
    pub fn catch_up(
        &mut self,
        now: Round,
        open: &[u8],
        close: &[u8],
    ) -> Result<Prepared<(), AnswererRecord>, Error> {
        let close = self.agreement.catch_up(now, open, close)?;
        self.agree_silently(&close)
    }

    fn agree_silently(&mut self, close: &Close<'_>) -> Result<Prepared<(), AnswererRecord>, Error> {
        let digest = self.digest_of(close)?;
        // What is agreed to and entered already is no new entry, however often a network repeats it.
        let entered = self.ledger.as_ref().is_none_or(|ledger| !ledger.books().lacks(close.round));
        let known = entered && self.agreement.settled(close.round);
        if let Some(record) = self.agreement.log().last_record().filter(|_| known) {
            return Ok(Prepared::new(*record, ()));
        }
        let (digest, pads) = self.pads_of(close, digest)?;
        Ok(Prepared::new(self.settle(close, digest, &pads, Form::Agreed, &[])?, ()))
    }

    /// Digest of a closed set that may be agreed to.
    fn digest_of(&self, close: &Close<'_>) -> Result<[u8; 32], Error> {
        let ids = close.set.positions().filter_map(|p| self.meter_ids.get(p as usize).copied());
        let digest = set::digest(&self.view.epoch().roster_root, close.set.count(), ids);
        self.agreement.check(self.post.kind, close.round, &digest)?;
        self.check_window(close.round)?;
        Ok(digest)
    }

    /// Digest and pads of a closed set: a row for each member, ascending.
    fn set_of(&mut self, close: &Close<'_>) -> Result<([u8; 32], Zeroizing<Vec<Field64>>), Error> {
        let digest = self.digest_of(close)?;
        self.pads_of(close, digest)
    }

    fn pads_of(
        &mut self,
        close: &Close<'_>,
        digest: [u8; 32],
    ) -> Result<([u8; 32], Zeroizing<Vec<Field64>>), Error> {
        self.advance_to(self.view.step(close.round)?)?;
        let keys: Vec<&PairKey> = close.set.positions().filter_map(|p| self.meters.get(p as usize)).collect();
        let channels = self.view.channels();
        // Single pads are wanted only where they are kept.
        let rows = if self.ledger.is_some() { keys.len() } else { 1 };
        let mut pads = Zeroizing::new(alloc::vec![Field64::ZERO; rows.saturating_mul(channels)]);
        if self.ledger.is_some() {
            pad::pads(&keys, close.round, Stream::Share, channels, &mut pads)?;
        } else {
            pad::sum(&keys, close.round, Stream::Share, &mut pads);
        }
        Ok((digest, pads))
    }

    fn sum_of(&self, pads: &[Field64]) -> Zeroizing<Vec<Field64>> {
        let mut sum = Zeroizing::new(alloc::vec![Field64::ZERO; self.view.channels()]);
        pads.chunks_exact(self.view.channels()).for_each(|row| add_assign(&mut sum, row));
        sum
    }

    /// Fixes the digest, enters what is told into the log and the pads into the window.
    fn settle(
        &mut self,
        close: &Close<'_>,
        digest: [u8; 32],
        pads: &[Field64],
        form: Form,
        told: &[u8],
    ) -> Result<AnswererRecord, Error> {
        let record = self.agreement.fix(close, digest, form, told)?;
        if let Some(ledger) = &mut self.ledger {
            ledger.enter(close.round, &digest, &Members::from(close.set), pads)?;
        }
        Ok(record)
    }

    fn bind(&self, query: &Query<'_>, sums: &mut [Field64]) -> Result<(), Error> {
        let fellow =
            |number: u8| self.fellows.get(usize::from(number).wrapping_sub(1)).and_then(Option::as_ref);
        bind(query, self.number(), sums, fellow)
    }

    /// An answer's frame; a raw one names no quorum.
    fn frame(&self, kind: Kind, query: &Query<'_>, values: &[Field64]) -> Result<Vec<u8>, Error> {
        let mask = if kind == Kind::Answer { Quorum::mask_len(self.view.answerers()) } else { 0 };
        let mut out = alloc::vec![0u8; Self::len(mask, values.len())];
        let header = self.view.header(kind, 0, self.post.id, query.round);
        let mut writer = Writer::frame(&mut out, &header)?;
        writer.u8(query.kind as u8)?;
        writer.bytes(query.digest)?;
        if kind == Kind::Answer {
            query.quorum.write(&mut writer, self.view.answerers())?;
        }
        writer.elements(values)?;
        writer.finish_tagged(&header, &query.key(&self.frame_key)?)?;
        Ok(out)
    }

    fn len(mask: usize, values: usize) -> usize {
        let fixed = Header::LEN.wrapping_add(1 + 32).wrapping_add(Tag::LEN);
        fixed.wrapping_add(mask).wrapping_add(values.wrapping_mul(Field64::LEN))
    }

    /// Bytes of a bound answer to a round: header, `kind u8 ‖ set digest ‖ quorum mask ‖ channels × 8`, tag.
    pub fn answer_len(view: &EpochView) -> usize {
        Self::len(Quorum::mask_len(view.answerers()), view.channels())
    }

    /// Moves the keys with meters to a ratchet step; earlier ones are gone.
    fn advance_to(&mut self, step: u32) -> Result<(), Error> {
        if step < self.step {
            return Err(Misuse::OutOfOrder.into());
        }
        for _ in self.step..step {
            self.meters.iter_mut().for_each(PairKey::ratchet);
        }
        self.step = step;
        Ok(())
    }
}

/// The keys of an answerer.
struct Keys {
    meters: Vec<PairKey>,
    fellows: Vec<Option<PairKey>>,
    frame_key: PairKey,
}

/// Weighted corrections of a quorum: what its members' pads lack to be shares. `sum_of(number)` is the sum
/// of the set's corrections for an answerer, if it has any, `width` elements.
///
/// # Errors
/// As [`Quorum::coefficient`].
pub fn weighted_corrections<'a>(
    quorum: &Quorum,
    width: usize,
    sum_of: impl Fn(u8) -> Option<&'a [Field64]>,
) -> Result<Vec<Field64>, Error> {
    let mut total = alloc::vec![Field64::ZERO; width];
    for number in quorum.iter() {
        if let Some(sum) = sum_of(number) {
            crate::field::add_scaled(&mut total, quorum.coefficient(number)?, sum);
        }
    }
    Ok(total)
}

impl core::fmt::Debug for Answerer {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Answerer")
            .field("id", &self.post.id)
            .field("number", &self.number())
            .finish_non_exhaustive()
    }
}
