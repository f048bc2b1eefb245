//! The group key, the trustees' shares of it, and the public key set that ties them.

#[cfg(feature = "alloc")]
mod dealer;
#[cfg(feature = "alloc")]
mod joint;
#[cfg(feature = "alloc")]
mod set;
mod share;
mod statement;
#[cfg(all(feature = "alloc", feature = "tables"))]
mod table;

#[cfg(feature = "alloc")]
pub use dealer::deal;
#[cfg(feature = "alloc")]
pub use set::KeySet;
pub use share::SecretShare;
#[cfg(all(feature = "alloc", feature = "tables"))]
pub use table::GroupTable;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::traits::IsIdentity;

use crate::error::{Error, Malformed};

/// What a meter needs of the keys: the group key Y, and the hash of the key set it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupKey {
    point: RistrettoPoint,
    encoding: [u8; 32],
    key_set: [u8; 32],
}

impl GroupKey {
    /// Bytes: `Y ‖ hash of the key set`.
    pub const LEN: usize = 64;

    /// From Y's encoding and the hash of its key set, which both come from a source that the meter trusts
    /// as it trusts the roster, and not from the utility: whoever chooses Y reads what is encrypted under it.
    /// [`GroupKey::certified`] takes them from the trustees, by whatever way.
    ///
    /// # Errors
    /// [`Malformed::BadKeys`] unless Y is a canonical encoding of a point other than the identity.
    pub fn new(encoding: [u8; 32], key_set: [u8; 32]) -> Result<Self, Error> {
        Ok(GroupKey { point: decode(encoding)?, encoding, key_set })
    }

    /// # Errors
    /// As [`GroupKey::new`].
    pub fn from_bytes(bytes: &[u8; Self::LEN]) -> Result<Self, Error> {
        let ([encoding, key_set], _) = bytes.as_chunks::<32>() else {
            return Err(Malformed::BadKeys.into());
        };
        Self::new(*encoding, *key_set)
    }

    /// `Y ‖ hash of the key set`.
    pub fn to_bytes(&self) -> [u8; Self::LEN] {
        let mut out = [0u8; Self::LEN];
        for (place, part) in out.as_chunks_mut::<32>().0.iter_mut().zip([self.encoding, self.key_set]) {
            *place = part;
        }
        out
    }

    /// Y.
    pub fn encoding(&self) -> &[u8; 32] {
        &self.encoding
    }

    /// Hash of the key set.
    pub fn key_set(&self) -> &[u8; 32] {
        &self.key_set
    }

    pub(crate) fn point(&self) -> &RistrettoPoint {
        &self.point
    }
}

/// A key: canonical and not the identity.
fn decode(encoding: [u8; 32]) -> Result<RistrettoPoint, Error> {
    let point = CompressedRistretto(encoding).decompress().filter(|point| !point.is_identity());
    point.ok_or(Malformed::BadKeys.into())
}
