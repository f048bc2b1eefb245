//! Keys that nobody has alone: the trustees' ceremony.

use std::sync::Arc;

use ckks_agg::joint;
use meter_link::PartyId;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::params::Params;
use super::public::PublicKey;
use super::ring::Shared;
use super::shares::JointSecret;
use crate::argument::{Argument, argument};
use crate::entropy;
use crate::error::Failure;
use crate::link::{EpochView, Identity, LinkSecret};
use crate::owned::Owned;
use crate::prepared::Prepared;

const STEP: &str = "ceremony step";

/// Takes the frame of another trustee, and gives its id.
fn accept<T: Send>(
    py: Python<'_>,
    state: &Owned<T>,
    frame: Argument<'_, '_>,
    act: impl FnOnce(&mut T, &[u8]) -> Result<PartyId, ckks_agg::Error> + Send,
) -> PyResult<u32> {
    let frame = frame.bytes()?;
    Ok(py.detach(|| state.with(|state| act(state, &frame)))?.0)
}

/// A look at the state.
fn get<T: Send, R: Send>(py: Python<'_>, state: &Owned<T>, act: impl FnOnce(&T) -> R + Send) -> PyResult<R> {
    Ok(py.detach(|| state.with(|state| Ok::<_, Failure>(act(state))))?)
}

/// The next state. This one is used up, unless there are `missing` frames of `all`.
fn advance<T, R>(
    state: &Owned<T>,
    all: usize,
    missing: impl Fn(&T) -> usize,
    act: impl FnOnce(T) -> Result<R, ckks_agg::Error>,
) -> Result<R, Failure> {
    let missing = state.with(|state| Ok::<_, Failure>(missing(state)))?;
    if missing > 0 {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let (have, need) = (count(all.saturating_sub(missing)), count(all));
        return Err(ckks_agg::Error::Quorum { have, need }.into());
    }
    Ok(act(state.take()?)?)
}

/// A trustee that has committed to its part of the key, and collects the commitments of all.
#[pyclass(frozen, module = "wattsum.ckks", name = "Joining")]
pub(crate) struct Joining {
    state: Owned<joint::Joining>,
    who: Who,
}

/// What the steps of one trustee have in common.
#[derive(Clone, Copy)]
struct Who {
    identity: [u8; 32],
    /// How many there are.
    trustees: usize,
}

impl Who {
    /// So that a wrong identity does not use a step up. Call it without the interpreter.
    fn check<T>(self, state: &Owned<T>, identity: &Identity) -> Result<(), Failure> {
        state.with(|_| Ok::<_, Failure>(()))?;
        let own = identity.public == self.identity;
        if own { Ok(()) } else { Err(Failure::argument("identity", "not the one that takes part")) }
    }
}

impl Joining {
    fn new(state: joint::Joining, view: &EpochView, identity: &Identity) -> Self {
        let who = Who { identity: identity.public, trustees: view.roster.answerers().len() };
        Joining { state: Owned::new(STEP, state), who }
    }
}

/// Acts for a trustee, whose secrets stay what they are.
fn taking_part<R>(
    (id, identity, link): (PartyId, &Identity, &LinkSecret),
    act: impl FnOnce(joint::Participant<'_>) -> Result<R, Failure>,
) -> Result<R, Failure> {
    identity.secret.with(|identity| {
        link.secret.with(|link| act(joint::Participant { id, identity: &*identity, link: &*link }))
    })
}

#[pymethods]
impl Joining {
    /// Takes part as trustee `id`. The record is **secret**: everything of the ceremony is made from it. It is stored before
    /// anything is sent, and wiped after the ceremony.
    #[staticmethod]
    fn begin(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        identity: &Identity,
        link: &LinkSecret,
    ) -> PyResult<Prepared> {
        let id = argument("id", id).party()?;
        let prepared = py.detach(|| {
            let ring = &Shared::of(params.inner.preset()).ring;
            taking_part((id, identity, link), |who| {
                let (params, roster) = (&params.inner, &view.roster);
                Ok(joint::Joining::begin(params, &view.view, ring, roster, who, &mut entropy::rng()?)?)
            })
        })?;
        let record = prepared.record().to_vec();
        let joining = Joining::new(prepared.stored(), view, identity);
        Ok(Prepared::new(py, &record, Py::new(py, joining)?.into_any()))
    }

    /// Goes on after a restart from the record: the same frames come out, and everybody's are accepted anew.
    #[staticmethod]
    fn resume(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        id: &Bound<'_, PyAny>,
        identity: &Identity,
        link: &LinkSecret,
        record: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let id = argument("id", id).party()?;
        let record = argument("record", record).secret_bytes()?;
        let state = py.detach(|| {
            let ring = &Shared::of(params.inner.preset()).ring;
            taking_part((id, identity, link), |who| {
                let (params, roster) = (&params.inner, &view.roster);
                Ok(joint::Joining::resume(params, &view.view, ring, roster, who, &record)?)
            })
        })?;
        Ok(Joining::new(state, view, identity))
    }

    /// What goes to all other trustees.
    #[getter]
    fn frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &get(py, &self.state, |state| state.frame().to_vec())?))
    }

    /// Takes another trustee's commitment, and gives its id; the same again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), joint::Joining::accept)
    }

    /// Ids of those whose commitment is not there.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        get(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }

    /// All have committed: the next step.
    fn close(&self, py: Python<'_>, identity: &Identity) -> PyResult<Revealing> {
        py.detach(|| self.who.check(&self.state, identity))?;
        let all = self.who.trustees;
        let state = py.detach(|| {
            identity.secret.with(|identity| {
                advance(&self.state, all, |state| state.missing().count(), |state| state.close(identity))
            })
        })?;
        Ok(Revealing { state: Owned::new(STEP, state), who: self.who })
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.ckks.Joining>"
    }
}

