//! Blocks of sixteen keys in 512-bit vectors.
//!
//! Between the key words in memory, key by key, and the state, word by word, lie transpositions; in between
//! a vector is a *row*: four words of a key in each of its four 128-bit parts.

use core::arch::x86_64::*;

use super::{bytes64, load8, load16, store16};
use crate::key::PairKey;
use crate::pad::chacha::{Nonce, SIGMA};
use crate::pad::rounds::double_round;

/// Selections of 128-bit parts: two of the first vector, then two of the second.
const EVEN: i32 = 0b10_00_10_00;
const ODD: i32 = 0b11_01_11_01;
const LOWER: i32 = 0b01_00_01_00;
const UPPER: i32 = 0b11_10_11_10;

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
pub(super) fn words<const W: usize>(keys: &[&PairKey; 16], nonce: Nonce, word: &[u32; 16]) -> [[u32; 16]; W] {
    let start = start(keys, nonce, word);
    let x = rounds(start);
    let mut words = [[0; 16]; W];
    for ((words, x), start) in words.iter_mut().zip(x).zip(start) {
        *words = store16(_mm512_add_epi32(x, start));
    }
    words
}

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
pub(super) fn rows<const W: usize>(
    keys: &[&PairKey; 16],
    nonce: Nonce,
    word: &[u32; 16],
    out: &mut [[u32; W]; 16],
) {
    let start = start(keys, nonce, word);
    let mut x = rounds(start);
    for (x, start) in x.iter_mut().zip(start) {
        *x = _mm512_add_epi32(*x, start);
    }
    for (out, row) in out.iter_mut().zip(by_block(x)) {
        put(out, row);
    }
}

/// Sixteen blocks of one key, counters from that of `nonce` on.
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
pub(super) fn blocks(key: &PairKey, nonce: Nonce, word: u32, out: &mut [[u8; 64]; 16]) {
    let all = |w: u32| _mm512_set1_epi32(w.cast_signed());
    let [s0, s1, s2, s3] = SIGMA.map(all);
    let [k0, k1, k2, k3, k4, k5, k6, k7] = key.words().map(all);
    let [n0, n1, n2] = nonce.words().map(all);
    let n0 = _mm512_add_epi32(n0, _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
    let start = [s0, s1, s2, s3, k0, k1, k2, k3, k4, k5, k6, k7, n0, n1, n2, all(word)];
    let mut x = rounds(start);
    for (x, start) in x.iter_mut().zip(start) {
        *x = _mm512_add_epi32(*x, start);
    }
    for (out, row) in out.iter_mut().zip(by_block(x)) {
        *out = bytes64(row);
    }
}

/// Word by word to block by block.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)] // j < 4
fn by_block(x: [__m512i; 16]) -> [__m512i; 16] {
    let [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = x;
    let a = transpose([x0, x1, x2, x3]);
    let b = transpose([x4, x5, x6, x7]);
    let c = transpose([x8, x9, x10, x11]);
    let d = transpose([x12, x13, x14, x15]);
    let mut rows = x;
    for j in 0..4 {
        // Part q of row j has words of key 4q + j.
        let (ab, cd) = (_mm512_shuffle_i64x2::<LOWER>(a[j], b[j]), _mm512_shuffle_i64x2::<LOWER>(c[j], d[j]));
        rows[j] = _mm512_shuffle_i64x2::<EVEN>(ab, cd);
        rows[j + 4] = _mm512_shuffle_i64x2::<ODD>(ab, cd);
        let (ab, cd) = (_mm512_shuffle_i64x2::<UPPER>(a[j], b[j]), _mm512_shuffle_i64x2::<UPPER>(c[j], d[j]));
        rows[j + 8] = _mm512_shuffle_i64x2::<EVEN>(ab, cd);
        rows[j + 12] = _mm512_shuffle_i64x2::<ODD>(ab, cd);
    }
    rows
}

/// As many words of a block as the caller wants.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn put<const W: usize>(block: &mut [u32; W], words: __m512i) {
    if let Some(first) = store16(words).first_chunk() {
        *block = *first;
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn start(keys: &[&PairKey; 16], nonce: Nonce, word: &[u32; 16]) -> [__m512i; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = keys;
    // Two keys in each vector; of four keys the lower halves are a row, and the upper halves.
    let pairs = [(a, e, i, m), (b, f, j, n), (c, g, k, o), (d, h, l, p)].map(|(q0, q1, q2, q3)| {
        let pair = |x: &PairKey, y: &PairKey| {
            _mm512_inserti64x4::<1>(_mm512_castsi256_si512(load8(x.words())), load8(y.words()))
        };
        (pair(q0, q1), pair(q2, q3))
    });
    let [k0, k1, k2, k3] = transpose(pairs.map(|(x, y)| _mm512_shuffle_i64x2::<EVEN>(x, y)));
    let [k4, k5, k6, k7] = transpose(pairs.map(|(x, y)| _mm512_shuffle_i64x2::<ODD>(x, y)));
    let [s0, s1, s2, s3] = SIGMA.map(|s| _mm512_set1_epi32(s.cast_signed()));
    let [n0, n1, n2] = nonce.words().map(|n| _mm512_set1_epi32(n.cast_signed()));
    [s0, s1, s2, s3, k0, k1, k2, k3, k4, k5, k6, k7, n0, n1, n2, load16(word)]
}

#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn rounds(mut x: [__m512i; 16]) -> [__m512i; 16] {
    for _ in 0..10 {
        double_round!(
            x,
            _mm512_add_epi32,
            _mm512_xor_si512,
            _mm512_rol_epi32::<16>,
            _mm512_rol_epi32::<12>,
            _mm512_rol_epi32::<8>,
            _mm512_rol_epi32::<7>
        );
    }
    x
}

/// Four rows into four words, and four words into four rows.
#[inline]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn transpose([a, b, c, d]: [__m512i; 4]) -> [__m512i; 4] {
    let (ab, cd) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
    let (upper_ab, upper_cd) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
    [
        _mm512_unpacklo_epi64(ab, cd),
        _mm512_unpackhi_epi64(ab, cd),
        _mm512_unpacklo_epi64(upper_ab, upper_cd),
        _mm512_unpackhi_epi64(upper_ab, upper_cd),
    ]
}
