//! The utility.

use std::sync::Arc;

use meter_link::answer;
use meter_link::answer::Quorum;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::billing::Billing;
use super::dlog::DlogTable;
use super::rounds::{Closed, Collecting};
use super::{KeySet, Params};
use crate::argument::argument;
use crate::array::mask;
use crate::collecting::{quorum, reachable};
use crate::error::Failure;
use crate::head::{Books, books};
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::sum::Sum;

/// The utility of one epoch. One round at a time: trustees follow the last Open only.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Utility")]
pub(crate) struct Utility {
    params: Params,
    meters: usize,
    verifier: Arc<threshold_elgamal::Verifier>,
    role: Owned<threshold_elgamal::Utility>,
}

impl Utility {
    fn of(params: &Params, view: &EpochView, role: threshold_elgamal::Utility) -> Self {
        let (meters, verifier) = (view.roster.meters().len(), Arc::clone(role.verifier()));
        Utility { params: *params, meters, verifier, role: Owned::new("utility", role) }
    }

    fn threshold(&self) -> answer::Threshold {
        self.params.inner.threshold()
    }

    fn quorum_or_first(&self, py: Python<'_>, numbers: Option<&Bound<'_, PyAny>>) -> PyResult<Quorum> {
        match numbers {
            Some(numbers) => quorum(numbers, self.threshold()),
            None => Ok(py.detach(|| self.role.with(|role| role.quorum(|_| true)))?),
        }
    }
}

