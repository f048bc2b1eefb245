//! The number-theoretic transform of 2048 residues, in place: natural order in, bit-reversed order out.

use core::cell::Cell;

use super::DEGREE;
use super::prime::Prime;

/// â\[i\] = a(ψ^(2·brv(i)+1)). Residues come out at most 11q larger than they went in.
///
/// Every layer of butterflies takes x and w·y to x ± w·y, the product at most q; nothing is reduced in between. The first
/// layer has one factor; then two layers at a time, since four residues that are loaded once make four products.
pub(super) fn forward(prime: &Prime, a: &mut [i32; DEGREE]) {
    let (low, high) = a.split_at_mut(DEGREE / 2);
    for (x, y) in low.iter_mut().zip(high) {
        (*x, *y) = butterfly(prime, *x, *y, prime.quarter);
    }
    layers::<1024>(prime, a);
    layers::<256>(prime, a);
    layers::<64>(prime, a);
    layers::<16>(prime, a);
    layers::<4>(prime, a);
}

/// Two layers, in blocks of LEN.
#[inline(never)]
fn layers<const LEN: usize>(prime: &Prime, a: &mut [i32; DEGREE]) {
    // Block i's factors are ψ^(LEN/4·(1 + 2·brv(i))), its square, and its product with ψ^(N/2).
    for (block, root) in a.as_chunks_mut::<LEN>().0.iter_mut().zip(prime.roots.iter().step_by(LEN / 4)) {
        let mut second = *root;
        for _ in 0..(LEN / 4).trailing_zeros() {
            second = prime.product(second, second);
        }
        let factors = [prime.product(second, second), second, prime.product(second, prime.quarter)];
        let factors = factors.map(Cell::new);
        let Some(block) = Cell::from_mut(block.as_mut_slice()).as_slice_of_cells().first_chunk::<LEN>()
        else {
            return;
        };
        if LEN == 4 {
            fours(prime, block, &factors);
        } else {
            block_of(prime, block, &factors);
        }
    }
}

/// [`fours`], so that the compiler has to think that a residue may lie where a factor does. If it knew better it would
/// extend factors to 64 bits before the loop, and take three instructions for what is one.
#[inline(never)]
fn block_of<const LEN: usize>(prime: &Prime, block: &[Cell<i32>; LEN], factors: &[Cell<i32>; 3]) {
    fours(prime, block, factors);
}

#[inline(always)]
fn fours<const LEN: usize>(prime: &Prime, block: &[Cell<i32>; LEN], factors: &[Cell<i32>; 3]) {
    let [first, second, third] = factors;
    let (low, high) = block.split_at(LEN / 2);
    let (a, b) = low.split_at(LEN / 4);
    let (c, d) = high.split_at(LEN / 4);
    for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
        let (x, z) = butterfly(prime, a.get(), c.get(), first.get());
        let (y, w) = butterfly(prime, b.get(), d.get(), first.get());
        let (x, y) = butterfly(prime, x, y, second.get());
        let (z, w) = butterfly(prime, z, w, third.get());
        a.set(x);
        b.set(y);
        c.set(z);
        d.set(w);
    }
}

/// x ± y·factor, at most q larger than x.
#[inline(always)]
fn butterfly(prime: &Prime, x: i32, y: i32, factor: i32) -> (i32, i32) {
    let product = prime.product(y, factor);
    (x.wrapping_add(product), x.wrapping_sub(product))
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use super::super::prime::PRIMES;
    use super::*;
    use rand_core::{Rng, SeedableRng};

    fn power(base: u64, exponent: u64, q: u64) -> u64 {
        (0..64).rev().fold(1, |p, bit| p * p % q * if exponent >> bit & 1 == 1 { base } else { 1 } % q)
    }

    /// ψ as the specification has it.
    fn psi(q: u64) -> u64 {
        let n = DEGREE as u64;
        let roots = (2..).map(|x| power(x, (q - 1) / (2 * n), q));
        roots.into_iter().find(|psi| power(*psi, n, q) == q - 1).unwrap()
    }

    /// Every residue that comes out is the polynomial at its root: by Horner.
    #[test]
    fn is_the_definition() {
        let mut rng = chacha20::ChaCha20Rng::seed_from_u64(1);
        for prime in &PRIMES {
            let q = u64::from(prime.q);
            let psi = psi(q);
            let coefficients: [i32; DEGREE] = core::array::from_fn(|i| {
                (rng.next_u32() % prime.q).cast_signed() * if i % 2 == 0 { 1 } else { -1 }
            });
            let mut a = coefficients;
            forward(prime, &mut a);
            for (i, residue) in a.iter().enumerate() {
                let reversed = (i as u32).reverse_bits() >> (32 - 11);
                let at = power(psi, 2 * u64::from(reversed) + 1, q);
                let value = coefficients
                    .iter()
                    .rev()
                    .fold(0, |value, c| (value * at + u64::from(prime.reduced(*c))) % q);
                assert_eq!(u64::from(prime.reduced(*residue)), value, "{q} {i}");
            }
        }
    }

    /// Nothing leaves 31 bits: no residue passes 12q, whatever goes in.
    #[test]
    fn stays_within_its_bounds() {
        for prime in &PRIMES {
            let q = prime.q.cast_signed();
            for [even, odd] in [[0, 0], [q, q], [q, -q], [-q, -q], [q, 0]] {
                let mut a = core::array::from_fn(|i| if i % 2 == 0 { even } else { odd });
                forward(prime, &mut a);
                assert!(a.iter().all(|a| a.abs() <= 12 * q));
            }
        }
    }
}
