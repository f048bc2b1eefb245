//! The trustee of elgamal, behind a handle.
#![allow(unsafe_code)] // exports

pub mod sums;

use meter_link::answer::Statement;
use meter_link::roster::Roster;
use meter_link::{EpochView, Identity, Misuse, PartyId};
use threshold_elgamal::{GroupKey, KeySet, Params, Post, SecretShare, Trustee};

use super::key::WATTSUM_ELGAMAL_KEY_STATEMENT_LEN;
use super::keys::{key_set, wattsum_elgamal_keys, wattsum_elgamal_share};
use super::wattsum_elgamal_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::{Failure, guard, wiping_guard, wiping_guard_blaming};
use crate::link::{SpentLink, identity};
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

/// Wipes and frees a trustee. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_trustee_free(
    trustee: *mut wattsum_elgamal_trustee,
) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(trustee)) })
}
