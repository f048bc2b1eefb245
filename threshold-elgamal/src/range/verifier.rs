//! Checking proofs, many of them as one sum.

use alloc::vec::Vec;
use core::fmt;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::{RistrettoPoint, VartimeRistrettoPrecomputation};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul, VartimePrecomputedMultiscalarMul};
use sha2::{Digest, Sha512};

use super::equation::{Equation, Own, Shared};
use super::{Bounds, Generators, RangeProof, Width};
use crate::ciphertext::{Ciphertext, EncodedCiphertext};
use crate::error::Fault;
use crate::keys::GroupKey;
use crate::proof::Place;

/// A proof, and what it is said to prove.
#[derive(Clone, Debug)]
pub struct Claim<'a> {
    pub(super) place: Place<'a>,
    pub(super) encoded: &'a EncodedCiphertext,
    pub(super) c: RistrettoPoint,
    pub(super) proof: &'a RangeProof,
}

impl<'a> Claim<'a> {
    /// That the ciphertext, of this place, is of a reading in the range.
    ///
    /// # Errors
    /// As [`Ciphertext::from_bytes`].
    pub fn new(
        place: &Place<'a>,
        ciphertext: &'a EncodedCiphertext,
        proof: &'a RangeProof,
    ) -> Result<Self, Fault> {
        let decoded = Ciphertext::from_bytes(ciphertext)?;
        Ok(Self::of(*place, ciphertext, &decoded, proof))
    }

    pub(crate) fn of(
        place: Place<'a>,
        encoded: &'a EncodedCiphertext,
        ciphertext: &Ciphertext,
        proof: &'a RangeProof,
    ) -> Self {
        Claim { place, encoded, c: ciphertext.c, proof }
    }
}

/// Checks proofs of the same bounds under one group key. It holds no secret and does not change: threads may share it.
pub struct RangeVerifier {
    key: GroupKey,
    bounds: Bounds,
    generators: Generators,
    /// Multiples of B, Y and the generators.
    tables: VartimeRistrettoPrecomputation,
}

impl RangeVerifier {
    /// Most proofs that are checked as one.
    const BATCH: usize = 1024;
    /// From how many points of their own on the tables save nothing.
    const MANY: usize = 190;

    /// Makes the generators and tables of their multiples, some milliseconds.
    pub fn new(bounds: &Bounds, key: &GroupKey) -> Self {
        let generators = Generators::new(bounds.width());
        let tables = VartimeRistrettoPrecomputation::new(points(key, &generators));
        RangeVerifier { key: *key, bounds: *bounds, generators, tables }
    }

    /// Between which proofs have to be.
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// Their width.
    pub fn width(&self) -> Width {
        self.bounds.width()
    }

    /// One proof.
    ///
    /// # Errors
    /// [`Fault::BadRange`], or as [`Ciphertext::from_bytes`]; to be laid at the sender's door.
    pub fn verify(
        &self,
        place: &Place<'_>,
        ciphertext: &EncodedCiphertext,
        proof: &RangeProof,
    ) -> Result<(), Fault> {
        let claim = Claim::new(place, ciphertext, proof)?;
        if self.verify_all(&[claim]).is_empty() { Ok(()) } else { Err(Fault::BadRange) }
    }

    /// Many proofs at once: which of them do not hold, ascending. Where all do, the work is one multiplication of many
    /// points for each 1,024 proofs. Bad ones are found by halves: each costs about 2·log₂ of as many, of parts of
    /// that size.
    pub fn verify_all(&self, claims: &[Claim<'_>]) -> Vec<usize> {
        let mut bad = Vec::new();
        let numbered: Vec<(usize, &Claim<'_>)> = claims.iter().enumerate().collect();
        for batch in numbered.chunks(Self::BATCH) {
            // A proof for another width has another form.
            let fits = |(_, claim): &&(usize, &Claim<'_>)| {
                claim.proof.halvings.len() == self.width().rounds() as usize
            };
            let (batch, others): (Vec<_>, Vec<_>) = batch.iter().partition(fits);
            bad.extend(others.into_iter().map(|(number, _)| number));
            let equations = Equation::all(&self.key, &self.bounds, batch.iter().map(|(_, claim)| *claim));
            let terms: Vec<Term<'_>> = batch
                .iter()
                .zip(weights(&equations).zip(&equations))
                .map(|((number, _), (weight, equation))| Term { number: *number, weight, equation })
                .collect();
            self.find(&terms, &mut bad);
        }
        bad.sort_unstable();
        bad
    }

    fn find(&self, terms: &[Term<'_>], bad: &mut Vec<usize>) {
        match terms {
            [] => {}
            _ if self.hold(terms) => {}
            [term] => bad.push(term.number),
            _ => {
                let (left, right) = terms.split_at(terms.len() / 2);
                self.find(left, bad);
                self.find(right, bad);
            }
        }
    }

    fn hold(&self, terms: &[Term<'_>]) -> bool {
        let (mut shared, mut own) = (Shared::new(self.width()), Own::default());
        for term in terms {
            term.equation.add(&term.weight, &mut shared, &mut own);
        }
        let Shared { base, key, g, h } = shared;
        let fixed = [base, key].into_iter().chain(g).chain(h);
        let sum = if own.points.len() < Self::MANY {
            self.tables.vartime_mixed_multiscalar_mul(fixed, own.scalars, own.points)
        } else {
            let points = points(&self.key, &self.generators).chain(own.points);
            RistrettoPoint::vartime_multiscalar_mul(fixed.chain(own.scalars), points)
        };
        sum.is_identity()
    }
}

struct Term<'a> {
    /// Of the claim.
    number: usize,
    weight: Scalar,
    equation: &'a Equation<'a>,
}

fn points<'a>(key: &GroupKey, generators: &'a Generators) -> impl Iterator<Item = RistrettoPoint> + use<'a> {
    let fixed = [RISTRETTO_BASEPOINT_POINT, *key.point()];
    fixed.into_iter().chain(generators.g.iter().copied()).chain(generators.h.iter().copied())
}

/// Errors of two proofs could cancel without them: full-width, each hashed from all proofs of the batch,
/// `SHA-512("wattsum v1 elgamal range weight" ‖ seed 64 ‖ index u32) mod q`. They stay in the parts of a batch.
fn weights(equations: &[Equation<'_>]) -> impl Iterator<Item = Scalar> + use<> {
    let mut hash = Sha512::new();
    hash.update(b"wattsum v1 elgamal range batch");
    equations.iter().for_each(|equation| hash.update(equation.digest().as_flattened()));
    let seed = hash.finalize();
    (0u32..).map(move |index| {
        let hash = Sha512::new().chain_update(b"wattsum v1 elgamal range weight");
        let hash = hash.chain_update(seed).chain_update(index.to_le_bytes());
        let mut wide = [0u8; 64];
        wide.copy_from_slice(&hash.finalize());
        Scalar::from_bytes_mod_order_wide(&wide)
    })
}

impl fmt::Debug for RangeVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeVerifier")
            .field("bounds", &self.bounds)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
