//! What a proof claims, as one sum of points that has to be zero.
//!
//! With the weights d_i of the digits, the challenges y, z, e_j of the halvings and e, and x_i = Π e_j^(±1), + where generator i stood in the second half
//! of halving j:
//!
//! ```text
//! e²·(A + y^(k+1)·C + Σ e_j²·L_j + e_j^(−2)·R_j) + e·A′ + B′
//!   − Σ (e²·z + r′·e·y^(1−i)·x_i)·G_i + Σ (e²·(d_i·y^(k+1−i) + z) − s′·e/x_i)·H_i
//!   + (e²·(ζ − y^(k+1)·least) − r′·s′·y)·B − δ′·Y = 0,
//! ζ = (z − z²)·Σ y^i − z·y^(k+1)·Σ d_i.
//! ```

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;

use super::transcript::Transcript;
use super::verifier::Claim;
use super::{Bounds, RangeProof, Width};
use crate::keys::GroupKey;
use crate::window;

/// A proof with its challenges.
pub(super) struct Equation<'a> {
    bounds: &'a Bounds,
    c: &'a RistrettoPoint,
    proof: &'a RangeProof,
    y: Challenge,
    halvings: Vec<Challenge>,
    z: Scalar,
    e: Scalar,
    /// The transcript's last: with it and the three scalars a proof is fixed.
    state: [u8; 64],
}

struct Challenge {
    value: Scalar,
    inverse: Scalar,
}

/// What the points that all proofs share are multiplied by.
pub(super) struct Shared {
    pub(super) base: Scalar,
    pub(super) key: Scalar,
    pub(super) g: Vec<Scalar>,
    pub(super) h: Vec<Scalar>,
}

impl Shared {
    pub(super) fn new(width: Width) -> Self {
        let zeros = alloc::vec![Scalar::ZERO; width.bits() as usize];
        Shared { base: Scalar::ZERO, key: Scalar::ZERO, g: zeros.clone(), h: zeros }
    }
}

/// The points of single proofs, and what they are multiplied by.
#[derive(Default)]
pub(super) struct Own {
    pub(super) scalars: Vec<Scalar>,
    pub(super) points: Vec<RistrettoPoint>,
}

impl<'a> Equation<'a> {
    pub(super) fn all(
        key: &GroupKey,
        bounds: &'a Bounds,
        claims: impl Iterator<Item = &'a Claim<'a>>,
    ) -> Vec<Self> {
        let mut equations: Vec<Self> = claims.map(|claim| Self::new(key, bounds, claim)).collect();
        // One inversion for all of them: hashes, none of which is zero.
        let values = equations.iter().flat_map(|one| core::iter::once(&one.y).chain(&one.halvings));
        let mut inverses: Vec<Scalar> = values.map(|challenge| challenge.value).collect();
        Scalar::invert_batch_alloc(&mut inverses);
        let challenges =
            equations.iter_mut().flat_map(|one| core::iter::once(&mut one.y).chain(&mut one.halvings));
        challenges.zip(inverses).for_each(|(challenge, inverse)| challenge.inverse = inverse);
        equations
    }

    fn new(key: &GroupKey, bounds: &'a Bounds, claim: &'a Claim<'a>) -> Self {
        let proof = claim.proof;
        let mut transcript = Transcript::new(&claim.place, key, claim.encoded, bounds);
        // Inverted later, all at once.
        let challenge = |value| Challenge { value, inverse: Scalar::ZERO };
        let y = challenge(transcript.challenge(&[proof.bits]));
        let z = transcript.challenge(&[]);
        let halvings = proof.halvings.iter().map(|pair| challenge(transcript.challenge(pair))).collect();
        let e = transcript.challenge(&proof.last);
        let state = *transcript.state();
        Equation { bounds, c: &claim.c, proof, y, halvings, z, e, state }
    }

    /// The transcript's last state and `r′ ‖ s′ ‖ δ′`.
    pub(super) fn digest(&self) -> [[u8; 32]; 5] {
        let [first, second] = match self.state.as_chunks::<32>().0 {
            [first, second] => [*first, *second],
            _ => [[0; 32]; 2], // 64 bytes are two chunks
        };
        let RangeProof { of_g, of_h, of_key, .. } = self.proof;
        [first, second, of_g.to_bytes(), of_h.to_bytes(), of_key.to_bytes()]
    }

    /// x_i, from i = 1: the challenges of the first halvings are those of the highest bits of i − 1.
    fn products(&self) -> Vec<Scalar> {
        let mut products = Vec::with_capacity(self.bounds.width().bits() as usize);
        products.push(self.halvings.iter().map(|challenge| challenge.inverse).product());
        for Challenge { value, .. } in self.halvings.iter().rev() {
            let square = value * value;
            for place in 0..products.len() {
                products.extend(products.get(place).map(|product: &Scalar| product * square));
            }
        }
        products
    }

    /// Adds the sum, `weight` times.
    pub(super) fn add(&self, weight: &Scalar, shared: &mut Shared, own: &mut Own) {
        let Equation { proof, y: Challenge { value: y, inverse: inverse_of_y }, z, e, .. } = self;
        let squared = weight * e * e;
        let (of_z, bits) = (squared * z, self.bounds.width().bits());

        // Σ y^i for i = 1 … k, and y^(k+1).
        let (sum, power) = (0..bits).fold((Scalar::ZERO, *y), |(sum, power), _| (sum + power, power * y));
        let (least, span) = (window::scalar(self.bounds.least()), Scalar::from(self.bounds.span()));
        let zeta = (z - z * z) * sum - z * power * span;
        shared.base += squared * (zeta - power * least) - weight * proof.of_g * proof.of_h * y;
        shared.key -= weight * proof.of_key;

        let products = self.products();
        let (mut of_g, of_h) = (weight * e * proof.of_g, weight * e * proof.of_h);
        let mut of_digit = squared * power * inverse_of_y;
        let factors = products.iter().zip(products.iter().rev()).zip(self.bounds.weights());
        for ((g, h), ((product, inverse), digit)) in shared.g.iter_mut().zip(&mut shared.h).zip(factors) {
            *g -= of_z + of_g * product;
            *h += of_digit * Scalar::from(digit) + of_z - of_h * inverse;
            of_g *= inverse_of_y;
            of_digit *= inverse_of_y;
        }

        own.scalars.extend([squared, squared * power, weight * e, *weight]);
        let [first, second] = &proof.last;
        own.points.extend([proof.bits.point(), self.c, first.point(), second.point()]);
        let squares = self.halvings.iter().flat_map(|one| [one.value * one.value, one.inverse * one.inverse]);
        own.scalars.extend(squares.map(|square| squared * square));
        own.points.extend(proof.halvings.as_flattened().iter().map(|point| point.point()));
    }
}
