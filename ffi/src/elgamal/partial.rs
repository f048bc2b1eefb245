//! Sums of a part of a round's contributions.
#![allow(unsafe_code)] // exports

use threshold_elgamal::PartialSum;

use super::wattsum_elgamal_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::{Failure, guard};
use crate::status::wattsum_status;

/// The sum of verified contributions of one round, and whose they are: to be made anywhere, in parts, and added in any
/// order. It serves for a comparison with the round's own. NO TRUSTEE TAKES ONE: each adds up itself what it has
/// verified, since a "sum" of somebody else may be one meter's reading.
pub struct wattsum_elgamal_partial(());

impl Kind for PartialSum {
    const MAGIC: u32 = u32::from_be_bytes(*b"egps");
}

fn context(partial: *mut wattsum_elgamal_partial) -> *mut Context<PartialSum> {
    partial.cast()
}

pub(super) fn partial_handle(sum: PartialSum) -> *mut wattsum_elgamal_partial {
    Context::boxed(sum).cast()
}

/// A copy of the sum behind a handle.
///
/// # Safety
/// `partial` is NULL or a handle of this kind.
unsafe fn sum(partial: *mut wattsum_elgamal_partial) -> Result<PartialSum, Failure> {
    // SAFETY: our caller's promise.
    unsafe { Context::enter(context(partial), |sum| Ok(sum.clone())) }
}

/// A partial sum from its bytes. Nothing vouches for them: the way between the utility's own machines must. To be freed
/// with wattsum_elgamal_partial_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_partial_from_bytes(
    params: *const wattsum_elgamal_params,
    bytes: *const u8,
    bytes_len: usize,
    partial: *mut *mut wattsum_elgamal_partial,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let params = caller::one(params)?.to_params()?;
            let (bytes, place) = (caller::lent(bytes, bytes_len)?, Place::new(partial)?);
            place.put(partial_handle(PartialSum::from_bytes(bytes, params.group().max_meters)?));
        }
        Ok(())
    })
}

/// Bytes that wattsum_elgamal_partial_to_bytes gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_partial_len(
    partial: *mut wattsum_elgamal_partial,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(len)?;
            place.put(Context::enter(context(partial), |sum| Ok(sum.to_bytes()?.len()))?);
        }
        Ok(())
    })
}

/// The bytes of a partial sum, nothing secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_partial_to_bytes(
    partial: *mut wattsum_elgamal_partial,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(bytes, size), span(bytes_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(bytes, size)?, Place::new(bytes_len)?);
            Context::enter(context(partial), |sum| caller::fill(&sum.to_bytes()?, out, len))
        }
    })
}

/// Adds another sum of the same round, epoch and key, which stays as it is. WATTSUM_MISUSE_COUNTED_TWICE if a meter is in
/// both; WATTSUM_MISUSE_OUT_OF_ORDER for another round, epoch or key.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_partial_merge(
    partial: *mut wattsum_elgamal_partial,
    other: *mut wattsum_elgamal_partial,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks. The same one twice would be busy: it is a copy.
        unsafe {
            let other = sum(other)?;
            Context::enter(context(partial), |sum| {
                *sum = sum.clone().merge(&other)?;
                Ok(())
            })
        }
    })
}

/// How many meters are in a partial sum.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_partial_meters(
    partial: *mut wattsum_elgamal_partial,
    meters: *mut u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(meters)?;
            place.put(Context::enter(context(partial), |sum| Ok(sum.count()))?);
        }
        Ok(())
    })
}

/// Whether two sums are the same, of the same meters, round, epoch and key: WATTSUM_OK, else WATTSUM_INCONSISTENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_partial_compare(
    partial: *mut wattsum_elgamal_partial,
    other: *mut wattsum_elgamal_partial,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let same = unsafe { sum(partial)? == sum(other)? };
        if same { Ok(()) } else { Err(wattsum_status::WATTSUM_INCONSISTENT.into()) }
    })
}

/// Frees a partial sum. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_partial_free(
    partial: *mut wattsum_elgamal_partial,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(partial)) })
}
