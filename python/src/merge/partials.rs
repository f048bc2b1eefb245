//! Partial sums, which carry their epoch, round and members.

use std::fmt::Display;

use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use zeroize::Zeroizing;

use super::bad_row;
use super::grouped::{self, Grouped};
use crate::argument::argument;
use crate::array::{Values, with_room};
use crate::error::Failure;

/// Merges the partial sums of each group: bytes of `link.PartialSum` or `elgamal.PartialSum`, which are merged
/// among their kind. `groups[i]` of 0 … count − 1 says where `states[i]` belongs; all to group 0 by default.
/// Refused are a meter that is in twice, sums of different epochs or rounds, and a group without any (which
/// would be of no round).
#[pyfunction]
#[pyo3(signature = (states, groups = None, count = None))]
pub(super) fn merge_partials<'py>(
    py: Python<'py>,
    states: &Bound<'py, PyAny>,
    groups: Option<&Bound<'py, PyAny>>,
    count: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    let states = argument("states", states).list_of_bytes()?;
    let count = count.map_or(Ok(1), |count| argument("count", count).int())?;
    let groups = groups.map(|groups| argument("groups", groups).groups(states.len())).transpose()?;
    let groups = groups.as_ref().map(Values::as_slice);
    let merged = py.detach(|| merge(&states, groups, count))?;
    PyList::new(py, merged.iter().map(|state| PyBytes::new(py, state)))
}

/// How many meters are in each partial sum, as int64.
#[pyfunction]
pub(super) fn merge_counts<'py>(
    py: Python<'py>,
    states: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let states = argument("states", states).list_of_bytes()?;
    let counts = py.detach(|| {
        let mut counts = with_room(states.len())?;
        for (row, state) in states.iter().enumerate() {
            counts.push(Partial::from_bytes(row, state)?.count().into());
        }
        Ok::<_, Failure>(counts)
    })?;
    Ok(PyArray1::from_vec(py, counts))
}

fn merge(
    states: &[Zeroizing<Vec<u8>>],
    groups: Option<&[i64]>,
    count: usize,
) -> Result<Vec<Vec<u8>>, Failure> {
    grouped::check(groups, states.len(), count)?;
    // Group by group: a few bytes can be of a large roster, whose set takes memory once they are read.
    let mut out = with_room(count)?;
    for (group, rows) in Grouped::new(groups, states.len(), count)?.iter().enumerate() {
        let mut sum: Option<Partial> = None;
        for (row, state) in rows.iter().filter_map(|row| Some((*row, states.get(*row)?))) {
            let partial = Partial::from_bytes(row, state)?;
            sum = Some(match sum.take() {
                Some(sum) => sum.merge(row, partial)?,
                None => partial,
            });
        }
        let none = || Failure::argument("groups", format_args!("no state belongs to group {group}"));
        out.push(sum.ok_or_else(none)?.to_bytes()?);
    }
    Ok(out)
}

/// A partial sum of any protocol.
enum Partial {
    Elements(meter_link::collect::PartialSum),
    Ciphertexts(threshold_elgamal::PartialSum),
}

/// The text of an error whose class the exception has.
fn without_class(error: impl Display) -> String {
    let text = error.to_string();
    let class = ["misuse: ", "malformed: "].into_iter().find(|class| text.starts_with(class));
    text.strip_prefix(class.unwrap_or_default()).unwrap_or_default().to_owned()
}

/// No roster is larger.
const MOST_METERS: u32 = 1 << 22;

impl Partial {
    fn from_bytes(row: usize, bytes: &[u8]) -> Result<Self, Failure> {
        match bytes.first() {
            Some(11) => meter_link::collect::PartialSum::from_bytes(bytes, MOST_METERS)
                .map(Partial::Elements)
                .map_err(|error| bad_row(row, without_class(error))),
            Some(24) => threshold_elgamal::PartialSum::from_bytes(bytes, MOST_METERS)
                .map(Partial::Ciphertexts)
                .map_err(|error| bad_row(row, without_class(error))),
            _ => Err(bad_row(row, "no partial sum of this version")),
        }
    }

    fn count(&self) -> u32 {
        match self {
            Partial::Elements(sum) => sum.count(),
            Partial::Ciphertexts(sum) => sum.count(),
        }
    }

    fn merge(self, row: usize, other: Partial) -> Result<Self, Failure> {
        let refuse = |text: &dyn Display| {
            Failure::argument("states", format_args!("row {row}: {}", without_class(text)))
        };
        match (self, other) {
            (Partial::Elements(sum), Partial::Elements(other)) => {
                sum.merge(&other).map(Partial::Elements).map_err(|error| refuse(&error))
            }
            (Partial::Ciphertexts(sum), Partial::Ciphertexts(other)) => {
                sum.merge(&other).map(Partial::Ciphertexts).map_err(|error| refuse(&error))
            }
            _ => Err(refuse(&"partial sums of two kinds in one group")),
        }
    }

    fn to_bytes(&self) -> Result<Vec<u8>, Failure> {
        match self {
            Partial::Elements(sum) => Ok(sum.to_bytes()?),
            Partial::Ciphertexts(sum) => sum.to_bytes().map_err(|error| Failure::argument("states", error)),
        }
    }
}
