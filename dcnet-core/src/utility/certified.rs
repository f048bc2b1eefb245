//! A round whose set is final, and certified raw answers to it.

use alloc::vec::Vec;

use meter_link::answer::{AnswerKind, Quorum, RawOpening, Stated};
use meter_link::decode::{CheckedSum, Decoder};
use meter_link::field::add_assign;
use meter_link::{Error, Field64, Kind, PartyId};

use super::Closed;

/// A closed round that any number of holders, at least t, answer raw: first each states the set, then, shown t
/// statements, each answers. Wrong answers are found and named where there are enough: n answers, n − t ≥ 2 for each.
#[derive(Debug)]
pub struct Certified<'c> {
    closed: &'c Closed,
    threshold: u8,
    frame: Vec<u8>,
    opening: RawOpening,
}

impl<'c> Certified<'c> {
    pub(super) fn new(closed: &'c Closed, frame: Vec<u8>, asked: &Quorum, threshold: u8) -> Self {
        let stated = Stated { kind: Kind::SetStatement, round: closed.state.round, digest: closed.digest };
        let width = closed.parties.view().channels();
        let opening = RawOpening::new(AnswerKind::DcnetRound, stated, *asked, threshold, width);
        Certified { closed, threshold, frame, opening }
    }

    /// The signed Close, for the holders asked.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes a holder's statement.
    ///
    /// # Errors
    /// As [`RawOpening::accept_statement`].
    pub fn accept_statement(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.opening.accept_statement(&self.closed.parties, frame)
    }

    /// The statements that have come, for all who are asked.
    ///
    /// # Errors
    /// [`Error::Quorum`] while they are fewer than t.
    pub fn certificate(&self) -> Result<Vec<&[u8]>, Error> {
        self.opening.certificate()
    }

    /// Takes a holder's raw answer.
    ///
    /// # Errors
    /// As [`RawOpening::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.opening.accept(&self.closed.parties, frame)
    }

    /// Holders that have not answered, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    pub(super) fn sum(&self) -> Result<CheckedSum, Error> {
        let decoder = Decoder::new(&self.opening.answered(), self.threshold)?;
        let shares: Vec<Vec<Field64>> = self
            .opening
            .answers()
            .map(|(number, answer)| {
                let mut share = answer.to_vec();
                add_assign(&mut share, self.closed.corrections_of(number).unwrap_or_default());
                share
            })
            .collect();
        let shares: Vec<&[Field64]> = shares.iter().map(Vec::as_slice).collect();
        let mut mask = alloc::vec![Field64::ZERO; self.closed.parties.view().channels()];
        let wrong = decoder.decode(&shares, &mut mask)?;
        let sum = self.closed.without(&mask)?;
        let holders = self.closed.parties.roster().answerers();
        let wrong =
            wrong.iter().filter_map(|number| Some(holders.get(usize::from(number).checked_sub(1)?)?.id));
        Ok(CheckedSum { sum, check: decoder.check(), wrong: wrong.collect() })
    }
}
