//! What operations do to bounds.

use super::tail::Tail;
use super::{Bound, whole};
use crate::preset::Preset;

/// Above 1/π: Σ |cos| over N equidistant angles of a half turn is at most 1/sin(π/2N) < 2·0.3184·N.
const OVER_PI: f64 = 0.3184;

/// How far slots of a polynomial found in doubles are from those asked for, at most, in parts of the largest.
const TRANSFORM: f64 = 1.0 / (1u64 << 40) as f64;

impl Bound {
    /// Of what encoding changes in slots of at most `largest`: coefficients are rounded, and doubles are no reals. It counts
    /// as message: what is encrypted is the rounded polynomial, whose distance from the values says nothing of the key, so
    /// that no flood has to hide it.
    pub(crate) fn encoding(preset: Preset, largest: f64) -> Self {
        Bound { message: OVER_PI * degree(preset) + largest * TRANSFORM, ..Bound::ZERO }
    }

    /// Of the product, slot by slot, of two ciphertexts, or of a ciphertext and a plaintext (whose noise is that of its
    /// encoding).
    #[must_use]
    pub(crate) fn times(self, other: Bound) -> Self {
        let noise = self.message * other.noise + other.message * self.noise + self.noise * other.noise;
        Bound { message: self.message * other.message, noise, coefficient: noise }
    }

    /// Of the quotient by `prime`, rounded, under a key of `parties`: whatever the residues are, each coefficient of both
    /// components moves by ½ at most.
    #[must_use]
    pub(crate) fn rescaled(self, preset: Preset, prime: u64, parties: u32) -> Self {
        self.over(prime, rounding(preset, parties))
    }

    /// [`Bound::rescaled`] of a product that has not been relinearised: three components.
    #[must_use]
    pub(crate) fn rescaled_wide(self, preset: Preset, prime: u64, parties: u32) -> Self {
        let (noise, coefficient) = rounding(preset, parties);
        let secret = whole(Tail::of(preset).secret(parties));
        let of_sum = degree(preset) * f64::from(parties);
        let squared = (OVER_PI * degree(preset) * (secret * secret), 0.5 * (of_sum * of_sum));
        self.over(prime, (noise + squared.0, coefficient + squared.1))
    }

    #[allow(clippy::cast_precision_loss)] // primes are below 2^50
    fn over(self, prime: u64, (noise, coefficient): (f64, f64)) -> Self {
        let prime = prime as f64;
        Bound {
            message: self.message / prime,
            noise: self.noise / prime + noise,
            coefficient: self.coefficient / prime + coefficient,
        }
    }

    /// After a switch of keys at `level`, with switching keys whose errors are the sums of those of `parties`.
    #[must_use]
    pub(crate) fn switched(self, preset: Preset, level: u8, parties: u32) -> Self {
        self.switched_by(preset, level, parties, whole(Tail::of(preset).error(parties)))
    }

    /// After relinearisation at `level`. A key that several made has the error Σ (s·e₀ + u·e₁ + e₂ + e₃): two products with
    /// secrets, s and u, each the sum of those of all.
    #[must_use]
    pub(crate) fn relinearised(self, preset: Preset, level: u8, parties: u32) -> Self {
        let tail = Tail::of(preset);
        let error = whole(tail.error(parties));
        let key_error = if parties == 1 { error } else { 2.0 * error * (whole(tail.secret(parties)) + 1.0) };
        self.switched_by(preset, level, parties, key_error)
    }

    /// [`Bound::switched`] with switching keys whose errors have a canonical norm of `key_error` at most.
    #[must_use]
    #[allow(clippy::cast_precision_loss)] // primes are below 2^50
    pub(crate) fn switched_by(self, preset: Preset, level: u8, parties: u32, key_error: f64) -> Self {
        let special = preset.special().unwrap_or(1) as f64;
        let digits: f64 =
            preset.primes().iter().zip(0..=level).map(|(prime, _)| *prime as f64 / special).sum();
        let switching = digits * (2.0 * OVER_PI * degree(preset)) * key_error;
        let noise = switching + rounding(preset, parties).0;
        Bound { message: self.message, noise: self.noise + noise, coefficient: self.coefficient + noise }
    }
}

/// Canonical norm and coefficients of r₀ + r₁·s, where coefficients of r₀ and r₁ are ½ at most.
fn rounding(preset: Preset, parties: u32) -> (f64, f64) {
    let tail = Tail::of(preset);
    let noise = OVER_PI * degree(preset) * (1.0 + whole(tail.secret(parties)));
    (noise, 0.5 * (1.0 + degree(preset) * f64::from(parties)))
}

