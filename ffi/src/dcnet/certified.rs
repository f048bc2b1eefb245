//! Certified answers of dcnet.
#![allow(unsafe_code)] // exports

use core::mem::ManuallyDrop;
use core::ptr::NonNull;
use std::boxed::Box;
use std::vec::Vec;

use dcnet_core::{Closed, Holder, Utility};
use meter_link::answer::Quorum;
use meter_link::{Error, PartyId};

use super::holder::wattsum_dcnet_holder;
use super::round::wattsum_dcnet_round;
use super::utility::wattsum_dcnet_utility;
use crate::caller;
use crate::guard::{guard, guard_blaming};
use crate::head::certified::{self, Certified, wattsum_checked};
use crate::head::{Refused, answerer};
use crate::status::wattsum_status;

/// A closed round and its certified answers, which borrow it.
pub(crate) struct Certifying {
    /// Until the drop, which ends it before what it borrows.
    certified: ManuallyDrop<dcnet_core::Certified<'static>>,
    closed: NonNull<Closed>,
}

impl Certifying {
    pub(super) fn new(
        utility: &mut Utility,
        closed: Closed,
        asked: &Quorum,
    ) -> Result<Self, Refused<Closed>> {
        let closed = NonNull::from(Box::leak(Box::new(closed)));
        // SAFETY: a box that stays where it is; nobody has it but who borrows it here, for as long as it is there.
        match utility.certify(unsafe { closed.as_ref() }, asked) {
            Ok(certified) => Ok(Certifying { certified: ManuallyDrop::new(certified), closed }),
            Err(error) => {
                // SAFETY: the box from above, which nobody borrows any more.
                let closed = unsafe { Box::from_raw(closed.as_ptr()) };
                Err(Box::new((*closed, error)))
            }
        }
    }

    pub(super) fn certified(&self) -> &dcnet_core::Certified<'_> {
        &self.certified
    }
}

impl Drop for Certifying {
    fn drop(&mut self) {
        // SAFETY: `new` made both, this is the only drop, and who borrows goes first.
        unsafe {
            ManuallyDrop::drop(&mut self.certified);
            drop(Box::from_raw(self.closed.as_ptr()));
        }
    }
}

impl Certified for Certifying {
    fn frame(&self) -> &[u8] {
        self.certified.frame()
    }

    fn accept_statement(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.certified.accept_statement(frame)
    }

    fn certificate(&self) -> Result<Vec<&[u8]>, Error> {
        self.certified.certificate()
    }

    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.certified.accept(frame)
    }

    fn missing(&self) -> Vec<u8> {
        self.certified.missing().collect()
    }
}

/// Asks for certified answers of a round whose Close is final. In place of bound answers: all holders in `asked`, at
/// least as many as the threshold says, are asked by their numbers, ascending, and of threshold + 2e answers up to e
/// may be wrong: they are named, and the sum is right.
///
/// The round is in WATTSUM_ROUND_CERTIFYING then, and its frame, a Close, goes to the holders asked, and to nobody
/// else. They state the set (wattsum_dcnet_holder_agree), the round takes the statements,
/// wattsum_dcnet_round_certificate has them for all who are asked, and each answers
/// (wattsum_dcnet_holder_answer_certified).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_certify(
    utility: *mut wattsum_dcnet_utility,
    round: *mut wattsum_dcnet_round,
    asked: *const u8,
    asked_len: usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { certified::certify::<Utility>(utility.cast(), round.cast(), asked, asked_len) })
}

/// The statements that have come, WATTSUM_STATEMENT_LEN bytes each, for all who are asked: as soon as there are as many
/// as the threshold says. WATTSUM_QUORUM before.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_round_certificate(
    round: *mut wattsum_dcnet_round,
    certificate: *mut u8,
    size: usize,
    certificate_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { certified::certificate::<Utility>(round.cast(), certificate, size, certificate_len) })
}

/// The sums of a round, one a channel, of the certified answers that have come, and what they have shown. `wrong` gets
/// the ids of holders whose answers do not fit; a capacity of the number asked is always enough. WATTSUM_INCONSISTENT
/// if more are wrong than can be named.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_record_certified(
    utility: *mut wattsum_dcnet_utility,
    round: *mut wattsum_dcnet_round,
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

/// Signs the set of the open round's final Close: THE ONE SET that this holder stands for in the round, as an answer
/// is.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN],[statement;WATTSUM_STATEMENT_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_agree(
    holder: *mut wattsum_dcnet_holder,
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
        answerer::agree::<Holder>(holder.cast(), now, close, close_len, record, statement)
    })
}

/// The answer to the set that was signed last, once enough have signed it: `certificate` is what
/// wattsum_dcnet_round_certificate gave, with the own statement in it. `answer_size` is at least WATTSUM_ANSWER_LEN.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `answer` leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_holder_answer_certified(
    holder: *mut wattsum_dcnet_holder,
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
        let (role, len) = (holder.cast(), certificate_len);
        answerer::answer_certified::<Holder>(role, certificate, len, record, answer, answer_size, answer_len)
    })
}
