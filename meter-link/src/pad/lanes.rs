//! Blocks of four keys in the 128-bit vectors that every processor of the target has (SSE2, NEON): a loop
//! over lanes that the compiler vectorises, since the rounds are unrolled and nothing in it is wider than
//! u32.

use super::chacha::{Kernel, Nonce, SIGMA, sum};
use super::rounds::{double_round, word_double_round};
use crate::key::PairKey;

/// Four keys at a time.
#[derive(Clone, Copy)]
pub(super) struct Lanes;

impl Kernel<4> for Lanes {
    #[inline(always)]
    fn words<const W: usize>(self, keys: &[&PairKey; 4], nonce: Nonce, word: &[u32; 4]) -> [[u32; 4]; W] {
        let all = lanes(keys, nonce, word);
        let mut words = [[0; 4]; W];
        for (w, lanes) in words.iter_mut().zip(all) {
            *w = lanes;
        }
        words
    }

    #[inline(always)]
    fn rows<const W: usize>(
        self,
        keys: &[&PairKey; 4],
        nonce: Nonce,
        word: &[u32; 4],
        out: &mut [[u32; W]; 4],
    ) {
        for (n, lanes) in lanes(keys, nonce, word).iter().enumerate().take(W) {
            for (row, lane) in out.iter_mut().zip(lanes) {
                if let Some(w) = row.get_mut(n) {
                    *w = *lane;
                }
            }
        }
    }

    #[inline(always)]
    fn blocks(self, key: &PairKey, nonce: Nonce, word: u32, out: &mut [[u8; 64]; 4]) {
        let counters = [0, 1, 2, 3].map(|l| nonce.counter.wrapping_add(l));
        for (n, lanes) in rounds_of(&[key; 4], &counters, nonce, &[word; 4]).iter().enumerate() {
            for (block, lane) in out.iter_mut().zip(lanes) {
                if let Some(bytes) = block.as_chunks_mut::<4>().0.get_mut(n) {
                    *bytes = lane.to_le_bytes();
                }
            }
        }
    }
}

#[inline(always)]
fn lanes(keys: &[&PairKey; 4], nonce: Nonce, word: &[u32; 4]) -> [[u32; 4]; 16] {
    rounds_of(keys, &[nonce.counter; 4], nonce, word)
}

#[inline(never)]
#[allow(clippy::indexing_slicing)] // l < L, the length of every array here; iterators do not vectorise
fn rounds_of<const L: usize>(
    keys: &[&PairKey; L],
    counters: &[u32; L],
    nonce: Nonce,
    word: &[u32; L],
) -> [[u32; L]; 16] {
    let [_, n1, n2] = nonce.words();
    let mut k = [[0u32; L]; 8];
    for l in 0..L {
        for (lanes, w) in k.iter_mut().zip(keys[l].words()) {
            lanes[l] = *w;
        }
    }
    let mut out = [[0u32; L]; 16];
    for l in 0..L {
        let [s0, s1, s2, s3] = SIGMA;
        let (k0, k1, k2, k3) = (k[0][l], k[1][l], k[2][l], k[3][l]);
        let (k4, k5, k6, k7) = (k[4][l], k[5][l], k[6][l], k[7][l]);
        let start = [s0, s1, s2, s3, k0, k1, k2, k3, k4, k5, k6, k7, counters[l], n1, n2, word[l]];
        let mut x = start;
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        word_double_round!(x);
        let [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = sum(x, start);
        (out[0][l], out[1][l], out[2][l], out[3][l]) = (x0, x1, x2, x3);
        (out[4][l], out[5][l], out[6][l], out[7][l]) = (x4, x5, x6, x7);
        (out[8][l], out[9][l], out[10][l], out[11][l]) = (x8, x9, x10, x11);
        (out[12][l], out[13][l], out[14][l], out[15][l]) = (x12, x13, x14, x15);
    }
    out
}
