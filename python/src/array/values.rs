//! Arrays read where they lie.
//!
//! Batch arithmetic reads a C-contiguous array of the right type in place, while the interpreter is free for
//! other threads. Who writes into it meanwhile gets sums of what was there at either time: each value is read
//! once, checked as it is read, and nothing but the result depends on it. Who gives its memory back meanwhile
//! (`resize` with `refcheck=False`) takes it from under a call, as from under any other view.

use numpy::{Element, PyArrayDyn, PyArrayMethods, PyReadonlyArrayDyn, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyType};

use super::{Array, with_room};
use crate::argument::{Argument, FLOAT};
use crate::error::Failure;

/// The values of an array in C order: the caller's own, or numpy's copy of another layout, byte order or
/// narrower type. It stays readable for others, and no Rust code can write into it, until this is dropped.
pub(crate) struct Values<'py, T: Element> {
    array: PyReadonlyArrayDyn<'py, T>,
}

impl<T: Element> Values<'_, T> {
    /// For `Python::detach`: a slice may be used without the interpreter.
    pub(crate) fn as_slice(&self) -> &[T] {
        self.array.as_slice().unwrap_or_default() // what is neither aligned nor contiguous was copied
    }

    /// A copy, for what looks at values more than once.
    pub(crate) fn copied(&self) -> Result<Array<T>, Failure>
    where
        T: Copy,
    {
        let slice = self.as_slice();
        let mut values = with_room(slice.len())?;
        values.extend_from_slice(slice);
        Ok(Array { values, shape: self.shape().to_vec() })
    }

    /// Lengths of the axes.
    pub(crate) fn shape(&self) -> &[usize] {
        self.array.shape()
    }
}

/// Most bytes that are copied because of their layout: a view of one value can claim to be any number of them.
const LARGEST_COPY: usize = 1 << 34;

impl<'py> Argument<'_, 'py> {
    /// Any shape of whole numbers that an int64 holds, without a copy where they are int64 in C order.
    pub(crate) fn int64s(&self) -> PyResult<Values<'py, i64>> {
        self.in_place("int64", b"iu")
    }

    /// Any shape of uint64, or narrower unsigned numbers.
    pub(crate) fn uint64s(&self) -> PyResult<Values<'py, u64>> {
        self.in_place("uint64", b"u")
    }

    /// [`Argument::uint64s`] that are to be field elements; what is of another kind is refused by what it is.
    pub(crate) fn field_values(&self) -> PyResult<Values<'py, u64>> {
        if self.kind()? == b'u' {
            self.uint64s()
        } else {
            Err(self.wrong_type("expected an array of uint64"))
        }
    }

    /// Any shape of bytes.
    pub(crate) fn uint8s(&self) -> PyResult<Values<'py, u8>> {
        self.in_place("uint8", b"u")
    }

    /// Any shape of numbers of 8 bits with a sign.
    pub(crate) fn int8s(&self) -> PyResult<Values<'py, i8>> {
        self.in_place("int8", b"i")
    }

    /// Any shape of numbers that a float64 holds, or the nearest to an int64.
    pub(crate) fn float64s(&self) -> PyResult<Values<'py, f64>> {
        self.in_place("float64", b"fiu")
    }

    /// The values as T, if their kind is one of `kinds`; any byte order and layout, and a smaller size of the
    /// same kind, which loses nothing.
    pub(super) fn in_place<T: Element>(&self, dtype: &str, kinds: &[u8]) -> PyResult<Values<'py, T>> {
        let kind = self.kind()?;
        if matches!(kind, b'f' | b'c') && !kinds.contains(&b'f') {
            return Err(self.wrong_type(FLOAT));
        }
        if !kinds.contains(&kind) {
            let found = self.untyped()?.dtype();
            return Err(self.wrong_type(format_args!("expected an array of {dtype}, got {found}")));
        }
        if let Ok(array) = self.value.cast::<PyArrayDyn<T>>()
            && array.is_c_contiguous()
            && array.is_aligned()
        {
            return self.borrowed(array);
        }
        // A subclass's astype may answer anything.
        self.borrowed(self.converted(dtype)?.cast::<PyArrayDyn<T>>().map_err(|_| self.not_an_array())?)
    }

    /// Of a view of our own: type, shape and strides of the caller's array can be set while it is read, by another
    /// thread or by an argument that is looked at later.
    fn borrowed<T: Element>(&self, array: &Bound<'py, PyArrayDyn<T>>) -> PyResult<Values<'py, T>> {
        let class: Bound<'py, PyType> = self.value.py().get_type::<PyUntypedArray>();
        let view = class.call_method1("view", (array, &class))?;
        let array = view.cast::<PyArrayDyn<T>>().map_err(|_| self.not_an_array())?;
        let array = array.try_readonly().map_err(|_| self.refuse("the array is being written to"))?;
        Ok(Values { array })
    }

    /// A copy by numpy, in C order.
    fn converted(&self, dtype: &str) -> PyResult<Bound<'py, PyAny>> {
        let (py, array) = (self.value.py(), self.untyped()?);
        let size = array.shape().iter().try_fold(size_of::<u64>(), |size, len| size.checked_mul(*len));
        if size.is_none_or(|size| size > LARGEST_COPY) {
            let text = "the array would be copied, and is too large for that: pass a C-contiguous one of";
            return Err(PyMemoryError::new_err(format!("{}: {text} {dtype}", self.name)));
        }
        let options = [("order", "C"), ("casting", "safe")].into_py_dict(py)?;
        options.set_item("subok", false)?;
        self.value.call_method("astype", (dtype,), Some(&options)).map_err(|error| {
            if error.is_instance_of::<PyTypeError>(py) {
                self.wrong_type(format_args!("expected an array of {dtype}, and no wider type"))
            } else {
                error
            }
        })
    }
}
