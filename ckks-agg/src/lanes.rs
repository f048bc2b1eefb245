//! Several residues side by side, in vectors that are chosen on the machine. All kernels give the same residues.
//!
//! Products are integers of 104 bits where the machine multiplies those (IFMA), else pairs of doubles: x·y rounded, and what is
//! missing, by a fused multiplication.
#![cfg_attr(not(target_arch = "x86_64"), allow(dead_code))] // other machines have plain integers only

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod integers;
mod job;
pub(crate) mod ops;

use crate::modulus::Modulus;
use crate::ntt::passes::Arithmetic;

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(crate) use ifma::Ifma;
pub(crate) use integers::{map_i8, map_i64, map_i128};
pub(crate) use job::{Op, Term, each, inner, permute, square, sum_all, zip, zip3};

/// A set of kernels.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Path {
    /// Plain integers, on every machine.
    Scalar,
    /// Four lanes: x86-64 with AVX2 and FMA.
    Avx2,
    /// Eight lanes: x86-64 with AVX-512 F, DQ and IFMA.
    Ifma,
}

impl Path {
    /// Slowest first.
    pub const ALL: [Path; 3] = [Path::Scalar, Path::Avx2, Path::Ifma];

    /// Whether this machine has it.
    pub fn available(self) -> bool {
        self == Path::Scalar || !matches!(Machine::of(self), Machine::Scalar)
    }

    /// The fastest that this machine has.
    pub fn best() -> Path {
        Path::ALL.into_iter().rev().find(|path| path.available()).unwrap_or(Path::Scalar)
    }
}

/// Kernels that this machine is known to have.
#[derive(Clone, Copy)]
pub(crate) enum Machine {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2(avx2::Avx2),
    #[cfg(target_arch = "x86_64")]
    Ifma(ifma::Ifma),
}

/// What is to be done in lanes of any width.
pub(crate) trait Job {
    /// To be inlined, all that it calls included: vector instructions are there only in the caller.
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L);
    fn run_scalar(self);
}

impl Machine {
    /// `path`, if it is there.
    pub(crate) fn of(path: Path) -> Self {
        match path {
            #[cfg(target_arch = "x86_64")]
            Path::Avx2 => avx2::Avx2::detect().map_or(Machine::Scalar, Machine::Avx2),
            #[cfg(target_arch = "x86_64")]
            Path::Ifma => ifma::Ifma::detect().map_or(Machine::Scalar, Machine::Ifma),
            _ => Machine::Scalar,
        }
    }

    /// The kernels of meter-link that go with these: what samples and encodes.
    pub(crate) fn vectors(self) -> meter_link::pad::Path {
        match self {
            Machine::Scalar => meter_link::pad::Path::Portable,
            #[cfg(target_arch = "x86_64")]
            Machine::Avx2(_) => meter_link::pad::Path::Avx2,
            #[cfg(target_arch = "x86_64")]
            Machine::Ifma(_) => meter_link::pad::Path::Avx512,
        }
    }

    #[inline]
    pub(crate) fn run(self, job: impl Job) {
        match self {
            Machine::Scalar => job.run_scalar(),
            #[cfg(target_arch = "x86_64")]
            Machine::Avx2(lanes) => lanes.run(job),
            #[cfg(target_arch = "x86_64")]
            Machine::Ifma(lanes) => lanes.run(job),
        }
    }
}

/// Vectors of W words. Integers wrap; what is said to be *small* is below 2⁵².
pub(crate) trait Lanes<const W: usize>: Copy {
    type Ints: Copy;
    type Floats: Copy;
    /// A sum of products of residues.
    type Sum: Copy;
    /// What transforms are computed with.
    type Transform: Arithmetic<W>;

    fn transform(self, modulus: &Modulus) -> Self::Transform;

    fn load(self, words: &[u64; W]) -> Self::Ints;
    fn store(self, x: Self::Ints, words: &mut [u64; W]);
    fn load_signed(self, words: &[i64; W]) -> Self::Ints;
    fn load_small(self, bytes: &[i8; W]) -> Self::Ints;
    fn splat(self, word: u64) -> Self::Ints;
    fn add(self, x: Self::Ints, y: Self::Ints) -> Self::Ints;
    fn sub(self, x: Self::Ints, y: Self::Ints) -> Self::Ints;
    fn and(self, x: Self::Ints, y: Self::Ints) -> Self::Ints;
    fn shift_right<const BITS: i32>(self, x: Self::Ints) -> Self::Ints;
    /// x − m if that is not negative, else x; of x, m < 2⁶³.
    fn less(self, x: Self::Ints, m: Self::Ints) -> Self::Ints;
    /// `yes` where x is negative, else `no`.
    fn if_negative(self, x: Self::Ints, yes: Self::Ints, no: Self::Ints) -> Self::Ints;
    /// Of the vectors' residues at `from`, which lie in one group of W that starts at a multiple of W.
    fn permute(self, group: &[u64; W], from: &[u32; W]) -> Self::Ints;

    /// Of small integers.
    fn to_floats(self, x: Self::Ints) -> Self::Floats;
    fn bits(self, x: Self::Floats) -> Self::Ints;
    fn as_floats(self, x: Self::Ints) -> Self::Floats;
    fn float(self, value: f64) -> Self::Floats;
    fn fadd(self, x: Self::Floats, y: Self::Floats) -> Self::Floats;
    fn fsub(self, x: Self::Floats, y: Self::Floats) -> Self::Floats;
    fn fmul(self, x: Self::Floats, y: Self::Floats) -> Self::Floats;
    /// x·y + z, rounded once, as the next two.
    fn mul_plus(self, x: Self::Floats, y: Self::Floats, z: Self::Floats) -> Self::Floats;
    /// x·y − z.
    fn mul_minus(self, x: Self::Floats, y: Self::Floats, z: Self::Floats) -> Self::Floats;
    /// z − x·y.
    fn minus_mul(self, x: Self::Floats, y: Self::Floats, z: Self::Floats) -> Self::Floats;
    /// m with the sign of x, m > 0.
    fn signed(self, m: Self::Floats, x: Self::Floats) -> Self::Floats;

