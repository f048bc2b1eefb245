//! The key that everybody may encrypt with.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use meter_link::Kind;
use numpy::PyArray2;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::Reduced;
use super::ciphertext::Ciphertext;
use super::encrypt::Given;
use super::params::Params;
use super::ring::{Ring, Shared};
use crate::argument::argument;
use crate::elgamal::Frames;
use crate::error::Failure;
use crate::link::EpochView;
use crate::threads::Threads;

/// What meters encrypt with. Public; but whoever chooses it reads what is encrypted with it: a meter knows its
/// `key_id` from a source that it trusts.
#[pyclass(frozen, eq, hash, module = "wattsum.ckks", name = "PublicKey")]
pub(crate) struct PublicKey(pub(crate) Arc<ckks_agg::PublicKey>);

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.0.id() == other.0.id()
    }
}

impl Hash for PublicKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id().0.hash(state);
    }
}

#[pymethods]
impl PublicKey {
    #[staticmethod]
    fn from_bytes(py: Python<'_>, ring: &Ring, key: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("key", key).bytes()?;
        let key = py.detach(|| ckks_agg::PublicKey::from_bytes(&ring.shared().ring, &bytes));
        Ok(PublicKey(Arc::new(key.map_err(Failure::from)?)))
    }

    /// From bytes whoever brings them, if t trustees of the epoch have stated this key (`Sharing.statement`): a sequence of
    /// bytes, or an array with a row each. What is no statement is passed over.
    #[staticmethod]
    fn certified(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        key: &Bound<'_, PyAny>,
        statements: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let bytes = argument("key", key).bytes()?;
        let statements = Frames::of(argument("statements", statements))?;
        let key = py.detach(|| {
            let (kind, trustees) = (Kind::PublicKeyStatement, view.roster.answerers());
            let params = &params.inner;
            let stated = ckks_agg::certified(params, &view.view, kind, trustees, &statements.slices())?;
            if ckks_agg::key_digest(&bytes) != stated {
                return Err(Failure::malformed("key", "not the one that was stated"));
            }
            Ok(ckks_agg::PublicKey::from_bytes(&Shared::of(params.preset()).ring, &bytes)?)
        })?;
        Ok(PublicKey(Arc::new(key)))
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    #[getter]
    fn ring(&self) -> Ring {
        Ring(self.0.preset())
    }

    /// Its name, which ciphertexts carry: a hash of all of it, 16 bytes.
    #[getter]
    fn key_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.id().0)
    }

    /// How many parties have made it: 1, or those of a joint key.
    #[getter]
    fn parties(&self) -> u16 {
        self.0.parties()
    }

    /// Encrypts an array of one dimension. Whole numbers are packed exactly ("integers", up to N of them), floats as
    /// "reals" (up to N/2); "pairs" has room for N. All are multiplied by 2^`scale_bits` (by default the ring's
    /// `integer_scale` or `usual_scale`), and none may be larger than `max_reading`. That bound and the packing are
    /// public, and agreed by the group: they may not depend on the values. `meter`, `round` and `counter` go into the
    /// randomness: never the same three twice.
    #[pyo3(signature = (values, *, packing = None, scale_bits = None, max_reading = None, meter = None, round = None,
                        counter = None),
           text_signature = "($self, values, *, packing=None, scale_bits=None, max_reading=1000, meter=0, round=0, \
                             counter=0)")]
    #[allow(clippy::too_many_arguments)] // keywords of Python
    fn encrypt(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        packing: Option<&Bound<'_, PyAny>>,
        scale_bits: Option<&Bound<'_, PyAny>>,
        max_reading: Option<&Bound<'_, PyAny>>,
        meter: Option<&Bound<'_, PyAny>>,
        round: Option<&Bound<'_, PyAny>>,
        counter: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Ciphertext> {
        let given = Given { values, packing, scale_bits, max_reading, meter, round, counter };
        let batch = given.check(py, self.ring(), 1)?;
        Ok(py.detach(|| batch.one(&*self.0))?)
    }

    /// Encrypts each row of an array of two dimensions; row i takes `counter` + i.
    #[pyo3(signature = (values, *, packing = None, scale_bits = None, max_reading = None, meter = None, round = None,
                        counter = None, threads = None),
           text_signature = "($self, values, *, packing=None, scale_bits=None, max_reading=1000, meter=0, round=0, \
                             counter=0, threads=1)")]
    #[allow(clippy::too_many_arguments)] // keywords of Python
    fn encrypt_many(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        packing: Option<&Bound<'_, PyAny>>,
        scale_bits: Option<&Bound<'_, PyAny>>,
        max_reading: Option<&Bound<'_, PyAny>>,
        meter: Option<&Bound<'_, PyAny>>,
        round: Option<&Bound<'_, PyAny>>,
        counter: Option<&Bound<'_, PyAny>>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Vec<Ciphertext>> {
        let given = Given { values, packing, scale_bits, max_reading, meter, round, counter };
        let threads = Threads::of(threads)?;
        given.check(py, self.ring(), 2)?.many(py, &*self.0, threads)
    }

    /// As `encrypt_many`, to bytes: an array of uint8 with a row for each row.
    #[pyo3(signature = (values, *, packing = None, scale_bits = None, max_reading = None, meter = None, round = None,
                        counter = None, threads = None),
           text_signature = "($self, values, *, packing=None, scale_bits=None, max_reading=1000, meter=0, round=0, \
                             counter=0, threads=1)")]
    #[allow(clippy::too_many_arguments)] // keywords of Python
    fn encrypt_rows(
        &self,
        py: Python<'_>,
        values: &Bound<'_, PyAny>,
        packing: Option<&Bound<'_, PyAny>>,
        scale_bits: Option<&Bound<'_, PyAny>>,
        max_reading: Option<&Bound<'_, PyAny>>,
        meter: Option<&Bound<'_, PyAny>>,
        round: Option<&Bound<'_, PyAny>>,
        counter: Option<&Bound<'_, PyAny>>,
        threads: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Py<PyArray2<u8>>> {
        let given = Given { values, packing, scale_bits, max_reading, meter, round, counter };
        let threads = Threads::of(threads)?;
        given.check(py, self.ring(), 2)?.rows(py, &*self.0, threads)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.ring(), self.to_bytes(py))))
    }

    fn __repr__(&self) -> String {
        let id = self.0.id().0;
        let start = id.iter().take(4).fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        format!("<wattsum.ckks.PublicKey {start}, {:?}>", super::ring::name(self.0.preset()))
    }
}
