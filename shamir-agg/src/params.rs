//! What a group of shamir-agg agrees on.

use meter_link::answer::Threshold;
use meter_link::frame::{Header, Tag};
use meter_link::{EpochView, Error, Field64, GroupParams, Misuse, Protocol, Session};

/// Checked parameters; their bytes make the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    threshold: Threshold,
}

impl Params {
    /// Checks that the group is one of this protocol. The threshold was checked when it was made.
    ///
    /// # Errors
    /// [`Misuse::BadParameter`] if the group is not one of [`Protocol::Shamir`].
    pub fn new(group: GroupParams, threshold: Threshold) -> Result<Self, Error> {
        if group.protocol != Protocol::Shamir {
            return Err(Misuse::BadParameter.into());
        }
        Ok(Params { group, threshold })
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// How many aggregators there are (m), open a sum (t), and may collude (f).
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// The session: common bytes, then `m u8 ‖ t u8 ‖ f u8`.
    pub fn session(&self) -> Session {
        self.group.session(&self.threshold.to_bytes())
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits = view.epoch().session == self.session()
            && *view.group() == self.group
            && view.answerers() == self.threshold.answerers();
        if fits { Ok(()) } else { Err(Misuse::WrongSession.into()) }
    }

    /// Aggregators t … m get a correction in every frame.
    pub(crate) fn corrected(&self) -> usize {
        usize::from(self.threshold.answerers().wrapping_sub(self.threshold.threshold())).wrapping_add(1)
    }

    /// Field elements of a contribution.
    pub(crate) fn words(&self) -> usize {
        self.corrected().wrapping_mul(self.group.channels.into())
    }

    /// Bytes of a contribution: header 16, (m − t + 1) × 8 a channel, tag 16.
    pub fn contribution_len(&self) -> usize {
        (Header::LEN + Tag::LEN).wrapping_add(self.words().wrapping_mul(Field64::LEN))
    }
}
