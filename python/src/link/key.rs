//! Link keys of an epoch, and the pairwise keys made from them.

use meter_link::{Context, Field64, LinkPublic, Peer, Stream, pad};
use numpy::PyArrayDyn;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use super::role::{choose, label};
use crate::argument::{argument, int_or};
use crate::array::{elements_into_array, filled};
use crate::entropy;
use crate::error::Failure;
use crate::owned::Owned;

/// The own X25519 link key of an epoch. The role that is made with it takes it over and wipes it.
#[pyclass(frozen, module = "wattsum.link", name = "LinkSecret")]
pub(crate) struct LinkSecret {
    pub(crate) secret: Owned<meter_link::LinkSecret>,
    pub(crate) public: [u8; 32],
}

impl From<meter_link::LinkSecret> for LinkSecret {
    fn from(secret: meter_link::LinkSecret) -> Self {
        LinkSecret { public: secret.public().0, secret: Owned::new("link secret", secret) }
    }
}

#[pymethods]
impl LinkSecret {
    /// A fresh key from the operating system's randomness.
    #[staticmethod]
    fn generate(py: Python<'_>) -> PyResult<Self> {
        let secret =
            py.detach(|| Ok::<_, Failure>(meter_link::LinkSecret::generate(&mut entropy::rng()?)))?;
        Ok(secret.into())
    }

    /// From 32 secret bytes. Python cannot wipe the bytes that the caller holds.
    #[staticmethod]
    fn from_bytes(py: Python<'_>, secret: &Bound<'_, PyAny>) -> PyResult<Self> {
        let mut secret = argument("secret", secret).secret()?;
        Ok(py.detach(|| meter_link::LinkSecret::from_bytes(&mut secret)).into())
    }

    /// The same secret once more, for the other role of a device that is meter and drawn holder at once. Each
    /// role wipes its own.
    fn twin(&self, py: Python<'_>) -> PyResult<Self> {
        Ok(py.detach(|| self.secret.with(|secret| Ok::<_, Failure>(secret.twin())))?.into())
    }

    /// The public half, 32 bytes: what is announced.
    #[getter]
    fn public<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.public)
    }

    /// The key that party `me` shares with a peer for one purpose, in the epoch of `context`. Roles make
    /// theirs themselves; this is for other implementations to compare with.
    #[pyo3(signature = (label, context, me, peer, peer_public, psk = None),
           text_signature = "($self, label, context, me, peer, peer_public, psk=b'')")]
    #[allow(clippy::too_many_arguments)] // keywords in Python
    fn pair_key(
        &self,
        py: Python<'_>,
        label: &Bound<'_, PyAny>,
        context: &Bound<'_, PyAny>,
        me: &Bound<'_, PyAny>,
        peer: &Bound<'_, PyAny>,
        peer_public: &Bound<'_, PyAny>,
        psk: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PairKey> {
        let label = self::label(argument("label", label))?;
        let context = Context(argument("context", context).array()?);
        let me = argument("me", me).party()?;
        let link = LinkPublic(argument("peer_public", peer_public).array()?);
        let peer = Peer { id: argument("peer", peer).party()?, link };
        let psk = psk.map(|psk| argument("psk", psk).secret_bytes()).transpose()?;
        let psk = psk.as_deref().unwrap_or_default();
        let key = py.detach(|| self.secret.with(|own| own.pair_key(label, &context, me, &peer, psk)))?;
        Ok(PairKey(Owned::new("pair key", key)))
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.link.LinkSecret>"
    }
}

/// A key that two parties share for one purpose and one epoch.
#[pyclass(frozen, module = "wattsum.link", name = "PairKey")]
pub(crate) struct PairKey(Owned<meter_link::PairKey>);

const STREAMS: [(&str, Stream); 4] =
    [("mask", Stream::Mask), ("share", Stream::Share), ("delta", Stream::Delta), ("zero", Stream::Zero)];

#[pymethods]
impl PairKey {
    /// From 32 secret bytes. Python cannot wipe the bytes that the caller holds.
    #[staticmethod]
    fn from_bytes(key: &Bound<'_, PyAny>) -> PyResult<Self> {
        let key = argument("key", key).secret()?;
        Ok(PairKey(Owned::new("pair key", meter_link::PairKey::from_bytes(&key))))
    }

    /// The key of the next ratchet step in place of this one; there is no way back.
    fn ratchet(&self, py: Python<'_>) -> PyResult<()> {
        Ok(py.detach(|| {
            self.0.with(|key| {
                key.ratchet();
                Ok::<_, Failure>(())
            })
        })?)
    }

    /// The one-time pad of a round and stream ("mask", "share", "delta", "zero"), one field element a
    /// channel. Two messages under one pad give away their difference.
    #[pyo3(signature = (round, stream, channels = None),
           text_signature = "($self, round, stream, channels=1)")]
    fn pad<'py>(
        &self,
        py: Python<'py>,
        round: &Bound<'py, PyAny>,
        stream: &Bound<'py, PyAny>,
        channels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArrayDyn<u64>>> {
        let (round, stream) =
            (argument("round", round).round()?, choose(argument("stream", stream), &STREAMS)?);
        let channels: u16 = int_or("channels", channels, 1)?;
        let values = py.detach(|| {
            self.0.with(|key| {
                let mut values = filled(Field64::ZERO, channels.into())?;
                pad::pad(key, round, stream, &mut values);
                Ok::<_, Failure>(values)
            })
        })?;
        elements_into_array(py, values, &[channels.into()])
    }

    fn __repr__(&self) -> &'static str {
        "<wattsum.link.PairKey>"
    }
}
