//! What can go wrong: the errors of meter-link, and those of points, proofs and sums.

use core::fmt;

use meter_link::PartyId;

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
        /// Who.
        culprit: PartyId,
        /// What.
        fault: Fault,
    },
    /// Too few parties answered, or are in a set.
    Quorum {
        /// How many there are.
        have: u32,
        /// How many it takes.
        need: u32,
    },
    /// What came in was acceptable each, and does not fit together: of a sum, that it lies outside what so
    /// many meters can have sent.
    Inconsistent,
}

/// Mistakes of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// As in meter-link.
    Link(meter_link::Misuse),
    /// `max_reading × max_meters` is beyond [`Params::MAX_SUM`](crate::Params::MAX_SUM), or a search beyond
    /// what discrete logarithms are looked for in.
    SumBeyondRange,
    /// A range without numbers, for a discrete logarithm.
    EmptyRange,
    /// A table of discrete logarithms outside [`DlogTable::BITS`](crate::DlogTable::BITS).
    TableSize,
    /// A table made for another group key.
    WrongTable,
    /// A prepared pair of another epoch, key, round or channel.
    WrongPair,
    /// A secret share that does not belong to the trustee or to the key set.
    WrongShare,
    /// A key set for another number of trustees or another threshold.
    WrongKeySet,
    /// A verified contribution of another session, key set or round.
    WrongContribution,
    /// Decryption shares of other ciphertexts or key sets than the one that is to be opened.
    MixedShares,
}

/// Ways in which bytes can fail to be a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// As in meter-link.
    Link(meter_link::Malformed),
    /// Keys that are no canonical points or scalars, are zero, or do not lie on one polynomial.
    BadKeys,
    /// Bytes that are no table of discrete logarithms of this version.
    TableHeader,
    /// More or fewer bytes than the table of discrete logarithms has.
    TableLength,
    /// A damaged table of discrete logarithms.
    TableChecksum,
}

/// What a party can be blamed for. Which of meter-link's faults prove nothing is said at [`meter_link::Fault`];
/// of those here, [`Fault::WrongList`] names the utility for frames that it does not sign as a list, so that the
/// network can bring it about. The others stand in signed contributions, which prove them to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// As in meter-link.
    Link(meter_link::Fault),
    /// Bytes that are no ristretto255 encoding where a point belongs.
    NotAPoint,
    /// A number of q or more where a scalar belongs.
    NotAScalar,
    /// R is the identity: the reading would be in clear. Or a key or commitment of the key ceremony is.
    IdentityPoint,
    /// R stands in another ciphertext of the round already. Names the later one; without proofs of knowledge
    /// it may be the victim of a copy.
    RepeatedPoint,
    /// The proof of knowledge of reading and blinding does not hold.
    BadKnowledge,
    /// The proof that a decryption share is one does not hold.
    BadEquality,
    /// The proof that a reading lies in the session's range does not hold.
    #[cfg(feature = "range")]
    BadRange,
    /// The list of contributions is not that of the closed set, one a meter and ascending by id.
    WrongList,
    /// Key ceremony: a signed frame with more or fewer bytes than it has, of commitments for another threshold.
    WrongLength,
    /// Key ceremony: the proof that a key's or commitment's secret is known does not hold.
    BadPossession,
    /// Key ceremony: the first commitment of who deals its share anew is not its verification key.
    WrongCommitment,
    /// Key ceremony: the party says it has seen a frame that it does not show, or has not sent the one it says it has.
    WrongEcho,
    /// Key ceremony: shares for other commitments than the dealer's echo names.
    WrongView,
    /// Key ceremony: a sealed share that does not open, or does not lie on the commitments.
    BadShare,
    /// Key ceremony: a complaint about a share that is right, or about none.
    FalseComplaint,
    /// Key ceremony: a confirmation of other keys than follow from the commitments.
    WrongConfirmation,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Misuse(m) => write!(f, "misuse: {m}"),
            Error::Malformed(m) => write!(f, "malformed: {m}"),
            Error::Fault { culprit, fault } => write!(f, "party {culprit}: {fault}"),
            Error::Quorum { have, need } => write!(f, "{have} parties where {need} are needed"),
            Error::Inconsistent => f.write_str("what the parties sent does not fit together"),
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Misuse::Link(m) => return m.fmt(f),
            Misuse::SumBeyondRange => {
                "max_reading times max_meters (or rounds) is beyond 2^48, or a search beyond its limit"
            }
            Misuse::EmptyRange => "a range for a discrete logarithm is empty",
            Misuse::TableSize => "a table of discrete logarithms has 8 to 26 bits",
            Misuse::WrongTable => "the table is of another group key",
            Misuse::WrongPair => "the prepared pair is for something else",
            Misuse::WrongShare => "the secret share does not belong here",
            Misuse::WrongKeySet => "the key set has another number of trustees or threshold",
            Misuse::WrongContribution => "the contribution was verified for something else",
            Misuse::MixedShares => "decryption shares of something else",
        })
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Link(m) => m.fmt(f),
            Malformed::BadKeys => f.write_str("keys that are not canonical or do not belong together"),
            Malformed::TableHeader => f.write_str("not a table of discrete logarithms of this version"),
            Malformed::TableLength => f.write_str("a table of discrete logarithms of another length"),
            Malformed::TableChecksum => f.write_str("a damaged table of discrete logarithms"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Link(fault) => return fault.fmt(f),
            Fault::NotAPoint => "not a point",
            Fault::NotAScalar => "a scalar that is not reduced",
            Fault::IdentityPoint => "a point that must not be the identity",
            Fault::RepeatedPoint => "R was used in this round already",
            Fault::BadKnowledge => "the proof of knowledge does not hold",
            Fault::BadEquality => "the proof of a decryption share does not hold",
            #[cfg(feature = "range")]
            Fault::BadRange => "the proof of the reading's range does not hold",
            Fault::WrongList => "the contributions are not those of the closed set",
            Fault::WrongLength => "a signed frame of the wrong length",
            Fault::BadPossession => "the proof of possession does not hold",
            Fault::WrongCommitment => "the first commitment is not the dealer's verification key",
            Fault::WrongEcho => "claims to have seen a frame that it does not show",
            Fault::WrongView => "shares for other commitments than were agreed on",
            Fault::BadShare => "a share that does not lie on the commitments",
            Fault::FalseComplaint => "a complaint about a share that is right",
            Fault::WrongConfirmation => "a confirmation of other keys",
        })
    }
}

impl core::error::Error for Error {}

impl From<meter_link::Error> for Error {
    fn from(error: meter_link::Error) -> Self {
        match error {
            meter_link::Error::Misuse(m) => Error::Misuse(Misuse::Link(m)),
            meter_link::Error::Malformed(m) => Error::Malformed(Malformed::Link(m)),
            meter_link::Error::Fault { culprit, fault } => Fault::Link(fault).of(culprit),
            meter_link::Error::Quorum { have, need } => Error::Quorum { have, need },
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

impl From<meter_link::Malformed> for Error {
    fn from(m: meter_link::Malformed) -> Self {
        Error::Malformed(Malformed::Link(m))
    }
}

impl Fault {
    /// The error that blames `culprit`.
    pub const fn of(self, culprit: PartyId) -> Error {
        Error::Fault { culprit, fault: self }
    }
}
