//! Logs of answerers: what they have agreed to and told, entry by entry.

use std::sync::{Mutex, MutexGuard, PoisonError};

use meter_link::answer::AnswerKind;
use meter_link::log::{self, Entry, Form};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::EpochView;
use crate::argument::argument;
use crate::error::Failure;

const fn form(form: Form) -> &'static str {
    match form {
        Form::Agreed => "agreed",
        Form::Bound => "bound",
        Form::Statement => "statement",
        Form::Raw => "raw",
    }
}

const fn kind(kind: AnswerKind) -> &'static str {
    match kind {
        AnswerKind::DcnetRound => "dcnet round",
        AnswerKind::ShamirRound => "shamir round",
        AnswerKind::ShamirWindow => "shamir window",
        AnswerKind::ElgamalRound => "elgamal round",
        AnswerKind::ElgamalWindow => "elgamal window",
        AnswerKind::CkksRound => "ckks round",
        AnswerKind::CkksList => "ckks list",
    }
}

/// One entry of an answerer's log: which digest it agreed to, and what it said.
#[pyclass(frozen, eq, module = "wattsum.link", name = "LogEntry")]
#[derive(PartialEq)]
pub(crate) struct LogEntry(Entry);

#[pymethods]
impl LogEntry {
    /// Of a stored record. By itself it proves nothing: see `Audit`.
    #[staticmethod]
    fn from_bytes(record: &Bound<'_, PyAny>) -> PyResult<Self> {
        let record = argument("record", record).bytes()?;
        let (entry, _) = Entry::parse(&record).map_err(Failure::from)?;
        Ok(LogEntry(entry))
    }

    /// What was said: "agreed" (nothing), "bound", "statement" or "raw".
    #[getter]
    fn form(&self) -> &'static str {
        form(self.0.form)
    }

    /// To what kind of query: "dcnet round", "shamir round", "shamir window", "elgamal round", "elgamal window".
    #[getter]
    fn kind(&self) -> &'static str {
        kind(self.0.kind)
    }

    /// From 0, without gaps.
    #[getter]
    fn sequence(&self) -> u32 {
        self.0.sequence
    }

    /// The round; of a window, its last.
    #[getter]
    fn round(&self) -> u64 {
        self.0.round.get()
    }

    /// Of the set, list or window, 32 bytes: `set_digest` makes those of sets.
    #[getter]
    fn digest<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.digest)
    }

    /// SHA-256 of the frame that was told; zero where nothing was.
    #[getter]
    fn message<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.message)
    }

    fn __repr__(&self) -> String {
        let (form, kind) = (self.form(), self.kind());
        format!("<wattsum.link.LogEntry {}: {form}, {kind} {}>", self.0.sequence, self.0.round)
    }
}

/// The end of an answerer's log, signed by it.
#[pyclass(frozen, eq, module = "wattsum.link", name = "LogHead")]
#[derive(PartialEq)]
pub(crate) struct LogHead(log::LogHead);

#[pymethods]
impl LogHead {
    /// Verifies what `log_head` of a holder or an aggregator of the epoch has given. `FaultError` blames the sender.
    #[staticmethod]
    fn verify(py: Python<'_>, frame: &Bound<'_, PyAny>, view: &EpochView) -> PyResult<Self> {
        let frame = argument("frame", frame).bytes()?;
        let head = py.detach(|| log::LogHead::verify(&frame, &view.view, view.roster.answerers()));
        Ok(LogHead(head.map_err(Failure::from)?))
    }

    /// That two heads can be of one log. What they show otherwise both frames prove to anybody: the answerer has
    /// rolled its log back, or keeps two; `FaultError` blames it.
    fn agrees_with(&self, other: &LogHead) -> PyResult<()> {
        Ok(self.0.agrees_with(&other.0).map_err(Failure::from)?)
    }

    /// Whose log it is.
    #[getter]
    fn answerer(&self) -> u32 {
        self.0.answerer.0
    }

    /// When it was signed.
    #[getter]
    fn round(&self) -> u64 {
        self.0.round.get()
    }

    /// How many there were.
    #[getter]
    fn entries(&self) -> u32 {
        self.0.entries
    }

    /// Hash over all of them, 32 bytes.
    #[getter]
    fn head<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.head)
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.link.LogHead of {}: {} entries>", self.0.answerer, self.0.entries)
    }
}

/// Follows the log that an answerer has exported, from its first record, and sees that it names one digest a
/// round and a window. A log may end early: `end` compares it with a signed head.
#[pyclass(frozen, module = "wattsum.link", name = "Audit")]
pub(crate) struct Audit(Mutex<log::Audit>);

impl Audit {
    /// A step that panicked has changed nothing.
    fn lock(&self) -> MutexGuard<'_, log::Audit> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[pymethods]
impl Audit {
    /// Of the log of an answerer of the epoch, by its id.
    #[new]
    fn new(view: &EpochView, answerer: &Bound<'_, PyAny>) -> PyResult<Self> {
        let answerer = argument("answerer", answerer);
        let id = answerer.party()?;
        if !view.roster.answerers().iter().any(|member| member.id == id) {
            return Err(answerer.refuse("not an answerer of this epoch"));
        }
        Ok(Audit(Mutex::new(log::Audit::new(view.view.context(), id))))
    }

    /// Takes the next record; the one before once more changes nothing. `InconsistentError` for a record that
    /// does not follow, `FaultError` blaming the answerer for a second digest of a round or window.
    fn follow(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<LogEntry> {
        let record = argument("record", record).bytes()?;
        Ok(LogEntry(py.detach(|| self.lock().follow(&record)).map_err(Failure::from)?))
    }

    /// That the log ends where the answerer has signed that it does; else `InconsistentError`.
    fn end(&self, py: Python<'_>, head: &LogHead) -> PyResult<()> {
        Ok(py.detach(|| self.lock().end(&head.0)).map_err(Failure::from)?)
    }

    /// Entries so far.
    fn __len__(&self, py: Python<'_>) -> usize {
        let len = py.detach(|| self.lock().log().len());
        usize::try_from(len).unwrap_or(usize::MAX)
    }
}
