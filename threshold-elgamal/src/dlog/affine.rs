//! Affine points of edwards25519 and the fan of sums around one: y(c ± i·P) for i = 1 … n, sharing one
//! inversion. Public values only.
//!
//! With a = −1 and e = d·x₁x₂y₁y₂ the sum of two points has
//! y(P₁ + P₂) = (y₁y₂ + x₁x₂)/(1 − e) and y(P₁ − P₂) = (y₁y₂ − x₁x₂)/(1 + e).
//! The law is complete (−1 is a square mod p, d is not): no denominator is ever zero, whatever the points.

use alloc::vec::Vec;

use super::field::Fe;

/// A point by its coordinates.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    x: Fe,
    y: Fe,
}

impl Affine {
    const ZERO: Affine = Affine { x: Fe::ZERO, y: Fe::ONE };

    /// Four times the point behind a ristretto255 encoding: the one point of the prime-order subgroup
    /// that all four representatives lead to. None if it is no encoding (RFC 9496, section 4.3.1).
    pub(super) fn quadruple_of(encoding: [u8; 32]) -> Option<Affine> {
        let s = Fe::from_bytes(encoding);
        if s.to_bytes() != encoding || s != s.abs() {
            return None;
        }
        let ss = s.square();
        let (u1, u2) = (Fe::ONE.sub(&ss), Fe::ONE.add(&ss));
        let u2_squared = u2.square();
        let v = Fe::D.mul(&u1.square()).neg().sub(&u2_squared);
        let inverse = v.mul(&u2_squared).inverse_sqrt()?;
        let x_den = inverse.mul(&u2);
        let y_den = inverse.mul(&x_den).mul(&v);
        let (x, y) = (s.add(&s).mul(&x_den).abs(), u1.mul(&y_den));
        let t = x.mul(&y);
        if t != t.abs() || y == Fe::ZERO {
            return None;
        }
        let point = Affine { x, y };
        let double = point.add(&point);
        Some(double.add(&double))
    }

    pub(super) fn add(&self, other: &Affine) -> Affine {
        let (xx, yy) = (self.x.mul(&other.x), self.y.mul(&other.y));
        let (xy, yx) = (self.x.mul(&other.y), self.y.mul(&other.x));
        let e = Fe::D.mul(&xx).mul(&yy);
        let (plus, minus) = (Fe::ONE.add(&e), Fe::ONE.sub(&e));
        let inverse = plus.mul(&minus).invert();
        Affine { x: xy.add(&yx).mul(&minus).mul(&inverse), y: yy.add(&xx).mul(&plus).mul(&inverse) }
    }

    pub(super) fn neg(&self) -> Affine {
        Affine { x: self.x.neg(), y: self.y }
    }

    pub(super) fn times(&self, mut factor: u64) -> Affine {
        let (mut sum, mut power) = (Affine::ZERO, *self);
        while factor != 0 {
            if factor & 1 == 1 {
                sum = sum.add(&power);
            }
            power = power.add(&power);
            factor >>= 1;
        }
        sum
    }

    /// What tells a point from all but its negative: the low 64 bits of y.
    pub(super) fn key(&self) -> u64 {
        self.y.low()
    }
}

/// i·P for i = 1 … n, ready to be added to any point.
pub(super) struct Fan {
    offsets: Vec<Offset>,
    /// (2n + 1)·P: from one fan's centre to the next, without gap or overlap.
    pub(super) step: Affine,
}

struct Offset {
    x: Fe,
    y: Fe,
    dxy: Fe,
}

/// Reusable room for one fan.
#[derive(Default)]
pub(super) struct Scratch(Vec<Ray>);

struct Ray {
    sum: Fe,
    difference: Fe,
    plus: Fe,
    minus: Fe,
    before: Fe,
}

impl Fan {
    /// Bytes that a fan of `n` offsets and its scratch take.
    pub(super) const fn bytes(n: usize) -> usize {
        n.saturating_mul(size_of::<Offset>().saturating_add(size_of::<Ray>()))
    }

