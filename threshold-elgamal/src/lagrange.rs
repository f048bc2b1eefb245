//! Interpolation over the trustees' numbers, mod q.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, VartimeMultiscalarMul};

/// λ_i with f(at) = Σ λ_i f(i) over `numbers`, which are distinct. Public.
pub(crate) fn coefficients(numbers: &[u8], at: u8) -> Vec<Scalar> {
    let at = Scalar::from(at);
    let factor = |i: &u8| {
        let (i, mut above, mut below) = (Scalar::from(*i), Scalar::ONE, Scalar::ONE);
        for j in numbers.iter().map(|j| Scalar::from(*j)).filter(|j| *j != i) {
            above *= at - j;
            below *= i - j;
        }
        above * below.invert()
    };
    numbers.iter().map(factor).collect()
}

/// f(at)·B from the points f(i)·B of `numbers`.
pub(crate) fn interpolate(numbers: &[u8], points: &[RistrettoPoint], at: u8) -> RistrettoPoint {
    let points = points.iter().take(numbers.len());
    RistrettoPoint::vartime_multiscalar_mul(coefficients(numbers, at), points)
}

/// The coefficients for f(0), as whole numbers over one divisor where these are small: then a sum of points takes
/// as many doublings as the largest of them has bits, instead of a multiplication for each point. Public.
///
/// With numbers 1 … t they are ± binomial coefficients, and the divisor is 1.
#[derive(Clone, Debug)]
pub(crate) enum Weights {
    /// Δ·λ_i, and 1/Δ unless Δ is 1.
    Whole(Vec<i64>, Option<Scalar>),
    /// λ_i.
    Full(Vec<Scalar>),
}

impl Weights {
    /// For `numbers`, which are distinct and not 0.
    pub(crate) fn of(numbers: &[u8]) -> Self {
        match whole(numbers) {
            Some((factors, 1)) => Weights::Whole(factors, None),
            Some((factors, divisor)) => {
                Weights::Whole(factors, Some(Scalar::from(divisor.unsigned_abs()).invert()))
            }
            None => Weights::Full(coefficients(numbers, 0)),
        }
    }

    /// 1 for each of so many.
    pub(crate) fn ones(count: usize) -> Self {
        Weights::Whole(alloc::vec![1; count], None)
    }

    /// Σ λ_i·P_i. Variable time: the points are public.
    pub(crate) fn sum<'p>(&self, points: impl Iterator<Item = &'p RistrettoPoint> + Clone) -> RistrettoPoint {
        match self {
            Weights::Whole(factors, divisor) => {
                let sum = sum_of_multiples(factors, points);
                match divisor {
                    Some(inverse) => RistrettoPoint::vartime_multiscalar_mul([inverse], [sum]),
                    None => sum,
                }
            }
            Weights::Full(factors) => RistrettoPoint::vartime_multiscalar_mul(factors, points),
        }
    }
}

/// Σ k_i·P_i: points of one factor up to its sign are added first, since binomial coefficients come in pairs; then by
/// common doublings, from the highest digit down.
fn sum_of_multiples<'p>(
    factors: &[i64],
    points: impl Iterator<Item = &'p RistrettoPoint> + Clone,
) -> RistrettoPoint {
    let mut terms: Vec<(u64, RistrettoPoint)> = Vec::with_capacity(factors.len());
    for (factor, point) in factors.iter().zip(points) {
        let (size, negative) = (factor.unsigned_abs(), *factor < 0);
        match (terms.iter_mut().find(|(known, _)| *known == size), negative) {
            (Some((_, sum)), false) => *sum += point,
            (Some((_, sum)), true) => *sum -= point,
            (None, false) => terms.push((size, *point)),
            (None, true) => terms.push((size, -point)),
        }
    }
    let digits = Digits::of(terms.iter().map(|(size, _)| *size));
    let mut place = terms.iter().map(|(size, _)| digits.len(*size)).max().unwrap_or(0);
    let (mut sum, mut empty) = (RistrettoPoint::identity(), true);
    while place > 0 {
        place = place.wrapping_sub(1);
        if !empty {
            sum = sum + sum;
        }
        for (size, point) in &terms {
            match digits.at(*size, place) {
                0 => continue,
                1 if empty => sum = *point,
                1 => sum += point,
                _ => sum -= point,
            }
            empty = false;
        }
    }
    sum
}

