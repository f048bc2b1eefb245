//! Who helps to open sums: a holder of dcnet, an aggregator of shamir.
#![allow(unsafe_code)] // the caller's pointers

use std::vec::Vec;

use meter_link::answer::AnswererRecord;
use meter_link::roster::Roster;
use meter_link::{
    EpochView, Error, GroupParams, Identity, LinkSecret, Malformed, Misuse, PartyId, Prepared, Round,
};
use zeroize::Zeroizing;

use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::Failure;
use crate::head::certified::WATTSUM_STATEMENT_LEN;
use crate::link::{SpentLink, identity};
use crate::mark::stored;
use crate::roster::{self, wattsum_roster};

/// Bytes of what an answerer (holder, aggregator) stores of an answer.
pub const WATTSUM_ANSWER_RECORD_LEN: usize = 111;
const _: () = assert!(WATTSUM_ANSWER_RECORD_LEN == size_of::<AnswererRecord>());

pub(crate) type Step<T> = Result<Prepared<T, AnswererRecord>, Error>;

/// A protocol's answerer.
pub(crate) trait Answerer: Sized {
    /// Magic number of its handles.
    const ANSWERER: u32;

    type Params;

    fn group(params: &Self::Params) -> &GroupParams;
    fn new(
        params: &Self::Params,
        view: &EpochView,
        id: PartyId,
        identity: Identity,
        link: LinkSecret,
        roster: &Roster,
    ) -> Result<Self, Error>;
    fn from_bytes(
        params: &Self::Params,
        view: &EpochView,
        id: PartyId,
        identity: Identity,
        roster: &Roster,
        state: &[u8],
    ) -> Result<Self, Error>;
    fn to_bytes(&self) -> Result<Zeroizing<Vec<u8>>, Error>;
    fn replay(&mut self, record: &[u8]) -> Result<(), Error>;

    fn open(&mut self, now: Round, open: &[u8]) -> Result<(), Error>;
    fn answer(&mut self, now: Round, close: &[u8]) -> Step<Vec<u8>>;
    fn follow(&mut self, now: Round, close: &[u8]) -> Step<()>;
    fn catch_up(&mut self, now: Round, open: &[u8], close: &[u8]) -> Step<()>;

    fn agree(&mut self, now: Round, close: &[u8]) -> Step<Vec<u8>>;
    fn answer_certified(&mut self, statements: &[&[u8]]) -> Step<Vec<u8>>;
}

/// An answerer behind a handle.
pub(crate) struct Post<A> {
    role: A,
    /// Bytes of its answers.
    answer_len: usize,
}

impl<A: Answerer> Kind for Post<A> {
    const MAGIC: u32 = A::ANSWERER;
}

impl<A: Answerer> Post<A> {
    fn new(role: A, params: &A::Params, roster: &Roster) -> Self {
        const FRAME: usize = 32;
        const QUERY: usize = 1 + 32;
        let mask = roster.answerers().len().div_ceil(8);
        let values = usize::from(A::group(params).channels).wrapping_mul(8);
        Post { role, answer_len: (FRAME + QUERY).wrapping_add(mask).wrapping_add(values) }
    }
}

type Of<A> = *mut Context<Post<A>>;

/// `wattsum_…_new`.
pub(crate) unsafe fn new<A: Answerer>(
    params: A::Params,
    epoch: *const wattsum_epoch,
    id: u32,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    link_secret: *mut u8,
    answerer: *mut Of<A>,
) -> Result<(), Failure> {
    SpentLink::apart(link_secret, identity_secret, answerer)?;
    // SAFETY: the caller's pointers, as the header asks.
    let (epoch, secret, place) =
        unsafe { (caller::one(epoch)?, caller::bytes(identity_secret)?, Place::new(answerer)?) };
    // SAFETY: as above.
    let (link, spent) = unsafe { SpentLink::new(link_secret) }?;
    // SAFETY: as above.
    let post = unsafe {
        Context::enter(roster::context(roster), |lists| {
            let roster = lists.built()?;
            let view = roster::view(roster, A::group(&params), epoch)?;
            let role = A::new(&params, &view, PartyId(id), identity(secret), link, roster)?;
            Ok(Post::new(role, &params, roster))
        })
    }?;
    spent.wipe();
    place.put(Context::boxed(post));
    Ok(())
}

