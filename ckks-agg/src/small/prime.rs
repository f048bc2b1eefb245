//! The two primes, for processors that multiply 32 bits by 32: products by Montgomery, in three instructions.

use super::DEGREE;
use crate::preset::Preset;

/// A prime below 2²⁷ and what products modulo it take. Residues are any of their class, of either sign, and their bound is
/// said; below 16q all fit into 31 bits. With R = 2³², a residue *in Montgomery form* is that of x·R.
#[derive(Debug)]
pub(super) struct Prime {
    pub(super) q: u32,
    /// Bits of q.
    pub(super) bits: u32,
    /// −q⁻¹ mod R.
    negated_inverse: i32,
    /// 1 in Montgomery form, below q.
    pub(super) one: i32,
    /// R in Montgomery form, below q.
    square: u32,
    /// ψ^(N/2), a root of −1, in Montgomery form, below q.
    pub(super) quarter: i32,
    /// ψ^(1 + 2·brv(i)), brv of nine bits, in Montgomery form, below q. All other twiddle factors are few products of these
    /// away.
    pub(super) roots: [i32; DEGREE / 4],
}

/// q₀ and q₁.
pub(super) static PRIMES: [Prime; 2] = [Prime::at(0), Prime::at(1)];

impl Prime {
    /// x·y/R: for y in Montgomery form, the product of x and its number. At most q for x·y below 2³¹·q.
    #[inline(always)]
    pub(super) const fn product(&self, x: i32, y: i32) -> i32 {
        self.divided((x as i64).wrapping_mul(y as i64))
    }

    /// x/R, at most |x|/R + q/2. (Adds the multiple of q that makes the low half 0.)
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // halves
    const fn divided(&self, x: i64) -> i32 {
        let multiple = (x as i32).wrapping_mul(self.negated_inverse);
        (x.wrapping_add((multiple as i64).wrapping_mul(self.q.cast_signed() as i64)) >> 32) as i32
    }

    /// The residue from 0 to q − 1 of one below 16q.
    #[inline(always)]
    pub(super) const fn reduced(&self, x: i32) -> u32 {
        // Below 32q; what is above 2^bits counts 2^bits − q, which is little.
        let x = x.cast_unsigned().wrapping_add(self.q.wrapping_mul(16));
        let x = x.wrapping_sub((x >> self.bits).wrapping_mul(self.q));
        let less = x.wrapping_sub(self.q);
        less.wrapping_add(self.q & (less.cast_signed() >> 31).cast_unsigned())
    }

    /// What [`Prime::scaled`] takes to multiply with 2^`bits`.
    pub(super) const fn scale(&self, bits: u32) -> i32 {
        let (mut scale, mut left) = (self.square, bits);
        while left > 0 {
            let twice = scale.wrapping_mul(2);
            scale = if twice < self.q { twice } else { twice.wrapping_sub(self.q) };
            left = left.wrapping_sub(1);
        }
        scale.cast_signed()
    }

    /// x·2^bits for x below 2⁵⁸, at most q.
    #[inline(always)]
    pub(super) const fn scaled(&self, x: i64, scale: i32) -> i32 {
        self.product(self.divided(x), scale)
    }

    /// Of the chain of [`Preset::Small`].
    // At compile time.
    #[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation, clippy::indexing_slicing)]
    const fn at(place: usize) -> Self {
        let wide = Preset::Small.primes()[place];
        let q = wide as u32;
        assert!(wide < 1 << 27 && wide % (2 * DEGREE as u64) == 1);
        // Newton: each step doubles the bits that are right, from three on.
        let (mut inverse, mut step) = (q, 0);
        while step < 4 {
            inverse = inverse.wrapping_mul(2u32.wrapping_sub(q.wrapping_mul(inverse)));
            step += 1;
        }
        let one = ((1u64 << 32) % wide) as u32;
        let psi = root(wide);
        let mut roots = [0; DEGREE / 4];
        let mut i = 0;
        while i < roots.len() {
            let reversed = (i as u32).reverse_bits() >> (32 - 9);
            roots[i] = times(power(psi, 1 + 2 * reversed, wide), one, wide).cast_signed();
            i += 1;
        }
        Prime {
            q,
            bits: 32 - q.leading_zeros(),
            negated_inverse: inverse.wrapping_neg().cast_signed(),
            one: one.cast_signed(),
            square: times(one, one, wide),
            quarter: times(power(psi, DEGREE as u32 / 2, wide), one, wide).cast_signed(),
            roots,
        }
    }
}

