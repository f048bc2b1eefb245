//! Classical Shamir sharing over Field64 (Shamir, "How to share a secret", 1979).
//!
//! For a secret s the shares of f(X) = s + c_1 X + … + c_{t−1} X^{t−1} are f(1) … f(m); any t of them give
//! s = Σ λ_a f(a), fewer are uniform.

use meter_link::field::uniform::{self, Uniform};
use meter_link::{Error, Field64, Misuse};
use rand_core::CryptoRng;
use zeroize::Zeroize;

mod deal;
mod reconstruction;

pub use reconstruction::{Reconstruction, combine};

/// Shares a vector of secrets, drawing uniform coefficients. `shares` holds one slice of `secret.len()`
/// elements for each party 1 … m. The more secrets in one call, the less each of them costs.
///
/// # Errors
/// [`Misuse::BadThreshold`] unless 1 ≤ threshold ≤ m ≤ 255; [`Misuse::WrongLength`] for a slice of another
/// length. Nothing was written then.
///
/// # Security
/// Coefficients are exactly uniform (by rejection, as IETF VDAF draws field elements). Up to 256 of them are
/// taken from `rng`, and t − 1 shares then say no more of a secret than `rng` allows. For more, 512 bytes of
/// `rng` are expanded by ChaCha20.
pub fn split<R: CryptoRng + ?Sized>(
    secret: &[Field64],
    threshold: u8,
    shares: &mut [&mut [Field64]],
    rng: &mut R,
) -> Result<(), Error> {
    check(secret, threshold, shares)?;
    let coefficients = secret.len().saturating_mul(usize::from(threshold.saturating_sub(1)));
    if coefficients <= DRAWN {
        deal::deal(secret, threshold, shares, |row| uniform::fill(row, rng));
    } else {
        let mut expanded = Uniform::new(rng);
        deal::deal(secret, threshold, shares, |row| expanded.fill(row));
    }
    Ok(())
}

/// Coefficients that are worth less than a draw of keys to expand.
const DRAWN: usize = 256;

/// [`split`] with coefficients from the caller: `coefficient(degree, channel)` is asked once for each degree
/// 1 … t − 1 and channel, channel by channel, highest degree first. For vectors and derived sharings;
/// coefficients that repeat give the secret away.
///
/// # Errors
/// As [`split`].
pub fn split_with(
    secret: &[Field64],
    threshold: u8,
    shares: &mut [&mut [Field64]],
    mut coefficient: impl FnMut(u8, usize) -> Field64,
) -> Result<(), Error> {
    check(secret, threshold, shares)?;
    for share in shares.iter_mut() {
        share.fill(Field64::ZERO);
    }
    // Horner, all parties at once, so that each coefficient is asked for once and kept nowhere.
    for (channel, value) in secret.iter().enumerate() {
        for degree in (1..threshold).rev() {
            let mut c = coefficient(degree, channel);
            step(shares, channel, c);
            c.zeroize();
        }
        step(shares, channel, *value);
    }
    Ok(())
}

fn check(secret: &[Field64], threshold: u8, shares: &[&mut [Field64]]) -> Result<(), Error> {
    if threshold == 0 || usize::from(threshold) > shares.len() || shares.len() > 255 {
        return Err(Misuse::BadThreshold.into());
    }
    if shares.iter().any(|share| share.len() != secret.len()) {
        return Err(Misuse::WrongLength.into());
    }
    Ok(())
}

/// share = share · a + c for every party a.
fn step(shares: &mut [&mut [Field64]], channel: usize, c: Field64) {
    for (a, share) in (1u64..).zip(shares.iter_mut()) {
        if let Some(value) = share.get_mut(channel) {
            *value = *value * Field64::from_u64(a) + c;
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;
    use chacha20::ChaCha20Rng;
    use core::convert::Infallible;
    use rand_core::{Rng, SeedableRng, TryCryptoRng, TryRng};

    /// Counts what is drawn.
    struct Counted(ChaCha20Rng, usize);

    impl TryRng for Counted {
        type Error = Infallible;
        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            self.1 += 4;
            Ok(self.0.next_u32())
        }
        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            self.1 += 8;
            Ok(self.0.next_u64())
        }
        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
            self.1 += out.len();
            self.0.fill_bytes(out);
            Ok(())
        }
    }

    impl TryCryptoRng for Counted {}

    /// Work that can be counted where time cannot be measured: t − 1 words for each secret, or sixteen keys.
    #[test]
    fn no_more_is_drawn_than_is_needed() {
        for (secrets, threshold, expected) in [
            (1usize, 1u8, 0usize),
            (1, 2, 8),
            (1, 3, 16),
            (96, 3, 96 * 16),
            (128, 3, 256 * 8),
            (129, 3, 512),
            (10_000, 5, 512),
            (0, 5, 0),
        ] {
            let mut rng = Counted(ChaCha20Rng::seed_from_u64(1), 0);
            let mut shares = vec![vec![Field64::ZERO; secrets]; 5];
            let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
            split(&vec![Field64::ONE; secrets], threshold, &mut places, &mut rng).unwrap();
            assert_eq!(rng.1, expected, "{secrets} secrets, threshold {threshold}");
        }
    }

    /// By either source of coefficients: no secret shares them with another one.
    #[test]
    fn no_two_secrets_have_a_share_in_common() {
        for secrets in [128usize, 1000] {
            let mut shares = vec![vec![Field64::ZERO; secrets]; 3];
            let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
            split(&vec![Field64::ONE; secrets], 3, &mut places, &mut ChaCha20Rng::seed_from_u64(2)).unwrap();
            let mut all: Vec<u64> = shares.concat().into_iter().map(Field64::to_u64).collect();
            all.sort_unstable();
            all.dedup();
            assert_eq!(all.len(), 3 * secrets);
        }
    }
}
