//! Tables of discrete logarithms: how a sum is read off a point.
#![allow(unsafe_code)] // exports

use threshold_elgamal::{DlogTable, Misuse};

use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::{Failure, guard};
use crate::status::wattsum_status;

/// Bits of a table that suits sums up to 2^40.
pub const WATTSUM_ELGAMAL_TABLE_BITS: u32 = 19;
const _: () = assert!(WATTSUM_ELGAMAL_TABLE_BITS == DlogTable::DEFAULT_BITS);

/// A table of discrete logarithms, for all groups. It never changes, and several threads may use one at once.
pub struct wattsum_elgamal_table(());

impl Kind for DlogTable {
    const MAGIC: u32 = u32::from_be_bytes(*b"egdl");
}

pub(super) fn context(table: *mut wattsum_elgamal_table) -> *mut Context<DlogTable> {
    table.cast()
}

/// Builds a table of 2^bits steps, 8 to 26 bits, of 4 bytes each: twice as large a table halves the time of a search
/// far from 0. It is the same on all machines. To be freed with wattsum_elgamal_table_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_table_build(
    bits: u32,
    table: *mut *mut wattsum_elgamal_table,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        let place = unsafe { Place::new(table) }?;
        place.put(Context::boxed(DlogTable::build(bits)?).cast());
        Ok(())
    })
}

/// Bytes of a table in a file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_table_len(bits: u32, len: *mut usize) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        let place = unsafe { Place::new(len) }?;
        if !DlogTable::BITS.contains(&bits) {
            return Err(Misuse::TableSize.into());
        }
        place.put(DlogTable::file_len(bits));
        Ok(())
    })
}

/// A table as a file holds it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_table_write(
    table: *mut wattsum_elgamal_table,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(bytes, size), span(bytes_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(bytes, size)?, Place::new(bytes_len)?);
            Context::look(context(table), |table| write(table, out, len))
        }
    })
}

/// Piece by piece, without a second table in memory.
fn write(table: &DlogTable, out: &mut [u8], len: Place<usize>) -> Result<(), Failure> {
    let size = DlogTable::file_len(table.bits());
    let mut rest = out.get_mut(..size).ok_or(meter_link::Misuse::WrongLength)?;
    table.write(|piece| {
        // All pieces together are as long as the file.
        if let Some((now, later)) = core::mem::take(&mut rest).split_at_mut_checked(piece.len()) {
            now.copy_from_slice(piece);
            rest = later;
        }
    });
    len.put(size);
    Ok(())
}

/// A table from a file. A damaged one is refused; whatever a forged one holds, no search gives a wrong sum by it. To be
/// freed with wattsum_elgamal_table_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_table_read(
    bytes: *const u8,
    bytes_len: usize,
    table: *mut *mut wattsum_elgamal_table,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (bytes, place) = unsafe { (caller::lent(bytes, bytes_len)?, Place::new(table)?) };
        place.put(Context::boxed(DlogTable::from_bytes(bytes)?).cast());
        Ok(())
    })
}

/// Frees a table. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_table_free(table: *mut wattsum_elgamal_table) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(table)) })
}
