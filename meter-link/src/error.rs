//! What can go wrong below the protocols.

use core::fmt;

use crate::id::PartyId;

/// Every failure of this crate. Carries no secret and no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The calling code is wrong; received data can never cause it.
    Misuse(Misuse),
    /// Bytes that are no message of this version.
    Malformed(Malformed),
    /// A party broke the rules, or somebody in its name: drop what was received and go on. **Exclude nobody for
    /// it** before reading what [`Fault`] says about evidence.
    Fault {
        /// Who; for many faults only whose name the bytes bear.
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
    /// Answers that were each acceptable do not fit together.
    Inconsistent,
}

/// Mistakes of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Misuse {
    /// A round number of 2^32 or more.
    RoundTooLarge,
    /// The round is outside the epoch, or the epoch ends before it begins.
    RoundOutsideEpoch,
    /// The own round is more than two away from `now`.
    RoundFarFromNow,
    /// A reading was contributed for this time stamp already, by this device in any protocol.
    TimeAlreadyUsed,
    /// The device has no such channel.
    UnknownChannel,
    /// The reading does not have `channels` values.
    WrongChannels,
    /// A value beyond `max_reading`; see `Carry`.
    ReadingTooLarge,
    /// `parties × max_reading` would leave the field.
    SumCouldOverflow,
    /// A parameter that must not be zero is zero, or is beyond what the wire can carry.
    BadParameter,
    /// Fewer meters than the minimum were asked for as a minimum.
    MinimumTooSmall,
    /// A group without meters.
    EmptyGroup,
    /// An output buffer of the wrong length.
    WrongLength,
    /// The party asked for a key with itself.
    SelfAsPeer,
    /// The caller is not the party this step belongs to.
    WrongRole,
    /// A quorum that is no strictly increasing list of the right length.
    BadQuorum,
    /// A party that is not in the roster.
    UnknownParty,
    /// An epoch of another session, or with another number of answerers, than the parameters say.
    WrongSession,
    /// Answerers, threshold and colluders that do not go together.
    BadThreshold,
    /// The beacon's publication time has not come.
    BeaconNotOut,
    /// The step does not follow from the state the role is in.
    OutOfOrder,
    /// Bills, where the parameters have no windows.
    NoWindows,
    /// Bills that would leave a small block of readings open.
    NotBillable,
    /// A meter that is in both of two partial sums.
    CountedTwice,
    /// A value that the register cannot show.
    RegisterTooLarge,
    /// The scaler of a register would drop digits that are not zero; see `register::Kept`.
    ReadingNotWhole,
    /// More than the interval can have brought: the register was set back, or is another meter's.
    ReadingImplausible,
}

/// Ways in which bytes can fail to be a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// Fewer bytes than the message has.
    Truncated,
    /// More bytes than the message has.
    TrailingBytes,
    /// A protocol number that is not this protocol's.
    WrongProtocol,
    /// A wire version that is not known.
    UnknownVersion,
    /// A message kind that is not the expected one.
    WrongKind,
    /// Flag bits that this kind does not have.
    UnknownFlags,
    /// A field element of p or more.
    NotCanonical,
    /// A role that does not exist.
    UnknownRole,
    /// A set encoding that does not exist, is not ascending, or has bits beyond the roster.
    BadSet,
    /// An answer for another kind of query.
    WrongAnswerKind,
    /// A quorum with a wrong count or numbers beyond the answerers.
    BadQuorum,
    /// A stored record of an unknown version, or damaged.
    BadRecord,
    /// A field whose value the table in docs/wire.md excludes.
    BadField,
}

