//! Arithmetic modulo one prime below 2⁵⁰, a residue at a time: what the kernels compute on many, and what makes their tables.
//!
//! No branch, index or division depends on a residue. (Powers and inverses are of public numbers.)

/// A prime q and what reductions by it take. Residues are in 0..q.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Modulus {
    q: u64,
    bits: u32,
    /// ⌊2⁶⁴/q⌋.
    per_word: u64,
    /// ⌊2^(2·bits + 2)/q⌋ < 2^(bits + 3).
    per_square: u64,
    /// 2⁶⁴ mod q.
    word: u64,
}

/// A fixed factor w and ⌊w·2⁶⁴/q⌋, which makes products with it cheap (Shoup).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Factor {
    pub(crate) value: u64,
    pub(crate) quotient: u64,
}

#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)] // q is no 0; quotients fit, as said
impl Modulus {
    /// Of an odd prime with 3 to 50 bits.
    pub(crate) const fn new(q: u64) -> Self {
        debug_assert!(q > 3 && q >> 50 == 0);
        let bits = u64::BITS - q.leading_zeros();
        Modulus {
            q,
            bits,
            per_word: (u64::MAX as u128 / q as u128) as u64, // q does not divide 2⁶⁴
            per_square: ((1u128 << (2 * bits + 2)) / q as u128) as u64,
            word: ((1u128 << 64) % q as u128) as u64,
        }
    }

    pub(crate) const fn q(&self) -> u64 {
        self.q
    }

    /// Bits of q.
    pub(crate) const fn bits(&self) -> u32 {
        self.bits
    }

    /// 2⁶⁴ mod q.
    pub(crate) const fn word(&self) -> u64 {
        self.word
    }

    /// 2⁴⁰ mod q.
    pub(crate) const fn high(&self) -> u64 {
        (1 << 40) % self.q
    }

    /// ⌊2^(51 + bits)/q⌋, 52 bits.
    pub(crate) const fn per_shifted(&self) -> u64 {
        ((1u128 << (51 + self.bits)) / self.q as u128) as u64
    }

    /// q as a double, exactly.
    #[allow(clippy::cast_precision_loss)] // below 2⁵⁰
    pub(crate) const fn float(&self) -> f64 {
        self.q as f64
    }

    /// x − m if that is not negative, else x; for x, m < 2⁶³.
    #[inline(always)]
    pub(crate) const fn less(x: u64, m: u64) -> u64 {
        let less = x.wrapping_sub(m);
        less.wrapping_add(m & 0u64.wrapping_sub(less >> 63))
    }

    #[inline(always)]
    pub(crate) const fn add(&self, a: u64, b: u64) -> u64 {
        Self::less(a.wrapping_add(b), self.q)
    }

    #[inline(always)]
    pub(crate) const fn sub(&self, a: u64, b: u64) -> u64 {
        Self::less(a.wrapping_add(self.q).wrapping_sub(b), self.q)
    }

    #[inline(always)]
    pub(crate) const fn negate(&self, a: u64) -> u64 {
        Self::less(self.q.wrapping_sub(a), self.q)
    }

    #[inline(always)]
    pub(crate) const fn mul(&self, a: u64, b: u64) -> u64 {
        self.reduce_product((a as u128).wrapping_mul(b as u128))
    }

    /// a·b + c.
    #[inline(always)]
    pub(crate) const fn mul_add(&self, a: u64, b: u64, c: u64) -> u64 {
        self.reduce_product((a as u128).wrapping_mul(b as u128).wrapping_add(c as u128))
    }

    /// Barrett, of up to 2^(2·bits + 2): a sum of four products. The quotient is at most 2 too small.
    #[inline(always)]
    pub(crate) const fn reduce_product(&self, x: u128) -> u64 {
        let high = x.unbounded_shr(self.bits.wrapping_sub(2)) as u64; // < 2^(bits + 4)
        let quotient = (high as u128)
            .wrapping_mul(self.per_square as u128)
            .unbounded_shr(self.bits.wrapping_add(4)) as u64;
        let rest = (x as u64).wrapping_sub(quotient.wrapping_mul(self.q));
        Self::less(Self::less(rest, self.q.wrapping_mul(2)), self.q)
    }

    /// Of any word.
    #[inline(always)]
    pub(crate) const fn reduce(&self, x: u64) -> u64 {
        let quotient = (x as u128).wrapping_mul(self.per_word as u128).unbounded_shr(64) as u64;
        Self::less(x.wrapping_sub(quotient.wrapping_mul(self.q)), self.q)
    }

    #[inline(always)]
    pub(crate) const fn reduce_i64(&self, x: i64) -> u64 {
        let magnitude = self.reduce(x.unsigned_abs());
        self.negate_if((x as u64).unbounded_shr(63), magnitude)
    }

    #[inline(always)]
    pub(crate) const fn reduce_i128(&self, x: i128) -> u64 {
        let magnitude = x.unsigned_abs();
        let high = self.reduce(magnitude.unbounded_shr(64) as u64);
        let value = self.mul_add(high, self.word, self.reduce(magnitude as u64));
        self.negate_if((x as u128).unbounded_shr(127) as u64, value)
    }

    /// −a if `negative` is 1, a if it is 0.
    #[inline(always)]
    const fn negate_if(&self, negative: u64, a: u64) -> u64 {
        let mask = 0u64.wrapping_sub(negative);
        (self.negate(a) & mask) | (a & !mask)
    }

