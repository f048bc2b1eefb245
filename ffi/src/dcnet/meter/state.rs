//! What a meter of dcnet needs to go on after a reboot without its link secret.
#![allow(unsafe_code)] // exports

use dcnet_core::Meter;
use meter_link::frame::Reader;
use meter_link::{Error, Malformed, Misuse};

use super::{Site, context, wattsum_dcnet_meter, wattsum_dcnet_setup};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::{guard, wiping_guard, wiping_guard_blaming};
use crate::status::wattsum_status;

/// Bytes of a meter's state without holders and neighbours.
pub const WATTSUM_DCNET_STATE_BASE: usize = 223;
/// Bytes of a meter's state for each holder.
pub const WATTSUM_DCNET_STATE_HOLDER: usize = 32;
/// Bytes of a meter's state for each neighbour.
pub const WATTSUM_DCNET_STATE_NEIGHBOUR: usize = 36;

/// Bytes of a meter's state; the same as WATTSUM_DCNET_STATE_LEN(neighbours, holders).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_state_len(
    neighbours: usize,
    holders: usize,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        let place = unsafe { Place::new(len) }?;
        let each = holders
            .checked_mul(WATTSUM_DCNET_STATE_HOLDER)
            .zip(neighbours.checked_mul(WATTSUM_DCNET_STATE_NEIGHBOUR))
            .and_then(|(holders, neighbours)| holders.checked_add(neighbours));
        let len = each.and_then(|each| each.checked_add(WATTSUM_DCNET_STATE_BASE));
        place.put(len.ok_or(Misuse::WrongLength)?);
        Ok(())
    })
}

/// Writes what a reboot must find, WATTSUM_DCNET_STATE_LEN bytes. It holds KEYS, which read what the meter sends for
/// the rest of the epoch: protected storage, wiped after use.
///
/// Store it once the meter is made, instead of the link secret; and after the first Open of each ratchet step OVER the
/// state before, whose keys read what was sent. It replaces no record: those of marks and Closes are stored all the
/// same.
///
/// STORE FIRST, SEND THEN: a state that is stored before a contribution or a repair leaves, in addition to the step's
/// own record, lets the round go on after a reboot. Without it the meter is silent for the rest of the round.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_export(
    meter: *mut wattsum_dcnet_meter,
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

/// A meter from its stored state, in `memory` as of wattsum_dcnet_meter_new, which see also for what is wiped.
/// Then wattsum_dcnet_meter_replay takes ALL records of Closes that were stored since, or all there are: a state of
/// before a Close would answer a second one. The device's mark is replayed as always.
///
/// Of `setup` the entries of holders and neighbours are not read, since their keys are in the state; the pointers may
/// be NULL, the numbers may not differ. WATTSUM_MALFORMED_BAD_RECORD if the state is damaged, of another epoch, or of
/// another id, position or first channel than `setup` has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_import(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_dcnet_setup,
    state: *const u8,
    state_len: usize,
    meter: *mut *mut wattsum_dcnet_meter,
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
        let own = (site.setup.id, site.setup.position, site.setup.first_channel);
        if seat(state).ok() != Some(own) {
            return Err(Error::from(Malformed::BadRecord).into());
        }
        site.settle(|params, view, holders, neighbours| {
            Ok(Meter::from_bytes(params, view, holders, neighbours, state)?)
        })
    })
}

/// Whose state it is: id, position and first channel, behind version and context.
fn seat(state: &[u8]) -> Result<(u32, u32, u16), Error> {
    let mut reader = Reader::new(state);
    reader.bytes(1 + 32)?;
    Ok((reader.u32()?, reader.u32()?, reader.u16()?))
}
