//! One reading at a time, with the encodings of a batch made together.

use alloc::vec;

use zeroize::Zeroizing;

use super::digits::{DIGITS, count, of_reading, of_scalar};
use super::point::{Doubled, Extended, encode_doubles};
use super::table::Table;
use crate::ciphertext::EncodedCiphertext;

/// R/2 and C/2 are computed, whose doubles can be encoded with one inversion for all.
pub(super) struct Tables {
    /// Of B/2.
    base: Table,
    /// Of Y/2.
    key: Table,
}

impl Tables {
    pub(super) const SIZE: usize = 2 * Table::SIZE;

    /// By the encodings of B/2 and Y/2.
    pub(super) fn new([base, key]: &[[u8; 32]; 2]) -> Self {
        Tables { base: Table::new(base), key: Table::new(key) }
    }

    /// At most [`super::BATCH`] readings below 2^bits in size.
    pub(super) fn encrypt(
        &self,
        bits: u32,
        readings: &[i64],
        blindings: &[[u8; 32]],
        out: &mut [EncodedCiphertext],
    ) {
        let len = readings.len().wrapping_mul(2);
        let mut halves = Zeroizing::new(vec![Extended::IDENTITY; len]);
        for ((reading, blinding), pair) in readings.iter().zip(blindings).zip(halves.as_chunks_mut::<2>().0) {
            let [r, c] = pair;
            let factor = Zeroizing::new(of_scalar(blinding));
            self.base.add_multiple(r, &factor, DIGITS);
            self.key.add_multiple(c, &factor, DIGITS);
            self.base.add_multiple(c, &Zeroizing::new(of_reading(*reading, bits)), count(bits));
        }
        let mut parts = Zeroizing::new(vec![Doubled::default(); len]);
        encode_doubles(&halves, &mut parts, out.as_flattened_mut().as_chunks_mut::<32>().0.iter_mut());
    }
}
