//! The roster's root, pinned before the beacon.

use meter_link::IdentityKey;
use meter_link::roster;
use pyo3::prelude::*;

use super::roster::Forming;
use crate::argument::argument;
use crate::error::Failure;
use crate::prepared::Prepared;

/// A root that this party has pinned. Only from here on can it make an epoch.
#[pyclass(frozen, eq, module = "wattsum.link", name = "StoredRoot")]
#[derive(PartialEq)]
pub(crate) struct StoredRoot(pub(crate) roster::StoredRoot);

#[pymethods]
impl StoredRoot {
    /// Checks the utility's root. `now` is Unix time, and must be before the beacon's publication; `pinned`
    /// is the last root that this party stored for the session, of this epoch or an earlier one, None only if
    /// there is none: an epoch that overlaps an earlier one would let a round be summed twice.
    #[staticmethod]
    #[pyo3(signature = (frame, forming, utility, now, pinned = None))]
    fn accept(
        py: Python<'_>,
        frame: &Bound<'_, PyAny>,
        forming: &Forming,
        utility: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
        pinned: Option<&StoredRoot>,
    ) -> PyResult<Prepared> {
        let frame = argument("frame", frame).bytes()?;
        let utility = IdentityKey(argument("utility", utility).array()?);
        let now = argument("now", now).int()?;
        let pinned = pinned.map(|root| &root.0);
        let prepared = py.detach(|| {
            roster::StoredRoot::accept(&frame, &forming.0, &utility, now, pinned).map_err(Failure::from)
        })?;
        let record = prepared.record().to_vec();
        let root = Py::new(py, StoredRoot(prepared.stored()))?;
        Ok(Prepared::new(py, &record, root.into_any()))
    }

    /// From the record, after a restart. Of a session's roots, the last one stored counts.
    #[staticmethod]
    fn from_bytes(record: &Bound<'_, PyAny>) -> PyResult<Self> {
        let record = argument("record", record).bytes()?;
        let record = record.as_ref().try_into().map_err(|_| meter_link::Malformed::BadRecord);
        let root = record.map_err(meter_link::Error::from).and_then(roster::StoredRoot::from_bytes);
        Ok(StoredRoot(root.map_err(Failure::from)?))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.link.StoredRoot>"
    }
}
