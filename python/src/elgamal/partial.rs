//! Sums of checked contributions, which any engine may add in any order, over meters and over time.

use std::collections::BTreeMap;
use std::sync::Arc;

use meter_link::Fault;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::{Ciphertext, Contribution};

use super::points::CIPHERTEXT;
use super::rounds::{Refused, exceptions, verified};

use super::{GroupKey, Params};
use crate::argument::{argument, int_or};
use crate::array::{into_array, with_room};
use crate::error::Failure;
use crate::link::EpochView;
use crate::threads::Threads;

/// Checks contributions of one epoch under one group key. It holds no secret and does not change: threads
/// may share it.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Verifier")]
pub(crate) struct Verifier(Arc<threshold_elgamal::Verifier>);

#[pymethods]
impl Verifier {
    #[new]
    fn new(py: Python<'_>, params: &Params, view: &EpochView, key: &GroupKey) -> PyResult<Self> {
        let make = || threshold_elgamal::Verifier::new(&params.inner, &view.view, &view.roster, &key.key);
        Ok(Verifier(Arc::new(py.detach(make).map_err(Failure::from)?)))
    }

    /// Checks one frame of a round, and gives its meter's id.
    fn verify(&self, py: Python<'_>, round: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let (round, frame) = (argument("round", round).round()?, argument("frame", frame).bytes()?);
        let contribution = py.detach(|| self.0.verify(round, &frame));
        Ok(contribution.map_err(Failure::from)?.meter().0)
    }

    /// The sum over the frames of a round, a row each, that hold; and the rows that were refused, and why.
    /// The same frame again changes nothing; a second and different one of a meter is a `FaultError`.
    #[pyo3(signature = (round, frames, *, threads = None),
           text_signature = "($self, round, frames, *, threads=1)")]
    fn partial(
        &self,
        py: Python<'_>,
        round: &Bound<'_, PyAny>,
        frames: &Bound<'_, PyAny>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(PartialSum, Refused)> {
        let (round, threads) = (argument("round", round).round()?, Threads::of(threads)?);
        let frames = argument("frames", frames);
        let (sum, refused) = verified(py, &self.0, round, frames, threads, |outcomes| {
            let (mut good, mut refused) = (with_room::<Contribution>(outcomes.len())?, Vec::new());
            let mut places = BTreeMap::new();
            for (row, outcome) in outcomes.into_iter().enumerate() {
                match outcome {
                    Ok(one) => match places.get(&one.meter()).map(|place| good.get(*place)) {
                        None => {
                            places.insert(one.meter(), good.len());
                            good.push(one);
                        }
                        Some(first) => {
                            if first.map(Contribution::frame) != Some(one.frame()) {
                                refused.push((row, Fault::Contradiction.of(one.meter()).into()));
                            }
                        }
                    },
                    Err(error) => refused.push((row, error)),
                }
            }
            Ok((threshold_elgamal::PartialSum::of(&self.0, round, &good)?, refused))
        })?;
        Ok((PartialSum(sum), exceptions(py, refused)?))
    }

    /// The sum of one meter's frames, a row for each of the `rounds`.
    fn meter_sum(
        &self,
        py: Python<'_>,
        meter: &Bound<'_, PyAny>,
        rounds: &Bound<'_, PyAny>,
        frames: &Bound<'_, PyAny>,
    ) -> PyResult<MeterSum> {
        let (meter, given) = (argument("meter", meter).party()?, argument("rounds", rounds));
        let (rounds, frames) =
            (given.list(|item| item.round())?, argument("frames", frames).rows_of_bytes()?);
        if rounds.len() != frames.count() {
            return Err(given.refuse("expected one for each row of the frames"));
        }
        let sum = py.detach(|| {
            let mut contributions = with_room(rounds.len())?;
            for (row, (round, frame)) in rounds.into_iter().zip(frames.iter()).enumerate() {
                let checked = self.0.verify(round, frame);
                contributions
                    .push(checked.map_err(|error| Failure::from(error).at(format_args!("row {row}")))?);
            }
            Ok::<_, Failure>(threshold_elgamal::MeterSum::of(&self.0, meter, &contributions)?)
        })?;
        Ok(MeterSum(sum))
    }
}

