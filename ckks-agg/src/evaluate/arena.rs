//! The memory of an evaluator: what operations take, allocated once.

use alloc::vec;
use alloc::vec::Vec;

use crate::ciphertext::Ciphertext;
use crate::preset::Preset;
use crate::ring::Ring;

/// Digits of a key switch at most.
pub(super) const DIGITS: usize = Preset::MAX_PRIMES;

pub(super) struct Arena {
    pub(super) degree: usize,
    /// What is taken apart: coefficients of each digit.
    pub(super) digits: Vec<u64>,
    /// The digits modulo one prime.
    pub(super) reduced: Vec<u64>,
    /// Two components, with room for one prime more than ciphertexts have.
    pub(super) sums: [Vec<u64>; 2],
    /// The same, for what must last while a key is switched.
    pub(super) kept: [Vec<u64>; 2],
    pub(super) poly: Vec<u64>,
    /// Another ciphertext.
    pub(super) spare: Ciphertext,
}

impl Arena {
    pub(super) fn new(ring: &Ring) -> Self {
        let degree = ring.preset().degree();
        let polys = |count: usize| vec![0u64; degree.wrapping_mul(count)];
        let digits = ring.primes().len();
        let extended = digits.wrapping_add(1);
        Arena {
            degree,
            digits: polys(digits),
            reduced: polys(digits),
            sums: [polys(extended), polys(extended)],
            kept: [polys(extended), polys(extended)],
            poly: polys(1),
            spare: Ciphertext::empty(ring.preset()),
        }
    }
}
