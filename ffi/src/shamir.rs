//! shamir: what a group agrees on.
#![allow(unsafe_code)] // exports

#[cfg(feature = "std")]
pub mod aggregator;
#[cfg(feature = "std")]
pub mod certified;
pub mod meter;
#[cfg(feature = "std")]
pub mod round;
#[cfg(feature = "std")]
pub mod utility;

use meter_link::{Error, Protocol, Round};
use shamir_agg::Params;

use crate::caller::{self, Place};
use crate::group::{threshold, wattsum_group};
use crate::guard::guard;
use crate::link::wattsum_forming;
use crate::status::wattsum_status;

/// What the parties of a shamir group agree on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_shamir_params {
    /// The common part.
    pub group: wattsum_group,
    /// Aggregators, by default 4.
    pub aggregators: u8,
    /// How many of them open a sum, by default 3.
    pub threshold: u8,
    /// How many of them may collude with the utility, by default 1; or
    /// WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE; or one less than there are, where all of them open a sum.
    pub colluding: u8,
}

impl wattsum_shamir_params {
    pub(crate) fn to_params(self) -> Result<Params, Error> {
        let group = self.group.params(Protocol::Shamir)?;
        Params::new(group, threshold(self.aggregators, self.threshold, self.colluding)?)
    }
}

/// What link keys and rosters of a coming epoch belong to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_shamir_forming(
    params: *const wattsum_shamir_params,
    epoch: u32,
    first_round: u64,
    forming: *mut wattsum_forming,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (params, place) = unsafe { (caller::one(params)?.to_params()?, Place::new(forming)?) };
        let (group, session) = (params.group().group.0, params.session());
        place.put(wattsum_forming::new(Protocol::Shamir, group, session, epoch, Round::new(first_round)?));
        Ok(())
    })
}
