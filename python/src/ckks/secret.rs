//! The secret key.

use std::sync::Arc;

use ckks_agg::Decrypted;
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::ciphertext::Ciphertext;
use super::encrypt::Given;
use super::flood::Flood;
use super::public::PublicKey;
use super::ring::Ring;
use super::switching::{Steps, SwitchingKeys};
use crate::argument::{Argument, argument};
use crate::entropy;
use crate::error::Failure;
use crate::owned::Owned;
use crate::threads::Threads;

/// Opens every ciphertext under its public key. Where meters report to a utility it belongs to a key holder that
/// the utility is not.
#[pyclass(frozen, module = "wattsum.ckks", name = "SecretKey")]
pub(crate) struct SecretKey {
    #[pyo3(get)]
    ring: Ring,
    public: Arc<ckks_agg::PublicKey>,
    secret: Owned<Arc<ckks_agg::SecretKey>>,
}

impl SecretKey {
    fn new(ring: Ring, key: ckks_agg::SecretKey) -> Self {
        let public = Arc::new(key.public_key().clone());
        SecretKey { ring, public, secret: Owned::new("secret key", Arc::new(key)) }
    }

    /// The key, which never changes: several threads use it at once.
    fn key(&self, py: Python<'_>) -> PyResult<Arc<ckks_agg::SecretKey>> {
        Ok(py.detach(|| self.secret.with(|key| Ok::<_, Failure>(Arc::clone(key))))?)
    }

    /// What a decryption gave, as floats.
    fn decoded<'py>(
        &self,
        py: Python<'py>,
        ciphertext: &ckks_agg::Ciphertext,
        count: Option<usize>,
        act: impl FnOnce(&ckks_agg::SecretKey) -> Result<Decrypted, Failure> + Send,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let (key, count) =
            (self.key(py)?, count.unwrap_or_else(|| ciphertext.packing().room(ciphertext.preset())));
        let values = py.detach(|| {
            let decrypted = act(&key)?;
            let mut values = self.ring.shared().encoder.decode(&decrypted)?;
            values.truncate(count);
            Ok::<_, Failure>(values)
        })?;
        Ok(PyArray1::from_vec(py, values))
    }
}

#[pymethods]
impl SecretKey {
    #[staticmethod]
    fn generate(py: Python<'_>, ring: &Ring) -> PyResult<Self> {
        let key = py.detach(|| {
            Ok::<_, Failure>(ckks_agg::SecretKey::generate(&ring.shared().ring, &mut entropy::rng()?))
        })?;
        Ok(SecretKey::new(*ring, key))
    }

