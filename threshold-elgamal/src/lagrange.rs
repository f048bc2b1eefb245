//! Interpolation over the trustees' numbers, mod q.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::VartimeMultiscalarMul;

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
}
