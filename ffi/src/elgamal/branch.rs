//! Contributions that another thread, or another machine, verifies.
#![allow(unsafe_code)] // exports

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use meter_link::{PartyId, Round};
use threshold_elgamal::{Contribution, PartialSum, Verifier};

use super::key::wattsum_elgamal_key;
use super::partial::{partial_handle, wattsum_elgamal_partial};
use super::wattsum_elgamal_params;
use crate::batch;
use crate::bytes::wattsum_bytes;
use crate::caller::{self, Place};
use crate::context::{Context, Kind};
use crate::epoch::wattsum_epoch;
use crate::guard::{guard, wiping_guard_blaming};
use crate::roster::{self, wattsum_roster};
use crate::status::wattsum_status;

/// Verified contributions of one round: what a thread merges into the round, or a machine without the utility's keys
/// makes a partial sum of.
pub struct wattsum_elgamal_branch(());

/// A branch behind a handle.
pub(super) struct Branch {
    verifier: Arc<Verifier>,
    round: Round,
    /// One a meter.
    contributions: BTreeMap<PartyId, Contribution>,
}

impl Kind for Branch {
    const MAGIC: u32 = u32::from_be_bytes(*b"egbr");
}

pub(super) fn branch_context(branch: *mut wattsum_elgamal_branch) -> *mut Context<Branch> {
    branch.cast()
}

impl Branch {
    pub(super) fn new(verifier: Arc<Verifier>, round: Round) -> Self {
        Branch { verifier, round, contributions: BTreeMap::new() }
    }

    pub(super) fn contributions(&self) -> impl Iterator<Item = &Contribution> {
        self.contributions.values()
    }

    /// As the round does it: the same once more changes nothing, another one is a fault.
    fn add(&mut self, contribution: Contribution) -> Result<PartyId, meter_link::Error> {
        let meter = contribution.meter();
        match self.contributions.entry(meter) {
            Entry::Occupied(earlier) if earlier.get().frame() != contribution.frame() => {
                Err(meter_link::Fault::Contradiction.of(meter))
            }
            Entry::Occupied(_) => Ok(meter),
            Entry::Vacant(place) => {
                place.insert(contribution);
                Ok(meter)
            }
        }
    }
}

/// A branch of a round where there is no utility: by the epoch's roster and the group key. To be freed with
/// wattsum_elgamal_branch_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_branch_new(
    params: *const wattsum_elgamal_params,
    epoch: *const wattsum_epoch,
    roster: *mut wattsum_roster,
    key: *const wattsum_elgamal_key,
    round: u64,
    branch: *mut *mut wattsum_elgamal_branch,
    culprit: *mut u32,
) -> wattsum_status {
    // SAFETY: the caller's pointers, as the header asks.
    let blame = unsafe { caller::blame(culprit) };
    wiping_guard_blaming(blame, || {
        // SAFETY: as above.
        unsafe {
            let (params, epoch) = (caller::one(params)?.to_params()?, caller::one(epoch)?);
            let (key, place) = (caller::one(key)?.to_key()?, Place::new(branch)?);
            let round = Round::new(round)?;
            let verifier = Context::enter(roster::context(roster), |lists| {
                let roster = lists.built()?;
                let view = roster::view(roster, params.group(), epoch)?;
                if !view.epoch().contains(round) {
                    return Err(meter_link::Misuse::RoundOutsideEpoch.into());
                }
                Ok(Verifier::new(&params, &view, roster, &key)?)
            })?;
            place.put(Context::boxed(Branch::new(Arc::new(verifier), round)).cast());
        }
        Ok(())
    })
}

/// Verifies many contributions, as wattsum_elgamal_round_accept_many; whether their meters are present only the round
/// knows.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_branch_accept_many(
    branch: *mut wattsum_elgamal_branch,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let (frames, mut outcomes) = batch::batch(frames, count, senders, statuses)?;
            Context::enter(branch_context(branch), |branch| {
                let verified = branch.verifier.verify_all(branch.round, &frames);
                for (index, contribution) in verified.into_iter().enumerate() {
                    match contribution {
                        Ok(contribution) => outcomes.put(index, branch.add(contribution)),
                        Err(error) => outcomes.put(index, Err(error)),
                    }
                }
                Ok(())
            })
        }
    })
}

/// The sum of what a branch has verified. To be freed with wattsum_elgamal_partial_free.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_branch_partial(
    branch: *mut wattsum_elgamal_branch,
    partial: *mut *mut wattsum_elgamal_partial,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        unsafe {
            let place = Place::new(partial)?;
            let sum = Context::enter(branch_context(branch), |branch| {
                Ok(PartialSum::of(&branch.verifier, branch.round, branch.contributions())?)
            })?;
            place.put(partial_handle(sum));
        }
        Ok(())
    })
}

/// Frees a branch. NULL is right.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_branch_free(branch: *mut wattsum_elgamal_branch) -> wattsum_status {
    // SAFETY: the caller's pointer, as the header asks.
    guard(|| unsafe { Context::unbox(branch_context(branch)) })
}
