//! Proofs of knowledge, many at once.
//!
//! A proof is c ‖ z_r ‖ z_m, so who checks it computes T₁ = z_r·B − c·R and T₂ = z_m·B + z_r·Y − c·C and hashes
//! them: two multiplications a proof, which no batch saves. Who is given T₁ and T₂ hashes them first, and then
//! checks both equations of all proofs by one multi-scalar multiplication,
//!
//! Σ w_i·(z_r·B − c·R − T₁)_i + w'_i·(z_m·B + z_r·Y − c·C − T₂)_i = 0,
//!
//! with weights of 128 bits hashed from all of the batch. The group has prime order, so that if an equation is
//! wrong, a share of at most 2^-128 of all weights hides it (Bellare, Garay and Rabin 1998, small exponents test;
//! the hash as a random oracle). T₁ and T₂ need not be trusted: others than the prover's do not hash to c, and if
//! the prover's are wrong, its proof is.

use alloc::vec::Vec;
use core::iter;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use meter_link::identity::weights;
use meter_link::{Context, PartyId, Round};
use sha2::{Digest, Sha512};

use crate::ciphertext::{Ciphertext, EncodedCiphertext};
use crate::keys::GroupKey;
use crate::proof::{Commitments, Knowledge, Place, challenge_hash};

use super::decode::decode;
use super::recompute::Recompute;

/// So many are checked by one equation: more would leave the cache.
const WHOLE: usize = 2048;
/// Of a whole that fails, so many.
const PART: usize = 64;

/// A proof to be checked.
pub(super) struct Claim<'f> {
    pub(super) meter: PartyId,
    pub(super) channel: u16,
    pub(super) ciphertext: Ciphertext,
    pub(super) encoded: &'f EncodedCiphertext,
    pub(super) knowledge: Knowledge,
    pub(super) hint: Option<&'f Commitments>,
}

/// What proofs are checked against.
pub(super) struct Claims {
    key: GroupKey,
    recompute: Recompute,
}

/// Where claims belong.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    pub(super) context: &'a Context,
    pub(super) round: Round,
}

/// A claim whose hint hashes to its challenge.
struct Hinted<'c> {
    claim: &'c Claim<'c>,
    outcome: &'c mut Option<Commitments>,
    commitments: Commitments,
    points: [RistrettoPoint; 2],
    hash: [u8; 64],
}

impl Claims {
    pub(super) fn new(key: &GroupKey) -> Self {
        Claims { key: *key, recompute: Recompute::new(key) }
    }

