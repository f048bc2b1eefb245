//! The canonical embedding as a fast Fourier transform over the powers of 5.
//!
//! With n = N/2 and u_k = c_k + i·c_(k+n), slot j is Σ_k u_k·ζ^(k·5^j), since ζ^(n·5^j) = i. Real and imaginary parts lie
//! in arrays of their own, so that vectors run along them; steps on blocks of 2, 4 and 8 values are done in the order of
//! reversed bits, where such a block is eight rows. Additions, subtractions and products are IEEE's and in one order,
//! never fused: results are the same to the last bit however long the vectors are.

use alloc::vec::Vec;

use meter_link::pad::{Loop, Path};

use crate::preset::Preset;

mod steps;

use steps::{Complex, LANES};

/// Roots of unity for one degree.
pub(super) struct Embedding {
    /// For blocks of 2, 4, …, n values one after the other: factors of the upper halves.
    re: Vec<f64>,
    im: Vec<f64>,
    /// The number of a block of eight among those with the same three high bits, in reversed bits.
    reversed: Vec<u32>,
}

impl Embedding {
    #[allow(clippy::arithmetic_side_effects)] // of small constants
    pub(super) fn new(preset: Preset) -> Self {
        let slots = preset.slots();
        let (mut re, mut im) = (Vec::with_capacity(slots), Vec::with_capacity(slots));
        let mut length = 2usize;
        while length <= slots {
            // Factor j of a block of `length` values is exp(2πi·(5^j mod 4·length)/(4·length)).
            let turn = 4 * length;
            let mut power = 1usize;
            for _ in 0..length / 2 {
                let (sin, cos) = root(power, turn);
                re.push(cos);
                im.push(sin);
                power = power * 5 % turn;
            }
            length *= 2;
        }
        let stride = slots / (LANES * LANES);
        let bits = stride.trailing_zeros();
        #[allow(clippy::cast_possible_truncation)] // slots are few
        let reversed = (0..stride as u32).map(|i| i.reverse_bits() >> (32 - bits)).collect();
        Embedding { re, im, reversed }
    }

    /// Slots of the polynomial u, which is overwritten.
    pub(super) fn evaluate(&self, path: Path, u: Complex<'_>, slots: Complex<'_>) {
        let ([u_re, u_im], [re, im]) = (u, slots);
        path.vectorise(FirstThree { embedding: self, u: [u_re, u_im] });
        steps::reverse(&self.reversed, u_re, re);
        steps::reverse(&self.reversed, u_im, im);
        path.vectorise(Up { embedding: self, slots: [re, im] });
    }

    /// n times the polynomial u that has these slots, which are overwritten.
    pub(super) fn interpolate(&self, path: Path, slots: Complex<'_>, u: Complex<'_>) {
        let ([re, im], [u_re, u_im]) = (slots, u);
        path.vectorise(Down { embedding: self, slots: [re, im] });
        steps::reverse(&self.reversed, re, u_re);
        steps::reverse(&self.reversed, im, u_im);
        path.vectorise(LastThree { embedding: self, u: [u_re, u_im] });
    }

    /// Of blocks of 2·`half`: those before have 1 + 2 + … + half/2.
    #[inline(always)]
    fn factors(&self, half: usize) -> (&[f64], &[f64]) {
        let from = half.wrapping_sub(1);
        let of = from..from.wrapping_add(half);
        (self.re.get(of.clone()).unwrap_or_default(), self.im.get(of).unwrap_or_default())
    }
}

/// From blocks of eight, whose steps are done, to one block.
struct Up<'a> {
    embedding: &'a Embedding,
    slots: Complex<'a>,
}

impl Loop for Up<'_> {
    #[inline(always)]
    fn run(self) {
        let [re, im] = self.slots;
        let (length, mut half) = (re.len(), LANES);
        while half.wrapping_mul(4) <= length {
            steps::two_up(self.embedding, half, [re, im]);
            half = half.wrapping_mul(4);
        }
        if half < length {
            steps::one_up(self.embedding, half, [re, im]);
        }
    }
}

/// From one block to blocks of eight, whose steps are left.
struct Down<'a> {
    embedding: &'a Embedding,
    slots: Complex<'a>,
}

impl Loop for Down<'_> {
    #[inline(always)]
    fn run(self) {
        let [re, im] = self.slots;
        let mut half = re.len() >> 1;
        // Down to blocks of sixteen in pairs of steps.
        if half.trailing_zeros() & 1 == 1 {
            steps::one_down(self.embedding, half, [re, im]);
            half >>= 1;
        }
        while half > LANES {
            steps::two_down(self.embedding, half, [re, im]);
            half >>= 2;
        }
    }
}

struct FirstThree<'a> {
    embedding: &'a Embedding,
    u: Complex<'a>,
}

impl Loop for FirstThree<'_> {
    #[inline(always)]
    fn run(self) {
        steps::first_three(self.embedding, self.u);
    }
}

struct LastThree<'a> {
    embedding: &'a Embedding,
    u: Complex<'a>,
}

impl Loop for LastThree<'_> {
    #[inline(always)]
    fn run(self) {
        steps::last_three(self.embedding, self.u);
    }
}

