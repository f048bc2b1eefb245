//! Poly1305 of up to sixteen messages of one length, side by side: a loop over lanes that the compiler turns into
//! vectors, since all products are of 32 bits.
#![allow(clippy::indexing_slicing, clippy::needless_range_loop)] // l < LANES; iterators do not vectorise
#![allow(clippy::cast_possible_truncation)] // limbs, and halves of words

use zeroize::optimization_barrier;

use super::LIMB;
use crate::pad::{Loop, Path};

/// Messages at once.
pub(crate) const LANES: usize = 16;

type Row = [u32; LANES];

/// The tags of messages under one-time keys, each message filled up to whole blocks and followed by its length and 64
/// zero bits. All have the length of the first; what one has more is not read.
pub(in crate::frame) fn tags(
    path: Path,
    keys: &[[u8; 32]; LANES],
    messages: &[&[u8]; LANES],
    out: &mut [[u8; 16]; LANES],
) {
    path.vectorise(Tags { keys, messages, out });
}

struct Tags<'a> {
    keys: &'a [[u8; 32]; LANES],
    messages: &'a [&'a [u8]; LANES],
    out: &'a mut [[u8; 16]; LANES],
}

impl Loop for Tags<'_> {
    #[inline(always)]
    fn run(self) {
        let Tags { keys, messages, out } = self;
        let mut key = [[0; LANES]; 8];
        for (l, bytes) in keys.iter().enumerate() {
            load(&mut key, l, bytes.as_chunks::<4>().0);
        }
        let mut state = State::new(&key);
        let len = messages[0].len();
        for at in (0..len).step_by(16) {
            let mut block = [[0; LANES]; 4];
            for (l, message) in messages.iter().enumerate() {
                let rest = message.get(at..len).unwrap_or_default();
                if let Some(whole) = rest.first_chunk::<16>() {
                    load(&mut block, l, whole.as_chunks::<4>().0);
                } else {
                    let mut last = [0u8; 16];
                    for (place, byte) in last.iter_mut().zip(rest) {
                        *place = *byte;
                    }
                    load(&mut block, l, last.as_chunks::<4>().0);
                }
            }
            state.absorb(&block);
        }
        let len = len as u64;
        let [low, high] = [len & u64::from(u32::MAX), len >> 32].map(|half| [half as u32; LANES]);
        state.absorb(&[low, high, [0; LANES], [0; LANES]]);
        let tags = state.finish(&key);
        for (l, out) in out.iter_mut().enumerate() {
            for (bytes, row) in out.as_chunks_mut::<4>().0.iter_mut().zip(&tags) {
                *bytes = row[l].to_le_bytes();
            }
        }
        for row in key.iter_mut().chain(&mut state.r).chain(&mut state.h) {
            row.fill(0);
        }
        optimization_barrier(&key);
        optimization_barrier(&state);
    }
}

/// Word w of a lane's bytes goes to lane l of row w.
#[inline(always)]
fn load<const W: usize>(rows: &mut [Row; W], l: usize, words: &[[u8; 4]]) {
    for (row, word) in rows.iter_mut().zip(words) {
        row[l] = u32::from_le_bytes(*word);
    }
}

/// h and r of each lane, in limbs of 26 bits.
struct State {
    r: [Row; 5],
    h: [Row; 5],
}

/// 128 bits and a top bit in limbs of 26.
macro_rules! limbs {
    ($a:expr, $b:expr, $c:expr, $d:expr, $top:expr) => {{
        let (a, b, c, d): (u32, u32, u32, u32) = ($a, $b, $c, $d);
        (
            a & LIMB,
            ((a >> 26) | (b << 6)) & LIMB,
            ((b >> 20) | (c << 12)) & LIMB,
            ((c >> 14) | (d << 18)) & LIMB,
            (d >> 8) | $top,
        )
    }};
}

impl State {
    #[inline(always)]
    fn new(key: &[Row; 8]) -> Self {
        let mut state = State { r: [[0; LANES]; 5], h: [[0; LANES]; 5] };
        for l in 0..LANES {
            let (r0, r1, r2, r3, r4) = limbs!(
                key[0][l] & 0x0fff_ffff,
                key[1][l] & 0x0fff_fffc,
                key[2][l] & 0x0fff_fffc,
                key[3][l] & 0x0fff_fffc,
                0
            );
            (state.r[0][l], state.r[1][l], state.r[2][l], state.r[3][l], state.r[4][l]) =
                (r0, r1, r2, r3, r4);
        }
        state
    }

