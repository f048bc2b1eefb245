//! Who is who in the roster, who sits where, and who leads.

use cmt_ring::generation::set_digest;
use cmt_ring::order::Order;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::known::members;
use super::params::generation;
use crate::error::Failure;
use crate::link::EpochView;

/// A meter as the roster lists it.
#[pyclass(frozen, eq, hash, get_all, module = "wattsum.cmt", name = "Listed")]
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Listed {
    /// Index among the meters, which ascend by id.
    position: u32,
    id: u32,
    /// Public link key of the epoch, 32 bytes.
    link: [u8; 32],
}

impl From<cmt_ring::Listed> for Listed {
    fn from(listed: cmt_ring::Listed) -> Self {
        Listed { position: listed.position, id: listed.peer.id.0, link: listed.peer.link.0 }
    }
}

#[pymethods]
impl Listed {
    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Listed: position {}, id {}>", self.position, self.id)
    }
}

/// The meters of an epoch, by position.
#[pyfunction]
pub(crate) fn cmt_listed(view: &EpochView) -> Vec<Listed> {
    let members = (0u32..).zip(view.roster.meters());
    members
        .map(|(position, member)| cmt_ring::Listed { position, peer: member.peer() })
        .map(Listed::from)
        .collect()
}

/// The members of a generation, ids, in the order of its ring: the concentrator first, and delta goes from each to the
/// next. All of the roster if they are left out.
#[pyfunction]
#[pyo3(signature = (view, generation, members = None))]
pub(crate) fn cmt_arrange(
    py: Python<'_>,
    view: &EpochView,
    generation: &Bound<'_, PyAny>,
    members: Option<&Bound<'_, PyAny>>,
) -> PyResult<Vec<u32>> {
    let (generation, members) = (self::generation(generation)?, self::members(&view.roster, members)?);
    let order = py.detach(|| {
        let meters = view.roster.meters();
        let ids = (0u32..).zip(meters).filter(|(position, _)| members.contains(*position));
        let ids: Vec<u32> = ids.map(|(_, member)| member.id.0).collect();
        Order::arrange(view.view.epoch(), generation, &ids).map_err(Failure::from)
    });
    Ok(order?)
}

/// Id of the meter that the draw makes concentrator of a generation of these members, ids; all of the roster if they
/// are left out.
#[pyfunction]
#[pyo3(signature = (view, generation, members = None))]
pub(crate) fn cmt_drawn(
    py: Python<'_>,
    view: &EpochView,
    generation: &Bound<'_, PyAny>,
    members: Option<&Bound<'_, PyAny>>,
) -> PyResult<u32> {
    let (generation, members) = (self::generation(generation)?, self::members(&view.roster, members)?);
    let drawn = py.detach(|| cmt_ring::election::drawn(view.view.epoch(), generation, &members));
    let place = usize::try_from(drawn.map_err(Failure::from)?).map_err(|_| Failure::NoMemory)?;
    let member = view.roster.meters().get(place);
    Ok(member
        .map(|member| member.id.0)
        .ok_or(meter_link::Error::from(meter_link::Misuse::UnknownParty))
        .map_err(Failure::from)?)
}

/// Digest of a set of members, ids, of the roster: 32 bytes that are in their ring links.
#[pyfunction]
#[pyo3(signature = (view, members = None))]
pub(crate) fn cmt_set_digest<'py>(
    py: Python<'py>,
    view: &EpochView,
    members: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyBytes>> {
    let members = self::members(&view.roster, members)?;
    let digest = py.detach(|| set_digest(view.view.epoch(), members.count(), members.positions()));
    Ok(PyBytes::new(py, &digest))
}

/// Rounds of a generation's term, in groups with terms; None in others.
#[pyfunction]
pub(crate) fn cmt_term(
    params: &Params,
    view: &EpochView,
    generation: &Bound<'_, PyAny>,
) -> PyResult<Option<u32>> {
    let generation = self::generation(generation)?;
    Ok(params.0.mean_term().map(|mean| generation.term(view.view.epoch(), mean)))
}
