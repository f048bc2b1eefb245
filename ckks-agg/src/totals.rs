//! What the utility learns of a round.

use alloc::vec::Vec;

use meter_link::Round;

use crate::decrypt::Decrypted;
use crate::encode::Encoder;
use crate::error::Error;
use crate::joint::rounded;
use crate::params::{Params, Values};
use crate::statistics::{Moments, RealMoments};

/// The sums of a round, in the unit of the readings.
#[derive(Clone, Debug, PartialEq)]
pub struct Totals {
    /// The round.
    pub round: Round,
    /// Meters in the sums.
    pub meters: u32,
    /// One sum a channel.
    pub sums: Sums,
    /// One sum of squares a channel, where meters send them.
    pub squares: Option<Sums>,
}

/// Sums, exact or not.
#[derive(Clone, Debug, PartialEq)]
pub enum Sums {
    /// As they are.
    Exact(Vec<i64>),
    /// Each within `error`.
    Approximate {
        /// The sums.
        values: Vec<f64>,
        /// How wrong each can be.
        error: f64,
    },
}

impl Sums {
    /// A channel's, as a double.
    #[allow(clippy::cast_precision_loss)] // to the nearest
    pub fn get(&self, channel: usize) -> Option<f64> {
        match self {
            Sums::Exact(values) => values.get(channel).map(|value| *value as f64),
            Sums::Approximate { values, .. } => values.get(channel).copied(),
        }
    }

    /// How wrong each can be.
    pub fn error(&self) -> f64 {
        match self {
            Sums::Exact(_) => 0.0,
            Sums::Approximate { error, .. } => *error,
        }
    }
}

impl Totals {
    /// The mean reading of a channel.
    pub fn mean(&self, channel: usize) -> Option<f64> {
        Some(self.sums.get(channel)? / f64::from(self.meters))
    }

    /// The variance of a channel over the meters of the round (divided by their number), where there are squares.
    pub fn variance(&self, channel: usize) -> Option<f64> {
        match (&self.sums, self.squares.as_ref()?) {
            (Sums::Exact(sums), Sums::Exact(squares)) => {
                let (sum, square) = (*sums.get(channel)?, *squares.get(channel)?);
                Some(Moments::new(self.meters.into(), sum.into(), square.into()).ok()?.population_variance())
            }
            (sums, squares) => {
                let (sum, square) = (sums.get(channel)?, squares.get(channel)?);
                Some(RealMoments::new(self.meters, sum, square).ok()?.population_variance())
            }
        }
    }

    /// Its root.
    pub fn deviation(&self, channel: usize) -> Option<f64> {
        self.variance(channel).map(|variance| libm::sqrt(variance.max(0.0)))
    }

    /// From what a sum of `meters` ciphertexts decrypts to.
    ///
    /// # Errors
    /// [`Error::Inconsistent`] for a sum beyond what so many readings can be.
    pub(crate) fn of(
        params: &Params,
        encoder: &Encoder,
        round: Round,
        meters: u32,
        decrypted: &Decrypted,
    ) -> Result<Self, Error> {
        match params.values() {
            Values::Integers => {
                let mut values = rounded(decrypted, params.scale_bits())?;
                values.truncate(params.count());
                Self::exact(params, round, meters, values)
            }
            Values::Reals => {
                let mut values = encoder.decode(decrypted)?;
                values.truncate(params.count());
                Self::approximate(params, round, meters, values, decrypted.error)
            }
        }
    }

    /// # Errors
    /// [`Error::Inconsistent`].
    pub(crate) fn exact(
        params: &Params,
        round: Round,
        meters: u32,
        mut values: Vec<i64>,
    ) -> Result<Self, Error> {
        let channels = usize::from(params.group().channels);
        if values.len() != params.count() {
            return Err(Error::Inconsistent);
        }
        let squares = values.split_off(channels.min(values.len()));
        params.group().check_sums(&values, meters)?;
        let most = u128::from(params.group().max_reading).pow(2).saturating_mul(meters.into());
        if squares.iter().any(|square| *square < 0 || u128::from(square.unsigned_abs()) > most) {
            return Err(Error::Inconsistent);
        }
        let squares = params.squares().then_some(Sums::Exact(squares));
        Ok(Totals { round, meters, sums: Sums::Exact(values), squares })
    }

    /// Of values over `max_reading`.
    ///
    /// # Errors
    /// [`Error::Inconsistent`].
    #[allow(clippy::cast_precision_loss)] // to the nearest
    pub(crate) fn approximate(
        params: &Params,
        round: Round,
        meters: u32,
        mut values: Vec<f64>,
        error: f64,
    ) -> Result<Self, Error> {
        let channels = usize::from(params.group().channels);
        let most = f64::from(meters) + error;
        if values.len() != params.count() || !values.iter().all(|value| value.abs() <= most) {
            return Err(Error::Inconsistent);
        }
        let unit = params.group().max_reading as f64;
        let squares = values.split_off(channels.min(values.len()));
        let scaled = |values: Vec<f64>, unit: f64| {
            let values = values.into_iter().map(|value| value * unit).collect();
            Sums::Approximate { values, error: error * unit }
        };
        let squares = params.squares().then(|| scaled(squares, unit * unit));
        Ok(Totals { round, meters, sums: scaled(values, unit), squares })
    }
}
