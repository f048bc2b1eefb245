//! The states of a round, as the utility sees it.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
use crate::collecting::{accept, accept_batch, add, merge, missing, partial, to_bytes};
use crate::error::Failure;
use crate::head::{Outcome, marks};
use crate::link::PartialSum;
use crate::owned::Owned;

/// A round that takes contributions.
#[pyclass(frozen, module = "wattsum.shamir", name = "Collecting")]
pub(crate) struct Collecting {
    /// The signed Open, for the aggregators.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    pub(super) outcome: Outcome,
    pub(super) state: Owned<shamir_agg::Collecting>,
}

impl Collecting {
    pub(super) fn new(py: Python<'_>, outcome: Outcome, state: shamir_agg::Collecting) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        Collecting { frame, outcome, state: Owned::new("collecting round", state) }
    }
}

#[pymethods]
impl Collecting {
    /// Takes a meter's contribution, and gives its id; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), shamir_agg::Collecting::accept)
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

    /// Takes in the sum of frames that were checked elsewhere: not in a group with windows, whose bills need each
    /// meter's own. `MisuseError` for a meter that is in already, and for another epoch or round; `FaultError` blaming
    /// a meter that is not waited for.
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

/// A round whose set is fixed.
#[pyclass(frozen, module = "wattsum.shamir", name = "Closed")]
pub(crate) struct Closed {
    pub(super) outcome: Outcome,
    pub(super) state: Owned<shamir_agg::Closed>,
}

#[pymethods]
impl Closed {
    /// The signed Close, for all aggregators.
    #[getter]
    fn frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let frame = py.detach(|| self.state.with(|state| Ok::<_, Failure>(state.frame().to_vec())))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// Takes an aggregator's answer, and gives its number.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u8> {
        let frame = argument("frame", frame).bytes()?;
        Ok(py.detach(|| self.state.with(|state| state.accept(&frame)))?)
    }

    /// Numbers of the aggregators of the quorum that have not answered.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }

    #[getter]
    fn round(&self) -> u64 {
        self.outcome.round.get()
    }

    /// Whose readings are in the sum, a bool a position.
    #[getter]
    fn members<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        marks(py, self.outcome.set())
    }
}

/// A round whose set is fixed, and that any number of aggregators, at least t, answer raw: first each states the
/// set, then, shown t statements, each answers.
#[pyclass(frozen, module = "wattsum.shamir", name = "Certified")]
pub(crate) struct Certified {
    /// The signed Close, for all aggregators.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    pub(super) outcome: Outcome,
    pub(super) state: Owned<shamir_agg::Certified>,
}

impl Certified {
    pub(super) fn new(py: Python<'_>, outcome: Outcome, state: shamir_agg::Certified) -> Self {
        let frame = PyBytes::new(py, state.frame()).unbind();
        Certified { frame, outcome, state: Owned::new("certified round", state) }
    }
}

#[pymethods]
impl Certified {
    /// Takes an aggregator's statement (`Aggregator.agree`), and gives its id.
    fn accept_statement(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let frame = argument("frame", frame);
        accept(py, &self.state, frame, shamir_agg::Certified::accept_statement)
    }

    /// The statements that have come, for all who are asked; `QuorumError` while they are fewer than t.
    fn certificate(&self, py: Python<'_>) -> PyResult<Vec<Py<PyBytes>>> {
        let statements = py.detach(|| self.state.with(|state| state.certificate().map(super::owned)))?;
        Ok(statements.iter().map(|statement| PyBytes::new(py, statement).unbind()).collect())
    }

    /// Takes an aggregator's raw answer (`Aggregator.answer_certified`), and gives its id.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), shamir_agg::Certified::accept)
    }

    /// Numbers of the aggregators asked that have not answered.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }

    #[getter]
    fn round(&self) -> u64 {
        self.outcome.round.get()
    }

    /// Whose readings are in the sum, a bool a position.
    #[getter]
    fn members<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<bool>> {
        marks(py, self.outcome.set())
    }
}
