//! The supplier of cmt, behind a handle.
#![allow(unsafe_code)] // exports

pub mod state;

use std::sync::Arc;

use cmt_ring::{Params, RoundRecord, Supplier};
use meter_link::{EpochView, Identity, Misuse, PartyId, Round};

use super::collecting::{Running, wattsum_cmt_round};
use super::meter::WATTSUM_CMT_NO_ROUND;
use super::wattsum_cmt_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard};
use crate::link::{SpentLink, identity};
use crate::mark::stored;
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status;

/// Bytes of what a supplier stores of its rounds.
pub const WATTSUM_CMT_ROUND_RECORD_LEN: usize = 14;
const _: () = assert!(WATTSUM_CMT_ROUND_RECORD_LEN == size_of::<RoundRecord>());

/// The supplier of one epoch: the utility, party 0, who learns sums. It knows meters by token only.
pub struct wattsum_cmt_supplier(());

pub(crate) struct Head {
    pub(crate) supplier: Supplier,
    pub(crate) identity: Identity,
    params: Params,
    /// Its rounds have the same.
    own: Arc<()>,
}

impl Kind for Head {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmsu");
}

pub(crate) fn context(supplier: *mut wattsum_cmt_supplier) -> *mut Context<Head> {
    supplier.cast()
}

/// The ring whose ciphertexts a supplier takes. All of it is public.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_registered {
    /// The first round after its term; WATTSUM_CMT_NO_ROUND where it has none.
    pub until: u64,
    /// Its generation; 0 while there is no ring.
    pub generation: u32,
    /// Its concentrator's id.
    pub concentrator: u32,
}

/// Params, epoch and roster of a supplier, and its identity.
///
/// # Safety
/// The pointers are as the header asks.
pub(super) unsafe fn make(
    params: *const wattsum_cmt_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    make: impl FnOnce(&Params, &EpochView, &meter_link::roster::Roster) -> Result<Supplier, cmt_ring::Error>,
) -> Result<Head, Failure> {
    // SAFETY: our caller's promise.
    unsafe {
        let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
        let identity = identity(caller::bytes(identity_secret)?);
        Context::enter(roster::context(roster), |lists| {
            let roster = lists.built()?;
            let view = roster::view(roster, params.group(), epoch)?;
            if identity.public() != view.utility().identity {
                return Err(Misuse::WrongRole.into());
            }
            let supplier = make(&params, &view, roster)?;
            Ok(Head { supplier, identity, params, own: Arc::new(()) })
        })
    }
}

/// A supplier that knows no ring yet. `identity_secret` is its own, `link_secret` that of its announced link key,
/// which is wiped on success. To be freed with wattsum_cmt_supplier_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_new(
    params: *const wattsum_cmt_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    supplier: *mut *mut wattsum_cmt_supplier,
) -> wattsum_status {
    wiping_guard(|| {
        SpentLink::apart(link_secret, identity_secret, supplier)?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(supplier)?;
            let (link, spent) = SpentLink::new(link_secret)?;
            let head = make(params, epoch, roster, identity_secret, |params, view, roster| {
                Supplier::new(params, view, roster, link)
            })?;
            spent.wipe();
            place.put(Context::boxed(head).cast());
        }
        Ok(())
    })
}

/// Takes the GroupKey of `concentrator`, which is whom the caller expects: a concentrator can make up a whole ring.
/// From now on rounds are of its generation, and ciphertexts of earlier ones are refused. The same frame again
/// changes nothing. In groups with terms the concentrator is a claim's (wattsum_cmt_supplier_claimed).
///
/// Store the state (wattsum_cmt_supplier_export) before a round is opened. Until then a loss of power forgets the
/// frame, and the concentrator has to send it again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_register(
    supplier: *mut wattsum_cmt_supplier,
    now: u64,
    concentrator: u32,
    frame: *const u8,
    frame_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (frame, now) = (caller::lent(frame, frame_len)?, Round::new(now)?);
            Context::enter(context(supplier), |head| {
                head.supplier.register(now, PartyId(concentrator), frame)?;
                Ok(())
            })
        }
    })
}

/// Takes the frame for the supplier of a ring that was healed: from its round on the ring is one of those who are
/// left. The same frame again changes nothing; a round that is open goes on as it began. Store the state before a
/// round is opened.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_heal(
    supplier: *mut wattsum_cmt_supplier,
    now: u64,
    frame: *const u8,
    frame_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (frame, now) = (caller::lent(frame, frame_len)?, Round::new(now)?);
            Context::enter(context(supplier), |head| {
                head.supplier.heal(now, frame)?;
                Ok(())
            })
        }
    })
}

/// Which ring the supplier takes ciphertexts of.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_registered(
    supplier: *mut wattsum_cmt_supplier,
    registered: *mut wattsum_cmt_registered,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(registered)?;
            place.put(Context::enter(context(supplier), |Head { supplier, .. }| {
                Ok(wattsum_cmt_registered {
                    until: supplier.until().map_or(WATTSUM_CMT_NO_ROUND, Round::get),
                    generation: supplier.generation().map_or(0, |generation| generation.0),
                    concentrator: supplier.concentrator().map_or(0, |id| id.0),
                })
            })?);
        }
        Ok(())
    })
}

