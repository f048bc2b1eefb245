//! How large a group has to be, and how many neighbours and answerers it needs.

mod days;
mod graph;

use pyo3::prelude::*;
use pyo3::types::PyBool;

use crate::argument::Argument;

pub(crate) fn register(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("SizingDays", module.py().get_type::<days::Days>())?;
    module.add_function(wrap_pyfunction!(graph::sizing_parameters, module)?)?;
    module.add_function(wrap_pyfunction!(graph::sizing_assess, module)?)?;
    module.add_function(wrap_pyfunction!(graph::sizing_committee, module)?)?;
    module.add_function(wrap_pyfunction!(graph::sizing_committee_fails, module)?)?;
    Ok(())
}

/// A number that is no reading: a share, a limit, a confidence.
fn number(argument: Argument<'_, '_>) -> PyResult<f64> {
    let wrong = || argument.wrong_type("expected a number");
    if argument.value.is_instance_of::<PyBool>() {
        return Err(wrong());
    }
    let value: f64 = argument.value.extract().map_err(|_| wrong())?;
    if value.is_finite() { Ok(value) } else { Err(argument.refuse("is not finite")) }
}

/// A number within a range.
fn number_in(argument: Argument<'_, '_>, fits: impl Fn(f64) -> bool, range: &str) -> PyResult<f64> {
    let value = number(argument)?;
    if fits(value) { Ok(value) } else { Err(argument.refuse(format_args!("{value} is not {range}"))) }
}

/// A whole number within a range.
fn int_in<T>(argument: Argument<'_, '_>, range: std::ops::RangeInclusive<T>) -> PyResult<T>
where
    T: TryFrom<i128> + PartialOrd + std::fmt::Display,
{
    let (first, last) = (range.start(), range.end());
    let outside = || argument.refuse(format_args!("is not from {first} to {last}"));
    let value: i128 = argument.int()?;
    T::try_from(value).ok().filter(|value| range.contains(value)).ok_or_else(outside)
}
