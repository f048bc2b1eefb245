//! Signed integers of three lengths to residues.

use super::{Job, Lanes, Machine, Splats};
use crate::modulus::Modulus;

/// out = values modulo q.
pub(crate) fn map_i64(machine: Machine, modulus: &Modulus, out: &mut [u64], values: &[i64]) {
    debug_assert_eq!(out.len(), values.len());
    machine.run(Signed { modulus, out, values });
}

struct Signed<'a> {
    modulus: &'a Modulus,
    out: &'a mut [u64],
    values: &'a [i64],
}

impl Job for Signed<'_> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let ((xs, out), (ys, values)) = (self.out.as_chunks_mut::<W>(), self.values.as_chunks::<W>());
        for (x, y) in xs.iter_mut().zip(ys) {
            lanes.store(m.signed(lanes, lanes.load_signed(y)), x);
        }
        Signed { out, values, ..self }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        for (out, value) in self.out.iter_mut().zip(self.values) {
            *out = self.modulus.reduce_i64(*value);
        }
    }
}

/// out = values modulo q.
pub(crate) fn map_i128(machine: Machine, modulus: &Modulus, out: &mut [u64], values: &[i128]) {
    debug_assert_eq!(out.len(), values.len());
    machine.run(Long { modulus, out, values });
}

struct Long<'a> {
    modulus: &'a Modulus,
    out: &'a mut [u64],
    values: &'a [i128],
}

impl Job for Long<'_> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let word = lanes.splat(self.modulus.word());
        let ((xs, out), (ys, values)) = (self.out.as_chunks_mut::<W>(), self.values.as_chunks::<W>());
        for (x, y) in xs.iter_mut().zip(ys) {
            let (mut low, mut high) = ([0u64; W], [0i64; W]);
            for ((low, high), y) in low.iter_mut().zip(&mut high).zip(y) {
                #[allow(clippy::cast_possible_truncation)] // halves
                {
                    (*low, *high) = (*y as u64, (*y >> 64) as i64);
                }
            }
            let low = lanes.start(m.word(lanes, lanes.load(&low)));
            let high = m.signed(lanes, lanes.load_signed(&high));
            lanes.store(lanes.reduce(lanes.product(low, high, word, &m), &m), x);
        }
        Long { out, values, ..self }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        for (out, value) in self.out.iter_mut().zip(self.values) {
            *out = self.modulus.reduce_i128(*value);
        }
    }
}

/// out = values modulo q, of values that are smaller than it.
pub(crate) fn map_i8(machine: Machine, modulus: &Modulus, out: &mut [u64], values: &[i8]) {
    debug_assert_eq!(out.len(), values.len());
    machine.run(Small { modulus, out, values });
}

struct Small<'a> {
    modulus: &'a Modulus,
    out: &'a mut [u64],
    values: &'a [i8],
}

impl Job for Small<'_> {
    #[inline(always)]
    fn run<const W: usize, L: Lanes<W>>(self, lanes: L) {
        let m = Splats::new(lanes, self.modulus);
        let ((xs, out), (ys, values)) = (self.out.as_chunks_mut::<W>(), self.values.as_chunks::<W>());
        for (x, y) in xs.iter_mut().zip(ys) {
            lanes.store(lanes.less(lanes.add(m.q, lanes.load_small(y)), m.q), x);
        }
        Small { out, values, ..self }.run_scalar();
    }

    #[inline(always)]
    fn run_scalar(self) {
        let q = self.modulus.q();
        for (out, value) in self.out.iter_mut().zip(self.values) {
            *out = Modulus::less(q.wrapping_add_signed(i64::from(*value)), q);
        }
    }
}
