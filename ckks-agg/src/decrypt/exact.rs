//! Results that depend on the plaintext alone.

use alloc::vec::Vec;

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::bound::{Bound, ERROR_MOST};
use crate::ciphertext::Ciphertext;
use crate::error::{Error, Misuse};
use crate::keys::SecretKey;
use crate::plaintext::{Coefficients, Packing};
use crate::room;
use crate::sample::{self, label};

impl SecretKey {
    /// The integers in a ciphertext, exactly.
    ///
    /// All coefficients are given: the caller takes as many as there are values.
    ///
    /// # Errors
    /// As [`decrypt_private`](Self::decrypt_private); [`Misuse::WrongPacking`] unless they are integers;
    /// [`Misuse::BadScale`] unless the scale is a power of two from 4 on; [`Misuse::NoiseBeyondGrid`] where the error can be as
    /// large as half of it.
    ///
    /// # Security
    /// For a ciphertext of integers it depends on them alone: the error is rounded away, certainly. Before that, a uniform
    /// number is added as wide as the grid allows, so that a ciphertext of something between two integers, which rounding
    /// would otherwise compare with the error, gives one or the other with a chance that hardly depends on the error.
    pub fn decrypt_exact<R: CryptoRng + ?Sized>(
        &self,
        ciphertext: &Ciphertext,
        rng: &mut R,
    ) -> Result<Vec<i64>, Error> {
        if ciphertext.packing() != Packing::Integers {
            return Err(Misuse::WrongPacking.into());
        }
        let bits = grid_bits(ciphertext)?;
        let flood_bits = flood_bits(&ciphertext.bound(), bits)?;
        let coefficients = self.open(ciphertext)?;
        let key = self.flood_key(ciphertext, rng)?;
        round(&coefficients, bits, flood_bits, &key)
    }
}

/// log₂ of the scale, where that is a grid.
///
/// # Errors
/// [`Misuse::BadScale`].
pub(crate) fn grid_bits(ciphertext: &Ciphertext) -> Result<u32, Error> {
    let scale = ciphertext.scale();
    let bits = scale.log2().and_then(|bits| u32::try_from(bits).ok()).filter(|bits| (2..=96).contains(bits));
    #[allow(clippy::cast_possible_truncation)] // at most 1100
    let about = || libm::ilogb(scale.to_f64(ciphertext.preset())).wrapping_add(1) as i16;
    bits.ok_or_else(|| Misuse::BadScale { bits: about() }.into())
}

/// How many bits a uniform number can have so that it and the error are less than half of 2^bits.
///
/// # Errors
/// [`Misuse::NoiseBeyondGrid`].
pub(crate) fn flood_bits(bound: &Bound, bits: u32) -> Result<u32, Error> {
    let half = libm::ldexp(0.5, i32::try_from(bits).unwrap_or(i32::MAX));
    // No ciphertext has less than a fresh one, whatever it says of itself.
    let error = bound.coefficient.min(bound.noise).max(ERROR_MOST.into());
    let room = half - error - 1.0;
    if room >= 1.0 {
        // −2^(bits−1) ≤ flood < 2^(bits−1) ≤ room.
        return Ok(u32::from(room::bits(room)));
    }
    let (have, most) = (room::bits(error), u16::try_from(bits.saturating_sub(1)).unwrap_or(u16::MAX));
    Err(Misuse::NoiseBeyondGrid { have, most }.into())
}

/// Rounds to multiples of 2^bits, after adding uniform numbers of `flood_bits` bits.
///
/// # Errors
/// [`Error::Inconsistent`] where a value is beyond 64 bits.
pub(crate) fn round(
    coefficients: &Coefficients,
    bits: u32,
    flood_bits: u32,
    key: &[u8; 32],
) -> Result<Vec<i64>, Error> {
    let mut flood = Zeroizing::new(alloc::vec![0i128; coefficients.len()]);
    sample::uniform_bits(key, label::FLOOD, 1, flood_bits, &mut flood);
    let half = 1i128.wrapping_shl(bits.saturating_sub(1));
    let rounded = |value: i128, flood: i128| {
        let value = value.wrapping_add(flood).wrapping_add(half) >> bits;
        i64::try_from(value).map_err(|_| Error::Inconsistent)
    };
    match coefficients {
        Coefficients::Narrow(values) => values
            .iter()
            .zip(flood.iter())
            .map(|(value, flood)| rounded(i128::from(*value), *flood))
            .collect(),
        Coefficients::Wide(values) => {
            values.iter().zip(flood.iter()).map(|(value, flood)| rounded(*value, *flood)).collect()
        }
    }
}
