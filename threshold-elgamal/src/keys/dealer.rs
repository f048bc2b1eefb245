//! Keys from a dealer, who could open everything: for tests and trials.

use alloc::vec::Vec;

use curve25519_dalek::scalar::Scalar;
use meter_link::answer::Threshold;
use rand_core::CryptoRng;
use zeroize::{Zeroize, Zeroizing};

use super::{KeySet, SecretShare};
use crate::error::Error;

/// A key set and its shares, in the order of the trustees' numbers.
///
/// # Errors
/// None in practice: drawn keys lie on their polynomial, and are zero with probability 2^-252.
///
/// # Security
/// Who runs this can decrypt every reading. Keys that nobody ever holds are made by the trustees together,
/// without a dealer.
pub fn deal<R: CryptoRng + ?Sized>(
    threshold: Threshold,
    rng: &mut R,
) -> Result<(KeySet, Vec<SecretShare>), Error> {
    // Filled in place: a vector that grows leaves copies behind.
    let mut polynomial = Zeroizing::new(alloc::vec![Scalar::ZERO; threshold.threshold().into()]);
    polynomial.iter_mut().for_each(|coefficient| *coefficient = draw(rng));
    let share = |number: u8| {
        let x = Scalar::from(number);
        let value = polynomial.iter().rev().fold(Scalar::ZERO, |sum, c| sum * x + c);
        SecretShare::new(number, value)
    };
    let shares: Vec<SecretShare> = (1..=threshold.answerers()).map(share).collect();
    let members: Vec<[u8; 32]> = shares.iter().map(SecretShare::public).collect();
    Ok((KeySet::shared(threshold, &members)?, shares))
}

fn draw<R: CryptoRng + ?Sized>(rng: &mut R) -> Scalar {
    let mut wide = [0u8; 64];
    rng.fill_bytes(&mut wide);
    let scalar = Scalar::from_bytes_mod_order_wide(&wide);
    wide.zeroize();
    scalar
}
