//! The holder.

use pyo3::prelude::*;

use super::Params;
use crate::argument::argument;
use crate::error::Failure;
use crate::link::{EpochView, LinkSecret};
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

#[pymethods]
impl Holder {
    /// Makes the keys with all parties; the link secret is used up.
    #[new]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        link: &LinkSecret,
    ) -> PyResult<Self> {
        let id = argument("id", id).party()?;
        let role = py.detach(|| {
            view.check_answerer(&params.common(), id, link)?;
            let link = link.secret.take()?;
            let role = dcnet_core::Holder::new(&params.0, &view.view, id, link, &view.roster);
            role.map_err(Failure::from)
        })?;
        Ok(Holder { number: role.number(), role: Owned::new("holder", role) })
    }

    /// Takes the utility's Open, which ends the round before it.
    fn open(&self, py: Python<'_>, now: &Bound<'_, PyAny>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| self.role.with(|role| role.open(now, &frame)))?)
    }

    /// Answers the final Close of the open round.
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
        format!("<wattsum.dcnet.Holder {}>", self.number)
    }
}
