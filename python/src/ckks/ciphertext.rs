//! Ciphertexts.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use ckks_agg::{Error, Evaluator, Form};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes};

use super::Reduced;
use super::ring::{Ring, Shared};
use super::values::packing_name;
use crate::argument::{Argument, argument};
use crate::error::Failure;

/// Encrypted numbers, with all that is public about them: level, scale, packing, bounds. It never changes: what is
/// computed is a new one. Its bytes prove nothing: they travel in authenticated frames, and what is decrypted is
/// computed from ciphertexts whose makers are trusted to have encrypted as they should.
#[pyclass(frozen, eq, hash, module = "wattsum.ckks", name = "Ciphertext")]
pub(crate) struct Ciphertext(pub(crate) Arc<ckks_agg::Ciphertext>);

impl From<ckks_agg::Ciphertext> for Ciphertext {
    fn from(ciphertext: ckks_agg::Ciphertext) -> Self {
        Ciphertext(Arc::new(ciphertext))
    }
}

impl PartialEq for Ciphertext {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl Hash for Ciphertext {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.to_bytes().hash(state);
    }
}

impl Ciphertext {
    /// The object that an argument is.
    pub(super) fn of(given: Argument<'_, '_>) -> PyResult<Arc<ckks_agg::Ciphertext>> {
        let ciphertext = given.value.cast::<Ciphertext>();
        let ciphertext = ciphertext.map_err(|_| given.wrong_type("expected a ckks.Ciphertext"))?;
        Ok(Arc::clone(&ciphertext.get().0))
    }

    fn shared(&self) -> &'static Shared {
        Shared::of(self.0.preset())
    }

    /// A new one.
    fn changed(
        &self,
        py: Python<'_>,
        act: impl FnOnce(&mut Evaluator, &mut ckks_agg::Ciphertext) -> Result<(), Error> + Send,
    ) -> PyResult<Self> {
        Ok(py.detach(|| {
            let mut own = (*self.0).clone();
            let key = own.key_id();
            self.shared().evaluate(key, |evaluator| act(evaluator, &mut own))?;
            Ok::<_, Failure>(own.into())
        })?)
    }
}

#[pymethods]
impl Ciphertext {
    /// From `to_bytes`, of a ring.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, ring: &Ring, ciphertext: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("ciphertext", ciphertext).bytes()?;
        let read = py.detach(|| ckks_agg::Ciphertext::from_bytes(&ring.shared().ring, &bytes));
        Ok(read.map_err(Failure::from)?.into())
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &py.detach(|| self.0.to_bytes()))
    }

    fn __bytes__<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        self.to_bytes(py)
    }

    /// How many bytes `to_bytes` gives.
    #[getter]
    fn size(&self) -> usize {
        self.0.bytes_len()
    }

    #[getter]
    fn ring(&self) -> Ring {
        Ring(self.0.preset())
    }

    /// How often it can be rescaled.
    #[getter]
    fn level(&self) -> u8 {
        self.0.level()
    }

    /// What its values are multiplied with: the nearest float.
    #[getter]
    fn scale(&self) -> f64 {
        self.0.scale().to_f64(self.0.preset())
    }

    /// The scale as it is, a product of powers of 2 and of the ring's primes: ciphertexts of equal ones add up.
    #[getter]
    fn exact_scale(&self) -> String {
        self.0.scale().to_string()
    }

    /// How values lie in it: "integers" (whole numbers, N of them), "reals" (N/2 slots) or "pairs" (N reals, two a
    /// slot).
    #[getter]
    fn packing(&self) -> &'static str {
        packing_name(self.0.packing())
    }

    /// "seeded" (half the size), "pair", or "triple" (a product that is not relinearised).
    #[getter]
    fn form(&self) -> &'static str {
        match self.0.form() {
            Form::Seeded => "seeded",
            Form::Pair => "pair",
            Form::Triple => "triple",
        }
    }

    /// Name of the key that it is under, 16 bytes.
    #[getter]
    fn key_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.0.key_id().0)
    }

    /// Largest size that a value in it can have, if its makers followed the rules.
    #[getter]
    fn bound(&self) -> f64 {
        self.0.bound().message / self.scale()
    }

    /// By how much a value that is decrypted from it can be wrong, but with a probability of 2^-128. What a
    /// decryption's flood adds comes on top.
    #[getter]
    fn error(&self) -> f64 {
        self.0.error()
    }

    fn __add__(&self, py: Python<'_>, other: &Ciphertext) -> PyResult<Self> {
        self.changed(py, |evaluator, own| evaluator.add(own, &other.0))
    }

    /// So that Python's `sum`, which begins with 0, adds up a few; `Evaluator.sum` is for many.
    fn __radd__<'py>(own: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        let zero = !other.is_instance_of::<PyBool>() && other.extract::<i64>().is_ok_and(|other| other == 0);
        if zero { own.clone().into_any() } else { own.py().NotImplemented().into_bound(own.py()) }
    }

    fn __sub__(&self, py: Python<'_>, other: &Ciphertext) -> PyResult<Self> {
        self.changed(py, |evaluator, own| evaluator.sub(own, &other.0))
    }

    fn __neg__(&self, py: Python<'_>) -> PyResult<Self> {
        self.changed(py, |evaluator, own| evaluator.negate(own))
    }

    /// By a whole number, which takes no level. `Evaluator.times` is for others.
    fn __mul__(&self, py: Python<'_>, factor: &Bound<'_, PyAny>) -> PyResult<Self> {
        let factor: i64 = argument("factor", factor).int()?;
        self.changed(py, |evaluator, own| evaluator.times_integer(own, factor))
    }

    fn __rmul__(&self, py: Python<'_>, factor: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.__mul__(py, factor)
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        Ok((py.get_type::<Self>().getattr("from_bytes")?, (self.ring(), self.to_bytes(py))))
    }

    fn __repr__(&self) -> String {
        format!(
            "<wattsum.ckks.Ciphertext: {:?}, {}, level {}, scale {}>",
            super::ring::name(self.0.preset()),
            self.packing(),
            self.level(),
            self.exact_scale()
        )
    }
}
