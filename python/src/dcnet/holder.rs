//! The holder.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use crate::answerer::{follow, state, tell, tell_certified};
use crate::argument::argument;
use crate::error::Failure;
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::prepared::Prepared;

/// A holder of one epoch: it tells its part of the self-masks over one closed set a round, and never receives
/// a frame from a meter.
#[pyclass(frozen, module = "wattsum.dcnet", name = "Holder")]
pub(crate) struct Holder {
    #[pyo3(get)]
    number: u8,
    role: Owned<dcnet_core::Holder>,
}

impl Holder {
    fn new(role: dcnet_core::Holder) -> Self {
        Holder { number: role.number(), role: Owned::new("holder", role) }
    }
}

/// With the identity that it signs statements with, if it has one.
fn signing(role: dcnet_core::Holder, identity: Option<&Identity>) -> Result<dcnet_core::Holder, Failure> {
    match identity {
        Some(identity) => Ok(role.signing(identity.secret.take()?)?),
        None => Ok(role),
    }
}

#[pymethods]
impl Holder {
    /// Makes the keys with all parties; the link secret is used up, and the identity, which it signs statements
    /// and the end of its log with. Of a meter that is drawn, the link secret is the meter's (`LinkSecret.twin`).
    #[new]
    #[pyo3(signature = (params, view, id, link, identity = None))]
    fn py_new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        link: &LinkSecret,
        identity: Option<&Identity>,
    ) -> PyResult<Self> {
        let id = argument("id", id).party()?;
        let role = py.detach(|| {
            view.check_answerer(&params.common(), id, link)?;
            identity.map_or(Ok(()), |own| own.check_listed(view.roster.answerers(), id))?;
            let link = link.secret.take()?;
            signing(dcnet_core::Holder::new(&params.0, &view.view, id, link, &view.roster)?, identity)
        })?;
        Ok(Self::new(role))
    }

    /// Takes the utility's Open, which ends the round before it.
    fn open(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| self.role.with(|role| role.open(now, &frame)))?)
    }

    /// Answers the final Close of the open round.
    fn answer(&self, py: Python<'_>, now: &Bound<'_, PyAny>, close: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        tell(py, &self.role, |role| role.answer(now, &close))
    }

    /// Takes the final Close of the open round into account where others are asked: they count how often a meter
    /// comes and goes, and so should this holder. What it guards is None.
    fn follow(&self, py: Python<'_>, now: &Bound<'_, PyAny>, close: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        follow(py, &self.role, |role| role.follow(now, &close))
    }

    /// The same for a past round that it has missed, by that round's Open and final Close; in ascending order,
    /// and before the next Open.
    fn catch_up(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        open: &Bound<'_, PyAny>,
        close: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let now = argument("now", now).round()?;
        let (open, close) = (argument("open", open).bytes()?, argument("close", close).bytes()?);
        follow(py, &self.role, |role| role.catch_up(now, &open, &close))
    }

    /// Signs the set of the open round's final Close, for `Certified.accept_statement`: the one set that it
    /// stands for in the round, as an answer is.
    fn agree(&self, py: Python<'_>, now: &Bound<'_, PyAny>, close: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        tell(py, &self.role, |role| role.agree(now, &close))
    }

    /// The raw answer to what it has signed last, given the statements of t holders, its own among them
    /// (`Certified.certificate`).
    fn answer_certified(&self, py: Python<'_>, statements: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let statements = argument("statements", statements);
        tell_certified(py, &self.role, statements, dcnet_core::Holder::answer_certified)
    }

    /// Takes a stored record into account after a restart: every record of this epoch's log, in any order.
    /// One that is left out is a round that the utility can have opened again, over another set.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.replay(&record)))?)
    }

    /// Entries of its log, which are the records that it has stored.
    #[getter]
    fn entries(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.log().len())))?)
    }

    /// The end of its log, signed in this round, for `link.LogHead.verify`: once the last record is stored.
    fn log_head<'py>(&self, py: Python<'py>, round: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyBytes>> {
        let round = argument("round", round).round()?;
        let frame = py.detach(|| self.role.with(|role| role.log_head(round)))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// Keys, digests and counts, all secret: as good as the link secret for what is left of the epoch. Python
    /// cannot wipe the bytes. Store it over the state before, which holds keys of earlier ratchet steps. A round that
    /// is open is not in it: take its Open again.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        state(py, &self.role, |role| Ok(role.to_bytes()?))
    }

    /// Goes on from `to_bytes`, without the link secret. Then `replay` the records stored since, and `catch_up`
    /// the rounds that were missed.
    #[staticmethod]
    #[pyo3(signature = (params, view, id, state, identity = None))]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        state: &Bound<'_, PyAny>,
        identity: Option<&Identity>,
    ) -> PyResult<Self> {
        let (id, state) = (argument("id", id).party()?, argument("state", state).secret_bytes()?);
        let role = py.detach(|| {
            view.check_stored(&params.common(), &state)?;
            identity.map_or(Ok(()), |own| own.check_listed(view.roster.answerers(), id))?;
            let role = dcnet_core::Holder::from_bytes(&params.0, &view.view, id, &view.roster, &state);
            signing(role?, identity)
        })?;
        Ok(Self::new(role))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.dcnet.Holder {}>", self.number)
    }
}