/// That a key set is one of these parameters, before anything is taken.
fn check(params: &Params, keys: &KeySet) -> Result<(), Failure> {
    if keys.keys.threshold() == params.inner.threshold() {
        return Ok(());
    }
    Err(threshold_elgamal::Error::from(threshold_elgamal::Misuse::WrongKeySet).into())
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
        keys: &KeySet,
    ) -> PyResult<Self> {
        let role = py.detach(|| {
            view.check_utility(&params.common(), identity, link)?;
            check(params, keys)?;
            let (link, identity) = (link.secret.take()?, identity.secret.take()?);
            let roster = (*view.roster).clone();
            let (params, view, keys) = (&params.inner, &view.view, &keys.keys);
            threshold_elgamal::Utility::new(params, view, identity, link, keys, roster).map_err(Failure::from)
        })?;
        Ok(Self::of(params, view, role))
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
        Ok(Collecting::new(py, &self.verifier, state))
    }

    /// A round that was open when `Collecting.to_bytes` was stored: every contribution is checked anew.
    fn reopen(&self, py: Python<'_>, state: &Bound<'_, PyAny>) -> PyResult<Collecting> {
        let state = argument("state", state).bytes()?;
        let state = py.detach(|| self.role.with(|role| role.reopen(&state)))?;
        Ok(Collecting::new(py, &self.verifier, state))
    }

    /// Closes the round, which is used up, over the meters whose contributions are here, and asks `quorum`,
    /// by default the first t trustees. The caller's deadline has passed. Close and contributions go to all
    /// trustees: those who are not asked follow. A round that is refused is gone: store
    /// `Collecting.to_bytes` first.
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
        Ok(Closed::new(self.params.inner.group().channels, state))
    }

    /// Asks another quorum for the same set: some of the first did not answer.
    fn ask(&self, py: Python<'_>, closed: &Closed, quorum: &Bound<'_, PyAny>) -> PyResult<()> {
        let quorum = self::quorum(quorum, self.threshold())?;
        let ask = || self.role.with(|role| closed.state.with(|closed| role.ask(closed, &quorum)));
        Ok(py.detach(ask)?)
    }

    /// A quorum of the trustees that are reachable.
    #[pyo3(signature = (reachable = None))]
    fn quorum(&self, py: Python<'_>, reachable: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<u32>> {
        let able = self::reachable(reachable)?;
        let quorum = py.detach(|| self.role.with(|role| role.quorum(|number| able.contains(number))))?;
        Ok(quorum.iter().map(u32::from).collect())
    }

    /// The sum, once the quorum has answered, searched from 0 outwards as far as so many readings reach;
    /// with a `forecast`, an int or one a channel, from there at most `width` away, which is sooner where
    /// it is good. A table that would take too many steps is a `MisuseError` (`DlogTable`); the closed round
    /// stays.
    #[pyo3(signature = (closed, table, *, forecast = None, width = None))]
    fn record(
        &self,
        py: Python<'_>,
        closed: &Closed,
        table: &DlogTable,
        forecast: Option<&Bound<'_, PyAny>>,
        width: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Sum> {
        let forecast = forecast.map(|value| argument("forecast", value).reading_of(closed.channels.into()));
        let forecast = forecast.transpose()?;
        let width = width.map(|width| argument("width", width).int::<u64>()).transpose()?;
        if forecast.is_some() != width.is_some() {
            return Err(Failure::argument("width", "belongs to a forecast, and it to a width").into());
        }
        // Not within the lock of the role: a search may take long.
        let search = || {
            self.role.with(|_| Ok::<_, Failure>(()))?;
            closed.state.with(|closed| {
                Ok::<_, Failure>(match forecast.zip(width) {
                    Some((forecast, width)) => {
                        table.check("width", width.saturating_mul(2))?;
                        closed.combine_around(&table.0, &forecast, width)?
                    }
                    None => {
                        let meters = u32::try_from(closed.contributions().len()).unwrap_or(u32::MAX);
                        table.check("table", self.params.inner.bound(meters).saturating_mul(2))?;
                        closed.combine(&table.0)?
                    }
                })
            })
        };
        Ok(py.detach(search)?.into())
    }

    /// Ids of meters that have come and gone too often to be in a set of this round.
    fn left_out(&self, py: Python<'_>, round: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let round = argument("round", round).round()?;
        let list = |role: &mut threshold_elgamal::Utility| {
            Ok::<_, Failure>(role.left_out(round).map(|id| id.0).collect())
        };
        Ok(py.detach(|| self.role.with(list))?)
    }

    /// Whose bills the rules allow for the window that begins with `first`, by id.
    fn billable(&self, py: Python<'_>, first: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let first = argument("first", first).round()?;
        let meters = py.detach(|| self.role.with(|role| role.billable(first)))?;
        Ok(meters.into_iter().map(|id| id.0).collect())
    }

    /// Asks for the bills of a window, whose last round is over, in the one query that will ever be
    /// answered for it: by default all that `billable` allows, of the first t trustees.
    #[pyo3(signature = (first, meters = None, quorum = None))]
    fn bill(
        &self,
        py: Python<'_>,
        first: &Bound<'_, PyAny>,
        meters: Option<&Bound<'_, PyAny>>,
        quorum: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Billing> {
        let first = argument("first", first).round()?;
        let meters = meters.map(|ids| argument("meters", ids).list(|item| item.party())).transpose()?;
        let quorum = self.quorum_or_first(py, quorum)?;
        let state = py.detach(|| {
            self.role.with(|role| {
                let meters = match meters {
                    Some(meters) => meters,
                    None => role.billable(first)?,
                };
                Ok::<_, Failure>(role.bill(first, &meters, &quorum)?)
            })
        })?;
        Ok(Billing::new(state))
    }

    /// Asks another quorum for the same bills.
    fn ask_bill(&self, py: Python<'_>, billing: &Billing, quorum: &Bound<'_, PyAny>) -> PyResult<()> {
        let quorum = self::quorum(quorum, self.threshold())?;
        let ask = || self.role.with(|role| billing.state.with(|state| role.ask_bill(state, &quorum)));
        Ok(py.detach(ask)?)
    }

    /// Of each window that is kept, by its first round: the rounds whose list is known, and its digest. A trustee
    /// answers for a window if its own are the same.
    fn books(&self, py: Python<'_>) -> PyResult<Books> {
        Ok(py.detach(|| self.role.with(|role| role.books().map(books)))?)
    }

    /// How far the rounds have come, to be stored, and synced, before the frame of an Open or of a Close is
    /// sent: 46 bytes, of which the last whole ones count.
    fn progress<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let record = py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.progress())))?;
        Ok(PyBytes::new(py, &record))
    }

    /// Goes on after a restart from the stored progress of this epoch or the one before, before a round is
    /// opened.
    fn resume(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.resume(&record)))?)
    }

    /// Keys, progress, counts and what bills will be made of, all but rounds that are open: secret. Stored
    /// before a Close is sent, nothing is lost by a restart.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let state = py.detach(|| self.role.with(|role| role.to_bytes()))?;
        Ok(PyBytes::new(py, &state))
    }

    /// Goes on from `to_bytes` without the link secret; the identity is used up.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        identity: &Identity,
        keys: &KeySet,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let state = argument("state", state).secret_bytes()?;
        let role = py.detach(|| {
            check(params, keys)?;
            let own = view.view.utility();
            if own.identity.0 != identity.public {
                return Err(meter_link::Error::from(meter_link::Misuse::WrongRole).into());
            }
            let (identity, roster) = (identity.secret.take()?, (*view.roster).clone());
            let (params, view, keys) = (&params.inner, &view.view, &keys.keys);
            let role = threshold_elgamal::Utility::from_bytes(params, view, identity, keys, roster, &state);
            role.map_err(Failure::from)
        })?;
        Ok(Self::of(params, view, role))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Utility>"
    }
}
