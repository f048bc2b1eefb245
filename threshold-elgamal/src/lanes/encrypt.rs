//! Encryption of many readings, eight at a time, in constant time.

use super::point::Extended;
use super::ristretto::{TOGETHER, encode_doubles};
use super::table::{Factors, LaneTable};
use crate::ciphertext::EncodedCiphertext;
use crate::encryptor::digits::{count, of_reading, of_scalar};

/// Multiples of B/2 and Y/2: what is encoded is the doubles of points, which takes one inversion for many.
pub(crate) struct Tables {
    pub(super) base: LaneTable,
    pub(super) key: LaneTable,
}

/// Pairs of points that share an inversion.
pub(super) const BATCH: usize = TOGETHER / 2 * 8;

/// The ciphertexts of up to [`BATCH`] readings below 2^bits in size. What they are computed from stays on the
/// stack, for the caller to wipe.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn run(
    tables: &Tables,
    bits: u32,
    readings: &[i64],
    blindings: &[[u8; 32]],
    out: &mut [EncodedCiphertext],
) {
    let mut halves = [[Extended::identity(); 2]; TOGETHER / 2];
    for ((readings, blindings), [r, c]) in readings.chunks(8).zip(blindings.chunks(8)).zip(&mut halves) {
        let blindings = eight(blindings).map(|blinding| of_scalar(&blinding));
        let readings = eight(readings).map(|reading| of_reading(reading, bits));
        tables.base.add_multiples(r, &tables.key, c, Factors::new(&blindings));
        tables.base.add_multiple(c, Factors::new(&readings), count(bits));
    }
    pairs(&halves, out);
}

/// The encodings of pairs of points given as halves, one after the other, as many as `out` holds.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn pairs(halves: &[[Extended; 2]; TOGETHER / 2], out: &mut [[u8; 64]]) {
    let mut encodings = [[[0; 32]; 8]; TOGETHER];
    let (some, _) = halves.split_at(out.len().div_ceil(8).min(TOGETHER / 2));
    encode_doubles(some.as_flattened(), &mut encodings);
    for (out, [first, second]) in out.chunks_mut(8).zip(encodings.as_chunks::<2>().0) {
        for ((out, first), second) in out.iter_mut().zip(first).zip(second) {
            for (half, bytes) in out.as_chunks_mut::<32>().0.iter_mut().zip([first, second]) {
                *half = *bytes;
            }
        }
    }
}

/// The first eight of these, or fewer and zeros.
pub(super) fn eight<T: Copy + Default>(some: &[T]) -> [T; 8] {
    let mut all = [T::default(); 8];
    for (place, one) in all.iter_mut().zip(some) {
        *place = *one;
    }
    all
}
