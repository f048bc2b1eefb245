//! Points of the Edwards curve −x² + y² = 1 + dx²y² for multiplications by tables, in constant time. Complete
//! formulas (Hisil, Wong, Carter and Dawson, "Twisted Edwards Curves Revisited", 2008, section 3.1).

use zeroize::Zeroize;

use super::field::{Fe, Loose};

/// x = X/Z, y = Y/Z, xy = T/Z.
#[derive(Clone, Copy, Zeroize)]
pub(super) struct Extended {
    x: Fe,
    y: Fe,
    z: Fe,
    t: Fe,
}

/// A point with Z = 1 as a summand: y + x, y − x, 2dxy.
pub(super) struct Niels {
    pub(super) plus: Fe,
    pub(super) minus: Fe,
    pub(super) xy2d: Loose,
}

/// Any point as a summand: Y + X, Y − X, 2Z, 2dT.
pub(super) struct Cached {
    plus: Loose,
    minus: Loose,
    z2: Loose,
    t2d: Fe,
}

impl Extended {
    pub(super) const IDENTITY: Extended = Extended { x: Fe::ZERO, y: Fe::ONE, z: Fe::ONE, t: Fe::ZERO };

    pub(super) fn add_niels(&mut self, other: &Niels) {
        let a = self.y.sub(&self.x).mul(&other.minus.loose());
        let b = self.y.add(&self.x).mul(&other.plus.loose());
        let c = self.t.loose().mul(&other.xy2d);
        let d = self.z.add(&self.z).carry();
        self.complete(&a, &b, &c, &d);
    }

    pub(super) fn add(&mut self, other: &Cached) {
        let a = self.y.sub(&self.x).mul(&other.minus);
        let b = self.y.add(&self.x).mul(&other.plus);
        let c = self.t.mul(&other.t2d);
        let d = self.z.loose().mul(&other.z2);
        self.complete(&a, &b, &c, &d);
    }

    #[inline]
    fn complete(&mut self, a: &Fe, b: &Fe, c: &Fe, d: &Fe) {
        let (e, f, g, h) = (b.sub(a), d.sub(c), d.add(c), b.add(a));
        self.x = e.mul(&f);
        self.y = g.mul(&h);
        self.z = f.mul(&g);
        self.t = e.mul(&h);
    }

    pub(super) fn cached(&self) -> Cached {
        let d2 = Fe::D.add(&Fe::D);
        Cached {
            plus: self.y.add(&self.x),
            minus: self.y.sub(&self.x),
            z2: self.z.add(&self.z),
            t2d: self.t.loose().mul(&d2),
        }
    }

    pub(super) fn z(&self) -> &Fe {
        &self.z
    }

    /// y + x, y − x and 2dxy, given 1/Z.
    pub(super) fn summand(&self, inverse: &Fe) -> [Fe; 3] {
        let (x, y) = (self.x.mul(inverse), self.y.mul(inverse));
        let d2 = Fe::D.add(&Fe::D);
        [y.add(&x).carry(), y.sub(&x).carry(), x.mul(&y).loose().mul(&d2)]
    }

    /// The point of a canonical encoding that is known to be one (RFC 9496, section 4.3.1). For public points.
    pub(super) fn decode(encoding: &[u8; 32]) -> Extended {
        let s = Fe::from_bytes(encoding);
        let ss = s.square();
        let (u1, u2) = (Fe::ONE.sub(&ss).carry(), Fe::ONE.add(&ss).carry());
        let u2u2 = u2.square();
        // −d·u1² − u2²
        let v = Fe::D.mul(&u1.square()).add(&u2u2).carry().neg().carry();
        let w = v.mul(&u2u2);
        let root = w.pow_p58();
        // w·r² is 1 or −1
        let minus_one = w.mul(&root.square()).add(&Fe::ONE).carry().is_zero();
        let root = if minus_one.into() { root.mul(&Fe::SQRT_M1) } else { root };
        let den_x = root.mul(&u2);
        let x = s.add(&s).mul(&den_x.loose()).abs();
        let y = u1.mul(&root.mul(&den_x).mul(&v));
        Extended { x, y, z: Fe::ONE, t: x.mul(&y) }
    }
}

/// What is left to do for the encoding of 2P when 1/(eg·fh) is known: one inversion serves many points
/// (curve25519-dalek's `double_and_compress_batch`, by the same formulas).
#[derive(Clone, Copy, Zeroize)]
pub(super) struct Doubled {
    e: Fe,
    f: Fe,
    g: Fe,
    h: Fe,
    eg: Fe,
    fh: Fe,
    /// The product of all denominators before.
    before: Fe,
}

impl Doubled {
    fn new(p: &Extended, before: Fe) -> Self {
        let (xx, yy, zz) = (p.x.square(), p.y.square(), p.z.square());
        let dtt = p.t.square().mul(&Fe::D);
        let e = p.x.loose().mul(&p.y.add(&p.y));
        let (f, g, h) = (zz.add(&dtt).carry(), yy.add(&xx).carry(), zz.sub(&dtt).carry());
        Doubled { e, f, g, h, eg: e.mul(&g), fh: f.mul(&h), before }
    }

    /// What is to be inverted, with 1 in place of 0: 2P is the identity there.
    fn denominator(&self) -> Fe {
        use subtle::ConditionallySelectable;
        let product = self.eg.mul(&self.fh);
        Fe::conditional_select(&product, &Fe::ONE, product.is_zero())
    }

    fn encode(&self, inverse: &Fe) -> [u8; 32] {
        use subtle::ConditionallySelectable;
        let (z_inv, t_inv) = (self.eg.mul(inverse), self.fh.mul(inverse));
        let rotate = self.eg.mul(&z_inv).is_odd();
        let e = Fe::conditional_select(&self.e, &self.g, rotate);
        let g = Fe::conditional_select(&self.g, &self.e.neg().carry(), rotate);
        let h = Fe::conditional_select(&self.h, &self.f.mul(&Fe::SQRT_M1), rotate);
        let magic = Fe::conditional_select(&Fe::INVSQRT_A_MINUS_D, &Fe::SQRT_M1, rotate);
        let g = g.negate(h.mul(&e).mul(&z_inv).is_odd());
        h.sub(&g).mul(&magic.mul(&g.mul(&t_inv)).loose()).abs().to_bytes()
    }
}

/// The encodings of the doubles, with one inversion for all.
pub(super) fn encode_doubles<'o>(
    halves: &[Extended],
    parts: &mut [Doubled],
    out: impl DoubleEndedIterator<Item = &'o mut [u8; 32]> + ExactSizeIterator,
) {
    let mut product = Fe::ONE;
    for (part, half) in parts.iter_mut().zip(halves) {
        *part = Doubled::new(half, product);
        product = product.mul(&part.denominator());
    }
    let mut inverse = product.invert();
    for (out, part) in out.zip(parts.iter().take(halves.len())).rev() {
        *out = part.encode(&inverse.mul(&part.before));
        inverse = inverse.mul(&part.denominator());
    }
}

impl Default for Doubled {
    fn default() -> Self {
        let zero = Fe::ZERO;
        Doubled { e: zero, f: zero, g: zero, h: zero, eg: zero, fh: zero, before: zero }
    }
}
