//! Elections, at a meter that may be concentrator: behind handles, on a device with a heap.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use cmt_ring::election::{Election, Heard, Roll, Verdict};
use cmt_ring::{Claim, Generation, Params};
use meter_link::{EpochView, Round};

use super::entry::{wattsum_cmt_entry, wattsum_cmt_setup};
use super::meter::{Device, WATTSUM_CMT_NO_ROUND, check_epoch, context, wattsum_cmt_meter};
use super::terms::WATTSUM_CMT_HELLO_LEN;
use crate::caller::{self, Place, fill, span};
use crate::context::{Context, Kind};
use crate::guard::{guard, guard_blaming, wiping_guard};
use crate::link::{WATTSUM_KEY_LEN, identity};
use crate::status::wattsum_status;

/// The sender of a Hello is there, which was not known.
pub const WATTSUM_CMT_HEARD_NEW: u8 = 0;
/// The sender was known to be there.
pub const WATTSUM_CMT_HEARD_KNOWN: u8 = 1;
/// The sender is there for another generation, which `generation` and `from` name.
pub const WATTSUM_CMT_HEARD_ELSEWHERE: u8 = 2;
/// The sender asks who is concentrator: whoever is sends its Claim again.
pub const WATTSUM_CMT_HEARD_DISCOVERY: u8 = 3;

/// Send the Hello again: not everybody has been heard.
pub const WATTSUM_CMT_VERDICT_REPEAT: u8 = 0;
/// The draw makes this meter concentrator: wattsum_cmt_meter_claim with wattsum_cmt_election_members.
pub const WATTSUM_CMT_VERDICT_CLAIM: u8 = 1;
/// The draw makes the meter at `position` concentrator: wait for its claim.
pub const WATTSUM_CMT_VERDICT_AWAIT: u8 = 2;
/// Too few are there for a ring; Hellos begin again.
pub const WATTSUM_CMT_VERDICT_TOO_FEW: u8 = 3;

/// What a Hello says.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_heard {
    /// Where elsewhere, that generation's first round; else WATTSUM_CMT_NO_ROUND.
    pub from: u64,
    /// Where elsewhere, that generation; else 0.
    pub generation: u32,
    /// WATTSUM_CMT_HEARD_...
    pub what: u8,
}

/// What to do at a deadline.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_verdict {
    /// Of whose claim is awaited; else 0.
    pub position: u32,
    /// How many are there and how many it takes, where too few are; else 0.
    pub have: u32,
    /// As above.
    pub need: u32,
    /// WATTSUM_CMT_VERDICT_...
    pub what: u8,
}

/// Whose licences hold, as this meter knows it: one for an epoch.
pub struct wattsum_cmt_roll(());

struct Known {
    roll: Roll,
    params: Params,
    view: EpochView,
}

impl Kind for Known {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmrl");
}

fn roll_context(roll: *mut wattsum_cmt_roll) -> *mut Context<Known> {
    roll.cast()
}

/// An election of one generation, as this meter sees it.
pub struct wattsum_cmt_election(());

impl Kind for Election {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmel");
}

fn election_context(election: *mut wattsum_cmt_election) -> *mut Context<Election> {
    election.cast()
}

/// A roll in which all licences of the epoch hold. `setup` is the meter's. To be freed with wattsum_cmt_roll_free. A
/// lost one lets in whom the supplier then refuses.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_roll_new(
    setup: *const wattsum_cmt_setup,
    roll: *mut *mut wattsum_cmt_roll,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (own, place) = unsafe { (caller::one(setup)?.read()?, Place::new(roll)?) };
        let known = Known { roll: Roll::new(&own.view), params: own.params, view: own.view };
        place.put(Context::boxed(known).cast());
        Ok(())
    })
}

/// The generation of this Claim has formed: earlier licences of those that it left out are void.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_roll_formed(
    roll: *mut wattsum_cmt_roll,
    claimant: *const wattsum_cmt_entry,
    frame: *const u8,
    frame_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (claimant, frame) = (caller::one(claimant)?.to_entry()?, caller::lent(frame, frame_len)?);
            Context::enter(roll_context(roll), |known| {
                let (claim, members) = Claim::verify(&known.params, &known.view, &claimant, frame)?;
                known.roll.formed(&claim, &members);
                Ok(())
            })
        }
    })
}

/// The meter at this position was cut out of a ring from round `from` on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_roll_cut(
    roll: *mut wattsum_cmt_roll,
    position: u32,
    from: u64,
) -> wattsum_status {
    guard(|| {
        let from = Round::new(from)?;
        // SAFETY: the caller's pointer, as the header asks.
        unsafe {
            Context::enter(roll_context(roll), |known| {
                known.roll.cut(position, from);
                Ok(())
            })
        }
    })
}

/// Frees a roll. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_roll_free(roll: *mut wattsum_cmt_roll) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(roll_context(roll)) })
}

