//! The utility, and the states of its rounds.

use meter_link::answer;
use meter_link::answer::Quorum;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use crate::argument::argument;
use crate::array::mask;
use crate::collecting::{accept, accept_many, missing, quorum, reachable};
use crate::error::Failure;
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::sum::Sum;

/// The utility of one epoch. It may collect for several rounds at once, but aggregators answer one at a time:
/// the next Open that they take ends the round before it.
#[pyclass(frozen, module = "wattsum.shamir", name = "Utility")]
pub(crate) struct Utility {
    meters: usize,
    threshold: answer::Threshold,
    role: Owned<shamir_agg::Utility>,
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
            shamir_agg::Utility::new(&params.0, &view.view, identity, link, roster).map_err(Failure::from)
        })?;
        let meters = view.roster.meters().len();
        Ok(Utility { meters, threshold: params.0.threshold(), role: Owned::new("utility", role) })
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
        let frame = PyBytes::new(py, state.frame()).unbind();
        Ok(Collecting { frame, state: Owned::new("collecting round", state) })
    }

    /// Closes the round, which is used up, over the meters whose frames are here, and asks `quorum`, by
    /// default the first t aggregators. The caller's deadline has passed.
    #[pyo3(signature = (collecting, quorum = None))]
    fn close(
        &self,
        py: Python<'_>,
        collecting: &Collecting,
        quorum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Closed> {
        let quorum = self.quorum_or_first(py, quorum)?;
        let state = py.detach(|| {
            self.role.with(|role| role.close(collecting.state.take()?, &quorum).map_err(Failure::from))
        })?;
        Ok(Closed { state: Owned::new("closed round", state) })
    }

    /// Asks another quorum for the same set: some of the first did not answer.
    fn ask(&self, py: Python<'_>, closed: &Closed, quorum: &Bound<'_, PyAny>) -> PyResult<()> {
        let quorum = self::quorum(quorum, self.threshold)?;
        let ask = || self.role.with(|role| closed.state.with(|closed| role.ask(closed, &quorum)));
        Ok(py.detach(ask)?)
    }

    /// A quorum of the aggregators that are reachable.
    #[pyo3(signature = (reachable = None))]
    fn quorum(&self, py: Python<'_>, reachable: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<u32>> {
        let able = self::reachable(reachable)?;
        let quorum = py.detach(|| self.role.with(|role| role.quorum(|number| able.contains(number))))?;
        Ok(quorum.iter().map(u32::from).collect())
    }

    /// The sum, once the quorum has answered; the next Open names this round's Close.
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
    /// opened. Rounds that were open are lost; without it, a round might be opened for another set of meters.
    fn resume(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.resume(&record)))?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.shamir.Utility>"
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

/// A round that takes contributions.
#[pyclass(frozen, module = "wattsum.shamir", name = "Collecting")]
pub(crate) struct Collecting {
    /// The signed Open, for the aggregators.
    #[pyo3(get)]
    frame: Py<PyBytes>,
    state: Owned<shamir_agg::Collecting>,
}

#[pymethods]
impl Collecting {
    /// Takes a meter's contribution, and gives its id; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), shamir_agg::Collecting::accept)
    }

    /// Takes a frame from each row, and gives the rows that were refused, and why.
    fn accept_many(&self, py: Python<'_>, frames: &Bound<'_, PyAny>) -> PyResult<Vec<(usize, Py<PyAny>)>> {
        accept_many(py, &self.state, argument("frames", frames), shamir_agg::Collecting::accept)
    }

    /// Ids of the meters that have not sent.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        missing(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }
}

/// A round whose set is fixed.
#[pyclass(frozen, module = "wattsum.shamir", name = "Closed")]
pub(crate) struct Closed {
    state: Owned<shamir_agg::Closed>,
}

#[pymethods]
impl Closed {
    /// The signed Close, for the quorum.
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
}
