//! The aggregator.

use pyo3::prelude::*;

use super::Params;
use crate::argument::argument;
use crate::error::Failure;
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

    /// Answers the Close of the open round.
    fn answer(&self, py: Python<'_>, now: &Bound<'_, PyAny>, close: &Bound<'_, PyAny>) -> PyResult<Prepared> {
        let (now, close) = (argument("now", now).round()?, argument("close", close).bytes()?);
        let prepared = py.detach(|| self.role.with(|role| role.answer(now, &close)))?;
        let record = prepared.record().to_vec();
        Ok(Prepared::of_bytes(py, &record, &prepared.stored()))
    }

    /// Takes a stored record into account after a restart: every record of this epoch's log, in any order.
    /// One that is left out is a round that the utility can have opened again, over another set.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.role.with(|role| role.replay(&record)))?)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.shamir.Aggregator {}>", self.number)
    }
}
