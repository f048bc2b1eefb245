//! Words between stages, below 4q < 2⁵² (going back, below 2q): Harvey's butterflies with products of 52 bits.

use super::passes::{Arithmetic, Twiddle};
use crate::lanes::{Ifma, Lanes};
use crate::modulus::Modulus;

/// Constants of a prime in all lanes.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    lanes: Ifma,
    q: Ints,
    twice: Ints,
    /// 2⁵² − q.
    minus: Ints,
    mask: Ints,
    zero: Ints,
}

type Ints = <Ifma as Lanes<8>>::Ints;

const MASK52: u64 = (1 << 52) - 1;

impl Words {
    #[inline(always)]
    pub(crate) fn new(lanes: Ifma, modulus: &Modulus) -> Self {
        let q = modulus.q();
        Words {
            lanes,
            q: lanes.splat(q),
            twice: lanes.splat(q.wrapping_mul(2)),
            minus: lanes.splat((1u64 << 52).wrapping_sub(q)),
            mask: lanes.splat(MASK52),
            zero: lanes.splat(0),
        }
    }

    /// x·w below 2q, of any x < 2⁵² and per = ⌊w·2⁵²/q⌋.
    #[inline(always)]
    fn times_by(&self, x: Ints, w: Ints, per: Ints) -> Ints {
        let quotient = self.lanes.high(self.zero, x, per);
        let product = self.lanes.low(self.zero, x, w);
        self.lanes.and(self.lanes.low(product, quotient, self.minus), self.mask)
    }
}

impl Arithmetic<8> for Words {
    type Value = Ints;

    #[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)] // q is no 0, w < q
    fn twiddle(modulus: &Modulus, w: u64) -> Twiddle {
        Twiddle { w, per: ((u128::from(w) << 52) / u128::from(modulus.q())) as u64 }
    }

    #[inline(always)]
    fn take(&self, residues: &[u64; 8]) -> Ints {
        self.lanes.load(residues)
    }

    #[inline(always)]
    fn give(&self, x: Ints, residues: &mut [u64; 8]) {
        let x = self.lanes.less(self.lanes.less(x, self.twice), self.q);
        self.lanes.store(x, residues);
    }

    #[inline(always)]
    fn load(&self, words: &[u64; 8]) -> Ints {
        self.lanes.load(words)
    }

    #[inline(always)]
    fn store(&self, x: Ints, words: &mut [u64; 8]) {
        self.lanes.store(x, words);
    }

    #[inline(always)]
    fn times(&self, x: Ints, twiddle: &Twiddle) -> Ints {
        self.times_by(x, self.lanes.splat(twiddle.w), self.lanes.splat(twiddle.per))
    }

    #[inline(always)]
    fn times_lanes(&self, x: Ints, [w, per]: [&[u64; 8]; 2]) -> Ints {
        self.times_by(x, self.lanes.load(w), self.lanes.load(per))
    }

    #[inline(always)]
    fn spread(&self, x: Ints, product: Ints) -> [Ints; 2] {
        let x = self.lanes.less(x, self.twice);
        [self.lanes.add(x, product), self.lanes.sub(self.lanes.add(x, self.twice), product)]
    }

    #[inline(always)]
    fn fold(&self, x: Ints, y: Ints) -> [Ints; 2] {
        let sum = self.lanes.less(self.lanes.add(x, y), self.twice);
        [sum, self.lanes.sub(self.lanes.add(x, self.twice), y)]
    }

    #[inline(always)]
    fn centre(&self, _: &mut Ints) {}

    #[inline(always)]
    fn nearer(&self, _: &mut Ints) {}

    #[inline(always)]
    fn nearer_twice(&self, _: &mut Ints) {}

    #[inline(always)]
    fn swap4(&self, x: Ints, y: Ints) -> (Ints, Ints) {
        let (x, y) = self.lanes.swap4(self.lanes.as_floats(x), self.lanes.as_floats(y));
        (self.lanes.bits(x), self.lanes.bits(y))
    }

    #[inline(always)]
    fn swap2(&self, x: Ints, y: Ints) -> (Ints, Ints) {
        let (x, y) = self.lanes.swap2(self.lanes.as_floats(x), self.lanes.as_floats(y));
        (self.lanes.bits(x), self.lanes.bits(y))
    }

    #[inline(always)]
    fn swap1(&self, x: Ints, y: Ints) -> (Ints, Ints) {
        let (x, y) = self.lanes.swap1(self.lanes.as_floats(x), self.lanes.as_floats(y));
        (self.lanes.bits(x), self.lanes.bits(y))
    }

    #[inline(always)]
    fn interleave(&self, x: Ints, y: Ints) -> (Ints, Ints) {
        let (x, y) = self.lanes.interleave(self.lanes.as_floats(x), self.lanes.as_floats(y));
        (self.lanes.bits(x), self.lanes.bits(y))
    }

    #[inline(always)]
    fn deinterleave(&self, x: Ints, y: Ints) -> (Ints, Ints) {
        let (x, y) = self.lanes.deinterleave(self.lanes.as_floats(x), self.lanes.as_floats(y));
        (self.lanes.bits(x), self.lanes.bits(y))
    }
}
