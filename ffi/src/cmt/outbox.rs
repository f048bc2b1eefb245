//! Frames that a step has made for many parties.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use meter_link::{Misuse, PartyId};

use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::guard;
use crate::status::wattsum_status;

/// Frames to be sent, and sent again to whom they did not reach. Nothing in them is secret. To be freed with
/// wattsum_cmt_outbox_free.
pub struct wattsum_cmt_outbox(());

pub(crate) struct Outbox(pub(crate) Vec<(PartyId, Vec<u8>)>);

impl Kind for Outbox {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmob");
}

fn context(outbox: *mut wattsum_cmt_outbox) -> *mut Context<Outbox> {
    outbox.cast()
}

/// How many frames there are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_outbox_count(
    outbox: *mut wattsum_cmt_outbox,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let count = Place::new(count)?;
            count.put(Context::enter(context(outbox), |outbox| Ok(outbox.0.len()))?);
        }
        Ok(())
    })
}

/// The frame with a number, from 0, and whom it is for: 0 is the supplier. On WATTSUM_MISUSE_WRONG_LENGTH it is
/// longer than `frame_size`; on WATTSUM_MISUSE_UNKNOWN_PARTY there are not so many.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_outbox_frame(
    outbox: *mut wattsum_cmt_outbox,
    index: usize,
    receiver: *mut u32,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(receiver, 1), span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (receiver, out, len) =
            unsafe { (Place::new(receiver)?, caller::room(frame, frame_size)?, Place::new(frame_len)?) };
        // SAFETY: as above.
        unsafe {
            Context::enter(context(outbox), |outbox| {
                let (id, frame) = outbox.0.get(index).ok_or(Misuse::UnknownParty)?;
                caller::fill(frame, out, len)?;
                receiver.put(id.0);
                Ok(())
            })
        }
    })
}

/// Frees an outbox. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_outbox_free(outbox: *mut wattsum_cmt_outbox) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(outbox)) })
}
