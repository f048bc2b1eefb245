//! Blocks of eight keys in 256-bit vectors.
//!
//! Between the key words in memory, key by key, and the state, word by word, lie transpositions; in between
//! a vector is a *row*: four words of one key in its lower 128 bits and four words of another above.

use core::arch::x86_64::*;
use core::hint::black_box;

use super::{bytes32, load8, store8};
use crate::key::PairKey;
use crate::pad::chacha::{Nonce, SIGMA};
use crate::pad::rounds::double_round;

/// Lower halves of two vectors, and upper halves.
const LOWER: i32 = 0x20;
const UPPER: i32 = 0x31;

#[target_feature(enable = "avx2")]
pub(super) fn words<const W: usize>(keys: &[&PairKey; 8], nonce: Nonce, word: &[u32; 8]) -> [[u32; 8]; W] {
    let start = start(keys, nonce, word);
    let x = rounds(start);
    let mut words = [[0; 8]; W];
    for ((words, x), start) in words.iter_mut().zip(x).zip(start) {
        *words = store8(_mm256_add_epi32(x, start));
    }
    words
}

#[target_feature(enable = "avx2")]
pub(super) fn rows<const W: usize>(
    keys: &[&PairKey; 8],
    nonce: Nonce,
    word: &[u32; 8],
    out: &mut [[u32; W]; 8],
) {
    let start = start(keys, nonce, word);
    let mut x = rounds(start);
    for (x, start) in x.iter_mut().zip(start) {
        *x = _mm256_add_epi32(*x, start);
    }
    for (out, [lower, upper]) in out.iter_mut().zip(by_block(x)) {
        put(out, lower, 0);
        put(out, upper, 8);
    }
}

/// Eight blocks of one key, counters from that of `nonce` on.
#[target_feature(enable = "avx2")]
pub(super) fn blocks(key: &PairKey, nonce: Nonce, word: u32, out: &mut [[u8; 64]; 8]) {
    let all = |w: u32| _mm256_set1_epi32(w.cast_signed());
    let [s0, s1, s2, s3] = SIGMA.map(all);
    let [k0, k1, k2, k3, k4, k5, k6, k7] = key.words().map(all);
    let [n0, n1, n2] = nonce.words().map(all);
    let n0 = _mm256_add_epi32(n0, _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
    let start = [s0, s1, s2, s3, k0, k1, k2, k3, k4, k5, k6, k7, n0, n1, n2, all(word)];
    let mut x = rounds(start);
    for (x, start) in x.iter_mut().zip(start) {
        *x = _mm256_add_epi32(*x, start);
    }
    for (out, halves) in out.iter_mut().zip(by_block(x)) {
        for (out, half) in out.as_chunks_mut::<32>().0.iter_mut().zip(halves) {
            *out = bytes32(half);
        }
    }
}

/// Word by word to block by block, in halves.
#[inline]
#[target_feature(enable = "avx2")]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // j < 4
fn by_block(x: [__m256i; 16]) -> [[__m256i; 2]; 8] {
    let [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = x;
    let (a, b) = (transpose([x0, x1, x2, x3]), transpose([x4, x5, x6, x7]));
    let (c, d) = (transpose([x8, x9, x10, x11]), transpose([x12, x13, x14, x15]));
    let mut rows = [[x0; 2]; 8];
    for j in 0..4 {
        // Row j has words of the keys j and j + 4.
        rows[j] =
            [_mm256_permute2x128_si256::<LOWER>(a[j], b[j]), _mm256_permute2x128_si256::<LOWER>(c[j], d[j])];
        rows[j + 4] =
            [_mm256_permute2x128_si256::<UPPER>(a[j], b[j]), _mm256_permute2x128_si256::<UPPER>(c[j], d[j])];
    }
    rows
}

/// Eight words of a block, where the caller wants as many.
#[inline]
#[target_feature(enable = "avx2")]
fn put<const W: usize>(block: &mut [u32; W], words: __m256i, at: usize) {
    if let Some(slot) = block.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *slot = store8(words);
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn start(keys: &[&PairKey; 8], nonce: Nonce, word: &[u32; 8]) -> [__m256i; 16] {
    let [a, b, c, d, e, f, g, h] = keys;
    let pairs = [(a, e), (b, f), (c, g), (d, h)].map(|(j, k)| (load8(j.words()), load8(k.words())));
    let [k0, k1, k2, k3] = transpose(pairs.map(|(j, k)| _mm256_permute2x128_si256::<LOWER>(j, k)));
    let [k4, k5, k6, k7] = transpose(pairs.map(|(j, k)| _mm256_permute2x128_si256::<UPPER>(j, k)));
    let [s0, s1, s2, s3] = SIGMA.map(|s| _mm256_set1_epi32(s.cast_signed()));
    let [n0, n1, n2] = nonce.words().map(|n| _mm256_set1_epi32(n.cast_signed()));
    [s0, s1, s2, s3, k0, k1, k2, k3, k4, k5, k6, k7, n0, n1, n2, load8(word)]
}

#[inline]
#[target_feature(enable = "avx2")]
fn rounds(mut x: [__m256i; 16]) -> [__m256i; 16] {
    // Byte orders of rotations by 16 and by 8 bits, hidden from the optimiser: it would merge successive
    // shuffles through the operations between them and end with twice as many.
    let order = |a, b, c, d| black_box(_mm256_setr_epi32(a, b, c, d, a, b, c, d));
    let rot16 = order(0x0100_0302, 0x0504_0706, 0x0908_0b0a, 0x0d0c_0f0e);
    let rot8 = order(0x0201_0003, 0x0605_0407, 0x0a09_080b, 0x0e0d_0c0f);
    for _ in 0..10 {
        double_round!(
            x,
            _mm256_add_epi32,
            _mm256_xor_si256,
            |w| _mm256_shuffle_epi8(w, rot16),
            |w| _mm256_or_si256(_mm256_slli_epi32::<12>(w), _mm256_srli_epi32::<20>(w)),
            |w| _mm256_shuffle_epi8(w, rot8),
            |w| _mm256_or_si256(_mm256_slli_epi32::<7>(w), _mm256_srli_epi32::<25>(w))
        );
    }
    x
}

/// Four rows into four words, and four words into four rows.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose([a, b, c, d]: [__m256i; 4]) -> [__m256i; 4] {
    let (ab, cd) = (_mm256_unpacklo_epi32(a, b), _mm256_unpacklo_epi32(c, d));
    let (upper_ab, upper_cd) = (_mm256_unpackhi_epi32(a, b), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab, cd),
        _mm256_unpackhi_epi64(ab, cd),
        _mm256_unpacklo_epi64(upper_ab, upper_cd),
        _mm256_unpackhi_epi64(upper_ab, upper_cd),
    ]
}
