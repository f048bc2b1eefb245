//! Prepared pairs: all of a contribution that needs no reading.

use meter_link::mark::MarkRecord;
use meter_link::{Error, Misuse, Round};
use pyo3::prelude::*;

use super::meter::{Inner, record};
use crate::argument::Argument;
use crate::array::with_room;
use crate::error::{Failure, Refusal};
use crate::mark::Spending;
use crate::owned::Owned;

/// A prepared pair of one round and channel: it serves once, and has no bytes.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Pair")]
pub(crate) struct Pair(pub(super) Owned<threshold_elgamal::Pair>);

impl Pair {
    pub(super) fn list(argument: Argument<'_, '_>) -> PyResult<Vec<Py<Self>>> {
        argument.list(|item| {
            let pair = item.value.cast::<Self>().map_err(|_| item.wrong_type("expected Pair objects"))?;
            Ok(pair.clone().unbind())
        })
    }

    /// Uses all of them up, or none where one is used up already.
    pub(super) fn take_all(pairs: &[Py<Self>]) -> Result<Vec<threshold_elgamal::Pair>, Failure> {
        let mut taken = with_room(pairs.len())?;
        for pair in pairs {
            pair.get().0.with(|_| Ok::<_, Failure>(()))?;
        }
        for pair in pairs {
            taken.push(pair.get().0.take()?);
        }
        Ok(taken)
    }
}

#[pymethods]
impl Pair {
    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Pair>"
    }
}

/// A contribution that is about to be made.
pub(super) struct Contribute<'a> {
    pub(super) meter: &'a Inner,
    pub(super) rounds: (Round, Round),
    pub(super) reading: &'a [i64],
    pub(super) pairs: Vec<threshold_elgamal::Pair>,
    pub(super) out: &'a mut [u8],
}

impl Spending for Contribute<'_> {
    type Spent = Result<MarkRecord, Refusal>;

    fn spend<const CHANNELS: usize>(self, mark: &mut meter_link::HighWater<CHANNELS>) -> Self::Spent {
        match self.pairs.len() {
            1 => self.with::<CHANNELS, 1>(mark),
            2 => self.with::<CHANNELS, 2>(mark),
            3 => self.with::<CHANNELS, 3>(mark),
            4 => self.with::<CHANNELS, 4>(mark),
            5 => self.with::<CHANNELS, 5>(mark),
            6 => self.with::<CHANNELS, 6>(mark),
            7 => self.with::<CHANNELS, 7>(mark),
            8 => self.with::<CHANNELS, 8>(mark),
            _ => Err(Error::from(Misuse::WrongChannels).into()),
        }
    }
}

impl Contribute<'_> {
    fn with<const CHANNELS: usize, const N: usize>(
        self,
        mark: &mut meter_link::HighWater<CHANNELS>,
    ) -> Result<MarkRecord, Refusal> {
        let Contribute { meter, rounds: (now, round), reading, pairs, out } = self;
        let pairs: [_; N] = pairs.try_into().map_err(|_| Error::from(Misuse::WrongChannels))?;
        record(meter.contribute_with(mark, now, round, reading, pairs, out)?.record())
    }
}
