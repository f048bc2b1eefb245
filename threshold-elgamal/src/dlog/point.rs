//! Points of edwards25519 and of curve25519, which is the same curve by (x, y) ↔ (u, v) with
//! u = (1 + y)/(1 − y) and v = √(−A − 2) · u/x. Public values only.
//!
//! Sums are made by the complete law of edwards25519 (−1 is a square mod p, d is not: no denominator is zero,
//! whatever the points), and looked up by u, which a point shares with its negative only.

use alloc::vec::Vec;

use super::field::Fe;

/// A point of the prime-order subgroup. The identity, which curve25519 has at infinity, gets u = v = 0: the
/// point that is there has order 2.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub(super) edwards: Affine,
    pub(super) u: Fe,
    pub(super) v: Fe,
}

/// A point of edwards25519.
#[derive(Clone, Copy)]
pub(super) struct Affine {
    x: Fe,
    y: Fe,
}

/// A point of edwards25519 as x = X/Z, y = Y/Z.
#[derive(Clone, Copy)]
pub(super) struct Projective {
    x: Fe,
    y: Fe,
    z: Fe,
}

impl Point {
    pub(super) const IDENTITY: Point =
        Point { edwards: Affine { x: Fe::ZERO, y: Fe::ONE }, u: Fe::ZERO, v: Fe::ZERO };

    /// What tells a point from all but its negative: the low 64 bits of u, and 0 for the identity.
    pub(super) fn key(&self) -> u64 {
        self.u.low()
    }

    pub(super) fn neg(&self) -> Point {
        Point { edwards: self.edwards.neg(), u: self.u, v: self.v.neg() }
    }

    pub(super) fn add(&self, other: &Point) -> Projective {
        self.edwards.projective().add(&other.edwards)
    }

    /// 1 … `count` times the point: as many inversions as `count` has bits.
    pub(super) fn multiples(&self, count: usize) -> Vec<Point> {
        let mut out = Vec::with_capacity(count);
        out.push(*self);
        while let Some(last) = out.last().copied().filter(|_| out.len() < count) {
            let more = count.saturating_sub(out.len());
            let sums: Vec<_> = out.iter().take(more).map(|point| last.add(point)).collect();
            out.extend(settle(&sums));
        }
        out
    }
}

impl Affine {
    /// One of the representatives (RFC 9496, section 4.3.1).
    fn decode(encoding: [u8; 32]) -> Option<Affine> {
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
        Some(Affine { x, y })
    }

    pub(super) fn neg(&self) -> Affine {
        Affine { x: self.x.neg(), y: self.y }
    }

    pub(super) fn times(&self, factor: u64) -> Projective {
        let start = Point::IDENTITY.edwards.projective();
        (0..u64::BITS.saturating_sub(factor.leading_zeros())).rev().fold(start, |product, bit| {
            let product = product.double();
            if (factor >> bit) & 1 == 1 { product.add(self) } else { product }
        })
    }

    pub(super) fn projective(&self) -> Projective {
        Projective { x: self.x, y: self.y, z: Fe::ONE }
    }
}

impl Projective {
    /// The sum by the complete law.
    pub(super) fn add(&self, other: &Affine) -> Projective {
        let (xx, yy) = (self.x.mul(&other.x), self.y.mul(&other.y));
        let cross = self.x.mul(&other.y).add(&self.y.mul(&other.x));
        let (zz, e) = (self.z.square(), Fe::D.mul(&xx).mul(&yy));
        let (plus, minus) = (zz.add(&e), zz.sub(&e));
        let (x, y) = (self.z.mul(&cross), self.z.mul(&yy.add(&xx)));
        Projective { x: x.mul(&minus), y: y.mul(&plus), z: plus.mul(&minus) }
    }

    pub(super) fn is(&self, other: &Affine) -> bool {
        self.z.mul(&other.x) == self.x && self.z.mul(&other.y) == self.y
    }

    pub(super) fn neg(&self) -> Projective {
        Projective { x: self.x.neg(), ..*self }
    }

    pub(super) fn double(&self) -> Projective {
        let (xx, yy, zz) = (self.x.square(), self.y.square(), self.z.square());
        let (h, g) = (xx.add(&yy), xx.sub(&yy));
        let e = h.sub(&self.x.add(&self.y).square());
        let f = zz.add(&zz).add(&g);
        Projective { x: e.mul(&f), y: g.mul(&h), z: f.mul(&g) }
    }

    /// Four times the point behind a ristretto255 encoding: the one point of the prime-order subgroup that
    /// all four representatives lead to. None if it is no encoding.
    pub(super) fn quadruple_of(encoding: [u8; 32]) -> Option<Projective> {
        Some(Affine::decode(encoding)?.projective().double().double())
    }
}

