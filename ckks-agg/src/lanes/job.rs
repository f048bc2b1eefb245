//! Going through slices of residues, W at a time.

use super::{Job, Lanes, Machine, Splats};
use crate::modulus::Modulus;

/// What is done to the residues at one place of K slices, of which the first is written.
pub(crate) trait Op<const K: usize>: Copy {
    fn one(self, modulus: &Modulus, residues: [u64; K]) -> u64;
    fn many<const W: usize, L: Lanes<W>>(
        self,
        lanes: L,
        m: &Splats<L::Ints, L::Floats>,
        residues: [L::Ints; K],
    ) -> L::Ints;
}

/// acc = op(acc).
pub(crate) fn each(machine: Machine, modulus: &Modulus, op: impl Op<1>, acc: &mut [u64]) {
    machine.run(Each { modulus, op, acc });
}

/// acc = op(acc, a).
pub(crate) fn zip(machine: Machine, modulus: &Modulus, op: impl Op<2>, acc: &mut [u64], a: &[u64]) {
    debug_assert_eq!(acc.len(), a.len());
    machine.run(Zip { modulus, op, acc, a });
}

/// acc = op(acc, a, b).
pub(crate) fn zip3(
    machine: Machine,
    modulus: &Modulus,
    op: impl Op<3>,
    acc: &mut [u64],
    a: &[u64],
    b: &[u64],
) {
    debug_assert!(acc.len() == a.len() && a.len() == b.len());
    machine.run(Zip3 { modulus, op, acc, a, b });
}

/// acc + Σ terms, which may wrap: what is summed up goes through the caches once for all of them.
pub(crate) fn sum_all<const K: usize>(machine: Machine, acc: &mut [u64], terms: [&[u64]; K]) {
    debug_assert!(terms.iter().all(|term| term.len() == acc.len()));
    machine.run(SumAll { acc, terms });
}

struct SumAll<'a, const K: usize> {
    acc: &'a mut [u64],
    terms: [&'a [u64]; K],
}

impl<const K: usize> Job for SumAll<'_, K> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let (xs, acc) = self.acc.as_chunks_mut();
        let terms = self.terms.map(|term| term.as_chunks::<W>());
        for (place, x) in xs.iter_mut().enumerate() {
            let mut sum = lanes.load(x);
            for (vectors, _) in &terms {
                if let Some(y) = vectors.get(place) {
                    sum = lanes.add(sum, lanes.load(y));
                }
            }
            lanes.store(sum, x);
        }
        SumAll { acc, terms: terms.map(|(_, rest)| rest) }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        for (place, x) in self.acc.iter_mut().enumerate() {
            *x = self.terms.iter().filter_map(|term| term.get(place)).fold(*x, |sum, y| sum.wrapping_add(*y));
        }
    }
}

struct Each<'a, O> {
    modulus: &'a Modulus,
    op: O,
    acc: &'a mut [u64],
}

impl<O: Op<1>> Job for Each<'_, O> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let (vectors, rest) = self.acc.as_chunks_mut();
        for x in vectors {
            lanes.store(self.op.many(lanes, &m, [lanes.load(x)]), x);
        }
        Each { acc: rest, ..self }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        for x in self.acc {
            *x = self.op.one(self.modulus, [*x]);
        }
    }
}

struct Zip<'a, O> {
    modulus: &'a Modulus,
    op: O,
    acc: &'a mut [u64],
    a: &'a [u64],
}

impl<O: Op<2>> Job for Zip<'_, O> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let ((xs, acc), (ys, a)) = (self.acc.as_chunks_mut(), self.a.as_chunks());
        for (x, y) in xs.iter_mut().zip(ys) {
            lanes.store(self.op.many(lanes, &m, [lanes.load(x), lanes.load(y)]), x);
        }
        Zip { acc, a, ..self }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        for (x, y) in self.acc.iter_mut().zip(self.a) {
            *x = self.op.one(self.modulus, [*x, *y]);
        }
    }
}

struct Zip3<'a, O> {
    modulus: &'a Modulus,
    op: O,
    acc: &'a mut [u64],
    a: &'a [u64],
    b: &'a [u64],
}

impl<O: Op<3>> Job for Zip3<'_, O> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let ((xs, acc), (ys, a), (zs, b)) =
            (self.acc.as_chunks_mut(), self.a.as_chunks(), self.b.as_chunks());
        for ((x, y), z) in xs.iter_mut().zip(ys).zip(zs) {
            lanes.store(self.op.many(lanes, &m, [lanes.load(x), lanes.load(y), lanes.load(z)]), x);
        }
        Zip3 { acc, a, b, ..self }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        for ((x, y), z) in self.acc.iter_mut().zip(self.a).zip(self.b) {
            *x = self.op.one(self.modulus, [*x, *y, *z]);
        }
    }
}

/// out\[0\] = Σ digit·keys\[0\] and out\[1\] = Σ digit·keys\[1\], of up to four terms.
pub(crate) fn inner(machine: Machine, modulus: &Modulus, out: [&mut [u64]; 2], terms: &[Term<'_>]) {
    debug_assert!(terms.len() <= 4);
    machine.run(Inner { modulus, out, terms });
}

/// What [`inner`] sums.
#[derive(Clone, Copy)]
pub(crate) struct Term<'a> {
    pub(crate) digit: &'a [u64],
    pub(crate) keys: [&'a [u64]; 2],
}

struct Inner<'a> {
    modulus: &'a Modulus,
    out: [&'a mut [u64]; 2],
    terms: &'a [Term<'a>],
}

