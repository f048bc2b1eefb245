//! From values to coefficients: x + y and (x − y)·w. Sums double a bound; what is multiplied must stay within 4.

use super::{Arithmetic, Lines, Tables, Twiddle, factors};

impl Tables {
    /// In place, on N residues.
    #[allow(clippy::arithmetic_side_effects)] // W is no 0
    #[inline(always)]
    pub(crate) fn inverse<const W: usize, A: Arithmetic<W>>(&self, on: A, values: &mut [u64]) {
        let unit = Unit(on);
        let (vectors, _) = values.as_chunks_mut();
        let blocks = vectors.chunks_exact_mut(512 / W).zip(self.last.chunks_exact(512 / 16));
        // All passes leave 1.
        let [wide, middle, narrow] = &self.blocks;
        let twiddles = wide.iter().zip(middle.chunks_exact(4)).zip(narrow.chunks_exact(16));
        for ((block, last), ((wide, middle), narrow)) in blocks.zip(twiddles) {
            unit.inverse_first(block, last);
            for (block, narrow) in block.chunks_exact_mut(32 / W).zip(narrow) {
                unit.inverse_two::<false>(block, narrow, &self.whole);
            }
            for (block, middle) in block.chunks_exact_mut(128 / W).zip(middle) {
                unit.inverse_two::<false>(block, middle, &self.whole);
            }
            unit.inverse_two::<false>(block, wide, &self.whole);
        }
        match (self.degree, &*self.twos) {
            (4096, _) => unit.inverse_three::<true>(vectors, &self.three, &self.whole),
            (_, [top, quarters @ ..]) => {
                let quarter = vectors.len().unbounded_shr(2).max(1);
                for (quarter, twiddles) in vectors.chunks_exact_mut(quarter).zip(quarters) {
                    unit.inverse_two::<false>(quarter, twiddles, &self.whole);
                }
                unit.inverse_two::<true>(vectors, top, &self.whole);
            }
            _ => {}
        }
    }
}

/// The passes.
struct Unit<const W: usize, A: Arithmetic<W>>(A);

impl<const W: usize, A: Arithmetic<W>> Unit<W, A> {
    #[inline(always)]
    fn fold(&self, x: &mut A::Value, y: &mut A::Value, twiddle: &Twiddle) {
        let difference;
        [*x, difference] = self.0.fold(*x, *y);
        *y = self.0.times(difference, twiddle);
    }

    #[inline(always)]
    fn fold_lanes(&self, x: &mut A::Value, y: &mut A::Value, twiddles: [&[u64; W]; 2]) {
        let difference;
        [*x, difference] = self.0.fold(*x, *y);
        *y = self.0.times_lanes(difference, twiddles);
    }

    /// Residues as integers if `LAST`; then x is within 1.
    #[inline(always)]
    fn give<const LAST: bool>(&self, x: A::Value, words: &mut [u64; W]) {
        if LAST { self.0.give(x, words) } else { self.0.store(x, words) }
    }

    /// The first three, from residues. Two pairs of vectors side by side, since each step waits for the one before.
    #[inline(always)]
    fn inverse_first(&self, block: &mut [[u64; W]], lines: &[[Lines; 3]]) {
        for (place, [p0, q0, p1, q1]) in block.as_chunks_mut().0.iter_mut().enumerate() {
            let Some([f0, f1]) = factors::<W>(lines, place) else { continue };
            let (mut x0, mut y0) = self.0.deinterleave(self.0.take(p0), self.0.take(q0));
            let (mut x1, mut y1) = self.0.deinterleave(self.0.take(p1), self.0.take(q1));
            // Below 1 and not negative, so that differences have the bounds of their terms: sums within 2, 4, 8.
            self.fold_lanes(&mut x0, &mut y0, f0.on1);
            self.fold_lanes(&mut x1, &mut y1, f1.on1);
            (x0, y0) = self.0.swap1(x0, y0);
            (x1, y1) = self.0.swap1(x1, y1);
            self.fold_lanes(&mut x0, &mut y0, f0.on2);
            self.fold_lanes(&mut x1, &mut y1, f1.on2);
            (x0, y0) = self.0.swap2(x0, y0);
            (x1, y1) = self.0.swap2(x1, y1);
            self.fold_lanes(&mut x0, &mut y0, f0.on4);
            self.fold_lanes(&mut x1, &mut y1, f1.on4);
            self.0.centre(&mut x0);
            self.0.centre(&mut x1);
            (x0, y0) = self.0.swap4(x0, y0);
            (x1, y1) = self.0.swap4(x1, y1);
            self.0.store(x0, p0);
            self.0.store(y0, q0);
            self.0.store(x1, p1);
            self.0.store(y1, q1);
        }
    }

