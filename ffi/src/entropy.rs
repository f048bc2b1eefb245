//! Secrets from the caller's 32 bytes of entropy.

use core::hint::black_box;

#[cfg(any(feature = "elgamal", feature = "cmt", feature = "ckks"))]
use chacha20::{ChaCha20Rng, rand_core::SeedableRng};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::guard::Failure;
use crate::status::wattsum_status;

/// `SHA-256("wattsum v1 entropy " ‖ purpose ‖ 0 ‖ entropy)`: one entropy used twice by mistake still gives secrets
/// that are independent where their purposes differ.
///
/// Refuses 32 equal bytes: what a generator gives that was never started.
pub(crate) fn secret(purpose: &str, entropy: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let [first, rest @ ..] = entropy;
    let difference = rest.iter().fold(0, |difference, byte| difference | (byte ^ first));
    // The compiler would stop at the first byte that differs.
    if black_box(difference) == 0 {
        return Err(wattsum_status::WATTSUM_MISUSE_BAD_ENTROPY.into());
    }
    let hash = Sha256::new().chain_update(b"wattsum v1 entropy ").chain_update(purpose).chain_update([0]);
    Ok(Zeroizing::new(hash.chain_update(entropy).finalize().into()))
}

/// What a role draws from in one call: ChaCha20 under [`secret`]. It wipes itself.
#[cfg(any(feature = "elgamal", feature = "cmt", feature = "ckks"))]
pub(crate) fn generator(purpose: &str, entropy: &[u8; 32]) -> Result<ChaCha20Rng, Failure> {
    Ok(ChaCha20Rng::from_seed(*secret(purpose, entropy)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purposes_and_entropies_give_different_secrets() {
        let mut entropy = [7u8; 32];
        assert_eq!(secret("a", &entropy), Err(wattsum_status::WATTSUM_MISUSE_BAD_ENTROPY.into()));
        entropy[31] = 8;
        let first = secret("a", &entropy).unwrap();
        assert_eq!(first, secret("a", &entropy).unwrap());
        assert_ne!(first, secret("b", &entropy).unwrap());
        entropy[0] = 9;
        assert_ne!(first, secret("a", &entropy).unwrap());
    }
}
