//! The distributions, term by term.

/// P(0), P(1) … of NB(r, p).
pub(crate) fn negative_binomial(r: f64, p: f64, terms: usize) -> Vec<f64> {
    let mut chance = (1.0 - p).powf(r);
    let mut all = Vec::with_capacity(terms);
    for k in 0..terms {
        all.push(chance);
        chance *= p * (k as f64 + r) / (k as f64 + 1.0);
    }
    all
}

/// P(k) of the difference of two of them, for k ≥ 0; it is symmetric. By convolution.
pub(crate) fn difference(f: &[f64]) -> Vec<f64> {
    (0..f.len()).map(|k| f[k..].iter().zip(f).map(|(a, b)| a * b).sum()).collect()
}

/// The same from the recurrence `p (k + 1 − r) g(k + 1) = (1 + p²) k g(k) − p (k − 1 + r) g(k − 1)` of its
/// coefficients, downwards, where it is stable: for scales at which a convolution would take hours.
pub(crate) fn difference_by_recurrence(r: f64, p: f64, terms: usize) -> Vec<f64> {
    let all = 2 * terms;
    let mut g = vec![0.0; all + 1];
    g[all - 1] = 1e-280;
    for k in (1..all).rev() {
        let n = k as f64;
        g[k - 1] = ((1.0 + p * p) * n * g[k] - p * (n + 1.0 - r) * g[k + 1]) / (p * (n - 1.0 + r));
        if g[k - 1] > 1e200 {
            g.iter_mut().for_each(|g| *g *= 1e-200);
        }
    }
    let total = g[0] + 2.0 * g[1..].iter().sum::<f64>();
    g.iter_mut().for_each(|g| *g /= total);
    g.truncate(terms);
    g
}

/// P(k) of discrete Laplace noise.
pub(crate) fn laplace(p: f64, k: i64) -> f64 {
    (1.0 - p) / (1.0 + p) * p.powf(k.unsigned_abs() as f64)
}

/// Terms beyond which less than 2^−64 is left.
pub(crate) fn enough(p: f64) -> usize {
    (45.0 / -p.ln()) as usize + 2
}

/// What the sum of m shares is, computed from one share.
#[test]
fn shares_add_up_to_discrete_laplace() {
    for (p, honest) in [(0.5f64, 2), (0.9, 3), (0.95, 10)] {
        let terms = enough(p);
        let share = negative_binomial(1.0 / f64::from(honest), p, terms);
        let mut sum = vec![0.0; terms];
        sum[0] = 1.0;
        for _ in 0..honest {
            let mut next = vec![0.0; terms];
            for (i, a) in sum.iter().enumerate() {
                next[i..].iter_mut().zip(&share).for_each(|(next, b)| *next += a * b);
            }
            sum = next;
        }
        for (k, chance) in (0..).zip(difference(&sum)) {
            assert!((chance - laplace(p, k)).abs() < 1e-14, "{p} {honest} {k}: {chance}");
        }
    }
}

#[test]
fn the_recurrence_is_the_convolution() {
    for (p, r) in [(0.9f64, 1.0), (0.99, 0.5), (0.99, 0.1), (0.98, 0.37)] {
        let terms = enough(p);
        let both = difference(&negative_binomial(r, p, terms));
        for (k, (a, b)) in both.iter().zip(difference_by_recurrence(r, p, terms)).take(terms / 2).enumerate()
        {
            assert!((a - b).abs() <= 1e-9 * a, "{p} {r} {k}: {a} {b}");
        }
    }
}
