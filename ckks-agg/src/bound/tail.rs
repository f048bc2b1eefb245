//! Squares of bounds on what is sampled, as whole numbers.

use crate::preset::Preset;

/// Where tails are cut for one degree. The tests compute them.
#[derive(Clone, Copy)]
pub(super) struct Tail {
    degree: u128,
    /// 2N·exp(−L) ≤ 2⁻¹²⁹: coefficients.
    coefficients: u128,
    /// (N/2)·e·Y·exp(−Y) ≤ 2⁻¹²⁹: slots, which are vectors of two dimensions.
    slots: u128,
    /// As Y, for the root of the product of two such, one with two dimensions and one with four.
    products: u128,
}

impl Tail {
    pub(super) const fn of(preset: Preset) -> Self {
        let (coefficients, slots, products) = match preset.degree() {
            2048 => (98, 102, 57),
            4096 => (99, 103, 58),
            _ => (100, 104, 58),
        };
        Tail { degree: preset.degree() as u128, coefficients, slots, products }
    }

    /// Slots of a sum of `parties` errors: 10.5·n·N·Y.
    pub(super) fn error(&self, parties: u32) -> u128 {
        let doubled = product([21, parties.into(), self.degree, self.slots]);
        doubled.div_ceil(2)
    }

    /// Slots of a sum of `parties` ternary secrets: ⅔·n·N·Y.
    #[cfg(feature = "alloc")]
    pub(super) fn secret(&self, parties: u32) -> u128 {
        product([2, parties.into(), self.degree, self.slots]).div_ceil(3)
    }

    /// Slots of e·v + e₀ + e₁·s: 10.5·N·Y + 7·n·N²·Z².
    pub(super) fn public_key_error(&self, parties: u32) -> u128 {
        let products = product([7, parties.into(), self.degree, self.degree, self.products, self.products]);
        self.error(1).saturating_add(products)
    }

    /// Coefficients of the same: 21·L·(2.1·n·N + 1).
    pub(super) fn public_key_coefficient(&self, parties: u32) -> u128 {
        let squares = product([21, parties.into(), self.degree]).div_ceil(10).saturating_add(1);
        product([21, self.coefficients, squares])
    }
}

fn product<const K: usize>(factors: [u128; K]) -> u128 {
    factors.into_iter().fold(1, u128::saturating_mul)
}

#[cfg(test)]
#[cfg(feature = "alloc")]
mod tests {
    use super::*;
    use libm::{exp, log, log2};

    /// ln of the chance that any slot exceeds a bound, for one value in `Y`.
    fn slots(degree: f64, y: f64) -> f64 {
        log(degree / 2.0) + 1.0 + log(y) - y
    }

    /// ln of the chance that any slot exceeds `z`: P(‖E‖² > 2Vy′) ≤ e·y′·exp(−y′) in two dimensions, where V is at most
    /// proportional to y with P(y) ≤ e²·(y/2)²·exp(−y) in four, summed over whole y.
    fn products(degree: f64, z: f64) -> f64 {
        let four = |y: f64| if y < 2.0 { 1.0 } else { exp(2.0 - y) * (y / 2.0) * (y / 2.0) };
        let two = |y: f64| if y < 1.0 { 1.0 } else { y * exp(1.0 - y) };
        let sum: f64 = (0..140).map(f64::from).map(|y| four(y) * two(z * z / (y + 1.0))).sum();
        log(degree / 2.0) + log(sum + four(140.0))
    }

    #[test]
    #[allow(clippy::cast_precision_loss, clippy::arithmetic_side_effects)]
    fn tails_are_the_least_whole_numbers_that_do() {
        let most = -129.0 * log(2.0);
        for preset in Preset::ALL {
            let tail = Tail::of(preset);
            let degree = preset.degree() as f64;
            assert_eq!(tail.coefficients as f64, libm::ceil((log2(degree) + 130.0) * log(2.0)));
            let (y, z) = (tail.slots as f64, tail.products as f64);
            assert!(slots(degree, y) <= most && slots(degree, y - 1.0) > most);
            assert!(products(degree, z) <= most && products(degree, z - 1.0) > most);
            // ‖s‖² ≤ 1.1·n·N (docs/bounds.md): sub-Gaussian of N dimensions with proxy 2/3.
            let l = tail.coefficients as f64;
            assert!(2.0 / 3.0 * (1.0 + 2.0 * libm::sqrt(l / degree) + 2.0 * l / degree) < 1.1);
        }
    }
}
