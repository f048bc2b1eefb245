//! The head end of protocols in which answerers open the sum of one closed set a round: what dcnet and shamir have in
//! common. Each of their exports is one call into here.
//!
//! Functions take the pointers of the export that calls them; what the header asks of those is their `# Safety`.
#![allow(unsafe_code)] // the caller's pointers

pub mod answerer;
pub(crate) mod branch;
pub mod certified;
pub mod round;

use std::boxed::Box;
use std::sync::Arc;
use std::vec::Vec;

use meter_link::answer::Quorum;
use meter_link::collect::Collecting;
use meter_link::decode::CheckedSum;
use meter_link::head::{HeadRecord, Sum};
use meter_link::roster::Roster;
use meter_link::{EpochView, Error, GroupParams, Identity, LinkSecret, Misuse, PartyId, Round};
use zeroize::Zeroizing;

use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::Failure;
use crate::link::{SpentLink, identity};
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status::WATTSUM_MISUSE_BAD_VALUE;
use certified::Certified;
use round::Running;

/// Bytes of what a utility stores of its progress.
pub const WATTSUM_UTILITY_RECORD_LEN: usize = 46;
const _: () = assert!(WATTSUM_UTILITY_RECORD_LEN == size_of::<HeadRecord>());

/// A protocol's utility.
pub(crate) trait Utility: Sized {
    /// Magic numbers of its handles.
    const UTILITY: u32;
    const ROUND: u32;
    const BRANCH: u32;

    type Params;
    type Repairs: Repairs;
    type Closed: Answers;
    type Certified: Certified;

    /// Whether certified answers are asked for of a round that is closed, or of one that collects.
    const CERTIFIES_CLOSED: bool;

    fn group(params: &Self::Params) -> &GroupParams;
    /// Answers that open a sum.
    fn opens(params: &Self::Params) -> u8;

    fn new(
        params: &Self::Params,
        view: &EpochView,
        identity: Identity,
        link: LinkSecret,
        roster: Roster,
    ) -> Result<Self, Error>;
    fn from_bytes(
        params: &Self::Params,
        view: &EpochView,
        identity: Identity,
        roster: Roster,
        state: &[u8],
    ) -> Result<Self, Error>;
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error>;
    fn progress(&self) -> HeadRecord;
    fn resume(&mut self, record: &[u8]) -> Result<(), Error>;

    fn open(&mut self, now: Round, round: Round, present: &[bool]) -> Result<Collecting, Error>;
    fn reopen(&mut self, state: &[u8]) -> Result<Collecting, Error>;
    fn close(&mut self, round: Collecting, quorum: &Quorum) -> Result<Closing<Self>, Error>;
    fn close_again(&mut self, round: Self::Repairs, quorum: &Quorum) -> Result<Closing<Self>, Error>;
    fn ask(&mut self, closed: &mut Self::Closed, quorum: &Quorum) -> Result<(), Error>;
    fn record(&mut self, closed: &Self::Closed) -> Result<Sum, Error>;

    fn certify(&mut self, round: Collecting, asked: &Quorum) -> Result<Self::Certified, Error>;
    fn certify_closed(
        &mut self,
        round: Self::Closed,
        asked: &Quorum,
    ) -> Result<Self::Certified, Refused<Self::Closed>>;
    fn record_certified(&mut self, certified: &Self::Certified) -> Result<CheckedSum, Error>;
}

/// A round that goes on as it was, and why.
pub(crate) type Refused<R> = Box<(R, Error)>;

/// What a Close leads to.
pub(crate) enum Closing<U: Utility> {
    #[cfg_attr(not(feature = "dcnet"), allow(dead_code))] // shamir has no repairs
    Repairing(U::Repairs),
    Final(U::Closed),
}

/// A round that takes repairs.
pub(crate) trait Repairs {
    fn frame(&self) -> &[u8];
    fn accept(&mut self, frame: &[u8]) -> Result<PartyId, Error>;
    fn missing(&self) -> Vec<PartyId>;
}

