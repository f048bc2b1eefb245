//! Store first, send then.

use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::array::Rows;
use crate::owned::Owned;

/// A step that is done but not yet visible: `record` must be on stable storage before `stored()` hands out
/// what it guards, once.
#[pyclass(frozen, generic, module = "wattsum.link", name = "Prepared")]
pub(crate) struct Prepared {
    record: Py<PyBytes>,
    inner: Owned<Py<PyAny>>,
}

impl Prepared {
    pub(crate) fn of_bytes(py: Python<'_>, record: &[u8], message: &[u8]) -> Self {
        Self::new(py, record, PyBytes::new(py, message).into_any().unbind())
    }

    pub(crate) fn new(py: Python<'_>, record: &[u8], inner: Py<PyAny>) -> Self {
        Prepared { record: PyBytes::new(py, record).unbind(), inner: Owned::new("prepared step", inner) }
    }
}

#[pymethods]
impl Prepared {
    /// What must be stored, and synced, now: appended to the log of this role in its group and epoch (a
    /// contribution's to the one log of its device). After a restart `replay` takes every record of the log,
    /// not the last alone. A loss of power tears the last one at most: cut the log off behind its last whole
    /// record before anything is appended. A damaged record before it means a log that cannot be trusted.
    #[getter]
    fn record(&self, py: Python<'_>) -> Py<PyBytes> {
        self.record.clone_ref(py)
    }

    /// The record is stored: here is what it guarded.
    fn stored(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.detach(|| self.inner.take())?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.link.Prepared>"
    }
}

/// A `Prepared` for many meters at once: `records` has a row a meter, `stored()` a row a frame.
#[pyclass(frozen, module = "wattsum.link", name = "PreparedMany")]
pub(crate) struct PreparedMany {
    records: Py<PyArray2<u8>>,
    frames: Owned<Py<PyArray2<u8>>>,
}

impl PreparedMany {
    pub(crate) fn new(py: Python<'_>, records: Rows, frames: Rows) -> PyResult<Self> {
        let frames = Owned::new("prepared step", frames.into_array(py)?);
        Ok(PreparedMany { records: records.into_array(py)?, frames })
    }
}

#[pymethods]
impl PreparedMany {
    /// What must be stored, and synced, now: a row for each meter that acted, in their order, each appended to
    /// the log of its meter or device; see `Prepared.record`.
    #[getter]
    fn records(&self, py: Python<'_>) -> Py<PyArray2<u8>> {
        self.records.clone_ref(py)
    }

    /// The records are stored: here are the frames, a row each.
    fn stored(&self, py: Python<'_>) -> PyResult<Py<PyArray2<u8>>> {
        Ok(py.detach(|| self.frames.take())?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.link.PreparedMany>"
    }
}
