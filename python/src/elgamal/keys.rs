//! Key sets and their secret shares.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use threshold_elgamal::equality::Encoded;

use super::batch::half;
use super::frames::Frames;
use super::points::{CIPHERTEXT, POINT, Units};
use super::threads::{each, share};
use super::{GroupKey, Params};
use crate::argument::argument;
use crate::array::{filled, into_array};
use crate::entropy;
use crate::error::Failure;
use crate::link::{EpochView, Identity, Threshold};
use crate::owned::Owned;
use crate::threads::Threads;

/// The trustees' verification keys Y_1 … Y_n and the group key that follows from them. Public.
#[pyclass(frozen, eq, module = "wattsum.elgamal", name = "KeySet")]
pub(crate) struct KeySet {
    pub(crate) keys: threshold_elgamal::KeySet,
    group: Py<GroupKey>,
}

impl PartialEq for KeySet {
    fn eq(&self, other: &Self) -> bool {
        self.keys == other.keys
    }
}

impl KeySet {
    pub(crate) fn of(py: Python<'_>, keys: threshold_elgamal::KeySet) -> PyResult<Self> {
        let group = Py::new(py, GroupKey::from(*keys.group_key()))?;
        Ok(KeySet { keys, group })
    }
}

#[pymethods]
impl KeySet {
    /// From the verification keys, 32 bytes each, by number. Where all n open, use `joint`.
    #[new]
    fn new(py: Python<'_>, threshold: &Threshold, members: &Bound<'_, PyAny>) -> PyResult<Self> {
        let members = argument("members", members).list(|item| item.stored())?;
        let keys = py.detach(|| threshold_elgamal::KeySet::new(threshold.0, &members));
        Self::of(py, keys.map_err(Failure::from)?)
    }

    /// The keys of all trustees of an epoch together, who each announced an own one
    /// (`SecretShare.announce`): all of them open, and nobody is left out. The threshold of `params` is
    /// that of all.
    #[staticmethod]
    fn joint(
        py: Python<'_>,
        params: &Params,
        view: &EpochView,
        announcements: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        let announcements = Frames::of(argument("announcements", announcements))?;
        let threshold = params.inner.threshold();
        let joint = || {
            let frames = announcements.slices();
            threshold_elgamal::KeySet::joint(&view.view, threshold, &view.roster, &frames)
        };
        Self::of(py, py.detach(joint).map_err(Failure::from)?)
    }

    /// From what `to_bytes` gave to who made or checked the keys.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, threshold: &Threshold, keys: &Bound<'_, PyAny>) -> PyResult<Self> {
        let bytes = argument("keys", keys).bytes()?;
        let keys = py.detach(|| threshold_elgamal::KeySet::from_bytes(threshold.0, &bytes));
        Self::of(py, keys.map_err(Failure::from)?)
    }

    fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.keys.to_bytes())
    }

    /// What meters encrypt under.
    #[getter]
    fn group_key(&self, py: Python<'_>) -> Py<GroupKey> {
        self.group.clone_ref(py)
    }

    #[getter]
    fn threshold(&self) -> Threshold {
        Threshold(self.keys.threshold())
    }

    /// Y_i of the trustee with a number, 32 bytes, or None.
    fn member<'py>(
        &self,
        py: Python<'py>,
        number: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyBytes>>> {
        let number = argument("number", number).int()?;
        Ok(self.keys.member(number).map(|key| PyBytes::new(py, key)))
    }

    /// What trustee `id`, whose share is of these keys, states to the meters of an epoch: signed, and the
    /// same each time. State the keys of one set an epoch.
    fn statement<'py>(
        &self,
        py: Python<'py>,
        view: &EpochView,
        id: &Bound<'py, PyAny>,
        identity: &Identity,
        share: &SecretShare,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let id = argument("id", id).party()?;
        let frame = py.detach(|| {
            identity.secret.with(|own| {
                share.secret.with(|share| Ok::<_, Failure>(self.keys.statement(&view.view, share, own, id)?))
            })
        })?;
        Ok(PyBytes::new(py, &frame))
    }

    fn __repr__(&self) -> String {
        let threshold = self.keys.threshold();
        format!("<wattsum.elgamal.KeySet: {} of {}>", threshold.threshold(), threshold.answerers())
    }
}

/// A trustee's share of the group's secret key, which nobody holds. The trustee that is made with it takes
/// it over.
#[pyclass(frozen, module = "wattsum.elgamal", name = "SecretShare")]
pub(crate) struct SecretShare {
    pub(crate) secret: Owned<threshold_elgamal::SecretShare>,
    #[pyo3(get)]
    pub(crate) number: u8,
    public: [u8; 32],
}

impl From<threshold_elgamal::SecretShare> for SecretShare {
    fn from(secret: threshold_elgamal::SecretShare) -> Self {
        let (number, public) = (secret.number(), secret.public());
        SecretShare { secret: Owned::new("secret share", secret), number, public }
    }
}

