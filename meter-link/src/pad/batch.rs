//! What is made of the blocks of many keys: elements in the caller's buffer, signed sums, one-time keys.
//! Written once, and compiled once per path with that path's vector instructions.

use super::chacha::{Kernel, Nonce, Single};
use crate::field::Field64;
use crate::key::PairKey;

/// Elements, and so channels, that one ChaCha20 block gives.
pub const BLOCK: usize = 4;

/// A job over a list of keys, L at a time.
pub(super) trait Job {
    /// Does the first `live` of `keys`; the others fill the lanes only.
    fn chunk<const L: usize, C: Kernel<L>>(&mut self, kernel: C, keys: &[&PairKey; L], live: usize);
}

/// All keys through one kernel.
#[inline(always)]
pub(super) fn run<const L: usize, C: Kernel<L>, J: Job>(kernel: C, keys: &[&PairKey], job: &mut J) {
    for chunk in keys.chunks(L) {
        let [first, others @ ..] = chunk else { continue };
        if others.is_empty() {
            job.chunk(Single, &[*first], 1);
            continue;
        }
        let mut filled = [*first; L];
        let lanes = if let Ok(full) = <&[&PairKey; L]>::try_from(chunk) {
            full
        } else {
            for (slot, key) in filled.iter_mut().zip(chunk) {
                *slot = key;
            }
            &filled
        };
        job.chunk(kernel, lanes, chunk.len());
    }
}

/// What 16 keystream bytes become.
pub(super) trait Element: Copy + Default {
    fn from_words(words: [u32; BLOCK]) -> Self;
}

impl Element for Field64 {
    #[inline(always)]
    fn from_words([a, b, c, d]: [u32; BLOCK]) -> Self {
        let low = a as u128 | (b as u128) << 32;
        Field64::from_u128(low | (c as u128) << 64 | (d as u128) << 96)
    }
}

impl Element for u64 {
    #[inline(always)]
    fn from_words([a, b, ..]: [u32; BLOCK]) -> Self {
        u64::from(a) | u64::from(b) << 32
    }
}

impl Element for u128 {
    #[inline(always)]
    fn from_words([a, b, c, d]: [u32; BLOCK]) -> Self {
        a as u128 | (b as u128) << 32 | (c as u128) << 64 | (d as u128) << 96
    }
}

/// One element per lane.
#[inline(always)]
#[allow(clippy::indexing_slicing)] // l < L, the length of every array here; iterators do not vectorise
fn column<const L: usize, E: Element>(words: &[[u32; L]; BLOCK]) -> [E; L] {
    let mut column = [E::default(); L];
    for l in 0..L {
        column[l] = E::from_words([words[0][l], words[1][l], words[2][l], words[3][l]]);
    }
    column
}

/// Takes the elements of one channel, one per lane. (A trait, where a closure would do: only functions that
/// must be inlined are sure to be compiled with the vector instructions of the path.)
trait Sink<const L: usize, E> {
    fn take(&mut self, channel: usize, column: &[E; L]);
}

#[inline(always)]
fn columns<const L: usize, C: Kernel<L>, E: Element>(
    kernel: C,
    keys: &[&PairKey; L],
    (first, stream): (Nonce, u32),
    channels: usize,
    sink: &mut impl Sink<L, E>,
) {
    let word = [stream; L];
    if channels == 1 {
        return sink.take(0, &column(&kernel.words::<BLOCK>(keys, first, &word)));
    }
    let mut nonce = first;
    for channel in (0..channels).step_by(BLOCK) {
        let words = kernel.words::<16>(keys, nonce, &word);
        for (channel, words) in (channel..channels).zip(words.as_chunks::<BLOCK>().0) {
            sink.take(channel, &column(words));
        }
        nonce.counter = nonce.counter.wrapping_add(1);
    }
}

/// Every element, keys in the order given, channels of a key side by side.
pub(super) struct Pads<'a, E> {
    pub(super) nonce: (Nonce, u32),
    pub(super) channels: usize,
    pub(super) out: &'a mut [E],
}

