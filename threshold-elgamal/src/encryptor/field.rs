//! Numbers mod p = 2^255 − 19 in constant time: formally verified arithmetic of `fiat-crypto`, with names.
//!
//! Sums and differences are loose: they can be multiplied, but not added to again before a carry.

use fiat_crypto::curve25519_64 as fiat;
use subtle::{Choice, ConditionallySelectable};
use zeroize::Zeroize;

use crate::curve;

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
    pub(super) const D: Fe = Fe::from_bytes(&curve::D);
    /// The even square root of −1.
    pub(super) const SQRT_M1: Fe = Fe::from_bytes(&curve::SQRT_M1);
    /// 1/√(a − d), a = −1.
    pub(super) const INVSQRT_A_MINUS_D: Fe = Fe::from_bytes(&curve::INVSQRT_A_MINUS_D);

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

    /// 1/x; zero for zero.
    pub(super) fn invert(&self) -> Fe {
        curve::invert(self, Fe::squared, Fe::mul)
    }

    /// x^((p − 5)/8).
    pub(super) fn pow_p58(&self) -> Fe {
        curve::pow_p58(self, Fe::squared, Fe::mul)
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
