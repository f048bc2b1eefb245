//! Means and standard deviations of readings that the server cannot read: the quickstart of the README.

use std::sync::Arc;

use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use ckks_agg::{
    Ciphertext, Encoder, Error, Evaluator, Preset, PublicKey, Ring, Scale, SecretKey, SwitchingKeys, Total,
    Use,
};

fn main() -> Result<(), Error> {
    let rng = &mut ChaCha20Rng::from_seed([7; 32]); // in earnest: from the system
    let ring = Ring::new(Preset::Variance);

    // The key holder publishes a key to encrypt with, and one to multiply with.
    let secret = SecretKey::generate(&ring, rng);
    let public = secret.public_key().to_bytes();
    let multiply = secret.relinearisation_key(rng)?.to_bytes();

    // Each meter encrypts a vector: here four readings in kW, up to 4096 of at most 8 kW.
    let readings = [[0.25, 1.5, 0.75, 3.0], [1.25, 0.5, 0.0, 3.5], [0.0, 4.0, 1.5, 2.5]];
    let (key, encoder) = (PublicKey::from_bytes(&ring, &public)?, Encoder::new(&ring));
    let mut sent = Vec::new();
    for (meter, readings) in (1..).zip(&readings) {
        let plaintext = encoder.reals(readings, Scale::power_of_two(40), 8.0)?;
        let of = Use { meter, round: 4711, counter: 0 };
        sent.push(key.encrypt(&plaintext, of, rng)?.to_bytes());
    }

    // The server adds up vectors and their squares, and divides: it has no secret.
    let multiply = SwitchingKeys::from_bytes(&ring, &multiply)?;
    let mut evaluator = Evaluator::new(&key).with_keys(Arc::new(multiply))?;
    let (mut sum, mut squares) = (Total::new(&ring), Total::new(&ring));
    for bytes in &sent {
        let mut ciphertext = Ciphertext::from_bytes(&ring, bytes)?;
        sum.accept(&ciphertext)?;
        evaluator.square_wide(&mut ciphertext)?;
        squares.accept(&ciphertext)?;
    }
    let (mut mean, mut square) =
        (sum.finish().ok_or(Error::Inconsistent)?, squares.finish().ok_or(Error::Inconsistent)?);
    evaluator.mean(&mut mean, 3)?;
    evaluator.relinearise(&mut square)?; // once, for all squares
    evaluator.rescale(&mut square)?;
    evaluator.mean(&mut square, 3)?;

    // The key holder opens both, for itself: see `decrypt_shared` and `decrypt_exact` for what others may see.
    let mean = encoder.decode(&secret.decrypt_private(&mean)?)?;
    let square = encoder.decode(&secret.decrypt_private(&square)?)?;
    for (interval, (mean, square)) in mean.iter().zip(&square).take(4).enumerate() {
        let deviation = (square - mean.powi(2)).sqrt();
        let truth: f64 = readings.iter().filter_map(|day| day.get(interval)).sum::<f64>() / 3.0;
        println!("interval {interval}: {mean:.6} ± {deviation:.6} kW");
        assert!((mean - truth).abs() < 1e-6);
    }
    Ok(())
}