    /// Three stages, from within 1 to within 1.
    #[inline(always)]
    fn inverse_three<const LAST: bool>(
        &self,
        vectors: &mut [[u64; W]],
        twiddles: &[Twiddle; 7],
        whole: &Twiddle,
    ) {
        let (low, high) = vectors.split_at_mut(vectors.len().unbounded_shr(1));
        let (low, middle) = low.split_at_mut(low.len().unbounded_shr(1));
        let (above, high) = high.split_at_mut(high.len().unbounded_shr(1));
        let (r0, r1) = low.split_at_mut(low.len().unbounded_shr(1));
        let (r2, r3) = middle.split_at_mut(middle.len().unbounded_shr(1));
        let (r4, r5) = above.split_at_mut(above.len().unbounded_shr(1));
        let (r6, r7) = high.split_at_mut(high.len().unbounded_shr(1));
        let [t0, t1, t2, t3, t4, t5, t6] = twiddles;
        let rows = r0.iter_mut().zip(r1).zip(r2).zip(r3).zip(r4).zip(r5).zip(r6).zip(r7);
        for (((((((p0, p1), p2), p3), p4), p5), p6), p7) in rows {
            let (mut x0, mut x1) = (self.0.load(p0), self.0.load(p1));
            let (mut x2, mut x3) = (self.0.load(p2), self.0.load(p3));
            let (mut x4, mut x5) = (self.0.load(p4), self.0.load(p5));
            let (mut x6, mut x7) = (self.0.load(p6), self.0.load(p7));
            // 2, and 0.57.
            self.fold(&mut x0, &mut x1, t3);
            self.fold(&mut x2, &mut x3, t4);
            self.fold(&mut x4, &mut x5, t5);
            self.fold(&mut x6, &mut x7, t6);
            // x0, x4: 4; x1, x5: 1.13; x2, x6: 0.63; x3, x7: 0.54.
            self.fold(&mut x0, &mut x2, t1);
            self.fold(&mut x1, &mut x3, t1);
            self.fold(&mut x4, &mut x6, t2);
            self.fold(&mut x5, &mut x7, t2);
            // 2, so that 4 is multiplied.
            self.0.nearer_twice(&mut x0);
            self.0.nearer_twice(&mut x4);
            if LAST {
                self.end(&mut x0, &mut x4, t0, whole);
                self.end(&mut x1, &mut x5, t0, whole);
                self.end(&mut x2, &mut x6, t0, whole);
                self.end(&mut x3, &mut x7, t0, whole);
            } else {
                // 4, 2.3, 1.3, 1.1; the others 0.63.
                self.fold(&mut x0, &mut x4, t0);
                self.fold(&mut x1, &mut x5, t0);
                self.fold(&mut x2, &mut x6, t0);
                self.fold(&mut x3, &mut x7, t0);
                self.0.centre(&mut x0);
                self.0.centre(&mut x1);
                self.0.nearer(&mut x2);
                self.0.nearer(&mut x3);
            }
            self.give::<LAST>(x0, p0);
            self.give::<LAST>(x1, p1);
            self.give::<LAST>(x2, p2);
            self.give::<LAST>(x3, p3);
            self.give::<LAST>(x4, p4);
            self.give::<LAST>(x5, p5);
            self.give::<LAST>(x6, p6);
            self.give::<LAST>(x7, p7);
        }
    }

    /// Two stages, from within 1 to within 1.
    #[inline(always)]
    fn inverse_two<const LAST: bool>(
        &self,
        vectors: &mut [[u64; W]],
        twiddles: &[Twiddle; 3],
        whole: &Twiddle,
    ) {
        let (low, high) = vectors.split_at_mut(vectors.len().unbounded_shr(1));
        let (r0, r1) = low.split_at_mut(low.len().unbounded_shr(1));
        let (r2, r3) = high.split_at_mut(high.len().unbounded_shr(1));
        let [t0, t1, t2] = twiddles;
        for (((p0, p1), p2), p3) in r0.iter_mut().zip(r1).zip(r2).zip(r3) {
            let (mut x0, mut x1) = (self.0.load(p0), self.0.load(p1));
            let (mut x2, mut x3) = (self.0.load(p2), self.0.load(p3));
            // 2, and 0.57.
            self.fold(&mut x0, &mut x1, t1);
            self.fold(&mut x2, &mut x3, t2);
            if LAST {
                self.end(&mut x0, &mut x2, t0, whole);
                self.end(&mut x1, &mut x3, t0, whole);
            } else {
                // 4, and 1.13; the others 0.63.
                self.fold(&mut x0, &mut x2, t0);
                self.fold(&mut x1, &mut x3, t0);
                self.0.centre(&mut x0);
                self.0.nearer(&mut x1);
            }
            self.give::<LAST>(x0, p0);
            self.give::<LAST>(x1, p1);
            self.give::<LAST>(x2, p2);
            self.give::<LAST>(x3, p3);
        }
    }

    /// The last butterfly, which multiplies both by 1/N.
    #[inline(always)]
    fn end(&self, x: &mut A::Value, y: &mut A::Value, twiddle: &Twiddle, whole: &Twiddle) {
        self.fold(x, y, twiddle);
        *x = self.0.times(*x, whole);
    }
}
