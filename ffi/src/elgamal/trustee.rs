//! The trustee of elgamal, behind a handle.
#![allow(unsafe_code)] // exports

use std::vec::Vec;

use meter_link::answer::{AnswererRecord, Statement};
use meter_link::roster::Roster;
use meter_link::window::WindowQuery;
use meter_link::{EpochView, Identity, Misuse, PartyId, Prepared, Round};
use threshold_elgamal::{GroupKey, KeySet, Params, Post, SecretShare, Trustee};

use super::key::WATTSUM_ELGAMAL_KEY_STATEMENT_LEN;
use super::keys::{key_set, wattsum_elgamal_keys, wattsum_elgamal_share};
use super::wattsum_elgamal_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard, wiping_guard_blaming};
use crate::link::{SpentLink, identity};
use crate::mark::stored;
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status;

/// Bytes of a trustee's statement of the list or window that it agreed to.
pub const WATTSUM_ELGAMAL_STATEMENT_LEN: usize = 112;
const _: () = assert!(WATTSUM_ELGAMAL_STATEMENT_LEN == Statement::LEN);

/// A trustee of one epoch. It checks every contribution of a closed set itself, and helps to open their sum and nothing
/// else.
pub struct wattsum_elgamal_trustee(());

struct Seat {
    trustee: Trustee,
    view: EpochView,
    /// Bytes of a contribution.
    contribution: usize,
    /// Decryption shares in its next answer.
    sums: usize,
    /// Of the group key.
    statement: [u8; GroupKey::STATEMENT_LEN],
}

impl Kind for Seat {
    const MAGIC: u32 = u32::from_be_bytes(*b"egtr");
}

fn context(trustee: *mut wattsum_elgamal_trustee) -> *mut Context<Seat> {
    trustee.cast()
}

/// What both ways to a trustee begin with.
struct Given<'a> {
    params: Params,
    epoch: &'a wattsum_epoch,
    keys: KeySet,
    share: SecretShare,
    identity: Identity,
    /// A second one, to sign the statement.
    signs: Identity,
}

impl<'a> Given<'a> {
    /// # Safety
    /// The pointers are right.
    unsafe fn new(
        params: *const wattsum_elgamal_params,
        epoch: *const wattsum_epoch,
        keys: *mut wattsum_elgamal_keys,
        share: *const wattsum_elgamal_share,
        identity_secret: *const u8,
    ) -> Result<Self, Failure> {
        // SAFETY: our caller's promise.
        unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            let (keys, share) = (key_set(keys)?, caller::one(share)?.to_share()?);
            let secret = caller::bytes(identity_secret)?;
            let (identity, signs) = (identity(secret), identity(secret));
            Ok(Given { params, epoch, keys, share, identity, signs })
        }
    }

    fn seat(
        self,
        roster: &Roster,
        make: impl FnOnce(&Params, &EpochView, Identity, SecretShare, &KeySet) -> Result<Trustee, Failure>,
    ) -> Result<Seat, Failure> {
        let Given { params, epoch, keys, share, identity, signs } = self;
        let view = roster::view(roster, params.group(), epoch)?;
        let own = signs.public();
        let member = roster.answerers().iter().find(|member| member.identity == own);
        let member = member.ok_or(Misuse::UnknownParty)?;
        if keys.threshold() != params.threshold() {
            return Err(threshold_elgamal::Misuse::WrongKeySet.into());
        }
        let statement = keys.statement(&view, &share, &signs, member.id)?;
        let trustee = make(&params, &view, identity, share, &keys)?;
        let (contribution, sums) = (params.contribution_len(), usize::from(params.group().channels));
        Ok(Seat { trustee, view, contribution, sums, statement })
    }
}

/// Takes a post, for the epoch's roster and key set. `share` is the own one of these keys. `link_secret` is that of the
/// announced link key, which is wiped on success. To be freed with wattsum_elgamal_trustee_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[link_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_new(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    id: u32,
    roster: *mut wattsum_roster,
    keys: *mut wattsum_elgamal_keys,
    share: *const wattsum_elgamal_share,
    identity_secret: *const u8,
    link_secret: *mut u8,
    trustee: *mut *mut wattsum_elgamal_trustee,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        SpentLink::apart(link_secret, identity_secret, trustee)?;
        // SAFETY: as above.
        unsafe {
            let given = Given::new(params, epoch, keys, share, identity_secret)?;
            let place = Place::new(trustee)?;
            let (link, spent) = SpentLink::new(link_secret)?;
            let seat = Context::enter(roster::context(roster), |lists| {
                let roster = lists.built()?;
                given.seat(roster, |params, view, identity, share, keys| {
                    let post = Post { id: PartyId(id), identity, link, share };
                    Ok(Trustee::new(params, view, post, keys, roster.clone())?)
                })
            })?;
            spent.wipe();
            place.put(Context::boxed(seat).cast());
        }
        Ok(())
    })
}

