//! Groups with terms, at a meter without a heap: its licence, and whose claim it follows.
#![allow(unsafe_code)] // exports

use cmt_ring::election::Hello;
use cmt_ring::{Claim, Error, Generation, Licence};
use meter_link::Round;

use super::entry::{wattsum_cmt_entry, wattsum_cmt_setup};
use super::meter::{Device, WATTSUM_CMT_NO_ROUND, context, wattsum_cmt_meter};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard};
use crate::link::{WATTSUM_KEY_LEN, identity};
use crate::status::wattsum_status;

/// Bytes of a meter's request for a licence.
pub const WATTSUM_CMT_LICENCE_REQUEST_LEN: usize = 88;
/// Bytes of the supplier's Licence frame.
pub const WATTSUM_CMT_LICENCE_FRAME_LEN: usize = 92;
/// Bytes of a licence as it is kept.
pub const WATTSUM_CMT_LICENCE_LEN: usize = 80;
/// Bytes of a Hello.
pub const WATTSUM_CMT_HELLO_LEN: usize = 156;
const _: () = assert!(WATTSUM_CMT_LICENCE_REQUEST_LEN == Licence::REQUEST_LEN);
const _: () = assert!(WATTSUM_CMT_LICENCE_FRAME_LEN == Licence::FRAME_LEN);
const _: () = assert!(WATTSUM_CMT_LICENCE_LEN == Licence::LEN);
const _: () = assert!(WATTSUM_CMT_HELLO_LEN == Hello::LEN);

/// A claim that was checked: who says to be concentrator of a generation, and of whom. All of it is public.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_claim {
    /// First round.
    pub from: u64,
    /// The first round after its term.
    pub until: u64,
    /// Which generation; 0 stands for no claim.
    pub generation: u32,
    /// The claimant.
    pub id: u32,
    /// Its position.
    pub position: u32,
    /// Members.
    pub count: u32,
    /// Digest of their positions.
    pub set: [u8; 32],
}

impl wattsum_cmt_claim {
    pub(crate) fn new(claim: Option<&Claim>) -> Self {
        match claim {
            Some(claim) => wattsum_cmt_claim {
                from: claim.from.get(),
                until: claim.until.get(),
                generation: claim.generation.0,
                id: claim.id.0,
                position: claim.position,
                count: claim.count,
                set: claim.set,
            },
            None => wattsum_cmt_claim {
                from: WATTSUM_CMT_NO_ROUND,
                until: WATTSUM_CMT_NO_ROUND,
                generation: 0,
                id: 0,
                position: 0,
                count: 0,
                set: [0; 32],
            },
        }
    }
}

/// A frame of N bytes that a meter makes with its identity, and that changes nothing.
///
/// # Safety
/// The pointers are as the header asks.
unsafe fn signed<const N: usize>(
    meter: *mut wattsum_cmt_meter,
    identity_secret: *const u8,
    frame: *mut u8,
    make: impl FnOnce(&Device, &meter_link::Identity) -> Result<[u8; N], Error>,
) -> Result<(), Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        let own = Context::span(context(meter));
        caller::apart(&[own, span(identity_secret, WATTSUM_KEY_LEN), span(frame, N)])?;
        let place = Place::<[u8; N]>::new(frame.cast())?;
        let identity = identity(caller::bytes(identity_secret)?);
        place.put(Context::enter(context(meter), |meter| Ok(make(meter, &identity)?))?);
    }
    Ok(())
}

/// Asks the supplier for a licence, or for the next one: a meter that a generation left out needs another.
/// `identity_secret` is the meter's.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[frame;WATTSUM_CMT_LICENCE_REQUEST_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_ask(
    meter: *mut wattsum_cmt_meter,
    identity_secret: *const u8,
    now: u64,
    frame: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        let now = Round::new(now)?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe { signed(meter, identity_secret, frame, |meter, identity| meter.ask(identity, now)) }
    })
}

/// Takes the supplier's Licence, unless the meter has the same or a later one. `kept` is to be stored, or the meter's
/// state; it is not secret.
///
/// cbindgen:ptrs-as-arrays=[[kept;WATTSUM_CMT_LICENCE_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_licensed(
    meter: *mut wattsum_cmt_meter,
    now: u64,
    frame: *const u8,
    frame_len: usize,
    kept: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let own = Context::span(context(meter));
            caller::apart(&[own, span(frame, frame_len), span(kept, WATTSUM_CMT_LICENCE_LEN)])?;
            let place = Place::<[u8; WATTSUM_CMT_LICENCE_LEN]>::new(kept.cast())?;
            let (frame, now) = (caller::lent(frame, frame_len)?, Round::new(now)?);
            let take = |meter: &mut Device| Ok(meter.licensed(now, frame)?.to_bytes()?);
            place.put(Context::enter(context(meter), take)?);
        }
        Ok(())
    })
}

/// Takes a licence that was kept.
///
/// cbindgen:ptrs-as-arrays=[[kept;WATTSUM_CMT_LICENCE_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_restore_licence(
    meter: *mut wattsum_cmt_meter,
    kept: *const u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            caller::apart(&[Context::span(context(meter)), span(kept, WATTSUM_CMT_LICENCE_LEN)])?;
            let licence = Licence::from_bytes(caller::bytes(kept)?)?;
            Context::enter(context(meter), |meter| Ok(meter.restore_licence(&licence)?))
        }
    })
}

