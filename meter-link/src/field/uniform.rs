//! Uniform elements.
//!
//! Eight bytes, little-endian, that are taken as they are if below p and drawn anew if not, as the `Xof` of
//! IETF VDAF does (draft-irtf-cfrg-vdaf, section 6.2): exactly uniform, unlike a reduction. One draw in 2^32
//! is rejected. That shows in time, and says nothing of what was taken.

use core::fmt;

use rand_core::CryptoRng;
use zeroize::{Zeroize, ZeroizeOnDrop, optimization_barrier};

use super::Field64;
use crate::pad::{Expanded, Path, SIDE_BY_SIDE};

/// Fills `out` from `rng`: the way for a few.
pub fn fill<R: CryptoRng + ?Sized>(out: &mut [Field64], rng: &mut R) {
    let mut bytes = [0; Field64::LEN * FEW];
    for chunk in out.chunks_mut(FEW) {
        let Some(drawn) = bytes.get_mut(..chunk.len().wrapping_mul(Field64::LEN)) else { continue };
        rng.fill_bytes(drawn);
        let words = drawn.as_chunks().0.iter().map(|bytes| u64::from_le_bytes(*bytes));
        settle(chunk, words, || rng.next_u64());
    }
    bytes.fill(0);
    optimization_barrier(&bytes);
}

/// A source of many: the keystreams of sixteen ChaCha20 keys that are drawn once. Its elements are as good
/// as that cipher, whatever `rng` is; they are the same on every machine.
pub struct Uniform {
    source: Expanded,
    drawn: [[u32; 16]; SIDE_BY_SIDE],
    /// Words of `drawn` that are not used up, at its end.
    left: usize,
    path: Path,
}

impl Uniform {
    /// Draws 512 bytes from `rng`.
    pub fn new<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self::on(Path::BEST, rng)
    }

    /// [`Uniform::new`] by chosen vectors, for tests and benchmarks.
    #[doc(hidden)]
    pub fn on<R: CryptoRng + ?Sized>(path: Path, rng: &mut R) -> Self {
        Uniform { source: Expanded::draw(rng), drawn: [[0; 16]; SIDE_BY_SIDE], left: 0, path }
    }

    /// Fills `out` with the next elements.
    pub fn fill(&mut self, out: &mut [Field64]) {
        let mut rest = out;
        while !rest.is_empty() {
            if self.left == 0 {
                self.source.fill(self.path, &mut self.drawn);
                self.left = WORDS;
            }
            let count = rest.len().min(self.left);
            let Some(chunk) = rest.split_off_mut(..count) else { return };
            let words = pairs(&self.drawn).skip(WORDS.wrapping_sub(self.left));
            // What is rejected is drawn anew one by one, from a group of its own.
            let source = &mut self.source;
            let path = self.path;
            settle(chunk, words, || {
                let mut fresh = [[0; 16]; SIDE_BY_SIDE];
                source.fill(path, &mut fresh);
                let word = pairs(&fresh).next().unwrap_or(u64::MAX);
                fresh.zeroize();
                word
            });
            self.left = self.left.wrapping_sub(count);
        }
    }
}

impl Drop for Uniform {
    fn drop(&mut self) {
        self.drawn.zeroize();
    }
}

impl ZeroizeOnDrop for Uniform {} // the source wipes itself

impl fmt::Debug for Uniform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Uniform").finish_non_exhaustive()
    }
}

/// Elements drawn at once from a generator.
const FEW: usize = 16;
/// Elements in a group of blocks.
const WORDS: usize = 8 * SIDE_BY_SIDE;

fn pairs(blocks: &[[u32; 16]]) -> impl Iterator<Item = u64> {
    blocks.as_flattened().as_chunks().0.iter().map(|[low, high]| u64::from(*low) | u64::from(*high) << 32)
}

/// Takes a word for each element, and another from `draw` in place of one that is not below p.
fn settle(out: &mut [Field64], words: impl Iterator<Item = u64>, mut draw: impl FnMut() -> u64) {
    let mut beyond = 0;
    for (element, word) in out.iter_mut().zip(words) {
        *element = Field64(word);
        beyond |= u64::from(word >= Field64::MODULUS);
    }
    if beyond == 0 {
        return;
    }
    for element in out {
        while element.0 >= Field64::MODULUS {
            element.0 = draw();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use chacha20::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    const P: u64 = Field64::MODULUS;

    #[test]
    fn words_beyond_the_modulus_are_drawn_anew() {
        let words = [0, P, P - 1, u64::MAX, P + 1, 7];
        let mut fresh = [P, 11, u64::MAX, P, 12, 13, 14].into_iter();
        let mut out = [Field64::ZERO; 6];
        settle(&mut out, words.into_iter(), || fresh.next().unwrap());
        assert_eq!(out.map(Field64::to_u64), [0, 11, P - 1, 12, 13, 7]);
        assert_eq!(fresh.next(), Some(14));
    }

    #[test]
    fn a_few_are_the_bytes_of_the_generator() {
        for count in [0, 1, 15, 16, 17, 100] {
            let mut out = Vec::from_iter(core::iter::repeat_n(Field64::ONE, count));
            fill(&mut out, &mut ChaCha20Rng::seed_from_u64(5));
            let mut bytes = Vec::from_iter(core::iter::repeat_n([0; 8], count));
            ChaCha20Rng::seed_from_u64(5).fill_bytes(bytes.as_flattened_mut());
            let expected: Vec<_> = bytes.into_iter().map(|b| Field64::from_bytes(b).unwrap()).collect();
            assert_eq!(out, expected);
        }
    }

    /// Whatever the pieces, and whatever the vectors.
    #[test]
    fn many_are_one_sequence() {
        let rng = || ChaCha20Rng::seed_from_u64(6);
        let mut expected = [Field64::ZERO; 1000];
        Uniform::on(Path::Single, &mut rng()).fill(&mut expected);
        for path in Path::ALL {
            let mut uniform = Uniform::on(path, &mut rng());
            let mut rest = expected.as_slice();
            for count in [0, 1, 127, 128, 1, 200, 256, 3] {
                let mut out = Vec::from_iter(core::iter::repeat_n(Field64::ZERO, count));
                uniform.fill(&mut out);
                assert_eq!(out, rest.split_off(..count).unwrap(), "{path:?}");
            }
        }
        // 1000 elements are eight groups of 128, each of one block a key.
        let mut uniform = Uniform::new(&mut rng());
        uniform.fill(&mut [Field64::ZERO; 1000]);
        assert_eq!(uniform.source.made(), 8);
        let mut sorted = expected.to_vec();
        sorted.sort_by_key(|element| element.to_u64());
        sorted.dedup();
        assert_eq!(sorted.len(), 1000);
    }
}
