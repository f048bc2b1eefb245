//! The meter of dcnet, in memory of the caller's.
#![allow(unsafe_code)] // exports

pub mod report;
pub mod state;

use dcnet_core::{CloseRecord, Meter, Neighbour, Params, Place as Seat};
use meter_link::answer::AnswererLink;
use meter_link::mark::MarkRecord;
use meter_link::{Channels, EpochView, Misuse, PartyId, Round};

use super::{wattsum_dcnet_params, wattsum_neighbour};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory, Room};
use crate::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use crate::guard::{Failure, guard, guard_blaming, wiping_guard_blaming};
use crate::link::{SpentLink, WATTSUM_KEY_LEN};
use crate::mark::{self, WATTSUM_MARK_RECORD_LEN, stored, wattsum_mark};
use crate::status::wattsum_status;

/// Bytes of a meter without holders and neighbours.
pub const WATTSUM_DCNET_METER_BASE: usize = 448;
/// Bytes of a meter for each holder.
pub const WATTSUM_DCNET_METER_HOLDER: usize = 64;
/// Bytes of a meter for each neighbour.
pub const WATTSUM_DCNET_METER_NEIGHBOUR: usize = 36;
/// Bytes of what a meter stores of a Close.
pub const WATTSUM_DCNET_CLOSE_RECORD_LEN: usize = 42;

type Role = Meter<Room<Neighbour>, Room<AnswererLink>>;

impl Kind for Role {
    const MAGIC: u32 = u32::from_be_bytes(*b"dcmt");
}

const FIXED: usize = WATTSUM_DCNET_METER_BASE;
// For 32 and 64 bits, and a little for later versions: callers need not be compiled anew for them.
const _: () = assert!(size_of::<Context<Role>>() <= FIXED && FIXED <= size_of::<Context<Role>>() + 64);
const _: () = assert!(WATTSUM_DCNET_METER_HOLDER == size_of::<AnswererLink>());
const _: () = assert!(WATTSUM_DCNET_METER_NEIGHBOUR == size_of::<Neighbour>());
const _: () = assert!(WATTSUM_DCNET_CLOSE_RECORD_LEN == size_of::<CloseRecord>());

/// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
pub struct wattsum_dcnet_meter(());

fn context(meter: *mut wattsum_dcnet_meter) -> *mut Context<Role> {
    meter.cast()
}

/// What a meter is made of. Everything is read during wattsum_dcnet_meter_new and not kept.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_dcnet_setup {
    /// What the group agrees on.
    pub params: *const wattsum_dcnet_params,
    /// The epoch.
    pub epoch: *const wattsum_epoch,
    /// Sizes and Merkle roots of its lists.
    pub lists: *const wattsum_lists,
    /// The utility's entry, checked as all others below: wattsum_member_announced, wattsum_member_verify.
    pub utility: *const wattsum_member,
    /// The holders' entries in the order of their numbers, checked.
    pub holders: *const wattsum_member,
    /// How many.
    pub holder_count: usize,
    /// The neighbours in the order of their positions, as wattsum_dcnet_neighbours gives them, checked.
    pub neighbours: *const wattsum_neighbour,
    /// How many.
    pub neighbour_count: usize,
    /// The own id.
    pub id: u32,
    /// The own position among the roster's meters.
    pub position: u32,
    /// First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
    /// THE EPOCH: pads belong to the session's keys and the round, the mark to the channel. A meter that is made anew
    /// in the same epoch with another first channel passes the mark and spends a round's pads again, and two frames
    /// then give the difference of two readings. Store it with the link secret; another channel waits for the next
    /// epoch.
    pub first_channel: u16,
}

/// Bytes of memory for a meter; the same as WATTSUM_DCNET_METER_SIZE(neighbours, holders).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_size(
    neighbours: usize,
    holders: usize,
    size: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        let place = unsafe { Place::new(size) }?;
        let each = holders
            .checked_mul(WATTSUM_DCNET_METER_HOLDER)
            .zip(neighbours.checked_mul(WATTSUM_DCNET_METER_NEIGHBOUR))
            .and_then(|(holders, neighbours)| holders.checked_add(neighbours));
        let size = each.and_then(|each| each.checked_add(FIXED));
        place.put(size.ok_or(Misuse::WrongLength)?);
        Ok(())
    })
}

/// Makes a meter in `memory`, of WATTSUM_DCNET_METER_SIZE bytes, aligned as a uint64_t: a key with the utility, each
/// holder and each neighbour. `link_secret` is that of the announced link key; it is wiped on success. All of the
/// memory is wiped first, also one in which a meter lives: on failure it holds nothing of use and no secret. Only
/// after a NULL, misaligned or overlapping pointer it may be as it was.
///
/// The entries of utility, holders and neighbours, and the meter's OWN entry at index 1 + position, have been through
/// wattsum_member_announced and wattsum_member_verify. The own one too: at another position, or with another key in the
/// roster, pads do not cancel, and neighbours make theirs with whoever stands there.
///
/// cbindgen:ptrs-as-arrays=[[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_new(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_dcnet_setup,
    link_secret: *mut u8,
    meter: *mut *mut wattsum_dcnet_meter,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        let (site, holders, neighbours, link, spent) = unsafe {
            let site = Site::new(memory, size, setup, span(link_secret, WATTSUM_KEY_LEN), meter)?;
            let holders = caller::lent(site.setup.holders, site.setup.holder_count)?;
            let neighbours = caller::lent(site.setup.neighbours, site.setup.neighbour_count)?;
            let (link, spent) = SpentLink::new(link_secret)?;
            (site, holders, neighbours, link, spent)
        };
        // An unknown role would end the lists early; it is looked for first.
        for member in holders.iter().chain(neighbours.iter().map(|n| &n.member)) {
            member.to_member()?;
        }
        let members = holders.iter().filter_map(|holder| holder.to_member().ok());
        let around = neighbours.iter().filter_map(|n| Some((n.position, n.member.to_member().ok()?)));
        let seat = Seat {
            id: PartyId(site.setup.id),
            position: site.setup.position,
            channels: Channels { first: site.setup.first_channel, count: site.params.group().channels },
        };
        site.settle(|params, view, holders, neighbours| {
            Ok(Meter::new(params, view, seat, link, members, around, holders, neighbours)?)
        })?;
        spent.wipe();
        Ok(())
    })
}