    /// The commitments of every claim that holds: by its hint, where there is one and it is right, or computed.
    pub(super) fn check(&self, at: At<'_>, claims: &[Claim<'_>]) -> Vec<Option<Commitments>> {
        let mut outcomes = alloc::vec![None; claims.len()];
        if !self.recompute.outruns_hints(claims.len()) {
            self.by_hints(at, claims, &mut outcomes);
        }
        let rest: Vec<&Claim<'_>> = claims
            .iter()
            .zip(&outcomes)
            .filter_map(|(claim, outcome)| outcome.is_none().then_some(claim))
            .collect();
        let computed = self.recompute.commitments(&rest);
        let holding = rest.into_iter().zip(computed).map(|(claim, commitments)| {
            commitments.filter(|commitments| self.matches(at, claim, commitments).is_some())
        });
        let holding: Vec<Option<Commitments>> = holding.collect();
        let open = outcomes.iter_mut().filter(|outcome| outcome.is_none());
        open.zip(holding).for_each(|(outcome, commitments)| *outcome = commitments);
        outcomes
    }

    /// The hash that commitments give, if it is the challenge.
    fn matches(&self, at: At<'_>, claim: &Claim<'_>, commitments: &Commitments) -> Option<[u8; 64]> {
        let place = Place { context: at.context, round: at.round, id: claim.meter, channel: claim.channel };
        let hash = challenge_hash(&place, &self.key, claim.encoded, commitments);
        (Scalar::from_bytes_mod_order_wide(&hash) == claim.knowledge.challenge).then_some(hash)
    }

    fn by_hints(&self, at: At<'_>, claims: &[Claim<'_>], outcomes: &mut [Option<Commitments>]) {
        let matching = claims.iter().zip(outcomes).filter_map(|(claim, outcome)| {
            let hint = claim.hint?;
            let hash = self.matches(at, claim, hint)?;
            Some((claim, outcome, *hint, hash))
        });
        let matching: Vec<_> = matching.collect();
        let points = decode(matching.iter().flat_map(|(_, _, hint, _)| hint));
        let decoded = matching.into_iter().zip(points.as_chunks::<2>().0);
        let hinted = decoded.filter_map(|((claim, outcome, commitments, hash), points)| {
            let [first, second] = *points;
            Some(Hinted { claim, outcome, commitments, points: [first?, second?], hash })
        });
        let mut hinted: Vec<Hinted<'_>> = hinted.collect();
        for whole in hinted.chunks_mut(WHOLE) {
            let all = self.hold(whole);
            let size = whole.len();
            for part in whole.chunks_mut(PART) {
                if all || size > PART && self.hold(part) {
                    part.iter_mut().for_each(|one| *one.outcome = Some(one.commitments));
                }
            }
        }
    }

    /// Both equations of all of these, negated, so that the weights stay short at T₁ and T₂.
    fn hold(&self, hinted: &[Hinted<'_>]) -> bool {
        let pairs = pairs(hinted.iter().map(|Hinted { claim, hash, .. }| (hash, &claim.knowledge)));
        let (mut of_base, mut of_key) = (Scalar::ZERO, Scalar::ZERO);
        let terms = hinted.len().saturating_mul(4).saturating_add(2);
        let mut scalars = Vec::with_capacity(terms);
        let mut points: Vec<&RistrettoPoint> = Vec::with_capacity(terms);
        for (Hinted { claim, points: commitments, .. }, [first, second]) in hinted.iter().zip(pairs) {
            let Knowledge { challenge, of_blinding, of_reading } = &claim.knowledge;
            of_base += first * of_blinding + second * of_reading;
            of_key += second * of_blinding;
            scalars.extend([first * challenge, second * challenge, first, second]);
            points.extend([&claim.ciphertext.r, &claim.ciphertext.c]);
            points.extend(commitments);
        }
        scalars.extend([-of_base, -of_key]);
        points.extend([&RISTRETTO_BASEPOINT_POINT, self.key.point()]);
        RistrettoPoint::vartime_multiscalar_mul(scalars, points).is_identity()
    }
}

/// Two weights for each proof, from the hashes that its challenge comes of, and its answers: all that is in the equations.
fn pairs<'p>(
    proofs: impl Iterator<Item = (&'p [u8; 64], &'p Knowledge)>,
) -> impl Iterator<Item = [Scalar; 2]> {
    let mut transcript = Sha512::new();
    transcript.update(b"wattsum v1 elgamal proofs");
    for (hash, knowledge) in proofs {
        transcript.update(hash);
        transcript.update(knowledge.of_blinding.as_bytes());
        transcript.update(knowledge.of_reading.as_bytes());
    }
    let mut weights = weights(transcript.finalize().into()).map(Scalar::from);
    iter::from_fn(move || Some([weights.next()?, weights.next()?]))
}

#[cfg(test)]
mod tests {
    use chacha20::ChaCha8Rng;
    use chacha20::rand_core::SeedableRng;
    use meter_link::answer::Threshold;

    use super::*;
    use crate::ciphertext::Blinding;

