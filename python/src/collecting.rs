//! What the utility takes in, the same for every protocol.

use meter_link::answer::{Quorum, Threshold};
use meter_link::{Error, Misuse, PartyId};
use pyo3::prelude::*;

use crate::argument::{Argument, argument};
use crate::error::{Failure, of_protocol};
use crate::owned::Owned;

/// Takes one frame; gives the sender's id.
pub(crate) fn accept<T: Send>(
    py: Python<'_>,
    state: &Owned<T>,
    frame: Argument<'_, '_>,
    take: fn(&mut T, &[u8]) -> Result<PartyId, Error>,
) -> PyResult<u32> {
    let frame = frame.bytes()?;
    Ok(py.detach(|| state.with(|state| take(state, &frame)))?.0)
}

/// Takes a frame from every row; gives the rows that were refused, and why.
pub(crate) fn accept_many<T: Send>(
    py: Python<'_>,
    state: &Owned<T>,
    frames: Argument<'_, '_>,
    take: fn(&mut T, &[u8]) -> Result<PartyId, Error>,
) -> PyResult<Vec<(usize, Py<PyAny>)>> {
    let frames = frames.rows_of_bytes()?;
    let refused = py.detach(|| {
        state.with(|state| {
            let rows = frames.iter().enumerate();
            let refused = rows.filter_map(|(row, frame)| Some((row, take(state, frame).err()?)));
            Ok::<Vec<_>, Failure>(refused.collect())
        })
    })?;
    let refused = refused.into_iter();
    refused.map(|(row, error)| Ok((row, of_protocol(py, error)?.into_value(py).into_any()))).collect()
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