/// Where a meter is made, and of what: all that does not depend on how its keys are had.
struct Site<'a> {
    setup: &'a wattsum_dcnet_setup,
    memory: Memory,
    params: Params,
    view: EpochView,
    size: usize,
    place: Place<*mut wattsum_dcnet_meter>,
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
        setup: *const wattsum_dcnet_setup,
        input: (usize, usize),
        meter: *mut *mut wattsum_dcnet_meter,
    ) -> Result<Self, Failure> {
        // SAFETY: our caller's promise.
        let (setup, memory) = unsafe {
            let given = caller::one(setup)?;
            let own = span(memory.cast::<u8>(), size);
            for other in [span(given.params, 1), span(given.lists, 1)] {
                caller::apart(&[own, other])?;
            }
            caller::apart(&[own, span(given.epoch, 1), span(given.utility, 1)])?;
            caller::apart(&[
                own,
                span(setup, 1),
                span(given.holders, given.holder_count),
                span(given.neighbours, given.neighbour_count),
                input,
                span(meter, 1),
            ])?;
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

    /// Makes the meter in the memory, with rooms of the setup's sizes.
    fn settle(
        mut self,
        make: impl FnOnce(&Params, &EpochView, Room<AnswererLink>, Room<Neighbour>) -> Result<Role, Failure>,
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
        make: impl FnOnce(&Params, &EpochView, Room<AnswererLink>, Room<Neighbour>) -> Result<Role, Failure>,
    ) -> Result<(Role, u32), Failure> {
        let holders = self.memory.room(self.setup.holder_count)?;
        let neighbours = self.memory.room(self.setup.neighbour_count)?;
        let role = make(&self.params, &self.view, holders, neighbours)?;
        Ok((role, self.memory.used()?))
    }
}

/// Takes the utility's Open of a round. `now` is the present round by the device's own clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_open(
    meter: *mut wattsum_dcnet_meter,
    now: u64,
    open: *const u8,
    open_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            caller::apart(&[Context::span(context(meter)), span(open, open_len)])?;
            let open = caller::lent(open, open_len)?;
            Context::enter(context(meter), |meter| Ok(meter.open(Round::new(now)?, open)?))
        }
    })
}

/// Makes the one contribution of the open round: `reading` holds a value for each channel.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
/// is spent, also if the frame is lost; to send again, send the same bytes.
///
/// `frame_size` is at least WATTSUM_DCNET_CONTRIBUTION_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_MARK_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_contribute(
    meter: *mut wattsum_dcnet_meter,
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

/// Takes a Close of the open round. If neighbours of the meter are missing from a Close that is not final, `repair`
/// gets the frame to send; otherwise `repair_len` becomes 0. The same Close again gives the same bytes.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before `repair` leaves the device.
///
/// `repair_size` is at least WATTSUM_DCNET_REPAIR_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_DCNET_CLOSE_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_close(
    meter: *mut wattsum_dcnet_meter,
    now: u64,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
    repair: *mut u8,
    repair_size: usize,
    repair_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(close, close_len),
            span(record, WATTSUM_DCNET_CLOSE_RECORD_LEN),
            span(repair, repair_size),
            span(repair_len, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        let (close, record, repair, len) = unsafe {
            let record = Place::<CloseRecord>::new(record.cast())?;
            let close = caller::lent(close, close_len)?;
            (close, record, caller::room(repair, repair_size)?, Place::new(repair_len)?)
        };
        let now = Round::new(now)?;
        // SAFETY: as above.
        let prepared =
            unsafe { Context::enter(context(meter), |meter| Ok(meter.close(now, close, repair)?)) }?;
        record.put(stored(&prepared)?);
        len.put(prepared.stored().map_or(0, <[u8]>::len));
        Ok(())
    })
}

/// Takes the stored record of a Close into account after a start: the meter stays silent in that round and all before
/// it. All records of this role, group and epoch are replayed, in any order. WATTSUM_MALFORMED_BAD_RECORD: as of
/// wattsum_mark_replay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_replay(
    meter: *mut wattsum_dcnet_meter,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[Context::span(context(meter)), span(record, record_len)])?;
            let record = caller::lent(record, record_len)?;
            Context::enter(context(meter), |meter| Ok(meter.replay(record)?))
        }
    })
}

/// Wipes a meter, also one that a panic has left behind: its keys are gone, the memory is the caller's again. NULL is
/// right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_meter_free(meter: *mut wattsum_dcnet_meter) -> wattsum_status {
    guard(|| {
        if meter.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(context(meter)) }
    })
}
