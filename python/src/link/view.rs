//! What every party of an epoch knows.

use std::sync::Arc;

use meter_link::mark::check;
use meter_link::roster::{self, Roster};
use meter_link::{Context, Epoch, Fault, Malformed, Misuse, PartyId, Session, set};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::{Common, Identity, LinkSecret};
use crate::argument::argument;
use crate::array::filled;
use crate::error::Failure;

/// Parameters, epoch and roster: what a role is made for.
#[pyclass(frozen, module = "wattsum.link", name = "EpochView")]
pub(crate) struct EpochView {
    pub(crate) view: meter_link::EpochView,
    pub(crate) roster: Arc<Roster>,
}

impl EpochView {
    /// The epoch of a roster whose roots were stored before the beacon.
    pub(crate) fn of_stored_root(
        common: &Common,
        roster: &Arc<Roster>,
        stored: &roster::StoredRoot,
        beacon: [u8; 32],
        now: u64,
    ) -> Result<Self, Failure> {
        let root = stored.root();
        if root.roster_root != roster.roster_root() || root.answerers_root != roster.answerers_root() {
            return Err(Fault::BadProof.of(PartyId::UTILITY).into());
        }
        if roster.forming().session != common.session {
            return Err(meter_link::Error::from(Misuse::WrongSession).into());
        }
        let epoch = stored.epoch(roster.forming(), beacon, now)?;
        let utility = roster.utility().ok_or(meter_link::Error::from(Misuse::UnknownParty))?;
        let meters = u32::try_from(roster.meters().len()).map_err(|_| Failure::NoMemory)?;
        let roster = if common.drawn() {
            Arc::new((**roster).clone().seated(&committee(common, &epoch.context(), meters)?)?)
        } else {
            Arc::clone(roster)
        };
        let answerers = u8::try_from(roster.answerers().len()).map_err(|_| Failure::NoMemory)?;
        let view = meter_link::EpochView::new(&common.group, &epoch, utility, meters, answerers)?;
        Ok(EpochView { view, roster })
    }
}

/// Positions of the meters that are the answerers, where the beacon draws them, by number.
pub(crate) fn committee(common: &Common, context: &Context, meters: u32) -> Result<Vec<u32>, Failure> {
    let seats = common.threshold.map_or(0, |threshold| threshold.answerers());
    let mut positions = filled(0u32, seats.into())?;
    dcnet_core::graph::committee(context, meters, &mut positions)?;
    Ok(positions)
}

/// What a role checks before its secrets are taken, so that a mistake does not use them up.
impl EpochView {
    /// That a link secret is the one that meter `id` announced.
    pub(crate) fn check_meter(&self, params: &Common, id: PartyId, link: &LinkSecret) -> Result<(), Failure> {
        let place = self.roster.position(id).and_then(|place| self.roster.meters().get(place));
        self.check(params, link, place.is_some_and(|member| member.link.0 == link.public))
    }

    /// That a link secret is the one that answerer `id` announced.
    pub(crate) fn check_answerer(
        &self,
        params: &Common,
        id: PartyId,
        link: &LinkSecret,
    ) -> Result<(), Failure> {
        let listed = |member: &roster::Member| member.id == id && member.link.0 == link.public;
        self.check(params, link, self.roster.answerers().iter().any(listed))
    }

    /// That both secrets are the utility's.
    pub(crate) fn check_utility(
        &self,
        params: &Common,
        identity: &Identity,
        link: &LinkSecret,
    ) -> Result<(), Failure> {
        let own = self.view.utility();
        if own.identity.0 != identity.public || own.link.0 != link.public {
            return Err(meter_link::Error::from(Misuse::WrongRole).into());
        }
        identity.secret.with(|_| Ok::<_, Failure>(()))?;
        self.check(params, link, true)
    }

    /// That a role's stored state is whole, and of this epoch.
    pub(crate) fn check_stored(&self, params: &Common, state: &[u8]) -> Result<(), Failure> {
        self.check_session(params)?;
        // Every role's begins with a version and the context, and ends in a checksum.
        let whole = state.split_last_chunk::<4>().filter(|(body, stored)| check(body) == **stored);
        let context = whole.and_then(|(body, _)| body.get(1..33));
        if context != Some(self.view.context().as_bytes()) {
            return Err(meter_link::Error::from(Malformed::BadRecord).into());
        }
        Ok(())
    }

