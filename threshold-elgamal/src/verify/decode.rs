//! Decoding many points.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};

/// None for what is no point in its one encoding.
pub(super) fn decode<'e>(encoded: impl Iterator<Item = &'e [u8; 32]>) -> Vec<Option<RistrettoPoint>> {
    encoded.map(|bytes| CompressedRistretto(*bytes).decompress()).collect()
}
