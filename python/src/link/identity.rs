//! Long-lived Ed25519 identities.

use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
use crate::entropy;
use crate::error::Failure;
use crate::owned::Owned;

/// A signing key. The utility of an epoch takes it over.
#[pyclass(frozen, module = "wattsum.link", name = "Identity")]
pub(crate) struct Identity {
    pub(crate) secret: Owned<meter_link::Identity>,
    pub(crate) public: [u8; 32],
}

impl From<meter_link::Identity> for Identity {
    fn from(secret: meter_link::Identity) -> Self {
        Identity { public: secret.public().0, secret: Owned::new("identity", secret) }
    }
}

#[pymethods]
impl Identity {
    /// A fresh key from the operating system's randomness.
    #[staticmethod]
    fn generate(py: Python<'_>) -> PyResult<Self> {
        let secret = py.detach(|| Ok::<_, Failure>(meter_link::Identity::generate(&mut entropy::rng()?)))?;
        Ok(secret.into())
    }

    /// From an RFC 8032 seed of 32 bytes. Python cannot wipe the bytes that the caller holds.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, seed: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut seed = argument("seed", seed).array()?;
        Ok(py.detach(|| meter_link::Identity::from_bytes(&mut seed)).into())
    }

    /// The public half, 32 bytes: what a certificate is about.
    #[getter]
    fn public<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.public)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.link.Identity>"
    }
}
