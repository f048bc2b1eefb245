//! The meter of shamir, in memory of the caller's.
#![allow(unsafe_code)] // exports

pub mod state;

use meter_link::answer::AnswererLink;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, EpochView, Misuse, PartyId, Round};
use shamir_agg::{Meter, Params};

use super::wattsum_shamir_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory, Room};
use crate::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use crate::guard::{Failure, guard, wiping_guard_blaming};
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
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        let (site, aggregators, link, spent) = unsafe {
            let site = Site::new(memory, size, setup, span(link_secret, WATTSUM_KEY_LEN), meter)?;
            let aggregators = caller::lent(site.setup.aggregators, site.setup.aggregator_count)?;
            let (link, spent) = SpentLink::new(link_secret)?;
            (site, aggregators, link, spent)
        };
        // An unknown role would end the list early; it is looked for first.
        for member in aggregators {
            member.to_member()?;
        }
        let members = aggregators.iter().filter_map(|aggregator| aggregator.to_member().ok());
        let id = PartyId(site.setup.id);
        let channels = Channels { first: site.setup.first_channel, count: site.params.group().channels };
        site.settle(|params, view, room| Ok(Meter::new(params, view, id, channels, link, members, room)?))?;
        spent.wipe();
        Ok(())
    })
}

/// Where a meter is made, and of what: all that does not depend on how its keys are had.
struct Site<'a> {
    setup: &'a wattsum_shamir_setup,
    memory: Memory,
    params: Params,
    view: EpochView,
    size: usize,
    place: Place<*mut wattsum_shamir_meter>,
}

impl<'a> Site<'a> {
    /// Wipes the memory, unless a pointer is NULL, misaligned or leads to another's bytes. `input` is read for as long
    /// as the meter is being made.
    ///
    /// # Safety
    /// The caller's pointers, as the header asks.
    unsafe fn new(
        memory: *mut core::ffi::c_void,
        size: usize,
        setup: *const wattsum_shamir_setup,
        input: (usize, usize),
        meter: *mut *mut wattsum_shamir_meter,
    ) -> Result<Self, Failure> {
        // SAFETY: our caller's promise.
        let (setup, memory) = unsafe {
            let given = caller::one(setup)?;
            let own = span(memory.cast::<u8>(), size);
            for other in [span(given.params, 1), span(given.lists, 1)] {
                caller::apart(&[own, other])?;
            }
            caller::apart(&[own, span(given.epoch, 1), span(given.utility, 1)])?;
            let aggregators = span(given.aggregators, given.aggregator_count);
            caller::apart(&[own, span(setup, 1), aggregators, input, span(meter, 1)])?;
            (given, Memory::new(memory.cast(), size)?)
        };
        // SAFETY: as above.
        unsafe {
            let params = caller::one(setup.params)?.to_params()?;
            let (epoch, lists) = (caller::one(setup.epoch)?, caller::one(setup.lists)?);
            let view = epoch.view(params.group(), lists, caller::one(setup.utility)?)?;
            Ok(Site { setup, memory, params, view, size, place: Place::new(meter)? })
        }
    }

    /// Makes the meter in the memory, with a room of the setup's size.
    fn settle(
        mut self,
        make: impl FnOnce(&Params, &EpochView, Room<AnswererLink>) -> Result<Role, Failure>,
    ) -> Result<(), Failure> {
        let own = self.memory.context::<Role>()?;
        let (place, at, size) = (self.place, own.cast(), self.size);
        let made = self.make(make).map(|(role, used)| {
            // SAFETY: `own` is the beginning of the caller's memory, taken for this.
            unsafe { Context::settle_with(own, role, used) };
            place.put(own.cast());
        });
        if made.is_err() {
            // SAFETY: the caller's memory, in which nothing lives.
            unsafe { Memory::new(at, size) }?;
        }
        made
    }

    fn make(
        mut self,
        make: impl FnOnce(&Params, &EpochView, Room<AnswererLink>) -> Result<Role, Failure>,
    ) -> Result<(Role, u32), Failure> {
        let room = self.memory.room(self.setup.aggregator_count)?;
        let role = make(&self.params, &self.view, room)?;
        Ok((role, self.memory.used()?))
    }
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
