//! The utility.

use dcnet_core::Closing;
use meter_link::answer;
use meter_link::answer::Quorum;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::rounds::{Closed, Collecting, Repairing};
use crate::argument::argument;
use crate::array::mask;
use crate::collecting::{quorum, reachable};
use crate::error::Failure;
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::sum::Sum;

/// The utility of one epoch. One round at a time: the next Open ends the round before it at meters and holders.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Utility")]
pub(crate) struct Utility {
    meters: usize,
    threshold: answer::Threshold,
    role: Owned<dcnet_core::Utility>,
}

#[pymethods]
impl Utility {
    /// Makes the frame keys with all parties; identity and link secret are used up.
    #[new]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        identity: &Identity,
        link: &LinkSecret,
    ) -> PyResult<Self> {
        let role = py.detach(|| {
            view.check_utility(&params.common(), identity, link)?;
            let (link, identity) = (link.secret.take()?, identity.secret.take()?);
            let roster = (*view.roster).clone();
            dcnet_core::Utility::new(&params.0, &view.view, identity, link, roster).map_err(Failure::from)
        })?;
        let meters = view.roster.meters().len();
        Ok(Utility { meters, threshold: params.holders(), role: Owned::new("utility", role) })
    }

    /// Opens a round for the meters that `present` marks, a bool a position; for all if it is left out.
    #[pyo3(signature = (now, round, present = None))]
    fn open(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        present: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Collecting> {
        let (now, round) = (argument("now", now).round()?, argument("round", round).round()?);
        let present = mask("present", present, self.meters)?;
        let state = py.detach(|| self.role.with(|role| role.open(now, round, &present)))?;
        Ok(Collecting::new(py, state))
    }

    /// Closes the set over the contributions that are here; the collecting round is used up. If nobody is
    /// missing this Close is final, and asks `quorum`, by default the first t holders; otherwise neighbours
    /// of the missing repair first. The caller's deadline has passed.
    #[pyo3(signature = (collecting, quorum = None))]
    fn close(
        &self,
        py: Python<'_>,
        collecting: &Collecting,
        quorum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let quorum = self.quorum_or_first(py, quorum)?;
        let close =
            || self.role.with(|role| Ok::<_, Failure>(role.close(collecting.state.take()?, &quorum)?));
        closing(py, py.detach(close)?)
    }

    /// Ends a pass, and uses the repairing round up: meters whose repair is not here leave the set.
    #[pyo3(signature = (repairing, quorum = None))]
    fn close_again(
        &self,
        py: Python<'_>,
        repairing: &Repairing,
        quorum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        let quorum = self.quorum_or_first(py, quorum)?;
        let close =
            || self.role.with(|role| Ok::<_, Failure>(role.close_again(repairing.state.take()?, &quorum)?));
        closing(py, py.detach(close)?)
    }

    /// Asks another quorum for the same set: some of the first did not answer.
    fn ask(&self, py: Python<'_>, closed: &Closed, quorum: &Bound<'_, PyAny>) -> PyResult<()> {
        let quorum = self::quorum(quorum, self.threshold)?;
        let ask = || self.role.with(|role| closed.state.with(|closed| role.ask(closed, &quorum)));
        Ok(py.detach(ask)?)
    }

    /// A quorum of the holders that are reachable.
    #[pyo3(signature = (reachable = None))]
    fn quorum(&self, py: Python<'_>, reachable: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<u32>> {
        let able = self::reachable(reachable)?;
        let quorum = py.detach(|| self.role.with(|role| role.quorum(|number| able.contains(number))))?;
        Ok(quorum.iter().map(u32::from).collect())
    }

    /// The sum, once the quorum has answered; the next Open names this round's final Close.
    fn record(&self, py: Python<'_>, closed: &Closed) -> PyResult<Sum> {
        let record = || self.role.with(|role| closed.state.with(|closed| role.record(closed)));
        Ok(py.detach(record)?.into())
    }

    /// How far the rounds have come, to be stored, and synced, before the frame of an Open or of a Close is sent:
    /// 46 bytes, of which the last whole ones count.
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let record = py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.progress())))?;
        Ok(PyBytes::new(py, &record))
    }

    /// Goes on after a restart from the stored progress of this epoch or the one before, before a round is
    /// opened. Rounds that were open are lost, and meters refuse a utility that starts again without it until the
    /// next epoch.
    fn resume(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.resume(&record)))?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.dcnet.Utility>"
    }
}

impl Utility {
    fn quorum_or_first(&self, py: Python<'_>, numbers: Option<&Bound<'_, PyAny>>) -> PyResult<Quorum> {
        match numbers {
            Some(numbers) => quorum(numbers, self.threshold),
            None => Ok(py.detach(|| self.role.with(|role| role.quorum(|_| true)))?),
        }
    }
}

/// The state that a Close leads to.
fn closing(py: Python<'_>, closing: Closing) -> PyResult<Py<PyAny>> {
    Ok(match closing {
        Closing::Repairing(state) => Py::new(py, Repairing::new(py, state))?.into_any(),
        Closing::Final(state) => Py::new(py, Closed::new(state))?.into_any(),
    })
}
