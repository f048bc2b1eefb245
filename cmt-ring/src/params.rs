//! What a ring agrees on.

use meter_link::{EpochView, GroupConfig, GroupId, GroupParams, Protocol, Session, SetRules};

use crate::error::{Error, Misuse};

/// Where δ comes from. Part of the session: the two do not understand each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Mode {
    /// The paper's: each meter draws its δ and passes it on, sealed; a round goes once around the ring.
    Drawn = 0,
    /// Both ends of a ring link derive δ from their key: no message between meters, no ring latency.
    Derived = 1,
}

/// Checked parameters; their bytes make the session. One ring is one group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Params {
    group: GroupParams,
    mode: Mode,
}

impl Params {
    /// The fewest members of any ring: a meter, its two neighbours, and two more, so that neither the
    /// neighbours' neighbours nor the neighbours coincide.
    pub const LEAST_RING: u32 = 5;

    /// The common choices, with the least ring as the smallest set. Nobody may be missing from a sum.
    pub const fn config(group: GroupId) -> GroupConfig {
        let rules = SetRules { min_honest: Self::LEAST_RING, max_colluding: 0, max_missing_permille: 0 };
        GroupConfig { rules, ..GroupConfig::new(Protocol::Cmt, group) }
    }

    /// Checks that the group is one of this protocol and large enough for a ring.
    ///
    /// # Errors
    /// [`meter_link::Misuse::BadParameter`] if the group is not one of [`Protocol::Cmt`];
    /// [`Misuse::RingTooSmall`] if its rules allow fewer than [`Params::LEAST_RING`] members.
    pub fn new(group: GroupParams, mode: Mode) -> Result<Self, Error> {
        if group.protocol != Protocol::Cmt {
            return Err(meter_link::Misuse::BadParameter.into());
        }
        if group.rules.min_meters() < Self::LEAST_RING {
            return Err(Misuse::RingTooSmall.into());
        }
        Ok(Params { group, mode })
    }

    /// The common part.
    pub fn group(&self) -> &GroupParams {
        &self.group
    }

    /// Where δ comes from.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Fewest members of a ring of this group.
    pub fn min_ring(&self) -> u32 {
        self.group.rules.min_meters()
    }

    /// The session: common bytes, then `mode u8`.
    pub fn session(&self) -> Session {
        self.group.session(&[self.mode as u8])
    }

    pub(crate) fn channels(&self) -> usize {
        self.group.channels.into()
    }

    /// That an epoch belongs to these parameters.
    pub(crate) fn check(&self, view: &EpochView) -> Result<(), Error> {
        let fits =
            view.epoch().session == self.session() && *view.group() == self.group && view.answerers() == 0;
        if fits { Ok(()) } else { Err(meter_link::Misuse::WrongSession.into()) }
    }

    pub(crate) fn require(&self, mode: Mode) -> Result<(), Error> {
        if self.mode == mode { Ok(()) } else { Err(Misuse::WrongMode.into()) }
    }
}
