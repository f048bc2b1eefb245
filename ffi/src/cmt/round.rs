//! A meter's part of a round of cmt.
#![allow(unsafe_code)] // exports

use cmt_ring::message;
use meter_link::mark::MarkRecord;
use meter_link::{Misuse, Round};

use super::meter::{context, wattsum_cmt_meter};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::entropy;
use crate::guard::{guard_blaming, wiping_guard_blaming};
use crate::link::WATTSUM_KEY_LEN;
use crate::mark::{self, WATTSUM_MARK_CHANNELS, WATTSUM_MARK_RECORD_LEN, stored, wattsum_mark};
use crate::status::wattsum_status;

/// Header, and tag or seal.
const FRAME: usize = 32;
/// A contribution and a Delta of a device whose channels are all in one group.
const BOTH: usize = 2 * (FRAME + WATTSUM_MARK_CHANNELS * message::WORD);

/// WATTSUM_CMT_DERIVED: makes the one contribution of a round, for the supplier; all members do so side by side, the
/// concentrator too. `reading` holds a value for each channel, `now` is the present round by the device's own clock.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
/// is spent, also if the frame is lost; to send again, send the same bytes. After the first round of each ratchet step
/// write the state (wattsum_cmt_meter_export) over the one before: its keys read what was sent.
///
/// `frame_size` is at least WATTSUM_CMT_CONTRIBUTION_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_MARK_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_contribute(
    meter: *mut wattsum_cmt_meter,
    mark: *mut wattsum_mark,
    now: u64,
    round: u64,
    reading: *const i64,
    channels: usize,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(mark, 1),
            span(reading, channels),
            span(record, WATTSUM_MARK_RECORD_LEN),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        let (reading, record, out, len) = unsafe {
            let record = Place::<MarkRecord>::new(record.cast())?;
            let reading = caller::lent(reading, channels)?;
            (reading, record, caller::room(frame, frame_size)?, Place::new(frame_len)?)
        };
        let (now, round) = (Round::new(now)?, Round::new(round)?);
        // SAFETY: as above.
        let prepared = unsafe {
            Context::enter(context(meter), |meter| {
                Context::enter(mark::context(mark), |mark| {
                    Ok(meter.contribute(mark, now, round, reading, out)?)
                })
            })
        }?;
        record.put(stored(&prepared)?);
        len.put(prepared.stored().len());
        Ok(())
    })
}

/// WATTSUM_CMT_DRAWN: takes the Delta of the member before, draws the own one, and makes the one contribution of a
/// round: `contribution` goes to the supplier, `delta` to the member after. The concentrator starts and closes the
/// round instead.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before either frame leaves the device. From here on the
/// interval is spent, also if a frame is lost; to send again, send the same bytes.
///
/// `contribution` has room for `contribution_size` bytes, at least WATTSUM_CMT_CONTRIBUTION_LEN, `delta` for
/// `delta_size`, at least WATTSUM_CMT_DELTA_LEN; so many are written.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32],[record;WATTSUM_MARK_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_relay(
    meter: *mut wattsum_cmt_meter,
    mark: *mut wattsum_mark,
    now: u64,
    round: u64,
    reading: *const i64,
    channels: usize,
    received: *const u8,
    received_len: usize,
    entropy: *const u8,
    record: *mut u8,
    contribution: *mut u8,
    contribution_size: usize,
    delta: *mut u8,
    delta_size: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        let outputs = [
            span(record, WATTSUM_MARK_RECORD_LEN),
            span(contribution, contribution_size),
            span(delta, delta_size),
        ];
        caller::apart(&outputs)?;
        let [first, second, third] = outputs;
        // SAFETY: as below.
        let (own, mark_at) = (unsafe { Context::span(context(meter)) }, span(mark, 1));
        caller::apart(&[own, mark_at, span(reading, channels), first, second, third])?;
        caller::apart(&[own, mark_at, span(received, received_len), first, second, third])?;
        caller::apart(&[own, mark_at, span(entropy, WATTSUM_KEY_LEN), first, second, third])?;
        // SAFETY: as above; what is written overlaps nothing.
        let (reading, received, entropy, record, contribution, delta) = unsafe {
            let record = Place::<MarkRecord>::new(record.cast())?;
            let (reading, received) =
                (caller::lent(reading, channels)?, caller::lent(received, received_len)?);
            let delta = caller::room(delta, delta_size)?;
            let contribution = caller::room(contribution, contribution_size)?;
            (reading, received, caller::bytes(entropy)?, record, contribution, delta)
        };
        let (now, round) = (Round::new(now)?, Round::new(round)?);
        let mut rng = entropy::generator("cmt delta", entropy)?;
        // Looked at before the interval is spent. Another count than the group's is refused by the meter.
        let need = frame_len(channels)?;
        if contribution.len() < need || delta.len() < need {
            return Err(Misuse::WrongLength.into());
        }
        // The role writes both frames side by side.
        let mut out = [0u8; BOTH];
        // SAFETY: as above.
        let prepared = unsafe {
            Context::enter(context(meter), |meter| {
                Context::enter(mark::context(mark), |mark| {
                    Ok(meter.relay(mark, now, round, reading, received, &mut out, &mut rng)?)
                })
            })
        }?;
        let kept = stored(&prepared)?;
        let sent = prepared.stored();
        copy(contribution, sent.contribution);
        copy(delta, sent.delta);
        record.put(kept);
        Ok(())
    })
}

