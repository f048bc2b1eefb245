//! Meters, server and owner of the key in one process; what passes between them is bytes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use ckks_agg::{
    Ciphertext, Encoder, Evaluator, Flood, PublicKey, RealMoments, Ring, Scale, SecretKey, Total, Use,
};
use zeroize::Zeroizing;

use super::choice::{Choice, depth_of};
use super::data::{Batch, Truth};
use super::figures::{Distance, Measured, Operation, Step};
use super::scenario::Scenario;
use super::store::Round;

/// Of a kWh, where the preset can multiply with it.
const PRICE: f64 = 0.27;
/// The same where only whole numbers are possible: in hundredths.
const WHOLE_PRICE: i64 = 27;

pub(super) struct System {
    choice: Choice,
    ring: Arc<Ring>,
    encoder: Encoder,
    evaluator: Evaluator,
    public: PublicKey,
    /// The owner's; meters have it too if they encrypt with it.
    secret: SecretKey,
    with_secret: bool,
    flood: Flood,
}

/// A decrypted result, as parts of the unit.
pub(super) struct Opened {
    pub(super) values: Vec<f64>,
    /// How wrong each of them is at most.
    error: f64,
}

/// What a round gave.
pub(super) struct Done {
    messages: Vec<(u32, Vec<u8>)>,
    results: Vec<(Operation, Vec<u8>)>,
    steps: Vec<Step>,
}

impl System {
    /// New keys.
    pub(super) fn new(choice: Choice, with_secret: bool, rng: &mut ChaCha20Rng) -> anyhow::Result<Self> {
        let ring = Ring::new(choice.preset);
        let secret = SecretKey::generate(&ring, rng);
        Self::of(choice, with_secret, ring, secret, rng)
    }

    /// With a key from a file.
    ///
    /// # Errors
    /// Bytes that are no key of this preset.
    pub(super) fn with_key(
        choice: Choice,
        with_secret: bool,
        key: &[u8],
        rng: &mut ChaCha20Rng,
    ) -> anyhow::Result<Self> {
        let ring = Ring::new(choice.preset);
        let bytes: &[u8; SecretKey::LEN] = key.try_into().context("the file of the key holds none")?;
        let secret =
            SecretKey::from_bytes(&ring, &mut Zeroizing::new(*bytes)).context("the file of the key")?;
        Self::of(choice, with_secret, ring, secret, rng)
    }

    fn of(
        choice: Choice,
        with_secret: bool,
        ring: Arc<Ring>,
        secret: SecretKey,
        rng: &mut ChaCha20Rng,
    ) -> anyhow::Result<Self> {
        let mut evaluator = Evaluator::new(secret.public_key());
        if choice.preset.special().is_some() {
            let mut keys = secret.slot_sum_keys(u32::try_from(choice.preset.slots())?, rng)?;
            if depth_of(choice.preset) > 0 {
                keys = keys.join(secret.relinearisation_key(rng)?)?;
            }
            evaluator = evaluator.with_keys(Arc::new(keys))?;
        }
        let (encoder, public) = (Encoder::new(&ring), secret.public_key().clone());
        Ok(Self { choice, ring, encoder, evaluator, public, secret, with_secret, flood: Flood::default() })
    }

    /// What is kept of the key.
    pub(super) fn key(&self) -> Zeroizing<[u8; SecretKey::LEN]> {
        self.secret.to_bytes()
    }

    /// An empty sum.
    pub(super) fn total(&self) -> Total {
        Total::new(&self.ring)
    }

