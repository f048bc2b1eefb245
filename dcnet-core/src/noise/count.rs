//! How many jumps a share has: a Poisson number by its distribution function, of which a table is made once.

use rand_core::CryptoRng;
use subtle::ConditionallySelectable;

use super::fixed::{self, ONE};
use meter_link::{Error, Misuse};

/// Entries of a table, enough for every mean that is accepted.
const MOST: usize = 88;

/// Poisson with a fixed mean, cut off where 2^−64 / shares is left.
#[derive(Clone, Debug)]
pub(super) struct Count {
    below: [u128; MOST],
    most: u8,
}

impl Count {
    /// For a mean of at most 32, and `shares` of them in a sum.
    pub(super) fn new(mean: u128, shares: u32) -> Result<Self, Error> {
        let left = ONE.wrapping_shr(64).checked_div(shares.into()).ok_or(Misuse::BadParameter)?;
        let mut below = [ONE; MOST];
        let (mut term, mut sum) = (fixed::exp_neg(mean), 0u128);
        for ((entry, next), most) in below.iter_mut().zip(1u128..).zip(0u8..) {
            sum = sum.wrapping_add(term);
            if ONE.saturating_sub(sum) <= left {
                // P(more than `most`) is within bounds: a draw beyond the table counts as `most`.
                return Ok(Count { below, most });
            }
            *entry = sum;
            term = fixed::mul(term, mean).checked_div(next).unwrap_or(0);
        }
        Err(Misuse::BadParameter.into())
    }

    /// The largest number.
    pub(super) fn most(&self) -> u8 {
        self.most
    }

    /// One draw, of two words.
    pub(super) fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R) -> u8 {
        let high = u128::from(rng.next_u64());
        let place = high << 56 | u128::from(rng.next_u64() >> 8);
        self.below.iter().take(self.most.into()).fold(0, |count, below| {
            u8::conditional_select(&count.wrapping_add(1), &count, fixed::less(place, *below))
        })
    }

    /// P(draw = 0), P(draw = 1) … as the table has them.
    #[cfg(test)]
    #[allow(clippy::arithmetic_side_effects, reason = "small numbers of tests")]
    pub(super) fn chances(&self) -> alloc::vec::Vec<f64> {
        let below = self.below.iter().take(self.most.into()).copied().chain([ONE]);
        let mut last = 0;
        below.map(|below| (below - core::mem::replace(&mut last, below)) as f64 / ONE as f64).collect()
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers of tests")]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_poisson() {
        for (mean, shares, most) in [(0.0001, 1 << 24, 5), (0.32, 100, 15), (4.4, 10, 36), (22.9, 2, 79)] {
            let count = Count::new((mean * ONE as f64) as u128, shares).unwrap();
            let mut exact = f64::exp(-mean);
            let chances = count.chances();
            for (chance, next) in chances.iter().zip(1..) {
                assert!((chance - exact).abs() < 1e-15 + exact * 1e-12, "{mean}: {chance} {exact}");
                exact *= mean / f64::from(next);
            }
            // What is cut off is what comes next, nearly.
            assert!(exact * f64::from(shares) < 2f64.powi(-64), "{mean}: {exact}");
            assert_eq!(chances.len(), usize::from(count.most()) + 1);
            assert_eq!(count.most(), most);
        }
    }

    #[test]
    fn means_beyond_the_table_are_refused() {
        assert_eq!(Count::new(32 * ONE, 1 << 24).unwrap_err(), Misuse::BadParameter.into());
        assert_eq!(Count::new(ONE, 0).unwrap_err(), Misuse::BadParameter.into());
    }
}
