//! What can go wrong in a ring.

use core::fmt;

use meter_link::{Malformed, PartyId};

/// Every failure of this crate. Carries no secret and no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The calling code is wrong; received data can never cause it.
    Misuse(Misuse),
    /// Bytes that are no message of this version.
    Malformed(Malformed),
    /// A party broke the rules: drop what it sent and go on.
    Fault {
        /// Who. Of a frame with a ciphertext, the first four bytes of its token: who that is, the supplier
        /// does not know.
        culprit: PartyId,
        /// What.
        fault: Fault,
    },
    /// Too few parties sent, or are in a ring.
    Quorum {
        /// How many there are.
        have: u32,
        /// How many it takes.
        need: u32,
    },
    /// Every ciphertext was acceptable, and the sum is none that so many meters can have.
    Inconsistent,
}

/// Mistakes of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// One of the kinds that all protocols know.
    Link(meter_link::Misuse),
    /// Fewer members than a ring must have.
    RingTooSmall,
    /// The step belongs to the other [`Mode`](crate::Mode).
    WrongMode,
    /// The meter is in no ring.
    NotSeated,
    /// The generation is not above the last one that this party took part in, or too far above.
    GenerationUsed,
    /// The supplier knows no ring yet.
    NoRing,
    /// The generation's term is over: nothing is sent until the next one.
    TermOver,
    /// The step belongs to groups with terms ([`Params::with_terms`](crate::Params::with_terms)), or to those without.
    NoTerms,
    /// The meter has no licence.
    NotLicensed,
    /// The generation's claim has not been taken.
    NoClaim,
    /// The members have not been heard to agree on the set, or need not.
    NotAgreed,
}

/// What a party can be blamed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// One of the kinds that all protocols know.
    Link(meter_link::Fault),
    /// The frame is of another generation of the ring, or of one that is too far ahead.
    WrongGeneration,
    /// Tokens that are not in ascending order, not distinct in their first four bytes, or have an id there.
    BadToken,
    /// A token's link key that is not reduced, of low order, or the supplier's.
    BadTokenLink,
    /// The draw makes another member concentrator.
    NotConcentrator,
    /// The frame is not from the ring neighbour.
    NotNeighbour,
    /// A licence that is not this meter's, or is void.
    BadLicence,
    /// A generation that begins before the term of the present one is over.
    TooEarly,
    /// Another set of members than the claim said, or than the ring that is healed has.
    WrongMembers,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Misuse(m) => write!(f, "misuse: {m}"),
            Error::Malformed(m) => write!(f, "malformed: {m}"),
            Error::Fault { culprit, fault } => write!(f, "party {culprit}: {fault}"),
            Error::Quorum { have, need } => write!(f, "{have} parties where {need} are needed"),
            Error::Inconsistent => {
                f.write_str("no such sum is possible: group key and ciphertexts do not fit")
            }
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Misuse::Link(m) => return m.fmt(f),
            Misuse::RingTooSmall => "a ring has five members or more",
            Misuse::WrongMode => "this step belongs to the other mode",
            Misuse::NotSeated => "the meter is in no ring",
            Misuse::GenerationUsed => "generations count upwards from 1, in small steps",
            Misuse::NoRing => "no ring has been registered",
            Misuse::TermOver => "the term is over, and the next generation not formed",
            Misuse::NoTerms => "the group has no terms, or the step none",
            Misuse::NotLicensed => "the meter has no licence",
            Misuse::NotAgreed => "the members have not agreed on who they are, or need not",
            Misuse::NoClaim => "no claim to this generation has been taken",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Link(l) => return l.fmt(f),
            Fault::WrongGeneration => "frame of another generation",
            Fault::BadToken => "tokens that are not ascending and distinct, or have a party's id",
            Fault::BadTokenLink => "a token's link key that gives no key",
            Fault::NotConcentrator => "the draw makes another member concentrator",
            Fault::NotNeighbour => "not the ring neighbour",
            Fault::BadLicence => "not a licence of this meter that holds",
            Fault::TooEarly => "the present generation's term is not over",
            Fault::WrongMembers => "other members than were claimed",
        })
    }
}

impl core::error::Error for Error {}

impl From<meter_link::Error> for Error {
    fn from(error: meter_link::Error) -> Self {
        match error {
            meter_link::Error::Misuse(m) => Error::Misuse(Misuse::Link(m)),
            meter_link::Error::Malformed(m) => Error::Malformed(m),
            meter_link::Error::Fault { culprit, fault } => {
                Error::Fault { culprit, fault: Fault::Link(fault) }
            }
            meter_link::Error::Quorum { have, need } => Error::Quorum { have, need },
            // Of the enum's future variants there are none to blame anybody for.
            _ => Error::Inconsistent,
        }
    }
}

impl From<Misuse> for Error {
    fn from(m: Misuse) -> Self {
        Error::Misuse(m)
    }
}

impl From<meter_link::Misuse> for Error {
    fn from(m: meter_link::Misuse) -> Self {
        Error::Misuse(Misuse::Link(m))
    }
}

impl From<Malformed> for Error {
    fn from(m: Malformed) -> Self {
        Error::Malformed(m)
    }
}

impl From<meter_link::Fault> for Fault {
    fn from(fault: meter_link::Fault) -> Self {
        Fault::Link(fault)
    }
}

impl Fault {
    /// The error that blames `culprit`.
    pub const fn of(self, culprit: PartyId) -> Error {
        Error::Fault { culprit, fault: self }
    }
}
