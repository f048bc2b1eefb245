//! What a trustee checks and signs of a round or a window, and its share in opening that sum.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use meter_link::answer::AnswererRecord;
use meter_link::window::WindowQuery;
use meter_link::{Misuse, Prepared, Round};

use super::{Seat, WATTSUM_ELGAMAL_STATEMENT_LEN, context, wattsum_elgamal_trustee};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard_blaming};
use crate::mark::stored;
use crate::status::wattsum_status;

/// Takes the utility's Open of a round. `now` is the present round by the own clock. It ends the round before: a trustee
/// has one round open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_open(
    trustee: *mut wattsum_elgamal_trustee,
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
            Context::enter(context(trustee), |seat| Ok(seat.trustee.open(Round::new(now)?, open)?))
        }
    })
}

/// A round's Close and its contributions.
struct Set<'a> {
    now: Round,
    close: &'a [u8],
    contributions: &'a [u8],
    hints: &'a [u8],
}

impl<'a> Set<'a> {
    /// # Safety
    /// The pointers are right.
    unsafe fn new(
        now: u64,
        close: (*const u8, usize),
        contributions: (*const u8, usize),
        hints: (*const u8, usize),
    ) -> Result<Self, Failure> {
        // SAFETY: our caller's promise.
        unsafe {
            let (close, hints) = (caller::lent(close.0, close.1)?, caller::lent(hints.0, hints.1)?);
            let contributions = caller::lent(contributions.0, contributions.1)?;
            Ok(Set { now: Round::new(now)?, close, contributions, hints })
        }
    }

    /// Each by itself; a last one that is too short is seen where it is read.
    fn frames(&self, seat: &Seat) -> Vec<&'a [u8]> {
        self.contributions.chunks(seat.contribution.max(1)).collect()
    }
}

/// Checks the Close of the open round and EVERY contribution of its set, sums them, and signs the list: the one list that
/// this trustee signs in the round. The statement goes to the utility, for the others of the quorum.
///
/// `contributions` are the meters' frames as wattsum_elgamal_round_contributions gives them, `hints` what
/// wattsum_elgamal_round_hints gives, or none: they need not be trusted, and halve the work.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves. A lost record counts as collusion.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN],[statement;WATTSUM_ELGAMAL_STATEMENT_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_agree(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    close: *const u8,
    close_len: usize,
    contributions: *const u8,
    contributions_len: usize,
    hints: *const u8,
    hints_len: usize,
    record: *mut u8,
    statement: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        let (kept, told) =
            (span(record, size_of::<AnswererRecord>()), span(statement, WATTSUM_ELGAMAL_STATEMENT_LEN));
        caller::apart(&[span(close, close_len), kept, told])?;
        caller::apart(&[span(contributions, contributions_len), kept, told])?;
        caller::apart(&[span(hints, hints_len), kept, told])?;
        // SAFETY: as above; they do not overlap.
        unsafe {
            let given =
                Set::new(now, (close, close_len), (contributions, contributions_len), (hints, hints_len))?;
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let place = Place::<[u8; WATTSUM_ELGAMAL_STATEMENT_LEN]>::new(statement.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let frames = given.frames(seat);
                let agreed = seat.trustee.agree_hinted(given.now, given.close, &frames, given.hints)?;
                seat.sums = seat.view.channels();
                Ok(agreed)
            })?;
            give_statement(prepared, record, place)
        }
    })
}

fn give_statement(
    prepared: Prepared<Vec<u8>, AnswererRecord>,
    record: Place<AnswererRecord>,
    place: Place<[u8; WATTSUM_ELGAMAL_STATEMENT_LEN]>,
) -> Result<(), Failure> {
    let bytes = stored(&prepared)?;
    place.put(prepared.stored().try_into().map_err(|_| Misuse::WrongLength)?);
    record.put(bytes);
    Ok(())
}

/// Agrees to the list of the open round where others are asked: every trustee counts how often a meter comes and goes, and
/// only who knows the lists of all rounds can answer for their window. `record` is stored as that of a statement is.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_follow(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    close: *const u8,
    close_len: usize,
    contributions: *const u8,
    contributions_len: usize,
    hints: *const u8,
    hints_len: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let out = span(record, size_of::<AnswererRecord>());
            for input in
                [span(close, close_len), span(contributions, contributions_len), span(hints, hints_len)]
            {
                caller::apart(&[out, input])?;
            }
            let given =
                Set::new(now, (close, close_len), (contributions, contributions_len), (hints, hints_len))?;
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let frames = given.frames(seat);
                Ok(seat.trustee.follow_hinted(given.now, given.close, &frames, given.hints)?)
            })?;
            record.put(stored(&prepared)?);
        }
        Ok(())
    })
}

