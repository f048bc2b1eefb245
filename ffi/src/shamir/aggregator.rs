//! The aggregator of shamir, behind a handle.
#![allow(unsafe_code)] // exports

use meter_link::answer::AnswererRecord;
use meter_link::{PartyId, Round};
use shamir_agg::{Aggregator, Post};

use super::wattsum_shamir_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::{guard, guard_blaming};
use crate::link::{SpentLink, identity};
use crate::mark::stored;
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status;

/// Bytes of what an answerer (holder, aggregator) stores of an answer.
pub const WATTSUM_ANSWER_RECORD_LEN: usize = 111;
const _: () = assert!(WATTSUM_ANSWER_RECORD_LEN == size_of::<AnswererRecord>());

/// An aggregator of one epoch. It never receives a frame from a meter: its share of a reading is a pad it can compute.
pub struct wattsum_shamir_aggregator(());

impl Kind for Aggregator {
    const MAGIC: u32 = u32::from_be_bytes(*b"shag");
}

fn context(aggregator: *mut wattsum_shamir_aggregator) -> *mut Context<Aggregator> {
    aggregator.cast()
}

/// Makes the keys with utility, meters and the other aggregators. `identity_secret` is the aggregator's, `link_secret` that
/// of its announced link key, which is wiped on success. To be freed with wattsum_shamir_aggregator_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_aggregator_new(
    params: *const wattsum_shamir_params,
    epoch: *const wattsum_epoch,
    id: u32,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    aggregator: *mut *mut wattsum_shamir_aggregator,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (params, epoch, secret, place) = unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            (params, epoch, caller::bytes(identity_secret)?, Place::new(aggregator)?)
        };
        // SAFETY: as above.
        let (link, spent) = unsafe { SpentLink::new(link_secret) }?;
        // SAFETY: as above.
        let role = unsafe {
            Context::enter(roster::context(roster), |lists| {
                let view = roster::view(lists.built()?, params.group(), epoch)?;
                let post = Post { id: PartyId(id), identity: identity(secret), link };
                Ok(Aggregator::new(&params, &view, post, lists.built()?)?)
            })
        }?;
        spent.wipe();
        place.put(Context::boxed(role).cast());
        Ok(())
    })
}

/// Takes the utility's Open of a round. `now` is the present round by the own clock. It ends the round before: an
/// aggregator has one round open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_aggregator_open(
    aggregator: *mut wattsum_shamir_aggregator,
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
            let open = caller::lent(open, open_len)?;
            Context::enter(context(aggregator), |aggregator| Ok(aggregator.open(Round::new(now)?, open)?))
        }
    })
}

/// Answers the Close of the open round.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves. A lost record counts as collusion.
///
/// `answer_size` is at least WATTSUM_ANSWER_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_aggregator_answer(
    aggregator: *mut wattsum_shamir_aggregator,
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
    guard_blaming(blame, || {
        caller::apart(&[
            span(close, close_len),
            span(record, WATTSUM_ANSWER_RECORD_LEN),
            span(answer, answer_size),
            span(answer_len, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        let (close, record, answer, len) = unsafe {
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let close = caller::lent(close, close_len)?;
            (close, record, caller::room(answer, answer_size)?, Place::new(answer_len)?)
        };
        let now = Round::new(now)?;
        // SAFETY: as above.
        let prepared = unsafe { Context::enter(context(aggregator), |role| Ok(role.answer(now, close)?)) }?;
        let bytes = stored(&prepared)?;
        caller::fill(&prepared.stored(), answer, len)?;
        record.put(bytes);
        Ok(())
    })
}

/// Takes a stored record into account after a start: ALL records of this aggregator, group and epoch, in any order. One
/// log for each role, group and epoch. WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_aggregator_replay(
    aggregator: *mut wattsum_shamir_aggregator,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = caller::lent(record, record_len)?;
            Context::enter(context(aggregator), |aggregator| Ok(aggregator.replay(record)?))
        }
    })
}

/// Wipes and frees an aggregator. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_aggregator_free(
    aggregator: *mut wattsum_shamir_aggregator,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(aggregator)) })
}
