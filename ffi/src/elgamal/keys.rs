//! The key set of a committee, and a trustee's share of it.
#![allow(unsafe_code)] // exports

use meter_link::{EpochView, Misuse, PartyId};
use threshold_elgamal::{KeySet, Params, SecretShare};
use zeroize::Zeroizing;

use super::key::wattsum_elgamal_key;
use super::wattsum_elgamal_params;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::entropy;
use crate::epoch::wattsum_epoch;
use crate::guard::{Failure, guard, guard_blaming, wiping_guard};
use crate::link::identity;
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status;

/// Bytes of the announcement of an own key.
pub const WATTSUM_ELGAMAL_OWN_KEY_LEN: usize = 176;

/// All public keys of a committee: what the utility and the trustees compute with. It never changes, and several
/// threads may use one at once.
pub struct wattsum_elgamal_keys(());

impl Kind for KeySet {
    const MAGIC: u32 = u32::from_be_bytes(*b"egks");
}

pub(super) fn context(keys: *mut wattsum_elgamal_keys) -> *mut Context<KeySet> {
    keys.cast()
}

/// Copies of the key set behind a handle.
///
/// # Safety
/// `keys` is NULL or a handle of this kind.
pub(super) unsafe fn key_set(keys: *mut wattsum_elgamal_keys) -> Result<KeySet, Failure> {
    // SAFETY: our caller's promise.
    unsafe { Context::look(context(keys), |keys| Ok(keys.clone())) }
}

pub(super) fn handle(keys: KeySet) -> *mut wattsum_elgamal_keys {
    Context::boxed(keys).cast()
}

/// A trustee's SECRET share of the group's key: protected storage, wiped in memory as soon as the trustee is made. Threshold
/// of them open everything that was ever encrypted to the key.
#[repr(C)]
pub struct wattsum_elgamal_share {
    /// The share.
    pub secret: [u8; 32],
    /// The trustee's number, from 1; 0 for none.
    pub number: u8,
}

impl wattsum_elgamal_share {
    pub(super) fn to_share(&self) -> Result<SecretShare, Failure> {
        Ok(SecretShare::from_bytes(self.number, &mut Zeroizing::new(self.secret))?)
    }
}

/// Puts a share where the caller wants it; number 0 where there is none.
pub(super) fn give(place: Place<wattsum_elgamal_share>, share: Option<&SecretShare>) {
    match share {
        Some(share) => place.put(wattsum_elgamal_share { secret: *share.to_bytes(), number: share.number() }),
        None => place.put(wattsum_elgamal_share { secret: [0; 32], number: 0 }),
    }
}

/// A key set from its stored bytes. They say nothing about who made them: compare wattsum_elgamal_keys_group_key with
/// what wattsum_elgamal_key_certified says for the epoch, unless they never left protected storage. To be freed with
/// wattsum_elgamal_keys_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_keys_from_bytes(
    params: *const wattsum_elgamal_params,
    bytes: *const u8,
    bytes_len: usize,
    keys: *mut *mut wattsum_elgamal_keys,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (params, bytes, place) = unsafe {
            let params = caller::one(params)?.to_params()?;
            (params, caller::lent(bytes, bytes_len)?, Place::new(keys)?)
        };
        place.put(handle(KeySet::from_bytes(params.threshold(), bytes)?));
        Ok(())
    })
}

/// The bytes of a key set, all public: at most WATTSUM_ELGAMAL_KEYS_LEN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_keys_to_bytes(
    keys: *mut wattsum_elgamal_keys,
    bytes: *mut u8,
    size: usize,
    bytes_len: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(bytes, size), span(bytes_len, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (out, len) = (caller::room(bytes, size)?, Place::new(bytes_len)?);
            Context::look(context(keys), |keys| caller::fill(&keys.to_bytes(), out, len))
        }
    })
}

/// The group key of a key set, for who makes meters beside trustees. A device takes it from
/// wattsum_elgamal_key_certified.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_keys_group_key(
    keys: *mut wattsum_elgamal_keys,
    key: *mut wattsum_elgamal_key,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(key)?;
            place.put(Context::look(context(keys), |keys| Ok(wattsum_elgamal_key::new(keys.group_key())))?);
        }
        Ok(())
    })
}

