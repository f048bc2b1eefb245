//! The utility of shamir, behind a handle.
#![allow(unsafe_code)] // exports

use core::convert::Infallible;
use std::boxed::Box;
use std::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::collect::Collecting;
use meter_link::decode::CheckedSum;
use meter_link::head::{HeadRecord, Sum};
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, GroupParams, Identity, LinkSecret, Misuse, PartyId, Round};
use shamir_agg::{Certified, Closed, Params, Utility};
use zeroize::Zeroizing;

use super::round::wattsum_shamir_round;
use super::wattsum_shamir_params;
use crate::caller;
use crate::context::Context;
use crate::epoch::wattsum_epoch;
use crate::guard::{guard, guard_blaming, wiping_guard, wiping_guard_blaming};
use crate::head::{self, Answers, Closing, Head, Refused, Repairs};
use crate::roster::wattsum_roster;
use crate::status::wattsum_status;

/// The utility of one epoch. Several of its rounds may take contributions at once, but the next Open ends the round
/// before it at the aggregators: send a round's Close, and collect its answers, before the Open of the next.
pub struct wattsum_shamir_utility(());

impl head::Utility for Utility {
    const UTILITY: u32 = u32::from_be_bytes(*b"shut");
    const ROUND: u32 = u32::from_be_bytes(*b"shrd");
    const BRANCH: u32 = u32::from_be_bytes(*b"shbr");

    type Params = Params;
    type Repairs = Infallible;
    type Closed = Closed;
    type Certified = Certified;

    const CERTIFIES_CLOSED: bool = false;

    fn group(params: &Params) -> &GroupParams {
        params.group()
    }

    fn opens(params: &Params) -> u8 {
        params.threshold().threshold()
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
        Ok(Closing::Final(self.close(round, quorum)?))
    }

    fn close_again(&mut self, round: Infallible, _: &Quorum) -> Result<Closing<Self>, Error> {
        match round {}
    }

    fn ask(&mut self, closed: &mut Closed, quorum: &Quorum) -> Result<(), Error> {
        self.ask(closed, quorum)
    }

    fn record(&mut self, closed: &Closed) -> Result<Sum, Error> {
        self.record(closed)
    }

    fn certify(&mut self, round: Collecting, asked: &Quorum) -> Result<Certified, Error> {
        self.certify(round, asked)
    }

    fn certify_closed(&mut self, round: Closed, _: &Quorum) -> Result<Certified, Refused<Closed>> {
        Err(Box::new((round, Misuse::OutOfOrder.into())))
    }

    fn record_certified(&mut self, certified: &Certified) -> Result<CheckedSum, Error> {
        self.record_certified(certified)
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

/// There are none.
impl Repairs for Infallible {
    fn frame(&self) -> &[u8] {
        match *self {}
    }

    fn accept(&mut self, _: &[u8]) -> Result<PartyId, Error> {
        match *self {}
    }

    fn missing(&self) -> Vec<PartyId> {
        match *self {}
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
    // SAFETY: as above.
    wiping_guard_blaming(blame, || unsafe {
        let params = caller::one(params)?.to_params()?;
        head::new::<Utility>(params, epoch, roster, identity_secret, link_secret, utility.cast())
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
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::open::<Utility>(utility.cast(), now, round, present, meters, opened.cast()) })
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
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::close::<Utility>(utility.cast(), round.cast(), quorum, quorum_len).map(|_| ()) })
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
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::record::<Utility>(utility.cast(), round.cast(), sums, channels, meters) })
}

/// How far the utility's rounds have come. STORE FIRST, SEND THEN: before the frame of an Open, and that of a Close,
/// leaves. The last record is enough; replace it as a whole. After a start from it alone, a round that was closed before
/// is closed again for its first quorum only: asking another takes the state of wattsum_shamir_utility_export.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_UTILITY_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_progress(
    utility: *mut wattsum_shamir_utility,
    record: *mut u8,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::progress::<Utility>(utility.cast(), record) })
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
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::resume::<Utility>(utility.cast(), record, record_len) })
}

/// Bytes of the state that wattsum_shamir_utility_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_state_len(
    utility: *mut wattsum_shamir_utility,
    len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    guard(|| unsafe { head::state_len::<Utility>(utility.cast(), len) })
}

/// All that a restart needs but rounds that are open: keys, progress, and how often meters came and went. It holds
/// KEYS: protected storage, wiped after use. It takes the place of the link secret and of the record of
/// wattsum_shamir_utility_progress: store it before the frame of an Open or a Close leaves, and replace it as a whole.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_export(
    utility: *mut wattsum_shamir_utility,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    wiping_guard(|| unsafe { head::export::<Utility>(utility.cast(), state, size, state_len) })
}

/// A utility from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged or another epoch's. To be freed with
/// wattsum_shamir_utility_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_import(
    params: *const wattsum_shamir_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    state: *const u8,
    state_len: usize,
    utility: *mut *mut wattsum_shamir_utility,
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

/// A round from what wattsum_shamir_round_export gave before a restart, or in another process that has the utility's
/// state and takes a part of the frames (wattsum_shamir_round_branch). Closed over the same contributions for the same
/// quorum, it gives the same Close. WATTSUM_MISUSE_OUT_OF_ORDER once a later round was opened or closed. To be freed
/// with wattsum_shamir_round_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_utility_reopen(
    utility: *mut wattsum_shamir_utility,
    state: *const u8,
    state_len: usize,
    opened: *mut *mut wattsum_shamir_round,
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
pub unsafe extern "C" fn wattsum_shamir_utility_free(utility: *mut wattsum_shamir_utility) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::<Head<Utility>>::unbox(utility.cast()) })
}
