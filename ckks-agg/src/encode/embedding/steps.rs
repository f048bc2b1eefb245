//! Steps of the transform, eight values at a time. Each is `#[inline(always)]`, so that it is compiled with the vectors
//! of the path that it runs on.
#![allow(clippy::indexing_slicing)] // l < LANES, and blocks that divide the length; iterators do not vectorise
#![allow(clippy::arithmetic_side_effects)] // of places within a transform

use super::Embedding;

/// Values in the smallest blocks that transforms work on with factors from memory.
pub(super) const LANES: usize = 8;

/// Real and imaginary parts.
pub(super) type Complex<'a> = [&'a mut [f64]; 2];

/// The reversal of three bits.
const REVERSED: [usize; LANES] = [0, 4, 2, 6, 1, 5, 3, 7];

/// a + b·w and a − b·w.
#[inline(always)]
fn up(a: (f64, f64), b: (f64, f64), w: (f64, f64)) -> [(f64, f64); 2] {
    let (x, y) = (b.0 * w.0 - b.1 * w.1, b.0 * w.1 + b.1 * w.0);
    [(a.0 + x, a.1 + y), (a.0 - x, a.1 - y)]
}

/// a + b and (a − b)·w̄.
#[inline(always)]
fn down(a: (f64, f64), b: (f64, f64), w: (f64, f64)) -> [(f64, f64); 2] {
    let (x, y) = (a.0 - b.0, a.1 - b.1);
    [(a.0 + b.0, a.1 + b.1), (x * w.0 + y * w.1, y * w.0 - x * w.1)]
}

/// A quarter of a block, or half of one.
type Part<'a> = (&'a mut [f64], &'a mut [f64]);

type Factors<'a> = (&'a [f64], &'a [f64]);

/// Blocks of 2·`half`.
#[inline(always)]
pub(super) fn one_up(embedding: &Embedding, half: usize, [re, im]: Complex<'_>) {
    for (re, im) in re.chunks_exact_mut(2 * half).zip(im.chunks_exact_mut(2 * half)) {
        let ((a, b), (c, d)) = (re.split_at_mut(half), im.split_at_mut(half));
        pass_up((a, c), (b, d), embedding.factors(half));
    }
}

#[inline(always)]
fn pass_up((a, c): Part<'_>, (b, d): Part<'_>, (w, v): Factors<'_>) {
    let n = a.len();
    let (b, c, d, w, v) = (&mut b[..n], &mut c[..n], &mut d[..n], &w[..n], &v[..n]);
    for j in 0..n {
        let [x, y] = up((a[j], c[j]), (b[j], d[j]), (w[j], v[j]));
        ((a[j], c[j]), (b[j], d[j])) = (x, y);
    }
}

/// Blocks of 2·`half`.
#[inline(always)]
pub(super) fn one_down(embedding: &Embedding, half: usize, [re, im]: Complex<'_>) {
    for (re, im) in re.chunks_exact_mut(2 * half).zip(im.chunks_exact_mut(2 * half)) {
        let ((a, b), (c, d)) = (re.split_at_mut(half), im.split_at_mut(half));
        pass_down((a, c), (b, d), embedding.factors(half));
    }
}

#[inline(always)]
fn pass_down((a, c): Part<'_>, (b, d): Part<'_>, (w, v): Factors<'_>) {
    let n = a.len();
    let (b, c, d, w, v) = (&mut b[..n], &mut c[..n], &mut d[..n], &w[..n], &v[..n]);
    for j in 0..n {
        let [x, y] = down((a[j], c[j]), (b[j], d[j]), (w[j], v[j]));
        ((a[j], c[j]), (b[j], d[j])) = (x, y);
    }
}

/// Blocks of 2·`half`, then of 4·`half`.
#[inline(always)]
pub(super) fn two_up(embedding: &Embedding, half: usize, [re, im]: Complex<'_>) {
    for (re, im) in re.chunks_exact_mut(4 * half).zip(im.chunks_exact_mut(4 * half)) {
        let ((a, c), (ai, ci)) = (re.split_at_mut(2 * half), im.split_at_mut(2 * half));
        let ((a, b), (ai, bi)) = (a.split_at_mut(half), ai.split_at_mut(half));
        let ((c, d), (ci, di)) = (c.split_at_mut(half), ci.split_at_mut(half));
        let (w2, v2) = embedding.factors(2 * half);
        let ((w2, w3), (v2, v3)) = (w2.split_at(half), v2.split_at(half));
        passes_up(a, b, c, d, ai, bi, ci, di, embedding.factors(half), (w2, v2), (w3, v3));
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)] // each a slice that the compiler knows to be apart
fn passes_up(
    a: &mut [f64],
    b: &mut [f64],
    c: &mut [f64],
    d: &mut [f64],
    ai: &mut [f64],
    bi: &mut [f64],
    ci: &mut [f64],
    di: &mut [f64],
    (w, v): Factors<'_>,
    (w2, v2): Factors<'_>,
    (w3, v3): Factors<'_>,
) {
    let n = a.len();
    let (b, c, d) = (&mut b[..n], &mut c[..n], &mut d[..n]);
    let (ai, bi, ci, di) = (&mut ai[..n], &mut bi[..n], &mut ci[..n], &mut di[..n]);
    let (w, v, w2, v2, w3, v3) = (&w[..n], &v[..n], &w2[..n], &v2[..n], &w3[..n], &v3[..n]);
    for j in 0..n {
        let [x, y] = up((a[j], ai[j]), (b[j], bi[j]), (w[j], v[j]));
        let [z, t] = up((c[j], ci[j]), (d[j], di[j]), (w[j], v[j]));
        let [x, z] = up(x, z, (w2[j], v2[j]));
        let [y, t] = up(y, t, (w3[j], v3[j]));
        ((a[j], ai[j]), (b[j], bi[j])) = (x, y);
        ((c[j], ci[j]), (d[j], di[j])) = (z, t);
    }
}

