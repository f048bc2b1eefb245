//! A meter of dcnet that was named absent says that it is there.
#![allow(unsafe_code)] // exports

use meter_link::Round;

use super::{Role, context, wattsum_dcnet_meter};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::guard_blaming;
use crate::status::wattsum_status;

/// Bytes of a report.
pub const WATTSUM_DCNET_REPORT_LEN: usize = 32;
const _: () = assert!(WATTSUM_DCNET_REPORT_LEN == Role::REPORT_LEN);

/// Tells the utility that this meter, which the last Open names absent, is there: it can be named present from the next
/// round on. A meter that has taken no Open since it was made may say so too. The same bytes, however often it is asked
/// for in a round; nothing is stored. `frame_size` is at least WATTSUM_DCNET_REPORT_LEN.
///
/// WATTSUM_MISUSE_OUT_OF_ORDER if the last Open names it present. WATTSUM_FAULT_TOO_MANY_CHANGES while it stays away:
/// for 96 rounds after it was named absent though it was sending, since a utility that takes it out and in again could
/// subtract two sums.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_report(
    meter: *mut wattsum_dcnet_meter,
    now: u64,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above; they do not overlap, as is seen first.
        unsafe {
            caller::apart(&[Context::span(context(meter)), span(frame, frame_size), span(frame_len, 1)])?;
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            let now = Round::new(now)?;
            len.put(Context::enter(context(meter), |meter| Ok(meter.report(now, out)?.len()))?);
        }
        Ok(())
    })
}
