//! From answers and corrections to values: the same for a round's sum and for the bills of a window.

use alloc::vec::Vec;

use meter_link::answer::{Opening, Quorum, RawOpening, weighted_corrections};
use meter_link::decode::{Check, Decoder};
use meter_link::field::add_assign;
use meter_link::{Error, Field64};

use crate::params::Params;

/// Sums of corrections: rows of (m − t + 1) × channels, one for a round, one a meter for a window.
#[derive(Debug)]
pub(super) struct Corrections {
    threshold: u8,
    channels: usize,
    words: usize,
    rows: Vec<Field64>,
}

impl Corrections {
    pub(super) fn new(params: &Params, rows: Vec<Field64>) -> Self {
        let threshold = params.threshold().threshold();
        Corrections { threshold, channels: params.group().channels.into(), words: params.words(), rows }
    }

    /// Elements of an answer.
    pub(super) fn width(&self) -> usize {
        self.rows.chunks_exact(self.words.max(1)).len().saturating_mul(self.channels)
    }

    /// What an aggregator's answer lacks to be a share; nothing for those below t.
    fn of(&self, number: u8) -> Option<Vec<Field64>> {
        let from = usize::from(number.checked_sub(self.threshold)?).saturating_mul(self.channels);
        let rows = self.rows.chunks_exact(self.words.max(1));
        let own = rows.filter_map(|row| row.get(from..)?.get(..self.channels));
        Some(own.flatten().copied().collect())
    }

    /// The values behind bound answers.
    pub(super) fn open(&self, opening: &Opening) -> Result<Vec<i64>, Error> {
        let mut total = opening.sum()?;
        let quorum = opening.quorum();
        let rows: Vec<(u8, Vec<Field64>)> =
            quorum.iter().filter_map(|number| Some((number, self.of(number)?))).collect();
        let corrections = weighted_corrections(quorum, total.len(), |number| {
            rows.iter().find(|(n, _)| *n == number).map(|(_, row)| row.as_slice())
        })?;
        add_assign(&mut total, &corrections);
        Ok(total.into_iter().map(Field64::centred).collect())
    }

    /// The values behind raw answers, which stand and fall together, who was wrong, and what so many answers
    /// allow.
    pub(super) fn decode(&self, opening: &RawOpening) -> Result<(Vec<i64>, Quorum, Check), Error> {
        let (decoder, shares) = self.shares(opening)?;
        let shares: Vec<&[Field64]> = shares.iter().map(Vec::as_slice).collect();
        let mut values = alloc::vec![Field64::ZERO; self.width()];
        let wrong = decoder.decode(&shares, &mut values)?;
        Ok((values.into_iter().map(Field64::centred).collect(), wrong, decoder.check()))
    }

    /// The same where each column stands for itself.
    pub(super) fn decode_each(&self, opening: &RawOpening) -> Result<Opened, Error> {
        let (decoder, shares) = self.shares(opening)?;
        let shares: Vec<&[Field64]> = shares.iter().map(Vec::as_slice).collect();
        let mut values = alloc::vec![Field64::ZERO; self.width()];
        let mut doubts = Vec::new();
        decoder.decode_each(&shares, &mut values, |column, doubt| doubts.push((column, doubt)))?;
        let values = values.into_iter().map(Field64::centred).collect();
        Ok(Opened { values, doubts, check: decoder.check() })
    }

    /// The aggregators' shares: their answers and what these lack.
    fn shares(&self, opening: &RawOpening) -> Result<(Decoder, Vec<Vec<Field64>>), Error> {
        let decoder = Decoder::new(&opening.answered(), self.threshold)?;
        let shares: Vec<Vec<Field64>> = opening
            .answers()
            .map(|(number, answer)| {
                let mut share = answer.to_vec();
                add_assign(&mut share, self.of(number).as_deref().unwrap_or_default());
                share
            })
            .collect();
        Ok((decoder, shares))
    }
}

/// Values of many columns, and where answers did not fit.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) values: Vec<i64>,
    /// Ascending by column: whose answers, or that nobody can tell.
    pub(super) doubts: Vec<(usize, Result<Quorum, Error>)>,
    pub(super) check: Check,
}
