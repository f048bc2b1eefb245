//! Bills of a window: for each meter the sum of its own readings, where enough of them hide each.
#![allow(unsafe_code)] // exports

use std::sync::Arc;
use std::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::{Header, Misuse, PartyId, Round};
use threshold_elgamal::{Billing, Bills};

use super::round::{answerer, fill_all};
use super::table::{self, wattsum_elgamal_table};
use super::utility::{self, Head, wattsum_elgamal_utility};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::{Failure, guard, guard_blaming};
use crate::status::wattsum_status;

/// Bills that a quorum is asked for: first it signs the query, then it sends its decryption shares.
pub struct wattsum_elgamal_billing(());

struct Asked {
    own: Arc<()>,
    billing: Billing,
    answerers: Vec<PartyId>,
    channels: usize,
}

impl Kind for Asked {
    const MAGIC: u32 = u32::from_be_bytes(*b"egbl");
}

fn context(billing: *mut wattsum_elgamal_billing) -> *mut Context<Asked> {
    billing.cast()
}

/// A meter's bill.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_bill {
    /// Whose.
    pub meter: u32,
    /// Over how many rounds of the window; 0 where the meter's sum cannot be read, which only the meter itself brings
    /// about.
    pub rounds: u32,
}

impl Asked {
    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Failure> {
        let statement = Header::parse(frame)?.kind == meter_link::Kind::WindowStatement;
        let billing = &mut self.billing;
        let number = if statement { billing.accept_statement(frame) } else { billing.accept(frame) }?;
        Ok(answerer(&self.answerers, number).ok_or(Misuse::UnknownParty)?)
    }
}

/// Ids of the meters whose bills the rules allow for the window that begins with `first`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_billable(
    utility: *mut wattsum_elgamal_utility,
    first: u64,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(ids, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(ids, capacity)?, Place::new(count)?);
            let first = Round::new(first)?;
            Context::enter(utility::context(utility), |head| {
                let ids: Vec<u32> = head.utility.billable(first)?.iter().map(|id| id.0).collect();
                caller::fill(&ids, out, count)
            })
        }
    })
}

/// Asks for the bills of a window, whose last round is closed and over: in the ONE query that will ever be answered for
/// it. `quorum` as of wattsum_elgamal_utility_close. To be freed with wattsum_elgamal_billing_free; its frame goes to the
/// quorum.
///
/// STORE FIRST, SEND THEN: wattsum_elgamal_utility_export, which has the query in it, before the frame leaves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_bill(
    utility: *mut wattsum_elgamal_utility,
    first: u64,
    ids: *const u32,
    id_count: usize,
    quorum: *const u8,
    quorum_len: usize,
    billing: *mut *mut wattsum_elgamal_billing,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let meters: Vec<PartyId> = caller::lent(ids, id_count)?.iter().copied().map(PartyId).collect();
            let quorum = Quorum::new(caller::lent(quorum, quorum_len)?)?;
            let (first, place) = (Round::new(first)?, Place::new(billing)?);
            let asked = Context::enter(utility::context(utility), |head: &mut Head| {
                let billing = head.utility.bill(first, &meters, &quorum)?;
                let channels = usize::from(head.params.group().channels);
                Ok(Asked { own: Arc::clone(&head.own), billing, answerers: head.answerers.clone(), channels })
            })?;
            place.put(Context::boxed(asked).cast());
        }
        Ok(())
    })
}

/// Asks another quorum for the same bills. What came from trustees in both still counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_ask_bill(
    utility: *mut wattsum_elgamal_utility,
    billing: *mut wattsum_elgamal_billing,
    quorum: *const u8,
    quorum_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let quorum = Quorum::new(caller::lent(quorum, quorum_len)?)?;
            Context::enter(utility::context(utility), |head: &mut Head| {
                Context::enter(context(billing), |asked| {
                    if !Arc::ptr_eq(&asked.own, &head.own) {
                        return Err(Misuse::WrongRole.into());
                    }
                    Ok(head.utility.ask_bill(&mut asked.billing, &quorum)?)
                })
            })
        }
    })
}

