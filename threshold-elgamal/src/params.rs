//! What a group of threshold-elgamal agrees on.

use meter_link::answer::Threshold;
use meter_link::window::Windows;
use meter_link::{EpochView, GroupParams, Protocol, Session};

use crate::error::{Error, Misuse};
use crate::message;
#[cfg(feature = "range")]
use crate::range::{Bounds, Width};

/// Checked parameters; their bytes make the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    threshold: Threshold,
    knowledge: bool,
    windows: Option<Windows>,
    #[cfg(feature = "range")]
    range: Option<Bounds>,
}

impl Params {
    /// Largest size of a sum that can still be looked up: 2^48.
    pub const MAX_SUM: u64 = 1 << 48;
    /// Most sums that the bills of a window can have, channels times meters: one proof covers them all.
    pub const MAX_BILLED: u32 = u16::MAX as u32;

    /// Every contribution carries a proof of knowledge.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] if the group is not one of [`Protocol::Elgamal`];
    /// [`Misuse::SumBeyondRange`] if `max_reading × max_meters` is beyond [`Params::MAX_SUM`]: sums are found
    /// by search, so both belong near what can really occur.
    pub fn new(group: GroupParams, threshold: Threshold) -> Result<Self, Error> {
        if group.protocol != Protocol::Elgamal {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        let most = group.max_reading.checked_mul(group.max_meters.into());
        if most.is_none_or(|most| most > Self::MAX_SUM) {
            return Err(Misuse::SumBeyondRange.into());
        }
        Ok(Params {
            group,
            threshold,
            knowledge: true,
            windows: None,
            #[cfg(feature = "range")]
            range: None,
        })
    }

    /// The same without proofs of knowledge, 96 bytes a channel less, and without those of range.
    ///
    /// # Security
    /// **One colluding meter then reads any other**: it sends minus the sum of all ciphertexts but the
    /// victim's (`tests/attacks/meters.rs`, `rogue_ciphertext`). Only where every meter is trusted.
    #[must_use]
    pub fn trust_all_meters(self) -> Self {
        Params {
            knowledge: false,
            #[cfg(feature = "range")]
            range: None,
            ..self
        }
    }

    /// The same with a second proof, that no reading is beyond ± `max_reading`: so that no meter can take a sum out of
    /// its bound. [`Width::proof_len`] bytes a channel more, and much more work (docs/range.md).
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] unless `max_reading` is below 2^(k−1), and contributions carry proofs of
    /// knowledge: without them nothing ties the range to R.
    #[cfg(feature = "range")]
    pub fn with_range(self, width: Width) -> Result<Self, Error> {
        let most = i64::try_from(self.group.max_reading).map_err(|_| Misuse::SumBeyondRange)?;
        if !self.knowledge {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        Ok(Params { range: Some(Bounds::new(width, most.wrapping_neg(), most)?), ..self })
    }

    /// The same with bills: windows of `rounds`, and at least `min_rounds` readings that each bill hides among.
    ///
    /// # Errors
    /// As [`Windows::new`]; [`Misuse::SumBeyondRange`] if `max_reading × rounds` is beyond [`Params::MAX_SUM`];
    /// [`meter_link::Misuse::BadParameter`] if `max_meters × channels` is beyond [`Params::MAX_BILLED`].
    pub fn with_windows(self, rounds: u32, min_rounds: u32) -> Result<Self, Error> {
        let windows = Windows::new(&self.group, rounds, min_rounds)?;
        if self.group.max_meters.checked_mul(self.group.channels.into()).is_none_or(|n| n > Self::MAX_BILLED)
        {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        let most = self.group.max_reading.checked_mul(rounds.into());
        if most.is_none_or(|most| most > Self::MAX_SUM) {
            return Err(Misuse::SumBeyondRange.into());
        }
        Ok(Params { windows: Some(windows), ..self })
    }

    /// How an epoch is cut into windows, if there are bills.
    pub fn windows(&self) -> Option<&Windows> {
        self.windows.as_ref()
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// Trustees, and how many open a sum.
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// Whether contributions carry proofs of knowledge.
    pub fn knowledge(&self) -> bool {
        self.knowledge
    }

    /// Between which contributions prove their readings to be, if they do.
    #[cfg(feature = "range")]
    pub fn proven_range(&self) -> Option<&Bounds> {
        self.range.as_ref()
    }

    /// Bit 0: of knowledge; bits 1–3: of a range of 8 · 2^(n−1) bits.
    fn proofs(&self) -> u8 {
        let knowledge = u8::from(self.knowledge);
        #[cfg(feature = "range")]
        let knowledge = knowledge | self.range.map_or(0, |bounds| bounds.width().code() << 1);
        knowledge
    }

    /// The session: common bytes, then `n u8 ‖ t u8 ‖ f u8 ‖ proofs u8`, then, if there are windows,
    /// `rounds u32 ‖ min_rounds u32`.
    pub fn session(&self) -> Session {
        let [n, t, f] = self.threshold.to_bytes();
        let mut own = [0u8; 4 + Windows::LEN];
        let (first, rest) = own.split_at_mut(4);
        first.copy_from_slice(&[n, t, f, self.proofs()]);
        match &self.windows {
            Some(windows) => {
                rest.copy_from_slice(&windows.to_bytes());
                self.group.session(&own)
            }
            None => self.group.session(first),
        }
    }

    /// Bytes of a contribution: 240 with one channel.
    pub fn contribution_len(&self) -> usize {
        message::contribution_len(self)
    }

    /// The largest size that the sum of so many readings can have, of as many meters or rounds.
    pub fn bound(&self, readings: u32) -> u64 {
        self.group.max_reading.saturating_mul(readings.into())
    }

    /// The sums that so many readings can have.
    #[cfg(feature = "alloc")]
    pub(crate) fn range(&self, readings: u32) -> core::ops::RangeInclusive<i64> {
        let bound = i64::try_from(self.bound(readings)).unwrap_or(i64::MAX);
        bound.wrapping_neg()..=bound
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits = view.epoch().session == self.session()
            && *view.group() == self.group
            && view.answerers() == self.threshold.answerers();
        if fits { Ok(()) } else { Err(meter_link::Misuse::WrongSession.into()) }
    }
}
