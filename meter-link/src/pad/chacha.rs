//! ChaCha20 blocks, of one key and of several side by side.

use super::rounds::rounds;
use crate::key::PairKey;

/// "expand 32-byte k".
pub(super) const SIGMA: [u32; 4] = [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574];

/// What besides the key enters a block: counter, and the nonce `round u64 ‖ word u32`.
#[derive(Clone, Copy)]
pub(super) struct Nonce {
    pub(super) counter: u32,
    pub(super) round: u64,
}

impl Nonce {
    /// State words 12, 13 and 14. Word 15 may differ from key to key and travels beside.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // the halves of `round`
    pub(super) const fn words(self) -> [u32; 3] {
        [self.counter, self.round as u32, (self.round >> 32) as u32]
    }
}

/// One block of one key.
#[inline(never)]
pub(super) fn block(key: &PairKey, nonce: Nonce, word: u32) -> [u32; 16] {
    let start = start(key, nonce, word);
    sum(rounds(start), start)
}

/// Words 0 … 3 of a block, which are one element: a seventh less work where a processor does it step by step.
#[inline(never)]
#[cfg(any(test, not(any(target_pointer_width = "64", target_feature = "sse2", target_feature = "neon"))))]
pub(super) fn first_words(key: &PairKey, nonce: Nonce, word: u32) -> [u32; 4] {
    let [a, b, c, d] = super::rounds::first_words(start(key, nonce, word));
    let [s0, s1, s2, s3] = SIGMA;
    [a.wrapping_add(s0), b.wrapping_add(s1), c.wrapping_add(s2), d.wrapping_add(s3)]
}

#[inline(always)]
fn start(key: &PairKey, nonce: Nonce, word: u32) -> [u32; 16] {
    let [s0, s1, s2, s3] = SIGMA;
    let [k0, k1, k2, k3, k4, k5, k6, k7] = *key.words();
    let [n0, n1, n2] = nonce.words();
    [s0, s1, s2, s3, k0, k1, k2, k3, k4, k5, k6, k7, n0, n1, n2, word]
}

/// Word by word. Not a loop, which would send the states through memory.
#[inline(always)]
pub(super) fn sum(x: [u32; 16], y: [u32; 16]) -> [u32; 16] {
    let [x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11, x12, x13, x14, x15] = x;
    let [y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11, y12, y13, y14, y15] = y;
    [
        x0.wrapping_add(y0),
        x1.wrapping_add(y1),
        x2.wrapping_add(y2),
        x3.wrapping_add(y3),
        x4.wrapping_add(y4),
        x5.wrapping_add(y5),
        x6.wrapping_add(y6),
        x7.wrapping_add(y7),
        x8.wrapping_add(y8),
        x9.wrapping_add(y9),
        x10.wrapping_add(y10),
        x11.wrapping_add(y11),
        x12.wrapping_add(y12),
        x13.wrapping_add(y13),
        x14.wrapping_add(y14),
        x15.wrapping_add(y15),
    ]
}

/// Blocks of L keys side by side.
pub(super) trait Kernel<const L: usize>: Copy {
    /// Words 0 … W − 1 of each block, word by word. W is 4 or 16.
    fn words<const W: usize>(self, keys: &[&PairKey; L], nonce: Nonce, word: &[u32; L]) -> [[u32; L]; W];

    /// Words 0 … W − 1 of each block, block by block. W is 8 or 16.
    fn rows<const W: usize>(
        self,
        keys: &[&PairKey; L],
        nonce: Nonce,
        word: &[u32; L],
        out: &mut [[u32; W]; L],
    );

    /// L blocks of one key, as bytes, counters from that of `nonce` on.
    fn blocks(self, key: &PairKey, nonce: Nonce, word: u32, out: &mut [[u8; 64]; L]);
}

/// One key at a time.
#[derive(Clone, Copy)]
pub(super) struct Single;

impl Kernel<1> for Single {
    #[inline(always)]
    fn words<const W: usize>(self, keys: &[&PairKey; 1], nonce: Nonce, word: &[u32; 1]) -> [[u32; 1]; W] {
        let block = block(keys[0], nonce, word[0]);
        let mut words = [[0; 1]; W];
        for (w, b) in words.iter_mut().zip(block) {
            *w = [b];
        }
        words
    }

    #[inline(always)]
    fn rows<const W: usize>(
        self,
        keys: &[&PairKey; 1],
        nonce: Nonce,
        word: &[u32; 1],
        out: &mut [[u32; W]; 1],
    ) {
        let block = block(keys[0], nonce, word[0]);
        for (w, b) in out.as_flattened_mut().iter_mut().zip(block) {
            *w = b;
        }
    }

    #[inline(always)]
    fn blocks(self, key: &PairKey, nonce: Nonce, word: u32, [out]: &mut [[u8; 64]; 1]) {
        let block = block(key, nonce, word);
        for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(block) {
            *bytes = word.to_le_bytes();
        }
    }
}
