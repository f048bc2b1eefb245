//! Who, which group, which round.

use core::fmt;

use crate::error::{Error, Malformed, Misuse};

/// A party: unique over *all* roles of a deployment. The utility is [`PartyId::UTILITY`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartyId(pub u32);

impl PartyId {
    /// Id 0.
    pub const UTILITY: PartyId = PartyId(0);

    /// +1 or −1: in every pair the lower id adds the pad, the higher subtracts it.
    pub const fn adds_towards(self, other: PartyId) -> bool {
        self.0 < other.0
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The meters that are summed together. Groups of one channel are disjoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// One metering interval; strictly increasing over a group's life and always below 2^32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Round(u32);

impl Round {
    /// How far a round may be from `now`, either way.
    pub const WINDOW: u32 = 2;

    /// # Errors
    /// [`Misuse::RoundTooLarge`] at 2^32 and above.
    pub const fn new(round: u64) -> Result<Self, Error> {
        if round > u32::MAX as u64 {
            return Err(Error::Misuse(Misuse::RoundTooLarge));
        }
        #[allow(clippy::cast_possible_truncation)] // checked above
        Ok(Round(round as u32))
    }

    /// The round as derivations use it.
    pub const fn get(self) -> u64 {
        self.0 as u64
    }

    /// The round as headers carry it.
    pub const fn to_u32(self) -> u32 {
        self.0
    }

    /// Whether `self` is at most [`Round::WINDOW`] away from `now`. An Open for the last round of an
    /// epoch would otherwise silence a group for good.
    pub const fn is_near(self, now: Round) -> bool {
        self.0.abs_diff(now.0) <= Self::WINDOW
    }
}

impl From<u32> for Round {
    fn from(round: u32) -> Self {
        Round(round)
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a party does. One id has one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Role {
    /// May learn sums. Id 0. (In cmt-ring the paper calls it the energy supplier.)
    Utility = 0,
    /// Holds a reading.
    Meter = 1,
    /// Helps to open sums of dcnet-core.
    Holder = 2,
    /// Helps to open sums of shamir-agg.
    Aggregator = 3,
    /// Helps to open sums of threshold-elgamal.
    Trustee = 4,
}

impl TryFrom<u8> for Role {
    type Error = Error;

    fn try_from(byte: u8) -> Result<Self, Error> {
        Ok(match byte {
            0 => Role::Utility,
            1 => Role::Meter,
            2 => Role::Holder,
            3 => Role::Aggregator,
            4 => Role::Trustee,
            _ => return Err(Malformed::UnknownRole.into()),
        })
    }
}

/// The protocol numbers of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Protocol {
    /// dcnet-core.
    Dcnet = 1,
    /// shamir-agg.
    Shamir = 2,
    /// threshold-elgamal.
    Elgamal = 3,
    /// cmt-ring.
    Cmt = 4,
    /// ckks-agg.
    Ckks = 5,
    /// pedersen-billing.
    Billing = 6,
}

impl TryFrom<u8> for Protocol {
    type Error = Error;

    fn try_from(byte: u8) -> Result<Self, Error> {
        Ok(match byte {
            1 => Protocol::Dcnet,
            2 => Protocol::Shamir,
            3 => Protocol::Elgamal,
            4 => Protocol::Cmt,
            5 => Protocol::Ckks,
            6 => Protocol::Billing,
            _ => return Err(Malformed::WrongProtocol.into()),
        })
    }
}