/// A trustee that shows its part of the public key, and collects those of all.
#[pyclass(frozen, module = "wattsum.ckks", name = "Revealing")]
pub(crate) struct Revealing {
    state: Owned<joint::Revealing>,
    who: Who,
}

#[pymethods]
impl Revealing {
    /// What goes to all other trustees.
    #[getter]
    fn frame<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, &get(py, &self.state, |state| state.frame().to_vec())?))
    }

    /// Takes another trustee's part, and gives its id. `FaultError` where it is not what it has committed to.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), joint::Revealing::accept)
    }

    /// Ids of those whose part is not there.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        get(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }

    /// The public key is fixed: the last step.
    fn close(&self, py: Python<'_>) -> PyResult<Sharing> {
        let all = self.who.trustees;
        let state = py
            .detach(|| advance(&self.state, all, |state| state.missing().count(), joint::Revealing::close))?;
        Ok(Sharing { state: Owned::new(STEP, state), who: self.who })
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.ckks.Revealing>"
    }
}

/// A trustee that shares its part of the secret key with the others, so that any t of them open.
#[pyclass(frozen, module = "wattsum.ckks", name = "Sharing")]
pub(crate) struct Sharing {
    state: Owned<joint::Sharing>,
    who: Who,
}

#[pymethods]
impl Sharing {
    /// Pairs of a trustee's id and the sealed frame that goes to it; none where all are needed to open.
    #[getter]
    fn frames<'py>(&self, py: Python<'py>) -> PyResult<Vec<(u32, Bound<'py, PyBytes>)>> {
        let frames: Vec<_> = get(py, &self.state, |state| {
            state.frames().map(|(id, frame)| (id.0, frame.to_vec())).collect::<Vec<_>>()
        })?;
        Ok(frames.into_iter().map(|(id, frame)| (id, PyBytes::new(py, &frame))).collect())
    }

    /// Takes another trustee's share for this one, and gives its id. Nothing shows that it is a share of the right key:
    /// who lies here spoils what is opened with it, and is not named.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        accept(py, &self.state, argument("frame", frame), joint::Sharing::accept)
    }

    /// Ids of those whose share is not there.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        get(py, &self.state, |state| state.missing().map(|id| id.0).collect())
    }

    /// The joint key: the same for all trustees.
    #[getter]
    fn public_key(&self, py: Python<'_>) -> PyResult<PublicKey> {
        Ok(PublicKey(Arc::new(get(py, &self.state, |state| state.public_key().clone())?)))
    }

    /// The signed statement of the public key, for meters and the utility: see `PublicKey.certified`.
    fn statement<'py>(&self, py: Python<'py>, identity: &Identity) -> PyResult<Bound<'py, PyBytes>> {
        py.detach(|| self.who.check(&self.state, identity))?;
        let frame = py.detach(|| {
            identity
                .secret
                .with(|identity| self.state.with(|state| Ok::<_, Failure>(state.statement(identity)?)))
        })?;
        Ok(PyBytes::new(py, &frame))
    }

    /// This trustee's part of the secret key, to be stored; the ceremony is over.
    fn close(&self, py: Python<'_>) -> PyResult<JointSecret> {
        let all = self.who.trustees;
        let (secret, _) =
            py.detach(|| advance(&self.state, all, |state| state.missing().count(), joint::Sharing::close))?;
        Ok(secret.into())
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.ckks.Sharing>"
    }
}