/// A trustee from its stored state: WATTSUM_MALFORMED_BAD_RECORD if it is damaged, another's, another epoch's or of other
/// keys. Then replay ALL records that were stored since, or all there are. The Open of the round that is open is given
/// anew, and its list is agreed to once more before it is answered. To be freed with wattsum_elgamal_trustee_free.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_import(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    keys: *mut wattsum_elgamal_keys,
    share: *const wattsum_elgamal_share,
    identity_secret: *const u8,
    state: *const u8,
    state_len: usize,
    trustee: *mut *mut wattsum_elgamal_trustee,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let given = Given::new(params, epoch, keys, share, identity_secret)?;
            let (state, place) = (caller::lent(state, state_len)?, Place::new(trustee)?);
            let seat = Context::enter(roster::context(roster), |lists| {
                let roster = lists.built()?;
                given.seat(roster, |params, view, identity, share, keys| {
                    Ok(Trustee::from_bytes(params, view, identity, share, keys, roster.clone(), state)?)
                })
            })?;
            place.put(Context::boxed(seat).cast());
        }
        Ok(())
    })
}

/// Bytes of the state that wattsum_elgamal_trustee_export gives now.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_state_len(
    trustee: *mut wattsum_elgamal_trustee,
    len: *mut usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(len)?;
            place.put(Context::enter(context(trustee), |seat| Ok(seat.trustee.to_bytes()?.len()))?);
        }
        Ok(())
    })
}

/// All that a restart needs but the round that is open, the share and the identity: the key with the utility, what was
/// agreed to, how often meters came and went, and with windows what bills are made of. It holds a KEY: protected storage,
/// wiped after use. Store it once the trustee is made, instead of the link secret, and from time to time over the one
/// before. Records are stored all the same: they, not the state, are on storage before an answer leaves.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_export(
    trustee: *mut wattsum_elgamal_trustee,
    state: *mut u8,
    size: usize,
    state_len: *mut usize,
) -> wattsum_status {
    wiping_guard(|| {
        caller::apart(&[span(state, size), span(state_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(state, size)?, Place::new(state_len)?);
            Context::enter(context(trustee), |seat| caller::fill(&seat.trustee.to_bytes()?, out, len))
        }
    })
}

/// Takes a stored record into account after a start: ALL records of this trustee, group and epoch, in any order. One log
/// for each role, group and epoch. WATTSUM_MALFORMED_BAD_RECORD: as of wattsum_mark_replay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_replay(
    trustee: *mut wattsum_elgamal_trustee,
    record: *const u8,
    record_len: usize,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let record = caller::lent(record, record_len)?;
            Context::enter(context(trustee), |seat| Ok(seat.trustee.replay(record)?))
        }
    })
}

/// The trustee's signed statement of the group key, for all meters (wattsum_elgamal_key_certified). The same again is
/// byte for byte the same. ONE KEY SET AN EPOCH.
///
/// cbindgen:ptrs-as-arrays=[[statement;WATTSUM_ELGAMAL_KEY_STATEMENT_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_statement(
    trustee: *mut wattsum_elgamal_trustee,
    statement: *mut u8,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::<[u8; WATTSUM_ELGAMAL_KEY_STATEMENT_LEN]>::new(statement.cast())?;
            place.put(Context::enter(context(trustee), |seat| Ok(seat.statement))?);
        }
        Ok(())
    })
}

/// Takes the utility's Open of a round. `now` is the present round by the own clock. It ends the round before: a trustee
/// has one round open.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_open(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    open: *const u8,
    open_len: usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let open = caller::lent(open, open_len)?;
            Context::enter(context(trustee), |seat| Ok(seat.trustee.open(Round::new(now)?, open)?))
        }
    })
}

/// A round's Close and its contributions.
struct Set<'a> {
    now: Round,
    close: &'a [u8],
    contributions: &'a [u8],
    hints: &'a [u8],
}

