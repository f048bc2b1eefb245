//! elgamal: what a group agrees on.
#![allow(unsafe_code)] // exports

#[cfg(feature = "std")]
pub mod billing;
#[cfg(feature = "std")]
pub mod branch;
#[cfg(feature = "std")]
pub mod ceremony;
pub mod key;
#[cfg(feature = "std")]
pub mod keys;
pub mod meter;
pub mod pair;
#[cfg(feature = "std")]
pub mod partial;
#[cfg(feature = "std")]
pub mod plan;
#[cfg(feature = "std")]
pub mod round;
#[cfg(feature = "std")]
pub mod table;
#[cfg(feature = "std")]
pub mod trustee;
#[cfg(feature = "std")]
pub mod utility;

use meter_link::{Protocol, Round};
use threshold_elgamal::{Error, Params};

use crate::caller::{self, Place};
use crate::group::{threshold, wattsum_group};
use crate::guard::guard;
use crate::link::wattsum_forming;
use crate::status::wattsum_status;

/// What the parties of an elgamal group agree on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_elgamal_params {
    /// The common part.
    pub group: wattsum_group,
    /// Rounds of a window over which a meter's own sum may be opened; 0 for none.
    pub window_rounds: u32,
    /// Rounds of a window that a meter must be in; 0 where there are no windows.
    pub window_min_rounds: u32,
    /// Trustees, by default 4.
    pub trustees: u8,
    /// How many of them open a sum, by default 3.
    pub threshold: u8,
    /// How many of them may collude with the utility, by default 1; or
    /// WATTSUM_TRUSTING_THE_UTILITY_NOT_TO_EQUIVOCATE; or one less than there are, where all of them open a sum.
    pub colluding: u8,
    /// 0; or 1 for who trusts all meters: contributions without proof of knowledge, in which one lying meter can turn
    /// a sum into another's reading.
    pub trust_all_meters: u8,
}

impl wattsum_elgamal_params {
    pub(crate) fn to_params(self) -> Result<Params, Error> {
        let group = self.group.params(Protocol::Elgamal)?;
        let mut params = Params::new(group, threshold(self.trustees, self.threshold, self.colluding)?)?;
        if self.window_rounds != 0 || self.window_min_rounds != 0 {
            params = params.with_windows(self.window_rounds, self.window_min_rounds)?;
        }
        match self.trust_all_meters {
            0 => Ok(params),
            1 => Ok(params.trust_all_meters()),
            _ => Err(meter_link::Misuse::BadParameter.into()),
        }
    }
}

/// What link keys and rosters of a coming epoch belong to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_elgamal_forming(
    params: *const wattsum_elgamal_params,
    epoch: u32,
    first_round: u64,
    forming: *mut wattsum_forming,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (params, place) = unsafe { (caller::one(params)?.to_params()?, Place::new(forming)?) };
        let (group, session) = (params.group().group.0, params.session());
        place.put(wattsum_forming::new(Protocol::Elgamal, group, session, epoch, Round::new(first_round)?));
        Ok(())
    })
}
