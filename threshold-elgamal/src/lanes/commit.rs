//! The commitments of proofs of knowledge, computed anew from their answers, eight at a time. For public values.

use core::arch::x86_64::{
    _mm512_abs_epi64, _mm512_cmpeq_epi64_mask, _mm512_cmplt_epi64_mask, _mm512_or_si512, _mm512_set1_epi64,
    _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64, _mm512_sub_epi64,
};

use super::encrypt::{Tables, pairs};
use super::field::words;
use super::point::{Affine, Cached, Extended};
use super::ristretto::{TOGETHER, decode};
use super::table::Factors;
use crate::ciphertext::split;
use crate::encryptor::digits::{DIGITS, of_scalar, plus};
use crate::lanes::Answers;

/// Writes T₁ ‖ T₂ of up to [`BATCH`](super::encrypt::BATCH) answers, and false where the ciphertext is none.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn run(tables: &Tables, answers: &[Answers<'_>], good: &mut [bool], out: &mut [[u8; 64]]) {
    let mut halves = [[Extended::identity(); 2]; TOGETHER / 2];
    for ((answers, good), [first, second]) in answers.chunks(8).zip(good.chunks_mut(8)).zip(&mut halves) {
        let (mut r, mut c) = ([[0; 32]; 8], [[0; 32]; 8]);
        let (mut minus_half, mut z_r, mut z_m) = ([[0; 32]; 8], [[0; 32]; 8], [[0; 32]; 8]);
        let places = r.iter_mut().zip(&mut c).zip(minus_half.iter_mut().zip(&mut z_r).zip(&mut z_m));
        for (answers, ((r, c), ((minus_half, z_r), z_m))) in answers.iter().zip(places) {
            (*r, *c) = split(answers.ciphertext);
            *minus_half = (-answers.challenge.div_by_2()).to_bytes();
            (*z_r, *z_m) = (answers.of_blinding.to_bytes(), answers.of_reading.to_bytes());
        }
        let [r, c] = decode(&[words(&r), words(&c)]);
        for (lane, good) in (0u32..).zip(good) {
            *good = (r.good & c.good).unbounded_shr(lane) & 1 == 1;
        }
        // z_r·B/2 − (c/2)·R, z_m·B/2 + z_r·Y/2 − (c/2)·C
        *first = multiple(&r.point, &minus_half);
        *second = multiple(&c.point, &minus_half);
        tables.base.add_multiples(first, &tables.key, second, Factors::new(&z_r.map(|z| of_scalar(&z))));
        tables.base.add_multiple(second, Factors::new(&z_m.map(|z| of_scalar(&z))), DIGITS);
    }
    pairs(&halves, out);
}

/// Each point times a scalar of its own below 2^253: four bits at a time, from the top.
#[target_feature(enable = "avx512f,avx512ifma")]
fn multiple(point: &Affine, scalars: &[[u8; 32]; 8]) -> Extended {
    let mut at = Extended::identity();
    at.add_niels(&point.niels());
    let step = at.cached();
    let mut multiples = [Cached::identity(); 8];
    for multiple in &mut multiples {
        *multiple = at.cached();
        at.add(&step);
    }
    let all = |value: i64| _mm512_set1_epi64(value);
    // Scalars + 8·(1 + 16 + 16² + …), whose digits are larger by 8 than signed ones.
    let mut rest = words(&scalars.map(|scalar| plus(&scalar, [0x8888_8888_8888_8888; 4])));
    let mut sum = Extended::identity();
    for digit in 0..64 {
        if digit > 0 {
            sum.double_times(4);
        }
        let [w0, w1, w2, w3] = rest;
        let digit = _mm512_sub_epi64(_mm512_srli_epi64::<60>(w3), all(8));
        let up = |high, low| _mm512_or_si512(_mm512_slli_epi64::<4>(high), _mm512_srli_epi64::<60>(low));
        rest = [_mm512_slli_epi64::<4>(w0), up(w1, w0), up(w2, w1), up(w3, w2)];
        let size = _mm512_abs_epi64(digit);
        let mut selected = Cached::identity();
        for (multiple, number) in multiples.iter().zip(1..) {
            selected = selected.select(multiple, _mm512_cmpeq_epi64_mask(size, all(number)));
        }
        sum.add(&selected.negate(_mm512_cmplt_epi64_mask(digit, _mm512_setzero_si512())));
    }
    sum
}

#[cfg(test)]
mod tests;
