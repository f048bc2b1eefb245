//! Arguments other than arrays: each is refused under its own name.

use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Deref;

use meter_link::{Misuse, PartyId, Round};
use pyo3::buffer::PyBuffer;
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes};
use zeroize::Zeroizing;

use crate::array::{filled, with_room};
use crate::error::Failure;

/// Why a float is no reading.
pub(crate) const FLOAT: &str = "a float is no reading: sums are exact, over whole numbers of the smallest \
                                billed unit (Wh, not kWh); round where you can see what is lost";

/// An argument and its name.
#[derive(Clone, Copy)]
pub(crate) struct Argument<'a, 'py> {
    pub(crate) name: &'static str,
    pub(crate) value: &'a Bound<'py, PyAny>,
}

pub(crate) const fn argument<'a, 'py>(name: &'static str, value: &'a Bound<'py, PyAny>) -> Argument<'a, 'py> {
    Argument { name, value }
}

/// An integer argument that may be left out.
pub(crate) fn int_or<T: TryFrom<i128>>(
    name: &'static str,
    value: Option<&Bound<'_, PyAny>>,
    default: T,
) -> PyResult<T> {
    value.map_or(Ok(default), |value| argument(name, value).int())
}

impl<'a, 'py> Argument<'a, 'py> {
    /// A `TypeError` that names the argument.
    pub(crate) fn wrong_type(&self, text: impl std::fmt::Display) -> PyErr {
        PyTypeError::new_err(format!("{}: {text}", self.name))
    }

    /// A `MisuseError` that names the argument.
    pub(crate) fn refuse(&self, text: impl std::fmt::Display) -> PyErr {
        Failure::argument(self.name, text).into()
    }

    fn expected(&self, what: &str) -> PyErr {
        match self.value.get_type().name() {
            Ok(name) => self.wrong_type(format_args!("expected {what}, got {name}")),
            Err(error) => error,
        }
    }

    /// An integer (or what has `__index__`) within T.
    pub(crate) fn int<T: TryFrom<i128>>(&self) -> PyResult<T> {
        self.whole("an int")?.and_then(|v| T::try_from(v).ok()).ok_or_else(|| self.refuse("out of range"))
    }

    /// None if it is an integer beyond i128.
    fn whole(&self, what: &str) -> PyResult<Option<i128>> {
        if self.value.is_instance_of::<PyBool>() {
            return Err(self.expected(what));
        }
        let py = self.value.py();
        match self.value.extract::<i64>() {
            Ok(value) => Ok(Some(value.into())),
            Err(error) if error.is_instance_of::<PyOverflowError>(py) => {
                // Only ints can be read as an i128: what has but an __index__ has no shifts.
                let int = self.value.call_method0("__index__")?;
                match int.extract::<i128>() {
                    Ok(value) => Ok(Some(value)),
                    Err(error) if error.is_instance_of::<PyOverflowError>(py) => Ok(None),
                    Err(_) => Err(self.expected(what)),
                }
            }
            Err(_) => Err(self.expected(what)),
        }
    }

    pub(crate) fn party(&self) -> PyResult<PartyId> {
        self.int().map(PartyId)
    }

    pub(crate) fn round(&self) -> PyResult<Round> {
        Ok(Round::new(self.int()?).map_err(|_| Failure::argument(self.name, Misuse::RoundTooLarge))?)
    }

    /// One value of a reading.
    pub(crate) fn reading(&self) -> PyResult<i64> {
        if !self.value.hasattr("__index__")? && self.value.hasattr("__float__")? {
            return Err(self.wrong_type(FLOAT));
        }
        let value = self.whole("whole numbers")?.and_then(|v| i64::try_from(v).ok());
        value.ok_or_else(|| self.refuse(Misuse::ReadingTooLarge))
    }

    /// A word.
    pub(crate) fn text(&self) -> PyResult<String> {
        self.value.extract::<String>().map_err(|_| self.expected("a str"))
    }

