//! How large a group may be before its rounds stop closing.

use super::{Plan, Rates};
use crate::graph;

/// Sizes that are tried, largest first. Beyond, Opens and Closes grow too long for what a larger cell would save.
const LARGEST: u32 = 2000;
const STEP: u32 = 50;

/// The chance that a round closes within three passes, as far as it hangs on meters that fall silent: the first must
/// be missing at the contributions, the second owe a repair of the first Close, the third one of the second. Taken as
/// independent, which they nearly are.
pub fn chance(meters: u32, degree: u32, rates: &Rates) -> f64 {
    let silent = rates.a_step();
    let present = 1.0 - rates.absent;
    let count = f64::from(meters) * present;
    let neighbours =
        f64::from(if graph::is_complete(meters, degree) { meters.saturating_sub(1) } else { degree });
    let around = meters_of(neighbours * present);
    let missing = 1.0 - power(1.0 - silent, meters_of(count));
    if missing <= 0.0 {
        return 1.0;
    }
    // That a member is asked for a repair, if anybody is.
    let asked = ((1.0 - power(1.0 - silent, around)) / missing).min(1.0);
    let nobody_owes = power(1.0 - silent * asked, meters_of(count));
    let one_owes = 1.0 - nobody_owes;
    if one_owes <= 0.0 {
        return 1.0;
    }
    // Who leaves after the first Close asks its neighbours anew, also those who fell silent unasked.
    let leave = count * silent * asked / one_owes;
    let newly = leave * neighbours * present * (1.0 - asked);
    let nobody_owes_again = nobody_owes * power(1.0 - 2.0 * silent, meters_of(newly));
    1.0 - missing * one_owes * (1.0 - nobody_owes_again)
}

/// The largest cell of at most 2,000 meters in which at least this share of rounds closes; None if there is none.
pub fn best_cell(plan: &Plan, rates: &Rates, share: f64) -> Option<u32> {
    let sizes = (1..=LARGEST / STEP).rev().map(|n| n.wrapping_mul(STEP));
    sizes.filter(|size| *size >= plan.rules.min_meters()).find(|n| chance(*n, plan.degree, rates) >= share)
}

/// The nearest whole number of a count of meters.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, and is not negative
fn meters_of(count: f64) -> u32 {
    (count + 0.5) as u32
}

/// base^exponent.
fn power(base: f64, exponent: u32) -> f64 {
    let (mut result, mut base, mut left) = (1.0, base, exponent);
    while left > 0 {
        if left % 2 == 1 {
            result *= base;
        }
        base *= base;
        left /= 2;
    }
    result
}
