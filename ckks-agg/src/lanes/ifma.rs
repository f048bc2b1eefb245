//! Eight lanes: AVX-512 with 52-bit multiplication. Holds `unsafe`: instructions that not every CPU has, and loads and stores.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{Job, Lanes, Splats};
use crate::modulus::Modulus;
use crate::ntt::words::Words;

cpufeatures::new!(has_ifma, "avx512f", "avx512dq", "avx512ifma");

/// A call of instructions.
macro_rules! on_cpu {
    ($call:expr) => {
        // SAFETY: an `Ifma` exists, so the CPU has AVX-512 F, DQ and IFMA; pointers are those of arrays of the vector's
        // size.
        unsafe { $call }
    };
}
/// A value exists only where the CPU has AVX-512 F, DQ and IFMA.
#[derive(Clone, Copy)]
pub(crate) struct Ifma(());

impl Ifma {
    pub(super) fn detect() -> Option<Self> {
        has_ifma::get().then_some(Ifma(()))
    }

    pub(super) fn run<J: Job>(self, job: J) {
        #[target_feature(enable = "avx512f,avx512dq,avx512ifma")]
        fn run<J: Job>(lanes: Ifma, job: J) {
            job.run(lanes);
        }
        // SAFETY: `self` exists, so the CPU has AVX-512 F, DQ and IFMA.
        unsafe { run(self, job) }
    }

    /// a + the low 52 bits of x·y, of small x and y.
    #[inline(always)]
    pub(crate) fn low(self, a: __m512i, x: __m512i, y: __m512i) -> __m512i {
        on_cpu!(_mm512_madd52lo_epu64(a, x, y))
    }

    /// a + the high 52 bits of x·y, of small x and y.
    #[inline(always)]
    pub(crate) fn high(self, a: __m512i, x: __m512i, y: __m512i) -> __m512i {
        on_cpu!(_mm512_madd52hi_epu64(a, x, y))
    }
}

const MASK52: u64 = (1 << 52) - 1;

impl Lanes<8> for Ifma {
    type Ints = __m512i;
    type Floats = __m512d;
    /// Low and high halves of 52 bits, summed up apart.
    type Sum = (__m512i, __m512i);
    type Transform = Words;

    #[inline(always)]
    fn transform(self, modulus: &Modulus) -> Words {
        Words::new(self, modulus)
    }

    #[inline(always)]
    fn load(self, words: &[u64; 8]) -> __m512i {
        on_cpu!(_mm512_loadu_si512(words.as_ptr().cast()))
    }

    #[inline(always)]
    fn store(self, x: __m512i, words: &mut [u64; 8]) {
        on_cpu!(_mm512_storeu_si512(words.as_mut_ptr().cast(), x));
    }

    #[inline(always)]
    fn load_signed(self, words: &[i64; 8]) -> __m512i {
        on_cpu!(_mm512_loadu_si512(words.as_ptr().cast()))
    }

    #[inline(always)]
    fn load_small(self, bytes: &[i8; 8]) -> __m512i {
        on_cpu!(_mm512_cvtepi8_epi64(_mm_cvtsi64_si128(i64::from_le_bytes(bytes.map(i8::cast_unsigned)))))
    }

    #[inline(always)]
    fn splat(self, word: u64) -> __m512i {
        on_cpu!(_mm512_set1_epi64(word.cast_signed()))
    }

    #[inline(always)]
    fn add(self, x: __m512i, y: __m512i) -> __m512i {
        on_cpu!(_mm512_add_epi64(x, y))
    }

    #[inline(always)]
    fn sub(self, x: __m512i, y: __m512i) -> __m512i {
        on_cpu!(_mm512_sub_epi64(x, y))
    }

    #[inline(always)]
    fn and(self, x: __m512i, y: __m512i) -> __m512i {
        on_cpu!(_mm512_and_si512(x, y))
    }

    #[inline(always)]
    fn shift_right<const BITS: i32>(self, x: __m512i) -> __m512i {
        on_cpu!(_mm512_srlv_epi64(x, _mm512_set1_epi64(i64::from(BITS))))
    }

    #[inline(always)]
    fn less(self, x: __m512i, m: __m512i) -> __m512i {
        // What wrapped is larger than x.
        on_cpu!(_mm512_min_epu64(x, _mm512_sub_epi64(x, m)))
    }

    #[inline(always)]
    fn if_negative(self, x: __m512i, yes: __m512i, no: __m512i) -> __m512i {
        on_cpu!(_mm512_mask_blend_epi64(_mm512_movepi64_mask(x), no, yes))
    }

    #[inline(always)]
    fn permute(self, group: &[u64; 8], from: &[u32; 8]) -> __m512i {
        // The three low bits of a place count.
        on_cpu!(_mm512_permutexvar_epi64(
            _mm512_cvtepu32_epi64(_mm256_loadu_si256(from.as_ptr().cast())),
            self.load(group)
        ))
    }

    #[inline(always)]
    fn to_floats(self, x: __m512i) -> __m512d {
        on_cpu!(_mm512_cvtepu64_pd(x))
    }

