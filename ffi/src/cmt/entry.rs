//! What a meter of a ring is made of, and how it is told of others.
#![allow(unsafe_code)] // the caller's memory

use cmt_ring::order::Entry;
use cmt_ring::{Listed, Neighbours, Params};
use meter_link::{Channels, EpochView, LinkSecret, Misuse, Role};
use zeroize::Zeroizing;

use super::wattsum_cmt_params;
use crate::caller::{self, apart, span};
use crate::epoch::{wattsum_epoch, wattsum_lists, wattsum_member};
use crate::guard::Failure;
use crate::status::wattsum_status::WATTSUM_MISUSE_BAD_VALUE;

/// Ring neighbours of a meter, at most: before and after it, and in a second ring two more.
pub const WATTSUM_CMT_NEIGHBOURS: usize = 4;

/// A meter of the roster as another gets to know it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_entry {
    /// Its position among the roster's meters.
    pub position: u32,
    /// Its entry, checked: wattsum_member_announced, wattsum_member_verify at index 1 + position.
    pub member: wattsum_member,
}

/// What a meter is made of. Everything is read during the call and not kept.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_setup {
    /// What the group agrees on.
    pub params: *const wattsum_cmt_params,
    /// The epoch.
    pub epoch: *const wattsum_epoch,
    /// Sizes and Merkle roots of its lists.
    pub lists: *const wattsum_lists,
    /// The supplier's entry, index 0, checked as all others: wattsum_member_announced, wattsum_member_verify.
    pub utility: *const wattsum_member,
    /// The meter's own entry, checked: the roster could otherwise name another key for this id.
    pub own: *const wattsum_cmt_entry,
    /// First channel of the device that this group reads, below WATTSUM_MARK_CHANNELS; the others follow it. FIXED FOR
    /// THE EPOCH: pads belong to the session's keys and the round, the mark to the channel. A meter that is made anew
    /// in the same epoch with another first channel passes the mark and spends a round's pads again, and two frames
    /// then give the difference of two readings. Store it with the link secret; another channel waits for the next
    /// epoch.
    pub first_channel: u16,
}

/// What a setup says, read and checked.
pub(crate) struct Own {
    pub(crate) params: Params,
    pub(crate) view: EpochView,
    pub(crate) me: Listed,
    pub(crate) channels: Channels,
}

impl wattsum_cmt_entry {
    pub(crate) fn to_entry(self) -> Result<Entry, Failure> {
        let member = self.member.to_member()?;
        if member.role != Role::Meter {
            return Err(WATTSUM_MISUSE_BAD_VALUE.into());
        }
        Ok(Entry { position: self.position, member })
    }

    pub(crate) fn to_listed(self) -> Result<Listed, Failure> {
        Ok(self.to_entry()?.listed())
    }
}

impl wattsum_cmt_setup {
    /// # Safety
    /// The pointers are as the header asks.
    pub(crate) unsafe fn read(&self) -> Result<Own, Failure> {
        // SAFETY: our caller's promise.
        let (params, view, me) = unsafe {
            let params = caller::one(self.params)?.to_params()?;
            let (epoch, lists) = (caller::one(self.epoch)?, caller::one(self.lists)?);
            let view = epoch.view(params.group(), lists, caller::one(self.utility)?)?;
            (params, view, caller::one(self.own)?.to_listed()?)
        };
        let channels = Channels { first: self.first_channel, count: params.group().channels };
        Ok(Own { params, view, me, channels })
    }

    /// That nothing it points to lies in memory that is about to be wiped.
    pub(crate) fn outside(&self, memory: (usize, usize)) -> Result<(), Failure> {
        apart(&[memory, span(self.params, 1)])?;
        apart(&[memory, span(self.epoch, 1)])?;
        apart(&[memory, span(self.lists, 1)])?;
        apart(&[memory, span(self.utility, 1)])?;
        apart(&[memory, span(self.own, 1)])
    }
}

/// Positions in the order in which C has them, and how many.
pub(crate) fn positions(around: Neighbours) -> ([u32; WATTSUM_CMT_NEIGHBOURS], usize) {
    let Neighbours { predecessor, successor, second } = around;
    match second {
        Some((before, after)) => ([predecessor, successor, before, after], 4),
        None => ([predecessor, successor, 0, 0], 2),
    }
}

/// The entries of neighbours, in the same order.
pub(crate) fn neighbours(entries: &[wattsum_cmt_entry]) -> Result<Neighbours<Listed>, Failure> {
    match entries {
        [predecessor, successor] => Ok(Neighbours {
            predecessor: predecessor.to_listed()?,
            successor: successor.to_listed()?,
            second: None,
        }),
        [predecessor, successor, before, after] => Ok(Neighbours {
            predecessor: predecessor.to_listed()?,
            successor: successor.to_listed()?,
            second: Some((before.to_listed()?, after.to_listed()?)),
        }),
        _ => Err(Misuse::WrongLength.into()),
    }
}

/// A link secret that the caller lends for one call, and keeps.
///
/// # Safety
/// `secret` is NULL or points to 32 bytes.
pub(crate) unsafe fn lent_link(secret: *const u8) -> Result<LinkSecret, Failure> {
    // SAFETY: our caller's promise.
    let bytes = unsafe { caller::bytes::<32>(secret) }?;
    Ok(LinkSecret::from_bytes(&mut Zeroizing::new(*bytes)))
}
