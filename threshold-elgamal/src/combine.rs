//! Decryption shares to a point: C − Σ λ_i·D_i = m·B.

use alloc::vec::Vec;

use curve25519_dalek::ristretto::RistrettoPoint;
use curve25519_dalek::traits::VartimeMultiscalarMul;

use crate::ciphertext::Ciphertext;
use crate::error::Error;
use crate::lagrange;

/// m·B of a ciphertext, from the shares `(number, D)` of a quorum, ascending by number. All of them count: t
/// of them, or more that lie on one polynomial.
///
/// # Errors
/// [`meter_link::Misuse::BadQuorum`] unless the numbers are strictly increasing and not 0.
///
/// # Security
/// Shares are taken at their word: a wrong one gives another point. To be used on shares that were checked,
/// or as [`Closed::combine`](crate::Closed::combine) does, whose search then fails for all but chosen errors.
pub fn combine(ciphertext: &Ciphertext, shares: &[(u8, RistrettoPoint)]) -> Result<RistrettoPoint, Error> {
    let numbers: Vec<u8> = shares.iter().map(|(number, _)| *number).collect();
    let increasing = numbers.iter().zip(numbers.iter().skip(1)).all(|(a, b)| a < b);
    if !increasing || numbers.first().is_none_or(|first| *first == 0) {
        return Err(meter_link::Misuse::BadQuorum.into());
    }
    let points = shares.iter().map(|(_, share)| share);
    let mask = RistrettoPoint::vartime_multiscalar_mul(lagrange::coefficients(&numbers, 0), points);
    Ok(ciphertext.c - mask)
}