impl<E: Element> Job for Pads<'_, E> {
    #[inline(always)]
    fn chunk<const L: usize, C: Kernel<L>>(&mut self, kernel: C, keys: &[&PairKey; L], live: usize) {
        let channels = self.channels;
        if let Some(out) = self.out.split_off_mut(..live.wrapping_mul(channels)) {
            columns(kernel, keys, self.nonce, channels, &mut Strided { channels, out });
        }
    }
}

struct Strided<'a, E> {
    channels: usize,
    out: &'a mut [E],
}

impl<const L: usize, E: Element> Sink<L, E> for Strided<'_, E> {
    #[inline(always)]
    fn take(&mut self, channel: usize, column: &[E; L]) {
        if self.channels == 1
            && let Some(out) = self.out.first_chunk_mut()
        {
            *out = *column;
            return;
        }
        for (out, element) in self.out.iter_mut().skip(channel).step_by(self.channels).zip(column) {
            *out = *element;
        }
    }
}

/// Adds the pads of all keys to `sum`, or subtracts them: bit k of `subtract` is the sign of key k.
pub(super) struct SignedSum<'a> {
    pub(super) nonce: (Nonce, u32),
    pub(super) subtract: u64,
    pub(super) sum: &'a mut [Field64],
}

impl Job for SignedSum<'_> {
    #[inline(always)]
    fn chunk<const L: usize, C: Kernel<L>>(&mut self, kernel: C, keys: &[&PairKey; L], live: usize) {
        let mut sink = Signed { signs: Signs::<L>::take(&mut self.subtract, live), sum: self.sum };
        columns(kernel, keys, self.nonce, sink.sum.len(), &mut sink);
    }
}

struct Signed<'a, const L: usize> {
    signs: Signs<L>,
    sum: &'a mut [Field64],
}

impl<const L: usize> Sink<L, Field64> for Signed<'_, L> {
    #[inline(always)]
    fn take(&mut self, channel: usize, column: &[Field64; L]) {
        let Some(sum) = self.sum.get_mut(channel) else { return };
        match (column.as_slice(), self.signs.minus.as_slice()) {
            ([one], [0]) => *sum = sum.plus(*one),
            ([one], _) => *sum = sum.minus(*one),
            _ => *sum += self.signs.sum(column),
        }
    }
}

/// Masks, all ones or all zeros, for lanes that are added and lanes that are subtracted.
struct Signs<const L: usize> {
    plus: [u64; L],
    minus: [u64; L],
}

impl<const L: usize> Signs<L> {
    /// Takes the lowest `live` bits off `subtract`.
    #[inline(always)]
    #[allow(clippy::indexing_slicing)] // l < L, the length of both arrays; iterators do not vectorise
    #[allow(clippy::cast_possible_truncation)] // live ≤ L ≤ 16
    fn take(subtract: &mut u64, live: usize) -> Self {
        let alive = !u64::MAX.unbounded_shl(live as u32);
        let (mut plus, mut minus) = ([0u64; L], [0u64; L]);
        for l in 0..L {
            plus[l] = ((alive & !*subtract).unbounded_shr(l as u32) & 1).wrapping_neg();
            minus[l] = ((alive & *subtract).unbounded_shr(l as u32) & 1).wrapping_neg();
        }
        *subtract = subtract.unbounded_shr(live as u32);
        Signs { plus, minus }
    }

    /// Lazily: the upper and the lower halves apart, and one reduction. L halves cannot overflow a u64.
    #[inline(always)]
    #[allow(clippy::indexing_slicing, clippy::needless_range_loop)] // l < L; iterators do not vectorise
    fn sum(&self, column: &[Field64; L]) -> Field64 {
        let (mut low, mut high) = (0u64, 0u64);
        for l in 0..L {
            let value = column[l].to_u64();
            let negated = Field64::MODULUS.wrapping_sub(value);
            let signed = value & self.plus[l] | negated & self.minus[l];
            low = low.wrapping_add(signed & 0xffff_ffff);
            high = high.wrapping_add(signed >> 32);
        }
        Field64::from_u128(u128::from(low).wrapping_add(u128::from(high) << 32))
    }
}

