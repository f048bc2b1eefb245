//! The error of ciphertexts over 10⁴ of them: its mean, variance and tail are those of its definition, and it never comes near
//! what bounds allow; and bounds hold where inputs depend on each other.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss
)]

use std::sync::Arc;

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use ckks_agg::{Ciphertext, Encoder, Evaluator, Plaintext, Preset, Ring, Scale, SecretKey, Use, Workspace};

/// Of each preset, of each way to encrypt: 10⁴ with all five and both.
const CIPHERTEXTS: u32 = 1000;
/// CBD(21).
const VARIANCE: f64 = 10.5;

struct Scene {
    rng: ChaCha20Rng,
    encoder: Encoder,
    secret: SecretKey,
    workspace: Workspace,
    counter: u32,
}

impl Scene {
    fn new(preset: Preset) -> Self {
        let mut rng = ChaCha20Rng::from_seed([preset as u8; 32]);
        let ring = Ring::new(preset);
        let secret = SecretKey::generate(&ring, &mut rng);
        Scene { rng, encoder: Encoder::new(&ring), secret, workspace: Workspace::new(&ring), counter: 0 }
    }

    fn degree(&self) -> f64 {
        self.secret.preset().degree() as f64
    }

    fn encrypt(&mut self, plaintext: &Plaintext, seeded: bool, out: &mut Ciphertext) {
        self.counter += 1;
        let of = Use { meter: 1, round: 1, counter: self.counter };
        let Scene { rng, secret, workspace, .. } = self;
        if seeded {
            secret.encrypt_into(plaintext, of, workspace, out, rng).unwrap();
        } else {
            secret.public_key().encrypt_into(plaintext, &[1; 32], of, workspace, out, rng).unwrap();
        }
    }

    /// Of nothing, so that what decryption gives is the error.
    fn nothing(&self) -> Plaintext {
        self.encoder.integers(&[], 0, 0).unwrap()
    }

    fn coefficients(&self, ciphertext: &Ciphertext) -> Vec<i64> {
        let opened = self.secret.decrypt_private(ciphertext).unwrap();
        opened.coefficients().into_iter().map(|c| c.try_into().unwrap()).collect()
    }

    /// Largest |slot|, times the scale: the canonical norm.
    fn norm(&self, ciphertext: &Ciphertext) -> f64 {
        let values = self.encoder.decode(&self.secret.decrypt_private(ciphertext).unwrap()).unwrap();
        let largest = values.as_chunks::<2>().0.iter().map(|[re, im]| re.hypot(*im)).fold(0.0, f64::max);
        largest * ciphertext.scale().to_f64(ciphertext.preset())
    }
}

/// Moments and how often |x| is beyond so many deviations of `deviation`.
#[derive(Default)]
struct Seen {
    deviation: f64,
    count: f64,
    sum: f64,
    squares: f64,
    fourths: f64,
    most: f64,
    beyond: [f64; 6],
}

impl Seen {
    fn new(deviation: f64) -> Self {
        Seen { deviation, ..Seen::default() }
    }

    fn take(&mut self, values: &[i64]) {
        for x in values.iter().map(|v| *v as f64 / self.deviation) {
            self.count += 1.0;
            self.sum += x;
            self.squares += x * x;
            self.fourths += x.powi(4);
            self.most = self.most.max(x.abs());
            for (k, beyond) in self.beyond.iter_mut().enumerate() {
                *beyond += f64::from(u8::from(x.abs() > k as f64));
            }
        }
    }

    /// As many standard errors as a right generator exceeds once in 10⁸ runs.
    const ERRORS: f64 = 6.0;

    fn assert_mean(&self) {
        assert!(
            (self.sum / self.count).abs() < Self::ERRORS / self.count.sqrt(),
            "mean {}",
            self.sum / self.count
        );
    }

    /// Variance and fourth moment, the variance within a share of 1 plus what chance allows.
    fn assert_moments(&self, share: f64, fourth: f64) {
        let variance = self.squares / self.count;
        assert!(
            (variance - 1.0).abs() < share + Self::ERRORS * (2.0 / self.count).sqrt(),
            "variance {variance}"
        );
        let normalised = self.fourths / self.count / (variance * variance);
        assert!(
            (normalised - fourth).abs() < Self::ERRORS * (96.0 / self.count).sqrt() + share,
            "{normalised}"
        );
    }

