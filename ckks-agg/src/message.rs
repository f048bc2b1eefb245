//! Lengths of the frames. Layouts: docs/protocol.md, and meter-link's wire.md.

use meter_link::Identity;
use meter_link::frame::Header;

use crate::params::Params;
use crate::preset::Preset;

/// Bytes around a signed payload.
pub(crate) const SIGNED: usize = Header::LEN + Identity::SIGNATURE_LEN;

/// Bytes of one polynomial of a fresh ciphertext.
pub(crate) fn polynomial_len(preset: Preset) -> usize {
    let bits: u32 = preset.primes().iter().map(|q| u64::BITS.wrapping_sub(q.leading_zeros())).sum();
    (preset.degree() / 8).wrapping_mul(bits as usize)
}

/// `c₀ ‖ c₁`.
pub(crate) fn body_len(preset: Preset) -> usize {
    polynomial_len(preset).wrapping_mul(2)
}

/// Header, `path 32 × depth ‖ c₀ ‖ c₁`, signature.
pub(crate) fn contribution_len(params: &Params, depth: usize) -> usize {
    let path = if params.trusts_all_meters() { 0 } else { depth.wrapping_mul(32) };
    body_len(params.preset()).wrapping_add(path).wrapping_add(SIGNED)
}
