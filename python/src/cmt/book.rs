//! What a concentrator keeps of its ring, and how it heals it.

use std::sync::Arc;

use cmt_ring::Lost;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Params;
use super::known::{self, Known};
use super::meter::Meter;
use super::order::Listed;
use super::params::generation;
use crate::argument::argument;
use crate::entropy;
use crate::error::Failure;
use crate::link::EpochView;
use crate::owned::Owned;
use crate::prepared::Prepared;

/// Who the members of a ring are, which token each has, and the concentrator's keys with them; secret. It lives as
/// long as the ring, through all its healings.
#[pyclass(frozen, module = "wattsum.cmt", name = "Book")]
pub(crate) struct Book {
    pub(super) known: Arc<Known>,
    pub(super) state: Owned<cmt_ring::Book>,
}

impl Book {
    pub(super) fn new(known: &Arc<Known>, book: cmt_ring::Book) -> Self {
        Book { known: Arc::clone(known), state: Owned::new("book", book) }
    }
}

#[pymethods]
impl Book {
    /// Goes on from `to_bytes`.
    #[staticmethod]
    fn from_bytes(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        state: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let (known, state) = (Known::new(params, view), argument("state", state).secret_bytes()?);
        let book = py.detach(|| {
            cmt_ring::Book::from_bytes(&known.params, &known.view, &state).map_err(Failure::from)
        })?;
        Ok(Book::new(&known, book))
    }

    /// All of it; secret. Store it where the meter's state is stored, in one piece with it or before it: after
    /// `Forming.close`, and after each healing.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.state.with(|book| book.to_bytes(&self.known.view)))?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// The generation that the ring is now.
    #[getter]
    fn generation(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(py.detach(|| self.state.with(|book| Ok::<_, Failure>(book.generation().0)))?)
    }

    /// Who is left but the concentrator, ascending.
    fn members(&self, py: Python<'_>) -> PyResult<Vec<Listed>> {
        let list =
            || self.state.with(|book| Ok::<Vec<_>, Failure>(book.members().map(Listed::from).collect()));
        Ok(py.detach(list)?)
    }

    /// The member whose token has this name, which is what the supplier knows it by; None if nobody has it.
    fn named(&self, py: Python<'_>, name: &Bound<'_, PyAny>) -> PyResult<Option<Listed>> {
        let name = argument("name", name).party()?;
        Ok(py.detach(|| self.state.with(|book| Ok::<_, Failure>(book.named(name).map(Listed::from))))?)
    }

    /// Whom a round was lost for, as the supplier's Lost frame tells: with derived delta all it names, with drawn delta
    /// the first of them around the ring.
    fn silent(
        &self,
        py: Python<'_>,
        now: &Bound<'_, PyAny>,
        frame: &Bound<'_, PyAny>,
    ) -> PyResult<Vec<Listed>> {
        let (now, frame) = (argument("now", now).round()?, argument("frame", frame).bytes()?);
        let silent = py.detach(|| {
            let lost = Lost::verify(&self.known.view, now, &frame)?;
            self.state.with(|book| book.silent(&lost))
        })?;
        Ok(silent.into_iter().map(Listed::from).collect())
    }

    /// Heals the ring: from `first_round` on it is one of those who are left when `members`, ids, are cut out, as
    /// generation `generation`. `meter` is its concentrator, and goes on as such. A round that is going around is given
    /// up. Nobody needs to answer.
    fn heal(
        &self,
        py: Python<'_>,
        meter: &Meter,
        now: &Bound<'_, PyAny>,
        first_round: &Bound<'_, PyAny>,
        generation: &Bound<'_, PyAny>,
        members: &Bound<'_, PyAny>,
    ) -> PyResult<Prepared> {
        let (now, from) = (argument("now", now).round()?, argument("first_round", first_round).round()?);
        let generation = self::generation(generation)?;
        let cut = known::cut(&self.known.roster, members)?;
        let positions: Vec<u32> = cut.positions().collect();
        let (record, healing) = py.detach(|| {
            meter.handle.with(|known, member| {
                known.check_same(&self.known)?;
                let rng = &mut entropy::rng()?;
                self.state.with(|book| member.cut(book, now, from, generation, &positions, rng))
            })
        })?;
        let members = healing.members.into_iter();
        let members = members.map(|(id, frame)| (id.0, PyBytes::new(py, &frame).unbind())).collect();
        let supplier = PyBytes::new(py, &healing.supplier).unbind();
        Ok(Prepared::new(py, &record, Py::new(py, Healing { members, supplier })?.into_any()))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.cmt.Book>"
    }
}

/// A healed ring's frames, to be sent, and sent again to whom they did not reach.
#[pyclass(frozen, get_all, module = "wattsum.cmt", name = "Healing")]
pub(crate) struct Healing {
    /// The Heal frame for each other member that is left by its id.
    members: Vec<(u32, Py<PyBytes>)>,
    /// The Healed frame for the supplier.
    supplier: Py<PyBytes>,
}

#[pymethods]
impl Healing {
    fn __repr__(&self) -> String {
        format!("<wattsum.cmt.Healing: {} members>", self.members.len().saturating_add(1))
    }
}