/// Opens a round of the present ring. Each round is opened once, in ascending order. To be freed with
/// wattsum_cmt_round_free.
///
/// STORE FIRST, SEND THEN: `record` is stored before the round's frame leaves or a contribution is taken. A round
/// that is open when the supplier stops is lost: wattsum_cmt_supplier_lost.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_CMT_ROUND_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_open(
    supplier: *mut wattsum_cmt_supplier,
    now: u64,
    round: u64,
    record: *mut u8,
    opened: *mut *mut wattsum_cmt_round,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(record, WATTSUM_CMT_ROUND_RECORD_LEN), span(opened, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = Place::<RoundRecord>::new(record.cast())?;
            let (place, now, round) = (Place::new(opened)?, Round::new(now)?, Round::new(round)?);
            let (running, kept) = Context::enter(context(supplier), |head| {
                let collecting = head.supplier.open(now, round)?;
                let running = Running::new(&head.params, Arc::clone(&head.own), collecting);
                Ok((running, head.supplier.progress()?))
            })?;
            record.put(kept);
            place.put(Context::boxed(running).cast());
        }
        Ok(())
    })
}

/// How far rounds have come: what wattsum_cmt_supplier_open gave last.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_CMT_ROUND_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_progress(
    supplier: *mut wattsum_cmt_supplier,
    record: *mut u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = Place::<RoundRecord>::new(record.cast())?;
            record.put(Context::enter(context(supplier), |head| Ok(head.supplier.progress()?))?);
        }
        Ok(())
    })
}

/// Takes a stored record of rounds, or of a licence, into account after a start, and after
/// wattsum_cmt_supplier_import if there is a state: all of the epoch, in any order. WATTSUM_MALFORMED_BAD_RECORD: as
/// of wattsum_mark_replay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_replay(
    supplier: *mut wattsum_cmt_supplier,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = caller::lent(record, record_len)?;
            Context::enter(context(supplier), |head| Ok(head.supplier.replay(record)?))
        }
    })
}

/// Gives a round up that misses contributions: they are gone, and the signed Lost frame, for all meters of the ring,
/// names the tokens whose did not come. The concentrator knows whom to do without (wattsum_cmt_book_silent). The
/// round is of no more use, but is still to be freed.
///
/// STORE FIRST, SEND THEN: `record` is stored before `frame` leaves. `frame_size` is at least WATTSUM_CMT_LOST_LEN of
/// the number of those who are missing.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_CMT_ROUND_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_discard(
    supplier: *mut wattsum_cmt_supplier,
    round: *mut wattsum_cmt_round,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[
            span(record, WATTSUM_CMT_ROUND_RECORD_LEN),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = Place::<RoundRecord>::new(record.cast())?;
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            let prepared = Context::enter(context(supplier), |head| {
                Context::enter(super::collecting::context(round), |running| {
                    let collecting = running.take(&head.own, out.len())?;
                    Ok(head.supplier.discard(&head.identity, collecting)?)
                })
            })?;
            let kept = stored(&prepared)?;
            caller::fill(&prepared.stored(), out, len)?;
            record.put(kept);
        }
        Ok(())
    })
}

/// The same for a round of the present ring that is no more: its sum was impossible (WATTSUM_INCONSISTENT), or it was
/// open when the supplier stopped. Nobody is named. `frame_size` is at least WATTSUM_CMT_LOST_LEN(0).
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_CMT_ROUND_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_lost(
    supplier: *mut wattsum_cmt_supplier,
    round: u64,
    record: *mut u8,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[
            span(record, WATTSUM_CMT_ROUND_RECORD_LEN),
            span(frame, frame_size),
            span(frame_len, 1),
        ])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = Place::<RoundRecord>::new(record.cast())?;
            let (out, len) = (caller::room(frame, frame_size)?, Place::new(frame_len)?);
            let round = Round::new(round)?;
            if out.len() < cmt_ring::Lost::len(0) {
                return Err(Misuse::WrongLength.into());
            }
            let prepared =
                Context::enter(context(supplier), |head| Ok(head.supplier.lost(&head.identity, round)?))?;
            let kept = stored(&prepared)?;
            caller::fill(&prepared.stored(), out, len)?;
            record.put(kept);
        }
        Ok(())
    })
}

/// Drops the epoch's link secret: no further generation can be registered, and what earlier ones sent cannot be opened.
/// The present ring goes on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_wipe_link(
    supplier: *mut wattsum_cmt_supplier,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointer, as the header asks.
        unsafe {
            Context::enter(context(supplier), |head| {
                head.supplier.wipe_link();
                Ok(())
            })
        }
    })
}

/// Wipes and frees a supplier. NULL is right. Its rounds can still be closed, and are still to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_supplier_free(supplier: *mut wattsum_cmt_supplier) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(supplier)) })
}
