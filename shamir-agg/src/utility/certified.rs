//! A round whose set is fixed, and its certified raw answers.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Quorum, RawOpening, Stated};
use meter_link::decode::CheckedSum;
use meter_link::head::{Head, Parties, Sum};
use meter_link::{Error, Kind, Misuse, PartyId, Round};

use super::closed::close_frame;
use super::{Corrections, Ended, party};
use crate::params::Params;

/// A round whose set is fixed and that any number of aggregators, at least t, answers raw: first each states the
/// set, then, shown t statements, each answers.
#[derive(Debug)]
pub struct Certified {
    parties: Arc<Parties>,
    round: Round,
    meters: u32,
    corrections: Corrections,
    frame: Vec<u8>,
    opening: RawOpening,
}

impl Certified {
    pub(super) fn new(
        params: &Params,
        head: &mut Head,
        ended: &Ended,
        asked: &Quorum,
    ) -> Result<Self, Error> {
        let threshold = params.threshold().threshold();
        if asked.len() < threshold {
            return Err(Misuse::BadQuorum.into());
        }
        let Ended { round, digest, meters, .. } = *ended;
        let frame = close_frame(head, round, ended.open, &ended.set, &ended.present, asked)?;
        let corrections = ended.corrections(params);
        let stated = Stated { kind: Kind::SetStatement, round, digest };
        let opening =
            RawOpening::new(AnswerKind::ShamirRound, stated, *asked, threshold, corrections.width());
        Ok(Certified { parties: Arc::clone(head.parties()), round, meters, corrections, frame, opening })
    }

    /// The signed Close, for all aggregators.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes an aggregator's statement.
    ///
    /// # Errors
    /// As [`RawOpening::accept_statement`].
    pub fn accept_statement(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.opening.accept_statement(&self.parties, frame)
    }

    /// The statements that have come, for all who are asked.
    ///
    /// # Errors
    /// [`Error::Quorum`] while they are fewer than t.
    pub fn certificate(&self) -> Result<Vec<&[u8]>, Error> {
        self.opening.certificate()
    }

    /// Takes an aggregator's raw answer.
    ///
    /// # Errors
    /// As [`RawOpening::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.opening.accept(&self.parties, frame)
    }

    /// Aggregators that have not answered, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    pub(super) fn sum(&self) -> Result<CheckedSum, Error> {
        let (values, wrong, check) = self.corrections.decode(&self.opening)?;
        self.parties.view().group().check_sums(&values, self.meters)?;
        let wrong = wrong.iter().filter_map(|number| party(&self.parties, number)).collect();
        Ok(CheckedSum { sum: Sum { round: self.round, values, meters: self.meters }, check, wrong })
    }
}
