//! A ring in the making, at its concentrator: behind a handle, since its size is that of the ring.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use cmt_ring::{Forming, Generation, GenerationRecord, Listed};
use meter_link::{EpochView, Error, Misuse, PartyId, Round};

use super::book::{Held, wattsum_cmt_book};
use super::entry::{lent_link, wattsum_cmt_entry, wattsum_cmt_setup};
use super::meter::{self, Device, WATTSUM_CMT_GENERATION_RECORD_LEN, wattsum_cmt_meter};
use super::outbox::{Outbox, wattsum_cmt_outbox};
use crate::batch;
use crate::bytes::wattsum_bytes;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::entropy;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard, wiping_guard_blaming};
use crate::link::WATTSUM_KEY_LEN;
use crate::mark::{WATTSUM_MARK_CHANNELS, stored};
use crate::status::wattsum_status;

/// A generation whose first keys are being gathered.
pub struct wattsum_cmt_gathering(());

pub(crate) struct Gathering {
    lead: PartyId,
    view: EpochView,
    members: u32,
    /// None once it is closed, or cannot be any more.
    forming: Option<Forming<WATTSUM_MARK_CHANNELS>>,
}

impl Kind for Gathering {
    const MAGIC: u32 = u32::from_be_bytes(*b"cmga");
}

fn context(gathering: *mut wattsum_cmt_gathering) -> *mut Context<Gathering> {
    gathering.cast()
}

impl Gathering {
    fn forming(&mut self) -> Result<&mut Forming<WATTSUM_MARK_CHANNELS>, Failure> {
        self.forming.as_mut().ok_or(Misuse::OutOfOrder.into())
    }

    /// Whoever is missing, and the meter, are looked at before the first keys are used up. What the meter then still
    /// refuses is final: it has gone on to a later generation, or given its claim up.
    fn close(&mut self, meter: &mut Device) -> Result<(Held, Outbox), Failure> {
        let missing = u32::try_from(self.forming()?.missing().count()).unwrap_or(u32::MAX);
        if meter.id() != self.lead {
            return Err(Misuse::WrongRole.into());
        }
        if missing > 0 {
            return Err(
                Error::Quorum { have: self.members.saturating_sub(missing), need: self.members }.into()
            );
        }
        meter::check_epoch(meter, &self.view)?;
        let forming = self.forming.take().ok_or(Misuse::OutOfOrder)?;
        let formed = forming.close(meter)?;
        let mut frames = formed.seats;
        frames.push((PartyId::UTILITY, formed.group_key));
        Ok((Held { book: formed.book, view: self.view }, Outbox(frames)))
    }
}

/// Begins a generation from round `from` on with these members, by the meter that the draw makes its concentrator.
/// `members` are their entries, checked, ascending by position, `meter`'s own among them. `setup` is that of `meter`.
/// In groups with terms the meter has claimed this generation with these members.
///
/// On WATTSUM_MISUSE_WRONG_ROLE the draw makes another member concentrator: wattsum_cmt_concentrator tells whom.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before the frames in `tokens` leave, one to each member.
///
/// Both are to be freed: wattsum_cmt_gathering_free, wattsum_cmt_outbox_free. A member whose FirstKey does not come
/// is left out of the NEXT generation; this one is given up.
///
/// cbindgen:ptrs-as-arrays=[[link_secret;32],[entropy;32],[record;WATTSUM_CMT_GENERATION_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_gathering_open(
    meter: *mut wattsum_cmt_meter,
    setup: *const wattsum_cmt_setup,
    link_secret: *const u8,
    now: u64,
    from: u64,
    generation: u32,
    members: *const wattsum_cmt_entry,
    count: usize,
    entropy: *const u8,
    record: *mut u8,
    gathering: *mut *mut wattsum_cmt_gathering,
    tokens: *mut *mut wattsum_cmt_outbox,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as below.
        let own = unsafe { Context::span(meter::context(meter)) };
        for input in
            [span(link_secret, WATTSUM_KEY_LEN), span(entropy, WATTSUM_KEY_LEN), span(members, count)]
        {
            caller::apart(&[own, input])?;
        }
        caller::apart(&[
            own,
            span(record, WATTSUM_CMT_GENERATION_RECORD_LEN),
            span(gathering, 1),
            span(tokens, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        let (link, setup, members, entropy, record, handle, tokens) = unsafe {
            let record = Place::<GenerationRecord>::new(record.cast())?;
            let (handle, tokens) = (Place::new(gathering)?, Place::new(tokens)?);
            let (members, setup) = (caller::lent(members, count)?, caller::one(setup)?.read()?);
            (lent_link(link_secret)?, setup, members, caller::bytes(entropy)?, record, handle, tokens)
        };
        let listed = members.iter().map(|member| member.to_listed());
        let listed = listed.collect::<Result<Vec<Listed>, Failure>>()?;
        let (now, from) = (Round::new(now)?, Round::new(from)?);
        let mut rng = entropy::generator("cmt gathering", entropy)?;
        // SAFETY: as above.
        let (forming, kept) = unsafe {
            Context::enter(meter::context(meter), |meter| {
                meter::check_epoch(meter, &setup.view)?;
                if meter.id() != setup.me.peer.id {
                    return Err(Misuse::WrongRole.into());
                }
                let generation = Generation(generation);
                let prepared = Forming::open(meter, &link, now, from, generation, &listed, &mut rng)?;
                let kept = stored(&prepared)?;
                Ok((prepared.stored(), kept))
            })
        }?;
        let frames = forming.tokens().map(|(id, frame)| (id, frame.to_vec())).collect();
        let made = Gathering {
            lead: setup.me.peer.id,
            view: setup.view,
            members: u32::try_from(listed.len()).map_err(|_| Misuse::BadParameter)?,
            forming: Some(forming),
        };
        record.put(kept);
        tokens.put(Context::boxed(Outbox(frames)).cast());
        handle.put(Context::boxed(made).cast());
        Ok(())
    })
}

