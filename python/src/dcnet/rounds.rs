//! The states of a round, as the utility sees it.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
use crate::collecting::{accept, accept_many, missing};
use crate::error::Failure;
use crate::owned::Owned;

/// A round that takes contributions.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Collecting")]
pub(crate) struct Collecting {
    /// The signed Open, for all parties.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    pub(super) state: Owned<dcnet_core::Collecting>,
}

impl Collecting {
    pub(super) fn new(py: Python<'_>, state: dcnet_core::Collecting) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        Collecting { frame, state: Owned::new("collecting round", state) }
    }
}

#[pymethods]
impl Collecting {
    /// Takes a meter's contribution, and gives its id; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), dcnet_core::Collecting::accept)
    }

    /// Takes a frame from each row, and gives the rows that were refused, and why.
    fn accept_many(&self, py: Python<'_>, frames: &Bound<'_, PyAny>) -> PyResult<Vec<(usize, Py<PyAny>)>> {
        accept_many(py, &self.state, argument("frames", frames), dcnet_core::Collecting::accept)
    }

    /// Ids of the meters that have not sent.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }
}

/// A round that takes repairs.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Repairing")]
pub(crate) struct Repairing {
    /// The signed Close that is not final, for the meters.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    pub(super) state: Owned<dcnet_core::Repairing>,
}

impl Repairing {
    pub(super) fn new(py: Python<'_>, state: dcnet_core::Repairing) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        Repairing { frame, state: Owned::new("repairing round", state) }
    }
}

#[pymethods]
impl Repairing {
    /// Takes a meter's repair, and gives its id; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), dcnet_core::Repairing::accept)
    }

    /// Takes a frame from each row, and gives the rows that were refused, and why.
    fn accept_many(&self, py: Python<'_>, frames: &Bound<'_, PyAny>) -> PyResult<Vec<(usize, Py<PyAny>)>> {
        accept_many(py, &self.state, argument("frames", frames), dcnet_core::Repairing::accept)
    }

    /// Ids of the meters whose repair has not come.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }
}

/// A round whose set is final.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Closed")]
pub(crate) struct Closed {
    pub(super) state: Owned<dcnet_core::Closed>,
}

impl Closed {
    pub(super) fn new(state: dcnet_core::Closed) -> Self {
        Closed { state: Owned::new("closed round", state) }
    }
}

#[pymethods]
impl Closed {
    /// The signed final Close, for all parties.
    #[getter]
    fn frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let frame = py.detach(|| self.state.with(|state| Ok::<_, Failure>(state.frame().to_vec())))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// Takes a holder's answer, and gives its number.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u8> {
        let frame = argument("frame", frame).bytes()?;
        Ok(py.detach(|| self.state.with(|state| state.accept(&frame)))?)
    }

    /// Numbers of the holders of the quorum that have not answered.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }
}
