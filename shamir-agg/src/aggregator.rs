//! The aggregator: tells the sum of its pads over one closed set a round.

use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Answerer, AnswererRecord, Post};
use meter_link::key::Label;
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, LinkSecret, PartyId, Prepared, Role, Round};

use crate::params::Params;

/// An aggregator of one epoch. It never receives a frame from a meter: its share of a reading is a pad it
/// can compute. t − 1 of them together learn nothing about a reading.
#[derive(Debug)]
pub struct Aggregator(Answerer);

impl Aggregator {
    /// Makes the keys with utility, meters and fellow aggregators, and wipes the link secret.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`](crate::Misuse::UnknownParty) if the roster does not list `id` as aggregator;
    /// [`Fault`](crate::Fault) blaming a party for its key.
    pub fn new(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        link: LinkSecret,
        roster: &Roster,
    ) -> Result<Self, Error> {
        params.check(view)?;
        let post = Post {
            id,
            role: Role::Aggregator,
            threshold: params.threshold().threshold(),
            label: Label::Shamir,
            kind: AnswerKind::ShamirRound,
        };
        Ok(Aggregator(Answerer::new(view, &post, link, roster)?))
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

    /// Answers the Close of the open round. The record is to be stored before the answer can be had.
    ///
    /// # Errors
    /// As [`Answerer::answer`].
    pub fn answer(&mut self, now: Round, close: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.answer(now, close)
    }

    /// Takes a stored record into account after a restart.
    ///
    /// # Errors
    /// As [`Answerer::replay`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        self.0.replay(record)
    }
}
