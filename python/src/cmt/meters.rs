//! Many meters in one object.

use std::sync::Arc;

use cmt_ring::Generation;
use numpy::PyArray2;
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::book::Book;
use super::fleet::{Batch, Fleet, Handle};
use super::forming::Formed;
use super::known::{self, Known};
use super::member::Member;
use super::meter::Meter;
use super::params::generation;
use crate::argument::argument;
use crate::array::{Rows, mask, with_room};
use crate::entropy;
use crate::error::Failure;
use crate::link::EpochView;
use crate::mark::HighWaters;
use crate::owned::Owned;
use crate::prepared::PreparedMany;
use crate::seat::{self, take_links};
use crate::threads::Threads;

/// The meters of a ring in one object, for simulations. What passes between them stays inside; `meters[row]` is one
/// of them, with all its steps.
#[pyclass(frozen, module = "wattsum.cmt", name = "Meters")]
pub(crate) struct Meters {
    ids: Vec<u32>,
    known: Arc<Known>,
    fleet: Arc<Owned<Fleet>>,
}

impl Meters {
    fn generation_or(fleet: &mut Fleet, given: Option<Generation>, which: &[bool]) -> Generation {
        given.unwrap_or_else(|| fleet.next_generation(which))
    }
}

#[pymethods]
impl Meters {
    /// Meters in no ring yet; their link secrets are used up. `first_channel` is as for `Meter`.
    #[new]
    #[pyo3(signature = (params, view, parties, first_channel = None),
           text_signature = "(params, view, parties, first_channel=0)")]
    fn new(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        parties: &Bound<'_, PyAny>,
        first_channel: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let first = seat::first_channel(first_channel, params.0.group())?;
        let links = take_links(&params.common(), view, argument("parties", parties))?;
        let ids = links.iter().map(|(id, _)| id.0).collect();
        let known = Known::new(params, view);
        let meters = py.detach(|| {
            let mut meters = with_room(links.len())?;
            for (id, link) in links {
                meters.push(Member::new(&known, id, Some(link), first, None)?);
            }
            Ok::<_, Failure>(meters)
        })?;
        Ok(Meters { ids, known, fleet: Arc::new(Owned::new("meter", Fleet::new(meters))) })
    }

    /// Forms a ring of all meters, or of those that `which` marks, a bool a meter, from `first_round` on: tokens, first
    /// keys and places. By default it is the next generation. What leaves is guarded by the records of all. If a meter
    /// refuses, the generation is spent. In groups with terms the meters have followed the claim of the one that is
    /// drawn.
    #[pyo3(signature = (now, first_round, which = None, generation = None))]
    fn form(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        first_round: &Bound<'_, PyAny>,
        which: Option<&Bound<'_, PyAny>>,
        generation: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PreparedRing> {
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let (which, generation) =
            (mask("which", which, self.ids.len())?, generation.map(self::generation).transpose()?);
        let formation = py.detach(|| {
            self.fleet.with(|fleet| {
                let generation = Self::generation_or(fleet, generation, &which);
                fleet.form(&self.known, now, from, generation, &which, &mut entropy::rng()?)
            })
        })?;
        let ids = formation.ids.iter().map(|id| id.0).collect();
        let generation = formation.generation.0;
        let formed = Formed::new(py, &self.known, formation.concentrator, generation, formation.formed)?;
        PreparedRing::new(py, ids, formation.records, Py::new(py, formed)?.into_any())
    }

    /// Cuts `members`, ids, out of the ring that `form` has formed, by its concentrator with its book; what leaves is the
    /// Healed frame for the supplier. If a meter refuses, nothing leaves, and the generation is spent, as is the ring: form
    /// the next one.
    #[pyo3(signature = (book, now, first_round, members, generation = None))]
    fn heal(
        &self,
        py: Python<'_>,
        book: &Book,
        now: &Bound<'_, PyAny>,
        first_round: &Bound<'_, PyAny>,
        members: &Bound<'_, PyAny>,
        generation: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PreparedRing> {
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let cut = known::cut(&self.known.roster, members)?;
        let generation = generation.map(self::generation).transpose()?;
        let all = mask("which", None, self.ids.len())?;
        let (records, ids, frame) = py.detach(|| {
            self.fleet.with(|fleet| {
                self.known.check_same(&book.known)?;
                let generation = Self::generation_or(fleet, generation, &all);
                let rng = &mut entropy::rng()?;
                book.state.with(|book| fleet.heal(&self.known, book, now, from, generation, &cut, rng))
            })
        })?;
        let ids = ids.into_iter().map(|id| id.0).collect();
        PreparedRing::new(py, ids, records, PyBytes::new(py, &frame).into_any().unbind())
    }

    /// The round's ciphertexts: `readings` has a row for each meter. Those of the present ring send, or those that
    /// `which` marks, a bool a meter. With derived delta they do so side by side, on `threads`. With drawn delta the round
    /// goes around the ring that `form` has formed from the supplier's `start` on; it breaks off at the first member that
    /// is not marked, and the concentrator's own ciphertext exists only when it is closed. If a meter
    /// refuses, no frame leaves, and others' intervals may be spent: on several threads also those of rows after it.
    #[pyo3(signature = (marks, now, round, readings, which = None, *, start = None, threads = None),
           text_signature = "($self, marks, now, round, readings, which=None, *, start=None, threads=1)")]
    #[allow(clippy::too_many_arguments)] // keywords in Python
    fn contribute(
        &self,
        py: Python<'_>,
        marks: &HighWaters,
        now: &Bound<'_, PyAny>,
        round: &Bound<'_, PyAny>,
        readings: &Bound<'_, PyAny>,
        which: Option<&Bound<'_, PyAny>>,
        start: Option<&Bound<'_, PyAny>>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PreparedMany> {
        let which = which.map(|which| mask("which", Some(which), self.ids.len())).transpose()?;
        let threads = Threads::of(threads)?;
        let channels = usize::from(self.known.params.group().channels);
        let start = start.map(|start| argument("start", start).bytes()).transpose()?;
        let batch = Batch {
            rounds: (argument("now", now).round()?, argument("round", round).round()?),
            readings: &argument("readings", readings).readings(self.ids.len(), channels)?,
            channels,
            which: which.as_deref(),
        };
        let (records, frames) = py.detach(|| {
            self.fleet.with(|fleet| {
                marks.devices.with(|marks| {
                    let rng = &mut entropy::rng()?;
                    fleet.send(&self.known, marks, &batch, start.as_deref(), threads, rng)
                })
            })
        })?;
        PreparedMany::new(py, records, frames)
    }

    /// Drops all link secrets: no further generation of the epoch is to be joined.
    fn wipe_links(&self, py: Python<'_>) -> PyResult<()> {
        let wipe = |fleet: &mut Fleet| {
            fleet.members.iter_mut().for_each(|member| member.link = None);
            Ok::<_, Failure>(())
        };
        Ok(py.detach(|| self.fleet.with(wipe))?)
    }

    /// Ids of the ring that `form` has formed, around it, the concentrator first.
    #[getter]
    fn order(&self, py: Python<'_>) -> PyResult<Vec<u32>> {
        let order = py.detach(|| self.fleet.with(|fleet| Ok::<_, Failure>(fleet.ring()?.order.clone())))?;
        Ok(order.iter().filter_map(|row| self.ids.get(*row).copied()).collect())
    }

    /// In the order of the rows.
    #[getter]
    fn ids(&self) -> Vec<u32> {
        self.ids.clone()
    }

    fn __len__(&self) -> usize {
        self.ids.len()
    }

    /// The meter of a row.
    fn __getitem__(&self, row: &Bound<'_, PyAny>) -> PyResult<Meter> {
        let row: i128 = argument("row", row).int()?;
        let count = i128::try_from(self.ids.len()).unwrap_or(i128::MAX);
        let row = if row < 0 { row.saturating_add(count) } else { row };
        let row = usize::try_from(row).ok();
        let found = row.and_then(|row| Some((row, *self.ids.get(row)?)));
        let (row, id) = found.ok_or_else(|| PyIndexError::new_err("row: out of range"))?;
        let (known, fleet) = (Arc::clone(&self.known), Arc::clone(&self.fleet));
        Ok(Meter { handle: Handle { known, fleet, row, id: meter_link::PartyId(id) } })
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Meters: {}>", self.ids.len())
    }
}

/// A step of a whole ring that is done but not yet visible: `records` must be on stable storage before `stored()`
/// hands out what they guard, once.
#[pyclass(frozen, generic, module = "wattsum.cmt", name = "PreparedRing")]
pub(crate) struct PreparedRing {
    ids: Vec<u32>,
    records: Py<PyArray2<u8>>,
    inner: Owned<Py<PyAny>>,
}

impl PreparedRing {
    fn new(py: Python<'_>, ids: Vec<u32>, records: Rows, inner: Py<PyAny>) -> PyResult<Self> {
        Ok(PreparedRing { ids, records: records.into_array(py)?, inner: Owned::new("prepared step", inner) })
    }
}

#[pymethods]
impl PreparedRing {
    /// Whose records the rows are.
    #[getter]
    fn ids(&self) -> Vec<u32> {
        self.ids.clone()
    }

    /// What must be stored, and synced, now: each row appended to the log of its meter; see `Prepared.record`.
    #[getter]
    fn records(&self, py: Python<'_>) -> Py<PyArray2<u8>> {
        self.records.clone_ref(py)
    }

    /// The records are stored: here is what they guarded.
    fn stored(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(py.detach(|| self.inner.take())?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.cmt.PreparedRing>"
    }
}