    /// That an identity is the utility's.
    pub(crate) fn check_utility_identity(&self, identity: &Identity) -> Result<(), Failure> {
        if self.view.utility().identity.0 != identity.public {
            return Err(meter_link::Error::from(Misuse::WrongRole).into());
        }
        identity.secret.with(|_| Ok::<_, Failure>(()))
    }

    /// The same where the link secret may be gone.
    pub(crate) fn check_supplier(
        &self,
        params: &Common,
        identity: &Identity,
        link: Option<&LinkSecret>,
    ) -> Result<(), Failure> {
        if let Some(link) = link {
            return self.check_utility(params, identity, link);
        }
        self.check_utility_identity(identity)
    }

    fn check_session(&self, params: &Common) -> Result<(), Failure> {
        if self.view.epoch().session != params.session {
            return Err(meter_link::Error::from(Misuse::WrongSession).into());
        }
        Ok(())
    }

    fn check(&self, params: &Common, link: &LinkSecret, announced: bool) -> Result<(), Failure> {
        self.check_session(params)?;
        if !announced {
            return Err(meter_link::Error::from(Misuse::UnknownParty).into());
        }
        link.secret.with(|_| Ok::<_, Failure>(()))
    }
}

#[pymethods]
impl EpochView {
    /// What every key, tag, signature and graph of the epoch depends on, 32 bytes.
    #[getter]
    fn context<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.view.context().as_bytes())
    }

    #[getter]
    fn roster(&self) -> super::roster::Roster {
        super::roster::Roster(Arc::clone(&self.roster))
    }

    #[getter]
    fn epoch(&self) -> u32 {
        self.view.epoch().epoch
    }

    #[getter]
    fn first_round(&self) -> u64 {
        self.view.epoch().first_round.get()
    }

    #[getter]
    fn last_round(&self) -> u64 {
        self.view.epoch().last_round.get()
    }

    fn __repr__(&self) -> String {
        let epoch = self.view.epoch();
        let (number, first, last) = (epoch.epoch, epoch.first_round, epoch.last_round);
        format!("<wattsum.link.EpochView: epoch {number}, rounds {first} to {last}>")
    }
}

/// Digest of a set of meters.
#[pyfunction]
pub(crate) fn set_digest<'py>(
    py: Python<'py>,
    roster_root: &Bound<'py, PyAny>,
    ids: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let root = argument("roster_root", roster_root).array()?;
    let ids = argument("ids", ids);
    let mut list = ids.list(|item| item.party())?;
    list.sort_unstable();
    if list.windows(2).any(|pair| pair.first() == pair.last()) {
        return Err(ids.refuse("an id stands twice"));
    }
    let count = u32::try_from(list.len()).map_err(|_| ids.refuse("too many"))?;
    Ok(PyBytes::new(py, &py.detach(|| set::digest(&root, count, list.into_iter()))))
}

/// Context of an epoch from its parts.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // keywords in Python
pub(crate) fn epoch_context<'py>(
    py: Python<'py>,
    session: &Bound<'py, PyAny>,
    epoch: &Bound<'py, PyAny>,
    first_round: &Bound<'py, PyAny>,
    last_round: &Bound<'py, PyAny>,
    roster_root: &Bound<'py, PyAny>,
    answerers_root: &Bound<'py, PyAny>,
    beacon: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyBytes>> {
    let epoch = Epoch {
        session: Session(argument("session", session).array()?),
        epoch: argument("epoch", epoch).int()?,
        first_round: argument("first_round", first_round).round()?,
        last_round: argument("last_round", last_round).round()?,
        roster_root: argument("roster_root", roster_root).array()?,
        answerers_root: argument("answerers_root", answerers_root).array()?,
        beacon: argument("beacon", beacon).array()?,
    };
    Ok(PyBytes::new(py, epoch.context().as_bytes()))
}