/// Blocks of 2·`half`, then of `half`.
#[inline(always)]
pub(super) fn two_down(embedding: &Embedding, half: usize, [re, im]: Complex<'_>) {
    let quarter = half / 2;
    for (re, im) in re.chunks_exact_mut(2 * half).zip(im.chunks_exact_mut(2 * half)) {
        let ((a, c), (ai, ci)) = (re.split_at_mut(half), im.split_at_mut(half));
        let ((a, b), (ai, bi)) = (a.split_at_mut(quarter), ai.split_at_mut(quarter));
        let ((c, d), (ci, di)) = (c.split_at_mut(quarter), ci.split_at_mut(quarter));
        let (w2, v2) = embedding.factors(half);
        let ((w2, w3), (v2, v3)) = (w2.split_at(quarter), v2.split_at(quarter));
        passes_down(a, b, c, d, ai, bi, ci, di, embedding.factors(quarter), (w2, v2), (w3, v3));
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)] // as above
fn passes_down(
    a: &mut [f64],
    b: &mut [f64],
    c: &mut [f64],
    d: &mut [f64],
    ai: &mut [f64],
    bi: &mut [f64],
    ci: &mut [f64],
    di: &mut [f64],
    (w, v): Factors<'_>,
    (w2, v2): Factors<'_>,
    (w3, v3): Factors<'_>,
) {
    let n = a.len();
    let (b, c, d) = (&mut b[..n], &mut c[..n], &mut d[..n]);
    let (ai, bi, ci, di) = (&mut ai[..n], &mut bi[..n], &mut ci[..n], &mut di[..n]);
    let (w, v, w2, v2, w3, v3) = (&w[..n], &v[..n], &w2[..n], &v2[..n], &w3[..n], &v3[..n]);
    for j in 0..n {
        let [x, z] = down((a[j], ai[j]), (c[j], ci[j]), (w2[j], v2[j]));
        let [y, t] = down((b[j], bi[j]), (d[j], di[j]), (w3[j], v3[j]));
        let [x, y] = down(x, y, (w[j], v[j]));
        let [z, t] = down(z, t, (w[j], v[j]));
        ((a[j], ai[j]), (b[j], bi[j])) = (x, y);
        ((c[j], ci[j]), (d[j], di[j])) = (z, t);
    }
}

/// The factors of blocks of 2, 4 and 8.
struct Inner {
    two: [(f64, f64); 1],
    four: [(f64, f64); 2],
    eight: [(f64, f64); 4],
}

impl Inner {
    #[inline(always)]
    fn of(embedding: &Embedding) -> Self {
        fn first<const K: usize>((re, im): Factors<'_>) -> [(f64, f64); K] {
            let mut all = [(0.0, 0.0); K];
            for (factor, (re, im)) in all.iter_mut().zip(re.iter().zip(im)) {
                *factor = (*re, *im);
            }
            all
        }
        Inner {
            two: first(embedding.factors(1)),
            four: first(embedding.factors(2)),
            eight: first(embedding.factors(4)),
        }
    }
}

/// What is at 8·i + e in the order of reversed bits, all i for an e side by side, e = 0 … 7.
#[inline(always)]
fn rows(part: &mut [f64]) -> [&mut [f64]; LANES] {
    let mut rows = part.chunks_exact_mut(part.len() / LANES);
    let [e0, e4, e2, e6, e1, e5, e3, e7] = [(); LANES].map(|()| rows.next().unwrap_or_default());
    [e0, e1, e2, e3, e4, e5, e6, e7]
}

