//! Doubles between stages.
//!
//! A residue is an integer x next to 0 or not, within ±4q; q < 2⁵⁰. A factor w is within ±q/2, beside w/q rounded to a double.
//! Then x·w = h + l exactly (h rounded, l by a fused multiplication), k = x·(w/q) rounded to an integer is x·w/q but for
//! 1/2 + |x|·2⁻⁵⁵, and h − k·q + l is exact: an integer of 53 bits at each step. So a product is within ±(1/2 + |x|/32q)·q,
//! and butterflies add and subtract these without any reduction until a bound comes near 4q. Rounding to integers adds 1.5·2⁵²,
//! which is right to |x·w/q| < 2⁵¹. None of these operations takes a time that depends on values: all are of normal numbers.

use super::passes::{Arithmetic, Twiddle};
use crate::lanes::{Lanes, Splats};
use crate::modulus::Modulus;

/// Constants of a prime in all lanes.
#[derive(Clone, Copy)]
pub(crate) struct Doubles<const W: usize, L: Lanes<W>> {
    lanes: L,
    m: Splats<L::Ints, L::Floats>,
}

impl<const W: usize, L: Lanes<W>> Doubles<W, L> {
    #[inline(always)]
    pub(crate) fn new(lanes: L, modulus: &Modulus) -> Self {
        Doubles { lanes, m: Splats::new(lanes, modulus) }
    }

    /// x·w: within 1/2 + |x|/32.
    #[inline(always)]
    fn times_by(&self, x: L::Floats, w: L::Floats, per: L::Floats) -> L::Floats {
        let lanes = self.lanes;
        let product = lanes.fmul(x, w);
        let times = lanes.fsub(lanes.mul_plus(x, per, self.m.magic), self.m.magic);
        let missing = lanes.mul_minus(x, w, product);
        lanes.fadd(lanes.minus_mul(times, self.m.fq, product), missing)
    }
}

impl<const W: usize, L: Lanes<W>> Arithmetic<W> for Doubles<W, L> {
    type Value = L::Floats;

    fn twiddle(modulus: &Modulus, w: u64) -> Twiddle {
        #[allow(clippy::cast_precision_loss)] // below 2⁵⁰
        let w = modulus.centred(w) as f64;
        Twiddle { w: w.to_bits(), per: (w / modulus.float()).to_bits() }
    }

    #[inline(always)]
    fn take(&self, residues: &[u64; W]) -> L::Floats {
        self.lanes.to_floats(self.lanes.load(residues))
    }

    #[inline(always)]
    fn give(&self, x: L::Floats, residues: &mut [u64; W]) {
        self.lanes.store(self.m.residue(self.lanes, x), residues);
    }

    #[inline(always)]
    fn load(&self, words: &[u64; W]) -> L::Floats {
        self.lanes.as_floats(self.lanes.load(words))
    }

    #[inline(always)]
    fn store(&self, x: L::Floats, words: &mut [u64; W]) {
        self.lanes.store(self.lanes.bits(x), words);
    }

    #[inline(always)]
    fn times(&self, x: L::Floats, twiddle: &Twiddle) -> L::Floats {
        let float = |bits| self.lanes.float(f64::from_bits(bits));
        self.times_by(x, float(twiddle.w), float(twiddle.per))
    }

    #[inline(always)]
    fn times_lanes(&self, x: L::Floats, [w, per]: [&[u64; W]; 2]) -> L::Floats {
        self.times_by(x, self.load(w), self.load(per))
    }

    #[inline(always)]
    fn spread(&self, x: L::Floats, product: L::Floats) -> [L::Floats; 2] {
        [self.lanes.fadd(x, product), self.lanes.fsub(x, product)]
    }

    #[inline(always)]
    fn fold(&self, x: L::Floats, y: L::Floats) -> [L::Floats; 2] {
        [self.lanes.fadd(x, y), self.lanes.fsub(x, y)]
    }

    #[inline(always)]
    fn centre(&self, x: &mut L::Floats) {
        *x = self.m.centre(self.lanes, *x);
    }

    #[inline(always)]
    fn nearer(&self, x: &mut L::Floats) {
        *x = self.lanes.fsub(*x, self.lanes.signed(self.m.fq, *x));
    }

    #[inline(always)]
    fn nearer_twice(&self, x: &mut L::Floats) {
        *x = self.lanes.fsub(*x, self.lanes.signed(self.m.ftwice, *x));
    }

    #[inline(always)]
    fn swap4(&self, x: L::Floats, y: L::Floats) -> (L::Floats, L::Floats) {
        self.lanes.swap4(x, y)
    }

    #[inline(always)]
    fn swap2(&self, x: L::Floats, y: L::Floats) -> (L::Floats, L::Floats) {
        self.lanes.swap2(x, y)
    }

    #[inline(always)]
    fn swap1(&self, x: L::Floats, y: L::Floats) -> (L::Floats, L::Floats) {
        self.lanes.swap1(x, y)
    }

    #[inline(always)]
    fn interleave(&self, x: L::Floats, y: L::Floats) -> (L::Floats, L::Floats) {
        self.lanes.interleave(x, y)
    }

    #[inline(always)]
    fn deinterleave(&self, x: L::Floats, y: L::Floats) -> (L::Floats, L::Floats) {
        self.lanes.deinterleave(x, y)
    }
}
