//! The layouts of all frames; the table stands in docs/protocol.md.
//!
//! Every frame begins with meter-link's header of 16 bytes and ends in 16 bytes: the tag of a tagged frame or
//! the seal of a sealed one. Little-endian, fixed width, no trailing bytes.

use meter_link::frame::{Expect, Flags, Header, Kind, Tag, TaggedFrame, Writer};
use meter_link::{EpochView, Malformed, PairKey, PartyId, Round, sealed};
use zeroize::Zeroize;

use crate::error::Error;
use crate::generation::Generation;
use crate::params::Params;
use crate::token::Token;

const FRAME: usize = Header::LEN + Tag::LEN;
const GENERATION: usize = 4;

/// Bytes of a word of the ring.
pub const WORD: usize = 8;
/// Bytes of an X25519 public key.
pub(crate) const LINK: usize = 32;
/// Bytes of a Token frame: `generation u32 ‖ sealed T`.
pub const TOKEN_LEN: usize = FRAME + GENERATION + Token::LEN;
/// Bytes of a Start frame: `generation u32`.
pub const START_LEN: usize = FRAME + GENERATION;

impl Params {
    fn with_words(&self, rest: usize) -> usize {
        rest.wrapping_add(self.channels().wrapping_mul(WORD))
    }

    /// Bytes of a FirstKey frame: `generation u32 ‖ sealed (k_1 u64 for each channel ‖ E 32)`.
    pub fn first_key_len(&self) -> usize {
        self.with_words(FRAME + GENERATION + LINK)
    }

    /// Bytes of a Delta frame: `sealed δ u64 for each channel`.
    pub fn delta_len(&self) -> usize {
        self.with_words(FRAME)
    }

    /// Bytes of a Contribution frame: `c u64 for each channel`. Its sender is the first four bytes of T.
    pub fn contribution_len(&self) -> usize {
        self.with_words(FRAME)
    }

    /// Bytes of a GroupKey frame of `members` members: `generation u32 ‖ sealed (K u64 for each channel ‖
    /// n u32 ‖ n times (T 16 ‖ E 32))`, ascending by T.
    pub fn group_key_len(&self, members: usize) -> usize {
        let fixed = self.with_words(FRAME + GENERATION + 4);
        fixed.wrapping_add(members.wrapping_mul(Token::LEN + LINK))
    }
}

/// Writes a sealed frame: header, `clear`, then `parts` encrypted, then the seal.
pub(crate) fn seal<'o>(
    out: &'o mut [u8],
    header: &Header,
    clear: &[u8],
    receiver: PartyId,
    key: &PairKey,
    parts: &[&[u8]],
) -> Result<&'o [u8], Error> {
    let mut writer = Writer::frame(out, header)?;
    writer.bytes(clear)?;
    let len = parts.iter().fold(0usize, |len, part| len.wrapping_add(part.len()));
    let room = writer.room(len)?;
    for (place, byte) in room.iter_mut().zip(parts.iter().copied().flatten()) {
        *place = *byte;
    }
    let seal = sealed::seal(key, header, receiver, room)?;
    writer.bytes(&seal)?;
    Ok(writer.finish())
}

/// A sealed frame as received. Nothing of it is proven before it is opened.
#[derive(Clone, Copy)]
pub(crate) struct Sealed<'a> {
    header: Header,
    body: &'a [u8],
    seal: &'a [u8; sealed::OVERHEAD],
}

impl<'a> Sealed<'a> {
    pub(crate) fn parse(bytes: &'a [u8], expect: &Expect) -> Result<Self, Error> {
        // Seals and tags have one length: the header is checked as any frame's.
        let header = *TaggedFrame::parse(bytes, expect)?.header();
        let (body, seal) = bytes.split_last_chunk().ok_or(Malformed::Truncated)?;
        let body = body.get(Header::LEN..).ok_or(Malformed::Truncated)?;
        Ok(Sealed { header, body, seal })
    }

    /// Parses a frame whose payload begins with the generation.
    pub(crate) fn of_generation(bytes: &'a [u8], expect: &Expect) -> Result<(Generation, Self), Error> {
        let mut frame = Self::parse(bytes, expect)?;
        let (generation, body) = frame.body.split_first_chunk().ok_or(Malformed::Truncated)?;
        frame.body = body;
        Ok((Generation(u32::from_le_bytes(*generation)), frame))
    }

    pub(crate) fn header(&self) -> &Header {
        &self.header
    }

    /// The seal itself: under one key, frames that open have the same seal only if they are the same.
    #[cfg(feature = "alloc")]
    pub(crate) fn seal(&self) -> &'a [u8; sealed::OVERHEAD] {
        self.seal
    }

    /// Bytes of what is sealed.
    #[cfg(feature = "alloc")]
    pub(crate) fn len(&self) -> usize {
        self.body.len()
    }

    /// Opens into `out`, which has the message's length; zeros stay behind on failure.
    pub(crate) fn open(&self, key: &PairKey, receiver: PartyId, out: &mut [u8]) -> Result<(), Error> {
        if self.body.len() != out.len() {
            let short = self.body.len() < out.len();
            return Err(if short { Malformed::Truncated } else { Malformed::TrailingBytes }.into());
        }
        out.copy_from_slice(self.body);
        sealed::open(key, &self.header, receiver, out, self.seal).inspect_err(|_| out.zeroize())?;
        Ok(())
    }
}

/// The header of a ciphertext from the holder of a token.
pub(crate) fn contribution_header(view: &EpochView, sender: PartyId, round: Round) -> Header {
    view.header(Kind::Contribution, Flags::TRANSMISSION, sender, round)
}

/// Writes a ciphertext frame.
pub(crate) fn contribution<'o>(
    out: &'o mut [u8],
    header: &Header,
    key: &PairKey,
    words: impl Iterator<Item = u64>,
) -> Result<&'o [u8], Error> {
    let mut writer = Writer::frame(out, header)?;
    for word in words {
        writer.u64(word)?;
    }
    Ok(writer.finish_tagged(header, key)?)
}

/// Refuses flags that a kind must not lack.
#[cfg(feature = "alloc")]
pub(crate) fn require_flags(header: &Header, flags: u8) -> Result<(), Error> {
    if header.flags.0 == flags { Ok(()) } else { Err(Malformed::UnknownFlags.into()) }
}
