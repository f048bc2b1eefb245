//! Poly1305 (RFC 8439, section 2.5) over whole blocks, in 26-bit limbs.
//!
//! Our own because the well-kept crate spends 0.9 µs on a 48-byte message where its run-time AVX2 path is
//! taken, twenty times what the tag needs (docs/tag.md), and a library cannot switch that path off for its
//! users. Branch-free; every multiplication is 32 × 32 → 64 bits, which a Cortex-M4 does in constant time.

#[cfg(feature = "alloc")]
pub(crate) mod lanes;

use zeroize::{Zeroize, ZeroizeOnDrop, optimization_barrier};

const LIMB: u32 = (1 << 26) - 1;

/// h ← (h + block)·r mod 2^130 − 5, block by block.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Poly1305 {
    r: [u32; 5],
    h: [u32; 5],
    s: [u32; 4],
}

impl Poly1305 {
    /// r, clamped, and s from a one-time key.
    pub(super) fn new(key: &[u8; 32]) -> Self {
        let mut words = [0u32; 8];
        for (word, bytes) in words.iter_mut().zip(key.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        let [r0, r1, r2, r3, s0, s1, s2, s3] = words;
        let [a, b, c, d] = [r0 & 0x0fff_ffff, r1 & 0x0fff_fffc, r2 & 0x0fff_fffc, r3 & 0x0fff_fffc];
        words.zeroize();
        Poly1305 { r: limbs([a, b, c, d], 0), h: [0; 5], s: [s0, s1, s2, s3] }
    }

    /// Takes bytes, the last block filled up with zeros (the padding of RFC 8439, section 2.8).
    pub(super) fn update_padded(&mut self, bytes: &[u8]) {
        let (whole, rest) = bytes.as_chunks::<16>();
        whole.iter().for_each(|block| self.block(block));
        if !rest.is_empty() {
            let mut last = [0u8; 16];
            for (place, byte) in last.iter_mut().zip(rest) {
                *place = *byte;
            }
            self.block(&last);
        }
    }

    /// Takes 16 bytes.
    pub(super) fn block(&mut self, block: &[u8; 16]) {
        let mut words = [0u32; 4];
        for (word, bytes) in words.iter_mut().zip(block.as_chunks::<4>().0) {
            *word = u32::from_le_bytes(*bytes);
        }
        let m = limbs(words, 1);
        let mut h = self.h;
        for (h, m) in h.iter_mut().zip(m) {
            *h = h.wrapping_add(m); // below 2^28
        }
        self.h = multiply(h, self.r);
    }

    /// (h mod p + s) mod 2^128.
    pub(super) fn finish(self) -> [u8; 16] {
        let mut h = carry(self.h.map(u64::from));
        h = carry(h.map(u64::from));
        // g = h + 5 − 2^130: keep it where it did not go below zero.
        let mut g = [0u32; 5];
        let mut over = 5u32;
        for (g, h) in g.iter_mut().zip(h) {
            let sum = h.wrapping_add(over);
            *g = sum & LIMB;
            over = sum >> 26;
        }
        let keep_h = over.wrapping_sub(1); // all ones unless h ≥ p
        for (h, g) in h.iter_mut().zip(g) {
            *h = (*h & keep_h) | (g & !keep_h);
        }
        let [h0, h1, h2, h3, h4] = h;
        let mut packed =
            [h0 | (h1 << 26), (h1 >> 6) | (h2 << 20), (h2 >> 12) | (h3 << 14), (h3 >> 18) | (h4 << 8)];
        let mut tag = [0u8; 16];
        let mut over = 0u64;
        for ((place, word), s) in tag.as_chunks_mut::<4>().0.iter_mut().zip(packed).zip(self.s) {
            let sum = u64::from(word).wrapping_add(u64::from(s)).wrapping_add(over);
            *place = low(sum).to_le_bytes();
            over = sum >> 32;
        }
        // Who has h and the tag has s.
        (h, g) = ([0; 5], [0; 5]);
        packed = [0; 4];
        optimization_barrier(&h);
        optimization_barrier(&g);
        optimization_barrier(&packed);
        tag
    }
}

/// 128 bits and a top bit in limbs of 26.
fn limbs([a, b, c, d]: [u32; 4], top: u32) -> [u32; 5] {
    [
        a & LIMB,
        ((a >> 26) | (b << 6)) & LIMB,
        ((b >> 20) | (c << 12)) & LIMB,
        ((c >> 14) | (d << 18)) & LIMB,
        (d >> 8) | (top << 24),
    ]
}

/// The product, partly reduced: 2^130 ≡ 5.
fn multiply(h: [u32; 5], r: [u32; 5]) -> [u32; 5] {
    let [h0, h1, h2, h3, h4] = h.map(u64::from);
    let [r0, r1, r2, r3, r4] = r.map(u64::from);
    let [s1, s2, s3, s4] = [r1, r2, r3, r4].map(|r| r.wrapping_mul(5));
    // Five products below 2^28 · 2^29 each: below 2^60.
    let dot = |terms: [(u64, u64); 5]| {
        terms.into_iter().fold(0u64, |sum, (a, b)| sum.wrapping_add(a.wrapping_mul(b)))
    };
    carry([
        dot([(h0, r0), (h1, s4), (h2, s3), (h3, s2), (h4, s1)]),
        dot([(h0, r1), (h1, r0), (h2, s4), (h3, s3), (h4, s2)]),
        dot([(h0, r2), (h1, r1), (h2, r0), (h3, s4), (h4, s3)]),
        dot([(h0, r3), (h1, r2), (h2, r1), (h3, r0), (h4, s4)]),
        dot([(h0, r4), (h1, r3), (h2, r2), (h3, r1), (h4, r0)]),
    ])
}

/// Carries once around; limbs end below 2^26, the second below 2^26 + 2^10.
fn carry(mut d: [u64; 5]) -> [u32; 5] {
    let mut over = 0u64;
    for limb in &mut d {
        *limb = limb.wrapping_add(over);
        over = *limb >> 26;
        *limb &= u64::from(LIMB);
    }
    let [d0, d1, d2, d3, d4] = d;
    let d0 = d0.wrapping_add(over.wrapping_mul(5));
    let d1 = d1.wrapping_add(d0 >> 26);
    [low(d0) & LIMB, low(d1), low(d2), low(d3), low(d4)]
}

#[allow(clippy::cast_possible_truncation)] // takes the low half on purpose
const fn low(value: u64) -> u32 {
    value as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;
    use poly1305::universal_hash::KeyInit;
    use poly1305::universal_hash::UniversalHash;
    use proptest::prelude::*;

    fn ours(key: &[u8; 32], message: &[u8]) -> [u8; 16] {
        let mut mac = Poly1305::new(key);
        mac.update_padded(message);
        mac.finish()
    }

    fn oracle(key: &[u8; 32], message: &[u8]) -> [u8; 16] {
        let mut mac = poly1305::Poly1305::new(key.into());
        mac.update_padded(message);
        mac.finalize().into()
    }

    /// RFC 8439, appendix A.3, those vectors that are whole blocks: #1 to #3 and the limb edges #7 to #11.
    #[test]
    fn rfc_8439_edges() {
        let full = |b: u8| [b; 16];
        let with = |first: u8, rest: u8| {
            let mut block = [rest; 16];
            block[0] = first;
            block
        };
        let key = |r: [u8; 16], s: [u8; 16]| {
            let mut key = [0u8; 32];
            key[..16].copy_from_slice(&r);
            key[16..].copy_from_slice(&s);
            key
        };
        let cases: [([u8; 32], Vec<u8>, [u8; 16]); 5] = [
            (key(with(2, 0), full(0)), full(0xff).to_vec(), with(3, 0)),
            (key(with(2, 0), full(0xff)), with(2, 0).to_vec(), with(3, 0)),
            (key(with(1, 0), full(0)), [full(0xff), with(0xf0, 0xff), with(0x11, 0)].concat(), with(5, 0)),
            (key(with(1, 0), full(0)), [full(0xff), with(0xfb, 0xfe), full(1)].concat(), full(0)),
            (key(with(2, 0), full(0)), with(0xfd, 0xff).to_vec(), with(0xfa, 0xff)),
        ];
        for (key, message, tag) in cases {
            assert_eq!(ours(&key, &message), tag);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_crate(key: [u8; 32], message in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(ours(&key, &message), oracle(&key, &message));
        }

        /// Limbs full of ones are where carries go wrong.
        #[test]
        fn agrees_at_the_edges(
            key in proptest::array::uniform32(prop_oneof![Just(0u8), Just(0xff), Just(0xfc), Just(0x0f)]),
            message in proptest::collection::vec(prop_oneof![Just(0u8), Just(0xff), Just(0xfb)], 0..80),
        ) {
            prop_assert_eq!(ours(&key, &message), oracle(&key, &message));
        }
    }
}
