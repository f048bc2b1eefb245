//! The bills of a window.

use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::dlog::DlogTable;
use super::frames::rows;
use crate::argument::argument;
use crate::bill::Bill;
use crate::collecting::missing;
use crate::error::Failure;
use crate::owned::Owned;

/// Bills that a quorum is asked for: first it signs the query, then it sends its decryption shares.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Billing")]
pub(crate) struct Billing {
    pub(super) state: Owned<threshold_elgamal::Billing>,
}

impl Billing {
    pub(super) fn new(state: threshold_elgamal::Billing) -> Self {
        Billing { state: Owned::new("billing", state) }
    }
}

#[pymethods]
impl Billing {
    /// The signed query, for the quorum.
    #[getter]
    fn frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let frame = py.detach(|| self.state.with(|state| Ok::<_, Failure>(state.frame().to_vec())))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// Takes a trustee's statement, and gives its number.
    fn accept_statement(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u8> {
        let frame = argument("frame", frame).bytes()?;
        Ok(py.detach(|| self.state.with(|state| state.accept_statement(&frame)))?)
    }

    /// The statements that have come, for the quorum, a row each: a trustee answers when it has t.
    #[getter]
    fn statements(&self, py: Python<'_>) -> PyResult<Py<PyArray2<u8>>> {
        py.detach(|| self.state.with(|state| rows(state.statements())))?.into_array(py)
    }

    /// Takes a trustee's decryption shares, whose one proof holds, and gives its number; the same again
    /// changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u8> {
        let frame = argument("frame", frame).bytes()?;
        Ok(py.detach(|| self.state.with(|state| state.accept(&frame)))?)
    }

    /// Numbers of the trustees of the quorum whose shares have not come.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }

    /// The bills, ascending by id, and the ids of meters whose bill cannot be read: beyond what so many
    /// readings can be, which only the meter itself brings about.
    fn bills(&self, py: Python<'_>, table: &DlogTable) -> PyResult<(Vec<Bill>, Vec<u32>)> {
        let bills = py.detach(|| self.state.with(|state| state.bills(&table.0)))?;
        let spoilt = bills.spoilt.into_iter().map(|id| id.0).collect();
        Ok((bills.bills.into_iter().map(Bill::from).collect(), spoilt))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Billing>"
    }
}
