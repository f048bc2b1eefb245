//! The utility of shamir and its rounds, behind handles.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::head::{HeadRecord, count};
use meter_link::{Error, Misuse, PartyId, Round};
use shamir_agg::{Closed, Collecting, Params, Utility};

use super::wattsum_shamir_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::{Failure, guard, guard_blaming};
use crate::link::{SpentLink, identity};
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status::{self, WATTSUM_MISUSE_BAD_VALUE};

/// The utility of one epoch. Several of its rounds may take contributions at once, but the next Open ends the round
/// before it at the aggregators: send a round's Close, and collect its answers, before the Open of the next.
pub struct wattsum_shamir_utility(());

/// A round: it takes contributions until it is closed, and answers then. It belongs to the utility that opened it.
pub struct wattsum_shamir_round(());

/// Bytes of what a utility stores of its progress.
pub const WATTSUM_UTILITY_RECORD_LEN: usize = 46;
const _: () = assert!(WATTSUM_UTILITY_RECORD_LEN == size_of::<HeadRecord>());

struct Head {
    utility: Utility,
    params: Params,
    answerers: Vec<PartyId>,
    /// The last round that was closed here.
    closed: Option<Round>,
}

impl Kind for Head {
    const MAGIC: u32 = u32::from_be_bytes(*b"shut");
}

struct Running {
    owner: *mut wattsum_shamir_utility,
    round: Round,
    /// Meters that the Open names present.
    present: u32,
    answerers: Vec<PartyId>,
    stage: Stage,
}

#[allow(clippy::large_enum_variant)] // one lives behind each handle
enum Stage {
    Collecting(Collecting),
    Closed(Closed),
    /// Lost to an error while it was being closed.
    Lost,
}

impl Kind for Running {
    const MAGIC: u32 = u32::from_be_bytes(*b"shrd");
}

fn utility_context(utility: *mut wattsum_shamir_utility) -> *mut Context<Head> {
    utility.cast()
}

fn round_context(round: *mut wattsum_shamir_round) -> *mut Context<Running> {
    round.cast()
}

impl Running {
    fn check_owner(&self, utility: *mut wattsum_shamir_utility) -> Result<(), Failure> {
        if self.owner == utility { Ok(()) } else { Err(Misuse::WrongRole.into()) }
    }

    /// What `Utility::close` could refuse, looked at before it takes the round.
    fn check_close(&self, params: &Params, closed: Option<Round>, quorum: &Quorum) -> Result<(), Failure> {
        let Stage::Collecting(collecting) = &self.stage else { return Err(Misuse::OutOfOrder.into()) };
        if closed > Some(self.round) {
            return Err(Misuse::OutOfOrder.into());
        }
        let threshold = params.threshold();
        if quorum.len() != threshold.threshold() || quorum.iter().any(|number| number > threshold.answerers())
        {
            return Err(Misuse::BadQuorum.into());
        }
        let missing = u32::try_from(collecting.missing().count()).unwrap_or(u32::MAX);
        let (have, need) =
            (self.present.saturating_sub(missing), params.group().rules.least_of(self.present));
        if have < need { Err(Error::Quorum { have, need }.into()) } else { Ok(()) }
    }
}

/// Makes the keys with all parties. `identity_secret` is the utility's, `link_secret` that of its announced link key,
/// which is wiped on success. To be freed with wattsum_shamir_utility_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_new(
    params: *const wattsum_shamir_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    utility: *mut *mut wattsum_shamir_utility,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (params, epoch, secret, place) = unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            (params, epoch, caller::bytes(identity_secret)?, Place::new(utility)?)
        };
        // SAFETY: as above.
        let (link, spent) = unsafe { SpentLink::new(link_secret) }?;
        // SAFETY: as above.
        let head = unsafe {
            Context::enter(roster::context(roster), |lists| {
                let roster = lists.built()?;
                let view = roster::view(roster, params.group(), epoch)?;
                let utility = Utility::new(&params, &view, identity(secret), link, roster.clone())?;
                let answerers = roster.answerers().iter().map(|m| m.id).collect();
                Ok(Head { utility, params, answerers, closed: None })
            })
        }?;
        spent.wipe();
        place.put(Context::boxed(head).cast());
        Ok(())
    })
}

