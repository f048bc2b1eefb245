//! A group of meters and its rounds, up to the contributions.

use alloc::vec::Vec;
use core::fmt;

use meter_link::{Error, Field64, Misuse, Round};

use super::pairs::Pairs;
use super::selves::{Selves, Shares};
use super::{Fate, Keys, Plan};
use crate::params::least_left;

/// A group with all its pair keys.
pub struct Cell {
    pub(super) plan: Plan,
    pub(super) pairs: Pairs,
    pub(super) selves: Selves,
}

/// A round that is open.
#[derive(Debug)]
pub struct Opened<'a> {
    pub(super) cell: &'a Cell,
    pub(super) round: Round,
    pub(super) fates: &'a [Fate],
    pub(super) present: Vec<bool>,
    /// Neighbours that the Open names present, by position.
    pub(super) around: Vec<u32>,
    masked: Vec<Field64>,
}

/// A round in which the pads between meters are made.
#[derive(Debug)]
pub struct Masked<'a>(Opened<'a>);

/// A round whose contributions are made, those of absent and silent meters too: they count nowhere.
pub struct Contributed<'a> {
    pub(super) opened: Opened<'a>,
    pub(super) readings: &'a [i64],
    pub(super) shares: Shares,
}

impl Cell {
    /// A group on the graph of a seed ([`graph::seed`](crate::graph::seed)).
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] for fewer than two meters or an odd degree.
    pub fn new(plan: &Plan, seed: &[u8; 32], keys: &mut impl Keys) -> Result<Self, Error> {
        let pairs = Pairs::new(plan, seed, keys)?;
        Ok(Cell { plan: *plan, pairs, selves: Selves::new(plan, keys) })
    }

    /// Pairs of neighbours.
    pub fn edges(&self) -> u64 {
        self.pairs.count()
    }

    /// Neighbours that a meter wants to be left.
    pub(super) fn least_left(&self, position: usize) -> u32 {
        let Plan { degree, min_neighbours, meters, .. } = self.plan;
        least_left(degree, min_neighbours, meters, self.pairs.degree(position))
    }

    /// Opens a round with a fate for each meter.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless there is one a meter.
    ///
    /// # Security
    /// The same round again has the same pads. A simulation gives nothing away, but its sums of two such rounds say
    /// less than they seem to.
    pub fn open<'a>(&'a self, round: Round, fates: &'a [Fate]) -> Result<Opened<'a>, Error> {
        if fates.len() != self.plan.meters as usize {
            return Err(Misuse::WrongLength.into());
        }
        let present: Vec<bool> = fates.iter().map(|fate| *fate != Fate::Absent).collect();
        let around = self.pairs.left(&present);
        let masked = alloc::vec![Field64::ZERO; fates.len()];
        Ok(Opened { cell: self, round, fates, present, around, masked })
    }
}

impl<'a> Opened<'a> {
    /// Makes the pads of all pairs that are present, each once.
    ///
    /// # Errors
    /// None in practice.
    pub fn mask(mut self) -> Result<Masked<'a>, Error> {
        self.cell.pairs.mask(self.round, &self.present, &mut self.masked)?;
        Ok(Masked(self))
    }

    /// Whether a meter sends its contribution: it refuses an Open that leaves it too few neighbours.
    pub(super) fn sends(&self, position: usize) -> bool {
        let least = self.cell.least_left(position);
        self.present.get(position) == Some(&true)
            && self.fates.get(position) != Some(&Fate::SilentFromOpen)
            && self.around.get(position).is_some_and(|around| *around >= least)
    }
}

impl<'a> Masked<'a> {
    /// Makes self-masks and corrections, and adds the readings.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`] unless there is a reading for each meter.
    pub fn contribute(self, readings: &'a [i64]) -> Result<Contributed<'a>, Error> {
        let Masked(mut opened) = self;
        if readings.len() != opened.masked.len() {
            return Err(Misuse::WrongLength.into());
        }
        let shares = opened.cell.selves.mask(opened.round, &mut opened.masked)?;
        for (masked, reading) in opened.masked.iter_mut().zip(readings) {
            *masked += Field64::from_i64(*reading);
        }
        Ok(Contributed { opened, readings, shares })
    }
}

impl Contributed<'_> {
    /// `y = reading + b + Σ_{j>i} pad_ij − Σ_{j<i} pad_ij`, by position.
    pub fn masked(&self) -> &[Field64] {
        &self.opened.masked
    }

    /// The corrections for holders t + 1 … c, each by position.
    pub fn corrections(&self) -> &[Vec<Field64>] {
        &self.shares.corrections
    }
}

impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cell").field("plan", &self.plan).finish_non_exhaustive()
    }
}

impl fmt::Debug for Contributed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contributed").field("round", &self.opened.round).finish_non_exhaustive()
    }
}
