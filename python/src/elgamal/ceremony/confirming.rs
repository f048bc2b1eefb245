//! Last step: keys count when all new members have confirmed the same.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::ceremony;

use super::agreed::{Dispute, disputes};
use super::step::{Step, blame, bytes_or_none};
use crate::argument::argument;
use crate::elgamal::{KeySet, SecretShare};
use crate::link::Identity;

/// A participant that has all its shares and waits for all members to say the same.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Confirming")]
pub(crate) struct Confirming(Step<ceremony::Confirming>);

impl Confirming {
    pub(super) fn new(state: ceremony::Confirming) -> Self {
        Confirming(Step::new("ceremony step", state))
    }
}

#[pymethods]
impl Confirming {
    /// What goes to everybody, of members, else None.
    #[getter]
    fn frame(&self, py: Python<'_>) -> PyResult<Option<Py<PyBytes>>> {
        Ok(bytes_or_none(py, self.0.get(py, |state| state.frame().map(<[u8]>::to_vec))?))
    }

    /// Takes a member's confirmation, whether or not it has seen the same shares: see `disputes`.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.accept(py, argument("frame", frame), ceremony::Confirming::accept)
    }

    /// Ids of those whose confirmation is not there.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.0.get(py, |state| state.missing().map(|id| id.0).collect())
    }

    /// Which confirmations name other frames of shares than this participant has.
    fn disputes(&self, py: Python<'_>) -> PyResult<Vec<Dispute>> {
        self.0.get(py, |state| disputes(state.disputes()))
    }

    /// A dealer's frame as it came, or None: what a dispute about it is settled with.
    fn shares(&self, py: Python<'_>, dealer: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyBytes>>> {
        let dealer = argument("dealer", dealer).party()?;
        let frame = self.0.get(py, |state| state.shares(dealer).map(<[u8]>::to_vec))?;
        Ok(bytes_or_none(py, frame))
    }

    /// The `FaultError` of who is wrong in a complaint; not raised.
    fn judge(&self, py: Python<'_>, complaint: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
        let complaint = argument("complaint", complaint).bytes()?;
        blame(py, self.0.with(py, |state| state.judge(&complaint))?)
    }

    /// All members have confirmed the same. Store the share, then wipe the ceremony's log.
    fn finish(&self, py: Python<'_>) -> PyResult<Outcome> {
        let ceremony::Outcome { keys, share, identity } = self.0.advance(py, ceremony::Confirming::finish)?;
        Ok(Outcome {
            keys: Py::new(py, KeySet::of(py, keys)?)?,
            share: share.map(|share| Py::new(py, SecretShare::from(share))).transpose()?,
            identity: Py::new(py, Identity::from(identity))?,
        })
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Confirming>"
    }
}

/// What a ceremony ends in.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Outcome")]
pub(crate) struct Outcome {
    /// The new keys.
    #[pyo3(get)]
    keys: Py<KeySet>,
    /// The own share, of members, else None.
    #[pyo3(get)]
    share: Option<Py<SecretShare>>,
    /// The participant's identity, back.
    #[pyo3(get)]
    identity: Py<Identity>,
}

#[pymethods]
impl Outcome {
    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Outcome>"
    }
}