/// Blocks of 2, 4 and 8 of values whose order will be reversed.
#[inline(always)]
pub(super) fn first_three(embedding: &Embedding, [re, im]: Complex<'_>) {
    let Inner { two: [w], four: [v0, v1], eight: [u0, u1, u2, u3] } = Inner::of(embedding);
    let ([a, b, c, d, e, f, g, h], [ai, bi, ci, di, ei, fi, gi, hi]) = (rows(re), rows(im));
    rows_up(a, b, c, d, ai, bi, ci, di, [w, v0, v1]);
    rows_up(e, f, g, h, ei, fi, gi, hi, [w, v0, v1]);
    row_up((a, ai), (e, ei), u0);
    row_up((b, bi), (f, fi), u1);
    row_up((c, ci), (g, gi), u2);
    row_up((d, di), (h, hi), u3);
}

/// Blocks of 8, 4 and 2 of values whose order has been reversed.
#[inline(always)]
pub(super) fn last_three(embedding: &Embedding, [re, im]: Complex<'_>) {
    let Inner { two: [w], four: [v0, v1], eight: [u0, u1, u2, u3] } = Inner::of(embedding);
    let ([a, b, c, d, e, f, g, h], [ai, bi, ci, di, ei, fi, gi, hi]) = (rows(re), rows(im));
    row_down((a, ai), (e, ei), u0);
    row_down((b, bi), (f, fi), u1);
    row_down((c, ci), (g, gi), u2);
    row_down((d, di), (h, hi), u3);
    rows_down(a, b, c, d, ai, bi, ci, di, [v0, v1, w]);
    rows_down(e, f, g, h, ei, fi, gi, hi, [v0, v1, w]);
}

#[inline(always)]
fn row_up((a, c): Part<'_>, (b, d): Part<'_>, w: (f64, f64)) {
    let n = a.len();
    let (b, c, d) = (&mut b[..n], &mut c[..n], &mut d[..n]);
    for j in 0..n {
        let [x, y] = up((a[j], c[j]), (b[j], d[j]), w);
        ((a[j], c[j]), (b[j], d[j])) = (x, y);
    }
}

#[inline(always)]
fn row_down((a, c): Part<'_>, (b, d): Part<'_>, w: (f64, f64)) {
    let n = a.len();
    let (b, c, d) = (&mut b[..n], &mut c[..n], &mut d[..n]);
    for j in 0..n {
        let [x, y] = down((a[j], c[j]), (b[j], d[j]), w);
        ((a[j], c[j]), (b[j], d[j])) = (x, y);
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)] // as above
fn rows_up(
    a: &mut [f64],
    b: &mut [f64],
    c: &mut [f64],
    d: &mut [f64],
    ai: &mut [f64],
    bi: &mut [f64],
    ci: &mut [f64],
    di: &mut [f64],
    [w, v0, v1]: [(f64, f64); 3],
) {
    let n = a.len();
    let (b, c, d) = (&mut b[..n], &mut c[..n], &mut d[..n]);
    let (ai, bi, ci, di) = (&mut ai[..n], &mut bi[..n], &mut ci[..n], &mut di[..n]);
    for j in 0..n {
        let [x, y] = up((a[j], ai[j]), (b[j], bi[j]), w);
        let [z, t] = up((c[j], ci[j]), (d[j], di[j]), w);
        let [x, z] = up(x, z, v0);
        let [y, t] = up(y, t, v1);
        ((a[j], ai[j]), (b[j], bi[j])) = (x, y);
        ((c[j], ci[j]), (d[j], di[j])) = (z, t);
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments)] // as above
fn rows_down(
    a: &mut [f64],
    b: &mut [f64],
    c: &mut [f64],
    d: &mut [f64],
    ai: &mut [f64],
    bi: &mut [f64],
    ci: &mut [f64],
    di: &mut [f64],
    [v0, v1, w]: [(f64, f64); 3],
) {
    let n = a.len();
    let (b, c, d) = (&mut b[..n], &mut c[..n], &mut d[..n]);
    let (ai, bi, ci, di) = (&mut ai[..n], &mut bi[..n], &mut ci[..n], &mut di[..n]);
    for j in 0..n {
        let [x, z] = down((a[j], ai[j]), (c[j], ci[j]), v0);
        let [y, t] = down((b[j], bi[j]), (d[j], di[j]), v1);
        let [x, y] = down(x, y, w);
        let [z, t] = down(z, t, w);
        ((a[j], ai[j]), (b[j], bi[j])) = (x, y);
        ((c[j], ci[j]), (d[j], di[j])) = (z, t);
    }
}

/// The order of reversed bits, and back: eight times eight values at a time. Not for a path's vectors, since compilers
/// make slow gathers of it.
#[inline(never)]
pub(super) fn reverse(reversed: &[u32], from: &[f64], to: &mut [f64]) {
    let (from, to) = (from.as_chunks::<LANES>().0, to.as_chunks_mut::<LANES>().0);
    let stride = reversed.len();
    for (b, reversed) in reversed.iter().enumerate() {
        for (l, lane) in REVERSED.into_iter().enumerate() {
            let row = from[l * stride + b];
            for (e, value) in REVERSED.into_iter().zip(row) {
                to[e * stride + *reversed as usize][lane] = value;
            }
        }
    }
}
