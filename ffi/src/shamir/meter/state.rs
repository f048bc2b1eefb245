//! What a meter of shamir needs to go on after a reboot without its link secret.
#![allow(unsafe_code)] // exports

use meter_link::frame::Reader;
use meter_link::{Error, Malformed, Misuse};
use shamir_agg::Meter;

use super::{Site, context, wattsum_shamir_meter, wattsum_shamir_setup};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::{guard, wiping_guard, wiping_guard_blaming};
use crate::status::wattsum_status;

/// Bytes of a meter's state without aggregators.
pub const WATTSUM_SHAMIR_STATE_BASE: usize = 86;
/// Bytes of a meter's state for each aggregator.
pub const WATTSUM_SHAMIR_STATE_AGGREGATOR: usize = 32;

/// Bytes of a meter's state; the same as WATTSUM_SHAMIR_STATE_LEN(aggregators).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_meter_state_len(
    aggregators: usize,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        let place = unsafe { Place::new(len) }?;
        let each = aggregators.checked_mul(WATTSUM_SHAMIR_STATE_AGGREGATOR);
        let len = each.and_then(|each| each.checked_add(WATTSUM_SHAMIR_STATE_BASE));
        place.put(len.ok_or(Misuse::WrongLength)?);
        Ok(())
    })
}

/// Writes what a reboot must find, WATTSUM_SHAMIR_STATE_LEN bytes. It holds KEYS, which read what the meter sends for
/// the rest of the epoch: protected storage, wiped after use.
///
/// Store it once the meter is made, instead of the link secret; and after the first contribution of each ratchet step
/// OVER the state before, whose keys read what was sent. It replaces no record: the mark guards each contribution all
/// the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_meter_export(
    meter: *mut wattsum_shamir_meter,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks; they do not overlap, as is seen first.
        unsafe {
            caller::apart(&[Context::span(context(meter)), span(state, size), span(state_len, 1)])?;
            let (out, place) = (caller::room(state, size)?, Place::new(state_len)?);
            place.put(Context::enter(context(meter), |meter| Ok(meter.to_bytes(out)?.len()))?);
        }
        Ok(())
    })
}

/// A meter from its stored state, in `memory` as of wattsum_shamir_meter_new, which see also for what is wiped. The
/// device's mark is replayed as always.
///
/// Of `setup` the entries of aggregators are not read, since their keys are in the state; the pointer may be NULL, the
/// number may not differ. WATTSUM_MALFORMED_BAD_RECORD if the state is damaged, of another epoch, or of another id or
/// first channel than `setup` has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_meter_import(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_shamir_setup,
    state: *const u8,
    state_len: usize,
    meter: *mut *mut wattsum_shamir_meter,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        let (site, state) = unsafe {
            let site = Site::new(memory, size, setup, span(state, state_len), meter)?;
            (site, caller::lent(state, state_len)?)
        };
        let own = (site.setup.id, site.setup.first_channel);
        if seat(state).ok() != Some(own) {
            return Err(Error::from(Malformed::BadRecord).into());
        }
        site.settle(|params, view, room| Ok(Meter::from_bytes(params, view, room, state)?))
    })
}

/// Whose state it is: id and first channel, behind version and context.
fn seat(state: &[u8]) -> Result<(u32, u16), Error> {
    let mut reader = Reader::new(state);
    reader.bytes(1 + 32)?;
    Ok((reader.u32()?, reader.u16()?))
}
