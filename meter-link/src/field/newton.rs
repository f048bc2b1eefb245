//! Polynomials given at consecutive points, continued by additions alone.
//!
//! Newton's forward differences: with v_0 … v_{t−1} the values at x, x+1, …, x+t−1 of a polynomial of
//! degree below t, its t−1st difference is constant, so every further value costs t−1 additions and no
//! multiplication. That is what lets a Cortex-M4 make its shares without a division.

use super::Field64;

/// One pass of the difference table: every value less the one before it. With passes from the first value,
/// the second, the third … on, `d[k] = Δ^k f(x)` stands in place of `f(x + k)`.
pub fn difference<'a>(mut values: impl Iterator<Item = &'a mut Field64>) {
    let Some(first) = values.next() else { return };
    let mut below = *first;
    for value in values {
        let here = *value;
        *value = here - below;
        below = here;
    }
}

/// Moves differences from x to x + 1 and returns f there: `d[k] += d[k+1]`, lowest first.
pub fn forward<'a>(mut differences: impl Iterator<Item = &'a mut Field64>) -> Field64 {
    let Some(mut below) = differences.next() else { return Field64::ZERO };
    let mut value = *below;
    let mut lowest = true;
    for difference in differences {
        *below += *difference;
        if lowest {
            value = *below;
            lowest = false;
        }
        below = difference;
    }
    value
}

/// Moves differences from x to x − 1 and returns f there: `d[k] −= d[k+1]`, highest first.
pub fn backward<'a>(differences: impl DoubleEndedIterator<Item = &'a mut Field64>) -> Field64 {
    let mut above = Field64::ZERO;
    for difference in differences.rev() {
        *difference -= above;
        above = *difference;
    }
    above
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::lagrange;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn continues_as_lagrange_does(values in proptest::collection::vec(any::<u64>(), 1..9)) {
            let values: Vec<Field64> = values.into_iter().map(Field64::from_u64).collect();
            let xs: Vec<u8> = (10u8..).take(values.len()).collect();
            let at = |x: u8| -> Field64 {
                (0..xs.len()).map(|i| lagrange::coefficient(&xs, i, x).unwrap() * values[i]).sum()
            };
            let mut d = values.clone();
            for first in 0..d.len() {
                difference(d.iter_mut().skip(first));
            }
            for x in 11..30 {
                prop_assert_eq!(forward(d.iter_mut()), at(x));
            }
            for x in (1..29).rev() {
                prop_assert_eq!(backward(d.iter_mut()), at(x));
            }
        }
    }

    #[test]
    fn nothing_is_zero_everywhere() {
        difference([].iter_mut());
        assert_eq!(forward([].iter_mut()), Field64::ZERO);
        assert_eq!(backward([].iter_mut()), Field64::ZERO);
    }
}
