//! The presets against the tables that they are said to keep below, and sets that are too weak.
#![allow(clippy::unwrap_used, clippy::arithmetic_side_effects)]

use ckks_agg::Preset;

/// Homomorphic Encryption Standard (Albrecht et al. 2018), table 1: most bits of the modulus for 128 bits of security against
/// classical computers, ternary secret, error of standard deviation 3.2. SEAL's `CoeffModulus::MaxBitCount` and OpenFHE's
/// `StdLatticeParm` have the same.
const STANDARD: [(usize, u32); 4] = [(1024, 27), (2048, 54), (4096, 109), (8192, 218)];

fn all_primes(preset: Preset) -> Vec<u64> {
    preset.primes().iter().copied().chain(preset.special()).collect()
}

/// Bits of the product: of the number, not of the sum of logarithms.
fn product_bits(primes: &[u64]) -> u32 {
    // Little-endian words of 32 bits.
    let mut product = vec![1u64];
    for prime in primes {
        let mut out = vec![0u64; product.len() + 2];
        for (place, word) in product.iter().enumerate() {
            for (further, part) in [prime & 0xffff_ffff, prime >> 32].into_iter().enumerate() {
                let mut carry = u128::from(*word) * u128::from(part);
                for word in out.iter_mut().skip(place + further) {
                    carry += u128::from(*word);
                    *word = u64::try_from(carry & 0xffff_ffff).unwrap();
                    carry >>= 32;
                }
                assert_eq!(carry, 0);
            }
        }
        product = out;
    }
    let top = product.iter().rposition(|word| *word != 0).unwrap();
    u32::try_from(top).unwrap() * 32 + product.iter().rev().find(|word| **word != 0).unwrap().ilog2() + 1
}

fn power(base: u64, exponent: u64, q: u64) -> u64 {
    let times = |a: u64, b: u64| u64::try_from(u128::from(a) * u128::from(b) % u128::from(q)).unwrap();
    let step = |out, bit: u32| {
        let squared = times(out, out);
        if exponent >> bit & 1 == 1 { times(squared, base % q) } else { squared }
    };
    (0..64).rev().fold(1, step)
}

/// Miller and Rabin with the first twelve primes, which is exact below 2⁶⁴.
fn is_prime(n: u64) -> bool {
    let bases = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 || bases.iter().any(|p| n.is_multiple_of(*p)) {
        return bases.contains(&n);
    }
    let twos = (n - 1).trailing_zeros();
    bases.iter().all(|base| {
        let odd = (n - 1) >> twos;
        power(*base, odd, n) == 1 || (0..twos).any(|k| power(*base, odd << k, n) == n - 1)
    })
}

#[test]
fn the_primes_are_what_they_are_said_to_be() {
    assert!(is_prime(0xffff_ffff_ffff_ffc5) && !is_prime(3_215_031_751) && !is_prime(341));
    for preset in Preset::ALL {
        let primes = all_primes(preset);
        let two_n = 2 * preset.degree() as u64;
        for (place, q) in primes.iter().enumerate() {
            assert!(is_prime(*q) && *q < 1 << 50 && q % two_n == 1, "{preset:?} {q:#x}");
            assert!(!primes[..place].contains(q), "{preset:?} has {q:#x} twice");
            // The largest of its length that no other place has: 1 modulo 2¹⁴, or 2¹² in `Small`.
            let step = if preset == Preset::Small { 1 << 12 } else { 1 << 14 };
            let top = 1 << (q.ilog2() + 1);
            let larger = (q + step..top).step_by(usize::try_from(step).unwrap()).filter(|n| is_prime(*n));
            assert!(larger.into_iter().all(|n| primes.contains(&n)), "{preset:?} {q:#x}");
        }
        assert_eq!(preset.primes().len(), usize::from(preset.top_level()) + 1);
        assert!(preset.primes().len() <= Preset::MAX_PRIMES && preset.degree() <= Preset::MAX_DEGREE);
        assert_eq!(1 << preset.log_degree(), preset.degree());
        assert!(preset.scales().contains(&preset.usual_scale()));
        assert!(*preset.scales().end() < product_bits(preset.primes()));
        assert_eq!(Preset::try_from(preset as u8), Ok(preset));
    }
}

#[test]
fn every_preset_is_within_the_tables() {
    for preset in Preset::ALL {
        let limit = Preset::limit(preset.degree()).unwrap();
        let primes = all_primes(preset);
        assert_eq!(product_bits(&primes), preset.log_product(), "{preset:?}");
        assert!(preset.log_product() <= limit);
        assert!(Preset::is_secure(preset.degree(), &primes));
    }
    for (degree, most) in STANDARD {
        assert!(Preset::limit(degree).is_none_or(|limit| limit < most), "{degree}");
    }
}

#[test]
fn weak_sets_are_refused() {
    for preset in Preset::ALL {
        // The same primes at half the degree.
        assert!(!Preset::is_secure(preset.degree() / 2, &all_primes(preset)), "{preset:?}");
        // One prime more than the table has bits for.
        let limit = Preset::limit(preset.degree()).unwrap();
        let mut primes = all_primes(preset);
        while product_bits(&primes) <= limit {
            primes.push((1 << 26) + 1);
        }
        assert!(!Preset::is_secure(preset.degree(), &primes), "{preset:?}");
    }
    let fifty = Preset::Sum.primes()[0];
    // TenSEAL's usual choice at N = 8192 has 200 bits, of which this crate needs no more than 190.
    assert!(Preset::is_secure(8192, &[(1 << 60) - 1, (1 << 40) - 1, (1 << 40) - 1, (1 << 60) - 1]));
    assert!(!Preset::is_secure(4096, &[(1 << 60) - 1, (1 << 40) - 1, (1 << 40) - 1, (1 << 60) - 1]));
    assert!(!Preset::is_secure(4096, &[fifty; 3]) && !Preset::is_secure(8192, &[fifty; 5]));
    assert!(!Preset::is_secure(8192, &[u64::MAX; 4]));
    // Exactly at the limit, and a bit beyond it.
    assert!(
        Preset::is_secure(2048, &[(1 << 27) - 1, (1 << 26) - 1])
            && !Preset::is_secure(2048, &[(1 << 27) - 1; 2])
    );
    // Degrees that the table does not have, and no primes at all.
    for degree in [0, 1, 1024, 4095, 5000, 16384, usize::MAX] {
        assert!(!Preset::is_secure(degree, &[fifty]), "{degree}");
    }
    assert!(!Preset::is_secure(8192, &[]));
}
