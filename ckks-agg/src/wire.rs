//! Bytes: residues of as many bits as their prime has, and the header in front of them.

mod header;
mod pack;

pub use header::Form;
pub(crate) use header::{Header, possible};
pub(crate) use pack::{pack, pack_all, packed_len, packed_len_all, unpack, unpack_all};

use crate::error::{Error, Malformed};

/// Takes fields off the front of received bytes.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a> {
    rest: &'a [u8],
    all: usize,
}

impl<'a> Input<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Input { rest: bytes, all: bytes.len() }
    }

    /// # Errors
    /// [`Malformed::Truncated`].
    pub(crate) fn bytes(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let Some((head, rest)) = self.rest.split_at_checked(len) else {
            let need = self.all.saturating_sub(self.rest.len()).saturating_add(len);
            let [have, need] = [self.all, need].map(|len| u32::try_from(len).unwrap_or(u32::MAX));
            return Err(Malformed::Truncated { have, need }.into());
        };
        self.rest = rest;
        Ok(head)
    }

    /// # Errors
    /// [`Malformed::Truncated`].
    pub(crate) fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        self.bytes(N)?.first_chunk().ok_or(Error::Inconsistent)
    }

    /// # Errors
    /// [`Malformed::Truncated`].
    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(|[byte]| *byte)
    }

    /// # Errors
    /// [`Malformed::Truncated`].
    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(|bytes| u16::from_le_bytes(*bytes))
    }

    /// # Errors
    /// [`Malformed::Truncated`].
    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(|bytes| u32::from_le_bytes(*bytes))
    }

    /// # Errors
    /// [`Malformed::TrailingBytes`] unless everything was read.
    pub(crate) const fn end(self) -> Result<(), Error> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::Malformed(Malformed::TrailingBytes)) }
    }
}
