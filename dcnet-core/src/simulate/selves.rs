//! Self-masks: pads between meters and holders, each once.

use alloc::vec::Vec;

use meter_link::answer::{Quorum, Threshold};
use meter_link::field::{add_scaled, lagrange};
use meter_link::{Error, Field64, PairKey, Round, Stream, pad};

use super::{Keys, Plan};

/// The pairs of meters and holders.
pub(super) struct Selves {
    threshold: Threshold,
    /// For each holder, by position.
    keys: Vec<Vec<PairKey>>,
}

/// A round's pads, by holder and position, and the corrections for the holders t + 1 … c.
pub(super) struct Shares {
    pads: Vec<Vec<Field64>>,
    pub(super) corrections: Vec<Vec<Field64>>,
}

impl Selves {
    pub(super) fn new(plan: &Plan, keys: &mut impl Keys) -> Self {
        let holders = 1..=plan.threshold.answerers();
        let keys = holders.map(|number| (0..plan.meters).map(|meter| keys.holder(number, meter)).collect());
        Selves { threshold: plan.threshold, keys: keys.collect() }
    }

    /// Adds b = f(0) of each meter to its element, f fixed by the pads of holders 1 … t at x = 1 … t.
    pub(super) fn mask(&self, round: Round, masks: &mut [Field64]) -> Result<Shares, Error> {
        let mut pads = Vec::with_capacity(self.keys.len());
        for keys in &self.keys {
            let mut row = alloc::vec![Field64::ZERO; keys.len()];
            pad::pads(keys, round, Stream::Share, 1, &mut row)?;
            pads.push(row);
        }
        let points: Vec<u8> = (1..=self.threshold.threshold()).collect();
        self.extend(&points, 0, &pads, masks)?;
        let mut corrections = Vec::new();
        for (number, pad) in (1u8..).zip(&pads).skip(points.len()) {
            let mut row: Vec<Field64> = pad.iter().map(|pad| Field64::ZERO - *pad).collect();
            self.extend(&points, number, &pads, &mut row)?;
            corrections.push(row);
        }
        Ok(Shares { pads, corrections })
    }

    /// Adds f(at) of each meter.
    fn extend(&self, points: &[u8], at: u8, pads: &[Vec<Field64>], out: &mut [Field64]) -> Result<(), Error> {
        for (place, pads) in pads.iter().take(points.len()).enumerate() {
            add_scaled(out, lagrange::coefficient(points, place, at)?, pads);
        }
        Ok(())
    }

    /// B = Σ b over a set: the answers of a quorum, each the weighted sum of a holder's pads over the set, and the
    /// weighted corrections.
    pub(super) fn open(&self, shares: &Shares, quorum: &Quorum, set: &[bool]) -> Result<Field64, Error> {
        let over_set = |row: &[Field64]| -> Field64 {
            row.iter().zip(set).filter(|(_, member)| **member).map(|(value, _)| *value).sum()
        };
        let mut sum = Field64::ZERO;
        for number in quorum.iter() {
            let place = usize::from(number).wrapping_sub(1);
            let answer = shares.pads.get(place).map(|pads| over_set(pads)).ok_or(Error::Inconsistent)?;
            let row = place.checked_sub(self.threshold.threshold().into());
            let correction = row.and_then(|row| shares.corrections.get(row)).map(|row| over_set(row));
            sum += quorum.coefficient(number)? * (answer + correction.unwrap_or_default());
        }
        Ok(sum)
    }

    /// t holders, others from round to round.
    pub(super) fn quorum(&self, round: Round) -> Quorum {
        let (c, t) = (self.threshold.answerers(), self.threshold.threshold());
        let number = |k: u8| {
            let turned = round.get().wrapping_add(k.into()).checked_rem(c.into()).unwrap_or_default();
            u8::try_from(turned).unwrap_or_default().wrapping_add(1)
        };
        (0..t).map(number).fold(Quorum::default(), Quorum::with)
    }
}