    /// From stored bytes. Python cannot wipe those that the caller holds.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, ring: &Ring, key: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut bytes = argument("key", key).secret()?;
        let key = py.detach(|| ckks_agg::SecretKey::from_bytes(&ring.shared().ring, &mut bytes));
        Ok(SecretKey::new(*ring, key.map_err(Failure::from)?))
    }

    /// The secret, 66 bytes, to be stored: Python cannot wipe them.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(PyBytes::new(py, self.key(py)?.to_bytes().as_slice()))
    }

    /// What others encrypt with.
    #[getter]
    fn public_key(&self) -> PublicKey {
        PublicKey(Arc::clone(&self.public))
    }

    /// The public key's name, which ciphertexts carry: 16 bytes.
    #[getter]
    fn key_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.public.id().0)
    }

    /// What an `Evaluator` needs for products (`relinearisation`), for rotations by so many slots to the left
    /// (negative: to the right), for the sum of `slot_sum` slots, and for complex conjugation. Public.
    #[pyo3(signature = (*, relinearisation = false, rotations = None, slot_sum = None, conjugation = false),
           text_signature = "($self, *, relinearisation=False, rotations=(), slot_sum=None, conjugation=False)")]
    fn switching_keys(
        &self,
        py: Python<'_>,
        relinearisation: bool,
        rotations: Option<&Bound<'_, PyAny>>,
        slot_sum: Option<&Bound<'_, PyAny>>,
        conjugation: bool,
    ) -> PyResult<SwitchingKeys> {
        let steps = Steps::of(self.ring, relinearisation, rotations, slot_sum, conjugation)?;
        let key = self.key(py)?;
        py.detach(|| Ok(steps.keys(&key, &mut entropy::rng()?)?))
    }

    /// As `PublicKey.encrypt`, to half the size: for who has the key.
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
        let batch = given.check(py, self.ring, 1)?;
        let key = self.key(py)?;
        Ok(py.detach(|| batch.one(&*key))?)
    }

    /// As `PublicKey.encrypt_many`.
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
        let batch = given.check(py, self.ring, 2)?;
        batch.many(py, &*self.key(py)?, threads)
    }

    /// As `PublicKey.encrypt_rows`.
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
        let batch = given.check(py, self.ring, 2)?;
        batch.rows(py, &*self.key(py)?, threads)
    }

    /// Whole numbers ("integers"), exactly: the first `count`, or all N. They depend on what was encrypted alone, and
    /// may be given away. `MisuseError` where the error could be rounded wrongly: with more ciphertexts in the sum, or a
    /// larger factor, than the scale has room for.
    #[pyo3(signature = (ciphertext, count = None))]
    fn decrypt_exact<'py>(
        &self,
        py: Python<'py>,
        ciphertext: &Bound<'py, PyAny>,
        count: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<i64>>> {
        let ciphertext = Ciphertext::of(argument("ciphertext", ciphertext))?;
        let count = counted(count, &ciphertext)?.unwrap_or(usize::MAX);
        let key = self.key(py)?;
        let values = py.detach(|| {
            let mut values = key.decrypt_exact(&ciphertext, &mut entropy::rng()?)?;
            values.truncate(count);
            Ok::<_, Failure>(values)
        })?;
        Ok(PyArray1::from_vec(py, values))
    }

    /// As floats that may be given away: with a flood that hides the error, which would tell of the key. Each
    /// ciphertext once, and no more of them than the flood is made for: the caller counts.
    #[pyo3(signature = (ciphertext, count = None, *, flood = None))]
    fn decrypt_shared<'py>(
        &self,
        py: Python<'py>,
        ciphertext: &Bound<'py, PyAny>,
        count: Option<&Bound<'py, PyAny>>,
        flood: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let ciphertext = Ciphertext::of(argument("ciphertext", ciphertext))?;
        let flood = Flood::of(argument_or("flood", flood))?;
        self.decoded(py, &ciphertext, counted(count, &ciphertext)?, |key| {
            Ok(key.decrypt_shared(&ciphertext, &flood, &mut entropy::rng()?)?)
        })
    }

    /// As floats for the holder of the key alone: who has seen the ciphertext and is given these, be they rounded,
    /// computes the key from some of them (Li and Micciancio, EUROCRYPT 2021).
    #[pyo3(signature = (ciphertext, count = None))]
    fn decrypt_private<'py>(
        &self,
        py: Python<'py>,
        ciphertext: &Bound<'py, PyAny>,
        count: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let ciphertext = Ciphertext::of(argument("ciphertext", ciphertext))?;
        self.decoded(py, &ciphertext, counted(count, &ciphertext)?, |key| {
            Ok(key.decrypt_private(&ciphertext)?)
        })
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.ckks.SecretKey, {:?}>", super::ring::name(self.ring.0))
    }
}

/// How many values are asked for.
pub(super) fn counted(
    count: Option<&Bound<'_, PyAny>>,
    ciphertext: &ckks_agg::Ciphertext,
) -> PyResult<Option<usize>> {
    let Some(count) = count else { return Ok(None) };
    let (given, most) = (argument("count", count), ciphertext.packing().room(ciphertext.preset()));
    let count = given.int()?;
    if count <= most { Ok(Some(count)) } else { Err(given.refuse(format_args!("expected at most {most}"))) }
}

fn argument_or<'a, 'py>(
    name: &'static str,
    value: Option<&'a Bound<'py, PyAny>>,
) -> Option<Argument<'a, 'py>> {
    value.map(|value| argument(name, value))
}
