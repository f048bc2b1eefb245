//! Licences and claims, at the supplier of a group with terms.
#![allow(unsafe_code)] // exports

use cmt_ring::LicenceRecord;
use meter_link::{PartyId, Round};

use super::supplier::{context, wattsum_cmt_supplier};
use super::terms::{WATTSUM_CMT_LICENCE_FRAME_LEN, wattsum_cmt_claim};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::{guard, guard_blaming};
use crate::mark::stored;
use crate::status::wattsum_status;

/// Bytes of what a supplier stores of a licence.
pub const WATTSUM_CMT_LICENCE_RECORD_LEN: usize = 17;
const _: () = assert!(WATTSUM_CMT_LICENCE_RECORD_LEN == size_of::<LicenceRecord>());

/// Answers a meter's request for a licence. For a number that was issued the last licence comes again, byte for byte.
///
/// STORE FIRST, SEND THEN: `record` is appended and synced before `frame` leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_CMT_LICENCE_RECORD_LEN],[frame;WATTSUM_CMT_LICENCE_FRAME_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_licence(
    supplier: *mut wattsum_cmt_supplier,
    now: u64,
    request: *const u8,
    request_len: usize,
    record: *mut u8,
    frame: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[
            span(request, request_len),
            span(record, WATTSUM_CMT_LICENCE_RECORD_LEN),
            span(frame, WATTSUM_CMT_LICENCE_FRAME_LEN),
        ])?;
        // SAFETY: as above.
        unsafe {
            let record = Place::<LicenceRecord>::new(record.cast())?;
            let place = Place::<[u8; WATTSUM_CMT_LICENCE_FRAME_LEN]>::new(frame.cast())?;
            let (request, now) = (caller::lent(request, request_len)?, Round::new(now)?);
            let prepared = Context::enter(context(supplier), |head| {
                Ok(head.supplier.licence(&head.identity, now, request)?)
            })?;
            record.put(stored(&prepared)?);
            place.put(prepared.stored());
        }
        Ok(())
    })
}

/// Takes a meter out of the registry: it gets no licence, and no ring with it is taken. A ring that runs goes on.
/// Store the state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_expel(
    supplier: *mut wattsum_cmt_supplier,
    meter: u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::enter(context(supplier), |head| Ok(head.supplier.expel(PartyId(meter))?)) }
    })
}

/// Takes an expelled meter back. Store the state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_readmit(
    supplier: *mut wattsum_cmt_supplier,
    meter: u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::enter(context(supplier), |head| Ok(head.supplier.readmit(PartyId(meter))?)) }
    })
}

/// Whether a meter has a licence that is good for a new generation: 1 or 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_is_licensed(
    supplier: *mut wattsum_cmt_supplier,
    meter: u32,
    licensed: *mut u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(licensed)?;
            place.put(Context::enter(context(supplier), |head| {
                Ok(head.supplier.is_licensed(PartyId(meter)).into())
            })?);
        }
        Ok(())
    })
}

/// Takes a Claim: the GroupKey of its generation is to come from the claimant. Gather claims until a deadline before
/// a GroupKey is handed to wattsum_cmt_supplier_register. WATTSUM_FAULT_BAD_LICENCE blames a MEMBER without a licence
/// that holds: tell the claimant, who does without it. Nothing is stored: after a restart the claims are sent again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_claimed(
    supplier: *mut wattsum_cmt_supplier,
    now: u64,
    frame: *const u8,
    frame_len: usize,
    claim: *mut wattsum_cmt_claim,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[span(frame, frame_len), span(claim, 1)])?;
        // SAFETY: as above.
        unsafe {
            let (place, frame) = (Place::new(claim)?, caller::lent(frame, frame_len)?);
            let now = Round::new(now)?;
            let claim = Context::enter(context(supplier), |head| Ok(head.supplier.claimed(now, frame)?))?;
            place.put(wattsum_cmt_claim::new(Some(&claim)));
        }
        Ok(())
    })
}

/// Gives up the claim whose GroupKey is waited for, at EVERY deadline without one: the next claim, if there is any,
/// takes its place. `claim` gets the one that was given up; its generation is 0 if there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_forsake(
    supplier: *mut wattsum_cmt_supplier,
    now: u64,
    claim: *mut wattsum_cmt_claim,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (place, now) = (Place::new(claim)?, Round::new(now)?);
            let forsaken = Context::enter(context(supplier), |head| Ok(head.supplier.forsake(now)))?;
            place.put(wattsum_cmt_claim::new(forsaken.as_ref()));
        }
        Ok(())
    })
}
