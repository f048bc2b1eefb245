//! From coefficients to values: x + w·y and x − w·y. Each stage adds 1/2 to a bound and a little.

use super::{Arithmetic, Lines, Tables, Twiddle, factors};

impl Tables {
    /// In place, on N residues.
    #[allow(clippy::arithmetic_side_effects)] // W is no 0
    #[inline(always)]
    pub(crate) fn forward<const W: usize, A: Arithmetic<W>>(&self, on: A, values: &mut [u64]) {
        let unit = Unit(on);
        let (vectors, _) = values.as_chunks_mut();
        // Residues are below 1, after two stages below 2.08, after three 2.64, after four 3.22.
        match (self.degree, &*self.twos) {
            (4096, _) => unit.forward_three::<true>(vectors, &self.three),
            (_, [top, quarters @ ..]) => {
                unit.forward_two::<true, false>(vectors, top);
                for (quarter, twiddles) in quarter_of(vectors).zip(quarters) {
                    unit.forward_two::<false, false>(quarter, twiddles);
                }
            }
            _ => {}
        }
        let blocks = vectors.chunks_exact_mut(512 / W).zip(self.last.chunks_exact(512 / 16));
        let [wide, middle, narrow] = &self.blocks;
        let twiddles = wide.iter().zip(middle.chunks_exact(4)).zip(narrow.chunks_exact(16));
        for ((block, last), ((wide, middle), narrow)) in blocks.zip(twiddles) {
            // What is added to is made 0.5 first: 1.6.
            unit.forward_two::<false, true>(block, wide);
            // 2.7.
            for (block, middle) in block.chunks_exact_mut(128 / W).zip(middle) {
                unit.forward_two::<false, false>(block, middle);
            }
            // 3.84.
            for (block, narrow) in block.chunks_exact_mut(32 / W).zip(narrow) {
                unit.forward_two::<false, false>(block, narrow);
            }
            unit.forward_last(block, last);
        }
    }
}

/// The four quarters.
fn quarter_of<const W: usize>(vectors: &mut [[u64; W]]) -> impl Iterator<Item = &mut [[u64; W]]> {
    let quarter = vectors.len().unbounded_shr(2).max(1);
    vectors.chunks_exact_mut(quarter)
}

/// The passes.
struct Unit<const W: usize, A: Arithmetic<W>>(A);

impl<const W: usize, A: Arithmetic<W>> Unit<W, A> {
    #[inline(always)]
    fn butterfly(&self, x: &mut A::Value, y: &mut A::Value, twiddle: &Twiddle) {
        self.spread(x, y, self.0.times(*y, twiddle));
    }

    #[inline(always)]
    fn spread(&self, x: &mut A::Value, y: &mut A::Value, product: A::Value) {
        [*x, *y] = self.0.spread(*x, product);
    }

    /// Residues as integers if `FIRST`.
    #[inline(always)]
    fn take<const FIRST: bool>(&self, words: &[u64; W]) -> A::Value {
        if FIRST { self.0.take(words) } else { self.0.load(words) }
    }

    /// Two stages.
    #[inline(always)]
    fn forward_two<const FIRST: bool, const CENTRE: bool>(
        &self,
        vectors: &mut [[u64; W]],
        twiddles: &[Twiddle; 3],
    ) {
        let (low, high) = vectors.split_at_mut(vectors.len().unbounded_shr(1));
        let (r0, r1) = low.split_at_mut(low.len().unbounded_shr(1));
        let (r2, r3) = high.split_at_mut(high.len().unbounded_shr(1));
        let [t0, t1, t2] = twiddles;
        for (((p0, p1), p2), p3) in r0.iter_mut().zip(r1).zip(r2).zip(r3) {
            let (mut x0, mut x1) = (self.take::<FIRST>(p0), self.take::<FIRST>(p1));
            let (mut x2, mut x3) = (self.take::<FIRST>(p2), self.take::<FIRST>(p3));
            if CENTRE {
                self.0.centre(&mut x0);
                self.0.centre(&mut x1);
            }
            self.butterfly(&mut x0, &mut x2, t0);
            self.butterfly(&mut x1, &mut x3, t0);
            self.butterfly(&mut x0, &mut x1, t1);
            self.butterfly(&mut x2, &mut x3, t2);
            self.0.store(x0, p0);
            self.0.store(x1, p1);
            self.0.store(x2, p2);
            self.0.store(x3, p3);
        }
    }