/// Binary digits, or signed ones of which no two neighbours are not 0.
#[derive(Clone, Copy, Debug)]
enum Digits {
    Plain,
    Signed,
}

impl Digits {
    /// What takes fewer operations for these numbers.
    fn of(sizes: impl Iterator<Item = u64> + Clone) -> Self {
        let cost = |digits: Digits| {
            let doublings = sizes.clone().map(|size| digits.len(size)).max().unwrap_or(0);
            sizes.clone().fold(doublings, |sum, size| sum.wrapping_add(digits.count(size)))
        };
        if cost(Digits::Plain) <= cost(Digits::Signed) { Digits::Plain } else { Digits::Signed }
    }

    /// (k, 0) or (3k, k): a digit is one bit of the first less one of the second.
    fn parts(self, size: u64) -> (u128, u128) {
        let size = u128::from(size);
        match self {
            Digits::Plain => (size, 0),
            // Digit i is where bit i + 1 of 3k and of k differ (Reitwiesner 1960).
            Digits::Signed => (size.wrapping_mul(3) >> 1, size >> 1),
        }
    }

    fn len(self, size: u64) -> u32 {
        let (plus, minus) = self.parts(size);
        u128::BITS.wrapping_sub((plus ^ minus).leading_zeros())
    }

    fn count(self, size: u64) -> u32 {
        let (plus, minus) = self.parts(size);
        (plus ^ minus).count_ones()
    }

    fn at(self, size: u64, place: u32) -> i8 {
        let (plus, minus) = self.parts(size);
        match ((plus >> place) & 1, (minus >> place) & 1) {
            (1, 0) => 1,
            (0, 1) => -1,
            _ => 0,
        }
    }
}

/// Δ·λ_i for f(0) and the least Δ that makes them whole; None if one does not fit.
fn whole(numbers: &[u8]) -> Option<(Vec<i64>, i64)> {
    if let Some(factors) = numbers.iter().map(|i| quotient(numbers, *i)).collect() {
        return Some((factors, 1));
    }
    let mut fractions = Vec::with_capacity(numbers.len());
    let mut common = 1i64;
    for i in numbers {
        let (mut above, mut below) = (1i64, 1i64);
        for j in numbers.iter().filter(|j| *j != i) {
            above = above.checked_mul((*j).into())?;
            below = below.checked_mul(i64::from(*j).wrapping_sub((*i).into()))?;
            let divisor = gcd(above.unsigned_abs(), below.unsigned_abs());
            (above, below) = (above.checked_div(divisor)?, below.checked_div(divisor)?);
        }
        fractions.push((above, below));
        let shared = gcd(common.unsigned_abs(), below.unsigned_abs());
        common = common.checked_mul(below.checked_abs()?.checked_div(shared)?)?;
    }
    let factor = |(above, below): (i64, i64)| above.checked_mul(common.checked_div(below)?);
    Some((fractions.into_iter().map(factor).collect::<Option<_>>()?, common))
}

/// λ_i where it is whole and few numbers are multiplied: the usual quorum, without common divisors.
fn quotient(numbers: &[u8], i: u8) -> Option<i64> {
    let mut others = numbers.iter().filter(|j| **j != i);
    let (above, below) = others.try_fold((1i64, 1i64), |(above, below), j| {
        let difference = i64::from(*j).wrapping_sub(i.into());
        Some((above.checked_mul((*j).into())?, below.checked_mul(difference)?))
    })?;
    if above.checked_rem(below)? == 0 { above.checked_div(below) } else { None }
}

