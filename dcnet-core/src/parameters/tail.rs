//! Tails of the hypergeometric and the binomial distribution, as natural logarithms.
//!
//! Numbers of meters are whole numbers in `f64`, exact below 2^53. Logarithms come from `libm`, not from the
//! platform, so that everybody computes the same.

/// ln of n over k; −∞ where there is no such choice.
pub(super) fn ln_choose(n: f64, k: f64) -> f64 {
    if k < 0.0 || k > n {
        return f64::NEG_INFINITY;
    }
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// ln n!
pub(super) fn ln_factorial(n: f64) -> f64 {
    libm::lgamma(n + 1.0)
}

/// ln of `share` of all, counted in halvings: 2^−bits / parts.
pub(super) fn ln_of_bits(bits: f64, parts: f64) -> f64 {
    -bits * core::f64::consts::LN_2 - libm::log(parts)
}

/// A sum of positive terms, each the one before times a ratio, that neither overflows nor vanishes.
pub(super) struct LnSum {
    scale: f64,
    sum: f64,
    term: f64,
}

impl LnSum {
    pub(super) fn starting_at(ln_term: f64) -> Self {
        LnSum { scale: ln_term, sum: 1.0, term: 1.0 }
    }

    pub(super) fn add_next(&mut self, ratio: f64) {
        self.term *= ratio;
        self.sum += self.term;
        if self.sum > 1e200 {
            self.scale += libm::log(self.sum);
            self.term /= self.sum;
            self.sum = 1.0;
        }
    }

    /// Whether terms that go on falling as the last one did change nothing.
    pub(super) fn is_done(&self, ratio: f64) -> bool {
        ratio < 1.0 && self.term < 1e-18 * self.sum * (1.0 - ratio)
    }

    pub(super) fn ln(&self) -> f64 {
        self.scale + libm::log(self.sum)
    }
}

/// How many of `drawn` are marked, where `marked` of `total` are.
#[derive(Clone, Copy)]
pub(super) struct Hypergeometric {
    pub(super) total: f64,
    pub(super) marked: f64,
    pub(super) drawn: f64,
}

impl Hypergeometric {
    fn most(&self) -> f64 {
        self.marked.min(self.drawn)
    }

    fn least(&self) -> f64 {
        (self.drawn - (self.total - self.marked)).max(0.0)
    }

    fn ln_point(&self, x: f64) -> f64 {
        let rest = ln_choose(self.total - self.marked, self.drawn - x);
        ln_choose(self.marked, x) + rest - ln_choose(self.total, self.drawn)
    }

    /// P(x + 1) / P(x).
    fn rise(&self, x: f64) -> f64 {
        let others = self.total - self.marked - self.drawn + x + 1.0;
        (self.marked - x) * (self.drawn - x) / ((x + 1.0) * others)
    }

    /// The same for those that are not marked.
    fn unmarked(&self) -> Self {
        Hypergeometric { marked: self.total - self.marked, ..*self }
    }

    /// ln P(X > a).
    pub(super) fn ln_above(&self, a: f64) -> f64 {
        let mut x = (a + 1.0).max(self.least());
        if x > self.most() {
            return f64::NEG_INFINITY;
        }
        let mut sum = LnSum::starting_at(self.ln_point(x));
        while x < self.most() {
            let ratio = self.rise(x);
            sum.add_next(ratio);
            if sum.is_done(ratio) {
                break;
            }
            x += 1.0;
        }
        sum.ln().min(0.0)
    }

    /// ln P(X < t).
    pub(super) fn ln_below(&self, t: f64) -> f64 {
        self.unmarked().ln_above(self.drawn - t)
    }

    /// The least a with P(X > a) ≤ p.
    pub(super) fn hardly_above(&self, ln_p: f64) -> f64 {
        let mut x = self.most();
        let mut sum = LnSum::starting_at(self.ln_point(x));
        while x > self.least() && sum.ln() <= ln_p {
            x -= 1.0;
            sum.add_next(1.0 / self.rise(x));
        }
        x
    }

    /// The largest t with P(X < t) ≤ p.
    pub(super) fn hardly_below(&self, ln_p: f64) -> f64 {
        self.drawn - self.unmarked().hardly_above(ln_p)
    }
}

/// ln P(X ≥ k) for X of `n` trials with chance `p` each.
pub(super) fn ln_binomial_from(n: f64, p: f64, k: f64) -> f64 {
    if k <= 0.0 {
        return 0.0;
    }
    if k > n || p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return 0.0;
    }
    let odds = p / (1.0 - p);
    let first = ln_choose(n, k) + k * libm::log(p) + (n - k) * libm::log1p(-p);
    let mut sum = LnSum::starting_at(first);
    let mut x = k;
    while x < n {
        let ratio = (n - x) / (x + 1.0) * odds;
        sum.add_next(ratio);
        if sum.is_done(ratio) {
            break;
        }
        x += 1.0;
    }
    sum.ln().min(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(ln: f64, p: f64) -> bool {
        (libm::exp(ln) - p).abs() < 1e-12
    }

    #[test]
    fn four_of_ten_marked_five_drawn() {
        let x = Hypergeometric { total: 10.0, marked: 4.0, drawn: 5.0 };
        assert!(near(x.ln_above(2.0), 66.0 / 252.0));
        assert!(near(x.ln_above(3.0), 6.0 / 252.0));
        assert!(near(x.ln_below(2.0), 66.0 / 252.0));
        assert!(near(x.ln_above(-1.0), 1.0) && near(x.ln_above(4.0), 0.0));
        assert!((x.hardly_above(libm::log(0.25)) - 3.0).abs() < 0.1);
        assert!((x.hardly_above(libm::log(0.27)) - 2.0).abs() < 0.1);
        assert!((x.hardly_below(libm::log(0.27)) - 2.0).abs() < 0.1);
        let certain = Hypergeometric { marked: 0.0, ..x };
        assert!(certain.hardly_above(-50.0).abs() < 0.1);
    }

    #[test]
    fn quantiles_are_where_the_tails_cross() {
        for (total, marked, drawn) in [(999.0, 333.0, 80.0), (99_999.0, 5_000.0, 122.0), (60.0, 50.0, 40.0)] {
            let x = Hypergeometric { total, marked, drawn };
            for bits in [1.0, 20.0, 52.0] {
                let p = ln_of_bits(bits, 3.0);
                let a = x.hardly_above(p);
                assert!(x.ln_above(a) <= p && (x.ln_above(a - 1.0) > p || a <= 0.0), "{total} {bits}");
                let t = x.hardly_below(p);
                assert!(x.ln_below(t) <= p && (x.ln_below(t + 1.0) > p || t >= drawn), "{total} {bits}");
            }
        }
    }

    #[test]
    fn binomial() {
        assert!(near(ln_binomial_from(4.0, 0.1, 2.0), 0.0523));
        assert!(near(ln_binomial_from(10.0, 0.5, 10.0), 1.0 / 1024.0));
        assert!(near(ln_binomial_from(3.0, 0.2, 0.0), 1.0) && near(ln_binomial_from(3.0, 0.2, 4.0), 0.0));
    }

    /// From far above the maximum the terms first grow by hundreds of orders of magnitude.
    #[test]
    fn sums_do_not_overflow() {
        let x = Hypergeometric { total: 1e6, marked: 5e5, drawn: 5e3 };
        assert!(near(x.ln_above(0.0), 1.0) && x.ln_above(4999.0) < -3000.0);
    }
}
