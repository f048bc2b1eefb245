//! Numbers mod 2^255 − 19, for public values only: formally verified arithmetic of `fiat-crypto`, with names.

use alloc::vec::Vec;

use fiat_crypto::curve25519_64 as fiat;

use crate::curve;

/// A residue in five limbs of 51 bits.
#[derive(Clone, Copy)]
pub(super) struct Fe(fiat::fiat_25519_tight_field_element);

/// A sum or difference of two residues before its carries: good for one factor of a product.
#[derive(Clone, Copy)]
pub(super) struct Loose(fiat::fiat_25519_loose_field_element);

const MASK: u64 = (1 << 51) - 1;

impl Fe {
    pub(super) const ZERO: Fe = Fe::small(0);
    pub(super) const ONE: Fe = Fe::small(1);
    /// The curve constant d = −121665/121666.
    pub(super) const D: Fe = Fe::constant(curve::D);
    /// The coefficient A = 486662 of curve25519.
    pub(super) const A: Fe = Fe::small(486_662);
    /// A square root of −(A + 2), which takes x of edwards25519 to v of curve25519.
    pub(super) const SQRT_MINUS_A_PLUS_2: Fe = Fe::constant([
        0x06, 0x7e, 0x45, 0xff, 0xaa, 0x04, 0x6e, 0xcc, 0x82, 0x1a, 0x7d, 0x4b, 0xd1, 0xd3, 0xa1, 0xc5, 0x7e,
        0x4f, 0xfc, 0x03, 0xdc, 0x08, 0x7b, 0xd2, 0xbb, 0x06, 0xa0, 0x60, 0xf4, 0xed, 0x26, 0x0f,
    ]);
    /// The even square root of −1.
    pub(super) const SQRT_M1: Fe = Fe::constant(curve::SQRT_M1);

    const fn small(value: u64) -> Fe {
        Fe(fiat::fiat_25519_tight_field_element([value, 0, 0, 0, 0]))
    }

    const fn constant(bytes: [u8; 32]) -> Fe {
        let mut out = fiat::fiat_25519_tight_field_element([0; 5]);
        fiat::fiat_25519_from_bytes(&mut out, &bytes);
        Fe(out)
    }

    /// From 32 bytes, of which the highest bit is ignored.
    pub(super) fn from_bytes(mut bytes: [u8; 32]) -> Fe {
        let [.., last] = &mut bytes;
        *last &= 0x7f;
        Fe::constant(bytes)
    }

    /// The canonical encoding.
    pub(super) fn to_bytes(self) -> [u8; 32] {
        let mut out = [0; 32];
        fiat::fiat_25519_to_bytes(&mut out, &self.0);
        out
    }

    /// The low 64 bits of the canonical encoding.
    pub(super) fn low(&self) -> u64 {
        low(self.0.0)
    }

    /// The low 64 bits of the canonical encoding of self − other.
    #[inline(always)]
    pub(super) fn low_minus(&self, other: &Loose) -> u64 {
        low_difference(self.0.0, other.0.0)
    }

    #[inline(always)]
    fn relax(&self) -> Loose {
        let mut out = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_relax(&mut out, &self.0);
        Loose(out)
    }

    fn carried(loose: &Loose) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry(&mut out.0, &loose.0);
        out
    }

    /// The sum without carries.
    #[inline(always)]
    pub(super) fn plus(&self, other: &Fe) -> Loose {
        let mut sum = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_add(&mut sum, &self.0, &other.0);
        Loose(sum)
    }

    /// The difference without carries.
    #[inline(always)]
    pub(super) fn minus(&self, other: &Fe) -> Loose {
        let mut difference = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_sub(&mut difference, &self.0, &other.0);
        Loose(difference)
    }

    pub(super) fn add(&self, other: &Fe) -> Fe {
        Fe::carried(&self.plus(other))
    }

    pub(super) fn sub(&self, other: &Fe) -> Fe {
        Fe::carried(&self.minus(other))
    }

    pub(super) fn neg(&self) -> Fe {
        Fe::ZERO.sub(self)
    }

    #[inline(always)]
    pub(super) fn mul(&self, other: &Fe) -> Fe {
        self.mul_loose(&other.relax())
    }

    #[inline(always)]
    pub(super) fn mul_loose(&self, other: &Loose) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry_mul(&mut out.0, &self.relax().0, &other.0);
        out
    }

    #[inline(always)]
    pub(super) fn square(&self) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry_square(&mut out.0, &self.relax().0);
        out
    }

    fn squared(&self, times: u32) -> Fe {
        (0..times).fold(*self, |x, _| x.square())
    }

    /// 1/x; zero for zero.
    pub(super) fn invert(&self) -> Fe {
        curve::invert(self, Fe::squared, Fe::mul)
    }

    /// Inverts all of them for one inversion and three multiplications each (Montgomery's trick); zeros stay.
    pub(super) fn invert_all(values: &mut [Fe]) {
        let mut before = Vec::with_capacity(values.len());
        let mut product = Fe::ONE;
        for value in values.iter() {
            before.push(product);
            if !value.is_zero() {
                product = product.mul(value);
            }
        }
        let mut inverse = product.invert();
        for (value, before) in values.iter_mut().zip(before).rev() {
            if !value.is_zero() {
                let own = inverse.mul(&before);
                inverse = inverse.mul(value);
                *value = own;
            }
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.to_bytes() == [0; 32]
    }

    fn is_odd(&self) -> bool {
        self.to_bytes().first().is_some_and(|byte| byte & 1 == 1)
    }

    /// x or −x, whichever is even.
    pub(super) fn abs(&self) -> Fe {
        if self.is_odd() { self.neg() } else { *self }
    }

    /// The even square root of 1/x, if x is a square (RFC 9496, section 4.2, with u = 1).
    pub(super) fn inverse_sqrt(&self) -> Option<Fe> {
        // r = x^3 · (x^7)^((p − 5)/8)
        let x3 = self.square().mul(self);
        let x7 = x3.square().mul(self);
        let r = x3.mul(&curve::pow_p58(&x7, Fe::squared, Fe::mul));
        let check = self.mul(&r.square());
        if check == Fe::ONE {
            Some(r.abs())
        } else if check == Fe::ONE.neg() {
            Some(r.mul(&Fe::SQRT_M1).abs())
        } else {
            None
        }
    }
}

