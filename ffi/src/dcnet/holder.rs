//! The holder of dcnet, behind a handle.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use dcnet_core::{Holder, Params};
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, GroupParams, Identity, LinkSecret, PartyId, Round};
use zeroize::Zeroizing;

use super::wattsum_dcnet_params;
use crate::caller;
use crate::context::Context;
use crate::epoch::wattsum_epoch;
use crate::guard::{guard, guard_blaming, wiping_guard, wiping_guard_blaming};
use crate::head::answerer::{self, Answerer, Post, Step};
use crate::roster::wattsum_roster;
use crate::status::wattsum_status;

/// A holder of one epoch. It never receives a frame from a meter: its part of a meter's self-mask is a pad it can
/// compute.
pub struct wattsum_dcnet_holder(());

impl Answerer for Holder {
    const ANSWERER: u32 = u32::from_be_bytes(*b"dcho");

    type Params = Params;

    fn group(params: &Params) -> &GroupParams {
        params.group()
    }

    fn new(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        identity: Identity,
        link: LinkSecret,
        roster: &Roster,
    ) -> Result<Self, Error> {
        Self::new(params, view, id, link, roster)?.signing(identity)
    }

    fn from_bytes(
        params: &Params,
        view: &EpochView,
        id: PartyId,
        identity: Identity,
        roster: &Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        Self::from_bytes(params, view, id, roster, state)?.signing(identity)
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.to_bytes()
    }

    fn replay(&mut self, record: &[u8]) -> Result<(), Error> {
        self.replay(record)
    }

    fn open(&mut self, now: Round, open: &[u8]) -> Result<(), Error> {
        self.open(now, open)
    }

    fn answer(&mut self, now: Round, close: &[u8]) -> Step<Vec<u8>> {
        self.answer(now, close)
    }

    fn follow(&mut self, now: Round, close: &[u8]) -> Step<()> {
        self.follow(now, close)
    }

    fn catch_up(&mut self, now: Round, open: &[u8], close: &[u8]) -> Step<()> {
        self.catch_up(now, open, close)
    }

    fn agree(&mut self, now: Round, close: &[u8]) -> Step<Vec<u8>> {
        self.agree(now, close)
    }

    fn answer_certified(&mut self, statements: &[&[u8]]) -> Step<Vec<u8>> {
        self.answer_certified(statements)
    }
}

/// Makes the keys with utility, meters and the other holders. `identity_secret` is the holder's, `link_secret` that
/// of its announced link key, which is wiped on success. To be freed with wattsum_dcnet_holder_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_new(
    params: *const wattsum_dcnet_params,
    epoch: *const wattsum_epoch,
    id: u32,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    holder: *mut *mut wattsum_dcnet_holder,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    wiping_guard_blaming(blame, || unsafe {
        let params = caller::one(params)?.to_params()?;
        answerer::new::<Holder>(params, epoch, id, roster, identity_secret, link_secret, holder.cast())
    })
}

/// Takes the utility's Open of a round. `now` is the present round by the own clock. It ends the round before: a
/// holder has one round open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_open(
    holder: *mut wattsum_dcnet_holder,
    now: u64,
    open: *const u8,
    open_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe { answerer::open::<Holder>(holder.cast(), now, open, open_len) })
}

/// Answers the final Close of the open round.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves. A lost record counts as collusion.
///
/// `answer_size` is at least WATTSUM_ANSWER_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_answer(
    holder: *mut wattsum_dcnet_holder,
    now: u64,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
    answer: *mut u8,
    answer_size: usize,
    answer_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe {
        let role = holder.cast();
        answerer::answer::<Holder>(role, now, close, close_len, record, answer, answer_size, answer_len)
    })
}

/// Takes the final Close of the open round into account where others are asked: all holders count how often a meter
/// comes and goes, and refuse sets with one that does so too often. `record` is stored as that of an answer is.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_follow(
    holder: *mut wattsum_dcnet_holder,
    now: u64,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe {
        answerer::follow::<Holder>(holder.cast(), now, close, close_len, record)
    })
}

/// The same for a past round that it has missed, by the round's Open and final Close: in ascending order, before the
/// next Open.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_catch_up(
    holder: *mut wattsum_dcnet_holder,
    now: u64,
    open: *const u8,
    open_len: usize,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe {
        answerer::catch_up::<Holder>(holder.cast(), now, open, open_len, close, close_len, record)
    })
}

/// Takes a stored record into account after a start: ALL records of this holder, group and epoch, in any order. One
/// log for each role, group and epoch. WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_replay(
    holder: *mut wattsum_dcnet_holder,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { answerer::replay::<Holder>(holder.cast(), record, record_len) })
}

/// Bytes of the state that wattsum_dcnet_holder_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_state_len(
    holder: *mut wattsum_dcnet_holder,
    len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { answerer::state_len::<Holder>(holder.cast(), len) })
}

/// All that a restart needs but the round that is open: keys, what was agreed to, how often meters came and went. It
/// holds KEYS: protected storage, wiped after use. Store it once the holder is made, instead of the link secret, and
/// from time to time OVER the state before, which still has keys of earlier ratchet steps. Records are stored all the
/// same: they, not the state, are on storage before an answer leaves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_export(
    holder: *mut wattsum_dcnet_holder,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    wiping_guard(|| unsafe { answerer::export::<Holder>(holder.cast(), state, size, state_len) })
}

/// A holder from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged, another's or another epoch's. Then
/// replay ALL records that were stored since, or all there are. The Open of the round that is open is given anew. To be
/// freed with wattsum_dcnet_holder_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_import(
    params: *const wattsum_dcnet_params,
    epoch: *const wattsum_epoch,
    id: u32,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    state: *const u8,
    state_len: usize,
    holder: *mut *mut wattsum_dcnet_holder,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    wiping_guard_blaming(blame, || unsafe {
        let params = caller::one(params)?.to_params()?;
        let place = holder.cast();
        answerer::import::<Holder>(params, epoch, id, roster, identity_secret, state, state_len, place)
    })
}

/// Wipes and frees a holder. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_free(holder: *mut wattsum_dcnet_holder) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::<Post<Holder>>::unbox(holder.cast()) })
}
