//! The tag of a frame between its sender and the utility: ChaCha20-Poly1305 (RFC 8439) over no plaintext,
//! with header and payload as associated data. Why this one: docs/tag.md.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::Header;
use super::poly1305::Poly1305;
#[cfg(feature = "alloc")]
pub(crate) use super::poly1305::lanes::LANES;
#[cfg(feature = "alloc")]
use super::poly1305::lanes::tags;
#[cfg(feature = "alloc")]
use crate::error::Misuse;
use crate::error::{Error, Fault};
use crate::id::PartyId;
use crate::key::PairKey;
use crate::pad;
#[cfg(feature = "alloc")]
use crate::pad::Path;

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
    fn of(one_time: &[u8; 32], body: &[u8]) -> Self {
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

    /// In constant time.
    #[allow(clippy::cast_possible_truncation)] // the halves
    fn is(&self, received: &[u8; Self::LEN]) -> bool {
        // As two words: byte by byte it would take as long as the tag.
        let [a, b] = [&self.0, received].map(|tag| u128::from_le_bytes(*tag));
        let [low, high] = [a ^ b, (a ^ b) >> 64].map(|half| half as u64);
        (low | high).ct_eq(&0).into()
    }

    pub(super) fn verify(&self, claimed: PartyId, received: &[u8; Self::LEN]) -> Result<(), Error> {
        if self.is(received) { Ok(()) } else { Err(Fault::BadTag.of(claimed)) }
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
    out: &mut [[u8; 32]; LANES],
) -> Result<(), Error> {
    let (mut keys, mut words, mut count) = ([None; LANES], [0u32; LANES], 0usize);
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

/// Whether frames have the tags that they should have under their one-time keys: at most 16, whose bodies, header and
/// payload, are of one length. A body of another length has no right tag here.
#[cfg(feature = "alloc")]
pub(crate) fn right_tags<'f>(
    one_time: &[[u8; 32]; LANES],
    frames: impl Iterator<Item = (&'f [u8], &'f [u8; Tag::LEN])>,
) -> [bool; LANES] {
    let (mut bodies, mut received, mut count) = ([&[][..]; LANES], [&[0u8; Tag::LEN]; LANES], 0usize);
    for ((body, tag), (slot, place)) in frames.zip(bodies.iter_mut().zip(&mut received)) {
        (*slot, *place) = (body, tag);
        count = count.wrapping_add(1);
    }
    let mut right = [false; LANES];
    let len = bodies.first().map_or(0, |body| body.len());
    let mut made = [[0u8; Tag::LEN]; LANES];
    tags(Path::BEST, one_time, &bodies, &mut made);
    let lanes = made.into_iter().map(Tag).zip(received).zip(bodies);
    for (right, ((tag, received), body)) in right.iter_mut().zip(lanes).take(count) {
        *right = body.len() == len && tag.is(received);
    }
    right
}

impl core::fmt::Debug for Tag {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Tag(..)")
    }
}
