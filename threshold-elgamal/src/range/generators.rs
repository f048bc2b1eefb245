//! Points that nobody knows a relation between.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use sha2::{Digest, Sha512};

use super::Width;

/// G_0 … G_(k−1) and H_0 … H_(k−1) of a width. They are made in about 10 µs each; one set serves all meters of a
/// process.
#[derive(Clone, Debug)]
pub struct Generators {
    width: Width,
    pub(super) g: Vec<RistrettoPoint>,
    pub(super) h: Vec<RistrettoPoint>,
}

impl Generators {
    /// All of a width.
    pub fn new(width: Width) -> Self {
        let all =
            |side| (0u8..64).take(width.bits() as usize).map(move |index| generator(side, index)).collect();
        Generators { width, g: all(0), h: all(1) }
    }

    /// Bytes on the heap: 320 for each bit.
    pub const fn size(width: Width) -> usize {
        size_of::<[RistrettoPoint; 2]>().saturating_mul(width.bits() as usize)
    }

    /// What for.
    pub fn width(&self) -> Width {
        self.width
    }
}

/// `SHA-512("wattsum v1 elgamal range generator" ‖ side u8 ‖ index u8)`, sides 0 of G and 1 of H, mapped into the group
/// as RFC 9496, section 4.3.4 has it: independent of B and Y, and the same for all deployments.
fn generator(side: u8, index: u8) -> RistrettoPoint {
    let hash = Sha512::new().chain_update(b"wattsum v1 elgamal range generator").chain_update([side, index]);
    let mut wide = [0u8; 64];
    wide.copy_from_slice(&hash.finalize());
    RistrettoPoint::from_uniform_bytes(&wide)
}