impl<'a> Set<'a> {
    /// # Safety
    /// The pointers are right.
    unsafe fn new(
        now: u64,
        close: (*const u8, usize),
        contributions: (*const u8, usize),
        hints: (*const u8, usize),
    ) -> Result<Self, Failure> {
        // SAFETY: our caller's promise.
        unsafe {
            let (close, hints) = (caller::lent(close.0, close.1)?, caller::lent(hints.0, hints.1)?);
            let contributions = caller::lent(contributions.0, contributions.1)?;
            Ok(Set { now: Round::new(now)?, close, contributions, hints })
        }
    }

    /// Each by itself; a last one that is too short is seen where it is read.
    fn frames(&self, seat: &Seat) -> Vec<&'a [u8]> {
        self.contributions.chunks(seat.contribution.max(1)).collect()
    }
}

/// Checks the Close of the open round and EVERY contribution of its set, sums them, and signs the list: the one list that
/// this trustee signs in the round. The statement goes to the utility, for the others of the quorum.
///
/// `contributions` are the meters' frames as wattsum_elgamal_round_contributions gives them, `hints` what
/// wattsum_elgamal_round_hints gives, or none: they need not be trusted, and halve the work.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves. A lost record counts as collusion.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN],[statement;WATTSUM_ELGAMAL_STATEMENT_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_agree(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    close: *const u8,
    close_len: usize,
    contributions: *const u8,
    contributions_len: usize,
    hints: *const u8,
    hints_len: usize,
    record: *mut u8,
    statement: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        let (kept, told) =
            (span(record, size_of::<AnswererRecord>()), span(statement, WATTSUM_ELGAMAL_STATEMENT_LEN));
        caller::apart(&[span(close, close_len), kept, told])?;
        caller::apart(&[span(contributions, contributions_len), kept, told])?;
        caller::apart(&[span(hints, hints_len), kept, told])?;
        // SAFETY: as above; they do not overlap.
        unsafe {
            let given =
                Set::new(now, (close, close_len), (contributions, contributions_len), (hints, hints_len))?;
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let place = Place::<[u8; WATTSUM_ELGAMAL_STATEMENT_LEN]>::new(statement.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let frames = given.frames(seat);
                let agreed = seat.trustee.agree_hinted(given.now, given.close, &frames, given.hints)?;
                seat.sums = seat.view.channels();
                Ok(agreed)
            })?;
            give_statement(prepared, record, place)
        }
    })
}

fn give_statement(
    prepared: Prepared<Vec<u8>, AnswererRecord>,
    record: Place<AnswererRecord>,
    place: Place<[u8; WATTSUM_ELGAMAL_STATEMENT_LEN]>,
) -> Result<(), Failure> {
    let bytes = stored(&prepared)?;
    place.put(prepared.stored().try_into().map_err(|_| Misuse::WrongLength)?);
    record.put(bytes);
    Ok(())
}

/// Agrees to the list of the open round where others are asked: every trustee counts how often a meter comes and goes, and
/// only who knows the lists of all rounds can answer for their window. `record` is stored as that of a statement is.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_follow(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    close: *const u8,
    close_len: usize,
    contributions: *const u8,
    contributions_len: usize,
    hints: *const u8,
    hints_len: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let out = span(record, size_of::<AnswererRecord>());
            for input in
                [span(close, close_len), span(contributions, contributions_len), span(hints, hints_len)]
            {
                caller::apart(&[out, input])?;
            }
            let given =
                Set::new(now, (close, close_len), (contributions, contributions_len), (hints, hints_len))?;
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let frames = given.frames(seat);
                Ok(seat.trustee.follow_hinted(given.now, given.close, &frames, given.hints)?)
            })?;
            record.put(stored(&prepared)?);
        }
        Ok(())
    })
}

/// The same for a past round that it has missed, by the round's Open too: in ascending order, and before another list is
/// agreed to.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_catch_up(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    open: *const u8,
    open_len: usize,
    close: *const u8,
    close_len: usize,
    contributions: *const u8,
    contributions_len: usize,
    record: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let out = span(record, size_of::<AnswererRecord>());
            for input in
                [span(open, open_len), span(close, close_len), span(contributions, contributions_len)]
            {
                caller::apart(&[out, input])?;
            }
            let none = (core::ptr::null(), 0);
            let given = Set::new(now, (close, close_len), (contributions, contributions_len), none)?;
            let open = caller::lent(open, open_len)?;
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let frames = given.frames(seat);
                Ok(seat.trustee.catch_up(given.now, open, given.close, &frames)?)
            })?;
            record.put(stored(&prepared)?);
        }
        Ok(())
    })
}

