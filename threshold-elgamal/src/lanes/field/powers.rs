//! Powers with long chains of squarings.

use super::Fe8;
use crate::curve;

impl Fe8 {
    /// 1/x; zero for zero.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn invert(&self) -> Fe8 {
        let [inverse] = curve::invert(&[*self], |x, times| squared(x, times), |a, b| products(a, b));
        inverse
    }
}

/// x^((p − 5)/8) of `8·N` numbers. Squarings wait for each other: two chains side by side (N = 2) take little longer
/// than one.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn pow_p58<const N: usize>(x: &[Fe8; N]) -> [Fe8; N] {
    curve::pow_p58(x, |x, times| squared(x, times), |a, b| products(a, b))
}

#[inline(never)]
#[target_feature(enable = "avx512f,avx512ifma")]
fn squarings<const N: usize>(x: &mut [Fe8; N], times: u32) {
    for _ in 0..times {
        for x in x.iter_mut() {
            *x = x.square();
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn squared<const N: usize>(x: &[Fe8; N], times: u32) -> [Fe8; N] {
    let mut x = *x;
    squarings(&mut x, times);
    x
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn products<const N: usize>(a: &[Fe8; N], b: &[Fe8; N]) -> [Fe8; N] {
    let mut out = *a;
    for (a, b) in out.iter_mut().zip(b) {
        *a = a.mul(b);
    }
    out
}