/// The signed query, for the quorum. `frame_size` is at least WATTSUM_QUERY_LEN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_billing_frame(
    billing: *mut wattsum_elgamal_billing,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            Context::enter(context(billing), |asked| caller::fill(asked.billing.frame(), out, len))
        }
    })
}

/// Takes a trustee's statement, or its decryption shares, whose one proof is checked. `sender` gets its id.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_billing_accept(
    billing: *mut wattsum_elgamal_billing,
    frame: *const u8,
    frame_len: usize,
    sender: *mut u32,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (frame, place) = (caller::lent(frame, frame_len)?, Place::new(sender)?);
            place.put(Context::enter(context(billing), |asked| asked.accept(frame))?.0);
        }
        Ok(())
    })
}

/// The statements that have come, one after the other: when all of the quorum have signed, for
/// wattsum_elgamal_trustee_answer.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_billing_statements(
    billing: *mut wattsum_elgamal_billing,
    statements: *mut u8,
    size: usize,
    statements_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(statements, size), span(statements_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(statements, size)?, Place::new(statements_len)?);
            Context::enter(context(billing), |asked| fill_all(asked.billing.statements(), out, len))
        }
    })
}

/// Ids of the trustees of the quorum whose decryption shares have not come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_billing_missing(
    billing: *mut wattsum_elgamal_billing,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(ids, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(ids, capacity)?, Place::new(count)?);
            Context::enter(context(billing), |asked| {
                let id = |number| answerer(&asked.answerers, number);
                let ids: Vec<u32> = asked.billing.missing().filter_map(id).map(|id| id.0).collect();
                caller::fill(&ids, out, count)
            })
        }
    })
}

/// The bills, ascending by id, once the quorum has answered. `sums` gets the sums of the first bill's channels, then the
/// second's, and so on: `sums_size` is at least channels times `capacity`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_billing_bills(
    billing: *mut wattsum_elgamal_billing,
    table: *mut wattsum_elgamal_table,
    bills: *mut wattsum_elgamal_bill,
    capacity: usize,
    sums: *mut i64,
    sums_size: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(bills, capacity), span(sums, sums_size), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (bills, sums) = (caller::room(bills, capacity)?, caller::room(sums, sums_size)?);
            let count = Place::new(count)?;
            Context::enter(context(billing), |asked| {
                Context::look(table::context(table), |table| {
                    write(asked.billing.bills(table)?, asked.channels, bills, sums, count)
                })
            })
        }
    })
}

fn write(
    read: Bills,
    channels: usize,
    bills: &mut [wattsum_elgamal_bill],
    sums: &mut [i64],
    count: Place<usize>,
) -> Result<(), Failure> {
    let nothing = || std::vec![0; channels];
    let mut all: Vec<(PartyId, u32, Vec<i64>)> =
        read.bills.into_iter().map(|bill| (bill.meter, bill.rounds, bill.values)).collect();
    all.extend(read.spoilt.into_iter().map(|meter| (meter, 0, nothing())));
    all.sort_unstable_by_key(|(meter, ..)| *meter);
    let values = all.len().saturating_mul(channels);
    let (bills, sums) = (bills.get_mut(..all.len()), sums.get_mut(..values));
    let (bills, sums) = bills.zip(sums).ok_or(Misuse::WrongLength)?;
    let rows = sums.chunks_mut(channels.max(1));
    for ((bill, row), (meter, rounds, values)) in bills.iter_mut().zip(rows).zip(&all) {
        *bill = wattsum_elgamal_bill { meter: meter.0, rounds: *rounds };
        row.copy_from_slice(values.get(..row.len()).ok_or(Misuse::WrongLength)?);
    }
    count.put(all.len());
    Ok(())
}

/// Frees bills. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_billing_free(
    billing: *mut wattsum_elgamal_billing,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(billing)) })
}