/// Says that this meter is there for a generation from round `from` on, and shows its licence: for all around it.
/// `own` is its own entry. The same call gives the same bytes.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[frame;WATTSUM_CMT_HELLO_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_hello(
    meter: *mut wattsum_cmt_meter,
    identity_secret: *const u8,
    own: *const wattsum_cmt_entry,
    now: u64,
    from: u64,
    generation: u32,
    frame: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        let (now, from, generation) = (Round::new(now)?, Round::new(from)?, Generation(generation));
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let me = caller::one(own)?.to_entry()?;
            signed(meter, identity_secret, frame, |meter, identity| {
                meter.hello(identity, &me, now, from, generation)
            })
        }
    })
}

/// Asks those around who is concentrator now: whoever is sends its Claim again, which wattsum_cmt_claim_verify reads.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[frame;WATTSUM_CMT_HELLO_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_discover(
    meter: *mut wattsum_cmt_meter,
    identity_secret: *const u8,
    own: *const wattsum_cmt_entry,
    now: u64,
    frame: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        let now = Round::new(now)?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let me = caller::one(own)?.to_entry()?;
            signed(meter, identity_secret, frame, |meter, identity| meter.discover(identity, &me, now))
        }
    })
}

/// Checks a Claim, whenever its generation began, and reads who the members are: `members` gets their positions,
/// ascending. Whether it holds now is for wattsum_cmt_meter_follow. `setup` is that of any meter of the epoch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_claim_verify(
    setup: *const wattsum_cmt_setup,
    claimant: *const wattsum_cmt_entry,
    frame: *const u8,
    frame_len: usize,
    claim: *mut wattsum_cmt_claim,
    members: *mut u32,
    capacity: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[span(frame, frame_len), span(claim, 1), span(members, capacity)])?;
        // SAFETY: as above.
        let (own, claimant, frame, place, members) = unsafe {
            let (own, claimant) = (caller::one(setup)?.read()?, caller::one(claimant)?.to_entry()?);
            let (place, members) = (Place::new(claim)?, caller::room(members, capacity)?);
            (own, claimant, caller::lent(frame, frame_len)?, place, members)
        };
        let (read, set) = Claim::verify(&own.params, &own.view, &claimant, frame)?;
        let room = members.get_mut(..set.count() as usize).ok_or(meter_link::Misuse::WrongLength)?;
        room.iter_mut().zip(set.positions()).for_each(|(place, position)| *place = position);
        place.put(wattsum_cmt_claim::new(Some(&read)));
        Ok(())
    })
}

/// Takes a Claim: this meter joins the claimant's ring if it answers, and no other one meanwhile. A claim to a lower
/// generation, or a better one to the same, takes its place until the meter has joined; the same frame again changes
/// nothing. Gather claims until a deadline before the first Token is handed to wattsum_cmt_meter_join. Store the
/// state.
///
/// WATTSUM_FAULT_NOT_EXPECTED: a better claim is followed. WATTSUM_FAULT_CONTRADICTION: both frames are evidence
/// against the claimant.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_follow(
    meter: *mut wattsum_cmt_meter,
    now: u64,
    claimant: *const wattsum_cmt_entry,
    frame: *const u8,
    frame_len: usize,
    claim: *mut wattsum_cmt_claim,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let own = Context::span(context(meter));
            caller::apart(&[own, span(frame, frame_len), span(claim, 1)])?;
            let (place, claimant) = (Place::new(claim)?, caller::one(claimant)?.to_entry()?);
            let (frame, now) = (caller::lent(frame, frame_len)?, Round::new(now)?);
            let follow = |meter: &mut Device| Ok(meter.follow(now, &claimant, frame)?);
            let followed = Context::enter(context(meter), follow)?;
            place.put(wattsum_cmt_claim::new(Some(&followed)));
        }
        Ok(())
    })
}

/// The claim that is followed; its generation is 0 for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_followed(
    meter: *mut wattsum_cmt_meter,
    claim: *mut wattsum_cmt_claim,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(claim)?;
            let followed = |meter: &mut Device| Ok(wattsum_cmt_claim::new(meter.followed()));
            place.put(Context::enter(context(meter), followed)?);
        }
        Ok(())
    })
}

/// Gives up the claim that is followed: the caller's deadline for its ring has passed. Its claimant is not followed
/// again before this meter has a place elsewhere. The present ring, if its term is not over, stays. Store the state
/// afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_forsake(meter: *mut wattsum_cmt_meter) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe {
            Context::enter(context(meter), |meter| {
                meter.forsake();
                Ok(())
            })
        }
    })
}

/// Says that the present ring is broken: the caller's deadline for a Delta, or for the ring to close, has passed.
/// From here on this meter follows a claim before the term's end, or lets the ring be healed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_broken(meter: *mut wattsum_cmt_meter) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe { Context::enter(context(meter), |meter| Ok(meter.broken()?)) }
    })
}

/// Takes the supplier's Lost frame: the present ring is broken, as after wattsum_cmt_meter_broken.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_meter_lost(
    meter: *mut wattsum_cmt_meter,
    now: u64,
    frame: *const u8,
    frame_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            caller::apart(&[Context::span(context(meter)), span(frame, frame_len)])?;
            let (frame, now) = (caller::lent(frame, frame_len)?, Round::new(now)?);
            Context::enter(context(meter), |meter| Ok(meter.lost(now, frame)?))
        }
    })
}