/// ψ = x^((q−1)/2N) for the smallest x ≥ 2 with ψ^N = −1.
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)] // at compile time
const fn root(q: u64) -> u32 {
    let mut x = 2;
    loop {
        let psi = power(x, ((q - 1) / (2 * DEGREE as u64)) as u32, q);
        if power(psi, DEGREE as u32, q) as u64 == q - 1 {
            return psi;
        }
        x += 1;
    }
}

#[allow(clippy::arithmetic_side_effects)] // at compile time
const fn power(base: u32, mut exponent: u32, q: u64) -> u32 {
    let (mut square, mut power) = (base, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power = times(power, square, q);
        }
        square = times(square, square, q);
        exponent >>= 1;
    }
    power
}

#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)] // at compile time
const fn times(a: u32, b: u32, q: u64) -> u32 {
    ((a as u64 * b as u64) % q) as u32
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tables_are_what_they_say() {
        for (place, prime) in PRIMES.iter().enumerate() {
            let q = u64::from(prime.q);
            assert_eq!(q, Preset::Small.primes()[place]);
            assert_eq!(prime.q.wrapping_mul(prime.negated_inverse.cast_unsigned()), u32::MAX, "−1");
            assert_eq!(i64::from(prime.one), (1 << 32) % i64::from(prime.q));
            assert_eq!(prime.reduced(prime.product(1, prime.scale(0))), prime.one.cast_unsigned());
            let minus_one = prime.reduced(prime.product(prime.quarter, prime.quarter));
            assert_eq!(minus_one, prime.q - prime.one.cast_unsigned());
            assert!(16 * q <= 1 << 31);
            let most = 1u64 << prime.bits;
            assert!(most + (32 * q / most) * (most - q) < 2 * q, "reduced once more it is reduced");
        }
    }

    /// Any, or one at which something might overflow.
    fn residue(prime: &Prime) -> impl Strategy<Value = i32> + use<> {
        let q = prime.q.cast_signed();
        let edges = [0, 1, q - 1, q, q + 1, 2 * q, 15 * q, 16 * (q - 1)];
        prop_oneof![-16 * (q - 1)..=16 * (q - 1), proptest::sample::select(edges.to_vec())]
            .prop_flat_map(|x| prop_oneof![Just(x), Just(-x)])
    }

    proptest! {
        #[test]
        fn residues_are_right(
            (place, x, y) in (0..2usize).prop_flat_map(|place| {
                let q = PRIMES[place].q.cast_signed();
                (Just(place), residue(&PRIMES[place]), prop_oneof![Just(q), Just(-q), -q..q])
            }),
            wide in prop_oneof![Just(1i64 << 58), Just(-(1i64 << 58)), any::<i32>().prop_map(i64::from), -(1i64 << 58)..1 << 58],
            bits in 0..51u32,
        ) {
            let prime = &PRIMES[place];
            let q = i128::from(prime.q);
            prop_assert_eq!(i128::from(prime.reduced(x)), i128::from(x).rem_euclid(q));
            let product = i128::from(prime.product(x, y));
            prop_assert!(product.abs() <= q);
            prop_assert_eq!(((product << 32) - i128::from(x) * i128::from(y)) % q, 0);
            let scaled = i128::from(prime.scaled(wide, prime.scale(bits)));
            prop_assert!(scaled.abs() <= q);
            prop_assert_eq!((scaled - (i128::from(wide) << bits)) % q, 0);
        }
    }
}
