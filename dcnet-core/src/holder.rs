//! The holder: tells its part of the meters' self-masks over one closed set a round.

use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Answerer, AnswererRecord, Post};
use meter_link::key::Label;
use meter_link::log::Log;
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, Identity, LinkSecret, Misuse, PartyId, Prepared, Round};
use zeroize::Zeroizing;

use crate::params::Params;

/// A holder of one epoch. It never receives a frame from a meter: its part of a self-mask is a pad it can
/// compute. It answers the final Close only, so that nobody can open a frame from outside the set.
#[derive(Debug)]
pub struct Holder(Answerer);

impl Holder {
    /// Makes the keys with utility, meters and fellow holders, and wipes the link secret. Where holders are drawn,
    /// the roster is a [seated](Roster::seated) one and the link secret the meter's own.
    ///
    /// # Errors
    /// [`Misuse::WrongRole`] for parameters without holders; [`Misuse::BadParameter`] for another committee than the
    /// context draws;
    /// [`Misuse::UnknownParty`] if the roster does not list `id` as holder;
    /// [`Fault`](crate::Fault) blaming a party for its key.
    pub fn new(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        link: LinkSecret,
        roster: &Roster,
    ) -> Result<Self, Error> {
        params.check(view)?;
        params.check_seats(view, roster)?;
        Ok(Holder(Answerer::new(view, &post(params, id)?, link, roster)?))
    }

    /// Gives it the identity of the roster, that it signs statements and the end of its log with.
    ///
    /// # Errors
    /// As [`Answerer::signing`].
    pub fn signing(self, identity: Identity) -> Result<Self, Error> {
        Ok(Holder(self.0.signing(identity)?))
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

    /// Signs the set of the open round: the statement is for all who are asked. **The one set that it stands for in
    /// the round**, as an answer is.
    ///
    /// # Errors
    /// As [`Answerer::agree`].
    pub fn agree(&mut self, now: Round, close: &[u8]) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.agree(now, close)
    }

    /// The raw answer to what it has signed last, which t holders have signed.
    ///
    /// # Errors
    /// As [`Answerer::answer_certified`].
    pub fn answer_certified(
        &mut self,
        statements: &[&[u8]],
    ) -> Result<Prepared<Vec<u8>, AnswererRecord>, Error> {
        self.0.answer_certified(statements)
    }

    /// Takes the Close of the open round into account when others are asked: they count how often a meter comes
    /// and goes, and so should this holder.
    ///
    /// # Errors
    /// As [`Answerer::follow`].
    pub fn follow(&mut self, now: Round, close: &[u8]) -> Result<Prepared<(), AnswererRecord>, Error> {
        self.0.follow(now, close)
    }

    /// The same for a past round that it has missed, given the round's Open and final Close. Rounds are caught
    /// up in ascending order and before the next Open.
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

    /// Takes a stored record into account after a restart.
    ///
    /// # Errors
    /// As [`Answerer::replay`].
    pub fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        self.0.replay(record)
    }

    /// The end of its log.
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

    /// Keys, digests and counts, all at once: secret. As [`Answerer::to_bytes`].
    ///
    /// # Errors
    /// As [`Answerer::to_bytes`].
    pub fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.0.to_bytes()
    }

    /// Goes on from [`Holder::to_bytes`], without the link secret. Then [`Holder::replay`] the records stored
    /// since; the identity is given anew, by [`Holder::signing`].
    ///
    /// # Errors
    /// As [`Answerer::from_bytes`].
    pub fn from_bytes(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        roster: &Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        params.check(view)?;
        params.check_seats(view, roster)?;
        Ok(Holder(Answerer::from_bytes(view, &post(params, id)?, None, roster, state)?))
    }
}

fn post(params: &Params, id: PartyId) -> Result<Post, Error> {
    Ok(Post {
        id,
        role: params.holder_role(),
        threshold: params.threshold().ok_or(Misuse::WrongRole)?.threshold(),
        label: Label::DcnetHolder,
        kind: AnswerKind::DcnetRound,
    })
}
