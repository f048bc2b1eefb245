//! Classical Shamir sharing over Field64 (Shamir, "How to share a secret", 1979).
//!
//! For a secret s the shares of f(X) = s + c_1 X + … + c_{t−1} X^{t−1} are f(1) … f(m); any t of them give
//! s = Σ λ_a f(a), fewer are uniform.

use meter_link::answer::Quorum;
use meter_link::{Error, Field64, Misuse};
use rand_core::CryptoRng;
use zeroize::Zeroize;

/// Shares a vector of secrets, drawing uniform coefficients. `shares` holds one slice of `secret.len()`
/// elements for each party 1 … m.
///
/// # Errors
/// [`Misuse::BadThreshold`] unless 1 ≤ threshold ≤ m ≤ 255; [`Misuse::WrongLength`] for a slice of another
/// length. Nothing was written then.
pub fn split<R: CryptoRng + ?Sized>(
    secret: &[Field64],
    threshold: u8,
    shares: &mut [&mut [Field64]],
    rng: &mut R,
) -> Result<(), Error> {
    split_with(secret, threshold, shares, |_, _| uniform(rng))
}

/// An element by 128 random bits: at most 2^−64 from uniform.
fn uniform<R: CryptoRng + ?Sized>(rng: &mut R) -> Field64 {
    let mut bytes = [0u8; 16];
    rng.fill_bytes(&mut bytes);
    let element = Field64::from_u128(u128::from_le_bytes(bytes));
    bytes.zeroize();
    element
}

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
    if threshold == 0 || usize::from(threshold) > shares.len() || shares.len() > 255 {
        return Err(Misuse::BadThreshold.into());
    }
    if shares.iter().any(|share| share.len() != secret.len()) {
        return Err(Misuse::WrongLength.into());
    }
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

/// share = share · a + c for every party a.
fn step(shares: &mut [&mut [Field64]], channel: usize, c: Field64) {
    for (a, share) in (1u64..).zip(shares.iter_mut()) {
        if let Some(value) = share.get_mut(channel) {
            *value = *value * Field64::from_u64(a) + c;
        }
    }
}

/// The secret behind shares of at least t parties, `(number, share)` in any order.
///
/// # Errors
/// [`Misuse::BadQuorum`] for no share, number 0 or a number twice; [`Misuse::WrongLength`] for a share whose
/// length is not that of `out`. Nothing was written then.
///
/// # Security
/// Shares of too few parties, or wrong ones, give a wrong secret without notice.
pub fn combine(shares: &[(u8, &[Field64])], out: &mut [Field64]) -> Result<(), Error> {
    let mut quorum = Quorum::default();
    for (number, share) in shares {
        if *number == 0 || quorum.contains(*number) {
            return Err(Misuse::BadQuorum.into());
        }
        if share.len() != out.len() {
            return Err(Misuse::WrongLength.into());
        }
        quorum = quorum.with(*number);
    }
    if quorum.is_empty() {
        return Err(Misuse::BadQuorum.into());
    }
    out.fill(Field64::ZERO);
    for (number, share) in shares {
        meter_link::field::add_scaled(out, quorum.coefficient(*number)?, share);
    }
    Ok(())
}