    /// Of 2·W values, x first: those at places with 4 not in them, and those with. Its own inverse, as the next two.
    fn swap4(self, x: Self::Floats, y: Self::Floats) -> (Self::Floats, Self::Floats);
    fn swap2(self, x: Self::Floats, y: Self::Floats) -> (Self::Floats, Self::Floats);
    fn swap1(self, x: Self::Floats, y: Self::Floats) -> (Self::Floats, Self::Floats);
    /// x₀ y₀ x₁ y₁ …, undoing what swap4, swap2 and swap1 after each other did.
    fn interleave(self, x: Self::Floats, y: Self::Floats) -> (Self::Floats, Self::Floats);
    fn deinterleave(self, x: Self::Floats, y: Self::Floats) -> (Self::Floats, Self::Floats);

    /// Of one residue.
    fn start(self, x: Self::Ints) -> Self::Sum;
    /// sum + x·y, of x, y ≤ q.
    fn product(
        self,
        sum: Self::Sum,
        x: Self::Ints,
        y: Self::Ints,
        m: &Splats<Self::Ints, Self::Floats>,
    ) -> Self::Sum;
    /// The residue of a sum of two products, or of one and a residue.
    fn reduce(self, sum: Self::Sum, m: &Splats<Self::Ints, Self::Floats>) -> Self::Ints;
    /// The residue of a sum of up to four products.
    fn reduce_four(self, sum: Self::Sum, m: &Splats<Self::Ints, Self::Floats>) -> Self::Ints;
}

/// What reductions by a prime take, in all lanes. Each machine needs some of it.
#[derive(Clone, Copy)]
pub(crate) struct Splats<I, F> {
    pub(crate) q: I,
    pub(crate) twice: I,
    pub(crate) four: I,
    /// 2⁴⁰ mod q.
    pub(crate) high: I,
    /// For products: bits − 1 and 52 − that, ⌊2^(51 + bits)/q⌋.
    pub(crate) shift: I,
    pub(crate) unshift: I,
    pub(crate) per: I,
    pub(crate) mask: I,
    pub(crate) fq: F,
    pub(crate) ftwice: F,
    /// 1/q, rounded.
    pub(crate) fper: F,
    /// 1.5·2⁵²: to add it and take it off again rounds to integers, ties to even.
    pub(crate) magic: F,
    /// The bits of it, less q.
    pub(crate) magic_less: I,
}

/// 1.5·2⁵².
const MAGIC: f64 = 6_755_399_441_055_744.0;
const BITS40: u64 = (1 << 40) - 1;

impl<I: Copy, F: Copy> Splats<I, F> {
    #[inline(always)]
    pub(crate) fn new<const W: usize, L: Lanes<W, Ints = I, Floats = F>>(
        lanes: L,
        modulus: &Modulus,
    ) -> Self {
        let (q, shift) = (modulus.q(), u64::from(modulus.bits().wrapping_sub(1)));
        Splats {
            q: lanes.splat(q),
            twice: lanes.splat(q.wrapping_mul(2)),
            four: lanes.splat(q.wrapping_mul(4)),
            high: lanes.splat(modulus.high()),
            shift: lanes.splat(shift),
            unshift: lanes.splat(52u64.wrapping_sub(shift)),
            per: lanes.splat(modulus.per_shifted()),
            mask: lanes.splat(BITS40),
            fq: lanes.float(modulus.float()),
            ftwice: lanes.float(2.0 * modulus.float()),
            fper: lanes.float(1.0 / modulus.float()),
            magic: lanes.float(MAGIC),
            magic_less: lanes.splat(MAGIC.to_bits().wrapping_sub(q)),
        }
    }

    /// x less the multiple of q next to it: at most q/2 and a little away from 0. Of |x| ≤ 2⁵³.
    #[inline(always)]
    pub(crate) fn centre<const W: usize, L: Lanes<W, Ints = I, Floats = F>>(&self, lanes: L, x: F) -> F {
        let times = lanes.fsub(lanes.mul_plus(x, self.fper, self.magic), self.magic);
        lanes.minus_mul(times, self.fq, x)
    }

    /// The residue of an integer −q < x < q.
    #[inline(always)]
    pub(crate) fn residue<const W: usize, L: Lanes<W, Ints = I, Floats = F>>(&self, lanes: L, x: F) -> I {
        let bits = lanes.bits(lanes.fadd(x, self.magic));
        lanes.less(lanes.sub(bits, self.magic_less), self.q)
    }

    /// The residue of any word.
    #[inline(always)]
    pub(crate) fn word<const W: usize, L: Lanes<W, Ints = I, Floats = F>>(&self, lanes: L, x: I) -> I {
        let low = lanes.start(lanes.and(x, self.mask));
        lanes.reduce(lanes.product(low, lanes.shift_right::<40>(x), self.high, self), self)
    }

    /// The residue of any word in two's complement.
    #[inline(always)]
    pub(crate) fn signed<const W: usize, L: Lanes<W, Ints = I, Floats = F>>(&self, lanes: L, x: I) -> I {
        let magnitude = lanes.if_negative(x, lanes.sub(lanes.splat(0), x), x);
        let positive = self.word(lanes, magnitude);
        lanes.if_negative(x, lanes.less(lanes.sub(self.q, positive), self.q), positive)
    }
}
