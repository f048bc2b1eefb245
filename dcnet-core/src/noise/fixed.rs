//! Numbers in [0, 256) with 120 bits after the point, as u128, without a branch on their values.

use subtle::Choice;

/// 1.
pub(super) const ONE: u128 = 1 << 120;

/// 1/13, 1/12 … 1: as many terms of the exponential series, since 128^−13 / 13! < 2^−120.
const INVERSES: [u128; 13] = {
    let mut inverses = [0; 13];
    let (mut rest, mut term) = (inverses.as_mut_slice(), 13);
    while let Some((first, others)) = rest.split_first_mut() {
        *first = ONE / term;
        term -= 1;
        rest = others;
    }
    inverses
};

/// ⌊a·b⌋ to 120 bits, for a and b below 128 and a product below 256.
#[inline]
pub(super) fn mul(a: u128, b: u128) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (a1, a0, b1, b0) = (a >> 64, a & LOW, b >> 64, b & LOW);
    // a1 and b1 are below 2^63: the two middle products fit together.
    let middle = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b1));
    let (low, carry) = a0.wrapping_mul(b0).overflowing_add(middle << 64);
    let high = a1.wrapping_mul(b1).wrapping_add(middle >> 64).wrapping_add(carry.into());
    high << 8 | low >> 120
}

/// e^−x for x ≤ 32, at most 2^−106 away: the series for x/4096, squared twelve times.
pub(super) fn exp_neg(x: u128) -> u128 {
    let y = x >> 12;
    let mut value = ONE;
    for inverse in INVERSES {
        value = ONE.wrapping_sub(mul(mul(y, inverse), value));
    }
    for _ in 0..12 {
        value = mul(value, value);
    }
    value
}

/// −ln w for w from 2^−40 to 1, by bisection; at most 2^−106 / w away. For public numbers.
pub(super) fn neg_ln_vartime(w: u128) -> u128 {
    (0..125).rev().fold(0, |x, bit| {
        let next = x | 1u128 << bit;
        if exp_neg(next) >= w { next } else { x }
    })
}

/// ⌊over / under⌋ to 120 bits, for a quotient below 128 and `under` below 2^127. For public numbers.
pub(super) fn ratio_vartime(over: u128, under: u128) -> u128 {
    let whole = over.checked_div(under).unwrap_or(u128::MAX);
    let rest = over.wrapping_sub(whole.wrapping_mul(under));
    let (value, _) = (0..120).fold((whole, rest), |(value, rest), _| {
        let twice = rest << 1;
        if twice >= under { (value << 1 | 1, twice.wrapping_sub(under)) } else { (value << 1, twice) }
    });
    value
}

/// a < b.
#[inline]
pub(super) fn less(a: u128, b: u128) -> Choice {
    let (_, borrow) = a.overflowing_sub(b);
    Choice::from(u8::from(borrow))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(value: u128) -> f64 {
        value as f64 / ONE as f64
    }

    #[test]
    fn products_are_exact_to_the_last_bit() {
        assert_eq!(mul(ONE, ONE), ONE);
        assert_eq!(mul(3 * ONE, ONE / 2), 3 * ONE / 2);
        assert_eq!(mul(ONE - 1, ONE - 1), ONE - 2);
        assert_eq!(mul(100 * ONE, 2 * ONE + 1), 200 * ONE + 100);
        // (2^64 + 1)^2 / 2^120 = 2^8 + 2^-55 + 2^-120
        assert_eq!(mul((1 << 64) + 1, (1 << 64) + 1), 1 << 8);
        assert_eq!(mul((1 << 120) | (1 << 63), (1 << 120) | (1 << 63)), (1 << 120) + (1 << 64) + (1 << 6));
    }

    /// e^−1 and e^−20 to 120 bits, from the series in exact integers of 192 bits by another program.
    #[test]
    fn exponentials_of_known_value() {
        for (x, digits) in
            [(ONE, E_1), (20 * ONE, E_20), (ONE >> 32, E_TINY), (45 * ONE / 2, E_22_5), (32 * ONE, E_32)]
        {
            let off = exp_neg(x).abs_diff(digits);
            assert!(off <= 1 << 14, "{}: {off}", float(x));
        }
        assert_eq!(exp_neg(0), ONE);
    }

    #[test]
    fn logarithms_invert() {
        for x in [ONE >> 40, ONE >> 3, ONE, 5 * ONE, 22 * ONE] {
            let w = exp_neg(x);
            let off = neg_ln_vartime(w).abs_diff(x);
            assert!(float(off) <= 2f64.powi(-104) / float(w), "{}: {off}", float(x));
        }
    }

    #[test]
    fn ratios() {
        assert_eq!(ratio_vartime(1, 3), ONE / 3);
        assert_eq!(ratio_vartime(200, 3), 200 * ONE / 3);
        assert_eq!(ratio_vartime(1, 1 << 100), 1 << 20);
        assert_eq!(ratio_vartime(7, 1000), 7 * ONE / 1000);
    }

    #[test]
    fn comparisons() {
        for (a, b) in [(0, 0), (0, 1), (1, 0), (u128::MAX, 0), (0, u128::MAX), (u128::MAX, u128::MAX)] {
            assert_eq!(bool::from(less(a, b)), a < b);
        }
    }

    const E_1: u128 = 488995652278791141083010649602151673;
    const E_20: u128 = 2739743098558823427103926440;
    const E_TINY: u128 = 1329227995475430863118490788571731285;
    const E_22_5: u128 = 224891808475037242161060136;
    const E_32: u128 = 16833563391110829819187;
}
