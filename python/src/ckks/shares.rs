//! Decryption by trustees, each of whom has a part of the key.

use std::sync::Arc;

use ckks_agg::joint::{self, DecryptionShare};
use meter_link::answer::Quorum;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use zeroize::Zeroizing;

use super::ciphertext::Ciphertext;
use super::flood::Flood;
use super::ring::{Ring, Shared};
use super::secret::counted;
use crate::argument::{Argument, argument};
use crate::elgamal::Frames;
use crate::entropy;
use crate::error::Failure;
use crate::owned::Owned;
use crate::prepared::Prepared;

/// A trustee's part of a joint key: any t of them open every ciphertext under it. It belongs to one epoch.
#[pyclass(frozen, module = "wattsum.ckks", name = "JointSecret")]
pub(crate) struct JointSecret {
    ring: Ring,
    /// The trustee's, from 1.
    #[pyo3(get)]
    number: u8,
    /// How many trustees open.
    #[pyo3(get)]
    threshold: u8,
    /// How many there are.
    #[pyo3(get)]
    parties: u8,
    key_id: [u8; 16],
    secret: Owned<Arc<joint::JointSecret>>,
}

impl From<joint::JointSecret> for JointSecret {
    fn from(secret: joint::JointSecret) -> Self {
        JointSecret {
            ring: Ring(secret.preset()),
            number: secret.number(),
            threshold: secret.threshold(),
            parties: secret.parties(),
            key_id: secret.key_id().0,
            secret: Owned::new("joint secret", Arc::new(secret)),
        }
    }
}

impl JointSecret {
    fn get(&self, py: Python<'_>) -> PyResult<Arc<joint::JointSecret>> {
        Ok(py.detach(|| self.secret.with(|secret| Ok::<_, Failure>(Arc::clone(secret))))?)
    }
}

#[pymethods]
impl JointSecret {
    /// From stored bytes. Python cannot wipe those that the caller holds.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, ring: &Ring, secret: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("secret", secret).secret_bytes()?;
        let secret = py.detach(|| joint::JointSecret::from_bytes(&ring.shared().ring, &bytes));
        Ok(secret.map_err(Failure::from)?.into())
    }

    /// Secret, to be stored: Python cannot wipe it.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let secret = self.get(py)?;
        let bytes: Zeroizing<Vec<u8>> = py.detach(|| secret.to_bytes());
        Ok(PyBytes::new(py, &bytes))
    }

    #[getter]
    fn ring(&self) -> Ring {
        self.ring
    }

    /// Name of the joint public key, 16 bytes.
    #[getter]
    fn key_id<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.key_id)
    }

    /// This trustee's share of a decryption by exactly the t trustees of `quorum`, numbers ascending. The ledger takes each
    /// polynomial once, ever; the record is in its log before the share is sent. Only for what this trustee has computed
    /// itself from ciphertexts of makers who encrypt as they should, and of which nothing else is ever opened that depends
    /// on it.
    #[pyo3(signature = (ledger, ciphertext, quorum, *, flood = None))]
    fn decryption_share(
        &self,
        py: Python<'_>,
        ledger: &Ledger,
        ciphertext: &Bound<'_, PyAny>,
        quorum: &Bound<'_, PyAny>,
        flood: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Prepared> {
        let ciphertext = Ciphertext::of(argument("ciphertext", ciphertext))?;
        let numbers = argument("quorum", quorum).list(|item| item.int())?;
        let quorum = Quorum::new(&numbers).map_err(|error| Failure::argument("quorum", error))?;
        let flood = Flood::of(flood.map(|flood| argument("flood", flood)))?;
        let secret = self.get(py)?;
        let (record, share) = py.detach(|| {
            ledger.0.with(|ledger| {
                let rng = &mut entropy::rng()?;
                let prepared = secret.decryption_share(&ciphertext, &quorum, &flood, ledger, rng)?;
                let record = prepared.record().to_vec();
                Ok::<_, Failure>((record, prepared.stored().to_bytes()))
            })
        })?;
        Ok(Prepared::of_bytes(py, &record, &share))
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.ckks.JointSecret {} of {}>", self.number, self.parties)
    }
}

/// The polynomials that a trustee has answered: each once, ever. After a restart every record of its log is replayed; one
/// that is lost or rolled back gives the key away.
#[pyclass(frozen, module = "wattsum.ckks", name = "Ledger")]
pub(crate) struct Ledger(Owned<joint::Ledger>);