impl SecretShare {
    /// That it is still here, and of the number in a key set: nothing is used up otherwise.
    pub(crate) fn check_of(&self, keys: &threshold_elgamal::KeySet, number: u8) -> Result<(), Failure> {
        if self.number != number || keys.member(number) != Some(&self.public) {
            return Err(threshold_elgamal::Error::from(threshold_elgamal::Misuse::WrongShare).into());
        }
        self.secret.with(|_| Ok::<_, Failure>(()))
    }
}

#[pymethods]
impl SecretShare {
    /// From a number and 32 stored bytes. Python cannot wipe the bytes that the caller holds.
    #[staticmethod]
    fn from_bytes(number: &Bound<'_, PyAny>, share: &Bound<'_, PyAny>) -> PyResult<Self> {
        let number = argument("number", number).int()?;
        let mut bytes = argument("share", share).secret()?;
        let share = threshold_elgamal::SecretShare::from_bytes(number, &mut bytes);
        Ok(share.map_err(Failure::from)?.into())
    }

    /// The share's 32 secret bytes, to be stored: Python cannot wipe them.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = py.detach(|| self.secret.with(|share| Ok::<_, Failure>(share.to_bytes())))?;
        Ok(PyBytes::new(py, bytes.as_slice()))
    }

    /// An own key of the trustee with a number, for a joint key set. Store it before it is announced: who
    /// has announced two in an epoch is to blame for it.
    #[staticmethod]
    fn generate(
        py: Python<'_>,
        number: &Bound<'_, PyAny>,
        view: &EpochView,
        identity: &Identity,
    ) -> PyResult<Self> {
        let number = argument("number", number).int()?;
        let share = py.detach(|| {
            identity.secret.with(|own| {
                let rng = &mut entropy::rng()?;
                Ok::<_, Failure>(threshold_elgamal::SecretShare::generate(number, &view.view, own, rng)?)
            })
        })?;
        Ok(share.into())
    }

    /// Announces an own key of trustee `id` for the epoch, with the proof that its secret is known; the
    /// same each time.
    fn announce<'py>(
        &self,
        py: Python<'py>,
        view: &EpochView,
        id: &Bound<'py, PyAny>,
        identity: &Identity,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let id = argument("id", id).party()?;
        let frame = py.detach(|| {
            identity
                .secret
                .with(|own| self.secret.with(|share| Ok::<_, Failure>(share.announce(&view.view, own, id)?)))
        })?;
        Ok(PyBytes::new(py, &frame))
    }

    /// The verification key, 32 bytes.
    #[getter]
    fn public<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.public)
    }

    /// This share's part in opening an array of ciphertexts: uint8, with a last axis of 32 bytes, for
    /// `combine`. For simulations and tests with dealt keys: who does this for ciphertexts it did not sum
    /// itself opens whatever the asker likes. Trustees of a deployment use `Trustee`, which decrypts
    /// nothing but sums that t of them agreed on.
    #[pyo3(signature = (ciphertexts, *, threads = None),
           text_signature = "($self, ciphertexts, *, threads=1)")]
    fn decrypt<'py>(
        &self,
        py: Python<'py>,
        ciphertexts: &Bound<'py, PyAny>,
        threads: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let threads = Threads::of(threads)?;
        let units = Units::<CIPHERTEXT>::of(argument("ciphertexts", ciphertexts))?;
        let bytes = py.detach(|| {
            self.secret.with(|secret| {
                let secret = &*secret;
                let mut out = filled([0u8; POINT], units.len())?;
                let size = share(out.len(), threads);
                each(threads, out.chunks_mut(size).enumerate(), |(chunk, out)| {
                    for (place, out) in (chunk.wrapping_mul(size)..).zip(out) {
                        let r = half(&units, place, 0)?;
                        *out = *Encoded::from(secret.decryption_share(r.point())).bytes();
                    }
                    Ok(())
                })?;
                Ok::<_, Failure>(out.into_flattened())
            })
        })?;
        Ok(into_array(py, bytes, &units.with_last(POINT))?.into_any())
    }

    fn __repr__(&self) -> String {
        format!("<wattsum.elgamal.SecretShare {}>", self.number)
    }
}

/// A key set and its shares, by number, from a dealer that could open everything: for simulations and
/// tests. By default any three of four open. Keys that nobody ever holds are made in a `Ceremony`.
#[pyfunction]
#[pyo3(name = "elgamal_deal", signature = (threshold = None))]
pub(crate) fn deal(py: Python<'_>, threshold: Option<&Threshold>) -> PyResult<(KeySet, Vec<SecretShare>)> {
    let threshold = threshold.map_or(meter_link::answer::Threshold::DEFAULT, |threshold| threshold.0);
    let (keys, shares) = py.detach(|| {
        let dealt = threshold_elgamal::deal(threshold, &mut entropy::rng()?);
        dealt.map_err(Failure::from)
    })?;
    Ok((KeySet::of(py, keys)?, shares.into_iter().map(SecretShare::from).collect()))
}