    /// Against what a normal distribution has beyond 1 … 5 deviations. What varies between ciphertexts makes it a little
    /// wider, and never thinner.
    fn assert_normal_tail(&self) {
        let normal = [0.317_310_5, 0.045_500_26, 0.002_699_796, 6.334_248e-5, 5.733_031e-7];
        for (seen, expected) in self.beyond[1..].iter().zip(normal.map(|p| p * self.count)) {
            let most = Self::ERRORS * expected.sqrt() + 4.0;
            assert!((seen - expected).abs() < most + 0.05 * expected, "{seen} where {expected} are expected");
        }
    }
}

/// P(X = k) for k = 0 … 42 of a binomial of 42 fair bits.
fn binomial() -> Vec<f64> {
    let mut row = vec![1.0];
    for _ in 0..42 {
        let (left, right) = ([&[0.0][..], &row].concat(), [&row[..], &[0.0]].concat());
        row = left.iter().zip(right).map(|(a, b)| (a + b) / 2.0).collect();
    }
    row
}

/// Errors of seeded ciphertexts are the binomial, value for value: χ² over all that are expected ten times.
#[test]
fn seeded_errors_are_binomial() {
    let expected = binomial();
    for preset in Preset::ALL {
        let mut scene = Scene::new(preset);
        let (nothing, mut ciphertext) = (scene.nothing(), Ciphertext::empty(preset));
        let (mut seen, mut counts) = (Seen::new(VARIANCE.sqrt()), [0f64; 43]);
        for _ in 0..CIPHERTEXTS {
            scene.encrypt(&nothing, true, &mut ciphertext);
            let error = scene.coefficients(&ciphertext);
            let bound = ciphertext.bound();
            assert!(bound.coefficient == 21.0 && error.iter().all(|e| e.abs() <= 21));
            error.iter().for_each(|e| counts[usize::try_from(e + 21).unwrap()] += 1.0);
            seen.take(&error);
        }
        seen.assert_mean();
        // 3 − 2/42: a binomial's.
        seen.assert_moments(0.0, 3.0 - 2.0 / 42.0);
        let cells: Vec<(f64, f64)> =
            counts.into_iter().zip(expected.iter().map(|p| p * seen.count)).collect();
        let (likely, rare): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(_, expected)| *expected >= 10.0);
        let chi: f64 = likely.iter().map(|(seen, expected)| (seen - expected).powi(2) / expected).sum();
        let freedom = likely.len() as f64 - 1.0;
        assert!(chi < freedom + Seen::ERRORS * (2.0 * freedom).sqrt(), "{preset:?}: χ² = {chi} of {freedom}");
        let rare: f64 = rare.iter().map(|(seen, _)| seen).sum();
        assert!(rare < 200.0, "{preset:?}: {rare} of the rarest values");
    }
}

/// Errors of ciphertexts under a public key: e·v + e₀ + e₁·s, with a variance of 10.5·(1 + 4N/3), of which e and s, which
/// all ciphertexts of a key share, move a few per cent.
#[test]
fn public_key_errors_are_what_they_are_made_of() {
    for preset in Preset::ALL {
        let mut scene = Scene::new(preset);
        let (nothing, mut ciphertext) = (scene.nothing(), Ciphertext::empty(preset));
        let deviation = (VARIANCE * (1.0 + 4.0 / 3.0 * scene.degree())).sqrt();
        let mut seen = Seen::new(deviation);
        for _ in 0..CIPHERTEXTS {
            scene.encrypt(&nothing, false, &mut ciphertext);
            seen.take(&scene.coefficients(&ciphertext));
        }
        seen.assert_mean();
        seen.assert_moments(0.08, 3.0);
        // Deviations as they are, with this key's e and s.
        let exact = Seen { deviation: (seen.squares / seen.count).sqrt() * deviation, ..Seen::default() };
        let mut tail = exact;
        for _ in 0..CIPHERTEXTS / 10 {
            scene.encrypt(&nothing, false, &mut ciphertext);
            tail.take(&scene.coefficients(&ciphertext));
        }
        tail.assert_normal_tail();
        // The bound is far beyond all of 10⁶ or more coefficients, and no further than a tail of 2⁻¹²⁸ takes.
        let bound = ciphertext.bound().coefficient / deviation;
        assert!(
            seen.most > 4.5 && seen.most < 8.0 && bound > 13.0 && bound < 30.0,
            "{preset:?}: {} {bound}",
            seen.most
        );
    }
}

