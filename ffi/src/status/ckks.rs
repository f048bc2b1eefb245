//! Which status an error of ckks-agg is.

use ckks_agg::{Error, Fault, Malformed, Misuse};

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
        Misuse::MixedPresets { .. } => S::WATTSUM_MISUSE_MIXED_PRESETS,
        Misuse::WrongKey => S::WATTSUM_MISUSE_WRONG_KEY,
        Misuse::ScaleMismatch { .. } => S::WATTSUM_MISUSE_SCALE_MISMATCH,
        Misuse::BadScale { .. } => S::WATTSUM_MISUSE_BAD_SCALE,
        Misuse::LevelMismatch { .. } => S::WATTSUM_MISUSE_LEVEL_MISMATCH,
        Misuse::DepthExhausted { .. } => S::WATTSUM_MISUSE_DEPTH_EXHAUSTED,
        Misuse::WrongPacking => S::WATTSUM_MISUSE_WRONG_PACKING,
        Misuse::WrongForm => S::WATTSUM_MISUSE_WRONG_FORM,
        Misuse::NoSwitchingKey => S::WATTSUM_MISUSE_NO_SWITCHING_KEY,
        Misuse::TooManyValues { .. } => S::WATTSUM_MISUSE_TOO_MANY_VALUES,
        Misuse::ValueBeyondBound { .. } => S::WATTSUM_MISUSE_VALUE_BEYOND_BOUND,
        Misuse::OffGrid { .. } => S::WATTSUM_MISUSE_OFF_GRID,
        Misuse::MessageBeyondModulus { .. } => S::WATTSUM_MISUSE_MESSAGE_BEYOND_MODULUS,
        Misuse::NoiseBeyondGrid { .. } => S::WATTSUM_MISUSE_NOISE_BEYOND_GRID,
        Misuse::BadFlood => S::WATTSUM_MISUSE_BAD_FLOOD,
        Misuse::AnsweredBefore => S::WATTSUM_MISUSE_ANSWERED_BEFORE,
        Misuse::WrongParty => S::WATTSUM_MISUSE_WRONG_PARTY,
        Misuse::RepeatedSeed => S::WATTSUM_MISUSE_REPEATED_SEED,
        _ => S::WATTSUM_MISUSE,
    }
}

fn of_malformed(malformed: Malformed) -> S {
    match malformed {
        Malformed::Link(malformed) => super::of::of_malformed(malformed),
        Malformed::Truncated { .. } => S::WATTSUM_MALFORMED_TRUNCATED,
        Malformed::TrailingBytes => S::WATTSUM_MALFORMED_TRAILING_BYTES,
        Malformed::NotReduced { .. } => S::WATTSUM_MALFORMED_NOT_CANONICAL,
        Malformed::UnknownPreset => S::WATTSUM_MALFORMED_UNKNOWN_PRESET,
        Malformed::BadHeader => S::WATTSUM_MALFORMED_BAD_HEADER,
        Malformed::OtherPreset { .. } => S::WATTSUM_MALFORMED_OTHER_PRESET,
        Malformed::BadBound => S::WATTSUM_MALFORMED_BAD_BOUND,
        _ => S::WATTSUM_MALFORMED,
    }
}

fn of_fault(fault: Fault) -> S {
    match fault {
        Fault::Link(fault) => super::of::of_fault(fault),
        Fault::BadCiphertext => S::WATTSUM_FAULT_BAD_CIPHERTEXT,
        Fault::NotCommitted => S::WATTSUM_FAULT_NOT_COMMITTED,
        Fault::RepeatedSeed => S::WATTSUM_FAULT_REPEATED_SEED,
        Fault::WrongList => S::WATTSUM_FAULT_OTHER_LIST,
        Fault::WrongCommitment => S::WATTSUM_FAULT_BAD_OPENING,
        Fault::BadShare => S::WATTSUM_FAULT_BAD_KEY_SHARE,
        Fault::WrongAggregate => S::WATTSUM_FAULT_WRONG_AGGREGATE,
        _ => S::WATTSUM_FAULT,
    }
}

#[cfg(test)]
mod tests {
    /// A new variant of the crate must get a number here.
    #[test]
    fn every_variant_has_its_own_status() {
        let of = include_str!("ckks.rs");
        let errors = include_str!("../../../ckks-agg/src/error.rs");
        let mut seen = 0;
        for class in ["Misuse", "Malformed", "Fault"] {
            let start = std::format!("pub enum {class} {{");
            let body = errors.split_once(&start).unwrap().1.split_once("\n}").unwrap().0;
            let names = body.lines().filter_map(|line| line.strip_prefix("    ")?.strip_suffix([',', '{']));
            let names = names.map(str::trim_end).filter(|name| name.starts_with(char::is_uppercase));
            // Those of meter-link are looked at in of.rs.
            for name in names.filter(|name| !name.starts_with("Link(")) {
                let [plain, fields] =
                    ["", " { .. }"].map(|with| std::format!("        {class}::{name}{with} => S::"));
                assert!(of.contains(&plain) || of.contains(&fields), "{class}::{name}");
                seen += 1;
            }
        }
        assert_eq!(seen, 32);
    }
}
