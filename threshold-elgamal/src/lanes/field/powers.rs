//! Powers with long chains of squarings.

use super::Fe8;

impl Fe8 {
    /// 1/x; zero for zero.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn invert(&self) -> Fe8 {
        let ([to250], [x11]) = ladder(&[*self]);
        let mut x = [to250];
        squarings(&mut x, 5);
        let [x] = x;
        x.mul(&x11)
    }
}

/// x^(2^252 − 3) = x^((p − 5)/8) of `8·N` numbers. Squarings wait for each other: two chains side by side
/// (N = 2) take little longer than one.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(crate) fn pow_p58<const N: usize>(x: &[Fe8; N]) -> [Fe8; N] {
    let (mut to250, _) = ladder(x);
    squarings(&mut to250, 2);
    products(&to250, x)
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
fn products<const N: usize>(a: &[Fe8; N], b: &[Fe8; N]) -> [Fe8; N] {
    let mut out = *a;
    for (a, b) in out.iter_mut().zip(b) {
        *a = a.mul(b);
    }
    out
}

/// x^(2^250 − 1) and x^11.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn ladder<const N: usize>(x: &[Fe8; N]) -> ([Fe8; N], [Fe8; N]) {
    let squared = |x: &[Fe8; N], times| {
        let mut x = *x;
        squarings(&mut x, times);
        x
    };
    let x2 = squared(x, 1);
    let x9 = products(&squared(&x2, 2), x);
    let x11 = products(&x9, &x2);
    let to5 = products(&squared(&x11, 1), &x9); // 2^5 − 1
    let to10 = products(&squared(&to5, 5), &to5);
    let to20 = products(&squared(&to10, 10), &to10);
    let to40 = products(&squared(&to20, 20), &to20);
    let to50 = products(&squared(&to40, 10), &to10);
    let to100 = products(&squared(&to50, 50), &to50);
    let to200 = products(&squared(&to100, 100), &to100);
    (products(&squared(&to200, 50), &to50), x11)
}
