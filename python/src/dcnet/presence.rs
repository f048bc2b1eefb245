//! Whom the utility names present, from round to round.

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::rounds::Closed;
use super::utility::Utility;
use crate::argument::{argument, int_or};
use crate::error::Failure;
use crate::head::{ids, marks};
use crate::owned::Owned;

/// The utility's list of meters to name present. A silent meter costs its neighbours a repair in every round; one
/// that was missing from `patience` final sets in a row is named absent instead, until it reports
/// (`Meter.report`). This is convenience, not privacy: meters and holders check every Open for themselves.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Presence")]
pub(crate) struct Presence(Owned<dcnet_core::Presence>);

#[pymethods]
impl Presence {
    /// Everybody is present.
    #[new]
    #[pyo3(signature = (utility, patience = None), text_signature = "(utility, patience=2)")]
    fn new(py: Python<'_>, utility: &Utility, patience: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let patience = int_or("patience", patience, dcnet_core::Presence::PATIENCE)?;
        if patience == 0 {
            return Err(Failure::argument("patience", "expected 1 or more").into());
        }
        let make = || utility.role.with(|role| dcnet_core::Presence::new(role.parties(), patience));
        Ok(Presence(Owned::new("presence list", py.detach(make)?)))
    }

    /// Whom to name present: a bool a position, for `Utility.open`.
    fn present<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<bool>>> {
        let present = py.detach(|| self.0.with(|list| Ok::<_, Failure>(list.present())))?;
        Ok(marks(py, &present))
    }

    /// Ids of the meters that are named absent.
    fn absent(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        Ok(py.detach(|| self.0.with(|list| Ok::<_, Failure>(ids(list.absent()))))?)
    }

    /// Takes a round into account whose set is final. The same round again, or an earlier one, changes nothing.
    fn closed(&self, py: Python<'_>, closed: &Closed) -> PyResult<()> {
        let outcome = &closed.outcome;
        let take = || self.0.with(|list| list.closed(outcome.round, &outcome.present, outcome.set()));
        Ok(py.detach(take)?)
    }

    /// Takes the report of a meter that is there again, and gives its id. `FaultError` blames one whose report is
    /// of a round that it was missed in or before: the network may have kept it.
    fn accept(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| self.0.with(|list| list.accept(now, &frame)))?.0)
    }

    /// The list, for a restart. Nothing in it is secret.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let state = py.detach(|| self.0.with(|list| Ok::<_, Failure>(list.to_bytes())))?;
        Ok(PyBytes::new(py, &state))
    }

    /// Goes on from `to_bytes` of the same epoch.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, utility: &Utility, state: &Bound<'_, PyAny>) -> PyResult<Self> {
        let state = argument("state", state).bytes()?;
        let make = || utility.role.with(|role| dcnet_core::Presence::from_bytes(role.parties(), &state));
        Ok(Presence(Owned::new("presence list", py.detach(make)?)))
    }
}