/// Opens the election of a generation from round `from` on, and makes this meter's Hello for all around. Each other
/// meter, and later each that is drawn, has `tries` deadlines to be heard. `setup` is the meter's. To be freed with
/// wattsum_cmt_election_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[hello;WATTSUM_CMT_HELLO_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_election_open(
    meter: *mut wattsum_cmt_meter,
    setup: *const wattsum_cmt_setup,
    identity_secret: *const u8,
    now: u64,
    from: u64,
    generation: u32,
    tries: u8,
    hello: *mut u8,
    election: *mut *mut wattsum_cmt_election,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[
            // SAFETY: as below.
            unsafe { Context::span(context(meter)) },
            span(identity_secret, WATTSUM_KEY_LEN),
            span(hello, WATTSUM_CMT_HELLO_LEN),
            span(election, 1),
        ])?;
        // SAFETY: the caller's pointers, as the header asks; they do not overlap.
        unsafe {
            let hello = Place::<[u8; WATTSUM_CMT_HELLO_LEN]>::new(hello.cast())?;
            let (place, setup) = (Place::new(election)?, caller::one(setup)?);
            let (own, me) = (setup.read()?, caller::one(setup.own)?.to_entry()?);
            let identity = identity(caller::bytes(identity_secret)?);
            let (now, from, generation) = (Round::new(now)?, Round::new(from)?, Generation(generation));
            let opened = Context::enter(context(meter), |meter: &mut Device| {
                check_epoch(meter, &own.view)?;
                Ok(Election::open(meter, &identity, &me, now, from, generation, tries)?)
            })?;
            hello.put(*opened.hello());
            place.put(Context::boxed(opened).cast());
        }
        Ok(())
    })
}

/// Takes a Hello of the meter `sender`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_election_hear(
    election: *mut wattsum_cmt_election,
    roll: *mut wattsum_cmt_roll,
    now: u64,
    sender: *const wattsum_cmt_entry,
    frame: *const u8,
    frame_len: usize,
    heard: *mut wattsum_cmt_heard,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (place, sender) = (Place::new(heard)?, caller::one(sender)?.to_entry()?);
            let (frame, now) = (caller::lent(frame, frame_len)?, Round::new(now)?);
            let heard = Context::enter(election_context(election), |election| {
                let hear = |known: &mut Known| Ok(election.hear(now, &known.roll, &sender, frame)?);
                Context::enter(roll_context(roll), hear)
            })?;
            let (what, generation, from) = match heard {
                Heard::New => (WATTSUM_CMT_HEARD_NEW, 0, WATTSUM_CMT_NO_ROUND),
                Heard::Known => (WATTSUM_CMT_HEARD_KNOWN, 0, WATTSUM_CMT_NO_ROUND),
                Heard::Elsewhere(generation, from) => (WATTSUM_CMT_HEARD_ELSEWHERE, generation.0, from.get()),
                Heard::Discovery => (WATTSUM_CMT_HEARD_DISCOVERY, 0, WATTSUM_CMT_NO_ROUND),
            };
            place.put(wattsum_cmt_heard { from, generation, what });
        }
        Ok(())
    })
}

/// Takes a meter out, one whose ring did not form, say: it is not drawn, nor a member of what this meter claims.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_election_leave_out(
    election: *mut wattsum_cmt_election,
    position: u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe {
            Context::enter(election_context(election), |election| {
                election.leave_out(position);
                Ok(())
            })
        }
    })
}

/// Who would be in the ring: positions, ascending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_election_members(
    election: *mut wattsum_cmt_election,
    positions: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(positions, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(positions, capacity)?, Place::new(count)?);
            Context::enter(election_context(election), |election| {
                let members: Vec<u32> = election.members().positions().collect();
                fill(&members, out, count)
            })
        }
    })
}

/// The caller's deadline has passed without a claim to this generation that this meter follows: what to do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_election_deadline(
    election: *mut wattsum_cmt_election,
    verdict: *mut wattsum_cmt_verdict,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(verdict)?;
            let verdict = Context::enter(election_context(election), |election| Ok(election.deadline()?))?;
            let none =
                wattsum_cmt_verdict { position: 0, have: 0, need: 0, what: WATTSUM_CMT_VERDICT_REPEAT };
            place.put(match verdict {
                Verdict::Repeat => none,
                Verdict::Claim => wattsum_cmt_verdict { what: WATTSUM_CMT_VERDICT_CLAIM, ..none },
                Verdict::Await(position) => {
                    wattsum_cmt_verdict { what: WATTSUM_CMT_VERDICT_AWAIT, position, ..none }
                }
                Verdict::TooFew { have, need } => {
                    wattsum_cmt_verdict { what: WATTSUM_CMT_VERDICT_TOO_FEW, have, need, ..none }
                }
            });
        }
        Ok(())
    })
}

/// Frees an election. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_election_free(election: *mut wattsum_cmt_election) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(election_context(election)) })
}
