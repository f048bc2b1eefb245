//! numpy arrays in and out.
//!
//! Whole batches are copied on the way in: the work is done without the interpreter, and another thread may
//! write into the caller's array meanwhile. A copy is 8 bytes a value, beside a ChaCha20 block or more.

use meter_link::{Field64, Misuse};
use numpy::{
    Element, PyArray1, PyArray2, PyArrayDescrMethods, PyArrayDyn, PyArrayMethods, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;

use crate::argument::{Argument, FLOAT, argument};
use crate::error::Failure;

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
        let numpy = self.value.py().import("numpy")?;
        let array = Argument { value: &numpy.call_method1("asarray", (self.value,))?, ..*self };
        let array = array.typed::<bool>("bool", b"b")?;
        if array.shape == [rows] { Ok(array.values) } else { Err(self.wrong_shape(&array.shape, &[rows])) }
    }

    /// Rows of bytes, one message each.
    pub(crate) fn rows_of_bytes(&self) -> PyResult<Array<u8>> {
        self.untyped()?;
        let array = self.typed::<u8>("uint8", b"u")?;
        if array.shape.len() == 2 {
            Ok(array)
        } else {
            Err(self.refuse("expected an array of two dimensions"))
        }
    }

    /// Any shape of secrets: int64 within ±(p−1)/2, or uint64 below p.
    pub(crate) fn secrets(&self) -> PyResult<Array<Field64>> {
        if self.kind()? == b'u' {
            return self.elements();
        }
        let Array { values, shape } = self.signed()?;
        let values: Vec<Field64> = values
            .into_iter()
            .map(|value| Some(Field64::from_i64(value)).filter(|element| element.centred() == value))
            .collect::<Option<_>>()
            .ok_or_else(|| self.refuse("a value beyond (p - 1)/2, which would not come back"))?;
        Ok(Array { values, shape })
    }

    /// Any shape of field elements: uint64 below p.
    pub(crate) fn elements(&self) -> PyResult<Array<Field64>> {
        if self.kind()? != b'u' {
            return Err(self.wrong_type("expected an array of uint64"));
        }
        let Array { values, shape } = self.typed::<u64>("uint64", b"u")?;
        if values.iter().any(|value| *value >= Field64::MODULUS) {
            return Err(self.refuse("a value of p or more is no field element"));
        }
        Ok(Array { values: values.into_iter().map(Field64::from_u64).collect(), shape })
    }

    fn signed(&self) -> PyResult<Array<i64>> {
        let array = self.untyped()?;
        if self.kind()? == b'u' && array.dtype().itemsize() == 8 {
            let Array { values, shape } = self.typed::<u64>("uint64", b"u")?;
            let values = values.into_iter().map(i64::try_from).collect::<Result<_, _>>();
            return Ok(Array { values: values.map_err(|_| self.refuse(Misuse::ReadingTooLarge))?, shape });
        }
        self.typed::<i64>("int64", b"iu")
    }

    fn untyped(&self) -> PyResult<&'a Bound<'py, PyUntypedArray>> {
        let array = self.value.cast::<PyUntypedArray>().map_err(|_| self.not_an_array())?;
        if self.value.hasattr("mask")? {
            return Err(self.wrong_type("a masked array would be summed with its masked values"));
        }
        Ok(array)
    }

    fn not_an_array(&self) -> PyErr {
        match self.value.get_type().name() {
            Ok(name) => self.wrong_type(format_args!("expected a numpy array, got {name}")),
            Err(error) => error,
        }
    }

    /// numpy's letter for the kind of the values.
    fn kind(&self) -> PyResult<u8> {
        Ok(self.untyped()?.dtype().kind())
    }

    /// The values as T, if their kind is one of `kinds`; any byte order and layout, and a smaller size of
    /// the same kind, which loses nothing.
    fn typed<T: Element + Copy>(&self, dtype: &str, kinds: &[u8]) -> PyResult<Array<T>> {
        let kind = self.kind()?;
        if matches!(kind, b'f' | b'c') {
            return Err(self.wrong_type(FLOAT));
        }
        if !kinds.contains(&kind) {
            let found = self.untyped()?.dtype();
            return Err(self.wrong_type(format_args!("expected an array of {dtype}, got {found}")));
        }
        let py = self.value.py();
        let options = [("order", "C"), ("casting", "safe")].into_py_dict(py)?;
        options.set_item("copy", false)?;
        let array = self.value.call_method("astype", (dtype,), Some(&options)).map_err(|error| {
            if error.is_instance_of::<PyTypeError>(py) {
                self.wrong_type(format_args!("expected an array of {dtype}, and no wider type"))
            } else {
                error
            }
        })?;
        let array = array.cast::<PyArrayDyn<T>>()?;
        let values = array.try_readonly().map_err(|_| self.refuse("the array is being written to"))?;
        let slice = values.as_slice().map_err(|_| self.refuse("the array is not contiguous"))?;
        let mut copy = with_room(slice.len())?;
        copy.extend_from_slice(slice);
        Ok(Array { values: copy, shape: array.shape().to_vec() })
    }

    fn wrong_shape(&self, got: &[usize], expected: &[usize]) -> PyErr {
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