/// sin and cos of 2π·power/turn, from the first eighth of the turn, where `libm` is right to the last bit or nearly.
#[allow(clippy::cast_precision_loss, clippy::arithmetic_side_effects)] // power < turn ≤ 2^14
fn root(power: usize, turn: usize) -> (f64, f64) {
    let eighth = turn / 8;
    let (octant, rest) = (power / eighth, power % eighth);
    let angle = |steps: usize| 2.0 * core::f64::consts::PI * steps as f64 / turn as f64;
    let (x, y) = if octant.is_multiple_of(2) {
        (libm::sin(angle(rest)), libm::cos(angle(rest)))
    } else {
        (libm::cos(angle(eighth - rest)), libm::sin(angle(eighth - rest)))
    };
    // Within a quarter turn; the others follow.
    match power / (2 * eighth) {
        0 => (x, y),
        1 => (y, -x),
        2 => (-x, -y),
        _ => (-y, x),
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
mod tests {
    use super::*;
    use alloc::vec;
    use core::f64::consts::PI;

    /// Values between −1 and 1.
    fn values(count: usize, seed: u64) -> Vec<f64> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        (0..count).map(|_| next()).collect()
    }

    /// cos and sin of π·k/N for all k below 2N.
    fn roots(degree: usize) -> Vec<(f64, f64)> {
        let angle = |k: usize| PI * k as f64 / degree as f64;
        (0..2 * degree).map(|k| (libm::cos(angle(k)), libm::sin(angle(k)))).collect()
    }

    /// 5^j mod 2N.
    fn powers(degree: usize) -> Vec<usize> {
        core::iter::successors(Some(1), |power| Some(power * 5 % (2 * degree))).take(degree / 2).collect()
    }

    #[test]
    fn agrees_with_the_definition() {
        for preset in [Preset::Small, Preset::Sum, Preset::Variance] {
            let (degree, n) = (preset.degree(), preset.slots());
            let (roots, powers) = (roots(degree), powers(degree));
            let embedding = Embedding::new(preset);
            let (re, im) = (values(n, 1), values(n, 2));
            let (mut a, mut b, mut c, mut d) = (re.clone(), im.clone(), vec![0.0; n], vec![0.0; n]);
            embedding.interpolate(Path::BEST, [&mut a, &mut b], [&mut c, &mut d]);
            for k in (0..n).step_by(37).chain([n - 1]) {
                let terms = powers.iter().zip(re.iter().zip(&im)).map(|(p, (x, y))| {
                    let (cos, sin) = roots[p * k % (2 * degree)];
                    (x * cos + y * sin, y * cos - x * sin)
                });
                let (x, y) = terms.fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
                assert!((x - c[k]).abs() < 1e-10 && (y - d[k]).abs() < 1e-10, "{preset:?} {k}");
            }
            let (mut a, mut b) = (vec![0.0; n], vec![0.0; n]);
            embedding.evaluate(Path::BEST, [&mut c.clone(), &mut d.clone()], [&mut a, &mut b]);
            for j in (0..n).step_by(41).chain([n - 1]) {
                let terms = c.iter().zip(&d).enumerate().map(|(k, (x, y))| {
                    let (cos, sin) = roots[powers[j] * k % (2 * degree)];
                    (x * cos - y * sin, x * sin + y * cos)
                });
                let (x, y) = terms.fold((0.0, 0.0), |(x, y), (a, b)| (x + a, y + b));
                assert!((x - a[j]).abs() < 1e-7 && (y - b[j]).abs() < 1e-7, "{preset:?} {j}");
            }
            // There and back.
            for (found, value) in a.iter().zip(&re).chain(b.iter().zip(&im)) {
                assert!((found / n as f64 - value).abs() < 1e-13);
            }
        }
    }

    #[test]
    fn every_path_gives_the_same_bits() {
        for preset in [Preset::Small, Preset::Sum, Preset::Variance] {
            let n = preset.slots();
            let embedding = Embedding::new(preset);
            let both = |path| {
                let (mut a, mut b) = (values(n, 3), values(n, 4));
                let (mut c, mut d) = (vec![0.0; n], vec![0.0; n]);
                embedding.interpolate(path, [&mut a, &mut b], [&mut c, &mut d]);
                let (mut e, mut f) = (c.clone(), d.clone());
                embedding.evaluate(path, [&mut e, &mut f], [&mut a, &mut b]);
                [a, b, c, d].map(|part| part.into_iter().map(f64::to_bits).collect::<Vec<_>>())
            };
            let first = both(Path::Single);
            for path in Path::ALL {
                assert!(both(path) == first, "{preset:?} {path:?}");
            }
        }
    }

    /// Factors are right to the last bit or the one before: nothing else in the transform is worse.
    #[test]
    fn roots_lie_on_the_circle() {
        for turn in [8, 64, 4096, 16384] {
            for power in 0..turn {
                let (sin, cos) = root(power, turn);
                let angle = 2.0 * PI * power as f64 / turn as f64;
                assert!((sin - libm::sin(angle)).abs() < 1e-15 && (cos - libm::cos(angle)).abs() < 1e-15);
                assert!((sin * sin + cos * cos - 1.0).abs() <= 2.0 * f64::EPSILON);
            }
        }
    }
}
