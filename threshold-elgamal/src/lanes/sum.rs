//! Encoded ciphertexts checked and added up, eight at a time. For public values.

use core::borrow::Borrow;

use super::field::{bytes, words};
use super::point::Extended;
use super::ristretto::{decode, encode, is_identity};
use crate::ciphertext::{EncodedCiphertext, split};
use crate::error::Fault;

/// The encodings of ΣR and ΣC, or the first ciphertext that is none and why.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn run<T: Borrow<EncodedCiphertext>>(encoded: &[T]) -> Result<[[u8; 32]; 2], (usize, Fault)> {
    let mut sums = [Extended::identity(); 2];
    for (first, group) in (0usize..).step_by(8).zip(encoded.chunks(8)) {
        // What is missing in the last group are zeros: the identity.
        let (mut r, mut c) = ([[0; 32]; 8], [[0; 32]; 8]);
        let mut live = 0u8;
        for ((one, r), c) in group.iter().zip(&mut r).zip(&mut c) {
            (*r, *c) = split(one.borrow());
            live = (live << 1) | 1;
        }
        let encodings = [words(&r), words(&c)];
        let [r_words, _] = &encodings;
        let points @ [r, c] = decode(&encodings);
        let no_points = live & !(r.good & c.good);
        let refused = no_points | (live & is_identity(r_words));
        if refused != 0 {
            let lane = refused.trailing_zeros();
            let fault = if (no_points >> lane) & 1 == 1 { Fault::NotAPoint } else { Fault::IdentityPoint };
            return Err((first.wrapping_add(lane as usize), fault));
        }
        for (sum, decoded) in sums.iter_mut().zip(&points) {
            sum.add_niels(&decoded.point.niels());
        }
    }
    let [r, c] = encode(&sums.map(|sum| sum.sum_of_lanes())).map(|sum| bytes(sum));
    let ([r, ..], [c, ..]) = (r, c);
    Ok([r, c])
}

#[cfg(test)]
mod tests;
