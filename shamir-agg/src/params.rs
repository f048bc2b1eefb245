//! What a group of shamir-agg agrees on.

use meter_link::answer::Threshold;
use meter_link::frame::{Header, Tag};
use meter_link::window::Windows;
use meter_link::{EpochView, Error, Field64, GroupParams, Misuse, Protocol, Session};

/// Checked parameters; their bytes make the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    threshold: Threshold,
    windows: Option<Windows>,
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
        Ok(Params { group, threshold, windows: None })
    }

    /// The same with bills: windows of `rounds`, and at least `min_rounds` readings that each bill hides
    /// among.
    ///
    /// # Errors
    /// As [`Windows::new`].
    pub fn with_windows(self, rounds: u32, min_rounds: u32) -> Result<Self, Error> {
        Ok(Params { windows: Some(Windows::new(&self.group, rounds, min_rounds)?), ..self })
    }

    /// How an epoch is cut into windows, if there are bills.
    pub fn windows(&self) -> Option<&Windows> {
        self.windows.as_ref()
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// How many aggregators there are (m), open a sum (t), and may collude (f).
    pub fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// The session: common bytes, then `m u8 ‖ t u8 ‖ f u8`, then, if there are windows,
    /// `rounds u32 ‖ min_rounds u32`.
    pub fn session(&self) -> Session {
        let mut own = [0u8; Threshold::LEN + Windows::LEN];
        let (threshold, windows) = own.split_at_mut(Threshold::LEN);
        threshold.copy_from_slice(&self.threshold.to_bytes());
        let len = match &self.windows {
            Some(chosen) => {
                windows.copy_from_slice(&chosen.to_bytes());
                Threshold::LEN + Windows::LEN
            }
            None => Threshold::LEN,
        };
        self.group.session(own.get(..len).unwrap_or_default())
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

    /// Bytes of a [`Meter`](crate::Meter)'s stored state.
    pub fn meter_state_len(&self) -> usize {
        crate::meter::state_len(self.threshold.answerers())
    }

    /// Bytes of a contribution: header 16, (m − t + 1) × 8 a channel, tag 16.
    pub fn contribution_len(&self) -> usize {
        (Header::LEN + Tag::LEN).wrapping_add(self.words().wrapping_mul(Field64::LEN))
    }
}