impl Job for Inner<'_> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        match *self.terms {
            [] => self.out.into_iter().for_each(|out| out.fill(0)),
            [a] => of(lanes, self.modulus, self.out, [a]),
            [a, b] => of(lanes, self.modulus, self.out, [a, b]),
            [a, b, c] => of(lanes, self.modulus, self.out, [a, b, c]),
            [a, b, c, d, ..] => of(lanes, self.modulus, self.out, [a, b, c, d]),
        }
    }

    fn run_scalar(self) {
        for (half, out) in self.out.into_iter().enumerate() {
            for (place, out) in out.iter_mut().enumerate() {
                let mut sum = 0u128;
                for Term { digit, keys: [key0, key1] } in self.terms {
                    let key = if half == 0 { key0 } else { key1 };
                    if let (Some(digit), Some(key)) = (digit.get(place), key.get(place)) {
                        sum = sum.wrapping_add(u128::from(*digit).wrapping_mul(u128::from(*key)));
                    }
                }
                *out = self.modulus.reduce_product(sum);
            }
        }
    }
}

/// [`Inner`] of a number of terms that is known.
#[inline(always)]
fn of<const K: usize, const W: usize, L: Lanes<W>>(
    lanes: L,
    modulus: &Modulus,
    [out0, out1]: [&mut [u64]; 2],
    terms: [Term<'_>; K],
) {
    let m = Splats::new(lanes, modulus);
    let ((out0, rest0), (out1, rest1)) = (out0.as_chunks_mut(), out1.as_chunks_mut());
    debug_assert!(rest0.is_empty() && rest1.is_empty());
    for (place, (out0, out1)) in out0.iter_mut().zip(out1).enumerate() {
        let mut sum0 = lanes.start(lanes.splat(0));
        let mut sum1 = sum0;
        for Term { digit, keys: [key0, key1] } in &terms {
            let (digit, key0, key1) = (digit.as_chunks().0, key0.as_chunks().0, key1.as_chunks().0);
            if let (Some(digit), Some(key0), Some(key1)) =
                (digit.get(place), key0.get(place), key1.get(place))
            {
                let digit = lanes.load(digit);
                sum0 = lanes.product(sum0, digit, lanes.load(key0), &m);
                sum1 = lanes.product(sum1, digit, lanes.load(key1), &m);
            }
        }
        if K <= 2 {
            lanes.store(lanes.reduce(sum0, &m), out0);
            lanes.store(lanes.reduce(sum1, &m), out1);
        } else {
            lanes.store(lanes.reduce_four(sum0, &m), out0);
            lanes.store(lanes.reduce_four(sum1, &m), out1);
        }
    }
}

/// out\[i\] = a\[from\[i\]\], where each W places from a multiple of W on come from one such group: automorphisms.
///
/// Added to out if `ADD`.
pub(crate) fn permute<const ADD: bool>(
    machine: Machine,
    modulus: &Modulus,
    out: &mut [u64],
    a: &[u64],
    from: &[u32],
) {
    debug_assert!(out.len() == a.len() && a.len() == from.len());
    machine.run(Permute::<ADD> { modulus, out, a, from });
}

struct Permute<'a, const ADD: bool> {
    modulus: &'a Modulus,
    out: &'a mut [u64],
    a: &'a [u64],
    from: &'a [u32],
}

impl<const ADD: bool> Job for Permute<'_, ADD> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let ((out, _), (a, _), (from, _)) =
            (self.out.as_chunks_mut(), self.a.as_chunks(), self.from.as_chunks());
        for (out, from) in out.iter_mut().zip(from) {
            let first = from.first().map_or(0, |first| *first as usize);
            if let Some(group) = a.get(first.unbounded_shr(W.trailing_zeros())) {
                let moved = lanes.permute(group, from);
                let sum = if ADD { lanes.less(lanes.add(lanes.load(out), moved), m.q) } else { moved };
                lanes.store(sum, out);
            }
        }
    }

    fn run_scalar(self) {
        for (out, from) in self.out.iter_mut().zip(self.from) {
            let moved = self.a.get(*from as usize).copied().unwrap_or_default();
            *out = if ADD { self.modulus.add(*out, moved) } else { moved };
        }
    }
}

/// (c0², 2·c0·c1, c1²) of (c0, c1, anything).
pub(crate) fn square(machine: Machine, modulus: &Modulus, parts: [&mut [u64]; 3]) {
    machine.run(Square { modulus, parts });
}

struct Square<'a> {
    modulus: &'a Modulus,
    parts: [&'a mut [u64]; 3],
}

impl Job for Square<'_> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let [(c0, r0), (c1, r1), (c2, r2)] = self.parts.map(|part| part.as_chunks_mut());
        for ((c0, c1), c2) in c0.iter_mut().zip(c1).zip(c2) {
            let (x, y, zero) = (lanes.load(c0), lanes.load(c1), lanes.start(lanes.splat(0)));
            let mixed = lanes.reduce(lanes.product(zero, x, y, &m), &m);
            lanes.store(lanes.reduce(lanes.product(zero, x, x, &m), &m), c0);
            lanes.store(lanes.less(lanes.add(mixed, mixed), m.q), c1);
            lanes.store(lanes.reduce(lanes.product(zero, y, y, &m), &m), c2);
        }
        Square { parts: [r0, r1, r2], ..self }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        let ([c0, c1, c2], modulus) = (self.parts, self.modulus);
        for ((c0, c1), c2) in c0.iter_mut().zip(c1).zip(c2) {
            let (x, y) = (*c0, *c1);
            let mixed = modulus.mul(x, y);
            (*c0, *c1, *c2) = (modulus.mul(x, x), modulus.add(mixed, mixed), modulus.mul(y, y));
        }
    }
}
