//! A generation in the making, at its concentrator.

use std::sync::Arc;

use cmt_ring::{Error, Listed};
use meter_link::PartyId;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::book::Book;
use super::fleet::Handle;
use super::known::{Known, members};
use super::member::{Gathering, Member};
use super::meter::Meter;
use super::params::generation;
use crate::argument::argument;
use crate::collecting;
use crate::entropy;
use crate::error::Failure;
use crate::owned::Owned;
use crate::prepared::Prepared;

/// Issues tokens and gathers first keys. A generation that misses a first key at the caller's deadline is dropped;
/// the next one leaves that member out.
#[pyclass(frozen, module = "wattsum.cmt", name = "Forming")]
pub(crate) struct Forming {
    meter: Handle,
    generation: u32,
    members: u32,
    state: Owned<Gathering>,
}

#[pymethods]
impl Forming {
    /// Begins a generation from `first_round` on with these members, by default all of the roster, at the meter that
    /// the draw makes their concentrator (`drawn`). Its tokens can be had once the record is stored. In groups with
    /// terms the meter has claimed this generation with these members.
    #[staticmethod]
    #[pyo3(signature = (meter, now, first_round, generation, members = None))]
    fn open(
        py: Python<'_>,
        meter: &Meter,
        now: &Bound<'_, PyAny>,
        first_round: &Bound<'_, PyAny>,
        generation: &Bound<'_, PyAny>,
        members: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Prepared> {
        let handle = meter.handle.again();
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let generation = self::generation(generation)?;
        let members = self::members(&handle.known.roster, members)?;
        let (record, state) = py.detach(|| {
            let open = |known: &Known, member: &mut Member| {
                let listed = members.positions().map(|position| known.listed(position));
                let listed: Vec<Listed> = listed.collect::<Result<_, _>>()?;
                member.open(now, from, generation, &listed, &mut entropy::rng()?)
            };
            handle.with(open)
        })?;
        let state = Owned::new("forming generation", state);
        let forming = Forming { meter: handle, generation: generation.0, members: members.count(), state };
        Ok(Prepared::new(py, &record, Py::new(py, forming)?.into_any()))
    }

    #[getter]
    fn generation(&self) -> u32 {
        self.generation
    }

    /// The Token frame for each member by its id.
    fn tokens<'py>(&self, py: Python<'py>) -> PyResult<Vec<(u32, Bound<'py, PyBytes>)>> {
        let tokens = py.detach(|| self.state.with(|state| Ok::<_, Failure>(state.tokens())))?;
        Ok(tokens.into_iter().map(|(id, token)| (id.0, PyBytes::new(py, &token))).collect())
    }

    /// Ids of the members whose first key has not come.
    fn missing(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        Ok(py.detach(|| self.state.with(|state| Ok::<_, Failure>(state.missing())))?)
    }

    /// Takes a FirstKey frame, and gives the member's id; the same frame again changes nothing.
    fn accept(&self, py: Python<'_>, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        collecting::accept(py, &self.state, argument("frame", frame), Gathering::accept)
    }

    /// Takes a frame from each row, and gives the rows that were refused, and why.
    fn accept_many(&self, py: Python<'_>, frames: &Bound<'_, PyAny>) -> PyResult<Vec<(usize, Py<PyAny>)>> {
        collecting::accept_many(py, &self.state, argument("frames", frames), Gathering::accept)
    }

    /// Ends the joining interval: the meter takes its place as concentrator. While first keys are missing this is a
    /// `QuorumError`, and the gathering goes on; any other exception ends it. If the ring should survive a loss of
    /// power, store the book, then the meter's state, before the frames leave.
    fn close(&self, py: Python<'_>) -> PyResult<Formed> {
        let formed = py.detach(|| {
            let missing = self.state.with(|state| Ok::<_, Failure>(state.missing().len()))?;
            let missing = u32::try_from(missing).unwrap_or(u32::MAX);
            if missing > 0 {
                let have = self.members.saturating_sub(missing);
                return Err(Error::Quorum { have, need: self.members }.into());
            }
            self.meter.with(|_, member| member.lead(self.state.take()?))
        })?;
        Formed::new(py, &self.meter.known, self.meter.id, self.generation, formed)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Forming: generation {}>", self.generation)
    }
}

/// A formed ring's frames, and what its concentrator keeps.
#[pyclass(frozen, get_all, module = "wattsum.cmt", name = "Formed")]
pub(crate) struct Formed {
    generation: u32,
    /// Id of the concentrator.
    concentrator: u32,
    /// The frame for the supplier.
    group_key: Py<PyBytes>,
    /// The Seat frame for each other member by its id.
    seats: Vec<(u32, Py<PyBytes>)>,
    /// Who the members are, and what heals the ring; it stays with the concentrator.
    book: Py<Book>,
}

impl Formed {
    pub(super) fn new(
        py: Python<'_>,
        known: &Arc<Known>,
        concentrator: PartyId,
        generation: u32,
        formed: cmt_ring::Formed,
    ) -> PyResult<Self> {
        let cmt_ring::Formed { group_key, seats, book } = formed;
        let seats = seats.into_iter().map(|(id, frame)| (id.0, PyBytes::new(py, &frame).unbind()));
        Ok(Formed {
            generation,
            concentrator: concentrator.0,
            group_key: PyBytes::new(py, &group_key).unbind(),
            seats: seats.collect(),
            book: Py::new(py, Book::new(known, book))?,
        })
    }
}

#[pymethods]
impl Formed {
    fn __repr__(&self) -> String {
        format!(
            "<wattsum.cmt.Formed: generation {}, {} members>",
            self.generation,
            self.seats.len().saturating_add(1)
        )
    }
}
