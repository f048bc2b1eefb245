//! The utility.

use dcnet_core::Closing;
use meter_link::answer::Quorum;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::certified::Certified;
use super::rounds::{Closed, Collecting, Repairing};
use crate::answerer::state;
use crate::argument::argument;
use crate::array::mask;
use crate::collecting::reachable;
use crate::error::Failure;
use crate::head::{Desk, Outcome, ids};
use crate::link::{CheckedSum, EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::sum::Sum;

/// The utility of one epoch. One round at a time: the next Open ends the round before it at meters and holders.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Utility")]
pub(crate) struct Utility {
    desk: Desk,
    pub(super) role: Owned<dcnet_core::Utility>,
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
        Ok(Utility { desk: Desk::new(&params.common(), view), role: Owned::new("utility", role) })
    }

    /// Opens a round for the meters that `present` marks, a bool a position; for all if it is left out. Those in
    /// `left_out` are not opened for, whatever it says.
    #[pyo3(signature = (now, round, present = None))]
    fn open(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        present: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Collecting> {
        let (now, round) = (argument("now", now).round()?, argument("round", round).round()?);
        let present = mask("present", present, self.desk.meters())?;
        let state = py.detach(|| self.role.with(|role| role.open(now, round, &present)))?;
        self.collecting(py, state)
    }

    /// The round of a stored `Collecting.to_bytes`, after a restart or in another process that has this utility's
    /// state. Its Close is the same to the byte, if no contribution has come since.
    fn reopen(&self, py: Python<'_>, state: &Bound<'_, PyAny>) -> PyResult<Collecting> {
        let state = argument("state", state).bytes()?;
        let state = py.detach(|| self.role.with(|role| role.reopen(&state)))?;
        self.collecting(py, state)
    }

    /// Ids of the meters that have come and gone too often to be in a set of this round.
    fn left_out(&self, py: Python<'_>, round: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let round = argument("round", round).round()?;
        Ok(py.detach(|| self.role.with(|role| Ok::<_, Failure>(ids(role.left_out(round)))))?)
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
        self.desk.check_own("collecting", &collecting.outcome)?;
        let quorum = self.quorum_or_first(py, quorum)?;
        let close =
            || self.role.with(|role| Ok::<_, Failure>(role.close(collecting.state.take()?, &quorum)?));
        self.closing(py, &collecting.outcome, py.detach(close)?)
    }

    /// Ends a pass, and uses the repairing round up: meters whose repair is not here leave the set.
    #[pyo3(signature = (repairing, quorum = None))]
    fn close_again(
        &self,
        py: Python<'_>,
        repairing: &Repairing,
        quorum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyAny>> {
        self.desk.check_own("repairing", &repairing.outcome)?;
        let quorum = self.quorum_or_first(py, quorum)?;
        let close =
            || self.role.with(|role| Ok::<_, Failure>(role.close_again(repairing.state.take()?, &quorum)?));
        self.closing(py, &repairing.outcome, py.detach(close)?)
    }

    /// Asks another quorum for the same set: some of the first did not answer.
    fn ask(&self, py: Python<'_>, closed: &Closed, quorum: &Bound<'_, PyAny>) -> PyResult<()> {
        self.desk.check_own("closed", &closed.outcome)?;
        let quorum = self.quorum_or_first(py, Some(quorum))?;
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

    /// The sum, once the quorum has answered; the next Open names this round's final Close. Nothing tells a wrong
    /// answer from a right one: see `certify`.
    fn record(&self, py: Python<'_>, closed: &Closed) -> PyResult<Sum> {
        self.desk.check_own("closed", &closed.outcome)?;
        let record = || self.role.with(|role| closed.state.with(|closed| role.record(closed)));
        Ok(py.detach(record)?.into())
    }

    /// Asks the holders in `asked`, at least t, by default all, for certified answers about the same set: of t + 2e
    /// answers up to e may be wrong, and are named. The new Close is for these holders alone. The closed round is
    /// needed until `record_certified`.
    #[pyo3(signature = (closed, asked = None))]
    fn certify(
        &self,
        py: Python<'_>,
        closed: Py<Closed>,
        asked: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Certified> {
        self.desk.check_own("closed", &closed.get().outcome)?;
        let asked = self.desk.asked(asked)?;
        Certified::new(py, &self.role, &self.desk, closed, asked)
    }

    /// The sum of the certified answers that have come, and who was wrong: before a later round is closed.
    fn record_certified(&self, py: Python<'_>, certified: &Certified) -> PyResult<CheckedSum> {
        self.desk.check_own("certified", &certified.closed.get().outcome)?;
        certified.record(py, &self.role)
    }

    /// How far the rounds have come, to be stored, and synced, before the frame of an Open or of a Close is sent:
    /// 46 bytes, of which the last whole ones count.
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let record = py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.progress())))?;
        Ok(PyBytes::new(py, &record))
    }

    /// Goes on after a restart from the stored progress of this epoch or the one before, before a round is
    /// opened. Rounds that were open are lost, but for those that `reopen` has, and meters refuse a utility that
    /// starts again without it until the next epoch. Counts of changes are not in it: `to_bytes` has them too.
    fn resume(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.resume(&record)))?)
    }

    /// Keys, progress and counts of changes, all secret; not the rounds that are open. To be stored where
    /// `progress` is, instead of it. Python cannot wipe the bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        state(py, &self.role, |role| Ok(role.to_bytes()?))
    }

    /// Goes on from `to_bytes`, without the link secret; the identity is used up.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        identity: &Identity,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let state = argument("state", state).secret_bytes()?;
        let role = py.detach(|| {
            view.check_stored(&params.common(), &state)?;
            view.check_utility_identity(identity)?;
            let (identity, roster) = (identity.secret.take()?, (*view.roster).clone());
            let role = dcnet_core::Utility::from_bytes(&params.0, &view.view, identity, roster, &state);
            role.map_err(Failure::from)
        })?;
        Ok(Utility { desk: Desk::new(&params.common(), view), role: Owned::new("utility", role) })
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.dcnet.Utility>"
    }
}

impl Utility {
    fn collecting(&self, py: Python<'_>, state: dcnet_core::Collecting) -> PyResult<Collecting> {
        let outcome = py.detach(|| self.desk.opened(state.frame())).map_err(Failure::from)?;
        Ok(Collecting::new(py, outcome, state))
    }

    fn quorum_or_first(&self, py: Python<'_>, numbers: Option<&Bound<'_, PyAny>>) -> PyResult<Quorum> {
        self.desk.quorum_or(numbers, || py.detach(|| self.role.with(|role| role.quorum(|_| true))))
    }

    /// The state that a Close leads to.
    fn closing(&self, py: Python<'_>, outcome: &Outcome, closing: Closing) -> PyResult<Py<PyAny>> {
        Ok(match closing {
            Closing::Repairing(state) => Py::new(py, Repairing::new(py, outcome.clone(), state))?.into_any(),
            Closing::Final(state) => {
                let outcome = py.detach(|| outcome.closed(&self.desk, state.frame()));
                Py::new(py, Closed::new(outcome.map_err(Failure::from)?, state))?.into_any()
            }
        })
    }
}
