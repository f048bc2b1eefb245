//! Neighbours and answerers: counted, not measured.

use dcnet_core::Neighbour;
use dcnet_core::parameters::{self, MOST_BITS, MOST_COLLUDING, MOST_DEGREE};
use pyo3::prelude::*;

use super::{int_in, number_in};
use crate::argument::{Argument, argument};
use crate::error::Failure;
use crate::link::Threshold;

/// A graph of `meters`: degree, distinct, most_colluding, honest, local_threshold, min_neighbours.
#[pyfunction]
pub(crate) fn sizing_parameters(
    py: Python<'_>,
    meters: &Bound<'_, PyAny>,
    colluding: &Bound<'_, PyAny>,
    absent: &Bound<'_, PyAny>,
    security: &Bound<'_, PyAny>,
) -> PyResult<(u32, u32, u32, u32, u32, u32)> {
    let given = argument("meters", meters);
    let meters = meters_of(given)?;
    let (colluding, absent) = (colluding_of(colluding)?, absent_of(absent)?);
    together(colluding, absent)?;
    let security = int_in(argument("security", security), 1..=MOST_BITS)?;
    let found = py.detach(|| parameters::parameters(meters, colluding, absent, security));
    let found = found.map_err(|_| {
        given.refuse(format_args!(
            "for {meters} meters neither a degree up to {MOST_DEGREE} nor a complete graph is enough"
        ))
    })?;
    let parameters::Neighbourhood {
        degree,
        distinct,
        most_colluding,
        honest,
        local_threshold,
        min_neighbours,
    } = found;
    Ok((degree, distinct, most_colluding, honest, local_threshold, min_neighbours))
}

/// What a graph is worth: bits of security and of liveness.
#[pyfunction]
pub(crate) fn sizing_assess(
    py: Python<'_>,
    meters: &Bound<'_, PyAny>,
    degree: &Bound<'_, PyAny>,
    min_neighbours: &Bound<'_, PyAny>,
    colluding: &Bound<'_, PyAny>,
    absent: &Bound<'_, PyAny>,
) -> PyResult<(f64, f64)> {
    let meters = meters_of(argument("meters", meters))?;
    let given = argument("degree", degree);
    let degree: u32 = given.int()?;
    let min_neighbours: u32 = argument("min_neighbours", min_neighbours).int()?;
    let (colluding, absent) = (colluding_of(colluding)?, absent_of(absent)?);
    together(colluding, absent)?;
    let found = py.detach(|| parameters::assess(meters, degree, min_neighbours, colluding, absent));
    let found = found.map_err(|_| given.refuse(format_args!("is not even, or is beyond {MOST_DEGREE}")))?;
    Ok((found.security, found.liveness))
}

/// The smallest drawn committee.
#[pyfunction]
pub(crate) fn sizing_committee(
    py: Python<'_>,
    colluding: &Bound<'_, PyAny>,
    security: &Bound<'_, PyAny>,
) -> PyResult<Threshold> {
    let given = argument("colluding", colluding);
    let colluding = number_in(
        given,
        |value| (0.0..=MOST_COLLUDING).contains(&value),
        &format!("a share from 0 to {MOST_COLLUDING}"),
    )?;
    let security = int_in(argument("security", security), 1..=MOST_BITS)?;
    let found = py.detach(|| parameters::committee(colluding, security));
    Ok(Threshold(found.map_err(|_| given.refuse("255 answerers are not enough"))?))
}

/// Share of epochs in which too many of a drawn committee collude.
#[pyfunction]
pub(crate) fn sizing_committee_fails(
    answerers: &Bound<'_, PyAny>,
    most: &Bound<'_, PyAny>,
    colluding: &Bound<'_, PyAny>,
) -> PyResult<f64> {
    let answerers = int_in(argument("answerers", answerers), 1..=u8::MAX)?;
    let most = int_in(argument("most", most), 0..=answerers)?;
    let colluding = number_in(
        argument("colluding", colluding),
        |value| (0.0..=1.0).contains(&value),
        "a share from 0 to 1",
    )?;
    Ok(parameters::committee_fails(answerers, most, colluding))
}

fn meters_of(given: Argument<'_, '_>) -> PyResult<u32> {
    int_in(given, 1..=Neighbour::MAX_METERS)
}

fn colluding_of(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    // Half of a meter's further neighbours must be left, so fewer than half may collude.
    let fits = |value| (0.0..0.5).contains(&value);
    number_in(argument("colluding", value), fits, "a share from 0 to below 0.5")
}

fn absent_of(value: &Bound<'_, PyAny>) -> PyResult<f64> {
    number_in(argument("absent", value), |value| (0.0..=0.9).contains(&value), "a share from 0 to 0.9")
}

fn together(colluding: f64, absent: f64) -> PyResult<()> {
    if colluding + absent <= 0.9 {
        return Ok(());
    }
    Err(Failure::argument("absent", "together with colluding it is above 0.9").into())
}
