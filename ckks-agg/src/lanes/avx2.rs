//! Four lanes: AVX2 and FMA. Holds `unsafe`: instructions that not every CPU has, and loads and stores.
#![allow(unsafe_code)]

use core::arch::x86_64::*;

use super::{Job, Lanes, Splats};
use crate::modulus::Modulus;
use crate::ntt::float::Doubles;

cpufeatures::new!(has_avx2, "avx2", "fma");

/// A value exists only where the CPU has AVX2 and FMA.
#[derive(Clone, Copy)]
pub(crate) struct Avx2(());

impl Avx2 {
    pub(super) fn detect() -> Option<Self> {
        has_avx2::get().then_some(Avx2(()))
    }

    pub(super) fn run<J: Job>(self, job: J) {
        #[target_feature(enable = "avx2,fma")]
        fn run<J: Job>(lanes: Avx2, job: J) {
            job.run(lanes);
        }
        // SAFETY: `self` exists, so the CPU has AVX2 and FMA.
        unsafe { run(self, job) }
    }
}

/// A call of instructions.
macro_rules! on_cpu {
    ($call:expr) => {
        // SAFETY: an `Avx2` exists, so the CPU has AVX2 and FMA; pointers are those of arrays of the vector's size.
        unsafe { $call }
    };
}

impl Lanes<4> for Avx2 {
    type Ints = __m256i;
    type Floats = __m256d;
    /// Sums of residues of products, which are at most 3q/4 away from 0 each.
    type Sum = __m256d;
    type Transform = Doubles<4, Self>;

    #[inline(always)]
    fn transform(self, modulus: &Modulus) -> Doubles<4, Self> {
        Doubles::new(self, modulus)
    }

    #[inline(always)]
    fn load(self, words: &[u64; 4]) -> __m256i {
        on_cpu!(_mm256_loadu_si256(words.as_ptr().cast()))
    }

    #[inline(always)]
    fn store(self, x: __m256i, words: &mut [u64; 4]) {
        on_cpu!(_mm256_storeu_si256(words.as_mut_ptr().cast(), x));
    }

    #[inline(always)]
    fn load_signed(self, words: &[i64; 4]) -> __m256i {
        on_cpu!(_mm256_loadu_si256(words.as_ptr().cast()))
    }

    #[inline(always)]
    fn load_small(self, bytes: &[i8; 4]) -> __m256i {
        on_cpu!(_mm256_cvtepi8_epi64(_mm_cvtsi32_si128(i32::from_le_bytes(bytes.map(i8::cast_unsigned)))))
    }

    #[inline(always)]
    fn splat(self, word: u64) -> __m256i {
        on_cpu!(_mm256_set1_epi64x(word.cast_signed()))
    }

    #[inline(always)]
    fn add(self, x: __m256i, y: __m256i) -> __m256i {
        on_cpu!(_mm256_add_epi64(x, y))
    }

    #[inline(always)]
    fn sub(self, x: __m256i, y: __m256i) -> __m256i {
        on_cpu!(_mm256_sub_epi64(x, y))
    }

    #[inline(always)]
    fn and(self, x: __m256i, y: __m256i) -> __m256i {
        on_cpu!(_mm256_and_si256(x, y))
    }

    #[inline(always)]
    fn shift_right<const BITS: i32>(self, x: __m256i) -> __m256i {
        on_cpu!(_mm256_srli_epi64::<BITS>(x))
    }

    #[inline(always)]
    fn less(self, x: __m256i, m: __m256i) -> __m256i {
        let less = self.sub(x, m);
        self.if_negative(less, x, less)
    }

    #[inline(always)]
    fn if_negative(self, x: __m256i, yes: __m256i, no: __m256i) -> __m256i {
        self.bits(on_cpu!(_mm256_blendv_pd(self.as_floats(no), self.as_floats(yes), self.as_floats(x))))
    }

    #[inline(always)]
    fn permute(self, group: &[u64; 4], from: &[u32; 4]) -> __m256i {
        // Two words for each residue: 2i and 2i + 1.
        let places = on_cpu!(_mm256_cvtepu32_epi64(_mm_loadu_si128(from.as_ptr().cast())));
        let places = on_cpu!(_mm256_and_si256(places, _mm256_set1_epi64x(3)));
        let low = on_cpu!(_mm256_add_epi64(places, places));
        let both = on_cpu!(_mm256_or_si256(low, _mm256_slli_epi64::<32>(low)));
        let both = on_cpu!(_mm256_or_si256(both, _mm256_set1_epi64x(1 << 32)));
        on_cpu!(_mm256_permutevar8x32_epi32(self.load(group), both))
    }