/// WATTSUM_CMT_DRAWN, at the concentrator: starts the round that the supplier's Start asks for, and makes the Delta
/// for the member after. The own reading is spent on it; the own contribution comes with wattsum_cmt_meter_close. A
/// round that was started before and not closed is given up: its ring is broken.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before `delta` leaves the device. To send again, send the
/// same bytes. A round that is on its way is not in the state: after a loss of power it is lost.
///
/// `delta_size` is at least WATTSUM_CMT_DELTA_LEN.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32],[record;WATTSUM_MARK_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_start(
    meter: *mut wattsum_cmt_meter,
    mark: *mut wattsum_mark,
    now: u64,
    round: u64,
    reading: *const i64,
    channels: usize,
    start: *const u8,
    start_len: usize,
    entropy: *const u8,
    record: *mut u8,
    delta: *mut u8,
    delta_size: usize,
    delta_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        let outputs = [span(record, WATTSUM_MARK_RECORD_LEN), span(delta, delta_size), span(delta_len, 1)];
        let [first, second, third] = outputs;
        // SAFETY: as below.
        let (own, mark_at) = (unsafe { Context::span(context(meter)) }, span(mark, 1));
        caller::apart(&[own, mark_at, span(reading, channels), first, second, third])?;
        caller::apart(&[own, mark_at, span(start, start_len), first, second, third])?;
        caller::apart(&[own, mark_at, span(entropy, WATTSUM_KEY_LEN), first, second, third])?;
        // SAFETY: as above; what is written overlaps nothing.
        let (reading, start, entropy, record, out, len) = unsafe {
            let record = Place::<MarkRecord>::new(record.cast())?;
            let (reading, start) = (caller::lent(reading, channels)?, caller::lent(start, start_len)?);
            let (out, len) = (caller::room(delta, delta_size)?, Place::new(delta_len)?);
            (reading, start, caller::bytes(entropy)?, record, out, len)
        };
        let (now, round) = (Round::new(now)?, Round::new(round)?);
        let mut rng = entropy::generator("cmt delta", entropy)?;
        // SAFETY: as above.
        let prepared = unsafe {
            Context::enter(context(meter), |meter| {
                Context::enter(mark::context(mark), |mark| {
                    Ok(meter.start(mark, now, round, reading, start, out, &mut rng)?)
                })
            })
        }?;
        record.put(stored(&prepared)?);
        len.put(prepared.stored().len());
        Ok(())
    })
}

/// WATTSUM_CMT_DRAWN, at the concentrator: takes the Delta of the last member, which closes the ring, and only now
/// makes the own contribution for the supplier. What it needs was stored at the start.
///
/// `frame_size` is at least WATTSUM_CMT_CONTRIBUTION_LEN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_close(
    meter: *mut wattsum_cmt_meter,
    now: u64,
    received: *const u8,
    received_len: usize,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(received, received_len),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        let (received, out, len) = unsafe {
            let received = caller::lent(received, received_len)?;
            (received, caller::room(frame, frame_size)?, Place::new(frame_len)?)
        };
        let now = Round::new(now)?;
        // SAFETY: as above.
        let written =
            unsafe { Context::enter(context(meter), |meter| Ok(meter.close(now, received, out)?.len())) }?;
        len.put(written);
        Ok(())
    })
}

/// Bytes of a contribution, and of a Delta.
fn frame_len(channels: usize) -> Result<usize, Misuse> {
    let words = channels.checked_mul(message::WORD);
    words.and_then(|words| words.checked_add(FRAME)).ok_or(Misuse::WrongLength)
}

/// Puts a frame into room that was seen to be enough for it.
fn copy(out: &mut [u8], frame: &[u8]) {
    for (place, byte) in out.iter_mut().zip(frame) {
        *place = *byte;
    }
}
