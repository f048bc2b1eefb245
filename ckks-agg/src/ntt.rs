//! The number-theoretic transform modulo Xᴺ + 1: â\[i\] = a(ψ^(2·brv(i) + 1)), brv reversing log₂ N bits.
//!
//! ψ is [`Modulus::root`]. In this order, a transform is log₂ N stages of butterflies on halves: Xᴺ + 1 splits into
//! X^(N/2) − r and X^(N/2) + r, each of these again, and so on (Longa and Naehrig, CANS 2016). What one stage multiplies
//! with stands side by side in the tables.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code, unused_variables))] // other machines have plain integers only

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

#[cfg(target_arch = "x86_64")]
use crate::lanes::Avx2;
use crate::lanes::{Job, Lanes, Machine};
use crate::modulus::{Factor, Modulus};

pub(crate) mod float;
pub(crate) mod passes;
mod scalar;
#[cfg(target_arch = "x86_64")]
pub(crate) mod words;

/// Powers of ψ for both directions, as the machine's kernels take them.
pub(crate) struct Tables {
    machine: Machine,
    forward: Roots,
    inverse: Roots,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Inverse,
}

enum Roots {
    Scalar {
        /// ψ^±brv(k) at k: the stage with m blocks takes those at m..2m.
        roots: Box<[Factor]>,
        /// 1/N, and 1/N times the factor of the inverse's last stage.
        last: [Factor; 2],
    },
    Lanes(passes::Tables),
}

impl Tables {
    pub(crate) fn new(modulus: &Modulus, degree: usize, machine: Machine) -> Self {
        let root = modulus.root(degree);
        let of = |root, direction| Roots::new(modulus, powers(modulus, degree, root), direction, machine);
        let inverse = modulus.inverse_vartime(root);
        Tables { machine, forward: of(root, Direction::Forward), inverse: of(inverse, Direction::Inverse) }
    }

    /// In place, on N residues.
    pub(crate) fn forward(&self, modulus: &Modulus, values: &mut [u64]) {
        let (roots, direction) = (&self.forward, Direction::Forward);
        self.machine.run(Transform { roots, direction, modulus, values });
    }

    /// In place, on N residues.
    pub(crate) fn inverse(&self, modulus: &Modulus, values: &mut [u64]) {
        let (roots, direction) = (&self.inverse, Direction::Inverse);
        self.machine.run(Transform { roots, direction, modulus, values });
    }
}

impl Roots {
    fn new(modulus: &Modulus, roots: Box<[Factor]>, direction: Direction, machine: Machine) -> Self {
        match machine {
            #[cfg(target_arch = "x86_64")]
            Machine::Avx2(_) => {
                Roots::Lanes(passes::Tables::new::<4, float::Doubles<4, Avx2>>(modulus, &roots, direction))
            }
            #[cfg(target_arch = "x86_64")]
            Machine::Ifma(_) => {
                Roots::Lanes(passes::Tables::new::<8, words::Words>(modulus, &roots, direction))
            }
            Machine::Scalar => Self::scalar(modulus, roots),
        }
    }

    fn scalar(modulus: &Modulus, roots: Box<[Factor]>) -> Self {
        let whole = modulus.inverse_vartime(roots.len() as u64);
        let last = roots.get(1).map_or(0, |factor| modulus.mul(whole, factor.value));
        Roots::Scalar { roots, last: [modulus.factor(whole), modulus.factor(last)] }
    }
}

struct Transform<'a> {
    roots: &'a Roots,
    direction: Direction,
    modulus: &'a Modulus,
    values: &'a mut [u64],
}

impl Job for Transform<'_> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        if let Roots::Lanes(tables) = self.roots {
            let on = lanes.transform(self.modulus);
            match self.direction {
                Direction::Forward => tables.forward(on, self.values),
                Direction::Inverse => tables.inverse(on, self.values),
            }
        }
    }

    fn run_scalar(self) {
        if let Roots::Scalar { roots, last } = self.roots {
            debug_assert_eq!(self.values.len(), roots.len());
            match self.direction {
                Direction::Forward => scalar::forward(self.modulus, roots, self.values),
                Direction::Inverse => scalar::inverse(self.modulus, roots, *last, self.values),
            }
        }
    }
}

/// The last `bits` bits of `index` in the opposite order.
pub(crate) const fn reversed(index: usize, bits: u32) -> usize {
    index.reverse_bits().unbounded_shr(usize::BITS.wrapping_sub(bits))
}

