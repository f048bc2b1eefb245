//! What can go wrong in a union of random Hamiltonian cycles, and how probable it is at most.

use alloc::vec;
use alloc::vec::Vec;

use super::tail::{Hypergeometric, LnSum, ln_binomial_from, ln_choose, ln_factorial};
use super::{Case, THIN_GRAPHS};

/// Sets up to this size are looked at one size at a time, larger ones in ranges.
const ONE_BY_ONE: f64 = 256.0;

/// How many distinct neighbours a meter has: the probability of each number.
pub(super) struct Distinct {
    others: f64,
    of: Vec<f64>,
}

impl Distinct {
    pub(super) fn without_cycles(meters: f64) -> Self {
        Distinct { others: meters - 1.0, of: vec![1.0] }
    }

    /// One more cycle: two neighbours, any two of the others, of which the meter may have either already.
    pub(super) fn add_cycle(&mut self) {
        let pairs = self.others * (self.others - 1.0);
        let mut next = vec![0.0; self.of.len().saturating_add(2)];
        for (have, (known, p)) in self.points().enumerate() {
            let fresh = self.others - known;
            let ways = [known * (known - 1.0), 2.0 * known * fresh, fresh * (fresh - 1.0)];
            for (to, ways) in next.iter_mut().skip(have).zip(ways) {
                *to += p * (ways / pairs).max(0.0);
            }
        }
        self.of = next;
    }

    /// Each number with its probability.
    pub(super) fn points(&self) -> impl Iterator<Item = (f64, f64)> {
        (0u32..).map(f64::from).zip(self.of.iter().copied())
    }

    /// The largest k such that a graph has a meter with fewer than k in at most [`THIN_GRAPHS`] of the cases.
    pub(super) fn counted_on(&self, meters: f64) -> f64 {
        let mut below = 0.0;
        for (k, p) in self.points() {
            below += p;
            if meters * below > THIN_GRAPHS {
                return k;
            }
        }
        self.others
    }

    /// The bound for some meter having more than `least(d)` − m colluders among its d distinct neighbours.
    pub(super) fn isolated(&self, case: &Case, m: f64, least: impl Fn(f64) -> f64) -> f64 {
        let one = self.points().filter(|(_, p)| *p > 0.0).map(|(drawn, p)| {
            let around = Hypergeometric { total: self.others, marked: case.colluders, drawn };
            p * libm::exp(around.ln_above(least(drawn) - m))
        });
        case.meters * one.sum::<f64>()
    }

    /// The bound for some meter of a round having fewer than `least(d)` of its d distinct neighbours left.
    pub(super) fn stuck(&self, case: &Case, least: impl Fn(f64) -> f64) -> f64 {
        let one = self.points().filter(|(_, p)| *p > 0.0).map(|(drawn, p)| {
            let marked = self.others - case.absent;
            p * libm::exp(Hypergeometric { total: self.others, marked, drawn }.ln_below(least(drawn)))
        });
        case.meters * one.sum::<f64>()
    }
}

/// The bound for a set of honest meters, each with m others of the set around it, that is a pocket and can be
/// split off. Every size counts with the event that is less probable for it.
pub(super) fn cut_off(case: &Case, degree: f64, counted_on: f64, m: f64) -> f64 {
    let half = libm::floor(case.honest() / 2.0);
    let mut bound = 0.0;
    let mut size = m + 1.0;
    while size <= half {
        let (last, pocket) = if size <= ONE_BY_ONE {
            (size, ln_pocket(case, degree, m, size))
        } else {
            let last = libm::floor(size * (33.0 / 32.0)).min(half);
            (last, ln_pockets(case, degree, m, size, last))
        };
        bound += libm::exp(pocket.min(ln_split(case, counted_on, size, last)));
        size = last + 1.0;
    }
    bound
}

/// ln of the expected number of sets of `size` with size · m/2 edges inside.
fn ln_pocket(case: &Case, degree: f64, m: f64, size: f64) -> f64 {
    let edges = libm::ceil(size * m / 2.0);
    let (places, chance) = (size * degree / 2.0, (size - 1.0) / (case.meters - 1.0));
    // Hoeffding's bound begins one above the mean.
    let dense = if edges < places * chance + 1.0 { 0.0 } else { ln_binomial_from(places, chance, edges) };
    ln_choose(case.honest(), size) + dense
}

/// The same for all sizes `first` … `last`: the logarithm of (en/s)^s · (e·s·degree/(m(n − 1)))^(sm/2), which is above
/// the former, is convex in the size s for m ≥ 2, so no size is above both ends.
fn ln_pockets(case: &Case, degree: f64, m: f64, first: f64, last: f64) -> f64 {
    if m < 2.0 {
        return f64::INFINITY;
    }
    let at = |size: f64| {
        let inside = size * degree / (m * (case.meters - 1.0));
        size * (1.0 + libm::log(case.honest() / size)) + size * m / 2.0 * (1.0 + libm::log(inside))
    };
    // Where the bound rises with the edges it says nothing.
    if last * degree > m * (case.meters - 1.0) {
        return f64::INFINITY;
    }
    at(first).max(at(last)) + libm::log(last - first + 1.0)
}

/// ln of the expected number of pairs (`first` honest meters, honest ones that are left when `last` and the
/// absent are taken away) without an edge in counted_on/2 cycles. A set of any size in between contains such a pair.
fn ln_split(case: &Case, counted_on: f64, first: f64, last: f64) -> f64 {
    let honest = case.honest();
    let rest = (honest - case.absent - last).max(1.0);
    let pairs = ln_choose(honest, first) + ln_choose(honest - first, rest);
    pairs + counted_on / 2.0 * ln_apart(case.meters, first, rest, first > ONE_BY_ONE)
}

