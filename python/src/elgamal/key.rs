//! The group key.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::{Encryptor, GroupTable};

use super::Params;
use super::frames::Frames;
use crate::argument::argument;
use crate::error::Failure;
use crate::link::EpochView;

/// The key that meters encrypt under, and the hash of the key set it belongs to. Public; but whoever
/// chooses it reads what is encrypted under it, so a meter takes it from a source that it trusts as it
/// trusts the roster, or by `certified` from the trustees.
#[pyclass(frozen, eq, hash, module = "wattsum.elgamal", name = "GroupKey")]
pub(crate) struct GroupKey {
    pub(crate) key: threshold_elgamal::GroupKey,
    /// Made when first needed.
    table: OnceLock<Arc<GroupTable>>,
    encryptor: OnceLock<Arc<Encryptor>>,
}

impl From<threshold_elgamal::GroupKey> for GroupKey {
    fn from(key: threshold_elgamal::GroupKey) -> Self {
        GroupKey { key, table: OnceLock::new(), encryptor: OnceLock::new() }
    }
}

impl PartialEq for GroupKey {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Hash for GroupKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key.to_bytes().hash(state);
    }
}

impl GroupKey {
    /// Multiples for meters that prove and sign.
    pub(crate) fn table(&self) -> &Arc<GroupTable> {
        self.table.get_or_init(|| Arc::new(GroupTable::new(&self.key)))
    }

    /// Multiples for arrays.
    pub(crate) fn encryptor(&self) -> &Arc<Encryptor> {
        self.encryptor.get_or_init(|| Arc::new(Encryptor::new(&self.key)))
    }
}

#[pymethods]
impl GroupKey {
    /// From Y, an encoded point of 32 bytes, and the hash of its key set, 32 bytes.
    #[new]
    fn new(encoding: &Bound<'_, PyAny>, key_set: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (encoding, key_set) =
            (argument("encoding", encoding).stored()?, argument("key_set", key_set).stored()?);
        Ok(threshold_elgamal::GroupKey::new(encoding, key_set).map_err(Failure::from)?.into())
    }

    /// The key that t trustees of the epoch have stated (`KeySet.statement`), whoever brings their
    /// statements: a sequence of bytes, or an array with a row each. What is no statement is passed over.
    #[staticmethod]
    fn certified(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        statements: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let statements = Frames::of(argument("statements", statements))?;
        let (threshold, trustees) = (params.inner.threshold(), view.roster.answerers());
        let key = py.detach(|| {
            let frames = statements.slices();
            threshold_elgamal::GroupKey::certified(&view.view, threshold, trustees, &frames)
        });
        Ok(key.map_err(Failure::from)?.into())
    }

    /// The id of the trustee that has signed a statement for the epoch.
    #[staticmethod]
    fn check_statement(py: Python<'_>, view: &EpochView, frame: &Bound<'_, PyAny>) -> PyResult<u32> {
        let frame = argument("frame", frame).bytes()?;
        let trustees = view.roster.answerers();
        let id = py.detach(|| threshold_elgamal::GroupKey::check_statement(&view.view, trustees, &frame));
        Ok(id.map_err(Failure::from)?.0)
    }

    #[staticmethod]
    fn from_bytes(key: &Bound<'_, PyAny>) -> PyResult<Self> {
        let key = argument("key", key).stored()?;
        Ok(threshold_elgamal::GroupKey::from_bytes(&key).map_err(Failure::from)?.into())
    }

    /// 64 bytes: Y and the hash of the key set.
    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.key.to_bytes())
    }

    /// Y.
    #[getter]
    fn encoding<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.key.encoding())
    }

    /// Hash of the key set.
    #[getter]
    fn key_set<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, self.key.key_set())
    }

    fn __getnewargs__<'py>(&self, py: Python<'py>) -> (Bound<'py, PyBytes>, Bound<'py, PyBytes>) {
        (self.encoding(py), self.key_set(py))
    }

    fn __repr__(&self) -> String {
        let bytes = self.key.encoding().iter().take(4);
        let start = bytes.fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        format!("<wattsum.elgamal.GroupKey {start}>")
    }
}