/// The low 64 bits of the least representative of a − b, where the limbs of b are at most 3 · 2^51.
#[inline(always)]
pub(super) fn low_difference([a0, a1, a2, a3, a4]: [u64; 5], [b0, b1, b2, b3, b4]: [u64; 5]) -> u64 {
    /// 4p, whose limbs are above those of b.
    const OVER: [u64; 5] = [4 * (MASK - 18), 4 * MASK, 4 * MASK, 4 * MASK, 4 * MASK];
    let [o0, o1, o2, o3, o4] = OVER;
    low([
        a0.wrapping_add(o0).wrapping_sub(b0),
        a1.wrapping_add(o1).wrapping_sub(b1),
        a2.wrapping_add(o2).wrapping_sub(b2),
        a3.wrapping_add(o3).wrapping_sub(b3),
        a4.wrapping_add(o4).wrapping_sub(b4),
    ])
}

/// The low 64 bits of the least representative, from limbs below 2^63.
#[inline(always)]
fn low([x0, x1, x2, x3, x4]: [u64; 5]) -> u64 {
    let x1 = x1.wrapping_add(x0 >> 51);
    let x2 = x2.wrapping_add(x1 >> 51);
    let x3 = x3.wrapping_add(x2 >> 51);
    let x4 = x4.wrapping_add(x3 >> 51);
    // Below 2^255 + 19 · 2^13 now. Is it p or more, that is, does 19 more reach 2^255?
    let x0 = (x0 & MASK).wrapping_add((x4 >> 51).wrapping_mul(19));
    let reaches = (x0.wrapping_add(19)) >> 51;
    let reaches = (x1 & MASK).wrapping_add(reaches) >> 51;
    let reaches = (x2 & MASK).wrapping_add(reaches) >> 51;
    let reaches = (x3 & MASK).wrapping_add(reaches) >> 51;
    let reaches = (x4 & MASK).wrapping_add(reaches) >> 51;
    let x0 = x0.wrapping_add(reaches.wrapping_mul(19));
    let x1 = (x1 & MASK).wrapping_add(x0 >> 51);
    (x0 & MASK) | (x1 << 51)
}

impl PartialEq for Fe {
    fn eq(&self, other: &Fe) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some() -> Fe {
        Fe::from_bytes([0x5b; 32])
    }

    #[test]
    fn inverses_and_roots() {
        let x = some();
        assert!(x.mul(&x.invert()) == Fe::ONE);
        assert!(Fe::ZERO.invert() == Fe::ZERO);
        let square = x.square();
        let root = square.inverse_sqrt().unwrap();
        assert!(root.square().mul(&square) == Fe::ONE && !root.is_odd());
        assert!(Fe::SQRT_M1.square() == Fe::ONE.neg());
        assert!(Fe::small(2).mul(&square).inverse_sqrt().is_none()); // 2 is no square
        assert!(square.neg().inverse_sqrt().is_some()); // −1 is one
    }

    #[test]
    fn the_curve_constant_is_what_its_name_says() {
        assert!(Fe::D.mul(&Fe::small(121_666)) == Fe::small(121_665).neg());
    }

    #[test]
    fn bytes_are_canonical() {
        let p_and_three = {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xf0; // p + 3 = 2^255 − 16
            bytes
        };
        assert_eq!(Fe::from_bytes(p_and_three).to_bytes()[..2], [3, 0]);
        assert_eq!(Fe::small(0x1234).low(), 0x1234);
        assert!(some().add(&some().neg()) == Fe::ZERO && some().abs() == some().neg().abs());
    }

    /// 0, 1, 18, 19, p and others, as far as limbs of both kinds reach.
    const LIMBS: [u64; 8] = [0, 1, 18, 19, MASK - 18, MASK - 19, MASK, MASK + 1];

    fn check(a: [u64; 5], b: [u64; 5]) {
        let tight = Fe(fiat::fiat_25519_tight_field_element(a));
        let loose = Loose(fiat::fiat_25519_loose_field_element(b));
        let expected = tight.sub(&Fe::carried(&loose)).to_bytes();
        assert_eq!(tight.low_minus(&loose).to_le_bytes(), expected[..8], "{a:?} {b:?}");
        assert_eq!(tight.low().to_le_bytes(), tight.to_bytes()[..8], "{a:?}");
    }

    #[test]
    fn low_bits_are_those_of_the_least_representative() {
        for first in LIMBS {
            for rest in LIMBS {
                let number = [first, rest, rest, rest, rest];
                check(number, [0; 5]);
                check([0; 5], number);
                check(number, number);
                for other in [0, 1, 2, MASK, 3 * (MASK + 1)] {
                    check(number, [other; 5]);
                    check(number, [other, 0, 0, 0, 0]);
                    check(number, [0, 0, 0, 0, other]);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn low_bits_of_any_limbs(
            a in prop::array::uniform5(0..=MASK + 1),
            b in prop::array::uniform5(0..=3 * (MASK + 1)),
        ) {
            check(a, b);
        }
    }
}