#[allow(clippy::cast_precision_loss)] // at most 8192
fn degree(preset: Preset) -> f64 {
    preset.degree() as f64
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
mod tests {
    use super::*;
    use crate::plaintext::{Coefficients, Packing};
    use crate::ring::Ring;
    use crate::sample::{cbd, ternary};
    use crate::{Ciphertext, Decrypted, Encoder, Evaluator, Scale, SecretKey, Use};
    use alloc::sync::Arc;
    use alloc::vec;
    use alloc::vec::Vec;
    use rand_core::SeedableRng;

    /// Norms of small polynomials.
    struct Norms {
        encoder: Encoder,
    }

    impl Norms {
        /// Largest coefficient and slot.
        fn of(&self, coefficients: Vec<i64>) -> (f64, f64) {
            let largest = coefficients.iter().map(|c| c.unsigned_abs()).max().unwrap() as f64;
            let slots = self.encoder.decode(&Decrypted {
                preset: self.encoder.preset(),
                packing: Packing::Pairs,
                scale: Scale::ONE,
                error: 0.0,
                coefficients: Coefficients::Narrow(coefficients),
            });
            let slots = slots.unwrap();
            (largest, slots.chunks(2).map(|slot| libm::hypot(slot[0], slot[1])).fold(0.0, f64::max))
        }
    }

    /// s·e₀ + u·e₁ + e₂ + e₃ with sums of those of all parties: the error of a relinearisation key that they made.
    fn relinearisation_error(ring: &Ring, parties: u8) -> Vec<i64> {
        let (degree, prime) = (ring.preset().degree(), &ring.primes()[0]);
        let sum = |sample: fn(&[u8; 32], u64, u32, &mut [i8]), label: u64| {
            let (mut sum, mut one) = (vec![0; degree], vec![0; degree]);
            for party in 0..parties {
                let mut small = vec![0; degree];
                sample(&[party; 32], label, 0, &mut small);
                prime.reduce_small(&mut one, &small);
                prime.forward(&mut one);
                prime.add(&mut sum, &one);
            }
            sum
        };
        let mut all = sum(cbd, 3);
        prime.add(&mut all, &sum(cbd, 4));
        prime.mul_add(&mut all, &sum(ternary, 5), &sum(cbd, 6));
        prime.mul_add(&mut all, &sum(ternary, 7), &sum(cbd, 8));
        prime.inverse(&mut all);
        all.into_iter().map(|residue| prime.modulus().centred(residue)).collect()
    }

    #[test]
    fn relinearisation_keys_of_several_have_products_of_errors() {
        let ring = Ring::new(Preset::Variance);
        let norms = Norms { encoder: Encoder::new(&ring) };
        for parties in [2u8, 3, 7] {
            let (_, worst) = norms.of(relinearisation_error(&ring, parties));
            let key_error = |parties| whole(Tail::of(Preset::Variance).error(parties));
            let switched = |error| Bound::ZERO.switched_by(Preset::Variance, 1, parties.into(), error);
            let bound = Bound::ZERO.relinearised(Preset::Variance, 1, parties.into());
            assert!(worst > key_error(parties.into()), "{worst}");
            assert!(bound.noise > switched(worst).noise && bound.noise < switched(100.0 * worst).noise);
        }
        let one = Bound::ZERO.relinearised(Preset::Variance, 1, 1);
        assert_eq!(one, Bound::ZERO.switched(Preset::Variance, 1, 1));
    }

    /// The error of encryption under a public key of `parties`, sampled as it is there.
    fn public_key_error(ring: &Ring, parties: u8, round: u32) -> Vec<i64> {
        let (degree, prime) = (ring.preset().degree(), &ring.primes()[0]);
        let transformed = |values: &[i8]| {
            let mut out = vec![0; degree];
            prime.reduce_small(&mut out, values);
            prime.forward(&mut out);
            out
        };
        let (mut e, mut s) = (vec![0; degree], vec![0; degree]);
        let mut small = vec![0; degree];
        for party in 0..parties {
            cbd(&[party; 32], 1, round, &mut small);
            prime.add(&mut e, &transformed(&small));
            ternary(&[party; 32], 2, round, &mut small);
            prime.add(&mut s, &transformed(&small));
        }
        ternary(&[99; 32], 3, round, &mut small);
        prime.mul(&mut e, &transformed(&small));
        cbd(&[99; 32], 4, round, &mut small);
        prime.add(&mut e, &transformed(&small));
        cbd(&[99; 32], 5, round, &mut small);
        prime.mul_add(&mut e, &transformed(&small), &s);
        prime.inverse(&mut e);
        e.into_iter().map(|residue| prime.modulus().centred(residue)).collect()
    }

    /// What was measured is within the bound, and not absurdly far below it: `least` of it.
    fn check(what: &str, measured: f64, bound: f64, least: f64) {
        let part = measured / bound;
        assert!(part <= 1.0 && part >= least, "{what}: {measured} of {bound} is {part}");
    }

    #[test]
    fn fresh_errors_are_within_their_bounds() {
        for (preset, rounds) in [(Preset::Small, 200), (Preset::Sum, 100), (Preset::Variance, 50)] {
            let ring = Ring::new(preset);
            let norms = Norms { encoder: Encoder::new(&ring) };
            let largest = |error: &dyn Fn(u32) -> Vec<i64>| {
                let each = (0..rounds).map(|round| norms.of(error(round)));
                each.fold((0.0, 0.0), |(a, b): (f64, f64), (c, d)| (a.max(c), b.max(d)))
            };
            let mut small = vec![0; preset.degree()];
            let seeded = (0..rounds).map(|round| {
                cbd(&[7; 32], 5, round, &mut small);
                norms.of(small.iter().map(|value| i64::from(*value)).collect())
            });
            let (coefficient, noise) = seeded.fold((0.0f64, 0.0f64), |(a, b), (c, d)| (a.max(c), b.max(d)));
            let bound = Bound::fresh_seeded(preset);
            check("seeded, coefficient", coefficient, bound.coefficient, 0.6);
            check("seeded, noise", noise, bound.noise, 0.3);
            for parties in [1, 3, 7] {
                let (coefficient, noise) = largest(&|round| public_key_error(&ring, parties, round));
                let bound = Bound::fresh_public(preset, parties.into());
                check("public key, coefficient", coefficient, bound.coefficient, 0.2);
                check("public key, noise", noise, bound.noise, 0.1);
            }
        }
    }

    /// Coefficients of ½ can have slots of N/π, and no more.
    #[test]
    fn the_worst_rounding_is_as_bad_as_the_bound_says() {
        for preset in Preset::ALL {
            let n = preset.degree();
            for (power, phase) in [(1, 0.0), (5, 0.3), (1, core::f64::consts::FRAC_PI_2 / n as f64)] {
                let angle = |k: usize| core::f64::consts::PI * (k * power % (2 * n)) as f64 / n as f64;
                let slot: f64 = (0..n).map(|k| 0.5 * libm::fabs(libm::cos(angle(k) - phase))).sum();
                check("rounding", slot, Bound::encoding(preset, 0.0).message, 0.999);
            }
        }
    }

    /// The error of an encryption of 0, after operations.
    fn error(norms: &Norms, key: &SecretKey, ciphertext: &Ciphertext) -> (f64, f64) {
        let opened = key.decrypt_private(ciphertext).unwrap().coefficients();
        norms.of(opened.into_iter().map(|c| i64::try_from(c).unwrap()).collect())
    }

    #[test]
    fn operations_keep_within_their_bounds() {
        let mut rng = chacha20::ChaCha20Rng::seed_from_u64(5);
        for preset in [Preset::Variance, Preset::Depth2] {
            let ring: Arc<Ring> = Ring::new(preset);
            let key = SecretKey::generate(&ring, &mut rng);
            let rotation = key.rotation_keys(&[1], &mut rng).unwrap();
            let mut evaluator = Evaluator::new(key.public_key()).with_keys(Arc::new(rotation)).unwrap();
            let encoder = Encoder::new(&ring);
            let zero = encoder.reals(&[], Scale::power_of_two(60), 1.0).unwrap();
            let norms = Norms { encoder };
            for counter in 0..20 {
                let usage = Use { meter: 1, round: 2, counter };
                let fresh = key.public_key().encrypt(&zero, usage, &mut rng).unwrap();
                let within = |what: &str, ciphertext: &Ciphertext, least: f64| {
                    let (coefficient, noise) = error(&norms, &key, ciphertext);
                    check(what, coefficient, ciphertext.bound().coefficient, 0.0);
                    check(what, noise, ciphertext.bound().noise, least);
                };
                within("fresh", &fresh, 0.05);
                // The same ciphertext 16 times: bounds that grow with a root would fail here.
                let mut sum = fresh.clone();
                for _ in 0..4 {
                    let same = sum.clone();
                    evaluator.add(&mut sum, &same).unwrap();
                }
                within("sum", &sum, 0.05);
                let (_, single) = error(&norms, &key, &fresh);
                assert!((error(&norms, &key, &sum).1 / single - 16.0).abs() < 1e-6);
                let mut rotated = fresh.clone();
                evaluator.rotate(&mut rotated, 1).unwrap();
                within("rotated", &rotated, 1e-3);
                let mut rescaled = fresh.clone();
                evaluator.rescale(&mut rescaled).unwrap();
                within("rescaled", &rescaled, 1e-4);
                let mut wide = fresh.clone();
                evaluator.rescale(&mut wide).unwrap();
                evaluator.times_integer(&mut wide, -1000).unwrap();
                within("multiple", &wide, 1e-4);
            }
        }
    }
}
