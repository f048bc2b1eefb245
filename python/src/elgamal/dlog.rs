//! Bounded discrete logarithms of arrays of points.

use std::ops::RangeInclusive;
use std::sync::Arc;

use numpy::PyArrayDyn;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::Error;

use super::points::{POINT, Units, index};
use super::threads::{each, share};
use crate::argument::{argument, int_or};
use crate::array::{Array, into_array, with_room};
use crate::error::Failure;
use crate::threads::Threads;

/// Baby steps 0 … 2^bits - 1 for finding m in a point m·B. Public; built or loaded once, shared by all
/// groups and threads. Searches take variable time: they are for sums that are going to be known. A number
/// takes 2^26 giant steps at most, some seconds: a range is at most 2^(bits + 27) wide. An array can be
/// interrupted between numbers.
#[pyclass(frozen, module = "wattsum.elgamal", name = "DlogTable")]
pub(crate) struct DlogTable(pub(crate) Arc<threshold_elgamal::DlogTable>);

type Numbers<'py> = Bound<'py, PyArrayDyn<i64>>;

#[pymethods]
impl DlogTable {
    /// The table of 2^bits baby steps, 8 to 26; by default 19, 2.1 MiB, which suits sums up to 2^40. Four
    /// bytes a step.
    #[staticmethod]
    #[pyo3(signature = (bits = None), text_signature = "(bits=19)")]
    fn build(py: Python<'_>, bits: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        type Table = threshold_elgamal::DlogTable;
        let bits = int_or("bits", bits, Table::DEFAULT_BITS)?;
        if !Table::BITS.contains(&bits) {
            return Err(Failure::argument("bits", "expected 8 ... 26").into());
        }
        let table = py.detach(|| {
            // The crate cannot say that there is no memory.
            drop(with_room::<u8>(Table::size(bits).saturating_add(Table::building(bits)))?);
            Ok::<_, Failure>(Table::build(bits)?)
        })?;
        Ok(DlogTable(Arc::new(table)))
    }

    /// From what `to_bytes` gave. Damage is found; nothing that a forged table holds makes a search answer
    /// wrongly.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, table: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("table", table).bytes()?;
        let table = py.detach(|| {
            drop(with_room::<u8>(bytes.len().saturating_mul(2))?);
            Ok::<_, Failure>(threshold_elgamal::DlogTable::from_bytes(&bytes)?)
        })?;
        Ok(DlogTable(Arc::new(table)))
    }

    /// For a file; the same on all machines.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| {
            let mut bytes = with_room(threshold_elgamal::DlogTable::file_len(self.0.bits()))?;
            self.0.write(|part| bytes.extend_from_slice(part));
            Ok::<_, Failure>(bytes)
        })?;
        Ok(PyBytes::new(py, &bytes))
    }

    #[getter]
    fn bits(&self) -> u32 {
        self.0.bits()
    }

    /// m of each of an array of points (uint8, a last axis of 32 bytes), where m lies in `range`, a pair of
    /// its least and its most; looked for near the middle first. Gives int64. `InconsistentError` with the
    /// index of the first point that has none; `MisuseError` for a range of more than 2^(bits + 27).
    #[pyo3(signature = (points, range, *, threads = None),
           text_signature = "($self, points, range, *, threads=1)")]
    fn solve<'py>(
        &self,
        py: Python<'py>,
        points: &Bound<'py, PyAny>,
        range: &Bound<'py, PyAny>,
        threads: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Numbers<'py>> {
        let (range, threads) = (ends(range)?, Threads::of(threads)?);
        let points = Units::of(argument("points", points))?;
        let results = self.search(py, &points, &range, threads)?;
        let values = py.detach(|| all(&points, results))?;
        into_array(py, values, &points.shape)
    }

    /// The same with a bool for each point that says whether it has one; numbers of those that have none
    /// are 0.
    #[pyo3(signature = (points, range, *, threads = None),
           text_signature = "($self, points, range, *, threads=1)")]
    fn solve_many<'py>(
        &self,
        py: Python<'py>,
        points: &Bound<'py, PyAny>,
        range: &Bound<'py, PyAny>,
        threads: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<(Numbers<'py>, Bound<'py, PyArrayDyn<bool>>)> {
        let (range, threads) = (ends(range)?, Threads::of(threads)?);
        let points = Units::of(argument("points", points))?;
        let results = self.search(py, &points, &range, threads)?;
        let found = results.iter().map(Result::is_ok).collect();
        let values = results.into_iter().map(Result::unwrap_or_default).collect();
        Ok((into_array(py, values, &points.shape)?, into_array(py, found, &points.shape)?))
    }

    /// m of each point where m is at most `width` away from its guess, an array of the shape of the points:
    /// sooner where guesses are good. `MisuseError` for a width of more than 2^(bits + 26).
    #[pyo3(signature = (points, guesses, width, *, threads = None),
           text_signature = "($self, points, guesses, width, *, threads=1)")]
    fn solve_around<'py>(
        &self,
        py: Python<'py>,
        points: &Bound<'py, PyAny>,
        guesses: &Bound<'py, PyAny>,
        width: &Bound<'py, PyAny>,
        threads: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Numbers<'py>> {
        let (width, threads) = (argument("width", width).int::<u64>()?, Threads::of(threads)?);
        let points = Units::<POINT>::of(argument("points", points))?;
        let given = argument("guesses", guesses);
        let Array { values: guesses, shape } = given.signed()?;
        if shape != points.shape {
            return Err(given.wrong_shape(&shape, &points.shape));
        }
        self.check("width", width.saturating_mul(2))?;
        let (mut results, mut start) = (with_room(guesses.len())?, 0usize);
        let together = self.together(width.saturating_mul(2), threads);
        for (part, guesses) in points.as_slice().chunks(together).zip(guesses.chunks(together)) {
            let size = share(part.len(), threads);
            let jobs = part.chunks(size).zip(guesses.chunks(size)).enumerate();
            let found = py.detach(|| {
                each(threads, jobs, |(chunk, (part, guesses))| {
                    let targets = points.points(start.wrapping_add(chunk.wrapping_mul(size)), part)?;
                    let mut results = with_room(part.len())?;
                    for (target, guess) in targets.iter().zip(guesses) {
                        results.push(self.0.solve_around(target.point(), *guess, width));
                    }
                    Ok(results)
                })
            })?;
            results.extend(found.into_iter().flatten());
            start = start.wrapping_add(part.len());
            py.check_signals()?;
        }
        let values = py.detach(|| all(&points, results))?;
        into_array(py, values, &points.shape)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.DlogTable: {} bits>", self.0.bits())
    }
}

