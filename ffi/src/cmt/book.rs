//! What a concentrator keeps of its ring, behind a handle.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use cmt_ring::{Book, Generation, GenerationRecord, Lost};
use meter_link::{EpochView, Misuse, PartyId, Round};

use super::entry::{lent_link, wattsum_cmt_setup};
use super::meter::{self, WATTSUM_CMT_GENERATION_RECORD_LEN, wattsum_cmt_meter};
use super::outbox::{Outbox, wattsum_cmt_outbox};
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::entropy;
use crate::guard::{guard, guard_blaming, wiping_guard, wiping_guard_blaming};
use crate::link::WATTSUM_KEY_LEN;
use crate::mark::stored;
use crate::status::wattsum_status;

/// Who the members of a ring are, which token each has, and the concentrator's keys with them. SECRET, as all that the
/// concentrator knows. wattsum_cmt_gathering_close makes it; it lives as long as the ring, through all its healings.
pub struct wattsum_cmt_book(());

pub(crate) struct Held {
    pub(crate) book: Book,
    pub(crate) view: EpochView,
}

impl Kind for Held {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmbk");
}

pub(crate) fn context(book: *mut wattsum_cmt_book) -> *mut Context<Held> {
    book.cast()
}

/// Positions of the members that are left, but for the concentrator, ascending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_members(
    book: *mut wattsum_cmt_book,
    positions: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(positions, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(positions, capacity)?, Place::new(count)?);
            Context::enter(context(book), |held| {
                let members: Vec<u32> = held.book.members().map(|member| member.position).collect();
                caller::fill(&members, out, count)
            })
        }
    })
}

/// The position of the member that has a token, by the name that the supplier has for it: what
/// wattsum_cmt_round_missing lists. WATTSUM_MISUSE_UNKNOWN_PARTY: nobody's, or the concentrator's own.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_named(
    book: *mut wattsum_cmt_book,
    name: u32,
    position: *mut u32,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(position)?;
            place.put(Context::enter(context(book), |held| {
                Ok(held.book.named(PartyId(name)).ok_or(Misuse::UnknownParty)?.position)
            })?);
        }
        Ok(())
    })
}

/// Positions of whom a round was lost for, as far as the supplier's Lost frame tells: with derived δ all whom it
/// names, with drawn δ the first of them around the ring, since nobody behind that one had a δ to go on with. Never
/// the concentrator itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_silent(
    book: *mut wattsum_cmt_book,
    now: u64,
    lost: *const u8,
    lost_len: usize,
    positions: *mut u32,
    capacity: usize,
    count: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[span(lost, lost_len), span(positions, capacity), span(count, 1)])?;
        // SAFETY: as above.
        unsafe {
            let (out, count) = (caller::room(positions, capacity)?, Place::new(count)?);
            let (frame, now) = (caller::lent(lost, lost_len)?, Round::new(now)?);
            Context::enter(context(book), |held| {
                let lost = Lost::verify(&held.view, now, frame)?;
                let silent: Vec<u32> =
                    held.book.silent(&lost)?.iter().map(|member| member.position).collect();
                caller::fill(&silent, out, count)
            })
        }
    })
}

/// Heals the ring: from round `from` on it is one of those who are left when the members at the positions `cut` are
/// taken out, as generation `generation`. Nobody needs to answer. `meter` is its concentrator and goes on as such; a
/// round that is going around is given up. `frames` holds one for each member that is left and last, for id 0, the
/// supplier's; it is to be freed. In groups with terms only a ring that is known to be broken is healed, and none
/// whose members sign their set.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before any of the frames leaves; store the book and the
/// meter's state of now before too, if the ring should survive a loss of power.
///
/// cbindgen:ptrs-as-arrays=[[link_secret;32],[entropy;32],[record;WATTSUM_CMT_GENERATION_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_heal(
    book: *mut wattsum_cmt_book,
    meter: *mut wattsum_cmt_meter,
    link_secret: *const u8,
    now: u64,
    from: u64,
    generation: u32,
    cut: *const u32,
    cut_count: usize,
    entropy: *const u8,
    record: *mut u8,
    frames: *mut *mut wattsum_cmt_outbox,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as below.
        let own = unsafe { Context::span(meter::context(meter)) };
        for input in
            [span(link_secret, WATTSUM_KEY_LEN), span(entropy, WATTSUM_KEY_LEN), span(cut, cut_count)]
        {
            caller::apart(&[own, input])?;
        }
        caller::apart(&[own, span(record, WATTSUM_CMT_GENERATION_RECORD_LEN), span(frames, 1)])?;
        // SAFETY: as above; they do not overlap.
        let (link, cut, entropy, record, frames) = unsafe {
            let record = Place::<GenerationRecord>::new(record.cast())?;
            let (cut, entropy) = (caller::lent(cut, cut_count)?, caller::bytes(entropy)?);
            (lent_link(link_secret)?, cut, entropy, record, Place::new(frames)?)
        };
        let (now, from, generation) = (Round::new(now)?, Round::new(from)?, Generation(generation));
        let mut rng = entropy::generator("cmt healing", entropy)?;
        // SAFETY: as above.
        let (kept, healing) = unsafe {
            Context::enter(context(book), |held| {
                Context::enter(meter::context(meter), |meter| {
                    meter::check_epoch(meter, &held.view)?;
                    let book = &mut held.book;
                    let prepared = book.heal(meter, &link, now, from, generation, cut, &mut rng)?;
                    Ok((stored(&prepared)?, prepared.stored()))
                })
            })
        }?;
        let mut outbox = healing.members;
        outbox.push((PartyId::UTILITY, healing.supplier));
        record.put(kept);
        frames.put(Context::boxed(Outbox(outbox)).cast());
        Ok(())
    })
}

/// Bytes that wattsum_cmt_book_export writes now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_state_len(
    book: *mut wattsum_cmt_book,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let len = Place::new(len)?;
            len.put(Context::enter(context(book), |held| Ok(held.book.to_bytes(&held.view)?.len()))?);
        }
        Ok(())
    })
}

/// Writes the book, ALL OF IT SECRET: for protected storage, over the one before, in one piece with the meter's state
/// or before it; the buffer is wiped after use. After wattsum_cmt_gathering_close and each wattsum_cmt_book_heal.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_export(
    book: *mut wattsum_cmt_book,
    state: *mut u8,
    size: usize,
    len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(state, size), span(len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(state, size)?, Place::new(len)?);
            Context::enter(context(book), |held| caller::fill(&held.book.to_bytes(&held.view)?, out, len))
        }
    })
}

/// A book from its stored bytes. One that does not fit the meter's place is refused where it is used. `setup` is that
/// of the concentrator's meter.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_import(
    setup: *const wattsum_cmt_setup,
    state: *const u8,
    state_len: usize,
    book: *mut *mut wattsum_cmt_book,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (own, state, place) = unsafe {
            let own = caller::one(setup)?.read()?;
            (own, caller::lent(state, state_len)?, Place::new(book)?)
        };
        let held = Book::from_bytes(&own.params, &own.view, state)?;
        place.put(Context::boxed(Held { book: held, view: own.view }).cast());
        Ok(())
    })
}

/// Wipes and frees a book. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_book_free(book: *mut wattsum_cmt_book) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(book)) })
}