    /// Everything that happens in a round.
    pub(super) fn round(
        &mut self,
        scenario: Scenario,
        round: u32,
        batch: &Batch,
        kwh: f64,
        rng: &mut ChaCha20Rng,
    ) -> anyhow::Result<Done> {
        let mut steps = Vec::new();
        let mut step = |operation, took: Duration, error| {
            steps.push(Step { operation, ms: took.as_secs_f64() * 1e3, error });
        };
        // A meter.
        let began = Instant::now();
        let mut messages = Vec::with_capacity(batch.meters.len());
        for (meter, readings) in &batch.meters {
            let of = Use { meter: *meter, round: round.into(), counter: 0 };
            messages.push((*meter, self.message(readings, of, rng)?));
        }
        let count = u32::try_from(messages.len())?;
        anyhow::ensure!(count > 0, "all meters are silent");
        step(Operation::Encryption, began.elapsed().checked_div(count).unwrap_or_default(), None);

        // The server.
        let mut results: Vec<(Operation, Ciphertext, Duration)> = Vec::new();
        let began = Instant::now();
        let mut total = self.total();
        for (_, bytes) in &messages {
            total.accept_bytes(bytes)?;
        }
        let sum = total.finish().context("an empty sum")?;
        results.push((Operation::Sum, sum.clone(), began.elapsed()));
        let mut mean = sum.clone();
        let began = Instant::now();
        self.evaluator.mean(&mut mean, count)?;
        results.push((Operation::Mean, mean, began.elapsed()));
        let mut scaled = sum.clone();
        let began = Instant::now();
        match depth_of(self.choice.preset) {
            0 => self.evaluator.times_integer(&mut scaled, WHOLE_PRICE)?,
            _ => self.evaluator.times_scalar(&mut scaled, PRICE)?,
        }
        results.push((Operation::Scalar, scaled, began.elapsed()));
        if self.choice.preset.special().is_some() {
            let mut reduced = sum;
            let slots = scenario.batch.next_power_of_two();
            let began = Instant::now();
            // Fewer primes, less work; but the sum of all slots must still fit.
            let level = self.lowest(u64::from(count).saturating_mul(slots.into()), reduced.level());
            self.evaluator.drop_to(&mut reduced, level)?;
            self.evaluator.slot_sum(&mut reduced, slots)?;
            results.push((Operation::Reduction, reduced, began.elapsed()));
        }
        if depth_of(self.choice.preset) > 0 {
            let began = Instant::now();
            let mut total = self.total();
            for (_, bytes) in &messages {
                let mut square = Ciphertext::from_bytes(&self.ring, bytes)?;
                self.evaluator.square_wide(&mut square)?;
                total.accept(&square)?;
            }
            // The key is switched once, for all of them.
            let mut squares = total.finish().context("an empty sum")?;
            self.evaluator.relinearise(&mut squares)?;
            self.evaluator.rescale(&mut squares)?;
            results.push((Operation::Variance, squares, began.elapsed()));
        }

        // The owner of the key.
        let truth = batch.truth();
        let count = u32::try_from(results.len())?;
        let (mut opening, mut opened) = (Duration::ZERO, Vec::with_capacity(results.len()));
        for (_, ciphertext, _) in &results {
            let began = Instant::now();
            opened.push(self.decrypt(ciphertext, rng)?);
            opening = opening.saturating_add(began.elapsed());
        }
        let mut kept = Vec::with_capacity(results.len());
        for ((operation, ciphertext, took), result) in results.iter().zip(&opened) {
            let sum = opened.first().unwrap_or(result);
            step(*operation, *took, Some(self.distance(*operation, result, sum, batch, &truth, kwh)));
            kept.push((*operation, ciphertext.to_bytes()));
        }
        step(Operation::Decryption, opening.checked_div(count).unwrap_or_default(), None);
        Ok(Done { messages, results: kept, steps })
    }

    /// What a meter sends.
    fn message(&self, readings: &[f64], of: Use, rng: &mut ChaCha20Rng) -> anyhow::Result<Vec<u8>> {
        let scale = Scale::power_of_two(i16::try_from(self.choice.scale_bits)?);
        let plaintext = self.encoder.reals(readings, scale, 1.0)?;
        let ciphertext = match self.with_secret {
            true => self.secret.encrypt(&plaintext, of, rng)?,
            false => self.public.encrypt(&plaintext, of, rng)?,
        };
        Ok(ciphertext.to_bytes())
    }

