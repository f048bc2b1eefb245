//! What the supplier of cmt takes over a restart.
#![allow(unsafe_code)] // exports

use cmt_ring::Supplier;
use meter_link::LinkSecret;

use super::{context, make, wattsum_cmt_supplier};
use crate::caller::{self, Place, span};
use crate::cmt::wattsum_cmt_params;
use crate::context::Context;
use crate::epoch::wattsum_epoch;
use crate::guard::{guard, wiping_guard};
use crate::link::SpentLink;
use crate::roster::wattsum_roster;
use crate::status::wattsum_status;

/// Bytes that wattsum_cmt_supplier_export writes now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_state_len(
    supplier: *mut wattsum_cmt_supplier,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let len = Place::new(len)?;
            len.put(Context::enter(context(supplier), |head| Ok(head.supplier.to_bytes()?.len()))?);
        }
        Ok(())
    })
}

/// Writes what the supplier needs to go on after a restart, ALL OF IT SECRET: the registry, how far rounds have come,
/// and the present ring with its keys. For protected storage, whole, over the one before; the buffer is wiped after
/// use. Store it when a ring was registered or healed and when a meter was expelled or readmitted; rounds and
/// licences have records of their own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_export(
    supplier: *mut wattsum_cmt_supplier,
    state: *mut u8,
    size: usize,
    len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(state, size), span(len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(state, size)?, Place::new(len)?);
            Context::enter(context(supplier), |head| caller::fill(&head.supplier.to_bytes()?, out, len))
        }
    })
}

/// A supplier that goes on from its state. Then wattsum_cmt_supplier_replay all records of the epoch. `link_secret`
/// is that of its announced link key, which is wiped on success; NULL, and no further generation can be registered.
/// To be freed with wattsum_cmt_supplier_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_import(
    params: *const wattsum_cmt_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    state: *const u8,
    state_len: usize,
    supplier: *mut *mut wattsum_cmt_supplier,
) -> wattsum_status {
    wiping_guard(|| {
        SpentLink::apart(link_secret, identity_secret, supplier)?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (state, place) = (caller::lent(state, state_len)?, Place::new(supplier)?);
            let (link, spent): (Option<LinkSecret>, _) = if link_secret.is_null() {
                (None, None)
            } else {
                let (link, spent) = SpentLink::new(link_secret)?;
                (Some(link), Some(spent))
            };
            let head = make(params, epoch, roster, identity_secret, |params, view, roster| {
                Supplier::from_bytes(params, view, roster, link, state)
            })?;
            if let Some(spent) = spent {
                spent.wipe();
            }
            place.put(Context::boxed(head).cast());
        }
        Ok(())
    })
}
