//! One reading, one home: the device's mark.
#![allow(unsafe_code)] // exports

use meter_link::HighWater;

use crate::caller;
use crate::context::{Context, Kind};
use crate::guard::guard;
use crate::status::wattsum_status;

/// Channels of a device: what it measures side by side (import, export, ...).
pub const WATTSUM_MARK_CHANNELS: usize = 8;
/// Bytes of the record of a contribution.
pub const WATTSUM_MARK_RECORD_LEN: usize = 17;
/// Words of a mark.
pub const WATTSUM_MARK_WORDS: usize = 10;

/// Until when each channel of a device has contributed. ONE for the whole device, all protocols, groups and sessions
/// together: two sums that contain the same reading subtract to it. It may not be copied or moved.
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

/// A device that never contributed. After a start, give it all stored records with wattsum_mark_replay before
/// anything else.
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

/// Takes a stored record into account, in any order.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_mark_replay(
    mark: *mut wattsum_mark,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = caller::lent(record, record_len)?;
            Context::enter(context(mark), |mark| Ok(mark.replay(record)?))
        }
    })
}