/// The same for a past round that it has missed, by the round's Open too: in ascending order, and before another list is
/// agreed to.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_catch_up(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    open: *const u8,
    open_len: usize,
    close: *const u8,
    close_len: usize,
    contributions: *const u8,
    contributions_len: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let out = span(record, size_of::<AnswererRecord>());
            for input in
                [span(open, open_len), span(close, close_len), span(contributions, contributions_len)]
            {
                caller::apart(&[out, input])?;
            }
            let none = (core::ptr::null(), 0);
            let given = Set::new(now, (close, close_len), (contributions, contributions_len), none)?;
            let open = caller::lent(open, open_len)?;
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let frames = given.frames(seat);
                Ok(seat.trustee.catch_up(given.now, open, given.close, &frames)?)
            })?;
            record.put(stored(&prepared)?);
        }
        Ok(())
    })
}

/// The trustee's decryption share of what it has signed last, the sum of a list or the bills of a window, with the proof
/// that it is one: once as many trustees as the threshold says have signed the same, itself among them. `statements` are
/// theirs as wattsum_elgamal_round_statements gives them, one after the other.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `share` leaves.
///
/// `share_size` is at least WATTSUM_ELGAMAL_SHARE_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_answer(
    trustee: *mut wattsum_elgamal_trustee,
    statements: *const u8,
    statements_len: usize,
    record: *mut u8,
    share: *mut u8,
    share_size: usize,
    share_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        caller::apart(&[
            span(statements, statements_len),
            span(record, size_of::<AnswererRecord>()),
            span(share, share_size),
            span(share_len, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        unsafe {
            let statements = caller::lent(statements, statements_len)?;
            let statements: Vec<&[u8]> = statements.chunks(WATTSUM_ELGAMAL_STATEMENT_LEN).collect();
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let (out, len) = (caller::room(share, share_size)?, Place::new(share_len)?);
            let prepared = Context::enter(context(trustee), |seat| {
                // Before the log has an entry whose record nobody gets.
                if out.len() < share_bytes(seat.sums) {
                    return Err(Misuse::WrongLength.into());
                }
                Ok(seat.trustee.answer(&statements)?)
            })?;
            let bytes = stored(&prepared)?;
            caller::fill(&prepared.stored(), out, len)?;
            record.put(bytes);
        }
        Ok(())
    })
}

/// WATTSUM_ELGAMAL_SHARE_LEN
fn share_bytes(sums: usize) -> usize {
    sums.saturating_mul(32).saturating_add(128)
}

/// The round before the open one, if it is in a window and its list is missing here: ask the utility for its Open, Close
/// and contributions, and wattsum_elgamal_trustee_catch_up BEFORE agreeing to another list, or this trustee answers for no
/// bill of the window. `missed` becomes 0 if there is none; `round` is then left as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_missed(
    trustee: *mut wattsum_elgamal_trustee,
    round: *mut u64,
    missed: *mut u8,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(round, 1), span(missed, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (place, missed) = (Place::new(round)?, Place::new(missed)?);
            let round = Context::enter(context(trustee), |seat| Ok(seat.trustee.missed()))?;
            missed.put(u8::from(round.is_some()));
            if let Some(round) = round {
                place.put(round.get());
            }
        }
        Ok(())
    })
}

/// Signs a window's query, the one that this trustee answers for the window, if it keeps every rule: then
/// wattsum_elgamal_trustee_answer gives the shares of all bills.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN],[statement;WATTSUM_ELGAMAL_STATEMENT_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_agree_bill(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    query: *const u8,
    query_len: usize,
    record: *mut u8,
    statement: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[
            span(query, query_len),
            span(record, size_of::<AnswererRecord>()),
            span(statement, WATTSUM_ELGAMAL_STATEMENT_LEN),
        ])?;
        // SAFETY: as above; they do not overlap.
        unsafe {
            let (now, query) = (Round::new(now)?, caller::lent(query, query_len)?);
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let place = Place::<[u8; WATTSUM_ELGAMAL_STATEMENT_LEN]>::new(statement.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let billed = WindowQuery::verify(query, &seat.view, now)?.billed.count() as usize;
                let agreed = seat.trustee.agree_bill(now, query)?;
                seat.sums = billed.saturating_mul(seat.view.channels());
                Ok(agreed)
            })?;
            give_statement(prepared, record, place)
        }
    })
}
