//! Eight numbers mod p = 2^255 − 19 side by side, in constant time.
//!
//! Five limbs of 51 bits. The multiplier of AVX-512 IFMA reads 52 bits of each operand and adds the low or
//! the high 52 bits of the product to a 64-bit lane, so that
//!
//! ```text
//! a·b = Σ 2^(51(i+j)) · (lo(aᵢbⱼ) + 2·2^51 · hi(aᵢbⱼ)),      2^255 = 19
//! ```
//!
//! The bit between 51 and 52 is what carries may leave behind. Every [`Fe8`] made here has limbs below
//! 2^51 + 2^18 ([`carried`]), and every operation takes limbs up to 2^52 − 1.

mod choice;
mod powers;

pub(crate) use powers::pow_p58;

use core::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_or_si512, _mm512_rol_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64,
    _mm512_srli_epi64, _mm512_sub_epi64,
};

use super::x86::{load, store};
use crate::curve;

/// Eight residues, limb by limb: vector k holds limb k of all of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fe8(pub(super) [__m512i; 5]);

/// A product before its carries, with limbs below 267 · 2^52 < 2^60.1: sums and differences of two need no
/// carries in between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wide([__m512i; 5]);

/// One number as limbs of 51 bits, for constants.
pub(crate) type Limbs = [u64; 5];

const MASK: u64 = (1 << 51) - 1;

/// The limbs of p times `factor`.
const fn multiple_of_p(factor: u64) -> Limbs {
    let limb = MASK.wrapping_mul(factor);
    [limb.wrapping_sub(factor.wrapping_mul(18)), limb, limb, limb, limb]
}

/// Limbs above 2^52, so that subtracting a number from it does not go below zero.
const OVER_FE8: Limbs = multiple_of_p(4);
/// Limbs above 2^60.9, for the same with a [`Wide`].
const OVER_WIDE: Limbs = multiple_of_p(1 << 10);

/// The curve constant d = −121665/121666.
pub(crate) const D: Limbs = limbs(curve::D);
/// The even square root of −1.
pub(crate) const SQRT_M1: Limbs = limbs(curve::SQRT_M1);
/// 1/√(a − d), a = −1.
pub(crate) const INVSQRT_A_MINUS_D: Limbs = limbs(curve::INVSQRT_A_MINUS_D);

/// The limbs of 32 little-endian bytes below 2^255.
pub(crate) const fn limbs(bytes: [u8; 32]) -> Limbs {
    let (words, _) = bytes.as_chunks::<8>();
    let [w0, w1, w2, w3] = words else { return [0; 5] };
    let (w0, w1) = (u64::from_le_bytes(*w0), u64::from_le_bytes(*w1));
    let (w2, w3) = (u64::from_le_bytes(*w2), u64::from_le_bytes(*w3));
    let (l1, l2, l3) = ((w0 >> 51) | (w1 << 13), (w1 >> 38) | (w2 << 26), (w2 >> 25) | (w3 << 39));
    [w0 & MASK, l1 & MASK, l2 & MASK, l3 & MASK, (w3 >> 12) & MASK]
}

/// 2x mod p, for constants.
pub(crate) const fn twice([l0, l1, l2, l3, l4]: Limbs) -> Limbs {
    let (l0, l1, l2, l3, l4) = (l0 << 1, l1 << 1, l2 << 1, l3 << 1, l4 << 1);
    let lowest = (l0 & MASK).wrapping_add((l4 >> 51).wrapping_mul(19));
    [
        lowest,
        (l1 & MASK) | (l0 >> 51),
        (l2 & MASK) | (l1 >> 51),
        (l3 & MASK) | (l2 >> 51),
        (l4 & MASK) | (l3 >> 51),
    ]
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn all(value: u64) -> __m512i {
    _mm512_set1_epi64(value.cast_signed())
}

/// `sum` + the low 52 bits of a·b.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn low(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    _mm512_madd52lo_epu64(sum, a, b)
}