    /// Three stages.
    #[inline(always)]
    fn forward_three<const FIRST: bool>(&self, vectors: &mut [[u64; W]], twiddles: &[Twiddle; 7]) {
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
            let (mut x0, mut x1) = (self.take::<FIRST>(p0), self.take::<FIRST>(p1));
            let (mut x2, mut x3) = (self.take::<FIRST>(p2), self.take::<FIRST>(p3));
            let (mut x4, mut x5) = (self.take::<FIRST>(p4), self.take::<FIRST>(p5));
            let (mut x6, mut x7) = (self.take::<FIRST>(p6), self.take::<FIRST>(p7));
            self.butterfly(&mut x0, &mut x4, t0);
            self.butterfly(&mut x1, &mut x5, t0);
            self.butterfly(&mut x2, &mut x6, t0);
            self.butterfly(&mut x3, &mut x7, t0);
            self.butterfly(&mut x0, &mut x2, t1);
            self.butterfly(&mut x1, &mut x3, t1);
            self.butterfly(&mut x4, &mut x6, t2);
            self.butterfly(&mut x5, &mut x7, t2);
            self.butterfly(&mut x0, &mut x1, t3);
            self.butterfly(&mut x2, &mut x3, t4);
            self.butterfly(&mut x4, &mut x5, t5);
            self.butterfly(&mut x6, &mut x7, t6);
            self.0.store(x0, p0);
            self.0.store(x1, p1);
            self.0.store(x2, p2);
            self.0.store(x3, p3);
            self.0.store(x4, p4);
            self.0.store(x5, p5);
            self.0.store(x6, p6);
            self.0.store(x7, p7);
        }
    }

    /// The last three, and to residues. Two pairs of vectors side by side, since each step waits for the one before.
    #[inline(always)]
    fn forward_last(&self, block: &mut [[u64; W]], lines: &[[Lines; 3]]) {
        for (place, [p0, q0, p1, q1]) in block.as_chunks_mut().0.iter_mut().enumerate() {
            let Some([f0, f1]) = factors::<W>(lines, place) else { continue };
            let (mut x0, mut y0) = self.0.swap4(self.0.load(p0), self.0.load(q0));
            let (mut x1, mut y1) = self.0.swap4(self.0.load(p1), self.0.load(q1));
            // 0.5, and 2.2 after all stages.
            self.0.centre(&mut x0);
            self.0.centre(&mut x1);
            self.butterfly_lanes(&mut x0, &mut y0, f0.on4);
            self.butterfly_lanes(&mut x1, &mut y1, f1.on4);
            (x0, y0) = self.0.swap2(x0, y0);
            (x1, y1) = self.0.swap2(x1, y1);
            self.butterfly_lanes(&mut x0, &mut y0, f0.on2);
            self.butterfly_lanes(&mut x1, &mut y1, f1.on2);
            (x0, y0) = self.0.swap1(x0, y0);
            (x1, y1) = self.0.swap1(x1, y1);
            self.butterfly_lanes(&mut x0, &mut y0, f0.on1);
            self.butterfly_lanes(&mut x1, &mut y1, f1.on1);
            self.0.centre(&mut x0);
            self.0.centre(&mut y0);
            self.0.centre(&mut x1);
            self.0.centre(&mut y1);
            (x0, y0) = self.0.interleave(x0, y0);
            (x1, y1) = self.0.interleave(x1, y1);
            self.0.give(x0, p0);
            self.0.give(y0, q0);
            self.0.give(x1, p1);
            self.0.give(y1, q1);
        }
    }

    #[inline(always)]
    fn butterfly_lanes(&self, x: &mut A::Value, y: &mut A::Value, twiddles: [&[u64; W]; 2]) {
        self.spread(x, y, self.0.times_lanes(*y, twiddles));
    }
}
