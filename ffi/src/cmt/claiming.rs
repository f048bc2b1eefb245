//! A meter that may be concentrator claims a generation, or hands the role over: on a device with a heap.
#![allow(unsafe_code)] // exports

use cmt_ring::{ClaimRecord, Generation};
use meter_link::set::Members;
use meter_link::{Misuse, Round};
use std::vec::Vec;

use super::book::{self, wattsum_cmt_book};
use super::entry::wattsum_cmt_setup;
use super::meter::{Device, WATTSUM_CMT_GENERATION_RECORD_LEN, check_epoch, context, wattsum_cmt_meter};
use crate::caller::{self, Place, fill, span};
use crate::context::Context;
use crate::guard::{Failure, guard_blaming, wiping_guard};
use crate::link::{WATTSUM_KEY_LEN, identity};
use crate::mark::stored;
use crate::status::wattsum_status::{self, WATTSUM_MISUSE_BAD_VALUE};

/// What an old concentrator hands over.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_handed_over {
    /// The next generation's first round.
    pub from: u64,
    /// The next generation.
    pub generation: u32,
}

/// A set of positions, which ascend.
pub(crate) fn set(meters: u32, positions: &[u32]) -> Result<Members, Failure> {
    if !positions.is_sorted_by(|a, b| a < b) || positions.last().is_some_and(|last| *last >= meters) {
        return Err(WATTSUM_MISUSE_BAD_VALUE.into());
    }
    let mut members = Members::none(meters);
    positions.iter().for_each(|position| members.set(*position, true));
    Ok(members)
}

/// Claims a generation of these members, among whom the draw makes this meter concentrator
/// (wattsum_cmt_concentrator): a Claim for all meters and the supplier. This meter follows its own claim from here
/// on. `members` are positions, ascending. `setup` is the meter's. The same claim again is the same frame. Wait a
/// deadline for better claims (wattsum_cmt_meter_follow), then wattsum_cmt_gathering_open.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `frame` leaves: with another set for one generation
/// the meter convicts itself. `frame_size` is at least WATTSUM_CMT_CLAIM_LEN.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[record;WATTSUM_CMT_GENERATION_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_claim(
    meter: *mut wattsum_cmt_meter,
    setup: *const wattsum_cmt_setup,
    identity_secret: *const u8,
    now: u64,
    from: u64,
    generation: u32,
    members: *const u32,
    count: usize,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: as below.
        let own = unsafe { Context::span(context(meter)) };
        let outputs =
            [span(record, WATTSUM_CMT_GENERATION_RECORD_LEN), span(frame, frame_size), span(frame_len, 1)];
        let [first, second, third] = outputs;
        caller::apart(&[own, span(identity_secret, WATTSUM_KEY_LEN), first, second, third])?;
        caller::apart(&[own, span(members, count), first, second, third])?;
        // SAFETY: the caller's pointers, as the header asks; they do not overlap.
        unsafe {
            let record = Place::<ClaimRecord>::new(record.cast())?;
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            let setup = caller::one(setup)?;
            let (own, me) = (setup.read()?, caller::one(setup.own)?.to_entry()?);
            let members = set(own.view.meters(), caller::lent(members, count)?)?;
            let identity = identity(caller::bytes(identity_secret)?);
            let (now, from, generation) = (Round::new(now)?, Round::new(from)?, Generation(generation));
            let prepared = Context::enter(context(meter), |meter| {
                check_epoch(meter, &own.view)?;
                // Looked at before anything changes.
                if out.len() < cmt_ring::Claim::max_len(own.view.meters()) {
                    return Err(Misuse::WrongLength.into());
                }
                Ok(meter.claim(&identity, &me, now, from, generation, &members)?)
            })?;
            let kept = stored(&prepared)?;
            fill(&prepared.stored(), out, len)?;
            record.put(kept);
        }
        Ok(())
    })
}

/// Hands the role over for a generation from round `from` on: one frame, for `receiver`, whom the draw makes its
/// concentrator among `members`, those whom this one knows to be licensed: positions, ascending. `meter` is the
/// ring's concentrator. `frame_size` is at least WATTSUM_CMT_HAND_OVER_LEN.
///
/// WATTSUM_MISUSE_WRONG_ROLE: the draw makes it itself, and it claims. WATTSUM_MISUSE_UNKNOWN_PARTY: it makes a meter
/// that is not in this ring, and the members elect.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_hand_over(
    book: *mut wattsum_cmt_book,
    meter: *mut wattsum_cmt_meter,
    now: u64,
    from: u64,
    generation: u32,
    members: *const u32,
    count: usize,
    receiver: *mut u32,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(members, count),
            span(receiver, 1),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: the caller's pointers, as the header asks; they do not overlap.
        unsafe {
            let (receiver, members) = (Place::new(receiver)?, caller::lent(members, count)?);
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            let (now, from, generation) = (Round::new(now)?, Round::new(from)?, Generation(generation));
            let (id, made) = Context::enter(book::context(book), |held| {
                Context::enter(context(meter), |meter| {
                    check_epoch(meter, &held.view)?;
                    let members = set(held.view.meters(), members)?;
                    Ok(meter.hand_over(&held.book, now, from, generation, &members)?)
                })
            })?;
            fill(&made, out, len)?;
            receiver.put(id.0);
        }
        Ok(())
    })
}

/// Takes the role over from this ring's concentrator: what is left to do is to claim the generation, with the members
/// whose positions `members` gets.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_handed_over(
    meter: *mut wattsum_cmt_meter,
    now: u64,
    frame: *const u8,
    frame_len: usize,
    handed_over: *mut wattsum_cmt_handed_over,
    members: *mut u32,
    capacity: usize,
    count: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(frame, frame_len),
            span(handed_over, 1),
            span(members, capacity),
            span(count, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        unsafe {
            let (place, out) = (Place::new(handed_over)?, caller::room(members, capacity)?);
            let (frame, count, now) = (caller::lent(frame, frame_len)?, Place::new(count)?, Round::new(now)?);
            let taken =
                Context::enter(context(meter), |meter: &mut Device| Ok(meter.handed_over(now, frame)?))?;
            let positions: Vec<u32> = taken.members.positions().collect();
            fill(&positions, out, count)?;
            place.put(wattsum_cmt_handed_over { from: taken.from.get(), generation: taken.generation.0 });
        }
        Ok(())
    })
}
