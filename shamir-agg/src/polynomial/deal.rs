//! Shares from drawn coefficients, without a multiplication.
//!
//! With f(x) = s + Σ_r (−1)^r · c_r · binom(x, r) the shares f(1) … f(m) cost t − 1 subtractions each
//! (`meter_link::field::newton`). The c_r are a bijection of the ordinary coefficients, for binom(x, r) has
//! degree r: uniform c_r give uniform ordinary ones, which is Shamir's distribution.

use core::ops::Sub;

use meter_link::field::newton;
use zeroize::optimization_barrier;

/// Shares every secret; `draw` fills slices with uniform elements, t − 1 for each secret in all. Lengths are
/// checked. (Over any field, so that a test can go through all coefficients of a small one.)
pub(super) fn deal<E: Copy + Default + Sub<Output = E>>(
    secret: &[E],
    threshold: u8,
    shares: &mut [&mut [E]],
    draw: impl FnMut(&mut [E]),
) {
    // A single secret should not pay for a table that is laid out for many.
    if secret.len().saturating_mul(threshold.into()) <= SMALL {
        deal_in::<SMALL, E>(secret, threshold, shares, draw);
    } else {
        deal_in::<TABLE, E>(secret, threshold, shares, draw);
    }
}

/// Elements of the table on the stack: t ≤ 255 rows fit into it, and more would only take longer to wipe.
const TABLE: usize = if cfg!(target_pointer_width = "64") { 512 } else { 256 };
const SMALL: usize = 32;

