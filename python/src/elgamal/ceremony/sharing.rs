//! Third step: dealers send shares, members check theirs and complain.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::ceremony;

use super::confirming::Confirming;
use super::step::{Step, blame, bytes_or_none};
use crate::argument::argument;
use crate::prepared::Prepared;

/// A participant that deals its shares, if it is a dealer, and collects its own, if it is a member.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Sharing")]
pub(crate) struct Sharing(Step<ceremony::Sharing>);

impl Sharing {
    pub(super) fn new(state: ceremony::Sharing) -> Self {
        Sharing(Step::new("ceremony step", state))
    }
}

#[pymethods]
impl Sharing {
    /// What goes to everybody, of dealers, else None.
    #[getter]
    fn frame(&self, py: Python<'_>) -> PyResult<Option<Py<PyBytes>>> {
        Ok(bytes_or_none(py, self.0.get(py, |state| state.frame().map(<[u8]>::to_vec))?))
    }

    /// Takes a dealer's shares. If the own one is wrong, there is a complaint then.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.accept(py, argument("frame", frame), ceremony::Sharing::accept)
    }

    /// Ids of the dealers whose shares are not there.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.0.get(py, |state| state.missing().map(|id| id.0).collect())
    }

    /// Complaints that go to everybody. With one of them the ceremony is over.
    fn complaints(&self, py: Python<'_>) -> PyResult<Vec<Py<PyBytes>>> {
        let frames: Vec<Vec<u8>> =
            self.0.get(py, |state| state.complaints().map(<[u8]>::to_vec).collect())?;
        Ok(frames.iter().map(|frame| PyBytes::new(py, frame).unbind()).collect())
    }

    /// A dealer's frame as it came, or None.
    fn shares(&self, py: Python<'_>, dealer: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyBytes>>> {
        let dealer = argument("dealer", dealer).party()?;
        let frame = self.0.get(py, |state| state.shares(dealer).map(<[u8]>::to_vec))?;
        Ok(bytes_or_none(py, frame))
    }

    /// The `FaultError` of who is wrong in a complaint, the dealer or the member that complains; not raised.
    fn judge(&self, py: Python<'_>, complaint: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let complaint = argument("complaint", complaint).bytes()?;
        blame(py, self.0.with(py, |state| state.judge(&complaint))?)
    }

    /// All shares are there and right: the next step, of which the record is stored before its frame is sent.
    fn close(&self, py: Python<'_>) -> PyResult<Prepared> {
        let prepared = self.0.advance(py, ceremony::Sharing::close)?;
        let record = prepared.record().to_vec();
        let confirming = Confirming::new(prepared.stored());
        Ok(Prepared::new(py, &record, Py::new(py, confirming)?.into_any()))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Sharing>"
    }
}
