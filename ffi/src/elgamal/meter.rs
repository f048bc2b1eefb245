//! The meter of elgamal, in memory of the caller's.
#![allow(unsafe_code)] // exports

use meter_link::mark::MarkRecord;
use meter_link::{Channels, Identity, Misuse, PartyId, Round};
use threshold_elgamal::Meter;

use super::key::wattsum_elgamal_key;
use super::wattsum_elgamal_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory};
use crate::entropy;
use crate::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use crate::guard::{Failure, guard, wiping_guard, wiping_guard_blaming};
use crate::link::{WATTSUM_KEY_LEN, identity};
use crate::mark::{self, WATTSUM_MARK_RECORD_LEN, stored, wattsum_mark};
use crate::status::wattsum_status;

/// Bytes of a meter, whatever its trustees and channels.
pub const WATTSUM_ELGAMAL_METER_SIZE: usize = 864;

pub(super) struct Role {
    pub(super) meter: Meter<Identity>,
    /// The last round that it contributed to: where there is another mark than there should be, two frames of one round
    /// would let both readings out if they came of one pair.
    spent: Option<Round>,
}

impl Role {
    /// Refuses a round that is spent here, whatever the mark says.
    pub(super) fn check_spent(&self, round: Round) -> Result<(), Failure> {
        if self.spent >= Some(round) { Err(Misuse::TimeAlreadyUsed.into()) } else { Ok(()) }
    }

    pub(super) fn spend(&mut self, round: Round) {
        self.spent = Some(round);
    }
}

impl Kind for Role {
    const MAGIC: u32 = u32::from_be_bytes(*b"egmt");
}

const FIXED: usize = WATTSUM_ELGAMAL_METER_SIZE;
// For 32 and 64 bits, and a little for later versions: callers need not be compiled anew for them.
const _: () = assert!(size_of::<Context<Role>>() <= FIXED && FIXED <= size_of::<Context<Role>>() + 128);

/// A meter of one epoch, at the beginning of the caller's memory. It may not be copied or moved.
///
/// It has no state to store: what it needs after a start is what it was made of, and the device's mark with ALL its
/// records.
pub struct wattsum_elgamal_meter(());

pub(super) fn context(meter: *mut wattsum_elgamal_meter) -> *mut Context<Role> {
    meter.cast()
}

/// What a meter is made of. Everything is read during wattsum_elgamal_meter_new and not kept.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_setup {
    /// What the group agrees on.
    pub params: *const wattsum_elgamal_params,
    /// The epoch.
    pub epoch: *const wattsum_epoch,
    /// Sizes and Merkle roots of its lists.
    pub lists: *const wattsum_lists,
    /// The utility's entry, checked: wattsum_member_announced, wattsum_member_verify.
    pub utility: *const wattsum_member,
    /// The group key, from wattsum_elgamal_key_certified and from nowhere else.
    pub key: *const wattsum_elgamal_key,
    /// The own id.
    pub id: u32,
    /// First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
    /// THE EPOCH: the mark belongs to the channel. A meter that is made anew in the same epoch with another first
    /// channel passes the mark, and sends a second contribution to a round.
    pub first_channel: u16,
}

/// Makes a meter in `memory`, of WATTSUM_ELGAMAL_METER_SIZE bytes, aligned as a uint64_t. `identity_secret` is the
/// device's: it signs every contribution, so that the meter keeps it, and wattsum_elgamal_meter_free wipes it. There is no
/// link key: an elgamal meter shares no key with anybody. All of the memory is wiped first, also one in which a
/// meter lives: on failure it holds nothing of use and no secret. Only after a NULL, misaligned or overlapping pointer
/// it may be as it was.
///
/// The meter's OWN entry, at index 1 + its position, has been through wattsum_member_announced and
/// wattsum_member_verify: the roster could otherwise name another identity for this id.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_meter_new(
    memory: *mut core::ffi::c_void,
    size: usize,
    setup: *const wattsum_elgamal_setup,
    identity_secret: *const u8,
    meter: *mut *mut wattsum_elgamal_meter,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        let (setup, mut memory) = unsafe {
            let setup = caller::one(setup)?;
            let own = span(memory.cast::<u8>(), size);
            for input in [span(setup.params, 1), span(setup.lists, 1)] {
                caller::apart(&[own, input])?;
            }
            for input in [span(setup.epoch, 1), span(setup.utility, 1), span(setup.key, 1)] {
                caller::apart(&[own, input])?;
            }
            caller::apart(&[own, span(setup, 1), span(identity_secret, WATTSUM_KEY_LEN), span(meter, 1)])?;
            // Everything is there before an earlier meter goes.
            (setup, Memory::new(memory.cast(), size)?)
        };
        // SAFETY: as above.
        let (params, view, key, secret, place) = unsafe {
            let params = caller::one(setup.params)?.to_params()?;
            let (epoch, lists) = (caller::one(setup.epoch)?, caller::one(setup.lists)?);
            let view = epoch.view(params.group(), lists, caller::one(setup.utility)?)?;
            let key = caller::one(setup.key)?.to_key()?;
            (params, view, key, caller::bytes(identity_secret)?, Place::new(meter)?)
        };
        let own = memory.context::<Role>()?;
        let channels = Channels { first: setup.first_channel, count: params.group().channels };
        let meter = Meter::new(&params, &view, PartyId(setup.id), channels, identity(secret), &key)?;
        let role = Role { meter, spent: None };
        // SAFETY: `own` is the beginning of the caller's memory, taken for this.
        unsafe { Context::settle_with(own, role, memory.used()?) };
        place.put(own.cast());
        Ok(())
    })
}

/// Makes the one contribution of a round: `reading` holds a value for each channel. `now` is the present round by the
/// device's own clock, `entropy` 32 fresh bytes.
///
/// STORE FIRST, SEND THEN: `record` is on flash and synced before `frame` leaves the device. From here on the interval
/// is spent, also if the frame is lost; to send again, send the same bytes.
///
/// Blinding and proof hash the entropy with a secret of the device, the round and the reading: a generator that is
/// stuck gives no reading away.
///
/// `frame_size` is at least WATTSUM_ELGAMAL_CONTRIBUTION_LEN.
///
/// cbindgen:ptrs-as-arrays=[[entropy;32],[record;WATTSUM_MARK_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_meter_contribute(
    meter: *mut wattsum_elgamal_meter,
    mark: *mut wattsum_mark,
    now: u64,
    round: u64,
    reading: *const i64,
    channels: usize,
    entropy: *const u8,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(mark, 1),
            span(reading, channels),
            span(entropy, WATTSUM_KEY_LEN),
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
        // SAFETY: as above.
        let mut rng = entropy::generator("elgamal contribution", unsafe { caller::bytes(entropy) }?)?;
        let (now, round) = (Round::new(now)?, Round::new(round)?);
        // SAFETY: as above.
        let prepared = unsafe {
            Context::enter(context(meter), |meter| {
                meter.check_spent(round)?;
                let made = Context::enter(mark::context(mark), |mark| {
                    Ok(meter.meter.contribute(mark, now, round, reading, frame, &mut rng)?)
                })?;
                meter.spend(round);
                Ok(made)
            })
        }?;
        record.put(stored(&prepared)?);
        len.put(prepared.stored().len());
        Ok(())
    })
}

/// Wipes a meter, also one that a panic has left behind: its identity is gone from the memory, which is the caller's
/// again. Its prepared pairs are freed apart. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_meter_free(meter: *mut wattsum_elgamal_meter) -> wattsum_status {
    guard(|| {
        if meter.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(context(meter)) }
    })
}
