//! Random polynomials, all from ChaCha20 keystreams: a (key, label, index) gives one polynomial.
//!
//! No branch and no index depends on a sampled value, nor on keystream that such a value is made of. Where values are
//! rejected, branches and indices depend on *which* are, which says nothing about the others.

use meter_link::pad::{Keystream, Loop, Path};
use zeroize::Zeroize;

use crate::ring::Prime;

mod gaussian;

pub(crate) use gaussian::gaussian_on;

/// What a keystream is for: the first part of its nonce.
#[allow(missing_docs)]
pub(crate) mod label {
    pub(crate) const SECRET: u64 = 1;
    pub(crate) const PUBLIC_UNIFORM: u64 = 2;
    pub(crate) const PUBLIC_ERROR: u64 = 3;
    pub(crate) const ENCRYPTION_V: u64 = 4;
    pub(crate) const ENCRYPTION_E0: u64 = 5;
    pub(crate) const ENCRYPTION_E1: u64 = 6;
    pub(crate) const SEEDED_UNIFORM: u64 = 7;
    pub(crate) const SWITCHING_UNIFORM: u64 = 8;
    pub(crate) const SWITCHING_ERROR: u64 = 9;
    pub(crate) const FLOOD: u64 = 10;
    pub(crate) const SHARING: u64 = 11;
    pub(crate) const JOINT_UNIFORM: u64 = 12;
    pub(crate) const JOINT_ERROR: u64 = 13;
}

/// Residues modulo a prime, uniform: words masked to its length, and those below it.
pub(crate) fn uniform(key: &[u8; 32], label: u64, index: u32, prime: &Prime, out: &mut [u64]) {
    uniform_on(prime.vectors(), key, label, index, prime.q(), out);
}

/// −1, 0 or 1, each with probability ⅓.
pub(crate) fn ternary(key: &[u8; 32], label: u64, index: u32, out: &mut [i8]) {
    ternary_on(Path::BEST, key, label, index, out);
}

/// The difference of two binomials of 21 fair bits each: −21 … 21, variance 10.5.
pub(crate) fn cbd(key: &[u8; 32], label: u64, index: u32, out: &mut [i8]) {
    cbd_on(Path::BEST, key, label, index, out);
}

/// Uniform in −2^(bits − 1) … 2^(bits − 1) − 1, for up to 127 bits.
pub(crate) fn uniform_bits(key: &[u8; 32], label: u64, index: u32, bits: u32, out: &mut [i128]) {
    let mut source = Source::new(Path::BEST, key, label, index);
    let half = 1i128.unbounded_shl(bits.wrapping_sub(1));
    let mask = 1u128.unbounded_shl(bits).wrapping_sub(1);
    for out in out.chunks_mut(BLOCKS.wrapping_mul(4)) {
        for (value, bytes) in out.iter_mut().zip(source.next().as_flattened().as_chunks::<16>().0) {
            *value = (u128::from_le_bytes(*bytes) & mask).cast_signed().wrapping_sub(half);
        }
    }
}

/// The discrete Gaussian on the integers around 0 with deviation σ′ ≥ `sigma`, for `sigma` up to 2¹²²:
/// σ′ < `sigma`·(1 + 2⁻¹²) from 2²⁰ on.
pub(crate) fn gaussian(key: &[u8; 32], label: u64, index: u32, sigma: f64, out: &mut [i128]) {
    gaussian_on(Path::BEST, key, label, index, sigma, out);
}

/// Blocks made at once.
const BLOCKS: usize = 16;

/// A keystream, sixteen blocks at a time. Wiped when dropped.
struct Source {
    path: Path,
    stream: Keystream,
    blocks: [[u8; 64]; BLOCKS],
}

impl Source {
    fn new(path: Path, key: &[u8; 32], label: u64, index: u32) -> Self {
        Source { path, stream: Keystream::new(key, label, index), blocks: [[0; 64]; BLOCKS] }
    }

    /// The next sixteen blocks.
    fn next(&mut self) -> &[[u8; 64]; BLOCKS] {
        self.stream.fill_on(self.path, &mut self.blocks);
        &self.blocks
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.blocks.zeroize();
    }
}

pub(crate) fn uniform_on(path: Path, key: &[u8; 32], label: u64, index: u32, q: u64, out: &mut [u64]) {
    let mut source = Source::new(path, key, label, index);
    let mask = u64::MAX.unbounded_shr(q.leading_zeros());
    let mut rest = out;
    while !rest.is_empty() {
        let accepted = if q < 1 << 32 {
            accept(path, source.next().as_flattened().as_chunks::<4>().0, q, mask, rest)
        } else {
            accept(path, source.next().as_flattened().as_chunks::<8>().0, q, mask, rest)
        };
        rest = rest.get_mut(accepted..).unwrap_or_default();
    }
}

/// A keystream word as a residue.
trait Word: Copy {
    fn masked(self, mask: u64) -> u64;
}

