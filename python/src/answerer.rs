//! What holders and aggregators do alike: a step whose record is stored first.

use meter_link::answer::AnswererRecord;
use meter_link::{Error, Prepared as Step};
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use crate::argument::Argument;
use crate::error::Failure;
use crate::owned::Owned;
use crate::prepared::Prepared;

/// A frame, and the record that is stored before it leaves.
type Told = Result<Step<Vec<u8>, AnswererRecord>, Error>;

/// A step that leads to a frame.
pub(crate) fn tell<T: Send>(
    py: Python<'_>,
    role: &Owned<T>,
    act: impl FnOnce(&mut T) -> Told + Send,
) -> PyResult<Prepared> {
    let step = py.detach(|| role.with(act))?;
    let record = step.record().to_vec();
    Ok(Prepared::of_bytes(py, &record, &step.stored()))
}

/// A step that leads to none.
pub(crate) fn follow<T: Send>(
    py: Python<'_>,
    role: &Owned<T>,
    act: impl FnOnce(&mut T) -> Result<Step<(), AnswererRecord>, Error> + Send,
) -> PyResult<Prepared> {
    let step = py.detach(|| role.with(act))?;
    Ok(Prepared::new(py, step.record(), py.None()))
}

/// The raw answer to what was signed last, given what others have signed.
pub(crate) fn tell_certified<T: Send>(
    py: Python<'_>,
    role: &Owned<T>,
    statements: Argument<'_, '_>,
    act: fn(&mut T, &[&[u8]]) -> Told,
) -> PyResult<Prepared> {
    if statements.value.len().is_ok_and(|len| len > 255) {
        return Err(statements.refuse("more than 255"));
    }
    let statements = statements.list_of_bytes()?;
    let statements: Vec<&[u8]> = statements.iter().map(|bytes| bytes.as_slice()).collect();
    tell(py, role, |role| act(role, &statements))
}

/// State as Python has it: a copy that nobody wipes.
pub(crate) fn state<'py, T: Send>(
    py: Python<'py>,
    role: &Owned<T>,
    save: impl FnOnce(&mut T) -> Result<Zeroizing<Vec<u8>>, Failure> + Send,
) -> PyResult<Bound<'py, PyBytes>> {
    let state = py.detach(|| role.with(save))?;
    Ok(PyBytes::new(py, &state))
}
