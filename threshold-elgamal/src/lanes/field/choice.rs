//! What depends on single lanes: masks, signs and equality, without branches.

use core::arch::x86_64::{
    __mmask8, _mm512_add_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_madd52lo_epu64,
    _mm512_mask_blend_epi64, _mm512_mask_sub_epi64, _mm512_or_si512, _mm512_setzero_si512, _mm512_srli_epi64,
    _mm512_test_epi64_mask,
};

use super::{Fe8, MASK, all, carried, multiple_of_p};

impl Fe8 {
    /// Where `mask` has a bit, `other`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn select(&self, other: &Fe8, mask: __mmask8) -> Fe8 {
        let ([a0, a1, a2, a3, a4], [b0, b1, b2, b3, b4]) = (self.0, other.0);
        Fe8([
            _mm512_mask_blend_epi64(mask, a0, b0),
            _mm512_mask_blend_epi64(mask, a1, b1),
            _mm512_mask_blend_epi64(mask, a2, b2),
            _mm512_mask_blend_epi64(mask, a3, b3),
            _mm512_mask_blend_epi64(mask, a4, b4),
        ])
    }

    /// Negates the lanes of `mask`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn negate(&self, mask: __mmask8) -> Fe8 {
        self.select(&self.neg(), mask)
    }

    /// Negates the lanes of `mask` of a number with limbs below 2^51, without carries.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn negate_canonical(&self, mask: __mmask8) -> Fe8 {
        let [x0, x1, x2, x3, x4] = self.0;
        let [p0, p1, p2, p3, p4] = Fe8::splat(&multiple_of_p(2)).0;
        Fe8([
            _mm512_mask_sub_epi64(x0, mask, p0, x0),
            _mm512_mask_sub_epi64(x1, mask, p1, x1),
            _mm512_mask_sub_epi64(x2, mask, p2, x2),
            _mm512_mask_sub_epi64(x3, mask, p3, x3),
            _mm512_mask_sub_epi64(x4, mask, p4, x4),
        ])
    }

    /// The limbs of the numbers' least representatives.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn canonical(&self) -> Fe8 {
        // Below 2p after carries: is it p or more, that is, does 19 more reach 2^255?
        let [x0, x1, x2, x3, x4] = carried(self.0).0;
        let chain = |carry, limb| _mm512_srli_epi64::<51>(_mm512_add_epi64(carry, limb));
        let reaches = chain(chain(chain(chain(chain(all(19), x0), x1), x2), x3), x4);
        let mask = all(MASK);
        let x0 = _mm512_madd52lo_epu64(x0, reaches, all(19));
        let x1 = _mm512_add_epi64(x1, _mm512_srli_epi64::<51>(x0));
        let x2 = _mm512_add_epi64(x2, _mm512_srli_epi64::<51>(x1));
        let x3 = _mm512_add_epi64(x3, _mm512_srli_epi64::<51>(x2));
        let x4 = _mm512_add_epi64(x4, _mm512_srli_epi64::<51>(x3));
        Fe8([
            _mm512_and_si512(x0, mask),
            _mm512_and_si512(x1, mask),
            _mm512_and_si512(x2, mask),
            _mm512_and_si512(x3, mask),
            _mm512_and_si512(x4, mask),
        ])
    }

    /// Lanes that are zero.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn is_zero(&self) -> __mmask8 {
        let [x0, x1, x2, x3, x4] = self.canonical().0;
        let any = _mm512_or_si512(_mm512_or_si512(x0, x1), _mm512_or_si512(_mm512_or_si512(x2, x3), x4));
        _mm512_cmpeq_epi64_mask(any, _mm512_setzero_si512())
    }

    /// Lanes where both are the same.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn equals(&self, other: &Fe8) -> __mmask8 {
        self.sub(other).is_zero()
    }

    /// Lanes that are odd: negative in the sense of RFC 9496.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn is_odd(&self) -> __mmask8 {
        let [x0, ..] = self.canonical().0;
        _mm512_test_epi64_mask(x0, all(1))
    }

    /// x or −x, whichever is even.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn abs(&self) -> Fe8 {
        self.negate(self.is_odd())
    }
}
