//! What goes wrong, as Python exceptions.

use std::fmt::Display;

use meter_link::PartyId;
use pyo3::exceptions::{PyMemoryError, PyOSError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Everything that a method of this module can fail with, before it is an exception: the work is done
/// without the interpreter.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A protocol refused.
    Protocol(Refusal),
    /// A protocol refused a row of a batch.
    Row { row: usize, meter: PartyId, error: Refusal },
    /// Something failed at a place of a batch, which the exception's note names.
    At { place: String, failure: Box<Failure> },
    /// The object was consumed by an earlier step.
    UsedUp(&'static str),
    /// The object was made before a fork, and this is the other process.
    OtherProcess(&'static str),
    /// A panic left the object in an unknown state.
    Broken(&'static str),
    /// An argument that no protocol was asked about.
    Argument { name: &'static str, text: String },
    /// Bytes of an argument that are none of what is expected.
    Bytes { name: &'static str, text: String },
    /// An argument whose bytes are no message, state or point.
    Malformed { name: &'static str, text: String },
    /// The result would not fit into memory.
    NoMemory,
    /// The operating system gave no randomness.
    NoEntropy,
}

/// The error of a protocol's crate.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    Link(meter_link::Error),
    Ring(cmt_ring::Error),
    Elgamal(threshold_elgamal::Error),
    Ckks(ckks_agg::Error),
}

impl Failure {
    pub(crate) fn argument(name: &'static str, text: impl Display) -> Self {
        Failure::Argument { name, text: text.to_string() }
    }

    pub(crate) fn bytes(name: &'static str, text: impl Display) -> Self {
        Failure::Bytes { name, text: text.to_string() }
    }

    /// Bytes that are none of what they should be.
    pub(crate) fn malformed(name: &'static str, text: impl Display) -> Self {
        Failure::Malformed { name, text: text.to_string() }
    }

    /// The same, of a place of a batch.
    pub(crate) fn at(self, place: impl Display) -> Self {
        Failure::At { place: place.to_string(), failure: Box::new(self) }
    }
}

impl From<meter_link::Error> for Refusal {
    fn from(error: meter_link::Error) -> Self {
        Refusal::Link(error)
    }
}

impl From<cmt_ring::Error> for Refusal {
    fn from(error: cmt_ring::Error) -> Self {
        Refusal::Ring(error)
    }
}

impl From<threshold_elgamal::Error> for Refusal {
    fn from(error: threshold_elgamal::Error) -> Self {
        Refusal::Elgamal(error)
    }
}

impl From<ckks_agg::Error> for Refusal {
    fn from(error: ckks_agg::Error) -> Self {
        Refusal::Ckks(error)
    }
}

impl From<Refusal> for Failure {
    fn from(error: Refusal) -> Self {
        Failure::Protocol(error)
    }
}

impl From<meter_link::Error> for Failure {
    fn from(error: meter_link::Error) -> Self {
        Failure::Protocol(error.into())
    }
}

impl From<cmt_ring::Error> for Failure {
    fn from(error: cmt_ring::Error) -> Self {
        Failure::Protocol(error.into())
    }
}

impl From<threshold_elgamal::Error> for Failure {
    fn from(error: threshold_elgamal::Error) -> Self {
        Failure::Protocol(error.into())
    }
}

impl From<ckks_agg::Error> for Failure {
    fn from(error: ckks_agg::Error) -> Self {
        Failure::Protocol(error.into())
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| exception(py, failure).unwrap_or_else(|error| error))
    }
}

/// The exception of a protocol's error, with its text.
pub(crate) fn of_protocol(py: Python<'_>, error: impl Into<Refusal>) -> PyResult<PyErr> {
    // Every crate's error has these variants.
    macro_rules! value {
        ($error:ident, $name:ident) => {{
            use $name::Error;
            let text = $error.to_string();
            match $error {
                Error::Misuse(_) => Class::Misuse.get(py)?.call1((text,))?,
                Error::Malformed(_) => Class::Malformed.get(py)?.call1((text,))?,
                Error::Fault { culprit, .. } => Class::Fault.get(py)?.call1((text, culprit.0))?,
                Error::Quorum { have, need } => Class::Quorum.get(py)?.call1((text, have, need))?,
                Error::Inconsistent => Class::Inconsistent.get(py)?.call1((text,))?,
                // `Error` may grow; what is new has a text, and is an `Error` at least.
                _ => Class::Base.get(py)?.call1((text,))?,
            }
        }};
    }
    Ok(PyErr::from_value(match error.into() {
        Refusal::Link(error) => value!(error, meter_link),
        Refusal::Ring(error) => value!(error, cmt_ring),
        Refusal::Elgamal(error) => value!(error, threshold_elgamal),
        Refusal::Ckks(error) => value!(error, ckks_agg),
    }))
}

/// The exception of a failure.
pub(crate) fn exception(py: Python<'_>, failure: Failure) -> PyResult<PyErr> {
    let misuse = |text: String| -> PyResult<PyErr> {
        Ok(PyErr::from_value(Class::Misuse.get(py)?.call1((format!("misuse: {text}"),))?))
    };
    match failure {
        Failure::Protocol(error) => of_protocol(py, error),
        Failure::At { place, failure } => {
            let error = exception(py, *failure)?;
            error.value(py).call_method1("add_note", (place,))?;
            Ok(error)
        }
        Failure::Row { row, meter, error } => {
            let error = of_protocol(py, error)?;
            error.value(py).call_method1("add_note", (format!("row {row}, meter {meter}"),))?;
            Ok(error)
        }
        Failure::UsedUp(what) => misuse(format!("this {what} is used up: an earlier step consumed it")),
        Failure::OtherProcess(what) => misuse(format!(
            "this {what} was made in another process; after a fork two copies of its secrets could \
             contradict each other"
        )),
        Failure::Broken(what) => misuse(format!("this {what} was left unfinished by an earlier panic")),
        Failure::Argument { name, text } => misuse(format!("{name}: {text}")),
        Failure::Bytes { name, text } => {
            Ok(PyErr::from_value(Class::Malformed.get(py)?.call1((format!("malformed: {name}: {text}"),))?))
        }
        Failure::Malformed { name, text } => {
            Ok(PyErr::from_value(Class::Malformed.get(py)?.call1((format!("malformed: {name}: {text}"),))?))
        }
        Failure::NoMemory => Ok(PyMemoryError::new_err("the result does not fit into memory")),
        Failure::NoEntropy => Ok(PyOSError::new_err("the operating system gave no randomness")),
    }
}

#[derive(Clone, Copy)]
enum Class {
    Base,
    Misuse,
    Malformed,
    Fault,
    Quorum,
    Inconsistent,
}

impl Class {
    /// The class of `wattsum.errors`, looked up once.
    fn get(self, py: Python<'_>) -> PyResult<&Bound<'_, PyType>> {
        static BASE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static MISUSE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static MALFORMED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static FAULT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static QUORUM: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        static INCONSISTENT: PyOnceLock<Py<PyType>> = PyOnceLock::new();
        let (place, name) = match self {
            Class::Base => (&BASE, "Error"),
            Class::Misuse => (&MISUSE, "MisuseError"),
            Class::Malformed => (&MALFORMED, "MalformedError"),
            Class::Fault => (&FAULT, "FaultError"),
            Class::Quorum => (&QUORUM, "QuorumError"),
            Class::Inconsistent => (&INCONSISTENT, "InconsistentError"),
        };
        place.import(py, "wattsum.errors", name)
    }
}
