//! The utility of elgamal, behind a handle.
#![allow(unsafe_code)] // exports

use std::sync::Arc;
use std::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::head::{HeadRecord, Sum};
use meter_link::roster::Roster;
use meter_link::{Misuse, PartyId, Round};
use threshold_elgamal::{Closed, DlogTable, Error, Params, Utility};

use super::keys::{key_set, wattsum_elgamal_keys};
use super::round::{self, Running, wattsum_elgamal_round};
use super::table::{self, wattsum_elgamal_table};
use super::wattsum_elgamal_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard, wiping_guard_blaming};
use crate::link::{SpentLink, identity};
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status::{self, WATTSUM_MISUSE_BAD_VALUE};

/// The utility of one epoch. Several of its rounds may take contributions at once, but the next Open ends the round
/// before it at the trustees: send a round's Close, and collect its answers, before the Open of the next.
pub struct wattsum_elgamal_utility(());

/// A utility behind a handle.
pub(super) struct Head {
    pub(super) utility: Utility,
    pub(super) params: Params,
    pub(super) answerers: Vec<PartyId>,
    /// Its rounds have the same: an address could come again.
    pub(super) own: Arc<()>,
}

impl Kind for Head {
    const MAGIC: u32 = u32::from_be_bytes(*b"egut");
}

pub(super) fn context(utility: *mut wattsum_elgamal_utility) -> *mut Context<Head> {
    utility.cast()
}

impl Head {
    fn new(utility: Utility, params: Params, roster: &Roster) -> Self {
        let answerers = roster.answerers().iter().map(|member| member.id).collect();
        Head { utility, params, answerers, own: Arc::new(()) }
    }

    /// The last round that was closed, also before a restart: as it stands in the stored record.
    pub(super) fn closed(&self) -> Option<Round> {
        const CLOSED: u8 = 2;
        let record = self.utility.progress();
        let (flags, round) = (record.get(1)?, record.get(6..)?.first_chunk()?);
        (flags & CLOSED != 0).then(|| Round::from(u32::from_le_bytes(*round)))
    }
}

/// Makes the keys with all trustees. `identity_secret` is the utility's, `link_secret` that of its announced link key,
/// which is wiped on success. The keys are the epoch's: their group key is what wattsum_elgamal_key_certified says. To be
/// freed with wattsum_elgamal_utility_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_new(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    keys: *mut wattsum_elgamal_keys,
    identity_secret: *const u8,
    link_secret: *mut u8,
    utility: *mut *mut wattsum_elgamal_utility,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        SpentLink::apart(link_secret, identity_secret, utility)?;
        // SAFETY: as above.
        unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            let (keys, secret, place) =
                (key_set(keys)?, caller::bytes(identity_secret)?, Place::new(utility)?);
            let (link, spent) = SpentLink::new(link_secret)?;
            let head = Context::enter(roster::context(roster), |lists| {
                let roster = lists.built()?;
                let view = roster::view(roster, params.group(), epoch)?;
                let made = Utility::new(&params, &view, identity(secret), link, &keys, roster.clone())?;
                Ok(Head::new(made, params, roster))
            })?;
            spent.wipe();
            place.put(Context::boxed(head).cast());
        }
        Ok(())
    })
}

/// A utility from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged, another epoch's or of other keys. To be
/// freed with wattsum_elgamal_utility_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_import(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    keys: *mut wattsum_elgamal_keys,
    identity_secret: *const u8,
    state: *const u8,
    state_len: usize,
    utility: *mut *mut wattsum_elgamal_utility,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            let (keys, secret, place) =
                (key_set(keys)?, caller::bytes(identity_secret)?, Place::new(utility)?);
            let state = caller::lent(state, state_len)?;
            let head = Context::enter(roster::context(roster), |lists| {
                let roster = lists.built()?;
                let view = roster::view(roster, params.group(), epoch)?;
                let made =
                    Utility::from_bytes(&params, &view, identity(secret), &keys, roster.clone(), state)?;
                Ok(Head::new(made, params, roster))
            })?;
            place.put(Context::boxed(head).cast());
        }
        Ok(())
    })
}