impl Word for [u8; 4] {
    #[inline(always)]
    fn masked(self, mask: u64) -> u64 {
        u64::from(u32::from_le_bytes(self)) & mask
    }
}

impl Word for [u8; 8] {
    #[inline(always)]
    fn masked(self, mask: u64) -> u64 {
        u64::from_le_bytes(self) & mask
    }
}

/// Fills `out` as far as the words below `q` go; says how far that is.
fn accept<W: Word>(path: Path, words: &[W], q: u64, mask: u64, out: &mut [u64]) -> usize {
    // Primes lie just below powers of two: most often, every word is below.
    let mut above = 0;
    path.vectorise(Masked { words, q, mask, out, above: &mut above });
    let room = out.len().min(words.len());
    if above == 0 {
        return room;
    }
    let below = words.iter().map(|word| word.masked(mask)).filter(|residue| *residue < q);
    let mut accepted = 0usize;
    for (out, residue) in out.iter_mut().zip(below) {
        *out = residue;
        accepted = accepted.wrapping_add(1);
    }
    accepted
}

/// All words, masked, as far as there is room; of the words that are not below q, `above` gets the top bit.
struct Masked<'a, W> {
    words: &'a [W],
    q: u64,
    mask: u64,
    out: &'a mut [u64],
    above: &'a mut u64,
}

impl<W: Word> Loop for Masked<'_, W> {
    #[inline(always)]
    fn run(self) {
        let mut below = u64::MAX;
        for (out, word) in self.out.iter_mut().zip(self.words) {
            *out = word.masked(self.mask);
            below &= out.wrapping_sub(self.q);
        }
        *self.above = !below >> 63;
    }
}

pub(crate) fn ternary_on(path: Path, key: &[u8; 32], label: u64, index: u32, out: &mut [i8]) {
    let mut source = Source::new(path, key, label, index);
    let mut accepted = 0usize;
    while accepted < out.len() {
        for byte in source.next().as_flattened() {
            for field in [byte & 3, byte >> 2 & 3, byte >> 4 & 3, byte >> 6] {
                // What is rejected is overwritten by the next. How far this has got tells of rejections only.
                if let Some(out) = out.get_mut(accepted) {
                    *out = field.cast_signed().wrapping_sub(1);
                }
                accepted = accepted.wrapping_add(usize::from(field != 3));
            }
        }
    }
    // At the very end a rejected field stands only in the place after the last, which there is not.
}

/// Low 21 bits.
const BITS: u64 = (1 << 21) - 1;

pub(crate) fn cbd_on(path: Path, key: &[u8; 32], label: u64, index: u32, out: &mut [i8]) {
    let mut source = Source::new(path, key, label, index);
    for out in out.chunks_mut(BLOCKS.wrapping_mul(8)) {
        path.vectorise(Binomial { words: source.next().as_flattened().as_chunks::<8>().0, out });
    }
}

/// Differences of two binomials of 21 bits of a word.
struct Binomial<'a> {
    words: &'a [[u8; 8]],
    out: &'a mut [i8],
}

impl Loop for Binomial<'_> {
    #[inline(always)]
    fn run(self) {
        for (value, word) in self.out.iter_mut().zip(self.words) {
            let word = u64::from_le_bytes(*word);
            // popcount(a) − popcount(b) = popcount(a) + popcount(¬b) − 21
            let bits = (word & BITS) | (!word & BITS << 21);
            #[allow(clippy::cast_possible_truncation)] // at most 42
            let ones = bits.count_ones() as i8;
            *value = ones.wrapping_sub(21);
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss)]
mod tests {
    use super::*;
    use crate::preset::Preset;
    use alloc::vec;
    use alloc::vec::Vec;
    use chacha20::ChaCha20;
    use chacha20::cipher::{KeyIvInit, StreamCipher};

    const KEY: [u8; 32] = *b"a key of thirty-two bytes for it";