    /// h ← (h + block)·r mod 2^130 − 5, partly reduced: limbs end below 2^26, the second below 2^26 + 2^10.
    #[inline(always)]
    fn absorb(&mut self, block: &[Row; 4]) {
        let (h, r) = (&mut self.h, &self.r);
        for l in 0..LANES {
            let (m0, m1, m2, m3, m4) = limbs!(block[0][l], block[1][l], block[2][l], block[3][l], 1 << 24);
            let (r0, r1, r2, r3, r4) = (r[0][l], r[1][l], r[2][l], r[3][l], r[4][l]);
            let (s1, s2) = (r1.wrapping_mul(5), r2.wrapping_mul(5));
            let (s3, s4) = (r3.wrapping_mul(5), r4.wrapping_mul(5));
            let (h0, h1) = (h[0][l].wrapping_add(m0), h[1][l].wrapping_add(m1));
            let (h2, h3) = (h[2][l].wrapping_add(m2), h[3][l].wrapping_add(m3));
            let h4 = h[4][l].wrapping_add(m4);
            // Five products below 2^28 · 2^29 each: below 2^60.
            macro_rules! dot {
                ($($a:ident $b:ident),*) => {
                    0u64 $(.wrapping_add(u64::from($a).wrapping_mul(u64::from($b))))*
                };
            }
            let d0 = dot!(h0 r0, h1 s4, h2 s3, h3 s2, h4 s1);
            let d1 = dot!(h0 r1, h1 r0, h2 s4, h3 s3, h4 s2).wrapping_add(d0 >> 26);
            let d2 = dot!(h0 r2, h1 r1, h2 r0, h3 s4, h4 s3).wrapping_add(d1 >> 26);
            let d3 = dot!(h0 r3, h1 r2, h2 r1, h3 r0, h4 s4).wrapping_add(d2 >> 26);
            let d4 = dot!(h0 r4, h1 r3, h2 r2, h3 r1, h4 r0).wrapping_add(d3 >> 26);
            // Below 2^26 + 5 · 2^34: over 32 bits.
            let over = (d0 & u64::from(LIMB)).wrapping_add((d4 >> 26).wrapping_mul(5));
            h[0][l] = over as u32 & LIMB;
            h[1][l] = (d1 as u32 & LIMB).wrapping_add((over >> 26) as u32);
            h[2][l] = d2 as u32 & LIMB;
            h[3][l] = d3 as u32 & LIMB;
            h[4][l] = d4 as u32 & LIMB;
        }
    }