/// Frees a key set. NULL is right. Roles made with it keep what they need.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_keys_free(keys: *mut wattsum_elgamal_keys) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(context(keys)) })
}

/// What a participant of an epoch makes own keys with.
struct Participant {
    params: Params,
    view: EpochView,
    number: u8,
}

impl Participant {
    /// # Safety
    /// The pointers are right.
    unsafe fn new(
        params: *const wattsum_elgamal_params,
        epoch: *const wattsum_epoch,
        roster: *mut wattsum_roster,
        id: u32,
    ) -> Result<Self, Failure> {
        // SAFETY: our caller's promise.
        unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            Context::enter(roster::context(roster), |lists| {
                let lists = lists.built()?;
                let view = roster::view(lists, params.group(), epoch)?;
                let mut numbered = (1..=u8::MAX).zip(lists.answerers());
                let own = numbered.find(|(_, member)| member.id == PartyId(id));
                let (number, _) = own.ok_or(Misuse::UnknownParty)?;
                Ok(Participant { params, view, number })
            })
        }
    }
}

/// An own key of a trustee, for a group all of whose trustees open its sums (`trustees` = `threshold`, `colluding` one
/// fewer): there is no ceremony then, and nobody can be left out.
///
/// STORE FIRST, SEND THEN: the share is in protected storage before it is announced. Who announces two keys in an epoch
/// is named for it, and a key of all that lacks one share opens nothing any more.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[entropy;32]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_share_generate(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    id: u32,
    identity_secret: *const u8,
    entropy: *const u8,
    share: *mut wattsum_elgamal_share,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(share)?;
            let identity = identity(caller::bytes(identity_secret)?);
            let own = Participant::new(params, epoch, roster, id)?;
            if own.params.threshold().threshold() != own.params.threshold().answerers() {
                return Err(Misuse::BadThreshold.into());
            }
            let mut rng = entropy::generator("elgamal own key", caller::bytes(entropy)?)?;
            give(place, Some(&SecretShare::generate(own.number, &own.view, &identity, &mut rng)?));
        }
        Ok(())
    })
}

/// Announces an own key, with the proof that its secret is known: the frame goes to all trustees. The same again is
/// byte for byte the same.
///
/// cbindgen:ptrs-as-arrays=[[identity_secret;32],[frame;WATTSUM_ELGAMAL_OWN_KEY_LEN]]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_share_announce(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    id: u32,
    share: *const wattsum_elgamal_share,
    identity_secret: *const u8,
    frame: *mut u8,
) -> wattsum_status {
    wiping_guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::<[u8; WATTSUM_ELGAMAL_OWN_KEY_LEN]>::new(frame.cast())?;
            let (share, secret) = (caller::one(share)?.to_share()?, caller::bytes(identity_secret)?);
            let own = Participant::new(params, epoch, roster, id)?;
            if share.number() != own.number {
                return Err(threshold_elgamal::Misuse::WrongShare.into());
            }
            let announced = share.announce(&own.view, &identity(secret), PartyId(id))?;
            place.put(announced.try_into().map_err(|_| Misuse::WrongLength)?);
        }
        Ok(())
    })
}

/// The key set of all trustees together, from one announcement of each, one after the other, in any order.
/// WATTSUM_QUORUM while some are missing, which is all that is wrong with one good one alone: so each can be tried before it
/// is kept. To be freed with wattsum_elgamal_keys_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_keys_joint(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    announcements: *const u8,
    announcement_count: usize,
    keys: *mut *mut wattsum_elgamal_keys,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let place = Place::new(keys)?;
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            let frames: &[[u8; WATTSUM_ELGAMAL_OWN_KEY_LEN]] =
                caller::lent(announcements.cast(), announcement_count)?;
            let frames: std::vec::Vec<&[u8]> = frames.iter().map(<[u8; _]>::as_slice).collect();
            let joint = Context::enter(roster::context(roster), |lists| {
                let lists = lists.built()?;
                let view = roster::view(lists, params.group(), epoch)?;
                Ok(KeySet::joint(&view, params.threshold(), lists, &frames)?)
            })?;
            place.put(handle(joint));
        }
        Ok(())
    })
}
