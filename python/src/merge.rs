//! Sums of many states at once, for any engine.
//!
//! A state is what sums of one protocol are made of, as bytes: an engine carries them as binary and needs no
//! u64. Who may be summed with whom is for the roles to say; here is arithmetic only, except for partial sums,
//! which know themselves who is in.

mod elements;
mod grouped;
mod partials;
mod points;

use meter_link::Field64;
use pyo3::prelude::*;

use crate::argument::{Argument, argument};
use crate::array::into_array;
use crate::error::Failure;
use crate::threads::Threads;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(merge_sums, module)?)?;
    module.add_function(wrap_pyfunction!(partials::merge_partials, module)?)?;
    module.add_function(wrap_pyfunction!(partials::merge_counts, module)?)
}

/// Sums the states of each group: row i of `states` (uint8, a state a row) belongs to group `groups[i]` of
/// 0 … count − 1, or all to group 0. Row g of the result is the sum of group g; that of an empty group is
/// zero. "dcnet" and "shamir" are elements of Field64, "cmt" numbers modulo 2^64, 8 bytes each; "elgamal"
/// ciphertexts of 64 bytes.
#[pyfunction]
#[pyo3(signature = (states, protocol, groups = None, count = None, *, threads = None))]
fn merge_sums<'py>(
    py: Python<'py>,
    states: &Bound<'py, PyAny>,
    protocol: &Bound<'py, PyAny>,
    groups: Option<&Bound<'py, PyAny>>,
    count: Option<&Bound<'py, PyAny>>,
    threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let protocol = Summed::of(argument("protocol", protocol))?;
    let given = argument("states", states);
    let states = given.uint8s()?;
    let &[rows, width] = states.shape() else {
        return Err(given.refuse("expected an array of two dimensions, a state a row"));
    };
    let unit = protocol.unit();
    if !width.is_multiple_of(unit) || width == 0 {
        return Err(given.refuse(format_args!("expected a multiple of {unit} bytes a row, got {width}")));
    }
    let count = count.map_or(Ok(1), |count| argument("count", count).int())?;
    let groups = groups.map(|groups| argument("groups", groups).groups(rows)).transpose()?;
    let groups = groups.as_ref().map(crate::array::Values::as_slice);
    let threads = Threads::of(threads)?;
    let bytes = states.as_slice();
    let sums = py.detach(|| {
        grouped::check(groups, rows, count)?;
        match protocol {
            Summed::Elements => elements::elements(bytes, width, groups, count, threads),
            Summed::Words => elements::words(bytes, width, groups, count),
            Summed::Ciphertexts => points::sums(bytes, width, groups, count, threads),
        }
    })?;
    Ok(into_array(py, sums, &[count, width])?.into_any())
}

/// What a protocol's states are made of.
#[derive(Clone, Copy)]
enum Summed {
    Elements,
    Words,
    Ciphertexts,
}

impl Summed {
    fn of(given: Argument<'_, '_>) -> PyResult<Self> {
        match given.text()?.as_str() {
            "dcnet" | "shamir" => Ok(Summed::Elements),
            "cmt" => Ok(Summed::Words),
            "elgamal" => Ok(Summed::Ciphertexts),
            "partial" => Err(given.refuse("partial sums are merged by `partials`")),
            _ => Err(given.refuse("expected \"dcnet\", \"shamir\", \"elgamal\" or \"cmt\"")),
        }
    }

    /// Bytes.
    fn unit(self) -> usize {
        match self {
            Summed::Elements => Field64::LEN,
            Summed::Words => size_of::<u64>(),
            Summed::Ciphertexts => threshold_elgamal::Ciphertext::LEN,
        }
    }
}

impl<'py> Argument<'_, 'py> {
    /// The number of the group of each of `rows`.
    fn groups(&self, rows: usize) -> PyResult<crate::array::Values<'py, i64>> {
        let groups = self.int64s()?;
        if groups.shape() == [rows] { Ok(groups) } else { Err(self.wrong_shape(groups.shape(), &[rows])) }
    }
}

/// A row of `states` that is none.
fn bad_row(row: usize, text: impl std::fmt::Display) -> Failure {
    Failure::bytes("states", format_args!("row {row}: {text}"))
}