/// All coordinates of points of the prime-order subgroup, for one inversion.
pub(super) fn settle(points: &[Projective]) -> Vec<Point> {
    // X is zero for the identity only, and so is Z − Y.
    let mut inverses: Vec<Fe> = points.iter().map(|p| p.z.sub(&p.y).mul(&p.x).mul(&p.z)).collect();
    Fe::invert_all(&mut inverses);
    let settled = points.iter().zip(inverses).map(|(p, inverse)| {
        if inverse.is_zero() {
            return Point::IDENTITY;
        }
        let below = p.z.sub(&p.y);
        let z_inverse = inverse.mul(&below).mul(&p.x);
        let xz = inverse.mul(&p.z);
        let above = p.z.add(&p.y);
        let u = above.mul(&xz).mul(&p.x);
        let v = Fe::SQRT_MINUS_A_PLUS_2.mul(&above).mul(&xz).mul(&p.z);
        Point { edwards: Affine { x: p.x.mul(&z_inverse), y: p.y.mul(&z_inverse) }, u, v }
    });
    settled.collect()
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;
    use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT as BASE;
    use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
    use curve25519_dalek::scalar::Scalar;

    fn quadruple(point: &RistrettoPoint) -> Point {
        settle(&[Projective::quadruple_of(point.compress().to_bytes()).unwrap()])[0]
    }

    fn of(factor: u64) -> Point {
        quadruple(&RistrettoPoint::mul_base(&Scalar::from(factor)))
    }

    fn same(a: &Point, b: &Point) -> bool {
        a.edwards.x == b.edwards.x && a.edwards.y == b.edwards.y && a.u == b.u && a.v == b.v
    }

    #[test]
    fn agrees_with_the_group() {
        let base = of(1);
        assert!(same(&of(0), &Point::IDENTITY) && of(0).key() == 0);
        for (factor, point) in (1..).zip(base.multiples(41)) {
            assert!(same(&point, &of(factor)), "{factor}");
            let multiple = base.edwards.times(factor);
            assert!(multiple.is(&point.edwards) && !multiple.is(&point.edwards.neg()));
        }
        assert!(base.edwards.times(0).is(&Point::IDENTITY.edwards));
        assert!(of(5).v != of(5).neg().v && of(5).key() == of(5).neg().key());
    }

    #[test]
    fn the_law_is_complete() {
        let points: Vec<_> = (0..6).flat_map(|i| [of(i), of(i).neg()]).collect();
        let value = |i: usize| (i as i64 / 2) * [1, -1][i % 2];
        for (i, a) in points.iter().enumerate() {
            for (j, b) in points.iter().enumerate() {
                let sum = value(i) + value(j);
                let expected = of(sum.unsigned_abs());
                let expected = if sum < 0 { expected.neg() } else { expected };
                let sums = [a.add(b), a.add(&Point::IDENTITY).add(&b.edwards), a.neg().add(&b.neg()).neg()];
                for got in settle(&sums) {
                    assert!(same(&got, &expected), "{i} {j}");
                }
                let twice = settle(&[a.add(b).double()]);
                assert!(same(&twice[0], &settle(&[expected.add(&expected)])[0]), "{i} {j}");
            }
        }
    }

    #[test]
    fn u_and_v_lie_on_curve25519() {
        for factor in 1..10 {
            let Point { u, v, .. } = of(factor);
            let right = u.square().mul(&u).add(&Fe::A.mul(&u.square())).add(&u);
            assert!(v.square() == right);
        }
    }

    #[test]
    fn every_representative_leads_to_one_point() {
        // dalek holds some representative of the coset; sums in different orders give different ones.
        let a = BASE * Scalar::from(12u8);
        let b = RistrettoPoint::mul_base(&Scalar::from(5u8)) + RistrettoPoint::mul_base(&Scalar::from(7u8));
        let c = (BASE + BASE).compress().decompress().unwrap() * Scalar::from(6u8);
        for point in [a, b, c] {
            assert!(same(&quadruple(&point), &of(12)));
        }
        // The others lie a point of order 1, 2 or 4 away.
        let zero = Fe::ZERO;
        let orders = [(zero, Fe::ONE), (zero, Fe::ONE.neg()), (Fe::SQRT_M1, zero), (Fe::SQRT_M1.neg(), zero)];
        let decoded = Affine::decode(a.compress().to_bytes()).unwrap().projective();
        let away = orders.map(|(x, y)| decoded.add(&Affine { x, y }));
        let y = settle(&away).iter().map(|point| point.edwards.y.to_bytes()).collect::<BTreeSet<_>>();
        assert_eq!(y.len(), 4);
        for point in settle(&away.map(|point| point.double().double())) {
            assert!(same(&point, &of(12)));
        }
    }

    #[test]
    fn refuses_what_ristretto_refuses() {
        let mut refused = 0;
        for i in 0..2000u32 {
            let mut bytes = [0u8; 32];
            bytes[..4].copy_from_slice(&i.to_le_bytes());
            let known = CompressedRistretto(bytes).decompress().is_some();
            assert_eq!(Projective::quadruple_of(bytes).is_some(), known, "{i}");
            refused += u32::from(!known);
        }
        assert!(refused > 1000);
        assert!(Projective::quadruple_of([0xff; 32]).is_none());
    }
}
