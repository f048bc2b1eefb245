//! The aggregator.

use meter_link::Round;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use crate::answerer::{follow, state, tell, tell_certified};
use crate::argument::argument;
use crate::error::Failure;
use crate::head::{Books, books, ids};
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::prepared::Prepared;

/// An aggregator of one epoch: it tells the sum of its pads over one closed set a round, and never receives
/// a frame from a meter.
#[pyclass(frozen, module = "wattsum.shamir", name = "Aggregator")]
pub(crate) struct Aggregator {
    #[pyo3(get)]
    number: u8,
    role: Owned<shamir_agg::Aggregator>,
}

#[pymethods]
impl Aggregator {
    /// Makes the keys with all parties; identity and link secret are used up.
    #[new]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        identity: &Identity,
        link: &LinkSecret,
    ) -> PyResult<Self> {
        let id = argument("id", id).party()?;
        let role = py.detach(|| {
            view.check_answerer(&params.common(), id, link)?;
            identity.check_listed(view.roster.answerers(), id)?;
            let (link, identity) = (link.secret.take()?, identity.secret.take()?);
            let post = shamir_agg::Post { id, identity, link };
            shamir_agg::Aggregator::new(&params.0, &view.view, post, &view.roster).map_err(Failure::from)
        })?;
        Ok(Aggregator { number: role.number(), role: Owned::new("aggregator", role) })
    }

    /// Takes the utility's Open, which ends the round before it.
    fn open(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| self.role.with(|role| role.open(now, &frame)))?)
    }

    /// The round before the open one, if its set was missed: `catch_up` before agreeing to another set, or this
    /// aggregator is out of the window's bills. Else None.
    #[getter]
    fn missed(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        let missed = py.detach(|| self.role.with(|role| Ok::<_, Failure>(role.missed())))?;
        Ok(missed.map(Round::get))
    }

    /// Ids of the meters that have come and gone too often to be in a set of this round.
    fn left_out(&self, py: Python<'_>, round: &Bound<'_, PyAny>) -> PyResult<Vec<u32>> {
        let round = argument("round", round).round()?;
        Ok(py.detach(|| self.role.with(|role| Ok::<_, Failure>(ids(role.left_out(round)))))?)
    }

    /// Answers the Close of the open round.
    fn answer(&self, py: Python<'_>, now: &Bound<'_, PyAny>, close: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        tell(py, &self.role, |role| role.answer(now, &close))
    }

    /// Agrees to the set of the open round, which others are asked for. Only who knows the sets of all rounds can
    /// answer for their window. What it guards is None.
    fn follow(&self, py: Python<'_>, now: &Bound<'_, PyAny>, close: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        follow(py, &self.role, |role| role.follow(now, &close))
    }

    /// The same for a past round that it has missed, by that round's Open and Close; in ascending order, and
    /// before the next Open.
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

    /// Signs the set of the open round, for `Certified.accept_statement`: the one set that it stands for in the
    /// round, as an answer is.
    fn agree(&self, py: Python<'_>, now: &Bound<'_, PyAny>, close: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        tell(py, &self.role, |role| role.agree(now, &close))
    }

    /// Answers for a window, bound to the query: for every billed meter its share of the sum over the rounds whose
    /// set has the meter.
    fn bill(&self, py: Python<'_>, now: &Bound<'_, PyAny>, query: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, query) = (argument("now", now).round()?, argument("query", query).bytes()?);
        tell(py, &self.role, |role| role.bill(now, &query))
    }

    /// Signs a window's query, for `CertifiedBilling.accept_statement`, as `agree` does a round's set.
    fn agree_bill(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        query: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let (now, query) = (argument("now", now).round()?, argument("query", query).bytes()?);
        tell(py, &self.role, |role| role.agree_bill(now, &query))
    }

    /// The raw answer to what it has signed last, given the statements of t aggregators, its own among them
    /// (`certificate` of the round or the billing).
    fn answer_certified(&self, py: Python<'_>, statements: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let statements = argument("statements", statements);
        tell_certified(py, &self.role, statements, shamir_agg::Aggregator::answer_certified)
    }

    /// Of each window that is kept, by its first round: the rounds whose set is known, and the set's digest.
    fn books(&self, py: Python<'_>) -> PyResult<Books> {
        Ok(py.detach(|| self.role.with(|role| role.books().map(books)))?)
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

    /// Keys, digests, counts and what bills are made of, all secret: as good as the link secret for what is left of
    /// the epoch. Python cannot wipe the bytes. Store it over the state before, which holds keys of earlier ratchet
    /// steps. A round that is open is not in it: take its Open again.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        state(py, &self.role, |role| Ok(role.to_bytes()?))
    }

    /// Goes on from `to_bytes`, without the link secret; the identity is used up. Then `replay` the records stored
    /// since, and `catch_up` the rounds that were missed.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        identity: &Identity,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (id, state) = (argument("id", id).party()?, argument("state", state).secret_bytes()?);
        let role = py.detach(|| {
            view.check_stored(&params.common(), &state)?;
            identity.check_listed(view.roster.answerers(), id)?;
            let (identity, roster) = (identity.secret.take()?, &view.roster);
            let role =
                shamir_agg::Aggregator::from_bytes(&params.0, &view.view, id, identity, roster, &state);
            role.map_err(Failure::from)
        })?;
        Ok(Aggregator { number: role.number(), role: Owned::new("aggregator", role) })
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.shamir.Aggregator {}>", self.number)
    }
}
