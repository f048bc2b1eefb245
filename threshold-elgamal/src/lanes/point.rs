//! Eight points of the Edwards curve −x² + y² = 1 + dx²y² side by side, in constant time. The formulas are
//! complete: they need no exceptions for equal points or the neutral one (Hisil, Wong, Carter and Dawson,
//! "Twisted Edwards Curves Revisited", 2008, sections 3.1 and 3.3).

use core::arch::x86_64::{__m512i, __mmask8, _mm512_alignr_epi64};

use super::field::{D, Fe8, Limbs, Wide, twice};

/// x = X/Z, y = Y/Z, xy = T/Z.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extended {
    pub(crate) x: Fe8,
    pub(crate) y: Fe8,
    pub(crate) z: Fe8,
    pub(crate) t: Fe8,
}

/// A point with Z = 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Affine {
    pub(crate) x: Fe8,
    pub(crate) y: Fe8,
    pub(crate) t: Fe8,
}

/// A point with Z = 1 as a summand: y + x, y − x, 2dxy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Niels {
    pub(crate) plus: Fe8,
    pub(crate) minus: Fe8,
    pub(crate) xy2d: Fe8,
}

/// Any point as a summand: Y + X, Y − X, 2Z, 2dT.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cached {
    plus: Fe8,
    minus: Fe8,
    z2: Fe8,
    t2d: Fe8,
}

/// 2d.
const D2: Limbs = twice(D);

impl Cached {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn identity() -> Cached {
        Cached { plus: Fe8::small(1), minus: Fe8::small(1), z2: Fe8::small(2), t2d: Fe8::small(0) }
    }

    /// Where `mask` has a bit, `other`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn select(&self, other: &Cached, mask: __mmask8) -> Cached {
        Cached {
            plus: self.plus.select(&other.plus, mask),
            minus: self.minus.select(&other.minus, mask),
            z2: self.z2.select(&other.z2, mask),
            t2d: self.t2d.select(&other.t2d, mask),
        }
    }

    /// Negates the lanes of `mask`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn negate(&self, mask: __mmask8) -> Cached {
        Cached {
            plus: self.plus.select(&self.minus, mask),
            minus: self.minus.select(&self.plus, mask),
            z2: self.z2,
            t2d: self.t2d.negate(mask),
        }
    }
}

impl Affine {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn niels(&self) -> Niels {
        let (plus, minus) = (self.y.add(&self.x), self.y.sub(&self.x));
        Niels { plus, minus, xy2d: self.t.mul(&Fe8::splat(&D2)) }
    }
}

impl Extended {
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn identity() -> Extended {
        let (zero, one) = (Fe8::small(0), Fe8::small(1));
        Extended { x: zero, y: one, z: one, t: zero }
    }

    /// In place, since these points are large.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add_niels(&mut self, other: &Niels) {
        let a = self.y.sub(&self.x).mul_wide(&other.minus);
        let b = self.y.add(&self.x).mul_wide(&other.plus);
        let c = self.t.mul_wide(&other.xy2d);
        let d = Wide::twice(&self.z);
        self.complete(b.sub(&a), d.sub(&c), d.add(&c), b.add(&a));
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn add(&mut self, other: &Cached) {
        let a = self.y.sub(&self.x).mul_wide(&other.minus);
        let b = self.y.add(&self.x).mul_wide(&other.plus);
        let c = self.t.mul_wide(&other.t2d);
        let d = self.z.mul_wide(&other.z2);
        self.complete(b.sub(&a), d.sub(&c), d.add(&c), b.add(&a));
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn double(&mut self) {
        let [e, f, g, h] = self.doubled();
        self.complete(e, f, g, h);
    }

    /// 2^n times the point for n > 0. Only the last doubling makes T, which doublings do not read.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn double_times(&mut self, n: u32) {
        for _ in 1..n {
            let [e, f, g, h] = self.doubled();
            self.x = e.mul(&f);
            self.y = g.mul(&h);
            self.z = f.mul(&g);
        }
        self.double();
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn doubled(&self) -> [Fe8; 4] {
        let (a, b, z) = (self.x.square_wide(), self.y.square_wide(), self.z.square());
        // (X + Y)² − X² − Y², X² + Y², Y² − X², and 2Z² − (Y² − X²)
        let (h, g) = (a.add(&b), b.sub(&a));
        let e = self.x.add(&self.y).square_wide().sub(&Wide::from(h));
        let f = Wide::twice(&z).sub(&Wide::from(g));
        [e, f, g, h]
    }

    /// X = EF, Y = GH, Z = FG, T = EH.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn complete(&mut self, e: Fe8, f: Fe8, g: Fe8, h: Fe8) {
        self.x = e.mul(&f);
        self.y = g.mul(&h);
        self.z = f.mul(&g);
        self.t = e.mul(&h);
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn cached(&self) -> Cached {
        Cached {
            plus: self.y.add(&self.x),
            minus: self.y.sub(&self.x),
            z2: self.z.double(),
            t2d: self.t.mul(&Fe8::splat(&D2)),
        }
    }

    /// The same point, given 1/Z.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn affine(&self, inverse: &Fe8) -> Affine {
        let (x, y) = (self.x.mul(inverse), self.y.mul(inverse));
        Affine { x, y, t: x.mul(&y) }
    }

    /// Where `mask` has a bit, `other`.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn select(&self, other: &Extended, mask: __mmask8) -> Extended {
        Extended {
            x: self.x.select(&other.x, mask),
            y: self.y.select(&other.y, mask),
            z: self.z.select(&other.z, mask),
            t: self.t.select(&other.t, mask),
        }
    }

    /// The sum of all eight points, in every lane.
    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(crate) fn sum_of_lanes(&self) -> Extended {
        let mut sum = *self;
        sum.add(&sum.moved(|v| _mm512_alignr_epi64::<4>(v, v)).cached());
        sum.add(&sum.moved(|v| _mm512_alignr_epi64::<2>(v, v)).cached());
        sum.add(&sum.moved(|v| _mm512_alignr_epi64::<1>(v, v)).cached());
        sum
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn moved(&self, work: impl Fn(__m512i) -> __m512i + Copy) -> Extended {
        Extended { x: self.x.map(work), y: self.y.map(work), z: self.z.map(work), t: self.t.map(work) }
    }
}
