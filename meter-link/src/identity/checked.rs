//! What it takes for a signature to hold.
//!
//! RFC 8032, section 5.1.7, with its equation 8·(S·B − h·A − R) = 0, h = SHA-512(R ‖ A ‖ message): the factor 8,
//! the cofactor, is there on purpose. Without it a signer can make signatures whose R has a part of order 2, 4 or 8, which
//! a batch accepts or refuses by chance, so that two honest parties would disagree (Chalkias, Garillot and
//! Nikolaenko, "Taming the many EdDSAs", 2020). With it, one signature at a time and any batch accept
//! exactly the same. Points have one encoding, S is reduced, and keys of small order are refused: so a signature
//! cannot be altered, and binds its signer to one message (Brendel, Cremers, Jackson and Zhao, "The provable
//! security of Ed25519", 2021).

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::IsIdentity;
use sha2::{Digest, Sha512};

use crate::identity::{Identity, IdentityKey};

/// A public identity that is a point of large order, decoded once for many signatures.
#[derive(Clone, Copy, Debug)]
pub struct CheckedKey {
    bytes: [u8; 32],
    /// −A.
    minus: EdwardsPoint,
}

impl IdentityKey {
    /// Decodes the key. None if it is no point in its one encoding, or one of small order, which accepts one
    /// signature for many messages.
    pub fn check(&self) -> Option<CheckedKey> {
        let point = point(&self.0).filter(|point| !point.is_small_order())?;
        Some(CheckedKey { bytes: self.0, minus: -point })
    }
}

impl CheckedKey {
    /// The key.
    pub fn key(&self) -> IdentityKey {
        IdentityKey(self.bytes)
    }

    /// Whether this is a signature of the parts of `message`, one after the other.
    ///
    /// # Security
    /// A building block for test vectors: signatures of this family are bound to a kind and a
    /// [`Scope`](crate::Scope), which [`IdentityKey::verify`] sees to.
    pub fn accepts(&self, message: &[&[u8]], signature: &[u8; Identity::SIGNATURE_LEN]) -> bool {
        Claim::new(self, message, signature).is_some_and(|claim| claim.holds())
    }
}

/// A signature, decoded and not yet checked.
pub(crate) struct Claim {
    /// SHA-512(R ‖ A ‖ message).
    pub(crate) hash: [u8; 64],
    pub(crate) s: Scalar,
    /// −A and −R.
    pub(crate) minus: [EdwardsPoint; 2],
}

impl Claim {
    /// None if R is no point in its one encoding or S is not reduced.
    pub(crate) fn new(key: &CheckedKey, message: &[&[u8]], signature: &[u8; 64]) -> Option<Self> {
        let [r, s] = signature.as_chunks::<32>().0 else { return None };
        let s = Option::from(Scalar::from_canonical_bytes(*s))?;
        let mut hash = Sha512::new();
        hash.update(r);
        hash.update(key.bytes);
        message.iter().for_each(|part| hash.update(part));
        Some(Claim { hash: hash.finalize().into(), s, minus: [key.minus, -point(r)?] })
    }

    pub(crate) fn h(&self) -> Scalar {
        Scalar::from_bytes_mod_order_wide(&self.hash)
    }

    pub(crate) fn holds(&self) -> bool {
        let [a, r] = &self.minus;
        let rest = EdwardsPoint::vartime_double_scalar_mul_basepoint(&self.h(), a, &self.s) + r;
        rest.mul_by_cofactor().is_identity()
    }
}

/// A point in the one encoding that RFC 8032, section 5.1.3, has for it: dalek decodes others too.
fn point(bytes: &[u8; 32]) -> Option<EdwardsPoint> {
    /// x = 0 with a sign, of y = 1 and of y = −1.
    const NEGATIVE_ZEROS: [[u8; 32]; 2] = {
        let (mut one, mut minus_one) = ([0; 32], [0xff; 32]);
        (one[0], one[31], minus_one[0]) = (1, 0x80, 0xec);
        [one, minus_one]
    };
    let [low, middle @ .., high] = bytes;
    let below_p = *low < 0xed || high | 0x80 != 0xff || middle.iter().any(|byte| *byte != 0xff);
    let canonical = below_p && !NEGATIVE_ZEROS.contains(bytes);
    canonical.then(|| CompressedEdwardsY(*bytes).decompress()).flatten()
}