/// A round that takes answers, by the answerers' numbers.
pub(crate) trait Answers {
    fn frame(&self) -> &[u8];
    fn accept(&mut self, frame: &[u8]) -> Result<u8, Error>;
    fn missing(&self) -> Vec<u8>;
}

/// A utility behind a handle.
pub(crate) struct Head<U: Utility> {
    utility: U,
    params: U::Params,
    meters: Arc<[PartyId]>,
    answerers: Vec<PartyId>,
    /// Its rounds have the same: an address could come again.
    own: Arc<()>,
}

impl<U: Utility> Kind for Head<U> {
    const MAGIC: u32 = U::UTILITY;
}

impl<U: Utility> Head<U> {
    fn new(utility: U, params: U::Params, roster: &Roster) -> Self {
        let meters = roster.meters().iter().map(|member| member.id).collect();
        let answerers = roster.answerers().iter().map(|member| member.id).collect();
        Head { utility, params, meters, answerers, own: Arc::new(()) }
    }

    #[cfg(feature = "dcnet")]
    pub(crate) fn utility(&self) -> &U {
        &self.utility
    }

    /// The last round that was closed, also before a restart: as it stands in the stored record.
    fn closed(&self) -> Option<Round> {
        const CLOSED: u8 = 2;
        let record = self.utility.progress();
        let (flags, round) = (record.get(1)?, record.get(6..)?.first_chunk()?);
        (flags & CLOSED != 0).then(|| Round::from(u32::from_le_bytes(*round)))
    }
}

type Of<U> = *mut Context<Head<U>>;

/// `wattsum_…_utility_new`.
pub(crate) unsafe fn new<U: Utility>(
    params: U::Params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    utility: *mut Of<U>,
) -> Result<(), Failure> {
    SpentLink::apart(link_secret, identity_secret, utility)?;
    // SAFETY: the caller's pointers, as the header asks.
    let (epoch, secret, place) =
        unsafe { (caller::one(epoch)?, caller::bytes(identity_secret)?, Place::new(utility)?) };
    // SAFETY: as above.
    let (link, spent) = unsafe { SpentLink::new(link_secret) }?;
    // SAFETY: as above.
    let head = unsafe {
        Context::enter(roster::context(roster), |lists| {
            let roster = lists.built()?;
            let view = roster::view(roster, U::group(&params), epoch)?;
            let made = U::new(&params, &view, identity(secret), link, roster.clone())?;
            Ok(Head::new(made, params, roster))
        })
    }?;
    spent.wipe();
    place.put(Context::boxed(head));
    Ok(())
}

/// `wattsum_…_utility_import`.
pub(crate) unsafe fn import<U: Utility>(
    params: U::Params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    state: *const u8,
    state_len: usize,
    utility: *mut Of<U>,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    let (epoch, secret, state, place) = unsafe {
        let state = caller::lent(state, state_len)?;
        (caller::one(epoch)?, caller::bytes(identity_secret)?, state, Place::new(utility)?)
    };
    // SAFETY: as above.
    let head = unsafe {
        Context::enter(roster::context(roster), |lists| {
            let roster = lists.built()?;
            let view = roster::view(roster, U::group(&params), epoch)?;
            let made = U::from_bytes(&params, &view, identity(secret), roster.clone(), state)?;
            Ok(Head::new(made, params, roster))
        })
    }?;
    place.put(Context::boxed(head));
    Ok(())
}

/// `wattsum_…_utility_state_len`.
pub(crate) unsafe fn state_len<U: Utility>(utility: Of<U>, len: *mut usize) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let place = Place::new(len)?;
        place.put(Context::enter(utility, |head| Ok(head.utility.to_bytes()?.len()))?);
    }
    Ok(())
}

