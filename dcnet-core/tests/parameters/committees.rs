//! Holders drawn from the roster.

use dcnet_core::Misuse;
use dcnet_core::parameters::{MOST_COLLUDING, committee, committee_fails};
use meter_link::answer::Threshold;

#[test]
fn sizes_of_the_design() {
    assert_eq!(committee(0.05, 40), Threshold::new(61, 41, 20));
    assert_eq!(committee(0.10, 40), Threshold::new(124, 83, 41));
    assert_eq!(committee(0.0, 40), Threshold::new(4, 3, 1));
    assert_eq!(committee(MOST_COLLUDING, 40).map(|t| t.answerers()), Ok(238));
}

#[test]
fn one_size_smaller_is_too_small() {
    for (colluding, most) in [(0.05, 19), (0.10, 40), (0.15, 78)] {
        assert!(committee_fails(3 * most + 1, most, colluding) > 2f64.powi(-40));
        let more = most + 1;
        assert!(committee_fails(3 * more + 1, more, colluding) <= 2f64.powi(-40));
    }
}

/// Four, three of whom open: more than one colludes in 6·0.01·0.81 + 4·0.001·0.9 + 0.0001 of the epochs.
#[test]
fn four_drawn_holders_fail_in_five_percent_of_the_epochs() {
    let fails = committee_fails(4, 1, 0.1);
    assert!((fails - 0.0523).abs() < 1e-12, "{fails}");
}

#[test]
fn refuses_what_no_committee_withstands() {
    for colluding in [0.1500001, 0.2, 1.0 / 3.0, 1.0, 7.0, -0.01, f64::NAN, f64::INFINITY, -f64::INFINITY] {
        assert_eq!(committee(colluding, 40), Err(Misuse::BadParameter.into()), "{colluding}");
    }
    for bits in [0, 129, u32::MAX] {
        assert_eq!(committee(0.05, bits), Err(Misuse::BadParameter.into()));
    }
    // 255 holders are the most that a quorum can number.
    assert_eq!(committee(0.15, 60), Err(Misuse::BadParameter.into()));
}
