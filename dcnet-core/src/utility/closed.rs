//! A round whose set is final, and its sum.

use alloc::sync::Arc;
use alloc::vec::Vec;

use meter_link::answer::{Opening, weighted_corrections};
use meter_link::field::add_assign;
use meter_link::head::{Parties, Sum, count};
use meter_link::{Error, Field64};

use super::Pass;

/// A round whose set is final.
#[derive(Debug)]
pub struct Closed {
    pub(super) parties: Arc<Parties>,
    /// t; 0 without holders.
    pub(super) opens: u8,
    pub(super) state: Pass,
    pub(super) digest: [u8; 32],
    /// Σ y − Σ repairs, per channel.
    pub(super) masked: Vec<Field64>,
    pub(super) corrections: Vec<Field64>,
    pub(super) frame: Vec<u8>,
    pub(super) opening: Opening,
}

impl Closed {
    /// The signed final Close: for all parties, and after [`Utility::ask`](super::Utility::ask) for the new quorum.
    pub fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Takes a holder's answer.
    ///
    /// # Errors
    /// As [`Opening::accept`].
    pub fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.opening.accept(self.parties.view(), self.parties.answerers(), frame)
    }

    /// Holders of the quorum that have not answered, by number.
    pub fn missing(&self) -> impl Iterator<Item = u8> {
        self.opening.missing()
    }

    /// Sum of the set's corrections for a holder, if it has any.
    pub(super) fn corrections_of(&self, number: u8) -> Option<&[Field64]> {
        let row = usize::from(number.checked_sub(self.opens)?.checked_sub(1)?);
        self.corrections.chunks_exact(self.parties.view().channels()).nth(row)
    }

    pub(super) fn sum(&self) -> Result<Sum, Error> {
        let mut mask = self.opening.sum()?;
        let (quorum, channels) = (self.opening.quorum(), mask.len());
        let corrections = weighted_corrections(quorum, channels, |number| self.corrections_of(number))?;
        add_assign(&mut mask, &corrections);
        self.without(&mask)
    }

    /// The sum, once the self-masks' is known.
    pub(super) fn without(&self, mask: &[Field64]) -> Result<Sum, Error> {
        let values: Vec<i64> = self.masked.iter().zip(mask).map(|(y, b)| (*y - *b).centred()).collect();
        let meters = count(&self.state.set);
        self.parties.view().group().check_sums(&values, meters)?;
        Ok(Sum { round: self.state.round, values, meters })
    }
}
