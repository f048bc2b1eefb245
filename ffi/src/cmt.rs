//! cmt: what a ring's group agrees on.
#![allow(unsafe_code)] // exports

pub mod agreement;
#[cfg(feature = "std")]
pub mod book;
#[cfg(feature = "std")]
pub mod claiming;
#[cfg(feature = "std")]
pub mod collecting;
#[cfg(feature = "std")]
pub mod election;
pub mod entry;
#[cfg(feature = "std")]
pub mod gathering;
pub mod healing;
pub mod meter;
#[cfg(feature = "std")]
pub mod outbox;
#[cfg(feature = "std")]
pub mod registry;
pub mod round;
pub mod state;
#[cfg(feature = "std")]
pub mod supplier;
pub mod terms;

use cmt_ring::order::Order;
use cmt_ring::{Error, Generation, Mode, Modulus, Params};
use meter_link::{Misuse, Protocol, Round};

use crate::caller::{self, Place, span};
use crate::epoch::wattsum_epoch;
use crate::group::wattsum_group;
use crate::guard::guard;
use crate::link::wattsum_forming;
use crate::status::wattsum_status::{self, WATTSUM_MISUSE_BAD_VALUE};

/// Each meter draws what it passes to its successor: the paper's ring.
pub const WATTSUM_CMT_DRAWN: u8 = 0;
/// Neighbours derive it from their key: all meters send at once.
pub const WATTSUM_CMT_DERIVED: u8 = 1;

/// What the parties of a ring agree on.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct wattsum_cmt_params {
    /// The common part.
    pub group: wattsum_group,
    /// The modulus of ciphertexts and keys; 0 for 2^64.
    pub modulus: u64,
    /// Rounds of a concentrator's term in the mean; 0 for groups without licences and terms.
    pub mean_term: u32,
    /// WATTSUM_CMT_DRAWN or WATTSUM_CMT_DERIVED.
    pub mode: u8,
    /// 1 for a second ring, only where derived.
    pub second_ring: u8,
    /// 1 where the members sign their set.
    pub agreement: u8,
}

impl wattsum_cmt_params {
    pub(crate) fn to_params(self) -> Result<Params, Error> {
        let mode = match self.mode {
            WATTSUM_CMT_DRAWN => Mode::Drawn,
            WATTSUM_CMT_DERIVED => Mode::Derived,
            _ => return Err(Misuse::BadParameter.into()),
        };
        let mut params = Params::new(self.group.params(Protocol::Cmt)?, mode)?;
        if self.modulus != 0 {
            params = params.with_modulus(Modulus::new(self.modulus)?)?;
        }
        if chosen(self.second_ring)? {
            params = params.with_second_ring()?;
        }
        if self.mean_term != 0 {
            params = params.with_terms(self.mean_term)?;
        }
        if chosen(self.agreement)? {
            params = params.with_agreement()?;
        }
        Ok(params)
    }
}

fn chosen(choice: u8) -> Result<bool, Error> {
    match choice {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(Misuse::BadParameter.into()),
    }
}

/// What link keys and rosters of a coming epoch belong to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_forming(
    params: *const wattsum_cmt_params,
    epoch: u32,
    first_round: u64,
    forming: *mut wattsum_forming,
) -> wattsum_status {
    guard(|| {
        // SAFETY: the caller's pointers, as the header asks.
        let (params, place) = unsafe { (caller::one(params)?.to_params()?, Place::new(forming)?) };
        let (group, session) = (params.group().group.0, params.session());
        place.put(wattsum_forming::new(Protocol::Cmt, group, session, epoch, Round::new(first_round)?));
        Ok(())
    })
}

/// Whom the draw makes concentrator of a generation of these members: `positions` ascend, `position` gets one of them.
/// Everybody who knows the members computes this alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn wattsum_cmt_concentrator(
    epoch: *const wattsum_epoch,
    generation: u32,
    positions: *const u32,
    count: usize,
    position: *mut u32,
) -> wattsum_status {
    guard(|| {
        caller::apart(&[span(positions, count), span(position, 1)])?;
        // SAFETY: the caller's pointers, as the header asks.
        let (epoch, members, place) = unsafe {
            (caller::one(epoch)?.to_epoch(), caller::lent(positions, count)?, Place::new(position)?)
        };
        if !members.is_sorted_by(|a, b| a < b) {
            return Err(WATTSUM_MISUSE_BAD_VALUE.into());
        }
        let count = u32::try_from(count).map_err(|_| Misuse::BadParameter)?;
        let rank = Order::new(&epoch, Generation(generation), count).rank(0)?;
        place.put(*members.get(rank as usize).ok_or(Misuse::BadParameter)?);
        Ok(())
    })
}