/// Opens a round. `present` holds 1 or 0 for each meter, by position: who is to take part. To be freed with
/// wattsum_shamir_round_free; its frame, the signed Open, goes to the aggregators, and ends the round before it there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_open(
    utility: *mut wattsum_shamir_utility,
    now: u64,
    round: u64,
    present: *const u8,
    meters: usize,
    opened: *mut *mut wattsum_shamir_round,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (present, place) = unsafe { (caller::lent(present, meters)?, Place::new(opened)?) };
        if present.iter().any(|byte| *byte > 1) {
            return Err(WATTSUM_MISUSE_BAD_VALUE.into());
        }
        let present: Vec<bool> = present.iter().map(|byte| *byte == 1).collect();
        let (now, round) = (Round::new(now)?, Round::new(round)?);
        // SAFETY: as above.
        let running = unsafe {
            Context::enter(utility_context(utility), |head| {
                let stage = Stage::Collecting(head.utility.open(now, round, &present)?);
                let answerers = head.answerers.clone();
                Ok(Running { owner: utility, round, present: count(&present), answerers, stage })
            })
        }?;
        place.put(Context::boxed(running).cast());
        Ok(())
    })
}

/// The round's frame for the aggregators: the signed Open while it takes contributions, the signed Close afterwards.
/// `frame_size` is at least WATTSUM_OPEN_LEN or WATTSUM_CLOSE_LEN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_frame(
    round: *mut wattsum_shamir_round,
    frame: *mut u8,
    frame_size: usize,
    frame_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(frame, frame_size), span(frame_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (out, len) = unsafe { (caller::room(frame, frame_size)?, Place::new(frame_len)?) };
        // SAFETY: as above.
        unsafe {
            Context::enter(round_context(round), |running| match &running.stage {
                Stage::Collecting(collecting) => caller::fill(collecting.frame(), out, len),
                Stage::Closed(closed) => caller::fill(closed.frame(), out, len),
                Stage::Lost => Err(Misuse::OutOfOrder.into()),
            })
        }
    })
}

/// Takes a frame: a meter's contribution until the round is closed, an aggregator's answer afterwards. `sender` gets
/// the id of who sent it. The same frame again changes nothing.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_accept(
    round: *mut wattsum_shamir_round,
    frame: *const u8,
    frame_len: usize,
    sender: *mut u32,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (frame, place) = unsafe { (caller::lent(frame, frame_len)?, Place::new(sender)?) };
        // SAFETY: as above.
        let from = unsafe {
            Context::enter(round_context(round), |running| match &mut running.stage {
                Stage::Collecting(collecting) => Ok(collecting.accept(frame)?),
                Stage::Closed(closed) => {
                    let number = closed.accept(frame)?;
                    let place = usize::from(number).wrapping_sub(1);
                    Ok(*running.answerers.get(place).ok_or(Misuse::UnknownParty)?)
                }
                Stage::Lost => Err(Misuse::OutOfOrder.into()),
            })
        }?;
        place.put(from.0);
        Ok(())
    })
}

/// Ids of those whose frame has not come: meters until the round is closed, aggregators afterwards.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_missing(
    round: *mut wattsum_shamir_round,
    ids: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(ids, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (out, count) = unsafe { (caller::room(ids, capacity)?, Place::new(count)?) };
        // SAFETY: as above.
        unsafe {
            Context::enter(round_context(round), |running| {
                let party = |number: u8| running.answerers.get(usize::from(number).wrapping_sub(1));
                let ids: Vec<u32> = match &running.stage {
                    Stage::Collecting(collecting) => collecting.missing().map(|id| id.0).collect(),
                    Stage::Closed(closed) => closed.missing().filter_map(party).map(|id| id.0).collect(),
                    Stage::Lost => return Err(Misuse::OutOfOrder.into()),
                };
                caller::fill(&ids, out, count)
            })
        }
    })
}

