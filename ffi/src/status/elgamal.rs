//! Which status an error of threshold-elgamal is.

use threshold_elgamal::{Error, Fault, Malformed, Misuse};

use super::wattsum_status as S;
use crate::guard::Failure;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Fault { culprit, fault } => Failure::blaming(culprit, of_fault(fault)),
            _ => S::from(error).into(),
        }
    }
}

impl From<Misuse> for Failure {
    fn from(misuse: Misuse) -> Self {
        of_misuse(misuse).into()
    }
}

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

fn of_misuse(misuse: Misuse) -> S {
    match misuse {
        Misuse::Link(misuse) => super::of::of_misuse(misuse),
        Misuse::SumBeyondRange => S::WATTSUM_MISUSE_SUM_BEYOND_RANGE,
        Misuse::EmptyRange => S::WATTSUM_MISUSE_EMPTY_RANGE,
        Misuse::TableSize => S::WATTSUM_MISUSE_TABLE_SIZE,
        Misuse::WrongTable => S::WATTSUM_MISUSE_WRONG_TABLE,
        Misuse::WrongPair => S::WATTSUM_MISUSE_WRONG_PAIR,
        Misuse::WrongShare => S::WATTSUM_MISUSE_WRONG_SHARE,
        Misuse::WrongKeySet => S::WATTSUM_MISUSE_WRONG_KEY_SET,
        Misuse::WrongContribution => S::WATTSUM_MISUSE_WRONG_CONTRIBUTION,
        Misuse::MixedShares => S::WATTSUM_MISUSE_MIXED_SHARES,
        _ => S::WATTSUM_MISUSE,
    }
}

fn of_malformed(malformed: Malformed) -> S {
    match malformed {
        Malformed::Link(malformed) => super::of::of_malformed(malformed),
        Malformed::BadKeys => S::WATTSUM_MALFORMED_BAD_KEYS,
        Malformed::TableHeader => S::WATTSUM_MALFORMED_TABLE_HEADER,
        Malformed::TableLength => S::WATTSUM_MALFORMED_TABLE_LENGTH,
        Malformed::TableChecksum => S::WATTSUM_MALFORMED_TABLE_CHECKSUM,
        _ => S::WATTSUM_MALFORMED,
    }
}

fn of_fault(fault: Fault) -> S {
    match fault {
        Fault::Link(fault) => super::of::of_fault(fault),
        Fault::NotAPoint => S::WATTSUM_FAULT_NOT_A_POINT,
        Fault::NotAScalar => S::WATTSUM_FAULT_NOT_A_SCALAR,
        Fault::IdentityPoint => S::WATTSUM_FAULT_IDENTITY_POINT,
        Fault::RepeatedPoint => S::WATTSUM_FAULT_REPEATED_POINT,
        Fault::BadKnowledge => S::WATTSUM_FAULT_BAD_KNOWLEDGE,
        Fault::BadEquality => S::WATTSUM_FAULT_BAD_EQUALITY,
        Fault::WrongList => S::WATTSUM_FAULT_WRONG_LIST,
        Fault::WrongLength => S::WATTSUM_FAULT_WRONG_LENGTH,
        Fault::BadPossession => S::WATTSUM_FAULT_BAD_POSSESSION,
        Fault::WrongCommitment => S::WATTSUM_FAULT_WRONG_COMMITMENT,
        Fault::WrongEcho => S::WATTSUM_FAULT_WRONG_ECHO,
        Fault::WrongView => S::WATTSUM_FAULT_WRONG_VIEW,
        Fault::BadShare => S::WATTSUM_FAULT_BAD_SHARE,
        Fault::FalseComplaint => S::WATTSUM_FAULT_FALSE_COMPLAINT,
        Fault::WrongConfirmation => S::WATTSUM_FAULT_WRONG_CONFIRMATION,
        _ => S::WATTSUM_FAULT,
    }
}

#[cfg(test)]
mod tests {
    /// A new variant of the crate must get a number here.
    #[test]
    fn every_variant_has_its_own_status() {
        let of = include_str!("elgamal.rs");
        let errors = include_str!("../../../threshold-elgamal/src/error.rs");
        let mut seen = 0;
        for class in ["Misuse", "Malformed", "Fault"] {
            let start = std::format!("pub enum {class} {{");
            let body = errors.split_once(&start).unwrap().1.split_once("\n}").unwrap().0;
            let variants = body.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix(','));
            // Those of meter-link are looked at in of.rs; ranges are not offered in C.
            for variant in variants.filter(|v| !v.starts_with("Link(") && *v != "BadRange") {
                assert!(
                    of.contains(&std::format!("        {class}::{variant} => S::")),
                    "{class}::{variant}"
                );
                seen += 1;
            }
        }
        assert_eq!(seen, 28);
    }
}