    fn bytes(key: &[u8; 32], label: u64, index: u32, count: usize) -> Vec<u8> {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&label.to_le_bytes());
        nonce[8..].copy_from_slice(&index.to_le_bytes());
        let mut bytes = vec![0; count];
        ChaCha20::new(key.into(), &nonce.into()).apply_keystream(&mut bytes);
        bytes
    }

    #[test]
    fn uniform_is_as_specified_on_every_path() {
        let primes = Preset::ALL.into_iter().flat_map(|p| p.primes().iter().copied().chain(p.special()));
        // One that rejects nearly half, too.
        for q in primes.chain([(1 << 49) + 5, (1 << 26) + 1, u64::MAX, 3]) {
            let mask = u64::MAX >> q.leading_zeros();
            let stream = bytes(&KEY, 2, 9, 400_000);
            let words: Vec<u64> = if q < 1 << 32 {
                stream.as_chunks().0.iter().map(|w| u64::from(u32::from_le_bytes(*w))).collect()
            } else {
                stream.as_chunks().0.iter().map(|w| u64::from_le_bytes(*w)).collect()
            };
            let below: Vec<u64> = words.into_iter().map(|w| w & mask).filter(|w| *w < q).collect();
            for path in Path::ALL {
                for count in [0, 1, 127, 128, 129, 2048, 8192] {
                    let mut out = vec![u64::MAX; count];
                    uniform_on(path, &KEY, 2, 9, q, &mut out);
                    assert!(out == below[..count], "{path:?} {q} {count}");
                }
            }
        }
    }

    #[test]
    fn ternary_is_as_specified_on_every_path() {
        let stream = bytes(&KEY, 1, 0, 20_000);
        let fields = stream.iter().flat_map(|byte| [0, 2, 4, 6].map(|shift| byte >> shift & 3));
        let values: Vec<i8> = fields.filter(|f| *f != 3).map(|f| f.cast_signed() - 1).collect();
        for path in Path::ALL {
            for count in [0, 1, 2, 3, 4095, 8192] {
                let mut out = vec![9; count];
                ternary_on(path, &KEY, 1, 0, &mut out);
                assert!(out == values[..count], "{path:?} {count}");
            }
        }
        // Wherever the end falls, a rejected field is not left there.
        for seed in 0..200 {
            let mut out = [9; 37];
            ternary(&[seed; 32], 1, 0, &mut out);
            assert!(out.iter().all(|value| (-1..=1).contains(value)));
        }
    }

    #[test]
    fn cbd_is_as_specified_on_every_path() {
        let ones = |word: u64| i8::try_from((word & 0x1f_ffff).count_ones()).unwrap();
        let stream = bytes(&KEY, 5, 3, 65_536);
        let words = stream.as_chunks().0.iter().map(|w| u64::from_le_bytes(*w));
        let values: Vec<i8> = words.map(|w| ones(w) - ones(w >> 21)).collect();
        for path in Path::ALL {
            for count in [0, 1, 127, 128, 130, 8192] {
                let mut out = vec![99; count];
                cbd_on(path, &KEY, 5, 3, &mut out);
                assert!(out == values[..count], "{path:?} {count}");
            }
        }
    }

    /// χ² of counts against probabilities, less its mean, in deviations.
    fn chi_squared(counts: &[f64], probabilities: &[f64]) -> f64 {
        let total: f64 = counts.iter().sum();
        let sum: f64 = counts
            .iter()
            .zip(probabilities)
            .map(|(c, p)| (c - total * p) * (c - total * p) / (total * p))
            .sum();
        let freedom = counts.len() as f64 - 1.0;
        (sum - freedom) / libm::sqrt(2.0 * freedom)
    }

    #[test]
    fn values_are_distributed_as_they_should_be() {
        let (mut binomial, mut ternaries) = (vec![0.0; 43], vec![0.0; 3]);
        let mut bits = vec![0.0; 64];
        let mut out = vec![0; 8192];
        for index in 0..64 {
            cbd(&KEY, 3, index, &mut out);
            out.iter().for_each(|v| binomial[usize::try_from(v + 21).unwrap()] += 1.0);
            ternary(&KEY, 4, index, &mut out);
            out.iter().for_each(|v| ternaries[usize::try_from(v + 1).unwrap()] += 1.0);
            let mut wide = vec![0; 512];
            uniform_bits(&KEY, 10, index, 64, &mut wide);
            wide.iter().for_each(|v| bits[usize::try_from((v + (1 << 63)) >> 58).unwrap()] += 1.0);
        }
        // Binomial coefficients of 42 over 2^42.
        let mut row = vec![1.0f64 / (1u64 << 42) as f64];
        for k in 0..42 {
            row.push(row[k] * (42 - k) as f64 / (k + 1) as f64);
        }
        let (middle, p) = (&binomial[6..37], &row[6..37]);
        let left: f64 = p.iter().sum();
        let p: Vec<f64> = p.iter().map(|p| p / left).collect();
        for (name, found) in [
            ("binomial", chi_squared(middle, &p)),
            ("ternary", chi_squared(&ternaries, &[1.0 / 3.0; 3])),
            ("uniform", chi_squared(&bits, &[1.0 / 64.0; 64])),
        ] {
            assert!(found.abs() < 5.0, "{name}: {found} deviations");
        }
    }

    #[test]
    fn uniform_bits_reach_both_ends_and_no_further() {
        for bits in [1, 2, 3, 64, 90, 127] {
            let mut out = vec![0; 3000];
            uniform_bits(&KEY, 10, bits, bits, &mut out);
            let half = 1i128.unbounded_shl(bits - 1);
            assert!(out.iter().all(|v| (-half..=half - 1).contains(v)), "{bits}");
            if bits <= 3 {
                assert!(out.contains(&-half) && out.contains(&(half - 1)));
            }
        }
    }
}
