//! numpy arrays in and out.
//!
//! Batch arithmetic reads arrays where they lie ([`Values`]). What roles take is copied on the way in:
//! readings are checked before a round is spent on them, frames before they are counted, and another thread
//! may write into the caller's array meanwhile. A copy is 8 bytes a value, beside a ChaCha20 block or more.

use meter_link::{Field64, Misuse};
use numpy::{
    Element, PyArray1, PyArray2, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::argument::{Argument, argument};
use crate::error::Failure;

mod values;

pub(crate) use values::Values;

/// Values in C order, and the shape they had.
pub(crate) struct Array<T> {
    pub(crate) values: Vec<T>,
    pub(crate) shape: Vec<usize>,
}

impl Array<u8> {
    /// Rows of an array of two dimensions.
    pub(crate) fn count(&self) -> usize {
        self.shape.first().copied().unwrap_or_default()
    }

    /// They may have no bytes.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let width = self.shape.get(1).copied().unwrap_or_default();
        (0..self.count()).map(move |row| {
            let start = row.wrapping_mul(width);
            self.values.get(start..start.wrapping_add(width)).unwrap_or_default()
        })
    }
}

impl<'a, 'py> Argument<'a, 'py> {
    /// A row of `channels` readings for each of `rows` meters; one channel may come without its axis.
    pub(crate) fn readings(&self, rows: usize, channels: usize) -> PyResult<Vec<i64>> {
        let array = self.signed()?;
        let fits = array.shape == [rows, channels] || (channels == 1 && array.shape == [rows]);
        if fits { Ok(array.values) } else { Err(self.wrong_shape(&array.shape, &[rows, channels])) }
    }

    /// The values of one reading: an int, a sequence of ints, or an array.
    pub(crate) fn reading_of(&self, channels: usize) -> PyResult<Vec<i64>> {
        if self.value.cast::<PyUntypedArray>().is_ok_and(|array| array.ndim() > 0) {
            return self.readings(1, channels).or_else(|error| {
                let array = self.signed()?;
                if array.shape == [channels] { Ok(array.values) } else { Err(error) }
            });
        }
        if self.value.len().is_ok() {
            return self.list(|item| item.reading());
        }
        Ok(vec![self.reading()?])
    }

    /// One bool for each of `rows`.
    fn mask(&self, rows: usize) -> PyResult<Vec<bool>> {
        if self.value.hasattr("mask")? {
            return Err(self.wrong_type("a masked array, whose masked values would count"));
        }
        // `numpy.asarray` would follow a sequence without end until memory is full.
        let array = if self.value.hasattr("__array__")? {
            let value = &self.value.call_method0("__array__")?;
            Argument { value, ..*self }.bools()?
        } else {
            let values = self.list(|item| item.value.extract().map_err(|_| item.no_bool()))?;
            Array { shape: vec![values.len()], values }
        };
        if array.shape == [rows] { Ok(array.values) } else { Err(self.wrong_shape(&array.shape, &[rows])) }
    }

    /// As bytes: what calls itself an array of bool may hold others than 0 and 1, and no `bool` of Rust may.
    fn bools(&self) -> PyResult<Array<bool>> {
        if self.kind()? != b'b' {
            let found = self.untyped()?.dtype();
            return Err(self.wrong_type(format_args!("expected an array of bool, got {found}")));
        }
        let bytes = &self.value.call_method1("view", ("uint8",))?;
        let Array { values, shape } = Argument { value: bytes, ..*self }.typed::<u8>("uint8", b"u")?;
        Ok(Array { values: values.into_iter().map(|byte| byte != 0).collect(), shape })
    }

    /// Rows of bytes, one message each.
    pub(crate) fn rows_of_bytes(&self) -> PyResult<Array<u8>> {
        /// Rows without bytes cost the caller nothing, but each is refused with an exception of its own.
        const MOST: usize = 1 << 26;
        if self.untyped()?.shape().first().is_some_and(|rows| *rows > MOST) {
            return Err(self.refuse("too long"));
        }
        let array = self.typed::<u8>("uint8", b"u")?;
        if array.shape.len() == 2 {
            Ok(array)
        } else {
            Err(self.refuse("expected an array of two dimensions"))
        }
    }

    /// Any shape of whole numbers.
    pub(crate) fn signed(&self) -> PyResult<Array<i64>> {
        let array = self.untyped()?;
        if self.kind()? == b'u' && array.dtype().itemsize() == 8 {
            let Array { values, shape } = self.typed::<u64>("uint64", b"u")?;
            let values = values.into_iter().map(i64::try_from).collect::<Result<_, _>>();
            return Ok(Array { values: values.map_err(|_| self.refuse(Misuse::ReadingTooLarge))?, shape });
        }
        self.typed::<i64>("int64", b"iu")
    }

