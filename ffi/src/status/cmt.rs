//! Which status an error of cmt-ring is.

use cmt_ring::{Error, Fault, Misuse};

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
            Error::Malformed(malformed) => super::of::of_malformed(malformed),
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
        Misuse::RingTooSmall => S::WATTSUM_MISUSE_RING_TOO_SMALL,
        Misuse::WrongMode => S::WATTSUM_MISUSE_WRONG_MODE,
        Misuse::NotSeated => S::WATTSUM_MISUSE_NOT_SEATED,
        Misuse::GenerationUsed => S::WATTSUM_MISUSE_GENERATION_USED,
        Misuse::NoRing => S::WATTSUM_MISUSE_NO_RING,
        Misuse::TermOver => S::WATTSUM_MISUSE_TERM_OVER,
        Misuse::NoTerms => S::WATTSUM_MISUSE_NO_TERMS,
        Misuse::NotLicensed => S::WATTSUM_MISUSE_NOT_LICENSED,
        Misuse::NoClaim => S::WATTSUM_MISUSE_NO_CLAIM,
        Misuse::NotAgreed => S::WATTSUM_MISUSE_NOT_AGREED,
        _ => S::WATTSUM_MISUSE,
    }
}

fn of_fault(fault: Fault) -> S {
    match fault {
        Fault::Link(fault) => super::of::of_fault(fault),
        Fault::WrongGeneration => S::WATTSUM_FAULT_WRONG_GENERATION,
        Fault::BadToken => S::WATTSUM_FAULT_BAD_TOKEN,
        Fault::BadTokenLink => S::WATTSUM_FAULT_BAD_TOKEN_LINK,
        Fault::NotConcentrator => S::WATTSUM_FAULT_NOT_CONCENTRATOR,
        Fault::NotNeighbour => S::WATTSUM_FAULT_NOT_NEIGHBOUR,
        Fault::BadLicence => S::WATTSUM_FAULT_BAD_LICENCE,
        Fault::TooEarly => S::WATTSUM_FAULT_TOO_EARLY,
        Fault::WrongMembers => S::WATTSUM_FAULT_WRONG_MEMBERS,
        _ => S::WATTSUM_FAULT,
    }
}

#[cfg(test)]
mod tests {
    /// A new variant of the crate must get a number here.
    #[test]
    fn every_variant_has_its_own_status() {
        let of = include_str!("cmt.rs");
        let errors = include_str!("../../../cmt-ring/src/error.rs");
        let mut seen = 0;
        for class in ["Misuse", "Fault"] {
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
        assert_eq!(seen, 18);
    }
}
