//! The utility of dcnet, behind a handle.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use dcnet_core::{Closed, Params, Repairing, Utility};
use meter_link::answer::Quorum;
use meter_link::collect::Collecting;
use meter_link::decode::CheckedSum;
use meter_link::head::{HeadRecord, Sum};
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, GroupParams, Identity, LinkSecret, Misuse, PartyId, Round};
use zeroize::Zeroizing;

use super::certified::Certifying;
use super::round::wattsum_dcnet_round;
use super::wattsum_dcnet_params;
use crate::caller::{self, Place};
use crate::context::Context;
use crate::epoch::wattsum_epoch;
use crate::guard::{guard, guard_blaming, wiping_guard, wiping_guard_blaming};
use crate::head::{self, Answers, Closing, Head, Refused, Repairs};
use crate::roster::wattsum_roster;
use crate::status::wattsum_status;

/// The utility of one epoch. Several of its rounds may take contributions at once, but the next Open ends the round
/// before it at meters and holders: send a round's last Close, and collect its answers, before the Open of the next.
pub struct wattsum_dcnet_utility(());

impl head::Utility for Utility {
    const UTILITY: u32 = u32::from_be_bytes(*b"dcut");
    const ROUND: u32 = u32::from_be_bytes(*b"dcrd");
    const BRANCH: u32 = u32::from_be_bytes(*b"dcbr");

    type Params = Params;
    type Repairs = Repairing;
    type Closed = Closed;
    type Certified = Certifying;

    const CERTIFIES_CLOSED: bool = true;

    fn group(params: &Params) -> &GroupParams {
        params.group()
    }

    fn opens(params: &Params) -> u8 {
        params.threshold().map_or(0, |threshold| threshold.threshold())
    }

    fn new(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        roster: Roster,
    ) -> Result<Self, Error> {
        Self::new(params, view, identity, link, roster)
    }

    fn from_bytes(
        params: &Params,
        view: &EpochView,
        identity: Identity,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error> {
        Self::from_bytes(params, view, identity, roster, state)
    }

    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.to_bytes()
    }

    fn progress(&self) -> HeadRecord {
        self.progress()
    }

    fn resume(&mut self, record: &[u8]) -> Result<(), Error> {
        self.resume(record)
    }

    fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Error> {
        self.open(now, round, present)
    }

    fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Error> {
        self.reopen(state)
    }

    fn close(&mut self, round: Collecting, quorum: &Quorum) -> Result<Closing<Self>, Error> {
        Ok(self.close(round, quorum)?.into())
    }

    fn close_again(&mut self, round: Repairing, quorum: &Quorum) -> Result<Closing<Self>, Error> {
        Ok(self.close_again(round, quorum)?.into())
    }

    fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        self.ask(closed, quorum)
    }

    fn record(&mut self, closed: &Closed) -> Result<Sum, Error> {
        self.record(closed)
    }

    fn certify(&mut self, _: Collecting, _: &Quorum) -> Result<Certifying, Error> {
        Err(Misuse::OutOfOrder.into())
    }

    fn certify_closed(&mut self, round: Closed, asked: &Quorum) -> Result<Certifying, Refused<Closed>> {
        Certifying::new(self, round, asked)
    }

    fn record_certified(&mut self, certified: &Certifying) -> Result<CheckedSum, Error> {
        self.record_certified(certified.certified())
    }
}

impl Answers for Closed {
    fn frame(&self) -> &[u8] {
        self.frame()
    }

    fn accept(&mut self, frame: &[u8]) -> Result<u8, Error> {
        self.accept(frame)
    }

    fn missing(&self) -> Vec<u8> {
        self.missing().collect()
    }
}

impl From<dcnet_core::Closing> for Closing<Utility> {
    fn from(closing: dcnet_core::Closing) -> Self {
        match closing {
            dcnet_core::Closing::Repairing(repairing) => Closing::Repairing(repairing),
            dcnet_core::Closing::Final(closed) => Closing::Final(closed),
        }
    }
}

impl Repairs for Repairing {
    fn frame(&self) -> &[u8] {
        self.frame()
    }

    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error> {
        self.accept(frame)
    }

    fn missing(&self) -> Vec<PartyId> {
        self.missing().collect()
    }
}

/// Makes the keys with all parties. `identity_secret` is the utility's, `link_secret` that of its announced link key,
/// which is wiped on success. To be freed with wattsum_dcnet_utility_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_new(
    params: *const wattsum_dcnet_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    utility: *mut *mut wattsum_dcnet_utility,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    wiping_guard_blaming(blame, || unsafe {
        let params = caller::one(params)?.to_params()?;
        head::new::<Utility>(params, epoch, roster, identity_secret, link_secret, utility.cast())
    })
}

/// Opens a round. `present` holds 1 or 0 for each meter, by position: who is to take part. To be freed with
/// wattsum_dcnet_round_free; its frame, the signed Open, goes to all meters and holders, and ends the round before it
/// there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_open(
    utility: *mut wattsum_dcnet_utility,
    now: u64,
    round: u64,
    present: *const u8,
    meters: usize,
    opened: *mut *mut wattsum_dcnet_round,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::open::<Utility>(utility.cast(), now, round, present, meters, opened.cast()) })
}