/// Bytes of the state that wattsum_elgamal_utility_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_state_len(
    utility: *mut wattsum_elgamal_utility,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(len)?;
            place.put(Context::enter(context(utility), |head| Ok(head.utility.to_bytes()?.len()))?);
        }
        Ok(())
    })
}

/// All that a restart needs but rounds that are open: keys, progress, how often meters came and went, and with windows
/// what bills are made of. It holds KEYS: protected storage, wiped after use. It takes the place of the link secret and
/// of the record of wattsum_elgamal_utility_progress: store it before the frame of an Open or a Close leaves, and replace
/// it as a whole.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_export(
    utility: *mut wattsum_elgamal_utility,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(state, size), span(state_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(state, size)?, Place::new(state_len)?);
            Context::enter(context(utility), |head| caller::fill(&head.utility.to_bytes()?, out, len))
        }
    })
}

/// How far the utility's rounds have come. STORE FIRST, SEND THEN: before the frame of an Open, and that of a Close,
/// leaves. The last record is enough; replace it as a whole. wattsum_elgamal_utility_export has it and more.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_UTILITY_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_progress(
    utility: *mut wattsum_elgamal_utility,
    record: *mut u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::<HeadRecord>::new(record.cast())?;
            place.put(Context::enter(context(utility), |head| Ok(head.utility.progress()))?);
        }
        Ok(())
    })
}

/// Goes on from the stored record of this epoch or the one before: once after wattsum_elgamal_utility_new, before the
/// first Open. A utility that starts again without it may open a round twice, which the trustees refuse, and its Opens
/// name no predecessor.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_resume(
    utility: *mut wattsum_elgamal_utility,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = caller::lent(record, record_len)?;
            Context::enter(context(utility), |head| Ok(head.utility.resume(record)?))
        }
    })
}

/// Opens a round. `present` holds 1 or 0 for each meter, by position: who is to take part. To be freed with
/// wattsum_elgamal_round_free; its frame, the signed Open, goes to the trustees, and ends the round before it there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_open(
    utility: *mut wattsum_elgamal_utility,
    now: u64,
    round: u64,
    present: *const u8,
    meters: usize,
    opened: *mut *mut wattsum_elgamal_round,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (present, place) = (caller::lent(present, meters)?, Place::new(opened)?);
            if present.iter().any(|byte| *byte > 1) {
                return Err(WATTSUM_MISUSE_BAD_VALUE.into());
            }
            let present: Vec<bool> = present.iter().map(|byte| *byte == 1).collect();
            let (now, round) = (Round::new(now)?, Round::new(round)?);
            let running = Context::enter(context(utility), |head| {
                let collecting = head.utility.open(now, round, &present)?;
                Ok(Running::new(head, collecting, 0))
            })?;
            place.put(Context::boxed(running).cast());
        }
        Ok(())
    })
}

/// Bytes of a round's state beside the Open and the contributions: version, the Open's length, a check.
const AROUND: usize = 1 + 4 + 4;

/// A round from what wattsum_elgamal_round_export gave before a restart: every contribution is verified anew. Closed over
/// the same contributions for the same quorum, it gives the same Close. WATTSUM_MISUSE_OUT_OF_ORDER once a later round was
/// opened or closed. To be freed with wattsum_elgamal_round_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_reopen(
    utility: *mut wattsum_elgamal_utility,
    state: *const u8,
    state_len: usize,
    opened: *mut *mut wattsum_elgamal_round,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (state, place) = (caller::lent(state, state_len)?, Place::new(opened)?);
            let running = Context::enter(context(utility), |head| {
                let collecting = head.utility.reopen(state)?;
                let frames = state.len().saturating_sub(AROUND).saturating_sub(collecting.frame().len());
                let here = frames.checked_div(head.params.contribution_len()).unwrap_or(0);
                Ok(Running::new(head, collecting, u32::try_from(here).unwrap_or(u32::MAX)))
            })?;
            place.put(Context::boxed(running).cast());
        }
        Ok(())
    })
}

