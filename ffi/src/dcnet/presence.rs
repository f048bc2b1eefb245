//! Whom the utility names present, from round to round.
#![allow(unsafe_code)] // exports

use dcnet_core::{Presence, Utility};
use meter_link::{Misuse, Round};

use super::round::wattsum_dcnet_round;
use super::utility::wattsum_dcnet_utility;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::{Failure, guard, guard_blaming};
use crate::head::Head;
use crate::head::round::Running;
use crate::status::wattsum_status;

/// The utility's list of meters to name present. A silent meter costs its neighbours a repair in every round; one that
/// was missing from several final sets in a row is named absent instead, until it reports. This is convenience, not
/// privacy: meters and holders check every Open for themselves.
pub struct wattsum_dcnet_presence(());

/// Missed rounds after which a meter is named absent, where nothing speaks for another number.
pub const WATTSUM_DCNET_PATIENCE: u8 = 2;
const _: () = assert!(WATTSUM_DCNET_PATIENCE == Presence::PATIENCE);

impl Kind for Presence {
    const MAGIC: u32 = u32::from_be_bytes(*b"dcpr");
}

fn context(presence: *mut wattsum_dcnet_presence) -> *mut Context<Presence> {
    presence.cast()
}

fn head(utility: *mut wattsum_dcnet_utility) -> *mut Context<Head<Utility>> {
    utility.cast()
}

/// A list in which everybody is present. `patience` is at least 1. To be freed with wattsum_dcnet_presence_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_new(
    utility: *mut wattsum_dcnet_utility,
    patience: u8,
    presence: *mut *mut wattsum_dcnet_presence,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        let place = Place::new(presence)?;
        let made =
            Context::enter(head(utility), |head| Ok(Presence::new(head.utility().parties(), patience)?))?;
        place.put(Context::boxed(made).cast());
        Ok(())
    })
}

/// Whom to name present: 1 or 0 for each meter, by position, for wattsum_dcnet_utility_open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_present(
    presence: *mut wattsum_dcnet_presence,
    present: *mut u8,
    meters: usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        let out = caller::room(present, meters)?;
        let marks = Context::enter(context(presence), |presence| Ok(presence.present()))?;
        if out.len() != marks.len() {
            return Err(Misuse::WrongLength.into());
        }
        for (place, mark) in out.iter_mut().zip(marks) {
            *place = u8::from(mark);
        }
        Ok(())
    })
}

/// Takes a round into account whose set is final. The same round again, or an earlier one, changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_closed(
    presence: *mut wattsum_dcnet_presence,
    round: *mut wattsum_dcnet_round,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        let outcome = |running: &mut Running<Utility>| running.outcome();
        Context::enter(context(presence), |presence| {
            let (round, present, set) = Context::enter(round.cast(), outcome)?;
            Ok(presence.closed(round, &present, &set)?)
        })
    })
}

/// Takes the report of a meter that is there again (wattsum_dcnet_meter_report). `now` is the present round. `sender`
/// gets its id. WATTSUM_FAULT_WRONG_ROUND for a report of before it was missed, which the network may have kept.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_accept(
    presence: *mut wattsum_dcnet_presence,
    now: u64,
    frame: *const u8,
    frame_len: usize,
    sender: *mut u32,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe {
        let (frame, place) = (caller::lent(frame, frame_len)?, Place::new(sender)?);
        let now = Round::new(now)?;
        let id = Context::enter(context(presence), |presence| Ok(presence.accept(now, frame)?))?;
        place.put(id.0);
        Ok(())
    })
}

/// Bytes that wattsum_dcnet_presence_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_state_len(
    presence: *mut wattsum_dcnet_presence,
    len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        let place = Place::new(len)?;
        place.put(Context::enter(context(presence), |presence| Ok(presence.to_bytes().len()))?);
        Ok(())
    })
}

/// The list, for a restart. Nothing in it is secret.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_export(
    presence: *mut wattsum_dcnet_presence,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        caller::apart(&[span(state, size), span(state_len, 1)])?;
        let (out, len) = (caller::room(state, size)?, Place::new(state_len)?);
        Context::enter(context(presence), |presence| caller::fill(&presence.to_bytes(), out, len))
    })
}

/// A list from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged or another epoch's. To be freed with
/// wattsum_dcnet_presence_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_import(
    utility: *mut wattsum_dcnet_utility,
    state: *const u8,
    state_len: usize,
    presence: *mut *mut wattsum_dcnet_presence,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        let (state, place) = (caller::lent(state, state_len)?, Place::new(presence)?);
        let made = Context::enter(head(utility), |head| -> Result<Presence, Failure> {
            Ok(Presence::from_bytes(head.utility().parties(), state)?)
        })?;
        place.put(Context::boxed(made).cast());
        Ok(())
    })
}

/// Frees a list. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_presence_free(
    presence: *mut wattsum_dcnet_presence,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(presence)) })
}
