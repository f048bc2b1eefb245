//! Where secrets come from.

use chacha20::ChaCha20Rng;
use rand_core::SeedableRng;
use zeroize::Zeroizing;

use crate::error::Failure;

/// A generator for one call, seeded by the operating system: none lives long enough to be forked.
pub(crate) fn rng() -> Result<ChaCha20Rng, Failure> {
    let mut seed = Zeroizing::new([0u8; 32]);
    getrandom::fill(seed.as_mut_slice()).map_err(|_| Failure::NoEntropy)?;
    Ok(ChaCha20Rng::from_seed(*seed))
}
