//! What a group of threshold-elgamal agrees on.

use meter_link::answer::Threshold;
use meter_link::{EpochView, GroupParams, Protocol, Session};

use crate::error::{Error, Misuse};
use crate::message;

/// Checked parameters; their bytes make the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    threshold: Threshold,
    knowledge: bool,
}

impl Params {
    /// Largest size of a sum that can still be looked up: 2^48.
    pub const MAX_SUM: u64 = 1 << 48;

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
        Ok(Params { group, threshold, knowledge: true })
    }

    /// The same without proofs of knowledge, 96 bytes a channel less.
    ///
    /// # Security
    /// **One colluding meter then reads any other**: it sends minus the sum of all ciphertexts but the
    /// victim's (`tests/attacks/meters.rs`, `rogue_ciphertext`). Only where every meter is trusted.
    #[must_use]
    pub fn trust_all_meters(self) -> Self {
        Params { knowledge: false, ..self }
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

    /// The session: common bytes, then `n u8 ‖ t u8 ‖ f u8 ‖ proofs u8`.
    pub fn session(&self) -> Session {
        let [n, t, f] = self.threshold.to_bytes();
        self.group.session(&[n, t, f, u8::from(self.knowledge)])
    }

    /// Bytes of a contribution: 240 with one channel.
    pub fn contribution_len(&self) -> usize {
        message::contribution_len(self)
    }

    /// The largest size that the sum of so many readings can have.
    pub fn bound(&self, meters: u32) -> u64 {
        self.group.max_reading.saturating_mul(meters.into())
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits = view.epoch().session == self.session()
            && *view.group() == self.group
            && view.answerers() == self.threshold.answerers();
        if fits { Ok(()) } else { Err(meter_link::Misuse::WrongSession.into()) }
    }
}
