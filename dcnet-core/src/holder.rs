//! The holder: tells its part of the meters' self-masks over one closed set a round.

use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Answerer, AnswererRecord, Post};
use meter_link::key::Label;
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, LinkSecret, PartyId, Prepared, Role, Round};

use crate::params::Params;

/// A holder of one epoch. It never receives a frame from a meter: its part of a self-mask is a pad it can
/// compute. It answers the final Close only, so that nobody can open a frame from outside the set.
#[derive(Debug)]
pub struct Holder(Answerer);

impl Holder {
    /// Makes the keys with utility, meters and fellow holders, and wipes the link secret.
    ///
    /// # Errors
    /// [`Misuse::UnknownParty`](crate::Misuse::UnknownParty) if the roster does not list `id` as holder;
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
            role: Role::Holder,
            threshold: params.threshold().threshold(),
            label: Label::DcnetHolder,
            kind: AnswerKind::DcnetRound,
        };
        Ok(Holder(Answerer::new(view, &post, link, roster)?))
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