    /// (h mod p + s) mod 2^128, by words; s is the upper half of the key.
    #[inline(always)]
    fn finish(&self, key: &[Row; 8]) -> [Row; 4] {
        let h = &self.h;
        let mut out = [[0; LANES]; 4];
        for l in 0..LANES {
            let (h0, h1, h2, h3, h4) = (h[0][l], h[1][l], h[2][l], h[3][l], h[4][l]);
            // Twice around: after that every limb is below 2^26.
            macro_rules! carried {
                ($h0:expr, $h1:expr, $h2:expr, $h3:expr, $h4:expr) => {{
                    let h1 = $h1.wrapping_add($h0 >> 26);
                    let h2 = $h2.wrapping_add(h1 >> 26);
                    let h3 = $h3.wrapping_add(h2 >> 26);
                    let h4 = $h4.wrapping_add(h3 >> 26);
                    let h0 = ($h0 & LIMB).wrapping_add((h4 >> 26).wrapping_mul(5));
                    (h0 & LIMB, (h1 & LIMB).wrapping_add(h0 >> 26), h2 & LIMB, h3 & LIMB, h4 & LIMB)
                }};
            }
            let (h0, h1, h2, h3, h4) = carried!(h0, h1, h2, h3, h4);
            let (h0, h1, h2, h3, h4) = carried!(h0, h1, h2, h3, h4);
            // g = h + 5 − 2^130: kept where it did not go below zero.
            let g0 = h0.wrapping_add(5);
            let g1 = h1.wrapping_add(g0 >> 26);
            let g2 = h2.wrapping_add(g1 >> 26);
            let g3 = h3.wrapping_add(g2 >> 26);
            let g4 = h4.wrapping_add(g3 >> 26);
            let keep_h = (g4 >> 26).wrapping_sub(1);
            let pick = |h: u32, g: u32| (h & keep_h) | (g & LIMB & !keep_h);
            let (h0, h1, h2, h3, h4) = (pick(h0, g0), pick(h1, g1), pick(h2, g2), pick(h3, g3), pick(h4, g4));
            let (a, b) = (h0 | (h1 << 26), (h1 >> 6) | (h2 << 20));
            let (c, d) = ((h2 >> 12) | (h3 << 14), (h3 >> 18) | (h4 << 8));
            let f0 = u64::from(a).wrapping_add(u64::from(key[4][l]));
            let f1 = u64::from(b).wrapping_add(u64::from(key[5][l])).wrapping_add(f0 >> 32);
            let f2 = u64::from(c).wrapping_add(u64::from(key[6][l])).wrapping_add(f1 >> 32);
            let f3 = u64::from(d).wrapping_add(u64::from(key[7][l])).wrapping_add(f2 >> 32);
            (out[0][l], out[1][l], out[2][l], out[3][l]) = (f0 as u32, f1 as u32, f2 as u32, f3 as u32);
        }
        out
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::super::Poly1305;
    use super::*;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    /// By the arithmetic of one message, which is compared with the crate beside it.
    fn one(key: &[u8; 32], message: &[u8]) -> [u8; 16] {
        let mut mac = Poly1305::new(key);
        mac.update_padded(message);
        mac.block(&(message.len() as u128).to_le_bytes());
        mac.finish()
    }

    fn check(keys: &[[u8; 32]; LANES], messages: &[Vec<u8>; LANES]) {
        let expected: Vec<[u8; 16]> = keys.iter().zip(messages).map(|(k, m)| one(k, m)).collect();
        for path in Path::ALL {
            let mut out = [[0; 16]; LANES];
            tags(path, keys, &messages.each_ref().map(Vec::as_slice), &mut out);
            assert_eq!(out, *expected, "{path:?}");
        }
    }

    /// Bytes of a lane, other ones in each.
    fn lane<const N: usize>(seed: u64, l: usize) -> [u8; N] {
        use rand_core::{Rng, SeedableRng};
        let mut bytes = [0; N];
        chacha20::ChaCha20Rng::seed_from_u64(seed ^ (l as u64) << 32).fill_bytes(&mut bytes);
        bytes
    }

    #[test]
    fn lanes_agree_with_one_message_at_every_length() {
        for len in 0..130 {
            let keys = core::array::from_fn(|l| lane::<32>(len as u64, l));
            let messages = core::array::from_fn(|l| lane::<130>(1, l)[..len].to_vec());
            check(&keys, &messages);
        }
    }

    /// RFC 8439, section 2.8, by the crate: an AEAD over no text, each lane with its own key.
    #[test]
    fn lanes_agree_with_the_crate() {
        use poly1305::universal_hash::{KeyInit, UniversalHash};
        let keys: [[u8; 32]; LANES] = core::array::from_fn(|l| lane(7, l));
        let messages: [[u8; 45]; LANES] = core::array::from_fn(|l| lane(8, l));
        let mut out = [[0; 16]; LANES];
        tags(Path::BEST, &keys, &messages.each_ref().map(|m| &m[..]), &mut out);
        for ((key, message), tag) in keys.iter().zip(&messages).zip(out) {
            let mut mac = poly1305::Poly1305::new(key.into());
            mac.update_padded(message);
            mac.update_padded(&45u128.to_le_bytes());
            assert_eq!(tag, *mac.finalize());
        }
    }

    proptest! {
        /// Limbs full of ones and zeros are where carries go wrong.
        #[test]
        fn lanes_agree_at_the_edges(
            keys in proptest::collection::vec(prop_oneof![Just(0u8), Just(0xff), Just(0xfc), Just(0x0f)], 16 * 32),
            bytes in proptest::collection::vec(prop_oneof![Just(0u8), Just(0xff), Just(0xfb), Just(0xfa)], 16 * 64),
            len in 0usize..=64,
        ) {
            let keys = core::array::from_fn(|l| keys.as_chunks().0[l]);
            check(&keys, &core::array::from_fn(|l| bytes[64 * l..][..len].to_vec()));
        }
    }
}