/// `wattsum_…_import`.
pub(crate) unsafe fn import<A: Answerer>(
    params: A::Params,
    epoch: *const wattsum_epoch,
    id: u32,
    roster: *mut wattsum_roster,
    identity_secret: *const u8,
    state: *const u8,
    state_len: usize,
    answerer: *mut Of<A>,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    let (epoch, secret, state, place) = unsafe {
        let state = caller::lent(state, state_len)?;
        (caller::one(epoch)?, caller::bytes(identity_secret)?, state, Place::new(answerer)?)
    };
    // SAFETY: as above.
    let post = unsafe {
        Context::enter(roster::context(roster), |lists| {
            let roster = lists.built()?;
            let view = roster::view(roster, A::group(&params), epoch)?;
            let role = A::from_bytes(&params, &view, PartyId(id), identity(secret), roster, state)?;
            Ok(Post::new(role, &params, roster))
        })
    }?;
    place.put(Context::boxed(post));
    Ok(())
}

/// `wattsum_…_state_len`.
pub(crate) unsafe fn state_len<A: Answerer>(answerer: Of<A>, len: *mut usize) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let place = Place::new(len)?;
        place.put(Context::enter(answerer, |post| Ok(post.role.to_bytes()?.len()))?);
    }
    Ok(())
}

/// `wattsum_…_export`.
pub(crate) unsafe fn export<A: Answerer>(
    answerer: Of<A>,
    state: *mut u8,
    size: usize,
    len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[span(state, size), span(len, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (out, len) = (caller::room(state, size)?, Place::new(len)?);
        Context::enter(answerer, |post| caller::fill(&post.role.to_bytes()?, out, len))
    }
}

/// `wattsum_…_replay`.
pub(crate) unsafe fn replay<A: Answerer>(
    answerer: Of<A>,
    record: *const u8,
    record_len: usize,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let record = caller::lent(record, record_len)?;
        Context::enter(answerer, |post| Ok(post.role.replay(record)?))
    }
}

/// `wattsum_…_open`.
pub(crate) unsafe fn open<A: Answerer>(
    answerer: Of<A>,
    now: u64,
    open: *const u8,
    open_len: usize,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let open = caller::lent(open, open_len)?;
        Context::enter(answerer, |post| Ok(post.role.open(Round::new(now)?, open)?))
    }
}

/// `wattsum_…_answer`.
pub(crate) unsafe fn answer<A: Answerer>(
    answerer: Of<A>,
    now: u64,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
    answer: *mut u8,
    answer_size: usize,
    answer_len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[
        span(close, close_len),
        span(record, WATTSUM_ANSWER_RECORD_LEN),
        span(answer, answer_size),
        span(answer_len, 1),
    ])?;
    // SAFETY: the caller's pointers, as the header asks; they do not overlap.
    unsafe {
        let record = Place::<AnswererRecord>::new(record.cast())?;
        let close = caller::lent(close, close_len)?;
        let (answer, len) = (caller::room(answer, answer_size)?, Place::new(answer_len)?);
        let now = Round::new(now)?;
        let prepared = Context::enter(answerer, |post| {
            // Before anything is agreed to: an entry of its log whose record is not handed out would be lost.
            if answer.len() < post.answer_len {
                return Err(Misuse::WrongLength.into());
            }
            Ok(post.role.answer(now, close)?)
        })?;
        let bytes = stored(&prepared)?;
        caller::fill(&prepared.stored(), answer, len)?;
        record.put(bytes);
    }
    Ok(())
}