/// Closes a round over the meters whose contributions are here, once the deadline has passed. `quorum` names the
/// aggregators that are asked, by their numbers, ascending: exactly as many as the threshold says. On WATTSUM_QUORUM,
/// too few meters, the round goes on taking contributions. On WATTSUM_MISUSE_OUT_OF_ORDER a later round was closed
/// before: this one cannot be any more.
///
/// A round that is closed already is asked anew of another quorum: some of the first did not answer. Their answers so
/// far are forgotten.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_close(
    utility: *mut wattsum_shamir_utility,
    round: *mut wattsum_shamir_round,
    quorum: *const u8,
    quorum_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let quorum = Quorum::new(unsafe { caller::lent(quorum, quorum_len) }?)?;
        let close = |head: &mut Head, running: &mut Running| {
            running.check_owner(utility)?;
            if let Stage::Closed(closed) = &mut running.stage {
                return Ok(head.utility.ask(closed, &quorum)?);
            }
            running.check_close(&head.params, head.closed, &quorum)?;
            if let Stage::Collecting(collecting) = core::mem::replace(&mut running.stage, Stage::Lost) {
                running.stage = Stage::Closed(head.utility.close(collecting, &quorum)?);
                head.closed = Some(running.round);
            }
            Ok(())
        };
        // SAFETY: as above.
        unsafe {
            Context::enter(utility_context(utility), |head| {
                Context::enter(round_context(round), |running| close(head, running))
            })
        }
    })
}

/// The sums of a round, one a channel, once the quorum has answered, and the number of meters in them. The next Open
/// names this round.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_record(
    utility: *mut wattsum_shamir_utility,
    round: *mut wattsum_shamir_round,
    sums: *mut i64,
    channels: usize,
    meters: *mut u32,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(sums, channels), span(meters, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (sums, meters) = unsafe { (caller::room(sums, channels)?, Place::new(meters)?) };
        let record = |head: &mut Head, running: &mut Running| {
            running.check_owner(utility)?;
            if sums.len() != usize::from(head.params.group().channels) {
                return Err(Misuse::WrongLength.into());
            }
            let Stage::Closed(closed) = &running.stage else { return Err(Misuse::OutOfOrder.into()) };
            Ok(head.utility.record(closed)?)
        };
        // SAFETY: as above.
        let sum = unsafe {
            Context::enter(utility_context(utility), |head| {
                Context::enter(round_context(round), |running| record(head, running))
            })
        }?;
        for (place, value) in sums.iter_mut().zip(&sum.values) {
            *place = *value;
        }
        meters.put(sum.meters);
        Ok(())
    })
}

/// How far the utility's rounds have come. STORE FIRST, SEND THEN: before the frame of an Open, and that of a Close,
/// leaves. The last record is enough; replace it as a whole.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_UTILITY_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_progress(
    utility: *mut wattsum_shamir_utility,
    record: *mut u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let place = unsafe { Place::<HeadRecord>::new(record.cast()) }?;
        // SAFETY: as above.
        place.put(unsafe { Context::enter(utility_context(utility), |head| Ok(head.utility.progress())) }?);
        Ok(())
    })
}

/// Goes on from the stored record of this epoch or the one before: once after wattsum_shamir_utility_new, before the
/// first Open. A utility that starts again without it may open a round twice, which the aggregators refuse, and its
/// Opens name no predecessor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_resume(
    utility: *mut wattsum_shamir_utility,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = caller::lent(record, record_len)?;
            Context::enter(utility_context(utility), |head| Ok(head.utility.resume(record)?))
        }
    })
}

/// Frees a round, at any time. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_round_free(round: *mut wattsum_shamir_round) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(round_context(round)) })
}

/// Wipes and frees a utility. NULL is right. Its rounds are of no more use, but are still to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_free(utility: *mut wattsum_shamir_utility) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(utility_context(utility)) })
}