/// What a party can be blamed for.
///
/// # Security
/// A fault tells what the received bytes show, and that is seldom enough to exclude a party: who does so for
/// the wrong ones lets anybody on the line silence whom he likes.
///
/// **No evidence**: a party that keeps to every rule can be named.
/// * Nothing is authenticated yet, and the name is what the bytes claim: [`BadSignature`](Fault::BadSignature),
///   [`BadTag`](Fault::BadTag), [`BadSeal`](Fault::BadSeal), [`WrongGroup`](Fault::WrongGroup),
///   [`UnknownSender`](Fault::UnknownSender), [`ReservedId`](Fault::ReservedId), and also, since they are checked
///   first, [`WrongEpoch`](Fault::WrongEpoch), [`RoundFarFromNow`](Fault::RoundFarFromNow),
///   [`NotInQuorum`](Fault::NotInQuorum).
/// * A true frame, that the network repeats, delays or takes elsewhere: those three again,
///   [`WrongRound`](Fault::WrongRound), [`RoundClosed`](Fault::RoundClosed), [`WrongPass`](Fault::WrongPass),
///   [`WrongSet`](Fault::WrongSet), [`NotExpected`](Fault::NotExpected), [`NotInOpen`](Fault::NotInOpen),
///   [`ChainBroken`](Fault::ChainBroken).
/// * It depends on the own clock, or on lists that the caller handed in:
///   [`RosterAfterBeacon`](Fault::RosterAfterBeacon), [`BadProof`](Fault::BadProof).
/// * Of two parties the later is named: [`DuplicateId`](Fault::DuplicateId), [`CopiedKey`](Fault::CopiedKey).
/// * It may happen to an honest utility: [`NotInSet`](Fault::NotInSet),
///   [`TooFewNeighbours`](Fault::TooFewNeighbours), [`WindowOpen`](Fault::WindowOpen); where parties have missed
///   rounds, or lost their counts, [`TooManyChanges`](Fault::TooManyChanges), [`NotBillable`](Fault::NotBillable).
/// * It may be a meter's doing, who sent corrections that are no sharing: [`WrongAnswer`](Fault::WrongAnswer).
///
/// **Evidence**, with the frames kept, for all who know the signer's identity:
/// [`LowOrderKey`](Fault::LowOrderKey) in a signed announcement; [`SetTooSmall`](Fault::SetTooSmall) of a signed
/// Open, or of a Close with its Open; [`Contradiction`](Fault::Contradiction) between two signed frames (two
/// Closes: over different sets, as another quorum may be asked for the same one). Two contradicting frames with
/// *tags* convince their receiver alone, which could have made both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The Ed25519 signature does not verify under the certified identity.
    BadSignature,
    /// The tag does not verify.
    BadTag,
    /// The sealed box does not open.
    BadSeal,
    /// The public key is of low order: the shared secret would be zero.
    LowOrderKey,
    /// The party announced our own public key as its own.
    CopiedKey,
    /// The id is taken, in this role or another.
    DuplicateId,
    /// The utility's id 0 in another role, or another id as utility.
    ReservedId,
    /// The party is not in the roster.
    UnknownSender,
    /// The frame is of another group.
    WrongGroup,
    /// The frame is of another epoch.
    WrongEpoch,
    /// The frame is of another round.
    WrongRound,
    /// The round is more than two away from now.
    RoundFarFromNow,
    /// A second, different message where only one is allowed.
    Contradiction,
    /// A roster root that came at or after the beacon's publication time.
    RosterAfterBeacon,
    /// The Merkle proof does not lead to the root.
    BadProof,
    /// A set below the minimum, or with too few of the present meters.
    SetTooSmall,
    /// A set with a meter that the Open does not name present.
    NotInOpen,
    /// The own bit is missing.
    NotInSet,
    /// The hash chain names another predecessor.
    ChainBroken,
    /// An answerer is asked that is not in the quorum.
    NotInQuorum,
    /// An answer over another set than the closed one.
    WrongSet,
    /// The round was closed already.
    RoundClosed,
    /// A Close or repair of another pass.
    WrongPass,
    /// A frame that nobody waits for: from a meter that the Open does not name present, say.
    NotExpected,
    /// A Close that leaves the meter with too few neighbours.
    TooFewNeighbours,
    /// A set with a meter that has come and gone too often.
    TooManyChanges,
    /// A query for a window that is not over, or not yet.
    WindowOpen,
    /// A query for bills that would leave a small block of readings open.
    NotBillable,
    /// A raw answer that does not lie on the polynomial of the others.
    WrongAnswer,
    /// The same answerer's statement twice.
    RepeatedStatement,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Misuse(m) => write!(f, "misuse: {m}"),
            Error::Malformed(m) => write!(f, "malformed: {m}"),
            Error::Fault { culprit, fault } => write!(f, "party {culprit}: {fault}"),
            Error::Quorum { have, need } => write!(f, "{have} parties where {need} are needed"),
            Error::Inconsistent => f.write_str("the answers do not fit together"),
        }
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Misuse::RoundTooLarge => "rounds must be below 2^32",
            Misuse::RoundOutsideEpoch => "the round is not in the epoch",
            Misuse::RoundFarFromNow => "the round is more than two away from now",
            Misuse::TimeAlreadyUsed => "a reading of this time or a later one was contributed already",
            Misuse::UnknownChannel => "the device has no such channel",
            Misuse::WrongChannels => "the reading has another number of channels",
            Misuse::ReadingTooLarge => "the reading is beyond max_reading",
            Misuse::SumCouldOverflow => "parties times max_reading must stay below p/2",
            Misuse::BadParameter => "a parameter is zero or too large",
            Misuse::MinimumTooSmall => "the minimum of meters is too small",
            Misuse::EmptyGroup => "a group without meters",
            Misuse::WrongLength => "a buffer has the wrong length",
            Misuse::SelfAsPeer => "a party is not its own peer",
            Misuse::WrongRole => "this step belongs to another role",
            Misuse::BadQuorum => "the quorum is no ascending list of the right length",
            Misuse::UnknownParty => "the party is not in the roster",
            Misuse::WrongSession => "the epoch is not one of these parameters",
            Misuse::BadThreshold => "threshold and answerers, or colluders among them, do not go together",
            Misuse::BeaconNotOut => "the beacon cannot be out yet",
            Misuse::OutOfOrder => "the step does not follow from the present state",
            Misuse::NoWindows => "the parameters have no windows",
            Misuse::NotBillable => "the rules of windows do not allow these bills",
            Misuse::CountedTwice => "a meter is in both partial sums",
            Misuse::RegisterTooLarge => "the register cannot show this value",
            Misuse::ReadingNotWhole => "the scaler would drop digits that are not zero",
            Misuse::ReadingImplausible => "more than the interval can have brought",
        })
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Malformed::Truncated => "too few bytes",
            Malformed::TrailingBytes => "trailing bytes",
            Malformed::WrongProtocol => "another protocol",
            Malformed::UnknownVersion => "unknown wire version",
            Malformed::WrongKind => "another kind of message",
            Malformed::UnknownFlags => "unknown flags",
            Malformed::NotCanonical => "a field element that is not reduced",
            Malformed::UnknownRole => "unknown role",
            Malformed::BadSet => "a set that is not well formed",
            Malformed::WrongAnswerKind => "an answer to another kind of query",
            Malformed::BadQuorum => "a quorum that is not well formed",
            Malformed::BadRecord => "a stored record that is damaged or of another version",
            Malformed::BadField => "a field with an excluded value",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Fault::BadSignature => "wrong signature",
            Fault::BadTag => "wrong tag",
            Fault::BadSeal => "the sealed message does not open",
            Fault::LowOrderKey => "public key of low order",
            Fault::CopiedKey => "announced our own public key",
            Fault::DuplicateId => "the id is taken",
            Fault::ReservedId => "id 0 is the utility's, and only the utility's",
            Fault::UnknownSender => "not in the roster",
            Fault::WrongGroup => "frame of another group",
            Fault::WrongEpoch => "frame of another epoch",
            Fault::WrongRound => "frame of another round",
            Fault::RoundFarFromNow => "round far from now",
            Fault::Contradiction => "two different messages where one is allowed",
            Fault::RosterAfterBeacon => "roster root not before its beacon",
            Fault::BadProof => "the inclusion proof does not lead to the root",
            Fault::SetTooSmall => "the set is too small",
            Fault::NotInOpen => "the set names a meter that was not present",
            Fault::NotInSet => "the own bit is missing from the set",
            Fault::ChainBroken => "the hash chain names another predecessor",
            Fault::NotInQuorum => "asked outside the quorum",
            Fault::WrongSet => "answer over another set",
            Fault::RoundClosed => "the round is closed",
            Fault::WrongPass => "a Close or repair of another pass",
            Fault::NotExpected => "nobody waits for this frame",
            Fault::TooFewNeighbours => "too few neighbours are left",
            Fault::TooManyChanges => "the set has a meter that comes and goes too often",
            Fault::WindowOpen => "the window is not over",
            Fault::NotBillable => "bills that would leave few readings open",
            Fault::WrongAnswer => "an answer that does not fit the others",
            Fault::RepeatedStatement => "the same statement twice",
        })
    }
}

impl core::error::Error for Error {}

impl From<Misuse> for Error {
    fn from(m: Misuse) -> Self {
        Error::Misuse(m)
    }
}

impl From<Malformed> for Error {
    fn from(m: Malformed) -> Self {
        Error::Malformed(m)
    }
}

impl Fault {
    /// The error that blames `culprit`.
    pub const fn of(self, culprit: PartyId) -> Error {
        Error::Fault { culprit, fault: self }
    }
}