/// ln of the probability that nobody of S is beside anybody of U on a random cycle, |S| = s, |U| = u.
///
/// Let r = n − s − u others stand in a circle, which has r gaps. S comes in b blocks, one each in b of the gaps, and U
/// into the other r − b: C(r, b) · s! C(s − 1, b − 1) · u! C(u + r − b − 1, u) · (r − 1)! of (n − 1)! orders, summed over b. The
/// terms have one maximum: `roughly` takes it for each of them.
fn ln_apart(n: f64, s: f64, u: f64, roughly: bool) -> f64 {
    let r = n - s - u;
    let most = s.min(r - 1.0);
    if most < 1.0 {
        return f64::NEG_INFINITY;
    }
    let term = |b: f64| ln_choose(r, b) + ln_choose(s - 1.0, b - 1.0) + ln_choose(u + r - b - 1.0, u);
    // Term b − 1 over term b.
    let ratio = |b: f64| b / (r - b + 1.0) * ((b - 1.0) / (s - b + 1.0)) * ((u + r - b) / (r - b));
    let blocks = if roughly {
        let (mut low, mut high) = (1.0, most); // the maximum is in low … high
        while low < high {
            let middle = libm::ceil((low + high) / 2.0);
            if ratio(middle) > 1.0 { high = middle - 1.0 } else { low = middle }
        }
        term(low) + libm::log(most)
    } else {
        let (mut b, mut sum) = (most, LnSum::starting_at(term(most)));
        while b > 1.0 {
            let ratio = ratio(b);
            sum.add_next(ratio);
            if sum.is_done(ratio) {
                break;
            }
            b -= 1.0;
        }
        sum.ln()
    };
    let orders = ln_factorial(s) + ln_factorial(u) + ln_factorial(r - 1.0) - ln_factorial(n - 1.0);
    (blocks + orders).min(0.0)
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::unwrap_used)]
mod tests {
    use super::*;

    /// All orders of 1 … n − 1 after 0, around a circle.
    fn circles(n: usize) -> Vec<Vec<usize>> {
        let mut all = vec![vec![0]];
        for next in 1..n {
            let longer = all.iter().flat_map(|circle| {
                (1..=circle.len()).map(move |place| {
                    let mut circle = circle.clone();
                    circle.insert(place, next);
                    circle
                })
            });
            all = longer.collect();
        }
        all
    }

    /// How often each predicate of two neighbours on a circle holds.
    fn sides(circle: &[usize], hit: impl Fn(usize, usize) -> bool) -> usize {
        let next = circle.iter().cycle().skip(1);
        circle.iter().zip(next).filter(|(a, b)| hit(**a, **b) || hit(**b, **a)).count()
    }

    #[test]
    fn sets_that_are_apart_counted_one_by_one() {
        let all = circles(8);
        for (s, u) in [(1, 1), (1, 3), (2, 2), (3, 2), (2, 4), (4, 3)] {
            let apart = |c: &&Vec<usize>| sides(c, |a, b| a < s && (s..s + u).contains(&b)) == 0;
            let share = all.iter().filter(apart).count() as f64 / all.len() as f64;
            let exact = ln_apart(8.0, s as f64, u as f64, false);
            assert!((libm::exp(exact) - share).abs() < 1e-12, "{s} {u} {share}");
            let rough = ln_apart(8.0, s as f64, u as f64, true);
            assert!(rough >= exact && rough <= exact + libm::log(s as f64) + 1e-12, "{s} {u}");
        }
        assert_eq!(ln_apart(8.0, 4.0, 4.0, false), f64::NEG_INFINITY);
    }

    #[test]
    fn edges_inside_a_set_are_hypergeometric() {
        let all = circles(7);
        for s in 2..6usize {
            let x = Hypergeometric { total: 6.0, marked: s as f64 - 1.0, drawn: s as f64 };
            for least in 1..s {
                let dense = all.iter().filter(|c| sides(c, |a, b| a < s && b < s) >= least).count();
                let share = dense as f64 / all.len() as f64;
                assert!((libm::exp(x.ln_above(least as f64 - 1.0)) - share).abs() < 1e-12, "{s} {least}");
                // Hoeffding's bound, from one above the mean on.
                let (places, chance) = (s as f64, (s as f64 - 1.0) / 6.0);
                if least as f64 >= places * chance + 1.0 {
                    assert!(libm::exp(ln_binomial_from(places, chance, least as f64)) >= share - 1e-12);
                }
            }
        }
    }

    #[test]
    fn two_cycles_of_five() {
        let mut distinct = Distinct::without_cycles(5.0);
        distinct.add_cycle();
        distinct.add_cycle();
        let of: Vec<f64> = distinct.points().map(|(_, p)| p).collect();
        let expected = [0.0, 0.0, 1.0 / 6.0, 4.0 / 6.0, 1.0 / 6.0];
        assert!(of.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{of:?}");
    }

    #[test]
    fn ranges_bound_what_is_in_them() {
        let case = Case::new(100_000, 1.0 / 3.0, 0.05, 40).unwrap();
        for (first, last) in [(257.0, 265.0), (600.0, 618.0)] {
            for size in [first, first + 4.0, last] {
                assert!(ln_pockets(&case, 122.0, 6.0, first, last) >= ln_pocket(&case, 122.0, 6.0, size));
                assert!(ln_split(&case, 119.0, first, last) >= ln_split(&case, 119.0, size, size));
            }
        }
    }
}
