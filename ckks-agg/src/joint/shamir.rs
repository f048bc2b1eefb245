//! Shamir's sharing of polynomials, residue by residue, and Lagrange's coefficients.

use alloc::vec;
use alloc::vec::Vec;

use meter_link::answer::Quorum;
use zeroize::Zeroizing;

use super::part::Part;
use crate::ring::{Prime, Ring};
use crate::sample::{self, label};

/// f(x) = sᵢ + Σ x^r·u_r for ciphertext primes, in NTT order, with u_1 … u_(t−1) uniform.
pub(super) fn share(part: &Part, threshold: u8, x: u8) -> Zeroizing<Vec<u64>> {
    let ring = &part.ring;
    let degree = ring.preset().degree();
    let mut out = Zeroizing::new(vec![0u64; ring.primes().len().wrapping_mul(degree)]);
    let mut term = Zeroizing::new(vec![0u64; degree]);
    for ((place, prime), out) in (0u32..).zip(ring.primes()).zip(out.chunks_exact_mut(degree)) {
        // From the highest power down: (… u_(t−1)·x + u_(t−2))·x + …
        for power in (1..u32::from(threshold)).rev() {
            let index = power.wrapping_mul(16).wrapping_add(place);
            sample::uniform(&part.seed, label::SHARING, index, prime, &mut term);
            prime.mul_scalar(out, x.into());
            prime.add(out, &term);
        }
        prime.mul_scalar(out, x.into());
        prime.add(out, part.secret.at(place as usize));
    }
    out
}

/// λ of a member for the value at 0, modulo a prime.
pub(super) fn weight(prime: &Prime, quorum: &Quorum, own: u8) -> u64 {
    let modulus = prime.modulus();
    let (mut numerator, mut denominator) = (1, 1);
    for other in quorum.iter().filter(|other| *other != own) {
        let (x, y) = (u64::from(own), u64::from(other));
        numerator = modulus.mul(numerator, y);
        denominator = modulus.mul(denominator, modulus.sub(y, x));
    }
    modulus.mul(numerator, modulus.inverse_vartime(denominator))
}

/// Adds a share to a sum of shares.
pub(super) fn add(ring: &Ring, sum: &mut [u64], share: &[u64]) {
    let degree = ring.preset().degree();
    let pairs = sum.chunks_exact_mut(degree).zip(share.chunks_exact(degree));
    for (prime, (sum, share)) in ring.primes().iter().zip(pairs) {
        prime.add(sum, share);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preset::Preset;

    #[test]
    fn any_t_have_the_secret_and_fewer_do_not() {
        let ring = Ring::new(Preset::Shared);
        let part = Part::new(&ring, &[7; 32]);
        let degree = ring.preset().degree();
        let shares: Vec<_> = (1..=5).map(|x| share(&part, 3, x)).collect();
        let combine = |numbers: &[u8]| {
            let quorum = Quorum::new(numbers).unwrap();
            let mut sum = vec![0u64; shares[0].len()];
            for number in numbers {
                let mut own = shares[usize::from(*number) - 1].to_vec();
                for (prime, own) in ring.primes().iter().zip(own.chunks_exact_mut(degree)) {
                    prime.mul_scalar(own, weight(prime, &quorum, *number));
                }
                add(&ring, &mut sum, &own);
            }
            sum
        };
        let secret: Vec<u64> = (0..2).flat_map(|place| part.secret.at(place).to_vec()).collect();
        for numbers in [[1, 2, 3], [1, 4, 5], [2, 3, 5]] {
            assert_eq!(combine(&numbers), secret);
        }
        assert_ne!(combine(&[1, 2]), secret);
        assert_ne!(combine(&[4, 5]), secret);
    }
}
