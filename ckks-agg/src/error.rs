//! What can go wrong: the errors of meter-link, and those of scales, levels, bounds and keys.

use core::fmt;

use meter_link::PartyId;

use crate::preset::Preset;
use crate::scale::Scale;

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
    /// What came in was acceptable each, and does not fit together.
    Inconsistent,
}

/// Mistakes of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// As in meter-link.
    Link(meter_link::Misuse),
    /// Things of two presets in one operation.
    MixedPresets {
        /// That of the first.
        have: Preset,
        /// That of the second.
        other: Preset,
    },
    /// Things of two keys in one operation, or the wrong key.
    WrongKey,
    /// Ciphertexts or plaintexts of two scales.
    ScaleMismatch {
        /// That of the first.
        have: Scale,
        /// That of the second.
        other: Scale,
    },
    /// A scale that the preset or the packing does not allow.
    BadScale {
        /// log₂ of it, rounded up.
        bits: i16,
    },
    /// Ciphertexts of two levels.
    LevelMismatch {
        /// That of the first.
        have: u8,
        /// That of the second.
        other: u8,
    },
    /// The operation takes a level that is not there: nothing is left to rescale with.
    DepthExhausted {
        /// The ciphertext's.
        level: u8,
        /// The least that it takes.
        need: u8,
    },
    /// Ciphertexts of two packings, or an operation that the packing does not have.
    WrongPacking,
    /// A ciphertext that has to be relinearised first, or that need not be.
    WrongForm,
    /// The preset has no prime to switch keys with, or the keys for this operation are not given.
    NoSwitchingKey,
    /// More values than the packing has room for, or fewer than the operation takes.
    TooManyValues {
        /// How many there are.
        have: u32,
        /// How many there may be.
        most: u32,
    },
    /// A value that is no number, or beyond the bound.
    ValueBeyondBound {
        /// Which.
        position: u32,
        /// log₂ of the bound, rounded down.
        bits: i16,
    },
    /// A value between two steps of the grid, where values must lie on it.
    OffGrid {
        /// Which.
        position: u32,
    },
    /// The message can leave what the level's primes hold.
    MessageBeyondModulus {
        /// Bits that message and error can have.
        have: u16,
        /// Bits that there are.
        most: u16,
        /// The ciphertext's level.
        level: u8,
    },
    /// Error and flood can be too large to be rounded away.
    NoiseBeyondGrid {
        /// Bits that they can have.
        have: u16,
        /// Bits that they may have.
        most: u16,
    },
    /// Flooding for more answers than the key was made for, or for none.
    BadFlood,
    /// A second answer for a polynomial that was answered.
    AnsweredBefore,
    /// A number of parties, or a party's number, that the key ceremony does not have.
    WrongParty,
    /// A public seed that was used under this key before.
    RepeatedSeed,
}

/// Ways in which bytes can fail to be a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// As in meter-link.
    Link(meter_link::Malformed),
    /// A preset that this version does not know.
    UnknownPreset,
    /// Of another preset than what they are read for.
    OtherPreset {
        /// That of the bytes.
        have: Preset,
        /// What they are read for.
        need: Preset,
    },
    /// A form, level, packing or scale that there is not.
    BadHeader,
    /// Fewer bytes than there must be.
    Truncated {
        /// How many there are.
        have: u32,
        /// How many there must be.
        need: u32,
    },
    /// More bytes than there must be.
    TrailingBytes,
    /// A residue that is not below its prime.
    NotReduced {
        /// Which prime of the chain, from 0.
        prime: u8,
    },
    /// A bound that is no number or negative.
    BadBound,
}

/// What a party can be blamed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// As in meter-link.
    Link(meter_link::Fault),
    /// Bytes that are no ciphertext of the session where one belongs.
    BadCiphertext,
    /// A ciphertext that its sender had not committed to before the list of commitments was certified.
    NotCommitted,
    /// A public seed that stands in another ciphertext under the same key.
    RepeatedSeed,
    /// The list is not that of the round.
    WrongList,
    /// Key ceremony: a share that is not the one that was committed to.
    WrongCommitment,
    /// Key ceremony: bytes that are no share of this kind.
    BadShare,
    /// Another aggregate than the one that was agreed on.
    WrongAggregate,
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
        match self {
            Misuse::Link(m) => m.fmt(f),
            Misuse::MixedPresets { have, other } => write!(f, "preset {have:?} mixed with {other:?}"),
            Misuse::WrongKey => f.write_str("made under another key"),
            Misuse::ScaleMismatch { have, other } => write!(f, "scale {have} against scale {other}"),
            Misuse::BadScale { bits } => write!(f, "a scale of 2^{bits} is not possible here"),
            Misuse::LevelMismatch { have, other } => write!(f, "level {have} against level {other}"),
            Misuse::DepthExhausted { level, need } => {
                write!(f, "at level {level}, where level {need} is needed")
            }
            Misuse::WrongPacking => f.write_str("not possible with this packing"),
            Misuse::WrongForm => f.write_str("not possible with a ciphertext of this form"),
            Misuse::NoSwitchingKey => f.write_str("no key to switch with"),
            Misuse::TooManyValues { have, most } => write!(f, "{have} values where {most} are possible"),
            Misuse::ValueBeyondBound { position, bits } => {
                write!(f, "value {position} is no number within 2^{bits}")
            }
            Misuse::OffGrid { position } => write!(f, "value {position} is not on the grid"),
            Misuse::MessageBeyondModulus { have, most, level } => {
                write!(f, "the message can have {have} bits, level {level} has {most}")
            }
            Misuse::NoiseBeyondGrid { have, most } => {
                write!(f, "the error can have {have} bits where {most} can be rounded away")
            }
            Misuse::BadFlood => f.write_str("flooding for no or too many answers"),
            Misuse::AnsweredBefore => f.write_str("this polynomial has been answered"),
            Misuse::WrongParty => f.write_str("not a party of this key"),
            Misuse::RepeatedSeed => f.write_str("this public seed has been used"),
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Malformed::Link(m) => m.fmt(f),
            Malformed::UnknownPreset => f.write_str("an unknown preset"),
            Malformed::OtherPreset { have, need } => write!(f, "of preset {have:?} where {need:?} belongs"),
            Malformed::BadHeader => f.write_str("an unknown form, level, packing or scale"),
            Malformed::Truncated { have, need } => write!(f, "{have} bytes where {need} are needed"),
            Malformed::TrailingBytes => f.write_str("bytes after the end"),
            Malformed::NotReduced { prime } => write!(f, "a residue beyond prime {prime}"),
            Malformed::BadBound => f.write_str("a bound that is none"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::Link(fault) => return fault.fmt(f),
            Fault::BadCiphertext => "not a ciphertext of this session",
            Fault::NotCommitted => "a ciphertext without commitment",
            Fault::RepeatedSeed => "a public seed for the second time",
            Fault::WrongList => "another list",
            Fault::WrongCommitment => "not what was committed to",
            Fault::BadShare => "not a share",
            Fault::WrongAggregate => "another aggregate than was agreed on",
        })
    }
}

impl fmt::Display for Scale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (log2, primes, times) = self.parts();
        write!(f, "2^{log2}")?;
        if times != 1 {
            write!(f, "·{times}")?;
        }
        for (place, exponent) in primes.iter().enumerate().filter(|(_, exponent)| **exponent != 0) {
            write!(f, "·q{place}^{exponent}")?;
        }
        Ok(())
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
