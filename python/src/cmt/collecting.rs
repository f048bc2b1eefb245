//! One round's ciphertexts.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
use crate::array::with_room;
use crate::collecting::{accept, missing};
use crate::error::{Failure, Refusal, of_protocol};
use crate::owned::Owned;
use crate::sum::Sum;

/// A round that waits for the ciphertext of every member.
#[pyclass(frozen, module = "wattsum.cmt", name = "Collecting")]
pub(crate) struct Collecting {
    #[pyo3(get)]
    round: u64,
    /// The generation whose ring it is a round of.
    #[pyo3(get)]
    generation: u32,
    /// The Start frame for the concentrator with drawn delta, else None.
    #[pyo3(get)]
    start: Option<Py<PyBytes>>,
    pub(super) state: Owned<cmt_ring::Collecting>,
}

impl Collecting {
    pub(super) fn new(py: Python<'_>, state: cmt_ring::Collecting) -> PyResult<Self> {
        let (round, generation) = (state.round().get(), state.generation().0);
        let start = state.start().map(|start| PyBytes::new(py, start).unbind());
        Ok(Collecting { round, generation, start, state: Owned::new("collecting round", state) })
    }
}

#[pymethods]
impl Collecting {
    /// Takes a ciphertext frame, and gives the name of its token; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), cmt_ring::Collecting::accept)
    }

    /// Takes a frame from each row, and gives the rows that were refused, and why.
    fn accept_many(&self, py: Python<'_>, frames: &Bound<'_, PyAny>) -> PyResult<Vec<(usize, Py<PyAny>)>> {
        let frames = argument("frames", frames).rows_of_bytes()?;
        let refused = py.detach(|| {
            self.state.with(|state| {
                let mut rows = with_room(frames.count())?;
                rows.extend(frames.iter());
                let mut refused: Vec<(usize, Refusal)> = Vec::new();
                state.accept_many(&rows, |row, outcome| {
                    refused.extend(outcome.err().map(|error| (row, error.into())));
                });
                Ok::<_, Failure>(refused)
            })
        })?;
        let refused = refused.into_iter();
        refused.map(|(row, error)| Ok((row, of_protocol(py, error)?.into_value(py).into_any()))).collect()
    }

    /// Names of the tokens whose ciphertext has not come.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(|name| name.0).collect())
    }

    /// The round's sum; the round is used up. The caller's deadline has passed: a round that misses anybody is lost
    /// (`QuorumError`), and so is one whose sum lies beyond what so many readings can make (`InconsistentError`). To
    /// tell the ring whose are missing, `Supplier.discard` it instead.
    fn close(&self, py: Python<'_>) -> PyResult<Sum> {
        Ok(py.detach(|| self.state.take()?.close().map_err(Failure::from))?.into())
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Collecting: round {}>", self.round)
    }
}
