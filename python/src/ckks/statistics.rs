//! Variances of sums that were decrypted.

use ckks_agg::{Moments, RealMoments};
use numpy::PyArrayDyn;
use pyo3::prelude::*;

use crate::argument::{Argument, argument, int_or};
use crate::array::{Array, into_array, with_room};
use crate::error::Failure;

/// The variance of `count` numbers, of which only the sum and the sum of squares are known: two numbers, or two arrays of
/// one shape, place by place. Exact for whole numbers but for the last rounding; of floats as good as their errors let
/// it be. Divided by count − `ddof`, 0 or 1. `InconsistentError` where no whole numbers have these sums.
#[pyfunction]
#[pyo3(name = "ckks_variance", signature = (count, total, squares, *, ddof = None),
       text_signature = "(count, total, squares, *, ddof=0)")]
pub(super) fn variance<'py>(
    py: Python<'py>,
    count: &Bound<'py, PyAny>,
    total: &Bound<'py, PyAny>,
    squares: &Bound<'py, PyAny>,
    ddof: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    let moments = Given::of(count, total, squares, ddof)?;
    let values = py.detach(|| moments.variances(|variance| variance))?;
    into_array(py, values, &moments.shape)
}

/// The root of `variance`.
#[pyfunction]
#[pyo3(name = "ckks_standard_deviation", signature = (count, total, squares, *, ddof = None),
       text_signature = "(count, total, squares, *, ddof=0)")]
pub(super) fn standard_deviation<'py>(
    py: Python<'py>,
    count: &Bound<'py, PyAny>,
    total: &Bound<'py, PyAny>,
    squares: &Bound<'py, PyAny>,
    ddof: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    let moments = Given::of(count, total, squares, ddof)?;
    let values = py.detach(|| moments.variances(f64::sqrt))?;
    into_array(py, values, &moments.shape)
}

/// Sums and sums of squares of as many numbers each.
struct Given {
    count: u32,
    sample: bool,
    shape: Vec<usize>,
    sums: Sums,
}

enum Sums {
    Whole(Vec<i64>, Vec<i64>),
    Real(Vec<f64>, Vec<f64>),
}

impl Given {
    fn of(
        count: &Bound<'_, PyAny>,
        total: &Bound<'_, PyAny>,
        squares: &Bound<'_, PyAny>,
        ddof: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (given, total, squares) =
            (argument("count", count), argument("total", total), argument("squares", squares));
        let count: u32 = given.int()?;
        let sample = match int_or("ddof", ddof, 0)? {
            0 => false,
            1 => true,
            _ => return Err(Failure::argument("ddof", "expected 0 or 1").into()),
        };
        if count <= u32::from(sample) {
            return Err(given.refuse("too few"));
        }
        let (shape, sums) = if is_whole(total)? && is_whole(squares)? {
            let (total, other) = (total.signed()?, squares.signed()?);
            same(squares, &total.shape, &other.shape)?;
            (total.shape, Sums::Whole(total.values, other.values))
        } else {
            let (total, other) = (reals(total)?, reals(squares)?);
            same(squares, &total.shape, &other.shape)?;
            (total.shape, Sums::Real(total.values, other.values))
        };
        Ok(Given { count, sample, shape, sums })
    }

    fn variances(&self, act: impl Fn(f64) -> f64) -> Result<Vec<f64>, Failure> {
        // A count of one has no sample variance, and was refused.
        let (count, sample) = (self.count, self.sample);
        match &self.sums {
            Sums::Whole(sums, squares) => each(sums, squares, |sum, squares| {
                let moments = Moments::new(count.into(), sum.into(), squares.into())?;
                let variance = if sample { moments.sample_variance() } else { None };
                Ok(act(variance.unwrap_or_else(|| moments.population_variance())))
            }),
            Sums::Real(sums, squares) => each(sums, squares, |sum, squares| {
                let moments = RealMoments::new(count, sum, squares)?;
                let variance = if sample { moments.sample_variance() } else { None };
                Ok(act(variance.unwrap_or_else(|| moments.population_variance())))
            }),
        }
    }
}

fn each<T: Copy>(
    sums: &[T],
    squares: &[T],
    act: impl Fn(T, T) -> Result<f64, ckks_agg::Error>,
) -> Result<Vec<f64>, Failure> {
    let mut all = with_room(sums.len())?;
    for (place, (sum, squares)) in sums.iter().zip(squares).enumerate() {
        let value = act(*sum, *squares);
        all.push(value.map_err(|error| Failure::from(error).at(format_args!("value {place}")))?);
    }
    Ok(all)
}

fn is_whole(given: Argument<'_, '_>) -> PyResult<bool> {
    Ok(matches!(given.kind()?, b'i' | b'u'))
}

fn reals(given: Argument<'_, '_>) -> PyResult<Array<f64>> {
    Ok(given.float64s()?.copied()?)
}

fn same(given: Argument<'_, '_>, expected: &[usize], got: &[usize]) -> PyResult<()> {
    if expected == got { Ok(()) } else { Err(given.wrong_shape(got, expected)) }
}