    #[inline(always)]
    fn bits(self, x: __m512d) -> __m512i {
        on_cpu!(_mm512_castpd_si512(x))
    }

    #[inline(always)]
    fn as_floats(self, x: __m512i) -> __m512d {
        on_cpu!(_mm512_castsi512_pd(x))
    }

    #[inline(always)]
    fn float(self, value: f64) -> __m512d {
        on_cpu!(_mm512_set1_pd(value))
    }

    #[inline(always)]
    fn fadd(self, x: __m512d, y: __m512d) -> __m512d {
        on_cpu!(_mm512_add_pd(x, y))
    }

    #[inline(always)]
    fn fsub(self, x: __m512d, y: __m512d) -> __m512d {
        on_cpu!(_mm512_sub_pd(x, y))
    }

    #[inline(always)]
    fn fmul(self, x: __m512d, y: __m512d) -> __m512d {
        on_cpu!(_mm512_mul_pd(x, y))
    }

    #[inline(always)]
    fn mul_plus(self, x: __m512d, y: __m512d, z: __m512d) -> __m512d {
        on_cpu!(_mm512_fmadd_pd(x, y, z))
    }

    #[inline(always)]
    fn mul_minus(self, x: __m512d, y: __m512d, z: __m512d) -> __m512d {
        on_cpu!(_mm512_fmsub_pd(x, y, z))
    }

    #[inline(always)]
    fn minus_mul(self, x: __m512d, y: __m512d, z: __m512d) -> __m512d {
        on_cpu!(_mm512_fnmadd_pd(x, y, z))
    }

    #[inline(always)]
    fn signed(self, m: __m512d, x: __m512d) -> __m512d {
        on_cpu!(_mm512_or_pd(m, _mm512_and_pd(x, _mm512_set1_pd(-0.0))))
    }

    #[inline(always)]
    fn swap4(self, x: __m512d, y: __m512d) -> (__m512d, __m512d) {
        on_cpu!((_mm512_shuffle_f64x2::<0x44>(x, y), _mm512_shuffle_f64x2::<0xee>(x, y)))
    }

    #[inline(always)]
    fn swap2(self, x: __m512d, y: __m512d) -> (__m512d, __m512d) {
        on_cpu!((
            _mm512_permutex2var_pd(x, _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), y),
            _mm512_permutex2var_pd(x, _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), y)
        ))
    }

    #[inline(always)]
    fn swap1(self, x: __m512d, y: __m512d) -> (__m512d, __m512d) {
        on_cpu!((_mm512_unpacklo_pd(x, y), _mm512_unpackhi_pd(x, y)))
    }

    #[inline(always)]
    fn interleave(self, x: __m512d, y: __m512d) -> (__m512d, __m512d) {
        on_cpu!((
            _mm512_permutex2var_pd(x, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), y),
            _mm512_permutex2var_pd(x, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), y)
        ))
    }

    #[inline(always)]
    fn deinterleave(self, x: __m512d, y: __m512d) -> (__m512d, __m512d) {
        on_cpu!((
            _mm512_permutex2var_pd(x, _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), y),
            _mm512_permutex2var_pd(x, _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15), y)
        ))
    }

    #[inline(always)]
    fn start(self, x: __m512i) -> (__m512i, __m512i) {
        (x, on_cpu!(_mm512_setzero_si512()))
    }

    #[inline(always)]
    fn product(
        self,
        (low, high): (__m512i, __m512i),
        x: __m512i,
        y: __m512i,
        _: &Splats<__m512i, __m512d>,
    ) -> (__m512i, __m512i) {
        (self.low(low, x, y), self.high(high, x, y))
    }

    /// Barrett: the quotient is less than 3 too small.
    #[inline(always)]
    fn reduce(self, (low, high): (__m512i, __m512i), m: &Splats<__m512i, __m512d>) -> __m512i {
        let shifted =
            on_cpu!(_mm512_add_epi64(_mm512_sllv_epi64(high, m.unshift), _mm512_srlv_epi64(low, m.shift)));
        let quotient = self.high(self.splat(0), shifted, m.per);
        let rest = self.sub(low, self.low(self.splat(0), quotient, m.q));
        let rest = self.and(rest, self.splat(MASK52));
        self.less(self.less(rest, m.twice), m.q)
    }

    /// The same with a bit less: the quotient is less than 7 too small.
    #[inline(always)]
    fn reduce_four(self, (low, high): (__m512i, __m512i), m: &Splats<__m512i, __m512d>) -> __m512i {
        let shifted =
            on_cpu!(_mm512_add_epi64(_mm512_sllv_epi64(high, m.unshift), _mm512_srlv_epi64(low, m.shift)));
        let half = self.high(self.splat(0), self.shift_right::<1>(shifted), m.per);
        let quotient = self.add(half, half);
        // 7q may have 53 bits.
        let high = self.sub(high, self.high(self.splat(0), quotient, m.q));
        let low = self.sub(low, self.low(self.splat(0), quotient, m.q));
        let rest = self.add(low, on_cpu!(_mm512_slli_epi64::<52>(high)));
        self.less(self.less(self.less(rest, m.four), m.twice), m.q)
    }
}
