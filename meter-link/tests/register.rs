//! Registers against integers without bounds.
#![allow(missing_docs, clippy::unwrap_used, clippy::arithmetic_side_effects, clippy::indexing_slicing)]

use meter_link::register::{Kept, Register};
use meter_link::{Error, Misuse};
use num_bigint::BigInt;
use proptest::prelude::*;

const ANY: u64 = u64::MAX;

/// Largest value, scaler, and two values, most of them of the register.
fn registers() -> impl Strategy<Value = (u64, i8, u64, u64)> {
    let bits = (1u32..=64).prop_map(|bits| u64::MAX >> (64 - bits));
    let digits = (1u32..=19).prop_map(|digits| 10u64.pow(digits) - 1);
    let largest = prop_oneof![bits, digits, 1u64..];
    (largest, -4i8..=3).prop_flat_map(|(largest, scaler)| {
        let near = prop_oneof![0u64..=largest.min(20_000), 0u64..=largest];
        let end = (0u64..=largest.min(20_000)).prop_map(move |below| largest - below);
        let value = prop_oneof![4 => near, 4 => end, 1 => any::<u64>()];
        (Just(largest), Just(scaler), value.clone(), value)
    })
}

/// What the interval is in units of 10^-4 billed units, where both values can be shown.
fn truth(largest: u64, scaler: i8, previous: u64, now: u64) -> Result<BigInt, Error> {
    if previous > largest || now > largest {
        return Err(Misuse::RegisterTooLarge.into());
    }
    let mut steps = BigInt::from(now) - BigInt::from(previous);
    if now < previous {
        steps += BigInt::from(largest) + 1;
    }
    Ok(steps * BigInt::from(10).pow(u32::from((scaler + 4).unsigned_abs())))
}

fn judged(units: &BigInt, plausible: u64) -> Result<i64, Error> {
    if plausible != ANY && *units > plausible.into() {
        return Err(Misuse::ReadingImplausible.into());
    }
    i64::try_from(units).map_err(|_| Misuse::ReadingTooLarge.into())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn an_interval_is_what_big_integers_say(
        (largest, scaler, previous, now) in registers(),
        plausible in prop_oneof![Just(ANY), 0u64..100_000, any::<u64>()],
    ) {
        let expected = truth(largest, scaler, previous, now).and_then(|fine| {
            if &fine % 10_000 != BigInt::from(0) {
                return Err(Misuse::ReadingNotWhole.into());
            }
            judged(&(fine / 10_000), plausible)
        });
        prop_assert_eq!(Register::new(largest, scaler).unwrap().consumed(previous, now, plausible), expected);
    }

    /// Whatever the register: what was billed, and the rest, are what it has gone up by.
    #[test]
    fn nothing_is_lost_over_intervals(
        (largest, scaler, first, _) in registers(),
        wanted in prop::collection::vec(any::<u64>(), 1..20),
        rest: u16,
    ) {
        let register = Register::new(largest, scaler).unwrap();
        // Steps of a unit, and units of a step: one of them is 1.
        let unit = 10u64.pow(u32::from(scaler.min(0).unsigned_abs()));
        let step = 10u64.pow(u32::from(scaler.max(0).unsigned_abs()));
        let modulus = u128::from(largest) + 1;
        let modulo = |value: u128| u64::try_from(value % modulus).unwrap();
        let rest = u16::try_from(u64::from(rest) % unit).unwrap();
        let mut kept = Kept::of(modulo(first.into()), rest);
        let (mut billed, mut gone_up) = (BigInt::from(0), BigInt::from(rest));
        for steps in wanted {
            let steps = modulo((steps / 40_000).into()); // i64 with a scaler of 3
            let now = modulo(u128::from(kept.value()) + u128::from(steps));
            let (value, next) = register.consumed_since(&kept, now, ANY).unwrap();
            kept = Kept::from_bytes(&next.to_bytes()).unwrap();
            prop_assert_eq!(kept.value(), now);
            prop_assert!(u64::from(kept.rest()) < unit);
            billed += value;
            gone_up += steps;
            prop_assert_eq!(&billed * unit + u64::from(kept.rest()) * step, &gone_up * step);
        }
    }
}

