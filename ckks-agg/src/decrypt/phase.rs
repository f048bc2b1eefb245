//! c₀ + c₁·s + c₂·s² as integers.

use alloc::vec;
use alloc::vec::Vec;

use zeroize::Zeroizing;

use crate::ciphertext::Ciphertext;
use crate::keys::SecretPolynomial;
use crate::plaintext::Coefficients;
use crate::ring::{Prime, Ring};
use crate::room;
use crate::sample::{self, label};
use crate::wire::Form;

/// Largest integers that are kept in 64 bits.
const NARROW: f64 = 4_611_686_018_427_387_904.0;

/// m + e of a ciphertext, of which no coefficient is beyond `most`: with as few primes as hold that.
pub(crate) fn open(
    ring: &Ring,
    secret: &SecretPolynomial,
    ciphertext: &Ciphertext,
    most: f64,
) -> Coefficients {
    let mut phase = Phase::new(ring, ciphertext.level(), most);
    for (place, (prime, out)) in (0..).zip(phase.residues(ring)) {
        one(prime, place, secret.at(place as usize), ciphertext, out);
    }
    phase.integers(ring, most)
}

/// Residues of a polynomial that becomes integers.
pub(crate) struct Phase {
    residues: Zeroizing<Vec<u64>>,
    degree: usize,
}

impl Phase {
    /// Zero, with as few of a level's primes as hold `most`.
    pub(crate) fn new(ring: &Ring, level: u8, most: f64) -> Self {
        let preset = ring.preset();
        let enough = (0..level).find(|level| most < room::modulus(preset, *level) / 2.0).unwrap_or(level);
        let degree = preset.degree();
        let len = usize::from(enough).wrapping_add(1).wrapping_mul(degree);
        Phase { residues: Zeroizing::new(vec![0; len]), degree }
    }

    /// Those for each prime, to be filled in NTT order.
    pub(crate) fn residues<'a>(
        &'a mut self,
        ring: &'a Ring,
    ) -> impl Iterator<Item = (&'a Prime, &'a mut [u64])> {
        ring.primes().iter().zip(self.residues.chunks_exact_mut(self.degree.max(1)))
    }

    /// The integers between −Q/2 and Q/2 that they belong to.
    pub(crate) fn integers(mut self, ring: &Ring, most: f64) -> Coefficients {
        for (prime, residues) in self.residues(ring) {
            prime.inverse(residues);
        }
        let digits = mixed_radix(ring.primes(), &mut self.residues, self.degree);
        let primes: Vec<u64> = ring.primes().iter().take(digits).map(Prime::q).collect();
        let wide = |out: &mut dyn FnMut(i128)| {
            for place in 0..self.degree {
                let column = self.residues.iter().skip(place).step_by(self.degree.max(1));
                out(centred(&primes, column));
            }
        };
        if let [q] = *primes.as_slice() {
            let half = q >> 1;
            let small = |x: &u64| {
                // All ones where x is beyond the half.
                let beyond = half.wrapping_sub(*x).cast_signed() >> 63;
                x.cast_signed().wrapping_sub(q.cast_signed() & beyond)
            };
            return Coefficients::Narrow(self.residues.iter().map(small).collect());
        }
        if most < NARROW {
            let mut narrow = Vec::with_capacity(self.degree);
            #[allow(clippy::cast_possible_truncation)] // below 2⁶²
            wide(&mut |value| narrow.push(value as i64));
            Coefficients::Narrow(narrow)
        } else {
            let mut values = Vec::with_capacity(self.degree);
            wide(&mut |value| values.push(value));
            Coefficients::Wide(values)
        }
    }
}

/// c₀ + c₁·s + c₂·s² for one prime.
fn one(prime: &Prime, place: u32, secret: &[u64], ciphertext: &Ciphertext, out: &mut [u64]) {
    let degree = out.len();
    let at = |part: usize| -> &[u64] {
        let part = ciphertext.parts.get(part).map(Vec::as_slice).unwrap_or_default();
        part.chunks_exact(degree.max(1)).nth(place as usize).unwrap_or_default()
    };
    match ciphertext.form() {
        Form::Seeded => sample::uniform(&ciphertext.seed, label::SEEDED_UNIFORM, place, prime, out),
        Form::Pair => out.copy_from_slice(at(1)),
        Form::Triple => {
            prime.mul_into(out, at(2), secret);
            prime.add(out, at(1));
        }
    }
    prime.mul(out, secret);
    prime.add(out, at(0));
}

/// Makes x = d₀ + d₁·q₀ + d₂·q₀·q₁ … of residues, in their place; returns how many primes there are.
fn mixed_radix(primes: &[Prime], residues: &mut [u64], degree: usize) -> usize {
    let count = residues.len().checked_div(degree).unwrap_or_default();
    let mut scratch = Zeroizing::new(vec![0; degree]);
    for (place, prime) in primes.iter().enumerate().take(count) {
        let (below, own) = residues.split_at_mut(place.wrapping_mul(degree));
        let own = own.get_mut(..degree).unwrap_or_default();
        for (digits, other) in below.chunks_exact(degree).zip(primes) {
            prime.reduce_from(&mut scratch, digits);
            let modulus = prime.modulus();
            let inverse = modulus.inverse_vartime(modulus.reduce(other.q()));
            prime.sub_mul_scalar(own, &scratch, inverse);
        }
    }
    count
}

/// The integer of mixed-radix digits, or it less Q: modulo 2¹²⁸, which is no loss where it is below 2¹²⁷.
fn centred<'a>(primes: &[u64], digits: impl Iterator<Item = &'a u64>) -> i128 {
    let (mut value, mut product, mut beyond) = (0u128, 1u128, 0i64);
    for (q, digit) in primes.iter().zip(digits) {
        value = value.wrapping_add(product.wrapping_mul(u128::from(*digit)));
        product = product.wrapping_mul(u128::from(*q));
        // The last digit says on which side of Q/2 it is, but for what is not allowed to be so near to it.
        beyond = (q >> 1).wrapping_sub(*digit).cast_signed() >> 63;
    }
    let take = product & i128::from(beyond).cast_unsigned();
    value.wrapping_sub(take).cast_signed()
}
