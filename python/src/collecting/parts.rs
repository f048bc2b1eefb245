//! A round's contributions in parts: taken in elsewhere, stored, and put together again.

use meter_link::collect::Collecting;
use meter_link::{Error, Malformed, Misuse};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::Argument;
use crate::link::PartialSum;
use crate::owned::Owned;

/// The sum of what has come, and from whom.
pub(crate) fn partial(py: Python<'_>, state: &Owned<Collecting>) -> PyResult<PartialSum> {
    let partial = py.detach(|| {
        state.with(|collecting| {
            let bytes = collecting.to_bytes()?;
            let mut branch = collecting.branch();
            branch.merge_bytes(contributions(&bytes, collecting.frame())?)?;
            branch.partial()
        })
    })?;
    Ok(PartialSum(partial))
}

/// Takes in the sum of frames that were checked elsewhere.
pub(crate) fn add(py: Python<'_>, state: &Owned<Collecting>, partial: &PartialSum) -> PyResult<()> {
    Ok(py.detach(|| state.with(|collecting| collecting.add(&partial.0)))?)
}

/// Takes in the frames of another collection of the round, as stored.
pub(crate) fn merge(py: Python<'_>, state: &Owned<Collecting>, stored: Argument<'_, '_>) -> PyResult<()> {
    let stored = stored.bytes()?;
    Ok(py.detach(|| {
        state.with(|collecting| {
            let mut branch = collecting.branch();
            branch.merge_bytes(contributions(&stored, collecting.frame())?)?;
            collecting.merge(&branch)
        })
    })?)
}

/// What has come, to be stored.
pub(crate) fn to_bytes<'py>(py: Python<'py>, state: &Owned<Collecting>) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = py.detach(|| state.with(|collecting| collecting.to_bytes()))?;
    Ok(PyBytes::new(py, &bytes))
}

/// The part of a stored round behind its Open, which must be this one: the round is named by no less.
fn contributions<'s>(stored: &'s [u8], open: &[u8]) -> Result<&'s [u8], Error> {
    /// As `Collecting::to_bytes` begins.
    const VERSION: u8 = 12;
    let truncated = Malformed::Truncated;
    let (version, rest) = stored.split_first().ok_or(truncated)?;
    if *version != VERSION {
        return Err(Malformed::BadRecord.into());
    }
    let (len, rest) = rest.split_first_chunk().ok_or(truncated)?;
    let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX);
    let (own, contributions) = rest.split_at_checked(len).ok_or(truncated)?;
    if own != open {
        return Err(Misuse::OutOfOrder.into());
    }
    Ok(contributions)
}
