//! The meter of cmt, in memory of the caller's: how it is made, and how it takes a place in a ring.
#![allow(unsafe_code)] // exports

use cmt_ring::{GenerationRecord, Meter, message};
use meter_link::Round;

use super::entry::{WATTSUM_CMT_NEIGHBOURS, lent_link, positions, wattsum_cmt_entry, wattsum_cmt_setup};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory};
use crate::entropy;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard_blaming};
use crate::link::WATTSUM_KEY_LEN;
use crate::mark::{WATTSUM_MARK_CHANNELS, stored};
use crate::status::wattsum_status;

/// Bytes of memory for a meter, whatever its group is.
pub const WATTSUM_CMT_METER_SIZE: usize = 1536;
/// Bytes of what a party stores before it takes part in a generation, and before it claims one.
pub const WATTSUM_CMT_GENERATION_RECORD_LEN: usize = 17;
/// Bytes of a Token.
pub const WATTSUM_CMT_TOKEN_LEN: usize = 52;
/// In place of a round where there is none.
pub const WATTSUM_CMT_NO_ROUND: u64 = u64::MAX;

/// As many channels as the mark.
pub(crate) type Device = Meter<WATTSUM_MARK_CHANNELS>;

impl Kind for Device {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmmt");
}

const FIXED: usize = WATTSUM_CMT_METER_SIZE;
// For 32 and 64 bits, and a little for later versions: callers need not be compiled anew for them.
const _: () = assert!(size_of::<Context<Device>>() <= FIXED && FIXED <= size_of::<Context<Device>>() + 64);
const _: () = assert!(WATTSUM_CMT_GENERATION_RECORD_LEN == size_of::<GenerationRecord>());
const _: () = assert!(WATTSUM_CMT_TOKEN_LEN == message::TOKEN_LEN);

/// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
pub struct wattsum_cmt_meter(());

pub(crate) fn context(meter: *mut wattsum_cmt_meter) -> *mut Context<Device> {
    meter.cast()
}

/// Where a meter is. All of it is public.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_place {
    /// The first round after the present generation's term; WATTSUM_CMT_NO_ROUND where it has none.
    pub until: u64,
    /// The round that this concentrator has started and not closed, or WATTSUM_CMT_NO_ROUND.
    pub circling: u64,
    /// The generation that the meter has a place in; 0 for none.
    pub generation: u32,
    /// The least generation that this meter could take part in next.
    pub next_generation: u32,
    /// 1 if the meter is its ring's concentrator.
    pub concentrator: u8,
}

/// Makes a meter that is in no ring yet, in `memory` of WATTSUM_CMT_METER_SIZE bytes, aligned as a uint64_t. All of the
/// memory is wiped first, also one in which a meter lives: on failure it holds nothing of use and no secret. Only
/// after a NULL, misaligned or overlapping pointer it may be as it was.
///
/// The link secret is not given to the meter: neighbours change with the generation, so it is lent to each call that
/// needs it. Wipe it when no further generation of the epoch is to be joined: who takes the device while it is there
/// can open what this meter and others have sent each other since the epoch began.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_new(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_cmt_setup,
    meter: *mut *mut wattsum_cmt_meter,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (setup, place, mut memory) = rooms(memory, size, setup, meter, &[])?;
            let own = setup.read()?;
            let at = memory.context::<Device>()?;
            let role = Device::new(&own.params, &own.view, &own.me, own.channels)?;
            Context::settle_with(at, role, memory.used()?);
            place.put(at.cast());
        }
        Ok(())
    })
}

/// The wiped memory for a meter, and what else its making is given. `inputs` may not lie in the memory either.
///
/// # Safety
/// The pointers are as the header asks.
pub(crate) unsafe fn rooms<'a>(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_cmt_setup,
    meter: *mut *mut wattsum_cmt_meter,
    inputs: &[(usize, usize)],
) -> Result<(&'a wattsum_cmt_setup, Place<*mut wattsum_cmt_meter>, Memory), Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        let own = span(memory.cast::<u8>(), size);
        let setup = caller::one(setup)?;
        setup.outside(own)?;
        caller::apart(&[own, span(setup, 1), span(meter, 1)])?;
        for input in inputs {
            caller::apart(&[own, *input, span(meter, 1)])?;
        }
        let place = Place::new(meter)?;
        Ok((setup, place, Memory::new(memory.cast(), size)?))
    }
}

/// That a meter is of this epoch: what is to be stored beside its state would be of no use otherwise.
#[cfg(feature = "std")]
pub(crate) fn check_epoch(meter: &Device, view: &meter_link::EpochView) -> Result<(), Failure> {
    let mut state = zeroize::Zeroizing::new([0u8; Device::MAX_STATE_LEN]);
    // A state begins with its version and the epoch's context.
    let own = meter.to_bytes(state.as_mut_slice())?.get(1..33) == Some(view.context().as_bytes().as_slice());
    if own { Ok(()) } else { Err(meter_link::Misuse::WrongSession.into()) }
}

