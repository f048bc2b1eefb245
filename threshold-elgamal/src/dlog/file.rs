//! A table in a file: see docs/dlog.md for the format.

use alloc::vec::Vec;

use sha2::{Digest, Sha256};

use super::DlogTable;
use super::table::{FILLED, Line, SLOTS, Table};
use crate::error::{Error, Malformed};

const MAGIC: [u8; 8] = *b"wattdlog";
const VERSION: u8 = 1;
const HEADER: usize = 16;
const CHECKSUM: usize = 32;

/// Magic, version, bits, slots of a bucket, how many are filled, bits of a tag, bits of a page, cofactor, zero.
fn header(bits: u32) -> [u8; HEADER] {
    const { assert!(SLOTS == 32 && FILLED == 24) };
    let [bits, ..] = bits.to_le_bytes();
    let parameters = [VERSION, bits, 32, 24, 16, 8, 8, 0];
    let mut out = [0; HEADER];
    for (place, byte) in out.iter_mut().zip(MAGIC.into_iter().chain(parameters)) {
        *place = byte;
    }
    out
}

impl DlogTable {
    /// Bytes of the file of a table of 2^bits baby steps.
    pub const fn file_len(bits: u32) -> usize {
        Table::bytes(bits).saturating_add(HEADER + CHECKSUM)
    }

    /// The table as a file holds it, in pieces to be written one after the other. They are the same for all
    /// machines and all ways to build it.
    pub fn write(&self, mut sink: impl FnMut(&[u8])) {
        let mut hash = Sha256::new();
        let mut put = |bytes: &[u8]| {
            hash.update(bytes);
            sink(bytes);
        };
        put(&header(self.bits));
        let mut block = Vec::new();
        for lines in self.table.lines.chunks(1024) {
            block.clear();
            block.extend(lines.iter().flat_map(|Line(tags)| tags).flat_map(|tag| tag.to_le_bytes()));
            put(&block);
        }
        for pages in self.table.pages.chunks(1024) {
            put(pages.as_flattened());
        }
        sink(&hash.finalize());
    }

    /// [`DlogTable::write`] in one piece of [`DlogTable::file_len`] bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::file_len(self.bits));
        self.write(|bytes| out.extend_from_slice(bytes));
        out
    }

    /// The table that [`DlogTable::write`] wrote.
    ///
    /// # Security
    /// The checksum finds damage, not malice. Nothing that a file holds makes a search answer wrongly, allocate
    /// or loop without bound; a forged file can make searches fail or take longer. Where that matters compare
    /// its last 32 bytes with those that docs/dlog.md has for tables of its size.
    ///
    /// # Errors
    /// [`Malformed::TableHeader`] for what is no table of this version; [`Malformed::TableLength`];
    /// [`Malformed::TableChecksum`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (head, _) = bytes.split_first_chunk::<HEADER>().ok_or(Malformed::TableLength)?;
        let [.., bits, _, _, _, _, _, _] = *head;
        let bits = u32::from(bits);
        if *head != header(bits) || !Self::BITS.contains(&bits) {
            return Err(Malformed::TableHeader.into());
        }
        // Before anything is allocated: it never takes more than the bytes that are there.
        if bytes.len() != Self::file_len(bits) {
            return Err(Malformed::TableLength.into());
        }
        let (covered, checksum) = bytes.split_last_chunk::<CHECKSUM>().ok_or(Malformed::TableLength)?;
        if Sha256::digest(covered).as_slice() != checksum {
            return Err(Malformed::TableChecksum.into());
        }
        let body = covered.get(HEADER..).unwrap_or_default();
        let tags = Table::buckets(bits).saturating_mul(2 * SLOTS);
        let (tags, pages) = body.split_at_checked(tags).ok_or(Malformed::TableLength)?;
        let line = |bytes: &[u8; 2 * SLOTS]| {
            let mut line = [0; SLOTS];
            for (tag, bytes) in line.iter_mut().zip(bytes.as_chunks::<2>().0) {
                *tag = u16::from_le_bytes(*bytes);
            }
            Line(line)
        };
        let lines = tags.as_chunks::<{ 2 * SLOTS }>().0.iter().map(line).collect();
        Self::completed(bits, Table { lines, pages: pages.as_chunks::<SLOTS>().0.to_vec() })
    }
}

#[cfg(test)]
mod tests;
