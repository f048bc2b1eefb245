//! Encodings of ristretto255 (RFC 9496, section 4.3), eight or more at a time, in constant time.

use core::arch::x86_64::{__m512i, __mmask8, _mm512_cmpeq_epi64_mask, _mm512_or_si512, _mm512_setzero_si512};

use super::field::{D, Fe8, INVSQRT_A_MINUS_D, SQRT_M1, bytes, pow_p58};
use super::point::{Affine, Extended};

/// What decoding gives: only the lanes of `good` hold points.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoded {
    pub(crate) point: Affine,
    pub(crate) good: __mmask8,
}

/// An encoding's words, with the lanes whose encoding is all zeros: the identity.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn is_identity(words: &[__m512i; 4]) -> __mmask8 {
    let [w0, w1, w2, w3] = *words;
    let any = _mm512_or_si512(_mm512_or_si512(w0, w1), _mm512_or_si512(w2, w3));
    _mm512_cmpeq_epi64_mask(any, _mm512_setzero_si512())
}

/// ±1/√x for each x with a root, and the lanes that have one. The sign is not settled: decoding and encoding
/// use squares of it, or settle signs at their end.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn inverse_sqrt<const N: usize>(x: &[Fe8; N]) -> [(Fe8, __mmask8); N] {
    let roots = pow_p58(x);
    let mut out = roots.map(|r| (r, 0));
    for ((r, good), x) in out.iter_mut().zip(x) {
        // x·r² = x^((p − 1)/4) is 1, −1 or, for no square, ±√−1
        let check = x.mul(&r.square());
        let (one, minus_one) = (check.equals(&Fe8::small(1)), check.add(&Fe8::small(1)).is_zero());
        *r = r.select(&r.mul(&Fe8::splat(&SQRT_M1)), minus_one);
        *good = one | minus_one;
    }
    out
}

/// Decodes `8·N` encodings, given as words (RFC 9496, section 4.3.1). Refuses what is not canonical.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn decode<const N: usize>(encodings: &[[__m512i; 4]; N]) -> [Decoded; N] {
    let one = Fe8::small(1);
    let parts = encodings.map(|words| {
        let s = Fe8::from_words(words);
        let same = s.to_words();
        let mut good = !s.is_odd();
        for (word, same) in words.into_iter().zip(same) {
            good &= _mm512_cmpeq_epi64_mask(word, same);
        }
        let ss = s.square();
        let (u1, u2) = (one.sub(&ss), one.add(&ss));
        let (u1u1, u2u2) = (u1.square(), u2.square_wide());
        // −d·u1² − u2²
        let v = u1u1.mul_wide(&Fe8::splat(&D)).add(&u2u2).neg();
        (s, u1, u2, v, v.mul(&u2u2.carry()), good)
    });
    let roots = inverse_sqrt(&parts.map(|(.., w, _)| w));
    let mut out = parts.map(|(s, u1, .., good)| Decoded { point: Affine { x: s, y: u1, t: s }, good });
    for ((out, (s, u1, u2, v, _, canonical)), (root, square)) in out.iter_mut().zip(parts).zip(roots) {
        let den_x = root.mul(&u2);
        let den_y = root.mul(&den_x).mul(&v);
        let x = s.double().mul(&den_x).abs();
        let y = u1.mul(&den_y);
        let t = x.mul(&y);
        let good = canonical & square & !t.is_odd() & !y.is_zero();
        *out = Decoded { point: Affine { x, y, t }, good };
    }
    out
}

/// The encodings of `8·N` points, as words (RFC 9496, section 4.3.2).
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn encode<const N: usize>(points: &[Extended; N]) -> [[__m512i; 4]; N] {
    let parts = points.map(|p| {
        let u1 = p.z.add(&p.y).mul(&p.z.sub(&p.y));
        let u2 = p.x.mul(&p.y);
        (u1, u2, u1.mul(&u2.square()))
    });
    let roots = inverse_sqrt(&parts.map(|(.., w)| w));
    let mut out = [[_mm512_setzero_si512(); 4]; N];
    for (((out, p), (u1, u2, _)), (root, _)) in out.iter_mut().zip(points).zip(parts).zip(roots) {
        let i = Fe8::splat(&SQRT_M1);
        let (den1, den2) = (root.mul(&u1), root.mul(&u2));
        let z_inv = den1.mul(&den2).mul(&p.t);
        let rotate = p.t.mul(&z_inv).is_odd();
        let x = p.x.select(&p.y.mul(&i), rotate);
        let y = p.y.select(&p.x.mul(&i), rotate);
        let den = den2.select(&den1.mul(&Fe8::splat(&INVSQRT_A_MINUS_D)), rotate);
        let y = y.negate(x.mul(&z_inv).is_odd());
        *out = den.mul(&p.z.sub(&y)).abs().to_words();
    }
    out
}

/// What is left to do for the encoding of 2P when 1/(eg·fh) is known: one inversion serves many points
/// (curve25519-dalek's `double_and_compress_batch`, by the same formulas).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Doubled {
    e: Fe8,
    f: Fe8,
    g: Fe8,
    h: Fe8,
    eg: Fe8,
    fh: Fe8,
}

impl Doubled {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn of(p: &Extended) -> Self {
        let (xx, yy, zz) = (p.x.square_wide(), p.y.square_wide(), p.z.square_wide());
        let dtt = p.t.square().mul_wide(&Fe8::splat(&D));
        let e = p.x.mul(&p.y.double());
        let (f, g, h) = (zz.add(&dtt), yy.add(&xx), zz.sub(&dtt));
        Doubled { e, f, g, h, eg: e.mul(&g), fh: f.mul(&h) }
    }

    /// What is to be inverted, with 1 in place of 0: 2P is the identity there.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn denominator(&self) -> Fe8 {
        let product = self.eg.mul(&self.fh);
        product.select(&Fe8::small(1), product.is_zero())
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn encode(&self, inverse: &Fe8) -> [__m512i; 4] {
        let (z_inv, t_inv) = (self.eg.mul(inverse), self.fh.mul(inverse));
        let rotate = self.eg.mul(&z_inv).is_odd();
        let i = Fe8::splat(&SQRT_M1);
        let e = self.e.select(&self.g, rotate);
        let g = self.g.select(&self.e.neg(), rotate);
        let h = self.h.select(&self.f.mul(&i), rotate);
        let magic = Fe8::splat(&INVSQRT_A_MINUS_D).select(&i, rotate);
        let g = g.negate(h.mul(&e).mul(&z_inv).is_odd());
        h.sub(&g).mul(&magic.mul(&g.mul(&t_inv))).abs().to_words()
    }
}

/// Points whose doubles are encoded together, eight lanes each.
pub(crate) const TOGETHER: usize = 16;

/// The encodings of the doubles of up to [`TOGETHER`] times eight points, with one inversion.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn encode_doubles(halves: &[Extended], out: &mut [[[u8; 32]; 8]]) {
    let mut product = Fe8::small(1);
    let mut parts = [(Doubled::of(&Extended::identity()), product); TOGETHER];
    for ((doubled, before), half) in parts.iter_mut().zip(halves) {
        (*doubled, *before) = (Doubled::of(half), product);
        product = product.mul(&doubled.denominator());
    }
    let mut inverse = product.invert();
    for (out, (doubled, before)) in out.iter_mut().zip(parts.iter().take(halves.len())).rev() {
        *out = bytes(doubled.encode(&inverse.mul(before)));
        inverse = inverse.mul(&doubled.denominator());
    }
}

#[cfg(test)]
mod tests;