/// Slots of errors against [`Bound::noise`](ckks_agg::Bound), which floods are made from.
#[test]
fn canonical_norms_are_within_their_bound() {
    for preset in Preset::ALL {
        let mut scene = Scene::new(preset);
        let nothing = scene.encoder.pairs(&[], Scale::ONE, 0.0).unwrap();
        for (seeded, deviation) in [(true, VARIANCE), (false, VARIANCE * (1.0 + 4.0 / 3.0 * scene.degree()))]
        {
            // A slot is a sum of N coefficients, times roots of unity.
            let deviation = (deviation * scene.degree()).sqrt();
            let (mut most, mut bound, mut ciphertext) = (0f64, 0.0, Ciphertext::empty(preset));
            for _ in 0..CIPHERTEXTS / 20 {
                scene.encrypt(&nothing, seeded, &mut ciphertext);
                bound = ciphertext.bound().noise;
                let norm = scene.norm(&ciphertext);
                assert!(norm < bound);
                most = most.max(norm);
            }
            // Of 50·N/2 slots the largest has √(ln 50N) ≈ 3.4 to 3.6 deviations, or more where they vary.
            assert!(most > 3.0 * deviation && most < 6.5 * deviation, "{preset:?}: {}", most / deviation);
            assert!(bound > 8.0 * deviation && bound < 80.0 * deviation, "{preset:?}: {}", bound / deviation);
        }
    }
}

/// A sum over one ciphertext a hundred times has a hundred times its error, not ten times: a bound that grew with the root of
/// the count would be broken here, and the key lost with it (Guo et al., USENIX Security 2024).
#[test]
fn sums_of_dependent_ciphertexts_are_within_their_bound() {
    for preset in Preset::ALL {
        let mut scene = Scene::new(preset);
        let nothing = scene.encoder.pairs(&[], Scale::ONE, 0.0).unwrap();
        let mut evaluator = Evaluator::new(scene.secret.public_key());
        let mut once = Ciphertext::empty(preset);
        scene.encrypt(&nothing, false, &mut once);
        let mut sum = once.clone();
        for _ in 1..100 {
            evaluator.add(&mut sum, &once).unwrap();
        }
        let mut multiple = once.clone();
        evaluator.times_integer(&mut multiple, 100).unwrap();
        let norm = scene.norm(&once);
        for of_hundred in [sum, multiple] {
            assert!((scene.norm(&of_hundred) / norm - 100.0).abs() < 1e-6);
            let root = 10.0 * once.bound().noise;
            let bound = of_hundred.bound().noise;
            assert!(bound >= 100.0 * once.bound().noise && bound > 9.0 * root);
        }
    }
}

/// What rescaling and switching keys add, with messages of nothing: what is left is theirs and the fresh error's.
#[test]
fn operations_add_what_their_bounds_say() {
    for preset in [Preset::Sum, Preset::Variance, Preset::Depth2] {
        let mut scene = Scene::new(preset);
        let nothing = scene.encoder.pairs(&[], Scale::ONE, 0.0).unwrap();
        let keys = scene.secret.rotation_keys(&[1], &mut scene.rng).unwrap();
        let mut evaluator = Evaluator::new(scene.secret.public_key()).with_keys(Arc::new(keys)).unwrap();
        let mut fresh = Ciphertext::empty(preset);
        let rounding = ((2.0 / 3.0 * scene.degree() + 1.0) / 12.0).sqrt();
        let public = (VARIANCE * (1.0 + 4.0 / 3.0 * scene.degree())).sqrt();
        let (mut rescaled_seen, mut rotated_seen) = (Seen::new(rounding), Seen::new(public.hypot(rounding)));
        for _ in 0..40 {
            scene.encrypt(&nothing, false, &mut fresh);
            let mut rotated = fresh.clone();
            evaluator.rotate(&mut rotated, 1).unwrap();
            assert!(
                scene.norm(&rotated) < rotated.bound().noise && rotated.bound().noise > fresh.bound().noise
            );
            rotated_seen.take(&scene.coefficients(&rotated));
            if preset.top_level() > 0 {
                let mut rescaled = fresh.clone();
                evaluator.rescale(&mut rescaled).unwrap();
                assert!(scene.norm(&rescaled) < rescaled.bound().noise);
                rescaled_seen.take(&scene.coefficients(&rescaled));
            }
        }
        // Σ over digits of d_j·e_j/P: what a digit of a whole prime adds is of the size of its prime over P.
        let ratios = preset.primes().iter().map(|q| (*q as f64 / preset.special().unwrap() as f64).powi(2));
        let switching = (ratios.sum::<f64>() * scene.degree() * VARIANCE / 12.0).sqrt();
        let expected = public.hypot(rounding).hypot(switching) / rotated_seen.deviation;
        let deviation = (rotated_seen.squares / rotated_seen.count).sqrt();
        assert!(
            (deviation / expected - 1.0).abs() < 0.15,
            "{preset:?}: {deviation} where {expected} is expected"
        );
        if preset.top_level() > 0 {
            rescaled_seen.assert_mean();
            rescaled_seen.assert_moments(0.06, 3.0);
        }
    }
}
