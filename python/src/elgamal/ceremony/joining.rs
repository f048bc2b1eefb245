//! The first two steps: all announce their keys, then all sign what they have seen.

use meter_link::PartyId;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::ceremony;

use super::agreed::{Dispute, disputes};
use super::plan::Ceremony;
use super::sharing::Sharing;
use super::step::{Step, bytes_or_none};
use crate::argument::argument;
use crate::elgamal::SecretShare;
use crate::elgamal::frames::Frames;
use crate::entropy;
use crate::error::Failure;
use crate::link::Identity;
use crate::prepared::Prepared;

/// A participant that announces its keys and collects those of all others.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Joining")]
pub(crate) struct Joining(Step<ceremony::Joining>);

#[pymethods]
impl Joining {
    /// Takes part as `id`; identity, and the share of the old keys of who deals it anew, are used up. The
    /// record is **secret**: it is the seed of everything that is drawn, and begins the ceremony's log,
    /// which is wiped at its end.
    #[staticmethod]
    #[pyo3(signature = (ceremony, id, identity, share = None))]
    fn begin(
        py: Python<'_>,
        ceremony: &Ceremony,
        id: &Bound<'_, PyAny>,
        identity: &Identity,
        share: Option<&SecretShare>,
    ) -> PyResult<Prepared> {
        let id: PartyId = argument("id", id).party()?;
        let prepared = py.detach(|| {
            let participant = ceremony.participant(id, identity, share)?;
            let rng = &mut entropy::rng()?;
            Ok::<_, Failure>(ceremony::Joining::begin(&ceremony.plan, participant, rng)?)
        })?;
        let record = prepared.record().to_vec();
        let joining = Joining(Step::new("ceremony step", prepared.stored()));
        Ok(Prepared::new(py, &record, Py::new(py, joining)?.into_any()))
    }

    /// Goes on after a restart from the records of the ceremony's log, a sequence of bytes: the same frames
    /// come out, and everybody's are accepted anew. Who has lost a record takes part in the next ceremony.
    #[staticmethod]
    #[pyo3(signature = (ceremony, id, identity, records, share = None))]
    fn resume(
        py: Python<'_>,
        ceremony: &Ceremony,
        id: &Bound<'_, PyAny>,
        identity: &Identity,
        records: &Bound<'_, PyAny>,
        share: Option<&SecretShare>,
    ) -> PyResult<Self> {
        let id: PartyId = argument("id", id).party()?;
        let records = Frames::of(argument("records", records))?;
        let joining = py.detach(|| {
            let participant = ceremony.participant(id, identity, share)?;
            Ok::<_, Failure>(ceremony::Joining::resume(&ceremony.plan, participant, records.slices())?)
        })?;
        Ok(Joining(Step::new("ceremony step", joining)))
    }

    /// What goes to everybody.
    #[getter]
    fn frame(&self, py: Python<'_>) -> PyResult<Py<PyBytes>> {
        let frame = self.0.get(py, |state| state.frame().to_vec())?;
        Ok(PyBytes::new(py, &frame).unbind())
    }

    /// Takes another party's announcement; the same again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.accept(py, argument("frame", frame), ceremony::Joining::accept)
    }

    /// Ids of those whose announcement is not there.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.0.get(py, |state| state.missing().map(|id| id.0).collect())
    }

    /// A party's announcement as it came, or None.
    fn announcement(&self, py: Python<'_>, id: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyBytes>>> {
        let id = argument("id", id).party()?;
        let frame = self.0.get(py, |state| state.announcement(id).map(<[u8]>::to_vec))?;
        Ok(bytes_or_none(py, frame))
    }

    /// All have announced: the next step, of which the record is stored before its frame is sent.
    fn close(&self, py: Python<'_>) -> PyResult<Prepared> {
        let prepared = self.0.advance(py, ceremony::Joining::close)?;
        let record = prepared.record().to_vec();
        let echoing = Echoing(Step::new("ceremony step", prepared.stored()));
        Ok(Prepared::new(py, &record, Py::new(py, echoing)?.into_any()))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Joining>"
    }
}

/// A participant that has signed whose announcements it has, and collects what all others have.
#[pyclass(frozen, module = "wattsum.elgamal", name = "Echoing")]
pub(crate) struct Echoing(Step<ceremony::Echoing>);

#[pymethods]
impl Echoing {
    /// What goes to everybody.
    #[getter]
    fn frame(&self, py: Python<'_>) -> PyResult<Py<PyBytes>> {
        let frame = self.0.get(py, |state| state.frame().to_vec())?;
        Ok(PyBytes::new(py, &frame).unbind())
    }

    /// Takes another party's echo, whether or not it is the same as the own: see `disputes`.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.accept(py, argument("frame", frame), ceremony::Echoing::accept)
    }

    /// Ids of those whose echo is not there.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.0.get(py, |state| state.missing().map(|id| id.0).collect())
    }

    /// Which echoes name other announcements than this participant has. With any of them the ceremony is
    /// over.
    fn disputes(&self, py: Python<'_>) -> PyResult<Vec<Dispute>> {
        self.0.get(py, |state| disputes(state.disputes()))
    }

    /// A party's announcement as it came, or None: what a dispute about it is settled with.
    fn announcement(&self, py: Python<'_>, id: &Bound<'_, PyAny>) -> PyResult<Option<Py<PyBytes>>> {
        let id = argument("id", id).party()?;
        let frame = self.0.get(py, |state| state.announcement(id).map(<[u8]>::to_vec))?;
        Ok(bytes_or_none(py, frame))
    }

    /// All have seen the same: the next step.
    fn close(&self, py: Python<'_>) -> PyResult<Sharing> {
        Ok(Sharing::new(self.0.advance(py, ceremony::Echoing::close)?))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.elgamal.Echoing>"
    }
}
