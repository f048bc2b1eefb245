//! A state of a ceremony that goes over into the next, and stays where it may not.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::Error;
use threshold_elgamal::ceremony::{Refused, Verdict};

use crate::argument::Argument;
use crate::error::{Failure, of_protocol};
use crate::owned::Owned;

/// None once the step has been taken.
pub(super) struct Step<S> {
    what: &'static str,
    state: Owned<Option<S>>,
}

impl<S: Send> Step<S> {
    pub(super) fn new(what: &'static str, state: S) -> Self {
        Step { what, state: Owned::new(what, Some(state)) }
    }

    pub(super) fn with<R: Send, E: Into<Failure>>(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut S) -> Result<R, E> + Send,
    ) -> PyResult<R> {
        let with =
            |slot: &mut Option<S>| act(slot.as_mut().ok_or(Failure::UsedUp(self.what))?).map_err(Into::into);
        Ok(py.detach(|| self.state.with(with))?)
    }

    /// What can be read off it.
    pub(super) fn get<R: Send>(&self, py: Python<'_>, get: impl FnOnce(&S) -> R + Send) -> PyResult<R> {
        self.with(py, |state| Ok::<_, Failure>(get(state)))
    }

    /// Takes a frame.
    pub(super) fn accept(
        &self,
        py: Python<'_>,
        frame: Argument<'_, '_>,
        accept: fn(&mut S, &[u8]) -> Result<(), Error>,
    ) -> PyResult<()> {
        let frame = frame.bytes()?;
        self.with(py, |state| accept(state, &frame))
    }

    /// The next state; a step that is refused has changed nothing.
    pub(super) fn advance<T: Send>(
        &self,
        py: Python<'_>,
        step: impl FnOnce(S) -> Result<T, Box<Refused<S>>> + Send,
    ) -> PyResult<T> {
        let advance = |slot: &mut Option<S>| {
            let state = slot.take().ok_or(Failure::UsedUp(self.what))?;
            step(state).map_err(|refused| {
                let Refused { state, error } = *refused;
                *slot = Some(state);
                Failure::from(error)
            })
        };
        Ok(py.detach(|| self.state.with(advance))?)
    }
}

/// A frame, where there is one.
pub(super) fn bytes_or_none(py: Python<'_>, frame: Option<Vec<u8>>) -> Option<Py<PyBytes>> {
    frame.map(|frame| PyBytes::new(py, &frame).unbind())
}

/// The exception that a verdict is, not raised.
pub(super) fn blame(py: Python<'_>, verdict: Verdict) -> PyResult<Py<PyAny>> {
    Ok(of_protocol(py, Error::from(verdict))?.into_value(py).into_any())
}