fn deal_in<const N: usize, E: Copy + Default + Sub<Output = E>>(
    secret: &[E],
    threshold: u8,
    shares: &mut [&mut [E]],
    mut draw: impl FnMut(&mut [E]),
) {
    let rows = usize::from(threshold);
    let mut table = [E::default(); N];
    let most = N.checked_div(rows).unwrap_or_default();
    // Whole vectors, where there is room.
    let most = if most > 8 { most & !7 } else { most.max(1) };
    let mut start = 0usize;
    for secret in secret.chunks(most) {
        let width = secret.len();
        let Some(table) = table.get_mut(..rows.wrapping_mul(width)) else { break };
        let (first, coefficients) = table.split_at_mut(width);
        first.copy_from_slice(secret);
        draw(coefficients);
        newton::evaluate(table, width, shares, start);
        start = start.wrapping_add(width);
    }
    table.fill(E::default());
    optimization_barrier(&table);
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use crate::polynomial::{combine, split};
    use alloc::vec::Vec;
    use alloc::{format, vec};
    use chacha20::ChaCha20Rng;
    use meter_link::Field64;
    use rand_core::SeedableRng;

    /// The integers modulo 17.
    #[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
    struct Small(u8);

    const Q: u8 = 17;

    impl Sub for Small {
        type Output = Self;
        fn sub(self, other: Self) -> Self {
            Small((self.0 + Q - other.0) % Q)
        }
    }

    const T: usize = 3;
    const M: usize = 5;

    /// The shares of `secret` under every pair of coefficients, by the code that ships.
    fn all_sharings(secret: u8) -> Vec<[u8; M]> {
        let pairs: Vec<[u8; T - 1]> = (0..Q).flat_map(|a| (0..Q).map(move |b| [a, b])).collect();
        // In one call, so that several tables are filled and the last is not full.
        let secrets = vec![Small(secret); pairs.len()];
        let mut drawn = 0;
        let mut columns = vec![vec![Small(99); pairs.len()]; M];
        let mut places: Vec<&mut [Small]> = columns.iter_mut().map(Vec::as_mut_slice).collect();
        deal_in::<64, Small>(&secrets, 3, &mut places, |rows| {
            let width = rows.len() / (T - 1);
            for (r, row) in rows.chunks_mut(width).enumerate() {
                for (n, element) in row.iter_mut().enumerate() {
                    *element = Small(pairs[drawn + n][r]);
                }
            }
            drawn += width;
        });
        assert_eq!(drawn, pairs.len());
        (0..pairs.len()).map(|n| core::array::from_fn(|a| columns[a][n].0)).collect()
    }

    fn chi_square(counts: &[usize]) -> f64 {
        let total: usize = counts.iter().sum();
        let expected = total as f64 / counts.len() as f64;
        counts.iter().map(|c| (*c as f64 - expected).powi(2) / expected).sum()
    }

    /// Any t − 1 shares take every pair of values once, whatever the secret is.
    #[test]
    fn fewer_shares_are_uniform_and_independent_of_the_secret() {
        for secret in 0..Q {
            let sharings = all_sharings(secret);
            assert_eq!(sharings.len(), usize::from(Q) * usize::from(Q));
            for (a, b) in (0..M).flat_map(|a| (0..a).map(move |b| (a, b))) {
                let mut counts = [0; (Q as usize) * (Q as usize)];
                for shares in &sharings {
                    counts[usize::from(shares[a]) * usize::from(Q) + usize::from(shares[b])] += 1;
                }
                assert!(counts.iter().all(|count| *count == 1), "secret {secret}, shares {a} and {b}");
                assert!(chi_square(&counts) < 1e-9);
            }
        }
    }

    /// Any t shares have one secret in common with every sharing that gives them.
    #[test]
    fn enough_shares_give_the_secret() {
        let quorums = (0..M).flat_map(|a| (0..a).flat_map(move |b| (0..b).map(move |c| [a, b, c])));
        let all: Vec<Vec<[u8; M]>> = (0..Q).map(all_sharings).collect();
        for quorum in quorums {
            let cube = usize::from(Q).pow(3);
            let mut owner = vec![None; cube];
            for (secret, sharings) in all.iter().enumerate() {
                for shares in sharings {
                    let at = quorum.iter().fold(0, |at, a| at * usize::from(Q) + usize::from(shares[*a]));
                    assert_eq!(owner[at].replace(secret), None, "{quorum:?}");
                }
            }
            // As many sharings as triples: each triple belongs to one secret, and it is the Lagrange value.
            for (at, secret) in owner.into_iter().enumerate() {
                let q = usize::from(Q);
                let values = [at / q / q, at / q % q, at % q];
                assert_eq!(secret, Some(lagrange_at_zero(&quorum.map(|a| a + 1), &values)));
            }
        }
    }

    fn lagrange_at_zero(xs: &[usize], values: &[usize]) -> usize {
        let q = usize::from(Q);
        let power = |base: usize, exponent: usize| (0..exponent).fold(1, |p, _| p * base % q);
        let term = |i: usize| {
            let others = (0..xs.len()).filter(|j| *j != i);
            let (n, d) =
                others.fold((1, 1), |(n, d), j| (n * (q - xs[j] % q) % q, d * ((q + xs[i] - xs[j]) % q) % q));
            values[i] * n % q * power(d, q - 2) % q
        };
        (0..xs.len()).map(term).sum::<usize>() % q
    }

    /// Shares of one secret value by `split`, in 256 buckets: alone, and two together in 16 × 16. With 255
    /// degrees of freedom the statistic exceeds 370 once in 400 000 runs; the generator is seeded.
    #[test]
    fn drawn_shares_are_uniform() {
        const N: usize = 100_000;
        for (seed, at_once) in [(1, N), (2, 50)] {
            for secret in [0, 1, Field64::MODULUS - 1] {
                let mut rng = ChaCha20Rng::seed_from_u64(seed);
                let secrets = vec![Field64::from_u64(secret); at_once];
                let mut shares = vec![Vec::new(); M];
                for _ in 0..N / at_once {
                    let mut drawn = vec![vec![Field64::ZERO; at_once]; M];
                    let mut places: Vec<&mut [Field64]> = drawn.iter_mut().map(Vec::as_mut_slice).collect();
                    split(&secrets, 3, &mut places, &mut rng).unwrap();
                    shares.iter_mut().zip(drawn).for_each(|(all, drawn)| all.extend(drawn));
                }
                let high = |element: &Field64| (element.to_u64() >> 56) as usize;
                let low = |element: &Field64| (element.to_u64() & 0xff) as usize;
                for (a, share) in shares.iter().enumerate() {
                    for (what, bucket) in [("high", &high as &dyn Fn(&Field64) -> usize), ("low", &low)] {
                        let mut counts = [0; 256];
                        share.iter().for_each(|element| counts[bucket(element)] += 1);
                        uniform(&counts, &format!("{what} byte of share {a}"));
                    }
                    for (b, other) in shares.iter().enumerate().take(a) {
                        let mut counts = [0; 256];
                        for (x, y) in share.iter().zip(other) {
                            counts[high(x) & 0xf0 | high(y) >> 4] += 1;
                        }
                        uniform(&counts, &format!("shares {a} and {b}"));
                    }
                }
            }
        }

        fn uniform(counts: &[usize], what: &str) {
            let statistic = chi_square(counts);
            assert!((150.0..370.0).contains(&statistic), "{what}: {statistic}");
        }
    }

    /// More rows than a table has room for eight of, tables that are not full, and every threshold.
    #[test]
    fn every_threshold_and_length_comes_back() {
        for (t, m) in [(1u8, 1usize), (1, 3), (2, 2), (3, 5), (8, 9), (33, 40), (200, 201), (255, 255)] {
            for n in [0usize, 1, 7, 9, 33, 700, 2100] {
                if n > 50 && t > 50 {
                    continue;
                }
                let secret: Vec<Field64> =
                    (0..n as u64).map(|i| Field64::from_u64(i.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
                let mut shares = vec![vec![Field64::ONE; n]; m];
                let mut places: Vec<&mut [Field64]> = shares.iter_mut().map(Vec::as_mut_slice).collect();
                split(&secret, t, &mut places, &mut ChaCha20Rng::seed_from_u64(n as u64)).unwrap();
                let last: Vec<(u8, &[Field64])> =
                    (1u8..=255).zip(&shares).rev().map(|(a, s)| (a, s.as_slice())).take(t.into()).collect();
                let mut back = vec![Field64::ONE; n];
                combine(&last, &mut back).unwrap();
                assert_eq!(back, secret, "t = {t}, m = {m}, {n} secrets");
            }
        }
    }
}
