//! Numbers mod 2^255 − 19, for public values only: formally verified arithmetic of `fiat-crypto`, with names.

use fiat_crypto::curve25519_64 as fiat;

/// A residue in five limbs of 51 bits.
#[derive(Clone, Copy)]
pub(super) struct Fe(fiat::fiat_25519_tight_field_element);

type Loose = fiat::fiat_25519_loose_field_element;

impl Fe {
    pub(super) const ZERO: Fe = Fe::small(0);
    pub(super) const ONE: Fe = Fe::small(1);
    /// The curve constant d = −121665/121666.
    pub(super) const D: Fe = Fe::constant([
        0xa3, 0x78, 0x59, 0x13, 0xca, 0x4d, 0xeb, 0x75, 0xab, 0xd8, 0x41, 0x41, 0x4d, 0x0a, 0x70, 0x00, 0x98,
        0xe8, 0x79, 0x77, 0x79, 0x40, 0xc7, 0x8c, 0x73, 0xfe, 0x6f, 0x2b, 0xee, 0x6c, 0x03, 0x52,
    ]);
    /// The even square root of −1.
    const SQRT_M1: Fe = Fe::constant([
        0xb0, 0xa0, 0x0e, 0x4a, 0x27, 0x1b, 0xee, 0xc4, 0x78, 0xe4, 0x2f, 0xad, 0x06, 0x18, 0x43, 0x2f, 0xa7,
        0xd7, 0xfb, 0x3d, 0x99, 0x00, 0x4d, 0x2b, 0x0b, 0xdf, 0xc1, 0x4f, 0x80, 0x24, 0x83, 0x2b,
    ]);

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
    pub(super) fn low(self) -> u64 {
        self.to_bytes().first_chunk().map_or(0, |low| u64::from_le_bytes(*low))
    }

    fn relax(&self) -> Loose {
        let mut out = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_relax(&mut out, &self.0);
        out
    }

    fn carried(loose: &Loose) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry(&mut out.0, loose);
        out
    }

    pub(super) fn add(&self, other: &Fe) -> Fe {
        let mut sum = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_add(&mut sum, &self.0, &other.0);
        Fe::carried(&sum)
    }

    pub(super) fn sub(&self, other: &Fe) -> Fe {
        let mut difference = fiat::fiat_25519_loose_field_element([0; 5]);
        fiat::fiat_25519_sub(&mut difference, &self.0, &other.0);
        Fe::carried(&difference)
    }

    pub(super) fn neg(&self) -> Fe {
        Fe::ZERO.sub(self)
    }

    pub(super) fn mul(&self, other: &Fe) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry_mul(&mut out.0, &self.relax(), &other.relax());
        out
    }

    pub(super) fn square(&self) -> Fe {
        let mut out = Fe::ZERO;
        fiat::fiat_25519_carry_square(&mut out.0, &self.relax());
        out
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

    fn is_odd(&self) -> bool {
        self.to_bytes().first().is_some_and(|byte| byte & 1 == 1)
    }

    /// x or −x, whichever is even.
    pub(super) fn abs(&self) -> Fe {
        if self.is_odd() { self.neg() } else { *self }
    }

    /// The even square root of 1/x, if x is a square (RFC 9496, section 4.2, with u = 1).
    pub(super) fn inverse_sqrt(&self) -> Option<Fe> {
        // r = x^3 · (x^7)^((p − 5)/8), (p − 5)/8 = 2^252 − 3
        let x3 = self.square().mul(self);
        let x7 = x3.square().mul(self);
        let r = x3.mul(&x7.ladder().0.squared(2).mul(&x7));
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

impl PartialEq for Fe {
    fn eq(&self, other: &Fe) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

#[cfg(test)]
mod tests {
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
}
