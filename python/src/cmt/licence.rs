//! The supplier's signed word: licences, and notices of lost rounds.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::known;
use crate::argument::argument;
use crate::error::Failure;
use crate::link::EpochView;

/// A meter's licence in an epoch: it shows that its holder is registered, and from when on.
#[pyclass(frozen, eq, module = "wattsum.cmt", name = "Licence")]
#[derive(PartialEq)]
pub(crate) struct Licence(pub(super) cmt_ring::Licence);

#[pymethods]
impl Licence {
    /// From what was kept, 80 bytes; `verify` tells whether it is one.
    #[staticmethod]
    fn from_bytes(bytes: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("bytes", bytes).stored()?;
        Ok(Licence(cmt_ring::Licence::from_bytes(&bytes).map_err(Failure::from)?))
    }

    /// What a meter keeps, 80 bytes.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.to_bytes().map_err(Failure::from)?))
    }

    /// The Licence frame.
    fn to_frame<'py>(&self, py: Python<'py>, view: &EpochView) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &self.0.to_frame(&view.view).map_err(Failure::from)?))
    }

    /// That this is a licence of the meter `holder`, an id, in this epoch; whether it still holds, `since` tells.
    fn verify(&self, py: Python<'_>, view: &EpochView, holder: &Bound<'_, PyAny>) -> PyResult<()> {
        let holder = argument("holder", holder);
        let entry = known::entry(&view.roster, holder.party()?);
        let entry = entry.ok_or_else(|| holder.refuse(meter_link::Misuse::UnknownParty))?;
        Ok(py.detach(|| self.0.verify(&view.view, &entry.listed()).map_err(Failure::from))?)
    }

    /// From which round on it holds: a generation that left the meter out and began later has made it void.
    #[getter]
    fn since(&self) -> u64 {
        self.0.since().get()
    }

    /// Counts the licences of a meter in an epoch, from 1.
    #[getter]
    fn number(&self) -> u32 {
        self.0.number()
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Licence: number {}, since {}>", self.0.number(), self.0.since())
    }
}

/// A checked Lost frame: that a round of a generation gives no sum, and whose ciphertexts were missing.
#[pyclass(frozen, eq, get_all, module = "wattsum.cmt", name = "Lost")]
#[derive(PartialEq)]
pub(crate) struct Lost {
    round: u64,
    generation: u32,
    /// Of the tokens, ascending; nobody where the ciphertexts did not fit together. Who has a name, the concentrator
    /// knows (`Book.silent`).
    names: Vec<u32>,
}

#[pymethods]
impl Lost {
    /// Checks the supplier's frame.
    #[staticmethod]
    fn verify(
        py: Python<'_>,
        view: &EpochView,
        now: &Bound<'_, PyAny>,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        Ok(py.detach(|| {
            let lost = cmt_ring::Lost::verify(&view.view, now, &frame)?;
            let names = lost.names().map(|name| name.0).collect();
            Ok::<_, Failure>(Lost { round: lost.round().get(), generation: lost.generation().0, names })
        })?)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Lost: round {}, generation {}>", self.round, self.generation)
    }
}