#[pymethods]
impl Ledger {
    #[new]
    fn new() -> Self {
        Ledger(Owned::new("ledger", joint::Ledger::new()))
    }

    /// Takes a record of the log, in any order.
    fn replay(&self, py: Python<'_>, record: &Bound<'_, PyAny>) -> PyResult<()> {
        let record = argument("record", record).bytes()?;
        Ok(py.detach(|| self.0.with(|ledger| ledger.replay(&record)))?)
    }

    /// How many have been answered.
    #[getter]
    fn answers(&self, py: Python<'_>) -> PyResult<u32> {
        Ok(py.detach(|| self.0.with(|ledger| Ok::<_, Failure>(ledger.answers())))?)
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.ckks.Ledger>"
    }
}

/// What the shares of a quorum give together, as floats: the first `count` values, or all. `flood` is the one that they
/// were made with.
#[pyfunction]
#[pyo3(name = "ckks_combine", signature = (ciphertext, shares, count = None, *, flood = None))]
pub(super) fn combine<'py>(
    py: Python<'py>,
    ciphertext: &Bound<'py, PyAny>,
    shares: &Bound<'py, PyAny>,
    count: Option<&Bound<'py, PyAny>>,
    flood: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let given = Answer::of(ciphertext, shares, count, flood)?;
    let values = py.detach(|| {
        let (shared, shares, quorum) = given.read()?;
        let decrypted = joint::combine(&shared.ring, &given.ciphertext, &quorum, &shares, &given.flood)?;
        let mut values = shared.encoder.decode(&decrypted)?;
        values.truncate(given.count);
        Ok::<_, Failure>(values)
    })?;
    Ok(PyArray1::from_vec(py, values))
}

/// The same of whole numbers, exactly.
#[pyfunction]
#[pyo3(name = "ckks_combine_exact", signature = (ciphertext, shares, count = None, *, flood = None))]
pub(super) fn combine_exact<'py>(
    py: Python<'py>,
    ciphertext: &Bound<'py, PyAny>,
    shares: &Bound<'py, PyAny>,
    count: Option<&Bound<'py, PyAny>>,
    flood: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let given = Answer::of(ciphertext, shares, count, flood)?;
    let values = py.detach(|| {
        let (shared, shares, quorum) = given.read()?;
        let mut values =
            joint::combine_exact(&shared.ring, &given.ciphertext, &quorum, &shares, &given.flood)?;
        values.truncate(given.count);
        Ok::<_, Failure>(values)
    })?;
    Ok(PyArray1::from_vec(py, values))
}

/// A ciphertext and the shares that open it.
struct Answer {
    ciphertext: Arc<ckks_agg::Ciphertext>,
    shares: Frames,
    count: usize,
    flood: ckks_agg::Flood,
}

impl Answer {
    fn of(
        ciphertext: &Bound<'_, PyAny>,
        shares: &Bound<'_, PyAny>,
        count: Option<&Bound<'_, PyAny>>,
        flood: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let ciphertext = Ciphertext::of(argument("ciphertext", ciphertext))?;
        let count = counted(count, &ciphertext)?.unwrap_or(usize::MAX);
        let flood = Flood::of(flood.map(|flood| argument("flood", flood)))?;
        let given: Argument<'_, '_> = argument("shares", shares);
        let shares = Frames::of(given)?;
        if shares.slices().is_empty() {
            return Err(given.refuse("none"));
        }
        Ok(Answer { ciphertext, shares, count, flood })
    }

    fn read(&self) -> Result<(&'static Shared, Vec<DecryptionShare>, Quorum), Failure> {
        let mut shares = Vec::new();
        for (place, bytes) in self.shares.slices().into_iter().enumerate() {
            let share = DecryptionShare::from_bytes(bytes);
            shares.push(share.map_err(|error| Failure::from(error).at(format_args!("share {place}")))?);
        }
        let mut numbers: Vec<u8> = shares.iter().map(DecryptionShare::number).collect();
        numbers.sort_unstable();
        let quorum = Quorum::new(&numbers).map_err(|error| Failure::argument("shares", error))?;
        Ok((Shared::of(self.ciphertext.preset()), shares, quorum))
    }
}
