//! For all numbers.

use dcnet_core::parameters::{Neighbourhood, assess, committee, parameters};
use dcnet_core::{Error, Misuse, Neighbour};
use proptest::prelude::*;

const BAD: Error = Error::Misuse(Misuse::BadParameter);

fn odd_share() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        -1e300..-f64::MIN_POSITIVE,
        0.900_001..1e300,
    ]
}

fn meters() -> impl Strategy<Value = u32> {
    prop_oneof![2u32..2_000, 2_000u32..1_000_000, Just(1_000), Just(10_000), Just(Neighbour::MAX_METERS)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn shares_that_are_none_are_refused(n in meters(), odd in odd_share(), fine in 0.0..0.9) {
        prop_assert_eq!(parameters(n, odd, fine, 40), Err(BAD));
        prop_assert_eq!(parameters(n, fine, odd, 40), Err(BAD));
        prop_assert_eq!(parameters(0, fine, odd, 40), Err(Misuse::EmptyGroup.into()));
        prop_assert_eq!(parameters(n, fine, 0.91 - fine, 40), Err(BAD));
        prop_assert_eq!(parameters(n, 0.5 + fine / 10.0, 0.05, 40), Err(BAD));
        prop_assert_eq!(parameters(n, 0.1, 0.05, 0), Err(BAD));
        prop_assert_eq!(parameters(n, 0.1, 0.05, 129), Err(BAD));
        prop_assert_eq!(parameters(Neighbour::MAX_METERS + 1, 0.1, 0.05, 40), Err(BAD));
        prop_assert_eq!(assess(n, 91, 62, 0.1, 0.05), Err(BAD));
        prop_assert!(assess(n, 92, 62, odd, 0.05).is_err());
        prop_assert_eq!(committee(odd, 40), Err(BAD));
    }

    #[test]
    fn more_security_needs_no_fewer(
        n in meters(), colluding in 0.0..0.45, absent in 0.0..0.2, bits in 1u32..=100, more in 1u32..=28,
    ) {
        if let (Ok(less), Ok(more)) =
            (parameters(n, colluding, absent, bits), parameters(n, colluding, absent, bits + more))
        {
            prop_assert!(degree(n, &less) <= degree(n, &more), "{less:?} {more:?}");
        }
    }

    #[test]
    fn more_colluders_need_no_fewer(
        n in meters(), colluding in 0.0..0.4, more in 0.0..0.1, absent in 0.0..0.2, bits in 1u32..=80,
    ) {
        if let (Ok(less), Ok(more)) =
            (parameters(n, colluding, absent, bits), parameters(n, colluding + more, absent, bits))
        {
            prop_assert!(degree(n, &less) <= degree(n, &more), "{less:?} {more:?}");
            prop_assert!(less.most_colluding <= more.most_colluding || less.distinct != more.distinct);
        }
    }

    #[test]
    fn what_comes_out_is_worth_it(
        n in meters(), colluding in 0.0..0.45, absent in 0.0..0.2, bits in 1u32..=100,
    ) {
        if let Ok(found) = parameters(n, colluding, absent, bits) {
            let worth = assess(n, found.degree, found.min_neighbours, colluding, absent).unwrap();
            prop_assert!(worth.security >= f64::from(bits), "{found:?} {worth:?}");
            prop_assert!(found.local_threshold >= found.most_colluding + found.honest);
            prop_assert!(found.local_threshold <= found.distinct && found.honest >= 1);
            prop_assert!(found.degree % 2 == 0);
        }
    }

    #[test]
    fn committees_grow(colluding in 0.0..0.14, more in 0.0..0.01, bits in 1u32..=40) {
        let size = |colluding, bits| committee(colluding, bits).map(|t| t.answerers());
        let least = size(colluding, bits).unwrap();
        prop_assert!(least <= size(colluding + more, bits).unwrap());
        prop_assert!(size(colluding, bits + 5).map_or(true, |more| least <= more));
    }
}

/// A complete graph has the largest.
fn degree(n: u32, found: &Neighbourhood) -> u32 {
    if found.degree == 0 { n } else { found.degree }
}
