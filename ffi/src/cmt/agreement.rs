//! Groups whose members sign their set, at a meter without a heap.
#![allow(unsafe_code)] // exports

use cmt_ring::Agreement;

use super::entry::wattsum_cmt_entry;
use super::meter::{Device, context, wattsum_cmt_meter};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind, Memory};
use crate::guard::{guard, guard_blaming, wiping_guard};
use crate::link::{WATTSUM_KEY_LEN, identity};
use crate::status::wattsum_status;

/// Bytes of an Echo.
pub const WATTSUM_CMT_ECHO_LEN: usize = 116;
/// Bytes of memory for an agreement.
pub const WATTSUM_CMT_AGREEMENT_SIZE: usize = 464;

// The claim is the caller's, who keeps it.
type Echoes = Agreement<'static>;

impl Kind for Echoes {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmag");
}

const FIXED: usize = WATTSUM_CMT_AGREEMENT_SIZE;
const _: () = assert!(size_of::<Context<Echoes>>() <= FIXED && FIXED <= size_of::<Context<Echoes>>() + 64);
const _: () = assert!(WATTSUM_CMT_ECHO_LEN == Echoes::ECHO_LEN);

/// The echoes of a generation's members, in memory of the caller's: nothing is kept of them but a count.
pub struct wattsum_cmt_agreement(());

fn echoes(agreement: *mut wattsum_cmt_agreement) -> *mut Context<Echoes> {
    agreement.cast()
}

/// The Echo for all other members: the set of the claim under which this meter has joined, signed. `own` is its own
/// entry. The same call gives the same bytes.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[frame;WATTSUM_CMT_ECHO_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_echo(
    meter: *mut wattsum_cmt_meter,
    identity_secret: *const u8,
    own: *const wattsum_cmt_entry,
    frame: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let at = Context::span(context(meter));
            caller::apart(&[at, span(identity_secret, WATTSUM_KEY_LEN), span(frame, WATTSUM_CMT_ECHO_LEN)])?;
            let place = Place::<[u8; WATTSUM_CMT_ECHO_LEN]>::new(frame.cast())?;
            let (identity, me) = (identity(caller::bytes(identity_secret)?), caller::one(own)?.to_entry()?);
            let echo = |meter: &mut Device| Ok(meter.echo(&identity, &me)?);
            place.put(Context::enter(context(meter), echo)?);
        }
        Ok(())
    })
}

/// Begins to gather the others' echoes, in `memory` of WATTSUM_CMT_AGREEMENT_SIZE bytes, aligned as a uint64_t, which
/// is wiped first. `claim` is the Claim frame that `meter` follows, `claimant` its sender's entry. THE BYTES OF
/// `claim` STAY WHERE THEY ARE, unchanged, until wattsum_cmt_agreement_free: they say who the members are, and are
/// not copied.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_agreement_new(
    memory: *mut core::ffi::c_void,
    size: usize,
    meter: *mut wattsum_cmt_meter,
    claimant: *const wattsum_cmt_entry,
    claim: *const u8,
    claim_len: usize,
    agreement: *mut *mut wattsum_cmt_agreement,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above; the claim lives as long as the agreement.
        unsafe {
            let at = span(memory.cast::<u8>(), size);
            let own = Context::span(context(meter));
            for input in [span(claimant, 1), span(claim, claim_len), own] {
                caller::apart(&[at, input, span(agreement, 1)])?;
            }
            let (place, claimant) = (Place::new(agreement)?, caller::one(claimant)?.to_entry()?);
            let claim: &'static [u8] = caller::lent(claim, claim_len)?;
            let mut memory = Memory::new(memory.cast(), size)?;
            let made = memory.context::<Echoes>()?;
            let gather = |meter: &mut Device| Ok(meter.agreement(&claimant, claim)?);
            let role = Context::enter(context(meter), gather)?;
            Context::settle_with(made, role, memory.used()?);
            place.put(made.cast());
        }
        Ok(())
    })
}

/// Takes a member's Echo. `entry` is its sender's. They come ascending by position; this meter and the concentrator
/// are left out. WATTSUM_FAULT_WRONG_MEMBERS: that member was shown another set; both claims are evidence against who
/// signed them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_agreement_hear(
    agreement: *mut wattsum_cmt_agreement,
    entry: *const wattsum_cmt_entry,
    frame: *const u8,
    frame_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            caller::apart(&[Context::span(echoes(agreement)), span(frame, frame_len)])?;
            let (entry, frame) = (caller::one(entry)?.to_entry()?, caller::lent(frame, frame_len)?);
            Context::enter(echoes(agreement), |echoes| Ok(echoes.hear(&entry, frame)?))
        }
    })
}

/// Position of the next member that is to be heard. WATTSUM_MISUSE_UNKNOWN_PARTY: all have been.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_agreement_awaited(
    agreement: *mut wattsum_cmt_agreement,
    position: *mut u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(position)?;
            let next = |echoes: &mut Echoes| {
                let next = echoes.awaited().next();
                Ok(next.ok_or(meter_link::Misuse::UnknownParty)?)
            };
            place.put(Context::enter(echoes(agreement), next)?);
        }
        Ok(())
    })
}

/// All members have been heard: from here on `meter` takes its place (wattsum_cmt_meter_seat). WATTSUM_QUORUM:
/// somebody has not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_agree(
    meter: *mut wattsum_cmt_meter,
    agreement: *mut wattsum_cmt_agreement,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            Context::enter(context(meter), |meter| {
                Context::enter(echoes(agreement), |echoes| Ok(meter.agree(echoes)?))
            })
        }
    })
}

/// Ends an agreement; the memory and the claim are the caller's again. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_agreement_free(agreement: *mut wattsum_cmt_agreement) -> wattsum_status {
    guard(|| {
        if agreement.is_null() {
            return Ok(());
        }
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::leave(echoes(agreement)) }
    })
}
