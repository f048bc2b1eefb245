//! Sums of arrays along an axis: elements of Field64, and exact sums of whole numbers.

use num_bigint::BigInt;
use numpy::{PyArrayDescrMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::argument::{Argument, argument};
use crate::array::{into_array, with_room};
use crate::columns::{self, Element, Kind, NoSum, Signed, Sum, Sums, Unsigned};
use crate::error::Failure;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(field_sums, module)?)?;
    module.add_function(wrap_pyfunction!(link_total, module)?)
}

/// Sums elements of Field64 (uint64 below p) along an axis: shares of many meters, corrections, masks.
#[pyfunction]
#[pyo3(signature = (elements, axis = None))]
fn field_sums<'py>(
    py: Python<'py>,
    elements: &Bound<'py, PyAny>,
    axis: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let given = argument("elements", elements);
    let elements = given.field_values()?;
    let plan = Plan::along(elements.shape(), given, axis)?;
    let values = elements.as_slice();
    let sums = py.detach(|| {
        let mut sums = with_room(plan.sums()?)?;
        let added = plan.add_up::<Element>(values, |more| {
            sums.extend(more.iter().map(|sum| sum.element().to_u64()));
        });
        added.map_err(|error| match error {
            NoSum::Refused => Failure::argument("elements", "a value of p or more is no field element"),
            NoSum::TooMany => too_many("elements"),
        })?;
        Ok::<_, Failure>(sums)
    })?;
    Ok(into_array(py, sums, &plan.shape)?.into_any())
}

fn too_many(name: &'static str) -> Failure {
    Failure::argument(name, "more than 2^31 values in a sum: add them up in parts")
}

/// Exact sums of readings (one or two dimensions of int64 or uint64) along an axis: an int of one dimension,
/// an int64 array of two, or a list of ints where one of them is beyond int64.
#[pyfunction]
#[pyo3(signature = (values, axis = None))]
fn link_total<'py>(
    py: Python<'py>,
    values: &Bound<'py, PyAny>,
    axis: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let given = argument("values", values);
    let array = given.untyped()?;
    if !matches!(array.ndim(), 1 | 2) {
        return Err(given.refuse("expected one or two dimensions"));
    }
    let plan = Plan::along(array.shape(), given, axis)?;
    let sums = if given.kind()? == b'u' && array.dtype().itemsize() == size_of::<u64>() {
        let values = given.uint64s()?;
        let values = values.as_slice();
        py.detach(|| Totals::of::<Unsigned>(&plan, values, Sum::unsigned))?
    } else {
        let values = given.int64s()?;
        let values = values.as_slice();
        py.detach(|| Totals::of::<Signed>(&plan, values, Sum::signed))?
    };
    match sums {
        Totals::Large(sums) => {
            let sums: Vec<BigInt> = sums.into_iter().map(BigInt::from).collect();
            match sums.as_slice() {
                [sum] if plan.shape.is_empty() => Ok(sum.into_pyobject(py)?.into_any()),
                sums => Ok(PyList::new(py, sums)?.into_any()),
            }
        }
        Totals::Small(sums) => match sums.as_slice() {
            [sum] if plan.shape.is_empty() => Ok(sum.into_pyobject(py)?.into_any()),
            _ => Ok(into_array(py, sums, &plan.shape)?.into_any()),
        },
    }
}

/// Sums that all fit, or some that do not.
enum Totals {
    Small(Vec<i64>),
    Large(Vec<i128>),
}

impl Totals {
    fn of<K: Kind>(plan: &Plan, values: &[K::Raw], exact: impl Fn(Sum) -> i128) -> Result<Self, Failure> {
        let (mut small, mut fits) = (with_room(plan.sums()?)?, true);
        let added = plan.add_up::<K>(values, |more| {
            small.extend(more.iter().map(|sum| {
                let sum = exact(sum);
                fits &= i64::try_from(sum).is_ok();
                i64::try_from(sum).unwrap_or_default()
            }));
        });
        added.map_err(|_| too_many("values"))?; // no whole number is refused
        if fits {
            return Ok(Totals::Small(small));
        }
        let mut large = with_room(plan.sums()?)?;
        let added = plan.add_up::<K>(values, |more| large.extend(more.iter().map(&exact)));
        added.map_err(|_| too_many("values"))?;
        Ok(Totals::Large(large))
    }
}

/// An array as `outer` tables of `len` rows of `inner` columns, each of which is summed.
struct Plan {
    outer: usize,
    len: usize,
    inner: usize,
    /// Without the axis.
    shape: Vec<usize>,
}

impl Plan {
    /// The axis may be counted from the last, as -1.
    fn along(shape: &[usize], of: Argument<'_, '_>, axis: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let axis: isize = axis.map_or(Ok(0), |axis| argument("axis", axis).int())?;
        let from_start =
            if axis < 0 { shape.len().checked_add_signed(axis) } else { usize::try_from(axis).ok() };
        let parts = from_start.and_then(|axis| {
            let (before, rest) = shape.split_at_checked(axis)?;
            let (len, after) = rest.split_first()?;
            Some((before, *len, after))
        });
        let Some((before, len, after)) = parts else {
            let dimensions = shape.len();
            let text = format!("no axis {axis} in {} of {dimensions} dimensions", of.name);
            return Err(Failure::argument("axis", text).into());
        };
        let size = |axes: &[usize]| axes.iter().try_fold(1usize, |size, len| size.checked_mul(*len));
        let (outer, inner) = (size(before).ok_or(Failure::NoMemory)?, size(after).ok_or(Failure::NoMemory)?);
        Ok(Plan { outer, len, inner, shape: [before, after].concat() })
    }

    /// How many there will be.
    fn sums(&self) -> Result<usize, Failure> {
        self.outer.checked_mul(self.inner).ok_or(Failure::NoMemory)
    }

    /// Gives the sums, a table after the other, to `emit`.
    fn add_up<K: Kind>(&self, values: &[K::Raw], mut emit: impl FnMut(Sums<'_>)) -> Result<(), NoSum> {
        if self.inner == 0 {
            return Ok(()); // however many tables there are
        }
        let size = self.len.saturating_mul(self.inner);
        (0..self.outer).try_for_each(|n| {
            let start = n.wrapping_mul(size);
            let table = values.get(start..start.wrapping_add(size)).unwrap_or_default();
            columns::columns::<K>(table, self.inner, &mut emit)
        })
    }
}
