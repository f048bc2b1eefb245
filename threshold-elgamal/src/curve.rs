//! What the fields mod p = 2^255 − 19 of this crate have in common: the constants of edwards25519, and the chains of
//! powers. Each has a residue of its own: secret or public, one or eight at a time.

/// The curve constant d = −121665/121666.
pub(crate) const D: [u8; 32] = [
    0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00, 0x98,
    0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
];
/// The even square root of −1.
pub(crate) const SQRT_M1: [u8; 32] = [
    0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f, 0xad, 0x06, 0x18, 0x43, 0x2f, 0xa7,
    0xd7, 0xfb, 0x3d, 0x99, 0x00, 0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b,
];
/// 1/√(a − d), a = −1.
#[cfg(any(feature = "tables", target_arch = "x86_64"))]
pub(crate) const INVSQRT_A_MINUS_D: [u8; 32] = [
    0xea, 0x40, 0x5d, 0x80, 0xaa, 0xfd, 0xc8, 0x99, 0xbe, 0x72, 0x41, 0x5a, 0x17, 0x16, 0x2f, 0x9d, 0x40,
    0xd8, 0x01, 0xfe, 0x91, 0x7b, 0xc2, 0x16, 0xa2, 0xfc, 0xaf, 0xcf, 0x05, 0x89, 0x6c, 0x78,
];

/// 1/x = x^(p − 2); zero for zero. `squared` squares so many times. Functions and no trait, since those of a trait
/// cannot ask for features of the CPU, as closures of a function that has them can.
#[inline(always)]
pub(crate) fn invert<T>(x: &T, squared: impl Fn(&T, u32) -> T, product: impl Fn(&T, &T) -> T) -> T {
    let (to250, x11) = ladder(x, &squared, &product);
    product(&squared(&to250, 5), &x11)
}

/// x^((p − 5)/8) = x^(2^252 − 3), likewise.
#[inline(always)]
pub(crate) fn pow_p58<T>(x: &T, squared: impl Fn(&T, u32) -> T, product: impl Fn(&T, &T) -> T) -> T {
    let (to250, _) = ladder(x, &squared, &product);
    product(&squared(&to250, 2), x)
}

/// x^(2^250 − 1) and x^11.
#[inline(always)]
fn ladder<T>(x: &T, squared: &impl Fn(&T, u32) -> T, product: &impl Fn(&T, &T) -> T) -> (T, T) {
    let x2 = squared(x, 1);
    let x9 = product(&squared(&x2, 2), x);
    let x11 = product(&x9, &x2);
    let to5 = product(&squared(&x11, 1), &x9); // 2^5 − 1
    let to10 = product(&squared(&to5, 5), &to5);
    let to20 = product(&squared(&to10, 10), &to10);
    let to40 = product(&squared(&to20, 20), &to20);
    let to50 = product(&squared(&to40, 10), &to10);
    let to100 = product(&squared(&to50, 50), &to50);
    let to200 = product(&squared(&to100, 100), &to100);
    (product(&squared(&to200, 50), &to50), x11)
}
