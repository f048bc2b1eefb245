//! Lagrange interpolation at small public points.

use super::Field64;
use crate::error::{Error, Misuse};

/// What the point `other` contributes to the coefficient of `own` for the value at `at`:
/// `(at − other, own − other)`, numerator and denominator.
pub fn factors(own: u8, other: u8, at: u8) -> (Field64, Field64) {
    let [own, other, at] = [own, other, at].map(|x| Field64::from_u64(x.into()));
    (at - other, own - other)
}

/// Coefficient of point `xs[i]` for the value at `at`: Π_{j≠i} (at − x_j) / (x_i − x_j).
///
/// # Errors
/// [`Misuse::BadQuorum`] if `i` is no index of `xs` or two points are equal.
pub fn coefficient(xs: &[u8], i: usize, at: u8) -> Result<Field64, Error> {
    let own = *xs.get(i).ok_or(Misuse::BadQuorum)?;
    let (mut numerator, mut denominator) = (Field64::ONE, Field64::ONE);
    for (j, x) in xs.iter().enumerate() {
        if j == i {
            continue;
        }
        if *x == own {
            return Err(Misuse::BadQuorum.into());
        }
        let (n, d) = factors(own, *x, at);
        numerator = numerator * n;
        denominator = denominator * d;
    }
    Ok(numerator * denominator.invert())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolates_a_polynomial_anywhere() {
        // f(X) = 7 + 3X − 5X²
        let f = |x: u64| {
            let x = Field64::from_u64(x);
            Field64::from_u64(7) + Field64::from_u64(3) * x - Field64::from_u64(5) * x * x
        };
        for xs in [[1u8, 2, 3], [2, 5, 255], [9, 4, 1]] {
            for at in [0u8, 1, 6, 200] {
                let value: Field64 = (0..3).map(|i| coefficient(&xs, i, at).unwrap() * f(xs[i].into())).sum();
                assert_eq!(value, f(at.into()));
            }
        }
    }

    #[test]
    fn refuses_equal_points() {
        assert_eq!(coefficient(&[1, 2, 2], 1, 0), Err(Misuse::BadQuorum.into()));
        assert_eq!(coefficient(&[1, 2], 2, 0), Err(Misuse::BadQuorum.into()));
    }
}
