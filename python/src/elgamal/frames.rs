//! Several frames as an argument.

use std::cell::Cell;

use pyo3::prelude::*;

use crate::argument::Argument;
use crate::array::{Array, Rows, with_room};
use crate::error::Failure;

/// From a sequence of bytes, or from an array with a row for each.
pub(crate) enum Frames {
    Rows(Array<u8>),
    List(Vec<Vec<u8>>),
}

impl Frames {
    /// All frames of a list together: one object may stand in it many times.
    const MOST_BYTES: usize = 1 << 28;

    pub(crate) fn of(argument: Argument<'_, '_>) -> PyResult<Self> {
        if argument.value.hasattr("dtype")? {
            return Ok(Frames::Rows(argument.rows_of_bytes()?));
        }
        let room = Cell::new(Self::MOST_BYTES);
        Ok(Frames::List(argument.list(|item| {
            let bytes = item.bytes()?;
            room.set(room.get().checked_sub(bytes.len()).ok_or_else(|| item.refuse("too long"))?);
            let mut copy = with_room(bytes.len())?;
            copy.extend_from_slice(&bytes);
            Ok(copy)
        })?))
    }

    pub(crate) fn slices(&self) -> Vec<&[u8]> {
        match self {
            Frames::Rows(rows) => rows.iter().collect(),
            Frames::List(list) => list.iter().map(Vec::as_slice).collect(),
        }
    }
}

/// A row for each of these frames, which have one length.
pub(crate) fn rows<'f>(frames: impl ExactSizeIterator<Item = &'f [u8]>) -> Result<Rows, Failure> {
    let count = frames.len();
    let mut frames = frames.peekable();
    let mut rows = Rows::with_room(count, frames.peek().map_or(0, |frame| frame.len()))?;
    frames.for_each(|frame| rows.push(frame));
    Ok(rows)
}