/// `sum` + the high 52 bits of a·b.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn high(sum: __m512i, a: __m512i, b: __m512i) -> __m512i {
    _mm512_madd52hi_epu64(sum, a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn plus(a: __m512i, b: __m512i) -> __m512i {
    _mm512_add_epi64(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn two(x: __m512i) -> __m512i {
    _mm512_add_epi64(x, x)
}

/// 9x of x < 2^61: with it 19x = 2·9x + x, where the doubling is due anyway for the high halves. The rotation is
/// a shift that the compiler does not gather into a multiplication, which would be slower.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn nine(x: __m512i) -> __m512i {
    _mm512_add_epi64(x, _mm512_rol_epi64::<3>(x))
}

/// Moves what is above 51 bits to the next limb, for all limbs at once. Takes any 64-bit limbs, of which at
/// most 13 bits move: limbs 1–4 are below 2^51 + 2^13 then, and limb 0 below 2^51 + 19 · 2^13 < 2^51 + 2^18.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carried([x0, x1, x2, x3, x4]: [__m512i; 5]) -> Fe8 {
    let mask = all(MASK);
    Fe8([
        _mm512_madd52lo_epu64(_mm512_and_si512(x0, mask), _mm512_srli_epi64::<51>(x4), all(19)),
        _mm512_add_epi64(_mm512_and_si512(x1, mask), _mm512_srli_epi64::<51>(x0)),
        _mm512_add_epi64(_mm512_and_si512(x2, mask), _mm512_srli_epi64::<51>(x1)),
        _mm512_add_epi64(_mm512_and_si512(x3, mask), _mm512_srli_epi64::<51>(x2)),
        _mm512_add_epi64(_mm512_and_si512(x4, mask), _mm512_srli_epi64::<51>(x3)),
    ])
}

impl From<Fe8> for Wide {
    #[inline]
    fn from(x: Fe8) -> Wide {
        Wide(x.0)
    }
}

impl Wide {
    /// 2x.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn twice(x: &Fe8) -> Wide {
        Wide(sum(&x.0, &x.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn carry(&self) -> Fe8 {
        carried(self.0)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add(&self, other: &Wide) -> Fe8 {
        carried(sum(&self.0, &other.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn sub(&self, other: &Wide) -> Fe8 {
        carried(difference(&OVER_WIDE, &self.0, &other.0))
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn sum([a0, a1, a2, a3, a4]: &[__m512i; 5], [b0, b1, b2, b3, b4]: &[__m512i; 5]) -> [__m512i; 5] {
    [
        _mm512_add_epi64(*a0, *b0),
        _mm512_add_epi64(*a1, *b1),
        _mm512_add_epi64(*a2, *b2),
        _mm512_add_epi64(*a3, *b3),
        _mm512_add_epi64(*a4, *b4),
    ]
}

/// `over` + a − b, where `over` is a multiple of p with limbs above those of b.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn difference(over: &Limbs, a: &[__m512i; 5], [b0, b1, b2, b3, b4]: &[__m512i; 5]) -> [__m512i; 5] {
    let [a0, a1, a2, a3, a4] = sum(a, &Fe8::splat(over).0);
    [
        _mm512_sub_epi64(a0, *b0),
        _mm512_sub_epi64(a1, *b1),
        _mm512_sub_epi64(a2, *b2),
        _mm512_sub_epi64(a3, *b3),
        _mm512_sub_epi64(a4, *b4),
    ]
}

impl Fe8 {
    /// The same constant in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn splat([l0, l1, l2, l3, l4]: &Limbs) -> Fe8 {
        Fe8([all(*l0), all(*l1), all(*l2), all(*l3), all(*l4)])
    }

    /// A number below 2^51 in all lanes.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn small(value: u32) -> Fe8 {
        Fe8::splat(&[u64::from(value), 0, 0, 0, 0])
    }

    /// From limbs below 2^52, `[limb][lane]`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn from_limbs([l0, l1, l2, l3, l4]: [[u64; 8]; 5]) -> Fe8 {
        Fe8([load(l0), load(l1), load(l2), load(l3), load(l4)])
    }

    /// Limbs `[limb][lane]`, not canonical.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn to_limbs(self) -> [[u64; 8]; 5] {
        self.0.map(store)
    }

    /// From four 64-bit words `[word][lane]`, of which the highest bit is ignored.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn from_words([w0, w1, w2, w3]: [__m512i; 4]) -> Fe8 {
        let mask = all(MASK);
        let l1 = _mm512_or_si512(_mm512_srli_epi64::<51>(w0), _mm512_slli_epi64::<13>(w1));
        let l2 = _mm512_or_si512(_mm512_srli_epi64::<38>(w1), _mm512_slli_epi64::<26>(w2));
        let l3 = _mm512_or_si512(_mm512_srli_epi64::<25>(w2), _mm512_slli_epi64::<39>(w3));
        Fe8([
            _mm512_and_si512(w0, mask),
            _mm512_and_si512(l1, mask),
            _mm512_and_si512(l2, mask),
            _mm512_and_si512(l3, mask),
            _mm512_and_si512(_mm512_srli_epi64::<12>(w3), mask),
        ])
    }

    /// The canonical encodings as words `[word][lane]`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn to_words(self) -> [__m512i; 4] {
        let [l0, l1, l2, l3, l4] = self.canonical().0;
        [
            _mm512_or_si512(l0, _mm512_slli_epi64::<51>(l1)),
            _mm512_or_si512(_mm512_srli_epi64::<13>(l1), _mm512_slli_epi64::<38>(l2)),
            _mm512_or_si512(_mm512_srli_epi64::<26>(l2), _mm512_slli_epi64::<25>(l3)),
            _mm512_or_si512(_mm512_srli_epi64::<39>(l3), _mm512_slli_epi64::<12>(l4)),
        ]
    }

    /// From eight times 32 bytes, of which the highest bit is ignored.
    #[cfg(test)]
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn from_bytes(bytes: &[[u8; 32]; 8]) -> Fe8 {
        Fe8::from_words(words(bytes))
    }

    /// The canonical encodings.
    #[cfg(test)]
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn to_bytes(self) -> [[u8; 32]; 8] {
        bytes(self.to_words())
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add(&self, other: &Fe8) -> Fe8 {
        carried(sum(&self.0, &other.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn sub(&self, other: &Fe8) -> Fe8 {
        carried(difference(&OVER_FE8, &self.0, &other.0))
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn neg(&self) -> Fe8 {
        Fe8([_mm512_setzero_si512(); 5]).sub(self)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn double(&self) -> Fe8 {
        self.add(self)
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn mul(&self, other: &Fe8) -> Fe8 {
        self.mul_wide(other).carry()
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn square(&self) -> Fe8 {
        self.square_wide().carry()
    }

    /// 50 multiplications. In units of 2^52, u5 … u9 are below 14, 11, 8, 5, 2 and the limbs below 267, 213,
    /// 159, 105, 51. Steps stand in an order in which few wait for the ones just before.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn mul_wide(&self, other: &Fe8) -> Wide {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (self.0, other.0);
        let zero = _mm512_setzero_si512();
        // 2^(51k) for k = 5 … 9, worth 19 times as much five limbs further down.
        let (u5, u6, u7) = (high(zero, a0, b4), high(zero, a1, b4), high(zero, a2, b4));
        let (u8, u9, x1) = (high(zero, a3, b4), high(zero, a4, b4), high(zero, a0, b0));
        let (u5, u6, u7, u8) = (high(u5, a1, b3), high(u6, a2, b3), high(u7, a3, b3), high(u8, a4, b3));
        let (x2, x3, u9) = (high(zero, a0, b1), high(zero, a0, b2), two(u9));
        let (u5, u6, u7, u8) = (high(u5, a2, b2), high(u6, a3, b2), high(u7, a4, b2), two(u8));
        let (x4, x2, u8) = (high(zero, a0, b3), high(x2, a1, b0), low(u8, a4, b4));
        let (u5, u6, u7) = (high(u5, a3, b1), high(u6, a4, b1), two(u7));
        let (x3, x4, u7) = (high(x3, a1, b1), high(x4, a1, b2), low(u7, a3, b4));
        let (u5, u6) = (high(u5, a4, b0), two(u6));
        let (x3, x4, u6, u7) = (high(x3, a2, b0), high(x4, a2, b1), low(u6, a2, b4), low(u7, a4, b3));
        let (u5, x3) = (two(u5), plus(x3, nine(u8)));
        let (u5, u6, x4) = (low(u5, a1, b4), low(u6, a3, b3), high(x4, a3, b0));
        let (x2, x3) = (plus(x2, nine(u7)), plus(two(x3), u8));
        let (u5, u6, x3) = (low(u5, a2, b3), low(u6, a4, b2), low(x3, a0, b3));
        let (x2, x4) = (plus(two(x2), u7), plus(x4, nine(u9)));
        let (u5, x2, x3, x4) = (low(u5, a3, b2), low(x2, a0, b2), low(x3, a1, b2), plus(two(x4), u9));
        let (x1, x4) = (plus(x1, nine(u6)), low(x4, a0, b4));
        let (u5, x2, x3, x4) = (low(u5, a4, b1), low(x2, a1, b1), low(x3, a2, b1), low(x4, a1, b3));
        let (x1, x2, x3) = (plus(two(x1), u6), low(x2, a2, b0), low(x3, a3, b0));
        let (x0, x1, x4) = (plus(two(nine(u5)), u5), low(x1, a0, b1), low(x4, a2, b2));
        let (x0, x1, x4) = (low(x0, a0, b0), low(x1, a1, b0), low(x4, a3, b1));
        Wide([x0, x1, x2, x3, low(x4, a4, b0)])
    }

    /// 30 multiplications; doubles sums instead of operands, which are not small enough for it. Bounds as in
    /// [`Fe8::mul_wide`].
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn square_wide(&self) -> Wide {
        let [a0, a1, a2, a3, a4] = self.0;
        let zero = _mm512_setzero_si512();
        let (u5, u6, u7) = (high(zero, a0, a4), high(zero, a1, a4), high(zero, a2, a4));
        let (u8, u9, x2) = (high(zero, a3, a4), high(zero, a4, a4), high(zero, a0, a1));
        let (u5, u6, u7) = (high(u5, a1, a3), high(u6, a2, a3), two(u7));
        let (x3, x4, u7) = (high(zero, a0, a2), high(zero, a0, a3), high(u7, a3, a3));
        let (u5, u6, u8) = (two(u5), two(u6), two(two(u8)));
        let (u5, u6, u8) = (high(u5, a2, a2), low(u6, a2, a4), low(u8, a4, a4));
        let (u7, x4, u9) = (low(u7, a3, a4), high(x4, a1, a2), two(u9));
        let (x1, x2, x3) = (high(zero, a0, a0), two(x2), two(x3));
        let (u5, u6, x3) = (low(u5, a1, a4), two(u6), high(x3, a1, a1));
        let (x1, u6, u7) = (low(x1, a0, a1), low(u6, a3, a3), two(u7));
        let (x4, x3) = (plus(two(x4), nine(u9)), plus(x3, nine(u8)));
        let (u5, x4, x3) = (low(u5, a2, a3), low(x4, a0, a4), low(x3, a0, a3));
        let (x2, x1) = (plus(x2, nine(u7)), plus(x1, nine(u6)));
        let (x2, x3, x4) = (low(x2, a0, a2), low(x3, a1, a2), low(x4, a1, a3));
        let u5 = two(u5);
        let (x0, x1) = (plus(two(nine(u5)), u5), plus(two(x1), u6));
        let (x2, x3, x4) = (plus(two(x2), u7), plus(two(x3), u8), plus(two(x4), u9));
        Wide([low(x0, a0, a0), x1, low(x2, a1, a1), x3, low(x4, a2, a2)])
    }

    /// The same permutation of the lanes of all limbs.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn map(&self, work: impl Fn(__m512i) -> __m512i) -> Fe8 {
        let [l0, l1, l2, l3, l4] = self.0;
        Fe8([work(l0), work(l1), work(l2), work(l3), work(l4)])
    }
}

/// The words of eight times 32 bytes, `[word][lane]`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn words(bytes: &[[u8; 32]; 8]) -> [__m512i; 4] {
    let mut out = [[0u64; 8]; 4];
    let [w0, w1, w2, w3] = &mut out;
    for ((((bytes, w0), w1), w2), w3) in bytes.iter().zip(w0).zip(w1).zip(w2).zip(w3) {
        for (word, place) in bytes.as_chunks::<8>().0.iter().zip([w0, w1, w2, w3]) {
            *place = u64::from_le_bytes(*word);
        }
    }
    out.map(load)
}

/// The reverse of [`words`].
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn bytes(words: [__m512i; 4]) -> [[u8; 32]; 8] {
    let mut out = [[0u8; 32]; 8];
    let [w0, w1, w2, w3] = words.map(store);
    for ((((bytes, w0), w1), w2), w3) in out.iter_mut().zip(w0).zip(w1).zip(w2).zip(w3) {
        for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip([w0, w1, w2, w3]) {
            *place = word.to_le_bytes();
        }
    }
    out
}

#[cfg(test)]
mod tests;
