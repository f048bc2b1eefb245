//! Certified answers: each answerer that is asked first signs the set; shown enough of these statements, each answers for
//! itself, and wrong answers are found among the right ones.
#![allow(unsafe_code)] // the caller's pointers

use std::vec::Vec;

use meter_link::answer::{Quorum, Statement};
use meter_link::decode::Check;
use meter_link::{Error, Misuse, PartyId};

use super::round::Running;
use super::{Head, Utility};
use crate::caller::{self, Place, span};
use crate::context::Context;
use crate::guard::Failure;

/// Bytes of an answerer's signed statement of a set.
pub const WATTSUM_STATEMENT_LEN: usize = 112;
const _: () = assert!(WATTSUM_STATEMENT_LEN == Statement::LEN);

/// As many answers as open a sum: any whatever fit together, so nothing is checked.
pub const WATTSUM_CHECK_NONE: u8 = 0;
/// One answer more: a wrong one shows, and does not show whose it is.
pub const WATTSUM_CHECK_DETECTS: u8 = 1;
/// Two more for each wrong one: it is named, and does no harm.
pub const WATTSUM_CHECK_NAMES: u8 = 2;

/// What certified answers have shown.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_checked {
    /// Meters in the sum.
    pub meters: u32,
    /// Answerers whose answers do not fit. They lie, or meters have sent them what is no sharing: it cannot be told
    /// which, so this alone is no reason to drop one.
    pub wrong: u32,
    /// What so many answers allow: WATTSUM_CHECK_...
    pub check: u8,
    /// With WATTSUM_CHECK_NAMES: up to so many wrong ones would have been named.
    pub names: u8,
}

/// A round that takes statements and certified answers.
pub(crate) trait Certified {
    fn frame(&self) -> &[u8];
    fn accept_statement(&mut self, frame: &[u8]) -> Result<PartyId, Error>;
    fn certificate(&self) -> Result<Vec<&[u8]>, Error>;
    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error>;
    /// By number: who has not answered.
    fn missing(&self) -> Vec<u8>;
}

type Of<U> = *mut Context<Running<U>>;

/// `wattsum_…_utility_certify`.
pub(crate) unsafe fn certify<U: Utility>(
    utility: *mut Context<Head<U>>,
    round: Of<U>,
    asked: *const u8,
    asked_len: usize,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let asked = Quorum::new(caller::lent(asked, asked_len)?)?;
        Context::enter(utility, |head| Context::enter(round, |running| running.certify(head, &asked)))
    }
}

/// `wattsum_…_round_certificate`.
pub(crate) unsafe fn certificate<U: Utility>(
    round: Of<U>,
    certificate: *mut u8,
    size: usize,
    len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[span(certificate, size), span(len, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (out, len) = (caller::room(certificate, size)?, Place::new(len)?);
        Context::enter(round, |running| {
            let statements = running.certified()?.certificate()?;
            caller::fill(&statements.concat(), out, len)
        })
    }
}

/// `wattsum_…_utility_record_certified`.
pub(crate) unsafe fn record<U: Utility>(
    utility: *mut Context<Head<U>>,
    round: Of<U>,
    sums: *mut i64,
    channels: usize,
    wrong: *mut u32,
    capacity: usize,
    checked: *mut wattsum_checked,
) -> Result<(), Failure> {
    caller::apart(&[span(sums, channels), span(wrong, capacity), span(checked, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    let (sums, wrong, place) =
        unsafe { (caller::room(sums, channels)?, caller::room(wrong, capacity)?, Place::new(checked)?) };
    let record = |head: &mut Head<U>, running: &mut Running<U>| {
        running.check_owner(head)?;
        if sums.len() != usize::from(U::group(&head.params).channels) {
            return Err(Misuse::WrongLength.into());
        }
        Ok(head.utility.record_certified(running.certified()?)?)
    };
    // SAFETY: as above.
    let checked_sum =
        unsafe { Context::enter(utility, |head| Context::enter(round, |running| record(head, running))) }?;
    let ids = wrong.get_mut(..checked_sum.wrong.len()).ok_or(Misuse::WrongLength)?;
    for (place, party) in ids.iter_mut().zip(&checked_sum.wrong) {
        *place = party.0;
    }
    for (place, value) in sums.iter_mut().zip(&checked_sum.sum.values) {
        *place = *value;
    }
    let (check, names) = match checked_sum.check {
        Check::Unchecked => (WATTSUM_CHECK_NONE, 0),
        Check::Detects => (WATTSUM_CHECK_DETECTS, 0),
        Check::Names(most) => (WATTSUM_CHECK_NAMES, most),
    };
    let wrong = u32::try_from(checked_sum.wrong.len()).unwrap_or(u32::MAX);
    place.put(wattsum_checked { meters: checked_sum.sum.meters, wrong, check, names });
    Ok(())
}
