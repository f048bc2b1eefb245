//! Means, variances and deviations of sums that were decrypted.

use crate::error::{Error, Misuse};

/// Count, sum and sum of squares of whole numbers: results are exact but for the last rounding to a double.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moments {
    count: u64,
    sum: i128,
    /// count·Σx² − (Σx)²: the population variance times count².
    spread: u128,
}

impl Moments {
    /// Of `count` numbers.
    ///
    /// # Errors
    /// [`Misuse::TooManyValues`] for none, or if count·Σx² leaves 127 bits; [`Error::Inconsistent`] if no numbers have these
    /// sums.
    pub fn new(count: u64, sum: i128, squares: i128) -> Result<Self, Error> {
        let overflow = || {
            Error::from(Misuse::TooManyValues {
                have: u32::try_from(count).unwrap_or(u32::MAX),
                most: u32::MAX,
            })
        };
        if count == 0 {
            return Err(overflow());
        }
        let squares = u128::try_from(squares).map_err(|_| Error::Inconsistent)?;
        let product = squares.checked_mul(count.into()).ok_or_else(overflow)?;
        // (Σx)² ≤ count·Σx², so what overflows is too large as well.
        let square = sum.unsigned_abs().checked_mul(sum.unsigned_abs()).ok_or(Error::Inconsistent)?;
        let spread = product.checked_sub(square).ok_or(Error::Inconsistent)?;
        Ok(Moments { count, sum, spread })
    }

    /// How many numbers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Σx / count.
    #[allow(clippy::cast_precision_loss)] // to the nearest double
    pub fn mean(&self) -> f64 {
        self.sum as f64 / self.count as f64
    }

    /// Σ(x − mean)² / count.
    #[allow(clippy::cast_precision_loss)]
    pub fn population_variance(&self) -> f64 {
        self.spread as f64 / self.count as f64 / self.count as f64
    }

    /// Σ(x − mean)² / (count − 1); `None` for one number.
    #[allow(clippy::cast_precision_loss)]
    pub fn sample_variance(&self) -> Option<f64> {
        let degrees = self.count.checked_sub(1).filter(|degrees| *degrees > 0)?;
        Some(self.spread as f64 / self.count as f64 / degrees as f64)
    }

    /// The root of the population variance.
    pub fn population_deviation(&self) -> f64 {
        libm::sqrt(self.population_variance())
    }

    /// The root of the sample variance.
    pub fn sample_deviation(&self) -> Option<f64> {
        self.sample_variance().map(libm::sqrt)
    }
}

/// Count, sum and sum of squares of reals, each with the error that it was decrypted with.
///
/// The variance is the difference of two numbers that may nearly be equal. Products are carried to twice the precision of a
/// double, so that only the errors of the sums are left in it; [`RealMoments::variance_error`] bounds what they do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RealMoments {
    count: f64,
    sum: f64,
    squares: f64,
}

impl RealMoments {
    /// Of `count` reals.
    ///
    /// # Errors
    /// [`Misuse::TooManyValues`] for none, [`Misuse::ValueBeyondBound`] for what is no number.
    pub fn new(count: u32, sum: f64, squares: f64) -> Result<Self, Error> {
        if count == 0 {
            return Err(Misuse::TooManyValues { have: 0, most: u32::MAX }.into());
        }
        for (position, value) in [(0, sum), (1, squares)] {
            if !value.is_finite() {
                return Err(Misuse::ValueBeyondBound { position, bits: i16::MAX }.into());
            }
        }
        Ok(RealMoments { count: count.into(), sum, squares })
    }

    /// Σx / count.
    pub fn mean(&self) -> f64 {
        self.sum / self.count
    }

    /// Σ(x − mean)² / count; 0 where errors would make it negative.
    pub fn population_variance(&self) -> f64 {
        self.spread() / self.count
    }

    /// Σ(x − mean)² / (count − 1); `None` for one value.
    pub fn sample_variance(&self) -> Option<f64> {
        (self.count > 1.0).then(|| self.spread() / (self.count - 1.0))
    }

    /// The root of the population variance.
    pub fn population_deviation(&self) -> f64 {
        libm::sqrt(self.population_variance())
    }

    /// The root of the sample variance.
    pub fn sample_deviation(&self) -> Option<f64> {
        self.sample_variance().map(libm::sqrt)
    }

