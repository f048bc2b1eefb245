//! Who takes part in an epoch.

use std::sync::Arc;

use meter_link::roster::link_key;
use meter_link::roster::{self, Certified};
use meter_link::{IdentityKey, LinkPublic};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::identity::Identity;
use super::role::role;
use super::{Common, EpochView, root::StoredRoot};
use crate::argument::argument;
use crate::error::Failure;
use crate::owned::Owned;

/// An epoch that is being formed: where its announcements belong.
#[pyclass(frozen, module = "wattsum.link", name = "Forming")]
pub(crate) struct Forming(pub(crate) link_key::Forming);

#[pymethods]
impl Forming {
    #[new]
    fn new(
        params: &Bound<'_, PyAny>,
        epoch: &Bound<'_, PyAny>,
        first_round: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let common = Common::of(argument("params", params))?;
        Ok(Forming(link_key::Forming {
            protocol: common.group.protocol,
            group: common.group.group,
            session: common.session,
            epoch: argument("epoch", epoch).int()?,
            first_round: argument("first_round", first_round).round()?,
        }))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.link.Forming: epoch {} from round {}>", self.0.epoch, self.0.first_round)
    }
}

/// The signed announcement of a link key by party `id`.
#[pyfunction]
pub(crate) fn announce<'py>(
    py: Python<'py>,
    forming: &Forming,
    id: &Bound<'py, PyAny>,
    role: &Bound<'py, PyAny>,
    identity: &Identity,
    link_public: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let (id, role) = (argument("id", id).party()?, self::role(argument("role", role))?);
    let link = LinkPublic(argument("link_public", link_public).array()?);
    let frame =
        py.detach(|| identity.secret.with(|own| link_key::announce(&forming.0, id, role, own, link)))?;
    Ok(PyBytes::new(py, &frame))
}

/// Gathers the signed link keys of an epoch. Answerers get their numbers in the order of `add`, from 1.
#[pyclass(frozen, module = "wattsum.link", name = "RosterBuilder")]
pub(crate) struct RosterBuilder(Owned<roster::RosterBuilder>);

#[pymethods]
impl RosterBuilder {
    #[new]
    fn new(forming: &Forming) -> Self {
        RosterBuilder(Owned::new("roster builder", roster::RosterBuilder::new(forming.0)))
    }

    /// Adds a party whose certificate the caller has checked. On an exception nothing was added.
    fn add(
        &self,
        py: Python<'_>,
        id: &Bound<'_, PyAny>,
        role: &Bound<'_, PyAny>,
        identity: &Bound<'_, PyAny>,
        announcement: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let identity = IdentityKey(argument("identity", identity).array()?);
        let (id, role) = (argument("id", id).party()?, self::role(argument("role", role))?);
        let announcement = argument("announcement", announcement).bytes()?;
        let party = Certified { id, role, identity };
        Ok(py.detach(|| self.0.with(|builder| builder.add(&party, &announcement)))?)
    }

    /// The finished lists; the builder is used up, also by a refusal.
    fn build(&self, py: Python<'_>) -> PyResult<Roster> {
        let roster = py.detach(|| self.0.take()?.build().map_err(Failure::from))?;
        Ok(Roster(Arc::new(roster)))
    }
}

/// Utility and meters, ascending by id, and the answerers by number.
#[pyclass(frozen, module = "wattsum.link", name = "Roster")]
pub(crate) struct Roster(pub(crate) Arc<roster::Roster>);

#[pymethods]
impl Roster {
    /// Ids of the meters; the index is the position that sets and masks use.
    #[getter]
    fn meters(&self) -> Vec<u32> {
        self.0.meters().iter().map(|member| member.id.0).collect()
    }

    /// Ids of the answerers; number a is at index a - 1.
    #[getter]
    fn answerers(&self) -> Vec<u32> {
        self.0.answerers().iter().map(|member| member.id.0).collect()
    }

    /// Position of a meter, or None.
    fn position(&self, id: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
        Ok(self.0.position(argument("id", id).party()?))
    }

    /// Commitment to utility and meters.
    #[getter]
    fn roster_root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.roster_root())
    }

    /// Commitment to the ordered answerers.
    #[getter]
    fn answerers_root<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.answerers_root())
    }

    /// The utility's signed commitment, for all parties to store before the beacon is out.
    fn sign_root<'py>(
        &self,
        py: Python<'py>,
        identity: &Identity,
        last_round: &Bound<'py, PyAny>,
        beacon_time: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let last_round = argument("last_round", last_round).round()?;
        let root = self.0.root(last_round, argument("beacon_time", beacon_time).int()?);
        let frame = py.detach(|| identity.secret.with(|own| root.sign(self.0.forming(), own)))?;
        Ok(PyBytes::new(py, &frame))
    }

    /// What a party knows of the epoch, now that the beacon is out: this roster, if it is the one whose root
    /// the party stored.
    fn view(
        &self,
        py: Python<'_>,
        params: &Bound<'_, PyAny>,
        root: &StoredRoot,
        beacon: &Bound<'_, PyAny>,
        now: &Bound<'_, PyAny>,
    ) -> PyResult<EpochView> {
        let common = Common::of(argument("params", params))?;
        let (beacon, now) = (argument("beacon", beacon).array()?, argument("now", now).int()?);
        Ok(py.detach(|| EpochView::of_stored_root(&common, &self.0, &root.0, beacon, now))?)
    }

    fn __len__(&self) -> usize {
        self.0.meters().len()
    }

    fn __repr__(&self) -> String {
        let (meters, answerers) = (self.0.meters().len(), self.0.answerers().len());
        format!("<wattsum.link.Roster: {meters} meters, {answerers} answerers>")
    }
}
