//! The only file of the lanes with `unsafe`: calls into functions that need AVX-512 IFMA, and vectors read as
//! arrays.
#![allow(unsafe_code)]

use core::arch::x86_64::__m512i;
use core::borrow::Borrow;
use core::mem::transmute;

#[cfg(feature = "tables")]
use super::encrypt::{self, Tables};
use super::sum;
#[cfg(feature = "tables")]
use super::table::LaneTable;
#[cfg(feature = "tables")]
use super::{Answers, commit};
use crate::ciphertext::EncodedCiphertext;
use crate::error::Fault;

cpufeatures::new!(has_ifma, "avx512f", "avx512ifma");

/// A value exists only where the CPU has AVX-512 F and IFMA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ifma(());

impl Ifma {
    #[inline(always)]
    pub(crate) fn detect() -> Option<Self> {
        has_ifma::get().then_some(Ifma(()))
    }

    #[inline(always)]
    pub(super) fn sum<T: Borrow<EncodedCiphertext>>(
        self,
        encoded: &[T],
    ) -> Result<[[u8; 32]; 2], (usize, Fault)> {
        // SAFETY: `self` exists, so the CPU has AVX-512 F and IFMA.
        unsafe { sum::run(encoded) }
    }

    #[cfg(feature = "tables")]
    /// Tables of two points with given encodings.
    pub(super) fn tables(self, base: &[u8; 32], key: &[u8; 32]) -> Option<Tables> {
        // SAFETY: `self` exists, so the CPU has AVX-512 F and IFMA.
        let (base, key) = unsafe { (LaneTable::build(base)?, LaneTable::build(key)?) };
        Some(Tables { base, key })
    }

    #[cfg(feature = "tables")]
    pub(super) fn encrypt(
        self,
        tables: &Tables,
        bits: u32,
        readings: &[i64],
        blindings: &[[u8; 32]],
        out: &mut [EncodedCiphertext],
    ) {
        // SAFETY: `self` exists, so the CPU has AVX-512 F and IFMA.
        unsafe { encrypt::run(tables, bits, readings, blindings, out) }
    }

    #[cfg(feature = "tables")]
    pub(super) fn commitments(
        self,
        tables: &Tables,
        answers: &[Answers<'_>],
        good: &mut [bool],
        out: &mut [[u8; 64]],
    ) {
        // SAFETY: `self` exists, so the CPU has AVX-512 F and IFMA.
        unsafe { commit::run(tables, answers, good, out) }
    }

    /// Runs a test's function, which may need `avx512f,avx512ifma` and nothing else that is unsafe.
    #[cfg(test)]
    pub(crate) fn apply<A, R>(self, work: unsafe fn(A) -> R, argument: A) -> R {
        // SAFETY: `self` exists, so the CPU has both; tests pass functions that need nothing else.
        unsafe { work(argument) }
    }
}

// Vectors read and written as arrays: same size, and every bit pattern is a value of either.

#[inline(always)]
pub(crate) fn load(words: [u64; 8]) -> __m512i {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<[u64; 8], __m512i>(words) }
}

#[inline(always)]
pub(crate) fn store(vector: __m512i) -> [u64; 8] {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<__m512i, [u64; 8]>(vector) }
}