/// The next Close of a round, once the deadline has passed: over the meters whose contributions are here; after a Close
/// that was not final, over those of them whose repairs are here or that nobody waits for. `quorum` names the holders
/// that are asked once the set is final, by their numbers, ascending: exactly as many as the threshold says.
///
/// `stage` gets WATTSUM_ROUND_REPAIRING if meters are missing: the Close goes to the meters, neighbours of the missing
/// repair, and this function is called again at the next deadline. There are three Closes at most. Or it gets
/// WATTSUM_ROUND_CLOSED: the Close is final and goes to the meters too, and to the holders, who answer it.
///
/// On WATTSUM_QUORUM too few meters are left, or repairs are missing at the third Close: the round goes on taking
/// frames, and is freed when the caller gives it up. On WATTSUM_MISUSE_OUT_OF_ORDER a later round was closed before:
/// this one cannot be any more. On WATTSUM_INCONSISTENT the round is lost.
///
/// A round that is closed already is asked anew of another quorum: some of the first did not answer. Their answers so
/// far are forgotten. That Close is for the holders alone; for the meters the first stands.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_close(
    utility: *mut wattsum_dcnet_utility,
    round: *mut wattsum_dcnet_round,
    quorum: *const u8,
    quorum_len: usize,
    stage: *mut u8,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe {
        let place = Place::new(stage)?;
        place.put(head::close::<Utility>(utility.cast(), round.cast(), quorum, quorum_len)?);
        Ok(())
    })
}

/// The sums of a round, one a channel, once the quorum has answered, and the number of meters in them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_record(
    utility: *mut wattsum_dcnet_utility,
    round: *mut wattsum_dcnet_round,
    sums: *mut i64,
    channels: usize,
    meters: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::record::<Utility>(utility.cast(), round.cast(), sums, channels, meters) })
}

/// How far the utility's rounds have come. STORE FIRST, SEND THEN: before the frame of an Open, and that of a Close,
/// leaves. The last record is enough; replace it as a whole. After a start from it alone, a round that was closed before
/// is closed again for its first quorum only: asking another takes the state of wattsum_dcnet_utility_export.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_UTILITY_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_progress(
    utility: *mut wattsum_dcnet_utility,
    record: *mut u8,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::progress::<Utility>(utility.cast(), record) })
}

/// Goes on from the stored record of this epoch or the one before: once after wattsum_dcnet_utility_new, before the
/// first Open. A utility that starts again without it may open a round twice, which the holders refuse, and its
/// Opens name no predecessor, which meters refuse until the next
/// epoch.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_resume(
    utility: *mut wattsum_dcnet_utility,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::resume::<Utility>(utility.cast(), record, record_len) })
}

/// Bytes of the state that wattsum_dcnet_utility_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_state_len(
    utility: *mut wattsum_dcnet_utility,
    len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::state_len::<Utility>(utility.cast(), len) })
}

/// All that a restart needs but rounds that are open: keys, progress, and how often meters came and went. It holds
/// KEYS: protected storage, wiped after use. It takes the place of the link secret and of the record of
/// wattsum_dcnet_utility_progress: store it before the frame of an Open or a Close leaves, and replace it as a whole.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_export(
    utility: *mut wattsum_dcnet_utility,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    wiping_guard(|| unsafe { head::export::<Utility>(utility.cast(), state, size, state_len) })
}

/// A utility from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged or another epoch's. To be freed with
/// wattsum_dcnet_utility_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_import(
    params: *const wattsum_dcnet_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    state: *const u8,
    state_len: usize,
    utility: *mut *mut wattsum_dcnet_utility,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    wiping_guard_blaming(blame, || unsafe {
        let params = caller::one(params)?.to_params()?;
        head::import::<Utility>(params, epoch, roster, identity_secret, state, state_len, utility.cast())
    })
}

/// A round from what wattsum_dcnet_round_export gave before a restart, or in another process that has the utility's
/// state and takes a part of the frames (wattsum_dcnet_round_branch). Closed over the same contributions for the same
/// quorum, it gives the same first Close, and meters send the same repairs again. To be freed with
/// wattsum_dcnet_round_free.
///
/// WATTSUM_MISUSE_OUT_OF_ORDER once a later round was opened or closed. The same where it is closed, if the utility's
/// state knows of a final Close of the round that followed repairs: its sum is lost then, and nothing else.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_reopen(
    utility: *mut wattsum_dcnet_utility,
    state: *const u8,
    state_len: usize,
    opened: *mut *mut wattsum_dcnet_round,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    // SAFETY: as above.
    guard_blaming(blame, || unsafe {
        head::reopen::<Utility>(utility.cast(), state, state_len, opened.cast())
    })
}

/// Wipes and frees a utility. NULL is right. Its rounds are of no more use, but are still to be freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_utility_free(utility: *mut wattsum_dcnet_utility) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::<Head<Utility>>::unbox(utility.cast()) })
}
