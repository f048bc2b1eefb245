//! Where the wrong answers of a column are.

use alloc::vec;
use alloc::vec::Vec;

use crate::answer::Quorum;
use crate::field::Field64;

use super::inverses::Inverses;

/// Solves the key equation of Welch and Berlekamp (US patent 4,633,470, 1986) by the extended Euclidean algorithm,
/// as in Gao, "A new algorithm for decoding Reed–Solomon codes" (2003).
///
/// Let G be the polynomial that is 0 at the first t numbers and P the one that is 0 at the other c = n − t, x_j. The
/// first t answers determine a polynomial of degree below t; what the others miss it by, divided by G(x_j), is
/// interpolated to R. If f is what the answers should be, h the polynomial of the first t, and Λ = Π (X − wrong
/// number), then Λ·(f − h) is 0 wherever h is right, and `Λ·R ≡ N mod P`, N = Λ·(f − h)/G, with deg Λ ≤ c/2 and
/// deg N < c/2. G·P and G·R are Gao's g_0 and g_1 after h was taken from all answers: his Euclid makes the same
/// steps on them, and stops where this one does.
#[derive(Clone, Debug)]
pub(super) struct Locator {
    numbers: Vec<u8>,
    /// P, from the constant on.
    product: Vec<Field64>,
    /// Of the c numbers: x_j, and Π 1/(x_j − x) over *all* other numbers.
    points: Vec<(Field64, Field64)>,
}

impl Locator {
    pub(super) fn new(inverses: &Inverses, numbers: &[u8], threshold: u8) -> Self {
        let checks = numbers.iter().skip(threshold.into());
        let points: Vec<(Field64, Field64)> =
            checks.map(|x| (Field64::from_u64((*x).into()), inverses.of_product(*x, numbers))).collect();
        let mut product = vec![Field64::ONE];
        for (x, _) in &points {
            let mut below = Field64::ZERO;
            for place in product.iter_mut() {
                let here = *place;
                *place = below - *x * here;
                below = here;
            }
            product.push(below);
        }
        Locator { numbers: numbers.to_vec(), product, points }
    }

    /// The numbers of the wrong answers, from what the others miss the polynomial of the first t by. If at most e
    /// were wrong it is them. Otherwise it is anything: the caller has to look whether the rest fits.
    pub(super) fn locate_vartime(&self, residuals: &[Field64]) -> Quorum {
        let (mut above, mut remainder) = (self.product.clone(), self.interpolate(residuals));
        let (mut before, mut locator) = (Vec::new(), vec![Field64::ONE]);
        trim(&mut remainder);
        // While its degree is c/2 or more: its length falls with every turn.
        while remainder.len().saturating_mul(2) > self.points.len().saturating_add(1) {
            divide(&mut above, &remainder, &mut before, &locator);
            core::mem::swap(&mut above, &mut remainder);
            core::mem::swap(&mut before, &mut locator);
        }
        let root = |number: &u8| evaluate(&locator, Field64::from_u64((*number).into())) == Field64::ZERO;
        let wrong = self.numbers.iter().copied().filter(root);
        wrong.fold(Quorum::default(), Quorum::with)
    }

    /// R. The residuals are divided by what is 0 at the first t numbers on the way.
    fn interpolate(&self, residuals: &[Field64]) -> Vec<Field64> {
        let mut sum = vec![Field64::ZERO; self.points.len()];
        for ((x, weight), residual) in self.points.iter().zip(residuals) {
            if *residual == Field64::ZERO {
                continue;
            }
            let factor = *weight * *residual;
            let mut quotient = Field64::ZERO; // coefficients of P/(X − x), the highest first
            for (place, above) in sum.iter_mut().zip(self.product.iter().skip(1)).rev() {
                quotient = quotient * *x + *above;
                *place += factor * quotient;
            }
        }
        sum
    }
}

/// Takes multiples of `divisor` from `dividend` until the remainder is left, and the same of `other` from `beside`.
fn divide(dividend: &mut Vec<Field64>, divisor: &[Field64], beside: &mut Vec<Field64>, other: &[Field64]) {
    let Some(inverse) = divisor.last().map(|lead| lead.invert()) else { return };
    while let Some(shift) = dividend.len().checked_sub(divisor.len()) {
        let Some(lead) = dividend.last() else { return };
        let factor = *lead * inverse;
        beside.resize(beside.len().max(other.len().saturating_add(shift)), Field64::ZERO);
        take_multiple(beside, factor, shift, other);
        take_multiple(dividend, factor, shift, divisor);
        trim(dividend); // the highest is 0 now, so this ends
    }
}

/// polynomial − factor · X^shift · other.
fn take_multiple(polynomial: &mut [Field64], factor: Field64, shift: usize, other: &[Field64]) {
    for (place, value) in polynomial.iter_mut().skip(shift).zip(other) {
        *place -= factor * *value;
    }
}

/// Without zeros at the high end.
fn trim(polynomial: &mut Vec<Field64>) {
    while polynomial.last() == Some(&Field64::ZERO) {
        polynomial.pop();
    }
}

fn evaluate(polynomial: &[Field64], at: Field64) -> Field64 {
    polynomial.iter().rev().fold(Field64::ZERO, |sum, coefficient| sum * at + *coefficient)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;

    /// The locator comes out right with other polynomials of that degree too, so decoding does not show it.
    #[test]
    fn decode_interpolates_what_the_documentation_says() {
        let field = |v: u8| Field64::from_u64(v.into());
        for (numbers, t) in
            [(&[1u8, 2, 3, 4, 5, 6][..], 4u8), (&[2, 3, 5, 8, 13, 200, 254, 255], 3), (&[9], 1)]
        {
            let locator = Locator::new(&Inverses::new(numbers), numbers, t);
            let (base, checks) = numbers.split_at(t.into());
            let residuals: Vec<Field64> =
                checks.iter().map(|x| field(*x) + Field64::from_u64(1 << 40)).collect();
            let r = locator.interpolate(&residuals);
            assert_eq!((locator.product.len(), r.len()), (checks.len() + 1, checks.len()));
            for (x, residual) in checks.iter().zip(residuals) {
                assert_eq!(evaluate(&locator.product, field(*x)), Field64::ZERO);
                let g = base.iter().fold(Field64::ONE, |g, b| g * (field(*x) - field(*b)));
                assert_eq!(evaluate(&r, field(*x)) * g, residual);
            }
        }
    }
}
