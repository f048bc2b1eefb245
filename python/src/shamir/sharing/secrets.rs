//! Secrets and shares as they lie in arrays.

use meter_link::Field64;
use pyo3::prelude::*;

use crate::argument::Argument;
use crate::array::Values;
use crate::error::Failure;

/// int64 within ±(p − 1)/2, or uint64 below p, of any shape.
pub(super) enum Secrets<'py> {
    Signed(Values<'py, i64>),
    Unsigned(Values<'py, u64>),
}

impl<'py> Secrets<'py> {
    pub(super) fn of(given: Argument<'_, 'py>) -> PyResult<Self> {
        if given.kind()? == b'u' {
            return Ok(Secrets::Unsigned(given.uint64s()?));
        }
        Ok(Secrets::Signed(given.int64s()?))
    }

    pub(super) fn shape(&self) -> &[usize] {
        match self {
            Secrets::Signed(values) => values.shape(),
            Secrets::Unsigned(values) => values.shape(),
        }
    }

    pub(super) fn as_slice(&self) -> Slice<'_> {
        match self {
            Secrets::Signed(values) => Slice::Signed(values.as_slice()),
            Secrets::Unsigned(values) => Slice::Unsigned(values.as_slice()),
        }
    }
}

/// [`Secrets`] without the interpreter.
#[derive(Clone, Copy)]
pub(super) enum Slice<'a> {
    Signed(&'a [i64]),
    Unsigned(&'a [u64]),
}

impl Slice<'_> {
    pub(super) fn len(self) -> usize {
        match self {
            Slice::Signed(values) => values.len(),
            Slice::Unsigned(values) => values.len(),
        }
    }

    /// Those from `first` on.
    pub(super) fn load(self, first: usize, out: &mut [Field64]) -> Result<(), Failure> {
        match self {
            Slice::Unsigned(values) => load("secrets", values.get(first..).unwrap_or_default(), out),
            Slice::Signed(values) => {
                const LARGEST: i64 = (Field64::MODULUS / 2).cast_signed();
                let mut beyond = false;
                for (out, value) in out.iter_mut().zip(values.get(first..).unwrap_or_default()) {
                    beyond |= !(-LARGEST..=LARGEST).contains(value);
                    *out = Field64::from_i64(*value);
                }
                let text = "a value beyond (p - 1)/2, which would not come back";
                if beyond { Err(Failure::argument("secrets", text)) } else { Ok(()) }
            }
        }
    }
}

/// Field elements of an array.
pub(super) fn load(name: &'static str, values: &[u64], out: &mut [Field64]) -> Result<(), Failure> {
    let mut beyond = false;
    for (out, value) in out.iter_mut().zip(values) {
        beyond |= *value >= Field64::MODULUS;
        *out = Field64::from_u64(*value);
    }
    if beyond { Err(not_an_element(name)) } else { Ok(()) }
}

pub(super) fn not_an_element(name: &'static str) -> Failure {
    Failure::argument(name, "a value of p or more is no field element")
}