/// Neither is 0.
fn gcd(a: u64, b: u64) -> i64 {
    let shared = (a | b).trailing_zeros();
    let (mut a, mut b) = (a >> a.trailing_zeros(), b >> b.trailing_zeros());
    while a != b {
        let (small, large) = if a < b { (a, b) } else { (b, a) };
        let difference = large.wrapping_sub(small);
        (a, b) = (small, difference >> difference.trailing_zeros());
    }
    i64::try_from(a << shared).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_reproduce_a_polynomial() {
        let f = |x: u8| Scalar::from(7u8) + Scalar::from(x) * (-Scalar::from(3u8) + Scalar::from(x));
        for numbers in [[1u8, 2, 3], [3, 1, 255], [2, 9, 4]] {
            for at in [0, 1, 5, 254] {
                let sum: Scalar =
                    numbers.iter().zip(coefficients(&numbers, at)).map(|(i, c)| f(*i) * c).sum();
                assert_eq!(sum, f(at));
            }
        }
    }

    #[test]
    fn points_likewise() {
        let points = [1u8, 2, 3].map(|x| RistrettoPoint::mul_base(&Scalar::from(10 + 5 * x)));
        let at = |x| interpolate(&[1, 2, 3], &points, x);
        assert_eq!(at(0), RistrettoPoint::mul_base(&Scalar::from(10u8)));
        assert_eq!(at(4), RistrettoPoint::mul_base(&Scalar::from(30u8)));
    }

    fn point(n: u64) -> RistrettoPoint {
        RistrettoPoint::mul_base(&(Scalar::from(n) * Scalar::from(n) + Scalar::from(17u8)))
    }

    #[test]
    fn whole_weights_are_the_coefficients() {
        let mut chosen: Vec<Vec<u8>> = alloc::vec![alloc::vec![1], alloc::vec![255]];
        // All threes and fours of seven.
        chosen.extend((0u8..128).map(|bits| (1..=7).filter(|n| (bits >> (n - 1)) & 1 == 1).collect()));
        chosen.extend([16, 40, 60, 62, 100, 255].map(|t| (1..=t).collect::<Vec<u8>>()));
        chosen.extend([(100..=110).collect::<Vec<u8>>(), (1..=255).step_by(2).collect()]);
        let mut full = 0;
        for numbers in chosen.iter().filter(|numbers| !numbers.is_empty()) {
            let weights = Weights::of(numbers);
            full += usize::from(matches!(weights, Weights::Full(_)));
            let points: Vec<RistrettoPoint> = numbers.iter().map(|n| point((*n).into())).collect();
            let expected = interpolate(numbers, &points, 0);
            assert_eq!(weights.sum(points.iter()), expected, "{numbers:?}");
        }
        assert!((1..5).contains(&full), "{full}");
        let binomial = |numbers: &[u8]| match Weights::of(numbers) {
            Weights::Whole(factors, None) => factors,
            other => panic!("{other:?}"),
        };
        assert_eq!(binomial(&(1..=60).collect::<Vec<u8>>()).len(), 60);
        assert_eq!(binomial(&[1, 2, 3]), [3, -3, 1]);
        assert_eq!(binomial(&[1, 2, 3, 4, 5]), [5, -10, 10, -5, 1]);
        assert!(
            matches!(Weights::of(&[1, 3, 5]), Weights::Whole(factors, Some(_)) if factors == [15, -10, 3])
        );
    }

    #[test]
    fn digits_make_their_number() {
        for size in (0..200).chain([u64::MAX, u64::MAX / 3, 1 << 63]) {
            for digits in [Digits::Plain, Digits::Signed] {
                let value = |place| i128::from(digits.at(size, place)) << place;
                let sum: i128 = (0..digits.len(size)).map(value).sum();
                assert_eq!(sum, size.into());
            }
        }
        assert!(matches!(Digits::of([3, 1].into_iter()), Digits::Plain));
        assert!(matches!(Digits::of([31, 63].into_iter()), Digits::Signed));
    }

    #[test]
    fn every_small_multiple() {
        let p = point(3);
        for k in (-40..40).chain([i64::MAX, i64::MIN + 1, 1 << 62, (1 << 62) - 1, 0x5555_5555_5555_5555]) {
            let size = p * Scalar::from(k.unsigned_abs());
            let expected = if k < 0 { -size } else { size };
            assert_eq!(sum_of_multiples(&[k], [p].iter()), expected, "{k}");
            let both = sum_of_multiples(&[k, k.wrapping_neg()], [p + p, p].iter());
            assert_eq!(both, expected, "{k}");
        }
    }
}
