//! Sums of a part of a round's frames.

use meter_link::collect;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::{argument, int_or};
use crate::array::with_room;
use crate::error::Failure;

/// The sum of a part of a round's contributions, and whose they are: what workers and engines add up in any
/// order. Masked values, no readings; nothing in it is secret. It carries no proof: whoever hands one on is the
/// utility's own, and one that lies spoils the round's sum.
#[pyclass(frozen, eq, module = "wattsum.link", name = "PartialSum")]
#[derive(PartialEq)]
pub(crate) struct PartialSum(pub(crate) collect::PartialSum);

impl PartialSum {
    /// No roster that fits into memory is longer.
    const MOST_METERS: u32 = 1 << 26;
}

#[pymethods]
impl PartialSum {
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
        let sum = py.detach(|| collect::PartialSum::from_bytes(&state, most));
        Ok(PartialSum(sum.map_err(Failure::from)?))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.0.to_bytes()).map_err(Failure::from)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// Both together. `MisuseError` if a meter is in both, or they are of different epochs, rounds or rosters.
    fn merge(&self, py: Python<'_>, other: &PartialSum) -> PyResult<Self> {
        let sum = py.detach(|| self.0.clone().merge(&other.0));
        Ok(PartialSum(sum.map_err(Failure::from)?))
    }

    #[getter]
    fn round(&self) -> u64 {
        self.0.round().get()
    }

    /// How many meters are in.
    #[getter]
    fn count(&self) -> u32 {
        self.0.count()
    }

    /// A bool a position of the roster: whose contributions are in.
    #[getter]
    fn members<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        PyArray1::from_vec(py, py.detach(|| self.0.members().to_marks()))
    }

    /// The sum of the frames' field elements, uint64 below p.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let mut values = with_room(self.0.sum().len())?;
        values.extend(self.0.sum().iter().map(|value| value.to_u64()));
        Ok(PyArray1::from_vec(py, values))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.to_bytes(py)?,)))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.link.PartialSum: round {}, {} meters>", self.0.round(), self.0.count())
    }
}
