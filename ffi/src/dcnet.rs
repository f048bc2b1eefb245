//! dcnet: what a group agrees on, and who a meter's neighbours are.
#![allow(unsafe_code)] // exports

#[cfg(feature = "std")]
pub mod certified;
#[cfg(feature = "std")]
pub mod holder;
pub mod meter;
#[cfg(feature = "std")]
pub mod presence;
#[cfg(feature = "std")]
pub mod round;
#[cfg(feature = "std")]
pub mod utility;

use dcnet_core::{Params, graph};
use meter_link::{Error, Misuse, Protocol, Round};

use crate::caller::{self, Place, span};
use crate::epoch::{wattsum_epoch, wattsum_member};
use crate::group::{threshold, wattsum_group};
use crate::guard::guard;
use crate::link::wattsum_forming;
use crate::status::wattsum_status;

/// What the parties of a dcnet group agree on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_dcnet_params {
    /// The common part.
    pub group: wattsum_group,
    /// Neighbours of a meter, even; 0 in groups of at most 256 meters, where everybody is everybody's neighbour.
    /// Computed from the group's size and the share of meters that may collude, with min_neighbours, where the group
    /// is planned (dcnet_core::Params::secure, wattsum.dcnet.Params.secure): 92 for 1,000 meters, 118 for 10,000.
    /// Not checked here.
    pub degree: u32,
    /// Neighbours that must be left in a round to a meter with `degree` distinct ones, at least 1; one fewer for every
    /// two that it lacks because edges coincide. 68 with degree 92; groups of at most 256 meters
    /// min_honest + max_colluding - 1.
    pub min_neighbours: u32,
    /// Holders, by default 4.
    pub holders: u8,
    /// How many of them open a sum, by default 3.
    pub threshold: u8,
    /// How many of them may collude with the utility, by default 1; or
    /// WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE; or one less than there are, where all of them open a sum.
    pub colluding: u8,
}

/// A neighbour of a meter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_neighbour {
    /// Its position among the roster's meters.
    pub position: u32,
    /// Its entry, checked with wattsum_member_verify at index 1 + position.
    pub member: wattsum_member,
}

impl wattsum_dcnet_params {
    pub(crate) fn to_params(self) -> Result<Params, Error> {
        let group = self.group.params(Protocol::Dcnet)?;
        let threshold = threshold(self.holders, self.threshold, self.colluding)?;
        // A device takes what its operator computed, and the session binds it.
        Params::drawn_relying_on_the_holders(group, threshold, self.degree, self.min_neighbours)
    }
}

/// What link keys and rosters of a coming epoch belong to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_forming(
    params: *const wattsum_dcnet_params,
    epoch: u32,
    first_round: u64,
    forming: *mut wattsum_forming,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (params, place) = unsafe { (caller::one(params)?.to_params()?, Place::new(forming)?) };
        let (group, session) = (params.group().group.0, params.session());
        place.put(wattsum_forming::new(Protocol::Dcnet, group, session, epoch, Round::new(first_round)?));
        Ok(())
    })
}

/// Positions of the neighbours of the meter at `position`, ascending, in a roster of `meters`: whose entries and
/// proofs to ask the utility for. `capacity` is at least `degree`, in groups without a degree `meters` - 1. A device
/// computes this for a while: about 25,000 SHA-256 compressions at degree 92.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_dcnet_neighbours(
    params: *const wattsum_dcnet_params,
    epoch: *const wattsum_epoch,
    meters: u32,
    position: u32,
    positions: *mut u32,
    capacity: usize,
    count: *mut usize,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(epoch, 1), span(positions, capacity), span(count, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (params, epoch, positions, count) = unsafe {
            let params = caller::one(params)?.to_params()?;
            (params, caller::one(epoch)?, caller::room(positions, capacity)?, Place::new(count)?)
        };
        let complete = graph::is_complete(meters, params.degree());
        let most = if complete { meters.saturating_sub(1) } else { params.degree() };
        if capacity < most as usize {
            return Err(Misuse::WrongLength.into());
        }
        let seed = graph::seed(&epoch.context());
        count.put(graph::neighbours(position, meters, params.degree(), &seed, positions)?);
        Ok(())
    })
}
