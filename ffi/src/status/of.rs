//! Which status an error of the library is.

use meter_link::{Error, Fault, Malformed, Misuse};

use super::wattsum_status as S;

impl From<Error> for S {
    fn from(error: Error) -> Self {
        match error {
            Error::Misuse(misuse) => of_misuse(misuse),
            Error::Malformed(malformed) => of_malformed(malformed),
            Error::Fault { fault, .. } => of_fault(fault),
            Error::Quorum { .. } => S::WATTSUM_QUORUM,
            Error::Inconsistent => S::WATTSUM_INCONSISTENT,
            _ => S::WATTSUM_UNKNOWN,
        }
    }
}

// The enums may grow, so each match has a last arm; a test finds the variants that fall through.

pub(super) fn of_misuse(misuse: Misuse) -> S {
    match misuse {
        Misuse::RoundTooLarge => S::WATTSUM_MISUSE_ROUND_TOO_LARGE,
        Misuse::RoundOutsideEpoch => S::WATTSUM_MISUSE_ROUND_OUTSIDE_EPOCH,
        Misuse::RoundFarFromNow => S::WATTSUM_MISUSE_ROUND_FAR_FROM_NOW,
        Misuse::TimeAlreadyUsed => S::WATTSUM_MISUSE_TIME_ALREADY_USED,
        Misuse::UnknownChannel => S::WATTSUM_MISUSE_UNKNOWN_CHANNEL,
        Misuse::WrongChannels => S::WATTSUM_MISUSE_WRONG_CHANNELS,
        Misuse::ReadingTooLarge => S::WATTSUM_MISUSE_READING_TOO_LARGE,
        Misuse::SumCouldOverflow => S::WATTSUM_MISUSE_SUM_COULD_OVERFLOW,
        Misuse::BadParameter => S::WATTSUM_MISUSE_BAD_PARAMETER,
        Misuse::MinimumTooSmall => S::WATTSUM_MISUSE_MINIMUM_TOO_SMALL,
        Misuse::EmptyGroup => S::WATTSUM_MISUSE_EMPTY_GROUP,
        Misuse::WrongLength => S::WATTSUM_MISUSE_WRONG_LENGTH,
        Misuse::SelfAsPeer => S::WATTSUM_MISUSE_SELF_AS_PEER,
        Misuse::WrongRole => S::WATTSUM_MISUSE_WRONG_ROLE,
        Misuse::BadQuorum => S::WATTSUM_MISUSE_BAD_QUORUM,
        Misuse::UnknownParty => S::WATTSUM_MISUSE_UNKNOWN_PARTY,
        Misuse::WrongSession => S::WATTSUM_MISUSE_WRONG_SESSION,
        Misuse::BadThreshold => S::WATTSUM_MISUSE_BAD_THRESHOLD,
        Misuse::BeaconNotOut => S::WATTSUM_MISUSE_BEACON_NOT_OUT,
        Misuse::OutOfOrder => S::WATTSUM_MISUSE_OUT_OF_ORDER,
        Misuse::NoWindows => S::WATTSUM_MISUSE_NO_WINDOWS,
        Misuse::NotBillable => S::WATTSUM_MISUSE_NOT_BILLABLE,
        Misuse::CountedTwice => S::WATTSUM_MISUSE_COUNTED_TWICE,
        Misuse::RegisterTooLarge => S::WATTSUM_MISUSE_REGISTER_TOO_LARGE,
        Misuse::ReadingNotWhole => S::WATTSUM_MISUSE_READING_NOT_WHOLE,
        Misuse::ReadingImplausible => S::WATTSUM_MISUSE_READING_IMPLAUSIBLE,
        _ => S::WATTSUM_MISUSE,
    }
}

pub(super) fn of_malformed(malformed: Malformed) -> S {
    match malformed {
        Malformed::Truncated => S::WATTSUM_MALFORMED_TRUNCATED,
        Malformed::TrailingBytes => S::WATTSUM_MALFORMED_TRAILING_BYTES,
        Malformed::WrongProtocol => S::WATTSUM_MALFORMED_WRONG_PROTOCOL,
        Malformed::UnknownVersion => S::WATTSUM_MALFORMED_UNKNOWN_VERSION,
        Malformed::WrongKind => S::WATTSUM_MALFORMED_WRONG_KIND,
        Malformed::UnknownFlags => S::WATTSUM_MALFORMED_UNKNOWN_FLAGS,
        Malformed::NotCanonical => S::WATTSUM_MALFORMED_NOT_CANONICAL,
        Malformed::UnknownRole => S::WATTSUM_MALFORMED_UNKNOWN_ROLE,
        Malformed::BadSet => S::WATTSUM_MALFORMED_BAD_SET,
        Malformed::WrongAnswerKind => S::WATTSUM_MALFORMED_WRONG_ANSWER_KIND,
        Malformed::BadQuorum => S::WATTSUM_MALFORMED_BAD_QUORUM,
        Malformed::BadRecord => S::WATTSUM_MALFORMED_BAD_RECORD,
        Malformed::BadField => S::WATTSUM_MALFORMED_BAD_FIELD,
        _ => S::WATTSUM_MALFORMED,
    }
}

