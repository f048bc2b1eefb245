//! All parties of an epoch in one process: for tests, simulations and examples.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use meter_link::cohort::{self, Plan};
use meter_link::{PartyId, Role};
use pyo3::prelude::*;
use rand_core::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::view::committee;
use super::{Common, EpochView, Identity, LinkSecret, role};
use crate::argument::{argument, int_or};
use crate::entropy;
use crate::error::Failure;

/// A party with its secrets, before it becomes a role.
#[pyclass(frozen, module = "wattsum.link", name = "Party")]
pub(crate) struct Party {
    #[pyo3(get)]
    id: u32,
    role: Role,
    #[pyo3(get)]
    identity: Py<Identity>,
    #[pyo3(get)]
    link: Py<LinkSecret>,
}

impl Party {
    fn new(py: Python<'_>, party: cohort::Party) -> PyResult<Py<Self>> {
        let identity = Py::new(py, Identity::from(party.identity))?;
        let link = Py::new(py, LinkSecret::from(party.link))?;
        Py::new(py, Party { id: party.id.0, role: party.role, identity, link })
    }

    pub(crate) fn id(&self) -> PartyId {
        PartyId(self.id)
    }

    pub(crate) fn identity(&self) -> &Py<Identity> {
        &self.identity
    }

    pub(crate) fn link(&self) -> &Py<LinkSecret> {
        &self.link
    }
}

#[pymethods]
impl Party {
    #[getter]
    fn role(&self) -> &'static str {
        role::name(self.role)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.link.Party: {} {}>", role::name(self.role), self.id)
    }
}

/// An epoch and everybody in it. Every step of forming it is the real one, on bytes; only that one process
/// holds all secrets is not.
#[pyclass(frozen, module = "wattsum.link", name = "Cohort")]
pub(crate) struct Cohort {
    #[pyo3(get)]
    view: Py<EpochView>,
    #[pyo3(get)]
    utility: Py<Party>,
    meters: Vec<Py<Party>>,
    answerers: Vec<Py<Party>>,
}

impl Cohort {
    /// All secrets of a party take some hundred bytes: beyond it, more memory than a machine has.
    const MOST_METERS: usize = 1 << 22;
}

#[pymethods]
impl Cohort {
    /// `meters` are ids; the answerers get the next free ones unless `answerers` names them.
    #[new]
    #[pyo3(
        signature = (params, meters, last_round, *, first_round = None, epoch = None, answerers = None),
        text_signature = "(params, meters, last_round, *, first_round=0, epoch=0, answerers=None)"
    )]
    fn new(
        py: Python<'_>,
        params: &Bound<'_, PyAny>,
        meters: &Bound<'_, PyAny>,
        last_round: &Bound<'_, PyAny>,
        first_round: Option<&Bound<'_, PyAny>>,
        epoch: Option<&Bound<'_, PyAny>>,
        answerers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let common = Common::of(argument("params", params))?;
        let meters = argument("meters", meters);
        if meters.value.len().is_ok_and(|count| count > Self::MOST_METERS) {
            return Err(meters.refuse("more than 2^22 meters in one process"));
        }
        let ids = meters.list(|item| item.party())?;
        let answerers = match answerers {
            Some(answerers) => {
                let answerers = argument("answerers", answerers);
                let ids = answerers.list(|item| item.party())?;
                if common.threshold.is_none() && !ids.is_empty() {
                    return Err(answerers.refuse("this protocol has none"));
                }
                if common.drawn() && !ids.is_empty() {
                    return Err(answerers.refuse("the beacon draws them"));
                }
                ids
            }
            None if common.drawn() => Vec::new(),
            None => {
                let count = common.threshold.map_or(0, |threshold| threshold.answerers());
                let last = ids.iter().map(|id| id.0).max().unwrap_or_default();
                let next = (1..=u32::from(count)).map(|n| last.checked_add(n));
                let next = next.map(|id| id.map(PartyId)).collect::<Option<_>>();
                next.ok_or_else(|| meters.refuse("no ids are left for the answerers; name them"))?
            }
        };
        let plan = Plan {
            group: &common.group,
            session: common.session,
            epoch: int_or("epoch", epoch, 0)?,
            first_round: first_round.map_or(Ok(0.into()), |value| argument("first_round", value).round())?,
            last_round: argument("last_round", last_round).round()?,
            meters: &ids,
            answerers: &answerers,
            answerer_role: common.answerers,
        };
        let cohort = py.detach(|| formed(&plan, &common))?;
        let (view, roster) = (cohort.view, Arc::new(cohort.roster));
        let party = |party| Party::new(py, party);
        Ok(Cohort {
            view: Py::new(py, EpochView { view, roster })?,
            utility: party(cohort.utility)?,
            meters: cohort.meters.into_iter().map(party).collect::<PyResult<_>>()?,
            answerers: cohort.answerers.into_iter().map(party).collect::<PyResult<_>>()?,
        })
    }

    /// By position.
    #[getter]
    fn meters(&self, py: Python<'_>) -> Vec<Py<Party>> {
        self.meters.iter().map(|party| party.clone_ref(py)).collect()
    }

    /// By number. Where the beacon draws them from the meters, each has its secrets twice, once for each role.
    #[getter]
    fn answerers(&self, py: Python<'_>) -> Vec<Py<Party>> {
        self.answerers.iter().map(|party| party.clone_ref(py)).collect()
    }
}

fn formed(plan: &Plan<'_>, common: &Common) -> Result<cohort::Cohort, Failure> {
    let mut seed = Zeroizing::new([0u8; 32]);
    entropy::rng()?.fill_bytes(seed.as_mut_slice());
    let form = || cohort::Cohort::form(plan, &mut ChaCha20Rng::from_seed(*seed));
    let cohort = form()?;
    if !common.drawn() {
        return Ok(cohort);
    }
    let seats = committee(common, cohort.view.context(), cohort.view.meters())?;
    // The same parties once more, from the same randomness.
    let mut again: Vec<Option<cohort::Party>> = form()?.meters.into_iter().map(Some).collect();
    let seated = seats.iter().filter_map(|seat| again.get_mut(usize::try_from(*seat).ok()?)?.take());
    Ok(cohort::Cohort { answerers: seated.collect(), ..cohort.seated(&seats)? })
}
