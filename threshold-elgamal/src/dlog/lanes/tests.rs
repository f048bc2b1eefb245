#![allow(clippy::arithmetic_side_effects)] // clippy does not see that these are tests

use alloc::vec;
use proptest::prelude::*;

use super::super::build::octuple;
use super::super::fan::Fan;
use super::*;

/// Whether lanes and one at a time agree about what they give.
fn agree(fan: &Fan, centres: &[Point], first: usize, last: usize, lanes: &mut Option<Lanes>) {
    let (mut with, mut without) = (Keys::default(), Keys::default());
    // What is there from before does not matter.
    for sums in [&mut with.ahead, &mut with.behind, &mut without.ahead] {
        *sums = vec![1; 5000];
    }
    let results = [
        fan.spread(centres, first, last, lanes, &mut with),
        fan.spread(centres, first, last, &mut None, &mut without),
    ];
    assert_eq!(results, [Ok(()), Ok(())]);
    let count = centres.len() * (first..=last).count();
    assert_eq!([with.ahead.len(), with.behind.len()], [count; 2]);
    assert!(with.ahead == without.ahead && with.behind == without.behind, "{first} {last}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn lanes_give_the_same_keys(
        step in 1u64..1 << 50,
        centres in prop::collection::vec(1u64 << 61..1 << 63, 1..9),
        spans in prop::collection::vec((1usize..512, 0usize..512), 1..4),
    ) {
        let mut lanes = Lanes::detect();
        if lanes.is_some() {
            let fan = Fan::new(&octuple(step).unwrap());
            let centres: Vec<_> = centres.into_iter().map(|factor| octuple(factor).unwrap()).collect();
            for (first, more) in spans {
                agree(&fan, &centres, first, first.saturating_add(more).min(REACH), &mut lanes);
            }
        }
    }
}

#[test]
fn a_centre_that_is_an_offset_is_met() {
    let (fan, mut keys, mut lanes) = (Fan::new(&octuple(3).unwrap()), Keys::default(), Lanes::detect());
    let centres = [1, 2, 3 * 77, 4].map(|factor| octuple(factor).unwrap());
    let met = fan.spread(&centres, 65, 90, &mut lanes, &mut keys).unwrap_err();
    assert_eq!((met.centre, met.offset), (2, 77));
    if lanes.is_some() {
        // Nor does it hurt where it shares a vector with what was asked for.
        let met = fan.spread(&centres, 78, 90, &mut lanes, &mut keys).unwrap_err();
        assert_eq!((met.centre, met.offset), (2, 77));
    }
    fan.spread(&centres, 81, 90, &mut lanes, &mut keys).unwrap();
}
