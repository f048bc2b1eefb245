//! The two secret vectors of a proof, and what halves them.
//!
//! The paper folds the generators after each halving. Here they keep the public factors that folding would give
//! them, and are folded after every second: a third less work than after each, or never.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{MultiscalarMul, VartimeMultiscalarMul};
use subtle::ConditionallySelectable;
use zeroize::Zeroizing;

use super::prover::bits_of;
use super::{Bounds, Generators};
use crate::ciphertext::KeyMultiples;
use crate::equality::Encoded;

pub(super) struct Folding<'g> {
    a: Zeroizing<Vec<Scalar>>,
    b: Zeroizing<Vec<Scalar>>,
    g: Cow<'g, [RistrettoPoint]>,
    h: Cow<'g, [RistrettoPoint]>,
    /// Factors of the generators, public.
    of_g: Vec<Scalar>,
    of_h: Vec<Scalar>,
    /// y^0 … y^(k+1).
    powers: Vec<Scalar>,
    inverse_of_y: Scalar,
}

/// Σ factor·generator over those that stand at the same place of their runs of `len`. All of it is public.
fn gathered(generators: &[RistrettoPoint], factors: &mut Vec<Scalar>, len: usize) -> Vec<RistrettoPoint> {
    let one = |place: usize| {
        let factors = factors.chunks(len).filter_map(|run| run.get(place));
        let points = generators.chunks(len).filter_map(|run| run.get(place));
        let (factors, points): (Vec<&Scalar>, Vec<&RistrettoPoint>) = factors.zip(points).unzip();
        RistrettoPoint::vartime_multiscalar_mul(factors, points)
    };
    let gathered = (0..len).map(one).collect();
    *factors = alloc::vec![Scalar::ONE; len];
    gathered
}

/// One of the halves of each run of `2·half`.
fn halves<T>(all: &[T], half: usize, second: bool) -> impl Iterator<Item = &T> {
    let skipped = if second { half } else { 0 };
    all.chunks(half.wrapping_mul(2)).flat_map(move |run| run.iter().skip(skipped).take(half))
}

impl<'g> Folding<'g> {
    pub(super) fn new(
        generators: &'g Generators,
        bounds: &Bounds,
        digits: u64,
        y: &Scalar,
        z: &Scalar,
    ) -> Self {
        let k = generators.g.len();
        let powers: Vec<Scalar> = core::iter::successors(Some(Scalar::ONE), |power| Some(power * y))
            .take(k.wrapping_add(2))
            .collect();
        let (mut a, mut b) = (Vec::with_capacity(k), Vec::with_capacity(k));
        let weights = bounds.weights().zip(powers.iter().rev().skip(1));
        for (bit, (weight, power)) in bits_of(digits).zip(weights) {
            let bit = Scalar::conditional_select(&Scalar::ZERO, &Scalar::ONE, bit);
            a.push(bit - z);
            b.push(bit - Scalar::ONE + Scalar::from(weight) * power + z);
        }
        let ones = alloc::vec![Scalar::ONE; k];
        let inverse_of_y = y.invert();
        let (g, h) = (Cow::from(&generators.g), Cow::from(&generators.h));
        Folding { a: a.into(), b: b.into(), g, h, of_g: ones.clone(), of_h: ones, powers, inverse_of_y }
    }

    /// y^(k+1), the factor of C.
    pub(super) fn of_commitment(&self) -> Scalar {
        self.powers.last().copied().unwrap_or_default()
    }

    /// y^n and y^−n.
    fn power(&self, n: usize) -> (Scalar, Scalar) {
        let inverse = (0..n).fold(Scalar::ONE, |power, _| power * self.inverse_of_y);
        (self.powers.get(n).copied().unwrap_or_default(), inverse)
    }

    /// Σ y^i·a_i·b_i.
    fn weighted(&self, a: &[Scalar], b: &[Scalar]) -> Zeroizing<Scalar> {
        let terms = a.iter().zip(b).zip(self.powers.iter().skip(1)).map(|((a, b), power)| a * b * power);
        Zeroizing::new(terms.sum())
    }