/// Closes a round over the meters whose contributions are here, once the deadline has passed. `quorum` names the trustees
/// that are asked, by their numbers, ascending: exactly as many as the threshold says. On WATTSUM_QUORUM, too few meters,
/// the round goes on taking contributions. On WATTSUM_MISUSE_OUT_OF_ORDER a later round was closed before: this one cannot
/// be any more.
///
/// A round that is closed already is asked anew of another quorum: some of the first did not answer, or lied. What came
/// from trustees in both still counts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_close(
    utility: *mut wattsum_elgamal_utility,
    round: *mut wattsum_elgamal_round,
    quorum: *const u8,
    quorum_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let quorum = Quorum::new(caller::lent(quorum, quorum_len)?)?;
            Context::enter(context(utility), |head| {
                Context::enter(round::context(round), |running| running.close(head, &quorum))
            })
        }
    })
}

/// # Safety
/// The pointers are right.
unsafe fn read_off(
    utility: *mut wattsum_elgamal_utility,
    round: *mut wattsum_elgamal_round,
    table: *mut wattsum_elgamal_table,
    sums: (*mut i64, usize),
    meters: *mut u32,
    combine: impl FnOnce(&Closed, &DlogTable) -> Result<Sum, Error>,
) -> Result<(), Failure> {
    caller::apart(&[span(sums.0, sums.1), span(meters, 1)])?;
    // SAFETY: our caller's promise.
    unsafe {
        let (sums, meters) = (caller::room(sums.0, sums.1)?, Place::new(meters)?);
        let sum = Context::enter(context(utility), |head| {
            Context::enter(round::context(round), |running| {
                running.check_owner(head)?;
                let closed = running.closed()?;
                if sums.len() != usize::from(head.params.group().channels) {
                    return Err(Misuse::WrongLength.into());
                }
                Context::look(table::context(table), |table| Ok(combine(closed, table)?))
            })
        })?;
        for (place, value) in sums.iter_mut().zip(&sum.values) {
            *place = *value;
        }
        meters.put(sum.meters);
    }
    Ok(())
}

/// The sums of a round, one a channel, once the quorum has answered, and the number of meters in them: searched from 0
/// outwards, as far as so many meters' readings can reach. WATTSUM_INCONSISTENT if a sum lies outside, which no trustee can
/// bring about, but a meter that encrypts what it cannot have read. The search takes time that tells about the sum.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_record(
    utility: *mut wattsum_elgamal_utility,
    round: *mut wattsum_elgamal_round,
    table: *mut wattsum_elgamal_table,
    sums: *mut i64,
    channels: usize,
    meters: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        read_off(utility, round, table, (sums, channels), meters, |closed, table| closed.combine(table))
    })
}

/// The same, searched from a forecast of each channel outwards, at most `width` away: sooner where the forecast is good,
/// and WATTSUM_INCONSISTENT where it is too far off.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_record_around(
    utility: *mut wattsum_elgamal_utility,
    round: *mut wattsum_elgamal_round,
    table: *mut wattsum_elgamal_table,
    forecast: *const i64,
    width: u64,
    sums: *mut i64,
    channels: usize,
    meters: *mut u32,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(forecast, channels), span(sums, channels), span(meters, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let forecast = caller::lent(forecast, channels)?;
            read_off(utility, round, table, (sums, channels), meters, |closed, table| {
                closed.combine_around(table, forecast, width)
            })
        }
    })
}

/// Wipes and frees a utility. NULL is right. Its rounds are of no more use, but are still to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_utility_free(
    utility: *mut wattsum_elgamal_utility,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(utility)) })
}