/// `wattsum_…_agree`.
pub(crate) unsafe fn agree<A: Answerer>(
    answerer: Of<A>,
    now: u64,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
    statement: *mut u8,
) -> Result<(), Failure> {
    caller::apart(&[
        span(close, close_len),
        span(record, WATTSUM_ANSWER_RECORD_LEN),
        span(statement, WATTSUM_STATEMENT_LEN),
    ])?;
    // SAFETY: the caller's pointers, as the header asks; they do not overlap.
    unsafe {
        let record = Place::<AnswererRecord>::new(record.cast())?;
        let statement = Place::<[u8; WATTSUM_STATEMENT_LEN]>::new(statement.cast())?;
        let close = caller::lent(close, close_len)?;
        let now = Round::new(now)?;
        let prepared = Context::enter(answerer, |post| Ok(post.role.agree(now, close)?))?;
        let bytes = stored(&prepared)?;
        statement.put(prepared.stored().try_into().map_err(|_| Misuse::WrongLength)?);
        record.put(bytes);
    }
    Ok(())
}

/// `wattsum_…_answer_certified`.
pub(crate) unsafe fn answer_certified<A: Answerer>(
    answerer: Of<A>,
    certificate: *const u8,
    certificate_len: usize,
    record: *mut u8,
    answer: *mut u8,
    answer_size: usize,
    answer_len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[
        span(certificate, certificate_len),
        span(record, WATTSUM_ANSWER_RECORD_LEN),
        span(answer, answer_size),
        span(answer_len, 1),
    ])?;
    // SAFETY: the caller's pointers, as the header asks; they do not overlap.
    unsafe {
        let record = Place::<AnswererRecord>::new(record.cast())?;
        let certificate = caller::lent(certificate, certificate_len)?;
        let (answer, len) = (caller::room(answer, answer_size)?, Place::new(answer_len)?);
        let statements = statements(certificate)?;
        let prepared = Context::enter(answerer, |post| {
            if answer.len() < post.answer_len {
                return Err(Misuse::WrongLength.into());
            }
            Ok(post.role.answer_certified(&statements)?)
        })?;
        let bytes = stored(&prepared)?;
        caller::fill(&prepared.stored(), answer, len)?;
        record.put(bytes);
    }
    Ok(())
}

/// The statements that stand one behind the other in a certificate.
fn statements(certificate: &[u8]) -> Result<Vec<&[u8]>, Error> {
    let (whole, rest) = certificate.as_chunks::<WATTSUM_STATEMENT_LEN>();
    if !rest.is_empty() {
        return Err(Malformed::Truncated.into());
    }
    if whole.len() > usize::from(u8::MAX) {
        return Err(Malformed::TrailingBytes.into());
    }
    Ok(whole.iter().map(<[u8; WATTSUM_STATEMENT_LEN]>::as_slice).collect())
}

/// `wattsum_…_follow`.
pub(crate) unsafe fn follow<A: Answerer>(
    answerer: Of<A>,
    now: u64,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
) -> Result<(), Failure> {
    caller::apart(&[span(close, close_len), span(record, WATTSUM_ANSWER_RECORD_LEN)])?;
    // SAFETY: the caller's pointers, as the header asks; they do not overlap.
    unsafe {
        let record = Place::<AnswererRecord>::new(record.cast())?;
        let close = caller::lent(close, close_len)?;
        let now = Round::new(now)?;
        let prepared = Context::enter(answerer, |post| Ok(post.role.follow(now, close)?))?;
        record.put(stored(&prepared)?);
        prepared.stored();
    }
    Ok(())
}

/// `wattsum_…_catch_up`.
pub(crate) unsafe fn catch_up<A: Answerer>(
    answerer: Of<A>,
    now: u64,
    open: *const u8,
    open_len: usize,
    close: *const u8,
    close_len: usize,
    record: *mut u8,
) -> Result<(), Failure> {
    let output = span(record, WATTSUM_ANSWER_RECORD_LEN);
    caller::apart(&[span(open, open_len), output])?;
    caller::apart(&[span(close, close_len), output])?;
    // SAFETY: the caller's pointers, as the header asks; they do not overlap.
    unsafe {
        let record = Place::<AnswererRecord>::new(record.cast())?;
        let (open, close) = (caller::lent(open, open_len)?, caller::lent(close, close_len)?);
        let now = Round::new(now)?;
        let prepared = Context::enter(answerer, |post| Ok(post.role.catch_up(now, open, close)?))?;
        record.put(stored(&prepared)?);
        prepared.stored();
    }
    Ok(())
}