    /// How wrong the population variance can be if the sum is by `sum_error` and the sum of squares by `squares_error`.
    pub fn variance_error(&self, sum_error: f64, squares_error: f64) -> f64 {
        let mean_error = sum_error / self.count;
        squares_error / self.count + (2.0 * self.mean().abs() + mean_error) * mean_error
    }

    /// Σ(x − mean)² = Σx² − (Σx)²/count.
    fn spread(&self) -> f64 {
        // (Σx)² = p + e, p/count = q + r/count, all exactly.
        let p = self.sum * self.sum;
        let e = libm::fma(self.sum, self.sum, -p);
        let q = p / self.count;
        let r = libm::fma(-q, self.count, p);
        ((self.squares - q) - (r + e) / self.count).max(0.0)
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    #[test]
    fn of_known_numbers() {
        // 2 4 4 4 5 5 7 9: mean 5, population deviation 2.
        let moments = Moments::new(8, 40, 232).unwrap();
        assert_eq!(
            (moments.mean(), moments.population_variance(), moments.population_deviation()),
            (5.0, 4.0, 2.0)
        );
        assert_eq!(moments.sample_variance(), Some(32.0 / 7.0));
        let moments = RealMoments::new(8, 40.0, 232.0).unwrap();
        assert_eq!(
            (moments.mean(), moments.population_variance(), moments.population_deviation()),
            (5.0, 4.0, 2.0)
        );
        assert_eq!(moments.sample_variance(), Some(32.0 / 7.0));
        assert_eq!(Moments::new(1, 3, 9).unwrap().sample_variance(), None);
        assert_eq!(RealMoments::new(1, 3.0, 9.0).unwrap().sample_variance(), None);
    }

    #[test]
    fn sums_that_no_numbers_have_are_refused() {
        assert_eq!(Moments::new(2, 10, 49), Err(Error::Inconsistent));
        assert_eq!(Moments::new(2, 10, -1), Err(Error::Inconsistent));
        assert_eq!(Moments::new(2, i128::MIN, 1), Err(Error::Inconsistent));
        assert!(matches!(Moments::new(0, 0, 0), Err(Error::Misuse(Misuse::TooManyValues { .. }))));
        assert!(matches!(Moments::new(4, 0, i128::MAX), Err(Error::Misuse(Misuse::TooManyValues { .. }))));
        assert!(RealMoments::new(0, 0.0, 0.0).is_err());
        assert!(
            RealMoments::new(1, f64::NAN, 0.0).is_err() && RealMoments::new(1, 0.0, f64::INFINITY).is_err()
        );
    }

    /// A million readings near 10^9 Wh that differ by a few: naive doubles lose all of the variance.
    #[test]
    fn small_variances_of_large_numbers() {
        let values: Vec<i128> = (0..1_000_000).map(|i| 1_000_000_000 + i % 7).collect();
        let (sum, squares) = (values.iter().sum(), values.iter().map(|x| x * x).sum());
        let exact = Moments::new(1_000_000, sum, squares).unwrap().population_variance();
        assert!((exact - 4.0).abs() < 1e-4, "{exact}");
        let real = RealMoments::new(1_000_000, sum as f64, squares as f64).unwrap();
        let error = real.variance_error(0.0, squares as f64 * f64::EPSILON);
        assert!((real.population_variance() - exact).abs() <= error);
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(values in proptest::collection::vec(-1_000_000i64..1_000_000, 1..50)) {
            let n = values.len() as f64;
            let (sum, squares): (i128, i128) =
                values.iter().fold((0, 0), |(s, q), x| (s + i128::from(*x), q + i128::from(*x) * i128::from(*x)));
            let mean = values.iter().map(|x| *x as f64).sum::<f64>() / n;
            let variance = values.iter().map(|x| (*x as f64 - mean) * (*x as f64 - mean)).sum::<f64>() / n;
            let exact = Moments::new(values.len() as u64, sum, squares).unwrap();
            let real = RealMoments::new(u32::try_from(values.len()).unwrap(), sum as f64, squares as f64).unwrap();
            for found in [exact.population_variance(), real.population_variance()] {
                prop_assert!((found - variance).abs() <= 1e-9 * variance.max(1e-3), "{found} {variance}");
            }
            prop_assert!((exact.mean() - mean).abs() <= 1e-9 * mean.abs().max(1.0));
        }
    }
}