    /// What is right is accepted by the equations alone: nothing is computed again. With one wrong, all parts but
    /// its own are.
    #[test]
    fn hints_are_made_use_of() {
        let (keys, _) = crate::deal(Threshold::DEFAULT, &mut ChaCha8Rng::seed_from_u64(1)).unwrap();
        let (key, context, round) = (keys.group_key(), Context([3; 32]), Round::from(9u32));
        let (at, claims) = (At { context: &context, round }, Claims::new(key));
        let encoded: Vec<EncodedCiphertext> =
            (1..=100).map(|n| Ciphertext::encrypt(key, 50 - i64::from(n), &blinding(n)).to_bytes()).collect();
        let mut made: Vec<Claim<'_>> = (1..)
            .zip(&encoded)
            .map(|(n, encoded)| {
                let place = Place { context: &context, round, id: PartyId(n.into()), channel: 2 };
                let nonces = [&blinding(n + 100), &blinding(n + 101)];
                let knowledge =
                    Knowledge::prove(&place, key, encoded, 50 - i64::from(n), &blinding(n), nonces);
                let ciphertext = Ciphertext::from_bytes(encoded).unwrap();
                Claim { meter: place.id, channel: 2, ciphertext, encoded, knowledge, hint: None }
            })
            .collect();
        let hints: Vec<Commitments> = claims.check(at, &made).into_iter().map(Option::unwrap).collect();
        made.iter_mut().zip(&hints).for_each(|(claim, hint)| claim.hint = Some(hint));
        let by_hints = |made: &[Claim<'_>]| -> Vec<bool> {
            let mut outcomes = alloc::vec![None; made.len()];
            claims.by_hints(at, made, &mut outcomes);
            outcomes.iter().map(Option::is_some).collect()
        };
        assert_eq!(by_hints(&made), [true; 100]);
        for wrong in [0, 63, 64, 99] {
            let right = made[wrong].knowledge;
            for which in 0..2 {
                let knowledge = &mut made[wrong].knowledge;
                *[&mut knowledge.of_blinding, &mut knowledge.of_reading][which] += Scalar::ONE;
                let parts: Vec<bool> = (0..100).map(|place| place / PART != wrong / PART).collect();
                assert_eq!(by_hints(&made), parts);
                assert_eq!(claims.check(at, &made).iter().position(Option::is_none), Some(wrong));
                made[wrong].knowledge = right;
            }
        }
        // Errors that cancel under equal weights: in two proofs of a part, and in the equations of one.
        let shift = RistrettoPoint::mul_base(&Scalar::from(7u8));
        made[70].knowledge.of_reading += Scalar::ONE;
        made[80].knowledge.of_reading -= Scalar::ONE;
        made[3].ciphertext.r += shift;
        made[3].ciphertext.c -= shift;
        assert_eq!(by_hints(&made), [false; 100]);
        assert_eq!(by_hints(&made[..64]), [false; 64]);
        assert_eq!(by_hints(&made[64..]), [false; 36]);
        assert_eq!(by_hints(&made[4..70]), [true; 66]);
        // Errors that cancel under the weights that the right answers give.
        let part = &mut made[20..23];
        let hash = |claim: &Claim<'_>| claims.matches(at, claim, claim.hint.unwrap()).unwrap();
        let hashes: Vec<[u8; 64]> = part.iter().map(hash).collect();
        let weights: Vec<[Scalar; 2]> =
            pairs(hashes.iter().zip(part.iter().map(|claim| &claim.knowledge))).take(3).collect();
        let [[a, d], [b, e], [c, f]] = weights[..] else { unreachable!() };
        let errors = [b * f - c * e, c * d - a * f, a * e - b * d];
        for which in 0..2 {
            let right: Vec<Knowledge> = part.iter().map(|claim| claim.knowledge).collect();
            for (claim, error) in part.iter_mut().zip(errors) {
                *[&mut claim.knowledge.of_blinding, &mut claim.knowledge.of_reading][which] += error;
            }
            assert_eq!(by_hints(part), [false; 3]);
            part.iter_mut().zip(right).for_each(|(claim, right)| claim.knowledge = right);
        }
        assert_eq!(by_hints(part), [true; 3]);
        // Nor are they those of other commitments.
        let other = [0; 64];
        let changed = [&other, &hashes[1], &hashes[2]].into_iter();
        let changed = pairs(changed.zip(part.iter().map(|claim| &claim.knowledge)));
        assert!(changed.zip(&weights).all(|(changed, weights)| changed != *weights));
    }

    fn blinding(n: u8) -> Blinding {
        let mut bytes = [0; 32];
        bytes[0] = n;
        Blinding::from_bytes(&mut bytes).unwrap()
    }
}