    pub(super) fn new(point: &Affine, n: usize) -> Fan {
        let mut offsets = Vec::with_capacity(n);
        let mut multiple = *point;
        for _ in 0..n {
            let dxy = Fe::D.mul(&multiple.x).mul(&multiple.y);
            offsets.push(Offset { x: multiple.x, y: multiple.y, dxy });
            multiple = multiple.add(point);
        }
        // `multiple` is (n + 1)·P.
        let step = match offsets.last() {
            Some(last) => multiple.add(&Affine { x: last.x, y: last.y }),
            None => *point,
        };
        Fan { offsets, step }
    }

    /// Calls `each(i, key(c + i·P), key(c − i·P))` for i = n … 1.
    pub(super) fn spread(
        &self,
        centre: &Affine,
        scratch: &mut Scratch,
        mut each: impl FnMut(usize, u64, u64),
    ) {
        let rays = &mut scratch.0;
        rays.clear();
        let (xy, mut product) = (centre.x.mul(&centre.y), Fe::ONE);
        for offset in &self.offsets {
            let (xx, yy) = (centre.x.mul(&offset.x), centre.y.mul(&offset.y));
            let e = xy.mul(&offset.dxy);
            rays.push(Ray {
                sum: yy.add(&xx),
                difference: yy.sub(&xx),
                plus: Fe::ONE.add(&e),
                minus: Fe::ONE.sub(&e),
                before: product,
            });
            product = product.mul(&Fe::ONE.sub(&e.square()));
        }
        // Montgomery's trick: one inversion, taken apart from the last denominator back to the first.
        let mut inverse = product.invert();
        for (i, ray) in rays.iter().enumerate().rev() {
            let own = inverse.mul(&ray.before);
            inverse = inverse.mul(&ray.plus.mul(&ray.minus));
            let ahead = ray.sum.mul(&ray.plus.mul(&own));
            let behind = ray.difference.mul(&ray.minus.mul(&own));
            each(i.wrapping_add(1), ahead.low(), behind.low());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as BASE;
    use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
    use curve25519_dalek::scalar::Scalar;

    fn of(factor: u64) -> Affine {
        Affine::quadruple_of(RistrettoPoint::mul_base(&Scalar::from(factor)).compress().to_bytes()).unwrap()
    }

    #[test]
    fn agrees_with_the_group() {
        let base = of(1);
        assert_eq!(of(0).key(), Affine::ZERO.key());
        for factor in [2, 3, 4, 7, 8, 1000, u64::MAX] {
            assert_eq!(base.times(factor).key(), of(factor).key());
            assert_eq!(base.times(factor).neg().key(), of(factor).key());
        }
        assert!(of(5).x != of(5).neg().x);
    }

    #[test]
    fn every_representative_leads_to_one_point() {
        // dalek holds some representative of the coset; sums in different orders give different ones.
        let a = BASE * Scalar::from(12u8);
        let b = RistrettoPoint::mul_base(&Scalar::from(5u8)) + RistrettoPoint::mul_base(&Scalar::from(7u8));
        let c = (BASE + BASE).compress().decompress().unwrap() * Scalar::from(6u8);
        for point in [a, b, c] {
            assert_eq!(Affine::quadruple_of(point.compress().to_bytes()).unwrap().key(), of(12).key());
        }
    }

    #[test]
    fn refuses_what_ristretto_refuses() {
        let mut refused = 0;
        for i in 0..2000u32 {
            let mut bytes = [0u8; 32];
            bytes[..4].copy_from_slice(&i.to_le_bytes());
            let known = CompressedRistretto(bytes).decompress().is_some();
            assert_eq!(Affine::quadruple_of(bytes).is_some(), known, "{i}");
            refused += u32::from(!known);
        }
        assert!(refused > 1000);
        assert!(Affine::quadruple_of([0xff; 32]).is_none());
    }

    #[test]
    fn a_fan_is_complete() {
        // Including the centres ±i·P themselves, where one sum is the identity and the other a double.
        let (fan, mut scratch) = (Fan::new(&of(3), 9), Scratch::default());
        assert_eq!(fan.step.key(), of(3 * 19).key());
        for centre in 0..40u64 {
            let mut seen = 0;
            fan.spread(&of(centre), &mut scratch, |i, ahead, behind| {
                let offset = 3 * i as u64;
                assert_eq!(ahead, of(centre + offset).key());
                assert_eq!(behind, of(centre.abs_diff(offset)).key());
                seen += 1;
            });
            assert_eq!(seen, 9);
        }
    }
}
