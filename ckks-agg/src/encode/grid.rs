//! Values that lie on a grid.

use super::round::nearest;
use crate::error::{Error, Misuse};

/// Replaces each value by the nearest multiple of `step`, ties to even multiples.
pub fn quantise(step: f64, values: &mut [f64]) {
    snap(step, values);
}

/// Part of a value by which its division and product with the step may be off.
const SLACK: f64 = 4.0 * f64::EPSILON;

/// Refuses values (which are numbers) that are no multiple of `step`. One decimal has several doubles that its computation may end with
/// (3·0.1 is not 0.3): four units in the last place are forgiven.
pub(super) fn check(step: f64, values: &[f64]) -> Result<(), Error> {
    let off = values.iter().position(|value| {
        let multiple = nearest(value / step) * step;
        (value - multiple).abs() > SLACK * value.abs()
    });
    match off.map(u32::try_from) {
        None => Ok(()),
        Some(position) => Err(Misuse::OffGrid { position: position.unwrap_or(u32::MAX) }.into()),
    }
}

pub(super) fn snap(step: f64, values: &mut [f64]) {
    for value in values {
        *value = nearest(*value / step) * step;
    }
}