    /// The lowest level at which a sum of so many values within ±1 fits.
    fn lowest(&self, terms: u64, top: u8) -> u8 {
        let bits = |prime: &u64| u64::BITS.saturating_sub(prime.leading_zeros());
        // The sum, its sign, and the noise.
        let need = self
            .choice
            .scale_bits
            .saturating_add(u64::BITS.saturating_sub(terms.leading_zeros()))
            .saturating_add(2);
        let fits = |level: &u8| {
            let primes = self.choice.preset.primes().iter().take(usize::from(*level).saturating_add(1));
            primes.map(bits).sum::<u32>() >= need
        };
        (0..top).find(fits).unwrap_or(top)
    }

    /// Decrypts a result from its bytes.
    pub(super) fn open(&self, bytes: &[u8], rng: &mut ChaCha20Rng) -> anyhow::Result<Opened> {
        self.decrypt(&Ciphertext::from_bytes(&self.ring, bytes)?, rng)
    }

    fn decrypt(&self, ciphertext: &Ciphertext, rng: &mut ChaCha20Rng) -> anyhow::Result<Opened> {
        // Only the preset with the largest scale has room for a flood; what the others give stays with the key's owner.
        let decrypted = match self.choice.preset {
            ckks_agg::Preset::Shared => self.secret.decrypt_shared(ciphertext, &self.flood, rng)?,
            _ => self.secret.decrypt_private(ciphertext)?,
        };
        Ok(Opened { values: self.encoder.decode(&decrypted)?, error: decrypted.error() })
    }

    /// How far a result is from the truth; `sum` is the round's sum, from which the squares give a variance.
    pub(super) fn distance(
        &self,
        operation: Operation,
        result: &Opened,
        sum: &Opened,
        batch: &Batch,
        truth: &Truth,
        kwh: f64,
    ) -> Distance {
        let of = |truth: &[f64], times: f64, unit: f64| {
            let truth: Vec<f64> = truth.iter().map(|x| x * times * unit).collect();
            let values: Vec<f64> = result.values.iter().take(truth.len()).map(|x| x * unit).collect();
            // Doubles round, too.
            let most = truth.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            Distance::between(&values, &truth, result.error * unit + most * ROUNDING)
        };
        match operation {
            Operation::Mean => of(&truth.mean, 1.0, kwh),
            Operation::Scalar if depth_of(self.choice.preset) == 0 => of(&truth.sum, WHOLE_PRICE as f64, kwh),
            Operation::Scalar => of(&truth.sum, PRICE, kwh),
            Operation::Reduction => of(&[truth.total], 1.0, kwh),
            Operation::Variance => {
                let count = u32::try_from(batch.meters.len()).unwrap_or(u32::MAX);
                let (mut values, mut bound) = (Vec::new(), 0.0_f64);
                for (sum_of, squares) in sum.values.iter().zip(&result.values).take(truth.variance.len()) {
                    let Ok(moments) = RealMoments::new(count, *sum_of, *squares) else { continue };
                    values.push(moments.population_variance() * kwh * kwh);
                    bound = bound.max(moments.variance_error(sum.error, result.error));
                }
                let truth: Vec<f64> = truth.variance.iter().map(|x| x * kwh * kwh).collect();
                Distance::between(&values, &truth, (bound + ROUNDING) * kwh * kwh)
            }
            Operation::Sum | Operation::Encryption | Operation::Decryption => of(&truth.sum, 1.0, kwh),
        }
    }
}

/// Of a few thousand operations on doubles, relative.
const ROUNDING: f64 = 1e-12;

impl Done {
    /// What goes into the database.
    pub(super) fn kept(&self, scenario: Scenario, round: u32) -> Round<'_> {
        Round { scenario, round, messages: &self.messages, results: &self.results }
    }

    /// What was measured, with how long the database took.
    pub(super) fn measured(&self, store: Duration) -> Measured {
        Measured {
            messages: u32::try_from(self.messages.len()).unwrap_or(u32::MAX),
            message_bytes: self
                .messages
                .iter()
                .map(|(_, bytes)| bytes.len() as u64)
                .max()
                .unwrap_or_default(),
            store_ms: store.as_secs_f64() * 1e3,
            steps: self.steps.clone(),
        }
    }
}
