//! Approximate results are equations of the key (Li and Micciancio, EUROCRYPT 2021): at a toy size they are solved. A ring of
//! this test's own, with N = 16.

use std::f64::consts::TAU;

const N: usize = 16;
const Q: i128 = (1 << 61) - 1;

/// A small generator: only the attack's statistics count here.
struct Coins(u64);

impl Coins {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let x = self.0 ^ (self.0 >> 29);
        x.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (x >> 32)
    }

    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn gaussian(&mut self, sigma: f64) -> i128 {
        let (radius, angle) = ((-2.0 * self.unit().ln()).sqrt(), TAU * self.unit());
        (radius * angle.cos() * sigma).round() as i128
    }

    fn polynomial(&mut self, mut one: impl FnMut(&mut Self) -> i128) -> Vec<i128> {
        (0..N).map(|_| one(self)).collect()
    }
}

fn centred(x: i128) -> i128 {
    let x = x.rem_euclid(Q);
    if x > Q / 2 { x - Q } else { x }
}

/// Negacyclic.
fn times(a: &[i128], b: &[i128]) -> Vec<i128> {
    let mut out = vec![0i128; N];
    for (i, a) in a.iter().enumerate() {
        for (j, b) in b.iter().enumerate() {
            let product = centred(centred(*a) * centred(*b) % Q);
            let place = (i + j) % N;
            out[place] = centred(if i + j < N { out[place] + product } else { out[place] - product });
        }
    }
    out
}

/// The inverse of a by elimination modulo the prime Q, if there is one.
fn solve(a: &[i128], b: &[i128]) -> Option<Vec<i128>> {
    let mut rows: Vec<Vec<i128>> = (0..N)
        .map(|i| {
            let mut row: Vec<i128> =
                (0..N).map(|j| if i >= j { a[i - j] } else { -a[N + i - j] }.rem_euclid(Q)).collect();
            row.push(b[i].rem_euclid(Q));
            row
        })
        .collect();
    for column in 0..N {
        let pivot = (column..N).find(|row| rows[*row][column] != 0)?;
        rows.swap(column, pivot);
        let inverse = power(rows[column][column], Q - 2);
        for value in &mut rows[column] {
            *value = product(*value, inverse);
        }
        let own = rows[column].clone();
        for (i, row) in rows.iter_mut().enumerate().filter(|(i, _)| *i != column) {
            let factor = row[column];
            debug_assert!(i < N);
            for (value, own) in row.iter_mut().zip(&own) {
                *value = (*value - product(factor, *own)).rem_euclid(Q);
            }
        }
    }
    Some(rows.iter().map(|row| centred(row[N])).collect())
}

fn product(a: i128, b: i128) -> i128 {
    (a.rem_euclid(Q) * b.rem_euclid(Q)).rem_euclid(Q)
}

fn power(base: i128, mut exponent: i128) -> i128 {
    let (mut out, mut square) = (1, base.rem_euclid(Q));
    while exponent > 0 {
        if exponent & 1 == 1 {
            out = product(out, square);
        }
        square = product(square, square);
        exponent >>= 1;
    }
    out
}

struct Toy {
    coins: Coins,
    s: Vec<i128>,
}

impl Toy {
    fn new(seed: u64) -> Self {
        let mut coins = Coins(seed);
        let s = coins.polynomial(|c| i128::from(c.next() % 3) - 1);
        Toy { coins, s }
    }

    /// (c₀, c₁) of m, and what it decrypts to with a flood of this width.
    fn decryption(&mut self, m: &[i128], flood: f64) -> (Vec<i128>, Vec<i128>, Vec<i128>) {
        let c1 = self.coins.polynomial(|c| i128::from(c.next()) % Q);
        let e = self.coins.polynomial(|c| c.gaussian(3.24));
        let mask = times(&c1, &self.s);
        let c0: Vec<i128> = (0..N).map(|i| centred(m[i] + e[i] - mask[i])).collect();
        let result = (0..N).map(|i| m[i] + e[i] + self.coins.gaussian(flood)).collect();
        (c0, c1, result)
    }
}

/// One result without a flood: c₁·s = result − c₀, solved for s.
#[test]
fn low_level_noise_gives_the_key() {
    let mut toy = Toy::new(1);
    let m: Vec<i128> = (0..N as i128).map(|i| i << 30).collect();
    let (c0, c1, result) = toy.decryption(&m, 0.0);
    let right: Vec<i128> = result.iter().zip(&c0).map(|(r, c)| centred(r - c)).collect();
    assert_eq!(solve(&c1, &right), Some(toy.s.clone()));
}

/// With a flood the same equations have no small solution, and its rounding to the grid alone is not enough.
#[test]
fn flooded_results_do_not() {
    for flood in [1.0, 1000.0, 1e9] {
        let mut toy = Toy::new(2);
        let m: Vec<i128> = (0..N as i128).map(|i| i << 30).collect();
        let (c0, c1, result) = toy.decryption(&m, flood);
        let right: Vec<i128> = result.iter().zip(&c0).map(|(r, c)| centred(r - c)).collect();
        let guess = solve(&c1, &right).unwrap();
        assert_ne!(guess, toy.s);
        assert!(guess.iter().any(|x| x.abs() > 1 << 40), "{guess:?}");
    }
}

/// A flood that is no wider than the error is averaged away by answers to one message; one that is made for so many is not:
/// the mean of τ results is told from that of other errors no better than √(τ)·t/σ.
#[test]
fn floods_are_made_for_a_number_of_answers() {
    const ANSWERS: usize = 256;
    let m = vec![0i128; N];
    let distance = |flood: f64| {
        let mut toy = Toy::new(3);
        let (c0, c1, _) = toy.decryption(&m, 0.0);
        let e: Vec<i128> = {
            let mask = times(&c1, &toy.s);
            (0..N).map(|i| centred(c0[i] + mask[i])).collect()
        };
        // The same polynomial, answered again and again.
        let mut mean = [0.0f64; N];
        for _ in 0..ANSWERS {
            for (mean, e) in mean.iter_mut().zip(&e) {
                *mean += (*e as f64 + toy.coins.gaussian(flood) as f64) / ANSWERS as f64;
            }
        }
        let right: Vec<i128> = mean.iter().zip(&c0).map(|(r, c)| centred(r.round() as i128 - c)).collect();
        solve(&c1, &right) == Some(toy.s.clone())
    };
    // As wide as the error: the mean gives the key.
    assert!(distance(3.0));
    // √(12·256)·2^(10/2)·t with t = 20, for ten bits.
    assert!(!distance((12.0 * ANSWERS as f64).sqrt() * 32.0 * 20.0));
}