/// Whole blocks, as words.
pub(super) struct Blocks<'a> {
    pub(super) nonce: (Nonce, u32),
    pub(super) out: &'a mut [[u32; 16]],
}

impl Job for Blocks<'_> {
    #[inline(always)]
    fn chunk<const L: usize, C: Kernel<L>>(&mut self, kernel: C, keys: &[&PairKey; L], live: usize) {
        let Some(out) = self.out.split_off_mut(..live) else { return };
        let (nonce, word) = self.nonce;
        if let Ok(out) = out.try_into() {
            kernel.rows(keys, nonce, &[word; L], out);
            return;
        }
        let mut rows = [[0; 16]; L];
        kernel.rows(keys, nonce, &[word; L], &mut rows);
        for (out, row) in out.iter_mut().zip(rows) {
            *out = row;
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::pad::Path;
    use alloc::vec::Vec;

    /// Keystream words at which carries and borrows happen that no random key will ever show.
    const EDGES: [u32; 5] = [0, 1, 0x8000_0000, u32::MAX - 1, u32::MAX];

    /// Ignores the keystream and reduces edge cases, in the vectors of the path.
    struct Reduce<'a> {
        words: &'a [[u32; BLOCK]],
        out: &'a mut Vec<[u64; 2]>,
    }

    impl Job for Reduce<'_> {
        #[inline(always)]
        fn chunk<const L: usize, C: Kernel<L>>(&mut self, _: C, _: &[&PairKey; L], live: usize) {
            let mut words = [[0; L]; BLOCK];
            for (l, four) in self.words.split_off(..live).unwrap().iter().enumerate() {
                for (lanes, word) in words.iter_mut().zip(four) {
                    lanes[l] = *word;
                }
            }
            let (elements, halves) = (column::<L, Field64>(&words), column::<L, u64>(&words));
            for (element, half) in elements.iter().zip(halves).take(live) {
                self.out.push([element.to_u64(), half]);
            }
        }
    }

    #[test]
    fn every_path_reduces_edge_cases() {
        let fives = |n: usize| [n % 5, n / 5 % 5, n / 25 % 5, n / 125];
        let words: Vec<[u32; BLOCK]> = (0..625).map(|n| fives(n).map(|i| EDGES[i])).collect();
        let key = PairKey::from_bytes(&[0; 32]);
        let keys = alloc::vec![&key; 625];
        for path in Path::ALL {
            let mut out = Vec::new();
            path.run(&keys, &mut Reduce { words: &words, out: &mut out });
            assert_eq!(out.len(), 625);
            for (words, [element, half]) in words.iter().zip(out) {
                let value = words.iter().rev().fold(0, |value, word| value << 32 | u128::from(*word));
                assert_eq!(u128::from(element), value % u128::from(Field64::MODULUS), "{path:?} {words:x?}");
                assert_eq!(u128::from(half), value & u128::from(u64::MAX), "{path:?} {words:x?}");
            }
        }
    }

    /// Elements at which a sum of halves is greatest, and zeros to subtract.
    #[test]
    fn signed_sums_of_extreme_elements() {
        for element in [0, 1, 0xffff_ffff, 1 << 32, Field64::MODULUS - 1] {
            let column = [Field64::from_u64(element); 16];
            for live in 0..=16usize {
                for subtract in [0u64, 1, 0x5555, 0xfffe, 0xffff] {
                    let mut expected = Field64::ZERO;
                    for l in 0..live {
                        let value = Field64::from_u64(element);
                        expected = if subtract >> l & 1 == 1 { expected - value } else { expected + value };
                    }
                    let mut bits = subtract | 1 << 40;
                    assert_eq!(Signs::<16>::take(&mut bits, live).sum(&column), expected);
                    assert_eq!(bits, (subtract | 1 << 40) >> live);
                }
            }
        }
    }
}
