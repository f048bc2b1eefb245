//! The utility.

use meter_link::answer::Quorum;
use meter_link::{PartyId, Round};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::bills::{Billing, CertifiedBilling};
use super::rounds::{Certified, Closed, Collecting};
use crate::answerer::state;
use crate::argument::argument;
use crate::array::mask;
use crate::collecting::reachable;
use crate::error::Failure;
use crate::head::{Books, Desk, books, ids};
use crate::link::{CheckedSum, EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::sum::Sum;

/// The utility of one epoch. It may collect for several rounds at once, but aggregators answer one at a time:
/// the next Open that they take ends the round before it.
#[pyclass(frozen, module = "wattsum.shamir", name = "Utility")]
pub(crate) struct Utility {
    desk: Desk,
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
    /// state.
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

    /// Closes the round, which is used up, over the meters whose frames are here, and asks `quorum`, by
    /// default the first t aggregators. The caller's deadline has passed. The Close goes to all aggregators: those
    /// who are not asked `follow` it. In a group with windows `MisuseError` if frames were summed elsewhere.
    #[pyo3(signature = (collecting, quorum = None))]
    fn close(
        &self,
        py: Python<'_>,
        collecting: &Collecting,
        quorum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Closed> {
        self.desk.check_own("collecting", &collecting.outcome)?;
        let quorum = self.quorum_or_first(py, quorum)?;
        let (state, outcome) = py.detach(|| {
            self.role.with(|role| {
                let state = role.close(collecting.state.take()?, &quorum)?;
                let outcome = collecting.outcome.closed(&self.desk, state.frame())?;
                Ok::<_, Failure>((state, outcome))
            })
        })?;
        Ok(Closed { outcome, state: Owned::new("closed round", state) })
    }

    /// Closes the round as `close` does, for certified answers of the aggregators in `asked`, at least t, by
    /// default all: of t + 2e answers up to e may be wrong, and are named.
    #[pyo3(signature = (collecting, asked = None))]
    fn certify(
        &self,
        py: Python<'_>,
        collecting: &Collecting,
        asked: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Certified> {
        self.desk.check_own("collecting", &collecting.outcome)?;
        let asked = self.desk.asked(asked)?;
        let (state, outcome) = py.detach(|| {
            self.role.with(|role| {
                let state = role.certify(collecting.state.take()?, &asked)?;
                let outcome = collecting.outcome.closed(&self.desk, state.frame())?;
                Ok::<_, Failure>((state, outcome))
            })
        })?;
        Ok(Certified::new(py, outcome, state))
    }

    /// Asks another quorum for the same set: some of the first did not answer.
    fn ask(&self, py: Python<'_>, closed: &Closed, quorum: &Bound<'_, PyAny>) -> PyResult<()> {
        self.desk.check_own("closed", &closed.outcome)?;
        let quorum = self.quorum_or_first(py, Some(quorum))?;
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

    /// The sum, once the quorum has answered; the next Open names this round's Close. Nothing tells a wrong answer
    /// from a right one: see `certify`.
    fn record(&self, py: Python<'_>, closed: &Closed) -> PyResult<Sum> {
        self.desk.check_own("closed", &closed.outcome)?;
        let record = || self.role.with(|role| closed.state.with(|closed| role.record(closed)));
        Ok(py.detach(record)?.into())
    }

    /// The sum of the certified answers that have come, and who was wrong.
    fn record_certified(&self, py: Python<'_>, certified: &Certified) -> PyResult<CheckedSum> {
        self.desk.check_own("certified", &certified.outcome)?;
        let record = || self.role.with(|role| certified.state.with(|state| role.record_certified(state)));
        CheckedSum::new(py, py.detach(record)?)
    }

    /// Ids of the meters whose bills the rules allow for the window that begins with round `first`; `MisuseError` if
    /// there are none.
    fn billable(&self, py: Python<'_>, first: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let first = argument("first", first).round()?;
        let billable = || self.role.with(|role| role.billable(first));
        Ok(ids(py.detach(billable)?.into_iter()))
    }

    /// Asks `quorum`, by default the first t aggregators, for the bills of the window that begins with round
    /// `first`, of `meters` by id, by default all that are billable: once its last round is closed, and before a
    /// later one is opened. It is the one query that will ever be answered for the window; another quorum may be
    /// asked for the same meters.
    #[pyo3(signature = (first, meters = None, quorum = None))]
    fn bill(
        &self,
        py: Python<'_>,
        first: &Bound<'_, PyAny>,
        meters: Option<&Bound<'_, PyAny>>,
        quorum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Billing> {
        let (first, meters) = self.billed(py, first, meters)?;
        let quorum = self.quorum_or_first(py, quorum)?;
        let state = py.detach(|| self.role.with(|role| role.bill(first, &meters, &quorum)))?;
        Ok(Billing::new(py, state))
    }

    /// The same for certified answers of the aggregators in `asked`, at least t, by default all.
    #[pyo3(signature = (first, meters = None, asked = None))]
    fn certify_bill(
        &self,
        py: Python<'_>,
        first: &Bound<'_, PyAny>,
        meters: Option<&Bound<'_, PyAny>>,
        asked: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<CertifiedBilling> {
        let (first, meters) = self.billed(py, first, meters)?;
        let asked = self.desk.asked(asked)?;
        let state = py.detach(|| self.role.with(|role| role.certify_bill(first, &meters, &asked)))?;
        Ok(CertifiedBilling::new(py, state))
    }

    /// Of each window that is kept, by its first round: the rounds whose set is known, and the set's digest. An
    /// aggregator answers for a window if its own are the same.
    fn books(&self, py: Python<'_>) -> PyResult<Books> {
        Ok(py.detach(|| self.role.with(|role| role.books().map(books)))?)
    }

    /// How far the rounds have come, to be stored, and synced, before the frame of an Open or of a Close is sent:
    /// 46 bytes, of which the last whole ones count.
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let record = py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.progress())))?;
        Ok(PyBytes::new(py, &record))
    }

    /// Goes on after a restart from the stored progress of this epoch or the one before, before a round is
    /// opened. Rounds that were open are lost, but for those that `reopen` has; without it, a round might be opened
    /// for another set of meters. Counts of changes and what bills are made of are not in it: `to_bytes` has them too.
    fn resume(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.resume(&record)))?)
    }

    /// All of its state but rounds that are open: keys, progress, counts of changes, and what bills will be made of.
    /// Secret. To be stored where `progress` is, instead of it; nothing is lost by a restart then. Python cannot wipe
    /// the bytes.
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
            let role = shamir_agg::Utility::from_bytes(&params.0, &view.view, identity, roster, &state);
            role.map_err(Failure::from)
        })?;
        Ok(Utility { desk: Desk::new(&params.common(), view), role: Owned::new("utility", role) })
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.shamir.Utility>"
    }
}

impl Utility {
    fn collecting(&self, py: Python<'_>, state: shamir_agg::Collecting) -> PyResult<Collecting> {
        let outcome = py.detach(|| self.desk.opened(state.frame())).map_err(Failure::from)?;
        Ok(Collecting::new(py, outcome, state))
    }

    fn quorum_or_first(&self, py: Python<'_>, numbers: Option<&Bound<'_, PyAny>>) -> PyResult<Quorum> {
        self.desk.quorum_or(numbers, || py.detach(|| self.role.with(|role| role.quorum(|_| true))))
    }

    fn billed(
        &self,
        py: Python<'_>,
        first: &Bound<'_, PyAny>,
        meters: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<(Round, Vec<PartyId>)> {
        let first = argument("first", first).round()?;
        let meters = match meters {
            Some(meters) => argument("meters", meters).list(|item| item.party())?,
            None => py.detach(|| self.role.with(|role| role.billable(first)))?,
        };
        Ok((first, meters))
    }
}
