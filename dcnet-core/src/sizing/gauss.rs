//! The likelihood ratio of two normal distributions of three statistics, fitted to samples.

/// Mean, inverse Cholesky factor of the covariance, and logarithm of its determinant's root.
#[derive(Clone, Copy, Debug)]
struct Normal {
    mean: [f64; 3],
    inverse: [[f64; 3]; 3],
    log_root: f64,
}

/// ln of the density of the one over that of the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    event: Normal,
    calm: Normal,
}

impl Ratio {
    /// None where the statistics depend on each other, or there are none.
    pub(super) fn fit(
        event: impl Iterator<Item = [f64; 3]> + Clone,
        calm: impl Iterator<Item = [f64; 3]> + Clone,
    ) -> Option<Self> {
        Some(Ratio { event: Normal::fit(event)?, calm: Normal::fit(calm)? })
    }

    pub(super) fn of(&self, x: [f64; 3]) -> f64 {
        self.event.log_density(x) - self.calm.log_density(x)
    }
}

impl Normal {
    fn fit(samples: impl Iterator<Item = [f64; 3]> + Clone) -> Option<Self> {
        let mut count = 0.0;
        let (mut sum, mut squares) = ([0.0; 3], [0.0; 6]);
        for [a, b, c] in samples.clone() {
            count += 1.0;
            sum.iter_mut().zip([a, b, c]).for_each(|(sum, x)| *sum += x);
        }
        if count < 4.0 {
            return None;
        }
        let mean = sum.map(|sum| sum / count);
        for x in samples {
            let [a, b, c] = less(x, mean);
            squares.iter_mut().zip([a * a, a * b, b * b, a * c, b * c, c * c]).for_each(|(sum, x)| *sum += x);
        }
        let [aa, ab, bb, ac, bc, cc] = squares.map(|sum| sum / (count - 1.0));
        // Cholesky: covariance = L Lᵀ, rows of L (l11), (l21, l22), (l31, l32, l33).
        let root = |square: f64, of: f64| (square > 1e-9 * of).then(|| libm::sqrt(square));
        let l11 = root(aa, 0.0)?;
        let (l21, l31) = (ab / l11, ac / l11);
        let l22 = root(bb - l21 * l21, bb)?;
        let l32 = (bc - l31 * l21) / l22;
        // The third is a difference of sums, which is rounding where nothing is common.
        let l33 = root(cc - l31 * l31 - l32 * l32, cc.max(1e-6 * aa))?;
        let inverse = [
            [1.0 / l11, 0.0, 0.0],
            [-l21 / (l11 * l22), 1.0 / l22, 0.0],
            [(l21 * l32 - l31 * l22) / (l11 * l22 * l33), -l32 / (l22 * l33), 1.0 / l33],
        ];
        Some(Normal { mean, inverse, log_root: libm::log(l11) + libm::log(l22) + libm::log(l33) })
    }

    fn log_density(&self, x: [f64; 3]) -> f64 {
        let off = less(x, self.mean);
        let squares = self.inverse.iter().map(|row| {
            let white: f64 = row.iter().zip(off).map(|(weight, off)| weight * off).sum();
            white * white
        });
        -self.log_root - squares.sum::<f64>() / 2.0
    }
}

fn less([a, b, c]: [f64; 3], [d, e, f]: [f64; 3]) -> [f64; 3] {
    [a - d, b - e, c - f]
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, reason = "small numbers of tests")]
mod tests {
    use super::*;

    /// Eight corners and the six ends of the axes: with a known covariance, mixed by a triangular matrix.
    fn cloud(shift: f64) -> impl Iterator<Item = [f64; 3]> + Clone {
        let corners =
            (0..8).map(|bits| [bits & 1, bits >> 1 & 1, bits >> 2].map(|bit| f64::from(2 * bit - 1)));
        corners.map(move |[x, y, z]| [2.0 * x + shift, x + 3.0 * y, x - y + 0.5 * z])
    }

    #[test]
    fn a_shift_is_linear_in_what_it_shifts() {
        let ratio = Ratio::fit(cloud(1.0), cloud(0.0)).unwrap();
        // With equal covariances ln ratio = (x − midpoint)ᵀ Σ⁻¹ shift: L = diag of the mix, times 8/7.
        let inner = |[x, y, z]: [f64; 3]| {
            let (white_x, at) = (x / 2.0, 0.5);
            let white_y = (y - white_x) / 3.0;
            let white_z = (z - white_x + white_y) / 0.5;
            // The shift (1, 0, 0) in white coordinates.
            let (sx, sy) = (at, -at / 3.0);
            let sz = (-sx + sy) / 0.5;
            (white_x * sx + white_y * sy + white_z * sz) * 7.0 / 8.0
        };
        let half = inner([0.5, 0.0, 0.0]);
        for x in [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [-4.0, 0.5, 1.5]] {
            assert!((ratio.of(x) - (inner(x) - half)).abs() < 1e-9, "{x:?}");
        }
    }

    #[test]
    fn statistics_that_depend_on_each_other_have_no_ratio() {
        let flat = (0..20).map(|n| [f64::from(n), f64::from(n % 7), f64::from(n) + f64::from(n % 7)]);
        assert!(Ratio::fit(flat.clone(), flat).is_none());
        assert!(Ratio::fit(cloud(0.0).take(3), cloud(0.0)).is_none());
        assert!(Ratio::fit(cloud(0.0).map(|_| [0.0; 3]), cloud(0.0)).is_none());
    }
}
