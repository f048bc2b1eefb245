//! Lengths of the frames. Layouts: docs/protocol.md, and meter-link's wire.md.

use meter_link::Identity;
use meter_link::frame::Header;
#[cfg(feature = "alloc")]
use meter_link::frame::Tag;

use crate::ciphertext::Ciphertext;
#[cfg(feature = "alloc")]
use crate::equality::Equality;
use crate::params::Params;
use crate::proof::Knowledge;

/// Header, `R ‖ C ‖ proof of knowledge` for each channel, signature.
pub(crate) fn contribution_len(params: &Params) -> usize {
    let proof = if params.knowledge() { Knowledge::LEN } else { 0 };
    #[cfg(feature = "range")]
    let proof = params.proven_range().map_or(proof, |bounds| proof.wrapping_add(bounds.width().proof_len()));
    let channels = usize::from(params.group().channels).wrapping_mul(proof.wrapping_add(Ciphertext::LEN));
    channels.wrapping_add(Header::LEN + Identity::SIGNATURE_LEN)
}

/// Header, `digest 32`, `D 32` for each sum (of a round one a channel, of a window one a billed meter and channel),
/// `proof 64`, tag.
#[cfg(feature = "alloc")]
pub(crate) fn share_len(sums: usize) -> usize {
    sums.wrapping_mul(32).wrapping_add(Header::LEN + 32 + Equality::LEN + Tag::LEN)
}
