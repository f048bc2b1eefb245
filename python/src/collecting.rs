//! What the utility takes in, the same for every protocol.

mod batch;
mod parts;

pub(crate) use batch::accept_batch;
pub(crate) use parts::{add, merge, partial, to_bytes};

use meter_link::answer::{Quorum, Threshold};
use meter_link::{Misuse, PartyId};
use pyo3::prelude::*;

use crate::argument::{Argument, argument};
use crate::array::with_room;
use crate::error::{Failure, Refusal, of_protocol};
use crate::owned::Owned;

/// Takes one frame; gives the sender's id.
pub(crate) fn accept<T: Send, E: Into<Failure>>(
    py: Python<'_>,
    state: &Owned<T>,
    frame: Argument<'_, '_>,
    take: fn(&mut T, &[u8]) -> Result<PartyId, E>,
) -> PyResult<u32> {
    let frame = frame.bytes()?;
    Ok(py.detach(|| state.with(|state| take(state, &frame)))?.0)
}

/// Takes a frame from every row; gives the rows that were refused, and why.
pub(crate) fn accept_many<T: Send, E: Into<Refusal>>(
    py: Python<'_>,
    state: &Owned<T>,
    frames: Argument<'_, '_>,
    take: fn(&mut T, &[u8]) -> Result<PartyId, E>,
) -> PyResult<Vec<(usize, Py<PyAny>)>> {
    let frames = frames.rows_of_bytes()?;
    let refused = py.detach(|| {
        state.with(|state| {
            let mut refused: Vec<(usize, Refusal)> = Vec::new();
            for (row, frame) in frames.iter().enumerate() {
                if let Err(error) = take(state, frame) {
                    refused.try_reserve(1).map_err(|_| Failure::NoMemory)?;
                    refused.push((row, error.into()));
                }
            }
            Ok::<_, Failure>(refused)
        })
    })?;
    let mut exceptions = with_room(refused.len())?;
    for (row, error) in refused {
        exceptions.push((row, of_protocol(py, error)?.into_value(py).into_any()));
    }
    Ok(exceptions)
}

/// Ids or numbers that `list` finds missing.
pub(crate) fn missing<T: Send>(
    py: Python<'_>,
    state: &Owned<T>,
    list: fn(&T) -> Vec<u32>,
) -> PyResult<Vec<u32>> {
    Ok(py.detach(|| state.with(|state| Ok::<_, Failure>(list(state))))?)
}

/// The quorum that the caller names; checked here, before a round is used up by a wrong one.
pub(crate) fn quorum(numbers: &Bound<'_, PyAny>, threshold: Threshold) -> PyResult<Quorum> {
    let argument = argument("quorum", numbers);
    let numbers = argument.list(|item| item.int())?;
    let quorum = Quorum::new(&numbers).ok().filter(|quorum| {
        quorum.len() == threshold.threshold() && quorum.iter().all(|number| number <= threshold.answerers())
    });
    quorum.ok_or_else(|| argument.refuse(Misuse::BadQuorum))
}

/// The answerers that can be asked: numbers, or everybody for None.
pub(crate) fn reachable(numbers: Option<&Bound<'_, PyAny>>) -> PyResult<Quorum> {
    let Some(numbers) = numbers else {
        return Ok((1..=u8::MAX).fold(Quorum::default(), Quorum::with));
    };
    let argument = argument("reachable", numbers);
    let numbers: Vec<u8> = argument.list(|item| item.int())?;
    Ok(numbers.into_iter().fold(Quorum::default(), Quorum::with))
}