/// Takes the Token that the concentrator of a coming generation has sent, draws this meter's first key for it, and
/// makes the FirstKey for the concentrator. The place in the present ring stays until wattsum_cmt_meter_seat.
///
/// `concentrator` is whom this meter expects: any meter can send a Token. In groups with terms it is the one whose
/// claim is followed. `link_secret` is that of the meter's announced link key.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. A generation that was
/// joined twice would use a nonce twice. To send again, send the same bytes; store the state too
/// (wattsum_cmt_meter_export) if a loss of power should not lose the place.
///
/// `frame_size` is at least WATTSUM_CMT_FIRST_KEY_LEN.
///
/// cbindgen:ptrs-as-arrays=[[link_secret;32],[entropy;32],[record;WATTSUM_CMT_GENERATION_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_join(
    meter: *mut wattsum_cmt_meter,
    link_secret: *const u8,
    now: u64,
    concentrator: *const wattsum_cmt_entry,
    token: *const u8,
    token_len: usize,
    entropy: *const u8,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        let own = unsafe { Context::span(context(meter)) };
        for input in [span(link_secret, WATTSUM_KEY_LEN), span(token, token_len), span(concentrator, 1)] {
            caller::apart(&[own, input, span(frame, frame_size)])?;
        }
        caller::apart(&[
            own,
            span(entropy, WATTSUM_KEY_LEN),
            span(record, WATTSUM_CMT_GENERATION_RECORD_LEN),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        let (link, entropy, concentrator, token, record, out, len) = unsafe {
            let record = Place::<GenerationRecord>::new(record.cast())?;
            let concentrator = caller::one(concentrator)?.to_listed()?;
            let token = caller::lent(token, token_len)?;
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            (lent_link(link_secret)?, caller::bytes(entropy)?, concentrator, token, record, out, len)
        };
        let now = Round::new(now)?;
        let mut rng = entropy::generator("cmt join", entropy)?;
        // SAFETY: as above.
        let prepared = unsafe {
            Context::enter(context(meter), |meter| {
                Ok(meter.join(&link, now, &concentrator, token, out, &mut rng)?)
            })
        }?;
        record.put(stored(&prepared)?);
        len.put(prepared.stored().len());
        Ok(())
    })
}

/// Who the ring neighbours are that the concentrator's Seat names, by their positions: before and after this meter, and
/// where there is a second ring, two places before and two after: 2 or 4. wattsum_cmt_meter_seat wants their entries.
///
/// cbindgen:ptrs-as-arrays=[[neighbours;WATTSUM_CMT_NEIGHBOURS]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_neighbours(
    meter: *mut wattsum_cmt_meter,
    seat: *const u8,
    seat_len: usize,
    neighbours: *mut u32,
    count: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe { caller::apart(&[Context::span(context(meter)), span(seat, seat_len)])? };
        caller::apart(&[span(neighbours, WATTSUM_CMT_NEIGHBOURS), span(count, 1)])?;
        // SAFETY: as above.
        let (seat, place, count) = unsafe {
            let place = Place::<[u32; WATTSUM_CMT_NEIGHBOURS]>::new(neighbours.cast())?;
            (caller::lent(seat, seat_len)?, place, Place::new(count)?)
        };
        // SAFETY: as above.
        let around = unsafe { Context::enter(context(meter), |meter| Ok(meter.neighbours(seat)?)) }?;
        let (around, len) = positions(around);
        place.put(around);
        count.put(len);
        Ok(())
    })
}

/// Takes the place that the Seat gives, between the neighbours that it names: their entries, checked, in the order of
/// wattsum_cmt_meter_neighbours. The place in an earlier ring is gone from here on. Store the state
/// (wattsum_cmt_meter_export) if a loss of power should not lose the place.
///
/// cbindgen:ptrs-as-arrays=[[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_seat(
    meter: *mut wattsum_cmt_meter,
    link_secret: *const u8,
    seat: *const u8,
    seat_len: usize,
    neighbours: *const wattsum_cmt_entry,
    count: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        let own = unsafe { Context::span(context(meter)) };
        for input in [span(link_secret, WATTSUM_KEY_LEN), span(seat, seat_len), span(neighbours, count)] {
            caller::apart(&[own, input])?;
        }
        // SAFETY: as above.
        let (link, seat, entries) = unsafe {
            (lent_link(link_secret)?, caller::lent(seat, seat_len)?, caller::lent(neighbours, count)?)
        };
        let around = super::entry::neighbours(entries)?;
        // SAFETY: as above.
        unsafe { Context::enter(context(meter), |meter| Ok(meter.seat(&link, seat, &around)?)) }
    })
}

/// Where the meter is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_place(
    meter: *mut wattsum_cmt_meter,
    place: *mut wattsum_cmt_place,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let out = unsafe { Place::new(place) }?;
        let round = |round: Option<Round>| round.map_or(WATTSUM_CMT_NO_ROUND, Round::get);
        // SAFETY: as above.
        let place = unsafe {
            Context::enter(context(meter), |meter| {
                Ok(wattsum_cmt_place {
                    until: round(meter.until()),
                    circling: round(meter.circling()),
                    generation: meter.generation().map_or(0, |generation| generation.0),
                    next_generation: meter.next_generation().0,
                    concentrator: meter.is_concentrator().into(),
                })
            })
        }?;
        out.put(place);
        Ok(())
    })
}

/// Takes a stored record of a generation, or of a claim, into account after a start, and after
/// wattsum_cmt_meter_import if there is a state: all records of this role, group and epoch are replayed, in any
/// order. What an older state had begun is dropped where a record tells of a later generation.
/// WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_replay(
    meter: *mut wattsum_cmt_meter,
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
pub unsafe extern "C" fn wattsum_cmt_meter_free(meter: *mut wattsum_cmt_meter) -> wattsum_status {
    guard(|| {
        if meter.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(context(meter)) }
    })
}
