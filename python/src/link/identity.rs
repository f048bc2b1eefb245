//! Long-lived Ed25519 identities.

use meter_link::roster::Member;
use meter_link::{Misuse, PartyId};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::argument::argument;
use crate::entropy;
use crate::error::Failure;
use crate::owned::Owned;

/// A signing key. The utility and the aggregators of an epoch take theirs over.
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

impl Identity {
    /// That it is still here, and a party's of the list: nothing is used up otherwise.
    pub(crate) fn check_listed(&self, list: &[Member], id: PartyId) -> Result<(), Failure> {
        if !list.iter().any(|member| member.id == id && member.identity.0 == self.public) {
            return Err(meter_link::Error::from(Misuse::UnknownParty).into());
        }
        self.secret.with(|_| Ok::<_, Failure>(()))
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
        let mut seed = argument("seed", seed).secret()?;
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
