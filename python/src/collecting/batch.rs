//! Many frames at once, on one thread or several.

use meter_link::Error;
use meter_link::collect::{Collecting, Collection};
use pyo3::prelude::*;

use crate::argument::Argument;
use crate::array::with_room;
use crate::error::{Failure, of_protocol};
use crate::owned::Owned;
use crate::threads::Threads;

/// Each lane has its own table of the round.
const MOST_LANES: usize = 16;

/// Frames that are worth a thread's start, and a table of the round that is put into the first in the end.
fn least(meters: usize) -> usize {
    (meters / 4).max(4096)
}

/// Takes a frame from every row; gives the rows that were refused, and why: the same, and in the same order,
/// whatever the number of threads.
pub(crate) fn accept_batch(
    py: Python<'_>,
    state: &Owned<Collecting>,
    meters: usize,
    frames: Argument<'_, '_>,
    threads: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<(usize, Py<PyAny>)>> {
    let threads = Threads::of(threads)?;
    let frames = frames.rows_of_bytes()?;
    let lanes =
        threads.count().min(MOST_LANES).min(frames.count().checked_div(least(meters)).unwrap_or_default());
    let refused = py.detach(|| {
        let mut rows = with_room(frames.count())?;
        rows.extend(frames.iter().enumerate());
        state.with(|collecting| take(collecting, &rows, threads, lanes))
    })?;
    refused
        .into_iter()
        .map(|(row, error)| Ok((row, of_protocol(py, error)?.into_value(py).into_any())))
        .collect()
}

type Rows<'f> = Vec<(usize, &'f [u8])>;
type Refused = Vec<(usize, Error)>;

fn take(
    collecting: &mut Collecting,
    rows: &[(usize, &[u8])],
    threads: Threads,
    lanes: usize,
) -> Result<Refused, Failure> {
    if lanes < 2 {
        let frames = frames(rows)?;
        let mut refused = Vec::new();
        collecting.accept_many(&frames, |index, outcome| note(&mut refused, rows, index, outcome));
        return Ok(refused);
    }
    // All frames of a sender go to one lane, so that of two different ones the first counts, as on one thread.
    let mut parts: Vec<Rows<'_>> = Vec::new();
    for _ in 0..lanes {
        parts.push(with_room(rows.len().div_ceil(lanes))?);
    }
    for (row, frame) in rows {
        let sender = frame.get(8..12).and_then(<[u8]>::first_chunk).map_or(0, |id| u32::from_le_bytes(*id));
        // Ids often have a common step.
        let mixed = sender.wrapping_mul(0x9e37_79b1) >> 16;
        let lane = usize::try_from(mixed).unwrap_or_default().checked_rem(lanes).unwrap_or_default();
        if let Some(part) = parts.get_mut(lane) {
            part.push((*row, frame));
        }
    }
    let jobs: Vec<_> = parts.iter().map(|part| (part, collecting.branch())).collect();
    let done =
        threads.run(jobs, |(part, mut branch)| lane(&mut branch, part).map(|refused| (branch, refused)));
    let mut refused = Vec::new();
    for (part, done) in parts.iter().zip(done) {
        match done {
            Ok((branch, lane)) if collecting.merge(&branch).is_ok() => refused.extend(lane),
            // A frame contradicts one that had come before, or its meter is in a sum already: which one, and what
            // that means, is found the way that one thread takes.
            _ => {
                let frames = frames(part)?;
                collecting.accept_many(&frames, |index, outcome| note(&mut refused, part, index, outcome));
            }
        }
    }
    refused.sort_unstable_by_key(|(row, _)| *row);
    Ok(refused)
}

fn lane(branch: &mut Collection, part: &[(usize, &[u8])]) -> Result<Refused, Failure> {
    let frames = frames(part)?;
    let mut refused = Vec::new();
    branch.accept_many(&frames, |index, outcome| note(&mut refused, part, index, outcome));
    Ok(refused)
}

fn frames<'f>(rows: &[(usize, &'f [u8])]) -> Result<Vec<&'f [u8]>, Failure> {
    let mut frames = with_room(rows.len())?;
    frames.extend(rows.iter().map(|(_, frame)| *frame));
    Ok(frames)
}

fn note<T>(refused: &mut Refused, rows: &[(usize, &[u8])], index: usize, outcome: Result<T, Error>) {
    if let (Err(error), Some((row, _))) = (outcome, rows.get(index)) {
        refused.push((*row, error));
    }
}
