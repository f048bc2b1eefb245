//! The states of a round, as the utility sees it.

use std::sync::Arc;

use meter_link::Round;
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::Verifier;

use super::frames::rows;
use super::partial::PartialSum;
use super::threads::{each, share};
use crate::argument::{Argument, argument};
use crate::array::with_room;
use crate::collecting::{accept, missing};
use crate::error::{Failure, Refusal, of_protocol};
use crate::owned::Owned;
use crate::threads::Threads;

/// A round that takes contributions.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Collecting")]
pub(crate) struct Collecting {
    /// The signed Open, for the trustees.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    number: Round,
    verifier: Arc<Verifier>,
    pub(super) state: Owned<threshold_elgamal::Collecting>,
}

impl Collecting {
    pub(super) fn new(
        py: Python<'_>,
        verifier: &Arc<Verifier>,
        state: threshold_elgamal::Collecting,
    ) -> Self {
        let (frame, number) = (PyBytes::new(py, state.frame()).unbind(), state.round());
        let verifier = Arc::clone(verifier);
        Collecting { frame, number, verifier, state: Owned::new("collecting round", state) }
    }
}

/// Rows that were refused, and why.
pub(super) type Refused = Vec<(usize, Py<PyAny>)>;

/// What becomes of the frame in each row: checked by threads, and taken in the order of the rows.
pub(super) fn verified<T: Send>(
    py: Python<'_>,
    verifier: &Verifier,
    round: Round,
    frames: Argument<'_, '_>,
    threads: Threads,
    take: impl FnOnce(Vec<Result<threshold_elgamal::Contribution, Refusal>>) -> Result<T, Failure> + Send,
) -> PyResult<T> {
    let frames = frames.rows_of_bytes()?;
    Ok(py.detach(|| {
        let mut slices = with_room(frames.count())?;
        slices.extend(frames.iter());
        let size = share(slices.len(), threads);
        let parts = each(threads, slices.chunks(size), |part| Ok(verifier.verify_all(round, part)))?;
        let all = parts.into_iter().flatten().map(|outcome| outcome.map_err(Refusal::from));
        take(all.collect())
    })?)
}

/// The exceptions of rows.
pub(super) fn exceptions(py: Python<'_>, refused: Vec<(usize, Refusal)>) -> PyResult<Refused> {
    let refused = refused.into_iter();
    refused.map(|(row, error)| Ok((row, of_protocol(py, error)?.into_value(py).into_any()))).collect()
}

#[pymethods]
impl Collecting {
    #[getter]
    fn round(&self) -> u64 {
        self.number.get()
    }

    /// Takes a meter's contribution, and gives its id; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), threshold_elgamal::Collecting::accept)
    }

    /// Takes a frame from each row, and gives the rows that were refused, and why. All are checked
    /// together, which is cheaper than one by one.
    #[pyo3(signature = (frames, *, threads = None), text_signature = "($self, frames, *, threads=1)")]
    fn accept_many(
        &self,
        py: Python<'_>,
        frames: &Bound<'_, PyAny>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Refused> {
        let threads = Threads::of(threads)?;
        let frames = argument("frames", frames);
        let refused = verified(py, &self.verifier, self.number, frames, threads, |outcomes| {
            self.state.with(|state| {
                let add = |(row, outcome): (usize, Result<_, Refusal>)| {
                    let added = outcome.and_then(|one| state.add(one).map_err(Refusal::from));
                    added.err().map(|error| (row, error))
                };
                Ok::<Vec<_>, Failure>(outcomes.into_iter().enumerate().filter_map(add).collect())
            })
        })?;
        exceptions(py, refused)
    }

    /// Ids of the meters that have not sent.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }

    /// What has come so far, to be stored before a Close is made of it: for `Utility.reopen`.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let state = py.detach(|| self.state.with(|state| state.to_bytes()))?;
        Ok(PyBytes::new(py, &state))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.Collecting: round {}>", self.number)
    }
}

/// A round whose set is fixed: first the quorum signs the list of its contributions, then it sends its
/// decryption shares.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Closed")]
pub(crate) struct Closed {
    pub(super) channels: u16,
    pub(super) state: Owned<threshold_elgamal::Closed>,
}

impl Closed {
    pub(super) fn new(channels: u16, state: threshold_elgamal::Closed) -> Self {
        Closed { channels, state: Owned::new("closed round", state) }
    }
}

#[pymethods]
impl Closed {
    /// The signed Close, for all trustees.
    #[getter]
    fn frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let frame = py.detach(|| self.state.with(|state| Ok::<_, Failure>(state.frame().to_vec())))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// The contributions of the set, as the meters signed them, ascending by id, for all trustees: a row
    /// each.
    #[getter]
    fn contributions(&self, py: Python<'_>) -> PyResult<Py<PyArray2<u8>>> {
        py.detach(|| self.state.with(|state| rows(state.contributions())))?.into_array(py)
    }

    /// What makes checking those contributions cheaper on some processors, for `Trustee.agree`.
    #[getter]
    fn hints<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let hints = py.detach(|| self.state.with(|state| Ok::<_, Failure>(state.hints())))?;
        Ok(PyBytes::new(py, &hints))
    }

    /// The sum of the set's ciphertexts and whose they are, for a comparison with sums that were made
    /// elsewhere.
    fn partial(&self, py: Python<'_>) -> PyResult<PartialSum> {
        Ok(PartialSum(py.detach(|| self.state.with(|state| state.partial()))?))
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

    /// Takes a trustee's decryption share, whose proof holds, and gives its number; the same again changes
    /// nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u8> {
        let frame = argument("frame", frame).bytes()?;
        Ok(py.detach(|| self.state.with(|state| state.accept(&frame)))?)
    }

    /// Numbers of the trustees of the quorum whose share has not come.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(u32::from).collect())
    }
}
