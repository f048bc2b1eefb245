//! Sealed messages: ChaCha20-Poly1305 (RFC 8439) between two parties, under a key of label
//! [`Label::Seal`](crate::Label::Seal).

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit, Tag};

use crate::error::{Error, Fault, Malformed};
use crate::frame::{Header, Kind};
use crate::id::{PartyId, Round};
use crate::key::PairKey;

/// Bytes that sealing adds.
pub const OVERHEAD: usize = 16;

/// Nonce = `round u64 ‖ kind u32`; the highest bit of the kind tells the direction, so that both ends can
/// send a message of one kind and round under their common key.
fn nonce(round: Round, kind: Kind, from_higher: bool) -> [u8; 12] {
    let word = u32::from(kind as u8) | (u32::from(from_higher) << 31);
    let (r, w) = (round.get().to_le_bytes(), word.to_le_bytes());
    let mut out = [0u8; 12];
    for (place, byte) in out.iter_mut().zip(r.iter().chain(&w)) {
        *place = *byte;
    }
    out
}

/// Encrypts `message` in place, with the header as associated data, and returns the tag that follows it.
/// **One message for each (key, round, kind, direction)**: the caller's state guards that.
///
/// # Errors
/// [`Malformed::BadField`] for a message longer than ChaCha20 takes.
pub fn seal(
    key: &PairKey,
    header: &Header,
    receiver: PartyId,
    message: &mut [u8],
) -> Result<[u8; OVERHEAD], Error> {
    let bytes = key.to_bytes();
    let cipher = ChaCha20Poly1305::new((&*bytes).into());
    let nonce = nonce(header.round, header.kind, header.sender > receiver);
    let tag = cipher
        .encrypt_inout_detached((&nonce).into(), &header.to_bytes(), message.into())
        .map_err(|_| Malformed::BadField)?;
    Ok(tag.into())
}

/// Decrypts in place.
///
/// # Errors
/// [`Fault::BadSeal`] blaming the claimed sender; the message is left encrypted.
pub fn open(
    key: &PairKey,
    header: &Header,
    receiver: PartyId,
    message: &mut [u8],
    tag: &[u8; OVERHEAD],
) -> Result<(), Error> {
    let bytes = key.to_bytes();
    let cipher = ChaCha20Poly1305::new((&*bytes).into());
    let nonce = nonce(header.round, header.kind, header.sender > receiver);
    let tag = Tag::from(*tag);
    cipher
        .decrypt_inout_detached((&nonce).into(), &header.to_bytes(), message.into(), &tag)
        .map_err(|_| Fault::BadSeal.of(header.sender))
}
