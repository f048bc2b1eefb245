//! Certified answers of shamir.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use meter_link::{Error, PartyId};
use shamir_agg::{Aggregator, Utility};

use super::aggregator::wattsum_shamir_aggregator;
use super::round::wattsum_shamir_round;
use super::utility::wattsum_shamir_utility;
use crate::caller;
use crate::guard::{guard, guard_blaming};
use crate::head::answerer;
use crate::head::certified::{self, Certified, wattsum_checked};
use crate::status::wattsum_status;

impl Certified for shamir_agg::Certified {
    fn frame(&self) -> &[u8] {
        self.frame()
    }

    fn accept_statement(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.accept_statement(frame)
    }

    fn certificate(&self) -> Result<Vec<&[u8]>, Error> {
        self.certificate()
    }

    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.accept(frame)
    }

    fn missing(&self) -> Vec<u8> {
        self.missing().collect()
    }
}

/// Closes a round that takes contributions, as wattsum_shamir_utility_close, for certified answers. In place of bound
/// answers: all aggregators in `asked`, at least as many as the threshold says, are asked by their numbers, ascending,
/// and of threshold + 2e answers up to e may be wrong: they are named, and the sum is right.
///
/// The round is in WATTSUM_ROUND_CERTIFYING then, and its frame, a Close, goes to all aggregators. They state the set
/// (wattsum_shamir_aggregator_agree), the round takes the statements, wattsum_shamir_round_certificate has them for all
/// who are asked, and each answers (wattsum_shamir_aggregator_answer_certified).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_certify(
    utility: *mut wattsum_shamir_utility,
    round: *mut wattsum_shamir_round,
    asked: *const u8,
    asked_len: usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { certified::certify::<Utility>(utility.cast(), round.cast(), asked, asked_len) })
}

/// The statements that have come, WATTSUM_STATEMENT_LEN bytes each, for all who are asked: as soon as there are as many
/// as the threshold says. WATTSUM_QUORUM before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_certificate(
    round: *mut wattsum_shamir_round,
    certificate: *mut u8,
    size: usize,
    certificate_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { certified::certificate::<Utility>(round.cast(), certificate, size, certificate_len) })
}

/// The sums of a round, one a channel, of the certified answers that have come, and what they have shown. `wrong` gets
/// the ids of aggregators whose answers do not fit; a capacity of the number asked is always enough.
/// WATTSUM_INCONSISTENT if more are wrong than can be named.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_record_certified(
    utility: *mut wattsum_shamir_utility,
    round: *mut wattsum_shamir_round,
    sums: *mut i64,
    channels: usize,
    wrong: *mut u32,
    capacity: usize,
    checked: *mut wattsum_checked,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        let (utility, round) = (utility.cast(), round.cast());
        certified::record::<Utility>(utility, round, sums, channels, wrong, capacity, checked)
    })
}

/// Signs the set of the open round's Close: THE ONE SET that this aggregator stands for in the round, as an answer is.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN],[statement;WATTSUM_STATEMENT_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_aggregator_agree(
    aggregator: *mut wattsum_shamir_aggregator,
    now: u64,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
    statement: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe {
        answerer::agree::<Aggregator>(aggregator.cast(), now, close, close_len, record, statement)
    })
}

/// The answer to the set that was signed last, once enough have signed it: `certificate` is what
/// wattsum_shamir_round_certificate gave, with the own statement in it. `answer_size` is at least WATTSUM_ANSWER_LEN.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_aggregator_answer_certified(
    aggregator: *mut wattsum_shamir_aggregator,
    certificate: *const u8,
    certificate_len: usize,
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
        let (role, len) = (aggregator.cast(), certificate_len);
        answerer::answer_certified::<Aggregator>(
            role,
            certificate,
            len,
            record,
            answer,
            answer_size,
            answer_len,
        )
    })
}
