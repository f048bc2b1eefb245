//! What a ceremony of the trustees is about, and what anybody can tell from its frames.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use meter_link::{IdentityKey, PartyId};
use threshold_elgamal::ceremony::{Agreed, Ceremony, Dealer, Seat, Verdict};
use threshold_elgamal::{Error, Params};

use super::keys::{handle, key_set, wattsum_elgamal_keys};
use super::wattsum_elgamal_params;
use crate::bytes::{self, wattsum_bytes};
use crate::caller::{self, Place};
use crate::guard::{Failure, guard, guard_blaming};
use crate::status::wattsum_status;

/// Who takes part in a ceremony.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_seat {
    /// Unique over all roles.
    pub id: u32,
    /// Public identity key, by its certificate.
    pub identity: [u8; 32],
}

/// Who deals its share of the old keys anew.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_dealer {
    /// Who.
    pub seat: wattsum_elgamal_seat,
    /// Its number in the old key set.
    pub number: u8,
}

/// What a ceremony is about: one description that every participant has, from lists that it trusts as it trusts a
/// roster. Who differs anywhere shares nothing with the rest: wattsum_elgamal_plan_id is the same for the same.
///
/// Three kinds: without `old` keys are made anew, and the members deal. With `old` and no dealers the shares are
/// refreshed: the same members, numbers and key. With `old` and dealers the key is handed on to other members: the
/// dealers are as many of the old trustees as its threshold says, or more.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_plan {
    /// What the group agrees on: as many members as it has trustees.
    pub params: *const wattsum_elgamal_params,
    /// Who gets the new shares; number i is the i-th, from 1.
    pub members: *const wattsum_elgamal_seat,
    /// How many.
    pub member_count: usize,
    /// The keys that are dealt anew, or NULL.
    pub old: *mut wattsum_elgamal_keys,
    /// Who deals them, ascending by number; NULL for all members.
    pub dealers: *const wattsum_elgamal_dealer,
    /// How many.
    pub dealer_count: usize,
    /// Counts the session's ceremonies. EACH NUMBER IS USED ONCE, also where the ceremony failed.
    pub number: u32,
}

/// Who broke a rule, as anybody can see from the frames.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_verdict {
    /// Who.
    pub culprit: u32,
    /// What: a status of the 3xx.
    pub fault: wattsum_status,
}

impl wattsum_elgamal_verdict {
    pub(super) fn new(verdict: Verdict) -> Self {
        let (fault, _) = Failure::from(Error::from(verdict)).told();
        wattsum_elgamal_verdict { culprit: verdict.culprit.0, fault }
    }
}

impl wattsum_elgamal_seat {
    fn to_seat(self) -> Seat {
        Seat { id: PartyId(self.id), identity: IdentityKey(self.identity) }
    }
}

/// # Safety
/// `plan` and what it points to are right.
pub(super) unsafe fn ceremony(plan: *const wattsum_elgamal_plan) -> Result<Ceremony, Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        let plan = caller::one(plan)?;
        let params: Params = caller::one(plan.params)?.to_params()?;
        let members = caller::lent(plan.members, plan.member_count)?;
        let dealers = caller::lent(plan.dealers, plan.dealer_count)?;
        let members: Vec<Seat> = members.iter().map(|seat| seat.to_seat()).collect();
        if plan.old.is_null() {
            if !dealers.is_empty() {
                return Err(meter_link::Misuse::BadParameter.into());
            }
            return Ok(Ceremony::generate(&params, plan.number, &members)?);
        }
        let old = key_set(plan.old)?;
        if dealers.is_empty() {
            return Ok(Ceremony::refresh(&params, plan.number, &members, &old)?);
        }
        let dealer = |d: &wattsum_elgamal_dealer| Dealer { number: d.number, seat: d.seat.to_seat() };
        let dealers: Vec<Dealer> = dealers.iter().map(dealer).collect();
        Ok(Ceremony::reshare(&params, plan.number, &members, &old, &dealers)?)
    }
}

/// A hash of a ceremony's description, by which participants see that they have the same. All that is signed in the
/// ceremony depends on it.
///
/// cbindgen:ptrs-as-arrays=[[id;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_plan_id(
    plan: *const wattsum_elgamal_plan,
    id: *mut u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::<[u8; 32]>::new(id.cast())?;
            place.put(*ceremony(plan)?.id().as_bytes());
        }
        Ok(())
    })
}

/// That one party has signed two different frames of a kind of which each has one: evidence for anybody. Answers
/// WATTSUM_INCONSISTENT where it is none: the same frame twice, or frames of two parties.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_plan_contradiction(
    plan: *const wattsum_elgamal_plan,
    one: *const u8,
    one_len: usize,
    other: *const u8,
    other_len: usize,
    verdict: *mut wattsum_elgamal_verdict,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let place = Place::new(verdict)?;
            let (one, other) = (caller::lent(one, one_len)?, caller::lent(other, other_len)?);
            place.put(wattsum_elgamal_verdict::new(ceremony(plan)?.contradiction(one, other)?));
        }
        Ok(())
    })
}

/// # Safety
/// The pointers are right.
unsafe fn agreed(
    plan: *const wattsum_elgamal_plan,
    announcements: (*const wattsum_bytes, usize),
    echoes: (*const wattsum_bytes, usize),
) -> Result<Agreed, Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        let announcements = bytes::list(announcements.0, announcements.1)?;
        Ok(Agreed::new(&ceremony(plan)?, &announcements, &bytes::list(echoes.0, echoes.1)?)?)
    }
}

/// The keys that a ceremony makes if it ends, from everybody's announcements and echoes: for who takes no part in it,
/// such as the utility. Whether it has ended the trustees' statements show (wattsum_elgamal_key_certified). To be freed with
/// wattsum_elgamal_keys_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_plan_keys(
    plan: *const wattsum_elgamal_plan,
    announcements: *const wattsum_bytes,
    announcement_count: usize,
    echoes: *const wattsum_bytes,
    echo_count: usize,
    keys: *mut *mut wattsum_elgamal_keys,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let place = Place::new(keys)?;
            let agreed = agreed(plan, (announcements, announcement_count), (echoes, echo_count))?;
            place.put(handle(agreed.keys()?));
        }
        Ok(())
    })
}

/// Who is wrong in a complaint, the dealer or the member that complains about it: for who takes no part in the ceremony.
/// Anybody comes to the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_plan_judge(
    plan: *const wattsum_elgamal_plan,
    announcements: *const wattsum_bytes,
    announcement_count: usize,
    echoes: *const wattsum_bytes,
    echo_count: usize,
    complaint: *const u8,
    complaint_len: usize,
    verdict: *mut wattsum_elgamal_verdict,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (place, complaint) = (Place::new(verdict)?, caller::lent(complaint, complaint_len)?);
            let agreed = agreed(plan, (announcements, announcement_count), (echoes, echo_count))?;
            place.put(wattsum_elgamal_verdict::new(agreed.judge(complaint)?));
        }
        Ok(())
    })
}