    /// The items of a sequence, by `read`.
    pub(crate) fn list<T>(&self, read: impl Fn(Argument<'_, 'py>) -> PyResult<T>) -> PyResult<Vec<T>> {
        // What has no length may have no end; sets have no order, and of a mapping only the keys would count.
        let ordered = self.value.hasattr("__getitem__")? && !self.value.hasattr("keys")?;
        if !ordered || self.value.len().is_err() {
            return Err(self.expected("a sequence"));
        }
        /// No roster that fits into memory is longer; a `range` of any length costs the caller nothing.
        const LONGEST: usize = 1 << 26;
        let len = self.value.len()?;
        if len > LONGEST {
            return Err(self.refuse("too long"));
        }
        let mut values = with_room(len)?;
        for item in self.value.try_iter()? {
            if values.len() == len {
                return Err(self.refuse("more items than its length says"));
            }
            values.push(read(argument(self.name, &item?))?);
        }
        Ok(values)
    }

    /// Bytes of a message, a record or a key: `bytes` where they lie, any other buffer of bytes copied, as
    /// another thread could change it.
    pub(crate) fn bytes(&self) -> PyResult<Cow<'a, [u8]>> {
        /// No message of a roster that fits into memory is longer.
        const LONGEST: usize = 1 << 28;
        if let Ok(bytes) = self.value.cast::<PyBytes>() {
            return Ok(Cow::Borrowed(bytes.as_bytes()));
        }
        let buffer = PyBuffer::<u8>::get(self.value).map_err(|_| self.expected("bytes"))?;
        if buffer.len_bytes() > LONGEST {
            return Err(self.refuse("too long"));
        }
        let mut copy = filled(0, buffer.item_count())?;
        buffer.copy_to_slice(self.value.py(), &mut copy)?;
        Ok(Cow::Owned(copy))
    }

    /// Copies of the bytes of each item of a sequence.
    pub(crate) fn list_of_bytes(&self) -> PyResult<Vec<Zeroizing<Vec<u8>>>> {
        /// All together: one object may stand in it many times.
        const MOST: usize = 1 << 28;
        let room = Cell::new(MOST);
        self.list(|item| {
            let bytes = item.secret_bytes()?;
            room.set(room.get().checked_sub(bytes.len()).ok_or_else(|| item.refuse("too long"))?);
            let mut copy = Zeroizing::new(with_room(bytes.len())?);
            copy.extend_from_slice(&bytes);
            Ok(copy)
        })
    }

    /// Exactly N bytes.
    pub(crate) fn array<const N: usize>(&self) -> PyResult<[u8; N]> {
        let bytes = self.bytes()?;
        (*bytes).try_into().map_err(|_| self.refuse(format_args!("expected {N} bytes, got {}", bytes.len())))
    }
}

/// Bytes that hold secrets: those of `bytes` where they lie, else a copy that is wiped.
pub(crate) enum SecretBytes<'a> {
    Lent(&'a [u8]),
    Copied(Zeroizing<Vec<u8>>),
}

impl Deref for SecretBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            SecretBytes::Lent(bytes) => bytes,
            SecretBytes::Copied(copy) => copy,
        }
    }
}

impl<'a> Argument<'a, '_> {
    /// As `bytes`, of a secret.
    pub(crate) fn secret_bytes(&self) -> PyResult<SecretBytes<'a>> {
        Ok(match self.bytes()? {
            Cow::Borrowed(bytes) => SecretBytes::Lent(bytes),
            Cow::Owned(copy) => SecretBytes::Copied(Zeroizing::new(copy)),
        })
    }

    /// Exactly N bytes that were stored or received.
    pub(crate) fn stored<const N: usize>(&self) -> PyResult<[u8; N]> {
        let bytes = self.bytes()?;
        (*bytes).try_into().map_err(|_| self.wrong_length(N, bytes.len()))
    }

    /// Exactly N stored bytes of a secret.
    pub(crate) fn secret<const N: usize>(&self) -> PyResult<Zeroizing<[u8; N]>> {
        let bytes = self.secret_bytes()?;
        let array: &[u8; N] = (*bytes).try_into().map_err(|_| self.wrong_length(N, bytes.len()))?;
        Ok(Zeroizing::new(*array))
    }

    fn wrong_length(&self, expected: usize, got: usize) -> PyErr {
        Failure::malformed(self.name, format_args!("expected {expected} bytes, got {got}")).into()
    }
}