/// `wattsum_…_utility_export`.
pub(crate) unsafe fn export<U: Utility>(
    utility: Of<U>,
    state: *mut u8,
    size: usize,
    len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[span(state, size), span(len, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (out, len) = (caller::room(state, size)?, Place::new(len)?);
        Context::enter(utility, |head| caller::fill(&head.utility.to_bytes()?, out, len))
    }
}

/// `wattsum_…_utility_open`.
pub(crate) unsafe fn open<U: Utility>(
    utility: Of<U>,
    now: u64,
    round: u64,
    present: *const u8,
    meters: usize,
    opened: *mut *mut Context<Running<U>>,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    let (present, place) = unsafe { (caller::lent(present, meters)?, Place::new(opened)?) };
    if present.iter().any(|byte| *byte > 1) {
        return Err(WATTSUM_MISUSE_BAD_VALUE.into());
    }
    let present: Vec<bool> = present.iter().map(|byte| *byte == 1).collect();
    let (now, round) = (Round::new(now)?, Round::new(round)?);
    // SAFETY: as above.
    let running = unsafe {
        Context::enter(utility, |head| {
            let collecting = head.utility.open(now, round, &present)?;
            Ok(Running::new(head, round, collecting))
        })
    }?;
    place.put(Context::boxed(running));
    Ok(())
}

/// `wattsum_…_utility_reopen`.
pub(crate) unsafe fn reopen<U: Utility>(
    utility: Of<U>,
    state: *const u8,
    state_len: usize,
    opened: *mut *mut Context<Running<U>>,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    let (state, place) = unsafe { (caller::lent(state, state_len)?, Place::new(opened)?) };
    // SAFETY: as above.
    let running = unsafe {
        Context::enter(utility, |head| {
            let collecting = head.utility.reopen(state)?;
            // Its own Open, which was verified just now.
            let round = meter_link::Header::parse(collecting.frame())?.round;
            Ok(Running::new(head, round, collecting))
        })
    }?;
    place.put(Context::boxed(running));
    Ok(())
}

/// `wattsum_…_utility_close`. Gives what the round is in afterwards, WATTSUM_ROUND_...
pub(crate) unsafe fn close<U: Utility>(
    utility: Of<U>,
    round: *mut Context<Running<U>>,
    quorum: *const u8,
    quorum_len: usize,
) -> Result<u8, Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let quorum = Quorum::new(caller::lent(quorum, quorum_len)?)?;
        Context::enter(utility, |head| Context::enter(round, |running| running.close(head, &quorum)))
    }
}

/// `wattsum_…_utility_record`.
pub(crate) unsafe fn record<U: Utility>(
    utility: Of<U>,
    round: *mut Context<Running<U>>,
    sums: *mut i64,
    channels: usize,
    meters: *mut u32,
) -> Result<(), Failure> {
    caller::apart(&[span(sums, channels), span(meters, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    let (sums, meters) = unsafe { (caller::room(sums, channels)?, Place::new(meters)?) };
    let record = |head: &mut Head<U>, running: &mut Running<U>| {
        let closed = running.closed(head)?;
        if sums.len() != usize::from(U::group(&head.params).channels) {
            return Err(Misuse::WrongLength.into());
        }
        Ok(head.utility.record(closed)?)
    };
    // SAFETY: as above.
    let sum =
        unsafe { Context::enter(utility, |head| Context::enter(round, |running| record(head, running))) }?;
    for (place, value) in sums.iter_mut().zip(&sum.values) {
        *place = *value;
    }
    meters.put(sum.meters);
    Ok(())
}

/// `wattsum_…_utility_progress`.
pub(crate) unsafe fn progress<U: Utility>(utility: Of<U>, record: *mut u8) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let place = Place::<HeadRecord>::new(record.cast())?;
        place.put(Context::enter(utility, |head| Ok(head.utility.progress()))?);
    }
    Ok(())
}

/// `wattsum_…_utility_resume`.
pub(crate) unsafe fn resume<U: Utility>(
    utility: Of<U>,
    record: *const u8,
    record_len: usize,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let record = caller::lent(record, record_len)?;
        Context::enter(utility, |head| Ok(head.utility.resume(record)?))
    }
}
