//! AVX2 and AVX-512 kernels, chosen at run time. The only file of this crate with `unsafe`: calls into
//! functions that need a CPU feature, and vectors read as arrays.
#![allow(unsafe_code)]

use core::arch::x86_64::{__m256i, __m512i};
use core::mem::transmute;

use super::batch::{self, Job};
use super::chacha::{Kernel, Nonce};
use super::path::Loop;
use crate::key::PairKey;

mod avx2;
mod avx512;

cpufeatures::new!(has_avx2, "avx2");
cpufeatures::new!(has_avx512, "avx512f", "avx512vl", "avx512bw", "avx512dq");

/// Eight keys in 256-bit vectors. A value exists only where the CPU has AVX2.
#[derive(Clone, Copy)]
pub(super) struct Avx2(());

/// Sixteen keys in 512-bit vectors. A value exists only where the CPU has AVX-512 F, VL, BW and DQ.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

impl Avx2 {
    #[inline(always)]
    pub(super) fn detect() -> Option<Self> {
        has_avx2::get().then_some(Avx2(()))
    }

    #[inline(always)]
    pub(super) fn run<J: Job>(self, keys: &[&PairKey], job: &mut J) {
        #[target_feature(enable = "avx2")]
        fn run<J: Job>(kernel: Avx2, keys: &[&PairKey], job: &mut J) {
            batch::run(kernel, keys, job);
        }
        // SAFETY: `self` exists, so the CPU has AVX2.
        unsafe { run(self, keys, job) }
    }

    #[inline(always)]
    pub(super) fn vectorise<L: Loop>(self, work: L) {
        #[target_feature(enable = "avx2")]
        fn run<L: Loop>(work: L) {
            work.run();
        }
        // SAFETY: `self` exists, so the CPU has AVX2.
        unsafe { run(work) }
    }
}

impl Avx512 {
    #[inline(always)]
    pub(super) fn detect() -> Option<Self> {
        has_avx512::get().then_some(Avx512(()))
    }

    #[inline(always)]
    pub(super) fn run<J: Job>(self, keys: &[&PairKey], job: &mut J) {
        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
        fn run<J: Job>(kernel: Avx512, keys: &[&PairKey], job: &mut J) {
            batch::run(kernel, keys, job);
        }
        // SAFETY: `self` exists, so the CPU has all four parts of AVX-512.
        unsafe { run(self, keys, job) }
    }

    #[inline(always)]
    pub(super) fn vectorise<L: Loop>(self, work: L) {
        #[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
        fn run<L: Loop>(work: L) {
            work.run();
        }
        // SAFETY: `self` exists, so the CPU has all four parts of AVX-512.
        unsafe { run(work) }
    }
}

impl Kernel<8> for Avx2 {
    #[inline(always)]
    fn words<const W: usize>(self, keys: &[&PairKey; 8], nonce: Nonce, word: &[u32; 8]) -> [[u32; 8]; W] {
        // SAFETY: `self` exists, so the CPU has AVX2.
        unsafe { avx2::words(keys, nonce, word) }
    }

    #[inline(always)]
    fn rows<const W: usize>(
        self,
        keys: &[&PairKey; 8],
        nonce: Nonce,
        word: &[u32; 8],
        out: &mut [[u32; W]; 8],
    ) {
        // SAFETY: `self` exists, so the CPU has AVX2.
        unsafe { avx2::rows(keys, nonce, word, out) }
    }

    #[inline(always)]
    fn blocks(self, key: &PairKey, nonce: Nonce, word: u32, out: &mut [[u8; 64]; 8]) {
        // SAFETY: `self` exists, so the CPU has AVX2.
        unsafe { avx2::blocks(key, nonce, word, out) }
    }
}

impl Kernel<16> for Avx512 {
    #[inline(always)]
    fn words<const W: usize>(self, keys: &[&PairKey; 16], nonce: Nonce, word: &[u32; 16]) -> [[u32; 16]; W] {
        // SAFETY: `self` exists, so the CPU has all four parts of AVX-512.
        unsafe { avx512::words(keys, nonce, word) }
    }

    #[inline(always)]
    fn rows<const W: usize>(
        self,
        keys: &[&PairKey; 16],
        nonce: Nonce,
        word: &[u32; 16],
        out: &mut [[u32; W]; 16],
    ) {
        // SAFETY: `self` exists, so the CPU has all four parts of AVX-512.
        unsafe { avx512::rows(keys, nonce, word, out) }
    }

    #[inline(always)]
    fn blocks(self, key: &PairKey, nonce: Nonce, word: u32, out: &mut [[u8; 64]; 16]) {
        // SAFETY: `self` exists, so the CPU has all four parts of AVX-512.
        unsafe { avx512::blocks(key, nonce, word, out) }
    }
}

// Vectors read and written as arrays: same size, and every bit pattern is a value of either.

#[inline(always)]
fn load8(words: &[u32; 8]) -> __m256i {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<[u32; 8], __m256i>(*words) }
}

#[inline(always)]
fn store8(vector: __m256i) -> [u32; 8] {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<__m256i, [u32; 8]>(vector) }
}

#[inline(always)]
fn load16(words: &[u32; 16]) -> __m512i {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<[u32; 16], __m512i>(*words) }
}

#[inline(always)]
fn store16(vector: __m512i) -> [u32; 16] {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<__m512i, [u32; 16]>(vector) }
}

#[inline(always)]
fn bytes32(vector: __m256i) -> [u8; 32] {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<__m256i, [u8; 32]>(vector) }
}

#[inline(always)]
fn bytes64(vector: __m512i) -> [u8; 64] {
    // SAFETY: plain data of the same size.
    unsafe { transmute::<__m512i, [u8; 64]>(vector) }
}
