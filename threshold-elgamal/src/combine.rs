//! Decryption shares to a point: C − Σ λ_i·D_i = m·B.

use curve25519_dalek::ristretto::RistrettoPoint;

use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::keys::KeySet;
use crate::share::CheckedShare;

/// m·B of a ciphertext, from t shares of it or more, in any order. Shares whose proofs hold lie on one polynomial, so
/// that any t of them do.
///
/// # Errors
/// [`Error::Quorum`] with fewer than t shares; [`meter_link::Misuse::BadQuorum`] for two of one trustee;
/// [`Misuse::MixedShares`] for one of another ciphertext or key set.
pub fn combine(
    keys: &KeySet,
    ciphertext: &Ciphertext,
    shares: &[CheckedShare],
) -> Result<RistrettoPoint, Error> {
    let need = usize::from(keys.threshold().threshold());
    let (quorum, of) = match (shares.get(..need), shares.first()) {
        (Some(quorum), Some(first)) => (quorum, first.of()),
        _ => {
            let count = |n| u32::try_from(n).unwrap_or(u32::MAX);
            return Err(Error::Quorum { have: count(shares.len()), need: count(need) });
        }
    };
    let fits = |share: &CheckedShare| {
        share.key_set() == keys.group_key().key_set() && share.of().bytes() == of.bytes()
    };
    if !shares.iter().all(fits) || of.point() != ciphertext.r() {
        return Err(Misuse::MixedShares.into());
    }
    let (mut seen, mut numbers) = ([0u64; 4], [0u8; 255]);
    for (place, number) in shares.iter().map(CheckedShare::number).enumerate() {
        let word = seen.get_mut(usize::from(number >> 6)).ok_or(meter_link::Misuse::BadQuorum)?;
        let before = *word;
        *word |= 1 << (number & 63);
        if *word == before {
            return Err(meter_link::Misuse::BadQuorum.into());
        }
        // As many as trustees at most, or two would be the same.
        *numbers.get_mut(place).ok_or(meter_link::Misuse::BadQuorum)? = number;
    }
    let numbers = numbers.get(..need).unwrap_or_default();
    let mask = keys.point_weights(numbers).sum(quorum.iter().map(CheckedShare::point));
    Ok(ciphertext.c - mask)
}