/// Takes a FirstKey. `sender` gets the id of the member. The same frame again changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_gathering_accept(
    gathering: *mut wattsum_cmt_gathering,
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
            let accept = |gathering: &mut Gathering| Ok(gathering.forming()?.accept(frame)?);
            place.put(Context::enter(context(gathering), accept)?.0);
        }
        Ok(())
    })
}

/// Takes many FirstKeys. Each gets its status, and in `senders` its sender, or on a fault the culprit, else
/// UINT32_MAX. The call is WATTSUM_OK when its arguments were right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_gathering_accept_many(
    gathering: *mut wattsum_cmt_gathering,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (frames, mut outcomes) = batch::batch(frames, count, senders, statuses)?;
            Context::enter(context(gathering), |gathering| {
                let forming = gathering.forming()?;
                for (index, frame) in frames.iter().enumerate() {
                    outcomes.put(index, forming.accept(frame));
                }
                Ok(())
            })
        }
    })
}

/// Ids of the members whose FirstKey has not come.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_gathering_missing(
    gathering: *mut wattsum_cmt_gathering,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(ids, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, count) = (caller::room(ids, capacity)?, Place::new(count)?);
            Context::enter(context(gathering), |gathering| {
                let missing: Vec<u32> = gathering.forming()?.missing().map(|id| id.0).collect();
                caller::fill(&missing, out, count)
            })
        }
    })
}

/// Ends the gathering: `meter`, the one that opened, takes its place as concentrator. `frames` holds the Seat of each
/// member and last, for id 0, the supplier's GroupKey; `book` stays with the concentrator for as long as the ring
/// lives. Both are to be freed.
///
/// Store first, send then, if the ring should survive a loss of power: the book (wattsum_cmt_book_export), then the
/// meter's state (wattsum_cmt_meter_export), then the frames leave.
///
/// On WATTSUM_QUORUM first keys are missing, and the gathering goes on. On any other status but those for wrong
/// pointers and WATTSUM_MISUSE_WRONG_ROLE the meter has gone on to another generation or has given its claim up, and
/// this one is over.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_gathering_close(
    gathering: *mut wattsum_cmt_gathering,
    meter: *mut wattsum_cmt_meter,
    frames: *mut *mut wattsum_cmt_outbox,
    book: *mut *mut wattsum_cmt_book,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            caller::apart(&[Context::span(meter::context(meter)), span(frames, 1), span(book, 1)])?;
            let (frames, book) = (Place::new(frames)?, Place::new(book)?);
            let (held, outbox) = Context::enter(context(gathering), |gathering| {
                Context::enter(meter::context(meter), |meter| gathering.close(meter))
            })?;
            frames.put(Context::boxed(outbox).cast());
            book.put(Context::boxed(held).cast());
        }
        Ok(())
    })
}

/// Wipes and frees a gathering, at any time. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_gathering_free(gathering: *mut wattsum_cmt_gathering) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(gathering)) })
}
