//! Arrays of ciphertexts, points and shares: the last axis is the bytes of one.

use std::fmt::Write;

use threshold_elgamal::equality::Encoded;

use crate::argument::Argument;
use crate::array::{Array, with_room};
use crate::error::Failure;

use pyo3::prelude::*;

/// Bytes of a point.
pub(crate) const POINT: usize = 32;
/// Bytes of a ciphertext, `R ‖ C`.
pub(crate) const CIPHERTEXT: usize = threshold_elgamal::Ciphertext::LEN;

/// Values of W bytes in C order, and the shape that the array of them has without its last axis.
pub(crate) struct Units<const W: usize> {
    pub(crate) name: &'static str,
    values: Vec<u8>,
    pub(crate) shape: Vec<usize>,
}

impl<const W: usize> Units<W> {
    pub(crate) fn of(argument: Argument<'_, '_>) -> PyResult<Self> {
        let Array { values, mut shape } = argument.typed::<u8>("uint8", b"u")?;
        if shape.pop() != Some(W) {
            return Err(argument.refuse(format_args!("expected a last axis of {W} bytes")));
        }
        Ok(Units { name: argument.name, values, shape })
    }

    pub(crate) fn as_slice(&self) -> &[[u8; W]] {
        self.values.as_chunks().0
    }

    pub(crate) fn len(&self) -> usize {
        self.as_slice().len()
    }

    /// The shape of an array with `width` bytes for each value.
    pub(crate) fn with_last(&self, width: usize) -> Vec<usize> {
        [self.shape.as_slice(), &[width]].concat()
    }

    /// That the value at a place is none.
    pub(crate) fn malformed(&self, place: usize, what: &str) -> Failure {
        Failure::malformed(self.name, format_args!("{what} at {}", index(place, &self.shape)))
    }
}

impl Units<POINT> {
    /// The points of a part, which begins at `start`.
    pub(crate) fn points(&self, start: usize, part: &[[u8; POINT]]) -> Result<Vec<Encoded>, Failure> {
        let mut points = with_room(part.len())?;
        for (place, bytes) in part.iter().enumerate() {
            let point = Encoded::from_bytes(bytes);
            points.push(point.map_err(|_| self.malformed(start.wrapping_add(place), "no point"))?);
        }
        Ok(points)
    }
}

/// Index of the value at a place, as numpy writes it.
pub(crate) fn index(place: usize, shape: &[usize]) -> String {
    let mut rest = place;
    let mut indices = Vec::new();
    for size in shape.iter().rev() {
        indices.push(rest.checked_rem(*size).unwrap_or_default());
        rest = rest.checked_div(*size).unwrap_or_default();
    }
    let mut text = String::from("[");
    for (place, index) in indices.iter().rev().enumerate() {
        let comma = if place == 0 { "" } else { ", " };
        // Strings take all there is.
        let _ = write!(text, "{comma}{index}");
    }
    text.push(']');
    text
}