/// The trustee's decryption share of what it has signed last, the sum of a list or the bills of a window, with the proof
/// that it is one: once as many trustees as the threshold says have signed the same, itself among them. `statements` are
/// theirs as wattsum_elgamal_round_statements gives them, one after the other.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `share` leaves.
///
/// `share_size` is at least WATTSUM_ELGAMAL_SHARE_LEN.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_answer(
    trustee: *mut wattsum_elgamal_trustee,
    statements: *const u8,
    statements_len: usize,
    record: *mut u8,
    share: *mut u8,
    share_size: usize,
    share_len: *mut usize,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        caller::apart(&[
            span(statements, statements_len),
            span(record, size_of::<AnswererRecord>()),
            span(share, share_size),
            span(share_len, 1),
        ])?;
        // SAFETY: as above; they do not overlap.
        unsafe {
            let statements = caller::lent(statements, statements_len)?;
            let statements: Vec<&[u8]> = statements.chunks(WATTSUM_ELGAMAL_STATEMENT_LEN).collect();
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let (out, len) = (caller::room(share, share_size)?, Place::new(share_len)?);
            let prepared = Context::enter(context(trustee), |seat| {
                // Before the log has an entry whose record nobody gets.
                if out.len() < share_bytes(seat.sums) {
                    return Err(Misuse::WrongLength.into());
                }
                Ok(seat.trustee.answer(&statements)?)
            })?;
            let bytes = stored(&prepared)?;
            caller::fill(&prepared.stored(), out, len)?;
            record.put(bytes);
        }
        Ok(())
    })
}

/// WATTSUM_ELGAMAL_SHARE_LEN
fn share_bytes(sums: usize) -> usize {
    sums.saturating_mul(32).saturating_add(128)
}

/// The round before the open one, if it is in a window and its list is missing here: ask the utility for its Open, Close
/// and contributions, and wattsum_elgamal_trustee_catch_up BEFORE agreeing to another list, or this trustee answers for no
/// bill of the window. `missed` becomes 0 if there is none; `round` is then left as it is.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_missed(
    trustee: *mut wattsum_elgamal_trustee,
    round: *mut u64,
    missed: *mut u8,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(round, 1), span(missed, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (place, missed) = (Place::new(round)?, Place::new(missed)?);
            let round = Context::enter(context(trustee), |seat| Ok(seat.trustee.missed()))?;
            missed.put(u8::from(round.is_some()));
            if let Some(round) = round {
                place.put(round.get());
            }
        }
        Ok(())
    })
}

/// Signs a window's query, the one that this trustee answers for the window, if it keeps every rule: then
/// wattsum_elgamal_trustee_answer gives the shares of all bills.
///
/// STORE FIRST, SEND THEN: `record` is on stable storage before `statement` leaves.
///
/// cbindgen:ptrs-as-arrays=[[record;WATTSUM_ANSWER_RECORD_LEN],[statement;WATTSUM_ELGAMAL_STATEMENT_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_agree_bill(
    trustee: *mut wattsum_elgamal_trustee,
    now: u64,
    query: *const u8,
    query_len: usize,
    record: *mut u8,
    statement: *mut u8,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        caller::apart(&[
            span(query, query_len),
            span(record, size_of::<AnswererRecord>()),
            span(statement, WATTSUM_ELGAMAL_STATEMENT_LEN),
        ])?;
        // SAFETY: as above; they do not overlap.
        unsafe {
            let (now, query) = (Round::new(now)?, caller::lent(query, query_len)?);
            let record = Place::<AnswererRecord>::new(record.cast())?;
            let place = Place::<[u8; WATTSUM_ELGAMAL_STATEMENT_LEN]>::new(statement.cast())?;
            let prepared = Context::enter(context(trustee), |seat| {
                let billed = WindowQuery::verify(query, &seat.view, now)?.billed.count() as usize;
                let agreed = seat.trustee.agree_bill(now, query)?;
                seat.sums = billed.saturating_mul(seat.view.channels());
                Ok(agreed)
            })?;
            give_statement(prepared, record, place)
        }
    })
}

/// Wipes and frees a trustee. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_free(
    trustee: *mut wattsum_elgamal_trustee,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(trustee)) })
}
