//! A place beside a round to accept its frames in: on another thread, or in another process.
#![allow(unsafe_code)] // the caller's pointers

use core::marker::PhantomData;

use meter_link::collect::Collection;

use super::Utility;
use crate::batch;
use crate::bytes::wattsum_bytes;
use crate::caller::{self, Place, span};
use crate::context::{Context, Kind};
use crate::guard::Failure;
use crate::status::wattsum_status;

/// A branch behind a handle, of one protocol.
pub(crate) struct Branch<U>(Collection, PhantomData<U>);

impl<U: Utility> Kind for Branch<U> {
    const MAGIC: u32 = U::BRANCH;
}

impl<U> Branch<U> {
    pub(super) fn new(collection: Collection) -> Self {
        Branch(collection, PhantomData)
    }

    pub(super) fn collection(&self) -> &Collection {
        &self.0
    }
}

type Of<U> = *mut Context<Branch<U>>;

/// `wattsum_…_branch_accept_many`.
pub(crate) unsafe fn accept_many<U: Utility>(
    branch: Of<U>,
    frames: *const wattsum_bytes,
    count: usize,
    senders: *mut u32,
    statuses: *mut wattsum_status,
) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (frames, mut outcomes) = batch::batch(frames, count, senders, statuses)?;
        Context::enter(branch, |branch| {
            branch.0.accept_many(&frames, |index, outcome| outcomes.put(index, outcome));
            Ok(())
        })
    }
}

/// `wattsum_…_branch_len`.
pub(crate) unsafe fn len<U: Utility>(branch: Of<U>, len: *mut usize) -> Result<(), Failure> {
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let place = Place::new(len)?;
        place.put(Context::enter(branch, |branch| Ok(branch.0.to_bytes()?.len()))?);
    }
    Ok(())
}

/// `wattsum_…_branch_to_bytes`.
pub(crate) unsafe fn to_bytes<U: Utility>(
    branch: Of<U>,
    bytes: *mut u8,
    size: usize,
    len: *mut usize,
) -> Result<(), Failure> {
    caller::apart(&[span(bytes, size), span(len, 1)])?;
    // SAFETY: the caller's pointers, as the header asks.
    unsafe {
        let (out, len) = (caller::room(bytes, size)?, Place::new(len)?);
        Context::enter(branch, |branch| caller::fill(&branch.0.to_bytes()?, out, len))
    }
}
