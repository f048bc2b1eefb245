//! A round of cmt at the supplier, behind a handle.
//!
//! There are no partial sums: a ring's sum needs the ciphertext of every member, checked under the token's key that the
//! supplier alone has, and a ring is small. Sums of several rings are added as the numbers they are.
#![allow(unsafe_code)] // exports

use std::sync::Arc;
use std::vec::Vec;

use cmt_ring::{Collecting, Lost, Params};
use meter_link::{Error, Misuse};

use crate::batch;
use crate::bytes::wattsum_bytes;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::{Failure, guard, guard_blaming};
use crate::status::wattsum_status;

/// A round that waits for the contribution of every member of the ring.
pub struct wattsum_cmt_round(());

pub(crate) struct Running {
    own: Arc<()>,
    channels: usize,
    members: u32,
    /// None once it was closed or given up.
    collecting: Option<Collecting>,
}

impl Kind for Running {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmrd");
}

pub(crate) fn context(round: *mut wattsum_cmt_round) -> *mut Context<Running> {
    round.cast()
}

impl Running {
    pub(super) fn new(params: &Params, own: Arc<()>, collecting: Collecting) -> Self {
        // Nobody has sent yet.
        let members = u32::try_from(collecting.missing().count()).unwrap_or(u32::MAX);
        let channels = params.group().channels.into();
        Running { own, channels, members, collecting: Some(collecting) }
    }

    fn collecting(&mut self) -> Result<&mut Collecting, Failure> {
        self.collecting.as_mut().ok_or(Misuse::OutOfOrder.into())
    }

    /// Gives the round up, for a Lost frame that fits into `room` bytes.
    pub(super) fn take(&mut self, own: &Arc<()>, room: usize) -> Result<Collecting, Failure> {
        if !Arc::ptr_eq(&self.own, own) {
            return Err(Misuse::WrongRole.into());
        }
        if Lost::len(self.collecting()?.missing().count()) > room {
            return Err(Misuse::WrongLength.into());
        }
        self.collecting.take().ok_or(Misuse::OutOfOrder.into())
    }

    fn close(&mut self, sums: &mut [i64]) -> Result<u32, Failure> {
        if sums.len() != self.channels {
            return Err(Misuse::WrongLength.into());
        }
        let missing = u32::try_from(self.collecting()?.missing().count()).unwrap_or(u32::MAX);
        if missing > 0 {
            return Err(
                Error::Quorum { have: self.members.saturating_sub(missing), need: self.members }.into()
            );
        }
        let sum = self.collecting.take().ok_or(Misuse::OutOfOrder)?.close()?;
        for (place, value) in sums.iter_mut().zip(&sum.values) {
            *place = *value;
        }
        Ok(sum.meters)
    }
}

/// WATTSUM_CMT_DRAWN: the round's Start for the concentrator, WATTSUM_CMT_START_LEN bytes. Where derived there is none
/// (WATTSUM_MISUSE_WRONG_MODE): members send at their time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_round_frame(
    round: *mut wattsum_cmt_round,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            Context::enter(context(round), |running| {
                let start = running.collecting()?.start().ok_or(cmt_ring::Misuse::WrongMode)?;
                caller::fill(start, out, len)
            })
        }
    })
}

/// Takes a contribution. `sender`, and `culprit` on a fault, get the NAME of a token, which is no id of the roster: the
/// supplier does not know whose it is. The same frame again changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_round_accept(
    round: *mut wattsum_cmt_round,
    frame: *const u8,
    frame_len: usize,
    sender: *mut u32,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (frame, place) = (caller::lent(frame, frame_len)?, Place::new(sender)?);
            let accept = |running: &mut Running| Ok(running.collecting()?.accept(frame)?);
            place.put(Context::enter(context(round), accept)?.0);
        }
        Ok(())
    })
}

/// Takes many contributions, whose tags are checked side by side. Each gets its status, and in `senders` its token's
/// name, or on a fault the culprit's, else UINT32_MAX. The call is WATTSUM_OK when its arguments were right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_round_accept_many(
    round: *mut wattsum_cmt_round,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (frames, mut outcomes) = batch::batch(frames, count, senders, statuses)?;
            Context::enter(context(round), |running| {
                running.collecting()?.accept_many(&frames, |index, outcome| outcomes.put(index, outcome));
                Ok(())
            })
        }
    })
}

/// Names of the tokens whose contribution has not come. The concentrator's book knows whose they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_round_missing(
    round: *mut wattsum_cmt_round,
    names: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(names, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(names, capacity)?, Place::new(count)?);
            Context::enter(context(round), |running| {
                let names: Vec<u32> = running.collecting()?.missing().map(|name| name.0).collect();
                caller::fill(&names, out, count)
            })
        }
    })
}

/// The sums of a round, one a channel, and the number of meters in them. There are no partial sums: a ring gives the
/// sum of ALL its members or none, and sums of several rings are added as the numbers they are.
///
/// On WATTSUM_QUORUM contributions are missing, and the round goes on; after the deadline
/// wattsum_cmt_supplier_discard gives it up. On WATTSUM_INCONSISTENT the sum is impossible, and the round is lost:
/// wattsum_cmt_supplier_lost.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_round_close(
    round: *mut wattsum_cmt_round,
    sums: *mut i64,
    channels: usize,
    meters: *mut u32,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(sums, channels), span(meters, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (sums, meters) = (caller::room(sums, channels)?, Place::new(meters)?);
            meters.put(Context::enter(context(round), |running| running.close(sums))?);
        }
        Ok(())
    })
}

/// Frees a round, at any time. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_round_free(round: *mut wattsum_cmt_round) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(round)) })
}