/// The sum of checked contributions of one round, and whose they are; a meter counts once. It serves speed,
/// not trust: no trustee takes one.
#[pyclass(frozen, eq, module = "wattsum.elgamal", name = "PartialSum")]
#[derive(PartialEq)]
pub(crate) struct PartialSum(pub(super) threshold_elgamal::PartialSum);

impl PartialSum {
    /// No roster that fits into memory is longer.
    const MOST_METERS: u32 = 1 << 26;
}

#[pymethods]
impl PartialSum {
    #[getter]
    fn round(&self) -> u64 {
        self.0.round().get()
    }

    /// A bool a position of the roster: whose contributions are in.
    #[getter]
    fn members<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        PyArray1::from_vec(py, py.detach(|| self.0.members().to_marks()))
    }

    /// How many meters are in.
    #[getter]
    fn count(&self) -> u32 {
        self.0.count()
    }

    /// The sum of each channel: uint8, a row of 64 bytes each.
    #[getter]
    fn channels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        channels(py, self.0.channels())
    }

    /// Both together; a meter that is in both is a `MisuseError`, as is another epoch, key set or round.
    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let merged = py.detach(|| self.0.clone().merge(&other.0));
        Ok(PartialSum(merged.map_err(Failure::from)?))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.0.to_bytes()).map_err(Failure::from)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// From `to_bytes`, of a roster of at most `most_meters`.
    #[staticmethod]
    #[pyo3(signature = (state, most_meters = None), text_signature = "(state, most_meters=67108864)")]
    fn from_bytes(
        py: Python<'_>,
        state: &Bound<'_, PyAny>,
        most_meters: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let state = argument("state", state).bytes()?;
        let most = int_or("most_meters", most_meters, Self::MOST_METERS)?.min(Self::MOST_METERS);
        let sum = py.detach(|| threshold_elgamal::PartialSum::from_bytes(&state, most));
        Ok(PartialSum(sum.map_err(Failure::from)?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.to_bytes(py)?,)))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.PartialSum: round {}, {} meters>", self.0.round(), self.0.count())
    }
}

/// The sum of one meter's checked contributions, and of which rounds they are; a round counts once.
#[pyclass(frozen, eq, module = "wattsum.elgamal", name = "MeterSum")]
#[derive(PartialEq)]
pub(crate) struct MeterSum(threshold_elgamal::MeterSum);

#[pymethods]
impl MeterSum {
    /// Whose, by id.
    #[getter]
    fn meter(&self) -> u32 {
        self.0.meter().0
    }

    /// Ascending.
    #[getter]
    fn rounds(&self) -> Vec<u64> {
        self.0.rounds().map(|round| round.get()).collect()
    }

    /// The sum of each channel: uint8, a row of 64 bytes each.
    #[getter]
    fn channels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        channels(py, self.0.channels())
    }

    /// Both together; a round that is in both is a `MisuseError`, as is another epoch, key set or meter.
    fn merge(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        let merged = py.detach(|| self.0.clone().merge(&other.0));
        Ok(MeterSum(merged.map_err(Failure::from)?))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.0.to_bytes()).map_err(Failure::from)?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[staticmethod]
    fn from_bytes(py: Python<'_>, state: &Bound<'_, PyAny>) -> PyResult<Self> {
        let state = argument("state", state).bytes()?;
        let sum = py.detach(|| threshold_elgamal::MeterSum::from_bytes(&state));
        Ok(MeterSum(sum.map_err(Failure::from)?))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.to_bytes(py)?,)))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.MeterSum: meter {}, {} rounds>", self.0.meter(), self.0.rounds().len())
    }
}

fn channels<'py>(py: Python<'py>, channels: &[Ciphertext]) -> PyResult<Bound<'py, PyAny>> {
    let bytes = py.detach(|| channels.iter().flat_map(Ciphertext::to_bytes).collect());
    Ok(into_array(py, bytes, &[channels.len(), CIPHERTEXT])?.into_any())
}
