//! How large a jump is: a number of the log-series distribution, P(k) = p^k / (k c) with c = −ln(1 − p).
//!
//! Kemp (1981): with U uniform and q = 1 − (1 − p)^U = 1 − e^(−c U), it is 1 + a geometric number of ratio q. The
//! binary digits of a geometric number are independent, digit j with odds q^(2^j) (Dwork and others 2006).

use rand_core::CryptoRng;
use subtle::Choice;

use super::fixed::{self, ONE};

/// The log-series distribution with a fixed c, cut to a number of binary digits.
#[derive(Clone, Debug)]
pub(super) struct Series {
    rate: u128,
    digits: u8,
}

impl Series {
    /// For c = `rate` and p = e^−`decay`; the digits left out are set with a chance below e^−45 < 2^−64.
    pub(super) fn new(rate: u128, decay: u128) -> Self {
        let enough = |digits: &u8| decay >= ONE.wrapping_mul(45).wrapping_shr(u32::from(*digits));
        Series { rate, digits: (0..63).find(enough).unwrap_or(63) }
    }

    /// Binary digits of what is drawn, less 1.
    pub(super) fn digits(&self) -> u8 {
        self.digits
    }

    /// One draw, of 1 + digits words; from 1 to 2^digits.
    pub(super) fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> u64 {
        let mut odds = self.ratio(rng.next_u64());
        let mut value = 0u64;
        for digit in 0..self.digits {
            let set = with_odds(odds, rng.next_u64()).unwrap_u8();
            value |= u64::from(set).wrapping_shl(digit.into());
            odds = fixed::mul(odds, odds);
        }
        value.wrapping_add(1)
    }

    /// q for U = (word + ½) / 2^64.
    fn ratio(&self, word: u64) -> u128 {
        let uniform = u128::from(word) << 56 | 1 << 55;
        ONE.wrapping_sub(fixed::exp_neg(fixed::mul(self.rate, uniform)))
    }
}

/// True with a chance of odds / (1 + odds), odds below 1, if the word is uniform; at most 2^−62.4 away.
fn with_odds(odds: u128, word: u64) -> Choice {
    // word / 2^64 < h / (2^63 + h) without a division; h < 2^63, so that nothing overflows.
    let h = odds >> 57;
    fixed::less(u128::from(word).wrapping_mul(h.wrapping_add(1 << 63)), h << 64)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers of tests")]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    impl Series {
        /// P(draw = 1), P(draw = 2) … of the arithmetic above: digits of every size up to `most` with the
        /// chances that the fixed-point odds give, over U by Gauss-Legendre quadrature.
        pub(in crate::noise) fn chances(&self, most: usize) -> Vec<f64> {
            let mut chances = alloc::vec![0.0; most];
            for (word, weight) in nodes() {
                let mut odds = self.ratio(word);
                let mut set = Vec::new();
                for _ in 0..self.digits {
                    let h = (odds >> 57) as f64;
                    set.push(h / (h + 2f64.powi(63)));
                    odds = fixed::mul(odds, odds);
                }
                for (value, chance) in chances.iter_mut().enumerate() {
                    let digits = set.iter().zip(0..);
                    let each =
                        digits.map(|(set, digit)| if value >> digit & 1 == 1 { *set } else { 1.0 - set });
                    *chance += weight * each.product::<f64>();
                }
            }
            chances
        }
    }

    /// 64 pieces of (0, 1) with five nodes each, as words.
    fn nodes() -> impl Iterator<Item = (u64, f64)> {
        let half = [
            (0.0, 0.568_888_888_888_888_9),
            (0.538_469_310_105_683_1, 0.478_628_670_499_366_5),
            (0.906_179_845_938_664, 0.236_926_885_056_189_1),
        ];
        let all =
            half.into_iter().flat_map(|(x, w)| [(x, w), (-x, w)].into_iter().skip(usize::from(x == 0.0)));
        let all: Vec<_> = all.collect();
        (0..64).flat_map(move |piece| {
            all.clone().into_iter().map(move |(x, w)| {
                let place = (f64::from(piece) + 0.5 + x / 2.0) / 64.0;
                ((place * 2f64.powi(64)) as u64, w / 128.0)
            })
        })
    }

    fn series(decay: f64) -> Series {
        let decay = (decay * ONE as f64) as u128;
        Series::new(fixed::neg_ln_vartime(ONE - fixed::exp_neg(decay)), decay)
    }

    #[test]
    fn draws_are_log_series() {
        for decay in [20.0, 3.0, 1.0, 0.1, 0.01, 0.001] {
            let p = f64::exp(-decay);
            let c = -f64::ln_1p(-p);
            let chances = series(decay).chances(1 << 12);
            for (chance, k) in chances.iter().take(series(decay).largest()).zip(1i32..) {
                let exact = f64::exp(-decay * f64::from(k)) / f64::from(k) / c;
                assert!((chance - exact).abs() < 1e-12, "{decay}, {k}: {chance} {exact}");
            }
        }
    }

    #[test]
    fn digits_reach_far_enough() {
        for (decay, digits) in [(32.0, 1), (45.0, 0), (1.0, 6), (1.0 / 1024.0, 16), (2f64.powi(-32), 38)] {
            assert_eq!(series(decay).digits, digits);
        }
    }

    #[test]
    fn the_edges_of_a_coin() {
        assert!(!bool::from(with_odds(0, 0)));
        assert!(bool::from(with_odds(ONE - 1, (1 << 63) - 2)) && !bool::from(with_odds(ONE - 1, 1 << 63)));
        // Odds 1 : 3.
        assert!(bool::from(with_odds(ONE / 3, (1 << 62) - 2)) && !bool::from(with_odds(ONE / 3, 1 << 62)));
    }

    impl Series {
        fn largest(&self) -> usize {
            1 << self.digits
        }
    }
}
