//! Numbers mod p = 2^255 − 19 in constant time: formally verified arithmetic of `fiat-crypto`, with names.
//!
//! Sums and differences are loose: they can be multiplied, but not added to again before a carry.

use fiat_crypto::curve25519_64 as fiat;
use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroize;

/// A residue in five limbs of 51 bits.
#[derive(Clone, Copy)]
pub(super) struct Fe(fiat::fiat_25519_tight_field_element);

/// A sum of two.
#[derive(Clone, Copy)]
pub(super) struct Loose(fiat::fiat_25519_loose_field_element);

impl Default for Fe {
    fn default() -> Fe {
        Fe::ZERO
    }
}

impl Zeroize for Fe {
    fn zeroize(&mut self) {
        self.0.0.zeroize();
    }
}

impl Fe {
    pub(super) const ZERO: Fe = Fe::small(0);
    pub(super) const ONE: Fe = Fe::small(1);
    /// The curve constant d = −121665/121666.
    pub(super) const D: Fe = Fe::from_bytes(&[
        0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00, 0x98,
        0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
    ]);
    /// The even square root of −1.
    pub(super) const SQRT_M1: Fe = Fe::from_bytes(&[
        0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f, 0xad, 0x06, 0x18, 0x43, 0x2f, 0xa7,
        0xd7, 0xfb, 0x3d, 0x99, 0x00, 0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b,
    ]);
    /// 1/√(a − d), a = −1.
    pub(super) const INVSQRT_A_MINUS_D: Fe = Fe::from_bytes(&[
        0xea, 0x40, 0x5d, 0x80, 0xaa, 0xfd, 0xc8, 0x99, 0xbe, 0x72, 0x41, 0x5a, 0x17, 0x16, 0x2f, 0x9d, 0x40,
        0xd8, 0x01, 0xfe, 0x91, 0x7b, 0xc2, 0x16, 0xa2, 0xfc, 0xaf, 0xcf, 0x05, 0x89, 0x6c, 0x78,
    ]);

    const fn small(value: u64) -> Fe {
        Fe(fiat::fiat_25519_tight_field_element([value, 0, 0, 0, 0]))
    }

    /// From 32 bytes below 2^255.
    pub(super) const fn from_bytes(bytes: &[u8; 32]) -> Fe {
        let mut out = fiat::fiat_25519_tight_field_element([0; 5]);
        fiat::fiat_25519_from_bytes(&mut out, bytes);
        Fe(out)
    }

    /// The canonical encoding.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        fiat::fiat_25519_to_bytes(&mut out, &self.0);
        out
    }

    pub(super) fn limbs(&self) -> &[u64; 5] {
        &self.0.0
    }

    pub(super) fn limbs_mut(&mut self) -> &mut [u64; 5] {
        &mut self.0.0
    }

    #[inline]
    pub(super) fn loose(&self) -> Loose {
        let mut out = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_relax(&mut out, &self.0);
        Loose(out)
    }

    #[inline]
    pub(super) fn add(&self, other: &Fe) -> Loose {
        let mut sum = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_add(&mut sum, &self.0, &other.0);
        Loose(sum)
    }

    #[inline]
    pub(super) fn sub(&self, other: &Fe) -> Loose {
        let mut difference = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_sub(&mut difference, &self.0, &other.0);
        Loose(difference)
    }

    #[inline]
    pub(super) fn neg(&self) -> Loose {
        let mut out = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_opp(&mut out, &self.0);
        Loose(out)
    }

    #[inline]
    pub(super) fn mul(&self, other: &Fe) -> Fe {
        self.loose().mul(&other.loose())
    }

    #[inline]
    pub(super) fn square(&self) -> Fe {
        self.loose().square()
    }

    pub(super) fn is_odd(&self) -> Choice {
        let [low, ..] = self.to_bytes();
        Choice::from(low & 1)
    }

    pub(super) fn is_zero(&self) -> Choice {
        let any = self.to_bytes().iter().fold(0u8, |any, byte| any | byte);
        let (_, none) = any.overflowing_sub(1);
        Choice::from(u8::from(none))
    }

    /// x or −x, whichever is even.
    pub(super) fn abs(&self) -> Fe {
        self.negate(self.is_odd())
    }

    pub(super) fn negate(&self, choice: Choice) -> Fe {
        Fe::conditional_select(self, &self.neg().carry(), choice)
    }

    fn squared(&self, times: u32) -> Fe {
        (0..times).fold(*self, |x, _| x.square())
    }

    /// x^(2^250 − 1) and x^11, from which both exponents below are few steps.
    fn ladder(&self) -> (Fe, Fe) {
        let x2 = self.square();
        let x9 = x2.squared(2).mul(self);
        let x11 = x9.mul(&x2);
        let to5 = x11.square().mul(&x9); // 2^5 − 1
        let to10 = to5.squared(5).mul(&to5);
        let to20 = to10.squared(10).mul(&to10);
        let to40 = to20.squared(20).mul(&to20);
        let to50 = to40.squared(10).mul(&to10);
        let to100 = to50.squared(50).mul(&to50);
        let to200 = to100.squared(100).mul(&to100);
        (to200.squared(50).mul(&to50), x11)
    }

    /// 1/x = x^(p − 2); zero for zero.
    pub(super) fn invert(&self) -> Fe {
        let (to250, x11) = self.ladder();
        to250.squared(5).mul(&x11)
    }

    /// x^((p − 5)/8).
    pub(super) fn pow_p58(&self) -> Fe {
        self.ladder().0.squared(2).mul(self)
    }
}

impl ConditionallySelectable for Fe {
    fn conditional_select(a: &Fe, b: &Fe, choice: Choice) -> Fe {
        let mut out = *a;
        for (limb, other) in out.limbs_mut().iter_mut().zip(b.limbs()) {
            limb.conditional_assign(other, choice);
        }
        out
    }
}

impl Loose {
    #[inline]
    pub(super) fn carry(&self) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry(&mut out.0, &self.0);
        out
    }

    #[inline]
    pub(super) fn mul(&self, other: &Loose) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry_mul(&mut out.0, &self.0, &other.0);
        out
    }

    #[inline]
    pub(super) fn square(&self) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry_square(&mut out.0, &self.0);
        out
    }

    /// Where `choice` is set, `other`.
    #[inline]
    pub(super) fn select(&self, other: &Loose, mask: u64) -> Loose {
        let mut out = *self;
        for (limb, other) in out.0.0.iter_mut().zip(other.0.0) {
            *limb ^= (*limb ^ other) & mask;
        }
        out
    }
}
