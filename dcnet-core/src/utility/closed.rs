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
    pub(super) threshold: u8,
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

    pub(super) fn sum(&self) -> Result<Sum, Error> {
        let view = self.parties.view();
        let channels = view.channels();
        let mut mask = self.opening.sum()?;
        let corrections = weighted_corrections(self.opening.quorum(), channels, |number| {
            let row = usize::from(number.checked_sub(self.threshold)?.checked_sub(1)?);
            self.corrections.chunks_exact(channels).nth(row)
        })?;
        add_assign(&mut mask, &corrections);
        let values: Vec<i64> = self.masked.iter().zip(mask).map(|(y, b)| (*y - b).centred()).collect();
        let meters = count(&self.state.set);
        view.group().check_sums(&values, meters)?;
        Ok(Sum { round: self.state.round, values, meters })
    }
}
