//! Parameters of a group: computed, checked, or taken at one's own risk.

use dcnet_core::parameters::parameters;
use dcnet_core::{Error, Misuse, Params, Risk};
use meter_link::answer::Threshold;
use meter_link::{GroupConfig, GroupId, GroupParams, Protocol, SetRules};

const BAD: Error = Error::Misuse(Misuse::BadParameter);
const HOLDERS: Threshold = Threshold::DEFAULT;

fn group(max_meters: u32) -> GroupParams {
    GroupParams::new(GroupConfig { max_meters, ..GroupConfig::new(Protocol::Dcnet, GroupId(1)) }).unwrap()
}

#[test]
fn weaker_numbers_are_refused_unless_the_caller_names_the_risk() {
    let risk = Risk::DEFAULT;
    let drawn = |degree, least| Params::drawn(group(1_000), HOLDERS, degree, least, &risk);
    assert!(drawn(92, 68).is_ok());
    assert!(drawn(118, 90).is_ok());
    for (degree, least) in [(92, 62), (92, 66), (80, 56), (20, 10), (4, 1)] {
        assert_eq!(drawn(degree, least), Err(BAD), "{degree} {least}");
        let bold = Params::drawn_relying_on_the_holders(group(1_000), HOLDERS, degree, least).unwrap();
        assert_eq!((bold.degree(), bold.min_neighbours()), (degree, least));
    }
    // What is enough for a thousand is not for ten thousand; less is enough against fewer.
    assert_eq!(Params::drawn(group(10_000), HOLDERS, 92, 68, &risk), Err(BAD));
    let tenth = Risk { colluding: 0.1, ..risk };
    assert!(Params::drawn(group(1_000), HOLDERS, 46, 30, &tenth).is_ok());
    assert_eq!(drawn(46, 30), Err(BAD));
    assert_eq!(Params::drawn(group(1_000), HOLDERS, 46, 30, &Risk { security: 60, ..tenth }), Err(BAD));
}

#[test]
fn risks_that_are_none() {
    for risk in [
        Risk { colluding: f64::NAN, ..Risk::DEFAULT },
        Risk { colluding: 0.5, ..Risk::DEFAULT },
        Risk { absent: -0.1, ..Risk::DEFAULT },
        Risk { absent: f64::INFINITY, ..Risk::DEFAULT },
        Risk { security: 0, ..Risk::DEFAULT },
        Risk { security: 129, ..Risk::DEFAULT },
    ] {
        assert_eq!(Params::secure(group(1_000), HOLDERS, &risk), Err(BAD), "{risk:?}");
        assert_eq!(Params::drawn(group(1_000), HOLDERS, 118, 90, &risk), Err(BAD), "{risk:?}");
    }
}

#[test]
fn secure_parameters_pass_their_own_check() {
    for max_meters in [3, 40, 256, 257, 1_000, 20_000, 1_000_000] {
        let config = GroupConfig {
            max_reading: 1_000_000,
            max_meters,
            rules: SetRules { min_honest: 3, ..SetRules::LEAST },
            ..GroupConfig::new(Protocol::Dcnet, GroupId(1))
        };
        let group = GroupParams::new(config).unwrap();
        for colluding in [0.05, 0.1, 1.0 / 3.0] {
            let risk = Risk { colluding, ..Risk::DEFAULT };
            // Three meters stay a sum of three; where one colludes it has one honest neighbour left.
            let params = Params::secure(group, HOLDERS, &risk).unwrap();
            let found = parameters(max_meters, colluding, 0.05, 40).unwrap();
            assert_eq!(params.degree(), found.degree);
            assert_eq!(params.min_neighbours(), found.min_neighbours.max(2));
            let again = Params::drawn(group, HOLDERS, params.degree(), params.min_neighbours(), &risk);
            assert_eq!(again, Ok(params));
        }
    }
}

/// Whoever has fewer distinct neighbours may lose fewer, and nobody more than its share.
#[test]
fn what_must_be_left() {
    let params = Params::secure(group(1_000), HOLDERS, &Risk::DEFAULT).unwrap();
    for (distinct, least) in [(92, 68), (91, 68), (90, 67), (88, 66), (80, 62), (79, 62), (78, 61), (0, 22)] {
        assert_eq!(params.least_left(1_000, distinct), least, "{distinct}");
    }
    // Complete graphs: 24 may be missing, whoever is there; below degree, all 68 are wanted.
    assert_eq!(params.least_left(256, 255), 231);
    assert_eq!(params.least_left(93, 92), 68);
    assert_eq!(params.least_left(60, 59), 68);
    let complete = Params::complete(group(200), HOLDERS).unwrap();
    assert_eq!(complete.least_left(200, 199), 2);
    assert_eq!(complete.least_left(100, 99), 2);
}
