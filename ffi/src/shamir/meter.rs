//! The meter of shamir, in memory of the caller's.
#![allow(unsafe_code)] // exports

use meter_link::answer::AnswererLink;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, Misuse, PartyId, Round};
use shamir_agg::Meter;

use super::wattsum_shamir_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory, Room};
use crate::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use crate::guard::{guard, guard_blaming};
use crate::link::{SpentLink, WATTSUM_KEY_LEN};
use crate::mark::{self, WATTSUM_MARK_RECORD_LEN, stored, wattsum_mark};
use crate::status::wattsum_status;

/// Bytes of a meter without aggregators.
pub const WATTSUM_SHAMIR_METER_BASE: usize = 368;
/// Bytes of a meter for each aggregator.
pub const WATTSUM_SHAMIR_METER_AGGREGATOR: usize = 64;

type Role = Meter<Room<AnswererLink>>;

impl Kind for Role {
    const MAGIC: u32 = u32::from_be_bytes(*b"shmt");
}

const FIXED: usize = WATTSUM_SHAMIR_METER_BASE;
// For 32 and 64 bits, and a little for later versions: callers need not be compiled anew for them.
const _: () = assert!(size_of::<Context<Role>>() <= FIXED && FIXED <= size_of::<Context<Role>>() + 64);
const _: () = assert!(WATTSUM_SHAMIR_METER_AGGREGATOR == size_of::<AnswererLink>());

/// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
pub struct wattsum_shamir_meter(());

fn context(meter: *mut wattsum_shamir_meter) -> *mut Context<Role> {
    meter.cast()
}

/// What a meter is made of. Everything is read during wattsum_shamir_meter_new and not kept.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_shamir_setup {
    /// What the group agrees on.
    pub params: *const wattsum_shamir_params,
    /// The epoch.
    pub epoch: *const wattsum_epoch,
    /// Sizes and Merkle roots of its lists.
    pub lists: *const wattsum_lists,
    /// The utility's entry, checked as all others below: wattsum_member_announced, wattsum_member_verify.
    pub utility: *const wattsum_member,
    /// The aggregators' entries in the order of their numbers, checked.
    pub aggregators: *const wattsum_member,
    /// How many.
    pub aggregator_count: usize,
    /// The own id.
    pub id: u32,
    /// First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
    /// THE EPOCH: pads belong to the session's keys and the round, the mark to the channel. A meter that is made anew
    /// in the same epoch with another first channel passes the mark and spends a round's pads again, and two frames
    /// then give the difference of two readings. Store it with the link secret; another channel waits for the next
    /// epoch.
    pub first_channel: u16,
}

/// Bytes of memory for a meter; the same as WATTSUM_SHAMIR_METER_SIZE(aggregators).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_meter_size(aggregators: usize, size: *mut usize) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        let place = unsafe { Place::new(size) }?;
        let each = aggregators.checked_mul(WATTSUM_SHAMIR_METER_AGGREGATOR);
        let size = each.and_then(|each| each.checked_add(FIXED));
        place.put(size.ok_or(Misuse::WrongLength)?);
        Ok(())
    })
}

/// Makes a meter in `memory`, of WATTSUM_SHAMIR_METER_SIZE bytes, aligned as a uint64_t: a key with the utility and
/// each aggregator. `link_secret` is that of the announced link key; it is wiped on success. All of the memory is wiped
/// first, also one in which a meter lives: on failure it holds nothing of use and no secret. Only after a NULL,
/// misaligned or overlapping pointer it may be as it was.
///
/// The utility's and the aggregators' entries, and the meter's OWN entry at index 1 + its position, have been through
/// wattsum_member_announced and wattsum_member_verify: the roster could otherwise name another key for this id.
///
/// cbindgen:ptrs-as-arrays=[[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_meter_new(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_shamir_setup,
    link_secret: *mut u8,
    meter: *mut *mut wattsum_shamir_meter,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (setup, mut memory, aggregators) = unsafe {
            let setup = caller::one(setup)?;
            let aggregators = caller::lent(setup.aggregators, setup.aggregator_count)?;
            let own = span(memory.cast::<u8>(), size);
            for input in [span(setup.params, 1), span(setup.lists, 1)] {
                caller::apart(&[own, input])?;
            }
            caller::apart(&[own, span(setup.epoch, 1), span(setup.utility, 1)])?;
            caller::apart(&[
                span(memory.cast::<u8>(), size),
                span(setup, 1),
                span(setup.aggregators, setup.aggregator_count),
                span(link_secret, WATTSUM_KEY_LEN),
                span(meter, 1),
            ])?;
            (setup, Memory::new(memory.cast(), size)?, aggregators)
        };
        // SAFETY: as above.
        let (params, view, place) = unsafe {
            let params = caller::one(setup.params)?.to_params()?;
            let (epoch, lists) = (caller::one(setup.epoch)?, caller::one(setup.lists)?);
            let view = epoch.view(params.group(), lists, caller::one(setup.utility)?)?;
            (params, view, Place::new(meter)?)
        };
        // SAFETY: as above.
        let (link, spent) = unsafe { SpentLink::new(link_secret) }?;
        // An unknown role would end the list early; it is looked for first.
        for member in aggregators {
            member.to_member()?;
        }
        let members = aggregators.iter().filter_map(|aggregator| aggregator.to_member().ok());
        let own = memory.context::<Role>()?;
        let room = memory.room(aggregators.len())?;
        let channels = Channels { first: setup.first_channel, count: params.group().channels };
        let role = Meter::new(&params, &view, PartyId(setup.id), channels, link, members, room)?;
        // SAFETY: `own` is the beginning of the caller's memory, taken for this.
        unsafe { Context::settle_with(own, role, memory.used()?) };
        spent.wipe();
        place.put(own.cast());
        Ok(())
    })
}

/// Makes the one contribution of a round: `reading` holds a value for each channel. `now` is the present round by the
/// device's own clock.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
/// is spent, also if the frame is lost; to send again, send the same bytes.
///
/// `frame_size` is at least WATTSUM_SHAMIR_CONTRIBUTION_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_MARK_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_meter_contribute(
    meter: *mut wattsum_shamir_meter,
    mark: *mut wattsum_mark,
    now: u64,
    round: u64,
    reading: *const i64,
    channels: usize,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(mark, 1),
            span(reading, channels),
            span(record, WATTSUM_MARK_RECORD_LEN),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: the caller's pointers, as the header asks; they do not overlap.
        let (reading, record, frame, len) = unsafe {
            let record = Place::<MarkRecord>::new(record.cast())?;
            let reading = caller::lent(reading, channels)?;
            (reading, record, caller::room(frame, frame_size)?, Place::new(frame_len)?)
        };
        let (now, round) = (Round::new(now)?, Round::new(round)?);
        // SAFETY: as above.
        let prepared = unsafe {
            Context::enter(context(meter), |meter| {
                Context::enter(mark::context(mark), |mark| {
                    Ok(meter.contribute(mark, now, round, reading, frame)?)
                })
            })
        }?;
        record.put(stored(&prepared)?);
        len.put(prepared.stored().len());
        Ok(())
    })
}

/// Wipes a meter, also one that a panic has left behind: its keys are gone, the memory is the caller's again. NULL is
/// right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_meter_free(meter: *mut wattsum_shamir_meter) -> wattsum_status {
    guard(|| {
        if meter.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(context(meter)) }
    })
}
