//! What goes wrong, as Python exceptions.

use std::fmt::Display;

use meter_link::{Error, PartyId};
use pyo3::exceptions::{PyMemoryError, PyOSError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// Everything that a method of this module can fail with, before it is an exception: the work is done
/// without the interpreter.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A protocol refused.
    Protocol(Error),
    /// A protocol refused a row of a batch.
    Row { row: usize, meter: PartyId, error: Error },
    /// The object was consumed by an earlier step.
    UsedUp(&'static str),
    /// The object was made before a fork, and this is the other process.
    OtherProcess(&'static str),
    /// A panic left the object in an unknown state.
    Broken(&'static str),
    /// An argument that no protocol was asked about.
    Argument { name: &'static str, text: String },
    /// The result would not fit into memory.
    NoMemory,
    /// The operating system gave no randomness.
    NoEntropy,
}

impl Failure {
    pub(crate) fn argument(name: &'static str, text: impl Display) -> Self {
        Failure::Argument { name, text: text.to_string() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure::Protocol(error)
    }
}

impl From<Failure> for PyErr {
    fn from(failure: Failure) -> Self {
        Python::attach(|py| exception(py, failure).unwrap_or_else(|error| error))
    }
}

/// The exception of a protocol's error, with its text.
pub(crate) fn of_protocol(py: Python<'_>, error: Error) -> PyResult<PyErr> {
    let text = error.to_string();
    let value = match error {
        Error::Misuse(_) => Class::Misuse.get(py)?.call1((text,))?,
        Error::Malformed(_) => Class::Malformed.get(py)?.call1((text,))?,
        Error::Fault { culprit, .. } => Class::Fault.get(py)?.call1((text, culprit.0))?,
        Error::Quorum { have, need } => Class::Quorum.get(py)?.call1((text, have, need))?,
        Error::Inconsistent => Class::Inconsistent.get(py)?.call1((text,))?,
        // `Error` may grow; what is new has a text, and is an `Error` at least.
        _ => Class::Base.get(py)?.call1((text,))?,
    };
    Ok(PyErr::from_value(value))
}

fn exception(py: Python<'_>, failure: Failure) -> PyResult<PyErr> {
    let misuse = |text: String| -> PyResult<PyErr> {
        Ok(PyErr::from_value(Class::Misuse.get(py)?.call1((format!("misuse: {text}"),))?))
    };
    match failure {
        Failure::Protocol(error) => of_protocol(py, error),
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
