//! The commitments of proofs of knowledge, computed from the answers: T₁ = z_r·B − c·R, T₂ = z_m·B + z_r·Y − c·C.

use alloc::vec::Vec;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::{RistrettoPoint, VartimeRistrettoPrecomputation};
use curve25519_dalek::traits::VartimePrecomputedMultiscalarMul;

use super::claims::Claim;
use crate::keys::GroupKey;
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
use crate::lanes::{Answers, Encryption};
use crate::proof::{Commitments, Knowledge};

/// Eight side by side cost as much as one; fewer are computed sooner one by one.
#[cfg(all(target_arch = "x86_64", feature = "tables"))]
const ENOUGH: usize = 3;

pub(super) struct Recompute {
    /// Multiples of B and Y.
    fixed: VartimeRistrettoPrecomputation,
    #[cfg(all(target_arch = "x86_64", feature = "tables"))]
    lanes: Option<Encryption>,
}

impl Recompute {
    pub(super) fn new(key: &GroupKey) -> Self {
        Recompute {
            fixed: VartimeRistrettoPrecomputation::new([RISTRETTO_BASEPOINT_POINT, *key.point()]),
            #[cfg(all(target_arch = "x86_64", feature = "tables"))]
            lanes: Encryption::new(key),
        }
    }

    /// Whether computing so many takes less time than checking hints.
    pub(super) fn outruns_hints(&self, claims: usize) -> bool {
        #[cfg(all(target_arch = "x86_64", feature = "tables"))]
        let lanes = self.lanes.is_some();
        #[cfg(not(all(target_arch = "x86_64", feature = "tables")))]
        let lanes = false;
        lanes && claims >= 8
    }

    /// One each, whether the proof holds or not.
    pub(super) fn commitments(&self, claims: &[&Claim<'_>]) -> Vec<Option<Commitments>> {
        #[cfg(all(target_arch = "x86_64", feature = "tables"))]
        if let Some(lanes) = &self.lanes
            && claims.len() >= ENOUGH
        {
            let answers = claims.iter().map(|claim| Answers {
                ciphertext: claim.encoded,
                challenge: claim.knowledge.challenge,
                of_blinding: claim.knowledge.of_blinding,
                of_reading: claim.knowledge.of_reading,
            });
            return lanes.commitments(&answers.collect::<Vec<_>>());
        }
        self.one_by_one(claims)
    }

    fn one_by_one(&self, claims: &[&Claim<'_>]) -> Vec<Option<Commitments>> {
        // Halves, since a batch encodes the doubles of points.
        let halves: Vec<RistrettoPoint> = claims.iter().flat_map(|claim| self.halves(claim)).collect();
        let encoded = RistrettoPoint::double_and_compress_batch(&halves);
        encoded.as_chunks::<2>().0.iter().map(|pair| Some(pair.map(|point| point.to_bytes()))).collect()
    }

    /// T₁/2 = (z_r/2)·B − (c/2)·R and T₂/2 = (z_m/2)·B + (z_r/2)·Y − (c/2)·C.
    fn halves(&self, claim: &Claim<'_>) -> [RistrettoPoint; 2] {
        let Knowledge { challenge, of_blinding, of_reading } = &claim.knowledge;
        let (c, z_r, z_m) = (-challenge.div_by_2(), of_blinding.div_by_2(), of_reading.div_by_2());
        [
            RistrettoPoint::vartime_double_scalar_mul_basepoint(&c, &claim.ciphertext.r, &z_r),
            self.fixed.vartime_mixed_multiscalar_mul([z_m, z_r], [c], [claim.ciphertext.c]),
        ]
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::scalar::Scalar;
    use meter_link::PartyId;
    use meter_link::answer::Threshold;
    use rand_core::Rng;

    use super::*;
    use crate::ciphertext::{Ciphertext, EncodedCiphertext};

    /// Eight at a time and one at a time give the same, whether the proof holds or not, and what the equations say.
    #[test]
    fn together_and_one_by_one() {
        use chacha20::rand_core::SeedableRng;
        let mut rng = chacha20::ChaCha8Rng::seed_from_u64(5);
        let (keys, _) = crate::deal(Threshold::DEFAULT, &mut rng).unwrap();
        let mut scalar = || {
            let mut wide = [0; 64];
            rng.fill_bytes(&mut wide);
            Scalar::from_bytes_mod_order_wide(&wide)
        };
        let ciphertexts: Vec<Ciphertext> = (0..70)
            .map(|_| Ciphertext {
                r: RistrettoPoint::mul_base(&scalar()),
                c: RistrettoPoint::mul_base(&scalar()),
            })
            .collect();
        let encoded: Vec<EncodedCiphertext> = ciphertexts.iter().map(Ciphertext::to_bytes).collect();
        let mut claims: Vec<Claim<'_>> = ciphertexts
            .into_iter()
            .zip(&encoded)
            .map(|(ciphertext, encoded)| {
                let knowledge =
                    Knowledge { challenge: scalar(), of_blinding: scalar(), of_reading: scalar() };
                Claim { meter: PartyId(1), channel: 0, ciphertext, encoded, knowledge, hint: None }
            })
            .collect();
        let (zero, last) = (Scalar::ZERO, -Scalar::ONE);
        for (claim, [c, r, m]) in claims.iter_mut().zip([
            [zero; 3],
            [last; 3],
            [zero, last, zero],
            [last, zero, zero],
            [Scalar::ONE; 3],
        ]) {
            claim.knowledge = Knowledge { challenge: c, of_blinding: r, of_reading: m };
        }
        let recompute = Recompute::new(keys.group_key());
        for count in [0, 1, 2, 3, 7, 8, 9, 63, 64, 65, 70] {
            let claims: Vec<&Claim<'_>> = claims.iter().take(count).collect();
            let all = recompute.commitments(&claims);
            assert_eq!(all, recompute.one_by_one(&claims), "{count}");
            for (claim, commitments) in claims.iter().zip(all) {
                let Knowledge { challenge, of_blinding, of_reading } = &claim.knowledge;
                let first = RistrettoPoint::mul_base(of_blinding) - claim.ciphertext.r * challenge;
                let second = RistrettoPoint::mul_base(of_reading) + keys.group_key().point() * of_blinding
                    - claim.ciphertext.c * challenge;
                assert_eq!(commitments, Some([first, second].map(|point| point.compress().to_bytes())));
            }
        }
    }
}
