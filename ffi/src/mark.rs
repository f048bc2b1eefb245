//! One reading, one home: the device's mark.
#![allow(unsafe_code)] // exports

use meter_link::{Error, HighWater, Malformed, Prepared};

use crate::caller::{self, span};
use crate::context::{Context, Kind};
use crate::guard::{Failure, guard};
use crate::status::wattsum_status;

/// Channels of a device: what it measures side by side (import, export, ...).
pub const WATTSUM_MARK_CHANNELS: usize = 8;
/// Bytes of the record of a contribution.
pub const WATTSUM_MARK_RECORD_LEN: usize = 17;
/// Words of a mark.
pub const WATTSUM_MARK_WORDS: usize = 10;

/// Until when each channel of a device has contributed. ONE for the whole device, all protocols, groups and sessions
/// together: two sums that contain the same reading subtract to it. It may not be copied or moved, and counts as a
/// role: one thread at a time, also where the meters that share it are in different threads.
#[repr(C)]
pub struct wattsum_mark {
    /// Nothing for the caller.
    pub words: [u64; WATTSUM_MARK_WORDS],
}

pub(crate) type Mark = HighWater<WATTSUM_MARK_CHANNELS>;

impl Kind for Mark {
    const MAGIC: u32 = u32::from_be_bytes(*b"mark");
}

const _: () = assert!(size_of::<Context<Mark>>() <= size_of::<wattsum_mark>());
const _: () = assert!(align_of::<Context<Mark>>() <= align_of::<wattsum_mark>());
const _: () = assert!(WATTSUM_MARK_RECORD_LEN == Mark::RECORD_LEN);

pub(crate) fn context(mark: *mut wattsum_mark) -> *mut Context<Mark> {
    mark.cast()
}

/// A device that never contributed: once after each start. Then give it ALL stored records with wattsum_mark_replay,
/// before anything else; a mark that lacks some lets readings be contributed twice.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_mark_new(mark: *mut wattsum_mark) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe {
            caller::Place::new(mark)?;
            Context::settle(context(mark), Mark::new());
        }
        Ok(())
    })
}

/// Takes a stored record into account; all records of the device's log, in any order.
///
/// WATTSUM_MALFORMED_BAD_RECORD: at the end of the log a record that a loss of power has torn, whole or part, whose
/// frame has not left. Cut the log back to whole valid records BEFORE the first append: later records would lie behind
/// the torn bytes, and be lost with them. Anywhere else the log is damaged: stop, do not skip.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_mark_replay(
    mark: *mut wattsum_mark,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[span(mark, 1), span(record, record_len)])?;
            let record = caller::lent(record, record_len)?;
            Context::enter(context(mark), |mark| Ok(mark.replay(record)?))
        }
    })
}

/// The record of a step, of the length that its type has.
pub(crate) fn stored<T, R: AsRef<[u8]>, const N: usize>(
    prepared: &Prepared<T, R>,
) -> Result<[u8; N], Failure> {
    Ok(prepared.record().try_into().map_err(|_| Error::from(Malformed::BadRecord))?)
}