    /// x as the integer next to 0 that it is a residue of.
    #[inline(always)]
    pub(crate) const fn centred(&self, x: u64) -> i64 {
        let beyond = self.q.unbounded_shr(1).wrapping_sub(x).unbounded_shr(63);
        x.wrapping_sub(self.q & 0u64.wrapping_sub(beyond)) as i64
    }

    pub(crate) const fn factor(&self, value: u64) -> Factor {
        Factor { value, quotient: (((value as u128) << 64) / self.q as u128) as u64 }
    }

    /// Modulo q, below 2q, for any x.
    #[inline(always)]
    pub(crate) const fn times_lazy(&self, x: u64, factor: Factor) -> u64 {
        let quotient = (x as u128).wrapping_mul(factor.quotient as u128).unbounded_shr(64) as u64;
        x.wrapping_mul(factor.value).wrapping_sub(quotient.wrapping_mul(self.q))
    }

    #[inline(always)]
    pub(crate) const fn times(&self, x: u64, factor: Factor) -> u64 {
        Self::less(self.times_lazy(x, factor), self.q)
    }

    /// base^exponent, both public.
    pub(crate) const fn power_vartime(&self, base: u64, mut exponent: u64) -> u64 {
        let (mut power, mut square) = (1, base);
        while exponent != 0 {
            if exponent & 1 == 1 {
                power = self.mul(power, square);
            }
            square = self.mul(square, square);
            exponent = exponent.unbounded_shr(1);
        }
        power
    }

    /// 1/a for a public a that is no 0.
    pub(crate) const fn inverse_vartime(&self, a: u64) -> u64 {
        self.power_vartime(a, self.q.wrapping_sub(2))
    }

    /// A primitive 2N-th root of unity: x^((q−1)/2N) for the least x ≥ 2 for which it is one.
    pub(crate) const fn root(&self, degree: usize) -> u64 {
        let exponent = (self.q - 1) / (2 * degree as u64);
        let mut x = 2;
        loop {
            let root = self.power_vartime(x, exponent);
            if self.power_vartime(root, degree as u64) == self.q - 1 {
                return root;
            }
            x += 1;
        }
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]
mod tests {
    use alloc::vec;
    use alloc::vec::Vec;

    use super::*;
    use crate::preset::Preset;

    fn moduli() -> impl Iterator<Item = (usize, Modulus)> {
        Preset::ALL.into_iter().flat_map(|p| {
            p.primes().iter().copied().chain(p.special()).map(move |q| (p.degree(), Modulus::new(q)))
        })
    }

    fn samples(q: u64) -> Vec<u64> {
        let mut samples = vec![0, 1, 2, q / 2, q / 2 + 1, q - 2, q - 1];
        let mut x = q ^ 0x9e37_79b9_7f4a_7c15;
        for _ in 0..40 {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            samples.push((x >> 3) % q);
        }
        samples
    }

    #[test]
    fn products_and_sums_are_those_of_the_integers() {
        for (_, modulus) in moduli() {
            let q = modulus.q();
            for a in samples(q) {
                for b in samples(q) {
                    let product = u128::from(a) * u128::from(b);
                    assert_eq!(u128::from(modulus.mul(a, b)), product % u128::from(q));
                    assert_eq!(
                        u128::from(modulus.mul_add(a, b, q - 1)),
                        (product + u128::from(q - 1)) % u128::from(q)
                    );
                    assert_eq!(u128::from(modulus.times(a, modulus.factor(b))), product % u128::from(q));
                    assert_eq!(modulus.add(a, b), (a + b) % q);
                    assert_eq!(modulus.sub(a, b), (a + q - b) % q);
                }
                assert_eq!(modulus.negate(a), (q - a) % q);
                let centred = i128::from(modulus.centred(a));
                assert!(2 * centred.abs() < i128::from(q));
                assert_eq!(centred.rem_euclid(i128::from(q)), i128::from(a));
                if a != 0 {
                    assert_eq!(modulus.mul(a, modulus.inverse_vartime(a)), 1);
                }
            }
            let four = 4 * u128::from(q - 1) * u128::from(q - 1);
            assert_eq!(u128::from(modulus.reduce_product(four)), four % u128::from(q));
        }
    }

    #[test]
    fn integers_of_every_length_are_reduced() {
        for (_, modulus) in moduli() {
            let q = modulus.q();
            for x in [0, 1, -1, i64::MIN, i64::MAX, q as i64, -(q as i64), 12_345_678_901_234_567] {
                assert_eq!(i128::from(modulus.reduce_i64(x)), i128::from(x).rem_euclid(i128::from(q)));
                for y in
                    [i128::from(x), i128::from(x) << 64, i128::from(x) * i128::from(x), i128::MIN, i128::MAX]
                {
                    assert_eq!(i128::from(modulus.reduce_i128(y)), y.rem_euclid(i128::from(q)));
                }
            }
            for x in
                [0, q - 1, q, q + 1, 2 * q, u64::MAX, u64::MAX - 1, u64::MAX / q * q, u64::MAX / q * q - 1]
            {
                assert_eq!(modulus.reduce(x), x % q);
            }
        }
    }

    #[test]
    fn the_presets_primes_have_roots_of_unity() {
        for (degree, modulus) in moduli() {
            let (q, n) = (modulus.q(), degree as u64);
            assert_eq!(q % (2 * n), 1);
            assert!((2..1 << 14).all(|d| q % d != 0), "{q} is divisible");
            for base in [2, 3, 5, 7, 11] {
                assert_eq!(modulus.power_vartime(base, q - 1), 1);
            }
            let root = modulus.root(degree);
            assert_eq!(modulus.power_vartime(root, n), q - 1);
        }
    }
}