#[test]
fn registers_that_exist() {
    let bits = Register::bits(32, 0).unwrap();
    assert_eq!(bits.consumed(0xffff_fff0, 15, ANY), Ok(31));
    assert_eq!(bits.consumed(7, 7, 0), Ok(0));
    assert_eq!(bits.consumed(0, 0xffff_ffff, ANY), Ok(0xffff_ffff));
    assert_eq!(bits.consumed(0, 1 << 32, ANY), Err(Misuse::RegisterTooLarge.into()));
    // Eight digits of kWh with two decimals, 10 Wh a step: 999,999.99 to 0.03.
    let drum = Register::digits(8, 1).unwrap();
    assert_eq!(drum.consumed(99_999_999, 3, ANY), Ok(40));
    assert_eq!(drum.consumed(100_000_000, 3, ANY), Err(Misuse::RegisterTooLarge.into()));
    let widest = Register::bits(64, 0).unwrap();
    assert_eq!(widest.consumed(u64::MAX, 0, ANY), Ok(1));
    assert_eq!(widest.consumed(1, 0, ANY), Err(Misuse::ReadingTooLarge.into()));
    assert_eq!(widest.consumed(1, 0, 1 << 40), Err(Misuse::ReadingImplausible.into()));
    assert_eq!(widest.consumed(0, i64::MAX.unsigned_abs(), ANY), Ok(i64::MAX));
    assert_eq!(Register::bits(1, 3).unwrap().consumed(1, 0, ANY), Ok(1000));
    assert_eq!(Register::digits(19, -4).unwrap().consumed(9_999_999_999_999_999_999, 9_999, ANY), Ok(1));
    // A thousand times what u64 holds is too much, and implausible where anything is.
    let large = Register::bits(64, 3).unwrap();
    assert_eq!(large.consumed(0, u64::MAX, ANY), Err(Misuse::ReadingTooLarge.into()));
    assert_eq!(large.consumed(0, u64::MAX, ANY - 1), Err(Misuse::ReadingImplausible.into()));
}

#[test]
fn a_meter_that_was_exchanged_is_told_from_a_roll_over() {
    let register = Register::digits(8, 0).unwrap();
    let quarter_of_63_a = 10_867; // 3 × 63 A × 230 V for 15 minutes, in Wh
    assert_eq!(register.consumed(99_999_000, 200, quarter_of_63_a), Ok(1200));
    for now in [0, 200, 22_721_379] {
        let set_back = register.consumed(22_721_380, now, quarter_of_63_a);
        assert_eq!(set_back, Err(Misuse::ReadingImplausible.into()), "{now}");
    }
    assert_eq!(register.consumed(0, quarter_of_63_a, quarter_of_63_a), Ok(10_867));
    assert!(register.consumed(0, quarter_of_63_a + 1, quarter_of_63_a).is_err());
}

#[test]
fn what_is_below_a_unit_is_kept_and_never_dropped() {
    let register = Register::bits(32, -1).unwrap();
    assert_eq!(register.consumed(1000, 1234, ANY), Err(Misuse::ReadingNotWhole.into()));
    assert_eq!(register.consumed(1000, 1230, ANY), Ok(23));
    let (first, kept) = register.consumed_since(&Kept::new(1000), 1234, ANY).unwrap();
    assert_eq!((first, kept.value(), kept.rest()), (23, 1234, 4));
    let (second, kept) = register.consumed_since(&kept, 1240, ANY).unwrap();
    assert_eq!((second, kept.rest()), (1, 0));
    // Over a roll-over of 2^32, which no power of ten divides.
    let (third, kept) = register.consumed_since(&Kept::of(u32::MAX.into(), 9), 0, ANY).unwrap();
    assert_eq!((third, kept.rest()), (1, 0));
    assert_eq!(format!("{kept:?}"), "Kept(..)");
}

#[test]
fn a_rest_that_cannot_be_is_refused() {
    let tenths = Register::bits(32, -1).unwrap();
    assert!(tenths.consumed_since(&Kept::of(5, 9), 6, ANY).is_ok());
    for (register, rest) in [(tenths, 10), (tenths, u16::MAX), (Register::bits(32, 0).unwrap(), 1)] {
        let refused = register.consumed_since(&Kept::of(5, rest), 6, ANY);
        assert_eq!(refused.err(), Some(Misuse::BadParameter.into()), "{rest}");
    }
    assert!(Kept::from_bytes(&[2; Kept::LEN]).is_err());
}

#[test]
fn widths_and_scalers_that_do_not_exist() {
    let bad = Err(Misuse::BadParameter.into());
    for width in [0, 65, 255] {
        assert_eq!(Register::bits(width, 0), bad, "{width}");
    }
    for digits in [0, 20, 255] {
        assert_eq!(Register::digits(digits, 0), bad, "{digits}");
    }
    for scaler in [i8::MIN, -5, 4, i8::MAX] {
        assert_eq!(Register::bits(32, scaler), bad, "{scaler}");
        assert_eq!(Register::new(5, scaler), bad, "{scaler}");
    }
    assert_eq!(Register::new(0, 0), bad);
    assert_eq!(Register::new(99, 2), Register::digits(2, 2));
    assert_eq!(Register::new(u64::MAX, -4), Register::bits(64, -4));
}
