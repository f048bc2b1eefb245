//! What is to be encrypted: arrays of numbers, and how they are encoded.

use ckks_agg::{Encoder, Packing, Plaintext, Preset, Scale};
use pyo3::prelude::*;
use pyo3::types::PyBool;

use super::ring::integer_scale;
use crate::argument::{Argument, argument};
use crate::array::{Array, filled};
use crate::error::Failure;

/// Numbers in C order. They are copied: the encoder looks at them more than once, and another thread may write
/// into the caller's array meanwhile.
pub(super) enum Numbers {
    Whole(Array<i64>),
    Real(Array<f64>),
}

/// The numbers of one ciphertext.
#[derive(Clone, Copy)]
pub(super) enum Row<'a> {
    Whole(&'a [i64]),
    Real(&'a [f64]),
}

impl Numbers {
    /// Of the packing that was asked for; else whole numbers as such, and others as real ones.
    pub(super) fn of(given: Argument<'_, '_>, packing: Option<Packing>) -> PyResult<(Self, Packing)> {
        let whole = matches!(given.kind()?, b'i' | b'u');
        let packing = packing.unwrap_or(if whole { Packing::Integers } else { Packing::Reals });
        let numbers = match packing {
            Packing::Integers => Numbers::Whole(given.signed()?),
            Packing::Reals | Packing::Pairs => Numbers::Real(given.float64s()?.copied()?),
        };
        Ok((numbers, packing))
    }

    /// One number again and again.
    pub(super) fn repeated(value: f64, len: usize) -> Result<Self, Failure> {
        Ok(Numbers::Real(Array { values: filled(value, len)?, shape: vec![len] }))
    }

    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Numbers::Whole(array) => &array.shape,
            Numbers::Real(array) => &array.shape,
        }
    }

    /// One of the rows of an array of two dimensions; of one dimension, all of it.
    pub(super) fn row(&self, place: usize) -> Row<'_> {
        let width = self.shape().last().copied().unwrap_or_default();
        let start = place.wrapping_mul(width);
        let range = start..start.wrapping_add(width);
        match self {
            Numbers::Whole(array) => Row::Whole(array.values.get(range).unwrap_or_default()),
            Numbers::Real(array) => Row::Real(array.values.get(range).unwrap_or_default()),
        }
    }
}

/// How numbers are encoded.
#[derive(Clone, Copy)]
pub(super) struct Encoding {
    packing: Packing,
    scale_bits: u32,
    /// Public, and in the header of every ciphertext: it may not depend on the values.
    max_reading: f64,
}

impl Encoding {
    pub(super) fn of(
        preset: Preset,
        packing: Packing,
        scale_bits: Option<&Bound<'_, PyAny>>,
        max_reading: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let scale_bits = match scale_bits {
            Some(bits) => argument("scale_bits", bits).int()?,
            None if packing == Packing::Integers => integer_scale(preset),
            None => preset.usual_scale(),
        };
        let scales = preset.scales();
        if !scales.contains(&scale_bits) {
            let (least, most) = (scales.start(), scales.end());
            return Err(Failure::argument("scale_bits", format_args!("expected {least} ... {most}")).into());
        }
        let max_reading = match max_reading {
            Some(most) => positive(argument("max_reading", most))?,
            None => 1000.0,
        };
        Ok(Encoding { packing, scale_bits, max_reading })
    }

    pub(super) fn encode(&self, encoder: &Encoder, row: Row<'_>) -> Result<Plaintext, Failure> {
        self.plaintext(encoder, row).map_err(|error| named("values", error))
    }

    fn plaintext(&self, encoder: &Encoder, row: Row<'_>) -> Result<Plaintext, ckks_agg::Error> {
        let scale = Scale::power_of_two(i16::try_from(self.scale_bits).unwrap_or(i16::MAX));
        match (row, self.packing) {
            (Row::Real(values), Packing::Pairs) => encoder.pairs(values, scale, self.max_reading),
            (Row::Real(values), _) => encoder.reals(values, scale, self.max_reading),
            (Row::Whole(values), _) => encoder.integers(values, self.scale_bits, whole(self.max_reading)),
        }
    }
}

/// The largest whole number that is no larger.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a positive number; where it is too large, the largest
fn whole(number: f64) -> u64 {
    number as u64
}

/// What an argument was refused for.
pub(super) fn named(name: &'static str, error: ckks_agg::Error) -> Failure {
    match error {
        ckks_agg::Error::Misuse(misuse) => Failure::argument(name, misuse),
        other => other.into(),
    }
}

/// The packing of a name, if there is one.
pub(super) fn packing(value: Option<&Bound<'_, PyAny>>) -> PyResult<Option<Packing>> {
    let Some(value) = value else { return Ok(None) };
    let given = argument("packing", value);
    Ok(Some(match given.text()?.as_str() {
        "integers" => Packing::Integers,
        "reals" => Packing::Reals,
        "pairs" => Packing::Pairs,
        _ => return Err(given.refuse("expected \"integers\", \"reals\" or \"pairs\"")),
    }))
}

pub(super) const fn packing_name(packing: Packing) -> &'static str {
    match packing {
        Packing::Integers => "integers",
        Packing::Reals => "reals",
        Packing::Pairs => "pairs",
    }
}

/// A finite number.
pub(super) fn number(given: Argument<'_, '_>) -> PyResult<f64> {
    let wrong = || given.wrong_type("expected a number");
    if given.value.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    let value: f64 = given.value.extract().map_err(|_| wrong())?;
    if value.is_finite() { Ok(value) } else { Err(given.refuse("is not finite")) }
}

/// A number above 0.
pub(super) fn positive(given: Argument<'_, '_>) -> PyResult<f64> {
    let value = number(given)?;
    if value > 0.0 { Ok(value) } else { Err(given.refuse("expected a number above 0")) }
}
