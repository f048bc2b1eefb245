//! Long-lived Ed25519 identities and what they sign.

#[cfg(feature = "alloc")]
mod batch;
mod checked;

use core::fmt;

use ed25519_dalek::SigningKey;
use ed25519_dalek::ed25519::signature::MultipartSigner;
use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::epoch::{Context, Session};
use crate::error::{Error, Fault};
use crate::frame::Kind;
use crate::id::PartyId;

#[cfg(feature = "alloc")]
pub use batch::weights;
pub use checked::CheckedKey;

/// What a signature is bound to beside its body.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// Everything that is signed inside an epoch.
    Context(&'a Context),
    /// What is signed before the context exists: link keys and roster roots.
    Forming {
        /// The session.
        session: &'a Session,
        /// The epoch that is being formed.
        epoch: u32,
    },
}

impl Scope<'_> {
    /// `"wattsum v1 sig" ‖ 0 ‖ kind ‖ scope ‖ body`, in parts so that nothing is copied.
    fn with_parts<T>(&self, kind: Kind, body: &[u8], act: impl FnOnce(&[&[u8]]) -> T) -> T {
        let kind = [kind as u8];
        match self {
            Scope::Context(context) => act(&[b"wattsum v1 sig\0", &kind, context.as_bytes(), body]),
            Scope::Forming { session, epoch } => {
                act(&[b"wattsum v1 sig\0", &kind, &session.0, &epoch.to_le_bytes(), body])
            }
        }
    }
}

/// A signing key: one per device, certified by the deployment's PKI before it enters a roster.
pub struct Identity(SigningKey);

impl ZeroizeOnDrop for Identity {} // SigningKey wipes itself

impl Identity {
    /// Bytes of a signature.
    pub const SIGNATURE_LEN: usize = 64;

    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut seed = [0u8; 32];
        rng.fill_bytes(&mut seed);
        Self::from_bytes(&mut seed)
    }

    /// From an RFC 8032 seed, which is wiped where it lay.
    pub fn from_bytes(seed: &mut [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(seed);
        seed.zeroize();
        Identity(key)
    }

    /// The public half.
    pub fn public(&self) -> IdentityKey {
        IdentityKey(self.0.verifying_key().to_bytes())
    }

    /// Signs `"wattsum v1 sig" ‖ 0 ‖ kind ‖ scope ‖ body`. Deterministic (RFC 8032).
    pub fn sign(&self, kind: Kind, scope: &Scope<'_>, body: &[u8]) -> [u8; Self::SIGNATURE_LEN] {
        scope.with_parts(kind, body, |parts| self.0.multipart_sign(parts).to_bytes())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.public()).finish()
    }
}

/// A certified public identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdentityKey(pub [u8; 32]);

impl IdentityKey {
    /// Checks a signature made by [`Identity::sign`]: by the equation of RFC 8032, section 5.1.7, that has the
    /// factor 8, so that nobody disagrees with who checks many at once ([`SignedFrame::verify_all`]). Keys of small
    /// order are refused, since they accept one signature for many messages.
    ///
    /// [`SignedFrame::verify_all`]: crate::frame::SignedFrame::verify_all
    ///
    /// # Errors
    /// [`Fault::BadSignature`] blaming `signer`.
    pub fn verify(
        &self,
        signer: PartyId,
        kind: Kind,
        scope: &Scope<'_>,
        body: &[u8],
        signature: &[u8; Identity::SIGNATURE_LEN],
    ) -> Result<(), Error> {
        let holds = |parts: &[&[u8]]| self.check().is_some_and(|key| key.accepts(parts, signature));
        if scope.with_parts(kind, body, holds) { Ok(()) } else { Err(Fault::BadSignature.of(signer)) }
    }
}