    #[inline(always)]
    fn to_floats(self, x: __m256i) -> __m256d {
        let two52 = self.float(4_503_599_627_370_496.0);
        self.fsub(self.as_floats(on_cpu!(_mm256_or_si256(x, self.bits(two52)))), two52)
    }

    #[inline(always)]
    fn bits(self, x: __m256d) -> __m256i {
        on_cpu!(_mm256_castpd_si256(x))
    }

    #[inline(always)]
    fn as_floats(self, x: __m256i) -> __m256d {
        on_cpu!(_mm256_castsi256_pd(x))
    }

    #[inline(always)]
    fn float(self, value: f64) -> __m256d {
        on_cpu!(_mm256_set1_pd(value))
    }

    #[inline(always)]
    fn fadd(self, x: __m256d, y: __m256d) -> __m256d {
        on_cpu!(_mm256_add_pd(x, y))
    }

    #[inline(always)]
    fn fsub(self, x: __m256d, y: __m256d) -> __m256d {
        on_cpu!(_mm256_sub_pd(x, y))
    }

    #[inline(always)]
    fn fmul(self, x: __m256d, y: __m256d) -> __m256d {
        on_cpu!(_mm256_mul_pd(x, y))
    }

    #[inline(always)]
    fn mul_plus(self, x: __m256d, y: __m256d, z: __m256d) -> __m256d {
        on_cpu!(_mm256_fmadd_pd(x, y, z))
    }

    #[inline(always)]
    fn mul_minus(self, x: __m256d, y: __m256d, z: __m256d) -> __m256d {
        on_cpu!(_mm256_fmsub_pd(x, y, z))
    }

    #[inline(always)]
    fn minus_mul(self, x: __m256d, y: __m256d, z: __m256d) -> __m256d {
        on_cpu!(_mm256_fnmadd_pd(x, y, z))
    }

    #[inline(always)]
    fn signed(self, m: __m256d, x: __m256d) -> __m256d {
        on_cpu!(_mm256_or_pd(m, _mm256_and_pd(x, _mm256_set1_pd(-0.0))))
    }

    #[inline(always)]
    fn swap4(self, x: __m256d, y: __m256d) -> (__m256d, __m256d) {
        (x, y)
    }

    #[inline(always)]
    fn swap2(self, x: __m256d, y: __m256d) -> (__m256d, __m256d) {
        on_cpu!((_mm256_permute2f128_pd::<0x20>(x, y), _mm256_permute2f128_pd::<0x31>(x, y)))
    }

    #[inline(always)]
    fn swap1(self, x: __m256d, y: __m256d) -> (__m256d, __m256d) {
        on_cpu!((_mm256_unpacklo_pd(x, y), _mm256_unpackhi_pd(x, y)))
    }

    #[inline(always)]
    fn interleave(self, x: __m256d, y: __m256d) -> (__m256d, __m256d) {
        let (x, y) = self.swap1(x, y);
        self.swap2(x, y)
    }

    #[inline(always)]
    fn deinterleave(self, x: __m256d, y: __m256d) -> (__m256d, __m256d) {
        let (x, y) = self.swap2(x, y);
        self.swap1(x, y)
    }

    #[inline(always)]
    fn start(self, x: __m256i) -> __m256d {
        self.to_floats(x)
    }

    #[inline(always)]
    fn product(self, sum: __m256d, x: __m256i, y: __m256i, m: &Splats<__m256i, __m256d>) -> __m256d {
        let (x, y) = (self.to_floats(x), self.to_floats(y));
        let product = self.fmul(x, y);
        let missing = self.mul_minus(x, y, product);
        let times = self.fsub(self.mul_plus(product, m.fper, m.magic), m.magic);
        let rest = self.fadd(self.minus_mul(times, m.fq, product), missing);
        self.fadd(sum, rest)
    }

    #[inline(always)]
    fn reduce(self, sum: __m256d, m: &Splats<__m256i, __m256d>) -> __m256i {
        m.residue(self, m.centre(self, sum))
    }

    #[inline(always)]
    fn reduce_four(self, sum: __m256d, m: &Splats<__m256i, __m256d>) -> __m256i {
        self.reduce(sum, m)
    }
}
