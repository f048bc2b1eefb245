//! Reading and writing fixed-width little-endian fields.

use crate::error::{Error, Malformed, Misuse};
use crate::field::Field64;

/// Takes fields off the front of a payload. Every method fails with [`Malformed::Truncated`] where bytes
/// are missing, and leaves the reader as it was.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// Over a payload.
    #[inline]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    /// How many bytes are left.
    pub const fn left(&self) -> usize {
        self.0.len()
    }

    /// N bytes.
    ///
    /// # Errors
    /// [`Malformed::Truncated`].
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], Error> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(Malformed::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    /// `len` bytes.
    ///
    /// # Errors
    /// [`Malformed::Truncated`].
    pub fn bytes(&mut self, len: usize) -> Result<&'a [u8], Error> {
        let (head, rest) = self.0.split_at_checked(len).ok_or(Malformed::Truncated)?;
        self.0 = rest;
        Ok(head)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Malformed::Truncated`].
    pub fn u8(&mut self) -> Result<u8, Error> {
        self.array::<1>().map(|[b]| *b)
    }

    /// A u16.
    ///
    /// # Errors
    /// [`Malformed::Truncated`].
    pub fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(|b| u16::from_le_bytes(*b))
    }

    /// A u32.
    ///
    /// # Errors
    /// [`Malformed::Truncated`].
    pub fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(|b| u32::from_le_bytes(*b))
    }

    /// A u64.
    ///
    /// # Errors
    /// [`Malformed::Truncated`].
    pub fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(|b| u64::from_le_bytes(*b))
    }

    /// A canonical field element.
    ///
    /// # Errors
    /// [`Malformed::Truncated`], [`Malformed::NotCanonical`].
    #[inline]
    pub fn element(&mut self) -> Result<Field64, Error> {
        Field64::from_bytes(*self.array()?)
    }

    /// Fills `out` with canonical field elements.
    ///
    /// # Errors
    /// [`Malformed::Truncated`], [`Malformed::NotCanonical`].
    #[inline]
    pub fn elements(&mut self, out: &mut [Field64]) -> Result<(), Error> {
        let mut ahead = *self;
        for slot in out {
            *slot = ahead.element()?;
        }
        *self = ahead;
        Ok(())
    }

    /// All that is left.
    pub const fn rest(self) -> &'a [u8] {
        self.0
    }

    /// # Errors
    /// [`Malformed::TrailingBytes`] unless everything was read.
    #[inline]
    pub const fn end(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Malformed(Malformed::TrailingBytes)) }
    }
}

/// Puts fields into a caller's buffer. Every method fails with [`Misuse::WrongLength`] where the buffer is
/// too small.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl<'a> Writer<'a> {
    /// Into a buffer.
    pub const fn new(out: &'a mut [u8]) -> Self {
        Writer { out, at: 0 }
    }

    /// Bytes as they are.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.room(bytes.len())?.copy_from_slice(bytes);
        Ok(())
    }

    /// Room for `len` bytes, to be filled in any order.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn room(&mut self, len: usize) -> Result<&mut [u8], Error> {
        let (place, _) = self
            .out
            .get_mut(self.at..)
            .and_then(|rest| rest.split_at_mut_checked(len))
            .ok_or(Misuse::WrongLength)?;
        self.at = self.at.wrapping_add(len); // within the buffer, as just seen
        Ok(place)
    }

    /// One byte.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn u8(&mut self, value: u8) -> Result<(), Error> {
        self.bytes(&[value])
    }

    /// A u16.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn u16(&mut self, value: u16) -> Result<(), Error> {
        self.bytes(&value.to_le_bytes())
    }

    /// A u32.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn u32(&mut self, value: u32) -> Result<(), Error> {
        self.bytes(&value.to_le_bytes())
    }

    /// A u64.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn u64(&mut self, value: u64) -> Result<(), Error> {
        self.bytes(&value.to_le_bytes())
    }

    /// Field elements.
    ///
    /// # Errors
    /// [`Misuse::WrongLength`].
    pub fn elements(&mut self, values: &[Field64]) -> Result<(), Error> {
        values.iter().try_for_each(|v| self.bytes(&v.to_bytes()))
    }

    /// What was written so far.
    pub fn written(&self) -> &[u8] {
        self.out.get(..self.at).unwrap_or_default()
    }

    /// What was written, for the rest of the buffer's life.
    pub fn finish(self) -> &'a mut [u8] {
        let at = self.at;
        self.out.get_mut(..at).unwrap_or_default()
    }
}
