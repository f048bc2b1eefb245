//! The aggregator: tells sums of its pads, over one closed set a round and one window's bills.

use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Answerer, AnswererRecord, Post as Answering};
use meter_link::key::Label;
use meter_link::log::Log;
use meter_link::roster::Roster;
use meter_link::window::Books;
use meter_link::{EpochView, Error, Identity, LinkSecret, PartyId, Prepared, Role, Round};
use zeroize::Zeroizing;

use crate::params::Params;

/// An aggregator of one epoch. It never receives a frame from a meter: its share of a reading is a pad it
/// can compute. t − 1 of them together learn nothing about a reading.
///
/// What it is asked is answered **bound** ([`Aggregator::answer`], [`Aggregator::bill`]): t answers to the same query
/// give the sum, and are of no use otherwise. Or **raw** ([`Aggregator::agree`], [`Aggregator::agree_bill`], then
/// [`Aggregator::answer_certified`]): once t aggregators have signed one digest, any number of them answers, and the
/// utility finds wrong answers among the right ones.
#[derive(Debug)]
pub struct Aggregator(Answerer);

/// Who an aggregator is, and its secrets of the epoch.
#[derive(Debug)]
pub struct Post {
    /// Its id.
    pub id: PartyId,
    /// Signs its statements and the head of its log.
    pub identity: Identity,
    /// Its link key; wiped once the keys with the others are made.
    pub link: LinkSecret,
}

fn answering(params: &Params, id: PartyId) -> Answering {
    Answering {
        id,
        role: Role::Aggregator,
        threshold: params.threshold().threshold(),
        label: Label::Shamir,
        kind: AnswerKind::ShamirRound,
    }
}

impl Aggregator {
    /// Makes the keys with utility, meters and fellow aggregators, and wipes the link secret.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`](crate::Misuse::UnknownParty) if the roster does not list the aggregator with its
    /// identity and link key; [`Fault`](crate::Fault) blaming a party for its key.
    pub fn new(params: &Params, view: &EpochView, post: Post, roster: &Roster) -> Result<Self, Error> {
        params.check(view)?;
        let Post { id, identity, link } = post;
        let answerer = Answerer::new(view, &answering(params, id), link, roster)?.signing(identity)?;
        Ok(Aggregator(match params.windows() {
            Some(windows) => answerer.billing(windows),
            None => answerer,
        }))
    }

    /// 1 … m.
    pub fn number(&self) -> u8 {
        self.0.number()
    }

    /// Takes the utility's Open.
    ///
    /// # Errors
    /// As [`Answerer::open`].
    pub fn open(&mut self, now: Round, frame: &[u8]) -> Result<(), Error> {
        self.0.open(now, frame)
    }

    /// The round before the open one, if its set was missed: catch it up before agreeing to another set, or this
    /// aggregator is out of the window's bills. See [`Answerer::missed`].
    pub fn missed(&self) -> Option<Round> {
        self.0.missed()
    }

    /// Meters that have come and gone too often to be in a set of this round.
    pub fn left_out(&self, round: Round) -> impl Iterator<Item = PartyId> {
        self.0.left_out(round)
    }

    /// Answers the Close of the open round, bound to its set and quorum. The record is to be stored before the
    /// answer can be had.
    ///
    /// # Errors
    /// As [`Answerer::answer`].
    pub fn answer(&mut self, now: Round, close: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.answer(now, close)
    }

    /// Agrees to the set of the open round, which others are asked for. **Only who knows the sets of all
    /// rounds can answer for their window.**
    ///
    /// # Errors
    /// As [`Answerer::follow`].
    pub fn follow(&mut self, now: Round, close: &[u8]) -> Result<Prepared<(), AnswererRecord>, Error> {
        self.0.follow(now, close)
    }

    /// Agrees to the set of a past round that it has missed, by that round's Open and Close, in ascending
    /// order and before the next Open.
    ///
    /// # Errors
    /// As [`Answerer::catch_up`].
    pub fn catch_up(
        &mut self,
        now: Round,
        open: &[u8],
        close: &[u8],
    ) -> Result<Prepared<(), AnswererRecord>, Error> {
        self.0.catch_up(now, open, close)
    }

    /// Signs the set of the open round: the statement is for all who are asked.
    ///
    /// # Errors
    /// As [`Answerer::agree`].
    pub fn agree(&mut self, now: Round, close: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.agree(now, close)
    }

    /// Answers for a window, bound to the query: for every billed meter its share of the sum over the rounds
    /// whose set contains the meter.
    ///
    /// # Errors
    /// As [`Answerer::bill`].
    pub fn bill(&mut self, now: Round, query: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.bill(now, query)
    }

    /// Signs a window's query, as [`Aggregator::agree`] does a round's set.
    ///
    /// # Errors
    /// As [`Answerer::agree_bill`].
    pub fn agree_bill(
        &mut self,
        now: Round,
        query: &[u8],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.agree_bill(now, query)
    }

    /// The raw answer to what it has signed last, which t aggregators have signed.
    ///
    /// # Errors
    /// As [`Answerer::answer_certified`].
    pub fn answer_certified(
        &mut self,
        statements: &[&[u8]],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.answer_certified(statements)
    }

    /// The sets of the windows that are kept.
    ///
    /// # Errors
    /// [`Misuse::NoWindows`](crate::Misuse::NoWindows).
    pub fn books(&self) -> Result<&Books, Error> {
        self.0.books()
    }

    /// The end of its log, whose entries are the records that it has stored.
    pub fn log(&self) -> &Log {
        self.0.log()
    }

    /// The end of its log, signed.
    ///
    /// # Errors
    /// As [`Answerer::log_head`].
    pub fn log_head(&self, round: Round) -> Result<Vec<u8>, Error> {
        self.0.log_head(round)
    }

    /// Its state, secret; see [`Answerer::to_bytes`]. Stored records are the guard of what was answered; this
    /// makes the rest outlive a restart.
    ///
    /// # Errors
    /// None in practice.
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.0.to_bytes()
    }

    /// Goes on from [`Aggregator::to_bytes`]. Then replay all records, and catch up the rounds that were missed.
    ///
    /// # Errors
    /// As [`Answerer::from_bytes`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        identity: Identity,
        roster: &Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        params.check(view)?;
        let answerer = Answerer::from_bytes(view, &answering(params, id), params.windows(), roster, state)?;
        Ok(Aggregator(answerer.signing(identity)?))
    }

    /// Takes a stored record into account after a restart.
    ///
    /// # Errors
    /// As [`Answerer::replay`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        self.0.replay(record)
    }
}
