//! The tag of a frame between its sender and the utility: ChaCha20-Poly1305 (RFC 8439) over no plaintext,
//! with header and payload as associated data. Why this one: docs/tag.md.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Header;
use super::poly1305::Poly1305;
#[cfg(feature = "alloc")]
use crate::error::Misuse;
use crate::error::{Error, Fault};
use crate::id::PartyId;
use crate::key::PairKey;
use crate::pad;

/// 16 bytes, compared in constant time, and only by [`TaggedFrame::verify`](super::TaggedFrame::verify).
pub struct Tag([u8; Self::LEN]);

impl Tag {
    /// Bytes of a tag.
    pub const LEN: usize = 16;

    /// Over `body`, which is the header and the payload.
    ///
    /// The key belongs to one pair and one epoch context. The nonce holds everything of the header that
    /// can vary under that key (`round u64 ‖ kind ‖ flags ‖ from-or-to the utility ‖ 0`), so two frames
    /// share a one-time key only if they share their header, and a sender makes one payload per header.
    pub(super) fn compute(key: &PairKey, header: &Header, body: &[u8]) -> Self {
        let one_time = Zeroizing::new(pad::one_time_key(key, header.round, word(header)));
        Self::of(&one_time, body)
    }

    /// RFC 8439, section 2.8, with empty plaintext: AAD, padding, and the two lengths.
    pub(super) fn of(one_time: &[u8; 32], body: &[u8]) -> Self {
        let mut mac = Poly1305::new(one_time);
        mac.update_padded(body);
        // Length of the AAD, then that of the text: none.
        let lengths = u128::from(body.len() as u64).to_le_bytes();
        mac.block(&lengths);
        Tag(mac.finish())
    }

    pub(super) fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    pub(super) fn verify(&self, claimed: PartyId, received: &[u8; Self::LEN]) -> Result<(), Error> {
        if bool::from(self.0.ct_eq(received)) { Ok(()) } else { Err(Fault::BadTag.of(claimed)) }
    }
}

/// What the nonce holds beside the round.
fn word(header: &Header) -> u32 {
    let from_utility = u8::from(header.sender == PartyId::UTILITY);
    u32::from_le_bytes([header.kind as u8, header.flags.0, from_utility, 0])
}

/// The one-time keys of at most 16 frames of one round, in the order of the frames.
#[cfg(feature = "alloc")]
pub(crate) fn one_time_keys<'k>(
    frames: impl Iterator<Item = (&'k PairKey, Header)>,
    round: crate::id::Round,
    out: &mut [[u8; 32]; 16],
) -> Result<(), Error> {
    let (mut keys, mut words, mut count) = ([None; 16], [0u32; 16], 0usize);
    for ((slot, place), (key, header)) in keys.iter_mut().zip(&mut words).zip(frames) {
        *slot = Some(key);
        *place = word(&header);
        count = count.wrapping_add(1);
    }
    let Some(filler) = keys.first().copied().flatten() else { return Ok(()) };
    let keys = keys.map(|key| key.unwrap_or(filler));
    let short = Misuse::WrongLength;
    let keys = keys.get(..count).ok_or(short)?;
    let words = words.get(..count).ok_or(short)?;
    pad::one_time_keys(keys, round, words, out.get_mut(..count).ok_or(short)?)
}

impl core::fmt::Debug for Tag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Tag(..)")
    }
}
