//! Keys, and comparison within the tracked bound.

use std::sync::Arc;

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use ckks_agg::{Ciphertext, Encoder, Evaluator, Preset, Ring, Scale, SecretKey, SwitchingKeys, Use};

pub(crate) struct Setup {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) ring: Arc<Ring>,
    pub(crate) encoder: Encoder,
    pub(crate) secret: SecretKey,
    count: u32,
}

impl Setup {
    pub(crate) fn new(preset: Preset, seed: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let ring = Ring::new(preset);
        let secret = SecretKey::generate(&ring, &mut rng);
        Setup { rng, encoder: Encoder::new(&ring), ring, secret, count: 0 }
    }

    /// Never the same.
    pub(crate) fn of(&mut self) -> Use {
        self.count += 1;
        Use { meter: 1, round: 1, counter: self.count }
    }

    pub(crate) fn scale(&self) -> Scale {
        Scale::power_of_two(i16::try_from(self.secret.preset().usual_scale()).unwrap())
    }

    /// Of at most 1.
    pub(crate) fn reals(&mut self, values: &[f64]) -> Ciphertext {
        let plaintext = self.encoder.reals(values, self.scale(), 1.0).unwrap();
        let of = self.of();
        self.secret.public_key().encrypt(&plaintext, of, &mut self.rng).unwrap()
    }

    /// Of at most 1000, by the public key or seeded.
    pub(crate) fn integers(&mut self, values: &[i64], seeded: bool) -> Ciphertext {
        let plaintext = self.encoder.integers(values, self.secret.preset().usual_scale(), 1000).unwrap();
        let of = self.of();
        if seeded {
            self.secret.encrypt(&plaintext, of, &mut self.rng).unwrap()
        } else {
            self.secret.public_key().encrypt(&plaintext, of, &mut self.rng).unwrap()
        }
    }

    pub(crate) fn evaluator(&self) -> Evaluator {
        Evaluator::new(self.secret.public_key())
    }

    pub(crate) fn evaluator_with(&mut self, steps: &[i32]) -> Evaluator {
        self.evaluator().with_keys(Arc::new(self.keys(steps))).unwrap()
    }

    pub(crate) fn keys(&mut self, steps: &[i32]) -> SwitchingKeys {
        let keys = self.secret.relinearisation_key(&mut self.rng).unwrap();
        keys.join(self.secret.rotation_keys(steps, &mut self.rng).unwrap()).unwrap()
    }

    /// Asserts that values are wrong by no more than decryption says they can be; returns the largest error.
    pub(crate) fn assert_close(&self, ciphertext: &Ciphertext, expected: impl Fn(usize) -> f64) -> f64 {
        let decrypted = self.secret.decrypt_private(ciphertext).unwrap();
        let values = self.encoder.decode(&decrypted).unwrap();
        let off = values.iter().enumerate().map(|(i, value)| (value - expected(i)).abs());
        let worst = off.fold(0.0, f64::max);
        assert!(worst <= decrypted.error() + 1e-12, "{worst:e} beyond {:e}", decrypted.error());
        worst
    }
}

/// Values from −1 to 1.
pub(crate) fn values(count: usize, seed: usize) -> Vec<f64> {
    (0..count).map(|i| ((i * 7919 + seed * 104_729) % 2001) as f64 / 1000.0 - 1.0).collect()
}