/// root^brv(k) at k.
fn powers(modulus: &Modulus, degree: usize, root: u64) -> Box<[Factor]> {
    let bits = degree.trailing_zeros();
    let mut table: Vec<Factor> = vec![Factor::default(); degree];
    let mut power = 1;
    for k in 0..degree {
        if let Some(place) = table.get_mut(reversed(k, bits)) {
            *place = modulus.factor(power);
        }
        power = modulus.mul(power, root);
    }
    table.into_boxed_slice()
}

/// Where each residue of m(X^g) stands among those of m, for an odd g.
pub(crate) fn automorphism(degree: usize, g: u32) -> Box<[u32]> {
    let bits = degree.trailing_zeros();
    let mask = degree.wrapping_mul(2).wrapping_sub(1);
    let from = |i| {
        let exponent = reversed(i, bits).wrapping_mul(2).wrapping_add(1).wrapping_mul(g as usize) & mask;
        #[allow(clippy::cast_possible_truncation)] // below the degree
        let place = reversed(exponent.unbounded_shr(1), bits) as u32;
        place
    };
    (0..degree).map(from).collect()
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::*;
    use crate::lanes::Path;
    use crate::preset::Preset;
    use crate::ring::{Prime, Ring};

    fn noise(prime: &Prime, degree: usize, seed: u64) -> Vec<u64> {
        let mut x = seed;
        let next = |_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 7) % prime.q()
        };
        (0..degree).map(next).collect()
    }

    fn rings() -> impl Iterator<Item = Ring> {
        let paths = Path::ALL.into_iter().filter(|path| path.available());
        paths.flat_map(|path| Preset::ALL.map(|preset| Ring::build(preset, path)))
    }

    fn primes(ring: &Ring) -> impl Iterator<Item = &Prime> {
        ring.primes().iter().chain(ring.special())
    }

    #[test]
    fn values_are_those_of_the_polynomial_at_the_roots() {
        for ring in rings() {
            let n = ring.preset().degree();
            for prime in primes(&ring) {
                let modulus = prime.modulus();
                let coefficients = noise(prime, n, 1);
                let mut values = coefficients.clone();
                prime.forward(&mut values);
                let root = modulus.root(n);
                for i in [0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 77, n / 2 - 1, n / 2, n - 9, n - 2, n - 1] {
                    let exponent = 2 * reversed(i, n.trailing_zeros()) as u64 + 1;
                    let x = modulus.power_vartime(root, exponent);
                    let value = coefficients.iter().rev().fold(0, |sum, c| modulus.mul_add(sum, x, *c));
                    assert_eq!(values[i], value, "{:?} {} at {i}", ring.preset(), prime.q());
                }
                prime.inverse(&mut values);
                assert_eq!(values, coefficients);
            }
        }
    }

    #[test]
    fn products_are_those_of_schoolbook() {
        let ring = Ring::build(Preset::Small, Path::best());
        let n = ring.preset().degree();
        for prime in primes(&ring) {
            let modulus = prime.modulus();
            let (mut a, mut b) = (noise(prime, n, 2), noise(prime, n, 3));
            let mut product = vec![0; n];
            for (i, x) in a.iter().enumerate() {
                for (j, y) in b.iter().enumerate() {
                    let term = modulus.mul(*x, *y);
                    let place = &mut product[(i + j) % n];
                    *place = if i + j < n { modulus.add(*place, term) } else { modulus.sub(*place, term) };
                }
            }
            prime.forward(&mut a);
            prime.forward(&mut b);
            prime.mul(&mut a, &b);
            prime.inverse(&mut a);
            assert_eq!(a, product);
        }
    }

    #[test]
    fn automorphisms_permute_values() {
        let ring = Ring::build(Preset::Small, Path::best());
        let (n, prime) = (ring.preset().degree(), &ring.primes()[0]);
        let coefficients = noise(prime, n, 4);
        for g in [3, 5, 25, 2 * n as u32 - 1] {
            let mut image = vec![0; n];
            for (i, c) in coefficients.iter().enumerate() {
                let place = i * g as usize % (2 * n);
                image[place % n] = if place < n { *c } else { prime.modulus().negate(*c) };
            }
            let mut values = coefficients.clone();
            prime.forward(&mut values);
            let mut moved = vec![0; n];
            prime.permute(&mut moved, &values, &automorphism(n, g));
            prime.inverse(&mut moved);
            assert_eq!(moved, image, "{g}");
        }
    }
}
