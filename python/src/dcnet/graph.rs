//! The key graph, for other implementations to compare with.

use dcnet_core::graph;
use meter_link::Context;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
use crate::array::filled;
use crate::error::Failure;

/// Seed of an epoch's key graph.
#[pyfunction]
pub(crate) fn dcnet_graph_seed<'py>(
    py: Python<'py>,
    context: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    Ok(PyBytes::new(py, &graph::seed(&Context(argument("context", context).array()?))))
}

/// Positions of a meter's neighbours in a roster of `count` meters, ascending.
#[pyfunction]
pub(crate) fn dcnet_neighbours(
    py: Python<'_>,
    position: &Bound<'_, PyAny>,
    count: &Bound<'_, PyAny>,
    degree: &Bound<'_, PyAny>,
    seed: &Bound<'_, PyAny>,
) -> PyResult<Vec<u32>> {
    let (position, count) = (argument("position", position).int()?, argument("count", count).int()?);
    let (degree, seed) = (argument("degree", degree).int()?, argument("seed", seed).array()?);
    Ok(py.detach(|| neighbours(position, count, degree, &seed))?)
}

/// Where the swap-or-not shuffle of `count` places sends `index`.
#[pyfunction]
pub(crate) fn dcnet_shuffled(
    py: Python<'_>,
    index: &Bound<'_, PyAny>,
    count: &Bound<'_, PyAny>,
    seed: &Bound<'_, PyAny>,
) -> PyResult<u32> {
    let (index, count) = (argument("index", index).int()?, argument("count", count).int()?);
    let seed = argument("seed", seed).array()?;
    Ok(py.detach(|| graph::shuffled(index, count, &seed)).map_err(Failure::from)?)
}

/// Positions of the `holders` meters of a roster of `count` that the beacon draws to be holders, by number.
#[pyfunction]
pub(crate) fn dcnet_committee(
    py: Python<'_>,
    context: &Bound<'_, PyAny>,
    count: &Bound<'_, PyAny>,
    holders: &Bound<'_, PyAny>,
) -> PyResult<Vec<u32>> {
    let context = Context(argument("context", context).array()?);
    let (count, seats): (_, u8) = (argument("count", count).int()?, argument("holders", holders).int()?);
    let mut positions = filled(0u32, seats.into())?;
    py.detach(|| graph::committee(&context, count, &mut positions)).map_err(Failure::from)?;
    Ok(positions)
}

/// Ascending positions of the neighbours of `position`.
pub(super) fn neighbours(
    position: u32,
    count: u32,
    degree: u32,
    seed: &[u8; 32],
) -> Result<Vec<u32>, Failure> {
    /// Beyond it no meter holds so many keys.
    const MOST: u32 = 1 << 20;
    let most = if graph::is_complete(count, degree) { count.saturating_sub(1) } else { degree };
    if most > MOST {
        return Err(Failure::argument("degree", "too many neighbours"));
    }
    let mut around = filled(0u32, usize::try_from(most).unwrap_or_default())?;
    let found = graph::neighbours(position, count, degree, seed, &mut around)?;
    around.truncate(found);
    Ok(around)
}
