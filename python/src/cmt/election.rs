//! An election, as one meter sees it.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::fleet::Handle;
use super::known::{self, Known};
use super::licence::Licence;
use super::member::{Member, of_size};
use super::meter::Meter;
use super::params::generation;
use super::{Params, claim::Claim};
use crate::argument::{argument, int_or};
use crate::error::Failure;
use crate::link::{EpochView, Identity};
use crate::owned::Owned;

/// Who is there for one generation, and whom the draw makes its concentrator. For a meter that may claim.
#[pyclass(frozen, module = "wattsum.cmt", name = "Election")]
pub(crate) struct Election {
    meter: Handle,
    state: Owned<cmt_ring::election::Election>,
}

impl Election {
    fn read<R: Send>(
        &self,
        py: Python<'_>,
        read: impl FnOnce(&Known, &mut cmt_ring::election::Election) -> Result<R, Failure> + Send,
    ) -> PyResult<R> {
        Ok(py.detach(|| self.state.with(|state| read(&self.meter.known, state)))?)
    }
}

#[pymethods]
impl Election {
    /// Opens the election of a generation from `first_round` on. Each other meter, and later each that is drawn, has
    /// `tries` deadlines to be heard.
    #[new]
    #[pyo3(signature = (meter, identity, now, first_round, generation, tries = None),
           text_signature = "(meter, identity, now, first_round, generation, tries=3)")]
    fn new(
        py: Python<'_>,
        meter: &Meter,
        identity: &Identity,
        now: &Bound<'_, PyAny>,
        first_round: &Bound<'_, PyAny>,
        generation: &Bound<'_, PyAny>,
        tries: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let (generation, tries) = (self::generation(generation)?, int_or("tries", tries, 3)?);
        let open = |known: &Known, member: &mut Member, identity: &meter_link::Identity| {
            let me = known.entry(member.id)?;
            of_size!(meter in &mut member.meter => {
                let open = cmt_ring::election::Election::open(meter, identity, &me, now, from, generation, tries);
                Ok::<_, Failure>(open?)
            })
        };
        let state = py.detach(|| {
            identity.secret.with(|identity| meter.handle.with(|known, member| open(known, member, identity)))
        })?;
        Ok(Election { meter: meter.handle.again(), state: Owned::new("election", state) })
    }

    /// The signed Hello frame, for all around.
    #[getter]
    fn hello<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let hello = self.read(py, |_, state| Ok(*state.hello()))?;
        Ok(PyBytes::new(py, &hello))
    }

    #[getter]
    fn generation(&self, py: Python<'_>) -> PyResult<u32> {
        self.read(py, |_, state| Ok(state.generation().0))
    }

    #[getter]
    fn first_round(&self, py: Python<'_>) -> PyResult<u64> {
        self.read(py, |_, state| Ok(state.from().get()))
    }

    /// Takes another meter's Hello frame.
    fn hear(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        roll: &Roll,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<Heard> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        self.read(py, |known, state| {
            let sender = known.sender(&frame)?;
            let heard = roll.0.with(|roll| state.hear(now, roll, &sender, &frame))?;
            Ok(Heard::of(heard))
        })
    }

    /// Takes a meter out, by id, as one whose ring did not form, say: it is not drawn, nor a member of what this meter
    /// claims.
    fn leave_out(&self, py: Python<'_>, id: &Bound<'_, PyAny>) -> PyResult<()> {
        let id = argument("id", id).party()?;
        self.read(py, |known, state| {
            state.leave_out(known.entry(id)?.position);
            Ok(())
        })
    }

    /// Ids of those who would be in the ring.
    fn members(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        self.read(py, |known, state| known.ids(&state.members()))
    }

    /// Id of the meter that the draw makes concentrator of those that were heard; `QuorumError` if they are too few.
    fn drawn(&self, py: Python<'_>) -> PyResult<u32> {
        self.read(py, |known, state| Ok(known.id(state.drawn()?)?))
    }

    /// The caller's deadline has passed without a claim to this generation that this meter follows: what to do.
    fn deadline(&self, py: Python<'_>) -> PyResult<Verdict> {
        self.read(py, |known, state| Verdict::of(known, state.deadline()?))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.cmt.Election>"
    }
}