    pub(crate) fn untyped(&self) -> PyResult<&'a Bound<'py, PyUntypedArray>> {
        let array = self.value.cast::<PyUntypedArray>().map_err(|_| self.not_an_array())?;
        if self.value.hasattr("mask")? {
            return Err(self.wrong_type("a masked array would be summed with its masked values"));
        }
        Ok(array)
    }

    fn no_bool(&self) -> PyErr {
        match self.value.get_type().name() {
            Ok(name) => self.wrong_type(format_args!("expected an array of bool, got {name}")),
            Err(error) => error,
        }
    }

    fn not_an_array(&self) -> PyErr {
        match self.value.get_type().name() {
            Ok(name) => self.wrong_type(format_args!("expected a numpy array, got {name}")),
            Err(error) => error,
        }
    }

    /// numpy's letter for the kind of the values.
    pub(crate) fn kind(&self) -> PyResult<u8> {
        Ok(self.untyped()?.dtype().kind())
    }

    /// A copy of [`Argument::in_place`]'s values.
    pub(crate) fn typed<T: Element + Copy>(&self, dtype: &str, kinds: &[u8]) -> PyResult<Array<T>> {
        Ok(self.in_place::<T>(dtype, kinds)?.copied()?)
    }

    pub(crate) fn wrong_shape(&self, got: &[usize], expected: &[usize]) -> PyErr {
        self.refuse(format_args!("shape {got:?}, expected {expected:?}"))
    }
}

/// One bool for each of `rows`; all true where the argument is left out.
pub(crate) fn mask(name: &'static str, value: Option<&Bound<'_, PyAny>>, rows: usize) -> PyResult<Vec<bool>> {
    value.map_or_else(|| Ok(filled(true, rows)?), |value| argument(name, value).mask(rows))
}

/// An empty vector that can take `len` values without another allocation.
pub(crate) fn with_room<T>(len: usize) -> Result<Vec<T>, Failure> {
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| Failure::NoMemory)?;
    Ok(values)
}

/// `len` times the same value.
pub(crate) fn filled<T: Clone>(value: T, len: usize) -> Result<Vec<T>, Failure> {
    let mut values = with_room(len)?;
    values.resize(len, value);
    Ok(values)
}

/// A new array of zeros, memory of which is taken as it is written: for results that are not in a vector.
pub(crate) fn zeros<'py, T: Element>(
    py: Python<'py>,
    shape: &[usize],
    dtype: &str,
) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    let size = shape.iter().try_fold(size_of::<T>(), |size, len| size.checked_mul(*len));
    if size.is_none_or(|size| isize::try_from(size).is_err()) {
        return Err(Failure::NoMemory.into());
    }
    let array = py.import("numpy")?.call_method1("zeros", (PyTuple::new(py, shape)?, dtype))?;
    Ok(array.cast_into::<PyArrayDyn<T>>()?)
}

/// An array of this shape that takes the values over.
pub(crate) fn into_array<'py, T: Element>(
    py: Python<'py>,
    values: Vec<T>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArrayDyn<T>>> {
    PyArray1::from_vec(py, values).reshape(shape.to_vec())
}

/// [`into_array`] for field elements.
pub(crate) fn elements_into_array<'py>(
    py: Python<'py>,
    values: Vec<Field64>,
    shape: &[usize],
) -> PyResult<Bound<'py, PyArrayDyn<u64>>> {
    into_array(py, values.into_iter().map(Field64::to_u64).collect(), shape)
}

/// Records or frames of one length, one after the other.
pub(crate) struct Rows {
    bytes: Vec<u8>,
    width: usize,
}

impl Rows {
    /// `count` rows of zeros.
    pub(crate) fn zeroed(count: usize, width: usize) -> Result<Self, Failure> {
        let len = count.checked_mul(width).ok_or(Failure::NoMemory)?;
        Ok(Rows { bytes: filled(0, len)?, width })
    }

    /// Room for `count` rows.
    pub(crate) fn with_room(count: usize, width: usize) -> Result<Self, Failure> {
        let len = count.checked_mul(width).ok_or(Failure::NoMemory)?;
        Ok(Rows { bytes: with_room(len)?, width })
    }

    /// The rows, to be written.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        self.bytes.chunks_exact_mut(self.width.max(1))
    }

    /// One more row, of the right length.
    pub(crate) fn push(&mut self, row: &[u8]) {
        debug_assert_eq!(row.len(), self.width);
        self.bytes.extend_from_slice(row);
    }

    /// A row of the array for each row.
    pub(crate) fn into_array(self, py: Python<'_>) -> PyResult<Py<PyArray2<u8>>> {
        let count = self.bytes.len().checked_div(self.width).unwrap_or_default();
        Ok(PyArray1::from_vec(py, self.bytes).reshape([count, self.width])?.unbind())
    }
}
