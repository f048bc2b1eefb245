//! The group key, as t trustees have signed it: without a heap, whoever brings their statements.
#![allow(unsafe_code)] // exports

use meter_link::answer::Threshold;
use meter_link::roster::Member;
use meter_link::{EpochView, Misuse};
use threshold_elgamal::GroupKey;

use super::wattsum_elgamal_params;
use crate::caller::{self, Place};
use crate::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use crate::guard::{Failure, guard_blaming};
use crate::status::wattsum_status;

/// Bytes of a group key.
pub const WATTSUM_ELGAMAL_KEY_LEN: usize = 64;
/// Bytes of a trustee's signed statement of it.
pub const WATTSUM_ELGAMAL_KEY_STATEMENT_LEN: usize = 144;
/// Statements that are looked at; those behind them are not.
pub const WATTSUM_ELGAMAL_KEY_STATEMENTS: usize = 256;
const _: () = assert!(WATTSUM_ELGAMAL_KEY_LEN == GroupKey::LEN);
const _: () = assert!(WATTSUM_ELGAMAL_KEY_STATEMENT_LEN == GroupKey::STATEMENT_LEN);
const _: () = assert!(WATTSUM_ELGAMAL_KEY_STATEMENTS == GroupKey::STATEMENTS);

/// What a meter encrypts to: the group key, and the hash of the key set that it belongs to. wattsum_elgamal_key_certified
/// makes it. It is public, but WHOEVER CHOOSES IT READS THE METER: store it where nobody else writes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_key {
    /// Nothing for the caller but to be kept.
    pub bytes: [u8; WATTSUM_ELGAMAL_KEY_LEN],
}

impl wattsum_elgamal_key {
    pub(crate) fn new(key: &GroupKey) -> Self {
        wattsum_elgamal_key { bytes: key.to_bytes() }
    }

    pub(crate) fn to_key(self) -> Result<GroupKey, Failure> {
        Ok(GroupKey::from_bytes(&self.bytes)?)
    }
}

/// Statements as the caller has them.
type Statements<'a> = &'a [[u8; WATTSUM_ELGAMAL_KEY_STATEMENT_LEN]];

/// What a statement is checked against.
struct Asked<'a> {
    view: EpochView,
    threshold: Threshold,
    trustees: &'a [wattsum_member],
}

impl<'a> Asked<'a> {
    /// # Safety
    /// The pointers are right, and nobody changes what they point to.
    unsafe fn new(
        params: *const wattsum_elgamal_params,
        epoch: *const wattsum_epoch,
        lists: *const wattsum_lists,
        utility: *const wattsum_member,
        trustees: *const wattsum_member,
        trustee_count: usize,
    ) -> Result<Self, Failure> {
        // SAFETY: our caller's promise.
        let (params, epoch, lists, utility, trustees) = unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            let trustees = caller::lent(trustees, trustee_count)?;
            (params, epoch, caller::one(lists)?, caller::one(utility)?, trustees)
        };
        if epoch.session != params.session().0 {
            return Err(Misuse::WrongSession.into());
        }
        let view = epoch.view(params.group(), lists, utility)?;
        Ok(Asked { view, threshold: params.threshold(), trustees })
    }

    /// The trustees as a slice, in an array that is no larger than it has to be: a meter's stack is small.
    fn with_trustees<T>(
        &self,
        act: impl FnOnce(&Self, &[Member]) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        match self.trustees.len() {
            ..=8 => self.within::<8, T>(act),
            9..=32 => self.within::<32, T>(act),
            33..=255 => self.within::<255, T>(act),
            _ => Err(Misuse::BadParameter.into()),
        }
    }

    #[inline(never)]
    fn within<const N: usize, T>(
        &self,
        act: impl FnOnce(&Self, &[Member]) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let (first, _) = self.trustees.split_first().ok_or(Misuse::BadParameter)?;
        let mut members = [first.to_member()?; N];
        for (place, trustee) in members.iter_mut().zip(self.trustees) {
            *place = trustee.to_member()?;
        }
        act(self, members.get(..self.trustees.len()).ok_or(Misuse::BadParameter)?)
    }

    fn certified(&self, trustees: &[Member], statements: Statements<'_>) -> Result<GroupKey, Failure> {
        match statements.len() {
            ..=8 => self.of::<8>(trustees, statements),
            9..=32 => self.of::<32>(trustees, statements),
            _ => self.of::<WATTSUM_ELGAMAL_KEY_STATEMENTS>(trustees, statements),
        }
    }

    #[inline(never)]
    fn of<const N: usize>(
        &self,
        trustees: &[Member],
        statements: Statements<'_>,
    ) -> Result<GroupKey, Failure> {
        let mut frames: [&[u8]; N] = [&[]; N];
        for (place, statement) in frames.iter_mut().zip(statements) {
            *place = statement;
        }
        let frames = frames.get(..statements.len().min(N)).unwrap_or(&frames);
        Ok(GroupKey::certified(&self.view, self.threshold, trustees, frames)?)
    }
}

/// The group key that as many trustees of the epoch as the threshold says have signed. Their statements stand one after
/// the other, WATTSUM_ELGAMAL_KEY_STATEMENT_LEN bytes each, in any order, whoever brings them; what is no statement, or
/// of another key, is passed over. WATTSUM_QUORUM if no key has enough of them.
///
/// The trustees' entries, in the order of their numbers, and the utility's have been through wattsum_member_announced
/// and wattsum_member_verify. NEVER take the key from the utility by another way.
///
/// It verifies a signature for each statement; up to 8 trustees and statements take little of the stack, more than 32
/// about 30 KB.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_key_certified(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    lists: *const wattsum_lists,
    utility: *const wattsum_member,
    trustees: *const wattsum_member,
    trustee_count: usize,
    statements: *const u8,
    statement_count: usize,
    key: *mut wattsum_elgamal_key,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above; an array of bytes has a byte's alignment.
        let (asked, statements, place) = unsafe {
            let asked = Asked::new(params, epoch, lists, utility, trustees, trustee_count)?;
            (asked, caller::lent(statements.cast(), statement_count)?, Place::new(key)?)
        };
        let certified = asked.with_trustees(|asked, trustees| asked.certified(trustees, statements))?;
        place.put(wattsum_elgamal_key::new(&certified));
        Ok(())
    })
}

/// Who has signed a statement of the group key, or what is wrong with it. Nobody else's word is needed to tell.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_key_check_statement(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    lists: *const wattsum_lists,
    utility: *const wattsum_member,
    trustees: *const wattsum_member,
    trustee_count: usize,
    statement: *const u8,
    statement_len: usize,
    signer: *mut u32,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    guard_blaming(blame, || {
        // SAFETY: as above.
        let (asked, statement, place) = unsafe {
            let asked = Asked::new(params, epoch, lists, utility, trustees, trustee_count)?;
            (asked, caller::lent(statement, statement_len)?, Place::new(signer)?)
        };
        let signed =
            asked.with_trustees(|asked, t| Ok(GroupKey::check_statement(&asked.view, t, statement)?))?;
        place.put(signed.0);
        Ok(())
    })
}
