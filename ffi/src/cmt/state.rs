//! What a meter of cmt takes over a loss of power.
#![allow(unsafe_code)] // exports

use super::entry::wattsum_cmt_setup;
use super::meter::{Device, context, rooms, wattsum_cmt_meter};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::{guard, wiping_guard, wiping_guard_blaming};
use crate::status::wattsum_status;

/// Bytes of a meter's state, at most.
pub const WATTSUM_CMT_METER_STATE_MAX: usize = 904;
const _: () = assert!(WATTSUM_CMT_METER_STATE_MAX == Device::MAX_STATE_LEN);

/// Bytes that wattsum_cmt_meter_export writes now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_state_len(
    meter: *mut wattsum_cmt_meter,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let len = Place::new(len)?;
            len.put(Context::enter(context(meter), |meter| Ok(meter.state_len()))?);
        }
        Ok(())
    })
}

/// Writes what a meter needs to go on in its ring after a loss of power. ALL OF IT IS SECRET, its keys read what the
/// meter sends: it belongs into protected storage, over the state before, and the buffer is wiped after use. The link
/// secret is not in it.
///
/// Nothing HAS to be stored but the records: without a state the meter is in no ring until the next generation. Store
/// it after wattsum_cmt_meter_join, _seat and _heal and after wattsum_cmt_gathering_close, after _licensed, _follow
/// and _forsake, and after the first round of each ratchet step. It may be some steps old: with all records replayed,
/// no generation is joined and no interval sent twice.
///
/// `size` is at least what wattsum_cmt_meter_state_len says, never more than WATTSUM_CMT_METER_STATE_MAX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_export(
    meter: *mut wattsum_cmt_meter,
    state: *mut u8,
    size: usize,
    len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: as below.
        let own = unsafe { Context::span(context(meter)) };
        caller::apart(&[own, span(state, size), span(len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (out, len) = unsafe { (caller::room(state, size)?, Place::new(len)?) };
        // SAFETY: as above.
        len.put(unsafe { Context::enter(context(meter), |meter| Ok(meter.to_bytes(out)?.len())) }?);
        Ok(())
    })
}

/// Makes a meter that goes on from a stored state; all else as of wattsum_cmt_meter_new. Then
/// wattsum_cmt_meter_replay ALL records of the epoch, and those of the device's mark, before anything else.
///
/// WATTSUM_MALFORMED_BAD_RECORD: a state that is damaged, or of another epoch, meter or channels. Make a new meter, and
/// replay: it waits for the next generation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_import(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_cmt_setup,
    state: *const u8,
    state_len: usize,
    meter: *mut *mut wattsum_cmt_meter,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let state = caller::lent(state, state_len)?;
            let (setup, place, mut memory) =
                rooms(memory, size, setup, meter, &[span(state.as_ptr(), state_len)])?;
            let own = setup.read()?;
            let at = memory.context::<Device>()?;
            let role = Device::from_bytes(&own.params, &own.view, &own.me, own.channels, state)?;
            Context::settle_with(at, role, memory.used()?);
            place.put(at.cast());
        }
        Ok(())
    })
}