impl DlogTable {
    /// Most giant steps for a number, as a power of two; and between two looks at signals.
    const MOST_STEPS: u32 = 26;
    const TOGETHER: u64 = 1 << 23;

    /// That numbers can be searched within a range so wide; else the argument is refused.
    pub(super) fn check(&self, name: &'static str, width: u64) -> Result<(), Failure> {
        let bits = self.0.bits();
        // A giant step is 2^(bits + 1) - 1 wide.
        let most = Self::MOST_STEPS.saturating_add(bits).saturating_add(1);
        if width > 1 << most {
            return Err(Failure::argument(
                name,
                format_args!(
                    "beyond the limit of a table of {bits} bits, which is a range of 2^{most}: one of more bits goes \
                     further"
                ),
            ));
        }
        Ok(())
    }

    /// How many numbers are searched between two looks at signals: one a thread at least.
    fn together(&self, width: u64, threads: Threads) -> usize {
        let steps = (width >> self.0.bits().saturating_add(1)).saturating_add(64);
        let each = Self::TOGETHER.checked_div(steps).and_then(|each| usize::try_from(each).ok()).unwrap_or(1);
        each.max(1).saturating_mul(threads.count())
    }

    fn search(
        &self,
        py: Python<'_>,
        points: &Units<POINT>,
        range: &RangeInclusive<i64>,
        threads: Threads,
    ) -> PyResult<Vec<Result<i64, Error>>> {
        let solve = |targets: &[_]| {
            self.0.solve_many(targets, range.clone()).map_err(|error| Failure::argument("range", error))
        };
        let width = range.end().abs_diff(*range.start());
        self.check("range", width)?;
        solve(&[])?; // refused also where there are no points
        let (mut results, mut start) = (with_room(points.len())?, 0usize);
        for part in points.as_slice().chunks(self.together(width, threads)) {
            let size = share(part.len(), threads);
            let found = py.detach(|| {
                each(threads, part.chunks(size).enumerate(), |(chunk, part)| {
                    let points = points.points(start.wrapping_add(chunk.wrapping_mul(size)), part)?;
                    let mut targets = with_room(points.len())?;
                    targets.extend(points.iter().map(|point| *point.point()));
                    solve(&targets)
                })
            })?;
            results.extend(found.into_iter().flatten());
            start = start.wrapping_add(part.len());
            py.check_signals()?;
        }
        Ok(results)
    }
}

/// Both ends of a range, which belong to it.
fn ends(range: &Bound<'_, PyAny>) -> PyResult<RangeInclusive<i64>> {
    let argument = argument("range", range);
    match argument.list(|item| item.int())?.as_slice() {
        [least, most] => Ok(*least..=*most),
        _ => Err(argument.refuse("expected its least and its most")),
    }
}

/// All numbers, or the first failure and its place.
fn all(points: &Units<POINT>, results: Vec<Result<i64, Error>>) -> Result<Vec<i64>, Failure> {
    let mut values = with_room(results.len())?;
    for (place, result) in results.into_iter().enumerate() {
        let value = result.map_err(|error| Failure::from(error).at(index(place, &points.shape)));
        values.push(value?);
    }
    Ok(values)
}
