//! The states of a round, as the utility sees it.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
use crate::collecting::{accept, accept_batch, accept_many, add, merge, missing, partial, to_bytes};
use crate::error::Failure;
use crate::head::{Outcome, marks};
use crate::link::PartialSum;
use crate::owned::Owned;

/// A round that takes contributions.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Collecting")]
pub(crate) struct Collecting {
    /// The signed Open, for all parties.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    pub(super) outcome: Outcome,
    pub(super) state: Owned<dcnet_core::Collecting>,
}

impl Collecting {
    pub(super) fn new(py: Python<'_>, outcome: Outcome, state: dcnet_core::Collecting) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        Collecting { frame, outcome, state: Owned::new("collecting round", state) }
    }
}

#[pymethods]
impl Collecting {
    /// Takes a meter's contribution, and gives its id; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), dcnet_core::Collecting::accept)
    }

    /// Takes a frame from each row, and gives the rows that were refused, and why. On more threads, which pay for
    /// batches of ten thousand frames and more, the outcome is the same.
    #[pyo3(signature = (frames, *, threads = None), text_signature = "($self, frames, *, threads=1)")]
    fn accept_many(
        &self,
        py: Python<'_>,
        frames: &Bound<'_, PyAny>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<(usize, Py<PyAny>)>> {
        accept_batch(py, &self.state, self.outcome.present.len(), argument("frames", frames), threads)
    }

    /// Ids of the meters that have not sent.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }

    /// The sum of what has come, and from whom.
    fn partial(&self, py: Python<'_>) -> PyResult<PartialSum> {
        partial(py, &self.state)
    }

    /// Takes in the sum of frames that were checked elsewhere. `MisuseError` for a meter that is in already, and
    /// for another epoch or round; `FaultError` blaming a meter that is not waited for. A meter that came in so
    /// cannot leave the set any more: if its repair is missing, the round is lost.
    fn add(&self, py: Python<'_>, partial: &PartialSum) -> PyResult<()> {
        add(py, &self.state, partial)
    }

    /// Takes in what another process has collected of this round, after `Utility.reopen`: its `to_bytes`. A frame
    /// that came to both counts once.
    fn merge(&self, py: Python<'_>, state: &Bound<'_, PyAny>) -> PyResult<()> {
        merge(py, &self.state, argument("state", state))
    }

    /// What has come so far, to be stored before a Close is made of it, for `Utility.reopen`. Not secret, and
    /// unproven: nothing in it is checked again.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        to_bytes(py, &self.state)
    }

    #[getter]
    fn round(&self) -> u64 {
        self.outcome.round.get()
    }

    /// Whom the Open names present, a bool a position.
    #[getter]
    fn present<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        marks(py, &self.outcome.present)
    }
}

/// A round that takes repairs.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Repairing")]
pub(crate) struct Repairing {
    /// The signed Close that is not final, for the meters.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    pub(super) outcome: Outcome,
    pub(super) state: Owned<dcnet_core::Repairing>,
}

impl Repairing {
    pub(super) fn new(py: Python<'_>, outcome: Outcome, state: dcnet_core::Repairing) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        Repairing { frame, outcome, state: Owned::new("repairing round", state) }
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
    pub(super) outcome: Outcome,
    pub(super) state: Owned<dcnet_core::Closed>,
}

impl Closed {
    pub(super) fn new(outcome: Outcome, state: dcnet_core::Closed) -> Self {
        Closed { outcome, state: Owned::new("closed round", state) }
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

    #[getter]
    fn round(&self) -> u64 {
        self.outcome.round.get()
    }

    /// Whom the Open named present, a bool a position.
    #[getter]
    fn present<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        marks(py, &self.outcome.present)
    }

    /// Whose readings are in the sum, a bool a position.
    #[getter]
    fn members<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        marks(py, self.outcome.set())
    }

    /// Numbers of the holders of the quorum that have not answered.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }
}