    /// L and R: each half of a against the other half of b.
    pub(super) fn cross(&self, key: &KeyMultiples<'_>, left: &Scalar, right: &Scalar) -> [Encoded; 2] {
        let half = self.a.len() / 2;
        let ((first_a, second_a), (first_b, second_b)) = (self.a.split_at(half), self.b.split_at(half));
        let (power, inverse) = self.power(half);
        let one =
            |a: &[Scalar], b: &[Scalar], shift: &Scalar, product: &Scalar, blinding: &Scalar, second| {
                let len = self.g.len().wrapping_add(2);
                let mut scalars = Zeroizing::new(Vec::with_capacity(len));
                let mut points: Vec<&RistrettoPoint> = Vec::with_capacity(len);
                scalars.extend([product, blinding]);
                points.extend([&RISTRETTO_BASEPOINT_POINT, key.key().point()]);
                scalars.extend(
                    halves(&self.of_g, half, second).zip(a.iter().cycle()).map(|(f, a)| f * shift * a),
                );
                points.extend(halves(&self.g, half, second));
                scalars.extend(halves(&self.of_h, half, !second).zip(b.iter().cycle()).map(|(f, b)| f * b));
                points.extend(halves(&self.h, half, !second));
                Encoded::from(RistrettoPoint::multiscalar_mul(scalars.iter(), points))
            };
        let product = Zeroizing::new(power * *self.weighted(second_a, first_b));
        [
            one(first_a, second_b, &inverse, &self.weighted(first_a, second_b), left, true),
            one(second_a, first_b, &power, &product, right, false),
        ]
    }

    pub(super) fn halve(&mut self, e: &Scalar, inverse_of_e: &Scalar) {
        let half = self.a.len() / 2;
        let (power, inverse) = self.power(half);
        let fold = |all: &[Scalar], of_first: &Scalar, of_second: &Scalar| {
            let (first, second) = all.split_at(half);
            let mut folded = Zeroizing::new(Vec::with_capacity(half));
            folded.extend(first.iter().zip(second).map(|(one, other)| one * of_first + other * of_second));
            folded
        };
        self.a = fold(&self.a, e, &(power * inverse_of_e));
        self.b = fold(&self.b, inverse_of_e, e);
        let spread = |all: &mut [Scalar], of_first: &Scalar, of_second: &Scalar| {
            for run in all.chunks_mut(half.wrapping_mul(2)) {
                let (first, second) = run.split_at_mut(half);
                first.iter_mut().for_each(|factor| *factor *= of_first);
                second.iter_mut().for_each(|factor| *factor *= of_second);
            }
        };
        spread(&mut self.of_g, inverse_of_e, &(e * inverse));
        spread(&mut self.of_h, e, inverse_of_e);
        if self.g.len() == half.wrapping_mul(4) {
            self.g = gathered(&self.g, &mut self.of_g, half).into();
            self.h = gathered(&self.h, &mut self.of_h, half).into();
        }
    }

    /// What is left of a and b.
    pub(super) fn ends(&self) -> (Scalar, Scalar) {
        (self.a.first().copied().unwrap_or_default(), self.b.first().copied().unwrap_or_default())
    }

    /// A′ and B′, with the nonces r, s, δ and η.
    pub(super) fn last(&self, key: &KeyMultiples<'_>, [r, s, delta, eta]: [&Scalar; 4]) -> [Encoded; 2] {
        let y = self.powers.get(1).copied().unwrap_or_default();
        let (a, b) = self.ends();
        let mut scalars = Zeroizing::new(Vec::with_capacity(self.of_g.len().wrapping_mul(2).wrapping_add(2)));
        scalars.extend([(r * b + s * a) * y, *delta]);
        scalars.extend(self.of_g.iter().map(|factor| factor * r));
        scalars.extend(self.of_h.iter().map(|factor| factor * s));
        let fixed = [&RISTRETTO_BASEPOINT_POINT, key.key().point()];
        let points = fixed.into_iter().chain(&*self.g).chain(&*self.h);
        let first = RistrettoPoint::multiscalar_mul(scalars.iter(), points);
        let second = RistrettoPoint::multiscalar_mul([&(r * s * y), eta], fixed);
        [first.into(), second.into()]
    }
}