pub(super) fn of_fault(fault: Fault) -> S {
    match fault {
        Fault::BadSignature => S::WATTSUM_FAULT_BAD_SIGNATURE,
        Fault::BadTag => S::WATTSUM_FAULT_BAD_TAG,
        Fault::BadSeal => S::WATTSUM_FAULT_BAD_SEAL,
        Fault::LowOrderKey => S::WATTSUM_FAULT_LOW_ORDER_KEY,
        Fault::CopiedKey => S::WATTSUM_FAULT_COPIED_KEY,
        Fault::DuplicateId => S::WATTSUM_FAULT_DUPLICATE_ID,
        Fault::ReservedId => S::WATTSUM_FAULT_RESERVED_ID,
        Fault::UnknownSender => S::WATTSUM_FAULT_UNKNOWN_SENDER,
        Fault::WrongGroup => S::WATTSUM_FAULT_WRONG_GROUP,
        Fault::WrongEpoch => S::WATTSUM_FAULT_WRONG_EPOCH,
        Fault::WrongRound => S::WATTSUM_FAULT_WRONG_ROUND,
        Fault::RoundFarFromNow => S::WATTSUM_FAULT_ROUND_FAR_FROM_NOW,
        Fault::Contradiction => S::WATTSUM_FAULT_CONTRADICTION,
        Fault::RosterAfterBeacon => S::WATTSUM_FAULT_ROSTER_AFTER_BEACON,
        Fault::BadProof => S::WATTSUM_FAULT_BAD_PROOF,
        Fault::SetTooSmall => S::WATTSUM_FAULT_SET_TOO_SMALL,
        Fault::NotInOpen => S::WATTSUM_FAULT_NOT_IN_OPEN,
        Fault::NotInSet => S::WATTSUM_FAULT_NOT_IN_SET,
        Fault::ChainBroken => S::WATTSUM_FAULT_CHAIN_BROKEN,
        Fault::NotInQuorum => S::WATTSUM_FAULT_NOT_IN_QUORUM,
        Fault::WrongSet => S::WATTSUM_FAULT_WRONG_SET,
        Fault::RoundClosed => S::WATTSUM_FAULT_ROUND_CLOSED,
        Fault::WrongPass => S::WATTSUM_FAULT_WRONG_PASS,
        Fault::NotExpected => S::WATTSUM_FAULT_NOT_EXPECTED,
        Fault::TooFewNeighbours => S::WATTSUM_FAULT_TOO_FEW_NEIGHBOURS,
        Fault::TooManyChanges => S::WATTSUM_FAULT_TOO_MANY_CHANGES,
        Fault::WindowOpen => S::WATTSUM_FAULT_WINDOW_OPEN,
        Fault::NotBillable => S::WATTSUM_FAULT_NOT_BILLABLE,
        Fault::WrongAnswer => S::WATTSUM_FAULT_WRONG_ANSWER,
        Fault::RepeatedStatement => S::WATTSUM_FAULT_REPEATED_STATEMENT,
        _ => S::WATTSUM_FAULT,
    }
}

#[cfg(test)]
mod tests {
    /// A new variant of meter-link must get a number here.
    #[test]
    fn every_variant_has_its_own_status() {
        let of = include_str!("of.rs");
        let errors = include_str!("../../../meter-link/src/error.rs");
        let mut seen = 0;
        for class in ["Misuse", "Malformed", "Fault"] {
            let start = std::format!("pub enum {class} {{");
            let body = errors.split_once(&start).unwrap().1.split_once("\n}").unwrap().0;
            let variants = body.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(','));
            for variant in variants {
                assert!(
                    of.contains(&std::format!("        {class}::{variant} => S::")),
                    "{class}::{variant}"
                );
                seen += 1;
            }
        }
        assert!(seen >= 66, "{seen}");
    }
}
