//! Multiples of one point for multiplications by eight scalars at once, in constant time: signed digits to base
//! 32, and for each digit's place the multiples 1 … 16, so that a permutation of vectors is a look-up without
//! an address that depends on a digit.

use alloc::boxed::Box;
use alloc::vec;
use core::arch::x86_64::{
    __m512i, __mmask8, _mm512_abs_epi64, _mm512_and_si512, _mm512_cmpeq_epi64_mask, _mm512_cmplt_epi64_mask,
    _mm512_maskz_permutex2var_epi64, _mm512_or_si512, _mm512_set1_epi64, _mm512_setzero_si512,
    _mm512_slli_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
};

use super::field::{Fe8, words};
use super::point::{Extended, Niels};
use super::ristretto::decode;
use super::x86::load;
use crate::encryptor::digits::{DIGITS, HALF};

/// One limb of the sixteen multiples.
type Row = [[u64; 8]; 2];

/// The multiples 1 … 16 of 32^i·P, with canonical limbs.
#[derive(Clone)]
#[repr(C, align(64))]
struct Window {
    plus: [Row; 5],
    minus: [Row; 5],
    xy2d: [Row; 5],
}

const EMPTY: Window = Window { plus: [[[0; 8]; 2]; 5], minus: [[[0; 8]; 2]; 5], xy2d: [[[0; 8]; 2]; 5] };

pub(crate) struct LaneTable(Box<[Window]>);

impl LaneTable {
    /// Bytes.
    pub(crate) const SIZE: usize = DIGITS * size_of::<Window>();

    /// Of the point with a given encoding. `None` if it is none.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn build(encoding: &[u8; 32]) -> Option<Self> {
        let [decoded] = decode(&[words(&[*encoding; 8])]);
        if decoded.good != 0xff {
            return None;
        }
        let mut windows = vec![EMPTY; DIGITS].into_boxed_slice();
        let mut at = Extended::identity();
        at.add_niels(&decoded.point.niels());
        for windows in windows.chunks_mut(8) {
            // Lane i for window i of the eight.
            let mut first = at;
            for lane in 0..8u32 {
                first = first.select(&at, 1 << lane);
                for _ in 0..5 {
                    at.double();
                }
            }
            for (number, multiple) in multiples(&first).iter().enumerate() {
                for (lane, window) in windows.iter_mut().enumerate() {
                    window.put(number, lane, multiple);
                }
            }
        }
        Some(LaneTable(windows))
    }

    /// Adds a digit's multiple to each of the eight points, for the `digits` lowest digits.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add_multiple(&self, sum: &mut Extended, mut factor: Factors, digits: usize) {
        for window in self.0.iter().take(digits) {
            sum.add_niels(&window.pick(&factor.digit()));
        }
    }

    /// The same with the multiples of two points by the same factors.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add_multiples(
        &self,
        sum: &mut Extended,
        other: &LaneTable,
        other_sum: &mut Extended,
        mut factor: Factors,
    ) {
        for (mine, theirs) in self.0.iter().zip(&other.0) {
            let digit = factor.digit();
            sum.add_niels(&mine.pick(&digit));
            other_sum.add_niels(&theirs.pick(&digit));
        }
    }
}

/// The multiples 1 … 16 with one inversion for all.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiples(first: &Extended) -> [Niels; 16] {
    let step = first.cached();
    let (mut at, mut product) = (*first, Fe8::small(1));
    let mut points = [(*first, product); 16];
    for (point, before) in &mut points {
        (*point, *before) = (at, product);
        product = product.mul(&at.z);
        at.add(&step);
    }
    let mut inverse = product.invert();
    let mut out = [Niels { plus: product, minus: product, xy2d: product }; 16];
    for (out, (point, before)) in out.iter_mut().zip(&points).rev() {
        *out = point.affine(&inverse.mul(before)).niels();
        inverse = inverse.mul(&point.z);
    }
    out
}

impl Window {
    /// Sets multiple `number` + 1 from one lane.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn put(&mut self, number: usize, lane: usize, multiple: &Niels) {
        let parts = [&mut self.plus, &mut self.minus, &mut self.xy2d];
        for (rows, part) in parts.into_iter().zip([&multiple.plus, &multiple.minus, &multiple.xy2d]) {
            for (row, limb) in rows.iter_mut().zip(part.canonical().to_limbs()) {
                if let (Some(place), Some(value)) = (row.as_flattened_mut().get_mut(number), limb.get(lane)) {
                    *place = *value;
                }
            }
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn pick(&self, digit: &Digit) -> Niels {
        let one = Fe8::small(1);
        let plus = digit.pick(&self.plus).select(&one, digit.zero);
        let minus = digit.pick(&self.minus).select(&one, digit.zero);
        Niels {
            plus: plus.select(&minus, digit.negative),
            minus: minus.select(&plus, digit.negative),
            xy2d: digit.pick(&self.xy2d).negate_canonical(digit.negative),
        }
    }
}

/// Eight secret digits −16 … 15.
struct Digit {
    /// |digit| − 1, of which permutations read four bits.
    index: __m512i,
    zero: __mmask8,
    negative: __mmask8,
}

impl Digit {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn pick(&self, [l0, l1, l2, l3, l4]: &[Row; 5]) -> Fe8 {
        let pick = |[low, high]: &Row| {
            _mm512_maskz_permutex2var_epi64(!self.zero, load(*low), self.index, load(*high))
        };
        Fe8([pick(l0), pick(l1), pick(l2), pick(l3), pick(l4)])
    }
}

/// Eight secret factors as shifted digits (`encryptor::digits`).
#[derive(Clone, Copy)]
pub(super) struct Factors([__m512i; 4]);

impl Factors {
    /// Of shifted digits, eight times.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn new(shifted: &[[u8; 32]; 8]) -> Self {
        Factors(words(shifted))
    }

    /// Takes the lowest digit.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn digit(&mut self) -> Digit {
        let [w0, w1, w2, w3] = self.0;
        let all = |value: u64| _mm512_set1_epi64(value.cast_signed());
        let digit = _mm512_sub_epi64(_mm512_and_si512(w0, all(31)), all(u64::from(HALF)));
        let shifted = |low, high| _mm512_or_si512(_mm512_srli_epi64::<5>(low), _mm512_slli_epi64::<59>(high));
        self.0 = [shifted(w0, w1), shifted(w1, w2), shifted(w2, w3), _mm512_srli_epi64::<5>(w3)];
        let zero = _mm512_setzero_si512();
        Digit {
            index: _mm512_sub_epi64(_mm512_abs_epi64(digit), all(1)),
            zero: _mm512_cmpeq_epi64_mask(digit, zero),
            negative: _mm512_cmplt_epi64_mask(digit, zero),
        }
    }
}