/// What a Hello says.
#[pyclass(frozen, eq, get_all, module = "wattsum.cmt", name = "Heard")]
#[derive(PartialEq)]
pub(crate) struct Heard {
    /// "new": its sender is there, which was not known; "known"; "elsewhere": it is there for a later generation, or one
    /// that begins in another round; "discovery": it asks who is concentrator.
    kind: &'static str,
    /// Of "elsewhere".
    generation: Option<u32>,
    /// Of "elsewhere".
    first_round: Option<u64>,
}

impl Heard {
    fn of(heard: cmt_ring::election::Heard) -> Self {
        use cmt_ring::election::Heard as H;
        let (kind, elsewhere) = match heard {
            H::New => ("new", None),
            H::Known => ("known", None),
            H::Elsewhere(generation, from) => ("elsewhere", Some((generation.0, from.get()))),
            H::Discovery => ("discovery", None),
        };
        let (generation, first_round) = elsewhere.unzip();
        Heard { kind, generation, first_round }
    }
}

#[pymethods]
impl Heard {
    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Heard: {}>", self.kind)
    }
}

/// What to do at a deadline.
#[pyclass(frozen, eq, get_all, module = "wattsum.cmt", name = "Verdict")]
#[derive(PartialEq)]
pub(crate) struct Verdict {
    /// "repeat": send the Hello again; "claim": the draw makes this meter concentrator, `Meter.claim` with
    /// `Election.members()`; "await": it makes `id` concentrator, wait for its claim; "too few" are there for a ring.
    kind: &'static str,
    /// Of "await".
    id: Option<u32>,
    /// Of "too few": how many are there, and how many it takes.
    have: Option<u32>,
    need: Option<u32>,
}

impl Verdict {
    fn of(known: &Known, verdict: cmt_ring::election::Verdict) -> Result<Self, Failure> {
        use cmt_ring::election::Verdict as V;
        let of = |kind| Verdict { kind, id: None, have: None, need: None };
        Ok(match verdict {
            V::Repeat => of("repeat"),
            V::Claim => of("claim"),
            V::Await(position) => Verdict { id: Some(known.id(position)?), ..of("await") },
            V::TooFew { have, need } => Verdict { have: Some(have), need: Some(need), ..of("too few") },
        })
    }
}

#[pymethods]
impl Verdict {
    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Verdict: {}>", self.kind)
    }
}

/// From which round on each meter's licence must be, as an elector knows it. One for an epoch.
#[pyclass(frozen, module = "wattsum.cmt", name = "Roll")]
pub(crate) struct Roll(Owned<cmt_ring::election::Roll>, std::sync::Arc<meter_link::roster::Roster>);

impl Roll {
    fn position(&self, id: &Bound<'_, PyAny>) -> PyResult<u32> {
        let argument = argument("id", id);
        let entry = known::entry(&self.1, argument.party()?);
        Ok(entry.ok_or_else(|| argument.refuse(meter_link::Misuse::UnknownParty))?.position)
    }
}

#[pymethods]
impl Roll {
    /// All licences of the epoch hold.
    #[new]
    fn new(view: &EpochView) -> Self {
        let roll = cmt_ring::election::Roll::new(&view.view);
        Roll(Owned::new("roll", roll), std::sync::Arc::clone(&view.roster))
    }

    /// The generation of this Claim frame has formed: earlier licences of those that it left out are void.
    fn formed(
        &self,
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<Claim> {
        let (known, frame) = (Known::new(params, view), argument("frame", frame).bytes()?);
        Ok(Claim(py.detach(|| {
            let claimant = known.sender(&frame)?;
            let (claim, set) = cmt_ring::Claim::verify(&known.params, &known.view, &claimant, &frame)?;
            self.0.with(|roll| {
                roll.formed(&claim, &set);
                Ok::<_, Failure>(claim)
            })
        })?))
    }

    /// The meter `id` was cut out of a ring from `first_round` on.
    fn cut(&self, py: Python<'_>, id: &Bound<'_, PyAny>, first_round: &Bound<'_, PyAny>) -> PyResult<()> {
        let (position, from) = (self.position(id)?, argument("first_round", first_round).round()?);
        Ok(py.detach(|| {
            self.0.with(|roll| {
                roll.cut(position, from);
                Ok::<_, Failure>(())
            })
        })?)
    }

    /// Whether a licence that the meter `id` has shown still holds.
    fn holds(&self, py: Python<'_>, id: &Bound<'_, PyAny>, licence: &Licence) -> PyResult<bool> {
        let position = self.position(id)?;
        Ok(py.detach(|| self.0.with(|roll| Ok::<_, Failure>(roll.holds(position, &licence.0))))?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.cmt.Roll>"
    }
}
