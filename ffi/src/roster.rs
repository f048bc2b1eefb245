//! The head end's roster.
#![allow(unsafe_code)] // exports

use meter_link::roster::{Certified, List, Roster, RosterBuilder};
use meter_link::{EpochView, GroupParams, IdentityKey, Misuse, PartyId, Round};

use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::{WATTSUM_ROOT_FRAME_LEN, list, wattsum_epoch, wattsum_lists, wattsum_member};
use crate::guard::{Failure, guard, guard_blaming, wiping_guard};
use crate::link::{identity, role, wattsum_forming};
use crate::status::wattsum_status;

/// Utility, meters and answerers of an epoch: gathered first, then built, then the same for ever.
pub struct wattsum_roster(());

pub(crate) enum Lists {
    Gathering(std::boxed::Box<RosterBuilder>),
    Built(std::boxed::Box<Roster>),
    /// Could not be built.
    Spent,
}

impl Kind for Lists {
    const MAGIC: u32 = u32::from_be_bytes(*b"rost");
}

impl Lists {
    pub(crate) fn built(&self) -> Result<&Roster, Failure> {
        match self {
            Lists::Built(roster) => Ok(roster),
            Lists::Gathering(_) | Lists::Spent => Err(Misuse::OutOfOrder.into()),
        }
    }
}

pub(crate) fn context(roster: *mut wattsum_roster) -> *mut Context<Lists> {
    roster.cast()
}

/// A roster without members. To be freed with wattsum_roster_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_roster_new(
    forming: *const wattsum_forming,
    roster: *mut *mut wattsum_roster,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (forming, place) = unsafe { (caller::one(forming)?.to_forming()?, Place::new(roster)?) };
        place.put(Context::boxed(Lists::Gathering(RosterBuilder::new(forming).into())).cast());
        Ok(())
    })
}

/// Adds a party whose certificate the application has checked, with the announcement it sent. Answerers get their
/// numbers in the order of these calls, from 1; everybody else comes in any order.
///
/// cbindgen:ptrs-as-arrays=[[identity_public;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_roster_add(
    roster: *mut wattsum_roster,
    id: u32,
    role: u8,
    identity_public: *const u8,
    announcement: *const u8,
    announcement_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (identity, frame) = unsafe {
            (IdentityKey(*caller::bytes(identity_public)?), caller::lent(announcement, announcement_len)?)
        };
        let party = Certified { id: PartyId(id), role: self::role(role)?, identity };
        // SAFETY: as above.
        unsafe {
            Context::enter(context(roster), |lists| match lists {
                Lists::Gathering(builder) => Ok(builder.add(&party, frame)?),
                Lists::Built(_) | Lists::Spent => Err(Misuse::OutOfOrder.into()),
            })
        }
    })
}

/// Ends the gathering. Nobody can be added afterwards, and only now the functions below work. A roster that cannot be
/// built is of no more use.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_roster_build(roster: *mut wattsum_roster) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe {
            Context::enter(context(roster), |lists| {
                match core::mem::replace(lists, Lists::Spent) {
                    Lists::Gathering(builder) => *lists = Lists::Built(builder.build()?.into()),
                    other => {
                        *lists = other;
                        return Err(Misuse::OutOfOrder.into());
                    }
                }
                Ok(())
            })
        }
    })
}

/// The utility's signed commitment to the lists, for all parties: to be sent before `beacon_time`, the Unix time at
/// which the beacon will be published.
///
/// cbindgen:ptrs-as-arrays=[[utility_secret;32],[frame;WATTSUM_ROOT_FRAME_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_roster_root(
    roster: *mut wattsum_roster,
    last_round: u64,
    beacon_time: u64,
    utility_secret: *const u8,
    frame: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (secret, frame) = unsafe {
            (caller::bytes(utility_secret)?, Place::<[u8; WATTSUM_ROOT_FRAME_LEN]>::new(frame.cast())?)
        };
        let last_round = Round::new(last_round)?;
        // SAFETY: as above.
        unsafe {
            Context::enter(context(roster), |lists| {
                let roster = lists.built()?;
                let root = roster.root(last_round, beacon_time);
                frame.put(root.sign(roster.forming(), &identity(secret))?);
                Ok(())
            })
        }
    })
}

/// Sizes and Merkle roots, for parties that do not hold the roster.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_roster_lists(
    roster: *mut wattsum_roster,
    lists: *mut wattsum_lists,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let place = unsafe { Place::new(lists) }?;
        // SAFETY: as above.
        let lists = unsafe { Context::enter(context(roster), |lists| sizes(lists.built()?)) }?;
        place.put(lists);
        Ok(())
    })
}

/// Who stands at an index of a list, and the path that proves it. A meter gets both, with the announcement that the
/// party sent, for wattsum_member_announced and wattsum_member_verify. `capacity` counts hashes of 32 bytes; 32 are
/// always enough.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_roster_path(
    roster: *mut wattsum_roster,
    list: u8,
    index: u32,
    id: *mut u32,
    path: *mut u8,
    capacity: usize,
    hashes: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(path, capacity.saturating_mul(32)), span(id, 1), span(hashes, 1)])?;
        let list = self::list(list)?;
        // SAFETY: the caller's pointers, as the header asks.
        let (place, path, hashes) = unsafe {
            (Place::new(id)?, caller::room(path.cast::<[u8; 32]>(), capacity)?, Place::new(hashes)?)
        };
        // SAFETY: as above.
        unsafe {
            Context::enter(context(roster), |lists| {
                let roster = lists.built()?;
                let at = index as usize;
                let member = match list {
                    List::Roster if at == 0 => roster.utility(),
                    List::Roster => roster.meters().get(at.wrapping_sub(1)),
                    List::Answerers => roster.answerers().get(at),
                };
                let member = member.ok_or(Misuse::UnknownParty)?;
                caller::fill(&roster.path(list, at), path, hashes)?;
                place.put(member.id.0);
                Ok(())
            })
        }
    })
}

/// Frees a roster. NULL is right. Roles made from it keep what they need.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_roster_free(roster: *mut wattsum_roster) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(roster)) })
}

pub(crate) fn sizes(roster: &Roster) -> Result<wattsum_lists, Failure> {
    let large = |_| Misuse::BadParameter;
    let merkle = |list| roster.inclusion(list, 0, &[]).merkle_root;
    Ok(wattsum_lists {
        meters: u32::try_from(roster.meters().len()).map_err(large)?,
        answerers: u8::try_from(roster.answerers().len()).map_err(large)?,
        roster_merkle: merkle(List::Roster),
        answerers_merkle: merkle(List::Answerers),
    })
}

/// What every party of the epoch knows, for those that hold the roster.
pub(crate) fn view(
    roster: &Roster,
    group: &GroupParams,
    epoch: &wattsum_epoch,
) -> Result<EpochView, Failure> {
    let utility = roster.utility().ok_or(Misuse::UnknownParty)?;
    epoch.view(group, &sizes(roster)?, &wattsum_member::new(utility))
}
